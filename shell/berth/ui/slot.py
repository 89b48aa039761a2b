"""Pixels of a client, mapped read-only from the display server's sealed memfd."""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass

from PySide6.QtGui import QImage

from berth.core.messages import SurfaceState

_BYTES_PER_PIXEL = 4


class Slot:
    """One mapped buffer. It stays mapped for as long as an image of it is in use."""

    def __init__(self, fd: int, size: int) -> None:
        """Takes ownership of `fd`. Raises ValueError or OSError if it cannot be mapped."""
        try:
            self.memory = mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(fd)
        self.size = size


@dataclass(frozen=True, slots=True)
class Content:
    """An image of a slot: no copy, so the memory has to live as long as the image."""

    image: QImage
    memory: mmap.mmap

    @property
    def has_alpha(self) -> bool:
        return self.image.hasAlphaChannel()


def content_of(slot: Slot, state: SurfaceState) -> Content | None:
    """The image that `state` describes, or None if it does not fit into the slot."""
    width, height, stride = state.width, state.height, state.stride
    fits = width > 0 and height > 0 and stride >= width * _BYTES_PER_PIXEL and stride * height <= slot.size
    if not fits:
        return None
    form = QImage.Format.Format_RGB32 if state.opaque else QImage.Format.Format_ARGB32_Premultiplied
    return Content(QImage(memoryview(slot.memory), width, height, stride, form), slot.memory)
