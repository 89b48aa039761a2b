"""What a parsed sheet is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from berth.themes.conditions import ContainerQuery, MediaList
from berth.themes.findings import Finding
from berth.themes.logical import physical
from berth.themes.numbers import Token
from berth.themes.selectors import Selector
from berth.themes.syntax import Registered
from berth.themes.values import Value

LayerName = tuple[str, ...]
"""``("theme", "controls")`` for ``@layer controls`` in a theme's sheet."""


class Chunk:
    """A top-level piece of a sheet, parsed. It stays the same object while its text does, wherever it moves.

    Lines of what is in it count from its own first one; `line` says where that is now, and `column` how much
    stands before it there.
    """

    __slots__ = ("column", "file", "findings", "items", "line")

    def __init__(self, file: str) -> None:
        self.file = file
        self.line = 1
        self.column = 0
        self.items: list[Item] = []
        self.findings: list[Finding] = []


class Place(NamedTuple):
    """Where something stands in its sheet; the line is right even after the sheet was edited elsewhere."""

    chunk: Chunk
    offset: int
    inside: int

    @property
    def file(self) -> str:
        return self.chunk.file

    @property
    def line(self) -> int:
        return self.chunk.line + self.offset

    @property
    def column(self) -> int:
        return self.inside + (0 if self.offset else self.chunk.column)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Declaration:
    """One declaration. One of `values`, `tokens` and `wide` says what it sets.

    Attributes:
        name: as written, in lower case unless it is custom.
        values: longhand -> value as the sheet says it.
        constant: longhands whose value no element changes.
        tokens: what waits for ``var()``, or the value of a custom property.
        wide: ``inherit`` and the like.
        asks: custom properties that `tokens` mentions.
        direction: in which sides stand for beginnings and ends; empty where that is still open.
        known: longhands by the texts of what was substituted; bounded.
    """

    __slots__ = ("asks", "constant", "direction", "known", "name", "place", "tokens", "values", "wide")

    def __init__(
        self,
        name: str,
        place: Place,
        values: Mapping[str, Value] | None = None,
        tokens: Sequence[Token] = (),
        wide: str = "",
        asks: tuple[str, ...] = (),
        constant: bool = False,
        direction: str = "",
    ) -> None:
        self.name = name
        self.direction = direction
        self.place = place
        self.values = values
        self.tokens = tokens
        self.wide = wide
        self.asks = asks
        self.constant = constant
        self.known: dict[tuple[str | None, ...], Mapping[str, Value] | str | None] = {}

    def toward(self, direction: str) -> Declaration:
        """The same for an element of this direction; a custom property is the same in both."""
        if self.name.startswith("--"):
            return self
        values = None if self.values is None else physical(self.values, direction)
        return Declaration(self.name, self.place, values, self.tokens, self.wide, self.asks, self.constant, direction)

    def __repr__(self) -> str:
        return f"<Declaration {self.name} at {self.place.line}>"


class Block:
    """Declarations of one rule, as the cascade takes them: by longhand and by custom name.

    Attributes:
        logical: whether some of them say beginning and end instead of sides.
    """

    __slots__ = ("_toward", "customs", "declared", "important", "important_customs", "logical", "normal")

    def __init__(self) -> None:
        self.normal: dict[str, Declaration] = {}
        self.important: dict[str, Declaration] = {}
        self.customs: dict[str, Declaration] = {}
        self.important_customs: dict[str, Declaration] = {}
        self.declared: list[tuple[Declaration, bool]] = []
        self.logical = False
        self._toward: dict[str, Block] = {}

    def __bool__(self) -> bool:
        return bool(self.declared)

    def toward(self, direction: str) -> Block:
        """The same for elements of this direction: with sides only."""
        if not self.logical:
            return self
        found = self._toward.get(direction)
        if found is None:
            found = self._toward[direction] = Block()
            turned = {declaration: declaration.toward(direction) for declaration, _important in self.declared}
            found.declared = [(turned[declaration], important) for declaration, important in self.declared]
            found.customs, found.important_customs = self.customs, self.important_customs
            for mine, theirs in ((found.normal, self.normal), (found.important, self.important)):
                mine |= physical({name: turned[one] for name, one in theirs.items()}, direction)
        return found


class Rule:
    """A style rule with one selector. Rules are compared by identity: an unchanged rule is the same object."""

    __slots__ = ("apps", "block", "containers", "layer", "media", "place", "selector")

    def __init__(
        self,
        selector: Selector,
        block: Block,
        layer: LayerName,
        media: tuple[MediaList, ...],
        containers: tuple[ContainerQuery, ...],
        apps: tuple[tuple[str, ...], ...],
        place: Place,
    ) -> None:
        self.selector = selector
        self.block = block
        self.layer = layer
        self.media = media
        self.containers = containers
        self.apps = apps
        self.place = place

    def for_app(self, app: str) -> bool:
        return all(any(fnmatchcase(app, pattern) for pattern in patterns) for patterns in self.apps)

    def outside(self) -> Rule:
        """The same rule without a condition on containers."""
        return Rule(self.selector, self.block, self.layer, self.media, (), self.apps, self.place)

    def __repr__(self) -> str:
        return f"<Rule {self.selector.text} at {self.place}>"


class LayerOrder(NamedTuple):
    """Layers in the order a sheet names them; a statement, or the block of one."""

    names: tuple[LayerName, ...]
    media: tuple[MediaList, ...]


class Registration(NamedTuple):
    registered: Registered
    media: tuple[MediaList, ...]
    place: Place


class Keyframe(NamedTuple):
    """`offset` from 0 to 1."""

    offset: float
    block: Block


class Keyframes(NamedTuple):
    name: str
    frames: tuple[Keyframe, ...]
    layer: LayerName
    media: tuple[MediaList, ...]
    place: Place


class FontSource(NamedTuple):
    """A file as the sheet names it, or with `local` a family of the system."""

    name: str
    local: bool = False


class FontFace(NamedTuple):
    """``@font-face``. `weight` (1 to 1000) and `italic` are None where the file itself says so."""

    family: str
    sources: tuple[FontSource, ...]
    weight: int | None
    italic: bool | None
    media: tuple[MediaList, ...]
    place: Place


class Import(NamedTuple):
    path: str
    layer: LayerName | None
    media: tuple[MediaList, ...]
    place: Place


Item = Rule | LayerOrder | Registration | Keyframes | FontFace | Import


@dataclass
class Sheet:
    """A parsed sheet: what is in it, in order, and what is wrong with it."""

    file: str
    items: list[Item] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)
