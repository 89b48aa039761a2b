"""Several outputs, each a window of the host with its own scale: pictures, input, unplugging, and the next ui."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from pywayland.protocol import viewporter, wayland
from pywayland.protocol.fractional_scale_v1 import WpFractionalScaleManagerV1
from pywayland.protocol.xdg_decoration_unstable_v1 import ZxdgDecorationManagerV1

from berth.core import messages as m
from berth.core.messages import InputClick, InputDrag, InputKey
from berth.core.problem import Problem
from tests.display.client import Object
from tests.display.shapes import XRGB, App, Window
from tests.picture import Picture as Image
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_hosts import needs_xvfb, x_display
from tests.ui.test_scene_session import BLUE, RED, paint, rgb

__all__ = ["x_display"]  # the fixture

needs_xrandr = pytest.mark.skipif(shutil.which("xrandr") is None, reason="xrandr is not installed")

LEFT, RIGHT = "BERTH-1", "BERTH-2"
BOTH = "1000x700,1500x900@1.5"


@pytest.fixture
def wide(open_session: OpenSession) -> Session:
    return open_session(size=BOTH)


def outputs(session: Session) -> dict[str, m.OutputChanged]:
    result = session.call(m.ListOutputs())
    assert isinstance(result, m.OutputList)
    return {output.name: output for output in result.outputs}


def picture(session: Session, output: str) -> Image:
    result = session.call(m.Screenshot(0, output))
    assert isinstance(result, m.Picture)
    return Image(result.png)


def opened(session: Session, name: str, colour: int, decorated: bool = False) -> tuple[App, Window]:
    """A window of 300 x 200 in one colour."""
    app = session.app(name)
    window = Window(app, map_=False)
    if decorated:
        app.bind(ZxdgDecorationManagerV1).get_toplevel_decoration(window.toplevel)
    window.ack()
    paint(app, window, 300, 200, colour)
    session.until(lambda: any(info.instance == name for info in session.windows()))
    return app, window


def until_seen(session: Session, output: str, colour: int, area: tuple[int, int, int, int]) -> None:
    session.until(lambda: set(picture(session, output).colours(area)) == {rgb(colour)})


def test_outputs_lie_in_a_row_and_the_first_has_the_panel(wide: Session) -> None:
    found = outputs(wide)
    left, right = found[LEFT], found[RIGHT]
    assert (left.x, left.y, left.width, left.height, left.scale) == (0, 0, 1000, 700, 1.0)
    assert (right.x, right.y, right.width, right.height, right.scale) == (1000, 0, 1000, 600, 1.5)
    assert left.primary and not right.primary
    assert left.usable[3] < 700 and right.usable == (1000, 0, 1000, 600)
    images = picture(wide, LEFT), picture(wide, RIGHT)
    assert [(image.width, image.height) for image in images] == [(1000, 700), (1500, 900)]
    # The wallpaper is on both.
    assert all(len(image.colours((0, 0, 1000, 400))) > 20 for image in images)
    together = wide.picture()
    assert (together.width, together.height) == (3000, 1050)


def test_a_window_is_drawn_on_the_output_it_was_sent_to_and_gets_input_there(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    output = bind_all(app)
    wide.call(m.SendWindow(wide.window("red").window, RIGHT))
    wide.move("red", 1101, 101)
    info = wide.window("red")
    assert (info.output, info.x, info.y) == (RIGHT, 1101, 101)
    until_seen(wide, RIGHT, RED, (153, 153, 448, 298))
    assert rgb(RED) not in picture(wide, LEFT).colours((0, 0, 1000, 700))
    app.until(lambda: entered(window.surface, output) == {RIGHT})
    assert window.surface.last("preferred_buffer_scale") == (2,)
    pointer = app.bind(wayland.WlSeat).get_pointer()
    app.roundtrip()
    wide.input(InputClick(1101 + 40, 101 + 60))
    app.until(lambda: pointer.named("button"))
    # Not quite there: the window lies on whole pixels.
    assert pointer.last("enter")[2:] == (pytest.approx(40, abs=0.5), pytest.approx(60, abs=0.5))


def bind_all(app: App) -> dict[str, Object]:
    names = [event.arguments[0] for event in app.registry.named("global") if event.arguments[1] == "wl_output"]
    bound = [app.bind_name(name, wayland.WlOutput, 4) for name in names]
    app.roundtrip()
    return {output.last("name")[0]: output for output in bound}


def entered(surface: Object, known: dict[str, Object]) -> set[str]:
    names = {id(output): name for name, output in known.items()}
    on: set[str] = set()
    for event in surface.events:
        if event.name in ("enter", "leave"):
            (on.add if event.name == "enter" else on.discard)(names[id(event.arguments[0])])
    return on


def test_a_client_that_knows_the_fraction_is_shown_pixel_by_pixel(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    scale = app.bind(WpFractionalScaleManagerV1).get_fractional_scale(window.surface)
    wide.call(m.SendWindow(wide.window("red").window, RIGHT))
    # Neither this place nor this size are whole numbers of pixels.
    wide.move("red", 1101, 103)
    app.until(lambda: scale.named("preferred_scale") and scale.last("preferred_scale") == (180,))
    app.bind(viewporter.WpViewporter).get_viewport(window.surface).set_destination(101, 67)
    pixels = app.pixels(152, 101, format_=XRGB)
    for y in range(101):
        for x in range(152):
            shade = b"\xff\xff\xff\xff" if (x + y) % 2 else b"\0\0\0\xff"
            pixels.memory[y * pixels.stride + x * 4 : y * pixels.stride + x * 4 + 4] = shade
    app.show(window.surface, pixels)
    app.roundtrip()
    wide.until(lambda: wide.window("red").width == 101)

    def sharp() -> bool:
        return set(picture(wide, RIGHT).colours((156, 158, 140, 90))) == {(0, 0, 0), (255, 255, 255)}

    wide.until(sharp)


def test_a_window_is_dragged_across_the_border_and_back(wide: Session) -> None:
    opened(wide, "red", RED, decorated=True)
    x, y, width, _height = wide.window("red").frame
    wide.input(InputDrag(x + width // 2, y + 15, 1500, 300, 30))
    info = wide.window("red")
    assert (info.output, info.frame[1]) == (RIGHT, 285)
    assert abs(info.frame[0] + width // 2 - 1500) <= 1
    until_seen(wide, RIGHT, RED, (round((info.x - 1000) * 1.5) + 3, round(info.y * 1.5) + 3, 440, 290))
    wide.input(InputDrag(1500, 300, 400, 200, 30))
    assert wide.window("red").output == LEFT
    until_seen(wide, LEFT, RED, (wide.window("red").x, wide.window("red").y, 300, 200))


def test_a_client_side_window_is_dragged_across_the_border(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    seat = app.bind(wayland.WlSeat)
    pointer = seat.get_pointer()
    app.roundtrip()
    info = wide.window("red")
    wide.input(m.InputMove(info.x + 10, info.y + 10))
    app.until(lambda: pointer.named("enter"))
    wide.call(m.InputButton(True))
    app.until(lambda: pointer.named("button"))
    window.toplevel.move(seat, pointer.last("button")[0])
    # The pointer leaves the client when the shell has taken the window in hand.
    app.until(lambda: pointer.named("leave"))
    for x in range(info.x + 10, 1400, 50):
        wide.input(m.InputMove(x, 300))
    wide.call(m.InputButton(False))
    wide.until(lambda: wide.window("red").output == RIGHT)
    assert wide.window("red").x > 1000
    place = wide.window("red").x
    wide.input(m.InputMove(1050, 100))
    assert wide.window("red").x == place


def test_keys_send_the_focused_window_to_the_next_output(wide: Session) -> None:
    opened(wide, "red", RED)
    wide.input(InputKey("super+shift+right"))
    assert wide.window("red").output == RIGHT
    wide.input(InputKey("super+up"))
    info = wide.window("red")
    assert (info.state, info.x, info.width) == ("maximized", 1000, 1000)
    wide.input(InputKey("super+shift+left"))
    info = wide.window("red")
    assert (info.output, info.x, info.width) == (LEFT, 0, 1000)


def test_new_windows_open_where_the_user_works(wide: Session) -> None:
    wide.input(InputClick(1900, 500))
    opened(wide, "red", RED)
    assert wide.window("red").output == RIGHT
    wide.input(InputClick(900, 300))
    opened(wide, "blue", BLUE)
    assert wide.window("blue").output == LEFT


def test_windows_of_an_unplugged_output_come_back_with_it(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    wide.call(m.SendWindow(wide.window("red").window, RIGHT))
    wide.move("red", 1650, 350)
    wide.call(m.UnplugOutput(RIGHT))
    info = wide.window("red")
    assert info.output == LEFT
    until_seen(wide, LEFT, RED, (info.x, info.y, 300, 200))
    app.until(lambda: any(event.name == "global_remove" for event in app.registry.events))
    assert window.surface.last("preferred_buffer_scale") == (1,)
    wide.call(m.PlugOutput(1500, 900, 1.5))
    info = wide.window("red")
    assert (info.output, info.x, info.y) == (RIGHT, 1650, 350)
    until_seen(wide, RIGHT, RED, (975 + 3, 525 + 3, 440, 290))


def test_scale_and_panel_change_at_run_time(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    wide.call(m.ChangeOutput(LEFT, 2.0))
    app.until(lambda: window.surface.last("preferred_buffer_scale") == (2,))
    found = outputs(wide)
    assert (found[LEFT].width, found[LEFT].height, found[RIGHT].x) == (500, 350, 500)
    wide.call(m.ChangeOutput(LEFT, 1.0))
    wide.call(m.ChangeOutput(RIGHT, primary=True))
    wide.until(lambda: outputs(wide)[RIGHT].usable[3] < 600 and outputs(wide)[LEFT].usable[3] == 700)
    assert next(iter(outputs(wide))) == RIGHT


def test_the_next_ui_finds_outputs_and_windows_where_they_were(wide: Session) -> None:
    opened(wide, "red", RED)
    wide.call(m.PlugOutput(800, 600))
    wide.call(m.ChangeOutput(RIGHT, 1.25))
    wide.call(m.SendWindow(wide.window("red").window, "BERTH-3"))
    before, window = outputs(wide), wide.window("red")
    wide.kill_ui()
    wide.start_ui()
    wide.until_windows(1)
    wide.until(lambda: outputs(wide) == before)
    assert wide.window("red").frame == window.frame
    assert wide.window("red").output == "BERTH-3"


def test_wrong_wishes_are_refused(wide: Session) -> None:
    for request in (
        m.UnplugOutput("nowhere"),
        m.ChangeOutput(LEFT, 100.0),
        m.PlugOutput(10, 10),
        m.Screenshot(0, "nowhere"),
        InputClick(500, 2000),
    ):
        with pytest.raises(Problem):
            wide.call(request)
    wide.call(m.UnplugOutput(RIGHT))
    with pytest.raises(Problem, match="last output"):
        wide.call(m.UnplugOutput(LEFT))


def test_each_screen_of_the_host_is_an_output(open_session: OpenSession, tmp_path: Path) -> None:
    size = {"width": 1200, "height": 900, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    config = tmp_path / "screens.json"
    config.write_text(json.dumps({"screens": [{"name": "one", "x": 0, **size}, {"name": "two", "x": 1200, **size}]}))
    environment = {
        "QT_QPA_PLATFORM": f"offscreen:configfile={config}",
        "QT_SCREEN_SCALE_FACTORS": "one=1;two=1.5",
    }
    session = open_session(environment=environment, options=["--full-screen"])
    found = outputs(session)
    assert list(found) == ["one", "two"]
    one, two = found["one"], found["two"]
    assert (one.x, one.width, one.height, one.scale) == (0, 1200, 900, 1.0)
    assert (two.x, two.width, two.height, two.scale) == (1200, 800, 600, 1.5)
    app, window = opened(session, "red", RED)
    session.call(m.SendWindow(session.window("red").window, "two"))
    session.move("red", 1300, 100)
    until_seen(session, "two", RED, (150, 150, 450, 300))
    window.toplevel.set_fullscreen(bind_all(app)["one"])
    app.roundtrip()
    session.until(lambda: session.window("red").output == "one")
    with pytest.raises(Problem, match="screens of the host"):
        session.call(m.PlugOutput(800, 600))


@needs_xvfb
@needs_xrandr
def test_screens_of_the_host_come_and_go(x_display: str, open_session: OpenSession) -> None:
    """A real X server whose monitors are cut out of one screen; the user plugs and unplugs one."""

    def xrandr(*arguments: str) -> None:
        subprocess.run(["xrandr", "--display", x_display, *arguments], check=True, capture_output=True)

    def plug_right() -> None:
        xrandr("--setmonitor", "RIGHT", "500/132x700/185+500+0", "none")
        session.until(lambda: set(outputs(session)) == {"LEFT", "RIGHT"})

    xrandr("--setmonitor", "LEFT", "500/132x700/185+0+0", "screen")
    environment = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": x_display}
    session = open_session(environment=environment, options=["--full-screen", "--form-factor", "desktop"])
    assert list(outputs(session)) == ["LEFT"]
    app, _window = opened(session, "red", RED)
    plug_right()
    session.until(lambda: outputs(session)["RIGHT"].millimetres == (132, 185))
    session.until(lambda: (outputs(session)["RIGHT"].x, outputs(session)["RIGHT"].width) == (500, 500))
    session.call(m.SendWindow(session.window("red").window, "RIGHT"))
    session.move("red", 620, 80)
    until_seen(session, "RIGHT", RED, (120, 80, 300, 200))
    xrandr("--delmonitor", "RIGHT")
    session.until(lambda: session.window("red").output == "LEFT")
    app.until(lambda: app.registry.named("global_remove"))
    info = session.window("red")
    until_seen(session, "LEFT", RED, (info.x, info.y, 300, 200))
    plug_right()
    session.until(lambda: (session.window("red").output, session.window("red").x) == ("RIGHT", 620))
    until_seen(session, "RIGHT", RED, (120, 80, 300, 200))
