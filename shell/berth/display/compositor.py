"""wl_compositor and wl_region: where surfaces come from and the shapes they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlCompositor, WlRegion

from berth.core.messages import Rect
from berth.display.region import Shape, subtract
from berth.display.resource import BudgetExceeded, Resource
from berth.display.surface import Surface

if TYPE_CHECKING:
    from berth.display.client import Client

MAX_RECTS = 1_000
MAX_ALL_RECTS = 200_000
"""Of all regions of an instance, and of all that was made of them."""


class Region(Resource):
    __slots__ = ("_counted", "_shape", "rects")
    interface = WlRegion

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.rects: list[Rect] = []
        self._counted = 0
        self._shape: Shape | None = None

    def shape(self) -> Shape:
        """What it is now, for others to keep. Raises `BudgetExceeded`."""
        if self._shape is None:
            self._shape = Shape(self.rects, self.client)
            self._check_all()
        return self._shape

    def on_add(self, x: int, y: int, width: int, height: int) -> None:
        if width > 0 and height > 0:
            self.rects.append((x, y, width, height))
            self._check()

    def on_subtract(self, x: int, y: int, width: int, height: int) -> None:
        if width > 0 and height > 0:
            self.rects = subtract(self.rects, (x, y, width, height))
            self._check()

    def _check(self) -> None:
        self._shape = None
        self._count(len(self.rects))
        if len(self.rects) > MAX_RECTS:
            raise BudgetExceeded(f"a region of more than {MAX_RECTS} rectangles")
        self._check_all()

    def _count(self, rects: int) -> None:
        self.client.rects += rects - self._counted
        self._counted = rects

    def _check_all(self) -> None:
        if self.client.instance.rects > MAX_ALL_RECTS:
            raise BudgetExceeded(f"more than {MAX_ALL_RECTS} rectangles in all regions")

    def destroyed(self) -> None:
        self._count(0)


class Compositor(Resource):
    __slots__ = ()
    interface = WlCompositor
    highest = 7

    def on_create_surface(self, new_id: int) -> None:
        Surface(self.client, self.version, new_id)

    def on_create_region(self, new_id: int) -> None:
        Region(self.client, self.version, new_id)
