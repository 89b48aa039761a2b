"""Follow changes of directories without polling: inotify on the running event loop.

Called through ctypes: five lines of glibc need no dependency.
Source: inotify(7).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from berth.core.problem import Problem

_CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x8, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _ONLY_DIRECTORIES = 0x400, 0x800, 0x0100_0000
_CONTENT = _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF
_SETTLE_SECONDS = 0.05

_libc = ctypes.CDLL(None, use_errno=True)


class DirectoryWatch:
    """Calls `on_change` once for each burst of changes in any of `directories`.

    A directory that does not exist is waited for. Must be made on the running loop.

    Raises:
        Problem: ``watch-failed`` if the system gives none: a user has 128 on many.
    """

    def __init__(self, directories: Iterable[Path], on_change: Callable[[], None]) -> None:
        self._directories = tuple(directories)
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._settling: asyncio.TimerHandle | None = None
        self._fd = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise Problem(
                "watch-failed",
                "New apps and images are only noticed when Berth starts: this user watches too many directories.",
                "As root: sysctl fs.inotify.max_user_instances=1024",
            )
        self._watch_all()
        self._loop.add_reader(self._fd, self._readable)

    def close(self) -> None:
        if self._settling:
            self._settling.cancel()
        self._loop.remove_reader(self._fd)
        os.close(self._fd)

    def _watch_all(self) -> None:
        for directory in self._directories:
            while not self._add(directory) and directory != directory.parent:
                directory = directory.parent

    def _add(self, directory: Path) -> bool:
        """Watching what is watched already changes nothing."""
        return bool(_libc.inotify_add_watch(self._fd, os.fsencode(directory), _CONTENT | _ONLY_DIRECTORIES) >= 0)

    def _readable(self) -> None:
        os.read(self._fd, 64 << 10)
        # An editor's save or a copied folder is many events; one look afterwards is enough.
        if self._settling is None:
            self._settling = self._loop.call_later(_SETTLE_SECONDS, self._settled)

    def _settled(self) -> None:
        self._settling = None
        self._watch_all()
        self._on_change()
