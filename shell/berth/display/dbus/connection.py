"""One connection of an app to its message bus: the handshake, then messages in and out, each within bounds."""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from berth.display.dbus import wire
from berth.display.dbus.match import Rule
from berth.display.loop import READ, WRITE, Loop

if TYPE_CHECKING:
    from berth.display.dbus.bus import Bus

_log = logging.getLogger("berth.display")

_AT_ONCE = 8 << 10
"""Bytes that are read in a turn."""
_TURN = 2_000_000
"""ns after which what has been read waits for the next turn: one message can be news to all connections."""
_MAX_LINE = 1 << 10
_MAX_LINES = 16
_MAX_UNREAD = 1 << 20
"""Bytes that a client leaves unread before it is given up."""
_EXTERNAL = re.compile(rb"AUTH EXTERNAL( [0-9a-fA-F]*)?")


class Connection:
    """Args:
    spent: told how long (ns) each turn's work for the client took.

    Attributes:
        name: unique on its bus, "" until `Hello`.
        waiting: calls on their way to it, by caller and the caller's serial.
    """

    def __init__(self, bus: Bus, loop: Loop, connection: socket.socket, spent: Callable[[int], None]) -> None:
        self.name = ""
        self.rules: list[Rule] = []
        self.waiting: set[tuple[Connection, int]] = set()
        self._bus = bus
        self._loop = loop
        self._socket = connection
        self._spent = spent
        self._in = bytearray()
        self._out = bytearray()
        self._skip = 0  # bytes of a message that is not passed on
        self._lines = 0
        self._ready = False
        self._held = False
        self._behind = False  # has read what it has not looked at yet
        self._watched = READ
        self.open = True
        loop.watch(connection.fileno(), self._work)

    def hold(self) -> None:
        """Read nothing until `go_on`."""
        self._held = True
        self._watch()

    def go_on(self) -> None:
        self._held = False
        self._watch()

    def send(self, data: bytes) -> None:
        """Write now what the socket takes, the rest later; whoever does not read is given up."""
        if not self.open:
            return
        self._out += data
        self._flush()
        if len(self._out) > _MAX_UNREAD:
            self._bus.give_up(self, "did not read what it was told")

    def close(self) -> None:
        if self.open:
            self.open = False
            self._loop.forget(self._socket.fileno())
            self._socket.close()

    def _watch(self) -> None:
        """While it is behind, the next turn comes with more to read or room for an answer. Room alone would not do:
        who writes a lot before reading again would wait for us, and we for them."""
        behind = self._behind and not self._held
        events = (0 if self._held else READ) | (WRITE if self._out or behind else 0)
        if self.open and events != self._watched:
            self._watched = events
            self._loop.change(self._socket.fileno(), events)

    def _flush(self) -> None:
        try:
            sent = self._socket.send(self._out) if self._out else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self._bus.gone(self)
            return
        del self._out[:sent]
        self._watch()

    def _work(self, events: int) -> None:
        began = time.monotonic_ns()
        if events & WRITE:
            self._flush()
        # The loop tells of who has hung up again and again, also while it is held: so that is gone through to its end.
        wanted = events & ~WRITE or (self._behind and not self._held)
        if self.open and wanted and (self._behind or self._read()):
            self._take(began + _TURN)
        self._spent(time.monotonic_ns() - began)

    def _read(self) -> bool:
        try:
            # Descriptors that come along are dropped by the kernel: nobody has been told that they may be sent.
            data = self._socket.recv(_AT_ONCE)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self._in += data
        if not data:
            self._bus.gone(self)
        return bool(data)

    def _take(self, until: int) -> None:
        """What has been read, in a turn that ends then (ns)."""
        self._behind = False
        try:
            while self.open and not self._behind and (self._take_message() if self._ready else self._take_line()):
                self._behind = time.monotonic_ns() > until
        except wire.WireError as error:
            self._bus.give_up(self, f"broke the protocol of message buses: {error}")
        except Exception:
            _log.exception("a message of a message bus failed")
            self._bus.give_up(self, "internal error in the display server")
        self._watch()

    def _take_message(self) -> bool:
        if self._skip:
            skipped = min(self._skip, len(self._in))
            self._skip -= skipped
            del self._in[:skipped]
            return bool(self._in)
        size = wire.length(self._in)
        if size > wire.MAX_MESSAGE:
            return self._refuse(size)
        if not size or len(self._in) < size:
            return False
        message = wire.decode(bytes(self._in[:size]))
        del self._in[:size]
        self._bus.route(self, message)
        return True

    def _refuse(self, size: int) -> bool:
        """A message that is too large: who waits for it is told by what its header says, and the rest forgotten."""
        header = wire.header_length(self._in)
        if len(self._in) < header:
            return False
        message = wire.decode(bytes(self._in[:header]))
        del self._in[:header]
        self._skip = size - header
        self._bus.refuse(self, message)
        return True

    def _take_line(self) -> bool:
        """The handshake. Whoever can connect is the app, so what it says of itself does not matter."""
        line, end, rest = self._in.partition(b"\r\n")
        if not end:
            if len(self._in) > _MAX_LINE:
                raise wire.WireError("a handshake without an end")
            return False
        self._in = rest
        self._lines += 1
        if self._lines > _MAX_LINES:
            raise wire.WireError("a handshake without an end")
        self._answer(bytes(line.lstrip(b"\0")))
        return True

    def _answer(self, line: bytes) -> None:
        external = _EXTERNAL.fullmatch(line)
        if external is not None and external[1] is None:
            self.send(b"DATA\r\n")
        elif external is not None or line.startswith(b"DATA"):
            self.send(f"OK {self._bus.id}\r\n".encode())
        elif line == b"BEGIN":
            self._ready = True
        elif line.startswith((b"AUTH", b"CANCEL", b"ERROR")):
            self.send(b"REJECTED EXTERNAL\r\n")
        else:
            self.send(b"ERROR\r\n")
