"""Leaving by the keyboard alone: the real ui and display server, and a stand-in for logind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.core.messages import InputKey, OpenLauncher
from tests.display.system_bus import FakeLogind, system_bus
from tests.ui.conftest import OpenSession
from tests.ui.session import WAIT, Session
from tests.ui.test_scene_session import RED, coloured

pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed")

LAUNCHER = (20, 240, 700, 380)


@pytest.fixture
def logind(tmp_path: Path) -> Iterator[FakeLogind]:
    with system_bus(tmp_path) as address:
        fake = FakeLogind(address)
        fake.answers |= {"CanSuspend": "yes", "CanReboot": "yes", "CanPowerOff": "yes"}
        yield fake
        fake.close()


@pytest.fixture
def session(open_session: OpenSession, logind: FakeLogind) -> Session:
    session = open_session(environment={"DBUS_SYSTEM_BUS_ADDRESS": logind.address})
    logind.until_asked("CanPowerOff", 1)
    coloured(session, "red", RED)  # the ui hears of that after what the answers were
    return session


def press(session: Session, *keys: str) -> None:
    for key in keys:
        session.input(InputKey(key))


def leave(session: Session, *keys: str) -> None:
    before = session.picture()
    session.call(OpenLauncher())
    session.until_picture(lambda picture: picture.changed(before, LAUNCHER) > 10_000)
    press(session, "Tab", "Tab", "Tab", "Return", *keys)


def test_the_machine_is_powered_off(session: Session, logind: FakeLogind) -> None:
    before = session.picture()
    leave(session, "Down", "Down", "Down", "Return")
    shown = session.until_picture(lambda picture: picture.changed(before) > 10_000)
    if "BERTH_PICTURES" in os.environ:
        shown._image.save(Path(os.environ["BERTH_PICTURES"], "power-question.png"))
    logind.until_asked("CanPowerOff", 2)
    assert logind.asked("CanPowerOff") == 2 and not logind.asked("PowerOff")
    press(session, "Tab", "Return")
    logind.until("PowerOff", False)


def test_it_sleeps_without_a_question(session: Session, logind: FakeLogind) -> None:
    leave(session, "Down", "Return")
    logind.until("Suspend", False)


def test_logging_out_ends_the_session(session: Session) -> None:
    leave(session, "Return", "Tab")
    session.input(InputKey("Return"))
    assert session.ui.wait(WAIT) == 0
