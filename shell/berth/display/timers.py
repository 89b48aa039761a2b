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
        # Zero would disarm it; a moment long past expires at once.
        self._armed = min(max(moment, 1), _FOREVER)
        spec = _Spec(0, 0, *divmod(self._armed, _SECOND))
        _libc.timerfd_settime(self._fd, _TFD_TIMER_ABSTIME, ctypes.byref(spec), None)

    def _due(self, _events: int) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        now = time.monotonic_ns()
        try:
            for key in [key for key, (moment, _call) in self._waiting.items() if moment <= now]:
                # An earlier call may have made a later one needless.
                _moment, call = self._waiting.pop(key, (0, None))
                if call is not None:
                    call()
        finally:
            self._armed = 0
            if self._waiting:
                self._arm(min(moment for moment, _call in self._waiting.values()))

    def close(self) -> None:
        self._loop.forget(self._fd)
        os.close(self._fd)
