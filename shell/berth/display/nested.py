"""Apps that are display servers themselves, such as an X server: their screen is their window.

An X server in a window takes its size from the outputs it is told of and pays no heed to
configures. So it is told of outputs as large as its window shall be, and of new ones whenever that
changes; its window gets our title bar, as it has none of its own.

Xwayland 22.1 keeps the buffers of its past size and draws into them what is of the new one. It takes the one that
was given back last, and forgets what it has not taken for a second. So a buffer of a past size is not shown, and
is given back only together with one of the right size that follows it.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from berth.core.messages import Rect
from berth.display.output import Output, Screen, XdgOutput

if TYPE_CHECKING:
    from berth.display.buffers import Buffer
    from berth.display.client import Client
    from berth.display.single_pixel import SinglePixelBuffer

_SIZE = (1024, 720)
_SHARE = 0.9
"""Of a small screen, this much: the title bar needs some as well."""
_STALE = 1.5
"""Seconds for which a buffer of a past size is kept at least: while a window is being resized, each that went back
would cost a frame with the next size."""
_PATIENCE = 0.1
"""Seconds after which a window that still has its old size is asked again, twice as many with each time."""
_QUESTIONS = 7
_OBSTINATE = 12
"""Frames of another size after which a server is taken to have a size of its own."""


class Nested:
    """What one instance is told of every output."""

    def __init__(self) -> None:
        self._size: tuple[int, int] | None = None
        self._drawn: tuple[int, int] | None = None
        self._past: deque[tuple[int, Buffer | SinglePixelBuffer]] = deque()  # when they came, the oldest first
        self._wrong = 0  # frames since the size was set
        self._asked = 0
        self.skipped = False  # frames were left out since the last one that was shown

    def seen(self, screen: Screen) -> Screen:
        width, height = self._size or _usual(screen.usable)
        now = msgspec.structs.replace(
            screen.now, x=0, y=0, width=width, height=height, scale=1.0, transform=0, millimetres=(0, 0)
        )
        return Screen(now)

    def configured(self, client: Client, size: tuple[int, int]) -> None:
        """A window of `client` shall have `size`; 0 leaves it to the client."""
        if not all(size) or size == self._size:
            return
        self._size = size
        self._wrong = self._asked = 0
        self._announce(client)
        self._ask_later(client)

    @property
    def obstinate(self) -> bool:
        """Whether it goes on with another size than the one it was told."""
        return self._wrong >= _OBSTINATE

    def fits(self, size: tuple[int, int]) -> bool:
        """Whether a frame of that size is one to show."""
        return self._size in (None, size) or self.obstinate

    def _announce(self, client: Client) -> None:
        for xdg_output in client.all(XdgOutput):
            xdg_output.describe()
        for output in client.all(Output):
            output.describe()

    def give_back(self, buffer: Buffer | SinglePixelBuffer, shown: bool) -> None:
        """Release a buffer that the client has drawn its window with, as soon as it does no harm."""
        self._drawn = buffer.size
        self.skipped = not shown
        if self._size not in (None, self._drawn):
            self._wrong += 1
            if not self.obstinate:
                self._past.append((time.monotonic_ns(), buffer))
                self._asked = 0
                self._ask_later(buffer.client)
                return
        buffer.client.server.timers.forget(self)
        self._give_back_past()
        buffer.release()

    def _give_back_past(self) -> None:
        while self._past and self._past[0][0] < _in(-_STALE):
            self._past.popleft()[1].release()

    def _ask_later(self, client: Client) -> None:
        client.server.timers.set(self, _in(_PATIENCE * 2**self._asked), lambda: self._ask(client))

    def _ask(self, client: Client) -> None:
        """Have a program that drew its last frame too early draw once more: it does when it is told of an output."""
        if self._size == self._drawn or not client.connected:
            return
        self._announce(client)
        self._asked += 1
        if self._asked < _QUESTIONS:
            self._ask_later(client)


def _in(seconds: float) -> int:
    return time.monotonic_ns() + round(seconds * 1e9)


def _usual(usable: Rect) -> tuple[int, int]:
    """The size of a window on a screen with this room."""
    return min(_SIZE[0], round(usable[2] * _SHARE)), min(_SIZE[1], round(usable[3] * _SHARE))
