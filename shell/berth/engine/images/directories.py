"""Directories on the way to where something is written, kept open: each is entered by its name in the one above it.

With O_NOFOLLOW at each step, no link that an archive brings is ever followed (where others broke:
GHSA-9rww-v4mm-x4jg, GHSA-8688-9x26-hhxj).
"""

from __future__ import annotations

import os
from pathlib import Path

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class OpenDirectories:
    """The directory that was asked for last, and those above it up to `root`.

    Whoever replaces one of them must ask for the one above it first.
    """

    def __init__(self, root: Path) -> None:
        self._path: tuple[str, ...] = ()
        self._open = [os.open(root, DIRECTORY)]

    def close(self) -> None:
        while self._open:
            os.close(self._open.pop())

    def reach(self, path: tuple[str, ...], create: bool) -> int:
        """The descriptor of a directory, which stays ours.

        Raises:
            OSError: ELOOP or ENOTDIR where something else is in the way, ENOENT if there is none and none is made.
        """
        if path != self._path:
            self._leave(self._shared(path))
            for part in path[len(self._path) :]:
                self._open.append(_enter(self._open[-1], part, create))
                self._path = (*self._path, part)
        return self._open[-1]

    def _shared(self, path: tuple[str, ...]) -> int:
        """How much of the way is the same."""
        for depth, (wanted, there) in enumerate(zip(path, self._path, strict=False)):
            if wanted != there:
                return depth
        return min(len(path), len(self._path))

    def _leave(self, depth: int) -> None:
        self._path = self._path[:depth]
        while len(self._open) > depth + 1:
            os.close(self._open.pop())


def _enter(parent: int, name: str, create: bool) -> int:
    """A directory, made if it is not there, which most are: trying to make each took half of the time."""
    try:
        return os.open(name, DIRECTORY, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            raise
    os.mkdir(name, 0o755, dir_fd=parent)
    os.chmod(name, 0o755, dir_fd=parent)
    return os.open(name, DIRECTORY, dir_fd=parent)
