"""xdg_popup: menus and tooltips, placed here because only the positioner's rules and the parent decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pywayland.protocol.xdg_shell import XdgPopup, XdgWmBase

from berth.core.messages import PopupChanged, Rect
from berth.display.positioner import Rules, place
from berth.display.resource import Resource, event
from berth.display.toplevel import Sizes, Toplevel

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.presence import Place
    from berth.display.seat import Seat
    from berth.display.state import State
    from berth.display.surface import Surface
    from berth.display.xdg_surface import Positioner, XdgSurface


class Base(Protocol):
    """What a popup lies on: a window, another popup or a part of the desktop."""

    @property
    def mapped(self) -> bool: ...

    def where(self) -> Place | None: ...

    def bounds(self, near: Rect) -> Rect | None: ...


class PopupParent(Protocol):
    """The surface of a `Base`."""

    surface: Surface
    popups: list[XdgSurface]

    @property
    def kind(self) -> Base | None: ...


class Popup(Resource):
    """`number` names it towards the ui from the initial commit to the unmap; `rect` is relative to the
    parent's window geometry; `dismissed` is true once the client was told to close it."""

    __slots__ = (
        "_origin",
        "_placed",
        "_reactive",
        "_rules",
        "_token",
        "dismissed",
        "grabbing",
        "mapped",
        "number",
        "parent",
        "rect",
        "xdg",
    )
    interface = XdgPopup
    highest = 7
    send_configure = event(XdgPopup, "configure")
    send_popup_done = event(XdgPopup, "popup_done")
    send_repositioned = event(XdgPopup, "repositioned")

    def __init__(
        self,
        client: Client,
        version: int,
        new_id: int,
        xdg: XdgSurface,
        parent: PopupParent | None,
        rules: Rules,
        positioner: Positioner,
    ) -> None:
        super().__init__(client, version, new_id)
        self.xdg = xdg
        self.parent = parent
        self._token: int | None = None  # of a reposition that waits for the first configure
        self._take(rules, positioner)
        self.number = 0
        self.mapped = False
        self.grabbing = False
        self.dismissed = False
        self.rect: Rect = (0, 0, 0, 0)
        self._placed: Rect = (0, 0, 0, 0)  # as last configured
        if parent is not None:
            parent.popups.append(xdg)

    def _take(self, rules: Rules, positioner: Positioner) -> None:
        """Follow these rules from now on."""
        self._rules, self._reactive = rules, positioner.reactive
        kind = None if self.parent is None else self.parent.kind
        self._origin: tuple[int, int] | None = None  # where the parent will be, until it has moved
        if isinstance(kind, Toplevel):
            self._origin = kind.place_after(positioner.parent_configure, positioner.parent_size)

    # --- requests

    def on_grab(self, _seat: Seat, serial: int) -> None:
        if self.mapped or self.grabbing:
            raise self.error(XdgPopup.error.invalid_grab, "grab after the popup was mapped")
        popups = self.client.server.popups
        parent = None if self.parent is None else self.parent.kind
        if isinstance(parent, Popup) and not parent.grabbing and not parent.dismissed:
            raise self.error(XdgPopup.error.invalid_grab, "the parent has no grab")
        if not popups.may_grab(self.client, self.parent):
            raise self.xdg.base.error(
                XdgWmBase.error.not_the_topmost_popup, "the parent is not the topmost grabbing popup"
            )
        if serial not in self.client.input_serials or (isinstance(parent, Popup) and parent.dismissed):
            self.done()
            return
        self.grabbing = True
        popups.grab(self)

    def on_reposition(self, positioner: Positioner, token: int) -> None:
        rules = positioner.rules()
        if rules is None:
            raise self.xdg.base.error(
                XdgWmBase.error.invalid_positioner, "the positioner lacks size or anchor rectangle"
            )
        self._take(rules, positioner)
        if not self.dismissed:
            self._token = token
            if not self.xdg.initial:
                self._configure()

    def adopt(self, parent: PopupParent) -> None:
        """Give a popup that was made without a parent one."""
        self.parent = parent
        parent.popups.append(self.xdg)

    def on_destroy(self) -> None:
        if self.xdg.popups:
            raise self.xdg.base.error(XdgWmBase.error.not_the_topmost_popup, "a popup of it is still there")
        self.destroy()

    # --- kind of xdg_surface

    def check(self, state: State) -> None:
        if self.xdg.initial and self.parent is None:
            raise self.xdg.base.error(XdgWmBase.error.invalid_popup_parent, "the popup has no parent")

    def initial_commit(self) -> None:
        if self.parent is None or self.parent.kind is None or not self.parent.kind.mapped:
            self.done()
        if self.dismissed:
            return
        self.number = self.client.server.popups.add(self)
        # Before the size: the client draws as soon as it has that.
        self.client.server.presence.update(self.xdg.surface)
        self._configure()

    def _configure(self) -> None:
        self._placed = place(self._rules, self._bounds())
        if self._token is not None:
            self.send_repositioned(self._token)
            self._token = None
        self.send_configure(*self._placed)
        self.xdg.configure(self._placed)

    def take_sizes(self) -> Sizes:
        return None, None

    def apply_sizes(self, sizes: Sizes) -> None:
        pass

    def acked(self, payload: Any) -> None:
        if payload != self.rect:
            self.rect = payload
            self._moved()
            self._changed()

    def map(self) -> None:
        if self.dismissed:
            self.mapped = False
            self.xdg.surface.hide()
            return
        self._changed()
        self.client.server.popups.mapped(self)

    def committed(self) -> None:
        pass

    def unmap(self) -> None:
        self.client.server.popups.remove(self)
        self.number = 0
        self.grabbing = False

    def _changed(self) -> None:
        if self.number:
            self.client.server.popups.changed(self)

    # --- place

    def _bounds(self) -> Rect | None:
        """Where it may be, relative to the parent's window geometry."""
        origin: Place | None = self._origin
        if origin is None and self.parent is not None and self.parent.kind is not None:
            origin = self.parent.kind.where()
        if not isinstance(origin, tuple):
            return None
        left, top, right, bottom = self._rules.anchor_rect
        bounds = self.bounds((origin[0] + left, origin[1] + top, right, bottom))
        if bounds is None:
            return None
        x, y, width, height = bounds
        return x - origin[0], y - origin[1], width, height

    def bounds(self, near: Rect) -> Rect | None:
        """The area in the space of all outputs that what belongs to `near` keeps in, on the window at the bottom."""
        return None if self.parent is None or self.parent.kind is None else self.parent.kind.bounds(near)

    def where(self) -> Place | None:
        """The corner of the popup's window geometry, or the output it will be on."""
        parent = None if self.parent is None or self.parent.kind is None else self.parent.kind.where()
        return (parent[0] + self.rect[0], parent[1] + self.rect[1]) if isinstance(parent, tuple) else parent

    def parent_moved(self) -> None:
        """Follow the rules in the new place, if the client wants that."""
        self._moved()
        self._origin = None
        if self._reactive and self.mapped and place(self._rules, self._bounds()) != self._placed:
            self._configure()

    def _moved(self) -> None:
        self.client.server.presence.moved(self.xdg.surface)

    def describe(self) -> PopupChanged:
        parent = 0 if self.parent is None else self.parent.surface.number
        return PopupChanged(
            self.number, self.xdg.surface.number, parent, *self.rect, grab=self.grabbing, mapped=self.mapped
        )

    def done(self) -> None:
        """Tell the client that its popup was closed; it is not shown any more."""
        if self.dismissed:
            return
        self.dismissed = True
        self.send_popup_done()
        self.unmap()
        if self.mapped:
            self.mapped = False
            self.xdg.surface.hide()

    def destroyed(self) -> None:
        if self.parent is not None and self.xdg in self.parent.popups:
            self.parent.popups.remove(self.xdg)
        for child in self.xdg.popups:
            if isinstance(child.kind, Popup):
                child.kind.parent = None
        self.unmap()
        self.xdg.kind_destroyed()


def same_window(one: Surface, other: Surface) -> bool:
    """Whether both surfaces are of one window, its popups and subsurfaces included."""
    return base_of(one) is base_of(other)


def base_of(surface: Surface) -> Surface:
    """The surface of the window, or part of the desktop, that carries `surface`."""
    root = surface.root()
    kind = getattr(root.role, "kind", None)
    while isinstance(kind, Popup) and kind.parent is not None:
        root = kind.parent.surface.root()
        kind = kind.parent.kind
    return root
