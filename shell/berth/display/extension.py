"""Objects that add state to one surface: one of a kind for each surface, without effect once it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from berth.display.resource import ProtocolError, Resource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.state import State
    from berth.display.surface import Surface


class SurfaceExtension(Resource):
    """`surface` is None once it was destroyed."""

    __slots__ = ("surface",)

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface) -> None:
        super().__init__(client, version, new_id)
        self.surface: Surface | None = surface
        surface.extensions[type(self)] = self

    def living(self, no_surface: int) -> Surface:
        """The surface.

        Raises:
            ProtocolError: `no_surface`, if it was destroyed.
        """
        if self.surface is None:
            raise self.error(no_surface, "the surface was destroyed")
        return self.surface

    def check(self, state: State) -> None:
        """Raise a protocol error if `state` may not be committed."""

    def withdrawn(self, state: State) -> None:
        """The object is destroyed: undo in the pending state what it was for."""

    def surface_destroyed(self) -> None:
        self.surface = None

    def destroyed(self) -> None:
        surface, self.surface = self.surface, None
        if surface is not None:
            del surface.extensions[type(self)]
            self.withdrawn(surface.pending)


def check_free(manager: Resource, kind: type[SurfaceExtension], surface: Surface, code: int) -> None:
    """Refuse a second object of a kind for one surface, with the error that `manager` has for it."""
    if kind in surface.extensions:
        raise ProtocolError(manager, code, f"the surface has a {kind.interface.name} already")
