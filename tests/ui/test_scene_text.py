"""Input methods and played devices with the real ui: where suggestions lie, and what an app's pointer can reach."""

from __future__ import annotations

import pytest
from pywayland.protocol import wayland
from pywayland.protocol.text_input_unstable_v3 import ZwpTextInputManagerV3

from berth.core.messages import InputClick, InputMove, InputType, OpenLauncher, PromptInfo, PromptOpened
from berth.core.permissions import INPUT_METHOD, VIRTUAL_INPUT
from berth.display.input_method import ZwpInputMethodManagerV2
from berth.display.virtual_keyboard import ZwpVirtualKeyboardManagerV1
from berth.display.virtual_pointer import ZwlrVirtualPointerManagerV1
from tests.display.client import Object
from tests.ui.session import Session
from tests.ui.test_scene_input import BLUE, GREEN, LEFT, RED, Hands, fill, hands  # noqa: F401

WIDE, HIGH = 1000, 700


class Helper:
    """An app with all of these permissions and no window."""

    def __init__(self, session: Session) -> None:
        self.app = session.app("helper", granted=(INPUT_METHOD, VIRTUAL_INPUT))
        self.seat = self.app.bind(wayland.WlSeat)

    def pointer(self) -> Object:
        made: Object = self.app.bind(ZwlrVirtualPointerManagerV1).create_virtual_pointer(None)
        return made

    def put(self, pointer: Object, x: int, y: int) -> None:
        pointer.motion_absolute(1, x, y, WIDE, HIGH)
        pointer.frame()
        self.app.roundtrip()

    def click(self, pointer: Object) -> None:
        for state in (1, 0):
            pointer.button(1, LEFT, state)
            pointer.frame()
        self.app.roundtrip()


def test_suggestions_are_drawn_at_the_cursor_and_take_clicks(hands: Hands) -> None:  # noqa: F811
    helper = Helper(hands.session)
    pointer = helper.seat.get_pointer()
    method = helper.app.bind(ZwpInputMethodManagerV2).get_input_method(helper.seat)
    surface = helper.app.surface()
    method.get_input_popup_surface(surface)
    fill(helper.app, surface, (60, 30), GREEN)
    seat = hands.app.bind(wayland.WlSeat)
    text = hands.app.bind(ZwpTextInputManagerV3, 1).get_text_input(seat)
    hands.app.until(lambda: text.named("enter"))
    text.enable()
    text.set_cursor_rectangle(280, 180, 2, 16)
    text.commit()
    hands.app.roundtrip()
    picture = hands.session.until_picture(lambda picture: picture.at(381, 297) == GREEN)
    assert picture.at(439, 325) == GREEN, "beyond the edge of the window, too"
    assert picture.at(379, 297) == RED
    hands.session.input(InputClick(390, 300))
    helper.app.until(lambda: pointer.named("button"))
    assert pointer.last("enter")[1:] == (surface, 10, 4)
    method.commit_string("好")
    method.commit(len(method.named("done")))
    helper.app.roundtrip()
    hands.app.until(lambda: text.named("commit_string"))
    hands.session.kill_ui()
    hands.session.start_ui()
    hands.session.until_picture(lambda picture: picture.at(381, 297) == GREEN)
    text.disable()
    text.commit()
    hands.app.roundtrip()
    hands.session.until_picture(lambda picture: GREEN not in picture.colours((300, 200, 200, 200)))


def test_a_played_pointer_reaches_apps(hands: Hands) -> None:  # noqa: F811
    helper = Helper(hands.session)
    pointer = helper.pointer()
    helper.put(pointer, 150, 130)
    hands.app.until(lambda: hands.pointer.named("enter"))
    assert hands.pointer.last("enter")[1:] == (hands.window.surface, 50, 30)
    pointer.motion(1, 10, 5)
    pointer.axis_source(0)
    pointer.axis_discrete(1, 0, 15, 1)
    pointer.frame()
    helper.click(pointer)
    hands.app.until(lambda: len(hands.pointer.named("button")) == 2)
    assert hands.pointer.last("motion")[1:] == (60, 35)
    assert hands.pointer.last("axis_value120") == (0, 120)
    assert [event.arguments[2:] for event in hands.pointer.named("button")] == [(LEFT, 1), (LEFT, 0)]
    pointer.button(1, LEFT, 1)
    pointer.frame()
    helper.put(pointer, 900, 600)
    pointer.destroy()
    helper.app.roundtrip()
    hands.app.until(lambda: len(hands.pointer.named("button")) == 4)
    assert hands.pointer.last("motion")[1:] == (800, 500), "a held button keeps the pointer on its surface"
    hands.session.input(InputMove(160, 140))
    hands.app.until(lambda: hands.pointer.last("motion")[1:] == (60, 40))


def test_a_played_press_brings_a_window_to_the_front(hands: Hands) -> None:  # noqa: F811
    from tests.display.shapes import Window

    other = hands.session.app("other")
    window = Window(other, map_=False)
    window.ack()
    fill(other, window.surface, (200, 100), BLUE)
    hands.session.until_windows(2)
    hands.session.move("other", 250, 150)
    hands.session.until_picture(lambda picture: picture.at(260, 160) == BLUE)
    helper = Helper(hands.session)
    pointer = helper.pointer()
    helper.put(pointer, 110, 110)
    helper.click(pointer)
    hands.session.until(lambda: hands.session.window("hands").focused)
    hands.session.until_picture(lambda picture: picture.at(260, 160) == RED)


@pytest.mark.parametrize("layer", ["launcher", "prompt"])
def test_a_played_pointer_reaches_nothing_of_the_shell(hands: Hands, layer: str) -> None:  # noqa: F811
    helper = Helper(hands.session)
    pointer = helper.pointer()
    if layer == "launcher":
        hands.session.call(OpenLauncher())
    else:
        info = PromptInfo("p", "hands", "Hands", "", "hands", "network", "why", "", "", 0.0)
        hands.session.shell.send(PromptOpened(info))
        hands.session.picture()
    hands.app.until(lambda: hands.keyboard.named("leave"))
    for y in range(20, HIGH, 30):
        for x in range(20, WIDE, 60):
            helper.put(pointer, x, y)
            helper.click(pointer)
    keyboard = helper.app.bind(ZwpVirtualKeyboardManagerV1).create_virtual_keyboard(helper.seat)
    del keyboard
    hands.app.roundtrip()
    hands.session.picture()
    hands.app.roundtrip()
    assert hands.pointer.named("button") == []
    if layer == "launcher":
        hands.session.call(OpenLauncher(False))
        hands.app.until(lambda: len(hands.keyboard.named("enter")) == 2)


def test_typing_goes_on_as_before_beside_a_played_keyboard(hands: Hands) -> None:  # noqa: F811
    import os

    helper = Helper(hands.session)
    hands.app.until(lambda: hands.keyboard.named("enter"))
    _format, fd, size = hands.keyboard.named("keymap")[0].arguments
    keyboard = helper.app.bind(ZwpVirtualKeyboardManagerV1).create_virtual_keyboard(helper.seat)
    copy = os.memfd_create("keymap")
    os.write(copy, os.pread(fd, size, 0))
    keyboard.keymap(1, copy, size)
    os.close(copy)
    # Alt+F4 closes windows, but not from here.
    keyboard.modifiers(8, 0, 0, 0)
    for state in (1, 0):
        keyboard.key(1, 62, state)
    keyboard.modifiers(0, 0, 0, 0)
    helper.app.roundtrip()
    hands.app.until(lambda: len(hands.keyboard.named("key")) == 2)
    assert hands.keyboard.last("key")[2:] == (62, 0)
    hands.session.input(InputType("a"))
    hands.app.until(lambda: len(hands.keyboard.named("key")) == 4)
    assert hands.window.toplevel.named("close") == []
