"""Writing to a pipe that a client reads when it likes, or never."""

from __future__ import annotations

import os
import stat
import time

from berth.display.loop import WRITE, Loop
from berth.display.timers import Timers

_PATIENCE = 60_000_000_000
"""ns that a client may take to read what it asked for."""


class PipeWriter:
    """Takes over the descriptor of a client; until `write` or `close` its reader waits.

    What is no pipe is closed. The pipe is opened anew: whether writing waits belongs to the open file, which the
    client could change at any time.
    """

    def __init__(self, loop: Loop, timers: Timers, fd: int) -> None:
        self._loop = loop
        self._timers = timers
        self._left = memoryview(b"")
        self._watched = False
        self._fd = -1
        try:
            if stat.S_ISFIFO(os.fstat(fd).st_mode):
                self._fd = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            pass  # nobody reads it any more, or it is not ours to write
        finally:
            os.close(fd)

    @property
    def open(self) -> bool:
        return self._fd >= 0

    def write(self, data: bytes) -> None:
        """Write all of it in time, then close."""
        self._left = memoryview(data)
        self._go_on(WRITE)

    def _go_on(self, _events: int) -> None:
        if self._fd < 0:
            return
        try:
            while self._left:
                self._left = self._left[os.write(self._fd, self._left) :]
        except BlockingIOError:
            self._wait()
        except OSError:
            self.close()
        else:
            self.close()

    def _wait(self) -> None:
        if not self._watched:
            self._watched = True
            self._loop.watch(self._fd, self._go_on, WRITE)
            self._timers.set(self, time.monotonic_ns() + _PATIENCE, self.close)

    def close(self) -> None:
        if self._watched:
            self._watched = False
            self._loop.forget(self._fd)
            self._timers.forget(self)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
