"""One connection on display.sock: frames in, frames out, on the process's own loop."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence

from berth.core.messages import PROTOCOL_VERSION, AnyMessage, Hello, ProblemInfo
from berth.core.problem import Problem
from berth.display.loop import READ, WRITE, Loop
from berth.link.frames import FrameReader, FrameWriter, receive

ROLES = ("ui", "engine")


class Peer:
    """The other side: nobody until its `Hello`, then the ui or the engine.

    Args:
        on_hello: called once, when the peer has said what it is.
        on_message: called for each later message; the descriptors are its to close.
        on_read: called after the messages that came together.
        on_close: called once, when the connection ends in any way but by `close`.
    """

    def __init__(
        self,
        loop: Loop,
        connection: socket.socket,
        on_hello: Callable[[Peer], None],
        on_message: Callable[[Peer, AnyMessage, list[int]], None],
        on_read: Callable[[], None],
        on_close: Callable[[Peer], None],
    ) -> None:
        connection.setblocking(False)
        self.role = ""
        self._loop = loop
        self._socket = connection
        self._reader = FrameReader()
        self._writer = FrameWriter(connection)
        self._on_hello = on_hello
        self._on_message = on_message
        self._on_read = on_read
        self._on_close = on_close
        self._open = True
        self._writing = False
        loop.watch(connection.fileno(), self._ready)

    def send(self, message: AnyMessage, fds: Sequence[int] = ()) -> None:
        """Queue a message; takes ownership of `fds`. Silently dropped once the connection is lost."""
        if not self._open:
            for fd in fds:
                os.close(fd)
            return
        try:
            self._writer.send(message, fds)
        except (OSError, Problem):
            self._lost()
            return
        if self._writer.pending and not self._writing:
            self._writing = True
            self._loop.change(self._socket.fileno(), READ | WRITE)

    @property
    def backlog(self) -> int:
        """Bytes that the peer has not read."""
        return self._writer.pending_bytes

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.forget(self._socket.fileno())
        self._reader.close()
        self._writer.close()
        self._socket.close()

    def _lost(self) -> None:
        if self._open:
            self.close()
            self._on_close(self)

    def _ready(self, events: int) -> None:
        if events & WRITE:
            try:
                self._writer.flush()
            except OSError:
                self._lost()
                return
            if not self._writer.pending:
                self._writing = False
                self._loop.change(self._socket.fileno(), READ)
        if events & ~WRITE:
            self._read()

    def _read(self) -> None:
        try:
            data, fds = receive(self._socket)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        if not data:
            self._lost()
            return
        try:
            messages = self._reader.feed(data, fds)
        except Problem as problem:
            self._refuse(problem)
            return
        for message, message_fds in messages:
            if not self._open:
                for fd in message_fds:
                    os.close(fd)
            elif self.role:
                self._on_message(self, message, message_fds)
            else:
                for fd in message_fds:
                    os.close(fd)
                self._greeted(message)
        self._on_read()

    def _greeted(self, message: AnyMessage) -> None:
        if not isinstance(message, Hello):
            self._refuse(Problem("no-hello", "The first message was no greeting."))
        elif message.version != PROTOCOL_VERSION:
            self._refuse(
                Problem(
                    "version-mismatch",
                    f"The display server speaks version {PROTOCOL_VERSION}, the other side version {message.version}.",
                    "Start the session again so that all its parts are of one version.",
                )
            )
        elif message.role not in ROLES:
            self._refuse(Problem("wrong-socket", f"The display server has nothing for the role “{message.role}”."))
        else:
            self.role = message.role
            self._on_hello(self)

    def _refuse(self, problem: Problem) -> None:
        self.send(ProblemInfo(problem.code, problem.message, problem.hint))
        self._lost()
