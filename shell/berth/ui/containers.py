"""How large containers are on the screen, for rules in ``@container``.

A size counts only as far as it changes what is asked: all sizes of alike containers at which the same conditions hold
are told as one, so that a window that is being resized gets another look where a condition turns, and not before.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtQuick import QQuickItem
from shiboken6 import getCppPointer

from berth.themes.computed import Style
from berth.themes.element import Element, Size
from berth.themes.engine import Engine
from berth.themes.gradients import pixels
from berth.themes.properties import SIDES

MOST_QUERIES = 64
"""Different conditions."""
_MOST_TURNS = 10
"""In a second, of one item: nobody resizes it so fast, but a look that it has by its own size does."""

_Answers = tuple[bool, ...]


class _Seen:
    """An item that was a container when somebody looked."""

    __slots__ = ("answers", "element", "is_still", "size", "turns")

    def __init__(self) -> None:
        self.element: Element | None = None
        self.answers: _Answers = ()
        self.size: Size = (0.0, 0.0)
        self.turns: deque[float] = deque(maxlen=_MOST_TURNS)
        self.is_still = False


class Containers:
    """Args:
    engine: has the rules.
    turned: called when a container has grown or shrunk so far that it answers otherwise.
    circled: called when the look of a container changes its size, and back, without an end: it stays as it is.
    """

    def __init__(self, engine: Engine, turned: Callable[[], None], circled: Callable[[], None]) -> None:
        self._engine = engine
        self._turned = turned
        self._circled = circled
        self._seen: dict[int, _Seen] = {}
        self._heard: set[int] = set()
        self._standing: dict[tuple[Element, _Answers], Size] = {}
        self._used: dict[tuple[Element, _Answers], Size] = {}

    def begin(self) -> None:
        """All items are measured again."""
        self._used = {}

    def end(self) -> None:
        """All have been."""
        self._standing = self._used

    def forget(self) -> None:
        """The rules may be others."""
        self._seen.clear()
        self._standing.clear()
        self._used.clear()

    def size(self, element: Element, item: QQuickItem) -> Size:
        """What stands for the size of the container `item`, which shows `element`."""
        pointer = getCppPointer(item)[0]
        seen = self._seen.get(pointer)
        if seen is None:
            seen = self._seen[pointer] = _Seen()
            self._hear(pointer, item)
        seen.element = element
        size = _content(self._engine.style(element), item)
        answers = self._engine.answers(element, size)
        if answers != seen.answers and not seen.is_still:
            seen.is_still = self._circles(seen.turns)
            if seen.is_still:
                self._circled()
            else:
                seen.answers, seen.size = answers, size
        return self.standing(element, seen.answers, seen.size)

    def standing(self, element: Element, answers: _Answers, size: Size) -> Size:
        """The size that stands for all at which `element` gives these answers."""
        key = (element, answers)
        found = self._used[key] = self._standing.get(key) or self._used.get(key) or size
        return found

    def _circles(self, turns: deque[float]) -> bool:
        now = time.monotonic()
        circles = len(turns) == _MOST_TURNS and now - turns[0] < 1
        turns.append(now)
        return circles

    def _hear(self, pointer: int, item: QQuickItem) -> None:
        if pointer not in self._heard:
            self._heard.add(pointer)
            item.widthChanged.connect(lambda: self._resized(pointer, item))
            item.heightChanged.connect(lambda: self._resized(pointer, item))
            item.destroyed.connect(lambda: self._gone(pointer))

    def _gone(self, pointer: int) -> None:
        self._heard.discard(pointer)
        self._seen.pop(pointer, None)

    def _resized(self, pointer: int, item: QQuickItem) -> None:
        seen = self._seen.get(pointer)
        if seen is None or seen.element is None or seen.is_still:
            return
        if self._engine.answers(seen.element, _content(self._engine.style(seen.element), item)) != seen.answers:
            self._turned()


def _content(style: Style, item: QQuickItem) -> Size:
    """Conditions ask for the room inside of borders and paddings."""
    widths = {side: pixels(style.values[f"border-{side}-width"]) for side in SIDES}
    rooms = {side: widths[side] + pixels(style.values[f"padding-{side}"], item.width()) for side in SIDES}
    width = item.width() - rooms["left"] - rooms["right"]
    return max(0.0, width), max(0.0, item.height() - rooms["top"] - rooms["bottom"])
