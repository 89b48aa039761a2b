"""Printing for people and for programs."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterable, Sequence

import msgspec

from berth.core.messages import ProblemInfo

_CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


def as_builtins(value: object) -> object:
    """Structs as dictionaries, tuples as lists, bytes as base64 text, all the way down."""
    if isinstance(value, msgspec.Struct):
        return {name: as_builtins(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, list | tuple):
        return [as_builtins(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False), file=sys.stdout)


def _printable(text: str) -> str:
    """Text from apps must not move the cursor or recolour the terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)


def print_output(text: str) -> None:
    """What an app has written; a terminal gets its lines alone, a file or a program all of it."""
    if sys.stdout.isatty():
        lines = re.sub(r"\r+\n?", "\n", _CONTROL_SEQUENCE.sub("", text)).split("\n")
        text = "\n".join("\t".join(_printable(part) for part in line.split("\t")) for line in lines)
    sys.stdout.write(text)


def print_problems(problems: Iterable[ProblemInfo]) -> None:
    """What is wrong although a command has done what it should; on stderr, as an error would be."""
    for problem in problems:
        for mark, text in (("berth: ", problem.message), ("  ", problem.hint)):
            lines = (_printable(line) for line in text.splitlines())
            sys.stderr.writelines(f"{mark}{line}\n" for line in lines)


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell; the last one is not padded."""
    cells = [tuple(titles), *(tuple(_printable(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        print("  ".join([*padded, row[-1]]).rstrip(), file=sys.stdout)


def print_fields(fields: Sequence[tuple[str, str]]) -> None:
    """A name and a value on each line; what has no value is left out."""
    rows = [(name, _printable(value)) for name, value in fields if value]
    width = max(len(name) for name, _value in rows)
    for name, value in rows:
        print(f"{_printable(name).ljust(width)}  {value}", file=sys.stdout)


def size_text(size: int) -> str:
    """Bytes in the unit people read, e.g. ``85.3 MB``."""
    value = float(size)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
