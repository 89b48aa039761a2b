"""wp_content_type_v1: whether a surface shows photos, a video or a game."""

from __future__ import annotations

from pywayland.protocol.content_type_v1 import WpContentTypeManagerV1, WpContentTypeV1

from berth.display.extension import SurfaceExtension, check_free
from berth.display.resource import Resource
from berth.display.state import State
from berth.display.surface import Surface

_NONE = int(WpContentTypeV1.type.none)
_types = {int(kind) for kind in WpContentTypeV1.type}


class ContentType(SurfaceExtension):
    __slots__ = ()
    interface = WpContentTypeV1

    def on_set_content_type(self, kind: int) -> None:
        # The interface has no error to answer a number with that it does not know.
        if self.surface is not None:
            self.surface.pending.more.content_type = kind if kind in _types else _NONE

    def withdrawn(self, state: State) -> None:
        state.more.content_type = _NONE


class ContentTypeManager(Resource):
    __slots__ = ()
    interface = WpContentTypeManagerV1

    def on_get_surface_content_type(self, new_id: int, surface: Surface) -> None:
        check_free(self, ContentType, surface, WpContentTypeManagerV1.error.already_constructed)
        ContentType(self.client, self.version, new_id, surface)
