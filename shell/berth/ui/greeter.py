"""The singleton ``Greeter``: who can log in, to which session, and what the user has chosen of it.

What is offered comes from a process beside this one, as looking it up may take its time; how far the login is says
`Lock`, of which a login screen is one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Property, QObject, QProcess, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine

from berth.ui.lock import Lock
from berth.ui.singletons import provided

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_MOST_SAID = 1 << 20
_LONGEST_USER = 128


class Offers(msgspec.Struct, frozen=True):
    """What `berth.login.offers` prints: accounts with names, ids of sessions with names, what was chosen last."""

    people: tuple[tuple[str, str], ...] = ()
    sessions: tuple[tuple[str, str], ...] = (("berth", "Berth"),)
    last: tuple[str, str] = ("", "")


@QmlElement
@QmlSingleton
class Greeter(QObject):
    """Args:
    lock: what sends answers, and knows what comes of them.
    remembered: where the last login is kept; None where this is no login screen.
    """

    changed = Signal()

    def __init__(self, lock: Lock, remembered: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = lock
        self._remembered = remembered
        self._offers = Offers()
        self._user = ""
        self._session = "berth"
        self._process: QProcess | None = None
        self._known = False

    @staticmethod
    def create(engine: QQmlEngine) -> Greeter:
        return provided(engine, Greeter)

    # --- what is offered

    def look(self) -> None:
        """Find out what there is; until then Berth and any name can be chosen."""
        process = self._process = QProcess(self)
        process.finished.connect(lambda _code, _status: self._looked(process))
        process.start(sys.executable, ["-m", "berth.login.offers", "--state", str(self._remembered)])

    def _looked(self, process: QProcess) -> None:
        said = bytes(process.readAllStandardOutput().data())[:_MOST_SAID]
        process.deleteLater()
        self._process = None
        try:
            self.take(msgspec.json.decode(said, type=Offers))
        except msgspec.DecodeError:
            self.take(Offers())

    def take(self, offers: Offers) -> None:
        self._offers = offers
        self._known = True
        user, session = offers.last
        if any(session == known for known, _name in offers.sessions):
            self._session = session
        if not self._user:
            self._user = self._first(user)
        self.changed.emit()

    def _first(self, last: str) -> str:
        """Whoever was here last, also with a name that is not listed, or the only one there is."""
        return last or (self._offers.people[0][0] if len(self._offers.people) == 1 else "")

    def close(self) -> None:
        if self._process is not None:
            self._process.finished.disconnect()
            self._process.kill()

    # --- for QML

    @Slot(str)
    def choose(self, user: str) -> None:
        """Another account; an empty one asks for it again. What the last one was asked is given up."""
        self._lock.cancel()
        self._user = user.strip()[:_LONGEST_USER]
        self.changed.emit()

    @Slot(str)
    def chooseSession(self, session: str) -> None:
        self._session = session
        self.changed.emit()

    @Slot(str)
    def answer(self, text: str) -> None:
        self._lock.answer_as(text, self._user, self._session)

    def _rows(self, pairs: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
        return [{"key": key, "name": name} for key, name in pairs]

    def _get_name(self) -> str:
        return dict(self._offers.people).get(self._user, self._user)

    def _get_session_name(self) -> str:
        return dict(self._offers.sessions).get(self._session, self._session)

    active = Property(bool, lambda self: self._remembered is not None, constant=True)
    known = Property(bool, lambda self: self._known, notify=changed)
    people = Property(list, lambda self: self._rows(self._offers.people), notify=changed)
    sessions = Property(list, lambda self: self._rows(self._offers.sessions), notify=changed)
    user = Property(str, lambda self: self._user, notify=changed)
    name = Property(str, _get_name, notify=changed)
    session = Property(str, lambda self: self._session, notify=changed)
    sessionName = Property(str, _get_session_name, notify=changed)
