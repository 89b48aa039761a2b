"""Symbols of the shell: thin line drawings, painted in a token's colour at any size.

Tinting an image needs shaders, which the software renderer lacks; painting a path does not. What QML gets is a
picture and not an item of ours: items that QML makes of Python classes are never freed (PySide 6.11).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtQuick import QQuickImageProvider

from berth.ui.theme_icons import MARK, ThemeIcons

SYMBOLS_PROVIDER = "symbols"
"""What QML engines have to call `SymbolPictures`."""

GRID = 24.0
_LARGEST = 1024
"""Pixels; a symbol is an icon."""

# On a grid of 24: M x y, L x y, C x1 y1 x2 y2 x y, Z as in SVG; O x y r is a circle,
# R x y width height radius a rounded rectangle.
SYMBOLS: dict[str, str] = {
    "anchor": "O 12 5 2.25 M 12 7.25 L 12 21 M 8 11 L 16 11 M 4 13.5 C 4.5 18 8 21 12 21 C 16 21 19.5 18 20 13.5",
    "search": "O 10.75 10.75 6.25 M 15.25 15.25 L 20 20",
    "close": "M 6 6 L 18 18 M 18 6 L 6 18",
    "minimize": "M 6 17 L 18 17",
    "maximize": "R 6 6 12 12 2",
    "restore": "R 5 8.5 10.5 10.5 2 M 9 5 L 17 5 C 18.1 5 19 5.9 19 7 L 19 15",
    "eye": "M 2.5 12 C 6 6.5 18 6.5 21.5 12 C 18 17.5 6 17.5 2.5 12 Z O 12 12 2.75",
    "shield": "M 12 3 L 19.5 5.75 L 19.5 11.5 C 19.5 16 16.5 19.5 12 21 C 7.5 19.5 4.5 16 4.5 11.5 L 4.5 5.75 Z "
    "M 8.5 12 L 11.25 14.75 L 15.75 9.5",
    "lock": "R 6 11 12 9 2 M 8.5 11 L 8.5 8 C 8.5 3.25 15.5 3.25 15.5 8 L 15.5 11 M 12 14.5 L 12 16.5",
    "info": "O 12 12 9 M 12 11 L 12 16.5 M 12 7.5 L 12 7.6",
    "warning": "M 12 4 L 21 19.5 L 3 19.5 Z M 12 10 L 12 14.5 M 12 17 L 12 17.1",
    "error": "O 12 12 9 M 12 7 L 12 13 M 12 16.4 L 12 16.5",
    "fullscreen": "M 5 9 L 5 5 L 9 5 M 15 5 L 19 5 L 19 9 M 19 15 L 19 19 L 15 19 M 9 19 L 5 19 L 5 15",
    "tileLeft": "R 4.5 5.5 15 13 2 M 12 5.5 L 12 18.5 M 8.25 9 L 8.25 15",
    "tileRight": "R 4.5 5.5 15 13 2 M 12 5.5 L 12 18.5 M 15.75 9 L 15.75 15",
    "move": "M 12 4 L 12 20 M 4 12 L 20 12 M 9.5 6.5 L 12 4 L 14.5 6.5 M 9.5 17.5 L 12 20 L 14.5 17.5 "
    "M 6.5 9.5 L 4 12 L 6.5 14.5 M 17.5 9.5 L 20 12 L 17.5 14.5",
    "resize": "M 5 5 L 19 19 M 5 10 L 5 5 L 10 5 M 14 19 L 19 19 L 19 14",
    "turnLeft": "M 5.5 9 C 7.5 5.5 11.5 4 15 5.25 C 19.5 7 21 12 18.5 16 C 16 19.75 11 20.25 7.5 17.5 "
    "M 5 4.5 L 5.5 9 L 10 8.5",
    "turnRight": "M 18.5 9 C 16.5 5.5 12.5 4 9 5.25 C 4.5 7 3 12 5.5 16 C 8 19.75 13 20.25 16.5 17.5 "
    "M 19 4.5 L 18.5 9 L 14 8.5",
    "catalogue": "R 4.5 4.5 6 6 1.5 R 13.5 4.5 6 6 1.5 R 4.5 13.5 6 6 1.5 R 13.5 13.5 6 6 1.5",
    "back": "M 14.5 5 L 7.5 12 L 14.5 19",
    "play": "M 8 5.5 L 18.5 12 L 8 18.5 Z",
    "plus": "M 12 6 L 12 18 M 6 12 L 18 12",
    "more": "O 6 12 1 O 12 12 1 O 18 12 1",
    "remove": "M 5 7 L 19 7 M 9.5 7 L 9.5 4.5 L 14.5 4.5 L 14.5 7 M 7 7 L 7.75 19.5 L 16.25 19.5 L 17 7 "
    "M 10.25 10.5 L 10.5 16 M 13.75 10.5 L 13.5 16",
    "sliders": "M 4 7 L 13 7 M 18 7 L 20 7 O 15.5 7 2.5 M 4 17 L 6 17 M 11 17 L 20 17 O 8.5 17 2.5",
    "pin": "M 8 4 L 16 4 M 9.5 4 L 9.5 10 L 6.5 14 L 17.5 14 L 14.5 10 L 14.5 4 M 12 14 L 12 20.5",
    "unpin": "M 8 4 L 16 4 M 9.5 4 L 9.5 10 L 6.5 14 L 17.5 14 L 14.5 10 L 14.5 4 M 12 14 L 12 20.5 M 4 4 L 20 20",
    "panel": "R 4 5 16 14 2 M 4 15.5 L 20 15.5",
    "windows": "R 4 4 11 11 2 M 9 19 L 17 19 C 18.1 19 19 18.1 19 17 L 19 9",
    "check": "M 5 12.5 L 10 17.5 L 19.5 7",
    "picture": "R 4 5 16 14 2 O 9 10 1.75 M 4.5 17.5 L 10 13.5 L 13 15.5 L 16.5 12 L 20 15",
    "brush": "M 20 4 L 11 13 M 11 12.5 C 8 12 6.5 14 6.5 16.5 C 6.5 18.5 5.5 19.5 4 20 C 8 21.25 12.5 20 12.5 16 "
    "C 12.5 14.5 12 13.25 11 12.5 Z",
    "target": "O 12 12 6 M 12 3 L 12 8 M 12 16 L 12 21 M 3 12 L 8 12 M 16 12 L 21 12",
    "undo": "M 8.5 6 L 4.5 10 L 8.5 14 M 4.5 10 L 14.5 10 C 21 10 21 18.5 14.5 18.5 L 11 18.5",
    "keyboardHide": "R 3 4 18 11 2 M 6.5 8 L 7 8 M 10 8 L 10.5 8 M 13.5 8 L 14 8 M 17 8 L 17.5 8 M 8 11.75 L 16 11.75 "
    "M 9 18.5 L 12 21 L 15 18.5",
    "shift": "M 12 4.5 L 4.5 12 L 8.5 12 L 8.5 18.5 L 15.5 18.5 L 15.5 12 L 19.5 12 Z",
    "shiftLock": "M 12 3 L 4.5 10.5 L 8.5 10.5 L 8.5 16 L 15.5 16 L 15.5 10.5 L 19.5 10.5 Z M 8.5 20 L 15.5 20",
    "backspace": "M 8.5 5.5 L 20.5 5.5 L 20.5 18.5 L 8.5 18.5 L 3 12 Z M 11 9.25 L 16.5 14.75 M 16.5 9.25 L 11 14.75",
    "enter": "M 19.5 6 L 19.5 13 L 5 13 M 9.5 8.5 L 5 13 L 9.5 17.5",
    "globe": "O 12 12 8.5 M 3.5 12 L 20.5 12 M 12 3.5 C 7 7.5 7 16.5 12 20.5 M 12 3.5 C 17 7.5 17 16.5 12 20.5",
    "arrowLeft": "M 19 12 L 5 12 M 10.5 6.5 L 5 12 L 10.5 17.5",
    "arrowRight": "M 5 12 L 19 12 M 13.5 6.5 L 19 12 L 13.5 17.5",
    "arrowUp": "M 12 19 L 12 5 M 6.5 10.5 L 12 5 L 17.5 10.5",
    "arrowDown": "M 12 5 L 12 19 M 6.5 13.5 L 12 19 L 17.5 13.5",
    "plug": "M 9 3 L 9 8 M 15 3 L 15 8 "
    "M 6.5 8 L 17.5 8 L 17.5 11 C 17.5 14.5 15.5 16.5 12 16.5 C 8.5 16.5 6.5 14.5 6.5 11 Z "
    "M 12 16.5 L 12 21",
    "volume": "M 3.5 9.5 L 7 9.5 L 11.5 5.5 L 11.5 18.5 L 7 14.5 L 3.5 14.5 Z "
    "M 14.75 9 C 16.5 10.75 16.5 13.25 14.75 15 M 17.5 6.25 C 21.25 9.5 21.25 14.5 17.5 17.75",
    "volumeOff": "M 3.5 9.5 L 7 9.5 L 11.5 5.5 L 11.5 18.5 L 7 14.5 L 3.5 14.5 Z M 15.5 9.5 L 20.5 14.5 "
    "M 20.5 9.5 L 15.5 14.5",
    "microphone": "R 9 3 6 11 3 M 5.5 11 C 5.5 15 8.5 17.5 12 17.5 C 15.5 17.5 18.5 15 18.5 11 M 12 17.5 L 12 21",
    "microphoneOff": "R 9 3 6 11 3 M 5.5 11 C 5.5 15 8.5 17.5 12 17.5 C 15.5 17.5 18.5 15 18.5 11 M 12 17.5 L 12 21 "
    "M 4 3.5 L 20 20.5",
    "brightness": "O 12 12 3.75 M 12 3 L 12 5 M 12 19 L 12 21 M 3 12 L 5 12 M 19 12 L 21 12 "
    "M 5.75 5.75 L 7 7 M 17 17 L 18.25 18.25 M 5.75 18.25 L 7 17 M 17 7 L 18.25 5.75",
    "capsLock": "M 12 3.5 L 19.5 11.5 L 15.5 11.5 L 15.5 15.5 L 8.5 15.5 L 8.5 11.5 L 4.5 11.5 Z "
    "M 8.5 19.5 L 15.5 19.5",
    "numLock": "R 4.5 4.5 15 15 2.5 M 9.75 10 L 12.25 8.25 L 12.25 16",
    "keyboard": "R 2.5 6 19 12 2 M 6.5 10 L 6.6 10 M 10.2 10 L 10.3 10 M 13.8 10 L 13.9 10 M 17.4 10 L 17.5 10 "
    "M 8 14.25 L 16 14.25",
    "power": "M 12 3 L 12 11.5 M 7.5 5.75 C 4.75 7.5 3.75 11 4.75 14 C 6 17.75 9 19.75 12 19.75 "
    "C 15 19.75 18 17.75 19.25 14 C 20.25 11 19.25 7.5 16.5 5.75",
    "screen": "R 3 4.5 18 11.5 1.5 M 12 16 L 12 20 M 8.5 20 L 15.5 20",
}


def _move(path: QPainterPath, x: float, y: float) -> None:
    path.moveTo(x, y)


def _line(path: QPainterPath, x: float, y: float) -> None:
    path.lineTo(x, y)


def _curve(path: QPainterPath, *points: float) -> None:
    path.cubicTo(*points)


def _circle(path: QPainterPath, x: float, y: float, radius: float) -> None:
    path.addEllipse(QPointF(x, y), radius, radius)


def _box(path: QPainterPath, x: float, y: float, width: float, height: float, radius: float) -> None:
    path.addRoundedRect(QRectF(x, y, width, height), radius, radius)


_COMMANDS: dict[str, tuple[int, Callable[..., None]]] = {
    "M": (2, _move),
    "L": (2, _line),
    "C": (6, _curve),
    "O": (3, _circle),
    "R": (5, _box),
    "Z": (0, QPainterPath.closeSubpath),
}


@cache
def symbol_path(name: str) -> QPainterPath:
    """The drawing of a symbol on the grid; empty for an unknown name."""
    path = QPainterPath()
    words = iter(SYMBOLS.get(name, "").split())
    for word in words:
        count, draw = _COMMANDS[word]
        draw(path, *(float(next(words)) for _ in range(count)))
    return path


class SymbolPictures(QQuickImageProvider):
    """Pictures at ``image://symbols/NAME/COLOUR/STROKE``: the colour in hexadecimal digits, alpha first if there is
    any, and the width of lines as a share of the picture's. Shapes of themes are in `icons`."""

    def __init__(self, icons: ThemeIcons) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._icons = icons

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:
        """Empty for a symbol that is unknown or has no size yet."""
        name, colour, stroke = id.split("/")
        side = max(min(requestedSize.width(), requestedSize.height(), _LARGEST), 1)
        if name.startswith(MARK):
            return self._icons.paint(name, side, QColor(f"#{colour}"))
        image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(side / GRID, side / GRID)
        pen = QPen(QColor(f"#{colour}"), float(stroke) * GRID)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(symbol_path(name), pen)
        painter.end()
        return image
