"""The process's event loop: epoll and nothing else, so that a wake-up costs microseconds and idleness nothing."""

from __future__ import annotations

import logging
import select
import signal
import socket
from collections.abc import Callable

READ = select.EPOLLIN
WRITE = select.EPOLLOUT
_MAX_ERRORS = 1_000

_log = logging.getLogger("berth.display")


class Loop:
    """Calls a handler with the ready events of each watched descriptor, then `after_turn` once, then sleeps."""

    def __init__(self, after_turn: Callable[[], None]) -> None:
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[int], None]] = {}
        self._after_turn = after_turn
        self._running = False
        self._errors = 0

    def watch(self, fd: int, handler: Callable[[int], None], events: int = READ) -> None:
        self._handlers[fd] = handler
        self._epoll.register(fd, events)

    def change(self, fd: int, events: int) -> None:
        self._epoll.modify(fd, events)

    def forget(self, fd: int) -> None:
        if self._handlers.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def stop_on_signals(self) -> None:
        """SIGTERM and SIGINT end `run` after the current turn."""
        ours, kernel = socket.socketpair()
        kernel.setblocking(False)
        ours.setblocking(False)
        self._wakeup = (ours, kernel)
        signal.set_wakeup_fd(kernel.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        self.watch(ours.fileno(), lambda _events: _drain(ours))

    def stop(self) -> None:
        self._running = False

    def run(self) -> None:
        self._running = True
        poll = self._epoll.poll
        handlers = self._handlers
        self._after_turn()
        while self._running:
            for fd, events in poll():
                # An earlier handler of this turn may have closed the descriptor.
                handler = handlers.get(fd)
                if handler is not None:
                    self._guarded(handler, events)
            self._guarded(self._after_turn)

    def _guarded(self, function: Callable[..., None], *arguments: int) -> None:
        """The process's boundary for errors of ours: every open app hangs on it going on.

        Raises:
            Exception: what `function` raised, if that keeps happening: then a new start is better.
        """
        try:
            function(*arguments)
        except Exception:
            self._errors += 1
            if self._errors > _MAX_ERRORS:
                raise
            _log.exception("error in the display server")

    def close(self) -> None:
        self._epoll.close()


def _drain(connection: socket.socket) -> None:
    connection.recv(64)
