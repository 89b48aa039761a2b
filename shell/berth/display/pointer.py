"""wl_pointer: where the ui's pointer is, told to the client whose surface it is over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlPointer

from berth.core.messages import Cursor, PointerAxis, PointerButton, PointerMotion
from berth.display.cursor import CursorRole
from berth.display.input_timestamps import Stamped
from berth.display.pointer_constraints import Constraints
from berth.display.popup import same_window
from berth.display.relative_pointer import RelativePointer
from berth.display.resource import event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.server import Server
    from berth.display.surface import Surface

_VERTICAL, _HORIZONTAL = int(WlPointer.axis.vertical_scroll), int(WlPointer.axis.horizontal_scroll)
_SOURCES = {source.name: int(source) for source in WlPointer.axis_source}
_TILT_SINCE = 6
_VALUE120_SINCE = 8
_WARP_SINCE = 11


class Pointer(Stamped):
    __slots__ = ("scrolling", "steps")
    interface = WlPointer
    listed = True
    highest = 11
    send_enter = event(WlPointer, "enter")
    send_leave = event(WlPointer, "leave")
    send_motion = event(WlPointer, "motion")
    send_button = event(WlPointer, "button")
    send_axis = event(WlPointer, "axis")
    send_frame = event(WlPointer, "frame")
    send_axis_source = event(WlPointer, "axis_source")
    send_axis_stop = event(WlPointer, "axis_stop")
    send_axis_discrete = event(WlPointer, "axis_discrete")
    send_axis_value120 = event(WlPointer, "axis_value120")
    send_axis_relative_direction = event(WlPointer, "axis_relative_direction")
    send_warp = event(WlPointer, "warp")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.steps = {_VERTICAL: 0, _HORIZONTAL: 0}  # 1/120 wheel steps not yet told to an old client
        self.scrolling: set[int] = set()  # axes that fingers moved since their last stop
        client.server.seat.pointer.greet(self)

    def on_set_cursor(self, serial: int, surface: Surface | None, hotspot_x: int, hotspot_y: int) -> None:
        if surface is not None and surface.role_name not in ("", CursorRole.name):
            raise self.error(WlPointer.error.role, f"the surface is a {surface.role_name} already")
        if surface is not None:
            CursorRole.give(surface)
        if not self.may_set_cursor(serial):
            return
        if surface is None:
            self.client.server.scene.set_cursor(Cursor("none"))
        else:
            self.client.server.scene.set_cursor(Cursor("surface", surface.number, hotspot_x, hotspot_y))
            self.client.server.presence.moved(surface)

    def motion(self, message: PointerMotion) -> None:
        if message.warp and self.version >= _WARP_SINCE:
            self.send_warp(message.x, message.y)
        else:
            self.stamp(message.time)
            self.send_motion(message.time, message.x, message.y)

    def may_set_cursor(self, serial: int) -> bool:
        """Whether the pointer is at a surface of the client, since the event with that serial."""
        return self.client.server.seat.pointer.may_set_cursor(self.client, serial)

    def axis(self, message: PointerAxis) -> None:
        moves = ((_VERTICAL, message.dy, message.steps120_y), (_HORIZONTAL, message.dx, message.steps120_x))
        if message.stop and not self.scrolling:
            return
        tilts = message.source == "wheel_tilt" and self.version < _TILT_SINCE
        self.send_axis_source(_SOURCES["wheel" if tilts else message.source])
        for axis, value, steps in moves:
            if message.stop and axis in self.scrolling:
                self.stamp(message.time)
                self.send_axis_stop(message.time, axis)
            elif value or steps:
                if message.source == "finger":
                    self.scrolling.add(axis)
                self._steps(axis, steps)
                self.send_axis_relative_direction(axis, int(message.inverted))
                self.stamp(message.time)
                self.send_axis(message.time, axis, value)
        if message.stop:
            self.scrolling.clear()
        self.send_frame()

    def _steps(self, axis: int, steps: int) -> None:
        if not steps:
            return
        if self.version >= _VALUE120_SINCE:
            self.send_axis_value120(axis, steps)
            return
        self.steps[axis] += steps
        whole = int(self.steps[axis] / 120)
        self.steps[axis] -= whole * 120
        if whole:
            self.send_axis_discrete(axis, whole)


class PointerState:
    """The one pointer. `focus` is the surface under it, `buttons` what is held down and since which serial."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.constraints = Constraints(server, self)
        self.focus: Surface | None = None
        self.buttons: dict[int, int] = {}
        self.x = self.y = 0.0  # on the focus
        self.enter_serial = 0
        self._cursor_owner: Client | None = None

    def motion(self, message: PointerMotion) -> None:
        surface = self._server.scene.surfaces.get(message.surface)
        drag = self._server.seat.drag
        if drag.has_pointer:
            self.x, self.y = message.x, message.y
            if surface is not None and surface is self.focus and not surface.client.backed_up:
                self._send_motion(surface.client, message, True)
            drag.pointer_moved(surface, message)
            return
        moved = (message.x, message.y) != (self.x, self.y)
        if surface is not self.focus:
            self.x, self.y = message.x, message.y
            self._leave()
            self._enter(surface)
            moved = False
        elif self.constraints.locked:
            moved = False
        else:
            self.x, self.y = message.x, message.y
        # Nobody needs old positions: a client that does not read must not be drowned in them.
        if surface is not None and not surface.client.backed_up:
            self._send_motion(surface.client, message, moved)
        self.constraints.update()

    def _send_motion(self, client: Client, message: PointerMotion, moved: bool) -> None:
        told = bool((message.dx or message.dy) and client.all(RelativePointer))
        if told:
            for relative in client.all(RelativePointer):
                relative.motion(message)
        for pointer in client.all(Pointer):
            if moved:
                pointer.motion(message)
            if moved or told:
                pointer.send_frame()

    def _leave(self) -> None:
        surface, self.focus = self.focus, None
        if surface is None or not surface.alive:
            return
        serial = self._server.display.serial()
        for pointer in surface.client.all(Pointer):
            pointer.send_leave(serial, surface)
            pointer.send_frame()

    def _enter(self, surface: Surface | None) -> None:
        self.focus = surface
        if surface is None:
            return
        client = surface.client
        for pointer in client.all(Pointer):
            pointer.scrolling.clear()
        self.enter_serial = self._server.seat.serial_for(client)
        if self._cursor_owner is not client:
            self._cursor_owner = client
            self._server.scene.set_cursor(Cursor("default"))
        for pointer in client.all(Pointer):
            pointer.send_enter(self.enter_serial, surface, self.x, self.y)
            pointer.send_frame()

    def greet(self, pointer: Pointer) -> None:
        """A new wl_pointer of the client that has the pointer must learn so."""
        if self.focus is not None and self.focus.client is pointer.client:
            pointer.send_enter(self.enter_serial, self.focus, self.x, self.y)
            pointer.send_frame()

    def button(self, message: PointerButton) -> None:
        if message.pressed == (message.button in self.buttons):
            return
        if message.pressed and not self.buttons:
            self._server.seat.drag.hurry()
        if self._server.seat.drag.has_pointer:
            self._button_in_drag(message)
            return
        if message.pressed:
            self.buttons[message.button] = 0
            self._server.popups.pressed(self.focus)
            self.constraints.pressed(self.focus)
        else:
            del self.buttons[message.button]
        self._send_button(message)
        if message.pressed:
            self._server.windows.used(self.focus, message.time)

    def _send_button(self, message: PointerButton) -> None:
        if self.focus is None:
            return
        client = self.focus.client
        serial = self._server.seat.serial_for(client)
        if message.pressed:
            self.buttons[message.button] = serial
        for pointer in client.all(Pointer):
            pointer.stamp(message.time)
            pointer.send_button(serial, message.time, message.button, int(message.pressed))
            pointer.send_frame()

    # --- drags

    def grabbed(self, origin: Surface, serial: int) -> bool:
        """Whether a button went down with `serial` in the window of `origin` and still is."""
        focus = self.focus
        return focus is not None and serial in self.buttons.values() and same_window(origin, focus)

    def take_away(self) -> None:
        """A drag has the pointer, over whatever surface."""
        self._leave()
        self.constraints.update()

    def give_back(self, surface: Surface | None) -> None:
        if surface is None or surface is not self.focus:
            self._leave()
            self._enter(surface)
        self.constraints.update()

    def _button_in_drag(self, message: PointerButton) -> None:
        if message.pressed:
            self.buttons[message.button] = 0
            return
        known = self.buttons.pop(message.button) != 0
        if not self.buttons:
            self._server.seat.drag.pointer_released(partial(self._send_button, message) if known else None)
        elif known:
            self._send_button(message)

    def axis(self, message: PointerAxis) -> None:
        if self.focus is not None:
            for pointer in self.focus.client.all(Pointer):
                pointer.axis(message)

    def may_set_cursor(self, client: Client, serial: int) -> bool:
        """A client may keep to the serial with which the pointer came, however much the user has typed since."""
        if self.focus is None or self.focus.client is not client:
            return False
        return serial == self.enter_serial or serial in client.input_serials

    def leave(self) -> None:
        """It is at no surface."""
        self._leave()
        self.constraints.update()

    def release_all(self, time: int) -> None:
        self.constraints.ui_lost()
        for button in tuple(self.buttons):
            self.button(PointerButton(button, False, time))

    def take_from(self, surface: Surface) -> None:
        if self.focus is surface:
            self._leave()

    def surface_destroyed(self, surface: Surface) -> None:
        self.constraints.surface_destroyed(surface)
        if self.focus is surface:
            self.focus = None
        if self._server.scene.cursor.surface == surface.number:
            self._server.scene.set_cursor(Cursor("default"))
