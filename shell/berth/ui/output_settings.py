"""The singleton ``OutputSettings``: how large things are on each output, how it stands, and where it lies.

What is chosen holds at once and goes back by itself unless the user says that it is good: who cannot read the screen
any more need not find the way back. `Output.before` tells the display server, so that it goes back even if the ui dies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec
from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine

from berth.core.arrangement import SIDE_TOWARDS, SIDES, Side, side_of
from berth.core.messages import OutputState
from berth.core.outputs import Direction, scales_for
from berth.core.transform import NAMES
from berth.ui.output import Output
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.singletons import provided

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

PATIENCE = 15
"""Seconds that the user has to say that it is good."""

_DIRECTIONS: dict[Side, Direction] = {side: direction for direction, side in SIDE_TOWARDS.items()}


class OutputRow(msgspec.Struct, frozen=True):
    """`title` is what people know the screen by, or empty; `across` and `down` in pixels; `percent` is the scale and
    `percents` what it can be; `turn` as in wl_output.transform; `changed`: not as it would be by itself; `others` how
    many there are besides it, `beside` what the only other one is called, and `side` where of that it lies: one of
    `SIDES` by its number, else negative; `primary`: it has the panel."""

    name: str
    title: str
    across: int
    down: int
    percent: int
    percents: list[int]
    turn: int
    changed: bool
    others: int
    beside: str
    side: int
    primary: bool


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
    def step(self, name: str, direction: Direction, /) -> None: ...
    def set_primary(self, name: str) -> None: ...
    def state(self, output: Output, /) -> OutputState: ...
    def restore(self, states: Mapping[str, OutputState], /) -> None: ...
    def tell(self) -> None: ...
    def keep_or_tell(
        self, name: str, *, scale: bool = False, transform: bool = False, arrangement: bool = False
    ) -> None: ...


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
        self._on_trial: list[Output] = []
        self._left = 0
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._second_gone)

    @staticmethod
    def create(engine: QQmlEngine) -> OutputSettings:
        return provided(engine, OutputSettings)

    def refresh(self) -> None:
        """Outputs came, went or have changed."""
        if any(output not in self._outputs.all for output in self._on_trial):
            self.goBack()
        if self._open:
            self._rows.replace(self._now())

    def _now(self) -> Iterator[OutputRow]:
        for output in self._outputs.all:
            size, looks, other = self._outputs.size(output), output.looks, self._only_other(output)
            yield OutputRow(
                output.name,
                self._outputs.title(output),
                *size,
                _percent(looks.scale),
                [_percent(scale) for scale in scales_for(size, looks.scale)],
                looks.transform,
                changed=looks.scale != self._outputs.usual_scale(output) or looks.transform != 0,
                others=len(self._outputs.all) - 1,
                beside=self._called(other) if other is not None else "",
                side=_side(output, other) if other is not None else -1,
                primary=looks.primary,
            )

    def _called(self, output: Output) -> str:
        return self._outputs.title(output) or output.name

    def _only_other(self, output: Output) -> Output | None:
        others = [one for one in self._outputs.all if one is not output]
        return others[0] if len(others) == 1 else None

    # --- for QML

    rows = Property(RowList, lambda self: self._rows, constant=True)
    open = Property(bool, lambda self: self._open, notify=changed)
    asking = Property(bool, lambda self: bool(self._on_trial), notify=changed)
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

    @Slot(str, int)
    def move(self, name: str, side: int) -> None:
        """Beyond the next output on that side, one of `SIDES` by its number."""
        if side in range(len(SIDES)) and len(self._outputs.all) > 1:
            self._try(name, lambda: self._outputs.step(name, _DIRECTIONS[SIDES[side]]))

    @Slot(str)
    def setPrimary(self, name: str) -> None:
        """Let the panel be on it."""
        self._try(name, lambda: self._outputs.set_primary(name))

    @Slot()
    def keep(self) -> None:
        """The user can read it."""
        for output, before in self._tried():
            now = self._outputs.state(output)
            self._outputs.keep_or_tell(
                output.name,
                scale=now.scale != before.scale,
                transform=now.transform != before.transform,
                arrangement=(now.place, now.primary) != (before.place, before.primary),
            )
        self._settled()

    @Slot()
    def goBack(self) -> None:
        """As it was before the user tried something."""
        if self._on_trial:
            states = {output.name: before for output, before in self._tried()}
            self._settled()
            self._outputs.restore(states)

    def _try(self, name: str, change: Callable[[], None]) -> None:
        if all(output.name != name for output in self._outputs.all):
            return
        self._on_trial = [*self._outputs.all]
        for output in self._on_trial:
            output.before = output.before or self._outputs.state(output)
        change()
        if all(self._outputs.state(output) == before for output, before in self._tried()):
            self._settled()
            return
        self._left = PATIENCE
        self._tick.start()
        self.changed.emit()

    def _tried(self) -> list[tuple[Output, OutputState]]:
        return [(output, output.before) for output in self._outputs.all if output.before is not None]

    def _second_gone(self) -> None:
        self._left -= 1
        if self._left > 0:
            self.changed.emit()
        else:
            self.goBack()

    def _settled(self) -> None:
        """Nothing is tried any more."""
        self._tick.stop()
        for output in self._on_trial:
            output.before = None
        self._on_trial.clear()
        self._left = 0
        self._outputs.tell()
        self.changed.emit()


def _side(output: Output, other: Output) -> int:
    side = side_of(output.rect, other.rect)
    return -1 if side is None else SIDES.index(side)


def _percent(scale: float) -> int:
    return round(100 * scale)
