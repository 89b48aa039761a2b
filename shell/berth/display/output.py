"""wl_output and xdg-output: the one screen, as large as the ui says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlOutput
from pywayland.protocol.xdg_output_unstable_v1 import ZxdgOutputManagerV1, ZxdgOutputV1

from berth.core.messages import OutputChanged, Rect
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client

NAME = "BERTH-1"
DESCRIPTION = "Berth desktop"
_DPI = 96.0


class Screen:
    """What the output is at the moment; before the first ui a usual size."""

    def __init__(self) -> None:
        self.now = OutputChanged(1280, 800)

    @property
    def buffer_scale(self) -> int:
        return max(1, math.ceil(self.now.scale))

    @property
    def pixels(self) -> tuple[int, int]:
        return round(self.now.width * self.now.scale), round(self.now.height * self.now.scale)

    @property
    def usable(self) -> Rect:
        """Where popups and maximised windows may be."""
        usable = self.now.usable
        if usable[2] <= 0 or usable[3] <= 0:
            return 0, 0, self.now.width, self.now.height
        return usable


class Output(Resource):
    __slots__ = ()
    interface = WlOutput
    listed = True
    highest = 4
    send_geometry = event(WlOutput, "geometry")
    send_mode = event(WlOutput, "mode")
    send_scale = event(WlOutput, "scale")
    send_name = event(WlOutput, "name")
    send_description = event(WlOutput, "description")
    send_done = event(WlOutput, "done")

    def bound(self) -> None:
        self.send_name(NAME)
        self.send_description(DESCRIPTION)
        self.describe()
        for surface in self.client.server.scene.surfaces.values():
            if surface.client is self.client and surface.has_content:
                surface.send_enter(self)
        self.client.server.output_bound(self)

    def describe(self) -> None:
        screen = self.client.server.output
        width, height = screen.now.width, screen.now.height
        millimetres = (round(size / _DPI * 25.4) for size in (width, height))
        self.send_geometry(0, 0, *millimetres, int(WlOutput.subpixel.unknown), "Berth", "desktop", 0)
        mode = int(WlOutput.mode.current) | int(WlOutput.mode.preferred)
        self.send_mode(mode, *screen.pixels, screen.now.refresh)
        self.send_scale(screen.buffer_scale)
        self.send_done()


class XdgOutput(Resource):
    __slots__ = ("output",)
    interface = ZxdgOutputV1
    listed = True
    highest = 3
    send_logical_position = event(ZxdgOutputV1, "logical_position")
    send_logical_size = event(ZxdgOutputV1, "logical_size")
    send_name = event(ZxdgOutputV1, "name")
    send_description = event(ZxdgOutputV1, "description")
    send_done = event(ZxdgOutputV1, "done")

    def __init__(self, client: Client, version: int, new_id: int, output: Output) -> None:
        super().__init__(client, version, new_id)
        self.output = output
        self.send_name(NAME)
        self.send_description(DESCRIPTION)
        self.describe()
        if version >= 3:
            output.send_done()

    def describe(self) -> None:
        """The changes; from version 3 on, wl_output.done ends them."""
        screen = self.client.server.output
        self.send_logical_position(0, 0)
        self.send_logical_size(screen.now.width, screen.now.height)
        if self.version < 3:
            self.send_done()


class XdgOutputManager(Resource):
    __slots__ = ()
    interface = ZxdgOutputManagerV1
    highest = 3

    def on_get_xdg_output(self, new_id: int, output: Output) -> None:
        XdgOutput(self.client, self.version, new_id, output)
