"""The card of an app's versions: start one, go back, keep, remove; look for an update, see what it changes, get it.

The engine decides what may be done and does it; here is what the user sees of that. An update that is under way goes
on when the card is closed, and is found again when it is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Property, QCoreApplication, QObject, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.core.messages import (
    ChangeVersion,
    EngineRequest,
    ImageProgress,
    ListVersions,
    Result,
    RunApp,
    Update,
    UpdateApp,
    Versions,
)
from berth.core.problem import Problem
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.translation import QT_TRANSLATE_NOOP, filled
from berth.ui.version_rows import ChangeRow, VersionRow, change_rows, is_newer, size_words, summary, version_row

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

Ask = Callable[[EngineRequest, Callable[[Result | Problem], None]], int]


@dataclass
class _Work:
    """A look for an update, or an update, that is under way."""

    call: int
    checks: bool
    text: str = ""
    fraction: float = -1.0


@QmlAnonymous
class AppVersions(QObject):
    """One app at a time; updates of several may be under way.

    Args:
        call: asks the engine.
        cancel: gives up a call.
        launch: starts an app as the launcher does.
        post: shows a notice.
        show_failure: shows what the engine refused.
        name_of: the name of an app.
    """

    changed = Signal()

    def __init__(
        self,
        call: Ask,
        cancel: Callable[[int], None],
        launch: Callable[[RunApp], None],
        post: Callable[[str], None],
        show_failure: Callable[[Result | Problem], None],
        name_of: Callable[[str], str],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._call = call
        self._cancel = cancel
        self._launch = launch
        self._post = post
        self._show_failure = show_failure
        self._name_of = name_of
        self._app = ""
        self._share = False
        self._looking = self._due = False
        self._found: Versions | None = None
        self._faults: dict[str, str] = {}
        self._works: dict[str, _Work] = {}
        self._told: Update | Problem | None = None
        self._told_of_check = False
        self._rows = RowModel(VersionRow, "digest", self)
        self._changes = RowModel(ChangeRow, "number", self)

    # --- for QML

    def _get_rows(self) -> RowList:
        return self._rows

    def _get_changes(self) -> RowList:
        return self._changes

    def _get_step(self) -> str:
        """``looking`` or ``updating``; ``found``, ``nothing``, ``done`` or ``failed``; "" before anything was asked."""
        work, told = self._works.get(self._app), self._told
        if work is not None:
            return "looking" if work.checks else "updating"
        if isinstance(told, Problem):
            return "failed"
        if told is None:
            return ""
        if self._told_of_check:
            return "found" if is_newer(told) else "nothing"
        return "done"

    def _get_message(self) -> str:
        work, told = self._works.get(self._app), self._told
        if work is not None:
            return work.text
        if isinstance(told, Update):
            return summary(self._name_of(self._app), told, self._told_of_check)
        return str(told) if told is not None else ""

    def _get_fraction(self) -> float:
        work = self._works.get(self._app)
        return work.fraction if work is not None else -1.0

    rows = Property(RowList, _get_rows, constant=True)
    changes = Property(RowList, _get_changes, constant=True)
    open = Property(bool, lambda self: bool(self._app), notify=changed)
    ready = Property(bool, lambda self: self._found is not None, notify=changed)
    name = Property(str, lambda self: self._name_of(self._app), notify=changed)
    keepsData = Property(bool, lambda self: self._found is not None and self._found.keeps_data, notify=changed)
    share = Property(bool, lambda self: self._share, notify=changed)
    step = Property(str, _get_step, notify=changed)
    message = Property(str, _get_message, notify=changed)
    fraction = Property(float, _get_fraction, notify=changed)

    @Slot(str)
    def ask(self, app: str) -> None:
        """Open the card."""
        self._app, self._share, self._found, self._told = app, False, None, None
        self._looking = self._due = False
        self._faults.clear()
        self._show()
        self._look()

    @Slot()
    def close(self) -> None:
        """Leave the card; an update that has begun goes on."""
        work = self._works.get(self._app)
        if work is not None and work.checks:
            self._cancel(work.call)
        self._app, self._found, self._told = "", None, None
        self._faults.clear()
        self._show()

    @Slot(bool)
    def shareData(self, share: bool) -> None:
        """Whether another version that is started uses what the app has stored."""
        self._share = share
        self.changed.emit()

    @Slot(str)
    def start(self, digest: str) -> None:
        row = self._rows.get(digest)
        if row is not None:
            other = "" if row.current else digest
            self._launch(RunApp(self._app, version=other, share_data=bool(other) and self._share))

    @Slot(str)
    def use(self, digest: str) -> None:
        self._change(digest, "use")

    @Slot(str, bool)
    def pin(self, digest: str, on: bool) -> None:
        self._change(digest, "pin" if on else "unpin")

    @Slot(str, bool)
    def remove(self, digest: str, with_data: bool) -> None:
        self._change(digest, "remove", with_data)

    @Slot()
    def look(self) -> None:
        """Look for an update."""
        self._work(UpdateApp(self._app, check=True))

    @Slot()
    def update(self) -> None:
        """Get what was found."""
        if isinstance(self._told, Update) and self._told_of_check:
            self._work(UpdateApp(self._app, reference=self._told.source))

    @Slot()
    def cancel(self) -> None:
        self.cancel_of(self._app)

    @Slot()
    def forget(self) -> None:
        """What was found is not wanted."""
        self._told = None
        self._show()

    # --- for the shell

    def cancel_of(self, app: str) -> bool:
        """Give up the update of an app; tells whether there is one."""
        work = self._works.get(app)
        if work is None:
            return False
        self._cancel(work.call)
        return True

    def progressed(self, progress: ImageProgress) -> None:
        work = self._works.get(progress.app)
        if work is not None and not progress.finished:
            work.text, work.fraction = progress.text, progress.fraction
            if progress.app == self._app:
                self.changed.emit()

    def things_changed(self) -> None:
        """Images or instances did."""
        if self._app:
            self._look()

    def lost(self) -> None:
        """The engine is gone, and with it what was under way."""
        self._works.clear()
        self.close()

    # --- the engine

    def _look(self) -> None:
        if self._looking:
            self._due = True
            return
        self._looking, app = True, self._app

        def found(outcome: Result | Problem) -> None:
            if app != self._app:
                return
            self._looking = False
            self._listed(outcome)
            if self._due:
                self._due = False
                self._look()

        self._call(ListVersions(app), found)

    def _listed(self, outcome: Result | Problem) -> None:
        if isinstance(outcome, Versions):
            self._found = outcome
            self._show()
        else:
            self.close()
            self._show_failure(outcome)

    def _change(self, digest: str, action: Literal["use", "pin", "unpin", "remove"], with_data: bool = False) -> None:
        app = self._app
        row = self._rows.get(digest)
        if row is None:
            return
        self._faults.pop(digest, None)

        def done(outcome: Result | Problem) -> None:
            if isinstance(outcome, Versions) and action == "remove":
                said = _tr(QT_TRANSLATE_NOOP("Versions", "Version %2 is removed, %1 are free again."))
                self._post(filled(said, size_words(outcome.freed), row.version))
            if app != self._app:
                return
            if isinstance(outcome, Problem):
                self._faults[digest] = str(outcome)
                self._show()
            else:
                self._listed(outcome)

        self._call(ChangeVersion(app, action, digest, with_data), done)

    def _work(self, request: UpdateApp) -> None:
        app = request.app
        if not app or app in self._works:
            return
        call = self._call(request, lambda outcome: self._worked(app, call, request.check, outcome))
        self._works[app] = _Work(call, request.check)
        self._told = None
        self._show()

    def _worked(self, app: str, call: int, checked: bool, outcome: Result | Problem) -> None:
        work = self._works.get(app)
        if work is None or work.call != call:
            return
        del self._works[app]
        if app == self._app:
            given_up = isinstance(outcome, Problem) and outcome.code == "cancelled"
            self._told = outcome if isinstance(outcome, Update | Problem) and not given_up else None
            self._told_of_check = checked
            self._show()
            self._look()
        elif isinstance(outcome, Update):
            self._post(summary(self._name_of(app), outcome, checked))
        else:
            self._show_failure(outcome)

    def _show(self) -> None:
        found = self._found.versions if self._found else ()
        self._rows.replace(version_row(info, self._faults.get(info.digest, "")) for info in found)
        self._changes.replace(change_rows(self._told) if isinstance(self._told, Update) else ())
        self.changed.emit()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Versions", text)
