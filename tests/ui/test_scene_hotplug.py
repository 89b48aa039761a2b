"""Outputs that come, go and change while something is going on: no window, popup or keyboard is lost."""

from __future__ import annotations

import subprocess

import pytest
from pywayland.protocol import wayland

from berth.core import messages as m
from berth.core.messages import InputClick, InputKey, InputMove
from tests.display.shapes import App, Popup
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_hosts import needs_xvfb, x_display
from tests.ui.test_scene_outputs import (
    BOTH,
    LEFT,
    RIGHT,
    bind_all,
    entered,
    needs_xrandr,
    opened,
    outputs,
    picture,
    until_seen,
)
from tests.ui.test_scene_session import BLUE, RED, paint

__all__ = ["x_display"]  # the fixture

EDGE = 1000


@pytest.fixture
def wide(open_session: OpenSession) -> Session:
    return open_session(size=BOTH)


def still_usable(session: Session, name: str, app: App, colour: int = RED) -> None:
    """The window of an app is to be seen on the only output, whole, and takes pointer and keyboard."""
    info = session.window(name)
    assert info.output == LEFT and not info.minimized
    until_seen(session, LEFT, colour, (max(info.x, 0), info.y, 100, 50))
    seat = app.bind(wayland.WlSeat)
    pointer, keyboard = seat.get_pointer(), seat.get_keyboard()
    app.roundtrip()
    session.input(InputClick(max(info.x, 0) + 30, info.y + 40))
    app.until(lambda: len(pointer.named("button")) >= 2)
    session.input(InputKey("a"))
    app.until(lambda: [event.arguments[2:] for event in keyboard.named("key")][-2:] == [(30, 1), (30, 0)])


@pytest.mark.parametrize("columns", [100, 200])
def test_a_window_over_the_border(wide: Session, columns: int) -> None:
    app, window = opened(wide, "red", RED)
    known = bind_all(app)
    wide.move("red", EDGE - columns, 150)
    app.until(lambda: entered(window.surface, known) == {LEFT, RIGHT})
    home = wide.window("red").output
    assert home == (LEFT if columns == 200 else RIGHT)
    wide.call(m.UnplugOutput(RIGHT))
    still_usable(wide, "red", app)
    app.until(lambda: entered(window.surface, known) == {LEFT})
    wide.call(m.PlugOutput(1500, 900, 1.5))
    assert (wide.window("red").output, wide.window("red").x) == (home, EDGE - columns)
    until_seen(wide, RIGHT, RED, (3, 228, (300 - columns) * 3 // 2 - 6, 290))


@pytest.mark.parametrize("state", ["maximize", "fullscreen"])
def test_windows_that_fill_an_output(wide: Session, state: str) -> None:
    app, window = opened(wide, "red", RED)
    wide.call(m.SendWindow(wide.window("red").window, RIGHT))
    wide.act("red", state)
    app.until(lambda: window.toplevel.last("configure")[0] == 1000)
    window.ack()
    paint(app, window, 1000, 600, RED)
    until_seen(wide, RIGHT, RED, (100, 300, 1300, 500))
    wide.call(m.UnplugOutput(RIGHT))
    info = wide.window("red")
    assert (info.output, info.x, info.width) == (LEFT, 0, 1000)
    app.until(lambda: window.toplevel.last("configure")[1] in (648, 700))
    window.ack()
    paint(app, window, 1000, info.height, RED)
    still_usable(wide, "red", app)
    wide.call(m.PlugOutput(1500, 900, 1.5))
    info = wide.window("red")
    assert (info.output, info.x, info.height) == (RIGHT, 1000, 600)
    # And to the place it had before, once it is loose again.
    wide.act("red", "restore")
    wide.until(lambda: wide.window("red").state == "normal")
    assert wide.window("red").output == RIGHT


def test_a_window_in_the_hand(wide: Session) -> None:
    app, _window = opened(wide, "red", RED, decorated=True)
    wide.call(m.SendWindow(wide.window("red").window, RIGHT))
    x, y, width, _height = wide.window("red").frame
    wide.input(InputMove(x + width // 2, y + 15), m.InputButton(True), InputMove(x + width // 2 + 30, y + 40))
    wide.until(lambda: wide.window("red").frame[1] == y + 25)
    wide.call(m.UnplugOutput(RIGHT))
    wide.call(m.InputButton(False))
    still_usable(wide, "red", app)
    # Nothing is in the hand any more.
    before = wide.window("red").frame
    wide.input(InputMove(500, 500), InputMove(300, 300))
    assert wide.window("red").frame == before


def test_something_that_an_app_drags(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    wide.call(m.SendWindow(wide.window("red").window, RIGHT))
    other, _window = opened(wide, "blue", BLUE)
    wide.move("blue", 100, 400)
    wide.move("red", EDGE + 100, 100)
    target = other.bind(wayland.WlDataDeviceManager).get_data_device(other.bind(wayland.WlSeat))
    seat = app.bind(wayland.WlSeat)
    pointer = seat.get_pointer()
    devices = app.bind(wayland.WlDataDeviceManager)
    source, device = devices.create_data_source(), devices.get_data_device(seat)
    source.offer("text/plain")
    app.roundtrip()
    wide.input(InputMove(EDGE + 150, 150))
    app.until(lambda: pointer.named("enter"))
    wide.call(m.InputButton(True))
    app.until(lambda: pointer.named("button"))
    device.start_drag(source, window.surface, None, pointer.last("button")[0])
    app.until(lambda: device.named("enter"))
    wide.call(m.UnplugOutput(RIGHT))
    # It goes on over what is left, or has been given up; either way the hand is free in the end.
    wide.input(InputMove(150, 450), InputMove(160, 460))
    wide.call(m.InputButton(False))
    app.until(lambda: source.named("cancelled") or target.named("drop") or device.named("leave"))
    still_usable(wide, "red", app)
    still_usable(wide, "blue", other, BLUE)


def test_a_menu_of_an_app(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    wide.call(m.SendWindow(wide.window("red").window, RIGHT))
    wide.move("red", EDGE + 600, 100)
    seat = app.bind(wayland.WlSeat)
    pointer = seat.get_pointer()
    app.roundtrip()
    wide.input(InputClick(EDGE + 650, 150))
    app.until(lambda: len(pointer.named("button")) == 2)
    press = pointer.named("button")[0].arguments[0]
    menu = Popup(app, window.xdg, app.positioner(80, 50, (10, 10, 20, 20)), grab=(seat, press)).map(0xFF)
    wide.until(lambda: (255, 255, 255) in picture(wide, RIGHT).colours((900, 150, 150, 150)))
    wide.call(m.UnplugOutput(RIGHT))
    info = wide.window("red")
    # It goes along with its window.
    wide.until(lambda: (255, 255, 255) in picture(wide, LEFT).colours((info.x, info.y, 200, 150)))
    wide.input(InputClick(500, 600))
    app.until(lambda: menu.popup.named("popup_done"))
    menu.popup.destroy()
    menu.xdg.destroy()
    app.roundtrip()
    still_usable(wide, "red", app)


def test_the_menu_of_a_window(wide: Session) -> None:
    app, _window = opened(wide, "red", RED, decorated=True)
    wide.call(m.SendWindow(wide.window("red").window, RIGHT))
    wide.input(InputClick(EDGE + 500, 500))
    wide.act("red", "focus")
    wide.input(InputKey("alt+space"))
    wide.call(m.UnplugOutput(RIGHT))
    # The keyboard is the app's again.
    still_usable(wide, "red", app)


def test_the_launcher_and_the_output_that_the_user_works_on(wide: Session) -> None:
    wide.input(InputClick(EDGE + 500, 500))
    wide.call(m.OpenLauncher(True))
    wide.call(m.UnplugOutput(RIGHT))
    wide.call(m.OpenLauncher(False))
    app, _window = opened(wide, "red", RED)
    still_usable(wide, "red", app)


def test_the_primary_output(wide: Session) -> None:
    app, _window = opened(wide, "red", RED)
    wide.call(m.ChangeOutput(RIGHT, primary=True))
    wide.until(lambda: outputs(wide)[RIGHT].usable[3] < 600)
    wide.call(m.UnplugOutput(RIGHT))
    wide.until(lambda: outputs(wide)[LEFT].primary and outputs(wide)[LEFT].usable[3] < 700)
    still_usable(wide, "red", app)


def test_outputs_that_come_and_go_a_lot(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    wide.move("red", EDGE - 150, 150)
    for turn in range(4):
        wide.call(m.UnplugOutput(RIGHT))
        paint(app, window, 300, 200, RED)
        wide.call(m.PlugOutput(800 + 100 * turn, 600, 1.0 + turn / 4))
    info = wide.window("red")
    assert (info.x, info.y) == (EDGE - 150, 150)
    until_seen(wide, LEFT, RED, (EDGE - 150, 150, 150, 200))
    wide.until(lambda: picture(wide, RIGHT).at(20, 300)[0] == RED >> 16)
    wide.call(m.UnplugOutput(RIGHT))
    still_usable(wide, "red", app)


@needs_xvfb
@needs_xrandr
def test_a_screen_of_the_host_changes_and_the_last_one_goes(x_display: str, open_session: OpenSession) -> None:
    def xrandr(*arguments: str) -> None:
        subprocess.run(["xrandr", "--display", x_display, *arguments], check=True, capture_output=True)

    xrandr("--setmonitor", "ONE", "900/132x600/185+0+0", "screen")
    environment = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": x_display}
    session = open_session(environment=environment, options=["--full-screen", "--form-factor", "desktop"])
    assert (outputs(session)["ONE"].width, outputs(session)["ONE"].height) == (900, 600)
    app, window = opened(session, "red", RED)
    session.move("red", 560, 340)
    session.act("red", "fullscreen")
    app.until(lambda: window.toplevel.last("configure")[:2] == (900, 600))
    # Another resolution. Qt does not ask for the size of a monitor again that it knows by this name.
    xrandr("--delmonitor", "ONE")
    session.until(lambda: "ONE" not in outputs(session))
    xrandr("--setmonitor", "ONE", "700/132x500/185+0+0", "screen")
    session.until(lambda: [o.width for o in outputs(session).values()] == [700])
    app.until(lambda: window.toplevel.last("configure")[:2] == (700, 500))
    session.act("red", "restore")
    app.until(lambda: window.toplevel.last("configure")[:2] == (300, 200))
    window.ack()
    paint(app, window, 300, 200, RED)
    session.until(lambda: session.window("red").state == "normal")
    (output,) = outputs(session).values()
    info = session.window("red")
    # It can still be taken hold of, above the panel.
    right, bottom = output.usable[2:]
    assert 0 <= info.x < right and 0 <= info.y < bottom
    until_seen(session, output.name, RED, (info.x, info.y, min(300, right - info.x), min(200, bottom - info.y)))
