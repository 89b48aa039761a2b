"""Going to sleep waits for the lock to be on the screen, so that nobody sees what was there when the machine wakes.

logind gives whoever asks a descriptor, and waits for all of them to be closed, for a few seconds at most
(InhibitDelayMaxSec of logind.conf). A new one is taken after waking.
Source: https://systemd.io/INHIBITOR_LOCKS/.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import partial

from berth.display.dbus import wire
from berth.display.logind import Logind

_log = logging.getLogger("berth.display")


class Sleep:
    """Args:
    lock: locks the session.
    covered: whether nothing but the lock can be seen, or there is nothing to wait for.
    """

    def __init__(self, logind: Logind, lock: Callable[[], None], covered: Callable[[], bool]) -> None:
        self._logind = logind
        self._lock = lock
        self._covered = covered
        self._fd = -1
        self._asked = False
        self._turn = 0  # of logind; what one that is gone answers is old
        self._falling = False  # asleep, or waiting for the screen before that
        logind.sleeps = self._sleeps
        logind.came.append(self._take)
        logind.gone.append(self._lost)

    def check(self) -> None:
        """What can be seen may have changed."""
        if self._falling and self._covered():
            self._release()

    def close(self) -> None:
        self._release()

    def _sleeps(self, asleep: bool) -> None:
        self._falling = asleep
        if asleep:
            self._lock()
            self.check()
        else:
            self._take()

    def _take(self) -> None:
        if self._fd < 0 and not self._asked:
            self._asked = True
            why = ("sleep", "Berth", "The screen is locked before that.", "delay")
            self._logind.ask(partial(self._taken, self._turn), "Inhibit", "ssss", *why)

    def _taken(self, turn: int, message: wire.Message, fds: list[int]) -> None:
        if turn != self._turn:
            return
        self._asked = False
        if message.kind == wire.METHOD_RETURN and fds:
            self._fd = fds.pop(0)
            self.check()
        else:
            _log.warning("sleep does not wait for the lock: %s", message.first_string() or message.error)

    def _lost(self) -> None:
        self._turn += 1
        self._asked = self._falling = False
        self._release()

    def _release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
