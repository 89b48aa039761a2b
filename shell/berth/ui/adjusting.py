"""The card in which the user adjusts the theme in use: a line for each thing that its author lets users change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlAnonymous

from berth.core.problem import Problem
from berth.themes.findings import Invalid
from berth.themes.folder import read_description
from berth.themes.knobs import Adjustments, Setting, clean_words
from berth.themes.vocabulary import ROOT, element_at
from berth.ui.inspected import swatch
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.styles import Styles

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_PALETTE = ("accent", "danger", "warning", "tile1", "tile2", "tile3", "tile4", "tile5", "tile6", "tile7")


class AdjustRow(msgspec.Struct, frozen=True):
    """One line. `number`, `least`, `most` and `step` are of a slider, `shade` of a colour, as Qt writes it."""

    name: str
    label: str
    control: str
    value: str
    standard: str
    changed: bool
    number: float = 0
    least: float = 0
    most: float = 0
    step: float = 0
    shade: str = ""
    choices: tuple[str, ...] = ()
    fault: str = ""


@QmlAnonymous
class Adjusting(QObject):
    """Args:
    styles: shows the theme in use, and each change at once.
    tell: gets why a change could not be kept.
    """

    changed = Signal()
    paletteChanged = Signal()

    def __init__(self, styles: Styles, tell: Callable[[Problem], None], parent: QObject) -> None:
        super().__init__(parent)
        self._styles = styles
        self._tell = tell
        self._adjustments = Adjustments(styles.stack, styles.engine)
        self._rows = RowModel(AdjustRow, "name", self)
        self._faults: dict[str, str] = {}
        self._open = False
        self._theme: Path | None = None
        self._name = ""
        self._palette: list[dict[str, str]] = []
        styles.refreshed.connect(self._follow)

    # --- for QML

    def _get_rows(self) -> RowList:
        return self._rows

    def _get_available(self) -> bool:
        return self._styles.stack.adjusted is not None and bool(self._adjustments.knobs())

    def _get_name(self) -> str:
        folder = self._styles.stack.theme
        if folder != self._theme:
            self._theme, self._name = folder, _name_of(folder)
        return self._name

    def _get_changes(self) -> int:
        return sum(row.changed for row in self._rows)

    def _get_palette(self) -> list[dict[str, str]]:
        return self._palette

    def _set_palette(self) -> None:
        style = self._styles.engine.style(element_at(self._styles.engine.elements, ROOT))
        shades = ((name, swatch(f"var(--color-{name})", style)) for name in _PALETTE)
        palette = [{"name": name, "shade": shade} for name, shade in shades if shade]
        if palette != self._palette:
            self._palette = palette
            self.paletteChanged.emit()

    rows = Property(RowList, _get_rows, constant=True)
    open = Property(bool, lambda self: self._open, notify=changed)
    # Whether the theme in use has anything to adjust.
    available = Property(bool, _get_available, notify=changed)
    name = Property(str, _get_name, notify=changed)
    # How many lines are not as the theme has them.
    changes = Property(int, _get_changes, notify=changed)
    # Colours of the theme, with their names.
    palette = Property(list, _get_palette, notify=paletteChanged)

    @Slot()
    def show(self) -> None:
        self._open = self._get_available()
        self._faults.clear()
        self._follow()

    @Slot()
    def close(self) -> None:
        self.keep()
        self._open = False
        self._rows.replace([])
        self.changed.emit()

    def _follow(self) -> None:
        """Sheets have been read again."""
        if self._open and not self._get_available():
            self._open = False
        if self._open:
            self._set_palette()
        self._rows.replace(map(self._row, self._adjustments.settings()) if self._open else ())
        self.changed.emit()

    def _row(self, setting: Setting) -> AdjustRow:
        knob = setting.knob
        return AdjustRow(
            knob.name,
            knob.label,
            knob.control,
            setting.value,
            setting.standard,
            setting.changed,
            setting.number,
            knob.least,
            knob.most,
            knob.step,
            _shade(setting.value) if knob.control == "color" else "",
            knob.choices,
            self._faults.get(knob.name, ""),
        )

    # --- changing

    @Slot(str, str)
    def check(self, name: str, text: str) -> None:
        """What is being typed: say what is wrong with it."""
        try:
            self._adjustments.knob(name).written(text)
        except (Invalid, Problem) as error:
            self._blame(name, error)
        else:
            self._blame(name, None)

    @Slot(str, str)
    def set(self, name: str, text: str) -> None:
        """Show and keep a value; what is none changes nothing."""
        if self._try(name, text):
            self.keep()

    @Slot(str, str)
    def pick(self, name: str, token: str) -> None:
        """Take a colour of the palette."""
        for color in self._palette:
            if color["name"] == token:
                self.set(name, f"#{color['shade'][3:]}")

    @Slot(str, float)
    def slide(self, name: str, number: float) -> None:
        """Show a value while the hand is still on it; `keep` comes when it lets go."""
        try:
            text = self._adjustments.knob(name).said(number)
        except Problem:
            return  # another theme came into use under the hand
        self._try(name, text)

    @Slot()
    def keep(self) -> None:
        """Write what is shown."""
        if not self._adjustments.pending:
            return
        try:
            self._adjustments.keep()
        except Problem as problem:
            self._tell(problem)
            self._styles.reload()

    @Slot(str)
    def reset(self, name: str) -> None:
        self._reset([name])

    @Slot()
    def resetAll(self) -> None:
        self._reset([row.name for row in self._rows])

    def _reset(self, names: Iterable[str]) -> None:
        names = list(names)
        for name in names:
            self._faults.pop(name, None)
        try:
            self._adjustments.reset(names)
        except Problem as problem:
            self._tell(problem)
            return
        self._styles.reload()
        self.keep()

    def _try(self, name: str, text: str) -> bool:
        try:
            self._adjustments.change(name, text)
        except (Invalid, Problem) as error:
            self._blame(name, error)
            return False
        self._faults.pop(name, None)
        self._styles.reload()
        return True

    def _blame(self, name: str, error: Invalid | Problem | None) -> None:
        if error is None:
            self._faults.pop(name, None)
        else:
            message = error.message.rstrip(".")
            self._faults[name] = f"{message[:1].upper()}{message[1:]}. {error.hint}".strip()
        self._rows.change(name, fault=self._faults.get(name, ""))


def _name_of(folder: Path) -> str:
    try:
        return clean_words(read_description(folder).name) or folder.name
    except Problem:
        return folder.name


def _shade(value: str) -> str:
    """``#rrggbbaa`` as Qt writes it; other colours have no swatch."""
    return f"#{value[7:]}{value[1:7]}" if value.startswith("#") else ""
