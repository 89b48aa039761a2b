"""wp_alpha_modifier_v1: a surface's own content drawn more transparent than its pixels say."""

from __future__ import annotations

from pywayland.protocol.alpha_modifier_v1 import WpAlphaModifierSurfaceV1, WpAlphaModifierV1

from berth.display.extension import SurfaceExtension, check_free
from berth.display.resource import Resource
from berth.display.state import State
from berth.display.surface import Surface

_OPAQUE = 0xFFFFFFFF


class AlphaModifierSurface(SurfaceExtension):
    __slots__ = ()
    interface = WpAlphaModifierSurfaceV1

    def on_set_multiplier(self, factor: int) -> None:
        surface = self.living(WpAlphaModifierSurfaceV1.error.no_surface)
        surface.pending.more.alpha = factor / _OPAQUE

    def withdrawn(self, state: State) -> None:
        state.more.alpha = 1.0


class AlphaModifier(Resource):
    __slots__ = ()
    interface = WpAlphaModifierV1

    def on_get_surface(self, new_id: int, surface: Surface) -> None:
        check_free(self, AlphaModifierSurface, surface, WpAlphaModifierV1.error.already_constructed)
        AlphaModifierSurface(self.client, self.version, new_id, surface)
