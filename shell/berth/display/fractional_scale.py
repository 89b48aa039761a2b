"""wp-fractional-scale: a surface's preferred scale in steps of 1/120; its client draws at it through a viewport."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.fractional_scale_v1 import WpFractionalScaleManagerV1, WpFractionalScaleV1

from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.surface import Surface

_DENOMINATOR = 120


class FractionalScale(Resource):
    __slots__ = ("surface",)
    interface = WpFractionalScaleV1
    send_preferred_scale = event(WpFractionalScaleV1, "preferred_scale")

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface) -> None:
        super().__init__(client, version, new_id)
        self.surface: Surface | None = surface
        surface.fractional = self
        self.prefer(surface.preferred[0])

    def prefer(self, scale: float) -> None:
        self.send_preferred_scale(round(scale * _DENOMINATOR))

    def destroyed(self) -> None:
        if self.surface is not None:
            self.surface.fractional = None


class FractionalScaleManager(Resource):
    __slots__ = ()
    interface = WpFractionalScaleManagerV1

    def on_get_fractional_scale(self, new_id: int, surface: Surface) -> None:
        if surface.fractional is not None:
            raise self.error(
                WpFractionalScaleManagerV1.error.fractional_scale_exists, "the surface has a fractional scale object"
            )
        FractionalScale(self.client, self.version, new_id, surface)
