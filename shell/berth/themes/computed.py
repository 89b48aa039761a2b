"""From the rules that match an element to the values that it has: https://www.w3.org/TR/css-cascade-5/#value-stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from berth.themes.cascade import by_layer
from berth.themes.colors import BLACK, Color, resolve
from berth.themes.custom import DEEPEST, Custom, InvalidAtComputedTime, Registry, substitute, trimmed, typed
from berth.themes.declarations import wide_word
from berth.themes.environment import Environment
from berth.themes.findings import Invalid
from berth.themes.logical import physical
from berth.themes.properties import INHERITED, INITIAL, SIDES
from berth.themes.rules import Block, Declaration, Rule
from berth.themes.shorthands import read_value
from berth.themes.special import SPECIAL, font_size, scheme_of
from berth.themes.stream import Stream
from berth.themes.units import Lengths, Number
from berth.themes.values import Context, Value, compute, css, is_constant, names_file, uses_current, with_current

_MOST_KNOWN = 64
_MOST_WORKED_OUT = 4096
_FIRST = frozenset({"color-scheme", "font-size", "color"})
"""What other values depend on."""
_DEPENDED_ON = _FIRST | {"direction"}
_NOTHING = Number(0, "px")
_LINE_WIDTHS = [(f"border-{side}-style", f"border-{side}-width") for side in SIDES]
_LINES = frozenset(name for names in _LINE_WIDTHS for name in names)
# A line that is not drawn has no width.
_START = {**INITIAL, "color": BLACK, **{width: _NOTHING for _style, width in _LINE_WIDTHS}}
_MAY_USE_CURRENT = tuple(
    name for name in INITIAL if name.endswith(("color", "shadow", "image", "source", "filter")) and name != "color"
)
_NO_VALUES: Mapping[str, Value] = MappingProxyType({})
_EMPTY: Mapping[str, Custom] = MappingProxyType({})
_PICTURED = ("background-image", "border-image-source")
_NO_SHEETS: Mapping[str, str] = MappingProxyType({})


class Style:
    """What one element looks like; shared by all elements that look so.

    Attributes:
        values: computed values by longhand; ``currentcolor`` is still open in them.
        customs: custom properties that have a value.
        rules: what matched, the strongest last.
        sheets: the file that says what picture the element has, by longhand; ``url()`` counts from there.
    """

    __slots__ = ("_inherited", "_used", "_users", "customs", "lengths", "rules", "scheme", "sheets", "values")

    def __init__(
        self,
        values: Mapping[str, Value],
        customs: Mapping[str, Custom],
        lengths: Lengths,
        scheme: str,
        rules: tuple[Rule, ...],
        sheets: Mapping[str, str] = _NO_SHEETS,
    ) -> None:
        self.values = values
        self.customs = customs
        self.lengths = lengths
        self.scheme = scheme
        self.rules = rules
        self.sheets = sheets
        self._inherited: dict[str, Value] | None = None
        self._used: dict[str, Value] = {}
        self._users: frozenset[str] | None = None

    @property
    def color(self) -> Color:
        color: Color = self.values["color"]
        return color

    def inherited(self) -> dict[str, Value]:
        if self._inherited is None:
            values = self.values
            self._inherited = {name: values[name] for name in INHERITED}
        return self._inherited

    def used(self, name: str) -> Value:
        """The value of a longhand with the element's own colour filled in."""
        value = self.values[name]
        if name not in self.current_users():
            return value
        found = self._used.get(name)
        if found is None:
            found = self._used[name] = with_current(value, self.color)
        return found

    def css(self, name: str) -> str:
        """The value of a longhand or custom property as text; empty for a custom property without a value."""
        if name.startswith("--"):
            custom = self.customs.get(name)
            return "" if custom is None else custom.text
        return css(self.used(name))

    def differences(self, other: Style) -> set[str]:
        """Longhands that look different in `other`."""
        if self is other:
            return set()
        mine, theirs = self.values, other.values
        names = {name for name in mine if mine[name] is not theirs[name] and mine[name] != theirs[name]}
        if "color" in names:
            names |= self.current_users()
        return names

    def current_users(self) -> frozenset[str]:
        """Longhands that are drawn in the element's own colour."""
        if self._users is None:
            values = self.values
            self._users = frozenset(name for name in _MAY_USE_CURRENT if uses_current(values[name]))
        return self._users


def compute_style(
    rules: tuple[Rule, ...],
    parent: Style | None,
    root: Style | None,
    environment: Environment,
    registry: Registry,
    before: Style | None = None,
) -> Style:
    """The style of an element that `rules` match (the strongest last) under `parent` in the tree of `root`.

    Args:
        before: the element's style under the very same parent, environment and registry, by other rules.
    """
    touched = None if before is None else _touched(before.rules, rules)
    work = _Computation(rules, parent, root, environment, registry)
    return work.style() if before is None or touched is None else work.changed(before, touched)


def _touched(before: tuple[Rule, ...], after: tuple[Rule, ...]) -> set[str] | None:
    """Longhands that rules which came or went declare: all others win as they did. None if other values may depend on
    what they declare."""
    old, new = set(before), set(after)
    if [rule for rule in before if rule in new] != [rule for rule in after if rule in old]:
        return None
    names: set[str] = set()
    for rule in old ^ new:
        block = rule.block
        if block.customs or block.important or block.important_customs or block.logical:
            return None
        names.update(block.normal)
    return names if names.isdisjoint(_DEPENDED_ON) else None


@lru_cache(_MOST_WORKED_OUT)
def _worked_out(name: str, specified: Value, context: Context, default: Value) -> Value:
    """The computed value of a longhand. Elements that look different have most of them in common."""
    value = compute(specified, context)
    special = SPECIAL.get(name)
    return special(value, context.lengths, default) if special else value


class _Computation:
    """The work on one element."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        parent: Style | None,
        root: Style | None,
        environment: Environment,
        registry: Registry,
    ) -> None:
        self._rules = rules
        self._parent = parent
        self._registry = registry
        self._environment = environment
        self._winners: dict[str, Declaration] = {}
        self._custom_winners: dict[str, Declaration] = {}
        size = (environment.width, environment.height)
        start = parent.lengths.em if parent else 16
        self._parent_lengths = Lengths(start, root.lengths.rem if root else 16, *size)
        self._is_root = root is None
        self._context: Context | None = None
        self._scheme = environment.scheme
        self._done: dict[str, Custom | None] = {}
        # A shorthand is asked once for each of its longhands.
        self._found: dict[Declaration, Mapping[str, Value] | str | None] = {}
        self._stack: list[str] = []
        self._cyclic: set[str] = set()
        self._direction = ""
        self._collect()
        if any(rule.block.logical for rule in rules):
            self._direction = self._found_direction()
            self._winners = {}
            self._collect()

    def _found_direction(self) -> str:
        """What has to be known before beginnings and ends are sides."""
        name = "direction"
        found: str = self._value(name, _NO_VALUES) if name in self._winners else self._default(name)
        return found

    def _block(self, rule: Rule) -> Block:
        return rule.block.toward(self._direction) if self._direction else rule.block

    def _collect(self) -> None:
        important = False
        for rule in self._rules:
            block = self._block(rule)
            self._winners.update(block.normal)
            if block.customs:
                self._custom_winners.update(block.customs)
            important = important or bool(block.important or block.important_customs)
        if important:
            for rule in self._important_rules():
                block = self._block(rule)
                self._winners.update(block.important)
                self._custom_winners.update(block.important_customs)

    def _important_rules(self) -> Iterator[Rule]:
        """Among what is important the first layer is the strongest."""
        for group in reversed(list(by_layer(self._rules).values())):
            yield from group

    def style(self) -> Style:
        parent = self._parent
        values = {**_START, **(parent.inherited() if parent else {"direction": self._environment.direction})}
        winners = self._winners
        if "color-scheme" in winners:
            values["color-scheme"] = self._value("color-scheme", values)
        self._scheme = scheme_of(values["color-scheme"], self._environment.scheme)
        if "font-size" in winners:
            values["font-size"] = self._value("font-size", values)
        em = values["font-size"].value
        rem = em if self._is_root else self._parent_lengths.rem
        lengths = Lengths(em, rem, self._environment.width, self._environment.height)
        self._context = Context(lengths, self._scheme)
        if "color" in winners:
            values["color"] = self._value("color", values)
        elif not parent:
            values["color"] = resolve(INITIAL["color"], self._scheme, BLACK)
        for name, declaration in winners.items():
            if name in _FIRST:
                continue
            if declaration.constant and name not in SPECIAL:
                values[name] = declaration.values[name]  # type: ignore[index]
            else:
                values[name] = self._value(name, values)
        self._draw_lines(values)
        return Style(values, self._customs(), lengths, self._scheme, self._rules, self._sheets(values))

    def changed(self, before: Style, names: set[str]) -> Style:
        """As `style`, where only these longhands may differ from `before`, and no other value depends on them."""
        parent, winners = self._parent, self._winners
        self._context = Context(before.lengths, before.scheme)
        self._scheme = before.scheme
        values = dict(before.values)
        if not _LINES.isdisjoint(names):
            names = names | {width for _style, width in _LINE_WIDTHS}
        for name in names:
            if name in winners:
                values[name] = self._value(name, values)
            else:
                values[name] = parent.values[name] if parent and name in INHERITED else _START[name]
        self._draw_lines(values)
        return Style(values, before.customs, before.lengths, before.scheme, self._rules, self._sheets(values))

    def _draw_lines(self, values: dict[str, Value]) -> None:
        winners = self._winners
        if not _LINES.isdisjoint(winners):
            for style, width in _LINE_WIDTHS:
                if values[style] in ("none", "hidden"):
                    values[width] = _NOTHING
                elif width not in winners:
                    values[width] = INITIAL[width]

    def _sheets(self, values: Mapping[str, Value]) -> Mapping[str, str]:
        pictured = [name for name in _PICTURED if name in self._winners and names_file(values[name])]
        if not pictured:
            return _NO_SHEETS
        inherited = self._parent.sheets if self._parent else _NO_SHEETS
        found = {}
        for name in pictured:
            declaration: Declaration | None = self._winners[name]
            while declaration is not None and declaration.wide == "revert-layer":
                declaration = self._below(name, declaration)
            if declaration is not None:
                own = declaration.place.file
                found[name] = inherited.get(name, own) if declaration.wide == "inherit" else own
        return found

    # --- properties

    def _value(self, name: str, values: Mapping[str, Value]) -> Value:
        """The computed value of a longhand that is declared."""
        specified = self._specified(name, self._winners[name])
        if specified is None:
            return self._default(name)
        if name == "font-size":
            return font_size(specified, self._parent_lengths)
        context = self._context or Context(self._parent_lengths, self._scheme)
        if name == "color":
            current = self._parent.color if self._parent else BLACK
            return resolve(specified, context.scheme, current)
        if name not in SPECIAL and is_constant(specified):
            return specified
        return _worked_out(name, specified, context, self._default(name))

    def _default(self, name: str) -> Value:
        if self._parent and name in INHERITED:
            return self._parent.values[name]
        if name == "direction":
            return self._environment.direction
        return BLACK if name == "color" else INITIAL[name]

    def _specified(self, name: str, declaration: Declaration) -> Value:
        """The value as the sheet says it; None means what the element has without any declaration.

        A value that is inherited is computed already, and computing it again changes nothing.
        """
        if declaration.wide:
            return self._widely(name, declaration.wide, declaration)
        if declaration.values is not None:
            return declaration.values[name]
        found = self._substituted(declaration)
        if found is None:
            return None
        if isinstance(found, str):
            return self._widely(name, found, declaration)
        return found[name]

    def _widely(self, name: str, word: str, declaration: Declaration) -> Value:
        """What ``inherit``, ``initial`` and the like come to."""
        if word == "inherit":
            return self._parent.values[name] if self._parent else _START[name]
        if word == "initial":
            return INITIAL[name]
        lower = self._below(name, declaration) if word == "revert-layer" else None
        return None if lower is None else self._specified(name, lower)

    def _substituted(self, declaration: Declaration) -> Mapping[str, Value] | str | None:
        """Longhands after ``var()``, or a word like ``inherit``; None if that is invalid for this element."""
        if declaration in self._found:
            return self._found[declaration]
        found = self._found[declaration] = self._substitution(declaration)
        return found

    def _substitution(self, declaration: Declaration) -> Mapping[str, Value] | str | None:
        customs = [self._custom(name) for name in declaration.asks]
        key = tuple(None if custom is None else custom.text for custom in customs)
        if key in declaration.known:
            return declaration.known[key]
        found = self._parsed(declaration)
        if len(declaration.known) >= _MOST_KNOWN:
            declaration.known.clear()
        declaration.known[key] = found
        return found

    def _parsed(self, declaration: Declaration) -> Mapping[str, Value] | str | None:
        try:
            tokens = substitute(declaration.tokens, self._custom)
            wide = wide_word(trimmed(tokens))
            if wide:
                return wide
            found = read_value(declaration.name, Stream(tokens))
            return physical(found, declaration.direction) if declaration.direction else found
        except (InvalidAtComputedTime, Invalid, RecursionError):
            return None

    def _below(self, name: str, declaration: Declaration) -> Declaration | None:
        """What wins `name` in the layers below that of `declaration`.

        Layers below are weaker whether `declaration` is important or not: had they something important, that
        would have won.
        """
        customs = name.startswith("--")
        found: Declaration | None = None
        for rules in by_layer(self._rules).values():
            before = found
            for rule in rules:
                block = self._block(rule)
                important = block.important_customs if customs else block.important
                normal = block.customs if customs else block.normal
                if important.get(name) is declaration or normal.get(name) is declaration:
                    return before
                found = normal.get(name, found)
        return None

    # --- custom properties

    def _customs(self) -> Mapping[str, Custom]:
        inherited = self._parent.customs if self._parent else _EMPTY
        reset = [
            item for item in self._registry.values() if not item.inherits and item.name not in self._custom_winners
        ]
        missing = [
            item for item in self._registry.values() if item.name not in inherited and item.initial_tokens is not None
        ]
        if not self._custom_winners and not missing and not any(item.name in inherited for item in reset):
            return inherited
        found = dict(inherited)
        for item in (*missing, *reset):
            _put(found, item.name, _initial(item))
        for name in self._custom_winners:
            _put(found, name, self._custom(name))
        return found

    def _custom(self, name: str) -> Custom | None:
        """The computed value of a custom property; None where it has none."""
        if name in self._done:
            return self._done[name]
        if name in self._stack:
            self._cyclic.update(self._stack[self._stack.index(name) :])
            return None
        declaration = self._custom_winners.get(name)
        if declaration is None:
            found = self._done[name] = self._undeclared(name)
            return found
        if len(self._stack) > DEEPEST:
            return None
        self._stack.append(name)
        value = self._declared(name, declaration)
        self._stack.pop()
        if name in self._cyclic:
            value = self._undeclared(name) if name in self._registry else None
        self._done[name] = value
        return value

    def _undeclared(self, name: str) -> Custom | None:
        registered = self._registry.get(name)
        if registered is None or registered.inherits:
            inherited = self._parent.customs.get(name) if self._parent else None
            if inherited is not None or registered is None:
                return inherited
        return _initial(registered)

    def _declared(self, name: str, declaration: Declaration) -> Custom | None:
        registered = self._registry.get(name)
        while declaration.wide == "revert-layer":
            lower = self._below(name, declaration)
            if lower is None:
                return self._undeclared(name)
            declaration = lower
        if declaration.wide == "initial":
            return _initial(registered)
        if declaration.wide == "inherit":
            inherited = self._parent.customs.get(name) if self._parent else None
            return inherited if inherited is not None else _initial(registered)
        if declaration.wide:
            return self._undeclared(name)
        invalid = self._undeclared(name) if registered is not None else None
        try:
            tokens = substitute(declaration.tokens, self._custom) if declaration.asks else declaration.tokens
        except InvalidAtComputedTime:
            return invalid
        if registered is None or not registered.choices:
            return Custom(tokens)
        return self._typed(registered.read, tokens, invalid)

    def _typed(
        self, read: Callable[[tuple[object, ...]], Value], tokens: object, invalid: Custom | None
    ) -> Custom | None:
        try:
            value = read(tokens)  # type: ignore[arg-type]
        except Invalid:
            return invalid
        if self._context is None and not is_constant(value):
            # The size of the font depends on this property, and this property on the size of the font.
            return invalid
        return typed(compute(value, self._context or Context()))


def _initial(registered: object) -> Custom | None:
    tokens = getattr(registered, "initial_tokens", None)
    if tokens is None:
        return None
    value = getattr(registered, "initial", None)
    return Custom(tokens) if value is None else typed(value)


def _put(customs: dict[str, Custom], name: str, value: Custom | None) -> None:
    if value is None:
        customs.pop(name, None)
    else:
        customs[name] = value
