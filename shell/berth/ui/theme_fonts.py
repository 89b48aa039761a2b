"""Fonts that themes bring along: loaded for as long as a sheet declares them, under names that nobody else has.

Qt knows one name of a font, everywhere in the process. So a font of a theme gets one that is made up here (see
`berth.themes.fonts`), and only elements outside of permission prompts are told it: letters of a stranger could
say anything there.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFontDatabase

from berth.core.problem import Problem
from berth.themes.folder import place_of, read_bytes_inside
from berth.themes.fonts import MOST_BYTES, Face, prepared
from berth.themes.rules import FontFace
from berth.ui.families import has_family
from berth.ui.theme_files import stamp

MOST_FACES = 24
_NUMBERS = count(1)
_SECRET = secrets.token_hex(8)
"""So that no sheet can name a font of a theme other than by its ``@font-face``."""


class _File(NamedTuple):
    """A file of a theme's folder; another `stamp` is another font."""

    folder: str
    name: str
    stamp: tuple[int, int, int]


class _Wanted(NamedTuple):
    """One face: where it may come from, and what the sheet says of it."""

    files: tuple[_File | str, ...]
    weight: int | None
    italic: bool | None


class _Family(NamedTuple):
    name: str
    fonts: tuple[int, ...]


_Key = tuple[str, tuple[_Wanted, ...]]


class ThemeFonts:
    """Args:
    tell: gets why a font cannot be used, once.
    """

    def __init__(self, tell: Callable[[Problem], None] = lambda _problem: None) -> None:
        self._tell = tell
        self._families: dict[_Key, _Family] = {}
        self._old: list[_Family] = []
        self._names: dict[str, str] = {}

    def use(self, faces: Sequence[FontFace], folders: Iterable[Path]) -> bool:
        """Load the fonts that sheets of `folders` declare; returns whether a name means another font now.

        What is no longer declared stays until `settle`, so that nothing is drawn without its font.
        """
        wanted = _wanted(faces[:MOST_FACES], list(folders))
        if wanted.keys() == self._families.keys():
            return False
        self._old += [family for key, family in self._families.items() if key not in wanted]
        self._families = {key: self._families.get(key) or self._load(key) for key in wanted}
        self._names = {key[0]: family.name for key, family in self._families.items() if family.name}
        return True

    def settle(self) -> None:
        """Nobody shows what is no longer declared."""
        for family in self._old:
            for number in family.fonts:
                QFontDatabase.removeApplicationFont(number)
        self._old = []

    def find(self, families: Sequence[str]) -> str:
        """The name that Qt knows for the first of `families` that is there, or the last."""
        for family in families:
            known = self._names.get(family.lower())
            if known is not None or has_family(family):
                return known or family
        return families[-1]

    def files(self) -> list[Path]:
        """All that are declared, also those that are not there."""
        faces = (face for _name, wanted in self._families for face in wanted)
        return [Path(file.folder, file.name) for face in faces for file in face.files if isinstance(file, _File)]

    def _load(self, key: _Key) -> _Family:
        name = f"{_SECRET} {next(_NUMBERS)}"
        fonts: list[int] = []
        for place, wanted in enumerate(key[1]):
            for file in wanted.files:
                if isinstance(file, str):
                    if QFontDatabase.hasFamily(file):
                        return _Family(file, tuple(fonts))
                    continue
                try:
                    fonts.append(_registered(file, Face(name, place, wanted.weight, wanted.italic)))
                    break
                except Problem as problem:
                    self._tell(problem)
        return _Family(name if fonts else "", tuple(fonts))


def _registered(file: _File, face: Face) -> int:
    data = prepared(read_bytes_inside(Path(file.folder), file.name, MOST_BYTES), file.name, face)
    number = QFontDatabase.addApplicationFontFromData(QByteArray(data))
    if number < 0:
        raise Problem("theme-font", f"“{file.name}” is no font that can be drawn.", "Export it again.")
    return number


def _wanted(faces: Sequence[FontFace], folders: list[Path]) -> dict[_Key, None]:
    """Families in the order in which they are declared; of equal names the later faces come beside the earlier."""
    grouped: dict[str, list[_Wanted]] = {}
    for face in faces:
        files = [
            source.name if source.local else _file(source.name, face.place.file, folders) for source in face.sources
        ]
        known = tuple(file for file in files if file is not None)
        grouped.setdefault(face.family.lower(), []).append(_Wanted(known, face.weight, face.italic))
    return {(family, tuple(wanted)): None for family, wanted in grouped.items()}


def _file(name: str, sheet: str, folders: list[Path]) -> _File | None:
    place = place_of(name, sheet, folders)
    return None if place is None else _File(os.fspath(place[0]), place[1], stamp(place[0] / place[1]))
