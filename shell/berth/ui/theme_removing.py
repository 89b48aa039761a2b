"""The card that removes a theme of the user's: what goes with it, and what comes to its place, is said before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import Property, QCoreApplication, QObject, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.core.problem import Problem
from berth.themes.folder import read_description
from berth.themes.stack import adjusted_sheet, chosen, installed
from berth.ui.about import FactRow
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.theme_process import ThemeProcess
from berth.ui.translation import QT_TRANSLATE_NOOP, filled

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1


@QmlAnonymous
class ThemeRemoving(QObject):
    """Args:
    folders: where themes are, the user's own first.
    config: where the user's choice is, and what was adjusted.
    removed: called when one is gone.
    """

    changed = Signal()

    def __init__(self, folders: Sequence[Path], config: Path, removed: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._folders = list(folders)
        self._config = config
        self._removed = removed
        self._rows = RowModel(FactRow, "number", self)
        self._work = ThemeProcess(self)
        self._theme = self._name = self._message = ""

    def _get_rows(self) -> RowList:
        return self._rows

    rows = Property(RowList, _get_rows, constant=True)
    open = Property(bool, lambda self: self._theme != "", notify=changed)
    busy = Property(bool, lambda self: self._work.busy, notify=changed)
    name = Property(str, lambda self: self._name, notify=changed)
    # Why it could not be removed.
    message = Property(str, lambda self: self._message, notify=changed)

    def removable(self, theme: str) -> bool:
        """Whether it is the user's own."""
        place = self._folders[0] / theme
        return len(self._folders) > 1 and (place.is_dir() or place.is_symlink())

    @Slot(str)
    def ask(self, theme: str) -> None:
        """Open the card; of a theme of Berth, which stays, there is none."""
        if not self.removable(theme):
            return
        self._theme, self._message = theme, ""
        try:
            self._name = read_description(self._folders[0] / theme).name or theme
        except Problem:
            self._name = theme
        self._rows.replace(FactRow(number, *row) for number, row in enumerate(self._told(theme)))
        self.changed.emit()

    @Slot()
    def close(self) -> None:
        self._work.stop()
        self._theme = self._message = ""
        self._rows.replace([])
        self.changed.emit()

    @Slot()
    def confirm(self) -> None:
        if self._theme and not self._work.busy:
            self._work.run(["remove", self._theme], self._done)
            self.changed.emit()

    def _done(self, _said: bytes, why: str) -> None:
        if why:
            unknown = _tr(QT_TRANSLATE_NOOP("ThemeRemoving", "It could not be removed."))
            self._message = unknown if why == "?" else why
            self.changed.emit()
        else:
            self.close()
            self._removed()

    def _told(self, theme: str) -> Iterator[tuple[str, str]]:
        place = self._folders[0] / theme
        goes = _tr(QT_TRANSLATE_NOOP("ThemeRemoving", "Goes"))
        if place.is_symlink():
            link = _tr(QT_TRANSLATE_NOOP("ThemeRemoving", "The link %1; the folder that it leads to stays"))
            yield goes, filled(link, str(place))
        else:
            yield (
                goes,
                filled(_tr(QT_TRANSLATE_NOOP("ThemeRemoving", "The folder %1 with all that is in it")), str(place)),
            )
        shipped = theme in installed(self._folders[1:])
        if adjusted_sheet(self._config, theme).exists() and not shipped:
            yield goes, _tr(QT_TRANSLATE_NOOP("ThemeRemoving", "What you have adjusted in it"))
        after = _tr(QT_TRANSLATE_NOOP("ThemeRemoving", "Afterwards"))
        if shipped:
            yield after, _tr(QT_TRANSLATE_NOOP("ThemeRemoving", "The theme of Berth that it stood in for is back"))
        elif chosen(self._config) == theme:
            yield after, _tr(QT_TRANSLATE_NOOP("ThemeRemoving", "It is in use: the desktop gets the look of Berth"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("ThemeRemoving", text)
