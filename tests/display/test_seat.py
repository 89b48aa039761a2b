"""wl_seat: input reaches the surface the ui names, in the words each version of a client knows."""

from __future__ import annotations

import fcntl
import mmap
import os
import random
import struct
import time

import pytest
from pywayland.protocol import cursor_shape_v1, wayland
from pywayland.protocol.input_timestamps_unstable_v1 import ZwpInputTimestampsManagerV1
from xkbcommon import xkb

from berth.core import messages as m
from berth.display.keymap import Keymap
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi

A, SHIFT, ALT, CAPS, NUM = 30, 42, 56, 58, 69
LEFT = 0x110


class Desk:
    """A ui, one app with a window and its seat objects."""

    def __init__(
        self, display: Display, version: int = 11, name: str = "a", ui: FakeUi | None = None, nested: bool = False
    ) -> None:
        self.ui = ui or display.ui()
        self.app: App = display.app(display.instance(name, nested=nested))
        self.window = Window(self.app)
        self.ui.until(lambda: any(w.mapped and w.instance == name for w in self.ui.windows.values()))
        self.surface = next(w.surface for w in self.ui.windows.values() if w.instance == name)
        self.seat = self.app.bind(wayland.WlSeat, version)
        self.pointer: Object = self.seat.get_pointer()
        self.keyboard: Object = self.seat.get_keyboard()
        self.touch: Object = self.seat.get_touch()
        self.app.roundtrip()

    def settle(self) -> None:
        """Let everything that either side has said arrive at the other."""
        self.ui.settle()
        self.app.roundtrip()
        self.ui.settle()

    def names(self, target: Object, since: int = 0) -> list[str]:
        return [event.name for event in target.events[since:]]


def test_capabilities_and_keymap(display: Display) -> None:
    desk = Desk(display)
    assert desk.seat.last("capabilities") == (7,)
    assert desk.seat.last("name") == ("seat0",)
    format_, fd, size = desk.keyboard.last("keymap")
    assert format_ == 1
    assert fcntl.fcntl(fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_WRITE
    for flags in (mmap.MAP_PRIVATE, mmap.MAP_SHARED):
        with mmap.mmap(fd, size, flags=flags, prot=mmap.PROT_READ) as memory:
            assert memory[:11] == b"xkb_keymap " and memory[-1] == 0
    with pytest.raises(OSError):
        os.pwrite(fd, b"x", 0)
    os.close(fd)
    assert desk.keyboard.last("repeat_info") == (25, 600)


def test_keys_and_modifiers(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.Key(SHIFT, True, 1), m.KeyboardFocus(desk.surface))
    desk.app.until(lambda: desk.keyboard.named("modifiers"))
    _serial, surface, pressed = desk.keyboard.last("enter")
    assert surface is desk.window.surface
    assert struct.unpack("=I", pressed) == (SHIFT,)
    assert desk.keyboard.last("modifiers")[1:] == (1, 0, 0, 0)
    before = len(desk.keyboard.events)
    desk.ui.send(m.Key(A, True, 5), m.Key(A, True, 6), m.Key(A, False, 7), m.Key(SHIFT, False, 8), m.Key(77, False, 9))
    desk.settle()
    assert desk.names(desk.keyboard, before) == ["key", "key", "key", "modifiers"]
    assert desk.keyboard.named("key")[0].arguments[1:] == (5, A, 1)
    assert desk.keyboard.last("modifiers")[1:] == (0, 0, 0, 0)
    # The app is asked whether it lives only after it has been given something to do.
    assert desk.app.wm.last("ping")[0] > desk.keyboard.named("key")[0].arguments[0]


def test_locks_that_changed_elsewhere(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.KeyboardFocus(desk.surface), m.Key(SHIFT, True, 1), m.KeyboardLocks(True, True))
    desk.settle()
    assert desk.keyboard.last("modifiers")[1:] == (1, 0, 0x12, 0)
    before = len(desk.keyboard.events)
    desk.ui.send(m.KeyboardLocks(True, True), m.Key(SHIFT, False, 2))
    desk.settle()
    assert desk.names(desk.keyboard, before) == ["key", "modifiers"]
    desk.ui.send(m.KeyboardLocks(False, True))
    desk.settle()
    assert desk.keyboard.last("modifiers")[1:] == (0, 0, 0x10, 0)


def signs(desk: Desk) -> list[m.LockChanged]:
    return [message for message in desk.ui.log if isinstance(message, m.LockChanged)]


def test_the_ui_is_told_of_locks_that_keys_have_changed(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.KeyboardLocks(True, False))  # the host's, not a key's
    desk.ui.send(m.Key(CAPS, True, 1), m.Key(CAPS, False, 2))
    desk.ui.send(m.Key(NUM, True, 3), m.Key(NUM, False, 4), m.Key(SHIFT, True, 5), m.Key(SHIFT, False, 6))
    desk.ui.send(m.Key(CAPS, True, 7), m.Key(CAPS, False, 8))
    desk.settle()
    assert signs(desk) == [m.LockChanged("caps", False), m.LockChanged("num"), m.LockChanged("caps")]


def test_the_ui_is_told_which_layout_counts_now(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.KeyboardLayout("us,de", options="grp:caps_toggle"))
    for moment in (1, 3):
        desk.ui.send(m.Key(CAPS, True, moment), m.Key(CAPS, False, moment + 1))
    desk.settle()
    assert [sign.lock for sign in signs(desk)] == ["layout", "layout"]
    assert [sign.layout for sign in signs(desk)] == ["German", "English (US)"]


def test_groups_and_dead_keys_are_the_keymaps(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.KeyboardFocus(desk.surface), m.KeyboardLayout("us,ru", options="grp:caps_toggle"))
    desk.ui.send(m.Key(CAPS, True, 1), m.Key(CAPS, False, 2))
    desk.settle()
    assert desk.keyboard.last("modifiers")[4] == 1
    other = Desk(display, name="b", ui=desk.ui)
    desk.ui.send(m.KeyboardFocus(other.surface))
    other.settle()
    assert other.keyboard.last("modifiers")[4] == 1, "the next window is typed in with the same layout"


def test_what_is_remembered_of_modifiers_is_what_xkb_says() -> None:
    keymap = Keymap(m.KeyboardLayout("us,de,ru", options="grp:alt_shift_toggle"))
    chance = random.Random(1)
    groups, changes = set(), 0
    for _ in range(2_000):
        act = chance.randrange(12)
        if act == 0:
            changes += keymap.lock_layout(chance.randrange(4))
        elif act == 1:
            changes += keymap.lock(0x12, chance.choice((0, 2, 0x10, 0x12)))
        else:
            changes += keymap.update(chance.choice((A, SHIFT, CAPS, NUM, ALT)), chance.random() < 0.5)
        ask = keymap._state.serialize_mods
        mods = tuple(ask(part) for part in (xkb.XKB_STATE_MODS_DEPRESSED, xkb.XKB_STATE_MODS_LATCHED))
        layout = keymap._state.serialize_layout
        assert keymap.modifiers[:2] == mods
        assert keymap.modifiers[2] == keymap.locked == ask(xkb.XKB_STATE_MODS_LOCKED)
        assert keymap.modifiers[3] == keymap.group == layout(xkb.XKB_STATE_LAYOUT_EFFECTIVE)
        assert keymap.locked_layout == layout(xkb.XKB_STATE_LAYOUT_LOCKED)
        groups.add(keymap.group)
    assert groups == {0, 1, 2}
    assert changes > 100


def test_focus_moves(display: Display) -> None:
    first = Desk(display)
    second = Desk(display, name="b", ui=first.ui)
    first.ui.send(m.KeyboardFocus(first.surface), m.Key(A, True, 1))
    first.app.until(lambda: first.keyboard.named("key"))
    first.ui.send(m.KeyboardFocus(second.surface))
    second.app.until(lambda: second.keyboard.named("enter"))
    first.app.until(lambda: first.keyboard.named("leave"))
    assert second.keyboard.last("enter")[2] == struct.pack("=I", A)
    first.ui.send(m.Key(A, False, 2))
    second.app.until(lambda: second.keyboard.named("key"))
    first.settle()
    assert len(first.keyboard.named("key")) == 1, "keys go to the focus alone"
    first.ui.send(m.KeyboardFocus(0))
    second.app.until(lambda: second.keyboard.named("leave"))


def test_a_keyboard_made_late_learns_of_its_focus(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.KeyboardFocus(desk.surface), m.PointerMotion(desk.surface, 3, 4, 1))
    desk.app.until(lambda: desk.keyboard.named("enter") and desk.pointer.named("enter"))
    keyboard, pointer = desk.seat.get_keyboard(), desk.seat.get_pointer()
    desk.app.until(lambda: keyboard.named("enter") and pointer.named("enter"))
    assert pointer.last("enter")[1:] == (desk.window.surface, 3, 4)


def test_another_layout(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.KeyboardFocus(desk.surface), m.KeyboardLayout("de", repeat_rate=40, repeat_delay=300))
    desk.app.until(lambda: len(desk.keyboard.named("keymap")) == 2)
    _format, fd, size = desk.keyboard.last("keymap")
    assert b"ydiaeresis" in os.pread(fd, size, 0) or b"udiaeresis" in os.pread(fd, size, 0)
    assert desk.keyboard.last("repeat_info") == (40, 300)
    desk.ui.settle()
    problem = [message for message in desk.ui.log if isinstance(message, m.ProblemInfo)][-1]
    assert problem.code == "keyboard-layout" and problem.hint
    desk.app.roundtrip()
    assert len(desk.keyboard.named("keymap")) == 2


def test_pointer(display: Display) -> None:
    desk = Desk(display)
    ui, pointer = desk.ui, desk.pointer
    ui.send(m.PointerMotion(desk.surface, 10.5, 20.25, 1), m.PointerMotion(desk.surface, 11, 21, 2))
    ui.send(m.PointerButton(LEFT, True, 3), m.PointerButton(LEFT, True, 4), m.PointerButton(LEFT, False, 5))
    ui.send(m.PointerButton(LEFT, False, 6), m.PointerMotion(0, 0, 0, 7))
    desk.settle()
    events = ("enter", "motion", "button", "button", "leave")
    assert desk.names(pointer) == [name for event in events for name in (event, "frame")]
    assert pointer.last("enter")[1:] == (desk.window.surface, 10.5, 20.25)
    assert pointer.last("motion") == (2, 11, 21)
    assert [event.arguments[1:] for event in pointer.named("button")] == [(3, LEFT, 1), (5, LEFT, 0)]


@pytest.mark.parametrize(
    ("version", "wheel", "finger"),
    [
        (11, ["axis_source", "axis_value120", "axis_relative_direction", "axis", "frame"], ["axis_source", "axis"]),
        (9, ["axis_source", "axis_value120", "axis_relative_direction", "axis", "frame"], ["axis_source", "axis"]),
        (8, ["axis_source", "axis_value120", "axis", "frame"], ["axis_source", "axis"]),
        (7, ["axis_source", "axis_discrete", "axis", "frame"], ["axis_source", "axis"]),
        (4, ["axis"], ["axis"]),
    ],
)
def test_scrolling(display: Display, version: int, wheel: list[str], finger: list[str]) -> None:
    desk = Desk(display, version)
    desk.ui.send(m.PointerMotion(desk.surface, 1, 1, 1))
    desk.settle()
    before = len(desk.pointer.events)
    desk.ui.send(m.PointerAxis(0, 15, 0, 120, "wheel", 2))
    desk.settle()
    assert desk.names(desk.pointer, before) == wheel
    assert desk.pointer.last("axis") == (2, 0, 15)
    before = len(desk.pointer.events)
    desk.ui.send(m.PointerAxis(2.5, 0, 0, 0, "finger", 3), m.PointerAxis(0, 0, 0, 0, "finger", 4, stop=True))
    desk.settle()
    names = desk.names(desk.pointer, before)
    assert [name for name in names if name in finger] == [*finger, *finger[:-1]]
    assert desk.pointer.last("axis") == (3, 1, 2.5)
    assert names.count("axis_stop") == (1 if version >= 5 else 0)
    before = len(desk.pointer.events)
    desk.ui.send(m.PointerAxis(0, 0, 0, 0, "finger", 5, stop=True))
    desk.settle()
    assert desk.names(desk.pointer, before) == [], "nothing scrolls that could stop"


def test_natural_scrolling_and_a_tilted_wheel(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.PointerMotion(desk.surface, 1, 1, 1), m.PointerAxis(0, 15, 0, 120, "wheel", 2, inverted=True))
    desk.ui.send(m.PointerAxis(15, 0, 120, 0, "wheel_tilt", 3))
    desk.settle()
    directions = [event.arguments for event in desk.pointer.named("axis_relative_direction")]
    assert directions == [(0, 1), (1, 0)]
    assert [event.arguments for event in desk.pointer.named("axis_source")] == [(0,), (3,)]
    old = Desk(display, 5, "b", desk.ui)
    desk.ui.send(m.PointerMotion(old.surface, 1, 1, 1), m.PointerAxis(15, 0, 120, 0, "wheel_tilt", 3))
    old.settle()
    assert old.pointer.last("axis_source") == (0,)


def test_a_pointer_that_was_put_elsewhere(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.PointerMotion(desk.surface, 1, 1, 1), m.PointerMotion(desk.surface, 5, 6, 2, warp=True))
    desk.settle()
    assert desk.names(desk.pointer) == ["enter", "frame", "warp", "frame"]
    assert desk.pointer.last("warp") == (5, 6)
    old = Desk(display, 10, "b", desk.ui)
    desk.ui.send(m.PointerMotion(old.surface, 1, 1, 1), m.PointerMotion(old.surface, 5, 6, 2, warp=True))
    old.settle()
    assert old.pointer.last("motion") == (2, 5, 6)


def test_fine_wheels_and_old_clients(display: Display) -> None:
    desk = Desk(display, 7)
    desk.ui.send(m.PointerMotion(desk.surface, 1, 1, 1))
    for moment in range(5):
        desk.ui.send(m.PointerAxis(0, -5, 0, -40, "wheel", moment))
    desk.settle()
    assert [event.arguments for event in desk.pointer.named("axis_discrete")] == [(0, -1)]
    assert len(desk.pointer.named("axis")) == 5


def test_touch(display: Display) -> None:
    desk = Desk(display)
    ui, touch = desk.ui, desk.touch
    ui.send(m.Touch("down", 1, desk.surface, 5, 6, 10), m.Touch("down", 2, desk.surface, 7, 8, 10), m.Touch("frame"))
    ui.send(m.Touch("motion", 2, 0, 9, 9, 11), m.Touch("up", 1, 0, 0, 0, 12), m.Touch("frame"))
    ui.send(m.Touch("motion", 1, 0, 9, 9, 13), m.Touch("frame"), m.Touch("cancel"))
    desk.settle()
    assert desk.names(touch) == ["down", "down", "frame", "motion", "up", "frame", "cancel"]
    assert touch.named("down")[0].arguments[1:] == (10, desk.window.surface, 1, 5, 6)
    assert touch.last("motion") == (11, 2, 9, 9)


def test_the_shape_of_a_finger(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.Touch("down", 1, desk.surface, 5, 6, 10, 12.5, 8, -90), m.Touch("frame"))
    desk.ui.send(m.Touch("motion", 1, 0, 6, 6, 11, 14, 8, 45), m.Touch("frame"))
    desk.settle()
    move = ["motion", "shape", "orientation", "frame"]
    assert desk.names(desk.touch) == ["down", "shape", "orientation", "frame", *move]
    assert desk.touch.named("shape")[0].arguments == (1, 12.5, 8)
    assert desk.touch.last("orientation") == (1, 45)


def test_times_with_more_digits(display: Display) -> None:
    desk = Desk(display)
    manager = desk.app.bind(ZwpInputTimestampsManagerV1)
    stamps = [
        manager.get_pointer_timestamps(desk.pointer),
        manager.get_keyboard_timestamps(desk.keyboard),
        manager.get_touch_timestamps(desk.touch),
    ]
    manager.destroy()
    desk.app.roundtrip()
    now = time.monotonic_ns() // 1_000_000
    desk.ui.send(m.KeyboardFocus(desk.surface), m.Key(A, True, now & 0xFFFFFFFF))
    desk.ui.send(m.PointerMotion(desk.surface, 1, 1, 1), m.PointerButton(LEFT, True, now & 0xFFFFFFFF))
    desk.ui.send(m.Touch("down", 1, desk.surface, 5, 6, now & 0xFFFFFFFF), m.Touch("frame"))
    desk.settle()
    for stamp in stamps:
        high, low, nanoseconds = stamp.last("timestamp")
        assert ((high << 32) + low) * 1000 + nanoseconds // 1_000_000 == now
    seen = len(stamps[1].events)
    stamps[0].destroy()
    desk.keyboard.release()
    desk.app.roundtrip()
    desk.ui.send(m.Key(A, False, 5), m.PointerButton(LEFT, False, 6))
    desk.settle()
    assert len(stamps[1].events) == seen
    stamps[1].destroy()
    desk.app.roundtrip()


def test_cursor(display: Display) -> None:
    desk = Desk(display)
    ui, app, pointer = desk.ui, desk.app, desk.pointer
    cursor = app.surface()
    pointer.set_cursor(1, cursor, 0, 0)
    desk.settle()
    assert ui.cursor == m.Cursor("default"), "the pointer is not on the app"
    ui.send(m.PointerMotion(desk.surface, 1, 1, 1))
    app.until(lambda: pointer.named("enter"))
    serial = pointer.last("enter")[0]
    pointer.set_cursor(serial, cursor, 4, 5)
    app.show(cursor, app.pixels(16, 16, 9))
    desk.settle()
    number = max(ui.surfaces)
    assert ui.cursor == m.Cursor("surface", number, 4, 5)
    assert set(ui.pixels(number)) == {9}
    cursor.offset(1, 2)
    cursor.commit()
    desk.settle()
    assert ui.cursor == m.Cursor("surface", number, 3, 3)
    pointer.set_cursor(serial, None, 0, 0)
    desk.settle()
    assert ui.cursor == m.Cursor("none")
    pointer.set_cursor(serial, cursor, 1, 1)
    cursor.destroy()
    desk.settle()
    assert ui.cursor == m.Cursor("default")
    pointer.set_cursor(serial, desk.window.surface, 1, 1)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("wl_pointer", 0)


def test_cursor_shapes(display: Display) -> None:
    desk = Desk(display)
    manager = desk.app.bind(cursor_shape_v1.WpCursorShapeManagerV1)
    device = manager.get_pointer(desk.pointer)
    desk.ui.send(m.PointerMotion(desk.surface, 1, 1, 1))
    desk.app.until(lambda: desk.pointer.named("enter"))
    serial = desk.pointer.last("enter")[0]
    device.set_shape(serial, int(cursor_shape_v1.WpCursorShapeDeviceV1.shape.ew_resize))
    desk.settle()
    assert desk.ui.cursor == m.Cursor("ew-resize")
    device.set_shape(serial + 999, 1)
    desk.settle()
    assert desk.ui.cursor == m.Cursor("ew-resize")
    device.set_shape(serial, 999)
    with pytest.raises(ClientError) as raised:
        desk.app.roundtrip()
    assert raised.value.code == int(cursor_shape_v1.WpCursorShapeDeviceV1.error.invalid_shape)


def test_typing_does_not_take_the_cursor_from_an_app(display: Display) -> None:
    """Toolkits go on with the serial of the pointer's coming, which thousands of keys may lie behind."""
    desk = Desk(display)
    device = desk.app.bind(cursor_shape_v1.WpCursorShapeManagerV1).get_pointer(desk.pointer)
    desk.ui.send(m.PointerMotion(desk.surface, 1, 1, 1), m.KeyboardFocus(desk.surface))
    for time_ in range(100):
        desk.ui.send(m.Key(A, time_ % 2 == 0, time_))
    desk.settle()
    device.set_shape(desk.pointer.last("enter")[0], int(cursor_shape_v1.WpCursorShapeDeviceV1.shape.text))
    desk.settle()
    assert desk.ui.cursor == m.Cursor("text")


def test_the_next_app_starts_with_an_arrow(display: Display) -> None:
    first = Desk(display)
    second = Desk(display, name="b", ui=first.ui)
    first.ui.send(m.PointerMotion(first.surface, 1, 1, 1))
    first.app.until(lambda: first.pointer.named("enter"))
    first.pointer.set_cursor(first.pointer.last("enter")[0], None, 0, 0)
    first.settle()
    assert first.ui.cursor == m.Cursor("none")
    first.ui.send(m.PointerMotion(second.surface, 1, 1, 1))
    second.settle()
    assert first.ui.cursor == m.Cursor("default")


def test_a_surface_is_left_before_it_goes(display: Display) -> None:
    desk = Desk(display)
    child = desk.app.surface()
    desk.app.subcompositor.get_subsurface(child, desk.window.surface).set_desync()
    desk.app.show(child, desk.app.pixels(10, 10))
    desk.window.surface.commit()
    desk.app.roundtrip()
    desk.ui.settle()
    surface = max(desk.ui.surfaces)
    desk.ui.send(m.KeyboardFocus(surface), m.PointerMotion(surface, 1, 1, 1), m.Touch("down", 1, surface, 1, 1, 1))
    desk.ui.send(m.Touch("frame"))
    desk.app.until(lambda: desk.touch.named("frame"))
    heard = [len(target.events) for target in (desk.pointer, desk.keyboard, desk.touch)]
    child.destroy()
    desk.app.roundtrip()
    assert desk.names(desk.pointer, heard[0]) == ["leave", "frame"]
    assert desk.names(desk.keyboard, heard[1]) == ["leave"]
    assert desk.names(desk.touch, heard[2]) == ["up", "frame"]
    desk.ui.send(m.Touch("motion", 1, surface, 2, 2, 2), m.Touch("up", 1, surface), m.Touch("frame"))
    desk.settle()
    assert len(desk.touch.named("up")) == 1


def test_a_surface_that_goes_takes_the_focus_along(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.KeyboardFocus(desk.surface), m.PointerMotion(desk.surface, 1, 1, 1), m.PointerButton(LEFT, True, 2))
    desk.ui.send(m.Touch("down", 1, desk.surface, 1, 1, 1))
    desk.app.until(lambda: desk.touch.named("down"))
    desk.app.close()
    desk.ui.until(lambda: not desk.ui.surfaces)
    desk.ui.send(m.Key(A, True, 1), m.PointerButton(LEFT, False, 2), m.PointerMotion(desk.surface, 2, 2, 3))
    desk.ui.send(m.Touch("motion", 1, 0, 1, 1, 1), m.Touch("frame"), m.Touch("up", 1))
    desk.ui.settle()


def test_positions_do_not_pile_up_for_a_client_that_sleeps(display: Display) -> None:
    desk = Desk(display)
    for moment in range(30_000):
        desk.ui.send(m.PointerMotion(desk.surface, moment % 90, 1, moment))
    desk.ui.send(m.PointerButton(LEFT, True, 77))
    desk.ui.settle()
    desk.app.until(lambda: desk.pointer.named("button"))
    assert len(desk.pointer.named("motion")) < 10_000


@pytest.mark.parametrize("kind", ["pointer", "keyboard", "touch"])
def test_devices_are_counted(display: Display, kind: str) -> None:
    desk = Desk(display)
    for _number in range(255):
        getattr(desk.seat, f"get_{kind}")()
    desk.app.roundtrip()
    getattr(desk.seat, f"get_{kind}")()
    with pytest.raises(ClientError, match=f"more than 256 objects of wl_{kind}"):
        desk.app.roundtrip()
