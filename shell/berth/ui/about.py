"""What the card tells that says what an app is: who makes it, its licence, its size, what it may ask for and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from PySide6.QtCore import Property, QCoreApplication, QLocale, QObject, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.core.messages import AppInfo
from berth.core.messages import Signature as ImageSignature
from berth.ui.permission_words import chip_words
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.translation import QT_TRANSLATE_NOOP

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1


class FactRow(msgspec.Struct, frozen=True):
    """A line of what there is to know about something; `bad` if it speaks against it."""

    number: int
    label: str
    text: str
    bad: bool = False


@QmlAnonymous
class About(QObject):
    """One app at a time, as the engine describes it at the moment when the user asks.

    Args:
        info_of: what the engine says of an app, None if there is none of this name.
    """

    changed = Signal()

    def __init__(self, info_of: Callable[[str], AppInfo | None], parent: QObject) -> None:
        super().__init__(parent)
        self._info_of = info_of
        self._info: AppInfo | None = None
        self._facts = RowModel(FactRow, "number", self)

    def _get_facts(self) -> RowList:
        return self._facts

    facts = Property(RowList, _get_facts, constant=True)
    open = Property(bool, lambda self: self._info is not None, notify=changed)
    name = Property(str, lambda self: self._info.name if self._info else "", notify=changed)
    summary = Property(str, lambda self: self._info.summary if self._info else "", notify=changed)

    @Slot(str)
    def ask(self, app: str) -> None:
        """Open the card; an app that is gone meanwhile opens none."""
        self._info = self._info_of(app)
        self._facts.replace(fact_rows(self._info) if self._info else ())
        self.changed.emit()

    @Slot()
    def close(self) -> None:
        self._info = None
        self._facts.replace([])
        self.changed.emit()


def fact_rows(info: AppInfo) -> list[FactRow]:
    """What there is to tell about an app, line by line."""
    return [FactRow(number, _tr(label), text) for number, (label, text) in enumerate(_facts(info))]


def _facts(info: AppInfo) -> Iterator[tuple[str, str]]:
    """What there is to tell, as labels (not translated) and texts."""
    told = (
        (QT_TRANSLATE_NOOP("About", "Made by"), info.publisher),
        (QT_TRANSLATE_NOOP("About", "Licence"), info.licence),
        (QT_TRANSLATE_NOOP("About", "Homepage"), info.homepage),
        (QT_TRANSLATE_NOOP("About", "Version"), info.version),
        (QT_TRANSLATE_NOOP("About", "Size"), size_words(info)),
        (QT_TRANSLATE_NOOP("About", "Signature"), signature_words(info.signature)),
    )
    yield from ((label, text) for label, text in told if text)
    for permission in info.permissions:
        # The reason is the app's own claim, and looks like one.
        said = f": “{permission.reason}”" if permission.reason else ""
        yield QT_TRANSLATE_NOOP("About", "Permission"), f"{chip_words(permission)}{said}"
    yield from ((QT_TRANSLATE_NOOP("About", "Picture"), address) for address in info.screenshots)
    yield QT_TRANSLATE_NOOP("About", "Described in"), info.source


def signature_words(signature: ImageSignature) -> str:
    """Who has signed an image, "" if nothing is known of that."""
    match signature.state:
        case "signed":
            return _tr(QT_TRANSLATE_NOOP("About", "signed by %1")).replace("%1", signature.signer)
        case "untrusted":
            return _tr(QT_TRANSLATE_NOOP("About", "signed by a key that you do not trust"))
        case "unsigned":
            return _tr(QT_TRANSLATE_NOOP("About", "not signed"))
    return ""


def size_words(info: AppInfo) -> str:
    """What it takes on the disk, or about that; "" if it is not known."""
    if not info.size:
        return ""
    size = QLocale().formattedDataSize(info.size, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
    if info.image:
        return size
    return _tr(QT_TRANSLATE_NOOP("About", "about %1, once it is built")).replace("%1", size)


def _tr(text: str) -> str:
    return QCoreApplication.translate("About", text)
