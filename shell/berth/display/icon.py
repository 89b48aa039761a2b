"""xdg-toplevel-icon: a picture of its own for a window.

The pixels are copied when a client adds them, once per icon: of several sizes the one that serves best is
kept. Names are not resolved, as the specification allows: the icon themes lie in the apps' images.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, NamedTuple

from pywayland.protocol.xdg_toplevel_icon_v1 import XdgToplevelIconManagerV1, XdgToplevelIconV1

from berth.core.pixels import ARGB8888, XRGB8888
from berth.display.buffers import Buffer
from berth.display.resource import BudgetExceeded, Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.toplevel import Toplevel

_SIZES = (32, 48, 96)
"""What panel, title bar and switcher draw, on screens of scale one and two."""
_WANTED = 96
_LARGEST = 512
"""A larger picture is accepted and not kept."""
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
_Errors = XdgToplevelIconV1.error


class Image(NamedTuple):
    """A square of premultiplied ARGB pixels, rows without padding."""

    side: int
    pixels: bytes

    def sealed(self) -> int:
        """A file with the pixels that nobody can change any more; the caller's to close."""
        fd = os.memfd_create("berth-icon", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.write(fd, self.pixels)
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
        except OSError:
            os.close(fd)
            raise
        return fd


def _fitness(side: int) -> tuple[bool, int]:
    """The smallest that is large enough is best, and without one the largest."""
    return (True, -side) if side >= _WANTED else (False, side)


class Icon(Resource):
    """`immutable` once a window was given it."""

    __slots__ = ("_buffers", "image", "immutable")
    interface = XdgToplevelIconV1

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.image: Image | None = None
        self.immutable = False
        self._buffers: dict[Buffer, None] = {}

    def _check_mutable(self) -> None:
        if self.immutable:
            raise self.error(_Errors.immutable, "the icon was given to a window")

    def on_set_name(self, _name: str) -> None:
        self._check_mutable()

    def on_add_buffer(self, buffer: Buffer, scale: int) -> None:
        self._check_mutable()
        if not isinstance(buffer, Buffer):
            raise self.error(_Errors.invalid_buffer, "the buffer is no shared memory")
        if buffer.width != buffer.height or scale < 1:
            raise self.error(_Errors.invalid_buffer, f"{buffer.width}x{buffer.height} at scale {scale} is no icon")
        self._buffers[buffer] = None
        buffer.watchers[self._buffer_destroyed] = None
        side = buffer.width
        # Toolkits offer icons in these two formats; another is one size less to choose from.
        readable = buffer.format in (ARGB8888, XRGB8888) and side <= _LARGEST
        if readable and (self.image is None or _fitness(side) >= _fitness(self.image.side)):
            self._keep(_copy(buffer))

    def _keep(self, image: Image) -> None:
        self._forget()
        _take_room(self.client, image)
        self.image = image

    def _forget(self) -> None:
        if self.image is not None:
            self.client.memory -= len(self.image.pixels)
            self.image = None

    def _buffer_destroyed(self) -> None:
        if self.alive:
            self.client.protocol_error(self.error(_Errors.no_buffer, "a buffer of the icon was destroyed before it"))

    def destroyed(self) -> None:
        self._forget()
        for buffer in self._buffers:
            buffer.watchers.pop(self._buffer_destroyed, None)
        self._buffers.clear()


class IconManager(Resource):
    __slots__ = ()
    interface = XdgToplevelIconManagerV1
    send_icon_size = event(XdgToplevelIconManagerV1, "icon_size")
    send_done = event(XdgToplevelIconManagerV1, "done")

    def bound(self) -> None:
        for size in _SIZES:
            self.send_icon_size(size)
        self.send_done()

    def on_create_icon(self, new_id: int) -> None:
        Icon(self.client, self.version, new_id)

    def on_set_icon(self, toplevel: Toplevel, icon: Icon | None) -> None:
        if icon is not None:
            icon.immutable = True
        toplevel.icon.set_next(None if icon is None else icon.image)


class ToplevelIcon:
    """The icon of one window; `current` is what was committed."""

    __slots__ = ("_changed", "_client", "_next", "current")

    def __init__(self, client: Client) -> None:
        self._client = client
        self._next: Image | None = None
        self._changed = False
        self.current: Image | None = None

    def set_next(self, image: Image | None) -> None:
        self._release(self._next)
        self._next, self._changed = image, True
        if image is not None:
            _take_room(self._client, image)

    def commit(self) -> bool:
        """Make what was set last the window's icon; returns whether that changes anything."""
        if not self._changed:
            return False
        before = self.current
        self._release(before)
        self.current, self._next, self._changed = self._next, None, False
        return self.current is not before

    def clear(self) -> None:
        self._release(self.current)
        self._release(self._next)
        self.current = self._next = None
        self._changed = False

    def _release(self, image: Image | None) -> None:
        if image is not None:
            self._client.memory -= len(image.pixels)


def _take_room(client: Client, image: Image) -> None:
    if len(image.pixels) > client.room:
        raise BudgetExceeded("too much memory for icons")
    client.memory += len(image.pixels)


def _copy(buffer: Buffer) -> Image:
    side, rows = buffer.width, buffer.packed()
    if buffer.format == XRGB8888:
        opaque = bytearray(rows)
        opaque[3::4] = b"\xff" * (side * side)
        rows = bytes(opaque)
    return Image(side, rows)
