"""wl_subcompositor: surfaces inside surfaces, committed together with their parent or on their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlSubcompositor, WlSubsurface

from berth.display import updates
from berth.display.resource import Resource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.state import State
    from berth.display.surface import Surface

_DEPTH = 32
"""Deeper trees are refused: nobody needs them and every commit walks them."""


class Subsurface(Resource):
    """The role; `parent` is set until the parent, the surface or this object is destroyed."""

    __slots__ = ("next_x", "next_y", "parent", "surface", "sync")
    interface = WlSubsurface
    outlived_by_surface = False

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface, parent: Surface) -> None:
        super().__init__(client, version, new_id)
        self.surface = surface
        self.parent: Surface | None = parent
        self.sync = True
        self.next_x = self.next_y = 0
        surface.role = self
        surface.role_name = "wl_subsurface"
        parent.stack.append(self)
        parent.stack_changed = True
        for below, level in enumerate((parent, *parent.ancestors()), surface.levels + 1):
            level.levels = max(level.levels, below)

    # --- requests

    def on_set_position(self, x: int, y: int) -> None:
        self.next_x, self.next_y = x, y
        if self.parent is not None:
            self.parent.stack_changed = True

    def on_place_above(self, sibling: Surface) -> None:
        self._restack(sibling, 1)

    def on_place_below(self, sibling: Surface) -> None:
        self._restack(sibling, 0)

    def _restack(self, sibling: Surface, shift: int) -> None:
        parent = self.parent
        if parent is None:
            return
        level = None if sibling is parent else sibling.role
        if sibling is self.surface or (sibling is not parent and (level is None or level not in parent.stack)):
            raise self.error(WlSubsurface.error.bad_surface, "neither parent nor sibling")
        stack = parent.stack
        stack.remove(self)
        stack.insert(stack.index(level) + shift, self)  # type: ignore[arg-type]
        parent.stack_changed = True

    def on_set_sync(self) -> None:
        self.sync = True

    def on_set_desync(self) -> None:
        if self.sync:
            self.sync = False
            updates.desynchronize(self.surface)

    # --- role

    @property
    def synchronized(self) -> bool:
        """A subsurface waits for its parent if it or any ancestor is set so."""
        level: Subsurface | None = self
        while level is not None and level.parent is not None:
            if level.sync:
                return True
            role = level.parent.role
            level = role if isinstance(role, Subsurface) else None
        return False

    def attaching(self) -> None:
        pass

    def check(self, state: State) -> None:
        pass

    def applied(self, state: State) -> None:
        pass

    def parent_destroyed(self) -> None:
        # Nothing to tell: the parent's last state, which listed this surface, is gone with the parent.
        updates.reclaim(self.surface)
        self.parent = None
        updates.desynchronize_orphan(self.surface)

    def surface_destroyed(self) -> None:
        self._leave()

    def _leave(self) -> None:
        if self.parent is not None and self.surface.alive:
            updates.reclaim(self.surface)
        parent, self.parent = self.parent, None
        if parent is None or not parent.alive:
            return
        parent.stack.remove(self)
        parent.children = tuple(child for child in parent.children if child[0] is not self)
        parent.dirty = True
        parent.client.server.scene.surface_applied(parent)
        parent.client.server.presence.moved(self.surface)

    def destroyed(self) -> None:
        self._leave()
        surface = self.surface
        if surface.role is self:
            surface.role = None
            if surface.alive:
                updates.desynchronize_orphan(surface)


def _height(surface: Surface) -> int:
    """Levels of subsurfaces below `surface`."""
    surface.levels = max((1 + _height(sub.surface) for sub in surface.stack if sub is not None), default=0)
    return surface.levels


def _has_room(surface: Surface, parent: Surface) -> bool:
    """Whether the tree that `surface` would become a part of is not too deep then. What was once deep is looked at
    again, and everything else not at all: a tree may be broad."""
    above = 1 + sum(1 for _ancestor in parent.ancestors())
    return above + surface.levels <= _DEPTH or above + _height(surface) <= _DEPTH


class Subcompositor(Resource):
    __slots__ = ()
    interface = WlSubcompositor

    def on_get_subsurface(self, new_id: int, surface: Surface, parent: Surface) -> None:
        errors = WlSubcompositor.error
        if surface.role is not None or surface.role_name not in ("", "wl_subsurface"):
            raise self.error(errors.bad_surface, f"the surface is a {surface.role_name} already")
        if surface in (parent, *parent.ancestors()):
            raise self.error(errors.bad_parent, "a surface cannot be its own ancestor")
        if not _has_room(surface, parent):
            raise self.error(errors.bad_parent, f"more than {_DEPTH} levels of subsurfaces")
        Subsurface(self.client, self.version, new_id, surface, parent)
