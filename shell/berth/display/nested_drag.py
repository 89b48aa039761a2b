"""Drags out of the window of an app that is a display server itself (`berth.display.nested`).

A program of such a server drags by that server's own protocol, so its server never asks for a drag here. The program
beside the server in the app's container does (`berth.inside.x11_drags`), which has neither window nor input of its
own: in place of a serial it counts that a button is down in the server's window at that moment. That is what the
server itself would have to show, and the two are one domain of trust.

The server keeps the pointer that went down in its window until it is up again: the program below has a grab of its
own. So over the window all is as without a drag, and no app elsewhere hears of the drag before the program beside the
server has thrown away the offer it got there: by then the program that drags knows that it is not over the window any
more. Without that, the button's release would be a drop inside, on whatever was there last.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.drag_offer import DragOffer
    from berth.display.pointer import PointerState
    from berth.display.surface import Surface

_PATIENCE = 1_000_000_000
"""Nanoseconds for which a release waits until the program that drags knows where the pointer is."""


def pressed_beside(client: Client, origin: Surface, pointer: PointerState) -> Surface | None:
    """The window of the display server beside `client` in which a button is down, if `origin` stands for it."""
    window = pointer.focus
    if window is None or client.instance.nested is None or origin.client is not client or origin.role_name:
        return None
    if window.client is client or window.client.instance is not client.instance:
        return None
    heard = window.client.input_serials  # a button may have gone down elsewhere, and its window be gone since
    return window if any(serial in heard for serial in pointer.buttons.values()) else None


class WayOut:
    """Between the window of such a drag and everything else.

    Attributes:
        window: where it began.
    """

    def __init__(self, window: Surface) -> None:
        self.window = window
        self._server = window.client.server
        self._kept: set[DragOffer] = set()
        self._onward: Callable[[], None] | None = None
        self._release: Callable[[], None] | None = None

    def left(self, offers: set[DragOffer]) -> None:
        """The drag has left the window; who began it was offered these there, and still keeps them."""
        self._kept = offers

    def back(self) -> None:
        """It is over the window."""
        self._kept = set()
        self._onward = None

    def thrown_away(self, offer: DragOffer) -> None:
        if offer in self._kept:
            self._kept.discard(offer)
            if not self._kept:
                self._go_on()

    def holds(self, onward: Callable[[], None]) -> bool:
        """Whether the way out is not free yet: then `onward`, and nothing from before, is called once it is."""
        if self._kept:
            self._onward = onward
        return bool(self._kept)

    def holds_release(self, release: Callable[[], None]) -> bool:
        """The same for the button, but for a moment at most."""
        if not self._kept:
            return False
        self._release = release
        self._server.timers.set(self, time.monotonic_ns() + _PATIENCE, self.give_up)
        return True

    def give_up(self) -> None:
        """Do what was held, if there is something: there is no time left."""
        self.back()
        self._go_on()

    def _go_on(self) -> None:
        self._server.timers.forget(self)
        onward, self._onward = self._onward, None
        if onward is not None:
            onward()
        release, self._release = self._release, None
        if release is not None:
            release()
