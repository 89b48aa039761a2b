"""wp_fifo_v1: commits that wait until the one before has been on the screen."""

from __future__ import annotations

from pywayland.protocol.fifo_v1 import WpFifoManagerV1, WpFifoV1

from berth.display.extension import SurfaceExtension, check_free
from berth.display.resource import Resource
from berth.display.surface import Surface

_GONE = int(WpFifoV1.error.surface_destroyed)


class Fifo(SurfaceExtension):
    __slots__ = ()
    interface = WpFifoV1

    def on_set_barrier(self) -> None:
        self.living(_GONE).pending.more.sets_barrier = True

    def on_wait_barrier(self) -> None:
        self.living(_GONE).pending.more.waits_for_barrier = True


class FifoManager(Resource):
    __slots__ = ()
    interface = WpFifoManagerV1

    def on_get_fifo(self, new_id: int, surface: Surface) -> None:
        check_free(self, Fifo, surface, WpFifoManagerV1.error.already_exists)
        Fifo(self.client, self.version, new_id, surface)
