"""A Wayland client on the bare wire, so that wrong use can be sent as well as right use.

Requests are marshalled from pywayland's interface tables; nothing is checked on the way out.
"""

from __future__ import annotations

import array
import contextlib
import os
import socket
import stat
import struct
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pywayland.protocol import wayland
from pywayland.scanner.argument import ArgumentType as T

WAIT = 30.0
"""Seconds after which what has not come will not come, however busy the machine is."""

refusals: set[tuple[str, int]] = set()
"""Interface and code of every protocol error that any client of this run got."""


clients: set[RawClient] = set()
"""Those that nobody has closed yet."""


class ClientError(Exception):
    """The server ended the connection with a protocol error."""

    def __init__(self, interface: str, code: int, message: str) -> None:
        super().__init__(f"{interface} error {code}: {message}")
        self.interface = interface
        self.code = code
        self.message = message


class Event:
    def __init__(self, target: Object, name: str, arguments: tuple[Any, ...]) -> None:
        self.target = target
        self.name = name
        self.arguments = arguments

    def __repr__(self) -> str:
        return f"{self.target.interface.name}.{self.name}{self.arguments}"


class Object:
    """A protocol object; requests are its methods, and a request that creates an object returns it."""

    def __init__(self, client: RawClient, interface: Any, number: int, version: int) -> None:
        self.client = client
        self.interface = interface
        self.number = number
        self.version = version
        self.events: list[Event] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        for opcode, request in enumerate(self.interface.requests):
            if request.name == name:
                return lambda *arguments: self.client.request(self, opcode, request, arguments)
        raise AttributeError(name)

    def named(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def last(self, name: str) -> tuple[Any, ...]:
        """Arguments of the latest event of that name."""
        return self.named(name)[-1].arguments


class Handed:
    """A descriptor of a pipe or a file in memory, whose number may be another's by now: anybody may have closed it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._file = self._which()

    def _which(self) -> tuple[int, int, int]:
        status = os.fstat(self._fd)
        return status.st_dev, status.st_ino, status.st_mode

    @property
    def is_memory(self) -> bool:
        """A keymap, a table."""
        return stat.S_ISREG(self._file[2])

    def close(self) -> None:
        known = self.is_memory or stat.S_ISFIFO(self._file[2])
        with contextlib.suppress(OSError):
            if known and self._which() == self._file:
                os.close(self._fd)


class RawClient:
    """Attributes:
    hangs: it leaves pings unanswered.
    """

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.socket.connect(os.fspath(path))
        self._next = 2
        self._input = b""
        self._output = b""
        self._fds_out: list[int] = []
        self.fds: deque[int] = deque()
        self._handed: list[Handed] = []  # came in events
        self.display = Object(self, wayland.WlDisplay, 1, 1)
        self.objects: dict[int, Object] = {1: self.display}
        self.error: ClientError | None = None
        self.hangs = False
        self.closed = False
        clients.add(self)
        self.registry = self.display.get_registry()
        self.roundtrip()

    # --- objects

    @property
    def globals(self) -> dict[str, tuple[int, int]]:
        """Interface name to (name, version) of what is announced now."""
        found: dict[str, tuple[int, int]] = {}
        names: dict[int, str] = {}
        for event in self.registry.events:
            if event.name == "global":
                name, interface, version = event.arguments
                found[interface] = (name, version)
                names[name] = interface
            else:
                found.pop(names[event.arguments[0]], None)
        return found

    def bind(self, interface: Any, version: int = 0) -> Object:
        name, highest = self.globals[interface.name]
        return self.bind_name(name, interface, version or highest)

    def bind_name(self, name: int, interface: Any, version: int) -> Object:
        made = self._new(interface, version)
        text = interface.name.encode() + b"\0"
        text += b"\0" * (-len(text) % 4)
        payload = struct.pack("=II", name, len(interface.name) + 1) + text + struct.pack("=II", version, made.number)
        self._message(self.registry.number, 0, payload)
        return made

    def _new(self, interface: Any, version: int) -> Object:
        made = Object(self, interface, self._next, version)
        self.objects[self._next] = made
        self._next += 1
        return made

    # --- out

    def request(self, target: Object, opcode: int, message: Any, arguments: tuple[Any, ...]) -> Object | None:
        payload = b""
        made: Object | None = None
        given = iter(arguments)
        for argument in message.arguments:
            kind = argument.argument_type
            if kind == T.NewId:
                made = self._new(argument.interface, target.version)
                payload += struct.pack("=I", made.number)
                continue
            value = next(given)
            if kind == T.FileDescriptor:
                self._fds_out.append(os.dup(value))
            elif kind == T.Int:
                payload += struct.pack("=i", value)
            elif kind == T.Uint:
                payload += struct.pack("=I", value)
            elif kind == T.Fixed:
                payload += struct.pack("=i", round(value * 256))
            elif kind == T.Object:
                payload += struct.pack("=I", 0 if value is None else value.number)
            elif kind == T.String:
                text = b"" if value is None else value.encode() + b"\0"
                payload += struct.pack("=I", len(text)) + text + b"\0" * (-len(text) % 4)
            elif kind == T.Array:
                payload += struct.pack("=I", len(value)) + value + b"\0" * (-len(value) % 4)
        self._message(target.number, opcode, payload)
        return made

    def _message(self, number: int, opcode: int, payload: bytes) -> None:
        self._output += struct.pack("=IHH", number, opcode, 8 + len(payload)) + payload
        if self._fds_out:
            self.flush()

    def raw(self, data: bytes) -> None:
        self._output += data

    def flush(self) -> None:
        data, self._output = self._output, b""
        fds, self._fds_out = self._fds_out, []
        try:
            if fds:
                sent = self.socket.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
                data = data[sent:]
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            # The reason is still to be read.
            pass
        finally:
            for fd in fds:
                os.close(fd)

    # --- in

    def _read(self, timeout: float) -> None:
        self.socket.settimeout(timeout)
        try:
            data, ancillary, _flags, _address = self.socket.recvmsg(65536, socket.CMSG_SPACE(4 * 64))
        except ConnectionResetError:
            data, ancillary = b"", []
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers = array.array("i")
                numbers.frombytes(payload)
                self.fds.extend(numbers)
        if not data:
            self.closed = True
            raise self.error or ClientError("connection", -1, "closed")
        self._input += data
        self._parse()

    def _parse(self) -> None:
        while len(self._input) >= 8:
            number, opcode, length = struct.unpack_from("=IHH", self._input)
            if len(self._input) < length:
                return
            payload, self._input = self._input[8:length], self._input[length:]
            target = self.objects.get(number)
            if target is not None:
                self._event(target, opcode, payload)

    def _event(self, target: Object, opcode: int, payload: bytes) -> None:
        message = target.interface.events[opcode]
        arguments: list[Any] = []
        at = 0
        for argument in message.arguments:
            kind = argument.argument_type
            if kind == T.FileDescriptor:
                fd = self.fds.popleft()
                self._handed.append(Handed(fd))
                arguments.append(fd)
                continue
            (word,) = struct.unpack_from("=i" if kind in (T.Int, T.Fixed) else "=I", payload, at)
            at += 4
            if kind == T.Fixed:
                arguments.append(word / 256)
            elif kind == T.Object:
                arguments.append(self.objects.get(word))
            elif kind == T.NewId:
                self.objects[word] = made = Object(self, argument.interface, word, target.version)
                arguments.append(made)
            elif kind in (T.String, T.Array):
                data = payload[at : at + word]
                at += word + -word % 4
                arguments.append(data if kind == T.Array else data[:-1].decode() if word else None)
            else:
                arguments.append(word)
        if target is self.display:
            self._display_event(message.name, payload, arguments)
        else:
            target.events.append(Event(target, message.name, tuple(arguments)))
            if message.name == "ping" and not self.hangs:
                target.pong(*arguments)
                self.flush()

    def _display_event(self, name: str, payload: bytes, arguments: list[Any]) -> None:
        if name == "delete_id":
            self.objects.pop(arguments[0], None)
            return
        broken = self.objects.get(struct.unpack_from("=I", payload)[0])
        self.error = ClientError("?" if broken is None else broken.interface.name, arguments[1], arguments[2])
        refusals.add((self.error.interface, self.error.code))

    def until(self, condition: Callable[[], object], timeout: float = WAIT) -> None:
        self.flush()
        deadline = time.monotonic() + timeout
        while not condition():
            self._read(max(deadline - time.monotonic(), 0.001))

    def roundtrip(self) -> None:
        """Raises `ClientError` if the server refuses something that was sent."""
        callback = self.display.sync()
        self.until(lambda: callback.events)

    def close(self) -> None:
        """Pipes that came may still be read or written, until `end`."""
        clients.discard(self)
        self.socket.close()
        while self.fds:
            os.close(self.fds.popleft())
        for handed in self._handed:
            if handed.is_memory:
                handed.close()
        self._handed = [handed for handed in self._handed if not handed.is_memory]

    def end(self) -> None:
        """With nothing left of it."""
        self.close()
        while self._handed:
            self._handed.pop().close()
