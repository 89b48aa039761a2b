"""The pointer as the theme wants it, and as the host has it where the theme says nothing."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QImage, QPixmap

from berth.core.pointers import LIKE
from berth.core.transform import to_turned
from berth.themes.cursors import Cursors
from berth.ui.box_pictures import Picture, ThemePictures
from berth.ui.captures import turned_image
from berth.ui.cursor import SHAPES, named_cursor

_MOST_SIDE = 512
_NAMES = {shape: name for name, shape in reversed(SHAPES.items()) if name != "none"}
"""The first CSS name of each of the host's cursors, which is what QML has."""


class CursorTheme(QObject):
    """`changed` tells that pointers look different now."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: dict[str, tuple[Picture, QPointF]] = {}
        self._size = 0.0
        self._pictures = ThemePictures()
        self._made: dict[tuple[str, int, float], QCursor] = {}

    def use(self, cursors: Cursors, pictures: ThemePictures) -> None:
        """Take the theme's cursors; their files are those that `pictures` finds."""
        wanted = {}
        for name, one in cursors.pictures.items():
            picture = pictures.find(one.url, one.sheet)
            if picture is not None:
                wanted[name] = (picture, QPointF(one.x, one.y))
        if (wanted, cursors.size) == (self._wanted, self._size):
            return
        self._wanted, self._size, self._pictures = wanted, cursors.size, pictures
        self._made.clear()
        self.changed.emit()

    def named(self, name: str, transform: int = 0) -> QCursor:
        """The cursor for a CSS name, on an output that stands turned by `transform`."""
        ratio = QGuiApplication.instance().devicePixelRatio()  # type: ignore[union-attr]
        key = (name, transform, ratio)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._make(name, transform, ratio) or named_cursor(name, transform)
        return found

    def in_place_of(self, shape: Qt.CursorShape, transform: int = 0) -> QCursor | None:
        """The theme's picture for one of the host's cursors, if it has one."""
        name = _NAMES.get(shape)
        if name is None or not self._wanted:
            return None
        cursor = self.named(name, transform)
        return cursor if cursor.shape() == Qt.CursorShape.BitmapCursor else None

    def picture(self, name: str) -> tuple[QImage, QPointF] | None:
        """The upright picture with its hot spot in logical pixels; None where the host's is shown."""
        return self.drawn(name, QGuiApplication.instance().devicePixelRatio())  # type: ignore[union-attr]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the pictures that the theme brings."""
        return tuple(self._wanted)

    @property
    def size(self) -> float:
        """The longer side of each, in logical pixels."""
        return self._size

    def drawn(self, name: str, ratio: float) -> tuple[QImage, QPointF] | None:
        """As `picture`, for screens with `ratio` pixels in a logical one."""
        wanted = self._wanted.get(name) or self._wanted.get(LIKE.get(name, ""))
        if wanted is None:
            return None
        picture, spot = wanted
        image = self._pictures.open(picture)
        side = max(image.width(), image.height())
        if not 0 < side <= _MOST_SIDE:
            return None
        scale = self._size / side
        width, height = (max(1, round(length * scale * ratio)) for length in (image.width(), image.height()))
        smooth = Qt.TransformationMode.SmoothTransformation
        small = image.scaled(width, height, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        small.setDevicePixelRatio(ratio)
        x = max(0.0, min(spot.x(), image.width() - 1)) * scale
        y = max(0.0, min(spot.y(), image.height() - 1)) * scale
        return small, QPointF(x, y)

    def _make(self, name: str, transform: int, ratio: float) -> QCursor | None:
        drawn = self.drawn(name, ratio)
        if drawn is None:
            return None
        image, spot = drawn
        size = image.deviceIndependentSize()
        x, y = to_turned(spot.x(), spot.y(), transform, size.width(), size.height())
        turned = turned_image(image, transform)
        turned.setDevicePixelRatio(ratio)
        return QCursor(QPixmap.fromImage(turned), round(x), round(y))
