"""A client of the system bus, as far as logind needs one. Where there is no bus nothing happens.

Anybody on that bus can send this process a message, also with descriptors, which are closed.
Source: https://dbus.freedesktop.org/doc/dbus-specification.html.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from berth.display.dbus import wire
from berth.display.loop import Loop

_log = logging.getLogger("berth.display")

_SOCKET = "/run/dbus/system_bus_socket"
BUS, _BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
_READ = 64 << 10
_MOST_FDS = 253
"""Descriptors that the kernel lets one message have."""
_FIXED = 16
_MOST = 1 << 20
"""Bytes of one message. Anybody on the bus may send us more, which is passed over; what logind says is short."""

Answer = Callable[[wire.Message, list[int]], None]
"""Told what came back, a return or an error, with its descriptors: what is left in the list is closed."""


class SystemBus:
    """Args:
    begun: called when calls can be made.
    heard: told every signal.
    lost: called when there is no bus any more.
    """

    def __init__(
        self,
        loop: Loop,
        environment: Mapping[str, str],
        begun: Callable[[], None],
        heard: Callable[[wire.Message], None],
        lost: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._begun = begun
        self._heard = heard
        self._lost = lost
        self._serial = 0
        self._answers: dict[int, Answer] = {}
        self._data = bytearray()
        self._fds: deque[int] = deque()  # of messages that are still to come
        self._passed_over = 0  # bytes that are still to come of a message nobody reads
        self._greeting = ["OK", "AGREE_UNIX_FD"]  # what the bus is still to say first
        self._socket: socket.socket | None = _connected(environment.get("DBUS_SYSTEM_BUS_ADDRESS", ""))
        if self._socket is not None:
            loop.watch(self._socket.fileno(), self._readable)
            self._send(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")

    @property
    def there(self) -> bool:
        return self._socket is not None

    def call(self, to: str, path: str, interface: str, member: str, signature: str = "", *values: Any) -> int:
        self._serial += 1
        body = wire.body(signature, values)
        message = wire.Message(
            wire.METHOD_CALL, self._serial, path, interface, member, destination=to, signature=signature, body=body
        )
        self._send(message.encoded())
        return self._serial

    def ask(self, answer: Answer, to: str, path: str, interface: str, *call: Any) -> None:
        serial = self.call(to, path, interface, *call)
        if self._socket is not None:
            self._answers[serial] = answer

    def ask_bus(self, answer: Answer, member: str, text: str) -> None:
        self.ask(answer, BUS, _BUS_PATH, BUS, member, "s", text)

    def close(self) -> None:
        if self._socket is not None:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None
            self._answers.clear()
            self._drop_fds()
            self._lost()

    def _drop_fds(self) -> None:
        while self._fds:
            os.close(self._fds.popleft())

    def _send(self, data: bytes) -> None:
        if self._socket is None:
            return
        try:
            if self._socket.send(data) < len(data):
                self.close()
        except OSError:
            self.close()

    # --- reading

    def _readable(self, _events: int) -> None:
        assert self._socket is not None
        try:
            data, fds, _flags, _sender = socket.recv_fds(self._socket, _READ, _MOST_FDS, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        self._fds += fds
        rest = data[self._passed_over :]
        self._passed_over -= len(data) - len(rest)
        self._data += rest
        try:
            if not data or not self._take():
                self.close()
        except wire.WireError as error:
            _log.warning("the system bus: %s", error)
            self.close()

    def _take(self) -> bool:
        """Read what has come; returns whether the bus is of use."""
        if self._greeting and not self._greeted():
            return False
        if self._greeting:
            return True
        while (size := self._size()) and (size <= len(self._data) or size > _MOST):
            data = bytes(self._data[:size]) if size <= _MOST else b""
            self._passed_over = max(size - len(self._data), 0)
            del self._data[:size]
            if data:
                self._hear(data)
            else:
                self._drop_fds()  # it is the last that has begun, so they are its own
        return self._socket is not None

    def _greeted(self) -> bool:
        """Lines until the greeting is over; returns whether it can go on."""
        while self._greeting:
            line, end, rest = self._data.partition(b"\r\n")
            if not end:
                return len(line) < _READ and bytes(line[:1]) in (b"", b"O", b"A", b"E")
            if self._greeting.pop(0) == "OK":
                if not line.startswith(b"OK"):
                    return False
                self._send(b"NEGOTIATE_UNIX_FD\r\nBEGIN\r\n")
                self.call(BUS, _BUS_PATH, BUS, "Hello")
                self._begun()
            self._data = rest
        return True

    def _size(self) -> int:
        """Bytes of the message that begins in what has come; 0 if that is not known yet."""
        if len(self._data) < _FIXED:
            return 0
        order = {ord("l"): "<", ord("B"): ">"}.get(self._data[0])
        if order is None:
            raise wire.WireError("a byte order that is none")
        size, _serial, fields = struct.unpack_from(f"{order}III", self._data, 4)
        return int(_FIXED + fields + -fields % 8 + size)

    def _hear(self, data: bytes) -> None:
        fds: list[int] = []
        try:
            message = wire.decode(data)
            fds = [self._fds.popleft() for _fd in range(min(message.unix_fds, len(self._fds)))]
            self._handle(message, fds)
        except wire.WireError as error:
            # Of whoever speaks to everybody; the next message may be logind's again.
            _log.debug("the system bus: %s", error)
        finally:
            for fd in fds:
                os.close(fd)

    def _handle(self, message: wire.Message, fds: list[int]) -> None:
        if message.kind in (wire.METHOD_RETURN, wire.ERROR):
            answer = self._answers.pop(message.reply_to, None)
            if answer is not None:
                answer(message, fds)
        elif message.kind == wire.SIGNAL:
            self._heard(message)


def _connected(address: str) -> socket.socket | None:
    """To the first socket that `address` (of D-Bus) names, or where the bus usually is; None without one."""
    place = _SOCKET
    for part in filter(None, address.split(";")):
        kind, _colon, rest = part.partition(":")
        named = dict(entry.split("=", 1) for entry in rest.split(",") if "=" in entry)
        if kind == "unix" and ("path" in named or "abstract" in named):
            place = named.get("path") or "\0" + named["abstract"]
            break
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    connection.setblocking(False)
    try:
        connection.connect(place)
    except OSError:
        connection.close()
        return None
    return connection
