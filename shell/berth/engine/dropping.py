"""The folder into which a person drops images: each becomes an app, or is put aside with the reason.

A file counts from when nobody writes to it any more, which the kernel tells; a folder that is an OCI image layout
counts from when all is there that its index names. What has become an app is taken out of the folder; what cannot
is moved into ``Rejected`` beside a text that says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

from berth.core.messages import Event, Notice
from berth.core.problem import Problem
from berth.engine.catalogue import shown
from berth.engine.images import layout
from berth.engine.removal import remove_home
from berth.engine.watch import NameWatch

REJECTED = "Rejected"
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".swp", "~")
"""Endings of what is on its way and gets another name when it has come."""

_LATER = ("app-running", "disk-full", "store-unusable", "manifest-not-kept", "image-work-failed")
"""Problems that are not the file's: it stays where it is."""

_MOST_BLOBS = 4096


class DropFolder:
    """Must be made on the running loop.

    Args:
        take: imports the image at a path and returns the name of its app; raises `Problem`.
        emit: receives notices.

    Raises:
        Problem: ``drop-unusable``, ``watch-failed``.
    """

    def __init__(self, directory: Path, take: Callable[[Path], Awaitable[str]], emit: Callable[[Event], None]) -> None:
        self._directory = directory
        self._take = take
        self._emit = emit
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._later: set[str] = set()
        self._one = asyncio.Lock()  # the store takes in one image at a time
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(
                "drop-unusable",
                f"Images cannot be dropped into {shown(directory)}: {error.strerror}.",
                "It is to be a folder that belongs to you.",
            ) from None
        self._watch = NameWatch(directory, self._look_at)
        self.look_at_all()

    def look_at_all(self) -> None:
        """Take what is there from before the start."""
        for name in sorted(path.name for path in self._directory.iterdir()):
            self._look_at(name)

    def try_again(self) -> None:
        """What could not come in for a reason that may be over."""
        later, self._later = self._later, set()
        for name in sorted(later):
            self._look_at(name)

    async def close(self) -> None:
        self._watch.close()
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _look_at(self, name: str, moved: bool = False) -> None:
        """`moved`: it came all at once."""
        if name == REJECTED or name.startswith(".") or name.endswith(_UNFINISHED):
            return
        if name in self._under_way:
            self._again.add(name)
            return
        task = asyncio.create_task(self._come(name, moved))
        self._under_way[name] = task
        task.add_done_callback(lambda done: self._came(name, done))

    def _came(self, name: str, task: asyncio.Task[None]) -> None:
        self._under_way.pop(name, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            asyncio.get_running_loop().call_exception_handler({"message": f"importing {name}", "exception": error})
        if name in self._again:
            self._again.discard(name)
            self._look_at(name)

    async def _come(self, name: str, moved: bool) -> None:
        path = self._directory / name
        if not (moved and path.is_dir()) and not await asyncio.to_thread(is_finished, path):
            if path.is_dir() and not path.is_symlink():
                self._watch.follow(name)
                if await asyncio.to_thread(is_finished, path):
                    self._again.add(name)
            return
        self._again.discard(name)
        seen = _identity(path)
        try:
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise Problem("archive-missing", f"“{name}” is no file.", "Put the file itself here.")
            async with self._one:
                app = await self._take(path)
        except Problem as problem:
            await self._failed(path, problem)
        else:
            if _identity(path) == seen:  # and no other was put in its place meanwhile
                await asyncio.to_thread(_discard, path)
            self._emit(Notice("info", f"{app} is in the launcher now.", f"It came from {shown(path)}."))

    async def _failed(self, path: Path, problem: Problem) -> None:
        if problem.code in _LATER:
            self._later.add(path.name)
            hint = f"{problem.hint} {shown(path)} is tried again later.".strip()
            self._emit(Notice("warning", problem.message, hint))
            return
        if problem.code == "cancelled":
            problem = Problem("cancelled", f"Importing “{path.name}” was cancelled.", "Drop it again to import it.")
        aside = await asyncio.to_thread(_put_aside, path, problem)
        severity: Literal["info", "error"] = "info" if problem.code == "cancelled" else "error"
        self._emit(Notice(severity, problem.message, f"{problem.hint} It was moved to {shown(aside)}.".strip()))


def is_finished(path: Path) -> bool:
    """Whether all of a file or folder is there, as far as can be told."""
    if path.is_symlink() or not path.exists():
        return path.is_symlink()
    return _is_whole_layout(path) if path.is_dir() else not _is_written_to(path)


def _is_written_to(path: Path) -> bool:
    """A lease on a file is only given while nobody has it open for writing: fcntl(2), F_SETLEASE."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        # Should somebody open it just now, the kernel says so by a signal, which is to be one that does no harm.
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a file system without leases, or somebody else's file
    finally:
        os.close(fd)
    return False


def _is_whole_layout(path: Path) -> bool:
    """An OCI image layout in which all is there that its index leads to. Other folders never become one."""
    with contextlib.suppress(OSError, Problem):
        todo = list(layout.decode((path / "index.json").read_bytes(), layout.Index, "index").manifests)
        seen = 0
        while todo and seen < _MOST_BLOBS:
            item = todo.pop()
            seen += 1
            blob = path / "blobs/sha256" / layout.hex_digits(item.digest)
            if blob.stat().st_size != item.size or _is_written_to(blob):
                return False
            if item.media_type in (layout.INDEX_TYPE, layout.DOCKER_INDEX_TYPE):
                todo += layout.decode(blob.read_bytes(), layout.Index, "index").manifests
            elif item.media_type in (layout.MANIFEST_TYPE, layout.DOCKER_MANIFEST_TYPE):
                manifest = layout.decode(blob.read_bytes(), layout.Manifest, "manifest")
                todo += (manifest.config, *manifest.layers)
        return (path / "oci-layout").exists()
    return False


def _identity(path: Path) -> tuple[int, ...]:
    try:
        found = path.lstat()
    except OSError:
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove_home(path)
    else:
        path.unlink(missing_ok=True)


def _put_aside(path: Path, problem: Problem) -> Path:
    """Move into ``Rejected``, under a name that is free; returns where it is."""
    rejected = path.parent / REJECTED
    number = 0
    while True:
        number += 1
        aside = rejected / (path.name if number == 1 else f"{path.stem}-{number}{path.suffix}")
        if not os.path.lexists(aside) and not os.path.lexists(_reason_of(aside)):
            break
    try:
        rejected.mkdir(exist_ok=True)
        path.rename(aside)
        _reason_of(aside).write_text(f"{problem.message}\n{problem.hint}\n")
    except OSError:
        return path
    return aside


def _reason_of(aside: Path) -> Path:
    return aside.with_name(f"{aside.name}.txt")
