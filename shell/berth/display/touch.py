"""wl_touch: fingers, each bound to the surface it came down on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlTouch

from berth.core.messages import NO_TOUCH
from berth.core.messages import Touch as TouchMessage
from berth.display.clock import now
from berth.display.input_timestamps import Stamped
from berth.display.popup import same_window
from berth.display.resource import event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.server import Server
    from berth.display.surface import Surface


class Touch(Stamped):
    __slots__ = ()
    interface = WlTouch
    listed = True
    highest = 11
    send_down = event(WlTouch, "down")
    send_up = event(WlTouch, "up")
    send_motion = event(WlTouch, "motion")
    send_frame = event(WlTouch, "frame")
    send_cancel = event(WlTouch, "cancel")
    send_shape = event(WlTouch, "shape")
    send_orientation = event(WlTouch, "orientation")

    def shape(self, message: TouchMessage) -> None:
        """What of the finger touches, where the screen tells."""
        if message.major > 0:
            self.send_shape(message.touch, message.major, message.minor)
            self.send_orientation(message.touch, message.orientation)


@dataclass(slots=True)
class Point:
    """A finger: the surface it came down on, with which serial, and where on the surface it is now."""

    surface: Surface
    serial: int
    x: float
    y: float


class TouchState:
    """All fingers. Events of one moment end with a frame for each client they went to."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._points: dict[int, Point] = {}
        self._unframed: dict[Client, None] = {}

    def touches(self, client: Client) -> bool:
        return any(point.surface.client is client for point in self._points.values())

    def handle(self, message: TouchMessage) -> None:
        if self._server.seat.drag.touched(message):
            return
        {"down": self._down, "motion": self._motion, "up": self._up, "cancel": self._cancel, "frame": self._frame}[
            message.kind
        ](message)

    def _down(self, message: TouchMessage) -> None:
        surface = self._server.scene.surfaces.get(message.surface)
        self._server.popups.pressed(surface)
        if surface is None or message.touch in self._points:
            return
        serial = self._server.seat.serial_for(surface.client)
        self._points[message.touch] = Point(surface, serial, message.x, message.y)
        for touch in self._touches(surface):
            touch.stamp(message.time)
            touch.send_down(serial, message.time, surface, message.touch, message.x, message.y)
            touch.shape(message)

    def _motion(self, message: TouchMessage) -> None:
        point = self._points.get(message.touch)
        if point is not None:
            point.x, point.y = message.x, message.y
            for touch in self._touches(point.surface):
                touch.stamp(message.time)
                touch.send_motion(message.time, message.touch, message.x, message.y)
                touch.shape(message)

    def _up(self, message: TouchMessage) -> None:
        point = self._points.pop(message.touch, None)
        if point is not None:
            serial = self._server.seat.serial_for(point.surface.client)
            for touch in self._touches(point.surface):
                touch.stamp(message.time)
                touch.send_up(serial, message.time, message.touch)

    def _touches(self, surface: Surface) -> list[Touch]:
        self._unframed[surface.client] = None
        return surface.client.all(Touch)

    def _frame(self, _message: TouchMessage) -> None:
        for client in self._unframed:
            for touch in client.all(Touch):
                touch.send_frame()
        self._unframed.clear()

    # --- drags

    def finger(self, origin: Surface, serial: int) -> int:
        """The finger that came down with `serial` in the window of `origin` and is still there, or `NO_TOUCH`."""
        for number, point in self._points.items():
            if point.serial == serial and same_window(origin, point.surface):
                return number
        return NO_TOUCH

    def take_away(self, number: int) -> Point:
        """A drag has the finger; by the protocol its client loses the others to it as well."""
        taken = self._points[number]
        client = taken.surface.client
        for touch in client.all(Touch):
            touch.send_cancel()
        self._points = {n: point for n, point in self._points.items() if point.surface.client is not client}
        self._unframed.pop(client, None)
        return taken

    def _cancel(self, _message: TouchMessage) -> None:
        self.cancel_all()

    def cancel_all(self) -> None:
        for client in {point.surface.client: None for point in self._points.values()}:
            for touch in client.all(Touch):
                touch.send_cancel()
        self._points.clear()
        self._unframed.clear()

    def take_from(self, surface: Surface) -> None:
        for number in [number for number, point in self._points.items() if point.surface is surface]:
            self._up(TouchMessage("up", number, time=now()))
            self._frame(TouchMessage("frame"))

    def surface_destroyed(self, surface: Surface) -> None:
        for number in [number for number, point in self._points.items() if point.surface is surface]:
            del self._points[number]

    def client_gone(self, client: Client) -> None:
        self._unframed.pop(client, None)
