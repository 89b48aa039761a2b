"""The tree of surfaces: states from the display server become items in the scenes of all outputs.

Each surface has a view on every output that shows a part of its window: a group item that holds, in
stacking order, its own content and the groups of its subsurfaces; popups lie above them all. Content is
always a leaf, so pointer events reach exactly one surface and never its ancestors too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec
from PySide6.QtQuick import QQuickItem, QQuickWindow

from berth.core.messages import NO_CONTENT, Commit, PopupChanged, Rect, SurfaceState
from berth.ui.dmabufs import Import
from berth.ui.pool import Mapping, Mappings, Pool
from berth.ui.slot import Content, Slot
from berth.ui.surface_item import SurfaceInput
from berth.ui.upload import Upload, bounds, clip_damage
from berth.ui.views import View

_POPUP_LEVEL = 10_000

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Pending:
    """A state that becomes visible with the next frame, and its pixels as they were announced.

    They are what a slot holds or lie in a pool.
    """

    state: SurfaceState
    content: Content | None
    pool: Pool | None


@dataclass(slots=True, eq=False)
class Surface:
    """Attributes:
    above: the surface whose subsurface or popup this is; 0 for none.
    content: the pixels to show; None while there is nothing to be seen.
    views: by output.
    """

    number: int
    instance: str
    slots: dict[int, Slot | Import] = field(default_factory=dict)
    mappings: Mappings = field(default_factory=Mappings)
    state: SurfaceState = field(default_factory=lambda: SurfaceState(0))
    content: Content | None = None
    pending: Pending | None = None
    above: int = 0
    level: int = 0
    popup: PopupChanged | None = None
    views: dict[str, View] = field(default_factory=dict)

    @property
    def geometry(self) -> Rect:
        """Window geometry in surface coordinates."""
        state = self.state
        return state.geometry if state.geometry is not None else (0, 0, state.logical_width, state.logical_height)

    def view(self, output: str = "") -> View | None:
        """The view on an output; another one if it is not there."""
        return self.views.get(output) or next(iter(self.views.values()), None)


class Surfaces:
    """All surfaces of the scene.

    Args:
        router: is told about input on them.
        new_upload: makes the way of upload for one surface in a window.
        applied: called with each surface that has a new state.

    Attributes:
        reshaped: since it was last set to False, some surface has come to cover another part of its window.
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
        self._scales: dict[str, float] = {}
        self.reshaped = False
        self._pools: dict[int, Pool] = {}

    def get(self, number: int) -> Surface | None:
        return self._surfaces.get(number)

    def root(self, number: int) -> int:
        """The toplevel (or parentless) surface that a subsurface or popup belongs to."""
        seen = {number}
        while (surface := self._surfaces.get(number)) is not None and surface.above and surface.above not in seen:
            number = surface.above
            seen.add(number)
        return number

    def bounds(self, number: int) -> Rect:
        """What a window with all that is on it covers, from the corner of its geometry."""
        surface = self._surfaces.get(number)
        if surface is None:
            return (0, 0, 0, 0)
        left, top, _width, _height = surface.geometry
        return bounds(list(self._extents(surface, -left, -top)))

    def _extents(self, surface: Surface, x: int, y: int) -> Iterator[Rect]:
        yield (x, y, surface.state.logical_width, surface.state.logical_height)
        for other in self._on(surface):
            left, top = self._corner(other)
            yield from self._extents(other, x + left, y + top)

    # --- where they are shown

    def show(self, number: int, output: str, parent: QQuickItem) -> None:
        """Show a surface with all that is on it in `parent`, an item of that output's scene."""
        surface = self._surfaces.get(number)
        if surface is None:
            return
        view = surface.views.get(output) or self._open(surface, output)
        view.group.setParentItem(parent)

    def hide(self, number: int, output: str) -> None:
        """Let an output not show a surface and what is on it any more."""
        surface = self._surfaces.get(number)
        if surface is not None:
            self._close(surface, output)

    def hide_elsewhere(self, number: int, output: str) -> None:
        """Let only one output show a surface."""
        surface = self._surfaces.get(number)
        for other in list(surface.views) if surface is not None else ():
            if other != output:
                self.hide(number, other)

    def set_scale(self, output: str, scale: float) -> None:
        """How many pixels make a logical one on an output."""
        if self._scales.get(output) == scale:
            return
        self._scales[output] = scale
        for surface in self._surfaces.values():
            view = surface.views.get(output)
            if view is not None:
                view.set_scale(scale, surface.state)
                self._place(surface)

    def _open(self, surface: Surface, output: str) -> View:
        view = View(surface.number, output, self._scales.get(output, 1.0), self._router, self._new_upload)
        known = surface.view()
        if known is not None:
            view.item.setCursor(known.item.cursor())
        surface.views[output] = view
        view.begin(surface.state, surface.content)
        view.group.setZ(surface.level)
        view.item.setZ(_own_level(surface.state))
        view.put(*self._corner(surface))
        for other in self._on(surface):
            self.show(other.number, output, view.group)
        return view

    def _close(self, surface: Surface, output: str) -> None:
        view = surface.views.pop(output, None)
        if view is not None:
            for other in self._on(surface):
                self._close(other, output)
            view.close()

    def _on(self, surface: Surface) -> list[Surface]:
        """Subsurfaces and popups of a surface."""
        numbers = (number for number, _x, _y in surface.state.children if number != surface.number)
        found = [other for number in numbers if (other := self._surfaces.get(number)) is not None]
        found += self._popups.values()
        return [other for other in found if other.above == surface.number]

    def _put_on(self, surface: Surface, parent: Surface) -> None:
        """From now on it is shown wherever `parent` is."""
        if surface.above == parent.number:
            return
        self._take_off(surface)
        surface.above = parent.number
        for view in parent.views.values():
            self.show(surface.number, view.output, view.group)

    def _take_off(self, surface: Surface) -> None:
        surface.above = 0
        for output in list(surface.views):
            self._close(surface, output)

    def _lift(self, surface: Surface, level: int) -> None:
        surface.level = level
        for view in surface.views.values():
            view.group.setZ(level)

    def _place(self, surface: Surface) -> None:
        if surface.views:
            x, y = self._corner(surface)
            for view in surface.views.values():
                view.put(x, y)

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
        self._pools.clear()

    def created(self, number: int, instance: str) -> None:
        self.destroyed(number)
        self._surfaces[number] = Surface(number, instance)

    def destroyed(self, number: int) -> None:
        surface = self._surfaces.get(number)
        if surface is None:
            return
        self._take_off(surface)
        del self._surfaces[number]
        self._pending.pop(number, None)
        for popup in [popup for popup, owner in self._popups.items() if owner is surface]:
            del self._popups[popup]
        for other in self._surfaces.values():
            if other.above == number:
                other.above = 0

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

    def pool_opened(self, number: int, fd: int, size: int) -> None:
        """Takes ownership of `fd`. Raises ValueError or OSError if it is not sealed as it should be."""
        pool = Pool(fd, size)
        known = self._pools.setdefault(number, pool)
        known.size = size

    def pool_closed(self, number: int) -> None:
        pool = self._pools.pop(number, None)
        if pool is not None:
            for surface in self._surfaces.values():
                surface.mappings.forget(pool)

    def commit(self, commit: Commit) -> None:
        """Keep the states for the next frame; of each surface only the newest counts."""
        for state in commit.states:
            surface = self._surfaces.get(state.surface)
            if surface is None:
                continue
            slot = surface.slots.get(state.slot) if state.slot != NO_CONTENT and not state.pool else None
            content = slot.content(state) if slot is not None else None
            pool = self._pools.get(state.pool) if state.pool else None
            if pool is not None and not pool.holds(state):
                pool = None
            if surface.pending is not None:
                state = msgspec.structs.replace(state, damage=surface.pending.state.damage + state.damage)
            surface.pending = Pending(state, content, pool)
            self._pending[state.surface] = surface

    def popup_changed(self, popup: PopupChanged) -> None:
        surface = self._surfaces.get(popup.surface)
        if surface is None:
            return
        surface.popup = popup
        self._popups.setdefault(popup.popup, surface)
        parent = self._surfaces.get(popup.parent)
        if parent is None or not popup.mapped:
            self._take_off(surface)
            return
        self._lift(surface, _POPUP_LEVEL)
        self._put_on(surface, parent)
        self._place(surface)

    def popup_destroyed(self, number: int) -> None:
        surface = self._popups.get(number)
        if surface is not None and surface.popup is not None and surface.popup.popup == number:
            self._take_off(surface)
            surface.popup = None
        self._popups.pop(number, None)

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
        if new.children != old.children:
            # While the children are still known by which they are found.
            self._drop_children(surface, new)
        damage = clip_damage(new.damage, new.width, new.height)
        before, content = surface.content, self._content(surface, pending)
        if isinstance(content, Mapping) != isinstance(before, Mapping) or _differently_made(new, old):
            damage = ((0, 0, new.width, new.height),)
        surface.state, surface.content = new, content
        for view in surface.views.values():
            view.follow(new, old, content, damage)
        if new.children != old.children:
            self._restack(surface)
        if new.geometry != old.geometry or (new.logical_width, new.logical_height) != (
            old.logical_width,
            old.logical_height,
        ):
            self._geometry_changed(surface)
        self._applied(surface)

    def _drop_children(self, surface: Surface, new: SurfaceState) -> None:
        kept = {number for number, _x, _y in new.children}
        for number, _x, _y in surface.state.children:
            child = self._surfaces.get(number)
            if child is not None and child.above == surface.number and number not in kept and child.popup is None:
                self._take_off(child)

    def _content(self, surface: Surface, pending: Pending) -> Content | None:
        """What is to be shown, None for nothing."""
        try:
            if pending.pool is not None:
                return surface.mappings.take(pending.pool, pending.state)
            surface.mappings.clear()
        except OSError as error:
            log.warning("surface %s: its pixels cannot be mapped: %s", surface.number, error)
        return pending.content

    def _restack(self, surface: Surface) -> None:
        self.reshaped = True
        for level, (number, _x, _y) in enumerate(surface.state.children):
            if number == surface.number:
                for view in surface.views.values():
                    view.item.setZ(level)
                continue
            child = self._surfaces.get(number)
            if child is not None:
                self._lift(child, level)
                self._put_on(child, surface)
                self._place(child)

    def _geometry_changed(self, surface: Surface) -> None:
        self.reshaped = True
        if surface.popup is not None or not surface.above:
            self._place(surface)
        for other in self._popups.values():
            if other.above == surface.number:
                self._place(other)


def _own_level(state: SurfaceState) -> int:
    """Where the surface's own picture lies among its subsurfaces."""
    return next((level for level, child in enumerate(state.children) if child[0] == state.surface), 0)


def _differently_made(new: SurfaceState, old: SurfaceState) -> bool:
    return (new.width, new.height, new.opaque, new.format) != (old.width, old.height, old.opaque, old.format)
