"""Accepting connections for as long as there are descriptors, and turning them away when there are none."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable

from berth.display.loop import READ, Loop


class Acceptor:
    """A listening socket on the loop; each connection goes to `accepted`, which owns it.

    One descriptor is kept in reserve: without it, a process that has run out could not even take
    a waiting connection off the queue, and would be woken for it again and again.
    """

    def __init__(self, loop: Loop, listener: socket.socket, accepted: Callable[[socket.socket], None]) -> None:
        self._loop = loop
        self._listener = listener
        self._accepted = accepted
        self._reserve = _reserve()
        listener.setblocking(False)
        loop.watch(listener.fileno(), self._ready)

    def _ready(self, _events: int) -> None:
        try:
            connection, _address = self._listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._turn_away()
            # Anything else means that the other side gave up before we came to it.
            return
        connection.setblocking(False)
        self._accepted(connection)

    def _turn_away(self) -> None:
        os.close(self._reserve)
        try:
            connection, _address = self._listener.accept()
            connection.close()
        except OSError:
            pass
        self._reserve = _reserve()

    def hold(self) -> None:
        """Let connections wait, until `go_on`."""
        self._watch(0)

    def go_on(self) -> None:
        self._watch(READ)

    def _watch(self, events: int) -> None:
        # What was done in the very turn in which it was closed is accounted for later.
        if self._listener.fileno() >= 0:
            self._loop.change(self._listener.fileno(), events)

    def close(self) -> None:
        self._loop.forget(self._listener.fileno())
        self._listener.close()
        os.close(self._reserve)


def _reserve() -> int:
    return os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
