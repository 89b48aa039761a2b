"""Pixels of clients in formats that Qt's renderers do not draw: converted once, and only where they changed."""

from __future__ import annotations

import mmap
from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtQuick import QSGTexture

from berth.core.messages import Rect
from berth.ui.slot import Content

_WITH_ALPHA = QImage.Format.Format_ARGB32_Premultiplied
_OPAQUE = QImage.Format.Format_RGB32


def converted(content: Content, rect: Rect) -> QImage:
    """A part of the content as Qt draws it."""
    with content.reading():
        part = content.picture().copy(QRect(*rect))
    return part.convertToFormat(_WITH_ALPHA if content.has_alpha else _OPAQUE)


class Converted:
    """One surface's picture in a format that Qt draws, for contents of one size.

    It stays the same memory while it follows the contents, so that one texture serves them all.
    """

    __slots__ = ("_memory", "has_alpha", "height", "image", "texture", "width")

    def __init__(self, content: Content) -> None:
        self.width, self.height, self.has_alpha = content.width, content.height, content.has_alpha
        self._memory = bytearray(self.width * self.height * 4)
        form = _WITH_ALPHA if self.has_alpha else _OPAQUE
        self.image = QImage(self._memory, self.width, self.height, self.width * 4, form)
        self.texture: QSGTexture | None = None

    def fits(self, content: Content) -> bool:
        return (self.width, self.height, self.has_alpha) == (content.width, content.height, content.has_alpha)

    def follow(self, content: Content, damage: Sequence[Rect]) -> None:
        """Take over what has changed."""
        stride = self.width * 4
        for rect in damage:
            x, y, width, height = rect
            image = converted(content, rect)
            part = image.constBits()  # lives no longer than the image
            if width == self.width:
                self._memory[y * stride : (y + height) * stride] = part
                continue
            for row in range(height):
                to = (y + row) * stride + x * 4
                self._memory[to : to + width * 4] = part[row * width * 4 : (row + 1) * width * 4]


class Copied:
    """One surface's picture in memory of our own, for contents of one size and layout."""

    __slots__ = ("_layout", "_memory", "has_alpha", "height", "image", "texture", "width")

    def __init__(self, content: Content) -> None:
        self.width, self.height, self.has_alpha = content.width, content.height, content.has_alpha
        self._layout = _layout(content)
        stride = content.image.bytesPerLine()
        self._memory = memoryview(mmap.mmap(-1, stride * self.height, mmap.MAP_PRIVATE))
        self.image = QImage(self._memory, self.width, self.height, stride, content.image.format())
        self.texture: QSGTexture | None = None

    def fits(self, content: Content) -> bool:
        return self._layout == _layout(content)

    def follow(self, content: Content, damage: Sequence[Rect]) -> None:
        """Take over what has changed, in whole rows."""
        stride = self.image.bytesPerLine()
        source = memoryview(content.memory)
        for _x, y, _width, height in damage:
            self._memory[y * stride : (y + height) * stride] = source[y * stride : (y + height) * stride]


def _layout(content: Content) -> tuple[object, ...]:
    image = content.image
    return content.width, content.height, image.bytesPerLine(), image.format()
