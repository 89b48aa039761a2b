"""Moments at which something has to happen: one timerfd for all of them, armed only while there is one."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Hashable

from berth.display.loop import Loop

_libc = ctypes.CDLL(None, use_errno=True)
_TFD_TIMER_ABSTIME = 1
_TFD_FLAGS = os.O_CLOEXEC | os.O_NONBLOCK
_SECOND = 1_000_000_000
_FOREVER = 1 << 62  # ns, more than a century


class _Spec(ctypes.Structure):
    """struct itimerspec"""

    _fields_ = [(name, ctypes.c_long) for name in ("interval", "interval_ns", "seconds", "nanoseconds")]


class Timers:
    """Calls back once for each key, on the process's loop."""

    def __init__(self, loop: Loop) -> None:
        self._waiting: dict[Hashable, tuple[int, Callable[[], None]]] = {}
        self._armed = 0
        self._loop = loop
        self._fd = _libc.timerfd_create(time.CLOCK_MONOTONIC, _TFD_FLAGS)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        loop.watch(self._fd, self._due)

    def set(self, key: Hashable, moment: int, call: Callable[[], None]) -> None:
        """Call `call` as soon as the monotonic clock (ns) has reached `moment`; replaces what `key` waited for."""
        self._waiting[key] = (moment, call)
        if self._armed == 0 or moment < self._armed:
            self._arm(moment)

    def forget(self, key: Hashable) -> None:
        self._waiting.pop(key, None)

    def _arm(self, moment: int) -> None:
        self._armed = moment
        seconds, nanoseconds = divmod(min(moment, _FOREVER), _SECOND)
        # Zero would disarm it; a moment long past expires at once.
        spec = _Spec(0, 0, seconds, nanoseconds if moment else 0)
        _libc.timerfd_settime(self._fd, _TFD_TIMER_ABSTIME, ctypes.byref(spec), None)

    def _due(self, _events: int) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        now = time.monotonic_ns()
        self._armed = 0
        due = [(key, call) for key, (moment, call) in self._waiting.items() if moment <= now]
        for key, _call in due:
            del self._waiting[key]
        if self._waiting:
            self._arm(min(moment for moment, _call in self._waiting.values()))
        for _key, call in due:
            call()

    def close(self) -> None:
        self._loop.forget(self._fd)
        os.close(self._fd)
