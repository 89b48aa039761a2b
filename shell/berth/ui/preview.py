"""Small pictures of windows, put together from the clients' own pixels whether they are on screen or not."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtQuick import QQuickImageProvider

from berth.ui.surfaces import Surface, Surfaces

WINDOWS_PROVIDER = "windows"
"""What QML engines have to call `WindowPictures`."""
_DEPTH = 32


def window_picture(surfaces: Surfaces, number: int, width: int, height: int) -> QImage:
    """The window geometry of surface `number` with its subsurfaces, as large as fits into width x height.

    Null if there is nothing to be seen.
    """
    surface = surfaces.get(number)
    if surface is None or surface.content is None or width <= 0 or height <= 0:
        return QImage()
    x, y, full_width, full_height = surface.geometry
    if full_width <= 0 or full_height <= 0:
        return QImage()
    scale = min(width / full_width, height / full_height, 1.0)
    picture = QImage(
        max(round(full_width * scale), 1), max(round(full_height * scale), 1), QImage.Format.Format_ARGB32_Premultiplied
    )
    picture.fill(0)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.scale(scale, scale)
    painter.translate(-x, -y)
    _draw(painter, surfaces, surface, _DEPTH)
    painter.end()
    return picture


def _draw(painter: QPainter, surfaces: Surfaces, surface: Surface, depth: int) -> None:
    if not depth:
        return
    # Without children the list does not even name the surface itself.
    for number, x, y in surface.state.children or ((surface.number, 0, 0),):
        if number == surface.number:
            _draw_content(painter, surface)
            continue
        child = surfaces.get(number)
        if child is not None:
            painter.translate(x, y)
            _draw(painter, surfaces, child, depth - 1)
            painter.translate(-x, -y)


def _draw_content(painter: QPainter, surface: Surface) -> None:
    content, state = surface.content, surface.state
    if content is None:
        return
    source = QRectF(*state.source) if state.source is not None else QRectF(0, 0, content.width, content.height)
    with content.reading():
        painter.drawImage(QRectF(0, 0, state.logical_width, state.logical_height), content.picture(), source)


class WindowPictures(QQuickImageProvider):
    """Pictures of windows as they are now, at ``image://windows/NUMBER``; not an item, see `berth.ui.symbols`.

    Args:
        picture: of a window, no larger than so many pixels; null without one.
    """

    def __init__(self, picture: Callable[[int, int, int], QImage]) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        self._picture = picture

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:
        image = self._picture(int(id), requestedSize.width(), requestedSize.height())
        if image.isNull():
            # Which would be an error to Qt.
            image = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
            image.fill(0)
        return image
