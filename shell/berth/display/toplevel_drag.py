"""xdg_toplevel_drag: a window that goes with a drag, as a tab that is torn off does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.xdg_toplevel_drag_v1 import XdgToplevelDragManagerV1, XdgToplevelDragV1

from berth.display.input_timestamps import MAX_DEVICES
from berth.display.resource import Resource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.data_device import DataSource
    from berth.display.toplevel import Toplevel


class ToplevelDrag(Resource):
    """Holds the window of one source's drag until the window is unmapped."""

    __slots__ = ("_offset", "_source", "_toplevel")
    interface = XdgToplevelDragV1
    listed = True
    most = MAX_DEVICES

    def __init__(self, client: Client, version: int, new_id: int, source: DataSource) -> None:
        super().__init__(client, version, new_id)
        self._source = source
        self._toplevel: Toplevel | None = None
        self._offset = (0, 0)
        source.toplevel_drag = self

    def on_attach(self, toplevel: Toplevel, x: int, y: int) -> None:
        if self._toplevel is not None and self._toplevel.alive:
            raise self.error(XdgToplevelDragV1.error.toplevel_attached, "a window is attached already")
        self._toplevel, self._offset = toplevel, (x, y)

    def on_destroy(self) -> None:
        if self._source.alive and not self._source.ended:
            raise self.error(XdgToplevelDragV1.error.ongoing_drag, "the drag has not ended")
        self.destroy()

    def detach(self, toplevel: Toplevel) -> None:
        """The window is not mapped any more."""
        if self._toplevel is toplevel:
            self._toplevel = None

    def describe(self) -> tuple[int, int, int]:
        """The window and where the pointer is in its geometry; zeros without one."""
        if self._toplevel is None or not self._toplevel.alive or not self._toplevel.window:
            return 0, 0, 0
        return self._toplevel.window, *self._offset

    def destroyed(self) -> None:
        self._source.toplevel_drag = None


class ToplevelDragManager(Resource):
    __slots__ = ()
    interface = XdgToplevelDragManagerV1

    def on_get_xdg_toplevel_drag(self, new_id: int, source: DataSource) -> None:
        if source.used or source.toplevel_drag is not None:
            raise self.error(XdgToplevelDragManagerV1.error.invalid_source, "the source was used already")
        ToplevelDrag(self.client, self.version, new_id, source)
