"""What the pointer looks like: cursor surfaces and wp_cursor_shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from pywayland.protocol.cursor_shape_v1 import WpCursorShapeDeviceV1, WpCursorShapeManagerV1

from berth.core.messages import Cursor
from berth.display.resource import Resource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.output import Screen
    from berth.display.pointer import Pointer
    from berth.display.state import State
    from berth.display.surface import Surface
    from berth.display.tablet import Tool

_SHAPES = {int(shape): shape.name.replace("_", "-") for shape in WpCursorShapeDeviceV1.shape}


class CursorRole:
    """The role of a surface that a client draws its cursor into."""

    name = "wl_pointer-cursor"
    synchronized = False
    outlived_by_surface = False

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    @classmethod
    def give(cls, surface: Surface) -> None:
        if surface.role is None:
            surface.role = cls(surface)
            surface.role_name = cls.name

    def attaching(self) -> None:
        pass

    def check(self, state: State) -> None:
        pass

    def applied(self, state: State) -> None:
        """Moving the content moves the hot spot the other way."""
        if state.offset == (0, 0):
            return
        scene = self._surface.client.server.scene
        now = scene.cursor
        if now.surface == self._surface.number:
            x, y = state.offset
            scene.set_cursor(msgspec.structs.replace(now, hotspot_x=now.hotspot_x - x, hotspot_y=now.hotspot_y - y))

    def where(self) -> Screen:
        """The output that the pointer is on: the cursor shall be as sharp as what it points at."""
        server = self._surface.client.server
        focus = server.seat.pointer.focus
        screens = () if focus is None else focus.screens
        return max(screens, key=lambda screen: screen.now.scale, default=server.outputs.primary)

    def surface_destroyed(self) -> None:
        pass


class CursorShapeDevice(Resource):
    """For a pointer or a tool of a tablet, while that lives."""

    __slots__ = ("_device",)
    interface = WpCursorShapeDeviceV1
    highest = 2

    def __init__(self, client: Client, version: int, new_id: int, device: Pointer | Tool) -> None:
        super().__init__(client, version, new_id)
        self._device = device

    def on_set_shape(self, serial: int, shape: int) -> None:
        name = _SHAPES.get(shape)
        if name is None or (self.version < 2 and shape > int(WpCursorShapeDeviceV1.shape.zoom_out)):
            raise self.error(WpCursorShapeDeviceV1.error.invalid_shape, f"{shape} is no shape")
        if self._device.alive and self._device.may_set_cursor(serial):
            self.client.server.scene.set_cursor(Cursor(name))


class CursorShapeManager(Resource):
    __slots__ = ()
    interface = WpCursorShapeManagerV1
    highest = 2

    def on_get_pointer(self, new_id: int, pointer: Pointer) -> None:
        CursorShapeDevice(self.client, self.version, new_id, pointer)

    def on_get_tablet_tool_v2(self, new_id: int, tool: Tool) -> None:
        CursorShapeDevice(self.client, self.version, new_id, tool)
