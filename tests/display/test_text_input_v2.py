"""text-input version 2: the same fields and the same input method, for programs that know no later one."""

from __future__ import annotations

import pytest

from berth.core import messages as m
from berth.display.text_input_v2 import ZwpTextInputManagerV2
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.test_field_reports import fields
from tests.display.test_seat import Desk
from tests.display.test_text_input import FIELD, Method
from tests.display.test_text_input import Writer as Writer3

CHANGE, FULL, RESET, ENTER = range(4)


class Writer(Desk):
    """An app with the keyboard and a text input."""

    def __init__(self, display: Display, name: str = "a", ui: object = None) -> None:
        super().__init__(display, name=name, ui=ui)  # type: ignore[arg-type]
        self.manager = self.app.bind(ZwpTextInputManagerV2)
        self.text: Object = self.manager.get_text_input(self.seat)
        self.focus()

    def focus(self) -> None:
        self.ui.send(m.KeyboardFocus(self.surface))
        self.settle()

    @property
    def serial(self) -> int:
        events = [event for event in self.text.events if event.name in ("enter", "leave")]
        return int(events[-1].arguments[0])

    def enable(self) -> None:
        self.text.enable(self.window.surface)
        self.describe("grün", 4)
        self.text.set_content_type(0x200, 1)
        self.text.set_cursor_rectangle(10, 20, 2, 16)
        self.text.set_preferred_language("de")
        self.update(ENTER)

    def describe(self, text: str, cursor: int) -> None:
        self.text.set_surrounding_text(text, cursor, cursor)

    def update(self, reason: int, serial: int | None = None) -> None:
        self.text.update_state(self.serial if serial is None else serial, reason)
        self.app.roundtrip()

    def heard(self, since: int) -> list[tuple[object, ...]]:
        """The events since, without their order among other objects'."""
        self.app.roundtrip()
        return [(event.name, *event.arguments) for event in self.text.events[since:]]


def test_the_text_focus_follows_the_keyboard(display: Display) -> None:
    writer = Writer(display)
    assert writer.text.last("enter")[1] == writer.window.surface
    late = writer.manager.get_text_input(writer.seat)
    writer.app.roundtrip()
    assert late.last("enter")[1] == writer.window.surface
    other = Writer(display, name="b", ui=writer.ui)
    writer.app.roundtrip()
    assert writer.text.last("leave")[1] == writer.window.surface
    assert other.text.named("enter")
    other.manager.destroy()
    other.text.destroy()
    other.app.roundtrip()


def test_a_field_reaches_the_method_and_text_comes_back(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    assert method.names() == []
    writer.enable()
    assert method.names()[-5:] == FIELD
    assert method.method.last("surrounding_text") == ("grün", 4, 4)
    assert method.method.last("content_type") == (0x200, 1)
    start = len(writer.text.events)
    method.method.set_preedit_string("日本", 0, 3)
    method.method.delete_surrounding_text(3, 1)
    method.method.commit_string("ö")
    method.commit()
    writer.app.until(lambda: writer.text.named("preedit_string"))
    assert writer.heard(start) == [
        ("delete_surrounding_text", 3, 1),
        ("commit_string", "ö"),
        ("preedit_styling", 0, 6, 5),
        ("preedit_styling", 0, 3, 4),
        ("preedit_cursor", 3),
        ("preedit_string", "日本", "日本"),
    ]
    before = len(method.method.events)
    writer.describe("groß", 5)
    writer.app.roundtrip()
    assert method.names(before) == [], "nothing counts before the update"
    writer.update(CHANGE)
    assert method.names(before) == FIELD[1:]
    assert method.method.last("content_type") == (0x200, 1), "what was not said again stays"
    writer.update(FULL)
    assert method.method.named("surrounding_text")[-1].arguments == ("groß", 5, 5)
    writer.text.disable(writer.window.surface)
    writer.app.roundtrip()
    assert method.names()[-2:] == ["deactivate", "done"]


def test_composed_text_is_removed_or_replaced(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    method.app.roundtrip()
    for count, cursor in enumerate((-1, 4), 1):
        method.method.set_preedit_string("half", cursor, cursor)
        method.commit()
        writer.app.until(lambda: len(writer.text.named("preedit_string")) == count)  # noqa: B023
        assert writer.text.last("preedit_cursor") == (cursor,)
    start = len(writer.text.events)
    method.method.commit_string("whole")
    method.commit()
    assert writer.heard(start) == [("commit_string", "whole")]
    start = len(writer.text.events)
    method.app.close()
    writer.app.until(lambda: len(writer.text.events) > start)
    assert writer.heard(start) == [("preedit_string", "", "")]
    assert Method(display, "ime2").names() == FIELD


def test_a_change_by_the_app_itself_begins_anew(display: Display) -> None:
    """The method is told that its composing is out of date; a keyboard that was put away does not come back for it."""
    writer, method = Writer(display), Method(display)
    writer.enable()
    writer.settle()
    asked = fields(writer.ui)[-1].asked
    assert asked > 0
    before = len(method.names())
    stale = method.serial
    writer.describe("", 0)
    writer.update(RESET)
    writer.settle()
    assert method.names(before) == FIELD
    assert fields(writer.ui)[-1].asked == asked
    method.method.commit_string("late")
    method.method.commit(stale)
    method.app.roundtrip()
    writer.app.roundtrip()
    assert writer.text.named("commit_string") == []
    writer.update(ENTER)
    writer.settle()
    assert fields(writer.ui)[-1].asked > asked, "another field of the same window"


def test_a_state_for_a_surface_that_lost_the_keyboard_is_dropped(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    old = writer.serial
    writer.ui.send(m.KeyboardFocus(0))
    writer.settle()
    assert method.names()[-2:] == ["deactivate", "done"]
    before = len(method.method.events)
    writer.describe("lost", 0)
    writer.update(FULL)
    assert method.names(before) == []
    writer.focus()
    assert method.names(before) == ["activate", "text_change_cause", "content_type", "done"], "it is still enabled"
    writer.describe("old", 0)
    writer.update(FULL, old)
    assert "surrounding_text" not in method.names(before)
    writer.text.disable(writer.window.surface)
    writer.update(ENTER)
    assert method.names()[-2:] == ["deactivate", "done"]


@pytest.mark.parametrize(("given", "understood"), [(8, 8), (9, 10), (12, 13), (13, 0), (0xFFFFFFFF, 0)])
def test_purposes_have_the_numbers_of_version_3(display: Display, given: int, understood: int) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    writer.text.set_content_type(0, given)
    writer.update(CHANGE)
    method.app.roundtrip()
    assert method.method.last("content_type") == (0, understood)


def test_one_enabled_text_input_of_all_versions(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    other = Writer3(display, name="b", ui=writer.ui)
    other.enable()
    assert method.names()[-5:] == FIELD
    writer.focus()
    assert "deactivate" in method.names()
    second = writer.manager.get_text_input(writer.seat)
    before = len(method.method.events)
    second.enable(writer.window.surface)
    second.update_state(second.last("enter")[0] if second.named("enter") else 0, ENTER)
    writer.app.roundtrip()
    assert method.names(before) == []


def test_bad_offsets_and_long_texts(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    for text, cursor in (("ü", 1), ("ü", 3), ("ü", -1)):
        writer.describe(text, cursor)
    writer.update(CHANGE)
    method.app.roundtrip()
    assert method.method.last("surrounding_text") == ("grün", 4, 4)
    writer.text.show_input_panel()
    writer.text.hide_input_panel()
    writer.describe("x" * 4001, 0)
    with pytest.raises(ClientError, match="more than 4000 bytes"):
        writer.app.roundtrip()


def test_surfaces_and_text_inputs_that_go(display: Display) -> None:
    writer, method = Writer(display), Method(display)
    writer.enable()
    for _ in range(3):
        surface = writer.app.surface()
        writer.text.enable(surface)
        surface.destroy()
    writer.app.roundtrip()
    before = len(method.names())
    writer.text.destroy()
    writer.app.roundtrip()
    assert method.names(before) == ["deactivate", "done"]
