"""wl_output and xdg-output: an output as a client sees it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlOutput
from pywayland.protocol.xdg_output_unstable_v1 import ZxdgOutputManagerV1, ZxdgOutputV1

from berth.core import transform
from berth.core.messages import OutputChanged, Rect
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client

_DPI = 96.0
_MOST = 256
"""Objects of a client for outputs: each hears of each surface that comes and goes."""


class Screen:
    """One output as the ui described it last. `present` until it is unplugged; clients' objects may outlive that."""

    def __init__(self, now: OutputChanged) -> None:
        self.now = now
        self.present = True

    @property
    def name(self) -> str:
        return self.now.name

    @property
    def rect(self) -> Rect:
        """Its place in the space that all outputs share."""
        return self.now.x, self.now.y, self.now.width, self.now.height

    @property
    def buffer_scale(self) -> int:
        return max(1, math.ceil(self.now.scale))

    @property
    def pixels(self) -> tuple[int, int]:
        """Size of the mode: of the panel as it was built, not as it stands."""
        width, height = round(self.now.width * self.now.scale), round(self.now.height * self.now.scale)
        return transform.turned(width, height, self.now.transform)

    @property
    def millimetres(self) -> tuple[int, int]:
        """Physical size, of a usual density where it is unknown."""
        if all(self.now.millimetres):
            return self.now.millimetres
        width, height = transform.turned(self.now.width, self.now.height, self.now.transform)
        return round(width / _DPI * 25.4), round(height / _DPI * 25.4)

    @property
    def usable(self) -> Rect:
        """Where popups and maximised windows may be."""
        usable = self.now.usable
        return usable if usable[2] > 0 and usable[3] > 0 else self.rect


class Output(Resource):
    __slots__ = ("screen",)
    interface = WlOutput
    listed = True
    most = _MOST
    highest = 4
    send_geometry = event(WlOutput, "geometry")
    send_mode = event(WlOutput, "mode")
    send_scale = event(WlOutput, "scale")
    send_name = event(WlOutput, "name")
    send_description = event(WlOutput, "description")
    send_done = event(WlOutput, "done")

    def __init__(self, client: Client, version: int, new_id: int, screen: Screen) -> None:
        super().__init__(client, version, new_id)
        self.screen = screen

    def bound(self) -> None:
        self.send_name(self.screen.name)
        self.describe()
        for surface in self.client.server.scene.surfaces.values():
            if surface.client is self.client and self.screen in surface.screens:
                surface.send_enter(self)
        self.client.server.output_bound(self)

    @property
    def told(self) -> Screen:
        """What the client is told of the screen."""
        nested = self.client.instance.nested
        return self.screen if nested is None else nested.seen(self.screen)

    def describe(self) -> None:
        screen = self.told
        now = screen.now
        subpixel = int(WlOutput.subpixel.unknown)
        self.send_geometry(now.x, now.y, *screen.millimetres, subpixel, now.make, now.model, now.transform)
        mode = int(WlOutput.mode.current) | int(WlOutput.mode.preferred)
        self.send_mode(mode, *screen.pixels, now.refresh)
        self.send_scale(screen.buffer_scale)
        self.send_description(now.description)
        self.send_done()


class XdgOutput(Resource):
    __slots__ = ("output",)
    interface = ZxdgOutputV1
    listed = True
    most = _MOST
    highest = 3
    send_logical_position = event(ZxdgOutputV1, "logical_position")
    send_logical_size = event(ZxdgOutputV1, "logical_size")
    send_name = event(ZxdgOutputV1, "name")
    send_description = event(ZxdgOutputV1, "description")
    send_done = event(ZxdgOutputV1, "done")

    def __init__(self, client: Client, version: int, new_id: int, output: Output) -> None:
        super().__init__(client, version, new_id)
        self.output = output
        self.send_name(output.screen.name)
        self.send_description(output.screen.now.description)
        self.describe()
        if version >= 3:
            output.send_done()

    def describe(self) -> None:
        """The changes; from version 3 on, wl_output.done ends them."""
        now = self.output.told.now
        self.send_logical_position(now.x, now.y)
        self.send_logical_size(now.width, now.height)
        if self.version < 3:
            self.send_done()


class XdgOutputManager(Resource):
    __slots__ = ()
    interface = ZxdgOutputManagerV1
    highest = 3

    def on_get_xdg_output(self, new_id: int, output: Output) -> None:
        XdgOutput(self.client, self.version, new_id, output)
