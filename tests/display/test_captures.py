"""Pictures of the screen and of windows: ext_image_copy_capture and zwlr_screencopy, for apps with the permission."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable

import pytest
from pywayland.protocol.ext_foreign_toplevel_list_v1 import ExtForeignToplevelListV1
from pywayland.protocol.ext_image_capture_source_v1 import (
    ExtForeignToplevelImageCaptureSourceManagerV1,
    ExtOutputImageCaptureSourceManagerV1,
)
from pywayland.protocol.ext_image_copy_capture_v1 import ExtImageCopyCaptureManagerV1
from pywayland.protocol.wayland import WlOutput, WlSeat

from berth.core import messages as m
from berth.core.permissions import SCREEN_CAPTURE, WINDOW_LIST
from berth.display.screencopy import ZwlrScreencopyManagerV1
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import ARGB, XRGB, App, Pixels, Window
from tests.display.ui import FakeUi

INTERFACES = (
    ExtOutputImageCaptureSourceManagerV1,
    ExtForeignToplevelImageCaptureSourceManagerV1,
    ExtImageCopyCaptureManagerV1,
    ZwlrScreencopyManagerV1,
)
SIZE = (64, 48)
UNKNOWN, CONSTRAINTS, STOPPED = range(3)


def small_ui(display: Display) -> FakeUi:
    ui = display.ui()
    ui.send(m.OutputChanged(*SIZE))
    ui.settle()
    return ui


def recorder(display: Display) -> App:
    return display.app(display.instance("recorder", granted=(SCREEN_CAPTURE, WINDOW_LIST)))


class Stream:
    """A session for the output or a window, and its frames."""

    def __init__(self, app: App, handle: Object | None = None, options: int = 0) -> None:
        self.app = app
        self.manager = app.bind(ExtImageCopyCaptureManagerV1)
        if handle is None:
            self.output = app.bind(WlOutput)
            source = app.bind(ExtOutputImageCaptureSourceManagerV1).create_source(self.output)
        else:
            source = app.bind(ExtForeignToplevelImageCaptureSourceManagerV1).create_source(handle)
        self.session: Object = self.manager.create_session(source, options)
        source.destroy()
        app.roundtrip()

    def frame(self, pixels: Pixels) -> Object:
        frame: Object = self.session.create_frame()
        frame.attach_buffer(pixels.buffer)
        frame.damage_buffer(0, 0, pixels.width, pixels.height)
        frame.capture()
        self.app.flush()
        return frame


def wanted(ui: FakeUi, number: int = 1) -> m.CaptureWanted:
    ui.until(lambda: len(ui.captures) >= number)
    return ui.captures[number - 1]


def colours(pixels: Pixels) -> list[int]:
    return [pixels.memory[row * pixels.stride] for row in range(pixels.height)]


def test_it_is_invisible_without_the_permission(display: Display) -> None:
    app = display.app(display.instance(granted=(WINDOW_LIST,)))
    assert not {interface.name for interface in INTERFACES} & set(app.globals)
    display.grant(SCREEN_CAPTURE)
    app.until(lambda: {interface.name for interface in INTERFACES} <= set(app.globals))


def test_first_frame_comes_at_once_and_the_next_with_a_change(display: Display) -> None:
    ui = small_ui(display)
    app = recorder(display)
    stream = Stream(app)
    assert {event.arguments for event in stream.session.named("shm_format")} == {(ARGB,), (XRGB,)}
    assert stream.session.last("buffer_size") == SIZE and stream.session.events[-1].name == "done"
    pixels = app.pixels(*SIZE, format_=XRGB)
    frame = stream.frame(pixels)
    ask = wanted(ui)
    assert ask == m.CaptureWanted(ask.capture, "recorder", "BERTH-1", 0, *SIZE, False, True)
    ui.picture(ask, bytes(48), 5_000_000_007)
    app.until(lambda: frame.named("ready"))
    assert [event.name for event in frame.events] == ["transform", "damage", "presentation_time", "ready"]
    assert frame.last("damage") == (0, 0, *SIZE) and frame.last("presentation_time") == (0, 5, 7)
    frame.destroy()
    frame = stream.frame(pixels)
    ask = wanted(ui, 2)
    assert not ask.fresh
    ui.picture(ask, bytes(48))
    # Nothing is different: the app goes on waiting, and the ui is asked for the next change.
    ask = wanted(ui, 3)
    app.roundtrip()
    assert not frame.events and not ask.fresh
    ui.picture(ask, bytes(20) + b"\7" * 4 + bytes(24))
    app.until(lambda: frame.named("ready"))
    assert [event.arguments for event in frame.named("damage")] == [(0, 16, 64, 16)]
    assert colours(pixels)[18:26] == [0, 0, 7, 7, 7, 7, 0, 0]


def test_only_what_either_side_calls_damaged_is_copied(display: Display) -> None:
    ui = small_ui(display)
    app = recorder(display)
    stream = Stream(app)
    pixels = app.pixels(*SIZE)
    frame = stream.frame(pixels)
    ui.picture(wanted(ui), b"\1" * 48)
    app.until(lambda: frame.named("ready"))
    frame.destroy()
    other = app.pixels(*SIZE, byte=0xEE)
    frame = stream.session.create_frame()
    frame.attach_buffer(other.buffer)
    frame.damage_buffer(0, 0, 64, 2)
    frame.damage_buffer(0, 0, 1_000_000, 1)
    frame.capture()
    app.flush()
    ui.picture(wanted(ui, 2), b"\1" * 40 + b"\2" * 8)
    app.until(lambda: frame.named("ready"))
    assert colours(other) == [1] * 2 + [0xEE] * 30 + [1] * 8 + [2] * 8


def test_window_is_pictured_until_it_is_gone(display: Display) -> None:
    ui = small_ui(display)
    app = display.app()
    window = Window(app, 40, 30)
    watcher = recorder(display)
    listing = watcher.bind(ExtForeignToplevelListV1)
    watcher.roundtrip()
    stream = Stream(watcher, listing.named("toplevel")[0].arguments[0], options=1)
    assert stream.session.last("buffer_size") == (40, 30)
    frame = stream.frame(watcher.pixels(40, 30))
    ask = wanted(ui)
    assert (ask.output, ask.window, ask.width, ask.height, ask.cursor) == ("", 1, 40, 30, True)
    ui.picture(ask, bytes(30))
    watcher.until(lambda: frame.named("ready"))
    frame.destroy()
    app.show(window.surface, app.pixels(50, 20))
    app.roundtrip()
    frame = stream.frame(watcher.pixels(40, 30))
    watcher.until(lambda: frame.named("failed"))
    assert frame.last("failed") == (CONSTRAINTS,) and stream.session.last("buffer_size") == (50, 20)
    frame.destroy()
    frame = stream.frame(watcher.pixels(50, 20))
    wanted(ui, 2)
    app.close()
    watcher.until(lambda: stream.session.named("stopped"))
    assert frame.last("failed") == (STOPPED,)
    ui.until(lambda: ui.captures_closed or True)
    frame.destroy()
    watcher.roundtrip()
    ui.until(lambda: ui.captures_closed == [ask.capture])
    late = Stream(watcher, listing.named("toplevel")[0].arguments[0])
    assert [event.name for event in late.session.events] == ["stopped"]
    frame = late.frame(watcher.pixels(50, 20))
    watcher.until(lambda: frame.named("failed"))
    assert frame.last("failed") == (STOPPED,)


def test_output_that_is_unplugged_stops_its_stream(display: Display) -> None:
    ui = small_ui(display)
    app = recorder(display)
    stream = Stream(app)
    ui.send(m.OutputChanged(100, 100, name="OTHER"), m.OutputRemoved("BERTH-1"))
    app.until(lambda: stream.session.named("stopped"))


def test_buffer_that_does_not_fit_is_refused(display: Display) -> None:
    small_ui(display)
    app = recorder(display)
    stream = Stream(app)
    for pixels in (app.pixels(63, 48), app.pixels(64, 48, format_=int.from_bytes(b"RG16", "little"))):
        frame = stream.frame(pixels)
        app.until(lambda frame=frame: frame.named("failed"))  # type: ignore[misc]
        assert frame.last("failed") == (CONSTRAINTS,)
        frame.destroy()


def test_frame_outlives_its_session_and_a_new_ui_is_asked_again(display: Display) -> None:
    ui = small_ui(display)
    app = recorder(display)
    stream = Stream(app)
    pixels = app.pixels(*SIZE)
    frame = stream.frame(pixels)
    stream.session.destroy()
    app.roundtrip()
    wanted(ui)
    ui.close()
    ui = display.ui()
    ui.picture(wanted(ui), b"\3" * 48)
    app.until(lambda: frame.named("ready"))
    assert colours(pixels) == [3] * 48
    frame.destroy()
    app.roundtrip()
    ui.until(lambda: ui.captures_closed)


def test_revoking_stops_what_is_under_way(display: Display) -> None:
    ui = small_ui(display)
    app = recorder(display)
    stream = Stream(app)
    frame = stream.frame(app.pixels(*SIZE))
    copying = app.bind(ZwlrScreencopyManagerV1).capture_output(0, stream.output)
    copying.copy(app.pixels(*SIZE, format_=XRGB).buffer)
    app.flush()
    wanted(ui, 2)
    display.grant(WINDOW_LIST, name="recorder")
    app.until(lambda: stream.session.named("stopped") and frame.named("failed") and copying.named("failed"))
    assert frame.last("failed") == (STOPPED,)
    ui.picture(wanted(ui), bytes(48))
    frame.destroy()
    late = stream.manager.create_session(Source(app).output(stream.output), 0)
    app.roundtrip()
    assert [event.name for event in late.events] == ["stopped"] and not copying.named("ready")
    copying.destroy()
    app.roundtrip()


class Source:
    """A source of an app that has bound its manager already."""

    def __init__(self, app: App) -> None:
        self._app = app

    def output(self, output: Object) -> Object:
        found = next(o for o in self._app.objects.values() if o.interface is ExtOutputImageCaptureSourceManagerV1)
        made: Object = found.create_source(output)
        return made


@pytest.mark.parametrize(
    ("wrong", "interface", "code"),
    [
        (lambda s: s.session.create_frame() and s.session.create_frame(), "ext_image_copy_capture_session_v1", 1),
        (lambda s: s.session.create_frame().capture(), "ext_image_copy_capture_frame_v1", 1),
        (lambda s: s.session.create_frame().damage_buffer(-1, 0, 1, 1), "ext_image_copy_capture_frame_v1", 2),
        (lambda s: s.session.create_frame().damage_buffer(0, 0, 0, 1), "ext_image_copy_capture_frame_v1", 2),
        (lambda s: s.frame(s.app.pixels(*SIZE)).capture(), "ext_image_copy_capture_frame_v1", 3),
        (lambda s: s.frame(s.app.pixels(*SIZE)).damage_buffer(0, 0, 1, 1), "ext_image_copy_capture_frame_v1", 3),
        (lambda s: s.frame(p := s.app.pixels(*SIZE)).attach_buffer(p.buffer), "ext_image_copy_capture_frame_v1", 3),
        (
            lambda s: s.manager.create_session(Source(s.app).output(s.output), 2),
            "ext_image_copy_capture_manager_v1",
            1,
        ),
        (lambda s: cursor_twice(s), "ext_image_copy_capture_cursor_session_v1", 1),
    ],
)
def test_wrong_use_is_an_error(display: Display, wrong: Callable[[Stream], None], interface: str, code: int) -> None:
    small_ui(display)
    stream = Stream(recorder(display))
    wrong(stream)
    with pytest.raises(ClientError) as raised:
        stream.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface, code)


def cursor_session(stream: Stream) -> Object:
    pointer = stream.app.bind(WlSeat).get_pointer()
    made: Object = stream.manager.create_pointer_cursor_session(Source(stream.app).output(stream.output), pointer)
    return made


def cursor_twice(stream: Stream) -> None:
    session = cursor_session(stream)
    session.get_capture_session()
    session.get_capture_session()


def test_streams_are_limited(display: Display) -> None:
    small_ui(display)
    app = recorder(display)
    stream = Stream(app)
    source = Source(app).output(stream.output)
    for _ in range(15):
        stream.manager.create_session(source, 0)
    app.roundtrip()
    # Another connection of the same app has none of its own.
    again = display.app(display.directory / "wayland-recorder")
    with pytest.raises(ClientError, match="more than 16 streams"):
        Stream(again).app.roundtrip()


def test_picture_that_may_still_change_is_not_shown(display: Display) -> None:
    ui = small_ui(display)
    app = recorder(display)
    stream = Stream(app)
    frame = stream.frame(app.pixels(*SIZE))
    ask = wanted(ui)
    for size, seals in ((64 * 48 * 4, fcntl.F_SEAL_SHRINK), (10, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE)):
        fd = os.memfd_create("bad", os.MFD_ALLOW_SEALING)
        os.ftruncate(fd, size)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
        ui.link.send(m.CaptureDone(ask.capture, *SIZE, 256, 1), [fd])
        os.close(fd)
    ui.send(m.CaptureDone(ask.capture, *SIZE, 256, 1))
    ui.settle()
    app.roundtrip()
    assert not frame.events
    ui.picture(ask, bytes(48))
    app.until(lambda: frame.named("ready"))


class Copying:
    """zwlr_screencopy on the only output."""

    def __init__(self, app: App, version: int = 0) -> None:
        self.app = app
        self.output = app.bind(WlOutput)
        self.manager = app.bind(ZwlrScreencopyManagerV1, version)

    def frame(self, *region: int, cursor: int = 0) -> Object:
        if region:
            frame: Object = self.manager.capture_output_region(cursor, self.output, *region)
        else:
            frame = self.manager.capture_output(cursor, self.output)
        self.app.roundtrip()
        return frame


def test_screencopy_copies_the_output(display: Display) -> None:
    ui = small_ui(display)
    app = recorder(display)
    frame = Copying(app).frame(cursor=1)
    assert [event.name for event in frame.events] == ["buffer", "buffer_done"]
    assert frame.last("buffer") == (XRGB, *SIZE, 256)
    pixels = app.pixels(*SIZE, format_=XRGB)
    frame.copy(pixels.buffer)
    app.flush()
    ask = wanted(ui)
    assert ask.cursor and ask.fresh
    ui.picture(ask, bytes(range(48)), 7_000_000_000)
    app.until(lambda: frame.named("ready"))
    assert [event.name for event in frame.events][2:] == ["flags", "damage", "ready"]
    assert frame.last("flags") == (0,) and frame.last("ready") == (0, 7, 0)
    assert colours(pixels) == list(range(48))


def test_screencopy_of_a_part_is_in_pixels_and_clipped(display: Display) -> None:
    ui = display.ui()
    ui.send(m.OutputChanged(32, 24, 2.0))
    ui.settle()
    app = recorder(display)
    copying = Copying(app, 1)
    frame = copying.frame(20, 20, 100, 100)
    assert [event.name for event in frame.events] == ["buffer"]
    assert frame.last("buffer") == (XRGB, 24, 8, 96)
    pixels = app.pixels(24, 8, format_=XRGB)
    frame.copy(pixels.buffer)
    app.flush()
    ui.picture(wanted(ui), bytes(range(48)))
    app.until(lambda: frame.named("ready"))
    assert colours(pixels) == list(range(40, 48)) and not frame.named("damage")
    nothing = copying.frame(200, 200, 10, 10)
    assert [event.name for event in nothing.events] == ["failed"]


def test_screencopy_with_damage_waits_for_it(display: Display) -> None:
    ui = small_ui(display)
    app = recorder(display)
    copying = Copying(app)
    pixels = app.pixels(*SIZE, format_=XRGB)
    frame = copying.frame()
    frame.copy_with_damage(pixels.buffer)
    app.flush()
    ask = wanted(ui)
    assert ask.fresh
    ui.picture(ask, bytes(48))
    app.until(lambda: frame.named("ready"))
    frame = copying.frame()
    frame.copy_with_damage(pixels.buffer)
    app.flush()
    assert not wanted(ui, 2).fresh
    # A frame that does not wait overtakes it, and brings it along if there is a change.
    other = copying.frame()
    other.copy(app.pixels(*SIZE, format_=XRGB).buffer)
    app.flush()
    ask = wanted(ui, 3)
    assert ask.fresh and ask.capture == ui.captures[0].capture
    ui.picture(ask, bytes(47) + b"\1")
    app.until(lambda: frame.named("ready") and other.named("ready"))
    assert frame.last("damage") == (0, 32, 64, 16)
    frame.destroy()
    copying.manager.destroy()
    other.destroy()
    app.roundtrip()
    app.close()
    ui.until(lambda: ui.captures_closed == [ask.capture])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda app, frame: frame.copy(app.pixels(63, 48, format_=XRGB).buffer), 1),
        (lambda app, frame: frame.copy(app.pixels(*SIZE, format_=ARGB).buffer), 1),
        (lambda app, frame: [frame.copy(app.pixels(*SIZE, format_=XRGB).buffer) for _ in range(2)], 0),
    ],
)
def test_screencopy_errors(display: Display, wrong: Callable[[App, Object], None], code: int) -> None:
    small_ui(display)
    app = recorder(display)
    wrong(app, Copying(app).frame())
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_screencopy_frame_v1", code)


def test_app_that_seals_its_buffer_hurts_itself_alone(display: Display) -> None:
    ui = small_ui(display)
    app = recorder(display)
    stream = Stream(app)
    pixels = app.pixels(*SIZE, sealing=True)
    stream.frame(pixels)
    ask = wanted(ui)
    fcntl.fcntl(pixels.fd, fcntl.F_ADD_SEALS, 0x10)  # F_SEAL_FUTURE_WRITE
    ui.picture(ask, bytes(48))
    app.until(lambda: app.error)
    assert Window(display.app(display.instance("b"))).surface
