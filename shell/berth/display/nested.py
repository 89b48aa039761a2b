"""Apps that are display servers themselves, such as an X server: their screen is their window.

An X server in a window takes its size from the outputs it is told of and pays no heed to
configures. So it is told of outputs as large as its window shall be, and of new ones whenever that
changes; its window gets our title bar, as it has none of its own.
"""

from __future__ import annotations

import time
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
"""Seconds until a buffer of a past size is given back. Xwayland 22.1 takes what it gets back for its next frame
whatever the size; without it, it makes one of the new size, and after a second unused it forgets the old one."""
_PATIENCE = 0.4
"""Seconds after which a window that still has its old size is asked again."""
_MOMENT = 0.05


class Nested:
    """What one instance is told of every output."""

    def __init__(self) -> None:
        self._size: tuple[int, int] | None = None
        self._drawn: tuple[int, int] | None = None

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
        self._announce(client)

    def _announce(self, client: Client) -> None:
        for xdg_output in client.all(XdgOutput):
            xdg_output.describe()
        for output in client.all(Output):
            output.describe()

    def give_back(self, buffer: Buffer | SinglePixelBuffer) -> None:
        """Release a buffer that the window was drawn with."""
        self._drawn = (buffer.width, buffer.height)
        if self._size in (None, self._drawn):
            buffer.release()
            return
        timers = buffer.client.server.timers
        timers.set(buffer, _in(_STALE), buffer.release)
        timers.set(self, _in(_PATIENCE), lambda: self._check(buffer.client))

    def _check(self, client: Client) -> None:
        """Have a program that drew its last frame too early draw once more, by a size that changes and changes back."""
        size = self._size
        if size is None or size == self._drawn or not client.connected:
            return
        self._size = (size[0], size[1] + 1)
        self._announce(client)
        self._size = size
        client.server.timers.set(self, _in(_MOMENT), lambda: self._announce(client))


def _in(seconds: float) -> int:
    return time.monotonic_ns() + round(seconds * 1e9)


def _usual(usable: Rect) -> tuple[int, int]:
    """The size of a window on a screen with this room."""
    return min(_SIZE[0], round(usable[2] * _SHARE)), min(_SIZE[1], round(usable[3] * _SHARE))
