"""xdg_toplevel: a window, as the client sees it. Where it is and how large is the ui's decision."""

from __future__ import annotations

import struct
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from pywayland.protocol.xdg_shell import XdgToplevel

from berth.core.messages import Configure, Rect, WindowChanged, WindowRequest, WishedAction
from berth.display.icon import ToplevelIcon
from berth.display.resource import Resource, event
from berth.display.toplevel_drag import ToplevelDrag

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.decoration import Decoration
    from berth.display.dialog import Dialog
    from berth.display.foreign import Exported
    from berth.display.output import Output
    from berth.display.presence import Place
    from berth.display.seat import Seat
    from berth.display.state import State
    from berth.display.surface import Surface
    from berth.display.xdg_surface import XdgSurface

_Errors = XdgToplevel.error
_STATES = {state.name: int(state) for state in XdgToplevel.state}
_STATE_SINCE = {"tiled": 2, "suspended": 6, "constrained": 7}
_CAPABILITIES = {capability.name: int(capability) for capability in XdgToplevel.wm_capabilities}
_REMEMBERED_PLACES = 16
"""Configures whose places popups may refer to."""
_EDGES = {int(edge) for edge in XdgToplevel.resize_edge}


Sizes = tuple[tuple[int, int] | None, tuple[int, int] | None]
"""The smallest and the largest, None where nothing was requested."""


class Answer(NamedTuple):
    """What a configure promised, effective once the client commits its acknowledgement."""

    serial: int  # of the ui's `Configure`, 0 without one
    server_decorated: bool
    size: tuple[int, int] = (0, 0)  # 0 = the client's choice


class Configured(NamedTuple):
    """A configure that was sent: its xdg_surface serial, and where the ui will have the window then."""

    serial: int
    size: tuple[int, int]
    place: tuple[int, int]


class Toplevel(Resource):
    """`window` names it towards the ui from the initial commit to the unmap, 0 at other times."""

    __slots__ = (
        "_bounds",
        "_capabilities",
        "_next_max",
        "_next_min",
        "_places",
        "_resend",
        "_unfollowed",
        "_waiting",
        "app_id",
        "decoration",
        "description",
        "dialog",
        "exports",
        "icon",
        "last",
        "mapped",
        "max_size",
        "meant",
        "min_size",
        "parent",
        "server_decorated",
        "tag",
        "title",
        "wanted",
        "window",
        "xdg",
    )
    interface = XdgToplevel
    listed = True
    highest = 7
    send_configure = event(XdgToplevel, "configure")
    send_close = event(XdgToplevel, "close")
    send_configure_bounds = event(XdgToplevel, "configure_bounds")
    send_wm_capabilities = event(XdgToplevel, "wm_capabilities")

    def __init__(self, client: Client, version: int, new_id: int, xdg: XdgSurface) -> None:
        super().__init__(client, version, new_id)
        self.xdg = xdg
        self.window = 0
        self.decoration: Decoration | None = None
        self.dialog: Dialog | None = None
        self.exports: list[Exported] = []
        self.icon = ToplevelIcon(client)
        self._reset()

    def _reset(self) -> None:
        self.title = ""
        self.app_id = ""
        self.tag = self.description = ""
        self.parent: Toplevel | None = None
        self.mapped = False
        self.server_decorated = False
        self.min_size = self.max_size = (0, 0)
        self._next_min: tuple[int, int] | None = None
        self._next_max: tuple[int, int] | None = None
        self.wanted: Configure | None = None  # to be sent at the end of the turn
        self.meant: Configure | None = None  # what the ui said last
        self.last: Configure | None = None  # what the client was told last
        self._waiting: list[WindowRequest] = []
        self._bounds: tuple[int, int] | None = None
        self._unfollowed: Answer | None = None
        self._capabilities: tuple[str, ...] | None = None
        self._resend = False
        self._places: deque[Configured] = deque(maxlen=_REMEMBERED_PLACES)

    # --- requests

    def on_set_parent(self, parent: Toplevel | None) -> None:
        self.set_parent(parent)

    def set_parent(self, parent: Toplevel | None) -> None:
        """Belong to another window, of whichever client. Raises the protocol error for a circle of parents."""
        level = parent
        while level is not None:
            if level is self:
                raise self.error(_Errors.invalid_parent, "a window cannot be its own ancestor")
            level = level.parent
        self.parent = parent
        self.changed()

    def on_set_title(self, title: str) -> None:
        if title != self.title:
            self.title = title
            self.changed()

    def on_set_app_id(self, app_id: str) -> None:
        if app_id != self.app_id:
            self.app_id = app_id
            self.changed()

    def on_show_window_menu(self, _seat: Seat, serial: int, x: int, y: int) -> None:
        if serial in self.client.input_serials:
            self.request("menu", x=x, y=y)

    def on_move(self, _seat: Seat, serial: int) -> None:
        if self.client.server.seat.holds(self.client, serial):
            self.request("move")

    def on_resize(self, _seat: Seat, serial: int, edges: int) -> None:
        if edges not in _EDGES:
            raise self.error(_Errors.invalid_resize_edge, f"{edges} is no edge")
        if edges and self.client.server.seat.holds(self.client, serial):
            self.request("resize", edges=edges)

    def on_set_max_size(self, width: int, height: int) -> None:
        self._next_max = self._checked_size(width, height)

    def on_set_min_size(self, width: int, height: int) -> None:
        self._next_min = self._checked_size(width, height)

    def _checked_size(self, width: int, height: int) -> tuple[int, int]:
        if width < 0 or height < 0:
            raise self.error(_Errors.invalid_size, "a negative size")
        return width, height

    def on_set_maximized(self) -> None:
        self.request("maximize")

    def on_unset_maximized(self) -> None:
        self.request("unmaximize")

    def on_set_fullscreen(self, output: Output | None) -> None:
        self.request("fullscreen", output="" if output is None else output.screen.name)

    def on_unset_fullscreen(self) -> None:
        self.request("unfullscreen")

    def on_set_minimized(self) -> None:
        self.request("minimize")

    def on_destroy(self) -> None:
        decoration = self.decoration
        if decoration is not None:
            raise decoration.orphaned()
        self.destroy()

    def request(self, action: WishedAction, edges: int = 0, x: int = 0, y: int = 0, output: str = "") -> None:
        """Pass on what the client wants for its window, once the ui knows that."""
        request = WindowRequest(self.window, action, edges, x, y, output)
        if self.window:
            self.client.server.windows.request(request)
        elif len(self._waiting) < 8:
            # The ui does not know the window yet; the last word on each matter is enough.
            self._waiting.append(request)

    def changed(self) -> None:
        if self.window:
            self.client.server.windows.changed(self)

    # --- kind of xdg_surface

    def check(self, state: State) -> None:
        if self._next_min is None and self._next_max is None:
            return
        low = self._next_min or self.min_size
        high = self._next_max or self.max_size
        if any(most and least > most for least, most in zip(low, high, strict=True)):
            raise self.error(_Errors.invalid_size, "the smallest size is larger than the largest")

    def initial_commit(self) -> None:
        windows = self.client.server.windows
        # The first frame is not drawn yet: the ui may count on what the client is about to be told.
        self.server_decorated = self._wanted_decoration()
        self.window = windows.add(self)
        self.configure(windows.first_configure(self))
        self._apply_icon()
        for request in self._waiting:
            windows.request(msgspec.structs.replace(request, window=self.window))
        self._waiting.clear()

    def acked(self, payload: object) -> None:
        assert isinstance(payload, Answer)
        if not self._follows(payload):
            return
        if payload.serial != self.xdg.surface.acked_configure:
            self.xdg.surface.acked_configure = payload.serial
            self.xdg.surface.dirty = True
        if self.decoration is not None and payload.server_decorated != self.server_decorated:
            self.server_decorated = payload.server_decorated
            self.changed()

    def map(self) -> None:
        self.committed()
        self.changed()
        self.client.instance.window_mapped(1)

    def committed(self) -> None:
        if self._unfollowed is not None:
            self.acked(self._unfollowed)
        self._apply_icon()
        self._apply_decoration()

    def _follows(self, answer: Answer) -> bool:
        """Whether the content is as asked for: a nested server acknowledges at once and resizes later."""
        nested = self.client.instance.nested
        if nested is None or not answer.size[0]:
            return True
        surface = self.xdg.surface
        if (surface.width, surface.height) == answer.size or nested.obstinate:
            self._unfollowed = None
            return True
        self._unfollowed = answer
        return False

    def _apply_decoration(self) -> None:
        """Without an xdg-decoration no configure has to be acknowledged: every commit counts."""
        if self.decoration is None and self.server_decorated != self._wanted_decoration():
            self.server_decorated = not self.server_decorated
            self.changed()

    def _wanted_decoration(self) -> bool:
        """Whether the desktop draws the title bar, as far as client and desktop have agreed."""
        if self.decoration is not None:
            return self.decoration.server_side
        kde = self.xdg.surface.kde_decoration
        if kde is not None:
            return kde.server_side
        return self.client.instance.nested is not None

    def _apply_icon(self) -> None:
        if self.icon.commit() and self.window:
            self.client.server.windows.icon_changed(self)

    def unmap(self) -> None:
        for drag in self.client.all(ToplevelDrag):
            drag.detach(self)
        self.client.server.windows.remove(self)
        self.window = 0
        self.xdg.surface.acked_configure = 0
        self.icon.clear()
        self._reset()
        self.client.instance.window_mapped(-1)

    def take_sizes(self) -> Sizes:
        sizes, self._next_min, self._next_max = (self._next_min, self._next_max), None, None
        return sizes

    def apply_sizes(self, sizes: Sizes) -> None:
        low, high = sizes[0] or self.min_size, sizes[1] or self.max_size
        if (low, high) != (self.min_size, self.max_size):
            self.min_size, self.max_size = low, high
            self.changed()

    # --- towards the ui and back

    def where(self) -> Place:
        """The corner of the window geometry, or the output it will be on."""
        server = self.client.server
        placement = server.windows.placement(self)
        return server.outputs.of(self) if placement is None else (placement.x, placement.y)

    def bounds(self, near: Rect) -> Rect:
        """Popups stay in the usable part of the output that they belong to; a loose window may lie over several."""
        server = self.client.server
        placement = server.windows.placement(self)
        loose = placement is not None and placement.state == "normal"
        x, y, width, height = near
        screen = server.outputs.under((x, y, max(width, 1), max(height, 1))) if loose else server.outputs.of(self)
        return screen.usable

    def describe(self) -> WindowChanged:
        return WindowChanged(
            self.window,
            self.xdg.surface.number,
            self.client.instance.name,
            self.title,
            self.app_id,
            self.parent.window if self.parent is not None and self.parent.alive else 0,
            self.mapped,
            self.server_decorated,
            *self.min_size,
            *self.max_size,
            self.xdg.base.responding,
            self.dialog is not None and self.dialog.modal,
            self.tag,
            self.description,
            "" if self.client.label is None else self.client.label.shown,
        )

    def configure(self, message: Configure) -> None:
        """Send size and states, with what belongs to them, unless the client was told the very same on our own."""
        last, self.last = self.last, message
        bounds = self.client.server.outputs.of(self).usable[2:]
        known = last is not None and last.serial == 0 and _alike(last, message) and bounds == self._bounds
        if known and not self._resend:
            self.xdg.adopt(message.serial)
            return
        self._resend = False
        decoration = self.decoration
        capabilities = self.client.server.windows.policy.capabilities
        if capabilities != self._capabilities:
            self._capabilities = capabilities
            self.send_wm_capabilities(b"".join(struct.pack("=I", _CAPABILITIES[name]) for name in capabilities))
        if bounds != self._bounds:
            self._bounds = bounds
            self.send_configure_bounds(*bounds)
        if decoration is not None:
            decoration.configure()
        nested = self.client.instance.nested
        if nested is not None:
            nested.configured(self.client, (message.width, message.height))
        states = b"".join(struct.pack("=I", _STATES[name]) for name in message.states if self._knows(name))
        self.send_configure(message.width, message.height, states)
        serial = self.xdg.configure(Answer(message.serial, self._wanted_decoration(), (message.width, message.height)))
        if message.place is not None:
            self._places.append(Configured(serial, (message.width, message.height), message.place))

    def _knows(self, state: str) -> bool:
        return state in _STATES and self.version >= _STATE_SINCE.get(state.split("_")[0], 1)

    def reconfigure(self) -> None:
        """Send the last configure again because something that goes with it changed."""
        self._resend = True
        if self.last is not None and self.wanted is None:
            self.client.server.windows.want(self, self.last)

    def bounds_changed(self) -> None:
        if self.client.server.outputs.of(self).usable[2:] != self._bounds:
            self.reconfigure()

    def place_after(self, serial: int | None, size: tuple[int, int] | None) -> tuple[int, int] | None:
        """Where the window will be after a configure that the client names, or describes by its size."""
        for configured in reversed(self._places):
            if configured.serial == serial or (serial is None and configured.size == size):
                return configured.place
        return None

    def destroyed(self) -> None:
        if self.window:
            self.client.server.windows.remove(self)
            self.window = 0
        self.client.server.windows.orphan(self)
        if self.decoration is not None:
            self.decoration.toplevel = None
        for exported in tuple(self.exports):
            exported.revoke()
        self.icon.clear()
        self.xdg.kind_destroyed()


def _alike(one: Configure, other: Configure) -> bool:
    return (one.width, one.height, one.states) == (other.width, other.height, other.states)


def toplevel_of(surface: Surface) -> Toplevel | None:
    """The window whose own surface this is, None for any other surface."""
    kind = getattr(surface.role, "kind", None)
    return kind if isinstance(kind, Toplevel) else None
