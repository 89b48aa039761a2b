"""When frames are drawn and acknowledged: at the screen's pace while something changes, never otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtQuick import QQuickWindow

_UNSEEN_PERIOD = 1.0
"""Seconds between frames while the host hides our window: clients go on, but cost little."""


class FrameClock(QObject):
    """Turns wishes for a frame into at most one frame per refresh of the screen.

    Args:
        apply: makes pending changes current and tells whether they can be seen.
        done: called with the number of the newest commit that is on screen, the time (ns), and whether
            the host shows our window.
    """

    def __init__(
        self, window: QQuickWindow, apply: Callable[[], bool], done: Callable[[int, int, bool], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._apply = apply
        self._done = done
        self._wanted = 0
        self._applied = 0
        self._acknowledged = 0
        self._last = 0.0
        self._refresh = 1 / 60
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        window.frameSwapped.connect(self._swapped)

    def want(self, seq: int) -> None:
        """Commit `seq` waits to be drawn, or a client for the next frame."""
        self._wanted = max(self._wanted, seq)
        if not self._timer.isActive():
            due = self._last + self._period() - time.monotonic()
            self._timer.start(max(round(due * 1000), 0))

    def set_refresh(self, rate: float) -> None:
        """Frames per second of the screen."""
        self._refresh = 1 / max(rate, 1.0)

    @property
    def refresh(self) -> int:
        """Nanoseconds from one frame to the next."""
        return round(self._refresh * 1e9)

    def reset(self) -> None:
        """Numbers begin anew."""
        self._timer.stop()
        self._wanted = self._applied = self._acknowledged = 0

    def _period(self) -> float:
        if not self._window.isExposed():
            return _UNSEEN_PERIOD
        return self._refresh

    def _tick(self) -> None:
        self._last = time.monotonic()
        visible = self._apply()
        self._applied = self._wanted
        if visible and self._window.isExposed():
            self._window.update()
        else:
            self._finished(self._window.isExposed())

    def _swapped(self) -> None:
        self._finished(True)

    def _finished(self, exposed: bool) -> None:
        if self._applied > self._acknowledged:
            self._acknowledged = self._applied
            self._done(self._applied, time.monotonic_ns(), exposed)


def monotonic_ms() -> int:
    """The time that input and frames are stamped with."""
    return int(time.monotonic() * 1000) & 0xFFFFFFFF
