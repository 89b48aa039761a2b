"""Which Unix sockets of a network namespace are connected with which: a program of its own, as it enters the namespace.

A connection belongs to the namespace of whoever has asked for it, so the desktop's ends of an app's connections are
seen there only. Run by its path, with nothing but the standard library: it starts in a moment.

Prints a line for each socket: its inode, that of its peer, that of the file it is bound to (0 for none).

Source: sock_diag(7), setns(2), ioctl_ns(2)
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_NS_GET_USERNS = 0xB701
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST_DUMP = 0x301
_ERROR, _DONE = 2, 3
_SHOW_FILE, _SHOW_PEER = 2, 4
_FILE, _PEER = 1, 2
_HEADER = struct.Struct("=IHHII")
_ASKED = struct.Struct("=BBHIIIII")
_SOCKET = struct.Struct("=BBBBIII")
_ATTRIBUTE = struct.Struct("=HH")
_TIMEOUT_SECONDS = 5.0


def main(pid: int) -> None:
    """Raises OSError."""
    _enter(pid)
    for found in connections():
        sys.stdout.write("{} {} {}\n".format(*found))


def _enter(pid: int) -> None:
    """In the user namespace that the app's network belongs to we may look at it, though we are nobody outside."""
    libc = ctypes.CDLL(None, use_errno=True)
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    owner = fcntl.ioctl(network, _NS_GET_USERNS)
    for namespace, own in ((owner, Path("/proc/self/ns/user")), (network, Path("/proc/self/ns/net"))):
        if not os.path.samestat(os.fstat(namespace), own.stat()) and libc.setns(namespace, 0) < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def connections() -> Iterator[tuple[int, int, int]]:
    """Inodes of each socket in this network namespace, its peer, its file. Raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG) as asking:
        asking.settimeout(_TIMEOUT_SECONDS)
        body = _ASKED.pack(socket.AF_UNIX, 0, 0, 0xFFFFFFFF, 0, _SHOW_FILE | _SHOW_PEER, 0, 0)
        asking.send(_HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _REQUEST_DUMP, 1, 0) + body)
        while True:
            for kind, message in _messages(asking.recv(64 << 10)):
                if kind in (_DONE, _ERROR):
                    return
                yield _described(message)


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + _HEADER.size <= len(data):
        length, kind, _flags, _sequence, _port = _HEADER.unpack_from(data, place)
        yield kind, data[place + _HEADER.size : place + length]
        place += max((length + 3) & ~3, _HEADER.size)


def _described(message: bytes) -> tuple[int, int, int]:
    inode = _SOCKET.unpack_from(message)[4]
    found = {_PEER: 0, _FILE: 0}
    place = _SOCKET.size
    while place + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, place)
        if kind in found:
            (found[kind],) = struct.unpack_from("=I", message, place + _ATTRIBUTE.size)
        place += max((length + 3) & ~3, _ATTRIBUTE.size)
    return inode, found[_PEER], found[_FILE]


if __name__ == "__main__":
    main(int(sys.argv[1]))
