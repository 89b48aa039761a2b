"""An app that is stopped: its window says so, the user is asked what to do, and everything else goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from pywayland.protocol import wayland

from berth.core.messages import InputClick, InputKey, InstanceEndWanted
from berth.core.problem import Problem
from tests.display.shapes import App, Window
from tests.picture import Picture
from tests.ui.session import Session
from tests.ui.test_scene_session import BLUE, RED, coloured, paint, rgb

SIZE = (500, 300)


def hung(session: Session) -> tuple[App, Window, Picture]:
    """An app that has got a key and said nothing since: it, its window and the screen before."""
    app, window = coloured(session, "one", RED, SIZE)
    app.hangs = True
    keyboard = app.bind(wayland.WlSeat).get_keyboard()
    app.roundtrip()
    before = session.picture()
    session.input(InputKey("x"))
    app.until(lambda: keyboard.named("key") and app.wm.named("ping"))
    session.until_picture(lambda picture: rgb(RED) not in picture.colours(place(session)))
    assert question(session, session.picture()) < 5000, "nobody has used it since"
    session.input(InputKey("y"))
    return app, window, before


def place(session: Session) -> tuple[int, int, int, int]:
    """A corner of the window that no question covers."""
    info = session.window("one")
    return (info.x, info.y, 40, 20)


def question(session: Session, picture: Picture) -> int:
    """How many pixels on the window are of the question's ground."""
    info = session.window("one")
    return picture.colours((info.x, info.y, info.width, info.height))[(255, 255, 255)]


def until_asked(session: Session, asked: bool = True) -> None:
    session.until_picture(lambda picture: (question(session, picture) > 5000) == asked)


def answer(app: App) -> None:
    app.hangs = False
    app.wm.pong(*app.wm.last("ping"))
    app.roundtrip()


def test_who_waits_gets_the_window_back(session: Session) -> None:
    """Five seconds after a key that it has not answered; one test, since each such wait is one."""
    app, window, before = hung(session)
    until_asked(session)
    keyboard = next(o for o in app.objects.values() if o.interface.name == "wl_keyboard")
    app.until(lambda: keyboard.named("leave"))

    # Another app is used meanwhile; who comes back is asked again.
    other, _window = coloured(session, "two", BLUE)
    session.move("two", 560, 60)
    other_keyboard = other.bind(wayland.WlSeat).get_keyboard()
    other.roundtrip()
    session.input(InputClick(600, 100), InputKey("a"))
    other.until(lambda: other_keyboard.named("key"))
    until_asked(session, asked=False)
    session.input(InputKey("alt+Tab"))
    until_asked(session)

    # Waiting, by keyboard and by pointer; whoever closes the window is asked again.
    session.input(InputKey("Escape"))
    until_asked(session, asked=False)
    assert rgb(RED) not in session.picture().colours(place(session))
    session.input(InputKey("alt+F4"))
    until_asked(session)
    info = session.window("one")
    session.input(InputClick(info.x + info.width // 2 + 90, info.y + info.height // 2 + 40))
    until_asked(session, asked=False)

    # It goes on.
    session.input(InputKey("alt+F4"))
    until_asked(session)
    answer(app)
    until_asked(session, asked=False)
    session.act("two", "minimize")
    whole = (info.x, info.y, *SIZE)
    session.until_picture(lambda picture: picture.changed(before, whole) == 0)
    keys = len(keyboard.named("key"))
    session.input(InputKey("b"))
    app.until(lambda: len(keyboard.named("key")) > keys)
    paint(app, window, *SIZE, BLUE)
    session.until_picture(lambda picture: set(picture.colours(whole)) == {rgb(BLUE)})


def until_told(session: Session, wanted: InstanceEndWanted) -> None:
    """The engine hears of it, and of no misbehaviour."""
    heard = []
    try:
        while wanted not in heard:
            heard.append(session.engine.receive(10)[0])
    except Problem:
        raise AssertionError(heard) from None
    assert not [message for message in heard if type(message).__name__ == "InstanceMisbehaved"]


STOPPED = """
import sys
from pathlib import Path
from pywayland.protocol import wayland
from tests.display.shapes import App, Popup, Window
app = App(Path(sys.argv[1]))
seat = app.bind(wayland.WlSeat)
pointer, keyboard = seat.get_pointer(), seat.get_keyboard()
window = Window(app, 300, 200)
app.until(lambda: pointer.named("button"), 60)
popup = Popup(app, window.xdg, app.positioner(80, 200, (20, 20, 40, 1)), (seat, pointer.last("button")[0])).map(0xFF)
print("ready", flush=True)
app.until(lambda: False, 600)
"""


def test_the_menu_of_a_stopped_app_goes_and_its_window_can_be_moved_and_put_away(session: Session) -> None:
    path = session.instance("one")
    client = subprocess.Popen([sys.executable, "-c", STOPPED, os.fspath(path)], stdout=subprocess.PIPE, text=True)
    try:
        session.until_windows(1)
        info = session.window("one")
        session.input(InputClick(info.x + 10, info.y + 10))
        assert client.stdout is not None and client.stdout.readline() == "ready\n"
        client.send_signal(signal.SIGSTOP)
        below = (info.x + 40, info.y + 205, 20, 10)
        session.until_picture(lambda picture: set(picture.colours(below)) == {(255, 255, 255)})
        session.input(InputClick(5, 300))
        session.until_picture(lambda picture: (255, 255, 255) not in picture.colours(below))
        session.move("one", info.x + 30, info.y + 40)
        session.until(lambda: session.window("one").x == info.x + 30)
        session.act("one", "minimize")
        session.until(lambda: session.window("one").minimized)
        session.input(InputKey("alt+Tab"))
        session.until(lambda: not session.window("one").minimized)
        session.input(InputKey("alt+F4"))
        until_asked(session)
        session.input(InputKey("Tab"), InputKey("Return"))
        session.until_windows(0)
        until_told(session, InstanceEndWanted("one"))
    finally:
        client.kill()
        client.communicate()
