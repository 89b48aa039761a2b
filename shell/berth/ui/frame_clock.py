"""When frames are drawn and acknowledged: at the screen's pace while something changes, never otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtQuick import QQuickWindow

_UNSEEN_PERIOD = 1.0
"""Seconds between frames while the host hides our window: clients go on, but cost little."""


class Source(Protocol):
    """Where wishes for frames come from."""

    def pause(self) -> None:
        """Let nothing wake the process."""

    def resume(self) -> None: ...

    def read(self) -> None:
        """Take what has come meanwhile: calls `FrameClock.want`."""


class FrameClock(QObject):
    """Turns wishes for a frame into at most one frame per refresh of the screen.

    A wish after a pause is granted at once. While one frame follows another, `source` is read
    when a frame is due and not before, so that a frame wakes the process once.

    Args:
        apply: makes pending changes current and gives, for each that can be seen, the windows where it is; the first
            of those that the host shows sets the pace for it.
        done: called with the number of the newest commit that is on screen, the time (ns), and whether
            the host shows any of our windows.
    """

    def __init__(
        self,
        apply: Callable[[], list[list[QQuickWindow]]],
        done: Callable[[int, int, bool], None],
        source: Source,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._windows: set[QQuickWindow] = set()
        self._exposed: set[QQuickWindow] = set()
        self._drawing: set[QQuickWindow] = set()
        self._apply = apply
        self._done = done
        self._source = source
        self._wanted = 0
        self._applied = 0
        self._acknowledged = 0
        self._last = 0.0
        self._refresh = 1 / 60
        self._pacing = False  # the source is paused until the timer
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def watch(self, window: QQuickWindow) -> None:
        """`window` is one of those that `apply` may give."""
        self._windows.add(window)
        self.set_exposed(window, window.isExposed())
        window.frameSwapped.connect(lambda: self._swapped(window))

    def forget(self, window: QQuickWindow) -> None:
        self._windows.discard(window)
        self._exposed.discard(window)
        self._swapped(window)

    def set_exposed(self, window: QQuickWindow, exposed: bool) -> None:
        """Whether the host shows anything of a window, which is not asked of Qt frame by frame."""
        if exposed and window in self._windows:
            self._exposed.add(window)
        else:
            self._exposed.discard(window)

    def want(self, seq: int) -> None:
        """Commit `seq` waits to be drawn, or a client for the next frame."""
        self._wanted = max(self._wanted, seq)

    def schedule(self) -> None:
        """All wishes that came together are known: grant them now, or when the screen is ready for them."""
        if self._wanted == self._applied or self._timer.isActive():
            return
        due = self._last + self._period() - time.monotonic()
        if due <= 0:
            self._tick()
        else:
            self._sleep(due)

    def _sleep(self, due: float) -> None:
        """Wake up after `due` seconds."""
        if not self._pacing and self._exposed:
            self._pacing = True
            self._source.pause()
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
        self._stop_pacing()
        self._wanted = self._applied = self._acknowledged = 0
        self._drawing.clear()

    def _period(self) -> float:
        return self._refresh if self._exposed else _UNSEEN_PERIOD

    def _stop_pacing(self) -> None:
        if self._pacing:
            self._pacing = False
            self._source.resume()

    def _tick(self) -> None:
        now = time.monotonic()
        exposed = bool(self._exposed)
        if self._pacing:
            self._source.read()
            if self._wanted == self._applied or not exposed:
                self._stop_pacing()
                if self._wanted == self._applied:
                    return
        # A timer that comes late must not make every later frame late.
        ideal = self._last + self._refresh
        self._last = ideal if 0 <= now - ideal < self._refresh / 2 else now
        drawn = self._to_draw()
        self._applied = self._wanted
        if self._pacing:
            self._sleep(self._last + self._refresh - time.monotonic())
        for window in drawn:
            window.update()
        self._finish(exposed)

    def _to_draw(self) -> set[QQuickWindow]:
        """Make changes current; returns the windows that have to be drawn, and notes for which to wait."""
        changes = [[window for window in windows if window in self._exposed] for windows in self._apply()]
        self._drawing = {windows[0] for windows in changes if windows}
        return {window for windows in changes for window in windows}

    def _swapped(self, window: QQuickWindow) -> None:
        self._drawing.discard(window)
        self._finish(True)

    def _finish(self, exposed: bool) -> None:
        """Once every window shows what was applied."""
        if not self._drawing and self._applied > self._acknowledged:
            self._acknowledged = self._applied
            self._done(self._applied, time.monotonic_ns(), exposed)


def monotonic_ms() -> int:
    """The time that input and frames are stamped with."""
    return int(time.monotonic() * 1000) & 0xFFFFFFFF
