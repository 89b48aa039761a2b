"""When which sound of the theme is heard. The engine has them played; here is what can be annoying about them.

Whoever makes sounds (apps can ring, tell and ask as often as they like) has a few at once and then one in a while; the
same sound twice in the same instant is one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable

from berth.core.messages import ChangeSounds, EngineRequest, PlaySound, Result, SoundSetting
from berth.core.problem import Problem
from berth.themes.folder import place_of
from berth.themes.named_files import NamedFile
from berth.themes.sounds import read_sound

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_INSTANT = 0.25  # seconds
_AT_ONCE = {"bell": (3, 10.0)}
"""Of each sound: how many may follow each other, and the seconds until there is one more."""
_USUALLY = (6, 2.0)

Call = Callable[[EngineRequest, Callable[[Result | Problem], None], Sequence[int]], object]


class Budget:
    """`most` at once, and one more each `pause` seconds."""

    def __init__(self, most: int, pause: float) -> None:
        self._most, self._pause = most, pause
        self._left = float(most)
        self._at: float | None = None

    def take(self, now: float) -> bool:
        """Whether there is one left at `now`, in seconds."""
        if self._at is not None:
            if now - self._at < _INSTANT:
                return False
            self._left = min(self._most, self._left + (now - self._at) / self._pause)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@QmlElement
@QmlUncreatable("It is Shell.sounds.")
class Sounds(QObject):  # type: ignore[operator]
    """Args:
    call: sends a request with descriptors to the engine.
    failed: shows an answer that is a problem.
    tell: gets what is wrong with a theme's file, once.
    """

    changed = Signal()

    def __init__(
        self,
        call: Call,
        failed: Callable[[Result | Problem], None],
        tell: Callable[[Problem], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._call = call
        self._failed = failed
        self._tell = tell
        self._on = False  # until the engine has told: they may be off
        self._files: dict[str, NamedFile] = {}
        self._folders: list[Path] = []
        self._budgets: dict[str, Budget] = {}
        self._told: set[tuple[Path, str]] = set()

    def use(self, files: Mapping[str, NamedFile], folders: Iterable[Path]) -> None:
        """What the theme has; files are read when they are heard."""
        self._files, self._folders = dict(files), list(folders)
        self._told.clear()

    def set(self, setting: SoundSetting) -> None:
        if setting.on != self._on:
            self._on = setting.on
            self.changed.emit()

    def play(self, name: str) -> None:
        """`name` is one of `berth.themes.sounds.SOUNDS`."""
        file = self._files.get(name) if self._on else None
        if file is None:
            return
        budget = self._budgets.setdefault(name, Budget(*_AT_ONCE.get(name, _USUALLY)))
        if not budget.take(time.monotonic()):
            return
        data = self._read(file)
        if data:
            self._call(PlaySound(name), lambda _outcome: None, (_as_file(data),))

    def _read(self, file: NamedFile) -> bytes:
        place = place_of(file.url.path, file.sheet, self._folders)
        if place is None:
            return b""
        try:
            return read_sound(*place)
        except Problem as problem:
            if place not in self._told:
                self._told.add(place)
                self._tell(problem)
            return b""

    # --- for QML

    @Slot()
    def toggle(self) -> None:
        self._call(ChangeSounds(not self._on), self._failed, ())

    on = Property(bool, lambda self: self._on, notify=changed)


def _as_file(data: bytes) -> int:
    fd = os.memfd_create("berth-sound", os.MFD_CLOEXEC)
    os.write(fd, data)
    return fd
