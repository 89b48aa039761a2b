"""What the machine can be made to do, with a stand-in for logind on a bus of the test's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from berth.core import messages as m
from tests.display.conftest import Display
from tests.display.system_bus import NAME, FakeLogind
from tests.display.ui import FakeUi

pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed")
ALL = ("suspend", "restart", "power-off")
Open = Callable[..., FakeUi]


@pytest.fixture
def open_ui(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    monkeypatch.setenv("GREETD_SOCK", str(tmp_path / "none"))
    monkeypatch.delenv("XDG_SESSION_ID", raising=False)  # of whoever runs the tests
    opened: list[Display] = []

    def open_one(*options: str) -> FakeUi:
        folder = tmp_path / "display"
        folder.mkdir()
        marker = os.fspath(tmp_path / "locked")
        opened.append(Display(folder, ("-m", "berth.display", "--lock-marker", marker, *options)))
        return opened[-1].ui()

    yield open_one
    for display in opened:
        display.stop()


def allow(logind: FakeLogind, suspend: str = "yes", restart: str = "yes", off: str = "yes") -> None:
    logind.answers |= {"CanSuspend": suspend, "CanReboot": restart, "CanPowerOff": off}


def until_told(ui: FakeUi, *can: str) -> None:
    ui.until(lambda: ui.power.can == can and ui.power.problem is None)


@pytest.mark.parametrize("greeter", [False, True])
def test_it_does_what_the_user_wants(open_ui: Open, logind: FakeLogind, greeter: bool, tmp_path: Path) -> None:
    allow(logind)
    ui = open_ui(*(("--greeter", str(tmp_path / "state")) if greeter else ()))
    until_told(ui, *ALL)
    ui.send(m.ChangePower("suspend"), m.ChangePower("restart"), m.ChangePower("power-off"))
    for method in ("Suspend", "Reboot", "PowerOff"):
        logind.until(method, False)  # nobody is asked for a password


@pytest.mark.parametrize("answer", ["no", "na", "challenge", "perhaps"])
def test_what_is_not_allowed_is_not_offered(open_ui: Open, logind: FakeLogind, answer: str) -> None:
    allow(logind, restart=answer)
    until_told(open_ui(), "suspend", "power-off")


def test_it_looks_again_when_asked(open_ui: Open, logind: FakeLogind) -> None:
    allow(logind, "na", "no", "no")
    ui = open_ui()
    logind.until_asked("CanPowerOff", 1)
    ui.settle()
    assert not ui.power.can
    allow(logind)
    ui.send(m.LookAtPower())
    until_told(ui, *ALL)
    logind.answers["CanSuspend"] = Exception("Broken.")
    ui.send(m.LookAtPower())
    until_told(ui, "restart", "power-off")


def test_a_refusal_is_said_in_one_sentence(open_ui: Open, logind: FakeLogind) -> None:
    allow(logind)
    ui = open_ui()
    until_told(ui, *ALL)
    logind.answers["PowerOff"] = Exception("Operation inhibited by\n“Backup”")
    ui.send(m.ChangePower("power-off"))
    ui.until(lambda: ui.power.problem is not None)
    assert ui.power.problem == m.ProblemInfo(
        "power-refused", "The machine was not powered off.", "Operation inhibited by “Backup”"
    )
    assert ui.power.can == ALL


def test_without_logind_nothing_is_offered(open_ui: Open, logind: FakeLogind) -> None:
    allow(logind)
    ui = open_ui()
    until_told(ui, *ALL)
    logind.leave()
    until_told(ui)
    ui.send(m.ChangePower("power-off"))
    ui.until(lambda: ui.power.problem is not None)
    logind.come_back()
    until_told(ui, *ALL)
    assert not logind.asked("PowerOff")


def test_nobody_logs_in_through_logind(open_ui: Open, logind: FakeLogind, tmp_path: Path) -> None:
    allow(logind, "na", "na", "na")
    ui = open_ui("--greeter", str(tmp_path / "state"))
    logind.until_asked("GetSessionByPID", 1)
    logind.until_asked("CanPowerOff", 1)
    logind.say("Unlock")
    logind.sleep(True)
    logind.say("Unlock", "/org/freedesktop/login1/session/_32", f"{NAME}.Session")
    allow(logind)
    ui.send(m.LookAtPower())
    until_told(ui, *ALL)  # so it has heard the rest
    ui.settle()
    assert ui.lock.locked and not ui.lock.started and not logind.asked("Inhibit")
