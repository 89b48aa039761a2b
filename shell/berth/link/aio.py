"""The asyncio end of the link, for the engine."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence

from berth.core.messages import AnyMessage
from berth.core.problem import Problem
from berth.link.frames import FrameReader, FrameWriter, receive

Handler = Callable[["AsyncLink", AnyMessage, list[int]], None]


class AsyncLink:
    """One connection on the running loop.

    Args:
        on_message: called for each message; the descriptors are its to close.
        on_close: called once, with the `Problem` that ended the connection or None.
        limit: bytes that may wait for a peer that does not read, before the connection is given up.
    """

    def __init__(
        self,
        connection: socket.socket,
        on_message: Handler,
        on_close: Callable[[AsyncLink, Problem | None], None],
        limit: int = 256 << 20,
    ) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._reader = FrameReader()
        self._writer = FrameWriter(connection, limit)
        self._on_message = on_message
        self._on_close = on_close
        self._loop = asyncio.get_running_loop()
        self._open = True
        self._writing = False
        self._loop.add_reader(connection.fileno(), self._readable)

    @property
    def is_open(self) -> bool:
        return self._open

    def send(self, message: AnyMessage, fds: Sequence[int] = ()) -> None:
        """Queue a message; takes ownership of `fds`. Silently dropped once the link is closed."""
        if not self._open:
            for fd in fds:
                os.close(fd)
            return
        try:
            self._writer.send(message, fds)
        except OSError:
            self.close()
        except Problem as problem:
            self.close(problem)
        else:
            self._watch_writable()

    def close(self, problem: Problem | None = None) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._socket.fileno())
        if self._writing:
            self._loop.remove_writer(self._socket.fileno())
        self._reader.close()
        self._writer.close()
        self._socket.close()
        self._on_close(self, problem)

    def _watch_writable(self) -> None:
        if self._writer.pending and not self._writing:
            self._loop.add_writer(self._socket.fileno(), self._writable)
            self._writing = True
        elif self._writing and not self._writer.pending:
            self._loop.remove_writer(self._socket.fileno())
            self._writing = False

    def _writable(self) -> None:
        try:
            self._writer.flush()
        except OSError:
            self.close()
        else:
            self._watch_writable()

    def _readable(self) -> None:
        try:
            data, fds = receive(self._socket)
        except BlockingIOError:
            return
        except OSError:
            data, fds = b"", []
        if not data:
            self.close()
            return
        try:
            messages = self._reader.feed(data, fds)
        except Problem as problem:
            self.close(problem)
            return
        for message, message_fds in messages:
            if self._open:
                self._on_message(self, message, message_fds)
            else:
                for fd in message_fds:
                    os.close(fd)
