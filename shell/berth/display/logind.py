"""logind's word on the session: `loginctl lock-session` locks it, `loginctl unlock-session` opens it; and calls to it.

Where there is no logind nothing happens. Anybody on the system bus can send this process a signal, so only those of
the owner of logind's name count.
Source: https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.login1.html.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from berth.display.dbus import wire
from berth.display.loop import Loop
from berth.display.system_bus import BUS, Answer, SystemBus

_NAME, _PATH = "org.freedesktop.login1", "/org/freedesktop/login1"
_MANAGER, _SESSION = f"{_NAME}.Manager", f"{_NAME}.Session"
_MATCHES = (
    f"type='signal',sender='{_NAME}',interface='{_SESSION}'",
    f"type='signal',sender='{_NAME}',interface='{_MANAGER}',member='PrepareForSleep'",
    f"type='signal',sender='{BUS}',interface='{BUS}',member='NameOwnerChanged',arg0='{_NAME}'",
)


def _nothing(*_said: object) -> None:
    """Nobody has asked to hear of it."""


class Logind:
    """Attributes:
    lock, unlock: called when it says so of this session.
    sleeps: told that the machine is about to sleep (True), or has woken up.
    came: called whenever there is a logind that can be asked.
    gone: called when that one is there no more.
    """

    def __init__(self, loop: Loop, environment: Mapping[str, str]) -> None:
        self.lock: Callable[[], None] = _nothing
        self.unlock: Callable[[], None] = _nothing
        self.sleeps: Callable[[bool], None] = _nothing
        self.came: list[Callable[[], None]] = []
        self.gone: list[Callable[[], None]] = []
        self._number = environment.get("XDG_SESSION_ID", "")
        self._owner = ""
        self._session = ""
        self._locked = False
        self._bus = SystemBus(loop, environment, self._begin, self._signalled, lambda: self._owned_by(""))

    @property
    def there(self) -> bool:
        return bool(self._owner)

    def tell_locked(self, locked: bool) -> None:
        """Others ask logind whether the session is locked."""
        self._locked = locked
        if self._session:
            self._bus.call(_NAME, self._session, _SESSION, "SetLockedHint", "b", locked)

    def ask(self, answer: Answer, member: str, signature: str = "", *values: Any) -> None:
        """Call a method of its manager."""
        self._bus.ask(answer, _NAME, _PATH, _MANAGER, member, signature, *values)

    def close(self) -> None:
        self.came, self.gone = [], []
        self._bus.close()

    # --- what it says

    def _begin(self) -> None:
        for match in _MATCHES:
            self._bus.ask_bus(_nothing, "AddMatch", match)
        self._bus.ask_bus(self._owned, "GetNameOwner", _NAME)

    def _owned(self, message: wire.Message, _fds: list[int]) -> None:
        if message.kind == wire.METHOD_RETURN:
            self._owned_by(message.first_string() or "")

    def _owned_by(self, owner: str) -> None:
        before, self._owner = self._owner, owner
        if before == owner:
            return
        if before:
            self._session = ""
            for gone in self.gone:
                gone()
        if owner:
            which = ("GetSession", "s", self._number) if self._number else ("GetSessionByPID", "u", 0)
            self.ask(self._found, *which)
            for came in self.came:
                came()

    def _found(self, message: wire.Message, _fds: list[int]) -> None:
        if message.kind == wire.METHOD_RETURN:
            self._session = message.first_string() or ""
            if self._locked:
                self.tell_locked(True)

    def _signalled(self, message: wire.Message) -> None:
        if message.sender == BUS and message.member == "NameOwnerChanged":
            name, _before, owner = message.arguments("sss")
            if name == _NAME:
                self._owned_by(owner)
        elif self._owner and message.sender == self._owner:
            self._heard(message)

    def _heard(self, message: wire.Message) -> None:
        match message.interface, message.member:
            case interface, "Lock" if interface == _SESSION and message.path == self._session:
                self.lock()
            case interface, "Unlock" if interface == _SESSION and message.path == self._session:
                self.unlock()
            case interface, "PrepareForSleep" if interface == _MANAGER:
                self.sleeps(bool(message.arguments("b")[0]))
