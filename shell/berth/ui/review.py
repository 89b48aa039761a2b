"""The card that shows what an image of a registry would become, before more than its description is fetched."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator

from PySide6.QtCore import Property, QCoreApplication, QLocale, QObject, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.core.manifest import parse_manifest
from berth.core.messages import EngineRequest, LookAtImage, PermissionInfo, Pulled, PullImage, RegistryImage, Result
from berth.core.plan import STOP_SIGNALS
from berth.core.problem import Problem
from berth.ui.about import FactRow, signature_words
from berth.ui.permission_words import chip_words
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.translation import QT_TRANSLATE_NOOP

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1


@QmlAnonymous
class Review(QObject):
    """One reference at a time, from the user's wish to its start.

    Args:
        call: asks the engine.
        show_failure: shows what the engine refused once the card is closed.
        start: starts an app.
    """

    changed = Signal()

    def __init__(
        self,
        call: Callable[[EngineRequest, Callable[[Result | Problem], None]], int],
        show_failure: Callable[[Result | Problem], None],
        start: Callable[[str], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._call = call
        self._show_failure = show_failure
        self._start = start
        self._reference = ""
        self._found: RegistryImage | None = None
        self._problem: Problem | None = None
        self._facts = RowModel(FactRow, "number", self)

    def _get_facts(self) -> RowList:
        return self._facts

    facts = Property(RowList, _get_facts, constant=True)
    open = Property(bool, lambda self: bool(self._reference), notify=changed)
    reference = Property(str, lambda self: self._reference, notify=changed)
    looking = Property(bool, lambda self: self._found is None and self._problem is None, notify=changed)
    ready = Property(bool, lambda self: self._found is not None, notify=changed)
    problem = Property(str, lambda self: self._problem.message if self._problem else "", notify=changed)
    hint = Property(str, lambda self: self._problem.hint if self._problem else "", notify=changed)

    @Slot(str)
    def ask(self, reference: str) -> None:
        """Look at the image; one that is here already is started at once."""
        self._reference = reference = reference.strip()
        self._show(None)

        def found(outcome: Result | Problem) -> None:
            if reference != self._reference:
                return
            if isinstance(outcome, RegistryImage) and outcome.present:
                self.close()
                self._start(outcome.app)
            else:
                self._show(outcome)

        self._call(LookAtImage(reference, here=True), found)

    @Slot()
    def close(self) -> None:
        self._reference = ""
        self._show(None)

    @Slot()
    def fetch(self) -> None:
        """What was shown, whatever the tag leads to by now; then start it. The panel tells how far it is."""
        if self._found is None:
            return

        def fetched(outcome: Result | Problem) -> None:
            self._show_failure(outcome)
            if isinstance(outcome, Pulled):
                self._start(outcome.app)

        self._call(PullImage(self._found.reference), fetched)
        self.close()

    def _show(self, outcome: Result | Problem | None) -> None:
        self._found = outcome if isinstance(outcome, RegistryImage) else None
        self._problem = outcome if isinstance(outcome, Problem) else None
        told = enumerate(told_before(self._found)) if self._found else ()
        self._facts.replace([FactRow(number, _tr(label), text) for number, (label, text) in told if text])
        self.changed.emit()


def told_before(found: RegistryImage) -> Iterator[tuple[str, str]]:
    """As far as it is known without the image's files; labels are not translated."""
    size = QLocale().formattedDataSize(found.size, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
    yield QT_TRANSLATE_NOOP("Review", "Image"), found.reference
    yield QT_TRANSLATE_NOOP("Review", "To fetch"), size
    yield QT_TRANSLATE_NOOP("Review", "Signature"), signature_words(found.signature)
    yield QT_TRANSLATE_NOOP("Review", "App"), found.app
    for change in found.changes:
        text = f"{change.what}: {change.old or '-'} → {change.new or '-'}"
        yield QT_TRANSLATE_NOOP("Review", "Otherwise than before"), text
    if found.own_manifest:
        yield QT_TRANSLATE_NOOP("Review", "Description"), _tr(QT_TRANSLATE_NOOP("Review", "the one that is here stays"))
    elif not found.manifest:
        starts = QT_TRANSLATE_NOOP("Review", "what the image has in its menus, or a shell")
        yield QT_TRANSLATE_NOOP("Review", "Starts"), _tr(starts)
    else:
        yield from _of_manifest(found)


def _of_manifest(found: RegistryImage) -> Iterator[tuple[str, str]]:
    try:
        manifest = parse_manifest(found.manifest, found.reference)
    except Problem as problem:
        yield QT_TRANSLATE_NOOP("Review", "Description"), problem.message
        return
    yield QT_TRANSLATE_NOOP("Review", "Name"), manifest.name
    yield QT_TRANSLATE_NOOP("Review", "Summary"), manifest.summary
    yield QT_TRANSLATE_NOOP("Review", "Starts"), shlex.join(manifest.command)
    yield QT_TRANSLATE_NOOP("Review", "Starts in"), manifest.directory
    if manifest.stop_signal != STOP_SIGNALS[0]:
        yield QT_TRANSLATE_NOOP("Review", "Ends by"), manifest.stop_signal
    if found.user:
        runs = QT_TRANSLATE_NOOP("Review", "you, without any privilege; the image expects “%1”")
        yield QT_TRANSLATE_NOOP("Review", "Runs as"), _tr(runs).replace("%1", found.user)
    if found.ports:
        listens = QT_TRANSLATE_NOOP("Review", "%1, in its own network: no port of this machine leads there")
        yield QT_TRANSLATE_NOOP("Review", "Listens on"), _tr(listens).replace("%1", " ".join(found.ports))
    if manifest.display == "terminal":
        opens = QT_TRANSLATE_NOOP("Review", "in a terminal, unless it brings windows of its own")
        yield QT_TRANSLATE_NOOP("Review", "Opens"), _tr(opens)
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in manifest.environment)
    yield QT_TRANSLATE_NOOP("Review", "Variables"), variables
    kept, lost = QT_TRANSLATE_NOOP("Review", "kept"), QT_TRANSLATE_NOOP("Review", "gone when it ends")
    yield QT_TRANSLATE_NOOP("Review", "What it stores is"), _tr(kept if manifest.persist else lost)
    yield QT_TRANSLATE_NOOP("Review", "Keeps besides"), ", ".join(manifest.volumes)
    for asked in manifest.permissions:
        # The reason is the image's own claim, and looks like one.
        words = chip_words(PermissionInfo(asked.name, asked.reason, asked.required, "ask"))
        said = f": “{asked.reason}”" if asked.reason else ""
        yield QT_TRANSLATE_NOOP("Review", "Permission"), f"{words}{said}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Review", text)
