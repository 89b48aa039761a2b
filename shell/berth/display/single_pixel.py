"""wp_single_pixel_buffer_manager_v1: buffers of one colour, which surfaces stretch with a viewport."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.single_pixel_buffer_v1 import WpSinglePixelBufferManagerV1
from pywayland.protocol.wayland import WlBuffer

from berth.core.messages import Rect
from berth.core.pixels import ARGB8888, XRGB8888
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client


class SinglePixelBuffer(Resource):
    """A `buffers.Buffer` whose one pixel is known from the start."""

    __slots__ = ("_pixel", "format")
    interface = WlBuffer
    send_release = event(WlBuffer, "release")
    width = height = 1
    size = (1, 1)
    pixel = stride = 4
    copied = ready = True

    def __init__(self, client: Client, version: int, new_id: int, pixel: bytes) -> None:
        super().__init__(client, version, new_id)
        self._pixel = pixel
        self.format = XRGB8888 if pixel[3] == 0xFF else ARGB8888

    @property
    def usable(self) -> bool:
        return True

    def hold(self) -> None:
        """Four bytes are not worth counting."""

    def drop(self) -> None:
        pass

    def copy(self, target: memoryview, _stride: int, _rect: Rect) -> None:
        target[:4] = self._pixel

    def release(self) -> None:
        self.send_release()


class SinglePixelBufferManager(Resource):
    __slots__ = ()
    interface = WpSinglePixelBufferManagerV1

    def on_create_u32_rgba_buffer(self, new_id: int, red: int, green: int, blue: int, alpha: int) -> None:
        # Of 32 bits the upper 8 are drawn; in memory argb8888 begins with blue.
        pixel = bytes(value >> 24 for value in (blue, green, red, alpha))
        SinglePixelBuffer(self.client, 1, new_id, pixel)
