"""What has come of images that are being fetched or built, so that whoever is interrupted can go on later.

One directory per image or, of builds, per recipe; whoever works on it holds a lock on that. What nobody goes on with is
removed after a week.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_KEPT_SECONDS = 7 * 24 * 3600
_WANTED = "wanted"


@contextmanager
def partial(place: Path) -> Iterator[Path]:
    """The directory `place`, made if there is none, for us alone; waits for another who fetches the same."""
    while True:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # The other may have finished meanwhile, and removed it.
            if _is_same(lock, place):
                os.utime(place)
                yield place
                return
        finally:
            os.close(lock)


def note_wanted(place: Path, wanted: str) -> None:
    """What it is for: the reference of an image, or the app whose image is built."""
    (place / _WANTED).write_text(wanted)


def finish(place: Path) -> None:
    """Remove what is of no use any more. Whoever is killed here leaves a place that is swept like a killed build's."""
    debris = place.parent.with_name("builds")
    debris.mkdir(exist_ok=True)
    shutil.rmtree(place.rename(debris / f"{place.name}-{os.getpid()}"))


def unfinished(places: Path) -> Iterator[str]:
    """What nobody works on now, and is partly here: references and apps."""
    for place in places.iterdir() if places.is_dir() else ():
        with suppress(OSError, ValueError):
            if _is_free(place) and _holds_something(place) and (wanted := (place / _WANTED).read_text()):
                yield wanted


def _is_free(place: Path) -> bool:
    lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    finally:
        os.close(lock)
    return True


def _holds_something(place: Path) -> bool:
    return any(path.is_file() and path.name != _WANTED and path.stat().st_size for path in place.rglob("*"))


def sweep_partial(places: Path) -> None:
    """Remove what nobody has gone on with for a week."""
    if not places.is_dir():
        return
    for place in places.iterdir():
        try:
            lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Wall clock on purpose: the age counts from an earlier run of the machine, too.
            if time.time() - os.fstat(lock).st_mtime > _KEPT_SECONDS:
                shutil.rmtree(place, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)


def _is_same(fd: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), place.stat())
    except FileNotFoundError:
        return False
