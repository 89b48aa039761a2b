"""Pixels of a client, mapped read-only from the display server's sealed memfd."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from PySide6.QtGui import QImage
from PySide6.QtQuick import QSGTexture

from berth.core.messages import SurfaceState
from berth.core.pixels import FORMATS

_Qt = QImage.Format
_IMAGES: dict[str, tuple[QImage.Format, QImage.Format]] = {
    "rgb8888": (_Qt.Format_ARGB32_Premultiplied, _Qt.Format_RGB32),
    "bgr8888": (_Qt.Format_RGBA8888_Premultiplied, _Qt.Format_RGBX8888),
    "rgb2101010": (_Qt.Format_A2RGB30_Premultiplied, _Qt.Format_RGB30),
    "bgr2101010": (_Qt.Format_A2BGR30_Premultiplied, _Qt.Format_BGR30),
    "bgr16161616": (_Qt.Format_RGBA64_Premultiplied, _Qt.Format_RGBX64),
    "bgr16161616f": (_Qt.Format_RGBA16FPx4_Premultiplied, _Qt.Format_RGBX16FPx4),
    "bgr32323232f": (_Qt.Format_RGBA32FPx4_Premultiplied, _Qt.Format_RGBX32FPx4),
    "rgb888": (_Qt.Format_BGR888, _Qt.Format_BGR888),
    "bgr888": (_Qt.Format_RGB888, _Qt.Format_RGB888),
    "rgb565": (_Qt.Format_RGB16, _Qt.Format_RGB16),
    "rgb1555": (_Qt.Format_RGB555, _Qt.Format_RGB555),
    "rgb4444": (_Qt.Format_ARGB4444_Premultiplied, _Qt.Format_RGB444),
}
"""Qt's formats with alpha and without. Those of whole bytes it names by their order in memory."""

_NATIVE = (_Qt.Format_ARGB32_Premultiplied, _Qt.Format_RGB32)

Layout = tuple[int, int, int, bool, int]
"""Width and height in pixels, bytes in a row, whether all pixels are opaque, and their format."""


def image_format(format_: int, opaque: bool) -> QImage.Format:
    """Raises KeyError for formats that are not in `core.pixels`."""
    return _IMAGES[FORMATS[format_].name.lstrip("ax")][opaque]


class Content:
    """A slot's memory seen as an image: no copy, so the memory has to live as long as the image.

    The display server writes new pixels into the same memory, so one image serves every
    frame that has the same layout.

    Attributes:
        native: whether Qt draws the image as it is; all others have to be converted before.
        texture: what an upload without copying made of it.
        reading: around any look at pixels that are not native.
    """

    __slots__ = ("has_alpha", "height", "image", "memory", "native", "reading", "texture", "width")

    def __init__(
        self,
        memory: mmap.mmap | memoryview,
        layout: Layout,
        reading: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.width, self.height, stride, opaque, format_ = layout
        form = image_format(format_, opaque)
        self.native = form in _NATIVE
        self.memory = memory
        self.image = QImage(memoryview(memory), self.width, self.height, stride, form)
        self.has_alpha = not opaque
        self.texture: QSGTexture | None = None
        self.reading = reading

    def picture(self) -> QImage:
        """The pixels, for who paints them elsewhere than in the scene."""
        return self.image


class Slot:
    """One mapped buffer. It stays mapped for as long as a content of it is in use."""

    def __init__(self, fd: int, size: int) -> None:
        """Takes ownership of `fd`. Raises ValueError, OverflowError or OSError if it cannot be mapped."""
        try:
            self._memory = mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(fd)
        self._size = size
        self._layout: Layout = (0, 0, 0, False, 0)
        self._content: Content | None = None

    def content(self, state: SurfaceState) -> Content | None:
        """The image that `state` describes, or None if it does not fit into the slot."""
        layout = (state.width, state.height, state.stride, state.opaque, state.format)
        if layout != self._layout:
            width, height, stride, _opaque, format_ = layout
            known = FORMATS.get(format_)
            fits = (
                known is not None
                and width > 0
                and height > 0
                and stride >= width * known.bytes
                and stride * height <= self._size
            )
            self._layout = layout
            self._content = Content(self._memory, layout) if fits else None
        return self._content
