"""Client buffers: the pixels of a `wl_buffer`, read from the file of its pool.

The file belongs to the client, which may shrink it at any time: reading then finds its end.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlBuffer, WlShm

from berth.core.messages import Rect
from berth.core.pixels import FORMATS
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.shm import Memory

MAX_MEMORY = 512 << 20
"""Bytes of pixels that are held for one client."""
_ROW_CALL_BYTES = 12 << 10
"""Reading a row costs as much as a call of its own as this many bytes more in a larger read."""


class Buffer(Resource):
    """A `wl_buffer` in shared memory.

    `watchers` are called once when the client destroys it. `leases` counts the surfaces that show it
    from the client's own memory.
    """

    __slots__ = (
        "_holds",
        "format",
        "height",
        "leases",
        "memory",
        "offset",
        "pixel",
        "stride",
        "watchers",
        "width",
    )
    copied = True  # its pixels are, when a surface takes them
    ready = True
    interface = WlBuffer
    send_release = event(WlBuffer, "release")

    def __init__(self, client: Client, new_id: int, memory: Memory, layout: tuple[int, int, int, int, int]) -> None:
        """`layout`: where it begins in the pool, width, height, bytes in a row, format."""
        self.offset, self.width, self.height, self.stride, self.format = layout
        self.memory = memory
        self.pixel = FORMATS[self.format].bytes
        self._holds = 0
        self.leases = 0
        self.watchers: dict[Callable[[], None], None] = {}
        super().__init__(client, 1, new_id)
        client.buffers += 1
        memory.hold()

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def usable(self) -> bool:
        return self.pointer is not None or self._holds > 0

    def hold(self) -> None:
        """Keep the pixels even if the client destroys the buffer, until `drop`."""
        self._holds += 1

    def drop(self) -> None:
        self._holds -= 1
        if self._holds == 0 and self.pointer is None:
            self.memory.drop()

    def release(self) -> None:
        """Tell the client that it may draw into the buffer again."""
        self.send_release()

    def destroyed(self) -> None:
        self.client.buffers -= 1
        for watcher in tuple(self.watchers):
            watcher()
        if self._holds == 0:
            self.memory.drop()

    # --- pixels

    def copy(self, target: memoryview, stride: int, rect: Rect) -> None:
        """Copy the pixels of `rect` to the same place in `target`, whose rows have `stride` bytes.

        Raises:
            ProtocolError: if they are not there.
        """
        x, y, width, height = rect
        if stride == self.stride and stride - width * self.pixel <= _ROW_CALL_BYTES:
            self._read(target[y * stride : (y + height) * stride], self.offset + y * stride)
            return
        left, length = x * self.pixel, width * self.pixel
        for row in range(y, y + height):
            start = row * stride + left
            self._read(target[start : start + length], self.offset + row * self.stride + left)

    def packed(self) -> bytes:
        """All rows without what lies between them. Raises like `copy`."""
        row = self.width * self.pixel
        pixels = bytearray(row * self.height)
        self.copy(memoryview(pixels), row, (0, 0, self.width, self.height))
        return bytes(pixels)

    def _read(self, target: memoryview, start: int) -> None:
        try:
            done = os.preadv(self.memory.fd, (target,), start)
        except OSError:
            done = 0
        if done == len(target):
            return
        if self.pointer is not None:
            raise self.error(WlShm.error.invalid_fd, "the file is shorter than its pool")
        # Of a buffer that was destroyed the client may make what it likes; some do before it was shown.
        target[done:] = bytes(len(target) - done)

    def write(self, pixels: memoryview, x: int, y: int) -> None:
        """Change pixels from a place on, in the order of memory.

        Raises:
            ProtocolError: if the client's file does not take them.
        """
        start = self.offset + y * self.stride + x * self.pixel
        try:
            done = os.pwritev(self.memory.fd, (pixels,), start)
        except OSError:
            done = 0
        if done != len(pixels):
            raise self.error(WlShm.error.invalid_fd, "the file cannot be written")
