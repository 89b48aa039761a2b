"""An app's output on disk, bounded: a chatty app can neither fill the disk nor be blocked by it."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

LIMIT = 2 << 20
"""Bytes per file; there are two, so twice as much at most is kept."""


def previous(path: Path) -> Path:
    return path.with_name(path.name + ".1")


class BoundedLog:
    """Appends to a file; a full one becomes the previous one. Output that the disk refuses is dropped."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self._path = path
        self._limit = limit
        self._fd = _open(path)
        self._size = os.fstat(self._fd).st_size
        self._last = b""

    @property
    def last_lines(self) -> list[str]:
        """The latest complete output, a few kilobytes, for the sentence on a failed start."""
        return self._last.decode(errors="replace").splitlines()

    def fileno(self) -> int:
        return self._fd

    def write(self, data: bytes) -> None:
        self._last = (self._last + data)[-4096:]
        if self._size + len(data) > self._limit:
            self._rotate()
        with contextlib.suppress(OSError):
            self._size += os.write(self._fd, data)

    def _rotate(self) -> None:
        try:
            self._path.replace(previous(self._path))
            fresh = _open(self._path)
        except OSError:  # its directory is gone or read-only
            os.ftruncate(self._fd, 0)
        else:
            os.close(self._fd)
            self._fd = fresh
        self._size = 0

    def close(self) -> None:
        os.close(self._fd)


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def read(path: Path) -> str:
    """What is kept of the output, oldest first; empty if there is none."""
    with contextlib.ExitStack() as stack:
        files: list[io.BufferedReader] = []
        for part in (path, previous(path)):  # in this order one that is full by now is met twice, not missed
            with contextlib.suppress(FileNotFoundError):
                file = stack.enter_context(part.open("rb"))
                if not any(os.path.sameopenfile(file.fileno(), other.fileno()) for other in files):
                    files.append(file)
        return b"".join(file.read() for file in reversed(files)).decode(errors="replace")
