"""Symbols of the shell in the shape that the theme gives them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from berth.themes.named_files import NamedFile
from berth.ui.box_pictures import Picture, ThemePictures

MARK = "theme-"
"""What names of these pictures begin with, where the shell's own symbols have theirs."""
_MOST_SIDE = 512
_NUMBERS = count(1)
"""Qt keeps pictures by name, so another shape has another name."""


class ThemeIcons:
    """Attributes:
    names: of each symbol that the theme draws, what `SymbolPictures` calls its picture.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._wanted: dict[str, Picture] = {}
        self._drawn: dict[str, Picture] = {}
        self._pictures = ThemePictures()

    def use(self, icons: Mapping[str, NamedFile], pictures: ThemePictures) -> bool:
        """Take the theme's symbols; returns whether some look different now."""
        found = {name: pictures.find(icon.url, icon.sheet) for name, icon in icons.items()}
        wanted = {name: picture for name, picture in found.items() if picture is not None}
        if wanted == self._wanted:
            return False
        self._wanted, self._pictures = wanted, pictures
        sound = {name: picture for name, picture in wanted.items() if self._is_sound(picture)}
        self.names = {name: f"{MARK}{next(_NUMBERS)}" for name in sound}
        self._drawn = {self.names[name]: picture for name, picture in sound.items()}
        return True

    def _is_sound(self, picture: Picture) -> bool:
        image = self._pictures.open(picture)
        return 0 < max(image.width(), image.height()) <= _MOST_SIDE

    def paint(self, name: str, side: int, color: QColor) -> QImage:
        """The shape called `name` in a square of `side` pixels; empty for one that is no longer known."""
        image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        picture = self._drawn.get(name)
        if picture is None:
            return image
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        shape = self._pictures.open(picture).scaled(side, side, keep, smooth)
        painter = QPainter(image)
        painter.drawImage(QPoint((side - shape.width()) // 2, (side - shape.height()) // 2), shape)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.fillRect(image.rect(), color)
        painter.end()
        return image
