"""The catalogue page: all apps by category or by words, and one of them with all that is known about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.core.messages import AppInfo
from berth.ui import search
from berth.ui.about import FactRow, fact_rows
from berth.ui.app_pictures import PictureRow, picture_rows
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.rows import AppRow, ProgressRow

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_NONE = AppRow("", "", "", "", (), (), "missing")


@QmlAnonymous
class Catalogue(QObject):
    """Shown while it is open; it costs nothing else.

    Args:
        apps: all apps.
        info_of: what the engine says of an app, None if there is none of this name.
        work: images that are made or fetched, or were broken off, and are no app yet.
    """

    changed = Signal()
    categoriesChanged = Signal()

    def __init__(
        self,
        apps: Iterable[AppRow],
        info_of: Callable[[str], AppInfo | None],
        work: Callable[[], Iterator[ProgressRow]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._apps = apps
        self._info_of = info_of
        self._work = work
        self._open = False
        self._query = ""
        self._category = ""
        self._categories: list[dict[str, str]] = []
        self._shown = _NONE
        self._awaited = ""
        self._results = RowModel(AppRow, "app", self)
        self._arriving = RowModel(ProgressRow, "app", self)
        self._facts = RowModel(FactRow, "number", self)
        self._pictures = RowModel(PictureRow, "number", self)
        self._enlarged = -1

    def _get_results(self) -> RowList:
        return self._results

    def _get_arriving(self) -> RowList:
        return self._arriving

    def _get_facts(self) -> RowList:
        return self._facts

    def _get_pictures(self) -> RowList:
        return self._pictures

    def _get_caption(self) -> str:
        picture = self._pictures.get(self._enlarged)
        return picture.caption if picture is not None else ""

    def _get_tallest(self) -> int:
        return max((picture.natural_height for picture in self._pictures), default=0)

    def _set_query(self, query: str) -> None:
        if query != self._query:
            self._query = query
            self.refresh()

    def _set_category(self, category: str) -> None:
        if category != self._category:
            self._category = category
            self.refresh()

    results = Property(RowList, _get_results, constant=True)
    arriving = Property(RowList, _get_arriving, constant=True)
    facts = Property(RowList, _get_facts, constant=True)
    pictures = Property(RowList, _get_pictures, constant=True)
    # The number of the picture that is shown large, -1 for none, and what it shows.
    enlarged = Property(int, lambda self: self._enlarged, notify=changed)
    caption = Property(str, _get_caption, notify=changed)
    # Pixels of the highest picture.
    tallest = Property(int, _get_tallest, notify=changed)
    open = Property(bool, lambda self: self._open, notify=changed)
    # Their buttons are made anew with each change, so there is one only if there are others.
    categories = Property(list, lambda self: self._categories, notify=categoriesChanged)
    query = Property(str, lambda self: self._query, _set_query, notify=changed)
    category = Property(str, lambda self: self._category, _set_category, notify=changed)
    app = Property(str, lambda self: self._shown.app, notify=changed)
    name = Property(str, lambda self: self._shown.name, notify=changed)
    summary = Property(str, lambda self: self._shown.summary, notify=changed)
    icon = Property(str, lambda self: self._shown.icon, notify=changed)
    ready = Property(bool, lambda self: self._shown.image_state == "ready", notify=changed)
    buildable = Property(bool, lambda self: self._shown.image_state == "missing", notify=changed)
    activity = Property(str, lambda self: self._shown.activity, notify=changed)
    stopped = Property(bool, lambda self: self._shown.stopped, notify=changed)
    fraction = Property(float, lambda self: self._shown.progress, notify=changed)
    progressText = Property(str, lambda self: self._shown.progress_text, notify=changed)

    @Slot()
    @Slot(str)
    def show(self, app: str = "") -> None:
        """Open the page, at `app` if there is one of this id."""
        self._open, self._query, self._category, self._awaited, self._enlarged = True, "", "", "", -1
        self._shown = self._row_of(app)
        self.refresh()

    @Slot(str)
    def look(self, app: str) -> None:
        """All about one app; "" goes back to the list."""
        self._shown, self._awaited, self._enlarged = self._row_of(app), "", -1
        self.refresh()

    @Slot(int)
    def enlarge(self, number: int) -> None:
        """Show a picture of the app large, or none with -1."""
        self._enlarged = number if self._pictures.get(number) is not None else -1
        self.changed.emit()

    @Slot()
    def close(self) -> None:
        self._open, self._awaited, self._enlarged = False, "", -1
        self.changed.emit()

    @Slot()
    def awaitStart(self) -> None:
        """Leave the page as soon as the app shown runs: its window is what the user wants to see then."""
        self._awaited = self._shown.app

    # --- for the shell

    def refresh(self) -> None:
        """Apps or what is under way have changed."""
        if not self._open:
            return
        self._shown = self._row_of(self._shown.app)
        self._results.replace(search.find(self._apps, self._query, self._category))
        self._arriving.replace(self._work())
        self._refresh_categories()
        info = self._info_of(self._shown.app)
        self._facts.replace(fact_rows(info) if info else ())
        self._pictures.replace(picture_rows(info) if info else ())
        if self._pictures.get(self._enlarged) is None:
            self._enlarged = -1
        self.changed.emit()
        if not self._shown.activity:
            self._awaited = ""  # it was given up
        elif self._awaited and self._shown.activity == "running":
            self.close()

    def _refresh_categories(self) -> None:
        found = [{"id": group, "name": search.group_name(group)} for group in search.groups_in(self._apps)]
        if found != self._categories:
            self._categories = found
            self.categoriesChanged.emit()

    def _row_of(self, app: str) -> AppRow:
        return next((row for row in self._apps if row.app == app), _NONE) if app else _NONE
