"""The card that adds a theme: what a file holds, and what is wrong with it, is shown before anything of it counts.

The file is a stranger's. Processes of their own look at it and put it into place (``berth theme look`` and
``install``), so that nothing of it is read here, and the desktop never waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import Property, QCoreApplication, QLocale, QObject, QUrl, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.ui.about import FactRow
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.theme_process import ThemeProcess
from berth.ui.translation import QT_TRANSLATE_NOOP, filled

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_UNREADABLE = QT_TRANSLATE_NOOP("Adding", "It cannot be read.")
_MOST_SHOWN = 40


class Looked(msgspec.Struct, frozen=True):
    """What ``berth theme look --json`` says; see there."""

    id: str
    name: str
    summary: str
    version: str
    license: str
    files: int
    bytes: int
    there: bool
    findings: list[dict[str, str | int]]
    author: str = ""


@QmlAnonymous
class Adding(QObject):
    """Args:
    use: brings a theme that was added into use.
    """

    changed = Signal()

    def __init__(self, use: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._use = use
        self._rows = RowModel(FactRow, "number", self)
        self._work = ThemeProcess(self)
        self._open = False
        self._path = ""
        self._looked: Looked | None = None
        self._message = ""

    def _get_rows(self) -> RowList:
        return self._rows

    rows = Property(RowList, _get_rows, constant=True)
    open = Property(bool, lambda self: self._open, notify=changed)
    busy = Property(bool, lambda self: self._work.busy, notify=changed)
    # Whether the file was looked at, and can be added.
    ready = Property(bool, lambda self: self._looked is not None, notify=changed)
    # Whether it takes the place of a theme that is there.
    replaces = Property(bool, lambda self: self._looked is not None and self._looked.there, notify=changed)
    name = Property(str, lambda self: self._looked.name if self._looked else "", notify=changed)
    summary = Property(str, lambda self: self._looked.summary if self._looked else "", notify=changed)
    # Why it cannot be looked at or added.
    message = Property(str, lambda self: self._message, notify=changed)

    @Slot()
    def show(self) -> None:
        self._forget()
        self._open = True
        self.changed.emit()

    def show_file(self, place: Path) -> None:
        """Open the card on a file that the user has dropped."""
        self.show()
        self.look(str(place))

    @Slot()
    def close(self) -> None:
        self._forget()
        self._open = False
        self.changed.emit()

    @Slot(str)
    def look(self, place: str) -> None:
        """See what the file or folder at `place` is: a path, or what another program says of one it has copied."""
        self._forget()
        if place.strip():
            self._path = _path(place.strip())
            self._run(["look", "--json", self._path], self._seen)
        self.changed.emit()

    @Slot()
    def add(self) -> None:
        """Make it one of the user's themes, and use it."""
        if self._looked is not None and not self._work.busy:
            replace = ["--replace"] if self._looked.there else []
            self._run(["install", *replace, self._path], self._added)
            self.changed.emit()

    def _forget(self) -> None:
        self._work.stop()
        self._looked, self._message = None, ""
        self._rows.replace([])

    def _run(self, words: Sequence[str], then: Callable[[bytes], None]) -> None:
        self._work.run(words, lambda said, why: self._ran(said, why, then))

    def _ran(self, said: bytes, why: str, then: Callable[[bytes], None]) -> None:
        self._message = _tr(_UNREADABLE) if why == "?" else why
        if not why:
            then(said)
        self.changed.emit()

    def _seen(self, said: bytes) -> None:
        try:
            self._looked = msgspec.json.decode(said, type=Looked)
        except msgspec.MsgspecError:
            self._message = _tr(_UNREADABLE)
        else:
            self._rows.replace(FactRow(number, *row) for number, row in enumerate(_told(self._looked)))

    def _added(self, _said: bytes) -> None:
        assert self._looked is not None
        name = self._looked.id
        self._forget()
        self._open = False
        self._use(name)


def _told(looked: Looked) -> Iterator[tuple[str, str, bool]]:
    if looked.author:
        yield _tr(QT_TRANSLATE_NOOP("Adding", "Made by")), looked.author, False
    yield _tr(QT_TRANSLATE_NOOP("Adding", "Version")), looked.version, False
    yield _tr(QT_TRANSLATE_NOOP("Adding", "Licence")), looked.license, False
    size = QLocale().formattedDataSize(looked.bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
    yield _tr(QT_TRANSLATE_NOOP("Adding", "Size")), size, False
    check = _tr(QT_TRANSLATE_NOOP("Adding", "Check"))
    for found in looked.findings[:_MOST_SHOWN]:
        label = filled(_tr(QT_TRANSLATE_NOOP("Adding", "Check, %1")), found["file"]) if found["file"] else check
        yield label, str(found["message"]), found["severity"] == "error"
    more = len(looked.findings) - _MOST_SHOWN
    if more > 0:
        yield check, filled(_tr(QT_TRANSLATE_NOOP("Adding", "and %1 more")), more), False
    if not looked.findings:
        yield check, _tr(QT_TRANSLATE_NOOP("Adding", "Nothing is wrong.")), False


def _path(place: str) -> str:
    """A path that the user typed, or the address of a file; absolute, so that it is no option of a command."""
    url = QUrl(place)
    local = Path(url.toLocalFile() if url.isLocalFile() else place)
    if place == "~" or place.startswith("~/"):
        local = local.expanduser()
    return str(local if local.is_absolute() else Path.home() / local)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Adding", text)
