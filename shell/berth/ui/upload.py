"""From a client's pixels to a texture of the scene graph, the cheapest way for each renderer.

Uploading to graphics hardware has to happen inside ``updatePaintNode``; the software way may
run whenever the (single) thread is not drawing. The textures belong to Python
(`setParent(None)`), the nodes never own them: Qt would otherwise keep every wrapper under its
window until the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QPoint, QRectF, QSize
from PySide6.QtGui import (
    QRhiTexture,
    QRhiTextureSubresourceUploadDescription,
    QRhiTextureUploadDescription,
    QRhiTextureUploadEntry,
)
from PySide6.QtQuick import QQuickWindow, QSGImageNode, QSGTexture

from berth.core.messages import Rect
from berth.ui.bands import Bands
from berth.ui.convert import Converted, Copied, converted
from berth.ui.gl_dmabuf import GlContent, GlTexture
from berth.ui.pool import Mapping
from berth.ui.slot import Content

_ALPHA = QQuickWindow.CreateTextureOption.TextureHasAlphaChannel
_OWNS = QQuickWindow.CreateTextureOption.TextureOwnsGLTexture
_MAX_UPLOADS = 8


class Upload(Protocol):
    """Keeps the texture of one surface up to date.

    Attributes:
        anywhere: `show` may be called at any time, not only inside ``updatePaintNode``.
        divides: whether painting a part of the picture costs less than all of it.
    """

    anywhere: bool
    divides: bool

    def new_node(self) -> QSGImageNode: ...

    def show(self, bands: Bands, content: Content, damage: Sequence[Rect]) -> None:
        """Make `bands` show `content`, of which only `damage` has changed since the last call for these bands.

        An item gets new ones whenever it comes back into the scene.
        """


class SoftwareUpload:
    """Software renderer: as a rule the texture is the client's memory itself, and nothing is copied before painting."""

    anywhere = True
    divides = True

    def __init__(self, window: QQuickWindow) -> None:
        self._window = window
        self.new_node = window.createImageNode
        self._converted: Converted | None = None
        self._copied: Copied | None = None
        self._shown: object = None  # of what lies in a client's memory

    def show(self, bands: Bands, content: Content, damage: Sequence[Rect]) -> None:
        if isinstance(content, Mapping):
            self._show_lent(bands, content, damage)
            return
        self._shown = self._copied = None
        if content.native:
            self._show(bands, content, damage)
            return
        if self._converted is None or not self._converted.fits(content):
            self._converted = Converted(content)
            damage = ((0, 0, content.width, content.height),)
        self._converted.follow(content, damage)
        self._show(bands, self._converted, damage)

    def _show_lent(self, bands: Bands, content: Mapping, damage: Sequence[Rect]) -> None:
        """What does not change cannot be painted again from a buffer that its client has got back.

        So a surface of which only parts change is painted from a copy that follows it; if most of it does,
        all of it is painted from where it is.
        """
        whole = ((0, 0, content.width, content.height),)
        copied = self._copied
        if sum(rect[2] * rect[3] for rect in damage) * 2 >= content.width * content.height:
            if self._shown is not copied:
                self._copied = None
            self._shown = content
            self._show(bands, content, whole)
            return
        if copied is None or not copied.fits(content):
            copied = self._copied = Copied(content)
        if self._shown is not copied:
            damage = whole
        self._shown = copied
        copied.follow(content, damage)
        self._show(bands, copied, damage)

    def _show(self, bands: Bands, content: Content | Converted | Copied, damage: Sequence[Rect]) -> None:
        texture = content.texture
        if texture is None:
            options = _ALPHA if content.has_alpha else QQuickWindow.CreateTextureOption(0)
            texture = content.texture = self._window.createTextureFromImage(content.image, options)
            texture.setParent(None)
        bands.show(content, texture, damage)


class RhiUpload:
    """Graphics hardware: one texture per size, changed rectangles uploaded into it."""

    anywhere = False
    divides = False

    def __init__(self, window: QQuickWindow) -> None:
        self._window = window
        self.new_node = window.createImageNode
        self._texture: QSGTexture | None = None
        self._target: QRhiTexture | None = None
        self._bands: Bands | None = None
        self._key: tuple[int, int, bool] = (0, 0, False)
        self._imported: dict[GlContent, GlTexture] = {}

    def show(self, bands: Bands, content: Content, damage: Sequence[Rect]) -> None:
        if isinstance(content, GlContent):
            self._show_imported(bands, content, damage)
            return
        key = (content.width, content.height, content.has_alpha)
        target = self._target
        if target is None or key != self._key or bands is not self._bands:
            self._key, self._bands = key, bands
            target = self._replace(bands, content)
            damage = ((0, 0, key[0], key[1]),)
        rhi = self._window.rhi()
        batch = rhi.nextResourceUpdateBatch()
        batch.uploadTexture(target, _description(content, damage))
        self._window.swapChain().currentFrameCommandBuffer().resourceUpdate(batch)
        bands.repaint()

    def _show_imported(self, bands: Bands, content: GlContent, damage: Sequence[Rect]) -> None:
        self._texture = self._target = None  # out of date from now on
        texture = self._imported.get(content)
        if texture is None:
            self._imported = {known: texture for known, texture in self._imported.items() if not known.closed}
            texture = self._imported[content] = content.importer.texture(content, self._window)
        elif damage:
            texture.drawn_again()
        bands.show(texture, texture.texture, ((0, 0, content.width, content.height),))
        bands.repaint()

    def _replace(self, bands: Bands, content: Content) -> QRhiTexture:
        width, height, alpha = self._key
        target = self._window.rhi().newTexture(QRhiTexture.Format.BGRA8, QSize(width, height))
        target.create()
        texture = self._window.createTextureFromRhiTexture(target, _ALPHA | _OWNS if alpha else _OWNS)
        texture.setParent(None)
        bands.show(content, texture, ((0, 0, width, height),))
        self._texture, self._target = texture, target
        return target


def _description(content: Content, damage: Sequence[Rect]) -> QRhiTextureUploadDescription:
    if len(damage) > _MAX_UPLOADS:
        damage = (bounds(damage),)
    description = QRhiTextureUploadDescription()
    description.setEntries([QRhiTextureUploadEntry(0, 0, _part(content, rect)) for rect in damage])
    return description


def _part(content: Content, rect: Rect) -> QRhiTextureSubresourceUploadDescription:
    x, y, width, height = rect
    if content.native:
        part = QRhiTextureSubresourceUploadDescription(content.image)
        part.setSourceTopLeft(QPoint(x, y))
        part.setSourceSize(QSize(width, height))
    else:
        part = QRhiTextureSubresourceUploadDescription(converted(content, rect))
    part.setDestinationTopLeft(QPoint(x, y))
    return part


def bounds(rects: Sequence[Rect]) -> Rect:
    """The smallest rectangle around all of `rects`."""
    left = min(x for x, _y, _width, _height in rects)
    top = min(y for _x, y, _width, _height in rects)
    right = max(x + width for x, _y, width, _height in rects)
    bottom = max(y + height for _x, y, _width, height in rects)
    return (left, top, right - left, bottom - top)


def clip_damage(damage: Sequence[Rect], width: int, height: int) -> tuple[Rect, ...]:
    """`damage` cut to a buffer of this size, without what lies outside."""
    clipped = []
    for x, y, rect_width, rect_height in damage:
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + rect_width, width), min(y + rect_height, height)
        if left < right and top < bottom:
            clipped.append((left, top, right - left, bottom - top))
    return tuple(clipped)


def source_rect(source: tuple[float, float, float, float] | None, content: Content) -> QRectF:
    """The part of the buffer to show."""
    return QRectF(*source) if source is not None else QRectF(0, 0, content.width, content.height)
