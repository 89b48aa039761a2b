"""Pixels of a client, mapped read-only from the display server's sealed memfd."""

from __future__ import annotations

import mmap
import os

from PySide6.QtGui import QImage
from PySide6.QtQuick import QSGTexture

from berth.core.messages import SurfaceState

_BYTES_PER_PIXEL = 4


Layout = tuple[int, int, int, bool]
"""Width and height in pixels, bytes in a row, and whether all pixels are opaque."""


class Content:
    """A slot's memory seen as an image: no copy, so the memory has to live as long as the image.

    The display server writes new pixels into the same memory, so one image serves every
    frame that has the same layout.

    Attributes:
        texture: what an upload without copying made of it.
    """

    __slots__ = ("has_alpha", "height", "image", "memory", "texture", "width")

    def __init__(self, memory: mmap.mmap, layout: Layout) -> None:
        self.width, self.height, stride, opaque = layout
        form = QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied
        self.memory = memory
        self.image = QImage(memoryview(memory), self.width, self.height, stride, form)
        self.has_alpha = not opaque
        self.texture: QSGTexture | None = None


class Slot:
    """One mapped buffer. It stays mapped for as long as a content of it is in use."""

    def __init__(self, fd: int, size: int) -> None:
        """Takes ownership of `fd`. Raises ValueError, OverflowError or OSError if it cannot be mapped."""
        try:
            self._memory = mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(fd)
        self._size = size
        self._layout: Layout = (0, 0, 0, False)
        self._content: Content | None = None

    def content(self, state: SurfaceState) -> Content | None:
        """The image that `state` describes, or None if it does not fit into the slot."""
        layout = (state.width, state.height, state.stride, state.opaque)
        if layout != self._layout:
            width, height, stride, _opaque = layout
            fits = width > 0 and height > 0 and stride >= width * _BYTES_PER_PIXEL and stride * height <= self._size
            self._layout = layout
            self._content = Content(self._memory, layout) if fits else None
        return self._content
