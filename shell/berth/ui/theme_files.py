"""Tells when a file of the look has changed, however an editor saves it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

QUIET_MS = 12
"""Editors empty a file before they write it; what lies between is nobody's theme."""
Stamp = tuple[int, int, int]
"""Inode, nanoseconds of the last change, bytes; zeros of what is not there."""


def stamp(path: Path) -> Stamp:
    """Another one after each save."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return 0, 0, 0
    return status.st_ino, status.st_mtime_ns, status.st_size


class ThemeFiles(QObject):
    """Watches files and folders; `changed` comes once things are quiet."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watcher = QFileSystemWatcher(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self.changed)
        self._watcher.fileChanged.connect(lambda _path: self._timer.start())
        self._watcher.directoryChanged.connect(lambda _path: self._timer.start())

    def watch(self, paths: Iterable[Path]) -> None:
        """Watch exactly `paths`; those that are not there are noticed through the folder they would be in.

        A file that was replaced is another one to the system, so this is called after each change.
        """
        wanted = set()
        for path in paths:
            while not path.exists() and path != path.parent:
                path = path.parent
            wanted.add(str(path))
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if gone := watched - wanted:
            self._watcher.removePaths(sorted(gone))
        if new := wanted - watched:
            self._watcher.addPaths(sorted(new))
