"""The singleton ``OutputSettings``: how large things are on each output and how it stands, as a card shows it.

What is chosen holds at once and goes back by itself unless the user says that it is good: who cannot read the screen
any more need not find the way back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec
from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine

from berth.core.outputs import scales_for
from berth.core.transform import NAMES
from berth.ui.output import Output
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.singletons import provided

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

PATIENCE = 15
"""Seconds that the user has to say that it is good."""


class OutputRow(msgspec.Struct, frozen=True):
    """`title` is what people know the screen by, or empty; `across` and `down` in pixels; `percent` is the scale and
    `percents` what it can be; `turn` as in wl_output.transform; `changed`: not as it would be by itself."""

    name: str
    title: str
    across: int
    down: int
    percent: int
    percents: list[int]
    turn: int
    changed: bool


class _Before(msgspec.Struct, frozen=True):
    scale: float
    transform: int


class Settable(Protocol):
    """What is needed of `berth.ui.outputs.Outputs`."""

    @property
    def all(self) -> Sequence[Output]: ...
    def size(self, output: Output, /) -> tuple[int, int]: ...
    def usual_scale(self, output: Output, /) -> float: ...
    def title(self, output: Output, /) -> str: ...
    def set_scale(self, name: str, scale: float) -> None: ...
    def set_transform(self, name: str, turn: int) -> None: ...
    def reset(self, name: str) -> None: ...
    def keep_or_tell(self, name: str, *, scale: bool = False, transform: bool = False) -> None: ...


@QmlElement
@QmlSingleton
class OutputSettings(QObject):
    """The singleton ``OutputSettings``."""

    changed = Signal()

    def __init__(self, outputs: Settable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outputs = outputs
        self._rows = RowModel(OutputRow, "name", self)
        self._open = False
        self._before: dict[str, _Before] = {}
        self._left = 0
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._second_gone)

    @staticmethod
    def create(engine: QQmlEngine) -> OutputSettings:
        return provided(engine, OutputSettings)

    def refresh(self) -> None:
        """Outputs came, went or have changed."""
        there = {output.name for output in self._outputs.all}
        if self._before.keys() - there:
            self._before = {name: before for name, before in self._before.items() if name in there}
            if not self._before:
                self._settled()
        if self._open:
            self._rows.replace(self._now())

    def _now(self) -> Iterator[OutputRow]:
        for output in self._outputs.all:
            size, looks = self._outputs.size(output), output.looks
            yield OutputRow(
                output.name,
                self._outputs.title(output),
                *size,
                _percent(looks.scale),
                [_percent(scale) for scale in scales_for(size, looks.scale)],
                looks.transform,
                changed=looks.scale != self._outputs.usual_scale(output) or looks.transform != 0,
            )

    # --- for QML

    rows = Property(RowList, lambda self: self._rows, constant=True)
    open = Property(bool, lambda self: self._open, notify=changed)
    asking = Property(bool, lambda self: bool(self._before), notify=changed)
    left = Property(int, lambda self: self._left, notify=changed)  # seconds

    @Slot()
    def show(self) -> None:
        self._open = True
        self.refresh()
        self.changed.emit()

    @Slot()
    def close(self) -> None:
        """What is not kept yet goes back."""
        self.goBack()
        self._open = False
        self.changed.emit()

    @Slot(str, int)
    def setPercent(self, name: str, percent: int) -> None:
        row = self._rows.get(name)
        if row is not None and percent in row.percents and percent != row.percent:
            self._try(name, lambda: self._outputs.set_scale(name, percent / 100))

    @Slot(str, int)
    def setTurn(self, name: str, turn: int) -> None:
        """`turn` as in wl_output.transform."""
        if turn in range(len(NAMES)):
            self._try(name, lambda: self._outputs.set_transform(name, turn))

    @Slot(str)
    def reset(self, name: str) -> None:
        """As it would be by itself."""
        self._try(name, lambda: self._outputs.reset(name))

    @Slot()
    def keep(self) -> None:
        """The user can read it."""
        for name, output in self._tried():
            before = self._before[name]
            self._outputs.keep_or_tell(
                name,
                scale=output.wanted_scale != before.scale,
                transform=output.looks.transform != before.transform,
            )
        self._settled()

    @Slot()
    def goBack(self) -> None:
        """As it was before the user tried something."""
        for name, _output in self._tried():
            self._outputs.set_scale(name, self._before[name].scale)
            self._outputs.set_transform(name, self._before[name].transform)
        self._settled()

    def _try(self, name: str, change: Callable[[], None]) -> None:
        output = next((one for one in self._outputs.all if one.name == name), None)
        if output is None:
            return
        before = self._before.get(name) or _state(output)
        change()
        if _state(output) == before:
            self._before.pop(name, None)
        else:
            self._before[name] = before
        if not self._before:
            self._settled()
            return
        self._left = PATIENCE
        self._tick.start()
        self.changed.emit()

    def _tried(self) -> list[tuple[str, Output]]:
        return [(output.name, output) for output in self._outputs.all if output.name in self._before]

    def _second_gone(self) -> None:
        self._left -= 1
        if self._left > 0:
            self.changed.emit()
        else:
            self.goBack()

    def _settled(self) -> None:
        """Nothing is tried any more."""
        self._tick.stop()
        self._before.clear()
        self._left = 0
        self.changed.emit()


def _percent(scale: float) -> int:
    return round(100 * scale)


def _state(output: Output) -> _Before:
    return _Before(output.wanted_scale, output.looks.transform)
