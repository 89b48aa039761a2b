"""The login screen's display server: locked from the first moment, and opened by nothing but greetd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from berth.core import messages as m
from tests.display.conftest import Display
from tests.display.ui import FakeUi
from tests.login.greetd_server import SUCCESS, Greetd, Reply, Request, asking, error, framed, message

PAUSE = 1000
"""Milliseconds after the first wrong password."""
Open = Callable[[Callable[[Request], Reply]], tuple[Greetd, Display]]


@pytest.fixture
def open_greeter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    opened: list[tuple[Greetd, Display]] = []

    def open_one(reply: Callable[[Request], Reply]) -> tuple[Greetd, Display]:
        served = Greetd(tmp_path / "greetd", reply)
        monkeypatch.setenv("GREETD_SOCK", str(served.place))
        command = ("-m", "berth.display", "--greeter", str(tmp_path / "state"))
        opened.append((served, Display(tmp_path, command)))
        return opened[-1]

    yield open_one
    for served, display in opened:
        display.stop()
        served.close()


def log_in(ui: FakeUi, text: str, user: str = "ada", session: str = "berth") -> None:
    ui.send(m.UnlockAnswer(text, user, session))


def test_it_is_locked_until_greetd_has_started_the_session(open_greeter: Open, tmp_path: Path) -> None:
    served, display = open_greeter(asking("Kaese &7", message("info", "Touch the key")))
    ui = display.ui()
    assert ui.lock.locked and not ui.lock.started
    log_in(ui, "Kaese &7")
    ui.until(lambda: ui.lock.started)
    assert ui.lock.locked
    start = served.started()[0]
    assert start["cmd"][1:] == ["-m", "berth", "session", "--full-screen"]
    assert "XDG_SESSION_TYPE=wayland" in start["env"] and "XDG_CURRENT_DESKTOP=Berth" in start["env"]
    assert (tmp_path / "state/last-login.json").read_text() == '["ada", "berth"]'
    assert "Kaese" not in display.log.read_text()
    # It is over, whatever else is typed; a ui that comes back is told so.
    log_in(ui, "again")
    assert display.ui().lock.started and len(served.started()) == 1


def test_a_wrong_password_waits(open_greeter: Open) -> None:
    """Whoever tries all the time is heard once the pause is over, however slow the machine is, and not before."""
    served, display = open_greeter(asking("right"))
    ui = display.ui()
    log_in(ui, "wrong")
    ui.until(lambda: ui.lock.outcome == "wrong")
    assert ui.lock.wait == PAUSE and ui.lock.locked
    heard = len(served.heard)
    while len(served.heard) == heard:
        log_in(ui, "right")
        ui.settle()
    ui.until(lambda: ui.lock.started)
    assert served.moments[heard] - served.moments[heard - 1] >= PAUSE / 1000


def test_a_second_question_and_giving_up(open_greeter: Open) -> None:
    served, display = open_greeter(asking("right", message("visible", "Code: ")))
    ui = display.ui()
    log_in(ui, "right")
    ui.until(lambda: ui.lock.asks == "visible")
    assert ui.lock.question == "Code: "
    ui.send(m.CancelUnlock())
    ui.until(lambda: not ui.lock.asks)
    log_in(ui, "right", "grace")
    ui.until(lambda: ui.lock.asks == "visible")
    ui.send(m.UnlockAnswer("12"))
    ui.until(lambda: ui.lock.started)
    assert [one["username"] for one in served.heard if one["type"] == "create_session"] == ["ada", "grace"]


@pytest.mark.parametrize(("user", "session"), [("ada", "none-such"), ("ada", "../berth"), ("a\nb", "berth"), ("", "")])
def test_what_is_not_offered_does_not_start(open_greeter: Open, user: str, session: str) -> None:
    served, display = open_greeter(lambda _request: SUCCESS)
    ui = display.ui()
    log_in(ui, "x", user, session)
    ui.until(lambda: ui.lock.outcome == "failed")
    assert not served.heard


@pytest.mark.parametrize("reply", [None, framed(b"{"), b"\xff\xff\xff\xff"])
def test_a_greetd_that_is_broken_is_said(open_greeter: Open, reply: Reply) -> None:
    _served, display = open_greeter(lambda _request: reply)
    ui = display.ui()
    log_in(ui, "x")
    ui.until(lambda: ui.lock.outcome == "unavailable")
    assert ui.lock.notes[0][0] == "error"


def test_a_greetd_that_never_answers_can_be_given_up(open_greeter: Open) -> None:
    served, display = open_greeter(lambda _request: b"\x10")
    ui = display.ui()
    log_in(ui, "x")
    ui.until(lambda: ui.lock.busy)
    while not served.heard:
        ui.settle()
    ui.send(m.CancelUnlock())
    ui.until(lambda: not ui.lock.busy)


def test_nothing_else_opens_it(open_greeter: Open) -> None:
    _served, display = open_greeter(lambda _request: error("error", "no"))
    ui = display.ui()
    ui.send(m.LockSession(), m.LockAfter(1), m.CancelUnlock())
    ui.settle()
    assert ui.lock.locked
    display.ui()
