"""zwp_relative_pointer: how far the hand moved, told to games and 3D programs beside (or without) a position."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.relative_pointer_unstable_v1 import ZwpRelativePointerManagerV1, ZwpRelativePointerV1

from berth.core.messages import PointerMotion
from berth.display.clock import widened
from berth.display.input_timestamps import MAX_DEVICES
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.pointer import Pointer


class RelativePointer(Resource):
    """Lives as long as its client wants, but is silent once its wl_pointer is gone."""

    __slots__ = ("_pointer",)
    interface = ZwpRelativePointerV1
    listed = True
    most = MAX_DEVICES
    send_relative_motion = event(ZwpRelativePointerV1, "relative_motion")

    def __init__(self, client: Client, version: int, new_id: int, pointer: Pointer) -> None:
        super().__init__(client, version, new_id)
        self._pointer = pointer

    def motion(self, message: PointerMotion) -> None:
        """The host tells accelerated motion alone, which then stands for both."""
        if not self._pointer.alive:
            return
        moment = widened(message.time) * 1000
        dx, dy = message.dx, message.dy
        self.send_relative_motion(moment >> 32, moment & 0xFFFFFFFF, dx, dy, dx, dy)


class RelativePointerManager(Resource):
    __slots__ = ()
    interface = ZwpRelativePointerManagerV1

    def on_get_relative_pointer(self, new_id: int, pointer: Pointer) -> None:
        RelativePointer(self.client, self.version, new_id, pointer)
