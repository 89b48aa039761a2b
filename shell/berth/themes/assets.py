"""The files that a theme's sheets name: whether they are there and sound."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from berth.core.problem import Problem
from berth.themes import app_icons, sounds
from berth.themes.findings import ERROR, Finding
from berth.themes.folder import read_bytes_inside
from berth.themes.fonts import MOST_BYTES, SUFFIXES, examine_font
from berth.themes.numbers import Token
from berth.themes.pictures import read_picture
from berth.themes.rules import Block, Declaration, FontFace, Item, Keyframes, Place, Rule
from berth.themes.values import Commas, Function, Url, Value, Words


class Asset(NamedTuple):
    """A file as a sheet names it, from the theme's folder on."""

    path: str
    place: Place


def assets(items: Iterable[Item], folder: Path) -> Iterator[Asset]:
    """The pictures, fonts and sounds that the sheets of `folder` name, each once per place."""
    blocks: dict[Block, None] = {}
    for item in items:
        if isinstance(item, FontFace) and item.place.file.startswith(f"{folder}/"):
            for source in item.sources:
                if not source.local:
                    yield _asset(source.name, item.place, folder)
        if isinstance(item, Rule):
            blocks[item.block] = None
        elif isinstance(item, Keyframes):
            blocks |= dict.fromkeys(frame.block for frame in item.frames)
    for block in blocks:
        for declaration, _important in block.declared:
            if declaration.place.file.startswith(f"{folder}/"):
                for path in dict.fromkeys(_paths(declaration)):
                    yield _asset(path, declaration.place, folder)


def _asset(path: str, place: Place, folder: Path) -> Asset:
    """Paths count from the folder of their sheet."""
    inside = os.path.relpath(Path(place.file).parent, folder)
    return Asset(os.path.normpath(Path(inside, path)), place)


def broken_assets(items: Iterable[Item], folder: Path) -> list[Finding]:
    """An error for each named file that is not there, or is nothing that may be loaded."""
    known: dict[str, Problem | None] = {}
    found = []
    for path, place in assets(items, folder):
        if path not in known:
            known[path] = _problem(folder, path)
        problem = known[path]
        if problem is not None:
            where = (place.file, place.line, place.column)
            found.append(Finding(ERROR, problem.code, problem.message, problem.hint, *where))
    return found


def _problem(folder: Path, path: str) -> Problem | None:
    if not (folder / path).exists():
        return Problem(
            "theme-file", f"There is no file “{path}” in the theme.", "Paths begin at the folder of the sheet."
        )
    try:
        if path.lower().endswith(SUFFIXES):
            examine_font(read_bytes_inside(folder, path, MOST_BYTES), path)
        elif Path(path).name == app_icons.INDEX:
            app_icons.read_icon_theme(folder, path)
        elif path.lower().endswith(tuple(sounds.FORMATS)):
            sounds.read_sound(folder, path)
        else:
            read_picture(folder, path)
    except Problem as problem:
        return problem
    return None


def _paths(declaration: Declaration) -> Iterator[str]:
    for value in (declaration.values or {}).values():
        yield from _in_value(value)
    yield from _in_tokens(declaration.tokens)


def _in_value(value: Value) -> Iterator[str]:
    if isinstance(value, Url):
        yield value.path
    elif isinstance(value, Words | Commas):
        for part in value:
            yield from _in_value(part)
    elif isinstance(value, Function):
        yield from _in_value(value.arguments)


def _in_tokens(tokens: Sequence[Token]) -> Iterator[str]:
    """What waits for ``var()``, or stands in a custom property."""
    for token in tokens:
        if token.type == "url":
            yield token.value
        elif token.type == "function" and token.lower_name in ("url", "src"):
            yield from (inner.value for inner in token.arguments if inner.type == "string")
        else:
            yield from _in_tokens(getattr(token, "arguments", None) or getattr(token, "content", None) or ())
