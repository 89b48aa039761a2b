"""text-input and input-method: a text field, the program that makes its text, and all that lies between."""

from __future__ import annotations

import struct

import pytest
from pywayland.protocol import wayland
from pywayland.protocol.text_input_unstable_v3 import ZwpTextInputManagerV3

from berth.core import messages as m
from berth.core.permissions import INPUT_METHOD, VIRTUAL_INPUT
from berth.display.input_method import ZwpInputMethodManagerV2
from tests.display.client import ClientError, Object
from tests.display.conftest import Display, DisplayWith
from tests.display.shapes import App, Popup
from tests.display.test_seat import CAPS, SHIFT, A, Desk


class Method:
    """An input method in an instance of its own."""

    def __init__(self, display: Display, name: str = "ime", app: App | None = None) -> None:
        self.app = app or display.app(display.instance(name, granted=(INPUT_METHOD, VIRTUAL_INPUT)))
        self.seat = self.app.bind(wayland.WlSeat)
        self.manager = self.app.bind(ZwpInputMethodManagerV2)
        self.method: Object = self.manager.get_input_method(self.seat)
        self.app.roundtrip()

    @property
    def serial(self) -> int:
        return len(self.method.named("done"))

    def names(self, since: int = 0) -> list[str]:
        self.app.roundtrip()
        return [event.name for event in self.method.events[since:]]

    def commit(self) -> None:
        self.method.commit(self.serial)
        self.app.roundtrip()


class Writer(Desk):
    """An app with the keyboard and a text input."""

    def __init__(self, display: Display, version: int = 2, name: str = "a", ui: object = None) -> None:
        super().__init__(display, name=name, ui=ui)  # type: ignore[arg-type]
        self.manager = self.app.bind(ZwpTextInputManagerV3, version)
        self.text: Object = self.manager.get_text_input(self.seat)
        self.focus()

    def focus(self) -> None:
        self.ui.send(m.KeyboardFocus(self.surface))
        self.settle()

    def enable(self) -> None:
        self.text.enable()
        self.text.set_surrounding_text("grün", 4, 4)
        self.text.set_content_type(0x200, 1)
        self.text.set_cursor_rectangle(10, 20, 2, 16)
        self.text.commit()
        self.app.roundtrip()


FIELD = ["activate", "surrounding_text", "text_change_cause", "content_type", "done"]


def test_the_text_focus_follows_the_keyboard(display: Display) -> None:
    writer = Writer(display)
    assert writer.text.last("enter") == (writer.window.surface,)
    late = writer.manager.get_text_input(writer.seat)
    writer.app.roundtrip()
    assert late.last("enter") == (writer.window.surface,)
    other = Writer(display, name="b", ui=writer.ui)
    writer.app.roundtrip()
    assert writer.text.last("leave") == (writer.window.surface,)
    assert other.text.named("enter")
    other.manager.destroy()
    other.text.destroy()
    other.app.roundtrip()


def test_a_field_reaches_the_method_and_text_comes_back(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    assert method.names() == []
    writer.enable()
    assert method.names() == FIELD
    assert method.method.last("surrounding_text") == ("grün", 4, 4)
    assert method.method.last("content_type") == (0x200, 1)
    method.method.set_preedit_string("日本", 0, 3)
    method.method.delete_surrounding_text(3, 1)
    method.method.commit_string("ö")
    method.commit()
    writer.app.until(lambda: writer.text.named("done"))
    assert writer.text.last("preedit_string") == ("日本", 0, 3)
    assert writer.text.last("delete_surrounding_text") == (3, 1)
    assert writer.text.last("commit_string") == ("ö",)
    assert writer.text.last("done") == (1,)
    writer.text.set_surrounding_text("groß", 5, 5)
    writer.text.set_text_change_cause(1)
    writer.app.roundtrip()
    before = len(method.method.events)
    assert method.names(before) == [], "nothing counts before the commit"
    writer.text.commit()
    writer.app.roundtrip()
    assert method.names(before) == FIELD[1:]
    assert method.method.last("text_change_cause") == (1,)
    writer.text.commit()
    writer.app.roundtrip()
    assert method.names()[-1] == "done"
    assert method.method.last("text_change_cause") == (0,), "the cause is for once"
    assert method.method.last("surrounding_text") == ("groß", 5, 5)
    writer.text.disable()
    writer.text.commit()
    writer.app.roundtrip()
    assert method.names()[-2:] == ["deactivate", "done"]


def test_every_focus_starts_anew(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    writer.ui.send(m.KeyboardFocus(0))
    writer.settle()
    assert method.names()[-2:] == ["deactivate", "done"]
    before = len(method.method.events)
    writer.text.enable()
    writer.text.commit()
    writer.app.roundtrip()
    writer.focus()
    writer.text.commit()
    writer.app.roundtrip()
    assert method.names(before) == [], "what was said without focus does not count"
    writer.text.enable()
    writer.text.commit()
    writer.app.roundtrip()
    assert method.names(before) == ["activate", "text_change_cause", "content_type", "done"]
    method.method.commit_string("x")
    method.commit()
    writer.app.until(lambda: writer.text.named("done"))
    assert writer.text.last("done") == (4,)


def test_what_was_meant_for_another_field_is_dropped(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    method.app.roundtrip()
    stale = method.serial
    method.method.commit_string("secret")
    method.app.roundtrip()
    other = Writer(display, name="b", ui=writer.ui)
    other.enable()
    method.method.commit(stale)
    method.app.roundtrip()
    method.method.commit_string("open")
    method.commit()
    other.app.until(lambda: other.text.named("commit_string"))
    writer.app.roundtrip()
    assert [event.arguments for event in other.text.named("commit_string")] == [("open",)]
    assert writer.text.named("commit_string") == []


def test_one_enabled_text_input(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    second = writer.manager.get_text_input(writer.seat)
    second.enable()
    second.commit()
    writer.app.roundtrip()
    assert method.names() == FIELD
    writer.text.destroy()
    writer.app.roundtrip()
    assert method.names()[-2:] == ["deactivate", "done"]
    second.enable()
    second.commit()
    writer.app.roundtrip()
    assert "activate" in method.names(len(FIELD))


def test_offsets_inside_a_character_are_not_passed_on(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.text.enable()
    for cursor, anchor in ((3, 3), (0, 99), (-1, 0)):
        writer.text.set_surrounding_text("grün", cursor, anchor)
    writer.text.set_content_type(0, 99)
    writer.text.commit()
    writer.app.roundtrip()
    assert "surrounding_text" not in method.names()
    assert method.method.last("content_type") == (0, 0)
    writer.text.set_surrounding_text("grün", 4, 4)
    writer.text.commit()
    writer.app.roundtrip()
    method.method.set_preedit_string("ü", 1, 1)
    method.method.delete_surrounding_text(1, 99)
    method.commit()
    writer.app.until(lambda: writer.text.named("done"))
    assert writer.text.last("preedit_string") == ("ü", 2, 2)
    assert writer.text.named("delete_surrounding_text") == [], "half of a character"
    method.method.delete_surrounding_text(99, 99)
    method.method.set_preedit_string("ü", -1, -1)
    method.commit()
    writer.app.until(lambda: len(writer.text.named("done")) == 2)
    assert writer.text.last("delete_surrounding_text") == (4, 1)
    assert writer.text.last("preedit_string") == ("ü", -1, -1)


@pytest.mark.parametrize("actions", [(0,), (1, 1)])
def test_actions_that_are_none_or_twice(display: Display, actions: tuple[int, ...]) -> None:
    writer = Writer(display)
    data = struct.pack(f"={len(actions)}I", *actions)
    payload = struct.pack("=I", len(data)) + data
    writer.app.raw(struct.pack("=IHH", writer.text.number, 8, 8 + len(payload)) + payload)
    with pytest.raises(ClientError) as raised:
        writer.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwp_text_input_v3", 0)


def test_texts_are_not_longer_than_4000_bytes(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    writer.text.set_surrounding_text("x" * 4000, 0, 0)
    writer.text.commit()
    writer.text.show_input_panel()
    writer.text.hide_input_panel()
    writer.app.roundtrip()
    assert method.names()[-1] == "done"
    assert len(method.method.last("surrounding_text")[0]) == 4000
    method.method.commit_string("y" * 4001)
    with pytest.raises(ClientError, match="more than 4000 bytes"):
        method.app.roundtrip()
    writer.text.set_surrounding_text("x" * 4001, 0, 0)
    with pytest.raises(ClientError, match="more than 4000 bytes"):
        writer.app.roundtrip()


def test_a_method_that_goes_takes_its_preedit_along(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    method.app.roundtrip()
    method.method.set_preedit_string("half", 0, 4)
    method.commit()
    writer.app.until(lambda: writer.text.named("preedit_string"))
    method.app.close()
    writer.app.until(lambda: len(writer.text.named("done")) == 2)
    assert len(writer.text.named("preedit_string")) == 1, "the field without preedit is what is done"
    again = Method(display, "ime2")
    assert again.names() == FIELD


def test_one_method_at_a_time_and_only_with_the_permission(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    assert "zwp_input_method_manager_v2" not in writer.app.globals
    second = method.manager.get_input_method(method.seat)
    writer.enable()
    method.app.roundtrip()
    assert [event.name for event in second.events] == ["unavailable"]
    second.commit_string("x")
    second.commit(0)
    second.grab_keyboard()
    second.destroy()
    assert method.names() == FIELD
    method.manager.destroy()
    method.method.destroy()
    method.app.roundtrip()


def test_a_method_ends_with_its_permission(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    surface = method.app.surface()
    method.method.get_input_popup_surface(surface)
    method.app.show(surface, method.app.pixels(9, 9))
    grab = method.method.grab_keyboard()
    method.app.roundtrip()
    writer.enable()
    writer.ui.until(lambda: writer.ui.popups)
    display.grant(name="ime")
    method.app.until(lambda: method.method.named("unavailable"))
    writer.ui.until(lambda: not writer.ui.popups)
    method.method.commit_string("x")
    method.commit()
    again = method.manager.get_input_method(method.seat)
    writer.ui.send(m.Key(A, True, 1))
    writer.settle()
    method.app.roundtrip()
    assert [event.name for event in again.events] == ["unavailable"]
    assert writer.text.named("commit_string") == [] and grab.named("key") == []
    assert len(writer.keyboard.named("key")) == 1


# --- the keyboard grab


def test_a_grab_gets_the_keys_while_a_field_is_active(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    grab = method.method.grab_keyboard()
    method.app.roundtrip()
    assert [event.name for event in grab.events] == ["keymap", "repeat_info", "modifiers"]
    writer.ui.send(m.Key(A, True, 1))
    writer.settle()
    assert len(writer.keyboard.named("key")) == 1, "no field is active"
    writer.enable()
    writer.ui.send(m.Key(A, False, 2), m.Key(SHIFT, True, 3), m.Key(A, True, 4), m.Key(A, False, 5))
    writer.settle()
    method.app.roundtrip()
    assert len(writer.keyboard.named("key")) == 2, "a release goes where the press went"
    assert [event.arguments[2:] for event in grab.named("key")] == [(SHIFT, 1), (A, 1), (A, 0)]
    assert grab.last("modifiers")[1:] == (1, 0, 0, 0)
    assert writer.keyboard.last("modifiers")[1:] == (0, 0, 0, 0)
    grab.release()
    method.app.roundtrip()
    writer.settle()
    assert writer.keyboard.last("modifiers")[1:] == (1, 0, 0, 0), "the app learns what it has missed"
    writer.ui.send(m.Key(SHIFT, False, 6), m.Key(A, True, 7))
    writer.settle()
    assert [event.arguments[2:] for event in writer.keyboard.named("key")[2:]] == [(A, 1)]
    assert writer.keyboard.last("modifiers")[1:] == (0, 0, 0, 0)


def test_keys_of_a_grab_that_died_reach_nobody(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    method.method.grab_keyboard()
    method.app.roundtrip()
    writer.enable()
    writer.ui.send(m.Key(CAPS, True, 1))
    writer.ui.settle()
    method.app.close()
    writer.app.until(lambda: writer.keyboard.last("modifiers")[3] == 2)
    writer.ui.send(m.Key(CAPS, False, 2), m.Key(A, True, 3))
    writer.settle()
    assert [event.arguments[2:] for event in writer.keyboard.named("key")] == [(A, 1)]


def test_a_grab_follows_the_layout_and_a_ui_that_dies_lets_go(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    grab = method.method.grab_keyboard()
    method.app.roundtrip()
    writer.enable()
    writer.ui.send(m.KeyboardLayout("de"), m.Key(A, True, 1))
    writer.settle()
    method.app.roundtrip()
    assert len(grab.named("keymap")) == 2
    writer.ui.close()
    method.app.until(lambda: grab.last("key")[2:] == (A, 0))
    ui = display.ui()
    ui.settle()
    assert method.names()[-1] == "done"


# --- the popup


def test_suggestions_lie_at_the_cursor(display: Display) -> None:
    writer, method = Writer(display, version=1), Method(display)
    writer.ui.send(m.OutputChanged(300, 200, usable=(0, 0, 300, 200)))
    writer.ui.place(next(iter(writer.ui.windows)), 150, 100)
    surface = method.app.surface()
    popup = method.method.get_input_popup_surface(surface)
    method.app.show(surface, method.app.pixels(60, 30))
    method.app.roundtrip()
    writer.ui.settle()
    assert writer.ui.popups == {}, "no field, no suggestions"
    writer.enable()
    writer.ui.settle()
    (shown,) = writer.ui.popups.values()
    assert (shown.parent, shown.mapped, shown.grab) == (writer.surface, True, False)
    assert (shown.x, shown.y, shown.width, shown.height) == (10, 36, 60, 30)
    method.app.roundtrip()
    assert popup.last("text_input_rectangle") == (0, -16, 2, 16)
    writer.text.set_cursor_rectangle(120, 70, 2, 16)
    writer.text.commit()
    writer.app.roundtrip()
    writer.ui.settle()
    (shown,) = writer.ui.popups.values()
    assert (shown.x, shown.y) == (90, 40), "above the line, inside the screen"
    before = shown
    again = display.ui()
    assert before in again.popups.values(), "the next ui shows it, too"
    writer.ui = again
    surface.attach(None, 0, 0)
    surface.commit()
    method.app.roundtrip()
    again.settle()
    assert again.popups == {}
    method.app.show(surface, method.app.pixels(60, 30))
    method.app.roundtrip()
    again.settle()
    assert again.popups
    writer.text.disable()
    writer.text.commit()
    writer.app.roundtrip()
    again.settle()
    assert again.popups == {}
    popup.destroy()
    surface.destroy()
    method.app.roundtrip()


def test_the_cursor_moves_with_what_the_surface_shows(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    surface = method.app.surface()
    popup = method.method.get_input_popup_surface(surface)
    method.app.show(surface, method.app.pixels(60, 30))
    writer.enable()
    method.app.roundtrip()
    width, height = writer.window.pixels.width, writer.window.pixels.height
    assert popup.last("text_input_rectangle")[2:] == (width, height), "no place is known yet"
    writer.window.surface.commit()
    writer.app.roundtrip()
    method.app.roundtrip()
    assert popup.last("text_input_rectangle")[2:] == (2, 16)
    writer.text.set_cursor_rectangle(11, 20, 3, 17)
    writer.text.commit()
    writer.text.enable()
    writer.text.commit()
    writer.window.surface.commit()
    writer.app.roundtrip()
    method.app.roundtrip()
    assert popup.last("text_input_rectangle")[2:] == (width, height), "that rectangle was of the field before"


def test_a_surface_with_another_role_is_no_popup(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    surface = method.app.surface()
    method.app.wm.get_xdg_surface(surface).get_toplevel()
    method.method.get_input_popup_surface(surface)
    with pytest.raises(ClientError) as raised:
        method.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwp_input_method_v2", 0)


def test_popups_of_a_method_are_counted_and_go_with_it(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    for _number in range(16):
        method.method.get_input_popup_surface(method.app.surface())
    surface = method.app.surface()
    method.app.roundtrip()
    surface.destroy()
    method.method.get_input_popup_surface(method.app.surface())
    with pytest.raises(ClientError, match="more than 16 popups"):
        method.app.roundtrip()
    again = Method(display, "ime2")
    shown = again.app.surface()
    again.method.get_input_popup_surface(shown)
    again.app.show(shown, again.app.pixels(9, 9))
    again.app.roundtrip()
    writer.ui.until(lambda: writer.ui.popups)
    again.method.destroy()
    again.app.roundtrip()
    writer.ui.until(lambda: not writer.ui.popups)


def test_a_field_in_a_menu(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.ui.send(m.PointerMotion(writer.surface, 1, 1, 1), m.PointerButton(0x110, True, 1))
    writer.settle()
    serial = writer.pointer.last("button")[0]
    menu = Popup(writer.app, writer.window.xdg, writer.app.positioner(80, 60, (5, 5, 10, 10)), (writer.seat, serial))
    menu.map()
    writer.app.until(lambda: writer.text.last("enter") == (menu.surface,))
    surface = method.app.surface()
    method.method.get_input_popup_surface(surface)
    method.app.show(surface, method.app.pixels(20, 10))
    writer.enable()
    menu.surface.commit()
    writer.app.roundtrip()
    method.app.roundtrip()
    writer.ui.settle()
    owner = next(popup for popup in writer.ui.popups.values() if popup.grab)
    assert [popup.parent for popup in writer.ui.popups.values() if not popup.grab] == [owner.surface]


@pytest.mark.parametrize("how", ["changes", "restarts"])
def test_an_app_that_goes_on_and_on_does_not_end_the_input_method(display: Display, how: str) -> None:
    """It hears of what holds at the end of each turn; 800 texts of 4,000 bytes are more than is kept for it."""
    method, writer = Method(display), Writer(display)
    writer.text.enable()
    writer.text.set_surrounding_text("x" * 4_000, 1, 1)
    writer.text.commit()
    writer.app.roundtrip()
    for _ in range(10):
        for _ in range(900 if how == "changes" else 80):
            if how == "restarts":
                writer.text.enable()
                writer.text.set_surrounding_text("x" * 4_000, 1, 1)
            writer.text.commit()
        writer.app.roundtrip()
    writer.enable()
    method.app.roundtrip()
    while method.method.last("surrounding_text") != ("grün", 4, 4):
        method.app.roundtrip()  # by now it has read what it was told before
    method.method.commit_string("x")
    method.commit()
    writer.app.until(lambda: writer.text.named("commit_string"))


def test_an_input_method_that_does_not_read_hears_the_latest(display: Display) -> None:
    method, writer = Method(display), Writer(display)
    writer.enable()
    for number in range(300):
        writer.text.set_surrounding_text(f"{number:04}" + "x" * 3_990, 1, 1)
        writer.text.commit()
        writer.app.roundtrip()
    method.app.roundtrip()
    writer.enable()
    method.app.roundtrip()
    assert method.method.last("surrounding_text") == ("grün", 4, 4)
    assert len(method.method.named("surrounding_text")) < 100


def test_a_cursor_that_moves_and_moves_does_not_end_the_input_method(display_with: DisplayWith) -> None:
    """Each of its popups is told where it is; 24,000 places are more than is kept for it."""
    display = display_with({"client._KERNEL_BUFFER": 128 << 10})
    method, writer = Method(display), Writer(display)
    popups = []
    for _ in range(16):
        surface = method.app.surface()
        popups.append(method.method.get_input_popup_surface(surface))
        method.app.show(surface, method.app.pixels(9, 9))
    method.app.roundtrip()
    writer.enable()
    for number in range(1_500):
        writer.text.set_cursor_rectangle(0, 0, number + 1, 16)
        writer.text.commit()
        writer.window.surface.commit()
    writer.app.roundtrip()
    method.app.roundtrip()
    writer.text.set_cursor_rectangle(0, 0, 3_000, 16)
    writer.text.commit()
    writer.window.surface.commit()
    writer.app.roundtrip()
    method.app.roundtrip()
    assert {popup.last("text_input_rectangle")[2] for popup in popups} == {3_000}
