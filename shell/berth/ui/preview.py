"""Small pictures of windows, put together from the clients' own pixels whether they are on screen or not."""

from __future__ import annotations

from PySide6.QtCore import Property, QRectF, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem, QQuickPaintedItem

from berth.ui.surfaces import Surface, Surfaces

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

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
    source = QRectF(*state.source) if state.source is not None else QRectF(content.image.rect())
    with content.reading():
        painter.drawImage(QRectF(0, 0, state.logical_width, state.logical_height), content.image, source)


@QmlElement
class Picture(QQuickPaintedItem):
    """Shows `image` in its middle, as large as fits."""

    imageChanged = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()

    def _get_image(self) -> QImage:
        return self._image

    def _set_image(self, image: QImage) -> None:
        self._image = image
        self.imageChanged.emit()
        self.update()

    image = Property(QImage, _get_image, _set_image, notify=imageChanged)

    def paint(self, painter: QPainter) -> None:
        if self._image.isNull():
            return
        scale = min(self.width() / self._image.width(), self.height() / self._image.height(), 1.0)
        width, height = self._image.width() * scale, self._image.height() * scale
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height), self._image)
