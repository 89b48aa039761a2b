"""A login screen is a lock that nothing opens: whoever gets in has a session of their own, and this one ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from berth.core.messages import LockState, ProblemInfo, UnlockAnswer
from berth.display.conversation import Conversation
from berth.display.lock import Lock

if TYPE_CHECKING:
    from berth.display.server import Server

_LONGEST = 256


class Greeter(Lock):
    """Args:
    remembered: the folder where the last login is kept.
    tries: the file that says how many wrong passwords there have been.
    """

    def __init__(self, server: Server, remembered: Path, tries: Path | None) -> None:
        super().__init__(server, None, tries)
        self._remembered = remembered

    def _is_locked(self) -> bool:
        return True

    def _begin_probe(self) -> None:
        """greetd knows who can log in."""

    def _follow_logind(self) -> None:
        """Its session is nobody's, so there is nothing to lock and to open."""

    def answer(self, message: UnlockAnswer) -> None:
        if not self.state.started:
            super().answer(message)

    def unlock(self, problem: ProblemInfo | None = None) -> None:
        """Somebody is in: greetd starts their session when ours has ended, which is the ui's to do."""
        if problem is not None:
            return
        self._drop()
        self._tries.forget()
        self._tell(LockState(True, busy=True, started=True))

    def _converse(self, message: UnlockAnswer) -> Conversation:
        options = ("--greet", str(self._remembered))
        conversation = Conversation(self._server.loop, self._said, self._ended, options)
        conversation.answer(message.user[:_LONGEST])
        conversation.answer(message.session[:_LONGEST])
        return conversation
