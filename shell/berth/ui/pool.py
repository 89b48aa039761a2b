"""Pixels of clients that are drawn from the client's own memory.

The file was sealed against shrinking, so that reading cannot fail; what it holds may be anything, and changes
once the client has got a buffer back.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os

from berth.core.messages import SurfaceState
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
    """A buffer of a client, in our memory.

    Args:
        shift: bytes from the beginning of a page to the first pixel.
    """

    __slots__ = ("_address", "_length", "_shift", "_shown", "layout")

    def __init__(self, layout: Layout, shift: int) -> None:
        _width, height, stride, _opaque, _format = layout
        self.layout, self._shift = layout, shift
        place = mmap.mmap(-1, shift + stride * height, mmap.MAP_PRIVATE)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(place))
        self._length = len(place)
        self._shown: tuple[Pool, int] | None = None
        super().__init__(memoryview(place)[shift:].toreadonly(), layout)

    def shows(self, pool: Pool, offset: int) -> bool:
        return self._shown is not None and self._shown[0] is pool and self._shown[1] == offset

    def show(self, pool: Pool, offset: int) -> None:
        """Have the buffer at `offset` of `pool` here. Raises OSError."""
        self._map(mmap.MAP_SHARED, pool.fd, offset - self._shift)
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
    """The buffers of one surface that are mapped: those that its client takes turns with stay so."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: list[Mapping] = []  # oldest first

    def take(self, pool: Pool, state: SurfaceState) -> Mapping:
        """The buffer that `state` describes, which is in `pool`.

        Raises:
            OSError: if it cannot be mapped.
        """
        layout: Layout = (state.width, state.height, state.stride, state.opaque, state.format)
        for mapping in self._all:
            if mapping.shows(pool, state.offset) and mapping.layout == layout:
                return mapping
        made = Mapping(layout, state.offset % mmap.PAGESIZE)
        made.show(pool, state.offset)
        self._all = [*[mapping for mapping in self._all if mapping.layout == layout][1 - _MOST :], made]
        return made

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
