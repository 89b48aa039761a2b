"""zwp_input_popup_surface_v2: suggestions of an input method, shown at the cursor of the app's text field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from berth.core.messages import PopupChanged, PopupDestroyed, Rect
from berth.display.interface import complete, declare
from berth.display.positioner import FLIP_Y, SLIDE_X, SLIDE_Y, Rules, place
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.input_method import InputMethod
    from berth.display.presence import Place
    from berth.display.state import State
    from berth.display.surface import Surface

ZwpInputPopupSurfaceV2 = declare("zwp_input_popup_surface_v2", 1)
complete(ZwpInputPopupSurfaceV2, (), requests=("destroy",), events=("text_input_rectangle int int int int",))

_BOTTOM_LEFT, _BOTTOM_RIGHT = 6, 8  # xdg_positioner.anchor and .gravity


class InputPopup(Resource):
    """The role of a surface. To the ui it is a popup of the surface that has the text focus."""

    __slots__ = ("_described", "_method", "_number", "_rectangle", "surface")
    interface = ZwpInputPopupSurfaceV2
    name = "zwp_input_popup_surface_v2"
    synchronized = False
    outlived_by_surface = False
    send_text_input_rectangle = event(ZwpInputPopupSurfaceV2, "text_input_rectangle")

    def __init__(self, method: InputMethod, new_id: int, surface: Surface) -> None:
        super().__init__(method.client, method.version, new_id)
        self._method = method
        self._number = 0  # while the ui knows it
        self._described: PopupChanged | None = None
        self._rectangle: Rect | None = None
        self.surface: Surface | None = surface
        surface.role, surface.role_name = self, self.name
        method.popups.append(self)

    # --- role of a surface

    def attaching(self) -> None:
        pass

    def check(self, state: State) -> None:
        pass

    def applied(self, _state: State) -> None:
        self.update()

    def surface_destroyed(self) -> None:
        self._hide()
        self.surface = None

    def where(self) -> Place | None:
        """The corner of the popup in the space of all outputs."""
        if self._described is None:
            return None
        corner = self._corner(self._method.client.server.seat.text.focus)
        return (corner[0] + self._described.x, corner[1] + self._described.y) if corner is not None else None

    # --- place

    def update(self) -> None:
        """Show it, move it or hide it, as cursor and content are now."""
        text, surface = self.client.server.seat.text, self.surface
        if surface is None:
            return
        parent, active = text.focus, text.active
        if not (self._method.active and active is not None and parent is not None and surface.has_content):
            self._hide()
            return
        cursor = active.field.rectangle or (0, 0, parent.width, parent.height)
        self._show(surface, parent, cursor)

    def _show(self, surface: Surface, parent: Surface, cursor: Rect) -> None:
        left, top = (parent.geometry or (0, 0, 0, 0))[:2]
        anchor = (cursor[0] - left, cursor[1] - top, cursor[2], cursor[3])
        rules = Rules(surface.width, surface.height, anchor, _BOTTOM_LEFT, _BOTTOM_RIGHT, FLIP_Y | SLIDE_X | SLIDE_Y)
        rect = place(rules, self._bounds(parent, anchor))
        if not self._number:
            self._number = self.client.server.popups.claim()
        described = PopupChanged(self._number, surface.number, parent.number, *rect, mapped=True)
        if described != self._described:
            self._described = described
            self.client.server.presence.moved(surface)
            self.client.server.popups.follow(self)
        rectangle = (anchor[0] - rect[0], anchor[1] - rect[1], anchor[2], anchor[3])
        # An app can move its cursor a thousand times before the input method has read of it once.
        if rectangle != self._rectangle and not self.client.backed_up:
            self._rectangle = rectangle
            self.send_text_input_rectangle(*rectangle)

    @staticmethod
    def _corner(parent: Surface | None) -> tuple[int, int] | None:
        kind: Any = None if parent is None else getattr(parent.root().role, "kind", None)
        where = kind.where() if kind is not None else None
        return where if isinstance(where, tuple) else None

    def _bounds(self, parent: Surface, anchor: Rect) -> Rect | None:
        """Where it may be, relative to the parent's window geometry as `anchor` is."""
        kind: Any = getattr(parent.root().role, "kind", None)
        corner = self._corner(parent)
        if kind is None or corner is None:
            return None
        bounds = kind.bounds((corner[0] + anchor[0], corner[1] + anchor[1], *anchor[2:]))
        if bounds is None:
            return None
        x, y, width, height = bounds
        return x - corner[0], y - corner[1], width, height

    def describe(self) -> PopupChanged | None:
        """What the ui has to know; None while it is not shown."""
        return self._described

    def _hide(self) -> None:
        if self._number:
            self.client.server.popups.leave(self)
            self.client.server.scene.send(PopupDestroyed(self._number))
            self._number = 0
        self._described = self._rectangle = None

    def destroyed(self) -> None:
        self._hide()
        self._method.popups.remove(self)
        if self.surface is not None:
            self.surface.role = None
            self.surface.hide()
