"""As much of the Wayland protocol as a client takes that needs nothing but Python's own library.

Source: https://wayland.freedesktop.org/docs/html/ch04.html (wire format) and apa.html (wl_display, wl_registry).
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

_DISPLAY, _REGISTRY = 1, 2
_OURS = 0xFF000000
"""From here on it is the server that numbers objects."""
_READ = 64 << 10
_MOST_DESCRIPTORS = 28

Handler = Callable[["Arguments"], None]


class Arguments:
    """Those of one event, taken one after the other."""

    def __init__(self, body: bytes, descriptors: list[int]) -> None:
        self._body = body
        self._at = 0
        self._descriptors = descriptors

    def word(self) -> int:
        (value,) = struct.unpack_from("=I", self._body, self._at)
        self._at += 4
        return int(value)

    def fixed(self) -> float:
        value = self.word()
        return (value - (value >> 31 << 32)) / 256

    def text(self) -> str:
        length = self.word()
        data = self._body[self._at : self._at + max(length - 1, 0)]
        self._at += length + 3 & ~3
        return data.decode("utf-8", "replace")

    def descriptor(self) -> int:
        return self._descriptors.pop(0)


class WaylandConnection:
    """A connection to the server that the environment names.

    Objects are numbers. `listen` says what their events do; an object that is `forgotten` still takes the descriptors
    that are on their way to it, until the server knows.

    Raises:
        OSError: it cannot be reached, has ended, or has disconnected this client.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(Path(environment["XDG_RUNTIME_DIR"], environment["WAYLAND_DISPLAY"])))
        self._unread = b""
        self._descriptors: list[int] = []
        self._listeners: dict[int, tuple[Handler, ...]] = {}
        self._last = _REGISTRY
        self._free: list[int] = []
        self.globals: dict[str, tuple[int, int]] = {}
        self.listen(_DISPLAY, self._error, self._deleted)
        self.listen(_REGISTRY, self._announced)
        self.send(_DISPLAY, 1, _REGISTRY)

    def fileno(self) -> int:
        return self._socket.fileno()

    def new(self, *listeners: Handler) -> int:
        """A number for an object that a request makes, and what its events do, in their order."""
        number = self._free.pop() if self._free else self._last + 1
        self._last = max(self._last, number)
        self.listen(number, *listeners)
        return number

    def listen(self, number: int, *listeners: Handler) -> None:
        self._listeners[number] = listeners

    def forget(self, number: int) -> None:
        """Of an object of the server's that this client has destroyed."""
        if number >= _OURS:
            self._listeners.pop(number, None)

    def bind(self, interface: str, version: int, *listeners: Handler) -> int:
        """Raises `KeyError` for one that is not there."""
        name, _offered = self.globals[interface]
        number = self.new(*listeners)
        self.send(_REGISTRY, 0, name, interface, version, number)
        return number

    def sync(self, done: Callable[[], None]) -> None:
        """Call `done` when the server has dealt with everything before."""
        self.send(_DISPLAY, 0, self.new(lambda _event: done()))

    # --- in and out

    def send(self, target: int, request: int, *arguments: int | str, descriptor: int = -1) -> None:
        """0 stands for no object, and for no text."""
        body = b"".join(_packed(argument) for argument in arguments)
        message = struct.pack("=II", target, (len(body) + 8) << 16 | request) + body
        if descriptor < 0:
            self._socket.sendall(message)
            return
        sent = socket.send_fds(self._socket, [message], [descriptor])
        self._socket.sendall(message[sent:])

    def receive(self) -> None:
        """Take what has come; waits for it if nothing has."""
        data, descriptors, _flags, _address = socket.recv_fds(self._socket, _READ, _MOST_DESCRIPTORS)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        self._descriptors += descriptors
        if not data:
            raise ConnectionResetError("the display server has ended")
        self._unread += data
        while len(self._unread) >= 8:
            source, word = struct.unpack_from("=II", self._unread)
            size = max(word >> 16, 8)
            if len(self._unread) < size:
                break
            body, self._unread = self._unread[8:size], self._unread[size:]
            listeners = self._listeners.get(source, ())
            if word & 0xFFFF < len(listeners):
                listeners[word & 0xFFFF](Arguments(body, self._descriptors))

    # --- what every client hears

    def _announced(self, event: Arguments) -> None:
        name, interface, version = event.word(), event.text(), event.word()
        # The first of a name: one that comes later takes a permission that may be taken back.
        self.globals.setdefault(interface, (name, version))

    def _error(self, event: Arguments) -> None:
        _object, code = event.word(), event.word()
        raise ConnectionAbortedError(f"error {code}: {event.text()}")

    def _deleted(self, event: Arguments) -> None:
        number = event.word()
        self._listeners.pop(number, None)
        self._free.append(number)


def _packed(argument: int | str) -> bytes:
    if isinstance(argument, int):
        return struct.pack("=I", argument)
    data = argument.encode() + b"\0"
    return struct.pack("=I", len(data)) + data + bytes(-len(data) % 4)
