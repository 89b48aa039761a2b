"""The lock of the session: what apps get of the user and the screen while it is locked, and who can open it."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pywayland.protocol import wayland
from pywayland.protocol.ext_image_capture_source_v1 import ExtOutputImageCaptureSourceManagerV1
from pywayland.protocol.idle_inhibit_unstable_v1 import ZwpIdleInhibitManagerV1

from berth.core import messages as m
from berth.display.tries import Tries
from berth.display.virtual_pointer import ZwlrVirtualPointerManagerV1
from tests.display.conftest import Display
from tests.display.shapes import XRGB, Popup
from tests.display.test_captures import SIZE, Stream, recorder, wanted
from tests.display.test_seat import CAPS, LEFT, A, Desk
from tests.display.test_virtual_input import Player, keymap
from tests.display.ui import WAIT
from tests.login.services import PASSWORD, needs_pam, service, telling

pytestmark = needs_pam
Open = Callable[..., Display]


@pytest.fixture
def open_display(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Display servers that ask the services of a folder; they share the file that says that they are locked."""
    opened: list[Display] = []
    with contextlib.ExitStack() as stack:

        def open_one(folder: Path | None = None, marker: Path = tmp_path / "locked") -> Display:
            monkeypatch.setenv("BERTH_PAM_DIR", str(folder or service(tmp_path / f"pam-{len(opened)}")))
            place = tmp_path / f"display-{len(opened)}"
            place.mkdir()
            opened.append(Display(place, ("-m", "berth.display", "--lock-marker", str(marker))))
            stack.callback(opened[-1].stop)
            return opened[-1]

        yield open_one


@pytest.fixture
def locking(open_display: Open) -> Display:
    return open_display()


def lock(desk: Desk) -> None:
    desk.ui.send(m.LockSession())
    desk.ui.until(lambda: desk.ui.lock.locked)
    desk.settle()


def unlock(desk: Desk, password: str = PASSWORD) -> None:
    desk.ui.send(m.UnlockAnswer(password))
    desk.ui.until(lambda: not desk.ui.lock.locked)
    desk.settle()


def focused(display: Display) -> Desk:
    """A window with keyboard, pointer and a key that is held."""
    desk = Desk(display)
    desk.ui.send(m.KeyboardFocus(desk.surface), m.PointerMotion(desk.surface, 5, 5, 1), m.Key(A, True, 2))
    desk.settle()
    return desk


def test_apps_lose_everything_and_get_nothing(locking: Display) -> None:
    desk = focused(locking)
    desk.ui.send(m.PointerButton(LEFT, True, 3), m.Touch("down", 0, desk.surface, 1, 1, 3), m.Touch("frame"))
    desk.settle()
    counts = [len(device.events) for device in (desk.keyboard, desk.pointer, desk.touch)]
    lock(desk)
    said = [
        desk.names(device, count)
        for device, count in zip((desk.keyboard, desk.pointer, desk.touch), counts, strict=True)
    ]
    assert said[0][:1] == ["key"] and said[0][-1] == "leave"
    assert said[1] == ["button", "frame", "leave", "frame"] and said[2] == ["cancel"]
    counts = [len(device.events) for device in (desk.keyboard, desk.pointer, desk.touch)]
    desk.ui.send(
        m.KeyboardFocus(desk.surface),
        m.Key(A, True, 5),
        m.Key(A, False, 6),
        m.PointerMotion(desk.surface, 9, 9, 7),
        m.PointerButton(LEFT, True, 8),
        m.PointerButton(LEFT, False, 9),
        m.PointerAxis(0, 5, 0, 0, "wheel", 10),
        m.Touch("down", 1, desk.surface, 1, 1, 11),
        m.Touch("frame"),
        m.Gesture("swipe", "begin", 12, 3),
    )
    desk.settle()
    assert [len(device.events) for device in (desk.keyboard, desk.pointer, desk.touch)] == counts
    unlock(desk)
    desk.ui.send(m.KeyboardFocus(desk.surface), m.PointerMotion(desk.surface, 9, 9, 13))
    desk.settle()
    assert "enter" in desk.names(desk.keyboard, counts[0]) and "enter" in desk.names(desk.pointer, counts[1])


def test_what_clients_play_reaches_nobody(locking: Display) -> None:
    desk = focused(locking)
    player = Player(locking)
    player.load(keymap(desk))
    pointer = player.app.bind(ZwlrVirtualPointerManagerV1).create_virtual_pointer(player.seat)
    lock(desk)
    before = len(desk.keyboard.events)
    player.keyboard.key(5, A + 1, 1)
    player.keyboard.modifiers(1, 0, 0, 0)
    pointer.motion(1, 5.0, 5.0)
    pointer.frame()
    player.app.roundtrip()
    desk.settle()
    assert len(desk.keyboard.events) == before
    assert not [message for message in desk.ui.log if isinstance(message, m.VirtualPointer)]


def test_a_popup_goes_and_none_gets_the_keyboard(locking: Display) -> None:
    desk = focused(locking)
    desk.ui.send(m.PointerButton(LEFT, True, 3))
    desk.settle()
    serial = desk.pointer.last("button")[0]
    popup = Popup(desk.app, desk.window.xdg, desk.app.positioner(20, 20, (0, 0, 5, 5)), (desk.seat, serial)).map()
    desk.settle()
    lock(desk)
    assert popup.popup.named("popup_done")
    before = len(desk.keyboard.events)
    late = Popup(desk.app, desk.window.xdg, desk.app.positioner(20, 20, (0, 0, 5, 5)), (desk.seat, serial)).map()
    desk.settle()
    assert "enter" not in desk.names(desk.keyboard, before) and late is not popup


def test_no_picture_and_no_place_of_the_cursor_come_out(locking: Display) -> None:
    ui = locking.ui()
    ui.send(m.OutputChanged(*SIZE))
    ui.settle()
    app = recorder(locking)
    stream = Stream(app)
    pixels = app.pixels(*SIZE, format_=XRGB)
    frame = stream.frame(pixels)
    ask = wanted(ui)
    cursor = stream.manager.create_pointer_cursor_session(
        app.bind(ExtOutputImageCaptureSourceManagerV1).create_source(stream.output),
        app.bind(wayland.WlSeat).get_pointer(),
    )
    app.roundtrip()
    ui.until(lambda: ui.cursors_followed)
    at = m.CursorAt(ui.cursors_followed[0].capture, 3, 4, 0, 0, 8, 8)
    ui.send(at)
    app.until(lambda: cursor.named("position"))
    ui.send(m.LockSession())
    ui.until(lambda: ui.lock.locked)
    app.until(lambda: cursor.named("leave"))
    ui.picture(ask, b"\7" * 48)
    ui.send(at)
    ui.settle()
    app.roundtrip()
    assert not frame.events and 7 not in pixels.memory[: pixels.stride] and not len(cursor.named("enter")) > 1
    late = Stream(app).frame(app.pixels(*SIZE, format_=XRGB))
    app.roundtrip()
    ui.settle()
    assert len(ui.captures) == 1 and not late.events
    ui.send(m.UnlockAnswer(PASSWORD))
    ui.until(lambda: not ui.lock.locked)
    ui.until(lambda: len(ui.captures) == 3)
    for number in (1, 2):
        ui.picture(ui.captures[number], b"\1" * 48)
    app.until(lambda: frame.named("ready") and late.named("ready"))


def test_nothing_is_drawn_for_nobody(locking: Display) -> None:
    desk = focused(locking)
    lock(desk)
    callback = desk.window.surface.frame()
    desk.window.surface.commit()
    desk.settle()
    desk.settle()  # what the ui answers comes after what it is asked
    assert not callback.events
    unlock(desk)
    desk.app.until(lambda: callback.named("done"))


def test_a_wrong_password_and_the_growing_pause(locking: Display) -> None:
    desk = focused(locking)
    lock(desk)
    for wait in (1_000, 2_000):
        _try_until_let_in(desk)
        _until_waits(desk, wait)
        assert desk.ui.lock.locked and desk.ui.lock.outcome == "wrong"


def test_not_even_the_right_one_is_looked_at_in_a_pause(open_display: Open, tmp_path: Path) -> None:
    (tmp_path / "locked").touch()
    (tmp_path / "lock-tries").write_bytes(kept(9, 0))
    desk = Desk(open_display())
    desk.ui.send(m.UnlockAnswer("wrong"))
    _until_waits(desk, 30_000)
    desk.ui.send(m.UnlockAnswer(PASSWORD))
    desk.ui.settle()
    assert desk.ui.lock.locked and not desk.ui.lock.busy


def _try_until_let_in(desk: Desk, password: str = "wrong") -> None:
    """Nobody says when the pause is over."""
    since = len(desk.ui.log)
    while not any(isinstance(message, m.LockState) and message.busy for message in desk.ui.log[since:]):
        desk.ui.send(m.UnlockAnswer(password))
        desk.ui.settle()


def test_a_new_ui_finds_it_locked_before_anything_else(locking: Display) -> None:
    desk = focused(locking)
    lock(desk)
    desk.ui.close()
    ui = locking.ui()
    assert ui.lock.locked
    kinds = [type(message) for message in ui.log]
    assert kinds.index(m.LockState) == 0 and m.SurfaceCreated in kinds


def test_a_new_display_server_is_locked_too(open_display: Open, tmp_path: Path) -> None:
    desk = focused(open_display())
    lock(desk)
    assert (tmp_path / "locked").exists()
    other = Desk(open_display())
    assert other.ui.lock.locked
    unlock(other)
    assert not (tmp_path / "locked").exists()


def kept(failures: int, seconds: int) -> bytes:
    """What a display server leaves behind that would look at no answer for so long."""
    not_before = time.monotonic_ns() + seconds * 10**9
    return json.dumps({"failures": failures, "not_before": not_before}).encode()


def _until_waits(desk: Desk, pause: int) -> None:
    """What is told after that, of the keyboard or of PAM, comes with what is left of it."""
    ui = desk.ui
    ui.until(lambda: any(isinstance(message, m.LockState) and message.wait == pause for message in ui.log))


def test_a_display_server_that_dies_does_not_forget_wrong_passwords(open_display: Open, tmp_path: Path) -> None:
    tries = tmp_path / "lock-tries"
    first = open_display()
    desk = focused(first)
    lock(desk)
    for wait in (1_000, 2_000):
        _try_until_let_in(desk)
        _until_waits(desk, wait)
    assert stat.S_IMODE(tries.stat().st_mode) == 0o600 and b"wrong" not in tries.read_bytes()
    first.kill()
    desk.ui = open_display().ui()
    assert desk.ui.lock.locked
    _try_until_let_in(desk)
    _until_waits(desk, 4_000)


def test_a_pause_goes_on_in_the_next_display_server(open_display: Open, tmp_path: Path) -> None:
    tries = tmp_path / "lock-tries"
    (tmp_path / "locked").touch()
    tries.write_bytes(kept(9, 30))
    first = open_display()
    ui = first.ui()
    assert 0 < ui.lock.wait <= 30_000 and ui.lock.outcome == "failed"
    ui.send(m.UnlockAnswer(PASSWORD))
    ui.settle()
    assert ui.lock.locked and not ui.lock.busy
    first.kill()
    tries.write_bytes(kept(9, 0))
    ui = open_display().ui()
    ui.send(m.UnlockAnswer(PASSWORD))
    ui.until(lambda: not ui.lock.locked)
    assert not tries.exists()


def test_a_new_ui_waits_for_what_is_left_of_the_pause(open_display: Open, tmp_path: Path) -> None:
    (tmp_path / "locked").touch()
    (tmp_path / "lock-tries").write_bytes(kept(9, 30))
    display = open_display()
    ui = display.ui()
    ui.until(lambda: not ui.lock.probing)
    before = ui.lock.wait
    ui.close()
    time.sleep(0.01)
    assert 0 < display.ui().lock.wait < before


def test_dying_while_an_answer_is_looked_at_counts_as_a_wrong_one(open_display: Open, tmp_path: Path) -> None:
    folder = tmp_path / "pam"
    gate, begun = _gated(folder)
    first = open_display(folder)
    desk = focused(first)
    lock(desk)
    with os.fdopen(os.open(gate, os.O_RDWR)):
        desk.ui.send(m.UnlockAnswer(PASSWORD))
        while not begun.exists():
            desk.ui.settle()
        first.kill()
    desk.ui = open_display().ui()
    _try_until_let_in(desk)
    _until_waits(desk, 2_000)


def test_a_file_of_tries_that_says_nothing_locks_nobody_out(open_display: Open, tmp_path: Path) -> None:
    (tmp_path / "locked").touch()
    for content in (b"", b"[", b'{"failures": -9, "not_before": 99999999999999999}', b'{"failures": 99999999999}'):
        (tmp_path / "lock-tries").write_bytes(content)
        display = open_display()
        display.may_fail = True
        ui = display.ui()
        assert ui.lock.locked and ui.lock.wait <= 30_000


def test_a_pause_of_another_clock_ends(tmp_path: Path) -> None:
    """Such a file is one of before the machine was started."""
    file = tmp_path / "lock-tries"
    file.write_bytes(kept(9, 10**6))
    tries = Tries(file)
    before = tries.wait
    time.sleep(0.01)
    assert 0 < tries.wait < before <= 30_000


def test_a_file_of_tries_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    file = tmp_path / "lock-tries"
    file.mkdir()
    tries = Tries(file)
    tries.begin()
    assert tries.fail() == 1_000 and tries.wait
    assert list(tmp_path.iterdir()) == [file], "nothing else is left there"


def _gated(folder: Path) -> tuple[Path, Path]:
    """A service that looks at an answer until somebody has opened a gate and closed it: this, and a file that says that
    it has begun."""
    folder.mkdir()
    gate, begun, slow = folder / "gate", folder / "begun", folder / "slow"
    os.mkfifo(gate)
    # At the gate before it says so: it would wait forever at one that has been opened and closed before.
    slow.write_text(f"#!/bin/sh\nexec 3<{gate}\ntouch {begun}\ncat <&3\nexit 1\n")
    slow.chmod(0o700)
    (folder / "login").write_text(f"auth required pam_exec.so quiet expose_authtok {slow}\n")
    return gate, begun


def test_an_answer_is_in_no_log(open_display: Open) -> None:
    display = open_display()
    desk = focused(display)
    lock(desk)
    desk.ui.send(m.UnlockAnswer("Zwölf-Boxkämpfer"))
    desk.ui.until(lambda: desk.ui.lock.outcome == "wrong")
    assert "Boxk" not in display.log.read_text()
    assert "Boxk" not in f"{m.UnlockAnswer('Boxk')!r} {[m.UnlockAnswer('Boxk')]}"


def test_further_questions_and_words_come_through(open_display: Open, tmp_path: Path) -> None:
    folder = tmp_path / "pam"
    service(folder)
    asks = (folder / "login").read_text()
    (folder / "login").write_text(f"{telling(folder, 'Touch the key')}\n{asks}")
    desk = focused(open_display(folder))
    lock(desk)
    desk.ui.send(m.UnlockAnswer(""))
    desk.ui.until(lambda: desk.ui.lock.asks == "secret")
    assert desk.ui.lock.question == "Password: " and desk.ui.lock.notes == (("info", "Touch the key"),)
    desk.ui.send(m.UnlockAnswer(PASSWORD))
    desk.ui.until(lambda: not desk.ui.lock.locked)


def test_caps_lock_is_told(locking: Display) -> None:
    desk = focused(locking)
    lock(desk)
    desk.ui.send(m.Key(CAPS, True, 5), m.Key(CAPS, False, 6))
    desk.ui.until(lambda: desk.ui.lock.caps)
    desk.ui.send(m.Key(CAPS, True, 7), m.Key(CAPS, False, 8))
    desk.ui.until(lambda: not desk.ui.lock.caps)


def test_caps_lock_does_not_begin_the_pause_anew(locking: Display) -> None:
    desk = focused(locking)
    lock(desk)
    desk.ui.send(m.UnlockAnswer("wrong"))
    _until_waits(desk, 1_000)
    deadline = time.monotonic() + WAIT
    while desk.ui.lock.wait and time.monotonic() < deadline:
        caps = desk.ui.lock.caps
        desk.ui.send(m.Key(CAPS, True, 5), m.Key(CAPS, False, 6))
        desk.ui.until(lambda caps=caps: desk.ui.lock.caps != caps)  # type: ignore[misc]
    assert desk.ui.lock.outcome == "wrong" and not desk.ui.lock.wait


def test_it_locks_by_itself_unless_somebody_watches(locking: Display) -> None:
    desk = Desk(locking)
    inhibitor = desk.app.bind(ZwpIdleInhibitManagerV1).create_inhibitor(desk.window.surface)
    desk.app.roundtrip()
    desk.ui.send(m.LockAfter(1))
    desk.ui.settle()
    assert not desk.ui.lock.locked
    inhibitor.destroy()
    desk.app.flush()
    desk.ui.until(lambda: desk.ui.lock.locked)


def test_an_app_that_inhibits_idleness_is_not_seen_any_more(locking: Display) -> None:
    """The counting begins anew with unlocking, whatever an app wants while nobody sees it."""
    desk = Desk(locking)
    lock(desk)
    desk.app.bind(ZwpIdleInhibitManagerV1).create_inhibitor(desk.window.surface)
    unlock(desk)
    desk.ui.send(m.LockAfter(0))
    desk.settle()
    assert not desk.ui.lock.locked


def test_a_language_that_is_not_installed_keeps_nobody_out(open_display: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "xx_YY.UTF-8")
    desk = focused(open_display())
    lock(desk)
    unlock(desk)


def test_a_helper_that_dies_opens_nothing(open_display: Open, tmp_path: Path) -> None:
    folder = tmp_path / "pam"
    folder.mkdir()
    killer = folder / "kill"
    killer.write_text("#!/bin/sh\nkill -9 $PPID\n")
    killer.chmod(0o700)
    (folder / "login").write_text(f"auth required pam_exec.so quiet {killer}\n")
    desk = focused(open_display(folder))
    lock(desk)
    desk.ui.send(m.UnlockAnswer("x"))
    desk.ui.until(lambda: desk.ui.lock.outcome == "failed")
    assert desk.ui.lock.locked


def test_giving_up_while_it_is_looked_at_costs_the_same_pause(open_display: Open, tmp_path: Path) -> None:
    folder = tmp_path / "pam"
    gate, begun = _gated(folder)
    desk = focused(open_display(folder))
    lock(desk)
    desk.ui.send(m.UnlockAnswer(""))
    desk.ui.until(lambda: desk.ui.lock.asks == "secret")
    desk.ui.send(m.CancelUnlock())
    desk.ui.until(lambda: not desk.ui.lock.asks)
    assert not desk.ui.lock.wait, "nothing has been tried"
    # Open for reading as well, so that it neither waits for the program nor lets it go before the end.
    with os.fdopen(os.open(gate, os.O_RDWR)):
        desk.ui.send(m.UnlockAnswer("x"))
        deadline = time.monotonic() + WAIT
        while not begun.exists() and time.monotonic() < deadline:
            desk.ui.settle()
        desk.ui.send(m.CancelUnlock())
        _until_waits(desk, 1_000)
    assert desk.ui.lock.locked and desk.ui.lock.outcome == "failed"


def test_a_module_that_talks_without_end_is_not_listened_to(open_display: Open, tmp_path: Path) -> None:
    folder = tmp_path / "pam"
    service(folder)
    asks = (folder / "login").read_text()
    (folder / "login").write_text(f"{telling(folder, 'Once more')}\n" * 100 + asks)
    desk = focused(open_display(folder))
    lock(desk)
    desk.ui.send(m.UnlockAnswer(PASSWORD))
    desk.ui.until(lambda: desk.ui.lock.outcome == "failed")
    _until_waits(desk, 1_000)
    assert desk.ui.lock.locked


def _status() -> str:
    name = pwd.getpwuid(os.getuid()).pw_name
    told = subprocess.run(["passwd", "-S", name], capture_output=True, text=True, check=False).stdout.split()
    return told[1] if len(told) > 1 else ""


@pytest.mark.skipif(_status() not in ("L", "NP"), reason="this user has a password")
def test_nobody_is_locked_out(display: Display, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = focused(display)
    desk.ui.send(m.LockSession())
    desk.ui.until(lambda: desk.ui.lock.problem is not None)
    assert desk.ui.lock.problem is not None and desk.ui.lock.problem.code == "no-password"
    told = [message for message in desk.ui.log if isinstance(message, m.LockState)]
    assert [(state.locked, state.probing) for state in told[-2:]] == [(True, True), (False, False)]
    desk.ui.close()
    ui = display.ui()
    assert ui.lock == m.LockState(False), "a problem is said once"


def test_whether_it_can_be_opened_is_known_before_long(locking: Display) -> None:
    desk = focused(locking)
    desk.ui.send(m.LockSession())
    desk.ui.until(lambda: desk.ui.lock.locked and not desk.ui.lock.probing)
    told = [message for message in desk.ui.log if isinstance(message, m.LockState)]
    assert told[-2].locked and told[-2].probing
