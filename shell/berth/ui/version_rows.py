"""Rows of the card of an app's versions: what the engine says, in words."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from berth.core.messages import ConfigurationChange, PackageChange, Update, VersionInfo
from berth.ui.about import signature_words
from berth.ui.permission_words import noun_of
from berth.ui.translation import QT_TRANSLATE_NOOP, filled

_CONTEXT = "Versions"
_SHORT = 12
_MOST_CHANGES = 300
_SETTINGS = {
    "command": QT_TRANSLATE_NOOP("Versions", "Command"),
    "user": QT_TRANSLATE_NOOP("Versions", "User"),
    "directory": QT_TRANSLATE_NOOP("Versions", "Working directory"),
    "stop_signal": QT_TRANSLATE_NOOP("Versions", "Signal that asks it to end"),
    "ports": QT_TRANSLATE_NOOP("Versions", "Ports"),
    "volumes": QT_TRANSLATE_NOOP("Versions", "Folders for data"),
}


class VersionRow(msgspec.Struct, frozen=True):
    """One version. `blocked` says why it cannot be removed now, `freed` what that would free; `stored` is the size of
    its own data, "" if it has none. `fault` is what the engine has refused."""

    digest: str
    version: str
    since: str
    room: str
    freed: str
    stored: str
    digits: str
    current: bool
    pinned: bool
    running: int
    blocked: str
    fault: str = ""


class ChangeRow(msgspec.Struct, frozen=True):
    """One thing that an update changes. `wider`: the app asks for more than before."""

    number: int
    label: str
    text: str
    wider: bool = False


def version_row(info: VersionInfo, fault: str) -> VersionRow:
    since = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(info.created)), QLocale.FormatType.ShortFormat)
    return VersionRow(
        info.digest,
        info.version,
        since,
        size_words(info.size),
        size_words(info.own),
        size_words(info.data) if info.profile else "",
        info.digest.removeprefix("sha256:")[:_SHORT],
        info.current,
        info.pinned,
        len(info.running),
        _blocked(info),
        fault,
    )


def _blocked(info: VersionInfo) -> str:
    if info.current:
        return _tr(QT_TRANSLATE_NOOP("Versions", "This is the current version: make another one current first."))
    if info.running:
        return _tr(QT_TRANSLATE_NOOP("Versions", "This version is running: close it first."))
    if info.pinned:
        return _tr(QT_TRANSLATE_NOOP("Versions", "This version is pinned: unpin it first."))
    return ""


def change_rows(update: Update) -> list[ChangeRow]:
    """Permissions first: they are what the user may want to refuse."""
    settings, packages = map(_setting, update.configuration), map(_package, update.packages)
    found = [*_permissions(update), *_signature(update), *settings, *packages]
    rows = [ChangeRow(number, *what) for number, what in enumerate(found[:_MOST_CHANGES])]
    if len(found) > _MOST_CHANGES:
        more = filled(_tr(QT_TRANSLATE_NOOP("Versions", "and %1 more")), len(found) - _MOST_CHANGES)
        rows.append(ChangeRow(_MOST_CHANGES, more, ""))
    return rows


def _permissions(update: Update) -> Iterator[tuple[str, str, bool]]:
    for permission in update.more_permissions:
        yield _tr(QT_TRANSLATE_NOOP("Versions", "Now also asks for")), noun_of(permission), True
    for permission in update.fewer_permissions:
        yield _tr(QT_TRANSLATE_NOOP("Versions", "No longer asks for")), noun_of(permission), False


def _signature(update: Update) -> Iterator[tuple[str, str, bool]]:
    said = signature_words(update.signature)
    if said:
        yield _tr(QT_TRANSLATE_NOOP("Versions", "Signature")), said, False


def _setting(change: ConfigurationChange) -> tuple[str, str, bool]:
    name = _SETTINGS.get(change.what, "")
    return _tr(name) if name else change.what.removeprefix("environment."), _became(change.old, change.new), False


def _package(change: PackageChange) -> tuple[str, str, bool]:
    return change.package, _became(change.old, change.new), False


def _became(old: str, new: str) -> str:
    if not old:
        said = QT_TRANSLATE_NOOP("Versions", "new: %1")
    elif not new:
        said = QT_TRANSLATE_NOOP("Versions", "goes (was %2)")
    else:
        said = QT_TRANSLATE_NOOP("Versions", "%1 instead of %2")
    return filled(_tr(said), new, old)


def is_newer(update: Update) -> bool:
    """Whether a check has found anything to get."""
    return bool(update.packages or update.source)


def summary(name: str, update: Update, checked: bool) -> str:
    """One sentence, or two, for what a check has found or an update has done."""
    if (checked and not is_newer(update)) or (not checked and update.old == update.new):
        return filled(_tr(QT_TRANSLATE_NOOP("Versions", "There is nothing newer for %1.")), name)
    return " ".join(_said(name, update, checked))


def _said(name: str, update: Update, checked: bool) -> Iterator[str]:
    if not checked:
        yield filled(_tr(QT_TRANSLATE_NOOP("Versions", "%1 is up to date.")), name)
        grown = update.grown
        said = QT_TRANSLATE_NOOP("Versions", "It needs %1 more.") if grown >= 0 else _LESS
        if grown:
            yield filled(_tr(said), size_words(abs(grown)))
        if not update.packages:
            yield _tr(QT_TRANSLATE_NOOP("Versions", "No packages have changed."))
    elif update.source:
        yield _tr(QT_TRANSLATE_NOOP("Versions", "There is a newer image."))
        if update.fetch >= 0:
            yield filled(_tr(QT_TRANSLATE_NOOP("Versions", "%1 have to be fetched.")), size_words(update.fetch))
        yield _tr(QT_TRANSLATE_NOOP("Versions", "Which packages change is known once it is here."))
    else:
        yield filled(_tr(QT_TRANSLATE_NOOP("Versions", "Packages that change: %1.")), len(update.packages))
    if update.held:
        yield _tr(QT_TRANSLATE_NOOP("Versions", "The current version is pinned, so it stays the current one."))


_LESS = QT_TRANSLATE_NOOP("Versions", "It needs %1 less.")


def size_words(size: int) -> str:
    return QLocale().formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text) if text else ""
