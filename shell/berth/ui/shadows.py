"""Shadows of boxes, blurred without a GPU.

A shadow is a rounded box under a Gauss curve. Each of its rows is one span, whose blurred form is known (the
error function), so the picture is a sum over the few rows that differ. Where the blur is wide it is worked out
on a coarser grid: nothing of it is finer than the blur.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from operator import mul

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from berth.ui.shapes import Radii, Shape

MOST_BLUR = 200.0
"""Pixels; what a sheet says beyond that is drawn so."""
REACH = 3.0
"""Of a Gauss curve, in standard deviations."""
_COARSE = 4.0
_BANDS_PER_PIXEL = 1.0
_MOST_MASKS = 64


def reach(blur: float) -> float:
    """How far a blur darkens beyond an edge, in pixels."""
    return math.ceil(REACH * min(blur, MOST_BLUR) / 2)


def draw_shadow(painter: QPainter, shape: Shape, blur: float, color: QColor, scale: float = 1.0) -> None:
    """The outer shadow that `shape` is, blurred."""
    if blur <= 0:
        painter.fillPath(shape.path(), color)
        return
    image, place = _mask(shape, blur, scale)
    painter.drawImage(place, _colored(image, color))


def draw_inset(painter: QPainter, box: Shape, hole: Shape, blur: float, color: QColor, scale: float = 1.0) -> None:
    """What lies inside of `box` and outside of `hole`, blurred at the hole's edge."""
    around = box.rect.adjusted(-1, -1, 1, 1)
    size = around.size() * scale
    layer = QImage(
        max(1, math.ceil(size.width())), max(1, math.ceil(size.height())), QImage.Format.Format_ARGB32_Premultiplied
    )
    layer.fill(color)
    inner = QPainter(layer)
    inner.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    inner.scale(scale, scale)
    inner.translate(-around.topLeft())
    inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    draw_shadow(inner, hole, blur, QColor(0, 0, 0), scale)
    outside = box.path()
    outside.addRect(around)
    inner.fillPath(outside, QColor(0, 0, 0))
    inner.end()
    painter.drawImage(QRectF(around.topLeft(), layer.size() / scale), layer)


def _colored(mask: QImage, color: QColor) -> QImage:
    image = QImage(mask.size(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(color)
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.drawImage(0, 0, mask)
    painter.end()
    return image


def _mask(shape: Shape, blur: float, scale: float) -> tuple[QImage, QRectF]:
    """How dark each pixel of the shadow is, and where the picture of that belongs."""
    sigma = min(blur, MOST_BLUR) / 2
    coarse = max(1.0 / scale, sigma / _COARSE)
    margin = math.ceil(REACH * sigma / coarse)
    columns = math.ceil(shape.width / coarse) + 2 * margin
    rows = math.ceil(shape.height / coarse) + 2 * margin
    radii = tuple((across / coarse, along / coarse) for across, along in shape.radii)
    # Where it is all the same, in the middle, pixels are worked out once.
    least = [2 * (2 * margin + math.ceil(max(corner[way] for corner in radii))) + 3 for way in (0, 1)]
    fewer, lower = max(0, columns - least[0]), max(0, rows - least[1])
    width, height = shape.width / coarse - fewer, shape.height / coarse - lower
    small = blurred(columns - fewer, rows - lower, margin, width, height, radii, sigma / coarse)
    place = QRectF(shape.x - margin * coarse, shape.y - margin * coarse, columns * coarse, rows * coarse)
    return _stretched(small, columns, rows), place


def _stretched(small: QImage, columns: int, rows: int) -> QImage:
    """`small` with its middle column and row repeated."""
    if (small.width(), small.height()) == (columns, rows):
        return small
    image = QImage(columns, rows, QImage.Format.Format_Alpha8)
    image.fill(0)
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    for x, width, source_x, source_width in _thirds(columns, small.width()):
        for y, height, source_y, source_height in _thirds(rows, small.height()):
            painter.drawImage(
                QRectF(x, y, width, height), small, QRectF(source_x, source_y, source_width, source_height)
            )
    painter.end()
    return image


def _thirds(length: int, own: int) -> list[tuple[int, int, int, int]]:
    """Place and length of the start, the middle and the end, there and in the small picture."""
    half = own // 2
    end = own - half - 1
    return [(0, half, 0, half), (half, length - half - end, half, 1), (length - end, end, half + 1, end)]


@lru_cache(_MOST_MASKS)
def blurred(columns: int, rows: int, margin: int, width: float, height: float, radii: Radii, sigma: float) -> QImage:
    """A picture of `columns` x `rows` with a blurred box of `width` x `height` that begins at `margin`."""
    bands = _bands(width, height, radii)
    spans = [_row(columns, margin, left, width - right, sigma) for _top, _bottom, left, right in bands]
    by_column = list(zip(*spans, strict=True))
    edges = [band[0] for band in bands] + [bands[-1][1]]
    stride = (columns + 3) & ~3
    padding = bytes(stride - columns)
    lines = []
    for row in range(rows):
        y = row + 0.5 - margin
        below = [_below((edge - y) / sigma) for edge in edges]
        weights = [255 * (after - before) for before, after in pairwise(below)]
        lines.append(bytes(round(sum(map(mul, weights, column))) for column in by_column) + padding)
    data = b"".join(lines)
    return QImage(data, columns, rows, stride, QImage.Format.Format_Alpha8).copy()


def _row(columns: int, margin: int, left: float, right: float, sigma: float) -> list[float]:
    """How dark a row that is covered from `left` to `right` is."""
    places = [column + 0.5 - margin for column in range(columns)]
    return [_below((right - x) / sigma) - _below((left - x) / sigma) for x in places]


def _below(deviations: float) -> float:
    return 0.5 * (1 + math.erf(deviations / math.sqrt(2)))


def _bands(width: float, height: float, radii: Radii) -> list[tuple[float, float, float, float]]:
    """Rows that are alike: top, bottom, and how far they begin and end from the box's sides."""
    (a, b), (c, d), (e, f), (g, h) = radii
    top, bottom = max(b, d), max(f, h)
    found = []
    for start, end in _pieces(0.0, top):
        y = (start + end) / 2
        found.append((start, end, _cut(a, b, b - y), _cut(c, d, d - y)))
    if height - bottom > top:
        found.append((top, height - bottom, 0.0, 0.0))
    for start, end in _pieces(height - bottom, height):
        y = (start + end) / 2
        found.append((start, end, _cut(g, h, y - height + h), _cut(e, f, y - height + f)))
    return found or [(0.0, height, 0.0, 0.0)]


def _pieces(start: float, end: float) -> Sequence[tuple[float, float]]:
    count = math.ceil((end - start) * _BANDS_PER_PIXEL)
    step = (end - start) / count if count else 0.0
    return [(start + number * step, start + (number + 1) * step) for number in range(count)]


def _cut(across: float, along: float, up: float) -> float:
    """How much an elliptic corner takes of a row that lies `up` above the ellipse's middle."""
    if up <= 0 or not along or not across:
        return 0.0
    return across * (1 - math.sqrt(max(0.0, 1 - (up / along) ** 2)))
