"""Line numbers for the values of a TOML document.

`tomllib` says where a document is malformed but not where a well-formed value stands, and
an error without a line is no help to who wrote the file. This scanner walks a document that
`tomllib` has accepted already, so it needs to know where things end, not what they mean.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]
"""Keys and array indices from the root to a value."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]*")
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\]|\\.)*"'),
    re.compile(r"'[^']*'"),
)


def value_lines(text: str) -> dict[Path, int]:
    """The line (from 1) on which each key or array element of a valid document begins."""
    return _Scanner(text).scan()


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of `path`, or of the nearest table around it that has one; 1 for the document."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            table = self._header() if self._peek("[") else self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _peek(self, expected: str) -> bool:
        return self._text.startswith(expected, self._at)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()

    def _mark(self, path: Path) -> None:
        self._lines.setdefault(path, self._text.count("\n", 0, self._at) + 1)

    def _header(self) -> Path:
        array = self._peek("[[")
        start = self._at
        self._at += 2 if array else 1
        path = self._resolved(self._dotted_key())
        self._skip(_SPACE)
        end = self._at + (2 if array else 1)
        self._at = start
        self._mark(path)
        if array:
            number = self._counts.get(path, 0)
            self._counts[path] = number + 1
            path = (*path, number)
            self._mark(path)
        self._at = end
        return path

    def _resolved(self, key: tuple[str, ...]) -> Path:
        """A header names arrays of tables without index: it means their latest element."""
        path: Path = ()
        for position, name in enumerate(key):
            path = (*path, name)
            if path in self._counts and position < len(key) - 1:
                path = (*path, self._counts[path] - 1)
        return path

    def _pair(self, table: Path) -> Path:
        start = self._at
        path: Path = (*table, *self._dotted_key())
        end, self._at = self._at, start
        for depth in range(len(table) + 1, len(path) + 1):
            self._mark(path[:depth])
        self._at = end
        self._skip(_SPACE)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)
        return table

    def _dotted_key(self) -> tuple[str, ...]:
        parts = [self._key_part()]
        self._skip(_SPACE)
        while self._peek("."):
            self._at += 1
            parts.append(self._key_part())
            self._skip(_SPACE)
        return tuple(parts)

    def _key_part(self) -> str:
        self._skip(_SPACE)
        quoted = self._string()
        if not quoted:
            return self._skip(_BARE_KEY)
        return str(tomllib.loads(f"key = {quoted}")["key"])

    def _string(self) -> str:
        for pattern in _STRINGS:
            found = self._skip(pattern)
            if found:
                return found
        return ""

    def _value(self, path: Path) -> None:
        if self._peek("["):
            self._array(path)
        elif self._peek("{"):
            self._inline_table(path)
        elif not self._string():
            self._skip(_BARE_VALUE)

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        self._skip(_BLANK)
        while not self._peek("]"):
            self._mark((*path, number))
            self._value((*path, number))
            number += 1
            self._next_item()
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        self._skip(_BLANK)
        while not self._peek("}"):
            self._pair(path)
            self._next_item()
        self._at += 1

    def _next_item(self) -> None:
        self._skip(_BLANK)
        if self._peek(","):
            self._at += 1
        self._skip(_BLANK)
