"""Timelines of a graphics device: points in time that its work, or a program, reaches (DRM synchronisation objects).

Nothing here waits: the kernel writes to a descriptor when a point has been reached. Source: drm.h of Linux.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

_GET_CAP = 0xC010640C
_DESTROY = 0xC00864C0
_FD_TO_HANDLE = 0xC01064C2
_TIMELINE_SIGNAL = 0xC01864CD
_EVENTFD = 0xC01864CF
_CAP_TIMELINE = 0x14


class Device:
    """A DRM node that was opened. It is closed with the last object that refers to it."""

    def __init__(self, fd: int, ioctl: Callable[[int, int, Any], object] = fcntl.ioctl) -> None:
        """Takes ownership of `fd`."""
        self._fd = fd
        self._ioctl = ioctl
        weakref.finalize(self, os.close, fd)

    def has_timelines(self) -> bool:
        """Whether it can do all that is needed here; Linux does since 6.6."""
        asked = bytearray(struct.pack("=QQ", _CAP_TIMELINE, 0))
        try:
            self._ioctl(self._fd, _GET_CAP, asked)
        except OSError:
            return False
        if not struct.unpack("=QQ", asked)[1]:
            return False
        try:
            self._ask(0, 0, -1)
        except OSError as error:
            # There is no object of that number, of which only a kernel complains that knows the question.
            return error.errno == errno.ENOENT
        return False

    def import_timeline(self, fd: int) -> Timeline:
        """The descriptor stays the caller's. Raises OSError."""
        asked = bytearray(struct.pack("=IIiI", 0, 0, fd, 0))
        self._ioctl(self._fd, _FD_TO_HANDLE, asked)
        return Timeline(self, struct.unpack_from("=I", asked)[0])

    def reached(self, handle: int, point: int) -> int:
        """A descriptor that is readable once the point has been reached. Raises OSError."""
        fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        try:
            self._ask(handle, point, fd)
        except OSError:
            os.close(fd)
            raise
        return fd

    def _ask(self, handle: int, point: int, fd: int) -> None:
        self._ioctl(self._fd, _EVENTFD, struct.pack("=IIQiI", handle, 0, point, fd, 0))

    def signal(self, handle: int, point: int) -> None:
        """The point is reached now. Raises OSError."""
        handles, points = (ctypes.c_uint32 * 1)(handle), (ctypes.c_uint64 * 1)(point)
        where = ctypes.addressof(handles), ctypes.addressof(points)
        self._ioctl(self._fd, _TIMELINE_SIGNAL, struct.pack("=QQII", *where, 1, 0))

    def destroy(self, handle: int) -> None:
        self._ioctl(self._fd, _DESTROY, struct.pack("=II", handle, 0))


class Timeline:
    """One that an app has handed over; it goes with the last object that refers to it."""

    def __init__(self, device: Device, handle: int) -> None:
        self._device = device
        self._handle = handle
        weakref.finalize(self, device.destroy, handle)

    def reached(self, point: int) -> int:
        return self._device.reached(self._handle, point)

    def signal(self, point: int) -> None:
        self._device.signal(self._handle, point)


def open_device(number: int) -> Device | None:
    """The render node with that dev_t, None if there is none or it has no timelines."""
    for path in sorted(Path("/dev/dri").glob("renderD*")):
        if path.stat().st_rdev != number:
            continue
        try:
            device = Device(os.open(path, os.O_RDWR | os.O_CLOEXEC))
        except OSError:
            return None
        return device if device.has_timelines() else None
    return None
