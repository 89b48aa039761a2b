"""Cursor sessions of ext_image_copy_capture: where the cursor is over what an app pictures, and what it looks like."""

from __future__ import annotations

from berth.core import messages as m
from berth.core.permissions import WINDOW_LIST
from tests.display.client import Object
from tests.display.conftest import Display
from tests.display.test_captures import (
    CONSTRAINTS,
    SIZE,
    Stream,
    colours,
    cursor_session,
    recorder,
    small_ui,
    wanted,
)
from tests.display.ui import FakeUi


def followed(ui: FakeUi, number: int = 1) -> m.CursorFollowed:
    ui.until(lambda: len(ui.cursors_followed) >= number)
    return ui.cursors_followed[number - 1]


def said(cursor: Object) -> list[tuple[str, tuple[object, ...]]]:
    """What a cursor session has told since the last look."""
    events = [(event.name, event.arguments) for event in cursor.events]
    cursor.events.clear()
    return events


def test_cursor_is_followed(display: Display) -> None:
    ui = small_ui(display)
    stream = Stream(recorder(display))
    app = stream.app
    cursor = cursor_session(stream)
    app.roundtrip()
    ask = followed(ui)
    assert ask == m.CursorFollowed(ask.capture, "recorder", "BERTH-1", 0, *SIZE)
    ui.send(m.CursorAt(ask.capture))
    ui.settle()
    app.roundtrip()
    assert not said(cursor)
    ui.send(m.CursorAt(ask.capture, 10, 20, 3, 4, 16, 24))
    app.until(lambda: cursor.named("hotspot"))
    assert said(cursor) == [("enter", ()), ("position", (10, 20)), ("hotspot", (3, 4))]
    ui.send(m.CursorAt(ask.capture, -2, 60, 3, 4, 16, 24), m.CursorAt(ask.capture, -2, 60, 0, 4, 16, 24))
    app.until(lambda: cursor.named("hotspot"))
    assert said(cursor) == [("position", (-2, 60)), ("hotspot", (0, 4))]
    ui.send(m.CursorAt(ask.capture), m.CursorAt(ask.capture))
    app.until(lambda: cursor.named("leave"))
    ui.settle()
    app.roundtrip()
    assert said(cursor) == [("leave", ())]
    ui.send(m.CursorAt(ask.capture, -2, 60, 0, 4, 16, 24))
    app.until(lambda: cursor.named("hotspot"))
    assert said(cursor) == [("enter", ()), ("position", (-2, 60)), ("hotspot", (0, 4))]
    # The next ui is asked, too.
    ui.close()
    ui = display.ui()
    assert followed(ui) == ask
    cursor.destroy()
    app.flush()
    ui.until(lambda: ui.captures_closed == [ask.capture])


def test_pictures_of_the_cursor_alone(display: Display) -> None:
    ui = small_ui(display)
    stream = Stream(recorder(display))
    app = stream.app
    cursor = cursor_session(stream)
    session = cursor.get_capture_session()
    app.roundtrip()
    ask = followed(ui)
    assert not session.events, "how large it is nobody knows yet"
    early = session.create_frame()
    early.attach_buffer(app.pixels(16, 24).buffer)
    early.capture()
    app.until(lambda: early.named("failed"))
    assert early.last("failed") == (CONSTRAINTS,)
    early.destroy()
    ui.send(m.CursorAt(ask.capture, 10, 20, 3, 4, 16, 24))
    app.until(lambda: session.named("done"))
    assert session.last("buffer_size") == (16, 24)
    pixels = app.pixels(16, 24)
    frame = session.create_frame()
    frame.attach_buffer(pixels.buffer)
    frame.capture()
    app.flush()
    wish = wanted(ui)
    assert wish == m.CaptureWanted(ask.capture, "recorder", "BERTH-1", 0, *SIZE, True, True, True)
    ui.picture(m.CaptureWanted(ask.capture, "", "", 0, 16, 24, True, True), bytes(range(24)))
    app.until(lambda: frame.named("ready"))
    assert colours(pixels) == list(range(24)) and frame.last("damage") == (0, 0, 16, 24)
    frame.destroy()
    # Another cursor is of another size.
    frame = session.create_frame()
    frame.attach_buffer(pixels.buffer)
    frame.capture()
    app.flush()
    assert not wanted(ui, 2).fresh
    ui.send(m.CursorAt(ask.capture, 10, 20, 3, 4, 8, 8))
    ui.picture(m.CaptureWanted(ask.capture, "", "", 0, 8, 8, True, True), bytes(8))
    app.until(lambda: frame.named("failed"))
    assert frame.last("failed") == (CONSTRAINTS,) and session.last("buffer_size") == (8, 8)
    frame.destroy()
    # While it is elsewhere its pictures stay as they were; they outlive the session that follows it.
    ui.send(m.CursorAt(ask.capture))
    app.until(lambda: cursor.named("leave"))
    cursor.destroy()
    frame = session.create_frame()
    frame.attach_buffer(app.pixels(8, 8).buffer)
    frame.capture()
    app.flush()
    wanted(ui, 3)
    ui.picture(m.CaptureWanted(ask.capture, "", "", 0, 8, 8, True, True), b"\7" * 8)
    app.until(lambda: frame.named("ready"))
    session.destroy()
    frame.destroy()
    app.roundtrip()
    ui.until(lambda: ui.captures_closed == [ask.capture])


def test_cursor_over_a_source_that_changes_and_goes(display: Display) -> None:
    ui = small_ui(display)
    stream = Stream(recorder(display))
    app = stream.app
    cursor = cursor_session(stream)
    session = cursor.get_capture_session()
    app.flush()
    ask = followed(ui)
    ui.send(m.OutputChanged(128, 96), m.CursorAt(ask.capture, 1, 2, 0, 0, 8, 8))
    # That was in pixels of the old size: it is asked for again.
    assert followed(ui, 2) == m.CursorFollowed(ask.capture, "recorder", "BERTH-1", 0, 128, 96)
    app.roundtrip()
    assert not said(cursor)
    ui.send(m.CursorAt(ask.capture, 2, 4, 0, 0, 8, 8))
    app.until(lambda: cursor.named("hotspot"))
    cursor.events.clear()
    frame = session.create_frame()
    frame.attach_buffer(app.pixels(8, 8).buffer)
    frame.capture()
    app.flush()
    wanted(ui)
    ui.send(m.OutputChanged(100, 100, name="OTHER"), m.OutputRemoved("BERTH-1"))
    app.until(lambda: session.named("stopped") and frame.named("failed") and cursor.named("leave"))
    assert said(cursor) == [("leave", ())]
    ui.send(m.CursorAt(ask.capture, 1, 1, 0, 0, 8, 8))
    ui.settle()
    app.roundtrip()
    assert not said(cursor)
    late = cursor_session(stream).get_capture_session()
    app.roundtrip()
    assert [event.name for event in late.events] == ["stopped"]


def test_cursor_is_not_followed_without_the_permission(display: Display) -> None:
    ui = small_ui(display)
    stream = Stream(recorder(display))
    cursor = cursor_session(stream)
    session = cursor.get_capture_session()
    stream.app.flush()
    ask = followed(ui)
    ui.send(m.CursorAt(ask.capture, 2, 4, 0, 0, 8, 8))
    stream.app.until(lambda: cursor.named("enter"))
    display.grant(WINDOW_LIST, name="recorder")
    stream.app.until(lambda: cursor.named("leave") and session.named("stopped"))
    ui.until(lambda: ask.capture in ui.captures_closed)
    late = cursor_session(stream)
    stream.app.roundtrip()
    ui.settle()
    assert len(ui.cursors_followed) == 1 and not late.events
