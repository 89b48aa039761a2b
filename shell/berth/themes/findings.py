"""What is wrong in a theme, said so that its author finds the place and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

ERROR = "error"
WARNING = "warning"
MOST_FINDINGS = 200
"""Of one sheet; what comes after is not told."""


@dataclass(frozen=True)
class Finding:
    """One error or warning.

    Args:
        severity: `ERROR` or `WARNING`.
        code: stable kebab-case identifier for programs.
        message: what is wrong, one sentence.
        hint: what is expected there, or the nearest name; may be empty.
        file: as the user names it; empty where a text has no file.
        line: from 1; 0 where the whole file is meant.
        column: from 1.
    """

    severity: str
    code: str
    message: str
    hint: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.message} {self.hint}".rstrip()


def lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Findings for people, one in a line: of a kind that one place has several of, the first, and how many more."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        place = (one.severity, one.code, one.file, one.line, one.column) if one.line else (one,)
        groups.setdefault(place, []).append(one)
    for first, *others in groups.values():
        more = f" ({len(others)} more like it here)" if others else ""
        yield printable(f"{first.severity}: {first}{more}")


def printable(text: str) -> str:
    """`text` without what would steer a terminal: a stranger's sheet may hold anything."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


class Invalid(Exception):
    """A value, selector or condition that does not fit the grammar; `line` and `column` as tinycss2 counts."""

    def __init__(self, message: str, hint: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line
        self.column = column


class Refused(Invalid):
    """What was understood and is not allowed, so that no other way to read it explains more."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint naming the most similar of `known`, or nothing."""
    close = difflib.get_close_matches(name, list(known), 1, 0.6)
    return f"Did you mean “{close[0]}”?" if close else ""
