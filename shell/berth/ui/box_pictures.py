"""Pictures of boxes for QML, and the pictures that themes put on them.

What QML gets are pictures and not items of ours: items that QML makes of Python classes are never freed (PySide
6.11). Qt keeps a picture as long as someone shows it, and one serves all boxes that look the same.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtQuick import QQuickImageProvider

from berth.core.problem import Problem
from berth.themes.folder import place_of
from berth.themes.pictures import read_picture
from berth.themes.values import Url, Value
from berth.ui.boxes import MOST_SIDE, Painting, described, paint
from berth.ui.theme_files import Stamp, stamp

BOXES_PROVIDER = "boxes"
"""What QML engines have to call `BoxPictures`."""
_MOST_DECODED = 96 << 20
_MOST_KNOWN = 4096
_NUMBERS = count(1)
"""Of all paintings in this process: Qt keeps pictures by their names, whichever engine asked for them."""


class Picture(NamedTuple):
    """A file of a theme as it was when a style was made; another `stamp` is another picture."""

    folder: str
    name: str
    stamp: Stamp


class ThemePictures:
    """Opens pictures of themes' folders, each once.

    Args:
        tell: gets what is wrong with a picture, once.
        mended: gets what it was told and is wrong no longer.
    """

    def __init__(
        self,
        tell: Callable[[Problem], None] = lambda _problem: None,
        mended: Callable[[Problem], None] = lambda _problem: None,
    ) -> None:
        self._tell = tell
        self._mended = mended
        self._folders: list[Path] = []
        self._decoded: OrderedDict[Picture, QImage] = OrderedDict()
        self._found: set[Picture] = set()
        self._told: dict[Picture, Problem] = {}

    def use(self, folders: Iterable[Path]) -> None:
        """Sheets of these folders may name pictures of their own folder; what was found so far is forgotten."""
        self._folders = list(folders)
        self._found.clear()

    def files(self) -> list[Path]:
        """Of the pictures that were found."""
        return [Path(picture.folder, picture.name) for picture in self._found]

    def find(self, url: Url, sheet: str) -> Picture | None:
        """The picture that `sheet`, the path of a file, means by `url`; None outside of all folders."""
        place = place_of(url.path, sheet, self._folders)
        if place is None:
            return None
        folder, name = place
        picture = Picture(os.fspath(folder), name, stamp(folder / name))
        self._found.add(picture)
        return picture

    def open(self, picture: Value) -> QImage:
        """The decoded picture; null if there is none, or none that a theme may have."""
        if not isinstance(picture, Picture):
            return QImage()
        found = self._decoded.pop(picture, None)
        if found is None:
            # A file that was saved again is never asked for as it was before.
            for old in [known for known in self._decoded if known[:2] == picture[:2]]:
                del self._decoded[old]
            found = self._decode(picture)
        self._decoded[picture] = found
        while len(self._decoded) > 1 and sum(image.sizeInBytes() for image in self._decoded.values()) > _MOST_DECODED:
            self._decoded.popitem(last=False)
        return found

    def _decode(self, picture: Picture) -> QImage:
        for old in [known for known in self._told if known[:2] == picture[:2] and known != picture]:
            self._mended(self._told.pop(old))
        try:
            data = read_picture(Path(picture.folder), picture.name)
            image = QImage.fromData(data)
            if image.isNull():
                raise Problem("theme-picture", f"“{picture.name}” is a damaged picture.", "Save it again.")
        except Problem as problem:
            if picture not in self._told:
                self._told[picture] = problem
                self._tell(problem)
            return QImage()
        return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


class Paintings:
    """The paintings that styles have, by number."""

    def __init__(self, pictures: ThemePictures) -> None:
        self.pictures = pictures
        self._numbers: dict[Painting, str] = {}
        self._paintings: dict[str, Painting] = {}

    def describe(self, painting: Painting | None) -> list[object]:
        """See `berth.ui.boxes.described`."""
        return described(painting, "" if painting is None else self._number(painting))

    def _number(self, painting: Painting) -> str:
        number = self._numbers.get(painting)
        if number is None:
            number = self._numbers[painting] = str(next(_NUMBERS))
            self._paintings[number] = painting
            self._forget()
        return number

    def _forget(self) -> None:
        """The oldest; far more than a desktop shows are known."""
        while len(self._paintings) > _MOST_KNOWN:
            number, painting = next(iter(self._paintings.items()))
            del self._paintings[number], self._numbers[painting]

    def paint(self, number: str, width: float, height: float, scale: float) -> QImage:
        """Null if there is no such painting (any more)."""
        painting = self._paintings.get(number)
        return QImage() if painting is None else paint(painting, width, height, scale, self.pictures.open)


class BoxPictures(QQuickImageProvider):
    """Pictures at ``image://boxes/NUMBER/WIDTH/HEIGHT/SCALE``, the size that of the box in logical pixels."""

    def __init__(self, paintings: Paintings) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._paintings = paintings

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:
        number, *numbers = id.split("/")
        width, height, scale = (max(0.0, min(float(part), MOST_SIDE)) for part in numbers)
        image = self._paintings.paint(number, width, height, max(scale, 0.1))
        if image.isNull():
            # Which would be an error to Qt.
            image = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(0)
        return image
