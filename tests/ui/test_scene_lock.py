"""The locked session on a real screen: what is to be seen, who gets keys, and how it opens again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from pywayland.protocol import wayland

from berth.core.messages import (
    InputClick,
    InputKey,
    InputMove,
    InputTouch,
    InputType,
    LockAfter,
    LockSession,
    Notice,
    OpenCatalogue,
    OpenLauncher,
    PlugOutput,
    PromptInfo,
    PromptOpened,
    Screenshot,
)
from berth.core.permissions import SCREEN_CAPTURE
from berth.core.problem import Problem
from tests.login.services import PASSWORD, needs_pam, service
from tests.picture import Picture
from tests.ui.conftest import OpenSession
from tests.ui.session import WAIT, Session
from tests.ui.test_scene_screen_keyboard import touch
from tests.ui.test_scene_session import RED, coloured, needs_foot, rgb

pytestmark = needs_pam
PASSWORD_FIELD = (500, 350)
NO_CLOCK = "lock clock { opacity: 0; }"
"""What it says may change at any time."""


@pytest.fixture
def session(open_session: OpenSession, tmp_path: Path) -> Session:
    return open_session(environment={"BERTH_PAM_DIR": str(service(tmp_path / "pam"))})


def red(picture: Picture) -> int:
    return picture.colours((0, 0, picture.width, picture.height))[rgb(RED)]


def keep(picture: Picture, name: str) -> None:
    if "BERTH_PICTURES" in os.environ:
        picture._image.save(Path(os.environ["BERTH_PICTURES"], f"{name}.png"))


def lock(session: Session) -> Picture:
    session.call(LockSession())
    return session.until_picture(lambda picture: red(picture) == 0)


def unlock(session: Session) -> None:
    session.input(InputType(PASSWORD), InputKey("Return"))
    session.until_picture(lambda picture: red(picture) > 0)


def test_nothing_of_the_session_is_to_be_seen(open_session: OpenSession, tmp_path: Path) -> None:
    (tmp_path / "config/berth").mkdir(parents=True)
    (tmp_path / "config/berth/style.css").write_text(NO_CLOCK)
    places = {"BERTH_PAM_DIR": str(service(tmp_path / "pam")), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    session = open_session(environment=places)
    coloured(session, "red", RED)
    before = session.picture()
    session.shell.send(Notice("warning", "A secret"))
    session.until_picture(lambda picture: picture.changed(before) > 1_000)
    shown = lock(session)
    keep(shown, "locked")
    # The panel, the notice and whatever comes meanwhile are not there either.
    session.shell.send(Notice("error", "Another secret"))
    session.shell.send(PromptOpened(PromptInfo("p", "a", "A", "", "red", "network", "why", "me", "", 0)))
    coloured_later = session.app("later")
    assert coloured_later.roundtrip() is None
    assert session.picture().changed(shown, (0, 0, 1000, 150)) == 0
    assert session.picture().changed(shown, (0, 600, 1000, 100)) == 0
    with pytest.raises(Problem, match="locked"):
        session.call(Screenshot(session.window("red").window))


def test_keys_and_pointer_go_to_no_app_and_no_shortcut_works(session: Session) -> None:
    app, _window = coloured(session, "red", RED)
    seat = app.bind(wayland.WlSeat)
    keyboard, pointer = seat.get_keyboard(), seat.get_pointer()
    app.roundtrip()
    lock(session)
    app.until(lambda: keyboard.named("leave"))
    counts = len(keyboard.events), len(pointer.events)
    info = session.window("red")
    session.input(InputMove(info.x + 20, info.y + 20), InputClick(info.x + 20, info.y + 20))
    for keys in ("a", "super+m", "alt+F4", "Super_L", "alt+Tab", "super+i", "super+o", "Escape"):
        session.input(InputKey(keys))
    app.roundtrip()
    # The pointer was not there before, so it has not left either.
    assert (len(keyboard.events), len(pointer.events)) == counts
    assert session.window("red").focused and not app.closed
    unlock(session)
    session.until(lambda: app.roundtrip() or keyboard.named("enter")[1:])
    session.input(InputKey("b"))
    app.until(lambda: [event.arguments[2:] for event in keyboard.named("key")][-2:] == [(48, 1), (48, 0)])


def test_what_opens_meanwhile_gets_no_keys(session: Session) -> None:
    coloured(session, "red", RED)
    lock(session)
    session.call(OpenLauncher())
    session.call(OpenCatalogue())
    session.input(InputType(PASSWORD), InputKey("Return"))
    session.call(OpenCatalogue(open=False))
    session.until_picture(lambda picture: red(picture) > 0)


def test_super_l_locks_whatever_has_the_keys(session: Session) -> None:
    coloured(session, "red", RED)
    session.input(InputKey("Super_L"))  # the launcher
    session.input(InputKey("super+l"))
    session.until_picture(lambda picture: red(picture) == 0)
    unlock(session)


def test_a_killed_ui_is_locked_from_its_first_frame(session: Session) -> None:
    coloured(session, "red", RED)
    shown = lock(session)
    session.kill_ui()
    session.start_ui()
    for _frame in range(5):
        picture = session.picture()
        assert red(picture) == 0 and picture.changed(shown, (0, 640, 1000, 60)) == 0
    session.until_windows(1)
    assert red(session.picture()) == 0
    unlock(session)


def test_a_new_output_shows_the_lock(session: Session) -> None:
    coloured(session, "red", RED)
    lock(session)
    session.call(PlugOutput(800, 600, 1.0))
    picture = session.picture()
    assert picture.width == 1800 and red(picture) == 0
    # The panel comes with an unlocked session alone.
    assert picture.colours((1000, 560, 800, 40)).most_common(1)[0][1] < 800 * 40 * 0.9
    unlock(session)


def test_a_wrong_password_is_said_and_the_next_one_opens(session: Session) -> None:
    coloured(session, "red", RED)
    shown = lock(session)
    session.input(InputType("wrong"), InputKey("Return"))
    told = session.until_picture(lambda picture: picture.changed(shown, (250, 350, 500, 300)) > 2_000)
    keep(told, "locked-wrong")

    def opens() -> bool:
        session.input(InputType(PASSWORD), InputKey("Return"))
        return red(session.picture()) > 0

    session.until(opens)
    assert PASSWORD not in session.log("ui") + session.log("display") and "wrong" not in session.log("display")


def test_it_locks_by_itself_after_the_time_that_the_user_chose(session: Session) -> None:
    coloured(session, "red", RED)
    session.call(LockAfter(1))
    session.until_picture(lambda picture: red(picture) == 0)
    assert (session.folder / ".config/berth/lock-after").read_text() == "1\n"
    session.call(LockAfter(0))
    with pytest.raises(Problem, match="day"):
        session.call(LockAfter(-1))


@pytest.mark.skipif(shutil.which("grim") is None, reason="grim is not installed")
def test_a_recorder_waits_until_it_is_over(session: Session) -> None:
    coloured(session, "red", RED)
    info = session.window("red")
    lock(session)
    file = session.folder / "shot.png"
    program = session.run("grim", "grim", str(file), granted=(SCREEN_CAPTURE,))
    session.until(lambda: session.picture() and program.poll() is None)
    for _frame in range(5):
        session.picture()
    assert program.poll() is None and not file.exists()
    unlock(session)
    assert program.wait(WAIT) == 0
    assert Picture(file).at(info.x + 10, info.y + 10) == rgb(RED)


@needs_foot
def test_what_is_typed_reaches_no_terminal(session: Session) -> None:
    typed = session.folder / "typed"
    session.run("foot", "foot", "sh", "-c", f'while read -r line; do echo "$line" >> {typed}; done')
    session.until_windows(1)
    session.input(InputType("before\n"))
    session.until(lambda: typed.exists() and typed.read_text() == "before\n")
    session.call(LockSession())
    session.input(InputType("nobody hears this\n"))

    def opened() -> bool:
        session.input(InputType(PASSWORD), InputKey("Return"))
        session.input(InputType("after\n"))
        return "after" in typed.read_text()

    session.until(opened)
    assert "nobody" not in typed.read_text()


def test_fingers_have_a_keyboard_for_it(open_session: OpenSession, tmp_path: Path) -> None:
    folder = service(tmp_path / "touched")
    check = folder / "check"
    check.write_text(check.read_text().replace(PASSWORD, "abba"))
    session = open_session(environment={"BERTH_PAM_DIR": str(folder)}, options=("--form-factor", "tablet"))
    coloured(session, "red", RED)
    shown = lock(session)
    session.input(InputTouch(((690, 450),)))
    typed = session.until_picture(lambda picture: picture.changed(shown, (0, 600, 1000, 100)) > 5_000)
    keep(typed, "locked-touch")
    touch(session, "k30", "k48", "k48", "k30", "enter")
    session.until_picture(lambda picture: red(picture) > 0)


def test_the_time_is_chosen_in_the_menu_of_the_background(session: Session) -> None:
    kept = session.folder / ".config/berth/lock-after"
    session.input(InputKey("super+o"), InputKey("l"), InputKey("l"), InputKey("Return"))
    session.input(InputKey("End"), InputKey("Return"))
    session.until(lambda: kept.exists() and kept.read_text() == "1800\n")
    # The next time it begins with what was chosen.
    session.input(InputKey("super+o"), InputKey("l"), InputKey("l"), InputKey("Return"))
    session.input(InputKey("Up"), InputKey("Return"))
    session.until(lambda: kept.read_text() == "600\n")
