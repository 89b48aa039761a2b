"""Plain Wayland clients for measuring: they speak the wire by hand, so that the time measured is the compositor's.

``frames`` draws the next frame on each frame callback, on many connections at once, and prints how
often; ``keys`` redraws a part of a full-screen window with each key press and prints when.
Both write to standard output, one JSON value a line.
"""

from __future__ import annotations

import argparse
import array
import fcntl
import json
import mmap
import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Numbers of the objects that every connection has; they have to be dense.
DISPLAY, REGISTRY, CALLBACK, COMPOSITOR, SHM, WM_BASE, SEAT = 1, 2, 3, 4, 5, 6, 7
SURFACE, XDG_SURFACE, TOPLEVEL, POOL, BUFFERS, KEYBOARD = 8, 9, 10, 11, (12, 13), 14
_WANTED = {"wl_compositor": (COMPOSITOR, 4), "wl_shm": (SHM, 1), "xdg_wm_base": (WM_BASE, 1), "wl_seat": (SEAT, 1)}
_HEADER = struct.Struct("=IHH")
_XRGB8888 = 1
_PRESSED = 1


def request(target: int, opcode: int, *numbers: int) -> bytes:
    return _HEADER.pack(target, opcode, 8 + 4 * len(numbers)) + struct.pack(f"={len(numbers)}i", *numbers)


def text_request(target: int, opcode: int, text: str, before: bytes = b"", after: bytes = b"") -> bytes:
    data = text.encode() + b"\0"
    data = before + struct.pack("=I", len(data)) + data + b"\0" * (-len(data) % 4) + after
    return _HEADER.pack(target, opcode, 8 + len(data)) + data


def _binding(number: int, name: int, interface: str, version: int) -> bytes:
    return text_request(REGISTRY, 0, interface, struct.pack("=I", name), struct.pack("=II", version, number))


class Connection:
    """One client with one window.

    Args:
        rows: how many rows of the window each frame changes.
        frame_done, key: called with the connection on a frame callback, on a key press.
    """

    def __init__(
        self,
        size: tuple[int, int],
        rows: int,
        frame_done: Callable[[Connection], None] | None = None,
        key: Callable[[Connection], None] | None = None,
    ) -> None:
        self.width, self.height = size
        self.rows = rows
        self.drawn = 0
        self.frames = 0
        self.stamps: list[float] = []
        self._frame_done, self._key = frame_done, key
        self._received = b""
        path = Path(os.environ["XDG_RUNTIME_DIR"]) / os.environ["WAYLAND_DISPLAY"]
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(os.fspath(path))
        self._found: dict[int, tuple[int, str, int]] = {}
        self._waiting = True
        self.socket.sendall(request(DISPLAY, 1, REGISTRY) + request(DISPLAY, 0, CALLBACK))
        while self._waiting:
            self.readable()
        self._open_window()

    def _open_window(self) -> None:
        size = self.width * 4 * self.height
        # As the toolkits do.
        fd = os.memfd_create("frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(fd, size * 2)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        self.pixels = mmap.mmap(fd, size * 2)
        self.pixels[:] = b"\x60" * (size * 2)
        start = [
            *(_binding(number, *what) for number, what in sorted(self._found.items())),
            request(COMPOSITOR, 0, SURFACE),
            request(WM_BASE, 2, XDG_SURFACE, SURFACE),
            request(XDG_SURFACE, 1, TOPLEVEL),
            text_request(TOPLEVEL, 2, "frames"),
            text_request(TOPLEVEL, 3, "frames"),
        ]
        pool = request(SHM, 0, POOL, size * 2)
        self.socket.sendmsg([b"".join(start) + pool], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
        os.close(fd)
        made = b""
        for i, buffer in enumerate(BUFFERS):
            made += request(POOL, 0, buffer, size * i, self.width, self.height, self.width * 4, _XRGB8888)
        if self._key is not None:
            made += request(SEAT, 1, KEYBOARD) + request(TOPLEVEL, 11, 0)
        self.socket.sendall(made + request(SURFACE, 6))

    # --- what the compositor says

    def readable(self) -> None:
        data, ancillary, _flags, _address = self.socket.recvmsg(65536, 256)
        for _level, _kind, fds in ancillary:  # the keymap
            for fd in array.array("i", fds):
                os.close(fd)
        if not data:
            raise SystemExit("the compositor closed the connection")
        data = self._received + data
        start = 0
        while len(data) - start >= 8:
            target, opcode, length = _HEADER.unpack_from(data, start)
            if len(data) - start < length:
                break
            self._event(target, opcode, data[start + 8 : start + length])
            start += length
        self._received = data[start:]

    def _event(self, target: int, opcode: int, arguments: bytes) -> None:
        if target == CALLBACK:
            self._called_back()
        elif target == REGISTRY and opcode == 0:
            self._announced(arguments)
        elif target == XDG_SURFACE:
            self.socket.sendall(request(XDG_SURFACE, 4, *struct.unpack("=i", arguments)))
            if not self.drawn:
                self.draw()
        elif target == WM_BASE:
            self.socket.sendall(request(WM_BASE, 3, *struct.unpack("=i", arguments)))
        elif target == KEYBOARD and opcode == 3:
            *_numbers, state = struct.unpack("=4I", arguments)
            if state == _PRESSED and self._key is not None:
                self._key(self)
        elif target == DISPLAY and opcode == 0:
            raise SystemExit(f"protocol error: {arguments!r}")

    def _announced(self, arguments: bytes) -> None:
        name, length = struct.unpack_from("=II", arguments)
        interface = arguments[8 : 8 + length - 1].decode()
        if interface in _WANTED:
            number, version = _WANTED[interface]
            self._found[number] = (name, interface, version)

    def _called_back(self) -> None:
        if self._waiting:
            self._waiting = False
            return
        self.frames += 1
        if self._frame_done is not None:
            self._frame_done(self)

    # --- drawing

    def draw(self, again: bool = True) -> None:
        """Change `rows` rows, and ask for the next frame."""
        index = self.drawn % 2
        top = (self.drawn * self.rows) % max(self.height - self.rows + 1, 1)
        start = (index * self.height + top) * self.width * 4
        shade = self.drawn & 0xFF
        self.pixels[start : start + 4 * self.width] = bytes((shade, shade, shade, 255)) * self.width
        self.commit(index, (0, top, self.width, self.rows), again)

    def commit(self, index: int, damage: tuple[int, int, int, int], again: bool) -> None:
        message = request(SURFACE, 1, BUFFERS[index], 0, 0) + request(SURFACE, 9, *damage)
        if again:
            message += request(SURFACE, 3, CALLBACK)
        self.socket.sendall(message + request(SURFACE, 6))
        self.drawn += 1


def frames(options: argparse.Namespace) -> None:
    """Draws with each callback; on each line read from standard input, tells what happened since the last."""
    poll = select.epoll()
    connections: dict[int, Connection] = {}

    def done(connection: Connection) -> None:
        connection.stamps.append(time.monotonic())
        connection.draw()

    for _ in range(options.clients):
        connection = Connection((options.width, options.height), options.rows, frame_done=done)
        connections[connection.socket.fileno()] = connection
        poll.register(connection.socket.fileno(), select.EPOLLIN)
    poll.register(0, select.EPOLLIN)
    while True:
        for fd, _events in poll.poll():
            if fd:
                connections[fd].readable()
            elif not os.read(0, 1):
                return
            else:
                tell(
                    {
                        "frames": [c.frames for c in connections.values()],
                        "stamps": [c.stamps for c in connections.values()],
                    }
                )
                for c in connections.values():
                    c.frames, c.stamps = 0, []


def keys(options: argparse.Namespace) -> None:
    """Redraws the middle with each key, and tells when the key came and when the answer was sent."""

    def pressed(connection: Connection) -> None:
        came = time.monotonic()
        index = connection.drawn % 2
        x, y = (connection.width - 200) // 2, (connection.height - 40) // 2
        colour = bytes((connection.drawn & 0xFF, 0x80, 0x20, 255)) * 200
        for row in range(y, y + 40):
            start = ((index * connection.height + row) * connection.width + x) * 4
            connection.pixels[start : start + 800] = colour
        connection.commit(index, (x, y, 200, 40), again=False)
        tell({"came": came, "sent": time.monotonic()})

    connection = Connection((options.width, options.height), options.rows, key=pressed)
    while True:
        connection.readable()


def tell(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("frames", "keys"))
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--clients", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    (frames if options.what == "frames" else keys)(options)


if __name__ == "__main__":
    main()
