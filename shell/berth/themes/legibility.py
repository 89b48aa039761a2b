"""Whether what a theme makes of the desktop can be read, seen and hit: https://www.w3.org/TR/WCAG22/.

Words have a contrast of 4.5 to 1 (1.4.3), what tells a control or its state 3 to 1 (1.4.11, 2.4.7), and things
for fingers a size of 44 pixels (2.5.5). Only what the theme itself makes worse than that is of interest, so each
finding is at the theme's own declaration where there is one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from berth.themes.colors import Color
from berth.themes.computed import Style
from berth.themes.contrast import SYMBOLS, TEXT, luminance, over, ratio
from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.filters import Blur, Step, recolored, steps
from berth.themes.findings import WARNING, Finding
from berth.themes.floor import holds_for
from berth.themes.rules import Rule
from berth.themes.situations import Situation
from berth.themes.units import Number
from berth.themes.values import Gradient, Value
from berth.themes.vocabulary import KINDS, ROOT, element_at, paths, used_paths

LEAST_TARGET = 44.0
_TARGETS = ("control", "target", "panel-item", "title-button", "title-bar", "panel", "switcher-row", "key", "dock-item")
_BEHIND = (1.0, 1.0, 1.0)
_Rgb = tuple[float, float, float]
_GROUND = ("background-color", "background-image", "filter")
_BORDER = ("border-top-color", "border-top-width", "border-top-style")
_OUTLINE = ("outline-color", "outline-width", "outline-style")
_SEEN = (*_GROUND, *_BORDER, *_OUTLINE, "color", "opacity", "font-weight", "box-shadow")
_STATES = frozenset({"hover", "active", "disabled", "focus", "focus-visible", "checked", "current", "locked"})
_MOST_BLUR = 0.5
_FOCUS = frozenset({"focus", "focus-visible"})
_HINTS = {
    TEXT: "Make text darker or lighter than its ground.",
    SYMBOLS: "Make it darker or lighter than what is around it.",
}


class Ground(NamedTuple):
    """The darkest and the lightest of the opaque colours that lie behind something; equal where it is one colour."""

    darkest: _Rgb
    lightest: _Rgb

    def ratio(self, color: Color) -> float:
        """The contrast of `color` to what it stands out from least."""
        own = luminance(over(color, self.darkest))
        if luminance(self.darkest) < own < luminance(self.lightest):
            return 1.0
        return min(ratio(color, rgb) for rgb in self)


class Weakness(NamedTuple):
    """Something hard to use.

    Args:
        key: the same for the same thing in another situation.
        value: the lower, the worse.
    """

    key: tuple[str, str, str, int]
    value: float
    finding: Finding


class Look:
    """The desktop in one situation.

    Args:
        folder: of the theme that is looked at; findings are at its own declarations.
        uses: those of `berth.core.permissions.USES` with which title bars are looked at, too.
    """

    def __init__(self, engine: Engine, seen: Situation, folder: Path, uses: Collection[str] = ()) -> None:
        self._engine = engine
        self._seen = seen
        self._folder = folder
        self._uses = uses

    def weaknesses(self) -> Iterator[Weakness]:
        for path in (*paths(), *used_paths(self._uses)):
            element = element_at(self._engine.elements, path)
            if "disabled" not in element.states:
                yield from self._words(path, element)
                yield from self._parts(path, element)
            if not self._seen.touch:
                yield from self._states(path, element)
        if self._seen.touch:
            yield from self._targets()

    # --- words

    def _words(self, path: str, element: Element) -> Iterator[Weakness]:
        if not KINDS[element.type].text:
            return
        color = self._engine.style(element).used("color")
        steps = _filtering(self._engine, element)
        value = ground(self._engine, element).ratio(recolored(color, steps)) if isinstance(color, Color) else 0.0
        if value < TEXT:
            yield self._contrast(path, element, "words have", value, TEXT, ("color", *_GROUND))
        blurred = max((step.deviation for step in steps if isinstance(step, Blur)), default=0.0)
        if blurred > _MOST_BLUR:
            message = f"{path}: words are blurred by {blurred:g}px ({self._seen.name})."
            hint = "Blur what has no words in it; backdrop-filter blurs what lies behind."
            yield self._weak("words-blurred", path, -blurred, message, hint, self._place(element, ("filter",)))

    def _contrast(
        self, path: str, element: Element, what: str, value: float, needed: float, names: tuple[str, ...]
    ) -> Weakness:
        message = f"{path}: {what} a contrast of {value:.1f} to 1 ({self._seen.name}); {needed:g} is needed."
        return self._weak("contrast", path, value, message, _HINTS[needed], self._place(element, names))

    # --- what tells a control

    def _parts(self, path: str, element: Element) -> Iterator[Weakness]:
        around = ground(self._engine, element.parent or element)
        if element.type == "progress":
            value = ground(self._engine, element).ratio(self._color(element, "color"))
            if value < SYMBOLS:
                yield self._contrast(path, element, "how far it is has", value, SYMBOLS, ("color", *_GROUND))
        elif _FOCUS & element.states and element.type != "window":
            yield from self._focus(path, element, around)
        elif element.type == "field" or {"checked", "current"} & element.states:
            value = self._edge(element, around)
            if value < SYMBOLS:
                what = "the edge of it has" if element.type == "field" else "what tells the chosen one has"
                yield self._contrast(path, element, what, value, SYMBOLS, (*_BORDER, *_GROUND))

    def _color(self, element: Element, name: str) -> Color:
        color = self._engine.style(element).used(name)
        found = color if isinstance(color, Color) else Color("srgb", (0.0, 0.0, 0.0), 0.0)
        return recolored(found, _filtering(self._engine, element))

    def _edge(self, element: Element, around: Ground) -> float:
        """How well an element stands out by the stronger of line and ground."""
        value = around.ratio(self._color(element, "background-color"))
        if _is_drawn(self._engine.style(element), "border-top"):
            value = max(value, around.ratio(self._color(element, "border-top-color")))
        return value

    def _focus(self, path: str, element: Element, around: Ground) -> Iterator[Weakness]:
        style = self._engine.style(element)
        if _is_drawn(style, "outline"):
            value = around.ratio(self._color(element, "outline-color"))
            names: tuple[str, ...] = (*_OUTLINE, *_GROUND)
        elif element.type in ("task", "app"):
            return  # a window that has the keyboard says so by its frame, too
        else:
            value, names = self._edge(element, around), (*_BORDER, *_OUTLINE, *_GROUND)
            if not _differ(style, self._engine.style(self._without(element, path))):
                return  # which is another finding
        if value < SYMBOLS:
            yield self._contrast(path, element, "what shows the focus has", value, SYMBOLS, names)

    # --- states

    def _states(self, path: str, element: Element) -> Iterator[Weakness]:
        states = element.states & _STATES
        if holds_for(element):
            # The floor takes opacity, by which things look disabled, from prompts.
            states -= {"disabled"}
        for state in states:
            plain = self._without(element, path)
            if not _differ(self._engine.style(plain), self._engine.style(element)):
                message = f"{path} looks as it does without “:{state}” ({self._seen.name})."
                hint = f"Give it a look of its own, like {element.type}:{state} {{ … }}."
                yield self._weak("state-missing", path, 0, message, hint, self._place(element, _SEEN))
            elif state == "hover":
                yield from self._alone(path, element, plain)

    def _without(self, element: Element, path: str) -> Element:
        """The element of `path` without its state."""
        return element_at(self._engine.elements, path.rpartition(":")[0] if element.states else path)

    def _alone(self, path: str, element: Element, plain: Element) -> Iterator[Weakness]:
        """A pressed look of another theme after a hovered one of this theme."""
        pressed = element_at(self._engine.elements, path.removesuffix(":hover") + ":active")
        for name in ("background-color", "color", "border-top-color"):
            hovered = self._own(element, (name,))
            if hovered is None or self._own(pressed, (name,)) is not None:
                continue
            if hovered is not self._own(plain, (name,)):
                message = f"{path} has another {_word(name)} here, and “:active” the one of the default theme."
                hint = f"Say what it looks like pressed: {element.type}:active {{ {_word(name)}: … }}."
                yield self._weak("state-alone", path, 0, message, hint, _where(hovered, name))

    # --- sizes

    def _targets(self) -> Iterator[Weakness]:
        root = element_at(self._engine.elements, ROOT)
        style = self._engine.style(root)
        for name in _TARGETS:
            custom = style.customs.get(f"--size-{name}")
            size = _pixels(custom.text) if custom is not None else None
            if size is not None and size < LEAST_TARGET:
                message = f"--size-{name} is {size:g}px for fingers ({self._seen.name}); {LEAST_TARGET:g}px are needed."
                hint = "Larger in @media (pointer: coarse) { … }, or in the set “touch” of tokens.json."
                rule = self._own(root, (f"--size-{name}",))
                place = ("", 0, 0) if rule is None else _where(rule, f"--size-{name}")
                yield self._weak("target-small", name, size, message, hint, place)

    # --- places

    def _weak(
        self, code: str, path: str, value: float, message: str, hint: str, place: tuple[str, int, int]
    ) -> Weakness:
        file, line, column = place
        finding = Finding(WARNING, code, message, hint, file or self._whole(), line, column)
        # One control looks much the same wherever it is: once is enough, the worst.
        return Weakness((code, path.rpartition(" ")[2], finding.file, line), value, finding)

    def _whole(self) -> str:
        names = ("style.css", "tokens.json")
        return str(next((self._folder / name for name in names if (self._folder / name).exists()), self._folder))

    def _place(self, element: Element, names: Iterable[str]) -> tuple[str, int, int]:
        """The strongest declaration of the theme that has to do with it, on the element or around it."""
        other: Element | None = element
        while other is not None:
            for rule, name in self._declared(other, names):
                return _where(rule, name)
            other = other.parent
        return "", 0, 0

    def _own(self, element: Element, names: tuple[str, ...]) -> Rule | None:
        """The theme's rule that gives `element` one of these; None if that is another theme's."""
        for rule in reversed(self._engine.style(element).rules):
            if any(name in rule.block.normal or name in rule.block.customs for name in names):
                return rule if rule.place.file.startswith(f"{self._folder}/") else None
        return None

    def _declared(self, element: Element, names: Iterable[str]) -> Iterator[tuple[Rule, str]]:
        wanted = tuple(names)
        for rule in reversed(self._engine.style(element).rules):
            if rule.place.file.startswith(f"{self._folder}/"):
                yield from ((rule, name) for name in wanted if name in rule.block.normal)


def ground(engine: Engine, element: Element) -> Ground:
    """What may lie behind what is drawn on `element`; the raised surface where nothing is painted.

    The background of the desktop is the wallpaper: nothing but it lies there without a ground of its own.
    """
    chain: list[Element] = []
    other: Element | None = element
    while other is not None:
        chain.append(other)
        other = other.parent
    surface = engine.style(engine.elements.make("card", chain[-1])).used("background-color")
    below = over(surface, _BEHIND) if isinstance(surface, Color) else _BEHIND
    found = Ground(below, below)
    for one in reversed(chain[:-1]):
        style, steps = engine.style(one), _filtering(engine, one)
        found = _painted(found, [style.used("background-color")], steps)
        for image in reversed(style.used("background-image")):
            if isinstance(image, Gradient):
                found = _painted(found, [part[0] for part in image.stops], steps)
    return found


def _filtering(engine: Engine, element: Element) -> list[Step]:
    """What filters of `element` and of what is around it do, in their order. That of the desktop is the wallpaper's."""
    found: list[Step] = []
    other: Element | None = element
    while other is not None and other.parent is not None:
        found += steps(engine.style(other).used("filter"))
        other = other.parent
    return found


def _painted(below: Ground, colors: Iterable[Value], steps: list[Step]) -> Ground:
    """`below` under one of `colors`, whichever lies at a place."""
    shades = [over(recolored(color, steps), rgb) for color in colors if isinstance(color, Color) for rgb in below]
    return Ground(min(shades, key=luminance), max(shades, key=luminance)) if shades else below


def _where(rule: Rule, name: str) -> tuple[str, int, int]:
    place = (rule.block.normal.get(name) or rule.block.customs[name]).place
    return place.file, place.line, place.column


def _differ(one: Style, other: Style) -> bool:
    return any(one.used(name) != other.used(name) for name in _SEEN)


def _is_drawn(style: Style, line: str) -> bool:
    width = style.used(f"{line}-width")
    return style.used(f"{line}-style") not in ("none", "hidden") and isinstance(width, Number) and width.value > 0


def _pixels(text: str) -> float | None:
    try:
        return float(text.strip().removesuffix("px"))
    except ValueError:
        return None


def _word(name: str) -> str:
    return {"border-top-color": "border-color"}.get(name, name)
