"""Programs that picture and film the screen, from Debian's packages, and a client that pictures a window."""

from __future__ import annotations

import itertools
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from pywayland.protocol.ext_foreign_toplevel_list_v1 import ExtForeignToplevelListV1
from pywayland.protocol.ext_image_capture_source_v1 import ExtForeignToplevelImageCaptureSourceManagerV1
from pywayland.protocol.ext_image_copy_capture_v1 import ExtImageCopyCaptureManagerV1
from pywayland.protocol.wayland import WlSeat

from berth.core.messages import InputMove, PromptClosed, PromptInfo, PromptOpened
from berth.core.permissions import SCREEN_CAPTURE, WINDOW_LIST
from tests.display.client import Object
from tests.display.shapes import ARGB
from tests.picture import Picture
from tests.ui.session import Session
from tests.ui.test_scene_session import BLUE, RED, coloured, paint, rgb

GRANTED = (SCREEN_CAPTURE, WINDOW_LIST)
SIGN = (700, 650, 200, 50)
"""Where the panel says that somebody pictures the screen."""
needs_grim = pytest.mark.skipif(shutil.which("grim") is None, reason="grim is not installed")
needs_recorder = pytest.mark.skipif(shutil.which("wf-recorder") is None, reason="wf-recorder is not installed")


def grim(session: Session, *options: str, meanwhile: Callable[[], object] = lambda: None) -> Picture:
    file: Path = session.folder / "shot.png"
    program = session.run("grim", "grim", *options, str(file), granted=GRANTED)
    meanwhile()
    assert program.wait(15) == 0, session.log("grim")
    return Picture(file)


@needs_grim
def test_grim_pictures_what_is_on_the_screen_and_the_panel_says_so(session: Session) -> None:
    coloured(session, "red", RED)
    info = session.window("red")
    before = session.picture()
    # The panel says so for some seconds, which may be over when a busy machine has ended the program.
    shot = grim(session, meanwhile=lambda: session.until_picture(lambda now: now.changed(before, SIGN) > 500))
    assert (shot.width, shot.height) == (1000, 700)
    assert shot.at(info.x + 10, info.y + 10) == rgb(RED) and shot.changed(before, (0, 0, 1000, 640)) < 200
    part = grim(session, "-g", f"{info.x},{info.y} 20x10")
    assert set(part.colours((0, 0, 20, 10))) == {rgb(RED)} and (part.width, part.height) == (20, 10)


@needs_grim
def test_question_to_the_user_is_in_no_picture(session: Session) -> None:
    coloured(session, "red", RED)
    info = session.window("red")
    session.shell.send(PromptOpened(PromptInfo("p", "a", "A", "", "red", "network", "why", "me", "", 0)))
    session.until_picture(lambda picture: picture.at(info.x + 10, info.y + 10) != rgb(RED))
    file = session.folder / "shot.png"
    program = session.run("grim", "grim", str(file), granted=GRANTED)
    session.until_picture(lambda picture: picture.at(info.x + 10, info.y + 10) != rgb(RED))
    assert program.poll() is None
    session.shell.send(PromptClosed("p"))
    assert program.wait(15) == 0, session.log("grim")
    assert Picture(file).at(info.x + 10, info.y + 10) == rgb(RED)


@needs_recorder
def test_wf_recorder_films(session: Session) -> None:
    app, window = coloured(session, "red", RED)
    file = session.folder / "film.mkv"
    program = session.run("film", "wf-recorder", "-c", "libx264rgb", "-f", str(file), granted=GRANTED)
    colours = itertools.cycle((BLUE, RED))

    def is_filmed() -> bool:
        paint(app, window, 300, 200, next(colours))
        return file.exists() and file.stat().st_size > 0

    session.until(is_filmed)
    program.send_signal(signal.SIGINT)
    assert program.wait(15) == 0, session.log("film")
    assert file.stat().st_size > 500


def test_covered_window_is_pictured_by_itself_and_followed(session: Session) -> None:
    app, window = coloured(session, "red", RED)
    watcher = session.app("watcher", granted=GRANTED)
    listing = watcher.bind(ExtForeignToplevelListV1)
    watcher.roundtrip()
    handle = listing.named("toplevel")[0].arguments[0]
    coloured(session, "blue", BLUE, (600, 500))
    source = watcher.bind(ExtForeignToplevelImageCaptureSourceManagerV1).create_source(handle)
    stream = watcher.bind(ExtImageCopyCaptureManagerV1).create_session(source, 0)
    watcher.roundtrip()
    assert stream.last("buffer_size") == (300, 200)
    pixels = watcher.pixels(300, 200, format_=ARGB)
    for colour in (RED, 0x00FF00):
        frame = stream.create_frame()
        frame.attach_buffer(pixels.buffer)
        frame.damage_buffer(0, 0, 300, 200)
        frame.capture()
        watcher.flush()
        if colour != RED:
            paint(app, window, 300, 200, colour)
        watcher.until(lambda frame=frame: frame.named("ready"))  # type: ignore[misc]
        assert pixels.memory[:3] == colour.to_bytes(3, "little")
        frame.destroy()


def test_cursor_is_followed_and_pictured_by_itself(session: Session) -> None:
    app, _window = coloured(session, "red", RED)
    session.move("red", 100, 100)
    session.input(InputMove(10, 10))
    watcher = session.app("watcher", granted=GRANTED)
    listing = watcher.bind(ExtForeignToplevelListV1)
    watcher.roundtrip()
    handle = listing.named("toplevel")[0].arguments[0]
    manager = watcher.bind(ExtImageCopyCaptureManagerV1)
    source = watcher.bind(ExtForeignToplevelImageCaptureSourceManagerV1).create_source(handle)
    cursor = manager.create_pointer_cursor_session(source, watcher.bind(WlSeat).get_pointer())
    stream = cursor.get_capture_session()
    watcher.roundtrip()
    # The app's own cursor: 20 pixels in each direction, held at 5, 6.
    pointer = app.bind(WlSeat).get_pointer()
    session.input(InputMove(150, 160))
    app.until(lambda: pointer.named("enter"))
    drawn = app.surface()
    pixels = app.pixels(20, 20, format_=ARGB)
    pixels.memory[:] = 0xFF00FF00.to_bytes(4, "little") * 400
    pointer.set_cursor(pointer.last("enter")[0], drawn, 5, 6)
    app.show(drawn, pixels)
    app.roundtrip()
    watcher.until(lambda: stream.named("done") and stream.last("buffer_size") == (20, 20))
    watcher.until(lambda: cursor.last("hotspot") == (5, 6))
    assert cursor.last("position") == (50, 60)
    picture = watcher.pixels(20, 20, format_=ARGB)

    def capture() -> Object:
        frame: Object = stream.create_frame()
        frame.attach_buffer(picture.buffer)
        frame.damage_buffer(0, 0, 20, 20)
        frame.capture()
        watcher.flush()
        return frame

    frame = capture()
    watcher.until(lambda: frame.named("ready"))
    assert bytes(picture.memory[:4]) == bytes((0, 255, 0, 255))
    frame.destroy()
    # Moving it is no new picture, another colour is.
    frame = capture()
    session.input(InputMove(110, 120))
    watcher.until(lambda: cursor.last("position") == (10, 20))
    assert not frame.events
    pixels.memory[:] = 0xFF0000FF.to_bytes(4, "little") * 400
    app.show(drawn, pixels)
    app.flush()
    watcher.until(lambda: frame.named("ready"))
    assert bytes(picture.memory[:4]) == bytes((255, 0, 0, 255))
    # It has left when nothing of it is over the window any more.
    entered = len(cursor.named("enter"))
    session.input(InputMove(500, 90))
    watcher.until(lambda: len(cursor.named("leave")) == entered)
    session.act("red", "minimize")
    session.act("red", "focus")
    session.input(InputMove(399, 299))
    watcher.until(lambda: len(cursor.named("enter")) > entered and cursor.last("position") == (299, 199))
    pointer.set_cursor(pointer.last("enter")[0], None, 0, 0)
    app.flush()
    watcher.until(lambda: len(cursor.named("leave")) > entered)
