"""zwlr_screencopy: pictures of an output or a part of it, one frame at a time.

Source: wlr-protocols, wlr-screencopy-unstable-v1, version 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlBuffer, WlOutput

from berth.core.messages import Rect
from berth.core.permissions import SCREEN_CAPTURE
from berth.core.pixels import XRGB8888
from berth.core.transform import to_buffer, turned
from berth.display.buffers import Buffer
from berth.display.captures import Capture, Picture, Source
from berth.display.interface import complete, declare
from berth.display.region import clip
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.output import Output, Screen

_VERSION = 3
_NS = 1_000_000_000
ZwlrScreencopyFrameV1 = declare(
    "zwlr_screencopy_frame_v1", _VERSION, error={"already_used": 0, "invalid_buffer": 1}, flags={"y_invert": 1}
)
ZwlrScreencopyManagerV1 = declare("zwlr_screencopy_manager_v1", _VERSION)
complete(
    ZwlrScreencopyFrameV1,
    (WlBuffer,),
    requests=("copy object:wl_buffer", "destroy", "copy_with_damage@2 object:wl_buffer"),
    events=(
        "buffer uint uint uint uint",
        "flags uint",
        "ready uint uint uint",
        "failed",
        "damage@2 uint uint uint uint",
        "linux_dmabuf@3 uint uint uint",
        "buffer_done@3",
    ),
)
complete(
    ZwlrScreencopyManagerV1,
    (ZwlrScreencopyFrameV1, WlOutput),
    requests=(
        "capture_output new:zwlr_screencopy_frame_v1 int object:wl_output",
        "capture_output_region new:zwlr_screencopy_frame_v1 int object:wl_output int int int int",
        "destroy",
    ),
)


def _turned(upright: Rect, transform: int, size: tuple[int, int]) -> Rect:
    """Where a part of the upright picture lies in one that is `size` large and turned as the panel is."""
    x, y, width, height = to_buffer(upright, transform, *turned(*size, transform))
    return int(x), int(y), int(width), int(height)


class ScreencopyFrame(Resource):
    """One picture; `fresh` unless it was asked for with damage. Without `capture` it has failed from the start."""

    __slots__ = ("_buffer", "_capture", "_ended", "_region", "_used", "fresh")
    interface = ZwlrScreencopyFrameV1
    highest = _VERSION
    listed = True
    permission = SCREEN_CAPTURE
    send_buffer = event(ZwlrScreencopyFrameV1, "buffer")
    send_flags = event(ZwlrScreencopyFrameV1, "flags")
    send_ready = event(ZwlrScreencopyFrameV1, "ready")
    send_failed = event(ZwlrScreencopyFrameV1, "failed")
    send_damage = event(ZwlrScreencopyFrameV1, "damage")
    send_buffer_done = event(ZwlrScreencopyFrameV1, "buffer_done")

    def __init__(self, client: Client, version: int, new_id: int, capture: Capture | None, region: Rect | None) -> None:
        super().__init__(client, version, new_id)
        self._capture = capture
        self._buffer: Buffer | None = None
        self._region: Rect = region or (0, 0, 0, 0)
        self._used = self._ended = False
        self.fresh = True
        if capture is not None:
            capture.hold()
        if capture is None or region is None:
            self.fail()
            return
        self.send_buffer(XRGB8888, *region[2:], region[2] * 4)
        self.send_buffer_done()

    # --- requests

    def on_copy(self, buffer: Buffer) -> None:
        self._copy(buffer, fresh=True)

    def on_copy_with_damage(self, buffer: Buffer) -> None:
        self._copy(buffer, fresh=False)

    def _copy(self, buffer: Buffer, fresh: bool) -> None:
        if self._used:
            raise self.error(ZwlrScreencopyFrameV1.error.already_used, "the frame was copied already")
        self._used = True
        if self._ended or self._capture is None:
            return
        if not isinstance(buffer, Buffer) or buffer.size != self._region[2:] or buffer.format != XRGB8888:
            raise self.error(ZwlrScreencopyFrameV1.error.invalid_buffer, "not the announced format and size")
        self._buffer = buffer
        # The first of its kind has nothing to differ from.
        self.fresh = fresh or self._capture.last is None
        self._capture.wait(self)

    # --- waiter

    def take(self, picture: Picture) -> None:
        buffer, corner = self._buffer, self._region[:2]
        fits = corner[0] + self._region[2] <= picture.size[0] and corner[1] + self._region[3] <= picture.size[1]
        if buffer is None or not buffer.usable or not fits:
            self.fail()
            return
        whole = (0, 0, *buffer.size)
        picture.copy(buffer, corner, [whole])
        self.send_flags(0)
        for x, y, width, height in picture.damage if self.version >= 2 else ():
            rect = clip((x - corner[0], y - corner[1], width, height), *buffer.size)
            if rect is not None:
                self.send_damage(*rect)
        seconds, nanoseconds = divmod(picture.time, _NS)
        self._ended = True
        self.send_ready(seconds >> 32, seconds & 0xFFFFFFFF, nanoseconds)

    def fail(self) -> None:
        if not self._ended:
            self._ended = True
            self.send_failed()

    def revoked(self) -> None:
        self._let_go()
        self.fail()

    def destroyed(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.give_up(self)
            capture.release()


class ScreencopyManager(Resource):
    """Keeps a stream per output, so that one frame's damage is what changed since the frame before."""

    __slots__ = ("_captures",)
    interface = ZwlrScreencopyManagerV1
    highest = _VERSION
    permission = SCREEN_CAPTURE
    listed = True

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self._captures: dict[tuple[Screen, bool], Capture] = {}

    def on_capture_output(self, new_id: int, cursor: int, output: Output) -> None:
        size = Source(output.screen).size
        self._frame(new_id, bool(cursor), output.screen, size and (0, 0, *size))

    def on_capture_output_region(
        self, new_id: int, cursor: int, output: Output, x: int, y: int, width: int, height: int
    ) -> None:
        size, now = Source(output.screen).size, output.screen.now
        left, top, right, bottom = (round(value * now.scale) for value in (x, y, x + width, y + height))
        upright = (left, top, right - left, bottom - top)
        region = size and clip(_turned(upright, now.transform, size), *size)
        self._frame(new_id, bool(cursor), output.screen, region)

    def _frame(self, new_id: int, cursor: bool, screen: Screen, region: Rect | None) -> None:
        capture = self._capture(screen, cursor) if self.client.sees(ScreencopyManager) else None
        ScreencopyFrame(self.client, self.version, new_id, capture, region)

    def _capture(self, screen: Screen, cursor: bool) -> Capture:
        known = self._captures.get((screen, cursor))
        if known is None:
            known = self._captures[screen, cursor] = self.client.server.captures.open(
                self.client, Source(screen), cursor
            )
            known.hold()
        return known

    def revoked(self) -> None:
        captures, self._captures = self._captures, {}
        for capture in captures.values():
            capture.release()

    def destroyed(self) -> None:
        self.revoked()
