"""Windows on a real screen: a real display server, a real ui, real clients, and pictures of all of it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pywayland.protocol import wayland

from berth.core.messages import InputClick, InputDrag, InputKey, InputMove, InputType, ResizeWindow, WindowAction
from berth.core.problem import Problem
from tests.display.shapes import XRGB, App, Window
from tests.picture import Picture, Rect
from tests.ui.session import Session

RED, GREEN, BLUE = 0xFF0000, 0x00FF00, 0x0000FF

needs_foot = pytest.mark.skipif(shutil.which("foot") is None, reason="foot is not installed")


def rgb(colour: int) -> tuple[int, int, int]:
    return (colour >> 16, colour >> 8 & 0xFF, colour & 0xFF)


def paint(app: App, window: Window, width: int, height: int, colour: int, sealing: bool = False) -> None:
    """Show one opaque colour in that size."""
    pixels = app.pixels(width, height, format_=XRGB, sealing=sealing)
    pixels.memory[:] = colour.to_bytes(4, "little") * (width * height)
    app.show(window.surface, pixels)
    app.roundtrip()


def coloured(
    session: Session, name: str, colour: int, size: tuple[int, int] = (300, 200), sealing: bool = False
) -> tuple[App, Window]:
    """An app with one window in one colour."""
    app = session.app(name)
    window = Window(app, map_=False)
    window.toplevel.set_title(name)
    window.ack()
    paint(app, window, *size, colour, sealing)
    session.until(lambda: any(info.instance == name for info in session.windows()))
    session.until_picture(lambda picture: rgb(colour) in picture.colours(inner(session, name, size)))
    return app, window


def inner(session: Session, name: str, size: tuple[int, int]) -> Rect:
    info = session.window(name)
    return (max(info.x, 0), max(info.y, 0), min(size[0], 50), min(size[1], 50))


def whole(info_rect: tuple[int, int, int, int], picture: Picture, colour: int) -> bool:
    return set(picture.colours(info_rect)) == {rgb(colour)}


def test_an_empty_desktop_has_no_windows(session: Session) -> None:
    assert session.windows() == ()
    picture = session.picture()
    assert (picture.width, picture.height) == (1000, 700)
    assert len(picture.colours((0, 0, 1000, 700))) > 20


def test_a_client_is_drawn_exactly_where_its_window_is(session: Session) -> None:
    coloured(session, "red", RED)
    info = session.window("red")
    assert (info.width, info.height) == (300, 200)
    assert info.focused
    picture = session.picture()
    assert whole((info.x, info.y, 300, 200), picture, RED)
    border = picture.colours((info.x - 3, info.y - 3, 306, 206))
    assert border[rgb(RED)] == 300 * 200


def test_moving_by_command(session: Session) -> None:
    coloured(session, "red", RED)
    session.move("red", 20, 60)
    session.until_picture(lambda picture: whole((20, 60, 300, 200), picture, RED))
    session.move("red", 5000, -5000)
    assert session.window("red").frame == (1000 - 64, 0, 300, 200)


@needs_foot
def test_typed_text_appears_in_a_terminal(session: Session) -> None:
    session.run("foot", "foot", "--override", "colors.background=102030")
    session.until_windows(1)
    info = session.window("foot")
    area = (info.x, info.y, info.width, info.height)
    before = session.until_picture(lambda picture: picture.colours(area)[(0x10, 0x20, 0x30)] > 50_000)
    session.input(InputType("echo Berth; sleep 1000\n"))
    session.until_picture(lambda picture: picture.changed(before, area) > 200)


@needs_foot
def test_the_frame_we_draw_moves_maximizes_and_closes(session: Session) -> None:
    program = session.run("foot", "foot")
    session.until_windows(1)
    info = session.window("foot")
    left, top, width, height = info.frame
    assert (left, width) == (info.x - 1, info.width + 2)
    assert top < info.y - 20
    assert height > info.height + 20

    session.input(InputDrag(left + 200, top + 15, left + 150, top + 45))
    session.until(lambda: session.window("foot").frame[:2] == (left - 50, top + 30))

    session.input(InputClick(left + 100, top + 45, "left", 2))
    session.until(lambda: session.window("foot").state == "maximized")
    session.until(lambda: session.window("foot").frame[:3] == (0, 0, 1000))

    close = session.window("foot").frame
    session.input(InputClick(close[0] + close[2] - 20, close[1] + 18))
    session.until_windows(0)
    assert program.wait(10) in (0, 1)  # foot answers for its shell, which was hung up on


@needs_foot
def test_resizing_by_the_left_edge_keeps_the_right_one(session: Session) -> None:
    session.run("foot", "foot")
    session.until_windows(1)
    session.resize("foot", 500, 300)
    session.until(lambda: abs(session.window("foot").width - 500) < 20)
    session.move("foot", 300, 200)
    left, top, width, height = session.window("foot").frame
    session.input(InputDrag(left - 3, top + 150, left - 103, top + 150))
    session.until(lambda: session.window("foot").frame[2] > width + 60)
    frame = session.window("foot").frame
    assert frame[0] + frame[2] == left + width
    assert (frame[1], frame[3]) == (top, height)


def test_sizes_states_and_wrong_windows_by_command(session: Session) -> None:
    app, window = coloured(session, "red", RED)
    session.act("red", "maximize")
    app.until(lambda: len(window.toplevel.named("configure")) > 2)
    app.until(lambda: window.toplevel.last("configure")[:2] == (1000, 648))
    paint(app, window, 1000, 648, RED)
    session.until_picture(lambda picture: whole((0, 0, 1000, 600), picture, RED))
    session.act("red", "minimize")
    session.until_picture(lambda picture: rgb(RED) not in picture.colours((0, 0, 1000, 600)))
    with pytest.raises(Problem, match="minimised"):
        session.picture(session.window("red").window)
    with pytest.raises(Problem, match="no window 4711"):
        session.call(WindowAction(4711, "focus"))
    with pytest.raises(Problem, match="cannot have"):
        session.call(ResizeWindow(session.window("red").window, -5, 10))


def test_a_covered_window_is_pictured_with_its_frame_alone(session: Session) -> None:
    coloured(session, "red", RED)
    coloured(session, "blue", BLUE)
    for name in ("red", "blue"):
        session.move(name, 100, 100)
    session.until_picture(lambda picture: whole((100, 100, 300, 200), picture, BLUE))
    picture = session.picture(session.window("red").window)
    assert (picture.width, picture.height) == session.window("red").frame[2:]
    assert picture.colours((0, 0, picture.width, picture.height))[rgb(RED)] == 300 * 200


def test_clicking_raises_and_focuses(session: Session) -> None:
    red, _ = coloured(session, "red", RED)
    coloured(session, "blue", BLUE)
    session.move("red", 100, 100)
    session.move("blue", 200, 150)
    session.until_picture(lambda picture: picture.at(250, 200) == rgb(BLUE))
    session.input(InputClick(110, 110))
    session.until(lambda: session.window("red").focused)
    session.until_picture(lambda picture: picture.at(250, 200) == rgb(RED))
    assert [info.instance for info in session.windows()] == ["blue", "red"]
    assert red.error is None


def test_shortcuts_switch_tile_and_close(session: Session) -> None:
    app, window = coloured(session, "red", RED)
    coloured(session, "blue", BLUE)
    session.input(InputKey("alt+Tab"))
    assert session.window("red").focused
    session.input(InputKey("super+Left"))
    assert session.window("red").state == "tiled_left"
    session.input(InputKey("super+Down"))
    assert session.window("red").state == "normal"
    session.input(InputKey("super+m"))
    assert session.window("red").minimized
    assert session.window("blue").focused
    session.act("red", "restore")
    session.input(InputKey("alt+F4"))
    app.until(lambda: window.toplevel.named("close"))


def test_the_launcher_takes_the_keyboard_and_gives_it_back(session: Session) -> None:
    app, window = coloured(session, "red", RED)
    seat = app.bind(wayland.WlSeat, 5)
    keyboard = seat.get_keyboard()
    app.until(lambda: keyboard.named("enter"))
    session.input(InputKey("super"))
    app.until(lambda: keyboard.named("leave"))
    keys = len(keyboard.named("key"))
    session.input(InputType("secret"))
    session.input(InputKey("Escape"))
    app.until(lambda: len(keyboard.named("enter")) == 2)
    session.input(InputType("x"))
    app.until(lambda: len(keyboard.named("key")) == keys + 2)
    # Only the last key: x is 45.
    assert [event.arguments[2] for event in keyboard.named("key")][keys:] == [45, 45]
    assert window.toplevel.named("close") == []


def test_the_ui_dies_and_everything_is_as_before(session: Session) -> None:
    red, red_window = coloured(session, "red", RED, sealing=True)
    coloured(session, "green", GREEN)
    coloured(session, "blue", BLUE)
    session.move("red", 40, 60)
    session.move("green", 200, 120)
    session.move("blue", 500, 300)
    session.act("blue", "minimize")
    session.act("red", "focus")
    session.until_picture(lambda picture: picture.at(250, 200) == rgb(RED))
    before, picture = session.windows(), session.picture()
    configures = len(red_window.toplevel.named("configure"))

    session.kill_ui()
    red.roundtrip()
    session.start_ui()

    session.until(lambda: len(session.windows()) == 3)
    after = session.windows()
    for old, new in zip(before, after, strict=True):
        assert (new.window, new.frame, new.z, new.state) == (old.window, old.frame, old.z, old.state)
        assert (new.minimized, new.focused) == (old.minimized, old.focused)
    # The panel below has lost the names of the instances, which come from the engine.
    session.until_picture(lambda new: new.changed(picture, (0, 100, 1000, 500)) == 0)
    red.roundtrip()
    sizes = {event.arguments[:2] for event in red_window.toplevel.named("configure")[configures:]}
    assert sizes <= {(300, 200)}


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_the_ui_cleanly(session: Session, end: signal.Signals) -> None:
    coloured(session, "red", RED)
    session.ui.send_signal(end)
    assert session.ui.wait(10) == 0


def test_nothing_runs_while_nothing_changes(session: Session) -> None:
    coloured(session, "red", RED)
    session.input(InputMove(5, 5))

    def switches() -> int:
        status = (session.folder / "/proc" / str(session.ui.pid) / "status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("voluntary")).split()[1])

    # The clock in the panel and the last hover may still wake it now and then; a frame clock would 60 times a second.
    session.until(lambda: _steady(switches))


def _steady(switches: object) -> bool:
    assert callable(switches)
    before = switches()
    time.sleep(0.5)
    return int(switches()) - int(before) <= 5


def test_wrong_arguments_are_refused_in_one_line() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "berth.ui", "--name", "t", "--outputs", "huge"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "is no output like 1920x1080@1.5" in result.stderr
    assert "Traceback" not in result.stderr


def reader(session: Session, name: str) -> Path:
    """A terminal that writes the line typed into it to a file."""
    got = session.folder / f"{name}.line"
    session.run(name, "foot", "sh", "-c", f"read line; echo $line > {got}.new; mv {got}.new {got}; sleep 1000")
    session.until_windows(1)
    return got


@needs_foot
def test_an_app_that_hangs_is_marked(session: Session) -> None:
    app, _window = coloured(session, "red", RED)
    app.hangs = True
    screen = session.picture()
    title = (60, screen.height - 46, 190, 40)  # in the panel
    session.until_picture(lambda picture: picture.changed(screen, title) == 0)

    def marked() -> bool:
        session.input(InputKey("a"))
        return session.picture().changed(screen, title) > 20

    session.until(marked)


def test_the_window_menu_takes_the_keyboard_until_it_closes(session: Session) -> None:
    got = reader(session, "foot")
    info = session.window("foot")
    # In the menu no key reaches the app; a click beside it or Escape gives the keyboard back.
    session.input(InputKey("alt+space"), InputType("zzz"))
    session.input(InputClick(info.x + info.width - 10, info.y + info.height - 10), InputType("a"))
    session.input(InputKey("alt+space"), InputType("zzz"), InputKey("Escape"), InputType("b\n"))
    session.until(got.exists)
    assert got.read_text() == "ab\n"
    session.input(InputKey("alt+space"), InputKey("c"), InputKey("Return"))
    session.until_windows(0)
    # The keyboard is not lost with the window whose menu had it.
    got = reader(session, "next")
    session.input(InputType("hello\n"))
    session.until(got.exists)
    assert got.read_text() == "hello\n"
