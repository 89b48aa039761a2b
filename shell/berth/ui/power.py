"""The singleton ``Power``: ending the session, and having the machine sleep, start anew or be off.

What the machine can do the display server says, which asks logind. What ends the apps is asked about first, with their
names: nobody knows what they have not saved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Property, QCoreApplication, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine

from berth.core.messages import ChangePower, LookAtPower, PowerAction, PowerState, SceneRequest
from berth.ui.rowmodel import RowModel
from berth.ui.rows import InstanceRow
from berth.ui.singletons import provided
from berth.ui.translation import QT_TRANSLATE_NOOP

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

LOG_OUT = "log-out"
_ACTIONS: tuple[PowerAction, ...] = ("suspend", "restart", "power-off")
_NAMES: Mapping[str, str] = {
    LOG_OUT: QT_TRANSLATE_NOOP("Power", "Log out"),
    "suspend": QT_TRANSLATE_NOOP("Power", "Suspend"),
    "restart": QT_TRANSLATE_NOOP("Power", "Restart"),
    "power-off": QT_TRANSLATE_NOOP("Power", "Power off"),
}
_QUESTIONS: Mapping[str, str] = {
    "": "",
    LOG_OUT: QT_TRANSLATE_NOOP("Power", "Log out?"),
    "restart": QT_TRANSLATE_NOOP("Power", "Restart this machine?"),
    "power-off": QT_TRANSLATE_NOOP("Power", "Power off this machine?"),
}


@QmlElement
@QmlSingleton
class Power(QObject):
    """Args:
    send: takes messages for the display server.
    instances: the apps that run; None before anybody has logged in.
    log_out: ends the session.
    """

    changed = Signal()
    choicesChanged = Signal()
    runningChanged = Signal()

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        instances: RowModel[InstanceRow] | None = None,
        log_out: Callable[[], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._send = send
        self._instances = instances
        self._log_out = log_out
        self._state = PowerState()
        self._open = False
        self._wanted = ""
        self._problem = ""
        if instances is not None:
            for signal in (instances.rowsInserted, instances.rowsRemoved, instances.dataChanged, instances.modelReset):
                signal.connect(self.runningChanged)

    @staticmethod
    def create(engine: QQmlEngine) -> Power:
        return provided(engine, Power)

    def take(self, state: PowerState) -> None:
        before, self._state = self._state, state
        if state.can != before.can:
            self.choicesChanged.emit()
        if state.problem is not None:
            self._problem = " ".join(filter(None, (state.problem.message, state.problem.hint)))
            self.changed.emit()

    # --- for QML

    @Slot()
    def show(self) -> None:
        """The user wants to choose."""
        self._send(LookAtPower())
        self._set(True, "")

    @Slot(str)
    def ask(self, action: str) -> None:
        """The user has chosen; what can be undone is done at once."""
        if action == "suspend":
            self.close()
            self._send(ChangePower("suspend"))
        elif any(action == choice["key"] for choice in self._get_choices()):
            self._set(True, action)

    @Slot()
    def confirm(self) -> None:
        """The question that is open has been answered with yes."""
        action = self._wanted
        self.close()
        if action == LOG_OUT and self._log_out is not None:
            self._log_out()
        for known in _ACTIONS:
            if known == action:
                self._send(ChangePower(known))

    @Slot()
    def close(self) -> None:
        self._set(False, "")

    def _set(self, opened: bool, wanted: str) -> None:
        self._open, self._wanted, self._problem = opened, wanted, ""
        self.changed.emit()

    def _get_choices(self) -> list[dict[str, Any]]:
        keys = [LOG_OUT] if self._log_out is not None else []
        keys += [action for action in _ACTIONS if action in self._state.can]
        return [{"key": key, "name": _word(_NAMES[key])} for key in keys]

    def _get_running(self) -> list[dict[str, Any]]:
        """Each app once."""
        rows = () if self._instances is None else self._instances
        found = {row.app: {"app": row.app, "name": row.name, "icon": row.icon} for row in rows}
        return sorted(found.values(), key=lambda one: one["name"].casefold())

    choices = Property(list, _get_choices, notify=choicesChanged)
    open = Property(bool, lambda self: self._open, notify=changed)
    wanted = Property(str, lambda self: self._wanted, notify=changed)
    question = Property(str, lambda self: _word(_QUESTIONS[self._wanted]), notify=changed)
    action = Property(str, lambda self: _word(_NAMES.get(self._wanted, "")), notify=changed)
    running = Property(list, _get_running, notify=runningChanged)
    problem = Property(str, lambda self: self._problem, notify=changed)


def _word(text: str) -> str:
    return QCoreApplication.translate("Power", text)
