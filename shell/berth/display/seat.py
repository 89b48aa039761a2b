"""wl_seat: the one seat with its pointer, keyboard and touch screen, and which serials prove real input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlSeat

from berth.display.drag import DragState
from berth.display.gestures import GestureState
from berth.display.keyboard import Keyboard, KeyboardState
from berth.display.pointer import Pointer, PointerState
from berth.display.resource import Resource, event
from berth.display.shortcuts_inhibit import Shortcuts
from berth.display.tablet import Pens
from berth.display.text_input import TextFocus, TextInput
from berth.display.text_input_v2 import TextInputV2
from berth.display.touch import Touch, TouchState

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.server import Server
    from berth.display.surface import Surface

NAME = "seat0"


class Seat(Resource):
    __slots__ = ()
    interface = WlSeat
    highest = 11
    send_capabilities = event(WlSeat, "capabilities")
    send_name = event(WlSeat, "name")

    def bound(self) -> None:
        kinds = WlSeat.capability
        self.send_capabilities(int(kinds.pointer) | int(kinds.keyboard) | int(kinds.touch))
        self.send_name(NAME)

    def on_get_pointer(self, new_id: int) -> None:
        Pointer(self.client, self.version, new_id)

    def on_get_keyboard(self, new_id: int) -> None:
        Keyboard(self.client, self.version, new_id)

    def on_get_touch(self, new_id: int) -> None:
        Touch(self.client, self.version, new_id)


class SeatState:
    """The devices, and what clients may prove with the serials of their events."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.pointer = PointerState(server)
        self.keyboard = KeyboardState(server)
        self.touch = TouchState(server)
        self.drag = DragState(server)
        self.text = TextFocus(server, (TextInput, TextInputV2))
        self.shortcuts = Shortcuts(server)
        self.gestures = GestureState(server)
        self.pens = Pens(server)

    def serial_for(self, client: Client) -> int:
        """A serial for an input event that is about to be sent to `client`."""
        serial = self._server.display.serial()
        client.input_serials.append(serial)
        return serial

    def holds(self, client: Client, serial: int) -> bool:
        """Whether `serial` is of the client's input and a button or finger is still down on it."""
        if serial not in client.input_serials:
            return False
        focus = self.pointer.focus
        if self.pointer.buttons and focus is not None and focus.client is client:
            return True
        return self.touch.touches(client)

    def release_all(self, time: int) -> None:
        """The ui is gone, and with it every finger on a key."""
        self.drag.cancel()
        self.gestures.cancel()
        self.pens.ui_lost()
        self.keyboard.release_all(time)
        self.pointer.release_all(time)
        self.touch.cancel_all()

    def withdraw(self, time: int) -> None:
        """The session is locked: no app has anything of the user's any more, nor hears of it."""
        self.drag.cancel()
        self.gestures.cancel()
        self.pens.leave_all()
        self.keyboard.release_all(time)
        self.pointer.release_all(time)
        self.pointer.leave()
        self.touch.cancel_all()
        self.keyboard.refocus()

    def take_from(self, surface: Surface) -> None:
        """The client is about to destroy `surface`: it is told that nothing is on it any more while it has a name."""
        self.pointer.take_from(surface)
        self.keyboard.take_from(surface)
        self.touch.take_from(surface)

    def surface_destroyed(self, surface: Surface) -> None:
        self.gestures.surface_destroyed(surface)
        self.pens.surface_destroyed(surface)
        self.drag.surface_destroyed(surface)
        self.pointer.surface_destroyed(surface)
        self.keyboard.surface_destroyed(surface)
        self.touch.surface_destroyed(surface)
