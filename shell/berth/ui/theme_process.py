"""Runs ``berth theme`` beside the desktop: what strangers have made is read there, and nothing here waits for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QProcess

_MOST_SAID = 1 << 20

Then = Callable[[bytes, str], None]
"""Gets what the command has said, and why it failed: ``""`` if it did not, ``"?"`` if it did not say why."""


class ThemeProcess:
    """At most one command at a time; another one ends it."""

    def __init__(self, parent: QObject) -> None:
        self._parent = parent
        self.process: QProcess | None = None

    @property
    def busy(self) -> bool:
        return self.process is not None

    def run(self, words: Sequence[str], then: Then) -> None:
        self.stop()
        process = self.process = QProcess(self._parent)
        process.finished.connect(lambda code, _status: self._finished(process, code, then))
        process.errorOccurred.connect(lambda error: self._not_started(process, error, then))
        process.start(sys.executable, ["-m", "berth", "theme", *words])

    def stop(self) -> None:
        """Nobody wants to know any more."""
        if self.process is not None:
            self.process.finished.disconnect()
            self.process.finished.connect(self.process.deleteLater)
            self.process.kill()
            self.process = None

    def _not_started(self, process: QProcess, error: QProcess.ProcessError, then: Then) -> None:
        if error == QProcess.ProcessError.FailedToStart and process is self.process:
            self.process = None
            process.deleteLater()
            then(b"", "?")

    def _finished(self, process: QProcess, code: int, then: Then) -> None:
        said = bytes(process.readAllStandardOutput().data())[:_MOST_SAID]
        why = bytes(process.readAllStandardError().data())[:_MOST_SAID].decode("utf-8", "replace")
        self.process = None
        process.deleteLater()
        then(said, "" if code == 0 else why.strip().removeprefix("berth: ") or "?")
