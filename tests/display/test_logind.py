"""What logind says of the session, on a bus of the test's own with a stand-in for logind."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from jeepney import DBusAddress, HeaderFields, message_bus
from jeepney import new_signal as signal_of
from jeepney.io.blocking import open_dbus_connection

from tests.display.conftest import Display
from tests.display.system_bus import NAME, OTHER, OURS, FakeLogind, tell
from tests.display.test_seat import Desk
from tests.display.ui import WAIT
from tests.login.services import needs_pam, service

pytestmark = [
    needs_pam,
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed"),
]


@pytest.fixture
def display(address: str, logind: FakeLogind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Display]:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    monkeypatch.setenv("BERTH_PAM_DIR", str(service(tmp_path / "pam")))
    monkeypatch.setenv("XDG_SESSION_ID", "1")
    folder = tmp_path / "display"
    folder.mkdir()
    display = Display(folder, ("-m", "berth.display", "--lock-marker", os.fspath(tmp_path / "locked")))
    logind.until("GetSession", "1")
    yield display
    display.stop()


def until_locked(desk: Desk, locked: bool = True) -> None:
    desk.ui.until(lambda: desk.ui.lock.locked == locked)


def test_it_locks_and_opens_the_session(display: Display, logind: FakeLogind) -> None:
    desk = Desk(display)
    logind.say("Lock", OTHER)
    logind.say("Lock")
    until_locked(desk)
    logind.until("SetLockedHint", True)
    logind.say("Unlock")
    until_locked(desk, False)
    logind.until("SetLockedHint", False)


def test_another_session_is_another_matter(display: Display, logind: FakeLogind) -> None:
    desk = Desk(display)
    logind.say("Lock")
    until_locked(desk)
    logind.say("Unlock", OTHER)
    logind.say("PrepareForSleep", "/org/freedesktop/login1", f"{NAME}.Manager", False)
    logind.say("Lock")
    desk.settle()
    assert desk.ui.lock.locked


def test_sleep_locks(display: Display, logind: FakeLogind) -> None:
    desk = Desk(display)
    logind.say("PrepareForSleep", "/org/freedesktop/login1", f"{NAME}.Manager", True)
    until_locked(desk)


def test_nobody_else_opens_it(display: Display, logind: FakeLogind, address: str) -> None:
    desk = Desk(display)
    logind.say("Lock")
    until_locked(desk)
    stranger = open_dbus_connection(address, auth_timeout=WAIT)
    names = stranger.send_and_get_reply(message_bus.ListNames()).body[0]
    # To all, and to each by its own name, which a bus delivers whatever anybody has subscribed to.
    for name in ("", *(name for name in names if name.startswith(":"))):
        tell(stranger, "Unlock", OURS, f"{NAME}.Session", to=name)
    stranger.send_and_get_reply(message_bus.ListNames())
    logind.say("Lock", OTHER)
    logind.until("SetLockedHint", True)
    desk.settle()
    assert desk.ui.lock.locked
    stranger.close()


def test_messages_of_strangers_do_not_drown_what_it_says(display: Display, logind: FakeLogind, address: str) -> None:
    desk = Desk(display)
    stranger = open_dbus_connection(address, auth_timeout=WAIT)
    for name in stranger.send_and_get_reply(message_bus.ListNames()).body[0]:
        if name.startswith(":") and name not in (stranger.unique_name, logind.connection.unique_name):
            for path, body in (("/a", "x" * (3 << 20)), ("/" + "a" * (40 << 10), "x"), ("/a", "x")):
                message = signal_of(DBusAddress(path, interface="a.b"), "C", "s", (body,))
                message.header.fields[HeaderFields.destination] = name
                stranger.send(message)
    stranger.send_and_get_reply(message_bus.ListNames())
    logind.say("Lock")
    until_locked(desk)
    stranger.close()


def test_a_bus_that_talks_nonsense_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.fspath(tmp_path / "bus"))
    listener.listen()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
    display = Display(tmp_path, ("-m", "berth.display", "--lock-marker", os.fspath(tmp_path / "locked")))
    connection, _address = listener.accept()
    connection.settimeout(WAIT)
    assert connection.recv(100).startswith(b"\0AUTH EXTERNAL")
    connection.sendall(b"OK 0123\r\n")
    while b"BEGIN\r\n" not in connection.recv(10_000):
        pass
    connection.sendall(b"x" * 100)
    while connection.recv(10_000):
        pass
    connection.close()
    listener.close()
    Desk(display)
    display.stop()
