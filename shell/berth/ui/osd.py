"""The short sign that says what a key has changed: volume, brightness, locks, layout, the screen.

It shows one thing at a time, the newest. QML shows it for a moment and says when that is over.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from berth.core.messages import Level, LockChanged
from berth.core.transform import NAMES

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

Kind = Literal["volume", "microphone", "brightness", "keyboard", "screen"]


class Sign(msgspec.Struct, frozen=True):
    """`kind` is the class that sheets know; `fraction` of a bar, negative = there is none; `muted` crosses it out."""

    kind: Kind = "volume"
    symbol: str = "volume"
    words: str = ""
    fraction: float = -1.0
    muted: bool = False


@QmlElement
@QmlUncreatable("It is Shell.osd.")
class Osd(QObject):  # type: ignore[operator]
    changed = Signal()
    told = Signal()
    """Also when the sign is the same: a volume that is the largest already."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sign = Sign()
        self._up = False

    # --- what it says

    def level(self, level: Level) -> None:
        fraction = min(max(level.percent, 0), 100) / 100
        number = self.tr("%1 %").replace("%1", str(level.percent))
        match level.kind:
            case "volume":
                words = self.tr("Sound is off") if level.muted else self.tr("Volume %1").replace("%1", number)
                symbol = "volumeOff" if level.muted or not level.percent else "volume"
            case "microphone":
                words = self.tr("Microphone is off") if level.muted else self.tr("Microphone %1").replace("%1", number)
                symbol = "microphoneOff" if level.muted else "microphone"
            case _:
                words, symbol = self.tr("Brightness %1").replace("%1", number), "brightness"
        self.show(Sign(level.kind, symbol, words, fraction, level.muted))

    def lock(self, change: LockChanged) -> None:
        match change.lock:
            case "caps":
                symbol, words = "capsLock", self.tr("Caps Lock is on") if change.on else self.tr("Caps Lock is off")
            case "num":
                symbol, words = "numLock", self.tr("Num Lock is on") if change.on else self.tr("Num Lock is off")
            case _:
                symbol, words = "keyboard", change.layout
        self.show(Sign("keyboard", symbol, words))

    def scaled(self, scale: float) -> None:
        """An output shows everything larger or smaller."""
        self.show(Sign("screen", "screen", self.tr("Scale %1 %").replace("%1", str(round(scale * 100)))))

    def turned(self, turn: int) -> None:
        """An output stands as that `wl_output.transform` says."""
        flipped, degrees = turn >= 4, NAMES[turn % 4]
        words = self.tr("Screen upright") if turn == 0 else self.tr("Screen turned by %1°").replace("%1", degrees)
        if flipped:
            words = self.tr("Screen mirrored")
        self.show(Sign("screen", "turnLeft" if turn else "screen", words))

    def show(self, sign: Sign) -> None:
        self._sign, self._up = sign, True
        self.changed.emit()
        self.told.emit()

    # --- for QML

    @Slot()
    def close(self) -> None:
        if self._up:
            self._up = False
            self.changed.emit()

    up = Property(bool, lambda self: self._up, notify=changed)
    kind = Property(str, lambda self: self._sign.kind, notify=changed)
    symbol = Property(str, lambda self: self._sign.symbol, notify=changed)
    words = Property(str, lambda self: self._sign.words, notify=changed)
    fraction = Property(float, lambda self: self._sign.fraction, notify=changed)
    muted = Property(bool, lambda self: self._sign.muted, notify=changed)
