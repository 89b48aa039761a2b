"""The tree of surfaces: states from the display server become items in the scene.

Each surface is a group item that holds, in stacking order, its own content and the groups
of its subsurfaces; popups lie above them all. Content is always a leaf, so pointer events
reach exactly one surface and never its ancestors too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec
from PySide6.QtCore import QPointF
from PySide6.QtQuick import QQuickItem, QQuickWindow

from berth.core.messages import NO_CONTENT, Commit, PopupChanged, Rect, SurfaceState
from berth.ui.dmabufs import Import
from berth.ui.slot import Content, Slot
from berth.ui.surface_item import SurfaceInput, SurfaceItem, look_of
from berth.ui.upload import Upload, clip_damage

_POPUP_LEVEL = 10_000


@dataclass(slots=True)
class Pending:
    """A state that becomes visible with the next frame, and its pixels as they were announced."""

    state: SurfaceState
    content: Content | None


@dataclass(slots=True, eq=False)
class Surface:
    """Attributes:
    above: the surface whose subsurface or popup this is; 0 for none.
    scale: pixels per logical pixel where it is shown.
    """

    number: int
    instance: str
    group: QQuickItem
    item: SurfaceItem
    slots: dict[int, Slot | Import] = field(default_factory=dict)
    state: SurfaceState = field(default_factory=lambda: SurfaceState(0))
    pending: Pending | None = None
    above: int = 0
    scale: float = 1.0
    popup: PopupChanged | None = None

    @property
    def geometry(self) -> Rect:
        """Window geometry in surface coordinates."""
        state = self.state
        return state.geometry if state.geometry is not None else (0, 0, state.logical_width, state.logical_height)


class Surfaces:
    """All surfaces of the scene.

    Args:
        router: is told about input on them.
        new_upload: makes the way of upload for one surface in a window.
        applied: called with each surface that has a new state.
    """

    def __init__(
        self,
        router: SurfaceInput,
        new_upload: Callable[[QQuickWindow], Upload],
        applied: Callable[[Surface], None],
    ) -> None:
        self._router = router
        self._new_upload = new_upload
        self._applied = applied
        self._surfaces: dict[int, Surface] = {}
        self._pending: dict[int, Surface] = {}
        self._popups: dict[int, Surface] = {}  # by popup, oldest first
        self._undrawn: list[Surface] = []

    def get(self, number: int) -> Surface | None:
        return self._surfaces.get(number)

    def root(self, number: int) -> int:
        """The toplevel (or parentless) surface that a subsurface or popup belongs to."""
        seen = {number}
        while (surface := self._surfaces.get(number)) is not None and surface.above and surface.above not in seen:
            number = surface.above
            seen.add(number)
        return number

    def set_scale(self, number: int, scale: float) -> None:
        """Show a surface with all that is on it on an output of that scale."""
        surface = self._surfaces.get(number)
        if surface is not None and surface.scale != scale:
            surface.scale = scale
            if surface.state.slot != NO_CONTENT:
                surface.item.set_look(look_of(surface.state, scale))
            self._place(surface)
            for other in [other for other in self._surfaces.values() if other.above == number]:
                self.set_scale(other.number, scale)
                self._place(other)

    def _place(self, surface: Surface) -> None:
        """Put a surface where it belongs, in whole pixels of the screen: else its picture would be smeared."""
        scale = surface.scale
        x, y = self._corner(surface)
        surface.group.setPosition(QPointF(round(x * scale) / scale, round(y * scale) / scale))

    def _corner(self, surface: Surface) -> tuple[int, int]:
        """From the corner of the surface that it is on, or of the window geometry if it is a window's own."""
        above = self._surfaces.get(surface.above)
        x, y, _width, _height = surface.geometry
        if above is None:
            return -x, -y
        if surface.popup is not None:
            left, top, _width, _height = above.geometry
            return left + surface.popup.x - x, top + surface.popup.y - y
        return next(((x, y) for number, x, y in above.state.children if number == surface.number), (0, 0))

    def grabbing_popups(self) -> Iterator[PopupChanged]:
        """Mapped popups that hold the keyboard, oldest first."""
        for surface in self._popups.values():
            if surface.popup is not None and surface.popup.grab and surface.popup.mapped:
                yield surface.popup

    # --- messages

    def reset(self) -> None:
        for number in list(self._surfaces):
            self.destroyed(number)

    def created(self, number: int, instance: str) -> None:
        self.destroyed(number)
        group = QQuickItem()
        item = SurfaceItem(number, self._router, self._new_upload)
        item.setParentItem(group)
        item.setVisible(False)
        self._surfaces[number] = Surface(number, instance, group, item)

    def destroyed(self, number: int) -> None:
        surface = self._surfaces.pop(number, None)
        if surface is None:
            return
        self._pending.pop(number, None)
        for popup in [popup for popup, owner in self._popups.items() if owner is surface]:
            del self._popups[popup]
        for other in self._surfaces.values():
            if other.above == number:
                other.above = 0
                other.group.setProperty("parent", None)
        surface.group.setProperty("parent", None)
        surface.item.deleteLater()
        surface.group.deleteLater()

    def slot_opened(self, number: int, slot: int, fd: int, size: int) -> None:
        """Takes ownership of `fd`. Raises ValueError, OverflowError or OSError if it cannot be mapped."""
        mapped = Slot(fd, size)
        surface = self._surfaces.get(number)
        if surface is not None:
            surface.slots[slot] = mapped

    def slot_imported(self, number: int, slot: int, imported: Import) -> None:
        """What an app drew is shown from where it is."""
        surface = self._surfaces.get(number)
        if surface is not None:
            surface.slots[slot] = imported

    def forget_import(self, imported: Import) -> None:
        """Nothing will show it any more."""
        for surface in self._surfaces.values():
            for number in [number for number, slot in surface.slots.items() if slot is imported]:
                del surface.slots[number]

    def slot_closed(self, number: int, slot: int) -> None:
        surface = self._surfaces.get(number)
        if surface is not None:
            surface.slots.pop(slot, None)

    def commit(self, commit: Commit) -> None:
        """Keep the states for the next frame; of each surface only the newest counts."""
        for state in commit.states:
            surface = self._surfaces.get(state.surface)
            if surface is None:
                continue
            slot = surface.slots.get(state.slot) if state.slot != NO_CONTENT else None
            content = slot.content(state) if slot is not None else None
            if surface.pending is not None:
                state = msgspec.structs.replace(state, damage=surface.pending.state.damage + state.damage)
            surface.pending = Pending(state, content)
            self._pending[state.surface] = surface

    def popup_changed(self, popup: PopupChanged) -> None:
        surface = self._surfaces.get(popup.surface)
        if surface is None:
            return
        surface.popup = popup
        self._popups.setdefault(popup.popup, surface)
        self._attach_popup(surface)

    def popup_destroyed(self, number: int) -> None:
        surface = self._popups.pop(number, None)
        if surface is not None and surface.popup is not None and surface.popup.popup == number:
            surface.popup = None
            surface.above = 0
            surface.group.setProperty("parent", None)

    # --- frames

    def apply(self) -> None:
        """Make all pending states current."""
        while self._pending:
            _number, surface = self._pending.popitem()
            if surface.pending is not None:
                self._apply(surface, surface.pending)
                self._undrawn.append(surface)

    def take_undrawn(self) -> list[Surface]:
        """The surfaces that got a new state since the last call."""
        undrawn, self._undrawn = self._undrawn, []
        return undrawn

    def _apply(self, surface: Surface, pending: Pending) -> None:
        surface.pending = None
        old, new = surface.state, pending.state
        surface.state = new
        self._show(surface, pending, old)
        if new.children != old.children:
            self._restack(surface)
        if new.geometry != old.geometry or (new.logical_width, new.logical_height) != (
            old.logical_width,
            old.logical_height,
        ):
            self._geometry_changed(surface)
        self._applied(surface)

    def _show(self, surface: Surface, pending: Pending, old: SurfaceState) -> None:
        item, new, content = surface.item, pending.state, pending.content
        if content is None:
            item.setVisible(False)
            return
        if new.input is not old.input:
            item.set_input(new.input)
        if old.slot == NO_CONTENT or new.alpha != old.alpha:
            item.setOpacity(new.alpha)
        if old.slot == NO_CONTENT or not _looks_alike(new, old):
            item.set_look(look_of(new, surface.scale))
        damage = clip_damage(new.damage, new.width, new.height)
        if (new.width, new.height, new.opaque, new.format) != (old.width, old.height, old.opaque, old.format):
            damage = ((0, 0, new.width, new.height),)
        if damage or new.slot != old.slot:
            item.set_content(content, damage)
        if old.slot == NO_CONTENT:
            item.setVisible(True)

    def _restack(self, surface: Surface) -> None:
        level = 0
        kept = {number for number, _x, _y in surface.state.children}
        for other in self._surfaces.values():
            if other.above == surface.number and other.popup is None and other.number not in kept:
                other.above = 0
                other.group.setProperty("parent", None)
        for level, (number, _x, _y) in enumerate(surface.state.children):
            if number == surface.number:
                surface.item.setZ(level)
                continue
            child = self._surfaces.get(number)
            if child is None:
                continue
            if child.above != surface.number:
                child.above = surface.number
                child.group.setParentItem(surface.group)
            self.set_scale(number, surface.scale)
            self._place(child)
            child.group.setZ(level)

    def _geometry_changed(self, surface: Surface) -> None:
        if surface.popup is not None or not surface.above:
            self._place(surface)
        for other in self._popups.values():
            if other.above == surface.number:
                self._place(other)

    def _attach_popup(self, surface: Surface) -> None:
        popup = surface.popup
        parent = self._surfaces.get(popup.parent) if popup is not None else None
        if popup is None or parent is None or not popup.mapped:
            surface.above = 0
            surface.group.setProperty("parent", None)
            return
        if surface.above != parent.number:
            surface.above = parent.number
            surface.group.setParentItem(parent.group)
            surface.group.setZ(_POPUP_LEVEL)
            self.set_scale(surface.number, parent.scale)
        self._place(surface)


def _looks_alike(new: SurfaceState, old: SurfaceState) -> bool:
    return (
        new.width == old.width
        and new.height == old.height
        and new.logical_width == old.logical_width
        and new.logical_height == old.logical_height
        and new.source == old.source
        and new.transform == old.transform
        and new.content_type == old.content_type
    )
