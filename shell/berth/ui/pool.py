"""Pixels of clients that are drawn from the client's own memory.

The file was sealed against shrinking, so that reading cannot fail; what it holds may change at any time
and be anything. Buffers are mapped one after the other at the same place of ours: a texture of that place
shows each of them, and the parts of a picture that did not change need not be painted again.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
from collections.abc import Sequence

from berth.core.messages import Rect, SurfaceState
from berth.core.pixels import FORMATS
from berth.ui.slot import Content, Layout

_libc = ctypes.CDLL(None, use_errno=True)
_mmap = _libc.mmap
_mmap.restype = ctypes.c_void_p
_mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
_MAP_FIXED = 0x10
_FAILED = ctypes.c_void_p(-1).value
_MOST = 3
"""Buffers that a client takes turns with."""


class Pool:
    """The file of a client's pool."""

    def __init__(self, fd: int, size: int) -> None:
        """Takes ownership of `fd`. Raises ValueError or OSError if it is no file that lasts."""
        self.fd = fd
        self.size = size
        if not fcntl.fcntl(fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK or os.fstat(fd).st_size < size:
            raise ValueError("the file may become too short")

    def __del__(self) -> None:
        os.close(self.fd)

    def holds(self, state: SurfaceState) -> bool:
        """Whether the buffer that `state` describes lies in it."""
        known = FORMATS.get(state.format)
        return (
            known is not None
            and state.width > 0
            and state.height > 0
            and state.stride >= state.width * known.bytes
            and 0 <= state.offset <= self.size - state.stride * state.height
        )


class Mapping(Content):
    """A place in memory where one buffer at a time is mapped.

    Args:
        shift: bytes from the beginning of a page to the first pixel.
    """

    __slots__ = ("_address", "_length", "_shown", "layout", "shift")

    def __init__(self, layout: Layout, shift: int) -> None:
        _width, height, stride, _opaque, _format = layout
        self.layout, self.shift = layout, shift
        place = mmap.mmap(-1, shift + stride * height, mmap.MAP_PRIVATE)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(place))
        self._length = len(place)
        self._shown: tuple[Pool, int] | None = None
        super().__init__(memoryview(place)[shift:].toreadonly(), layout)

    def shows(self, pool: Pool, offset: int) -> bool:
        return self._shown is not None and self._shown[0] is pool and self._shown[1] == offset

    def show(self, pool: Pool, offset: int) -> None:
        """Have the buffer at `offset` of `pool` here. Raises OSError."""
        if not self.shows(pool, offset):
            self._map(mmap.MAP_SHARED, pool.fd, offset - self.shift)
            self._shown = (pool, offset)

    def clear(self) -> None:
        """Let go of the client's memory. Raises OSError."""
        if self._shown is not None:
            self._shown = None
            self._map(mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)

    def of(self, pool: Pool) -> bool:
        return self._shown is not None and self._shown[0] is pool

    def _map(self, flags: int, fd: int, start: int) -> None:
        place = _mmap(self._address, self._length, mmap.PROT_READ, flags | _MAP_FIXED, fd, start)
        if place == _FAILED:
            raise OSError(ctypes.get_errno(), "mmap")


class Mappings:
    """The mappings of one surface: one for each buffer that its client draws all of in turn."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: list[Mapping] = []

    def take(self, pool: Pool, state: SurfaceState, damage: Sequence[Rect], now: Content | None) -> Mapping:
        """A mapping of the buffer that `state` describes, which is in `pool`.

        That is the one which is shown `now` if the `damage` is small, for then all else can stay as it is.

        Raises:
            OSError: if the buffer cannot be mapped.
        """
        layout: Layout = (state.width, state.height, state.stride, state.opaque, state.format)
        shift = state.offset % mmap.PAGESIZE
        alike = [mapping for mapping in self._all if mapping.layout == layout]
        fitting = [mapping for mapping in alike if mapping.shift == shift]
        small = sum(rect[2] * rect[3] for rect in damage) * 2 < state.width * state.height
        chosen = next((mapping for mapping in fitting if mapping is now), None) if small else None
        if chosen is None:
            chosen = next((mapping for mapping in fitting if mapping.shows(pool, state.offset)), None)
        if chosen is None:
            free = [mapping for mapping in fitting if mapping is not now]
            chosen = free[0] if free and len(alike) >= _MOST else self._add(layout, shift, alike)
        chosen.show(pool, state.offset)
        return chosen

    def _add(self, layout: Layout, shift: int, kept: list[Mapping]) -> Mapping:
        mapping = Mapping(layout, shift)
        self._all = [*kept[1 - _MOST :], mapping]
        return mapping

    def forget(self, pool: Pool) -> None:
        """The client's pool is no more. Raises OSError."""
        for mapping in self._all:
            if mapping.of(pool):
                mapping.clear()

    def clear(self) -> None:
        """Nothing is shown. Raises OSError."""
        for mapping in self._all:
            mapping.clear()
        self._all = []
