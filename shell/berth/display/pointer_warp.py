"""wp_pointer_warp: an app puts the pointer, which is its own at that moment, elsewhere on itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.pointer_warp_v1 import WpPointerWarpV1

from berth.core.messages import PointerWarp as PointerWarpMessage
from berth.display.resource import Resource

if TYPE_CHECKING:
    from berth.display.pointer import Pointer
    from berth.display.surface import Surface


class PointerWarp(Resource):
    __slots__ = ()
    interface = WpPointerWarpV1

    def on_warp_pointer(self, surface: Surface, _pointer: Pointer, x: float, y: float, serial: int) -> None:
        server = self.client.server
        pointer = server.seat.pointer
        owns = pointer.focus is not None and pointer.focus.client is self.client and serial == pointer.enter_serial
        inside = 0 <= x < surface.width and 0 <= y < surface.height
        if owns and inside and not pointer.constraints.locked:
            server.scene.send(PointerWarpMessage(surface.number, x, y))
