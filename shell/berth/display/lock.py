"""The lock of the session: display alone knows whether it is locked, so neither a new ui nor an app can open it.

A file says so, too: it outlives this process, and whoever starts the next ui or display server finds it there.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from berth.core.messages import Cursor, LockAfter, LockShown, LockState, ProblemInfo, UnlockAnswer
from berth.display.clock import now
from berth.display.conversation import Conversation
from berth.display.tries import Tries

if TYPE_CHECKING:
    from collections.abc import Callable

    from berth.display.server import Server

_log = logging.getLogger("berth.display")

_CAPS = 1 << 1
_MS = 1_000_000
_MOST_NOTES = 8
_MOST_WORDS = 64
"""Sentences of the system without a question between them."""
_OUTCOMES: dict[str, Literal["wrong", "unavailable"]] = {"wrong": "wrong", "unavailable": "unavailable"}
_IMPOSSIBLE = {
    "no-pam": ProblemInfo(
        "no-pam",
        "The screen cannot be locked: this machine has no PAM, so nothing could unlock it again.",
        "Install libpam (Debian: libpam0g).",
    ),
    "no-password": ProblemInfo(
        "no-password",
        "The screen cannot be locked: your account has no password to unlock it with.",
        "Set one with: passwd",
    ),
}


class Lock:
    """Args:
    marker: the file that is there while the session is locked; None keeps it in mind alone.
    tries: the file that says how many wrong passwords there have been; None keeps that in mind alone.

    Attributes:
        state: what the ui is told.
        shown: the ui has said that nothing but the lock can be seen; not for long once it has gone.
    """

    def __init__(self, server: Server, marker: Path | None, tries: Path | None = None) -> None:
        self._server = server
        self._marker = marker
        self.locked = self._is_locked()
        self.state = LockState(self.locked)
        self.shown = False
        self._number = 0
        self._conversation: Conversation | None = None
        self._probe: Conversation | None = None
        self._typed: str | None = None  # before there was a question
        self._tried = False  # this attempt has been answered
        self._words = 0  # what the system has said since then
        self._tries = Tries(tries)
        self._after = 0  # ns without input
        self._since = time.monotonic_ns()
        self._hopeless = False
        if self.locked:
            self._go_on()
            self._begin_probe()
        else:
            self._tries.forget()
        self._follow_logind()

    def _is_locked(self) -> bool:
        return self._marker is not None and self._marker.exists()

    def _go_on(self) -> None:
        """Where a process that died has left off."""
        wait = self._tries.wait
        self.state = LockState(True, outcome="failed" if wait else "", wait=wait)

    def _follow_logind(self) -> None:
        logind = self._server.logind
        if logind is not None:
            logind.lock, logind.unlock = self.lock, self.unlock
            logind.tell_locked(self.locked)

    # --- locking

    def lock(self, by_itself: bool = False) -> None:
        """From now on no app sees, hears or shows anything. Undone with a word to the user if nothing could unlock it.

        Args:
            by_itself: nobody asked for it, so nobody needs to hear a second time that it is impossible.
        """
        if self.locked or (by_itself and self._hopeless):
            return
        self.locked, self.shown = True, False
        self._number += 1
        self._mark()
        self._begin_probe()
        # Before anything that apps have a part in: whatever that comes to, nothing is seen any more.
        self._tell(LockState(True))
        server = self._server
        server.seat.withdraw(now())
        server.popups.dismiss_grabs()
        server.captures.lock()
        server.scene.set_cursor(Cursor("default"))

    def _begin_probe(self) -> None:
        try:
            self._probe = Conversation(self._server.loop, lambda _kind, _text: None, self._probed, ["--probe"])
        except OSError as error:
            _log.warning("whether the screen can be unlocked is not known: %s", error)

    def unlock(self, problem: ProblemInfo | None = None) -> None:
        """The user is back, or somebody whom logind believes, or nobody could come back for that `problem`."""
        if not self.locked:
            return
        self._drop()
        self._drop_probe()
        self.locked = False
        self._mark()
        self._tries.forget()
        self.restart(time.monotonic_ns())
        self._tell(LockState(False, problem=problem))
        self.state = LockState(False)
        self._server.scene.reveal()
        self._server.captures.unlock()
        self._server.seat.keyboard.refocus()

    def _probed(self, outcome: str) -> None:
        self._probe = None
        problem = _IMPOSSIBLE.get(outcome)
        self._hopeless = problem is not None
        if problem is not None:
            self.unlock(problem)
        else:
            self._tell_again()

    def _mark(self) -> None:
        if self._server.logind is not None:
            self._server.logind.tell_locked(self.locked)
        if self._marker is None:
            return
        try:
            if self.locked:
                self._marker.touch(mode=0o600)
            else:
                self._marker.unlink(missing_ok=True)
        except OSError as error:
            _log.error("%s could not be written: %s", self._marker, error)

    def snapshot(self) -> LockState:
        """What a ui that has just come, and has shown nothing yet, is told: with what is left of the pause."""
        self.shown = False
        self.state = msgspec.structs.replace(self.state, wait=self._tries.wait)
        return self.state

    def seen(self, message: LockShown) -> None:
        """It is on the screen, if nothing has come in between."""
        self.shown = self.locked and message.number == self._number

    # --- unlocking

    def answer(self, message: UnlockAnswer) -> None:
        """To the question that is asked, or the password before anybody has asked for it."""
        if not self.locked:
            return
        if self._conversation is None:
            if not self._tries.wait:
                self._begin(message)
        elif self.state.asks:
            self._tell(LockState(True, busy=True, notes=self.state.notes))
            self._give(message.text)

    def _give(self, text: str) -> None:
        assert self._conversation is not None
        if not self._tried:
            self._tries.begin()
        self._tried, self._words = True, 0
        self._conversation.answer(text)

    def cancel(self) -> None:
        """The user gives this attempt up, which costs a pause if it could have been the right answer: a wrong one is
        known by PAM taking longer, so whoever guesses would give up each time."""
        if self.locked and self._conversation is not None:
            tried = self._tried
            self._drop()
            if tried:
                self._ended("failed")
            else:
                self._tell(LockState(True))

    def _begin(self, message: UnlockAnswer) -> None:
        self._typed = message.text or None
        try:
            self._conversation = self._converse(message)
        except OSError as error:
            _log.error("no password can be checked: %s", error)
            self._typed = None
            self._tell(LockState(True, outcome="unavailable"))
            return
        self._tell(LockState(True, busy=True))

    def _converse(self, _message: UnlockAnswer) -> Conversation:
        return Conversation(self._server.loop, self._said, self._ended)

    def _said(self, kind: str, text: str) -> None:
        assert self._conversation is not None
        notes = self.state.notes
        if kind == "secret" and self._typed is not None:
            typed, self._typed = self._typed, None
            self._give(typed)
        elif kind in ("secret", "visible"):
            asks: Literal["secret", "visible"] = "secret" if kind == "secret" else "visible"
            self._tell(LockState(True, asks=asks, question=text, notes=notes))
        elif self._words == _MOST_WORDS:
            _log.error("the check of the password says more than anybody reads")
            self._drop()
            self._ended("failed")
        else:
            self._words += 1
            severity: Literal["info", "error"] = "error" if kind == "error" else "info"
            self._tell(LockState(True, busy=True, notes=(*notes, (severity, text))[-_MOST_NOTES:]))

    def _ended(self, outcome: str) -> None:
        self._conversation = self._typed = None
        self._tried, self._words = False, 0
        if outcome == "ok":
            self.unlock()
            return
        # Whatever the reason: there are modules for which a wrong answer is an error of the system.
        wait = self._tries.fail()
        notes = tuple(note for note in self.state.notes if note[0] == "error")
        self._tell(LockState(True, outcome=_OUTCOMES.get(outcome, "failed"), wait=wait, notes=notes))

    def _drop(self) -> None:
        self._typed = None
        self._tried, self._words = False, 0
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None

    def _drop_probe(self) -> None:
        if self._probe is not None:
            self._probe.close()
            self._probe = None

    def close(self) -> None:
        self._drop()
        self._drop_probe()

    # --- after a time without input

    def change_time(self, message: LockAfter) -> None:
        self._after = max(message.seconds, 0) * 1_000 * _MS
        self.restart(time.monotonic_ns())

    def restart(self, moment: int) -> None:
        """Nobody has done anything since `moment` (ns of the monotonic clock)."""
        self._since = moment
        if self._after and not self.locked:
            self._server.timers.set(self, moment + self._after, self._due)
        else:
            self._server.timers.forget(self)

    def _due(self) -> None:
        idle = self._server.idle
        since = max(self._since, idle.last)
        if time.monotonic_ns() < since + self._after:
            self.restart(since)
        elif not idle.inhibited:  # else `Idle` has it count anew when that ends
            self.lock(by_itself=True)

    # --- what others ask

    def shielded(self, handler: Callable[[Any], None]) -> Callable[[Any], None]:
        """`handler` for what apps must not have while the session is locked."""

        def handle(message: Any) -> None:
            if not self.locked:
                handler(message)

        return handle

    def modifiers_changed(self) -> None:
        """Caps Lock or the layout may be others now, which is shown beside the field."""
        if self.locked and (self.state.caps, self.state.group) != self._modifiers():
            self._tell_again()

    def _modifiers(self) -> tuple[bool, int]:
        _depressed, _latched, locked, group = self._server.seat.keyboard.keymap.modifiers
        return bool(locked & _CAPS), group

    def _tell_again(self) -> None:
        """With what is left of the pause."""
        self._tell(msgspec.structs.replace(self.state, wait=self._tries.wait))

    def _tell(self, state: LockState) -> None:
        if self.locked:
            caps, group = self._modifiers()
            probing = self._probe is not None
            state = msgspec.structs.replace(state, caps=caps, group=group, probing=probing, number=self._number)
        self.state = state
        self._server.scene.send(state)
