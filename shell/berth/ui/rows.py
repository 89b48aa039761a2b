"""Rows of the shell's models: what the engine says, in the words and forms that QML shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath

import msgspec
from PySide6.QtCore import QCoreApplication

from berth.core.messages import AppInfo, ImageProgress, InstanceInfo, Notice, PromptInfo
from berth.themes.findings import Finding
from berth.ui.about import size_words
from berth.ui.icons import IconStore
from berth.ui.permission_words import chip_words, explain, question
from berth.ui.translation import filled

_DIGEST_SHOWN = 12
_SECONDS_TOLD = 90


class AppRow(msgspec.Struct, frozen=True):
    """An app of the catalogue. `activity` is what it is doing now, worst news first:
    ``building``, ``starting``, ``running`` or empty."""

    app: str
    name: str
    summary: str
    icon: str
    categories: tuple[str, ...]
    chips: tuple[str, ...]
    image_state: str
    activity: str = ""
    progress: float = -1.0
    progress_text: str = ""
    keywords: tuple[str, ...] = ()
    stopped: bool = False  # making its image was broken off, and goes on from there
    size: str = ""


class InstanceRow(msgspec.Struct, frozen=True):
    instance: str
    app: str
    name: str
    icon: str
    state: str
    windows: int
    network: bool
    profile: str = ""
    outdated: bool = False
    uses: str = ""  # names of `berth.core.permissions.USES`


class PromptRow(msgspec.Struct, frozen=True):
    prompt: str
    app: str
    name: str
    icon: str
    instance: str
    permission: str
    question: str
    explanation: str
    reason: str
    publisher: str
    digest: str


class WatcherRow(msgspec.Struct, frozen=True):
    """An app that takes pictures of the screen or of windows."""

    app: str
    name: str


class ErrorRow(msgspec.Struct, frozen=True):
    """What is wrong in a sheet: an ``error`` or a ``warning``. `place` is short: the theme's folder, file, line and
    column."""

    error: str
    severity: str
    place: str
    message: str
    hint: str


def error_row(finding: Finding) -> ErrorRow:
    file = "/".join(PurePath(finding.file).parts[-2:])
    place = f"{file}:{finding.line}:{finding.column}" if finding.line else file
    return ErrorRow(str(finding), finding.severity, place, finding.message, finding.hint)


class ProgressRow(msgspec.Struct, frozen=True):
    """Something that takes a while: an image that is being made or fetched, or an app that is starting.

    `fraction` is negative while unknown; `time_left` says how long it still takes, if that is known; `building`: it can
    be cancelled; `stopped`: it was broken off, and goes on from there; `offered`: a drive has brought images, which
    come in if someone wants them."""

    app: str
    name: str
    icon: str
    text: str
    fraction: float = -1.0
    time_left: str = ""
    building: bool = False
    stopped: bool = False
    offered: bool = False


class NoticeRow(msgspec.Struct, frozen=True):
    notice: int
    severity: str
    message: str
    hint: str
    origin: str = ""
    times: int = 1


def app_row(info: AppInfo, icons: IconStore) -> AppRow:
    return AppRow(
        app=info.app,
        name=info.name,
        summary=info.summary,
        icon=icons.url(info.icon),
        categories=info.categories,
        chips=tuple(chip_words(permission) for permission in info.permissions),
        image_state=info.image_state,
        keywords=info.keywords,
        size=size_words(info),
    )


def told_apart(rows: Iterable[AppRow]) -> list[AppRow]:
    """Those of one name and one summary, as images may have that somebody else made: the id comes before it."""
    rows = list(rows)
    times = Counter((row.name, row.summary) for row in rows)
    return [_with_id(row) if times[row.name, row.summary] > 1 else row for row in rows]


def _with_id(row: AppRow) -> AppRow:
    return msgspec.structs.replace(row, summary=" · ".join(filter(None, (row.app, row.summary))))


def instance_row(info: InstanceInfo, app: AppInfo | None, icons: IconStore) -> InstanceRow:
    return InstanceRow(
        instance=info.instance,
        app=info.app,
        name=info.name,
        icon=icons.url(app.icon if app is not None else ""),
        state=info.state,
        windows=info.windows,
        network=info.network,
        profile=info.profile,
        outdated=info.outdated,
        uses=" ".join(info.uses),
    )


def prompt_row(info: PromptInfo, icons: IconStore) -> PromptRow:
    return PromptRow(
        prompt=info.prompt,
        app=info.app,
        name=info.name,
        icon=icons.url(info.icon),
        instance=info.instance,
        permission=info.permission,
        question=question(info.permission, info.name),
        explanation=explain(info.permission),
        reason=info.reason,
        publisher=info.publisher,
        digest=short_digest(info.image),
    )


def building_row(progress: ImageProgress, name: str, icon: str) -> ProgressRow:
    return ProgressRow(
        app=progress.app,
        name=name,
        icon=icon,
        text=progress.text,
        fraction=min(progress.fraction, 1.0) if progress.fraction >= 0 else -1.0,
        time_left=time_left(progress.seconds_left),
        building=True,
    )


def is_offer(progress: ImageProgress) -> bool:
    """Whether it is about images on a drive, which nobody has asked for yet."""
    return progress.again.startswith("/")


def arriving_row(progress: ImageProgress) -> ProgressRow:
    """An image that is no app yet: it is called by its file, or by the last part of its reference."""
    return building_row(progress, progress.app.rpartition("/")[2], "")


def stopped_row(row: ProgressRow) -> ProgressRow:
    """The same, broken off."""
    said = QCoreApplication.translate("Progress", "Stopped")
    return msgspec.structs.replace(row, text=said, fraction=-1.0, time_left="", building=False, stopped=True)


def offered_row(progress: ImageProgress) -> ProgressRow:
    """Images on a drive, called by the drive."""
    return msgspec.structs.replace(arriving_row(progress), building=False, offered=True)


def progress_words(progress: ImageProgress) -> str:
    """What is done, and how long that still takes."""
    left = time_left(progress.seconds_left)
    return f"{progress.text}, {left}" if left else progress.text


def time_left(seconds: float) -> str:
    """Empty while it is not known."""
    if seconds < 0:
        return ""
    if seconds < _SECONDS_TOLD:
        return filled(QCoreApplication.translate("Progress", "%1 s left"), max(1, round(seconds)))
    return filled(QCoreApplication.translate("Progress", "%1 min left"), round(seconds / 60))


def notice_row(number: int, notice: Notice, origin: str) -> NoticeRow:
    return NoticeRow(number, notice.severity, notice.message, notice.hint, origin)


def short_digest(digest: str) -> str:
    """The first characters of an image digest, without the name of the hash."""
    return digest.rpartition(":")[2][:_DIGEST_SHOWN]
