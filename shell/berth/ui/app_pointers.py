"""The theme's pointers as apps can have them that draw their own: pictures in the sizes that these ask for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage

from berth.core.messages import PointerPicture, SetAppPointers
from berth.core.pointers import USUAL_SIZE
from berth.ui.app_look import AppLook
from berth.ui.cursor_theme import CursorTheme

_RATIOS = (1, 2, 3)
"""Of the screens that apps draw for; they take the nearest of what there is."""
_MOST_SIDE = 128


class AppPointers(QObject):
    """One picture in each turn of the event loop: large ones take milliseconds."""

    def __init__(self, theme: CursorTheme, look: AppLook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._look = look
        self._found: dict[str, tuple[PointerPicture, ...]] = {}
        self._due: Iterator[str] = iter(())
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._draw_one)
        theme.changed.connect(self._begin)
        self._begin()

    def _begin(self) -> None:
        self._found = {}
        self._due = iter(self._theme.names)
        if self._theme.names:
            self._look.pointers_begin()
            self._turn.start()
        else:
            self._end()

    def _draw_one(self) -> None:
        name = next(self._due, None)
        if name is None:
            self._end()
        elif pictures := _drawn(self._theme, name):
            self._found[name] = pictures

    def _end(self) -> None:
        self._turn.stop()
        if not self._found:
            self._look.set_pointers(None, USUAL_SIZE)
            return
        digest = hashlib.sha256()
        for name, pictures in sorted(self._found.items()):
            for one in pictures:
                digest.update(f"{name} {one.width} {one.height} {one.x} {one.y}\0".encode() + one.pixels)
        name = f"Berth-{digest.hexdigest()[:8]}"
        self._look.set_pointers(SetAppPointers(name, self._found), round(self._theme.size))


def _drawn(theme: CursorTheme, name: str) -> tuple[PointerPicture, ...]:
    found = []
    for ratio in _RATIOS:
        drawn = theme.drawn(name, ratio) if ratio == 1 or theme.size * ratio <= _MOST_SIDE else None
        if drawn is not None:
            image, spot = drawn
            x, y = round(spot.x() * ratio), round(spot.y() * ratio)
            found.append(_picture(image, min(x, image.width() - 1), min(y, image.height() - 1)))
    return tuple(found)


def _picture(image: QImage, x: int, y: int) -> PointerPicture:
    plain = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return PointerPicture(plain.width(), plain.height(), x, y, bytes(plain.constBits()))
