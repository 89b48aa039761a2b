"""The blocking end of the link, for the command line, the supervisor and tests."""

from __future__ import annotations

import os
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from berth.core.messages import AnyMessage, Call, EngineRequest, Failure, Hello, Reply, Result, ShellRequest
from berth.core.problem import Problem
from berth.link.frames import FrameReader, encode, receive


class BlockingLink:
    """A connection used by one thread; every call blocks, bounded by its timeout in seconds."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._reader = FrameReader()
        self._inbox: deque[tuple[AnyMessage, list[int]]] = deque()
        self._calls = 0

    @classmethod
    def connect(cls, path: Path, hello: Hello) -> BlockingLink:
        """Raises `Problem` ``no-session`` if nobody listens at `path`."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            connection.connect(os.fspath(path))
        except OSError:
            connection.close()
            raise Problem("no-session", "No Berth session is running.", "Start one with: berth session") from None
        link = cls(connection)
        link.send(hello)
        return link

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: AnyMessage, fds: Sequence[int] = ()) -> None:
        """The descriptors stay the caller's. Raises `Problem` ``connection-lost``."""
        frame = encode(message, len(fds))
        try:
            self._socket.settimeout(None)
            sent = socket.send_fds(self._socket, [frame], list(fds)) if fds else 0
            self._socket.sendall(frame[sent:])
        except OSError:
            raise _lost() from None

    def receive(self, timeout: float | None = None) -> tuple[AnyMessage, list[int]]:
        """The next message and its descriptors.

        Raises:
            Problem: ``timeout``, ``connection-lost`` or ``bad-message``.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._inbox:
            try:
                self._socket.settimeout(None if deadline is None else max(deadline - time.monotonic(), 0.001))
                data, fds = receive(self._socket)
            except TimeoutError:
                raise Problem("timeout", "Berth did not answer in time.") from None
            except OSError:
                raise _lost() from None
            if not data:
                raise _lost()
            self._inbox.extend(self._reader.feed(data, fds))
        return self._inbox.popleft()

    def call(
        self,
        request: EngineRequest | ShellRequest,
        fds: Sequence[int] = (),
        timeout: float | None = None,
        on_event: Callable[[AnyMessage], None] | None = None,
    ) -> Result:
        """Send a request and wait for its result; other messages go to `on_event`.

        Raises:
            Problem: what the other side answered, or as in `receive`.
        """
        self._calls += 1
        number = self._calls
        self.send(Call(number, request), fds)
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if deadline is None else max(deadline - time.monotonic(), 0.001)
            message, extra = self.receive(left)
            for fd in extra:
                os.close(fd)
            if isinstance(message, Reply) and message.call == number:
                return message.result
            if isinstance(message, Failure) and message.call == number:
                problem = message.problem
                raise Problem(problem.code, problem.message, problem.hint)
            if on_event is not None:
                on_event(message)

    def close(self) -> None:
        for _message, fds in self._inbox:
            for fd in fds:
                os.close(fd)
        self._inbox.clear()
        self._reader.close()
        self._socket.close()


def _lost() -> Problem:
    return Problem("connection-lost", "The connection to Berth was lost.", "See: berth doctor")
