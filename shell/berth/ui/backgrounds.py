"""Layers of backgrounds: gradients and pictures with their size, place and repetition.

https://www.w3.org/TR/css-backgrounds-3/#layering
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QTransform

from berth.themes.gradients import pixels
from berth.themes.values import Gradient, Value
from berth.ui.borders import widths
from berth.ui.brushes import gradient_brush
from berth.ui.colors import qt_color
from berth.ui.shapes import Shape

MOST_LAYERS = 8
"""Of pictures and gradients; those below are not drawn."""
_MOST_TILE = 4096.0

Open = Callable[[Value], QImage]
"""The picture that a value names; null if there is none."""


class _Layer(NamedTuple):
    image: Value
    position: Value
    size: Value
    repeat: Value
    origin: str
    clip: str


def draw_background(painter: QPainter, box: Shape, values: Mapping[str, Value], scale: float, pictures: Open) -> None:
    """Colour and layers of an element whose border box is `box`."""
    layers = _layers(values)
    color = qt_color(values["background-color"])
    if color.alpha():
        painter.fillPath(_area(box, values, layers[-1].clip).path(), color)
    for layer in reversed(layers[:MOST_LAYERS]):
        if layer.image != "none":
            _draw_layer(painter, box, values, layer, scale, pictures)


def _layers(values: Mapping[str, Value]) -> list[_Layer]:
    images = values["background-image"]
    names = ("position", "size", "repeat", "origin", "clip")
    lists = [values[f"background-{name}"] for name in names]
    return [_Layer(image, *(items[place % len(items)] for items in lists)) for place, image in enumerate(images)]


def _area(box: Shape, values: Mapping[str, Value], name: str) -> Shape:
    if name == "border-box":
        return box
    inner = box.inside(widths(values))
    if name == "padding-box":
        return inner
    top, right, bottom, left = (
        max(0.0, pixels(values[f"padding-{side}"], box.width)) for side in ("top", "right", "bottom", "left")
    )
    return inner.inside((top, right, bottom, left))


def _draw_layer(
    painter: QPainter, box: Shape, values: Mapping[str, Value], layer: _Layer, scale: float, pictures: Open
) -> None:
    area = _area(box, values, layer.origin).rect
    clip = _area(box, values, layer.clip)
    picture = QImage() if isinstance(layer.image, Gradient) else pictures(layer.image)
    if area.isEmpty() or (picture.isNull() and not isinstance(layer.image, Gradient)):
        return
    size = _tile_size(layer, area.size(), QSizeF(picture.size()))
    across, along = _repeats(layer.repeat)
    size = QSizeF(_rounded(size.width(), area.width(), across), _rounded(size.height(), area.height(), along))
    if min(size.width(), size.height()) < 0.01:
        return
    x = area.x() + pixels(layer.position[0], area.width() - size.width())
    y = area.y() + pixels(layer.position[1], area.height() - size.height())
    x, gap_x, across = _spaced(x, area.x(), area.width(), size.width(), across)
    y, gap_y, along = _spaced(y, area.y(), area.height(), size.height(), along)
    tile = QRectF(x, y, size.width(), size.height())
    target = _reached(clip.rect, tile, across, along)
    part = Shape(target.x(), target.y(), target.width(), target.height())
    path = clip.path() if target.contains(clip.rect) else clip.path().intersected(part.path())
    if isinstance(layer.image, Gradient) and tile.contains(target):
        brush = gradient_brush(layer.image, size.width(), size.height())
        brush.setTransform(brush.transform() * QTransform.fromTranslate(x, y))
    else:
        brush = _tiled(layer.image, picture, tile, (gap_x, gap_y), scale)
    painter.fillPath(path, brush)


def _tiled(image: Value, picture: QImage, tile: QRectF, gaps: tuple[float, float], scale: float) -> QBrush:
    """A brush that repeats one tile with the gaps around it."""
    width, height = tile.width() + gaps[0], tile.height() + gaps[1]
    columns = max(1, round(min(width * scale, _MOST_TILE)))
    rows = max(1, round(min(height * scale, _MOST_TILE)))
    drawn = QImage(columns, rows, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(0)
    inner = QPainter(drawn)
    inner.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    inner.scale(columns / width, rows / height)
    area = QRectF(0, 0, tile.width(), tile.height())
    if isinstance(image, Gradient):
        inner.fillRect(area, gradient_brush(image, tile.width(), tile.height()))
    else:
        # Qt shrinks in one step and would skip pixels.
        smaller = QSizeF(tile.width() * scale, tile.height() * scale).toSize()
        inner.drawImage(area, _shrunk(picture, smaller.width(), smaller.height()))
    inner.end()
    brush = QBrush(drawn)
    brush.setTransform(QTransform.fromTranslate(tile.x(), tile.y()).scale(width / columns, height / rows))
    return brush


def _shrunk(picture: QImage, width: int, height: int) -> QImage:
    if width * 2 > picture.width() or height * 2 > picture.height():
        return picture
    return picture.scaled(
        max(1, width), max(1, height), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def _tile_size(layer: _Layer, area: QSizeF, natural: QSizeF) -> QSizeF:
    """https://www.w3.org/TR/css-backgrounds-3/#the-background-size; gradients have no size of their own."""
    if layer.size in ("cover", "contain"):
        if natural.isEmpty():
            return area
        ratios = area.width() / natural.width(), area.height() / natural.height()
        return natural * (max(ratios) if layer.size == "cover" else min(ratios))
    width, height = ("auto", "auto") if layer.size == "auto" else layer.size
    wide = None if width == "auto" else max(0.0, pixels(width, area.width()))
    high = None if height == "auto" else max(0.0, pixels(height, area.height()))
    if natural.isEmpty():
        return QSizeF(area.width() if wide is None else wide, area.height() if high is None else high)
    if wide is None and high is None:
        return natural
    if wide is None:
        assert high is not None
        return QSizeF(natural.width() * high / natural.height(), high)
    return QSizeF(wide, natural.height() * wide / natural.width() if high is None else high)


def _repeats(repeat: Value) -> tuple[str, str]:
    if not isinstance(repeat, str):
        return str(repeat[0]), str(repeat[1])
    return {"repeat-x": ("repeat", "no-repeat"), "repeat-y": ("no-repeat", "repeat")}.get(repeat, (repeat, repeat))


def _rounded(size: float, whole: float, repeat: str) -> float:
    """``round``: as often as it fits about, in whole number."""
    return whole / max(1, math.floor(whole / size + 0.5)) if repeat == "round" and size > 0 else size


def _spaced(at: float, start: float, whole: float, size: float, repeat: str) -> tuple[float, float, str]:
    """Where the first tile is, the gap after each, and how it repeats; ``space`` spreads whole tiles."""
    if repeat != "space":
        return at, 0.0, "repeat" if repeat == "round" else repeat
    count = int(whole / size + 0.001)
    if count < 2:
        return at, 0.0, "no-repeat"
    return start, (whole - count * size) / (count - 1), "repeat"


def _reached(clip: QRectF, tile: QRectF, across: str, along: str) -> QRectF:
    """The part of `clip` in which tiles are."""
    found = QRectF(clip)
    if across == "no-repeat":
        found = found.intersected(QRectF(tile.x(), clip.y(), tile.width(), clip.height()))
    if along == "no-repeat":
        found = found.intersected(QRectF(clip.x(), tile.y(), clip.width(), tile.height()))
    return found
