"""Follow changes of directories without polling: inotify on the running event loop.

Called through ctypes: five lines of glibc need no dependency.
Source: inotify(7).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable, Iterable
from pathlib import Path

from berth.core.problem import Problem

_CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x8, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _ONLY_DIRECTORIES = 0x400, 0x800, 0x0100_0000
_CONTENT = _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF
_ARRIVAL = _CLOSE_WRITE | _MOVED_TO | _CREATE
_DONT_FOLLOW, _IGNORED = 0x0200_0000, 0x8000
_EVENT = struct.Struct("iIII")
_SETTLE_SECONDS = 0.05

_libc = ctypes.CDLL(None, use_errno=True)


def _open() -> int:
    fd: int = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if fd < 0:
        raise Problem(
            "watch-failed",
            "New apps and images are only noticed when Berth starts: this user watches too many directories.",
            "As root: sysctl fs.inotify.max_user_instances=1024",
        )
    return fd


class NameWatch:
    """Calls `on_ready` with the name of each thing in `directory` that was written or moved here, and whether it
    was moved.

    Must be made on the running loop.

    Raises:
        Problem: ``watch-failed``.
    """

    def __init__(self, directory: Path, on_ready: Callable[[str, bool], None]) -> None:
        self._directory = directory
        self._on_ready = on_ready
        self._loop = asyncio.get_running_loop()
        self._fd = _open()
        self._names: dict[int, str] = {}  # of what each watch inside belongs to
        self._top = _libc.inotify_add_watch(self._fd, os.fsencode(directory), _ARRIVAL | _ONLY_DIRECTORIES)
        self._loop.add_reader(self._fd, self._readable)

    def close(self) -> None:
        self._loop.remove_reader(self._fd)
        os.close(self._fd)

    def follow(self, name: str) -> None:
        """Tell of what is written inside the folder `name`, too, as being about the folder."""
        for below in ("", "blobs", "blobs/sha256"):
            path = os.fsencode(self._directory / name / below)
            watch = _libc.inotify_add_watch(self._fd, path, _ARRIVAL | _ONLY_DIRECTORIES | _DONT_FOLLOW)
            if watch >= 0:
                self._names[watch] = name

    def _readable(self) -> None:
        data = os.read(self._fd, 64 << 10)
        ready: dict[str, bool] = {}
        while data:
            watch, mask, _cookie, size = _EVENT.unpack_from(data)
            name = os.fsdecode(data[_EVENT.size : _EVENT.size + size].rstrip(b"\0"))
            data = data[_EVENT.size + size :]
            if watch != self._top:
                name = self._names.get(watch, "")
                if mask & _IGNORED:
                    self._names.pop(watch, None)
            elif mask & _CREATE and (self._directory / name).is_file() and not (self._directory / name).is_symlink():
                continue  # it is told again when it was written
            if name:
                ready[name] = watch == self._top and bool(mask & _MOVED_TO)
        for name, moved in ready.items():
            self._on_ready(name, moved)


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
        self._fd = _open()
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
