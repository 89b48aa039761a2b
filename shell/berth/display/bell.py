"""xdg-system-bell: a window asks to be noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.xdg_system_bell_v1 import XdgSystemBellV1

from berth.display.clock import now, since
from berth.display.resource import Resource
from berth.display.toplevel import Toplevel, toplevel_of

if TYPE_CHECKING:
    from berth.display.surface import Surface

_PAUSE = 500  # ms between two rings of one client that are passed on


class SystemBell(Resource):
    __slots__ = ()
    interface = XdgSystemBellV1

    def on_ring(self, surface: Surface | None) -> None:
        toplevel = self._any_window() if surface is None else toplevel_of(surface.root())
        if toplevel is None or not toplevel.mapped:
            return
        rung, time = self.client.rung, now()
        if rung is None or since(rung, time) >= _PAUSE:
            self.client.rung = time
            toplevel.request("bell")

    def _any_window(self) -> Toplevel | None:
        """The window that the user would look at: the one with the keyboard, else the client's first."""
        focus = self.client.server.seat.keyboard.focus
        if focus is not None and focus.client is self.client:
            return toplevel_of(focus.root())
        return next((one for one in self.client.all(Toplevel) if one.mapped), None)
