"""Menu, switcher, icons and the bell on a real screen, worked by keyboard."""

from __future__ import annotations

import os

from pywayland.protocol import wayland
from pywayland.protocol.xdg_dialog_v1 import XdgWmDialogV1
from pywayland.protocol.xdg_system_bell_v1 import XdgSystemBellV1
from pywayland.protocol.xdg_toplevel_icon_v1 import XdgToplevelIconManagerV1

from berth.core.messages import Call, InputClick, InputKey, PlaySound, SoundSetting
from tests.display.shapes import XRGB, Window
from tests.ui.session import WAIT, Session
from tests.ui.test_scene_session import BLUE, GREEN, RED, coloured, rgb


def test_the_menu_opens_by_keyboard_and_moves_a_window(session: Session) -> None:
    coloured(session, "one", RED)
    before = session.window("one")
    session.input(InputKey("alt+space"))
    session.input(InputKey("m"), InputKey("m"), InputKey("m"))  # Minimise has the focus: Maximise, Move, Minimise
    session.input(*[InputKey("Up")] * 5, InputKey("Return"))
    # Up from Minimise goes round to Close, See inside, How it runs, Resize, Move.
    session.input(InputKey("Right"), InputKey("Down"), InputKey("Return"))
    session.until(lambda: session.window("one").x == before.x + 16 and session.window("one").y == before.y + 16)


def test_the_menu_of_a_client(session: Session) -> None:
    app, window = coloured(session, "one", RED)
    place = session.window("one")
    seat = app.bind(wayland.WlSeat)
    pointer = seat.get_pointer()
    app.roundtrip()
    session.input(InputClick(place.x + 50, place.y + 50))
    app.until(lambda: pointer.named("button"))
    before = session.picture()
    window.toplevel.show_window_menu(seat, pointer.last("button")[0], 100, 60)
    app.roundtrip()
    spot = (place.x + 110, place.y + 80, 20, 60)
    session.until_picture(lambda picture: picture.rows(spot) != before.rows(spot))
    session.input(InputKey("Escape"))
    session.until_picture(lambda picture: picture.rows(spot) == before.rows(spot))


def test_a_client_hears_no_keys_while_the_menu_is_open(session: Session) -> None:
    app, _window = coloured(session, "one", RED)
    keyboard = app.bind(wayland.WlSeat).get_keyboard()
    app.roundtrip()
    session.input(InputKey("alt+space"))
    app.until(lambda: keyboard.named("leave"))
    seen = len(keyboard.named("key"))
    session.input(InputKey("x"), InputKey("Escape"))
    app.until(lambda: len(keyboard.named("enter")) > 1)
    assert len(keyboard.named("key")) == seen
    session.input(InputKey("x"))
    app.until(lambda: len(keyboard.named("key")) > seen)


def test_alt_tab_goes_to_the_window_before(session: Session) -> None:
    coloured(session, "one", RED)
    coloured(session, "two", BLUE)
    session.until(lambda: session.window("two").focused)
    session.act("one", "minimize")
    session.input(InputKey("alt+Tab"))
    session.until(lambda: session.window("one").focused and not session.window("one").minimized)
    session.input(InputKey("alt+Tab"))
    session.until(lambda: session.window("two").focused)


def test_an_icon_of_its_own_is_in_title_bar_and_panel(session: Session) -> None:
    app, window = coloured(session, "one", RED)
    pixels = app.pixels(32, 32, format_=XRGB)
    pixels.memory[:] = GREEN.to_bytes(4, "little") * 1024
    manager = app.bind(XdgToplevelIconManagerV1)
    icon = manager.create_icon()
    icon.add_buffer(pixels.buffer, 1)
    manager.set_icon(window.toplevel, icon)
    window.surface.commit()
    app.roundtrip()
    panel = (0, 700 - 52, 400, 52)
    session.until_picture(lambda picture: picture.colours(panel)[rgb(GREEN)] > 200)
    manager.set_icon(window.toplevel, None)
    window.surface.commit()
    app.roundtrip()
    session.until_picture(lambda picture: picture.colours(panel)[rgb(GREEN)] == 0)
    manager.set_icon(window.toplevel, icon)
    window.surface.commit()
    app.roundtrip()
    session.until_picture(lambda picture: picture.colours(panel)[rgb(GREEN)] > 200)
    session.kill_ui()
    session.start_ui()
    session.until_picture(lambda picture: picture.colours(panel)[rgb(GREEN)] > 200)


def test_the_bell_marks_a_window_behind(session: Session) -> None:
    app, window = coloured(session, "one", RED)
    coloured(session, "two", BLUE)
    session.until(lambda: session.window("two").focused)
    panel = (0, 700 - 52, 600, 52)
    before = session.picture().rows(panel)
    app.bind(XdgSystemBellV1).ring(window.surface)
    app.roundtrip()
    session.until_picture(lambda picture: picture.rows(panel) != before)


def test_the_bell_is_heard_a_few_times(session: Session) -> None:
    app, window = coloured(session, "one", RED)
    session.shell.send(SoundSetting(True))
    session.windows()  # the answer comes after that was heard
    app.bind(XdgSystemBellV1).ring(window.surface)
    app.roundtrip()
    call, fds = session.shell.receive(WAIT)
    assert isinstance(call, Call)
    assert call.request == PlaySound("bell")
    [fd] = fds
    assert os.pread(fd, 4, 0) == b"RIFF"
    os.close(fd)


def test_a_click_on_a_window_that_waits_goes_to_its_dialog(session: Session) -> None:
    app, parent = coloured(session, "one", RED, (500, 400))
    dialog = Window(app, map_=False)
    dialog.toplevel.set_parent(parent.toplevel)
    app.bind(XdgWmDialogV1).get_xdg_dialog(dialog.toplevel).set_modal()
    dialog.ack()
    app.show(dialog.surface, app.pixels(100, 80))
    app.roundtrip()
    session.until_windows(2)
    waiting, asking = session.windows()
    assert asking.focused and (waiting.width, asking.width) == (500, 100)
    keyboard = app.bind(wayland.WlSeat).get_keyboard()
    app.until(lambda: keyboard.named("enter"))
    session.input(InputClick(waiting.x + 10, waiting.y + 390))
    assert [window.focused for window in session.windows()] == [False, True]
    dialog.toplevel.destroy()
    app.roundtrip()
    session.until_windows(1)
    assert session.window("one").focused
