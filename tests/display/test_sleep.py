"""Going to sleep waits until nothing but the lock can be seen, with a stand-in for logind on a bus of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from berth.core import messages as m
from berth.display.dbus import wire
from berth.display.logind import Logind
from berth.display.loop import Loop
from berth.display.sleep import Sleep
from tests.display.conftest import Display
from tests.display.system_bus import FakeLogind
from tests.display.ui import FakeUi
from tests.login.services import PASSWORD, needs_pam, service

pytestmark = [
    needs_pam,
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed"),
]
WANTED = ("sleep", "Berth", "The screen is locked before that.", "delay")
Open = Callable[[], Display]


@pytest.fixture
def open_display(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    monkeypatch.setenv("BERTH_PAM_DIR", str(service(tmp_path / "pam")))
    monkeypatch.setenv("XDG_SESSION_ID", "1")
    opened: list[Display] = []

    def open_one() -> Display:
        folder = tmp_path / "display"
        folder.mkdir()
        opened.append(Display(folder, ("-m", "berth.display", "--lock-marker", os.fspath(tmp_path / "locked"))))
        return opened[-1]

    yield open_one
    for display in opened:
        display.stop()


@pytest.fixture
def held(open_display: Open, logind: FakeLogind) -> Display:
    """A display server that would hear of the machine going to sleep, and have it wait."""
    display = open_display()
    logind.until("Inhibit", *WANTED)
    assert logind.held()
    return display


def until_locked(ui: FakeUi, locked: bool = True) -> None:
    ui.until(lambda: ui.lock.locked == locked)


def test_it_waits_for_the_lock_to_be_seen(held: Display, logind: FakeLogind) -> None:
    ui = held.ui()
    ui.settle()
    assert logind.held() and not ui.lock.locked
    logind.sleep(True)
    until_locked(ui)
    ui.settle()
    assert logind.held()
    ui.send(m.LockShown(ui.lock.number - 1))  # of another time
    ui.settle()
    assert logind.held()
    ui.send(m.LockShown(ui.lock.number))
    logind.until_released()
    logind.sleep(False)
    logind.until_asked("Inhibit", 2)
    ui.settle()
    assert logind.held() and ui.lock.locked


def test_it_does_not_wait_for_what_is_seen_already(held: Display, logind: FakeLogind) -> None:
    ui = held.ui()
    ui.send(m.LockSession())
    until_locked(ui)
    ui.send(m.LockShown(ui.lock.number))
    ui.settle()
    assert logind.held()
    logind.sleep(True)
    logind.until_released()


def test_a_second_lock_is_seen_anew(held: Display, logind: FakeLogind) -> None:
    ui = held.ui()
    ui.send(m.LockSession())
    until_locked(ui)
    ui.send(m.LockShown(ui.lock.number), m.UnlockAnswer(PASSWORD))
    until_locked(ui, False)
    logind.sleep(True)
    until_locked(ui)
    ui.settle()
    assert logind.held()


def test_without_a_ui_there_is_nothing_to_see(held: Display, logind: FakeLogind) -> None:
    ui = held.ui()
    logind.sleep(True)
    until_locked(ui)
    assert logind.held()
    ui.close()
    logind.until_released()
    # The next one is waited for again once it has been awake.
    other = held.ui()
    assert other.lock.locked
    logind.sleep(False)
    logind.until_asked("Inhibit", 2)
    logind.sleep(True)
    other.settle()
    assert logind.held()
    other.send(m.LockShown(other.lock.number))
    logind.until_released()


def test_a_lock_that_is_opened_is_not_waited_for(held: Display, logind: FakeLogind) -> None:
    ui = held.ui()
    logind.sleep(True)
    until_locked(ui)
    ui.send(m.UnlockAnswer(PASSWORD))
    logind.until_released()


def test_another_logind_is_asked_anew(held: Display, logind: FakeLogind) -> None:
    logind.leave()
    logind.until_released()
    logind.come_back()
    logind.until_asked("Inhibit", 2)
    logind.until_asked("GetSession", 2)
    ui = held.ui()
    ui.settle()
    assert logind.held(1)
    logind.say("Lock")
    until_locked(ui)


def test_what_a_logind_that_is_gone_answers_is_let_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    loop = Loop(lambda: None)
    logind = Logind(loop, {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/none"})
    asked: list[Any] = []
    monkeypatch.setattr(logind, "ask", lambda answer, *_call: asked.append(answer))
    sleep = Sleep(logind, lambda: None, lambda: True)
    (come,), (go,) = logind.came, logind.gone
    come()
    go()
    come()
    late, current = [os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)], [os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)]
    fd = current[0]
    asked[0](wire.Message(wire.METHOD_RETURN, 1), late)
    asked[1](wire.Message(wire.METHOD_RETURN, 2), current)
    assert late and not current, "what is left in the list is closed by who has read it"
    sleep.close()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(fd)
    os.close(late[0])
    loop.close()


def test_what_logind_refuses_is_done_without(open_display: Open, logind: FakeLogind) -> None:
    logind.answers["Inhibit"] = Exception("No.")
    ui = open_display().ui()
    logind.until("Inhibit", *WANTED)
    logind.sleep(True)
    until_locked(ui)
    ui.send(m.LockShown(ui.lock.number))
    ui.settle()
    logind.sleep(False)
    logind.until_asked("Inhibit", 2)


def test_it_comes_late_and_is_still_there(open_display: Open, logind: FakeLogind) -> None:
    logind.leave()
    ui = open_display().ui()
    ui.send(m.LockSession())
    until_locked(ui)
    logind.come_back()
    logind.until("SetLockedHint", True)
    logind.until("Inhibit", *WANTED)


def test_without_a_bus_nothing_happens(open_display: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    ui = open_display().ui()
    ui.send(m.LockSession())
    until_locked(ui)
    ui.send(m.LockShown(ui.lock.number), m.LookAtPower())
    ui.settle()
    assert ui.lock.locked and not ui.power.can
