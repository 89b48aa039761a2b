"""wp_tearing_control_v1: whether a client prefers low latency to whole frames.

The hint is kept as double-buffered state of the surface. Nothing follows from it: Qt draws whole frames.
"""

from __future__ import annotations

from pywayland.protocol.tearing_control_v1 import WpTearingControlManagerV1, WpTearingControlV1

from berth.display.extension import SurfaceExtension, check_free
from berth.display.resource import Resource
from berth.display.state import State
from berth.display.surface import Surface

_ASYNC = int(WpTearingControlV1.presentation_hint.async_)


class TearingControl(SurfaceExtension):
    __slots__ = ()
    interface = WpTearingControlV1

    def on_set_presentation_hint(self, hint: int) -> None:
        if self.surface is not None:
            self.surface.pending.more.may_tear = hint == _ASYNC

    def withdrawn(self, state: State) -> None:
        state.more.may_tear = False


class TearingControlManager(Resource):
    __slots__ = ()
    interface = WpTearingControlManagerV1

    def on_get_tearing_control(self, new_id: int, surface: Surface) -> None:
        check_free(self, TearingControl, surface, WpTearingControlManagerV1.error.tearing_control_exists)
        TearingControl(self.client, self.version, new_id, surface)
