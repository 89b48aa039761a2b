"""The singleton ``Inspector``: tells about any element of the running desktop, and changes its sheet live.

A change is a draft first (`berth.themes.drafts`): the desktop shows it, the file stays as it is until the user
writes it. What belongs to a theme that is only read goes into the user's own sheet, which lies above it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import Property, QObject, QPointF, QRectF, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine
from PySide6.QtQuick import QQuickItem

from berth.core.problem import Problem
from berth.themes.drafts import Drafts
from berth.themes.element import Element, Elements
from berth.themes.findings import Invalid, nearest
from berth.themes.floor import holds_for
from berth.themes.provenance import Provenance
from berth.themes.source import stepped
from berth.themes.vocabulary import KINDS, ROOT, element_at
from berth.ui import shown
from berth.ui.inspected import InspectedRow, Matched, box_sizes, computed_rows, custom_rows, described, swatch
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.sheet_edit import Edits
from berth.ui.singletons import provided
from berth.ui.styles import Styles

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_STATE = re.compile(r"(?<!:):([a-z-]+)")


def _joined(words: list[str]) -> str:
    return " ".join(words)


@QmlElement
@QmlSingleton
class Inspector(QObject):
    """Args:
    styles: whose elements are looked at.
    tell: gets what the user has to know after the inspector was closed.
    """

    openChanged = Signal()
    keyedChanged = Signal()
    pickingChanged = Signal()
    changed = Signal()
    placeChanged = Signal()
    saidChanged = Signal()
    editEnded = Signal()

    def __init__(self, styles: Styles, tell: Callable[[str, str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._styles = styles
        self._tell = tell
        self._drafts = Drafts(styles.stack.drafts)
        self._edits = Edits(styles, self._drafts)
        self._rows = RowModel(InspectedRow, "row", self)
        self._matched: Matched | None = None
        self._open = self._keyed = self._picking = False
        self._stage: QQuickItem | None = None
        self._own: tuple[QQuickItem, ...] = ()
        self._item: QQuickItem | None = None
        self._path = self._forced = ""
        self._toggled: frozenset[str] = frozenset()
        self._place = QRectF()
        self._view = "rules"
        self._wanted = ""
        self._message = self._wrong = ""
        styles.refreshed.connect(self._followed)

    @staticmethod
    def create(engine: QQmlEngine) -> Inspector:
        return provided(engine, Inspector)

    # --- open, and who has the keyboard

    def _get_open(self) -> bool:
        return self._open

    def _set_open(self, wanted: bool) -> None:
        if wanted == self._open:
            return
        self._open = wanted
        self._set_picking(wanted)
        self._set_keyed(wanted)
        if wanted:
            self._select(self._path, None)
        else:
            self._closed()
        self.openChanged.emit()

    def _closed(self) -> None:
        self._edits.finish(keep=True)
        self._toggled = frozenset()
        self._force()
        self._let_go()
        self._rows.replace([])
        self._matched = None
        self._edits.forget()
        if self._drafts.pending:
            hint = self.tr("Super+I opens the inspector again, where they can be written or undone.")
            self._tell(self.tr("Your changes of the look are not written yet."), hint)

    def _get_keyed(self) -> bool:
        return self._keyed

    def _set_keyed(self, keyed: bool) -> None:
        if keyed != self._keyed:
            self._keyed = keyed
            self.keyedChanged.emit()

    def _get_picking(self) -> bool:
        return self._picking

    def _set_picking(self, picking: bool) -> None:
        if picking != self._picking:
            self._picking = picking
            self.pickingChanged.emit()

    open = Property(bool, _get_open, _set_open, notify=openChanged)
    # Whether the card has the keyboard, and not an app.
    keyed = Property(bool, _get_keyed, _set_keyed, notify=keyedChanged)
    # Whether the next press chooses an element.
    picking = Property(bool, _get_picking, _set_picking, notify=pickingChanged)

    @Slot()
    def toggle(self) -> None:
        self._set_open(not self._open)

    def close(self) -> None:
        self._set_open(False)

    def show(self, path: str) -> None:
        """Open and tell about an element, or let the user choose one. Raises `Problem` ``element-unknown``."""
        if path:
            _checked(path)
            self._set_open(True)
            self._set_picking(False)
            self._select(shown.normal(path), self._item_of(shown.normal(path)))
        else:
            self._set_open(True)

    # --- choosing

    @Slot(QQuickItem, QQuickItem, QQuickItem)
    def use(self, stage: QQuickItem, layer: QQuickItem, mark: QQuickItem) -> None:
        """`stage` is what elements are looked for in; `layer`, and `mark` wherever it is, are the inspector's own."""
        self._own = (layer, mark)
        if stage is self._stage:
            return
        self._stage = stage
        stage.destroyed.connect(lambda: self._stage_gone(stage))
        if self._item is not None and self._item.window() is not stage.window():
            self._let_go()
        self.follow()

    def _stage_gone(self, stage: QQuickItem) -> None:
        if self._stage is stage:
            self._stage, self._own = None, ()

    @Slot(float, float)
    def pointAt(self, x: float, y: float) -> None:
        """The pointer is there on the stage."""
        found = shown.at(self._stage, QPointF(x, y), self._own) if self._stage is not None else None
        self._select(found.path if found is not None else "", found.item if found is not None else None)

    @Slot(str, result=bool)
    def choose(self, path: str) -> bool:
        """An element by its path, whether it is on screen or not; returns False if there is none such."""
        path = shown.normal(path)
        try:
            _checked(path)
        except Problem as problem:
            self._say("", f"{problem.message} {problem.hint}".strip())
            return False
        self._select(path, self._item_of(path))
        return True

    @Slot(str)
    def go(self, way: str) -> None:
        """To the ``parent``, the first ``child``, or the ``next`` or ``previous`` child of the same parent."""
        words = self._path.split()
        if way == "parent":
            if words:
                path = _joined(words[:-1])
                self._select(path, self._item_of(path))
            return
        around = words if way == "child" else words[:-1]
        beside = [one for one in self._shown() if one.path.split()[:-1] == around]
        if not beside or (way != "child" and not words):
            return
        here = next((place for place, one in enumerate(beside) if one.item == self._item), -1)
        step = {"child": 0, "next": here + 1, "previous": max(here, 0) - 1}[way]
        found = beside[step % len(beside)]
        self._select(found.path, found.item)

    def _shown(self) -> list[shown.Shown]:
        found = shown.shown(self._stage, self._own) if self._stage is not None else []
        return sorted(found, key=lambda one: (one.place.y(), one.place.x()))

    def _item_of(self, path: str) -> QQuickItem | None:
        return next((one.item for one in self._shown() if one.path == path), None)

    def _select(self, path: str, item: QQuickItem | None) -> None:
        if (path, item) == (self._path, self._item) and self._matched is not None:
            return
        self._edits.finish(keep=True)
        self._let_go()
        self._item = item
        if item is not None:
            item.destroyed.connect(self._item_gone)
        if path != self._path:
            self._toggled = frozenset()
        self._path = path
        self._say("", "")
        self._force()
        self.follow()

    def _let_go(self) -> None:
        if self._item is not None:
            self._item.destroyed.disconnect(self._item_gone)
            self._item = None

    def _item_gone(self) -> None:
        self._item = None
        self._set_place(QRectF())

    @Slot()
    def follow(self) -> None:
        """A frame is about to be drawn: the element may be elsewhere now, or in another state."""
        place = QRectF()
        if self._item is not None and self._stage is not None and self._item.isVisible():
            place = self._item.mapRectToItem(self._stage, QRectF(0, 0, self._item.width(), self._item.height()))
            path = shown.element_of(self._item) or ""
            if path != self._path:
                self._path = path
                self._force()
        elif not self._path and self._stage is not None:
            place = QRectF(0, 0, self._stage.width(), self._stage.height())
        self._set_place(place)

    def _set_place(self, place: QRectF) -> None:
        if place != self._place:
            self._place = place
            self.placeChanged.emit()

    def _get_place(self) -> QRectF:
        return self._place

    place = Property(QRectF, _get_place, notify=placeChanged)

    # --- states

    def _states(self) -> frozenset[str]:
        """Those of what is looked at, as they are forced."""
        return self._toggled.symmetric_difference(_STATE.findall((self._path.split() or [ROOT])[-1]))

    def _effective(self) -> str:
        """The path of what is looked at, with the states that are forced."""
        *around, last = self._path.split() or [ROOT]
        plain = _STATE.sub("", last)
        return _joined([*around, plain + "".join(f":{state}" for state in sorted(self._states()))])

    @Slot(str)
    def toggleState(self, state: str) -> None:
        """Let the element look as in a state, or not as in it."""
        self._toggled = self._toggled ^ {state}
        self._force()

    def _force(self) -> None:
        """Show what is looked at in the forced states; everything that looked the same does so, too."""
        if self._forced:
            before, self._forced = self._forced, ""
            self._styles.show_in(before, None)
        if self._toggled and self._path:
            self._forced = self._path
            self._styles.show_in(self._path, self._states())
        self._refresh()

    # --- what is told

    def _element(self) -> Element:
        elements = self._styles.engine.elements
        plain = element_at(elements, self._effective())
        there = self._styles.element_of(self._item) if self._item is not None else None
        if there is None:
            return plain
        return elements.again(plain, there.parent, there.previous, plain.states, there.holds, there.size)

    def _followed(self) -> None:
        """Sheets have been read again."""
        if self._drafts.pending:
            joined, torn = self._drafts.follow()
            if torn:
                self._say(
                    self.tr("%1 has been changed meanwhile, in the lines of your change.").replace("%1", torn[0].name)
                )
            elif joined:
                self._say(
                    self.tr("%1 has been changed meanwhile; both changes are kept.").replace("%1", joined[0].name)
                )
                self._styles.reload()
                return
        if self._forced:
            self._styles.show_in(self._forced, self._states())
        self._refresh()

    def _refresh(self) -> None:
        if not self._open:
            return
        provenance = Provenance(self._styles.engine, self._element())
        self._matched = Matched(provenance, self._edits.text, lambda line: self._edits.refusal(line) == "")
        if self._view == "computed":
            self._rows.replace(computed_rows(provenance, self._wanted))
        elif self._view == "custom":
            self._rows.replace(custom_rows(provenance, self._wanted))
        else:
            self._rows.replace(self._matched.rows)
        self.changed.emit()

    def _get_rows(self) -> RowList:
        return self._rows

    def _get_path(self) -> str:
        return self._path or ROOT

    def _get_name(self) -> str:
        return described(self._element())

    def _get_crumbs(self) -> list[dict[str, str]]:
        words = self._path.split()
        crumbs = [{"name": ROOT, "path": ROOT}]
        return crumbs + [{"name": word, "path": _joined(words[: at + 1])} for at, word in enumerate(words)]

    def _get_states(self) -> list[dict[str, object]]:
        element = self._element()
        known = KINDS[element.type].states if element.type in KINDS else ()
        return [{"name": state, "on": state in element.states, "forced": state in self._toggled} for state in known]

    def _get_box(self) -> list[str]:
        sizes = box_sizes(self._styles.engine.style(self._element()))
        return [*sizes.margin, *sizes.border, *sizes.padding]

    def _get_edges(self) -> list[float]:
        sizes = box_sizes(self._styles.engine.style(self._element()))
        return [number for four in sizes.pixels for number in four]

    def _get_floored(self) -> bool:
        return holds_for(self._element())

    def _get_view(self) -> str:
        return self._view

    def _set_view(self, view: str) -> None:
        self._edits.finish(keep=True)
        self._view = view
        self._refresh()

    def _get_wanted(self) -> str:
        return self._wanted

    def _set_wanted(self, wanted: str) -> None:
        self._wanted = wanted.strip().lower()
        self._refresh()

    rows = Property(RowList, _get_rows, constant=True)
    path = Property(str, _get_path, notify=changed)
    name = Property(str, _get_name, notify=changed)
    crumbs = Property(list, _get_crumbs, notify=changed)
    states = Property(list, _get_states, notify=changed)
    # Margin, border and padding, each from the top clockwise; and the same in pixels, where they are any.
    box = Property(list, _get_box, notify=changed)
    edges = Property(list, _get_edges, notify=changed)
    floored = Property(bool, _get_floored, notify=changed)
    # "rules", "computed", "custom" or "box".
    view = Property(str, _get_view, _set_view, notify=changed)
    # What names and values have to have in them to be listed.
    wanted = Property(str, _get_wanted, _set_wanted, notify=changed)

    # --- changes

    @Slot(str, result=bool)
    def begin(self, row: str) -> bool:
        """The user is about to change a line; False if that cannot be, and `message` says why."""
        line = self._matched.lines.get(row) if self._matched is not None else None
        if line is None:
            return False
        if self._matched is not None and row in self._matched.long:
            self._say(self.tr("This value is too long to be changed here."))
            return False
        self._say(self._edits.begin(line), "")
        return self._edits.under_way

    @Slot(str)
    def edit(self, value: str) -> None:
        """Try a value of the line out; `wrong` says why it is none."""
        try:
            self._edits.change(value)
        except (Invalid, Problem) as error:
            hint = f" {error.hint}" if error.hint else ""
            self._say(self._message, f"{error.message[:1].upper()}{error.message[1:]}.{hint}".replace("..", "."))
            return
        self._say(self._message, "")
        self._styles.reload()

    @Slot(bool)
    def finish(self, keep: bool) -> None:
        """The user has done; without `keep` the value is as before."""
        self._edits.finish(keep)
        self._say(self._message, "")
        self._styles.reload()

    @Slot(str, int, float, result=list)
    def step(self, value: str, cursor: int, steps: float) -> list[object]:
        """The number under the cursor changed: the new text, and where the cursor is then."""
        return list(stepped(value, cursor, Decimal(str(steps))))

    @Slot(str, result=str)
    def shade(self, token: str) -> str:
        """A colour of the theme, as Qt writes it."""
        return swatch(f"var(--color-{token})", self._styles.engine.style(self._element()))

    @Slot()
    def undo(self) -> None:
        self._edits.finish(keep=True)
        path = self._drafts.undo()
        if path is not None:
            self._say(self.tr("Taken back."), "")
            self._styles.reload()

    @Slot()
    def write(self) -> None:
        """Write all changes into their files."""
        self._edits.finish(keep=True)
        try:
            written = self._drafts.write()
        except Problem as problem:
            self._say("", f"{problem.message} {problem.hint}".strip())
            return
        files = ", ".join("/".join(path.parts[-2:]) for path in written)
        self._say(self.tr("Written: %1").replace("%1", files) if written else "", "")
        self._styles.reload()

    @Slot()
    def drop(self) -> None:
        """Give up what is not written."""
        self._edits.finish(keep=False)
        self._drafts.drop()
        self._say(self.tr("Everything is as in the files."), "")
        self._styles.reload()

    def _say(self, message: str, wrong: str = "") -> None:
        if (message, wrong) != (self._message, self._wrong):
            self._message, self._wrong = message, wrong
            self.saidChanged.emit()

    def _get_message(self) -> str:
        return self._message

    def _get_wrong(self) -> str:
        return self._wrong

    def _get_pending(self) -> bool:
        return self._drafts.pending

    def _get_undoable(self) -> bool:
        return self._drafts.undoable

    message = Property(str, _get_message, notify=saidChanged)
    wrong = Property(str, _get_wrong, notify=saidChanged)
    pending = Property(bool, _get_pending, notify=changed)
    undoable = Property(bool, _get_undoable, notify=changed)


def _checked(path: str) -> None:
    """Raises `Problem` ``element-unknown`` unless `path` describes elements that there are."""
    try:
        element: Element | None = element_at(Elements(), path)
    except ValueError:
        hint = "Write it like panel button.icon:hover."
        raise Problem("element-unknown", f"“{path}” describes no element.", hint) from None
    while element is not None:
        if element.type not in KINDS:
            raise Problem("element-unknown", f"There is no element “{element.type}”.", nearest(element.type, KINDS))
        element = element.parent
