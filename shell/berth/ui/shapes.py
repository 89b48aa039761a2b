"""Rounded boxes as paths: the edge of an element, and what lies a border's width inside or a spread outside of it."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from berth.themes.gradients import pixels
from berth.themes.values import Value

Sides = tuple[float, float, float, float]
"""Top, right, bottom, left, in pixels."""
Radii = tuple[tuple[float, float], ...]
"""Of the corners top left, top right, bottom right, bottom left: across and along."""

NO_RADII: Radii = ((0.0, 0.0),) * 4
# How far the handles of a Bézier curve lie from the ends of a quarter circle.
_HANDLE = 4 / 3 * (math.sqrt(2) - 1)


class Shape(NamedTuple):
    """A rounded rectangle."""

    x: float
    y: float
    width: float
    height: float
    radii: Radii = NO_RADII

    @property
    def rect(self) -> QRectF:
        return QRectF(self.x, self.y, self.width, self.height)

    @property
    def round(self) -> bool:
        return any(across > 0 and along > 0 for across, along in self.radii)

    def moved(self, x: float, y: float) -> Shape:
        return self._replace(x=self.x + x, y=self.y + y)

    def inside(self, by: Sides) -> Shape:
        """The shape that lies `by` inside; corners lose as much, and get sharp where nothing is left."""
        top, right, bottom, left = by
        near = ((left, top), (right, top), (right, bottom), (left, bottom))
        radii = tuple(
            (max(0.0, across - x), max(0.0, along - y))
            for (across, along), (x, y) in zip(self.radii, near, strict=True)
        )
        width, height = max(0.0, self.width - left - right), max(0.0, self.height - top - bottom)
        return Shape(self.x + left, self.y + top, width, height, radii)

    def grown(self, by: float) -> Shape:
        """The shape of a shadow that spreads: sharp corners stay sharp, and small ones nearly so.

        https://www.w3.org/TR/css-backgrounds-3/#shadow-shape
        """
        if by < 0:
            return self.inside((-by,) * 4)
        radii = tuple((_spread(across, by), _spread(along, by)) for across, along in self.radii)
        return Shape(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by, radii)

    def path(self) -> QPainterPath:
        path = QPainterPath()
        if not self.round:
            path.addRect(self.rect)
            return path
        right, bottom = self.x + self.width, self.y + self.height
        (a, b), (c, d), (e, f), (g, h) = self.radii
        path.moveTo(self.x + a, self.y)
        path.lineTo(right - c, self.y)
        _corner(path, (right - c, self.y), (right, self.y), (right, self.y + d))
        path.lineTo(right, bottom - f)
        _corner(path, (right, bottom - f), (right, bottom), (right - e, bottom))
        path.lineTo(self.x + g, bottom)
        _corner(path, (self.x + g, bottom), (self.x, bottom), (self.x, bottom - h))
        path.lineTo(self.x, self.y + b)
        _corner(path, (self.x, self.y + b), (self.x, self.y), (self.x + a, self.y))
        path.closeSubpath()
        return path


def _spread(radius: float, by: float) -> float:
    if radius >= by or not by:
        return radius + by if radius else 0.0
    return radius + by * (1 + (radius / by - 1) ** 3)


def _corner(
    path: QPainterPath, start: tuple[float, float], corner: tuple[float, float], end: tuple[float, float]
) -> None:
    one, two = (
        (point[0] + (corner[0] - point[0]) * _HANDLE, point[1] + (corner[1] - point[1]) * _HANDLE)
        for point in (start, end)
    )
    path.cubicTo(*one, *two, *end)


def box_shape(width: float, height: float, corners: tuple[Value, ...]) -> Shape:
    """A box of that size with the radii of a style; those that would overlap shrink together.

    https://www.w3.org/TR/css-backgrounds-3/#corner-overlap
    """
    radii = [(max(0.0, pixels(across, width)), max(0.0, pixels(along, height))) for across, along in corners]
    (a, b), (c, d), (e, f), (g, h) = radii
    sums = ((width, a + c), (width, g + e), (height, b + h), (height, d + f))
    share = min([1.0, *(length / both for length, both in sums if both > length)])
    return Shape(0.0, 0.0, width, height, tuple((across * share, along * share) for across, along in radii))
