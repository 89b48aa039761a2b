"""What the dialog shows in which the user removes an app: what goes, what stays and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from PySide6.QtCore import Property, QCoreApplication, QLocale, QObject, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.core.messages import Belonging, EngineRequest, PlanRemoval, RemovalPlan, RemoveApp, Result
from berth.core.problem import Problem
from berth.ui.permission_words import noun_of
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.translation import QT_TRANSLATE_NOOP, filled

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_CONTEXT = "Removal"
_WORDS: Mapping[str, str] = {
    "image": QT_TRANSLATE_NOOP("Removal", "The program, %1"),
    "layer": QT_TRANSLATE_NOOP("Removal", "Layer %1"),
    "data": QT_TRANSLATE_NOOP("Removal", "What it has stored, and your settings for it"),
    "permission": QT_TRANSLATE_NOOP("Removal", "Your decision about: %1"),
    "runtime": QT_TRANSLATE_NOOP("Removal", "Your choice of what runs it: %1"),
    "manifest": QT_TRANSLATE_NOOP("Removal", "Its description, %1"),
    "script": QT_TRANSLATE_NOOP("Removal", "Launcher script %1"),
    "desktop-entry": QT_TRANSLATE_NOOP("Removal", "Entry for other desktops, %1"),
    "container": QT_TRANSLATE_NOOP("Removal", "Outside of Berth: %1"),
    "instance": QT_TRANSLATE_NOOP("Removal", "Running: %1"),
    "record": QT_TRANSLATE_NOOP("Removal", "A note of %1"),
    "file": QT_TRANSLATE_NOOP("Removal", "File %1"),
    "work": QT_TRANSLATE_NOOP("Removal", "What is being fetched or made now: %1"),
}
_LISTED = 3
_REASONS: Mapping[str, str] = {
    "": "",
    "shared": QT_TRANSLATE_NOOP("Removal", "used by %1"),
    "kept": QT_TRANSLATE_NOOP("Removal", "you keep it"),
    "system": QT_TRANSLATE_NOOP("Removal", "the app is offered as before"),
    "session": QT_TRANSLATE_NOOP("Removal", "of the session “%1”"),
}


class BelongingRow(msgspec.Struct, frozen=True):
    number: int
    text: str
    size: str
    reason: str


@QmlAnonymous
class Removal(QObject):
    """One removal at a time, from the user's wish to the engine's answer.

    Args:
        call: asks the engine.
        post: shows a notice: severity, message.
        show_failure: shows what the engine refused.
        name_of: the name of an app.
    """

    changed = Signal()

    def __init__(
        self,
        call: Callable[[EngineRequest, Callable[[Result | Problem], None]], int],
        post: Callable[[str], None],
        show_failure: Callable[[Result | Problem], None],
        name_of: Callable[[str], str],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._call = call
        self._post = post
        self._show_failure = show_failure
        self._name_of = name_of
        self._app = ""
        self._keep_data = False
        self._removing = False
        self._plan: RemovalPlan | None = None
        self._goes = RowModel(BelongingRow, "number", self)
        self._stays = RowModel(BelongingRow, "number", self)

    # --- for QML

    def _get_goes(self) -> RowList:
        return self._goes

    def _get_stays(self) -> RowList:
        return self._stays

    def _has_data(self) -> bool:
        plan = self._plan
        return plan is not None and any(thing.kind == "data" and not thing.used_by for thing in plan.goes + plan.stays)

    goes = Property(RowList, _get_goes, constant=True)
    stays = Property(RowList, _get_stays, constant=True)
    open = Property(bool, lambda self: bool(self._app), notify=changed)
    name = Property(str, lambda self: self._name_of(self._app), notify=changed)
    ready = Property(bool, lambda self: self._plan is not None and not self._removing, notify=changed)
    removing = Property(bool, lambda self: self._removing, notify=changed)
    keepData = Property(bool, lambda self: self._keep_data, notify=changed)
    hasData = Property(bool, _has_data, notify=changed)
    running = Property(int, lambda self: len(self._plan.running) if self._plan else 0, notify=changed)
    freed = Property(str, lambda self: _size(self._plan.freed) if self._plan else "", notify=changed)

    @Slot(str)
    def ask(self, app: str) -> None:
        """Open the dialog."""
        self._app, self._keep_data, self._removing = app, False, False
        self._show(None)
        self._look()

    @Slot(bool)
    def keep(self, keep_data: bool) -> None:
        self._keep_data = keep_data
        self._look()

    @Slot()
    def close(self) -> None:
        """Leave the dialog; a removal that has begun goes on."""
        self._app = ""
        self._show(None)

    @Slot()
    def confirm(self) -> None:
        if self._plan is None or self._removing:
            return
        app, name = self._app, self._name_of(self._app)
        self._removing = True
        self.changed.emit()
        self._call(RemoveApp(app, self._keep_data, stop=True), lambda outcome: self._removed(app, name, outcome))

    # --- for the shell

    def instance_changed(self, app: str) -> None:
        if app == self._app and not self._removing:
            self._look()

    def _look(self) -> None:
        app, keep_data = self._app, self._keep_data

        def found(outcome: Result | Problem) -> None:
            if (app, keep_data, False) != (self._app, self._keep_data, self._removing):
                return
            if isinstance(outcome, RemovalPlan):
                self._show(outcome)
            else:
                self.close()
                self._show_failure(outcome)

        self._call(PlanRemoval(app, keep_data), found)

    def _show(self, plan: RemovalPlan | None) -> None:
        self._plan = plan
        self._goes.replace(self._row(number, thing) for number, thing in enumerate(plan.goes if plan else ()))
        self._stays.replace(self._row(number, thing) for number, thing in enumerate(plan.stays if plan else ()))
        self.changed.emit()

    def _row(self, number: int, thing: Belonging) -> BelongingRow:
        what = noun_of(thing.what) if thing.kind == "permission" else thing.what
        users = _listed([self._name_of(app) if thing.why == "shared" else app for app in thing.used_by])
        return BelongingRow(
            number,
            _tr(_WORDS[thing.kind]).replace("%1", what),
            _size(thing.size) if thing.size >= 0 else "",
            _tr(_REASONS[thing.why]).replace("%1", users),
        )

    def _removed(self, app: str, name: str, outcome: Result | Problem) -> None:
        self._removing = False
        if self._app == app:
            self.close()
        if isinstance(outcome, RemovalPlan):
            said = QT_TRANSLATE_NOOP("Removal", "%1 is removed, %2 are free again.")
            self._post(filled(_tr(said), name, _size(outcome.freed)))
        else:
            self._show_failure(outcome)


def _listed(names: Sequence[str]) -> str:
    """The first ones, and how many there are beside."""
    first = ", ".join(names[:_LISTED])
    if len(names) <= _LISTED:
        return first
    return filled(_tr(QT_TRANSLATE_NOOP("Removal", "%1 and %2 more")), first, len(names) - _LISTED)


def _size(size: int) -> str:
    return QLocale().formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text) if text else ""
