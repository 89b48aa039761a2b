"""The surface that shows what is dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from berth.display.state import State
    from berth.display.surface import Surface


class DragIcon:
    """The role: `x`, `y` is where the surface's corner lies relative to the pointer."""

    name = "wl_data_device-icon"
    synchronized = False
    outlived_by_surface = False

    def __init__(self, surface: Surface) -> None:
        self.surface: Surface | None = surface
        self.x = self.y = 0

    @classmethod
    def give(cls, surface: Surface) -> DragIcon:
        """The surface, which has no other role, as the icon of a drag that begins."""
        role = surface.role if isinstance(surface.role, cls) else cls(surface)
        role.x = role.y = 0
        surface.role, surface.role_name = role, cls.name
        role.let_through(surface)
        return role

    def let_through(self, surface: Surface) -> None:
        """Whatever region the client sets, the pointer goes through."""
        if surface.input != ():
            surface.input = ()
            surface.dirty = True
            surface.client.server.scene.surface_applied(surface)

    def describe(self) -> tuple[int, int, int]:
        """Surface number and place."""
        return (0, 0, 0) if self.surface is None else (self.surface.number, self.x, self.y)

    def attaching(self) -> None:
        pass

    def check(self, state: State) -> None:
        pass

    def applied(self, state: State) -> None:
        self.x += state.offset[0]
        self.y += state.offset[1]
        if self.surface is not None:
            self.let_through(self.surface)

    def surface_destroyed(self) -> None:
        self.surface = None
