"""Pointer, wheel, touch, popups and subsurfaces: what a client hears of the user's hands, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pywayland.protocol import wayland

from berth.core.messages import (
    InputButton,
    InputClick,
    InputDrag,
    InputKey,
    InputMove,
    InputScroll,
    InputTouch,
    InputType,
)
from berth.core.problem import Problem
from tests.display.client import Object
from tests.display.shapes import XRGB, App, Popup, Window
from tests.ui.session import WAIT, Session

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
LEFT, RIGHT = 0x110, 0x111


@dataclass
class Hands:
    """A client with one window of 300x200 at 100,100 and all of the seat."""

    session: Session
    app: App
    window: Window
    pointer: Object
    keyboard: Object
    touch: Object


def fill(app: App, surface: Object, size: tuple[int, int], colour: tuple[int, int, int]) -> None:
    pixels = app.pixels(*size, format_=XRGB)
    pixels.memory[:] = bytes([*reversed(colour), 255]) * (size[0] * size[1])
    app.show(surface, pixels)
    app.roundtrip()


@pytest.fixture
def hands(session: Session) -> Hands:
    app = session.app("hands")
    seat = app.bind(wayland.WlSeat, 8)
    made = seat.get_pointer(), seat.get_keyboard(), seat.get_touch()
    window = Window(app, map_=False)
    window.ack()
    fill(app, window.surface, (300, 200), RED)
    session.until_windows(1)
    session.move("hands", 100, 100)
    session.until_picture(lambda picture: picture.at(101, 101) == RED and picture.at(399, 299) == RED)
    return Hands(session, app, window, *made)


def test_pointer_enters_moves_and_leaves(hands: Hands) -> None:
    hands.session.input(InputMove(150, 130))
    hands.app.until(lambda: hands.pointer.named("enter"))
    _serial, surface, x, y = hands.pointer.last("enter")
    assert surface is hands.window.surface
    assert (x, y) == (50, 30)
    hands.session.input(InputMove(160, 150))
    hands.app.until(lambda: hands.pointer.named("motion"))
    assert hands.pointer.last("motion")[1:] == (60, 50)
    hands.session.input(InputMove(10, 10))
    hands.app.until(lambda: hands.pointer.named("leave"))


def test_a_pressed_button_keeps_the_pointer_on_its_surface(hands: Hands) -> None:
    hands.session.input(InputDrag(150, 130, 700, 600))
    hands.app.until(lambda: len(hands.pointer.named("button")) == 2)
    assert [event.arguments[2:] for event in hands.pointer.named("button")] == [(LEFT, 1), (LEFT, 0)]
    assert hands.pointer.last("motion")[1:] == (600, 500)
    leaves = [event.name for event in hands.pointer.events if event.name in ("leave", "button")]
    assert leaves[:2] == ["button", "button"]


def test_clicks_are_counted_by_the_client(hands: Hands) -> None:
    hands.session.input(InputClick(150, 130, "right", 3))
    hands.app.until(lambda: len(hands.pointer.named("button")) == 6)
    assert [event.arguments[2:] for event in hands.pointer.named("button")] == [(RIGHT, 1), (RIGHT, 0)] * 3


def test_clicks_of_one_click_come_in_one_piece_and_are_of_one_moment(hands: Hands) -> None:
    """Apps count clicks by their times, or by their own clock; and a button that stays down is more than a click."""
    hands.session.shell_send(InputClick(150, 130, "left", 20))
    while not hands.pointer.named("button"):
        hands.app._read(WAIT)
    assert len(hands.pointer.named("button")) == 40
    assert len({event.arguments[1] for event in hands.pointer.named("button")}) == 1
    hands.session.shell_answer()


def test_the_wheel_scrolls_in_steps(hands: Hands) -> None:
    hands.session.input(InputScroll(150, 130, 0, 2))
    hands.app.until(lambda: len(hands.pointer.named("axis")) == 2)
    assert [event.arguments[:2] for event in hands.pointer.named("axis_value120")] == [(0, 120), (0, 120)]
    assert {event.arguments[1:] for event in hands.pointer.named("axis")} == {(0, 15.0)}
    hands.session.input(InputScroll(150, 130, -1, 0))
    hands.app.until(lambda: len(hands.pointer.named("axis")) == 3)
    assert hands.pointer.last("axis_value120") == (1, -120)


def test_a_finger_goes_down_moves_and_up(hands: Hands) -> None:
    hands.session.input(InputTouch(((150, 130), (170, 140), (180, 160))))
    hands.app.until(lambda: hands.touch.named("up"))
    _serial, _time, surface, number, x, y = hands.touch.last("down")
    assert surface is hands.window.surface
    assert (x, y) == (50, 30)
    assert hands.touch.last("motion")[1:] == (number, 80, 60)
    names = [event.name for event in hands.touch.events]
    assert names[0] == "down"
    assert names[-2:] == ["up", "frame"]


def test_keys_arrive_with_their_modifiers(hands: Hands) -> None:
    hands.app.until(lambda: hands.keyboard.named("enter"))
    hands.session.input(InputType("aB"))
    hands.app.until(lambda: len(hands.keyboard.named("key")) == 6)
    codes = [event.arguments[2:] for event in hands.keyboard.named("key")]
    assert codes == [(30, 1), (30, 0), (42, 1), (48, 1), (48, 0), (42, 0)]
    assert {event.arguments[1] for event in hands.keyboard.named("modifiers")} >= {0, 1}


def test_a_key_that_is_struck_is_no_key_that_is_held(hands: Hands) -> None:
    """Apps repeat what they take to be held: a press that is read without its release may become many letters."""
    hands.app.until(lambda: hands.keyboard.named("enter"))
    hands.session.shell_send(InputType("ab" * 50))
    while len(hands.keyboard.named("key")) < 200:
        hands.app._read(WAIT)
        assert len(hands.keyboard.named("key")) % 2 == 0
    hands.session.shell_answer()


def test_impossible_input_is_refused_with_a_reason(session: Session) -> None:
    for request, message in (
        (InputType("Привет"), "No key of the current keyboard layout makes “П”"),
        (InputKey("ctrl+nonsense"), "“nonsense” names no key"),
        (InputKey("hyper+x"), "“hyper” is no modifier"),
        (InputKey(""), "names no key"),
        (InputClick(5000, 10), "outside the screen"),
        (InputClick(-1, 10), "outside the screen"),
        (InputClick(10, 10, "left", 0), "1 to 1000 times"),
        (InputScroll(10, 10, 0, 5000), "At most 1000"),
        (InputTouch(()), "at least one point"),
    ):
        with pytest.raises(Problem, match=message):
            session.input(request)


def test_subsurfaces_lie_above_or_below_and_get_their_own_input(hands: Hands) -> None:
    app = hands.app
    below, above = app.surface(), app.surface()
    for surface, place in ((below, (280, 150)), (above, (10, 20))):
        sub = app.subcompositor.get_subsurface(surface, hands.window.surface)
        sub.set_position(*place)
        if surface is below:
            sub.place_below(hands.window.surface)
    fill(app, above, (40, 40), GREEN)
    fill(app, below, (60, 30), BLUE)
    hands.window.surface.commit()
    app.roundtrip()
    picture = hands.session.until_picture(lambda picture: picture.at(115, 125) == GREEN)
    assert picture.at(385, 260) == RED
    assert picture.at(430, 260) == BLUE
    hands.session.input(InputMove(120, 130))
    app.until(lambda: hands.pointer.named("enter"))
    assert hands.pointer.last("enter")[1:] == (above, 10, 10)
    hands.session.input(InputMove(430, 260))
    app.until(lambda: len(hands.pointer.named("enter")) == 2)
    assert hands.pointer.last("enter")[1:] == (below, 50, 10)


def test_input_falls_through_where_a_client_wants_none(hands: Hands) -> None:
    region = hands.app.compositor.create_region()
    region.add(0, 0, 100, 200)
    hands.window.surface.set_input_region(region)
    hands.window.surface.commit()
    hands.app.roundtrip()
    hands.session.input(InputMove(150, 130))
    hands.app.until(lambda: hands.pointer.named("enter"))
    hands.session.input(InputMove(350, 130))
    hands.app.until(lambda: hands.pointer.named("leave"))


def test_a_menu_opens_beyond_its_window_has_the_keyboard_and_a_click_elsewhere_closes_it(hands: Hands) -> None:
    app, session = hands.app, hands.session
    seat = app.bind(wayland.WlSeat, 8)
    session.input(InputClick(380, 290))
    app.until(lambda: hands.pointer.named("button"))
    serial = hands.pointer.named("button")[0].arguments[0]
    positioner = app.positioner(80, 60, (260, 180, 20, 10))
    popup = Popup(app, hands.window.xdg, positioner, (seat, serial)).map()
    x, y, width, height = popup.popup.last("configure")
    assert x + width > 300
    fill(app, popup.surface, (width, height), GREEN)
    session.until_picture(lambda picture: picture.at(100 + x + width - 5, 100 + y + height - 5) == GREEN)
    app.until(lambda: any(event.arguments[1] is popup.surface for event in hands.keyboard.named("enter")))
    session.input(InputMove(100 + x + 20, 100 + y + 15))
    # It comes as an entry or as a movement, depending on where the pointer was when the menu opened.
    app.until(lambda: [e for e in hands.pointer.events if e.name in ("enter", "motion")][-1].arguments[-2:] == (20, 15))
    assert hands.pointer.last("enter")[1] is popup.surface
    # Inside the same window the client decides for itself, outside we do.
    session.input(InputClick(110, 110))
    app.roundtrip()
    assert popup.popup.named("popup_done") == []
    session.input(InputClick(800, 400))
    app.until(lambda: popup.popup.named("popup_done"))
    popup.popup.destroy()
    popup.xdg.destroy()
    popup.surface.destroy()
    app.until(lambda: hands.keyboard.last("enter")[1] is hands.window.surface)
    session.until_picture(lambda picture: GREEN not in picture.colours((0, 0, 1000, 600)))


def test_a_client_asks_to_be_moved_and_resized_by_hand(hands: Hands) -> None:
    app, session = hands.app, hands.session
    seat = app.bind(wayland.WlSeat, 8)

    def in_hand(ask: str, *arguments: int) -> None:
        """Ask for it while the button is down, and drag when the shell has taken the window in hand."""
        seen = len(hands.pointer.named("button"))
        session.input(InputMove(150, 130), InputButton(True))
        app.until(lambda: len(hands.pointer.named("button")) > seen)
        left = len(hands.pointer.named("leave"))
        getattr(hands.window.toplevel, ask)(seat, hands.pointer.named("button")[seen].arguments[0], *arguments)
        app.until(lambda: len(hands.pointer.named("leave")) > left)
        session.input(*[InputMove(150 + 7 * step, 130 + 4 * step) for step in range(1, 11)], InputButton(False))

    in_hand("move")
    moved = session.window("hands")
    assert (moved.x, moved.y) == (170, 140)
    session.move("hands", 100, 100)
    in_hand("resize", 8)
    app.until(lambda: hands.window.toplevel.last("configure")[:2] == (370, 200))
    hands.window.xdg.ack_configure(*hands.window.xdg.last("configure"))
    fill(app, hands.window.surface, (370, 200), RED)
    session.until(lambda: session.window("hands").width == 370)
    assert session.window("hands").x == 100
