"""Windows over the border of two outputs: both halves are drawn, in the pixels of each, and take input."""

from __future__ import annotations

import time

import pytest
from pywayland.protocol import viewporter, wayland
from pywayland.protocol.fractional_scale_v1 import WpFractionalScaleManagerV1
from pywayland.protocol.xdg_decoration_unstable_v1 import ZxdgDecorationManagerV1

from berth.core import messages as m
from tests.display.client import Object
from tests.display.shapes import XRGB, App, Popup, Window
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_outputs import BOTH, LEFT, RIGHT, bind_all, entered, opened, picture, until_seen
from tests.ui.test_scene_session import BLUE, GREEN, RED, paint, rgb

EDGE = 1000  # where the second output begins


@pytest.fixture
def wide(open_session: OpenSession) -> Session:
    return open_session(size=BOTH)


def over_border(session: Session, name: str, colour: int, decorated: bool = False) -> tuple[App, Window]:
    """A window of 300 x 200 with 100 columns on the left output."""
    app, window = opened(session, name, colour, decorated)
    session.move(name, EDGE - 100, 150)
    return app, window


def both_halves(session: Session, colour: int) -> None:
    until_seen(session, LEFT, colour, (EDGE - 100, 150, 100, 200))
    until_seen(session, RIGHT, colour, (3, 228, 294, 294))


def test_both_halves_are_drawn_with_their_frame(wide: Session) -> None:
    app, window = over_border(wide, "red", RED, decorated=True)
    both_halves(wide, RED)
    left, right = picture(wide, LEFT), picture(wide, RIGHT)
    # Left of the window on the left, right of it on the right: its edges are sharp.
    assert rgb(RED) not in left.colours((0, 0, EDGE - 100, 700))
    assert rgb(RED) not in right.colours((301, 0, 1199, 900))
    title = (EDGE - 70, 117), (40, 176)
    assert left.at(*title[0]) == right.at(*title[1]) != rgb(RED)
    # Every change is shown on both.
    paint(app, window, 300, 200, GREEN)
    both_halves(wide, GREEN)
    wide.act("red", "minimize")
    wide.until(lambda: rgb(GREEN) not in picture(wide, LEFT).colours((0, 0, 1000, 700)))
    wide.until(lambda: rgb(GREEN) not in picture(wide, RIGHT).colours((0, 0, 1500, 900)))
    wide.act("red", "focus")
    both_halves(wide, GREEN)
    wide.move("red", 100, 100)
    wide.until(lambda: rgb(GREEN) not in picture(wide, RIGHT).colours((0, 0, 1500, 900)))


def test_windows_above_cover_both_halves(wide: Session) -> None:
    over_border(wide, "red", RED)
    over_border(wide, "blue", BLUE)
    both_halves(wide, BLUE)
    wide.act("red", "focus")
    both_halves(wide, RED)


def test_the_client_is_told_of_both_and_draws_for_the_finer_one(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    scale = app.bind(WpFractionalScaleManagerV1).get_fractional_scale(window.surface)
    known = bind_all(app)
    wide.move("red", EDGE - 200, 150)
    app.until(lambda: entered(window.surface, known) == {LEFT, RIGHT})
    app.until(lambda: scale.named("preferred_scale") and scale.last("preferred_scale") == (180,))
    assert window.surface.last("preferred_buffer_scale") == (2,)
    assert wide.window("red").output == LEFT
    app.bind(viewporter.WpViewporter).get_viewport(window.surface).set_destination(300, 200)
    pixels = app.pixels(450, 300, format_=XRGB)
    for y in range(300):
        for x in range(450):
            shade = b"\xff\xff\xff\xff" if x % 2 else b"\0\0\0\xff"
            pixels.memory[y * pixels.stride + x * 4 : y * pixels.stride + x * 4 + 4] = shade
    app.show(window.surface, pixels)
    app.roundtrip()

    def sharp() -> bool:
        return set(picture(wide, RIGHT).colours((0, 230, 148, 290))) == {(0, 0, 0), (255, 255, 255)}

    wide.until(sharp)
    # Where the pixels are larger it is the same picture, made smaller.
    shades = picture(wide, LEFT).colours((EDGE - 190, 160, 180, 180))
    assert 100 < sum(shade[0] * count for shade, count in shades.items()) / sum(shades.values()) < 155
    wide.move("red", 100, 150)
    app.until(lambda: entered(window.surface, known) == {LEFT})
    assert scale.last("preferred_scale") == (120,)


def test_both_halves_take_input(wide: Session) -> None:
    app, _window = over_border(wide, "red", RED)
    pointer = app.bind(wayland.WlSeat).get_pointer()
    app.roundtrip()
    wide.input(m.InputMove(EDGE - 50, 200))
    app.until(lambda: pointer.named("enter"))
    wide.input(m.InputMove(EDGE + 50, 220))
    app.until(lambda: pointer.named("motion"))
    assert pointer.last("motion")[1:] == (150, 70)
    # It never left.
    assert not pointer.named("leave") and len(pointer.named("enter")) == 1
    wide.input(m.InputClick(EDGE + 60, 220))
    app.until(lambda: len(pointer.named("button")) == 2)
    # A button that is held takes the pointer over, and beyond.
    wide.input(m.InputDrag(EDGE - 50, 200, EDGE + 101, 301, 5))
    app.until(lambda: len(pointer.named("button")) == 4)
    assert pointer.last("motion")[1:] == (pytest.approx(201, abs=0.7), pytest.approx(151, abs=0.7))
    wide.input(m.InputTouch(((EDGE + 20, 250), (EDGE + 40, 260))))
    wide.input(m.InputMove(EDGE + 400, 220))
    app.until(lambda: pointer.named("leave"))


def test_the_pointer_stays_behind_when_a_window_goes(wide: Session) -> None:
    app, _window = over_border(wide, "red", RED)
    pointer = app.bind(wayland.WlSeat).get_pointer()
    app.roundtrip()
    wide.input(m.InputMove(EDGE - 50, 200))
    app.until(lambda: pointer.named("enter"))
    wide.move("red", EDGE + 100, 150)
    app.until(lambda: pointer.named("leave"))


def test_a_touch_on_the_other_half(wide: Session) -> None:
    app, _window = over_border(wide, "red", RED)
    touch = app.bind(wayland.WlSeat).get_touch()
    app.roundtrip()
    wide.input(m.InputTouch(((EDGE + 20, 250), (EDGE + 40, 260))))
    app.until(lambda: touch.named("up"))
    assert touch.last("down")[4:] == (pytest.approx(120, abs=1), pytest.approx(100, abs=1))


def test_moved_and_resized_by_hand_across_the_border(wide: Session) -> None:
    app, window = opened(wide, "red", RED, decorated=True)
    wide.move("red", EDGE - 400, 150)
    x, y, _width, _height = wide.window("red").frame
    known = bind_all(app)
    wide.call(m.InputMove(x + 20, y + 15))
    wide.call(m.InputButton(True))
    for step in range(x + 20, x + 320, 25):
        wide.input(m.InputMove(step, y + 15))
    # While it is still in the hand.
    app.until(lambda: entered(window.surface, known) == {LEFT, RIGHT})
    left = wide.window("red").x
    until_seen(wide, LEFT, RED, (left, 150, EDGE - left, 200))
    until_seen(wide, RIGHT, RED, (3, 228, round((left + 300 - EDGE) * 1.5) - 6, 294))
    wide.call(m.InputButton(False))
    wide.move("red", EDGE - 250, 150)
    # Its right edge is on the other output; it is taken hold of there, and brought back over the border.
    x, y, width, _height = wide.window("red").frame
    wide.input(m.InputDrag(x + width + 3, y + 100, x + width + 103, y + 100, 10))
    app.until(lambda: window.toplevel.last("configure")[:2] == (400, 200))
    wide.input(m.InputDrag(x + 200, y + 15, EDGE + 350, y + 60, 20))
    assert wide.window("red").output == RIGHT


def test_a_window_stays_in_the_hand_for_as_long_as_it_is_held(wide: Session) -> None:
    opened(wide, "red", RED, decorated=True)
    x, y, _width, _height = wide.window("red").frame
    wide.input(m.InputMove(x + 100, y + 15), m.InputButton(True), m.InputMove(x + 150, y + 65))
    # Longer than what counts as a long press.
    time.sleep(1.2)
    wide.input(m.InputMove(x + 160, y + 75))
    assert wide.window("red").frame[:2] == (x + 60, y + 60)
    wide.call(m.InputButton(False))
    assert wide.window("red").frame[:2] == (x + 60, y + 60)


def test_keys_move_and_resize_a_window_over_the_border(wide: Session) -> None:
    app, window = opened(wide, "red", RED, decorated=True)
    wide.move("red", EDGE - 310, 150)
    wide.input(m.InputKey("alt+f7"), *[m.InputKey("right")] * 12, m.InputKey("return"))
    wide.until(lambda: wide.window("red").x > EDGE - 290)
    left = wide.window("red").x
    until_seen(wide, RIGHT, RED, (0, 240, max(round((left + 300 - EDGE) * 1.5), 1), 200))
    wide.input(m.InputKey("alt+f8"), *[m.InputKey("right")] * 4, m.InputKey("return"))
    app.until(lambda: window.toplevel.last("configure")[0] > 300)
    wider = window.toplevel.last("configure")[0]
    window.ack()
    paint(app, window, wider, 200, RED)
    until_seen(wide, RIGHT, RED, (0, 240, round((left + wider - EDGE) * 1.5), 200))


def test_subsurfaces_and_popups_reach_over_the_border(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    wide.move("red", EDGE - 320, 150)
    assert rgb(RED) not in picture(wide, RIGHT).colours((0, 0, 1500, 900))
    child = app.surface()
    sub = app.bind(wayland.WlSubcompositor).get_subsurface(child, window.surface)
    sub.set_position(310, 20)
    sub.set_desync()
    pixels = app.pixels(40, 40, format_=XRGB)
    pixels.put(0, 0, 40, 40, 0xFF)
    app.show(child, pixels)
    window.surface.commit()
    app.roundtrip()
    white = (255, 255, 255)
    wide.until(lambda: set(picture(wide, LEFT).colours((EDGE - 10, 170, 10, 40))) == {white})
    wide.until(lambda: set(picture(wide, RIGHT).colours((3, 258, 40, 54))) == {white})
    sub.destroy()
    window.surface.commit()
    app.roundtrip()
    wide.until(lambda: white not in picture(wide, RIGHT).colours((3, 258, 40, 54)))
    # A menu that would have to leave its output turns back instead; what nothing keeps in reaches over.
    rules = app.positioner(80, 50, (280, 100, 20, 20), anchor=4)
    rules.set_gravity(4)
    loose = Popup(app, window.xdg, rules).map(0xFF)
    wide.until(lambda: set(picture(wide, RIGHT).colours((3, 356, 84, 66))) == {white})
    loose.popup.destroy()
    app.roundtrip()
    rules.set_constraint_adjustment(4)
    kept = Popup(app, window.xdg, rules).map(0xFF)
    assert kept.popup.last("configure")[:1] == (200,)
    wide.until(lambda: set(picture(wide, LEFT).colours((EDGE - 120, 236, 70, 46))) == {white})


def test_a_popup_keeps_to_the_output_of_what_it_belongs_to(wide: Session) -> None:
    app, window = opened(wide, "red", RED)
    wide.move("red", EDGE - 200, 150)
    assert wide.window("red").output == LEFT
    # Room to the right of it on the second output, none on the first.
    rules = app.positioner(80, 50, (250, 100, 20, 20), anchor=4)
    rules.set_gravity(4)
    rules.set_constraint_adjustment(4)
    popup = Popup(app, window.xdg, rules).map(0xFF)
    assert popup.popup.last("configure")[:1] == (270,)
    wide.until(lambda: set(picture(wide, RIGHT).colours((109, 356, 112, 66))) == {(255, 255, 255)})


def test_what_is_dragged_is_drawn_on_both_outputs(wide: Session) -> None:
    app, window = over_border(wide, "red", RED)
    seat = app.bind(wayland.WlSeat)
    pointer = seat.get_pointer()
    devices = app.bind(wayland.WlDataDeviceManager)
    device = devices.get_data_device(seat)
    app.roundtrip()
    wide.input(m.InputMove(EDGE - 50, 200))
    app.until(lambda: pointer.named("enter"))
    wide.call(m.InputButton(True))
    app.until(lambda: pointer.named("button"))
    source = devices.create_data_source()
    source.offer("text/plain")
    source.set_actions(1)
    icon = app.surface()
    device.start_drag(source, window.surface, icon, pointer.last("button")[0])
    pixels = app.pixels(60, 40, format_=XRGB)
    pixels.put(0, 0, 60, 40, 0xFF)
    app.show(icon, pixels)
    app.until(lambda: device.named("enter"))
    wide.input(m.InputMove(EDGE - 20, 400))
    white = (255, 255, 255)
    wide.until(lambda: set(picture(wide, LEFT).colours((EDGE - 20, 400, 20, 40))) == {white})
    wide.until(lambda: set(picture(wide, RIGHT).colours((0, 600, 60, 60))) == {white})
    wide.input(m.InputMove(EDGE + 100, 200))
    # The other half is the same target.
    app.until(lambda: _over(device) == (pytest.approx(200, abs=1), pytest.approx(50, abs=1)))
    wide.call(m.InputButton(False))
    wide.until(lambda: not _white(wide, LEFT) and not _white(wide, RIGHT))


def _over(device: Object) -> tuple[float, ...]:
    """Where on the target the drag was last."""
    told = [event for event in device.events if event.name in ("enter", "motion")]
    return told[-1].arguments[2:4] if told[-1].name == "enter" else told[-1].arguments[1:]


def _white(session: Session, output: str) -> int:
    found = picture(session, output)
    return found.colours((0, 0, found.width, 600))[(255, 255, 255)]


def test_the_next_ui_draws_both_halves(wide: Session) -> None:
    over_border(wide, "red", RED)
    both_halves(wide, RED)
    wide.kill_ui()
    wide.start_ui()
    wide.until_windows(1)
    both_halves(wide, RED)


def test_a_decoration_is_needed_nowhere_twice(wide: Session) -> None:
    """A picture of a window shows all of it, whatever lies where."""
    app, _window = over_border(wide, "red", RED, decorated=True)
    assert isinstance(app.bind(ZxdgDecorationManagerV1), Object)
    shot = wide.picture(wide.window("red").window)
    assert (shot.width, shot.height) == wide.window("red").frame[2:]
    assert shot.colours((0, 0, shot.width, shot.height))[rgb(RED)] == 300 * 200
