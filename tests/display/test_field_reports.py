"""What the ui's own keyboard is told of text fields, and what it enters."""

from __future__ import annotations

import os

from xkbcommon import xkb

from berth.core import messages as m
from tests.display.conftest import Display, DisplayWith
from tests.display.test_seat import Desk
from tests.display.test_text_input import Writer
from tests.display.ui import FakeUi


def fields(ui: FakeUi) -> list[m.TextField]:
    return [message for message in ui.log if isinstance(message, m.TextField)]


def test_the_ui_knows_the_field_that_has_the_keyboard(display: Display) -> None:
    writer = Writer(display)
    assert fields(writer.ui)[-1] == m.TextField()
    writer.enable()
    writer.text.set_content_type(0, 5)
    writer.text.commit()
    writer.app.show(writer.window.surface, writer.app.pixels(100, 100))
    writer.settle()
    found = fields(writer.ui)[-1]
    assert (found.surface, found.purpose, found.hint, found.asked) == (writer.surface, 5, 0, 1)
    assert found.cursor == (10, 20, 2, 16) and found.wanted
    writer.text.disable()
    writer.text.commit()
    writer.settle()
    assert fields(writer.ui)[-1] == m.TextField()
    writer.enable()
    writer.ui.send(m.KeyboardFocus(0))
    writer.settle()
    assert fields(writer.ui)[-1] == m.TextField()


def test_a_field_asks_anew_and_gives_the_room_back(display: Display) -> None:
    writer = Writer(display)
    writer.enable()
    writer.text.hide_input_panel()
    writer.settle()
    assert not fields(writer.ui)[-1].wanted
    writer.text.show_input_panel()
    writer.settle()
    assert fields(writer.ui)[-1].wanted and fields(writer.ui)[-1].asked == 2
    writer.enable()
    writer.settle()
    assert fields(writer.ui)[-1].asked == 3


def test_one_word_a_turn_however_much_an_app_says(display: Display) -> None:
    writer = Writer(display, version=1)
    writer.enable()
    writer.settle()
    before = len(fields(writer.ui))
    for x in range(500):
        writer.text.set_cursor_rectangle(x, 0, 1, 1)
        writer.text.commit()
    writer.settle()
    assert fields(writer.ui)[-1].cursor == (499, 0, 1, 1)
    assert len(fields(writer.ui)) - before < 100


def _change(writer: Writer) -> None:
    """All the time."""
    writer.enable()
    writer.settle()
    for turn in range(200):
        writer.text.set_content_type(0, 1 + turn % 2)
        writer.text.commit()
        writer.app.roundtrip()


def test_an_app_that_changes_it_all_the_time_has_to_wait(display_with: DisplayWith) -> None:
    writer = Writer(display_with({"field_reports._PAUSE": 3_600 * 10**9}))
    _change(writer)
    writer.settle()
    assert len(fields(writer.ui)) < 20


def test_what_it_is_in_the_end_is_told(display: Display) -> None:
    writer = Writer(display)
    _change(writer)
    writer.text.set_content_type(0, 5)
    writer.text.commit()
    writer.app.flush()
    writer.ui.until(lambda: fields(writer.ui)[-1].purpose == 5)


def test_text_goes_to_the_field(display: Display) -> None:
    writer = Writer(display)
    writer.enable()
    writer.ui.send(m.EnterText("ő"))
    writer.app.until(lambda: writer.text.named("done"))
    assert writer.text.last("commit_string") == ("ő",) and not writer.keyboard.named("key")


def test_without_a_field_keys_are_made_for_it(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.KeyboardFocus(desk.surface))
    desk.settle()
    before = desk.keyboard.last("keymap")
    desk.ui.send(m.EnterText("ő好ő"))
    desk.settle()
    keymaps = desk.keyboard.named("keymap")
    _format, fd, size = keymaps[-2].arguments
    made = xkb.Context(no_default_includes=True).keymap_new_from_buffer(os.pread(fd, size - 1, 0)).state_new()
    keys = [event.arguments[2:] for event in desk.keyboard.named("key")]
    assert "".join(made.key_get_string(code + 8) for code, pressed in keys if pressed) == "ő好ő"
    assert [pressed for _code, pressed in keys] == [1, 0] * 3
    assert desk.keyboard.last("keymap")[2] == before[2], "the layout is back"


def test_layouts_are_chosen_on_either_side(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(m.KeyboardLayout("us,ru", "", "grp:caps_toggle"), m.KeyboardFocus(desk.surface))
    desk.settle()
    desk.ui.send(m.KeyboardGroup(1))
    desk.settle()
    assert desk.keyboard.last("modifiers")[4] == 1
    desk.ui.send(m.KeyboardGroup(7), m.KeyboardGroup(-1))
    desk.settle()
    assert desk.keyboard.last("modifiers")[4] == 1
    desk.ui.send(m.Key(58, True, 1), m.Key(58, False, 2))
    desk.settle()
    told = [message for message in desk.ui.log if isinstance(message, m.KeyboardGroup)]
    assert [message.group for message in told[-2:]] == [1, 0]


def test_the_next_ui_is_told_all(display: Display) -> None:
    writer = Writer(display)
    writer.enable()
    state = m.ScreenKeyboardState(True, False, "touch", 1)
    writer.ui.send(state)
    writer.settle()
    known = fields(writer.ui)[-1]
    writer.ui.close()
    ui = display.ui()
    ui.until(lambda: ui.ready)
    assert [message for message in ui.log if isinstance(message, m.ScreenKeyboardState)] == [state]
    assert fields(ui)[-1] == known
