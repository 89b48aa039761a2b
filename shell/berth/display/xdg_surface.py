"""xdg_wm_base, xdg_positioner and xdg_surface: what toplevels and popups have in common."""

from __future__ import annotations

import time as clock
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pywayland.protocol.xdg_shell import XdgPositioner, XdgWmBase
from pywayland.protocol.xdg_shell import XdgSurface as Interface

from berth.core.messages import Rect
from berth.display import updates
from berth.display.clock import since
from berth.display.popup import Popup, PopupParent
from berth.display.positioner import Rules
from berth.display.region import contains
from berth.display.resource import BudgetExceeded, Resource, event
from berth.display.toplevel import Answer, Sizes, Toplevel

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.presence import Place
    from berth.display.state import State
    from berth.display.surface import Surface

VERSION = 7
_PATIENCE = 5_000  # ms
_MILLISECOND = 1_000_000  # ns
_MAX_NESTING = 32
_MAX_CONFIGURES = 256
"""Unanswered configures remembered for a client that acknowledges none."""

_Errors = Interface.error


class Kind(Protocol):
    """The toplevel or popup on an xdg_surface."""

    mapped: bool

    def check(self, state: State) -> None: ...

    def initial_commit(self) -> None:
        """The client waits for its first configure."""

    def acked(self, payload: object) -> None:
        """A commit answers the configure that was sent with `payload`."""

    def take_sizes(self) -> Sizes:
        """What was requested of its smallest and largest size since the last commit."""

    def apply_sizes(self, sizes: Sizes) -> None:
        """That takes effect."""

    def map(self) -> None: ...

    def unmap(self) -> None: ...

    def committed(self) -> None:
        """Any other commit of a mapped surface."""

    def where(self) -> Place | None:
        """The place of the window geometry."""

    def bounds(self, _near: Rect) -> Rect | None:
        """The area that popups on it keep in."""


class Positioner(Resource):
    """What a client says about a popup; copied when it is used. `parent_size` and `parent_configure` say
    that the parent is about to change: the popup is fitted in where the parent will be."""

    __slots__ = (
        "adjustment",
        "anchor",
        "anchor_rect",
        "gravity",
        "offset",
        "parent_configure",
        "parent_size",
        "reactive",
        "size",
    )
    interface = XdgPositioner
    highest = VERSION

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.size: tuple[int, int] | None = None
        self.anchor_rect: Rect | None = None
        self.anchor = self.gravity = self.adjustment = 0
        self.offset = (0, 0)
        self.reactive = False
        self.parent_size: tuple[int, int] | None = None
        self.parent_configure: int | None = None

    def _invalid(self, message: str) -> Exception:
        return self.error(XdgPositioner.error.invalid_input, message)

    def on_set_size(self, width: int, height: int) -> None:
        if width <= 0 or height <= 0:
            raise self._invalid("an empty size")
        self.size = (width, height)

    def on_set_anchor_rect(self, x: int, y: int, width: int, height: int) -> None:
        if width < 0 or height < 0:
            raise self._invalid("a negative anchor rectangle")
        self.anchor_rect = (x, y, width, height)

    def on_set_anchor(self, anchor: int) -> None:
        if anchor > int(XdgPositioner.anchor.bottom_right):
            raise self._invalid(f"{anchor} is no anchor")
        self.anchor = anchor

    def on_set_gravity(self, gravity: int) -> None:
        if gravity > int(XdgPositioner.gravity.bottom_right):
            raise self._invalid(f"{gravity} is no gravity")
        self.gravity = gravity

    def on_set_constraint_adjustment(self, adjustment: int) -> None:
        self.adjustment = adjustment

    def on_set_offset(self, x: int, y: int) -> None:
        self.offset = (x, y)

    def on_set_reactive(self) -> None:
        self.reactive = True

    def on_set_parent_size(self, width: int, height: int) -> None:
        self.parent_size = (width, height)

    def on_set_parent_configure(self, serial: int) -> None:
        self.parent_configure = serial

    def rules(self) -> Rules | None:
        """None while size or anchor rectangle are missing. A point is a rectangle, too: set_anchor_rect permits it."""
        if self.size is None or self.anchor_rect is None:
            return None
        return Rules(*self.size, self.anchor_rect, self.anchor, self.gravity, self.adjustment, self.offset)


class _Aside(NamedTuple):
    """Pending state of the role: the window geometry, payloads of configures that were acknowledged, and what was
    requested of the toplevel's sizes."""

    geometry: Rect | None
    acked: list[object]
    sizes: Sizes

    def after(self, earlier: _Aside) -> _Aside:
        low, high = (mine or theirs for mine, theirs in zip(self.sizes, earlier.sizes, strict=True))
        return _Aside(self.geometry, earlier.acked + self.acked, (low, high))


class XdgSurface(Resource):
    """The role's common part.

    A configure travels with a payload that `Kind.acked` gets back with the commit that answers it.
    """

    __slots__ = (
        "_acked",
        "_configures",
        "_geometry",
        "_overtaken",
        "base",
        "configured",
        "initial",
        "kind",
        "popups",
        "surface",
    )
    interface = Interface
    highest = VERSION
    send_configure = event(Interface, "configure")
    synchronized = False
    outlived_by_surface = True

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface, base: WmBase) -> None:
        super().__init__(client, version, new_id)
        self.surface = surface
        self.base = base
        self.kind: Kind | None = None
        self.popups: list[XdgSurface] = []  # children, oldest first
        self._geometry: Rect | None = None
        self._configures: deque[tuple[int, object]] = deque(maxlen=_MAX_CONFIGURES)
        self._overtaken: deque[int] = deque(maxlen=_MAX_CONFIGURES)  # serials that the client may not have read yet
        base.xdg_surfaces += 1
        self.reset()

    def reset(self) -> None:
        """Back to the state before the initial commit."""
        self._overtaken.extend(serial for serial, _payload in self._configures)
        self._configures.clear()
        self._acked: list[object] = []
        self.configured = False
        self.initial = True

    # --- requests

    def on_get_toplevel(self, new_id: int) -> None:
        self._check_role("xdg_toplevel")
        self.kind = Toplevel(self.client, self.version, new_id, self)

    def on_get_popup(self, new_id: int, parent: XdgSurface | None, positioner: Positioner) -> None:
        self._check_role("xdg_popup")
        rules = positioner.rules()
        if rules is None:
            raise self.base.error(XdgWmBase.error.invalid_positioner, "the positioner lacks size or anchor rectangle")
        if parent is not None and (parent.kind is None or parent is self):
            raise self.base.error(XdgWmBase.error.invalid_popup_parent, "the parent has no role")
        if parent is not None and _nesting(parent) >= _MAX_NESTING:
            raise BudgetExceeded(f"more than {_MAX_NESTING} popups inside each other")
        self.kind = Popup(self.client, self.version, new_id, self, parent, rules, positioner)

    def _check_role(self, name: str) -> None:
        if self.kind is not None:
            raise self.error(_Errors.already_constructed, "the surface has its role already")
        if self.surface.role_name not in ("", name):
            raise self.base.error(XdgWmBase.error.role, f"the surface is a {self.surface.role_name} already")
        self.surface.role_name = name

    def on_set_window_geometry(self, x: int, y: int, width: int, height: int) -> None:
        self._check_constructed()
        if width <= 0 or height <= 0:
            raise self.error(_Errors.invalid_size, "an empty window geometry")
        self._geometry = (x, y, width, height)

    def on_ack_configure(self, serial: int) -> None:
        self._check_constructed()
        if serial in self._overtaken:
            return  # the client had it on its way when it unmapped the surface
        if not any(known == serial for known, _payload in self._configures):
            raise self.error(_Errors.invalid_serial, f"{serial} is no configure to be acknowledged")
        while True:
            known, payload = self._configures.popleft()
            self._acked.append(payload)
            if known == serial:
                break
        self.configured = True

    def on_destroy(self) -> None:
        if self.kind is not None:
            raise self.error(_Errors.defunct_role_object, "destroyed before its role object")
        self.destroy()

    def _check_constructed(self) -> None:
        if self.kind is None:
            raise self.error(_Errors.not_constructed, "the surface has no role yet")

    # --- configure

    def configure(self, payload: object) -> int:
        """End a sequence of configure events; see the class. Returns the serial."""
        serial = self.client.display.serial()
        self._configures.append((serial, payload))
        self.send_configure(serial)
        return serial

    def adopt(self, number: int) -> None:
        """The ui asks for what the client was told already: the answer to that is the answer to `number`."""
        if self._configures:
            serial, payload = self._configures[-1]
            self._configures[-1] = (serial, _renumbered(payload, number))
        elif any(self._answers()):
            latest = [acked for acked in self._answers() if acked][-1]
            latest[-1] = _renumbered(latest[-1], number)
        else:
            self.surface.acked_configure = number
            self.surface.dirty = True
            self.client.server.scene.surface_applied(self.surface)

    def forget_serials(self) -> None:
        """Answers to configures of an earlier ui mean nothing to the next one."""

        for acked in self._answers():
            acked[:] = [_renumbered(payload, 0) for payload in acked]
        renumbered = ((serial, _renumbered(payload, 0)) for serial, payload in self._configures)
        self._configures = deque(renumbered, maxlen=_MAX_CONFIGURES)

    # --- role

    def attaching(self) -> None:
        if self.initial:
            raise self.error(_Errors.unconfigured_buffer, "a buffer before the initial commit")

    def check(self, state: State) -> None:
        self._check_constructed()
        assert self.kind is not None
        if state.attached and state.buffer is not None and not self.configured:
            raise self.error(_Errors.unconfigured_buffer, "a buffer before the first configure was acknowledged")
        self.kind.check(state)

    def applied(self, state: State) -> None:
        kind, surface = self.kind, self.surface
        if kind is None:
            return
        aside = None if state.extras is None else state.extras.aside
        if not isinstance(aside, _Aside):
            aside = self._take_pending(kind)
        self._apply_geometry(aside.geometry)
        kind.apply_sizes(aside.sizes)
        if aside.acked:
            kind.acked(aside.acked[-1])
        if kind.mapped:
            if surface.has_content:
                kind.committed()
            else:
                self._unmap()
        elif surface.has_content:
            kind.mapped = True
            kind.map()
        elif self.initial:
            self.initial = False
            kind.initial_commit()

    def set_aside(self, state: State) -> None:
        """Keep with a commit that has to wait what belongs to it."""
        if self.kind is not None:
            state.more.aside = self._take_pending(self.kind)

    def _take_pending(self, kind: Kind) -> _Aside:
        acked, self._acked = self._acked, []
        return _Aside(self._geometry, acked, kind.take_sizes())

    def _answers(self) -> list[list[object]]:
        """Payloads of acknowledged configures, of each commit that is not current yet; the oldest first."""
        asides = (state.extras.aside for state in self.surface.queue if state.extras is not None)
        return [*(aside.acked for aside in asides if isinstance(aside, _Aside)), self._acked]

    def _apply_geometry(self, geometry: Rect | None) -> None:
        """What the client asked for, clamped to what there is of the surface and its subsurfaces."""
        surface = self.surface
        whole = (0, 0, surface.width, surface.height)
        # All subsurfaces are only looked at if they can make a difference.
        if geometry is not None and surface.has_content and not contains(whole, geometry):
            x, y, right, bottom = _extents(surface)
            left, top = max(geometry[0], x), max(geometry[1], y)
            width = min(geometry[0] + geometry[2], right) - left
            height = min(geometry[1] + geometry[3], bottom) - top
            geometry = (left, top, width, height) if width > 0 and height > 0 else None
        if geometry != surface.geometry:
            surface.geometry = geometry
            surface.dirty = True
            self.client.server.presence.moved(surface)

    @property
    def window_geometry(self) -> Rect:
        return self.surface.geometry or (0, 0, self.surface.width, self.surface.height)

    def where(self) -> Place | None:
        """The place of the surface, with its shadow and whatever else lies around the window geometry."""
        place = None if self.kind is None else self.kind.where()
        if not isinstance(place, tuple):
            return place
        x, y, _width, _height = self.window_geometry
        return place[0] - x, place[1] - y

    def _unmap(self) -> None:
        kind = self.kind
        if kind is not None and kind.mapped:
            for popup in reversed(tuple(self.popups)):
                popup.dismiss()
            kind.mapped = False
            kind.unmap()
        self._geometry = self.surface.geometry = None
        self.reset()

    def dismiss(self) -> None:
        """As a popup: tell the client that it was closed, its own popups first."""
        for popup in reversed(tuple(self.popups)):
            popup.dismiss()
        if isinstance(self.kind, Popup):
            self.kind.done()

    def kind_destroyed(self) -> None:
        """The toplevel or popup is gone, the surface may get another of the same kind."""
        self._unmap()
        self.kind = None
        surface = self.surface
        updates.clear_queue(surface)
        if surface.alive and surface.has_content:
            surface.hide()

    def surface_destroyed(self) -> None:
        self._unmap()

    def destroyed(self) -> None:
        self.base.xdg_surfaces -= 1
        if self.kind is not None:
            self._unmap()
        if self.surface.role is self:
            self.surface.role = None


def _renumbered(payload: object, number: int) -> object:
    return payload._replace(serial=number) if isinstance(payload, Answer) else payload


def _nesting(xdg: XdgSurface) -> int:
    """Popups from `xdg` down to its window."""
    levels = 0
    level: PopupParent | None = xdg
    while level is not None and isinstance(level.kind, Popup):
        levels += 1
        level = level.kind.parent
    return levels


def _extents(surface: Surface) -> Rect:
    """Left, top, right and bottom of a surface with its subsurfaces."""
    left, top, right, bottom = 0, 0, surface.width, surface.height
    for sub, x, y in surface.children:
        if sub is not None and sub.surface.has_content:
            inner = _extents(sub.surface)
            left, top = min(left, x + inner[0]), min(top, y + inner[1])
            right, bottom = max(right, x + inner[2]), max(bottom, y + inner[3])
    return left, top, right, bottom


class WmBase(Resource):
    __slots__ = ("_pinged", "responding", "xdg_surfaces")
    interface = XdgWmBase
    highest = VERSION
    listed = True
    send_ping = event(XdgWmBase, "ping")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.xdg_surfaces = 0
        self.responding = True
        self._pinged: tuple[int, int] | None = None  # serial and time of the ping that is not answered yet

    def ping(self, time: int) -> None:
        """Ask whether the client is alive, or notice that it has not answered for long."""
        if self._pinged is None:
            self._pinged = (self.client.display.serial(), time)
            self.send_ping(self._pinged[0])
            self._look_in(_PATIENCE)
        elif self.responding and since(self._pinged[1], time) > _PATIENCE:
            self._overdue()

    def _look_in(self, wait: int) -> None:
        moment = clock.monotonic_ns() + wait * _MILLISECOND
        self.client.server.timers.set(self, moment, self._overdue)

    def _overdue(self) -> None:
        if self.client.unread:
            # A busy server: the answer may be among what nobody has read.
            self._look_in(_PATIENCE // 5)
            return
        self.client.server.timers.forget(self)
        self.responding = False
        self.client.server.windows.responding_changed(self)

    def disconnect(self) -> None:
        """End a client that has not answered for long, as the user wishes."""
        self.client.unwanted = True
        self.client.protocol_error(self.error(XdgWmBase.error.unresponsive, "no answer to a ping"))

    def on_create_positioner(self, new_id: int) -> None:
        Positioner(self.client, self.version, new_id)

    def on_get_xdg_surface(self, new_id: int, surface: Surface) -> None:
        errors = XdgWmBase.error
        if surface.role is not None or surface.role_name not in ("", "xdg_toplevel", "xdg_popup"):
            raise self.error(errors.role, f"the surface is a {surface.role_name} already")
        if surface.has_buffer:
            raise self.error(errors.invalid_surface_state, "the surface has a buffer already")
        surface.role = XdgSurface(self.client, self.version, new_id, surface, self)

    def on_pong(self, serial: int) -> None:
        if self._pinged is None or self._pinged[0] != serial:
            return
        self._pinged = None
        self.client.server.timers.forget(self)
        if not self.responding:
            self.responding = True
            self.client.server.windows.responding_changed(self)

    def on_destroy(self) -> None:
        if self.xdg_surfaces:
            raise self.error(XdgWmBase.error.defunct_surfaces, "destroyed before its surfaces")
        self.destroy()

    def destroyed(self) -> None:
        self.client.server.timers.forget(self)
