"""Graphics memory read by the processor: for Qt's software renderer, beside graphics hardware that apps draw with.

Only rows one after the other can be read so. The pixels are copied out of the mapping once for each
change: such memory is often slow to read, and painting reads many a pixel more than once.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import select
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from berth.core.messages import DmabufFormats, DmabufOpened, SurfaceState
from berth.core.pixels import FORMATS, LINEAR
from berth.ui.slot import Content, Layout

_SYNC = 0x40086200  # DMA_BUF_IOCTL_SYNC of linux/dma-buf.h
_READ_START = struct.pack("=Q", 1)
_READ_END = struct.pack("=Q", 1 | 4)


def is_dmabuf(fd: int) -> bool:
    """Whether a descriptor is graphics memory, which nobody can shrink under a reader, and not any other file."""
    lines = Path(f"/proc/self/fdinfo/{fd}").read_bytes().split(b"\n")  # the name that an app gave it is there, too
    return any(line.startswith(b"exp_name:") for line in lines)


class MappedImporter:
    """Args:
    device: the DRM node that apps shall draw with, as a dev_t.
    genuine: tells whether a descriptor may be mapped.
    """

    def __init__(self, device: int, genuine: Callable[[int], bool] = is_dmabuf) -> None:
        pairs = tuple((code, LINEAR) for code, known in FORMATS.items() if known.bytes == 4)
        self.formats = DmabufFormats(device, pairs)
        self._genuine = genuine

    def open(self, opened: DmabufOpened, fds: Sequence[int]) -> MappedDmabuf:
        if (opened.format, opened.modifier) not in self.formats.pairs or len(fds) != 1:
            raise ValueError(f"format {opened.format:#x} with modifier {opened.modifier:#x}")
        if not self._genuine(fds[0]):
            raise ValueError("no graphics memory")
        return MappedDmabuf(opened, fds[0])


class MappedDmabuf:
    """`fd` stays the caller's. Raises OSError or ValueError if it cannot be mapped."""

    def __init__(self, opened: DmabufOpened, fd: int) -> None:
        offset, stride = opened.planes[0]
        size = offset + stride * opened.height
        if opened.width < 1 or opened.height < 1 or stride < opened.width * FORMATS[opened.format].bytes:
            raise ValueError("impossible measures")
        if os.lseek(fd, 0, os.SEEK_END) < size:
            raise ValueError("smaller than it is said to be")
        self._opened = opened
        self._stride = stride
        self._pixels = memoryview(mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ))[offset:]
        self._fd = os.dup(fd)
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self._contents: dict[bool, MappedContent] = {}

    def content(self, state: SurfaceState) -> MappedContent | None:
        opened = self._opened
        if (state.width, state.height, state.format) != (opened.width, opened.height, opened.format):
            return None
        if state.opaque not in self._contents:
            layout = (opened.width, opened.height, self._stride, state.opaque, opened.format)
            self._contents[state.opaque] = MappedContent(self._pixels, layout, self._read)
        return self._contents[state.opaque]

    @contextmanager
    def _read(self) -> Iterator[None]:
        """Make what graphics hardware has written visible to the processor."""
        # Asking for that would wait for what is still being drawn. Commits wait for it, we must not.
        drawn = self._fd >= 0 and bool(self._poll.poll(0))
        if drawn:
            self._sync(_READ_START)
        yield
        if drawn:
            self._sync(_READ_END)

    def _sync(self, flags: bytes) -> None:
        # A driver without it keeps its memory coherent.
        with suppress(OSError):
            fcntl.ioctl(self._fd, _SYNC, flags)

    def close(self) -> None:
        """The mapping stays for as long as a content of it is shown."""
        os.close(self._fd)
        self._fd = -1


class MappedContent(Content):
    """Pixels in graphics memory, never painted from where they are."""

    __slots__ = ()

    def __init__(self, memory: memoryview, layout: Layout, reading: Callable[[], AbstractContextManager[None]]) -> None:
        super().__init__(memory, layout, reading)
        self.native = False
