"""wp_viewporter: cropping and scaling of a surface's content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.viewporter import WpViewport, WpViewporter

from berth.display.resource import Resource

if TYPE_CHECKING:
    from berth.core.transform import RectF
    from berth.display.client import Client
    from berth.display.surface import Surface

_Errors = WpViewport.error


class Viewport(Resource):
    __slots__ = ("surface",)
    interface = WpViewport

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface) -> None:
        super().__init__(client, version, new_id)
        self.surface: Surface | None = surface
        surface.viewport = self

    def _living(self) -> Surface:
        if self.surface is None:
            raise self.error(_Errors.no_surface, "the surface was destroyed")
        return self.surface

    def on_set_source(self, x: float, y: float, width: float, height: float) -> None:
        surface = self._living()
        if (x, y, width, height) == (-1, -1, -1, -1):
            crop = None
        elif x < 0 or y < 0 or width <= 0 or height <= 0:
            raise self.error(_Errors.bad_value, "the source is empty or negative")
        else:
            crop = (x, y, width, height)
        surface.pending.crop_set, surface.pending.crop = True, crop

    def on_set_destination(self, width: int, height: int) -> None:
        surface = self._living()
        if (width, height) != (-1, -1) and (width <= 0 or height <= 0):
            raise self.error(_Errors.bad_value, "the destination is empty or negative")
        surface.pending.size_set = True
        surface.pending.size = None if width == -1 else (width, height)

    def destroyed(self) -> None:
        surface = self.surface
        if surface is not None:
            surface.viewport = None
            surface.pending.crop_set = surface.pending.size_set = True
            surface.pending.crop = surface.pending.size = None


def measure(
    owner: Resource, size: tuple[int, int], crop: RectF | None, scaled: tuple[int, int] | None
) -> tuple[int, int]:
    """A surface's size: `size` is the whole content's, `crop` and `scaled` what a viewport makes of it.

    Raises:
        ProtocolError: of `owner`, the viewport or, if it was destroyed, what is left of it.
    """
    if crop is not None:
        x, y, width, height = crop
        if x + width > size[0] or y + height > size[1]:
            raise owner.error(_Errors.out_of_buffer, "the source lies outside the content")
        if scaled is None and (width != int(width) or height != int(height)):
            raise owner.error(_Errors.bad_size, "a source of broken size without destination")
    if scaled is not None:
        return scaled
    return size if crop is None else (int(crop[2]), int(crop[3]))


class Viewporter(Resource):
    __slots__ = ()
    interface = WpViewporter

    def on_get_viewport(self, new_id: int, surface: Surface) -> None:
        if surface.viewport is not None:
            raise self.error(WpViewporter.error.viewport_exists, "the surface has a viewport")
        Viewport(self.client, self.version, new_id, surface)
