"""Apps that are display servers themselves, such as an X server: their screen is their window.

An X server in a window takes its size from the outputs it is told of and pays no heed to
configures. So it is told of outputs as large as its window shall be, and of new ones whenever that
changes; its window gets our title bar, as it has none of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from berth.display.output import Output, Screen, XdgOutput

if TYPE_CHECKING:
    from berth.display.client import Client

_SIZE = (1024, 720)
_SHARE = 0.9
"""Of a small screen, this much: the title bar needs some as well."""


class Nested:
    """What one instance is told of every output."""

    def __init__(self) -> None:
        self._size: tuple[int, int] | None = None

    def seen(self, screen: Screen) -> Screen:
        room = (round(side * _SHARE) for side in screen.usable[2:])
        width, height = self._size or map(min, _SIZE, room)
        now = msgspec.structs.replace(
            screen.now, x=0, y=0, width=width, height=height, scale=1.0, transform=0, millimetres=(0, 0)
        )
        return Screen(now)

    def resize(self, client: Client, width: int, height: int) -> None:
        """A window of `client` shall have this size; 0 leaves it to the client."""
        if not width or not height or (width, height) == self._size:
            return
        self._size = (width, height)
        for xdg_output in client.all(XdgOutput):
            xdg_output.describe()
        for output in client.all(Output):
            output.describe()
