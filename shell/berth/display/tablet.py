"""tablet-v2: pens on drawing tablets, with pressure, tilt and all; for apps that know no tablets they are pointers.

Each device of the ui is one tablet with one tool. Pads (buttons, rings and strips of the tablet itself) do not
reach the ui, so there are none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pywayland.protocol.tablet_v2 import ZwpTabletManagerV2, ZwpTabletSeatV2, ZwpTabletToolV2, ZwpTabletV2

from berth.core.messages import Cursor, Pen, PenDevice, PointerButton, PointerMotion
from berth.display.clock import now
from berth.display.cursor import CursorRole
from berth.display.input_timestamps import MAX_DEVICES
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.seat import Seat
    from berth.display.server import Server
    from berth.display.surface import Surface

_FULL = 65_535
_AS_POINTER = {0x14B: 0x111, 0x14C: 0x112}
"""What the buttons of a pen are on a mouse."""
_TIP_AS_POINTER = 0x110


class ToolCursorRole(CursorRole):
    """The role of a surface that a client draws the cursor of one tool into."""

    name = "zwp_tablet_tool_v2-cursor"
    tool: Tool | None = None


class Tablet(Resource):
    __slots__ = ()
    interface = ZwpTabletV2
    highest = 2
    send_name = event(ZwpTabletV2, "name")
    send_done = event(ZwpTabletV2, "done")
    send_removed = event(ZwpTabletV2, "removed")

    def __init__(self, seat: TabletSeat, device: PenDevice) -> None:
        super().__init__(seat.client, seat.version, 0)
        seat.send_tablet_added(self)
        self.send_name(device.name)
        self.send_done()


class Tool(Resource):
    __slots__ = ("_device", "tablet")
    interface = ZwpTabletToolV2
    highest = 2
    send_type = event(ZwpTabletToolV2, "type")
    send_hardware_serial = event(ZwpTabletToolV2, "hardware_serial")
    send_capability = event(ZwpTabletToolV2, "capability")
    send_done = event(ZwpTabletToolV2, "done")
    send_removed = event(ZwpTabletToolV2, "removed")
    send_proximity_in = event(ZwpTabletToolV2, "proximity_in")
    send_proximity_out = event(ZwpTabletToolV2, "proximity_out")
    send_down = event(ZwpTabletToolV2, "down")
    send_up = event(ZwpTabletToolV2, "up")
    send_motion = event(ZwpTabletToolV2, "motion")
    send_pressure = event(ZwpTabletToolV2, "pressure")
    send_tilt = event(ZwpTabletToolV2, "tilt")
    send_rotation = event(ZwpTabletToolV2, "rotation")
    send_slider = event(ZwpTabletToolV2, "slider")
    send_button = event(ZwpTabletToolV2, "button")
    send_frame = event(ZwpTabletToolV2, "frame")

    def __init__(self, seat: TabletSeat, device: PenDevice, tablet: Tablet) -> None:
        super().__init__(seat.client, seat.version, 0)
        self.tablet = tablet
        self._device = device.device
        seat.send_tool_added(self)
        self.send_type(int(ZwpTabletToolV2.type[device.tool]))
        if device.serial:
            self.send_hardware_serial(device.serial >> 32 & 0xFFFFFFFF, device.serial & 0xFFFFFFFF)
        for capability in device.capabilities:
            self.send_capability(int(ZwpTabletToolV2.capability[capability]))
        self.send_done()

    def on_set_cursor(self, serial: int, surface: Surface | None, hotspot_x: int, hotspot_y: int) -> None:
        if surface is not None:
            self._check(surface)
        if not self.may_set_cursor(serial):
            return
        scene = self.client.server.scene
        if surface is None:
            scene.set_cursor(Cursor("none"))
        else:
            scene.set_cursor(Cursor("surface", surface.number, hotspot_x, hotspot_y))

    def _check(self, surface: Surface) -> None:
        if surface.role_name not in ("", ToolCursorRole.name):
            raise self.error(ZwpTabletToolV2.error.role, f"the surface is a {surface.role_name} already")
        ToolCursorRole.give(surface)
        role = surface.role
        assert isinstance(role, ToolCursorRole)
        if role.tool not in (None, self):
            raise self.error(ZwpTabletToolV2.error.role, "the surface is the cursor of another tool")
        role.tool = self

    def may_set_cursor(self, serial: int) -> bool:
        """Whether the tool is at a surface of the client, since the event with that serial."""
        return self.client.server.seat.pens.may_set_cursor(self._device, self.client, serial)


class TabletSeat(Resource):
    """`tools` are those of the devices that the client has been told of."""

    __slots__ = ("tools",)
    interface = ZwpTabletSeatV2
    listed = True
    most = MAX_DEVICES
    highest = 2
    send_tablet_added = event(ZwpTabletSeatV2, "tablet_added")
    send_tool_added = event(ZwpTabletSeatV2, "tool_added")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.tools: dict[int, Tool] = {}
        for device in client.server.seat.pens.devices:
            self.add(device)

    def add(self, device: PenDevice) -> None:
        self.tools[device.device] = Tool(self, device, Tablet(self, device))

    def remove(self, device: int) -> None:
        tool = self.tools.pop(device, None)
        if tool is not None:
            tool.send_removed()
            tool.tablet.send_removed()


class TabletManager(Resource):
    __slots__ = ()
    interface = ZwpTabletManagerV2
    highest = 2

    def on_get_tablet_seat(self, new_id: int, _seat: Seat) -> None:
        TabletSeat(self.client, self.version, new_id)


@dataclass
class _State:
    """A pen as its client was told last; `serial` since when it is at the surface."""

    device: PenDevice
    surface: Surface | None = None
    serial: int = 0
    last: Pen = field(default_factory=lambda: Pen(0, 0))


class Pens:
    """All pens. Each is at no surface or at one."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._all: dict[int, _State] = {}

    @property
    def devices(self) -> list[PenDevice]:
        return [state.device for state in self._all.values()]

    def may_set_cursor(self, device: int, client: Client, serial: int) -> bool:
        """Whether the pen is at a surface of the client, since the event with that serial."""
        state = self._all.get(device)
        if state is None or state.surface is None or state.surface.client is not client:
            return False
        return serial == state.serial or serial in client.input_serials

    # --- from the ui

    def added(self, device: PenDevice) -> None:
        if device.device in self._all:
            return
        self._all[device.device] = _State(device)
        for client in self._server.display.clients.values():
            for seat in client.all(TabletSeat):
                seat.add(device)

    def moved(self, message: Pen) -> None:
        state = self._all.get(message.device)
        if state is None:
            return
        surface = self._server.scene.surfaces.get(message.surface)
        if surface is not None and not surface.client.all(TabletSeat):
            self._leave(state, message.time)
            self._as_pointer(message)
            state.last = message
            return
        if surface is not state.surface:
            self._leave(state, message.time)
            self._enter(state, surface)
        if surface is not None:
            self._tell(state, message)
        state.last = message

    def leave_all(self) -> None:
        for state in self._all.values():
            self._leave(state, now())

    def ui_lost(self) -> None:
        """The next ui has devices of its own."""
        for number, state in tuple(self._all.items()):
            self._leave(state, now())
            del self._all[number]
            for client in self._server.display.clients.values():
                for seat in client.all(TabletSeat):
                    seat.remove(number)

    def surface_destroyed(self, surface: Surface) -> None:
        for state in self._all.values():
            if state.surface is surface:
                self._leave(state, now())

    # --- to clients

    @staticmethod
    def _tools(state: _State) -> list[Tool]:
        if state.surface is None:
            return []
        found = [seat.tools.get(state.device.device) for seat in state.surface.client.all(TabletSeat)]
        return [tool for tool in found if tool is not None]

    def _enter(self, state: _State, surface: Surface | None) -> None:
        state.surface = surface
        state.last = Pen(state.device.device, 0)
        if surface is None:
            return
        state.serial = self._server.seat.serial_for(surface.client)
        self._server.scene.set_cursor(Cursor("default"))
        for tool in self._tools(state):
            tool.send_proximity_in(state.serial, tool.tablet, surface)

    def _leave(self, state: _State, time: int) -> None:
        if state.surface is None:
            return
        serial = self._server.seat.serial_for(state.surface.client)
        for tool in self._tools(state):
            for button in state.last.buttons:
                tool.send_button(serial, button, 0)
            if state.last.down:
                tool.send_up()
            tool.send_proximity_out()
            tool.send_frame(time)
        state.surface = None

    def _tell(self, state: _State, pen: Pen) -> None:
        assert state.surface is not None
        before = state.last
        buttons = sorted(set(before.buttons) ^ set(pen.buttons))
        pressed = pen.down and not before.down
        # A serial that no event carries would push one out that the client may still refer to.
        serial = self._server.seat.serial_for(state.surface.client) if pressed or buttons else 0
        if pressed:
            self._server.popups.pressed(state.surface)
        for tool in self._tools(state):
            if (pen.x, pen.y) != (before.x, before.y) or before.surface != pen.surface:
                tool.send_motion(pen.x, pen.y)
            self._axes(tool, state.device.capabilities, before, pen)
            if pressed:
                tool.send_down(serial)
            elif before.down and not pen.down:
                tool.send_up()
            for button in buttons:
                tool.send_button(serial, button, int(button in pen.buttons))
            tool.send_frame(pen.time)
        if pressed:
            self._server.windows.used(state.surface, pen.time)

    @staticmethod
    def _axes(tool: Tool, capabilities: tuple[str, ...], before: Pen, pen: Pen) -> None:
        if "pressure" in capabilities and pen.pressure != before.pressure:
            tool.send_pressure(round(min(max(pen.pressure, 0.0), 1.0) * _FULL))
        if "tilt" in capabilities and (pen.tilt_x, pen.tilt_y) != (before.tilt_x, before.tilt_y):
            tool.send_tilt(pen.tilt_x, pen.tilt_y)
        if "rotation" in capabilities and pen.rotation != before.rotation:
            tool.send_rotation(pen.rotation)
        if "slider" in capabilities and pen.slider != before.slider:
            tool.send_slider(round(min(max(pen.slider, -1.0), 1.0) * _FULL))

    def _as_pointer(self, pen: Pen) -> None:
        pointer = self._server.seat.pointer
        pointer.motion(PointerMotion(pen.surface, pen.x, pen.y, pen.time))
        down = {_AS_POINTER[button] for button in pen.buttons if button in _AS_POINTER}
        if pen.down:
            down.add(_TIP_AS_POINTER)
        for button in (_TIP_AS_POINTER, *_AS_POINTER.values()):
            pointer.button(PointerButton(button, button in down, pen.time))
