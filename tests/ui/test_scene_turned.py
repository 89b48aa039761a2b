"""Outputs that stand turned: pictures to the pixel, input, what clients are told, and pictures for apps."""

from __future__ import annotations

import pytest
from pywayland.protocol import viewporter, wayland
from pywayland.protocol.ext_image_capture_source_v1 import ExtOutputImageCaptureSourceManagerV1
from pywayland.protocol.ext_image_copy_capture_v1 import ExtImageCopyCaptureManagerV1
from pywayland.protocol.fractional_scale_v1 import WpFractionalScaleManagerV1
from pywayland.protocol.xdg_output_unstable_v1 import ZxdgOutputManagerV1

from berth.core import messages as m
from berth.core.problem import Problem
from berth.core.transform import to_buffer, to_turned, turned
from tests.display.shapes import ARGB, XRGB, App, Pixels
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_captures import GRANTED, grim, needs_grim
from tests.ui.test_scene_layers import BOTTOM, TOP_LAYER, Part, parts_app
from tests.ui.test_scene_layers import LEFT as LEFT_EDGE
from tests.ui.test_scene_layers import RIGHT as RIGHT_EDGE
from tests.ui.test_scene_outputs import BOTH, LEFT, RIGHT, bind_all, opened, outputs, picture, until_seen
from tests.ui.test_scene_session import GREEN, RED, rgb

CORNERS = {(0, 0): 0xFF0000, (1, 0): 0x00FF00, (0, 1): 0x0000FF, (1, 1): 0xFFFF00}
WHITE, BLACK = b"\xff\xff\xff\xff", b"\0\0\0\xff"


@pytest.fixture
def wide(open_session: OpenSession) -> Session:
    # Always windows that lie loose, however narrow an output stands.
    return open_session(size=BOTH, options=["--form-factor", "desktop"])


def chequered(app: App, width: int, height: int, transform: int = 0) -> Pixels:
    """One pixel white, one black, and a corner of 8 x 8 in each of four colours; turned, but not its content."""
    pixels = app.pixels(*turned(width, height, transform), format_=XRGB)
    for y in range(height):
        for x in range(width):
            shade = WHITE if (x + y) % 2 else BLACK
            if (x < 8 or x >= width - 8) and (y < 8 or y >= height - 8):
                shade = CORNERS[x >= 8, y >= 8].to_bytes(4, "little")
            column, row, _w, _h = to_buffer((x, y, 1, 1), transform, width, height)
            at = int(row) * pixels.stride + int(column) * 4
            pixels.memory[at : at + 4] = shade
    return pixels


def is_shown(session: Session, output: str, x: int, y: int, width: int, height: int) -> bool:
    """Whether what `chequered` made is there, to the pixel."""
    shot = picture(session, output)
    corners = {
        (right, lower): shot.colours((x + right * (width - 8), y + lower * (height - 8), 8, 8))
        for right, lower in CORNERS
    }
    exact = all(set(found) == {rgb(CORNERS[corner])} for corner, found in corners.items())
    inside = shot.colours((x + 8, y + 8, width - 16, height - 16))
    return exact and set(inside) == {(0, 0, 0), (255, 255, 255)} and abs(inside[0, 0, 0] * 2 - inside.total()) < 4


@pytest.mark.parametrize("transform", range(1, 8))
def test_pictures_are_upright_and_exact_in_every_position_and_scale(wide: Session, transform: int) -> None:
    app, window = opened(wide, "red", RED)
    scale = app.bind(WpFractionalScaleManagerV1).get_fractional_scale(window.surface)
    viewport = app.bind(viewporter.WpViewporter).get_viewport(window.surface)
    known = bind_all(app)
    for name in (LEFT, RIGHT):
        wide.call(m.ChangeOutput(name, transform=transform))
    app.until(lambda: all(output.last("geometry")[-1] == transform for output in known.values()))
    # The panel is as it was built, what is logical as it is looked at.
    assert known[RIGHT].last("mode")[1:3] == (1500, 900)
    place = app.bind(ZxdgOutputManagerV1).get_xdg_output(known[RIGHT])
    app.roundtrip()
    assert place.last("logical_size") == turned(1000, 600, transform)
    assert window.surface.last("preferred_buffer_transform") == (transform,)
    left = outputs(wide)[LEFT]
    viewport.set_destination(60, 40)
    app.show(window.surface, chequered(app, 60, 40))
    app.roundtrip()
    wide.until(lambda: wide.window("red").width == 60)
    wide.move("red", 101, 103)
    wide.until(lambda: is_shown(wide, LEFT, 101, 103, 60, 40))
    # On the other one with more pixels, from a client that turned them itself.
    wide.move("red", left.width + 101, 103)
    app.until(lambda: scale.last("preferred_scale") == (180,))
    window.surface.set_buffer_transform(transform)
    app.show(window.surface, chequered(app, 90, 60, transform))
    app.roundtrip()
    # Not at whole pixels, so at the next ones.
    wide.until(lambda: is_shown(wide, RIGHT, 152, 155, 90, 60))
    _input_arrives(wide, app, left.width + 101, 103)


def _input_arrives(session: Session, app: App, x: int, y: int) -> None:
    seat = app.bind(wayland.WlSeat)
    pointer, touch = seat.get_pointer(), seat.get_touch()
    app.roundtrip()
    session.input(m.InputMove(x + 50, y + 10))
    app.until(lambda: pointer.named("enter"))
    assert pointer.last("enter")[2:] == (pytest.approx(50, abs=0.7), pytest.approx(10, abs=0.7))
    session.input(m.InputDrag(x + 50, y + 10, x + 20, y + 30, 3))
    app.until(lambda: len(pointer.named("button")) == 2)
    assert pointer.last("motion")[1:] == (pytest.approx(20, abs=0.7), pytest.approx(30, abs=0.7))
    session.input(m.InputTouch(((x + 12, y + 34), (x + 40, y + 20))))
    app.until(lambda: touch.named("up"))
    assert touch.last("down")[4:] == (pytest.approx(12, abs=1), pytest.approx(34, abs=1))
    assert touch.last("motion")[2:] == (pytest.approx(40, abs=1), pytest.approx(20, abs=1))


def test_the_desktop_goes_along(wide: Session) -> None:
    opened(wide, "red", RED, decorated=True)
    wide.call(m.ChangeOutput(LEFT, transform=1))
    found = outputs(wide)
    assert (found[LEFT].width, found[LEFT].height, found[RIGHT].x) == (700, 1000, 700)
    wide.until(lambda: outputs(wide)[LEFT].usable[2:] == (700, 948))
    # The panel is below, and a maximised window ends where it begins.
    wide.act("red", "maximize")
    wide.until(lambda: wide.window("red").frame == (0, 0, 700, 948))
    # Its title bar is where it is seen: pressing it twice makes it small again.
    wide.input(m.InputClick(300, 15, count=2))
    wide.until(lambda: wide.window("red").state == "normal")
    # So is what apps put on the desktop.
    wide.act("red", "close")
    part = Part(parts_app(wide), TOP_LAYER, GREEN, (0, 40), BOTTOM | LEFT_EDGE | RIGHT_EDGE, zone=40)
    wide.until(lambda: set(picture(wide, LEFT).colours((0, 908, 700, 40))) == {rgb(GREEN)})
    wide.call(m.ChangeOutput(LEFT, transform=2))
    part.draw()
    wide.until(lambda: set(picture(wide, LEFT).colours((0, 608, 1000, 40))) == {rgb(GREEN)})


def test_a_window_over_the_border_of_one_that_stands_turned(wide: Session) -> None:
    app, _window = opened(wide, "red", RED, decorated=True)
    wide.call(m.ChangeOutput(LEFT, transform=3))
    wide.move("red", 600, 150)
    until_seen(wide, LEFT, RED, (600, 150, 100, 200))
    until_seen(wide, RIGHT, RED, (3, 228, 294, 294))
    pointer = app.bind(wayland.WlSeat).get_pointer()
    app.roundtrip()
    wide.input(m.InputMove(650, 200), m.InputMove(720, 210))
    app.until(lambda: pointer.named("motion"))
    assert pointer.last("motion")[1:] == (pytest.approx(120, abs=0.7), pytest.approx(60, abs=0.7))
    assert not pointer.named("leave")
    # By its title bar over to the other side and back.
    wide.input(m.InputDrag(800, 130, 300, 330, 20))
    wide.until(lambda: wide.window("red").output == LEFT)
    assert (wide.window("red").x, wide.window("red").y) == (100, 350)
    until_seen(wide, LEFT, RED, (100, 350, 300, 200))


def test_a_stream_of_pictures_says_how_the_panel_stands(wide: Session) -> None:
    opened(wide, "red", RED)
    wide.call(m.ChangeOutput(LEFT, transform=5))
    wide.move("red", 20, 60)
    until_seen(wide, LEFT, RED, (20, 60, 300, 200))
    watcher = wide.app("watcher", granted=GRANTED)
    source = watcher.bind(ExtOutputImageCaptureSourceManagerV1).create_source(bind_all(watcher)[LEFT])
    stream = watcher.bind(ExtImageCopyCaptureManagerV1).create_session(source, 0)
    watcher.roundtrip()
    assert stream.last("buffer_size") == (1000, 700)
    pixels = watcher.pixels(1000, 700, format_=ARGB)
    frame = stream.create_frame()
    frame.attach_buffer(pixels.buffer)
    frame.damage_buffer(0, 0, 1000, 700)
    frame.capture()
    watcher.until(lambda: frame.named("ready"))
    assert frame.last("transform") == (5,)
    for x, y in ((22, 62), (318, 62), (22, 258), (318, 258)):
        column, row = to_turned(x, y, 5, 700, 1000)
        at = int(row) * pixels.stride + int(column) * 4
        assert bytes(pixels.memory[at : at + 3]) == RED.to_bytes(3, "little")


@needs_grim
@pytest.mark.parametrize("transform", [1, 6])
def test_grim_pictures_it_upright(wide: Session, transform: int) -> None:
    opened(wide, "red", RED)
    wide.call(m.UnplugOutput(RIGHT))
    wide.call(m.ChangeOutput(LEFT, transform=transform))
    wide.move("red", 20, 60)
    until_seen(wide, LEFT, RED, (20, 60, 300, 200))
    before, shot = picture(wide, LEFT), grim(wide)
    assert (shot.width, shot.height) == turned(1000, 700, transform)
    # Gradients are not the same to the last bit when they are painted lying.
    for x, y in ((3, 3), (25, 65), (300, 250), (500, 20), (20, 600)):
        assert all(abs(one - other) < 4 for one, other in zip(shot.at(x, y), before.at(x, y), strict=True))
    part = grim(wide, "-g", "10,50 20x30")
    assert (part.width, part.height) == (20, 30)
    assert part.colours((10, 10, 10, 20)) == {rgb(RED): 200} and rgb(RED) not in part.colours((0, 0, 10, 30))


def test_the_next_ui_turns_it_the_same_way(wide: Session) -> None:
    wide.call(m.ChangeOutput(LEFT, transform=1))
    wide.call(m.ChangeOutput(RIGHT, transform=7))
    before = outputs(wide)
    wide.kill_ui()
    wide.start_ui()
    wide.until(lambda: outputs(wide) == before)
    assert (picture(wide, LEFT).width, picture(wide, RIGHT).width) == (700, 900)


def test_wrong_wishes_are_refused(wide: Session) -> None:
    with pytest.raises(Problem, match="transform"):
        wide.call(m.ChangeOutput(LEFT, transform=8))


def test_the_menu_turns_the_output_that_the_user_works_on(wide: Session) -> None:
    wide.input(m.InputClick(1900, 300), m.InputKey("super+o"), m.InputKey("return"))
    wide.until(lambda: outputs(wide)[RIGHT].transform == 1)
    assert outputs(wide)[LEFT].transform == 0
    wide.input(m.InputClick(1300, 900, "right"), m.InputKey("down"), m.InputKey("return"))
    wide.until(lambda: outputs(wide)[RIGHT].transform == 0)
