"""The card in which the user changes how an app runs: its sections, rows and profiles.

What may be set, and what is wrong with it, the engine says; nothing of its rules is repeated here. A change shows at
once, and goes back with a sentence if the engine refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.core.messages import (
    AppInfo,
    ChangeProfile,
    ChangeSettings,
    EngineRequest,
    GetSettings,
    RestartInstance,
    Result,
    SetPermission,
    Settings,
)
from berth.core.problem import Problem
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.rows import InstanceRow
from berth.ui.run_rows import (
    PERMISSION,
    SECTIONS,
    SettingRow,
    key_of_new,
    row_of,
    rows_of,
    section_name,
)

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

Ask = Callable[[EngineRequest, Callable[[Result | Problem], None]], int]
_NEW = "new"
"""Stands for the entry that is being added, among keys that have faults."""


@QmlAnonymous
class RunSettings(QObject):
    """One app and one of its profiles at a time.

    Args:
        call: asks the engine.
        show_failure: shows what the engine refused and no row is about.
        info_of: what is known of an app.
        running: the instances there are.
    """

    changed = Signal()

    def __init__(
        self,
        call: Ask,
        show_failure: Callable[[Result | Problem], None],
        info_of: Callable[[str], AppInfo | None],
        running: Callable[[], Iterable[InstanceRow]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._call = call
        self._show_failure = show_failure
        self._info_of = info_of
        self._running = running
        self._app = self._profile = ""
        self._section = SECTIONS[0]
        self._settings: Settings | None = None
        self._wished: dict[str, str | None] = {}
        self._faults: dict[str, str] = {}
        self._checks = 0
        self._moving = False
        self._rows = RowModel(SettingRow, "key", self)

    # --- for QML

    def _get_rows(self) -> RowList:
        return self._rows

    def _get_profiles(self) -> list[str]:
        info = self._info_of(self._app)
        return list(info.profiles) if info is not None else []

    def _get_name(self) -> str:
        info = self._info_of(self._app)
        return info.name if info is not None else self._app

    def _get_icon_app(self) -> str:
        return self._app

    def _get_sections(self) -> list[dict[str, str | int]]:
        return [
            {"id": section, "name": section_name(section), "changed": self._changed_in(section)} for section in SECTIONS
        ]

    def _get_offers(self) -> list[str]:
        """Folders that may be meant, while folders are added."""
        return list(self._settings.folders) if self._settings and self._section == "folders" else []

    def _get_problem(self) -> str:
        problem = self._settings.problem if self._settings else None
        return f"{problem.message} {problem.hint}" if problem is not None else ""

    rows = Property(RowList, _get_rows, constant=True)
    open = Property(bool, lambda self: bool(self._app), notify=changed)
    ready = Property(bool, lambda self: self._settings is not None, notify=changed)
    app = Property(str, _get_icon_app, notify=changed)
    name = Property(str, _get_name, notify=changed)
    profile = Property(str, lambda self: self._profile, notify=changed)
    profiles = Property(list, _get_profiles, notify=changed)
    section = Property(str, lambda self: self._section, notify=changed)
    sections = Property(list, _get_sections, notify=changed)
    problem = Property(str, _get_problem, notify=changed)
    offers = Property(list, _get_offers, notify=changed)
    newFault = Property(str, lambda self: self._faults.get(_NEW, ""), notify=changed)
    changes = Property(int, lambda self: self._changed_in("changes"), notify=changed)
    outdated = Property(bool, lambda self: bool(self._outdated()), notify=changed)
    used = Property(bool, lambda self: bool(self._instances()), notify=changed)

    @Slot(str, str)
    def ask(self, app: str, profile: str = "") -> None:
        """Open the card."""
        self._app, self._section = app, SECTIONS[0]
        self.showProfile(profile)

    @Slot(str)
    def askInstance(self, instance: str) -> None:
        """Open the card for what an instance was started as."""
        for info in self._running():
            if info.instance == instance:
                self.ask(info.app, info.profile)

    @Slot()
    def close(self) -> None:
        self._app, self._moving = "", False
        self._forget()

    @Slot(str)
    def showSection(self, section: str) -> None:
        self._section = section
        self._faults.clear()
        self._show()

    @Slot(str)
    def showProfile(self, profile: str) -> None:
        self._profile = profile
        self._forget()
        self._look()

    @Slot(str, str)
    def check(self, key: str, text: str) -> None:
        """Have the engine say whether `text` could be set."""
        self._check(key, key, text)

    @Slot(str, result=bool)
    def checkNew(self, text: str) -> bool:
        """The same for an entry that is being added; returns whether there is one to add."""
        key, value = key_of_new(self._section, text)
        if not text.strip():
            self._set_fault(_NEW, "")
        elif key:
            self._check(_NEW, key, value)
        return bool(key)

    @Slot(str, str)
    def set(self, key: str, text: str) -> None:
        if key.startswith(PERMISSION):
            self._decide(key, text)
        elif not self._faults.get(key):
            self._change(key, text)

    @Slot(str, result=bool)
    def add(self, text: str) -> bool:
        key, value = key_of_new(self._section, text)
        if not key or self._faults.get(_NEW):
            return False
        self._change(key, value)
        return True

    @Slot(str)
    def unset(self, key: str) -> None:
        if key.startswith(PERMISSION):
            self._decide(key, "ask")
        else:
            self._change(key, None)

    @Slot()
    def reset(self) -> None:
        """Everything back to the default."""
        self._wished = {row.key: None for row in rows_of(self._settings, "changes", {}, {})} if self._settings else {}
        self._show()
        self._call(ChangeSettings(self._app, self._profile, reset=True), self._answered)

    @Slot()
    def restart(self) -> None:
        for instance in self._outdated():
            self._call(RestartInstance(instance.instance), self._show_failure)

    @Slot(str, str, result=bool)
    def changeProfile(self, action: str, name: str) -> bool:
        """Carry out what is to be done with profiles; returns whether it could be tried."""
        name = name.strip()
        if action not in ("new", "duplicate", "rename", "delete") or (action != "delete" and not name):
            return False
        after = "" if action == "delete" else name
        app, before = self._app, self._profile

        self._moving = True

        def done(outcome: Result | Problem) -> None:
            self._moving = False
            if isinstance(outcome, Problem):
                self._show_failure(outcome)
            elif (app, before) == (self._app, self._profile):
                self.showProfile(after)

        source = "" if action == "new" else before
        self._call(ChangeProfile(app, action, source, after), done)  # type: ignore[arg-type]
        return True

    # --- for the shell

    def settings_changed(self, app: str) -> None:
        """They were, here or elsewhere; "" is what all apps have in common."""
        if self._app and app in ("", self._app) and not self._wished:
            self._look()

    def instances_changed(self) -> None:
        if self._app:
            self.changed.emit()

    def apps_changed(self) -> None:
        if not self._app:
            return
        if self._info_of(self._app) is None:
            self.close()
        elif self._profile and self._profile not in self._get_profiles() and not self._moving:
            self.showProfile("")
        else:
            self.changed.emit()

    # --- the engine

    def _look(self) -> None:
        app, profile = self._app, self._profile

        def found(outcome: Result | Problem) -> None:
            if (app, profile) != (self._app, self._profile):
                return
            if isinstance(outcome, Settings):
                self._answered(outcome)
            else:
                self.close()
                self._show_failure(outcome)

        self._call(GetSettings(app, profile), found)

    def _change(self, key: str, text: str | None) -> None:
        if not self._app:
            return  # given up while it was typed
        self._wished[key] = text
        self._faults.pop(key, None)
        self._show()
        request = ChangeSettings(self._app, self._profile, ((key, text),))
        self._call(request, lambda outcome: self._answered(outcome, key))

    def _decide(self, key: str, decision: str) -> None:
        self._wished[key] = decision
        self._show()
        request = SetPermission(self._app, key.removeprefix(PERMISSION), decision)  # type: ignore[arg-type]
        self._call(request, lambda outcome: self._decided(outcome, key))

    def _decided(self, outcome: Result | Problem, key: str) -> None:
        self._wished.pop(key, None)
        self._show_failure(outcome)
        self._look()

    def _answered(self, outcome: Result | Problem, key: str = "") -> None:
        if key:
            self._wished.pop(key, None)
        else:
            self._wished.clear()
        if isinstance(outcome, Settings):
            if (outcome.app, outcome.profile) == (self._app, self._profile):
                self._settings = outcome
        elif isinstance(outcome, Problem):
            known = self._settings is not None and row_of(self._settings, key) is not None
            self._faults[key if known else _NEW] = str(outcome)
            if not key:
                self._show_failure(outcome)
        self._show()

    def _check(self, place: str, key: str, text: str) -> None:
        self._checks += 1
        number = self._checks

        def checked(outcome: Result | Problem) -> None:
            if number == self._checks and self._app:
                self._set_fault(place, str(outcome) if isinstance(outcome, Problem) else "")

        self._call(ChangeSettings(self._app, self._profile, ((key, text),), check=True), checked)

    # --- state

    def _set_fault(self, place: str, fault: str) -> None:
        self._faults[place] = fault
        self._show()

    def _forget(self) -> None:
        self._settings = None
        self._wished.clear()
        self._faults.clear()
        self._checks += 1
        self._show()

    def _show(self) -> None:
        found = rows_of(self._settings, self._section, self._wished, self._faults) if self._settings else ()
        self._rows.replace(found)
        self.changed.emit()

    def _changed_in(self, section: str) -> int:
        if self._settings is None or section == "permissions":
            return 0
        return sum(row.changed for row in rows_of(self._settings, section, self._wished, {}))

    def _instances(self) -> list[InstanceRow]:
        return [info for info in self._running() if (info.app, info.profile) == (self._app, self._profile)]

    def _outdated(self) -> list[InstanceRow]:
        return [info for info in self._instances() if info.outdated]
