"""Tells the display server when nothing but the lock can be seen any more: going to sleep waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject
from PySide6.QtQuick import QQuickWindow

from berth.core.messages import LockShown, LockState, SceneRequest

_FRAMES = 2
"""The host asks for the second one when the first is on the screen."""


class LockWatch(QObject):
    """Args:
    windows: those that the host shows something of.
    send: takes messages for the display server.
    """

    def __init__(self, windows: Callable[[], Iterable[QQuickWindow]], send: Callable[[SceneRequest], None]) -> None:
        super().__init__()
        self._windows = windows
        self._send = send
        self._number = -1  # of the lock that was told of, or is waited for
        self._missing: dict[QQuickWindow, int] = {}  # frames of each

    def take(self, state: LockState) -> None:
        """Called when the lock stands before everything else, or is gone."""
        number = state.number if state.locked else -1
        if number == self._number:
            return
        self.reset()
        self._number = number
        if state.locked:
            self._missing = dict.fromkeys(self._windows(), _FRAMES)
            for window in self._missing:
                window.frameSwapped.connect(self._swapped)
                window.visibleChanged.connect(self._gone)
                window.update()
            self._check()

    def reset(self) -> None:
        """Another display server has to be told anew."""
        self._number = -1
        for window in tuple(self._missing):
            self._forget(window)

    def _swapped(self) -> None:
        window = self.sender()
        assert isinstance(window, QQuickWindow)
        self._missing[window] -= 1
        if self._missing[window]:
            window.update()
        else:
            self._forget(window)
            self._check()

    def _gone(self) -> None:
        window = self.sender()
        assert isinstance(window, QQuickWindow)
        self._forget(window)
        self._check()

    def _forget(self, window: QQuickWindow) -> None:
        del self._missing[window]
        window.frameSwapped.disconnect(self._swapped)
        window.visibleChanged.disconnect(self._gone)

    def _check(self) -> None:
        if not self._missing:
            self._send(LockShown(self._number))
