"""The Qt end of the link, for the ui process: signals on the main thread, no asyncio."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

from berth.core.messages import AnyMessage, Hello
from berth.core.problem import Problem
from berth.link.frames import RECEIVE, FrameReader, FrameWriter, receive

_RETRY_MS = 100
_READING = 0.008
"""Seconds that one `read` may take: half a frame."""


class QtLink(QObject):
    """A connection that re-establishes itself.

    `on_open` runs after each connection (the hello is sent already), `on_message` for each
    message (the descriptors are its to close), `on_read` after the messages that came
    together, `on_close` when the connection is lost.
    Between two attempts it waits 100 ms; a supervisor that holds the listening socket
    makes the first attempt succeed.
    """

    def __init__(
        self,
        path: Path,
        hello: Hello,
        on_message: Callable[[AnyMessage, list[int]], None],
        on_open: Callable[[], None] | None = None,
        on_close: Callable[[], None] | None = None,
        parent: QObject | None = None,
        on_read: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(parent)
        self._path = path
        self._hello = hello
        self._on_message = on_message
        self._on_open = on_open
        self._on_close = on_close
        self._on_read = on_read
        self._socket: socket.socket | None = None
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY_MS)
        self._retry.timeout.connect(self.open)
        self._told = QTimer(self)
        self._told.setSingleShot(True)
        self._told.setInterval(0)
        self._told.timeout.connect(self._tell_lost)

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def open(self) -> None:
        if self._socket is not None:
            return
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            connection.connect(os.fspath(self._path))
        except OSError:
            connection.close()
            self._retry.start()
            return
        connection.setblocking(False)
        self._socket = connection
        self._reader = FrameReader()
        self._writer = FrameWriter(connection)
        self._read_notifier = QSocketNotifier(connection.fileno(), QSocketNotifier.Type.Read, self)
        self._read_notifier.activated.connect(self._readable)
        self._write_notifier = QSocketNotifier(connection.fileno(), QSocketNotifier.Type.Write, self)
        self._write_notifier.setEnabled(False)
        self._write_notifier.activated.connect(self._writable)
        self.send(self._hello)
        if self._on_open is not None:
            self._on_open()

    def send(self, message: AnyMessage, fds: Sequence[int] = ()) -> None:
        """Queue a message; takes ownership of `fds`. Dropped while there is no connection."""
        if self._socket is None:
            for fd in fds:
                os.close(fd)
            return
        self._write(lambda: self._writer.send(message, fds))

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is sent meanwhile goes out as one piece: however long this process is held up, the other side never
        has some of it alone."""
        held = None if self._socket is None else self._writer
        if held is not None:
            held.hold()
        try:
            yield
        finally:
            if held is not None and self._socket is not None and held is self._writer:
                self._write(held.release)

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except (OSError, Problem):
            # Whoever sends may be in the middle of something: the loss is told from the event loop.
            self._drop()
            self._told.start()
            return
        if self._writer.pending:
            self._write_notifier.setEnabled(True)

    def close(self) -> None:
        """Close for good, without `on_close`."""
        self._on_close = None
        self._drop()
        self._retry.stop()
        self._told.stop()

    def _drop(self) -> None:
        if self._socket is None:
            return
        self._read_notifier.setEnabled(False)
        self._write_notifier.setEnabled(False)
        self._read_notifier.deleteLater()
        self._write_notifier.deleteLater()
        self._reader.close()
        self._writer.close()
        self._socket.close()
        self._socket = None

    def _lost(self) -> None:
        self._drop()
        self._tell_lost()

    def _tell_lost(self) -> None:
        if self._on_close is not None:
            self._on_close()
        self._retry.start()

    def _writable(self) -> None:
        try:
            self._writer.flush()
        except OSError:
            self._lost()
            return
        self._write_notifier.setEnabled(self._writer.pending)

    def pause(self) -> None:
        """Leave what arrives alone until `resume`; only `read` takes it."""
        if self._socket is not None:
            self._read_notifier.setEnabled(False)

    def resume(self) -> None:
        if self._socket is not None:
            self._read_notifier.setEnabled(True)

    def read(self) -> None:
        """Handle the messages that have arrived; what comes faster than that waits, so that there are frames, too."""
        end = time.monotonic() + _READING
        while self._socket is not None and self._read_some() and time.monotonic() < end:
            pass

    def _readable(self) -> None:
        if self._socket is None:
            return
        self._read_some()
        if self._on_read is not None:
            self._on_read()

    def _read_some(self) -> bool:
        """Handle what one read brings; tells whether there may be more: one read never goes beyond a message with
        descriptors."""
        assert self._socket is not None
        try:
            data, fds = receive(self._socket)
        except BlockingIOError:
            return False
        except OSError:
            data, fds = b"", []
        if not data:
            self._lost()
            return False
        try:
            messages = self._reader.feed(data, fds)
        except Problem:
            self._lost()
            return False
        for message, message_fds in messages:
            self._on_message(message, message_fds)
        return bool(fds) or len(data) == RECEIVE
