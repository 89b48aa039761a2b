"""The singleton ``Lock``: what the lock screen shows, and what the user does there.

Whether the session is locked only the display server decides; here is what it has said last. Nothing of what the user
types is kept.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Property, QObject, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine

from berth.core.messages import CancelUnlock, LockAfter, LockSession, LockState, SceneRequest, UnlockAnswer
from berth.core.problem import Problem
from berth.ui.singletons import provided

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

MOST_TYPED = 512
"""Characters of an answer; what libpam takes at most."""
_CHOICE = "lock-after"
_USUAL = 600
_MOST = 24 * 3600
_TIMES = (0, 60, 120, 300, 600, 1800)
"""Seconds that the desktop offers."""
_PICTURES = (".face", ".face.icon")


def usual_time(config: Path, alone: bool) -> int:
    """Seconds without input after which the session locks by itself; 0 for never.

    Args:
        config: the folder of the user's choices.
        alone: no other desktop is around this one, which would see to that.
    """
    try:
        return min(max(int((config / _CHOICE).read_text(encoding="utf-8")), 0), _MOST)
    except (OSError, ValueError):
        return _USUAL if alone else 0


def choose_time(config: Path, seconds: int) -> None:
    """Raises `Problem` ``bad-time``, ``write-failed``."""
    if not 0 <= seconds <= _MOST:
        raise Problem("bad-time", "The screen can lock after a minute to a day.", "0 is never.")
    temporary = config / f".{_CHOICE}.{os.getpid()}"
    try:
        config.mkdir(parents=True, exist_ok=True)
        temporary.write_text(f"{seconds}\n", encoding="utf-8")
        temporary.replace(config / _CHOICE)
    except OSError as error:
        raise Problem("write-failed", f"{config / _CHOICE} could not be written: {error.strerror}.") from None


@QmlElement
@QmlSingleton
class Lock(QObject):
    """Args:
    send: takes messages for the display server; returns nothing, and loses them while that is away.
    lock_scene: told, when that changes, whether windows and shell may have any input.
    layouts: of the keyboard, by group.
    locked: as the supervisor knows it, before the display server has said anything.
    started: called when somebody has logged in; a session that is locked has nobody to log in.
    """

    changed = Signal()
    lockedChanged = Signal()
    timeChanged = Signal()
    timeChosen = Signal(int)
    """The user wants that many seconds, which have to be kept."""

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        lock_scene: Callable[[bool], None],
        layouts: str = "",
        locked: bool = False,
        started: Callable[[], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._send = send
        self._lock_scene = lock_scene
        self._started = started
        self._layouts = [name for name in layouts.split(",") if name]
        self._state = LockState(locked)
        self._user, self._name = _person()
        # Not before the display server's: it takes no answer until then.
        self._waiting = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._waiting.timeout.connect(self.changed)
        self._after = 0
        self._lockings: list[Callable[[Problem | None], None]] = []

    @staticmethod
    def create(engine: QQmlEngine) -> Lock:
        return provided(engine, Lock)

    # --- the display server

    def take(self, state: LockState) -> None:
        before, self._state = self._state, state
        if state.wait and state is not before:
            self._waiting.start(state.wait)
        elif not state.locked:
            self._waiting.stop()
        if state.locked != before.locked:
            self._lock_scene(state.locked)
            self.lockedChanged.emit()
        if not state.probing:
            self._answer_lockings(before)
        self.changed.emit()
        if state.started and self._started is not None:
            self._started()

    def _answer_lockings(self, before: LockState) -> None:
        problem, state = None, self._state
        if not state.locked:
            if self._lockings and not (before.locked or state.problem):
                self._send(LockSession())  # what was asked for was lost on the way to a display server that died
                return
            problem = Problem("unlocked", "The screen was locked, and unlocked again at once.")
        if state.problem is not None:
            problem = Problem(state.problem.code, state.problem.message, state.problem.hint)
        lockings, self._lockings = self._lockings, []
        for done in lockings:
            done(problem)

    def set_time(self, seconds: int) -> None:
        """Lock after that long without input."""
        self._after = seconds
        self.timeChanged.emit()
        self._send(LockAfter(seconds))

    def lock_and(self, done: Callable[[Problem | None], None]) -> None:
        """Lock; `done` is called when it is for sure, or with why it is not: `Problem` ``no-password``, ``no-pam``,
        ``unlocked``."""
        if self._state.locked and not self._state.probing:
            done(None)
            return
        self._lockings.append(done)
        if not self._state.locked:
            self._send(LockSession())

    # --- for QML

    @Slot()
    def lock(self) -> None:
        self._send(LockSession())

    @Slot(int)
    def chooseTime(self, seconds: int) -> None:
        if seconds in self._get_times():
            self.timeChosen.emit(seconds)

    @Slot(str)
    def answer(self, text: str) -> None:
        """The user has typed the password, or the answer to a further question."""
        self.answer_as(text)

    def answer_as(self, text: str, user: str = "", session: str = "") -> None:
        """At a login screen: `user` wants into `session`."""
        if self._state.locked and self._takes_answers():
            self._send(UnlockAnswer(text[:MOST_TYPED], user, session))

    @Slot()
    def cancel(self) -> None:
        self._send(CancelUnlock())

    def _get_times(self) -> list[int]:
        """With the one that the command line has chosen."""
        return sorted({*_TIMES, self._after})

    def _takes_answers(self) -> bool:
        return bool(self._state.asks) or not (self._state.busy or self._waiting.isActive())

    def _get_question(self) -> str:
        return self._state.question.strip().rstrip(":").rstrip() or self.tr("Password")

    def _get_message(self) -> str:
        """What the last attempt came to, and what the system has to say, the last word first."""
        words = [text.strip() for _kind, text in reversed(self._state.notes)]
        return " ".join(word for word in (self._outcome(), *words) if word)

    def _outcome(self) -> str:
        match self._state.outcome:
            case "wrong":
                said = self.tr("That was not the right password.")
            case "unavailable":
                said = self.tr("The password cannot be checked at the moment.")
            case "failed":
                unlocking = self._started is None
                said = self.tr("Unlocking did not work.") if unlocking else self.tr("Logging in did not work.")
            case _:
                return ""
        return f"{said} {self._pause()}" if self._waiting.isActive() else said

    def _pause(self) -> str:
        seconds = round(self._state.wait / 1000)
        if seconds <= 1:
            return self.tr("Try again in a second.")
        return self.tr("Try again in %1 seconds.").replace("%1", str(seconds))

    def _get_layout(self) -> str:
        """Shown only where there is something to mix up."""
        if len(self._layouts) < 2:
            return ""
        return self._layouts[min(self._state.group, len(self._layouts) - 1)].upper()

    def _is_error(self) -> bool:
        return bool(self._state.outcome) or any(kind == "error" for kind, _text in self._state.notes)

    locked = Property(bool, lambda self: self._state.locked, notify=lockedChanged)
    after = Property(int, lambda self: self._after, notify=timeChanged)
    times = Property(list, _get_times, notify=timeChanged)
    ready = Property(bool, _takes_answers, notify=changed)
    busy = Property(bool, lambda self: self._state.busy, notify=changed)
    asking = Property(bool, lambda self: bool(self._state.asks), notify=changed)
    secret = Property(bool, lambda self: self._state.asks != "visible", notify=changed)
    question = Property(str, _get_question, notify=changed)
    message = Property(str, _get_message, notify=changed)
    error = Property(bool, _is_error, notify=changed)
    capsLock = Property(bool, lambda self: self._state.caps, notify=changed)
    layout = Property(str, _get_layout, notify=changed)
    user = Property(str, lambda self: self._user, constant=True)
    name = Property(str, lambda self: self._name, constant=True)
    picture = Property(str, lambda self: _picture(), constant=True)
    mostTyped = Property(int, lambda self: MOST_TYPED, constant=True)


def _person() -> tuple[str, str]:
    """Account and name of whoever this runs as."""
    try:
        entry = pwd.getpwuid(os.getuid())
    except KeyError:
        return str(os.getuid()), str(os.getuid())
    return entry.pw_name, entry.pw_gecos.split(",")[0].strip() or entry.pw_name


def _picture() -> str:
    """URL of the user's own picture, empty without one."""
    home = Path(os.environ.get("HOME", "/"))
    found: Any = next((home / name for name in _PICTURES if (home / name).is_file()), None)
    return QUrl.fromLocalFile(os.fspath(found)).toString() if found is not None else ""
