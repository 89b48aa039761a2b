"""ext_image_copy_capture with its sources: pictures of outputs and windows, as a stream that follows changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.ext_image_capture_source_v1 import (
    ExtForeignToplevelImageCaptureSourceManagerV1,
    ExtImageCaptureSourceV1,
    ExtOutputImageCaptureSourceManagerV1,
)
from pywayland.protocol.ext_image_copy_capture_v1 import (
    ExtImageCopyCaptureCursorSessionV1,
    ExtImageCopyCaptureFrameV1,
    ExtImageCopyCaptureManagerV1,
    ExtImageCopyCaptureSessionV1,
)

from berth.core.messages import Rect
from berth.core.permissions import SCREEN_CAPTURE
from berth.display.buffers import Buffer
from berth.display.captures import FORMATS, Capture, Picture, Source
from berth.display.region import add_damage, clip
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.foreign_toplevel import ToplevelHandle
    from berth.display.output import Output
    from berth.display.pointer import Pointer

_NS = 1_000_000_000
_Reasons = ExtImageCopyCaptureFrameV1.failure_reason


class CaptureSource(Resource):
    __slots__ = ("source",)
    interface = ExtImageCaptureSourceV1

    def __init__(self, client: Client, version: int, new_id: int, source: Source) -> None:
        super().__init__(client, version, new_id)
        self.source = source


class OutputSourceManager(Resource):
    __slots__ = ()
    interface = ExtOutputImageCaptureSourceManagerV1
    permission = SCREEN_CAPTURE

    def on_create_source(self, new_id: int, output: Output) -> None:
        CaptureSource(self.client, 1, new_id, Source(screen=output.screen))


class ToplevelSourceManager(Resource):
    __slots__ = ()
    interface = ExtForeignToplevelImageCaptureSourceManagerV1
    permission = SCREEN_CAPTURE

    def on_create_source(self, new_id: int, handle: ToplevelHandle) -> None:
        toplevel = None if handle.entry is None else handle.entry.toplevel
        CaptureSource(self.client, 1, new_id, Source(toplevel=toplevel))


class Session(Resource):
    """`capture` is None once the session is stopped."""

    __slots__ = ("_told", "capture", "frame")
    interface = ExtImageCopyCaptureSessionV1
    listed = True
    permission = SCREEN_CAPTURE
    send_buffer_size = event(ExtImageCopyCaptureSessionV1, "buffer_size")
    send_shm_format = event(ExtImageCopyCaptureSessionV1, "shm_format")
    send_done = event(ExtImageCopyCaptureSessionV1, "done")
    send_stopped = event(ExtImageCopyCaptureSessionV1, "stopped")

    def __init__(self, client: Client, version: int, new_id: int, capture: Capture | None) -> None:
        super().__init__(client, version, new_id)
        self.frame: Frame | None = None
        self.capture = capture
        self._told: tuple[int, int] | None = None
        if capture is None:
            self.send_stopped()
            return
        capture.hold()
        capture.ends.append(self.stop)
        capture.moves.append(self.tell_constraints)
        self.tell_constraints()

    def tell_constraints(self) -> None:
        """The size of buffers, if it is another than the client was told last."""
        size = None if self.capture is None else self.capture.size
        if size is None or size == self._told:
            return
        self._told = size
        for format_ in FORMATS:
            self.send_shm_format(format_)
        self.send_buffer_size(*size)
        self.send_done()

    def on_create_frame(self, new_id: int) -> None:
        if self.frame is not None:
            raise self.error(ExtImageCopyCaptureSessionV1.error.duplicate_frame, "the last frame is still there")
        self.tell_constraints()
        self.frame = Frame(self.client, self.version, new_id, self)

    def stop(self) -> None:
        """Nothing more comes: the source is gone, or the permission is."""
        if self._let_go():
            self.send_stopped()

    def revoked(self) -> None:
        self.stop()

    def destroyed(self) -> None:
        self._let_go()

    def _let_go(self) -> bool:
        """Whether there was something."""
        capture, self.capture = self.capture, None
        if capture is not None:
            capture.ends.remove(self.stop)
            capture.moves.remove(self.tell_constraints)
            capture.release()
        return capture is not None


class Frame(Resource):
    __slots__ = ("_buffer", "_capture", "_captured", "_damage", "_ended", "_session", "fresh")
    interface = ExtImageCopyCaptureFrameV1
    listed = True
    permission = SCREEN_CAPTURE
    send_transform = event(ExtImageCopyCaptureFrameV1, "transform")
    send_damage = event(ExtImageCopyCaptureFrameV1, "damage")
    send_presentation_time = event(ExtImageCopyCaptureFrameV1, "presentation_time")
    send_ready = event(ExtImageCopyCaptureFrameV1, "ready")
    send_failed = event(ExtImageCopyCaptureFrameV1, "failed")

    def __init__(self, client: Client, version: int, new_id: int, session: Session) -> None:
        super().__init__(client, version, new_id)
        self._session = session
        self._capture = session.capture
        self._buffer: Buffer | None = None
        self._damage: list[Rect] = []
        self._captured = self._ended = False
        self.fresh = True
        if self._capture is not None:
            self._capture.hold()

    # --- requests

    def on_attach_buffer(self, buffer: Buffer) -> None:
        self._check_not_captured()
        self._buffer = buffer

    def on_damage_buffer(self, x: int, y: int, width: int, height: int) -> None:
        self._check_not_captured()
        if x < 0 or y < 0 or width <= 0 or height <= 0:
            raise self.error(ExtImageCopyCaptureFrameV1.error.invalid_buffer_damage, "an impossible rectangle")
        add_damage(self._damage, ((x, y, width, height),))

    def on_capture(self) -> None:
        self._check_not_captured()
        if self._buffer is None:
            raise self.error(ExtImageCopyCaptureFrameV1.error.no_buffer, "capture without a buffer")
        self._captured = True
        if self._capture is None or self._session.capture is None:
            self._fail(_Reasons.stopped)
        elif not self._fits(self._capture.size):
            self._session.tell_constraints()
            self._fail(_Reasons.buffer_constraints)
        else:
            self.fresh = self._capture.last is None
            self._capture.wait(self)

    def _check_not_captured(self) -> None:
        if self._captured:
            raise self.error(ExtImageCopyCaptureFrameV1.error.already_captured, "the frame was captured already")

    def _fits(self, size: tuple[int, int] | None) -> bool:
        buffer = self._buffer
        if not isinstance(buffer, Buffer) or not buffer.usable:
            return False
        return buffer.size == size and buffer.format in FORMATS

    # --- waiter

    def take(self, picture: Picture) -> None:
        if not self._fits(picture.size):
            self._session.tell_constraints()
            self._fail(_Reasons.buffer_constraints)
            return
        assert self._buffer is not None
        damage = list(self._damage)
        add_damage(damage, picture.damage)
        clipped = (clip(rect, *picture.size) for rect in damage)
        picture.copy(self._buffer, (0, 0), [rect for rect in clipped if rect is not None])
        self.send_transform(picture.transform)
        for rect in picture.damage:
            self.send_damage(*rect)
        seconds, nanoseconds = divmod(picture.time, _NS)
        self.send_presentation_time(seconds >> 32, seconds & 0xFFFFFFFF, nanoseconds)
        self._ended = True
        self.send_ready()

    def fail(self) -> None:
        self._fail(_Reasons.stopped)

    def _fail(self, reason: int) -> None:
        if self._captured and not self._ended:
            self._ended = True
            self.send_failed(int(reason))

    def revoked(self) -> None:
        self._let_go()
        self._fail(_Reasons.stopped)

    def destroyed(self) -> None:
        self._session.frame = None
        self._let_go()

    def _let_go(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.give_up(self)
            capture.release()


class CursorSession(Resource):
    """Follows the cursor over a source. `capture` is None once the source is gone, or the permission is."""

    __slots__ = ("_capture", "_hotspot", "_inside", "_position", "_session")
    interface = ExtImageCopyCaptureCursorSessionV1
    listed = True
    permission = SCREEN_CAPTURE
    send_enter = event(ExtImageCopyCaptureCursorSessionV1, "enter")
    send_leave = event(ExtImageCopyCaptureCursorSessionV1, "leave")
    send_position = event(ExtImageCopyCaptureCursorSessionV1, "position")
    send_hotspot = event(ExtImageCopyCaptureCursorSessionV1, "hotspot")

    def __init__(self, client: Client, version: int, new_id: int, capture: Capture | None) -> None:
        super().__init__(client, version, new_id)
        self._capture = capture
        self._session: Session | None = None
        self._inside = False
        self._position: tuple[int, int] | None = None  # as told
        self._hotspot: tuple[int, int] | None = None
        if capture is not None:
            capture.hold()
            capture.moves.append(self._moved)
            capture.ends.append(self._stop)

    def on_get_capture_session(self, new_id: int) -> None:
        if self._session is not None:
            errors = ExtImageCopyCaptureCursorSessionV1.error
            raise self.error(errors.duplicate_session, "the session was made already")
        self._session = Session(self.client, self.version, new_id, self._capture)

    def _moved(self) -> None:
        assert self._capture is not None
        at = self._capture.cursor_at
        if not at.width or not at.height:
            self._leave()
            return
        if not self._inside:
            self._inside = True
            self._position = self._hotspot = None
            self.send_enter()
        elif self.client.backed_up:
            return  # later ones will do
        position, hotspot = (at.x, at.y), (at.hotspot_x, at.hotspot_y)
        if position != self._position:
            self._position = position
            self.send_position(*position)
        if hotspot != self._hotspot:
            self._hotspot = hotspot
            self.send_hotspot(*hotspot)

    def _leave(self) -> None:
        if self._inside:
            self._inside = False
            self.send_leave()

    def _stop(self) -> None:
        self._leave()
        self._let_go()

    def revoked(self) -> None:
        self._stop()

    def destroyed(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.moves.remove(self._moved)
            capture.ends.remove(self._stop)
            capture.release()


class ImageCopyCaptureManager(Resource):
    __slots__ = ()
    interface = ExtImageCopyCaptureManagerV1
    permission = SCREEN_CAPTURE

    def on_create_session(self, new_id: int, source: CaptureSource, options: int) -> None:
        known = int(ExtImageCopyCaptureManagerV1.options.paint_cursors)
        if options & ~known:
            raise self.error(ExtImageCopyCaptureManagerV1.error.invalid_option, f"{options} are no options")
        Session(self.client, self.version, new_id, self._open(source.source, bool(options & known)))

    def on_create_pointer_cursor_session(self, new_id: int, source: CaptureSource, _pointer: Pointer) -> None:
        # There is one cursor, whatever pointer object is asked about it.
        CursorSession(self.client, self.version, new_id, self._open(source.source, cursor=True, alone=True))

    def _open(self, source: Source, cursor: bool, alone: bool = False) -> Capture | None:
        """None if there is nothing to picture, or nothing that the app may see."""
        if source.size is None or not self.client.sees(ImageCopyCaptureManager):
            return None
        return self.client.server.captures.open(self.client, source, cursor, alone)
