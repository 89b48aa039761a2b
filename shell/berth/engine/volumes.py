"""The folders of its image that an app writes to: each begins as its image has it, and is the app's own from then on.

They lie beside the app's home (or its profile's), so they are removed, counted and found with it.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from berth.core.problem import Problem
from berth.core.volumes import folder_name, unfinished_name
from berth.engine.images import brought
from berth.engine.removal import remove_home

MOST_BYTES = 2 << 30
MOST_ENTRIES = 100_000
_CHUNK = 1 << 20


async def prepare(app: str, volumes: Collection[str], rootfs: Path, directory: Path) -> None:
    """Make those of the volumes that are not there yet.

    Args:
        rootfs: of the app's image.
        directory: in which they lie.

    Raises:
        Problem: ``volume-missing`` if the image has no such folder, ``volume-too-large``, ``volume-not-made``.
    """
    if not volumes:
        return
    given_up = threading.Event()
    work = asyncio.ensure_future(asyncio.to_thread(_make_all, app, volumes, rootfs, directory, given_up))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        given_up.set()
        # Whoever gave up may remove the app now: nothing may be written there any more.
        await asyncio.gather(work, return_exceptions=True)
        raise


def _make_all(app: str, volumes: Collection[str], rootfs: Path, directory: Path, given_up: threading.Event) -> None:
    for path in volumes:
        if not brought.has_folder(rootfs, path):
            raise Problem(
                "volume-missing",
                f"The image of {app} has no folder “{path}” that could be the app's own.",
                "Correct “volumes” in the app's manifest.",
            )
    try:
        with _alone(directory):
            for path in volumes:
                if not (directory / folder_name(path)).exists():
                    _make(app, path, rootfs, directory, given_up)
    except OSError as error:
        reason = "there is not enough space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror
        raise Problem(
            "volume-not-made", f"The folders that {app} writes to cannot be made: {reason}.", "Free some space."
        ) from None


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Two instances that begin at once, maybe of two engines, must not make the same volume."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _make(app: str, path: str, rootfs: Path, directory: Path, given_up: threading.Event) -> None:
    """Whole or not at all."""
    unfinished = directory / unfinished_name(path)
    remove_home(unfinished)  # of an engine that was killed
    copy = _Copy(app, path, given_up)
    try:
        copy.folder(Path(f"{rootfs}{path}"), unfinished)
    except BaseException:
        remove_home(unfinished)
        raise
    unfinished.rename(directory / folder_name(path))


class _Copy:
    """Of what an image has in a folder; its files are never changed, so no link can come in between."""

    def __init__(self, app: str, path: str, given_up: threading.Event) -> None:
        self._app = app
        self._path = path
        self._given_up = given_up
        self._entries = 0
        self._bytes = 0

    def folder(self, source: Path, target: Path) -> None:
        target.mkdir(mode=0o700)
        with os.scandir(source) as entries:
            for entry in entries:
                self._entry(entry, target / entry.name)
        target.chmod(source.stat().st_mode & 0o777 | 0o700)

    def _entry(self, entry: os.DirEntry[str], target: Path) -> None:
        self._spend(entry)
        source = Path(entry.path)
        if entry.is_symlink():
            target.symlink_to(source.readlink())
        elif entry.is_dir(follow_symlinks=False):
            self.folder(source, target)
        elif entry.is_file(follow_symlinks=False):
            with source.open("rb") as original, target.open("xb") as copy:
                shutil.copyfileobj(original, copy, _CHUNK)
                os.fchmod(copy.fileno(), entry.stat(follow_symlinks=False).st_mode & 0o777 | 0o600)

    def _spend(self, entry: os.DirEntry[str]) -> None:
        if self._given_up.is_set():
            raise Problem("cancelled", f"Starting {self._app} was given up.")
        self._entries += 1
        self._bytes += entry.stat(follow_symlinks=False).st_size
        if self._entries > MOST_ENTRIES or self._bytes > MOST_BYTES:
            raise Problem(
                "volume-too-large",
                f"The image of {self._app} has more in “{self._path}” than an app's own folder begins with.",
                f"Take “{self._path}” out of “volumes” in the app's manifest: it is read-only then.",
            )
