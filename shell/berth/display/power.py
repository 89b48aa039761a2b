"""Turning the machine off, starting it anew and having it sleep: logind does it for whoever sits at the machine.

It is asked each time what is possible, and never to ask somebody for a password: nobody here could show that question.
Source: https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.login1.html.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from berth.core.messages import ChangePower, PowerAction, PowerState, ProblemInfo
from berth.display.dbus import wire
from berth.display.logind import Logind

_METHODS: dict[PowerAction, str] = {"suspend": "Suspend", "restart": "Reboot", "power-off": "PowerOff"}
_REFUSALS: dict[PowerAction, str] = {
    "suspend": "The machine was not put to sleep.",
    "restart": "The machine was not restarted.",
    "power-off": "The machine was not powered off.",
}
_LONGEST = 200


class Power:
    """Args:
    logind: None where nothing is to be asked.
    tell: the ui.
    """

    def __init__(self, logind: Logind | None, tell: Callable[[PowerState], None]) -> None:
        self._logind = logind
        self._tell = tell
        self._turn = 0  # of asking; what is answered later than the next one begins is old
        self._open: set[PowerAction] = set()  # questions
        self._can: set[PowerAction] = set()
        self.state = PowerState()
        if logind is not None:
            logind.came.append(self.look)
            logind.gone.append(self._forget)

    def look(self) -> None:
        """Find out what is possible now, and tell."""
        if self._logind is None or not self._logind.there:
            self._show(())
        else:
            self._turn += 1
            self._can.clear()
            self._open = set(_METHODS)
            for action, method in _METHODS.items():
                self._logind.ask(partial(self._answered, self._turn, action), f"Can{method}")

    def change(self, message: ChangePower) -> None:
        if self._logind is None or not self._logind.there:
            self._refuse(message.action, "There is no logind that could do it.")
        else:
            self._logind.ask(partial(self._done, message.action), _METHODS[message.action], "b", False)

    def _answered(self, turn: int, action: PowerAction, message: wire.Message, _fds: list[int]) -> None:
        if turn != self._turn:
            return
        self._open.discard(action)
        if message.kind == wire.METHOD_RETURN and message.first_string() == "yes":
            self._can.add(action)
        if not self._open:
            self._show(tuple(action for action in _METHODS if action in self._can))

    def _done(self, action: PowerAction, message: wire.Message, _fds: list[int]) -> None:
        if message.kind == wire.ERROR:
            said = " ".join((message.first_string() or message.error).split())
            self._refuse(action, said[:_LONGEST] if said.isprintable() else "")

    def _refuse(self, action: PowerAction, hint: str) -> None:
        self._tell(PowerState(self.state.can, ProblemInfo("power-refused", _REFUSALS[action], hint)))

    def _forget(self) -> None:
        self._turn += 1
        self._show(())

    def _show(self, can: tuple[PowerAction, ...]) -> None:
        self.state = PowerState(can)
        self._tell(self.state)
