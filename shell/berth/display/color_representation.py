"""wp_color_representation_v1: what is true of every surface here, as all pixel formats are RGB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol import color_representation_v1 as protocol

from berth.display.extension import SurfaceExtension, check_free
from berth.display.resource import Resource, event
from berth.display.surface import Surface

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.state import State

_Surface = protocol.WpColorRepresentationSurfaceV1
_PREMULTIPLIED = int(_Surface.alpha_mode.premultiplied_electrical)
_IDENTITY = int(_Surface.coefficients.identity)
_FULL = int(_Surface.range.full)
_locations = {int(location) for location in _Surface.chroma_location}


class ColorRepresentationSurface(SurfaceExtension):
    __slots__ = ("_located",)
    interface = _Surface

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface) -> None:
        super().__init__(client, version, new_id, surface)
        self._located = False

    def on_set_alpha_mode(self, mode: int) -> None:
        self.living(_Surface.error.inert)
        if mode != _PREMULTIPLIED:
            raise self.error(_Surface.error.alpha_mode, f"the alpha mode {mode} was not announced")

    def on_set_coefficients_and_range(self, coefficients: int, range_: int) -> None:
        self.living(_Surface.error.inert)
        if (coefficients, range_) != (_IDENTITY, _FULL):
            raise self.error(_Surface.error.coefficients, f"{coefficients} with {range_} was not announced")

    def on_set_chroma_location(self, location: int) -> None:
        self.living(_Surface.error.inert)
        if location not in _locations:
            raise self.error(_Surface.error.chroma_location, f"{location} is no chroma location")
        self._located = True

    def check(self, state: State) -> None:
        surface = self.surface
        content = state.buffer is not None or (not state.attached and surface is not None and surface.has_content)
        if self._located and content:
            raise self.error(_Surface.error.pixel_format, "a chroma location for pixels without subsampled chroma")


class ColorRepresentationManager(Resource):
    __slots__ = ()
    interface = protocol.WpColorRepresentationManagerV1
    send_supported_alpha_mode = event(interface, "supported_alpha_mode")
    send_supported_coefficients_and_ranges = event(interface, "supported_coefficients_and_ranges")
    send_done = event(interface, "done")

    def bound(self) -> None:
        self.send_supported_alpha_mode(_PREMULTIPLIED)
        self.send_supported_coefficients_and_ranges(_IDENTITY, _FULL)
        self.send_done()

    def on_get_surface(self, new_id: int, surface: Surface) -> None:
        errors = protocol.WpColorRepresentationManagerV1.error
        check_free(self, ColorRepresentationSurface, surface, errors.surface_exists)
        ColorRepresentationSurface(self.client, self.version, new_id, surface)
