"""Cuts a sheet into rules before any of them is tokenised.

Tokenising is the slow part of reading a sheet. Cut into rules first, a changed file costs only
its changed rules: the others are recognised by their text. The cut follows
https://www.w3.org/TR/css-syntax-3/#parser-algorithms for strings, comments, urls, escapes and
blocks that are not closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from berth.themes.findings import Invalid

DEEPEST = 32
"""Blocks within blocks; deeper is an attack, not a theme."""

TOKEN = re.compile(
    r"""/\*.*?(?:\*/|\Z)
      | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n])*'?
      | (?<![\w\\-])(?<![^\x00-\x7f])[uU][rR][lL]\([ \t\n]*(?=[^"' \t\n])(?:\\.|[^)\\])*\)?
      | \\. | [{}()\[\];]""",
    re.S | re.X,
)
_SPACE = re.compile(r"(?:\s+|/\*.*?(?:\*/|\Z))*", re.S)
_OUTER_SPACE = re.compile(r"(?:\s+|/\*.*?(?:\*/|\Z)|<!--|-->)*", re.S)
_CLOSER = {"{": "}", "(": ")", "[": "]"}


class Piece(NamedTuple):
    """A rule's text: what stands before its block, and the block's inside (None for a statement).

    `start` and `body_start` are offsets in the text that was cut.
    """

    prelude: str
    body: str | None
    start: int
    body_start: int


def clean(text: str) -> str:
    """The preprocessing of https://www.w3.org/TR/css-syntax-3/#input-preprocessing."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\0", "�")


def split_rules(text: str, *, outermost: bool = True) -> Iterator[Piece]:
    """The rules of a `clean` text, in order; what is no rule is yielded without a body.

    Args:
        outermost: the text is a whole sheet, in which the marks of HTML comments count for nothing.

    Raises:
        Invalid: blocks are nested more than `DEEPEST` deep.
    """
    space = _OUTER_SPACE if outermost else _SPACE
    stack: list[str] = []
    start = _skip(space, text, 0)
    body = -1
    for match in TOKEN.finditer(text, start):
        token = text[match.start()]
        if match.end() - match.start() != 1 or match.start() < start:
            continue
        if token in _CLOSER:
            if token == "{" and not stack:
                body = match.end()
            stack.append(_CLOSER[token])
            if len(stack) > DEEPEST:
                raise Invalid("blocks are nested too deeply", f"{DEEPEST} levels are the limit.")
        elif token == ";":
            if not stack and text[start] == "@":
                yield Piece(text[start : match.start()], None, start, match.start())
                start = _skip(space, text, match.end())
        elif stack and stack[-1] == token:
            stack.pop()
            if not stack and body >= 0:
                yield Piece(text[start : body - 1], text[body : match.start()], start, body)
                start, body = _skip(space, text, match.end()), -1
    if body >= 0:
        yield Piece(text[start : body - 1], text[body:], start, body)
    elif start < len(text):
        yield Piece(text[start:], None, start, len(text))


def _skip(space: re.Pattern[str], text: str, start: int) -> int:
    match = space.match(text, start)
    return match.end() if match else start
