"""wl_compositor and wl_region: where surfaces come from and the shapes they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlCompositor, WlRegion

from berth.core.messages import Rect
from berth.display.region import subtract
from berth.display.resource import BudgetExceeded, Resource
from berth.display.surface import Surface

if TYPE_CHECKING:
    from berth.display.client import Client

MAX_RECTS = 1_000


class Region(Resource):
    __slots__ = ("rects",)
    interface = WlRegion

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.rects: list[Rect] = []

    def on_add(self, x: int, y: int, width: int, height: int) -> None:
        if width > 0 and height > 0:
            self.rects.append((x, y, width, height))
            self._check()

    def on_subtract(self, x: int, y: int, width: int, height: int) -> None:
        if width > 0 and height > 0:
            self.rects = subtract(self.rects, (x, y, width, height))
            self._check()

    def _check(self) -> None:
        if len(self.rects) > MAX_RECTS:
            raise BudgetExceeded(f"a region of more than {MAX_RECTS} rectangles")


class Compositor(Resource):
    __slots__ = ()
    interface = WlCompositor
    highest = 7

    def on_create_surface(self, new_id: int) -> None:
        Surface(self.client, self.version, new_id)

    def on_create_region(self, new_id: int) -> None:
        Region(self.client, self.version, new_id)
