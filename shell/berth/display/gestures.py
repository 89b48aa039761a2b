"""zwp_pointer_gestures: swipes, pinches and holds of fingers on a touch pad, for the surface under the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pywayland.protocol.pointer_gestures_unstable_v1 import (
    ZwpPointerGestureHoldV1,
    ZwpPointerGesturePinchV1,
    ZwpPointerGesturesV1,
    ZwpPointerGestureSwipeV1,
)

from berth.core.messages import Gesture as GestureMessage
from berth.display.clock import now
from berth.display.input_timestamps import MAX_DEVICES
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.pointer import Pointer
    from berth.display.server import Server
    from berth.display.surface import Surface


class Gesture(Resource):
    """Silent once its wl_pointer is gone."""

    __slots__ = ("pointer_object",)

    def __init__(self, client: Client, version: int, new_id: int, pointer: Pointer) -> None:
        super().__init__(client, version, new_id)
        self.pointer_object = pointer

    def begin(self, serial: int, message: GestureMessage, surface: Surface) -> None:
        raise NotImplementedError

    def update(self, message: GestureMessage) -> None:
        """Fingers have moved."""

    def end(self, serial: int, message: GestureMessage) -> None:
        raise NotImplementedError


class Swipe(Gesture):
    __slots__ = ()
    interface = ZwpPointerGestureSwipeV1
    listed = True
    most = MAX_DEVICES
    highest = 3
    send_begin = event(ZwpPointerGestureSwipeV1, "begin")
    send_update = event(ZwpPointerGestureSwipeV1, "update")
    send_end = event(ZwpPointerGestureSwipeV1, "end")

    def begin(self, serial: int, message: GestureMessage, surface: Surface) -> None:
        self.send_begin(serial, message.time, surface, message.fingers)

    def update(self, message: GestureMessage) -> None:
        self.send_update(message.time, message.dx, message.dy)

    def end(self, serial: int, message: GestureMessage) -> None:
        self.send_end(serial, message.time, int(message.cancelled))


class Pinch(Gesture):
    __slots__ = ()
    interface = ZwpPointerGesturePinchV1
    listed = True
    most = MAX_DEVICES
    highest = 3
    send_begin = event(ZwpPointerGesturePinchV1, "begin")
    send_update = event(ZwpPointerGesturePinchV1, "update")
    send_end = event(ZwpPointerGesturePinchV1, "end")

    def begin(self, serial: int, message: GestureMessage, surface: Surface) -> None:
        self.send_begin(serial, message.time, surface, message.fingers)

    def update(self, message: GestureMessage) -> None:
        self.send_update(message.time, message.dx, message.dy, message.scale, message.rotation)

    def end(self, serial: int, message: GestureMessage) -> None:
        self.send_end(serial, message.time, int(message.cancelled))


class Hold(Gesture):
    __slots__ = ()
    interface = ZwpPointerGestureHoldV1
    listed = True
    most = MAX_DEVICES
    highest = 3
    send_begin = event(ZwpPointerGestureHoldV1, "begin")
    send_end = event(ZwpPointerGestureHoldV1, "end")

    def begin(self, serial: int, message: GestureMessage, surface: Surface) -> None:
        self.send_begin(serial, message.time, surface, message.fingers)

    def end(self, serial: int, message: GestureMessage) -> None:
        self.send_end(serial, message.time, int(message.cancelled))


_KINDS: dict[str, type[Gesture]] = {"swipe": Swipe, "pinch": Pinch, "hold": Hold}


class PointerGestures(Resource):
    __slots__ = ()
    interface = ZwpPointerGesturesV1
    highest = 3

    def on_get_swipe_gesture(self, new_id: int, pointer: Pointer) -> None:
        Swipe(self.client, self.version, new_id, pointer)

    def on_get_pinch_gesture(self, new_id: int, pointer: Pointer) -> None:
        Pinch(self.client, self.version, new_id, pointer)

    def on_get_hold_gesture(self, new_id: int, pointer: Pointer) -> None:
        Hold(self.client, self.version, new_id, pointer)


class GestureState:
    """At most one gesture is under way; it stays with the surface that it began on."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._surface: Surface | None = None
        self._kind: Literal["swipe", "pinch", "hold"] = "swipe"

    def handle(self, message: GestureMessage) -> None:
        if message.phase == "begin":
            self.cancel()
            self._surface, self._kind = self._server.seat.pointer.focus, message.kind
        if self._surface is None or message.kind != self._kind:
            return
        gestures = [one for one in self._surface.client.all(_KINDS[self._kind]) if one.pointer_object.alive]
        serial = 0 if message.phase == "update" else self._server.seat.serial_for(self._surface.client)
        for gesture in gestures:
            if message.phase == "begin":
                gesture.begin(serial, message, self._surface)
            elif message.phase == "update":
                gesture.update(message)
            else:
                gesture.end(serial, message)
        if message.phase == "end":
            self._surface = None

    def cancel(self) -> None:
        """The fingers are none of the client's business any more."""
        if self._surface is not None:
            self.handle(GestureMessage(self._kind, "end", now(), cancelled=True))

    def surface_destroyed(self, surface: Surface) -> None:
        if self._surface is surface:
            self.cancel()
