"""An app's files for somebody outside: opened by a process that is confined as the app itself.

It lives in the app's namespaces, with its user, without capabilities and behind its seccomp filter. So
a path means what it means to the app, nothing that the app cannot read is opened, and no link, ``..`` or
trick with names leads anywhere but around the app's own place. What it hands out is descriptors; whoever
gets them trusts nothing that is said about them.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from berth.runtimes import kernel

MAX_PACKET = 192 << 10
MAX_DEPTH = 64

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""Neither a FIFO nor a lease on a file may hold us up."""


class Lent(msgspec.Struct, frozen=True, array_like=True):
    """One packet. Of ``file`` it carries one fd, which is open for reading; the other kinds carry none.

    Attributes:
        item: which of the asked paths it belongs to.
        path: where it lies below the item, empty for the item itself.
        target: of a ``link``.

    ``left_out`` is something that is not lent: a device, a FIFO, what the app cannot read. ``end`` says that
    the item is complete.
    """

    item: int
    kind: Literal["file", "directory", "link", "left_out", "end"]
    path: tuple[bytes, ...] = ()
    target: bytes = b""


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Lent] = msgspec.msgpack.Decoder(Lent)
_paths: msgspec.msgpack.Decoder[list[bytes]] = msgspec.msgpack.Decoder(list[bytes])


def write_paths(paths: Sequence[bytes]) -> int:
    """A new descriptor of memory that holds the paths, to be read once by `lend`."""
    fd = os.memfd_create("berth-paths", os.MFD_CLOEXEC)
    with open(fd, "wb", closefd=False) as file:
        file.write(_encoder.encode(list(paths)))
    return fd


def lend(paths: int, channel: socket.socket, open_item: Callable[[bytes, int], int] = kernel.open_plainly) -> None:
    """Open what the paths lead to, directories with all that is in them, and send it through `channel`.

    Args:
        open_item: opens a path of the app's, given flags.

    Raises:
        OSError: the other end is gone.
    """
    with open(paths, "rb", closefd=False) as file:
        file.seek(0)
        asked = _paths.decode(file.read())
    for number, path in enumerate(asked):
        _Loan(channel, number).item(open_item, path)


def receive(channel: socket.socket) -> tuple[Lent | None, list[int]]:
    """One packet, None at the end of the stream, and its descriptors, which are the caller's to close.

    Raises:
        ValueError: it is no packet of `lend`; its descriptors are closed.
    """
    packet, fds, _flags, _address = socket.recv_fds(channel, MAX_PACKET, 4, socket.MSG_CMSG_CLOEXEC)
    if not packet:
        return None, fds
    try:
        return _decoder.decode(packet), fds
    except (ValueError, RecursionError):
        for fd in fds:
            os.close(fd)
        raise


class _Loan:
    """One of the asked paths, with all that is below it."""

    def __init__(self, channel: socket.socket, number: int) -> None:
        self._channel = channel
        self._number = number
        self._device = 0

    def item(self, open_item: Callable[[bytes, int], int], path: bytes) -> None:
        try:
            fd = open_item(path, _FLAGS)
        except OSError:
            self._tell("left_out")
        else:
            self._device = os.fstat(fd).st_dev
            self._opened(fd, ())
        self._tell("end")

    def _opened(self, fd: int, below: tuple[bytes, ...]) -> None:
        """Hands out a descriptor and closes it."""
        try:
            found = os.fstat(fd)
            if kernel.is_procfs(fd):
                self._tell("left_out", below)
            elif stat.S_ISREG(found.st_mode):
                self._tell("file", below, fd=fd)
            elif stat.S_ISDIR(found.st_mode) and found.st_dev == self._device and len(below) < MAX_DEPTH:
                self._tell("directory", below)
                self._walk(fd, below)
            else:
                self._tell("left_out", below)
        finally:
            os.close(fd)

    def _walk(self, directory: int, below: tuple[bytes, ...]) -> None:
        with os.scandir(directory) as entries:
            for entry in entries:
                self._entry(directory, os.fsencode(entry.name), below)

    def _entry(self, directory: int, name: bytes, below: tuple[bytes, ...]) -> None:
        place = (*below, name)
        try:
            fd = os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=directory)
        except OSError as error:
            if error.errno == errno.ELOOP:
                self._link(directory, place)
            else:
                self._tell("left_out", place)
        else:
            self._opened(fd, place)

    def _link(self, directory: int, place: tuple[bytes, ...]) -> None:
        try:
            target = os.readlink(place[-1], dir_fd=directory)
        except OSError:
            self._tell("left_out", place)
        else:
            self._tell("link", place, target=target)

    def _tell(
        self,
        kind: Literal["file", "directory", "link", "left_out", "end"],
        path: tuple[bytes, ...] = (),
        *,
        target: bytes = b"",
        fd: int = -1,
    ) -> None:
        packet = _encoder.encode(Lent(self._number, kind, path, target))
        if fd < 0:
            self._channel.send(packet)
        else:
            socket.send_fds(self._channel, [packet], [fd])
