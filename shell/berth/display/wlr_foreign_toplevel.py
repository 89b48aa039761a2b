"""wlr-foreign-toplevel-management: task bars that show windows and ask for changes to them.

Source: wlr-protocols, wlr-foreign-toplevel-management-unstable-v1, version 3.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlOutput, WlSeat, WlSurface

from berth.core.messages import WindowRequest
from berth.core.permissions import WINDOW_LIST
from berth.display.interface import complete, declare
from berth.display.output import Output, Screen
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.core.messages import WishedAction
    from berth.display.client import Client
    from berth.display.seat import Seat
    from berth.display.surface import Surface
    from berth.display.window_list import Entry

_VERSION = 3
ZwlrForeignToplevelHandleV1 = declare(
    "zwlr_foreign_toplevel_handle_v1",
    _VERSION,
    state={"maximized": 0, "minimized": 1, "activated": 2, "fullscreen": 3},
    error={"invalid_rectangle": 0},
)
ZwlrForeignToplevelManagerV1 = declare("zwlr_foreign_toplevel_manager_v1", _VERSION)
complete(
    ZwlrForeignToplevelHandleV1,
    (ZwlrForeignToplevelHandleV1, WlOutput, WlSeat, WlSurface),
    requests=(
        "set_maximized",
        "unset_maximized",
        "set_minimized",
        "unset_minimized",
        "activate object:wl_seat",
        "close",
        "set_rectangle object:wl_surface int int int int",
        "destroy",
        "set_fullscreen@2 ?object:wl_output",
        "unset_fullscreen@2",
    ),
    events=(
        "title string",
        "app_id string",
        "output_enter object:wl_output",
        "output_leave object:wl_output",
        "state array",
        "done",
        "closed",
        "parent@3 ?object:zwlr_foreign_toplevel_handle_v1",
    ),
)
complete(
    ZwlrForeignToplevelManagerV1,
    (ZwlrForeignToplevelHandleV1,),
    requests=("stop",),
    events=("toplevel new:zwlr_foreign_toplevel_handle_v1", "finished"),
)

_STATES = {state.name: int(state) for state in ZwlrForeignToplevelHandleV1.state}


class WlrHandle(Resource):
    """`entry` is None once the window is gone or the permission was taken back: then requests do nothing."""

    __slots__ = ("_manager", "_screens", "_told", "entry")
    interface = ZwlrForeignToplevelHandleV1
    highest = _VERSION
    listed = True
    permission = WINDOW_LIST
    send_title = event(ZwlrForeignToplevelHandleV1, "title")
    send_app_id = event(ZwlrForeignToplevelHandleV1, "app_id")
    send_output_enter = event(ZwlrForeignToplevelHandleV1, "output_enter")
    send_output_leave = event(ZwlrForeignToplevelHandleV1, "output_leave")
    send_state = event(ZwlrForeignToplevelHandleV1, "state")
    send_done = event(ZwlrForeignToplevelHandleV1, "done")
    send_closed = event(ZwlrForeignToplevelHandleV1, "closed")
    send_parent = event(ZwlrForeignToplevelHandleV1, "parent")

    def __init__(self, client: Client, version: int, manager: WlrManager, entry: Entry) -> None:
        super().__init__(client, version, 0)
        self._manager = manager
        self.entry: Entry | None = entry
        self._told: dict[str, object] = {}
        self._screens: tuple[Screen, ...] = ()
        entry.handles.append(self)
        client.instance.uses.begin(WINDOW_LIST, self)

    # --- requests

    def on_set_maximized(self) -> None:
        self._request("maximize")

    def on_unset_maximized(self) -> None:
        self._request("unmaximize")

    def on_set_minimized(self) -> None:
        self._request("minimize")

    def on_unset_minimized(self) -> None:
        self._request("unminimize")

    def on_activate(self, _seat: Seat) -> None:
        self._request("activate")

    def on_close(self) -> None:
        if self.entry is not None:
            self.client.server.windows.close(self.entry.toplevel.window)

    def on_set_rectangle(self, _surface: Surface, _x: int, _y: int, width: int, height: int) -> None:
        # A hint for animations towards a task bar's button; windows here just vanish.
        if width < 0 or height < 0:
            raise self.error(ZwlrForeignToplevelHandleV1.error.invalid_rectangle, "a negative size")

    def on_set_fullscreen(self, output: Output | None) -> None:
        self._request("fullscreen", "" if output is None else output.screen.name)

    def on_unset_fullscreen(self) -> None:
        self._request("unfullscreen")

    def _request(self, action: WishedAction, output: str = "") -> None:
        if self.entry is not None:
            self.client.server.windows.request(WindowRequest(self.entry.toplevel.window, action, output=output))

    # --- the window

    def start(self) -> None:
        """Tell all there is, for the first time."""
        self.update()

    def update(self) -> None:
        assert self.entry is not None
        toplevel = self.entry.toplevel
        now: dict[str, object] = {
            "title": toplevel.title,
            "app_id": toplevel.app_id,
            "state": self._states(self.entry),
            "parent": self._parent(self.entry),
        }
        moved = self._tell_screens(toplevel.xdg.surface.screens)
        changed = [name for name, value in now.items() if name not in self._told or self._told[name] != value]
        self._told = now
        for name in changed:
            getattr(self, "send_" + name)(now[name])
        if moved or changed:
            self.send_done()

    def _tell_screens(self, screens: tuple[Screen, ...]) -> bool:
        """Returns whether the window is on other outputs than before."""
        before, self._screens = self._screens, screens
        for output in self.client.all(Output) if screens != before else ():
            if output.screen in screens and output.screen not in before:
                self.send_output_enter(output)
            elif output.screen in before and output.screen not in screens:
                self.send_output_leave(output)
        return screens != before

    def _states(self, entry: Entry) -> bytes:
        states = [_STATES[name] for name in sorted(entry.states) if name != "fullscreen" or self.version >= 2]
        return b"".join(struct.pack("=I", state) for state in states)

    def _parent(self, entry: Entry) -> WlrHandle | None:
        parent = self.client.server.window_list.entry(entry.toplevel.parent)
        handles = () if parent is None else parent.handles
        return next((h for h in handles if isinstance(h, WlrHandle) and h._manager is self._manager), None)

    def output_bound(self, output: Output) -> None:
        if output.screen in self._screens:
            self.send_output_enter(output)
            self.send_done()

    def closed(self) -> None:
        self._detach()
        self.send_closed()

    def revoked(self) -> None:
        if self.entry is not None:
            self.closed()

    def _detach(self) -> None:
        entry, self.entry = self.entry, None
        self.client.instance.uses.end(WINDOW_LIST, self)
        if entry is not None:
            self.client.server.window_list.forget_handle(entry, self)

    def destroyed(self) -> None:
        self._detach()


class WlrManager(Resource):
    __slots__ = ()
    interface = ZwlrForeignToplevelManagerV1
    highest = _VERSION
    listed = True
    permission = WINDOW_LIST
    send_toplevel = event(ZwlrForeignToplevelManagerV1, "toplevel")
    send_finished = event(ZwlrForeignToplevelManagerV1, "finished")

    def bound(self) -> None:
        self.client.instance.uses.begin(WINDOW_LIST, self)
        self.client.server.window_list.watch(self)

    def appeared(self, entry: Entry) -> None:
        handle = WlrHandle(self.client, self.version, self, entry)
        self.send_toplevel(handle)
        handle.start()

    def on_stop(self) -> None:
        self.send_finished()
        self.destroy()

    def revoked(self) -> None:
        self.on_stop()

    def destroyed(self) -> None:
        self.client.instance.uses.end(WINDOW_LIST, self)
        self.client.server.window_list.forget(self)
