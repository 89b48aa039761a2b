"""A system bus of a test's own, with a stand-in for logind that does as it is told."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, message_bus, new_error, new_method_return
from jeepney import new_signal as signal_of
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.display.client import WAIT
from tests.ready import readable

NAME = "org.freedesktop.login1"
MANAGER = "/org/freedesktop/login1"
OURS, OTHER = "/org/freedesktop/login1/session/_31", "/org/freedesktop/login1/session/_32"
_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


@contextmanager
def system_bus(folder: Path) -> Iterator[str]:
    """The address of a bus that lets everybody do anything."""
    path = folder / "bus"
    configuration = folder / "bus.conf"
    configuration.write_text(_CONFIGURATION.format(path=path))
    command = ["dbus-daemon", f"--config-file={configuration}", "--nofork", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        line = daemon.stdout.readline().strip()
        assert line
        try:
            yield line
        finally:
            daemon.terminate()


class FakeLogind:
    """Owns the name, knows one session, and keeps what it was asked."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.connection: DBusConnection = open_dbus_connection(address, enable_fds=True, auth_timeout=WAIT)
        self.connection.send_and_get_reply(message_bus.RequestName(NAME))
        self.calls: list[tuple[str, Any]] = []
        self.answers: dict[str, Any] = {}  # to methods without arguments; an exception is an error
        self.inhibitors: list[int] = []  # our ends; the others are whoever asked for them
        self.changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError, EOFError):  # closed, perhaps in the middle of an answer
            while True:
                self._take(self.connection.receive())

    def _take(self, message: Message) -> None:
        if message.header.message_type is not MessageType.method_call:
            return
        member = message.header.fields[HeaderFields.member]
        # Whoever waits for the call goes on when it has been answered.
        with self.changed:
            self._answer(member, message)
            self.calls.append((member, message.body))
            self.changed.notify_all()

    def _answer(self, member: str, message: Message) -> None:
        answer = self.answers.get(member)
        if member.startswith("GetSession"):
            self.connection.send(new_method_return(message, "o", (OURS,)))
        elif isinstance(answer, Exception):
            self.connection.send(new_error(message, f"{NAME}.Refused", "s", (str(answer),)))
        elif member == "Inhibit":
            ours, theirs = os.pipe()
            self.inhibitors.append(ours)
            self.connection.send(new_method_return(message, "h", (theirs,)))
            os.close(theirs)
        elif answer is not None:
            self.connection.send(new_method_return(message, "s", (answer,)))
        elif message.body and not member.startswith("Set"):
            self.connection.send(new_method_return(message))

    def close(self) -> None:
        self.connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(WAIT)
        self.connection.close()
        for fd in self.inhibitors:
            os.close(fd)

    def until(self, member: str, *values: Any) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: (member, values) in self.calls, WAIT), self.calls

    def asked(self, member: str) -> int:
        """How often."""
        with self.changed:
            return sum(name == member for name, _values in self.calls)

    def until_asked(self, member: str, times: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: sum(name == member for name, _ in self.calls) >= times, WAIT), member

    def held(self, number: int = -1) -> bool:
        """Whether the descriptor is open that was given away as that one."""
        return not readable([self.inhibitors[number]])

    def until_released(self, number: int = -1) -> None:
        assert readable([self.inhibitors[number]], WAIT), "it is held"

    def leave(self) -> None:
        self.connection.send(message_bus.ReleaseName(NAME))

    def come_back(self) -> None:
        self.connection.send(message_bus.RequestName(NAME))

    def sleep(self, asleep: bool) -> None:
        self.say("PrepareForSleep", MANAGER, f"{NAME}.Manager", asleep)

    def say(self, member: str, path: str = OURS, interface: str = f"{NAME}.Session", *values: Any) -> None:
        tell(self.connection, member, path, interface, *values)


def tell(connection: DBusConnection, member: str, path: str, interface: str, *values: Any, to: str = "") -> None:
    message = signal_of(DBusAddress(path, interface=interface), member, "b" if values else None, values)
    if to:
        message.header.fields[HeaderFields.destination] = to
    connection.send(message)
