"""Asks for pictures of themes, and tells where they are when they are there; see `berth.ui.theme_preview`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QProcess, QTimer, QUrl

_PATIENCE_MS = 60_000
_ENDING_MS = 1000


class _Drawn(msgspec.Struct, frozen=True):
    theme: str
    file: str


class ThemePreviews(QObject):
    """Args:
    base: the folder of the default theme.
    drawn: told of a theme and the address of its picture.

    Attributes:
        files: addresses of pictures by the ids of their themes; they stay until there are newer ones.
    """

    def __init__(self, base: Path, drawn: Callable[[str, str], None], parent: QObject) -> None:
        super().__init__(parent)
        self.files: dict[str, str] = {}
        self._base = base
        self._drawn = drawn
        self._process: QProcess | None = None
        self._late = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._late.timeout.connect(self.stop)

    def ask(self, themes: Mapping[str, Path], scheme: str, contrast: str) -> None:
        """Look for pictures of `themes`, ids and folders; what was asked before is not wanted any more."""
        self.stop()
        process = self._process = QProcess(self)
        process.readyReadStandardOutput.connect(lambda: self._read(process))
        process.finished.connect(lambda _code, _status: self._over(process))
        words = ["-m", "berth.ui.theme_preview", "--base", str(self._base), f"--scheme={scheme}"]
        named = [f"{theme}={folder}" for theme, folder in themes.items()]
        process.start(sys.executable, [*words, f"--contrast={contrast}", "--", *named])
        self._late.start()

    def stop(self) -> None:
        """Draw no more."""
        if self._process is not None:
            process, self._process = self._process, None
            process.readyReadStandardOutput.disconnect()
            process.finished.disconnect()
            process.finished.connect(process.deleteLater)
            process.kill()
            self._late.stop()

    def close(self) -> None:
        """The desktop ends; a process of it would otherwise outlive its handle."""
        process = self._process
        self.stop()
        if process is not None:
            process.waitForFinished(_ENDING_MS)

    def _over(self, process: QProcess) -> None:
        if process is self._process:
            self._process = None
            self._late.stop()
        process.deleteLater()

    def _read(self, process: QProcess) -> None:
        while process is self._process and process.canReadLine():
            try:
                drawn = msgspec.json.decode(bytes(process.readLine().data()), type=_Drawn)
            except msgspec.MsgspecError:
                continue
            self.files[drawn.theme] = QUrl.fromLocalFile(drawn.file).toString()
            self._drawn(drawn.theme, self.files[drawn.theme])
