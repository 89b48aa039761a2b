"""What the inspector says about one element, in rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePath

import msgspec
import tinycss2
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from berth.themes.color_grammar import read_color
from berth.themes.colors import Color, resolve
from berth.themes.computed import Style
from berth.themes.custom import InvalidAtComputedTime, substitute
from berth.themes.element import Element
from berth.themes.findings import Invalid
from berth.themes.properties import INHERITED, SIDES
from berth.themes.provenance import Explained, Line, Provenance, holds_here
from berth.themes.rules import Declaration, Place, Rule
from berth.themes.selector_text import resolved
from berth.themes.stream import Stream
from berth.themes.units import Number
from berth.themes.values import css
from berth.themes.vocabulary import WORDS
from berth.ui.translation import filled

_MOST_RULES = 200
_MOST_VALUES = 500
_MOST_TEXT = 1000
"""Of one value; what is longer is cut, and is not changed here."""


class InspectedRow(msgspec.Struct, frozen=True):
    """`kind` is ``rule`` or ``line``; `swatch` is a colour as Qt writes it, or empty. `beaten` says that something
    else counts for all that the line sets; `note` what that is, or what else is to know."""

    row: str
    kind: str
    name: str
    value: str = ""
    place: str = ""
    detail: str = ""
    swatch: str = ""
    beaten: bool = False
    note: str = ""
    editable: bool = False


class BoxSizes(msgspec.Struct, frozen=True):
    """Each of the three from the top clockwise, as text; `pixels` are the same in logical pixels."""

    margin: tuple[str, ...]
    border: tuple[str, ...]
    padding: tuple[str, ...]
    pixels: tuple[tuple[float, ...], ...]


def _tr(text: str, *values: object) -> str:
    return filled(QCoreApplication.translate("Inspector", text), *values)


_CUT = " …"


def _cut(value: str) -> str:
    return value if len(value) <= _MOST_TEXT else value[:_MOST_TEXT] + _CUT


def short(place: Place) -> str:
    """Where something stands: the theme's folder, file and line."""
    file = "/".join(PurePath(place.file).parts[-2:])
    return f"{file}:{place.line}" if has_lines(place) else file


def has_lines(place: Place) -> bool:
    """Tokens become a sheet that nobody has written; its lines say nothing."""
    return place.file.endswith(".css")


def declared_value(declaration: Declaration) -> str:
    """What a declaration says, without its source."""
    if declaration.wide:
        return declaration.wide
    if declaration.values is not None:
        return " ".join(dict.fromkeys(css(value) for value in declaration.values.values()))
    return str(tinycss2.serialize(declaration.tokens)).strip()


class Matched:
    """The rules of an element as rows, and which line each row is.

    Args:
        text: gives the value of a line as its file has it.
        editable: whether somebody can change it here.

    Attributes:
        long: rows of which the value is cut.
    """

    def __init__(self, provenance: Provenance, text: Callable[[Line], str], editable: Callable[[Line], bool]) -> None:
        self.lines: dict[str, Line] = {}
        self.long: set[str] = set()
        self._provenance = provenance
        self._style = provenance.style
        self._explained: Explained = provenance.explained()
        self._text = text
        self._editable = editable
        self.rows = list(self._rows())

    def _rows(self) -> Iterator[InspectedRow]:
        seen: Counter[str] = Counter()
        for rule, lines in self._explained.lines[:_MOST_RULES]:
            yield from self._rule(rule, [(line, self._explained.beaten(line)) for line in lines], "", seen)
        element = self._provenance.element.parent
        while element is not None:
            for rule, lines in self._provenance.explained(element).lines[:_MOST_RULES]:
                handed = [(line, self._lost(line)) for line in lines if not INHERITED.isdisjoint(line.names)]
                if handed:
                    yield from self._rule(rule, handed, described(element), seen)
            element = element.parent

    def _lost(self, line: Line) -> dict[str, Line]:
        """What of an ancestor's line does not come down to the element, with what counts instead."""
        origins = {name: self._provenance.origin(name).line for name in line.names if name in INHERITED}
        return {name: found for name, found in origins.items() if found is not None and found is not line}

    def _rule(
        self, rule: Rule, lines: list[tuple[Line, dict[str, Line]]], whose: str, seen: Counter[str]
    ) -> Iterator[InspectedRow]:
        name = f"{whose}|{rule.place.file}|{rule.selector.text}"
        seen[name] += 1
        key = f"{name}|{seen[name]}"
        layer = ".".join(part for part in rule.layer if not part.startswith("#"))
        weight = "-".join(map(str, rule.selector.specificity))
        detail = _tr("layer %1, specificity %2", layer, weight)
        if whose:
            detail = _tr("inherited from %1; %2", whose, detail)
        yield InspectedRow(key, "rule", resolved(rule.selector), place=short(rule.place), detail=detail)
        for number, (line, beaten) in enumerate(lines):
            yield self._line(f"{key}|{number}", line, beaten)

    def _line(self, key: str, line: Line, beaten: dict[str, Line]) -> InspectedRow:
        self.lines[key] = line
        value = _cut(self._text(line))
        if value.endswith(_CUT):
            self.long.add(key)
        return InspectedRow(
            key,
            "line",
            line.declaration.name,
            f"{value} !important" if line.important else value,
            swatch=swatch(value, self._style),
            beaten=len(beaten) == len(line.names),
            note=self._note(line, beaten),
            editable=key not in self.long and self._editable(line),
        )

    def _note(self, line: Line, beaten: dict[str, Line]) -> str:
        if beaten:
            winners = dict.fromkeys(short(winner.declaration.place) for winner in beaten.values())
            places = ", ".join(winners)
            if len(beaten) == len(line.names):
                return _tr("overridden by %1", places)
            return _tr("partly overridden by %1: %2", places, ", ".join(beaten))
        return "" if holds_here(line, self._style) else _tr("no value here")


def computed_rows(provenance: Provenance, wanted: str) -> Iterator[InspectedRow]:
    """Every longhand whose name or value has `wanted` in it."""
    style = provenance.style
    for name in sorted(style.values):
        value = style.css(name)
        if wanted in name or wanted in value:
            yield InspectedRow(
                name, "line", name, value, _origin(provenance, name), swatch=_color_name(style.used(name))
            )


def custom_rows(provenance: Provenance, wanted: str) -> Iterator[InspectedRow]:
    """Custom properties that have a value here; what the element sets itself comes first."""
    style = provenance.style
    own = {name for _rule, lines in provenance.explained().lines for line in lines for name in line.names}
    for name in sorted(style.customs, key=lambda name: (name not in own, name))[:_MOST_VALUES]:
        value = _cut(style.css(name).strip())
        if wanted in name or wanted in value:
            yield InspectedRow(name, "line", name, value, _origin(provenance, name), swatch=swatch(value, style))


def _origin(provenance: Provenance, name: str) -> str:
    element, line = provenance.origin(name)
    if line is None:
        return _tr("initial value")
    place = short(line.declaration.place)
    return place if element is provenance.element else _tr("%1, from %2", place, described(element))


def described(element: Element) -> str:
    """An element as a selector would name it."""
    parts = [element.type, *(f".{name}" for name in sorted(element.classes))]
    for name, value in element.attributes.items():
        parts += [f"[{name}~={word}]" for word in value.split()] if name in WORDS else [f"[{name}={value}]"]
    return "".join([*parts, *(f":{name}" for name in sorted(element.states))])


def box_sizes(style: Style) -> BoxSizes:
    names = [[name.format(side) for side in SIDES] for name in ("margin-{}", "border-{}-width", "padding-{}")]
    texts = [tuple(style.css(name).removesuffix("px") for name in four) for four in names]
    pixels = tuple(tuple(_pixels(style.values[name]) for name in four) for four in names)
    return BoxSizes(texts[0], texts[1], texts[2], pixels)


def _pixels(value: object) -> float:
    return value.value if isinstance(value, Number) and value.unit == "px" else 0.0


def swatch(value: str, style: Style) -> str:
    """The colour that a value is, with custom properties filled in; empty for anything else."""
    try:
        tokens = tinycss2.parse_component_value_list(value, skip_comments=True)
        stream = Stream(substitute(tokens, style.customs.get))
        color = read_color(stream)
        stream.end()
        return _color_name(resolve(color, style.scheme, style.color))
    except (Invalid, InvalidAtComputedTime, RecursionError):
        return ""


def _color_name(value: object) -> str:
    return QColor.fromRgbF(*value.srgb()).name(QColor.NameFormat.HexArgb) if isinstance(value, Color) else ""
