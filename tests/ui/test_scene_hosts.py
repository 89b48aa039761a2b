"""The same desktop on other screens: OpenGL and the software renderer under X, real X input, other form factors."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pywayland.protocol.wayland import WlSeat

from berth.core.messages import InputClick, InputKey
from berth.core.permissions import CLIPBOARD_MANAGER
from berth.display.wlr_data_control import ZwlrDataControlManagerV1
from tests.display.shapes import App, Window
from tests.ui.conftest import OpenSession
from tests.ui.session import WAIT, Session
from tests.ui.test_scene_session import BLUE, RED, coloured, needs_foot, paint, rgb, whole

needs_xvfb = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
needs_xdotool = pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool is not installed")


@pytest.fixture
def x_display(tmp_path: Path) -> Iterator[str]:
    """An X server on a free display number, without a window manager."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1000x700x24", "-nolisten", "tcp", "-noreset"]
    log = (tmp_path / "x.log").open("wb")
    server = subprocess.Popen(command, pass_fds=[writer], stdout=log, stderr=log)
    log.close()
    os.close(writer)
    with os.fdopen(reader) as lines:
        number = lines.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(WAIT)


def on_x(open_session: OpenSession, display: str, renderer: str) -> Session:
    environment = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
    return open_session(environment=environment, options=["--renderer", renderer])


@needs_xvfb
@pytest.mark.parametrize("renderer", ["opengl", "software"])
def test_both_renderers_show_the_same(x_display: str, open_session: OpenSession, renderer: str) -> None:
    session = on_x(open_session, x_display, renderer)
    assert f"renderer {renderer} on xcb" in session.log("ui")
    app, window = coloured(session, "red", RED)
    coloured(session, "blue", BLUE)
    session.move("red", 100, 100)
    session.move("blue", 600, 100)
    session.until_picture(
        lambda picture: whole((100, 100, 300, 200), picture, RED) and whole((600, 100, 300, 200), picture, BLUE)
    )
    # A part changes: only that part is uploaded, and nothing else is lost.
    pixels = app.pixels(300, 200, format_=1)
    pixels.memory[:] = RED.to_bytes(4, "little") * (300 * 200)
    for row in range(20, 60):
        start = (row * 300 + 10) * 4
        pixels.memory[start : start + 80 * 4] = BLUE.to_bytes(4, "little") * 80
    window.surface.attach(pixels.buffer, 0, 0)
    window.surface.damage_buffer(10, 20, 80, 40)
    window.surface.commit()
    app.roundtrip()
    picture = session.until_picture(lambda picture: whole((110, 120, 80, 40), picture, BLUE))
    assert picture.colours((100, 100, 300, 200)) == {rgb(BLUE): 80 * 40, rgb(RED): 300 * 200 - 80 * 40}
    # Sizes change: textures are made anew.
    for width in range(310, 400, 10):
        paint(app, window, width, 220, RED)
    session.until_picture(lambda picture: whole((100, 100, 390, 220), picture, RED))
    frame = session.picture(session.window("blue").window)
    assert set(frame.colours((0, 0, 300, 200))) == {rgb(BLUE)}


@needs_xvfb
@needs_xdotool
@needs_foot
def test_hands_on_a_real_x_server(x_display: str, open_session: OpenSession) -> None:
    session = on_x(open_session, x_display, "software")
    session.run("foot", "foot")
    session.until_windows(1)
    session.move("foot", 50, 100)

    def xdotool(*words: object) -> None:
        environment = {**os.environ, "DISPLAY": x_display}
        subprocess.run(["xdotool", *map(str, words)], env=environment, check=True)

    left, top, _width, _height = session.window("foot").frame
    xdotool("mousemove", left + 100, top + 15, "mousedown", 1, "mousemove", left + 130, top + 30)
    xdotool("mousemove", left + 160, top + 35, "mouseup", 1)
    session.until(lambda: session.window("foot").frame[:2] == (left + 60, top + 20))
    before = session.picture()
    area = session.window("foot")
    xdotool("type", "echo $((6*7))")
    session.until_picture(lambda picture: picture.changed(before, (area.x, area.y, 400, 100)) > 100)
    xdotool("keydown", "alt", "key", "F4", "keyup", "alt")
    session.until_windows(0)


def asked_for(session: Session) -> tuple[App, Window, int, int]:
    """A new client, and the size its window shall have."""
    app = session.app("red")
    window = Window(app, map_=False)
    window.ack()
    width, height, _states = window.toplevel.last("configure")
    return app, window, width, height


@pytest.mark.parametrize("size", ["820x1180", "390x844"])
def test_touch_screens_fill_themselves_with_one_window(open_session: OpenSession, size: str) -> None:
    session = open_session(size=size)
    app, window, width, height = asked_for(session)
    screen_width, screen_height = map(int, size.split("x"))
    assert width == screen_width
    assert screen_height - 100 < height < screen_height
    paint(app, window, width, height, RED)
    session.until_windows(1)
    info = session.window("red")
    assert (info.state, info.frame) == ("maximized", (0, 0, width, height))
    session.until_picture(lambda picture: whole((0, 0, width, height), picture, RED))


def test_the_form_factor_can_be_forced(open_session: OpenSession) -> None:
    session = open_session(options=["--form-factor", "phone"])
    _app, _window, width, height = asked_for(session)
    assert width == 1000
    assert 600 < height < 700


@needs_foot
def test_the_clipboard_works_between_apps(session: Session) -> None:
    # A terminal has what comes before its title.
    session.run("a", "foot", "sh", "-c", r"printf 'from-a-to-b\033]2;said\007'; sleep 1000")
    session.until_windows(1)
    session.until(lambda: session.window("a").title == "said")
    a = session.window("a")
    # A double click selects the word in the first line.
    session.input(InputClick(a.x + 20, a.y + 9, "left", 2), InputKey("ctrl+shift+c"))
    # Before another one has the keyboard: whoever is left by it may copy for a moment only.
    watcher = session.app("watcher", granted=(CLIPBOARD_MANAGER,))
    device = watcher.bind(ZwlrDataControlManagerV1).get_data_device(watcher.bind(WlSeat))
    watcher.until(lambda: device.named("selection") and device.last("selection") != (None,))
    # Each character at once: a line's end that is typed after the paste may come before it.
    got = session.folder / "got"
    takes = rf"stty -icanon; printf '\033]2;takes\007'; head -c 11 > {got}; sleep 1000"
    session.run("b", "foot", "sh", "-c", takes)
    session.until_windows(2)
    session.until(lambda: session.window("b").title == "takes")
    assert session.window("b").focused
    session.input(InputKey("ctrl+shift+v"))
    session.until(lambda: got.exists() and len(got.read_text()) == 11)
    assert got.read_text() == "from-a-to-b"


def test_a_shell_control_is_pressed_by_the_same_clicks(session: Session) -> None:
    before = session.picture()
    session.input(InputClick(28, 700 - 26))
    session.until_picture(lambda picture: picture.changed(before, (100, 100, 500, 400)) > 50_000)
    session.input(InputKey("Escape"))
    session.until_picture(lambda picture: picture.changed(before, (100, 100, 500, 400)) == 0)


@needs_xvfb
@needs_xdotool
@pytest.mark.parametrize("renderer", ["opengl", "software"])
def test_the_desktop_follows_the_size_of_its_screen(x_display: str, open_session: OpenSession, renderer: str) -> None:
    session = on_x(open_session, x_display, renderer)
    app, window = coloured(session, "red", RED)
    environment = {**os.environ, "DISPLAY": x_display}
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", "Berth"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    host = found.stdout.split()[0]

    def resize(width: int, height: int) -> None:
        subprocess.run(["xdotool", "windowsize", host, str(width), str(height)], env=environment, check=True)

    acknowledged: set[tuple[int, ...]] = set()

    def drawn(colour: int) -> tuple[int, int]:
        """The client draws the size it was asked for last."""
        app.roundtrip()
        width, height, _states = window.toplevel.last("configure")
        serial = window.xdg.last("configure")
        if serial not in acknowledged:
            acknowledged.add(serial)
            window.xdg.ack_configure(*serial)
            paint(app, window, width, height, colour)
        return width, height

    # As narrow as a phone: another layout takes the windows over and they fill the screen.
    before = session.window("red").frame
    resize(400, 690)
    session.until(lambda: session.window("red").state == "maximized" and drawn(BLUE)[0] == 400)
    session.until(lambda: session.window("red").frame == (0, 0, *drawn(BLUE)))
    _x, _y, width, height = session.window("red").frame
    assert height < 690
    session.until_picture(lambda picture: picture.width == 400 and whole((0, 0, width, height), picture, BLUE))
    # And back: the window is where it was.
    resize(1000, 700)
    session.until(lambda: session.window("red").state == "normal" and drawn(RED) == (300, 200))
    session.until(lambda: session.window("red").frame == before)
    session.until_picture(lambda picture: picture.width == 1000 and whole(before, picture, RED))
