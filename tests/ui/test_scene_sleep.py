"""The machine goes to sleep when the screen shows the lock, and not before: the real ui, and a stand-in for logind."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.core.messages import PlugOutput
from tests.display.system_bus import FakeLogind, system_bus
from tests.login.services import needs_pam, service
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_lock import red, unlock
from tests.ui.test_scene_session import RED, coloured

pytestmark = [
    needs_pam,
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed"),
]


@pytest.fixture
def logind(tmp_path: Path) -> Iterator[FakeLogind]:
    with system_bus(tmp_path) as address:
        fake = FakeLogind(address)
        yield fake
        fake.close()


@pytest.fixture
def session(open_session: OpenSession, logind: FakeLogind, tmp_path: Path) -> Session:
    environment = {
        "BERTH_PAM_DIR": str(service(tmp_path / "pam")),
        "DBUS_SYSTEM_BUS_ADDRESS": logind.address,
        "XDG_SESSION_ID": "1",
    }
    session = open_session(environment=environment)
    logind.until_asked("Inhibit", 1)
    return session


def test_sleep_waits_for_the_screen(session: Session, logind: FakeLogind) -> None:
    coloured(session, "red", RED)
    session.call(PlugOutput(400, 300))
    assert red(session.picture()) > 0
    os.kill(session.ui.pid, signal.SIGSTOP)
    try:
        logind.sleep(True)
        logind.until("SetLockedHint", True)
        assert logind.held(), "nobody has drawn the lock"
    finally:
        os.kill(session.ui.pid, signal.SIGCONT)
    logind.until_released()
    assert red(session.picture()) == 0
    logind.sleep(False)
    logind.until_asked("Inhibit", 2)
    unlock(session)
    assert logind.held()
    logind.sleep(True)
    logind.until_released()
    assert red(session.picture()) == 0


def test_a_ui_that_dies_meanwhile_is_not_waited_for(session: Session, logind: FakeLogind) -> None:
    os.kill(session.ui.pid, signal.SIGSTOP)
    logind.sleep(True)
    logind.until("SetLockedHint", True)
    session.kill_ui()
    logind.until_released()
    session.start_ui()
    logind.sleep(False)
    logind.until_asked("Inhibit", 2)
    logind.sleep(True)
    logind.until_released()
