"""wl_shm: memory of apps that their pixels lie in, by the descriptor of its file.

It is never mapped here, so that nothing an app does to its file can hurt: pixels are read from the
file (`buffers`). libwayland has a wl_shm, too, which maps the file and does not give the descriptor
away. What the ui can show without a copy is decided by the file: one in memory that was sealed against
shrinking can be read for ever. An app's own toolkit seals it as a rule; where it has not and may, we do.
"""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlShm, WlShmPool

from berth.core.pixels import FORMATS
from berth.display.binding import file_system
from berth.display.buffers import Buffer
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client

_TMPFS = 0x01021994
_FUSE = 0x65735546
_BACK_AT_ONCE = "/memfd:mesa-shared"
"""Of Mesa's software renderer, which crashes its app if a buffer comes back late: after the window had another size,
or when all four are away."""
_Errors = WlShm.error
_INT_MAX = (1 << 31) - 1


class Memory:
    """The file of a pool, open for as long as the pool or one of its buffers is used.

    `number` names it towards the ui. `lasting` tells whether all of `size` can be read for ever.
    """

    __slots__ = ("_users", "client", "fd", "lasting", "number", "size")

    def __init__(self, client: Client, fd: int, size: int) -> None:
        self.client = client
        self.fd = fd
        self.size = size
        self.lasting = _lasts(fd, size)
        self.number = client.server.scene.number_memory()
        self._users = 1
        client.pools += 1

    def grow(self, size: int) -> None:
        self.size = size
        self.lasting = _lasts(self.fd, size)
        self.client.server.scene.memory_grown(self)

    def hold(self) -> None:
        self._users += 1

    def drop(self) -> None:
        self._users -= 1
        if self._users == 0:
            self.client.pools -= 1
            self.client.server.scene.memory_closed(self)
            os.close(self.fd)


def _lasts(fd: int, size: int) -> bool:
    """Whether `size` bytes of the file can neither go away nor fail to be there when they are looked at.

    Files of huge pages can be sealed as well, but may turn out to have no page when one is needed. What has to be
    back soon does not count, either.
    """
    try:
        seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
        if not seals & fcntl.F_SEAL_SHRINK:
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        # Only now the size cannot become less any more.
        if file_system(fd) != _TMPFS or os.fstat(fd).st_size < size:
            return False
        return not str(Path(f"/proc/self/fd/{fd}").readlink()).startswith(_BACK_AT_ONCE)
    except OSError:
        return False


def _readable(fd: int) -> bool:
    """Whether the descriptor is of a file that is read without waiting for anybody."""
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    if flags & os.O_PATH or flags & os.O_ACCMODE == os.O_WRONLY:
        return False
    return stat.S_ISREG(os.fstat(fd).st_mode) and file_system(fd) != _FUSE


class Pool(Resource):
    __slots__ = ("memory",)
    interface = WlShmPool
    highest = 3

    def __init__(self, client: Client, version: int, new_id: int, memory: Memory) -> None:
        self.memory = memory
        super().__init__(client, version, new_id)

    def on_create_buffer(self, new_id: int, offset: int, width: int, height: int, stride: int, format_: int) -> None:
        known = FORMATS.get(format_)
        if known is None:
            raise self.error(_Errors.invalid_format, f"the format {format_:#x} was not announced")
        if offset < 0 or width <= 0 or height <= 0 or stride < width * known.bytes:
            raise self.error(_Errors.invalid_stride, f"{width}x{height} pixels at {offset}, {stride} bytes a row")
        if offset + stride * height > self.memory.size:
            raise self.error(_Errors.invalid_stride, f"{stride * height} bytes at {offset} lie beyond the pool")
        self.client.check_shared_memory()
        Buffer(self.client, new_id, self.memory, (offset, width, height, stride, format_))

    def on_resize(self, size: int) -> None:
        if size < self.memory.size:
            raise self.error(_Errors.invalid_fd, "a pool can only grow")
        if size > self.memory.size:
            self.memory.grow(size)

    def destroyed(self) -> None:
        self.memory.drop()


class Shm(Resource):
    __slots__ = ()
    interface = WlShm
    highest = 3
    send_format = event(WlShm, "format")

    def bound(self) -> None:
        for format_ in FORMATS:
            self.send_format(format_)

    def on_create_pool(self, new_id: int, fd: int, size: int) -> None:
        try:
            if size <= 0:
                raise self.error(_Errors.invalid_stride, f"a pool of {size} bytes")
            if not _readable(fd):
                raise self.error(_Errors.invalid_fd, "the descriptor is of no file whose memory can be shared")
            self.client.check_shared_memory()
            memory = Memory(self.client, fd, size)
        except BaseException:
            os.close(fd)
            raise
        try:
            Pool(self.client, self.version, new_id, memory)
        except BaseException:
            memory.drop()
            raise
