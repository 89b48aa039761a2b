"""The card that looks into a running app: what it is made of, sees and may do, as the kernel says it now.

Nothing is asked while nobody looks, and nothing again by itself: what is seen is one moment, and the user asks for the
next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.core.inside import Inside
from berth.core.messages import EngineRequest, InstanceInside, LookInside, OpenShell, Result
from berth.core.problem import Problem
from berth.ui.inside_rows import SECTIONS, InsideRow, inside_rows, section_names, sentence
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.rows import InstanceRow

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_FIRST = next(iter(SECTIONS))


@QmlAnonymous
class AppInside(QObject):
    """One instance at a time.

    Args:
        call: asks the engine.
        running: all instances.
        make_room: puts away what is in front of windows.
    """

    changed = Signal()

    def __init__(
        self,
        call: Callable[[EngineRequest, Callable[[Result | Problem], None]], int],
        running: Callable[[], Iterable[InstanceRow]],
        make_room: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._call = call
        self._running = running
        self._make_room = make_room
        self._instance = self._name = self._fault = ""
        self._section = _FIRST
        self._asked = 0
        self._found: Inside | None = None
        self._rows = RowModel(InsideRow, "number", self)

    # --- for QML

    def _get_rows(self) -> RowList:
        return self._rows

    rows = Property(RowList, _get_rows, constant=True)
    open = Property(bool, lambda self: bool(self._instance), notify=changed)
    ready = Property(bool, lambda self: self._found is not None, notify=changed)
    name = Property(str, lambda self: self._name, notify=changed)
    fault = Property(str, lambda self: self._fault, notify=changed)
    section = Property(str, lambda self: self._section, notify=changed)
    sections = Property(list, lambda self: list(section_names()), notify=changed)
    sentence = Property(str, lambda self: sentence(self._section), notify=changed)

    @Slot(str)
    def askInstance(self, instance: str) -> None:
        """Open the card; one that has ended meanwhile opens none."""
        for row in self._running():
            if row.instance == instance:
                self._instance, self._name, self._section = instance, row.name, _FIRST
                self._found = None
                self.look()

    @Slot(str)
    def ask(self, app: str) -> None:
        """Open the card for the first that runs of an app."""
        for row in self._running():
            if row.app == app and row.state in ("starting", "running"):
                self.askInstance(row.instance)
                return

    @Slot()
    def close(self) -> None:
        self._instance, self._found, self._fault = "", None, ""
        self._show()

    @Slot(str)
    def showSection(self, section: str) -> None:
        self._section = section
        self._show()

    @Slot()
    def look(self) -> None:
        """See how it is now."""
        self._fault = ""
        self._asked += 1
        number = self._asked
        self._call(LookInside(self._instance), lambda outcome: self._seen(number, outcome))
        self._show()

    @Slot()
    def openShell(self) -> None:
        """A window with a shell of the app's image; the card goes."""
        instance = self._instance

        def opened(outcome: Result | Problem) -> None:
            if instance != self._instance:
                return
            if isinstance(outcome, Problem):
                self._fault = str(outcome)
                self._show()
            else:
                self.close()
                self._make_room()

        self._call(OpenShell(instance), opened)

    # --- for the shell

    def instance_ended(self, instance: str) -> None:
        if instance == self._instance:
            self.close()

    def _seen(self, number: int, outcome: Result | Problem) -> None:
        if number != self._asked or not self._instance:
            return
        if isinstance(outcome, InstanceInside):
            self._found = outcome.inside
        elif isinstance(outcome, Problem):
            self._fault = str(outcome)
        self._show()

    def _show(self) -> None:
        self._rows.replace(inside_rows(self._found, self._section) if self._found else ())
        self.changed.emit()
