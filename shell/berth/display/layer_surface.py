"""zwlr_layer_shell: panels, backgrounds and notifications that an app puts on the desktop itself.

The ui decides where they go, as with windows, and whether they get the keyboard.

Source: wlr-protocols, wlr-layer-shell-unstable-v1, version 5.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from pywayland.protocol.wayland import WlOutput, WlSurface
from pywayland.protocol.xdg_shell import XdgPopup

from berth.core.layers import BOTTOM, LEFT, LEVELS, RIGHT, TOP, Level, Rules, arrange
from berth.core.messages import LayerChanged, LayerPlaced, Rect
from berth.core.permissions import DESKTOP_PARTS
from berth.display.interface import complete, declare
from berth.display.resource import ProtocolError, Resource, event
from berth.display.surface import MAX_SIDE

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.output import Output, Screen
    from berth.display.popup import Popup
    from berth.display.presence import Place
    from berth.display.state import State
    from berth.display.surface import Surface
    from berth.display.xdg_surface import XdgSurface

_VERSION = 5
_MAX_CONFIGURES = 256
_EDGES = (0, TOP, BOTTOM, LEFT, RIGHT)
_KEYBOARD = ("none", "exclusive", "on_demand")
ZwlrLayerSurfaceV1 = declare(
    "zwlr_layer_surface_v1",
    _VERSION,
    error={
        "invalid_surface_state": 0,
        "invalid_size": 1,
        "invalid_anchor": 2,
        "invalid_keyboard_interactivity": 3,
        "invalid_exclusive_edge": 4,
    },
)
ZwlrLayerShellV1 = declare(
    "zwlr_layer_shell_v1", _VERSION, error={"role": 0, "invalid_layer": 1, "already_constructed": 2}
)
complete(
    ZwlrLayerSurfaceV1,
    (XdgPopup,),
    requests=(
        "set_size uint uint",
        "set_anchor uint",
        "set_exclusive_zone int",
        "set_margin int int int int",
        "set_keyboard_interactivity uint",
        "get_popup object:xdg_popup",
        "ack_configure uint",
        "destroy",
        "set_layer@2 uint",
        "set_exclusive_edge@5 uint",
    ),
    events=("configure uint uint uint", "closed"),
)
complete(
    ZwlrLayerShellV1,
    (ZwlrLayerSurfaceV1, WlSurface, WlOutput),
    requests=(
        "get_layer_surface new:zwlr_layer_surface_v1 object:wl_surface ?object:wl_output uint string",
        "destroy@3",
    ),
)

_Errors = ZwlrLayerSurfaceV1.error


class Wish(NamedTuple):
    """What a commit makes current; `margin` is top, right, bottom, left."""

    level: Level
    anchor: int = 0
    size: tuple[int, int] = (0, 0)
    zone: int = 0
    edge: int = 0
    margin: tuple[int, int, int, int] = (0, 0, 0, 0)
    keyboard: int = 0

    def after(self, _earlier: Wish) -> Wish:
        return self


class LayerSurface(Resource):
    """The role.

    `number` names it towards the ui from the initial commit to the unmap. `screen` is the output it was made
    for, None while the choice is the ui's. `closed` once it was told that it will not be shown any more.
    """

    __slots__ = (
        "_configured",
        "_configures",
        "_first_level",
        "_overtaken",
        "_pending",
        "_ready",
        "_shell",
        "_wish",
        "closed",
        "mapped",
        "namespace",
        "number",
        "popups",
        "rect",
        "screen",
        "surface",
    )
    interface = ZwlrLayerSurfaceV1
    highest = _VERSION
    listed = True
    permission = DESKTOP_PARTS
    send_configure = event(ZwlrLayerSurfaceV1, "configure")
    send_closed = event(ZwlrLayerSurfaceV1, "closed")
    synchronized = False
    outlived_by_surface = False
    parent = None

    def __init__(
        self,
        client: Client,
        version: int,
        new_id: int,
        shell: LayerShell,
        surface: Surface,
        screen: Screen | None,
        level: Level,
        namespace: str,
    ) -> None:
        super().__init__(client, version, new_id)
        self._shell = shell
        self._first_level = level
        self.surface = surface
        self.screen = screen
        self.namespace = namespace
        self.popups: list[XdgSurface] = []
        self.closed = False
        self.mapped = False
        self.number = 0
        self._configures: deque[int] = deque(maxlen=_MAX_CONFIGURES)
        self._overtaken: deque[int] = deque(maxlen=_MAX_CONFIGURES)  # serials that the client may not have read yet
        self._reset()
        surface.role = self
        surface.role_name = ZwlrLayerSurfaceV1.name

    def _reset(self) -> None:
        """Back to the state before the initial commit."""
        self._pending = self._wish = Wish(self._first_level)
        self._overtaken.extend(self._configures)
        self._configures.clear()
        self._configured: tuple[int, int] | None = None
        self._ready = False
        self.rect: Rect | None = None

    # --- requests

    def on_set_size(self, width: int, height: int) -> None:
        self._pending = self._pending._replace(size=(min(width, MAX_SIDE), min(height, MAX_SIDE)))

    def on_set_anchor(self, anchor: int) -> None:
        if anchor > TOP | BOTTOM | LEFT | RIGHT:
            raise self.error(_Errors.invalid_anchor, f"{anchor} is no set of edges")
        self._pending = self._pending._replace(anchor=anchor)

    def on_set_exclusive_zone(self, zone: int) -> None:
        self._pending = self._pending._replace(zone=max(-1, min(zone, MAX_SIDE)))

    def on_set_margin(self, top: int, right: int, bottom: int, left: int) -> None:
        top, right, bottom, left = (max(-MAX_SIDE, min(side, MAX_SIDE)) for side in (top, right, bottom, left))
        self._pending = self._pending._replace(margin=(top, right, bottom, left))

    def on_set_keyboard_interactivity(self, interactivity: int) -> None:
        if interactivity >= (3 if self.version >= 4 else 2):
            raise self.error(_Errors.invalid_keyboard_interactivity, f"{interactivity} is no keyboard interactivity")
        self._pending = self._pending._replace(keyboard=interactivity)

    def on_set_layer(self, layer: int) -> None:
        self._pending = self._pending._replace(level=self._shell.level(layer))

    def on_set_exclusive_edge(self, edge: int) -> None:
        if edge not in _EDGES:
            raise self.error(_Errors.invalid_exclusive_edge, f"{edge} is no edge")
        self._pending = self._pending._replace(edge=edge)

    def on_get_popup(self, popup: Popup) -> None:
        if popup.parent is not None or popup.number:
            raise self.error(_Errors.invalid_surface_state, "the popup has a parent already")
        popup.adopt(self)

    def on_ack_configure(self, serial: int) -> None:
        if serial not in self._configures:
            if self.closed or serial in self._overtaken:
                return
            raise self.error(_Errors.invalid_surface_state, f"{serial} is no configure to be acknowledged")
        while self._configures.popleft() != serial:
            pass
        self._ready = True

    # --- role

    def attaching(self) -> None:
        if not self.number and not self.closed:
            raise self.error(_Errors.invalid_surface_state, "a buffer before the initial commit")

    def check(self, state: State) -> None:
        if self.closed:
            return
        wish = self._pending
        if state.attached and state.buffer is not None and not self._ready:
            raise self.error(_Errors.invalid_surface_state, "a buffer before the first configure was acknowledged")
        for size, edges in zip(wish.size, (LEFT | RIGHT, TOP | BOTTOM), strict=True):
            if not size and wish.anchor & edges != edges:
                raise self.error(_Errors.invalid_size, "no size, and not anchored to opposite edges")
        if wish.edge and not wish.edge & wish.anchor:
            raise self.error(_Errors.invalid_exclusive_edge, "not anchored to the exclusive edge")

    def applied(self, state: State) -> None:
        if self.closed:
            if self.surface.has_content:
                self.surface.hide()
            return
        aside = None if state.extras is None else state.extras.aside
        wish = aside if isinstance(aside, Wish) else self._pending
        changed = self._wish != wish
        self._wish = wish
        if self.mapped and not self.surface.has_content:
            self._unmap()
            self._reset()
            return
        if not self.mapped and self.surface.has_content:
            self.mapped = changed = True
            self.client.instance.uses.begin(DESKTOP_PARTS, self)
        if not self.number:
            self.number = self.client.server.layers.add(self)
            self._answer_at_once()
        elif changed:
            self.client.server.layers.changed(self)

    def set_aside(self, state: State) -> None:
        """Keep with a commit that has to wait what belongs to it."""
        state.more.aside = self._pending

    def _answer_at_once(self) -> None:
        """Many clients draw after one round trip, so they need a size before the ui has said anything. It
        rarely says another."""
        wish, screen = self._wish, self.screen or self.client.server.outputs.primary
        rules = Rules(wish.level, wish.anchor, wish.size, wish.zone, wish.edge, wish.margin)
        ((_x, _y, width, height),), _left = arrange([rules], screen.rect, screen.usable)
        self._configure(width, height)

    def _configure(self, width: int, height: int) -> None:
        if (width, height) == self._configured:
            return
        self._configured = (width, height)
        serial = self.client.display.serial()
        self._configures.append(serial)
        self.send_configure(serial, width, height)

    def surface_destroyed(self) -> None:
        self._unmap()

    def _unmap(self) -> None:
        for popup in reversed(tuple(self.popups)):
            popup.dismiss()
        self.mapped = False
        self.client.instance.uses.end(DESKTOP_PARTS, self)
        self.client.server.layers.remove(self)
        self.number = 0

    # --- parent of popups

    @property
    def kind(self) -> LayerSurface:
        return self

    def where(self) -> Place | None:
        return self.screen if self.rect is None else self.rect[:2]

    def bounds(self, _near: Rect) -> Rect:
        """Popups of panels may cover what windows keep clear of."""
        outputs = self.client.server.outputs
        return (self.screen or outputs.under(self.rect or outputs.primary.rect)).rect

    # --- towards the ui and back

    def describe(self) -> LayerChanged:
        wish = self._wish
        return LayerChanged(
            self.number,
            self.surface.number,
            self.client.instance.name,
            "" if self.screen is None else self.screen.name,
            wish.level,
            wish.anchor,
            *wish.size,
            wish.zone,
            wish.edge,
            wish.margin,
            _KEYBOARD[wish.keyboard],  # type: ignore[arg-type]
            self.mapped,
        )

    def placed(self, message: LayerPlaced) -> None:
        """The ui's decision: the client hears of its size, popups and outputs follow its place."""
        self.rect = (message.x, message.y, message.width, message.height)
        self._configure(message.width, message.height)
        server = self.client.server
        server.presence.moved(self.surface)
        server.popups.parent_moved(self)

    def close(self) -> None:
        """It is not shown any more, whatever the client does; there is no way back."""
        if self.closed:
            return
        self.closed = True
        self._unmap()
        if self.surface.has_content:
            self.surface.hide()
        self.send_closed()

    def revoked(self) -> None:
        self.close()

    def destroyed(self) -> None:
        self._unmap()
        surface = self.surface
        if surface.role is self:
            surface.role = None
            if surface.alive and surface.has_content:
                surface.hide()


class LayerShell(Resource):
    __slots__ = ()
    interface = ZwlrLayerShellV1
    highest = _VERSION
    permission = DESKTOP_PARTS

    def on_get_layer_surface(
        self, new_id: int, surface: Surface, output: Output | None, layer: int, namespace: str
    ) -> None:
        errors = ZwlrLayerShellV1.error
        if surface.role is not None or surface.role_name not in ("", ZwlrLayerSurfaceV1.name):
            raise self.error(errors.role, f"the surface is a {surface.role_name} already")
        if surface.has_buffer:
            raise self.error(errors.already_constructed, "the surface has a buffer already")
        level = self.level(layer)
        screen = None if output is None else output.screen
        made = LayerSurface(self.client, self.version, new_id, self, surface, screen, level, namespace)
        if (screen is not None and not screen.present) or not self.client.sees(LayerShell):
            made.close()

    def level(self, layer: int) -> Level:
        if layer >= len(LEVELS):
            raise ProtocolError(self, ZwlrLayerShellV1.error.invalid_layer, f"{layer} is no layer")
        return LEVELS[layer]
