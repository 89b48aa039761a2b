"""The room that the on-screen keyboard leaves: a loose window goes out of its way, so that what is typed can be seen.

Windows that fill their place have another size meanwhile, by what panels leave of the output. A loose one that has the
keyboard is moved up, and made lower if it is higher than what is left; it goes back afterwards, unless the user has
put it elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

from berth.core import layout
from berth.core.messages import Rect
from berth.ui.window import Window
from berth.ui.windows import Windows

_MARGIN = 8
"""Pixels between the text cursor and the keyboard."""


class KeyboardRoom:
    """Args:
    windows: of which the one with the focus is moved.
    cursor: where on screen the text cursor of a window's app is, None if it does not tell.
    """

    def __init__(self, windows: Windows, cursor: Callable[[Window], Rect | None]) -> None:
        self._windows = windows
        self._cursor = cursor
        self._lifted = 0
        self._home: Rect = (0, 0, 0, 0)
        self._there: Rect = (0, 0, 0, 0)  # where it was put

    def cover(self, output: str, height: int) -> bool:
        """The keyboard takes the lowest `height` pixels above the panel there; returns whether that is news."""
        covered = {output: height} if height else {}
        if covered == self._windows.places.covered:
            return False
        self._windows.places.covered = covered
        return True

    def reset(self) -> None:
        self._lifted = 0

    def settle(self) -> None:
        """Before windows are told where they are."""
        window = self._windows.get(self._windows.focused)
        lifts = window is not None and self._lifts(window)
        number = window.id if window is not None and lifts else 0
        if self._lifted and self._lifted != number:
            self._put_back()
        if window is not None and number:
            self._lift(window)

    def _lifts(self, window: Window) -> bool:
        covered = self._windows.places.covered.get(window.output, 0)
        return bool(covered) and window.shown and window.state == "normal" and window.id != self._windows.held

    def _lift(self, window: Window) -> None:
        if self._lifted == window.id and window.rect[:2] != self._there[:2]:
            return  # the user has moved it, and sees what there is to see
        area = self._windows.output(window.output).area
        insets = self._windows.insets_of(window)
        frame = layout.grow(window.rect, insets)
        bottom = area[1] + area[3]
        cursor = self._cursor(window)
        lowest = cursor[1] + cursor[3] + _MARGIN if cursor is not None else frame[1] + frame[3]
        top = max(area[1], frame[1] - max(0, frame[1] + frame[3] - bottom))
        if cursor is not None:
            # A window of a fixed size that is too high: rather its text cursor than its title bar.
            top = min(top, frame[1] - max(0, lowest - bottom))
        height = window.rect[3]
        if window.resizable:
            height = layout.limit_size(
                window.rect[2], min(height, area[3] - insets.top - insets.bottom), window.limits
            )[1]
        if top == frame[1] and height == window.rect[3]:
            return
        if self._lifted != window.id:
            self._lifted, self._home = window.id, window.rect
        window.rect = (window.rect[0], top + insets.top, *window.rect[2:])
        window.target = (window.rect[2], height)
        self._there = window.rect

    def _put_back(self) -> None:
        window, self._lifted = self._windows.get(self._lifted), 0
        if window is None or window.state != "normal" or window.rect[:2] != self._there[:2]:
            return
        window.rect = (*self._home[:2], *window.rect[2:])
        window.target = self._home[2:]
