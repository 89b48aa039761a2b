"""A sheet as text: where its declarations stand, and how one of them is changed with all else left as it is.

What a sheet says is read by `berth.themes.sheet`; this is for editing, where comments, spaces and line ends of
the author have to stay as they are, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import tinycss2

from berth.themes.declarations import read_declaration
from berth.themes.findings import Invalid
from berth.themes.rules import Chunk, Place
from berth.themes.splitting import TOKEN, clean, split_rules

_LINE_END = re.compile(r"\r\n|[\r\n\f]")
_LINE_REST = re.compile(r"[ \t]*(?:\r\n|[\r\n\f])")
_GAP = re.compile(r"(?:[ \t\r\n\f]+|/\*.*?(?:\*/|\Z))*", re.S)
_IMPORTANT = re.compile(r"!(?:[ \t\r\n\f]|/\*.*?\*/)*important\Z", re.S | re.I)
_CLOSER = {"{": "}", "(": ")", "[": "]"}
_END = "--berth-end"
_MOST = 4096
"""Characters of one value; nobody types more."""


class Found(NamedTuple):
    """A declaration in a text; offsets of its name, its value, and what ends it (which may be the text's end)."""

    name: str
    start: int
    value_start: int
    value_end: int
    end: int


class OpenBlock(NamedTuple):
    """A block: the preludes of all that it is in and its own, without comments; offsets of its inside."""

    around: tuple[str, ...]
    start: int
    end: int
    closed: bool


class SourceText:
    """One file's text as it is on disk."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self._blocks: list[OpenBlock] | None = None

    def declaration(self, line: int, column: int) -> Found | None:
        """The declaration whose name stands there, both from 1 as in findings; None if none does."""
        if not 0 < line <= len(self._lines):
            return None
        return self._declaration(self._lines[line - 1] + column - 1)

    def _declaration(self, start: int) -> Found | None:
        match = re.compile(r"(?:[\w-]|[^\x00-\x7f]|\\.)+").match(self.text, start)
        if match is None:
            return None
        colon = _gap(self.text, match.end())
        if self.text[colon : colon + 1] != ":":
            return None
        value = _gap(self.text, colon + 1)
        end = _statement_end(self.text, value)
        last = _last(self.text, value, end)
        mark = self.text.rfind("!", value, last)
        if mark >= 0 and _IMPORTANT.match(self.text[mark:last]):
            last = _last(self.text, value, mark)
        return Found(match[0], start, value, max(last, value), end)

    def value(self, found: Found) -> str:
        return self.text[found.value_start : found.value_end]

    def replaced(self, found: Found, value: str) -> str:
        """The whole text with another value there. Raises `Invalid` if that is no value of the property."""
        check_value(found.name, value)
        gap = " " if not value.strip() else ""
        return f"{self.text[: found.value_start]}{gap}{value.strip()}{self.text[found.value_end :]}"

    # --- blocks

    def blocks(self) -> list[OpenBlock]:
        """All blocks of rules, in the order of their ends."""
        if self._blocks is None:
            self._blocks = list(_blocks(self.text))
        return self._blocks

    def around(self, found: Found) -> tuple[str, ...]:
        """The preludes of the blocks that a declaration is in, the outermost first."""
        holding = [block for block in self.blocks() if block.start <= found.start <= block.end]
        return max((block.around for block in holding), key=len, default=())

    def with_declaration(self, around: Sequence[str], name: str, value: str) -> str:
        """The whole text with ``name: value`` in the block that is in blocks of these preludes.

        A block that is there is used, the last one of them; what is missing comes at the end of the text.

        Raises:
            Invalid: that is no value of the property, or a block of the text is not closed.
        """
        check_value(name, value)
        wanted = tuple(map(_plain, around))
        if any(not block.closed for block in self.blocks()):
            raise Invalid("a block of the sheet is not closed", "Add the missing brace.")
        fitting = [block for block in self.blocks() if block.around == wanted]
        if not fitting:
            return self._appended(around, name, value)
        block = fitting[-1]
        there = [found for found in self._direct(block) if found.name == name]
        return self.replaced(there[-1], value) if there else self._inserted(block, name, value)

    def names(self, around: Sequence[str]) -> set[str]:
        """What the blocks in blocks of these preludes declare."""
        return {found.name for found in self._declared(around)}

    def without_declarations(self, around: Sequence[str], names: Collection[str]) -> str:
        """The whole text without what blocks in blocks of these preludes say of `names`; a line goes if it is empty."""
        text = self.text
        gone = [found for found in self._declared(around) if found.name in names]
        for found in sorted(gone, key=lambda one: one.start, reverse=True):
            closed = text[found.end : found.end + 1] == ";"
            start, end = found.start, found.end + 1 if closed else _last(text, found.value_start, found.end)
            line = len(text[:start].rstrip(" \t"))
            rest = _LINE_REST.match(text, end)
            if rest is not None and (line == 0 or text[line - 1] in "\r\n\f"):
                start, end = line, rest.end()
            text = text[:start] + text[end:]
        return text

    def _declared(self, around: Sequence[str]) -> Iterator[Found]:
        wanted = tuple(map(_plain, around))
        for block in self.blocks():
            if block.around == wanted:
                yield from self._direct(block)

    def _direct(self, block: OpenBlock) -> Iterator[Found]:
        """The declarations that stand in a block itself."""
        place = block.start
        while (place := _gap(self.text, place)) < block.end:
            found = self._declaration(place)
            inner = [one for one in self.blocks() if one.start > place and one.around[:-1] == block.around]
            first = min(inner, key=lambda one: one.start, default=None)
            if first is not None and _statement_end(self.text, place) >= first.start:
                place = first.end + 1
                continue
            if found is not None:
                yield found
            place = _statement_end(self.text, place) + 1

    def _inserted(self, block: OpenBlock, name: str, value: str) -> str:
        text = self.text
        after = len(text[block.start : block.end].rstrip()) + block.start
        code = max((found.end for found in self._direct(block)), default=block.start)
        # The last declaration of a block need not be closed.
        semicolon = code < block.end and text[code] == ";"
        last = _last(text, block.start, block.end)
        open_ended = not semicolon and last > block.start and text[last - 1] not in ";}"
        head = f"{text[:last]};{text[last:after]}" if open_ended else text[:after]
        depth = len(block.around)
        newline = self._newline()
        return f"{head}{newline}{'  ' * depth}{name}: {value.strip()};{newline}{'  ' * (depth - 1)}{text[block.end :]}"

    def _appended(self, around: Sequence[str], name: str, value: str) -> str:
        newline = self._newline()
        lines = ["  " * depth + f"{prelude} {{" for depth, prelude in enumerate(around)]
        lines.append("  " * len(around) + f"{name}: {value.strip()};")
        lines += ["  " * depth + "}" for depth in reversed(range(len(around)))]
        gap = "" if not self.text else newline if self.text.endswith(("\n", "\r")) else 2 * newline
        return f"{self.text}{gap}{newline.join(lines)}{newline}"

    def _newline(self) -> str:
        found = _LINE_END.search(self.text)
        return found[0] if found is not None and found[0] != "\f" else "\n"


def check_value(name: str, value: str) -> None:
    """Raises `Invalid` unless `value` is one of the property, and nothing but a value: no end of the declaration,
    no ``!important``, nothing left open."""
    if len(value) > _MOST:
        raise Invalid("the value is too long")
    body = f"{name}:{clean(value)};{_END}:0"
    pieces = list(split_rules(f"x{{{body}}}y{{}}"))
    nodes = tinycss2.parse_blocks_contents(body, skip_comments=True, skip_whitespace=True)
    whole = len(pieces) == 2 and pieces[0].body == body and pieces[1].body == ""
    if not whole or [node.type for node in nodes] != ["declaration"] * 2 or nodes[1].name != _END:
        raise Invalid("this is not one whole value")
    if nodes[0].important:
        raise Invalid("“!important” is no part of the value")
    if not value.strip() and not name.startswith("--"):
        raise Invalid("the value is missing")
    read_declaration(nodes[0], Place(Chunk(""), 0, 1))


_NUMBER = re.compile(r"(?<![\w#.%)-])[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?![\d.])")


def stepped(text: str, cursor: int, steps: Decimal) -> tuple[str, int]:
    """The number at or next to `cursor` changed by `steps`, and where the cursor is then.

    A number between 0 and 1 without unit, like an opacity, goes in tenths. Without a number nothing changes.
    """
    for match in _NUMBER.finditer(text):
        if match.start() <= cursor <= _after_unit(text, match.end()):
            old = Decimal(match[0])
            fine = "." in match[0] and match.end() == _after_unit(text, match.end())
            new = (old + (steps / 10 if fine else steps)).normalize()
            written = f"{new:f}"
            return f"{text[: match.start()]}{written}{text[match.end() :]}", match.start() + len(written)
    return text, cursor


def _after_unit(text: str, place: int) -> int:
    found = re.compile(r"[a-zA-Z%]*").match(text, place)
    return found.end() if found is not None else place


def merged(before: str, mine: str, theirs: str) -> str | None:
    """`before` with the changes of both, line by line; None where they touch the same lines."""
    from difflib import SequenceMatcher

    lines = [text.splitlines(keepends=True) for text in (before, mine, theirs)]
    changes = []
    for other in lines[1:]:
        codes = SequenceMatcher(None, lines[0], other, autojunk=False).get_opcodes()
        changes.append([(i, j, other[a:b]) for tag, i, j, a, b in codes if tag != "equal"])
    both = sorted(changes[0] + [change for change in changes[1] if change not in changes[0]], key=lambda one: one[:2])
    found: list[str] = []
    place = 0
    for start, end, new in both:
        if start < place or (found and start == place and start == end):
            return None
        found += [*lines[0][place:start], *new]
        place = end
    return "".join([*found, *lines[0][place:]])


# --- scanning


def _gap(text: str, place: int) -> int:
    match = _GAP.match(text, place)
    return match.end() if match else place


def _codes(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Braces, brackets and semicolons that are no part of a string, comment, url or escape."""
    for match in TOKEN.finditer(text, start):
        if match.end() - match.start() == 1 and text[match.start()] in "{}()[];":
            yield match.start(), text[match.start()]


def _statement_end(text: str, start: int) -> int:
    """Where the declaration that goes on at `start` ends: at a semicolon or brace, or with the text."""
    stack: list[str] = []
    for place, sign in _codes(text, start):
        if sign in _CLOSER:
            stack.append(_CLOSER[sign])
        elif not stack and sign in ";}":
            return place
        elif stack and stack[-1] == sign:
            stack.pop()
    return len(text)


def _last(text: str, start: int, end: int) -> int:
    """The end of what is neither space nor comment there."""
    place = last = start
    while place < end:
        after = _gap(text, place)
        if after > place:
            place = after
            continue
        token = TOKEN.match(text, place)
        place = last = token.end() if token is not None else place + 1
    return min(last, end)


def _plain(prelude: str) -> str:
    tokens = tinycss2.parse_component_value_list(clean(prelude), skip_comments=True)
    return " ".join(tinycss2.serialize(tokens).split())


def _blocks(text: str) -> Iterator[OpenBlock]:
    stack: list[tuple[str, int, tuple[str, ...]]] = []
    around: tuple[str, ...] = ()
    start = 0
    for place, sign in _codes(text, 0):
        if sign in _CLOSER:
            stack.append((_CLOSER[sign], place + 1, around))
            if sign == "{":
                around = (*around, _plain(text[start:place]))
                start = place + 1
        elif stack and stack[-1][0] == sign:
            _closer, begun, outer = stack.pop()
            if sign == "}":
                yield OpenBlock(around, begun, place, True)
                around, start = outer, place + 1
        elif sign == ";" and (not stack or stack[-1][0] == "}"):
            start = place + 1
    while stack:
        closer, begun, outer = stack.pop()
        if closer == "}":
            yield OpenBlock(around, begun, len(text), False)
            around = outer
