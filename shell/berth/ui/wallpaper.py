"""The wallpaper: a calm sea under a wide sky, painted from tokens so that it follows the scheme."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property, QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QRadialGradient
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem, QQuickPaintedItem

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

# Height of each wave's crest line at the left edge, two control points and the right edge,
# as fractions of the screen; the far wave first.
_CRESTS = (
    (0.66, 0.58, 0.70, 0.62),
    (0.70, 0.78, 0.64, 0.73),
    (0.83, 0.72, 0.86, 0.79),
    (0.87, 0.95, 0.82, 0.93),
)


def _color(name: str, signal: Any) -> Any:
    def read(self: Wallpaper) -> QColor:
        return self.colors[name]

    def write(self: Wallpaper, color: QColor) -> None:
        if self.colors[name] != color:
            self.colors[name] = color
            self.colorsChanged.emit()
            self.update()

    return Property(QColor, read, write, notify=signal)


@QmlElement
class Wallpaper(QQuickPaintedItem):
    """Sky from `top` to `bottom`, a `glow` near the horizon, four waves in front of it."""

    colorsChanged = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self.colors = {name: QColor() for name in ("skyTop", "skyBottom", "glow", "wave1", "wave2", "wave3", "wave4")}
        self.setOpaquePainting(True)

    skyTop = _color("skyTop", colorsChanged)
    skyBottom = _color("skyBottom", colorsChanged)
    glow = _color("glow", colorsChanged)
    wave1 = _color("wave1", colorsChanged)
    wave2 = _color("wave2", colorsChanged)
    wave3 = _color("wave3", colorsChanged)
    wave4 = _color("wave4", colorsChanged)

    def paint(self, painter: QPainter) -> None:
        width, height = self.width(), self.height()
        area = QRectF(0, 0, width, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sky = QLinearGradient(0, 0, 0, height * 0.8)
        sky.setColorAt(0, self.colors["skyTop"])
        sky.setColorAt(1, self.colors["skyBottom"])
        painter.fillRect(area, sky)
        painter.fillRect(area, _light(self.colors["glow"], width, height))
        for number, crest in enumerate(_CRESTS, 1):
            painter.fillPath(_wave(crest, width, height), _water(self.colors[f"wave{number}"], crest, height))


def _light(color: QColor, width: float, height: float) -> QRadialGradient:
    glow = QRadialGradient(QPointF(width * 0.68, height * 0.58), max(width, height) * 0.5)
    faded = QColor(color)
    faded.setAlpha(0)
    middle = QColor(color)
    middle.setAlpha(color.alpha() // 3)
    glow.setColorAt(0, color)
    glow.setColorAt(0.35, middle)
    glow.setColorAt(1, faded)
    return glow


def _wave(crest: tuple[float, float, float, float], width: float, height: float) -> QPainterPath:
    left, first, second, right = (fraction * height for fraction in crest)
    path = QPainterPath(QPointF(0, left))
    path.cubicTo(width * 0.33, first, width * 0.66, second, width, right)
    path.lineTo(width, height)
    path.lineTo(0, height)
    path.closeSubpath()
    return path


def _water(color: QColor, crest: tuple[float, float, float, float], height: float) -> QLinearGradient:
    water = QLinearGradient(0, min(crest) * height, 0, height)
    water.setColorAt(0, color)
    water.setColorAt(1, color.darker(108))
    return water
