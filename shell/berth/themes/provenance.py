"""Where a value comes from: which declarations an element has, which of them counts, and what overrode the others.

The cascade itself (`berth.themes.computed`) keeps only winners, because that is all the desktop needs. This
is worked out anew for the one element that somebody inspects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from berth.themes.cascade import by_layer
from berth.themes.computed import Style
from berth.themes.custom import InvalidAtComputedTime, substitute, trimmed
from berth.themes.declarations import wide_word
from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.findings import Invalid
from berth.themes.logical import physical
from berth.themes.properties import INHERITED
from berth.themes.rules import Declaration, Rule
from berth.themes.shorthands import longhands_of, read_value
from berth.themes.stream import Stream


class Line(NamedTuple):
    """One declaration of a rule that matches.

    Attributes:
        names: the longhands that it sets, or the one custom property.
    """

    rule: Rule
    declaration: Declaration
    important: bool
    names: tuple[str, ...]


class Explained:
    """The declarations of one element.

    Args:
        rules: those that match, the strongest last, as in `Style.rules`.
        direction: of the element.

    Attributes:
        lines: of each rule, in the order of its block; the strongest rule first.
        winners: what counts, by longhand or custom property.
    """

    def __init__(self, rules: Sequence[Rule], direction: str = "ltr") -> None:
        self._groups = {layer: place for place, layer in enumerate(by_layer(rules))}
        # Of a list of selectors several may match; the block counts once, where it is the strongest.
        strongest = {rule.block: rule for rule in rules}
        self.lines = [
            (rule, list(_lines(rule, direction))) for rule in reversed(rules) if strongest[rule.block] is rule
        ]
        weakest_first = [line for _rule, lines in reversed(self.lines) for line in lines]
        self._normal = [line for line in weakest_first if not line.important]
        # Among what is important the first layer is the strongest.
        important = [line for line in weakest_first if line.important]
        important.sort(key=lambda line: -self._groups[line.rule.layer])
        self.winners: dict[str, Line] = {name: line for line in (*self._normal, *important) for name in line.names}

    def beaten(self, line: Line) -> dict[str, Line]:
        """The names that `line` sets for nothing, with what overrides it there."""
        return {name: winner for name in line.names if (winner := self.winners[name]) is not line}

    def origin(self, name: str) -> Line | None:
        """What a value really comes from: after ``revert-layer`` something in a lower layer, or nothing."""
        line = self.winners.get(name)
        while line is not None and line.declaration.wide == "revert-layer":
            group = self._groups[line.rule.layer]
            below = [one for one in self._normal if name in one.names and self._groups[one.rule.layer] < group]
            line = below[-1] if below else None
        return line


def _lines(rule: Rule, direction: str) -> Iterator[Line]:
    for declaration, important in rule.block.toward(direction).declared:
        custom = declaration.name.startswith("--")
        longhands = dict.fromkeys([declaration.name] if custom else longhands_of(declaration.name))
        names = tuple(physical(longhands, direction))
        yield Line(rule, declaration, important, names)


class Origin(NamedTuple):
    """`element` is where the value is set, itself or an ancestor; `line` is None where nothing sets it."""

    element: Element
    line: Line | None


class Provenance:
    """Everything about one element and its ancestors, worked out once for each."""

    def __init__(self, engine: Engine, element: Element) -> None:
        self._engine = engine
        self.element = element
        self._explained: dict[Element, Explained] = {}

    @property
    def style(self) -> Style:
        return self._engine.style(self.element)

    def explained(self, element: Element | None = None) -> Explained:
        wanted = element or self.element
        found = self._explained.get(wanted)
        if found is None:
            found = self._explained[wanted] = self._explain(wanted)
        return found

    def _explain(self, element: Element) -> Explained:
        style = self._engine.style(element)
        return Explained(style.rules, style.values["direction"])

    def origin(self, name: str) -> Origin:
        """Where the element's value of a longhand or custom property is set."""
        registered = self._engine.registry.get(name)
        inherits = name in INHERITED or (name.startswith("--") and (registered is None or registered.inherits))
        element = self.element
        while True:
            line = self.explained(element).origin(name)
            word = line.declaration.wide if line is not None else "unset"
            if word != "inherit" and not (inherits and word in _UNSET):
                return Origin(element, line)
            if element.parent is None:
                return Origin(element, None)
            element = element.parent


_UNSET = ("unset", "revert", "revert-layer")


def holds_here(line: Line, style: Style) -> bool:
    """Whether what a declaration says is a value for an element of this style: ``var()`` may lead to nothing."""
    declaration = line.declaration
    if not declaration.asks:
        return True
    try:
        tokens = substitute(declaration.tokens, style.customs.get)
        if not declaration.name.startswith("--") and not wide_word(trimmed(tokens)):
            read_value(declaration.name, Stream(tokens))
    except (InvalidAtComputedTime, Invalid, RecursionError):
        return False
    return True
