"""Keyboards and pointers that clients play: what reaches other apps, and what must not."""

from __future__ import annotations

import os

import pytest
from pywayland.protocol import wayland

from berth.core import messages as m
from berth.core.permissions import VIRTUAL_INPUT
from berth.display.virtual_keyboard import ZwpVirtualKeyboardManagerV1
from berth.display.virtual_pointer import ZwlrVirtualPointerManagerV1
from tests.display.client import ClientError, Object
from tests.display.conftest import Display, DisplayWith
from tests.display.shapes import App
from tests.display.test_seat import LEFT, SHIFT, A, Desk

XKB = 1


def keymap(desk: Desk) -> bytes:
    """The seat's own keymap, as the app got it."""
    _format, fd, size = desk.keyboard.named("keymap")[0].arguments
    return os.pread(fd, size, 0)


class Player:
    """An app that may play keyboard and pointer."""

    def __init__(self, display: Display, name: str = "player") -> None:
        self.app: App = display.app(display.instance(name, granted=(VIRTUAL_INPUT,)))
        self.seat = self.app.bind(wayland.WlSeat)
        self.manager = self.app.bind(ZwpVirtualKeyboardManagerV1)
        self.keyboard: Object = self.manager.create_virtual_keyboard(self.seat)

    def load(self, text: bytes, size: int = 0, format_: int = XKB) -> None:
        fd = os.memfd_create("keymap")
        os.write(fd, text)
        self.keyboard.keymap(format_, fd, size or len(text))
        os.close(fd)
        self.app.roundtrip()


@pytest.fixture
def desk(display: Display) -> Desk:
    desk = Desk(display)
    desk.ui.send(m.KeyboardFocus(desk.surface))
    desk.settle()
    return desk


def test_keys_with_the_seats_own_keymap(display: Display, desk: Desk) -> None:
    player = Player(display)
    player.load(keymap(desk))
    before = len(desk.keyboard.events)
    player.keyboard.modifiers(1, 0, 0, 0)
    player.keyboard.key(5, A, 1)
    player.keyboard.key(6, A, 1)
    player.keyboard.key(7, A, 0)
    player.keyboard.key(8, A, 0)
    player.keyboard.key(8, 0x10000, 1)
    player.keyboard.key(8, A, 2)
    player.app.roundtrip()
    desk.app.roundtrip()
    assert desk.names(desk.keyboard, before) == ["modifiers", "key", "key"], "no keymap, and no key twice"
    assert [event.arguments[1:] for event in desk.keyboard.named("key")] == [(5, A, 1), (7, A, 0)]
    desk.ui.send(m.Key(A, True, 9))
    desk.settle()
    assert desk.names(desk.keyboard, before + 3) == ["modifiers", "key"]
    assert desk.keyboard.last("modifiers")[1:] == (0, 0, 0, 0), "the real keyboard has no Shift"
    player.keyboard.key(10, A, 1)
    player.app.roundtrip()
    desk.app.roundtrip()
    assert len(desk.keyboard.named("key")) == 3, "held by the real one"


def test_another_keymap_is_told_before_its_keys_and_taken_back(display: Display, desk: Desk) -> None:
    player = Player(display)
    player.load(keymap(desk).replace(b"[               a,", b"[ Cyrillic_zhe,", 1))
    player.keyboard.key(5, A, 1)
    player.keyboard.key(6, A, 0)
    player.app.roundtrip()
    desk.app.roundtrip()
    assert len(desk.keyboard.named("keymap")) == 2
    _format, fd, size = desk.keyboard.last("keymap")
    assert b"Cyrillic_zhe" in os.pread(fd, size, 0)
    desk.ui.send(m.Key(A, True, 7))
    desk.settle()
    assert len(desk.keyboard.named("keymap")) == 3
    _format, fd, size = desk.keyboard.last("keymap")
    assert b"Cyrillic_zhe" not in os.pread(fd, size, 0)
    player.load(keymap(desk))
    player.keyboard.destroy()
    player.app.roundtrip()


def written(types: str = "complete") -> bytes:
    """A keymap of one key, written by hand on top of the system's files."""
    keycodes = "xkb_keycodes { minimum = 8; maximum = 255; <K1> = 38; };"
    rest = f'xkb_types {{ include "{types}" }}; xkb_compatibility {{ include "complete" }};'
    return f"xkb_keymap {{ {keycodes} {rest} xkb_symbols {{ key <K1> {{ [ U20AC ] }}; }}; }};".encode()


def test_a_keymap_that_includes_files_of_the_system(display: Display, desk: Desk) -> None:
    player = Player(display)
    player.load(written())
    player.keyboard.key(5, A, 1)
    player.app.roundtrip()
    desk.app.until(lambda: desk.keyboard.named("key"))
    _format, fd, size = desk.keyboard.last("keymap")
    text = os.pread(fd, size, 0)
    assert b"U20AC" in text and b"include" not in text


def test_a_player_that_dies_holds_no_key(display: Display, desk: Desk) -> None:
    player = Player(display)
    player.load(keymap(desk))
    player.keyboard.modifiers(4, 0, 0, 0)
    player.keyboard.key(5, A, 1)
    player.app.roundtrip()
    player.app.close()
    desk.app.until(lambda: len(desk.keyboard.named("key")) == 2)
    desk.app.until(lambda: desk.keyboard.last("modifiers")[1:] == (0, 0, 0, 0))
    assert desk.keyboard.last("key")[2:] == (A, 0)


def test_the_focus_alone_hears_keys_and_nobody_without_one(display: Display, desk: Desk) -> None:
    player = Player(display)
    player.load(keymap(desk))
    player.keyboard.key(5, A, 1)
    player.app.roundtrip()
    desk.ui.send(m.KeyboardFocus(0))
    desk.settle()
    player.keyboard.key(6, A, 0)
    player.keyboard.key(6, SHIFT, 1)
    player.app.roundtrip()
    desk.ui.send(m.KeyboardFocus(desk.surface))
    desk.settle()
    assert len(desk.keyboard.named("key")) == 1
    assert desk.keyboard.last("enter")[2] == b""
    player.keyboard.key(6, A, 0)
    player.keyboard.key(7, SHIFT, 0)
    player.app.roundtrip()
    desk.app.roundtrip()
    assert len(desk.keyboard.named("key")) == 1, "neither is down"


@pytest.mark.parametrize("request_", ["key", "modifiers"])
def test_keys_without_keymap(display: Display, desk: Desk, request_: str) -> None:
    player = Player(display)
    getattr(player.keyboard, request_)(*((1, A, 1) if request_ == "key" else (0, 0, 0, 0)))
    with pytest.raises(ClientError) as raised:
        player.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwp_virtual_keyboard_v1", 0)


@pytest.mark.parametrize(
    ("text", "size", "format_"),
    [
        (written("+".join(["complete"] * 40)), 0, XKB),
        (written().replace(b"include ", b"include /**/ "), 0, XKB),
        (b"nonsense", 0, XKB),
        (b"\0", 0, XKB),
        (b'xkb_keymap { include "x" };', 0, XKB),
        (b"xkb_keymap {};", 0, 0),
    ],
)
def test_what_is_no_keymap(display: Display, text: bytes, size: int, format_: int) -> None:
    player = Player(display)
    with pytest.raises(ClientError) as raised:
        player.load(text, size, format_)
    assert (raised.value.interface, raised.value.code) == ("zwp_virtual_keyboard_v1", 0)


@pytest.mark.parametrize("size", [0, 10_000_000])
def test_keymaps_of_any_size_are_not_read(display: Display, size: int) -> None:
    player = Player(display)
    fd = os.memfd_create("keymap")
    player.keyboard.keymap(XKB, fd, size)
    os.close(fd)
    with pytest.raises(ClientError, match=f"a keymap of {size} bytes"):
        player.app.roundtrip()


def test_a_pipe_is_no_keymap(display: Display) -> None:
    player = Player(display)
    reader, writer = os.pipe()
    player.keyboard.keymap(XKB, reader, 100)
    with pytest.raises(ClientError, match="no file that can be read"):
        player.app.roundtrip()
    os.close(reader)
    os.close(writer)


def test_keymaps_are_not_compiled_without_end(display_with: DisplayWith) -> None:
    display = display_with({"virtual_keyboard._PER_SECOND": 0})
    desk, player = Desk(display), Player(display)
    text = keymap(desk).rstrip(b"\0")
    for _again in range(50):
        player.load(text)
    with pytest.raises(ClientError, match="too many keymaps"):
        for number in range(200):
            player.load(text + b" " * number)
            player.keyboard.destroy()
            player.keyboard = player.manager.create_virtual_keyboard(player.seat)


def test_players_need_the_permission(display: Display, desk: Desk) -> None:
    assert "zwp_virtual_keyboard_manager_v1" not in desk.app.globals
    assert "zwlr_virtual_pointer_manager_v1" not in desk.app.globals


# --- the pointer


class Hand(Player):
    def __init__(self, display: Display, desk: Desk) -> None:
        super().__init__(display)
        self.ui = desk.ui
        self.pointers = self.app.bind(ZwlrVirtualPointerManagerV1)
        self.pointer: Object = self.pointers.create_virtual_pointer(None)

    def frame(self) -> m.VirtualPointer:
        """What the ui is told at the end of a frame."""
        self.pointer.frame()
        self.app.roundtrip()
        self.ui.settle()
        return self.told()[-1]

    def told(self) -> list[m.VirtualPointer]:
        return [message for message in self.ui.log if isinstance(message, m.VirtualPointer)]


def test_a_frame_is_told_as_one(display: Display, desk: Desk) -> None:
    hand = Hand(display, desk)
    hand.pointer.motion(1, 2.5, -1)
    hand.pointer.motion(1, 1, 1)
    hand.pointer.button(1, LEFT, 1)
    hand.pointer.button(1, LEFT, 1)
    hand.app.roundtrip()
    assert hand.told() == []
    assert hand.frame() == m.VirtualPointer(3.5, 0, buttons=((LEFT, True),))
    hand.pointer.axis_source(0)
    hand.pointer.axis_discrete(7, 0, 15, 1)
    hand.pointer.axis(7, 1, 2)
    assert hand.frame().axis == m.PointerAxis(2, 15, 0, 120, "wheel", 7)
    hand.pointer.axis_stop(8, 0)
    assert hand.frame().axis == m.PointerAxis(0, 0, 0, 0, "finger", 8, stop=True)
    hand.pointer.frame()
    hand.app.roundtrip()
    assert len(hand.told()) == 3, "nothing happened in that one"
    hand.pointer.destroy()
    hand.app.roundtrip()
    hand.ui.settle()
    assert hand.told()[-1] == m.VirtualPointer(buttons=((LEFT, False),))


def test_absolute_places_are_parts_of_an_output(display: Display, desk: Desk) -> None:
    hand = Hand(display, desk)
    hand.ui.send(m.OutputChanged(1000, 500), m.OutputChanged(600, 400, name="B", x=1000))
    hand.ui.settle()
    hand.pointer.motion_absolute(1, 50, 25, 100, 100)
    hand.pointer.motion_absolute(1, 50, 25, 0, 0)
    assert hand.frame().place == (800, 125)
    outputs = [
        name for name, interface, _v in (e.arguments for e in hand.app.registry.events) if interface == "wl_output"
    ]
    output = hand.app.bind_name(outputs[-1], wayland.WlOutput, 4)
    hand.pointer = hand.pointers.create_virtual_pointer_with_output(None, output)
    hand.pointer.motion_absolute(1, 200, 50, 100, 100)
    assert hand.frame().place == (1600, 200)


@pytest.mark.parametrize(
    ("request_", "arguments", "code"),
    [
        ("axis", (1, 7, 1), 0),
        ("axis_stop", (1, 7), 0),
        ("axis_discrete", (1, 7, 1, 1), 0),
        ("axis_source", (9,), 1),
    ],
)
def test_axes_that_are_none(display: Display, desk: Desk, request_: str, arguments: tuple[int, ...], code: int) -> None:
    hand = Hand(display, desk)
    getattr(hand.pointer, request_)(*arguments)
    with pytest.raises(ClientError) as raised:
        hand.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_virtual_pointer_v1", code)


def test_a_hand_with_too_many_fingers(display: Display, desk: Desk) -> None:
    hand = Hand(display, desk)
    with pytest.raises(ClientError, match="more than 32 buttons"):
        for button in range(33):
            hand.pointer.button(1, button, 1)
        hand.app.roundtrip()


def test_a_hand_without_rest(display_with: DisplayWith) -> None:
    display = display_with({"virtual_pointer._PER_SECOND": 0})
    hand = Hand(display, Desk(display))
    with pytest.raises(ClientError, match="too many frames"):
        for _number in range(20_000):
            hand.pointer.motion(1, 1, 1)
            hand.pointer.frame()
        hand.app.roundtrip()


def test_played_devices_end_with_the_permission(display: Display, desk: Desk) -> None:
    hand = Hand(display, desk)
    hand.load(keymap(desk))
    hand.keyboard.modifiers(4, 0, 0, 0)
    hand.keyboard.key(1, A, 1)
    hand.pointer.button(1, LEFT, 1)
    hand.frame()
    display.grant(name="player")
    desk.app.until(lambda: len(desk.keyboard.named("key")) == 2)
    desk.app.until(lambda: desk.keyboard.last("modifiers")[1:] == (0, 0, 0, 0))
    hand.keyboard.key(2, A, 1)
    hand.keyboard.modifiers(4, 0, 0, 0)
    hand.pointer.motion(1, 5, 5)
    assert hand.frame() == m.VirtualPointer(buttons=((LEFT, False),))
    desk.app.roundtrip()
    assert len(desk.keyboard.named("key")) == 2
