"""The card that adds a theme: what a file holds, and what is wrong with it, is shown before anything of it counts.

The file is a stranger's. Processes of their own look at it and put it into place (``berth theme look`` and
``install``), so that nothing of it is read here, and the desktop never waits for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import Property, QCoreApplication, QLocale, QObject, QProcess, QUrl, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.ui.rowmodel import RowList, RowModel

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_MOST_SHOWN = 40
_MOST_SAID = 1 << 20


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


class ToldRow(msgspec.Struct, frozen=True):
    """A line of the card: what it is called and what it is; `bad` if the theme should rather not be added."""

    number: int
    label: str
    text: str
    bad: bool = False


@QmlAnonymous
class Adding(QObject):
    """Args:
    use: brings a theme that was added into use.
    """

    changed = Signal()

    def __init__(self, use: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._use = use
        self._rows = RowModel(ToldRow, "number", self)
        self._process: QProcess | None = None
        self._open = False
        self._path = ""
        self._looked: Looked | None = None
        self._message = ""

    def _get_rows(self) -> RowList:
        return self._rows

    rows = Property(RowList, _get_rows, constant=True)
    open = Property(bool, lambda self: self._open, notify=changed)
    busy = Property(bool, lambda self: self._process is not None, notify=changed)
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
        if self._looked is not None and self._process is None:
            replace = ["--replace"] if self._looked.there else []
            self._run(["install", *replace, self._path], self._added)
            self.changed.emit()

    def _forget(self) -> None:
        if self._process is not None:
            self._process.finished.disconnect()
            self._process.finished.connect(self._process.deleteLater)
            self._process.kill()
            self._process = None
        self._looked, self._message = None, ""
        self._rows.replace([])

    def _run(self, words: Sequence[str], then: Callable[[bytes], None]) -> None:
        process = self._process = QProcess(self)
        process.finished.connect(lambda code, _status: self._finished(process, code, then))
        process.start(sys.executable, ["-m", "berth", "theme", *words])

    def _finished(self, process: QProcess, code: int, then: Callable[[bytes], None]) -> None:
        said = bytes(process.readAllStandardOutput().data())[:_MOST_SAID]
        why = bytes(process.readAllStandardError().data())[:_MOST_SAID].decode("utf-8", "replace")
        self._process = None
        process.deleteLater()
        self._message = "" if code == 0 else why.strip().removeprefix("berth: ") or _tr("It cannot be read.")
        if code == 0:
            then(said)
        self.changed.emit()

    def _seen(self, said: bytes) -> None:
        looked = self._looked = msgspec.json.decode(said, type=Looked)
        size = QLocale().formattedDataSize(looked.bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
        told = [
            (_tr("Version"), looked.version, False),
            (_tr("Licence"), looked.license, False),
            (_tr("Size"), size, False),
        ]
        for found in looked.findings[:_MOST_SHOWN]:
            told.append((f"{_tr('Check')}, {found['file']}", str(found["message"]), found["severity"] == "error"))
        if not looked.findings:
            told.append((_tr("Check"), _tr("Nothing is wrong."), False))
        self._rows.replace(ToldRow(number, *row) for number, row in enumerate(told))

    def _added(self, _said: bytes) -> None:
        assert self._looked is not None
        name = self._looked.id
        self._forget()
        self._open = False
        self._use(name)


def _path(place: str) -> str:
    """A path that the user typed, or the address of a file; absolute, so that it is no option of a command."""
    url = QUrl(place)
    local = Path(url.toLocalFile() if url.isLocalFile() else place).expanduser()
    return str(local if local.is_absolute() else Path.home() / local)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Adding", text)
