"""What has come of images that are being fetched or built, so that whoever is interrupted can go on later.

One directory per image or, of builds, per recipe; whoever works on it holds a lock on that. What nobody goes on with is
removed after a week, or with the app that it was for.
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
_DISMISSED = "dismissed"


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


def note_wanted(place: Path, wanted: str, app: str) -> None:
    """What to ask for to go on, the reference of an image or the app whose image is built, and the app that it is for.
    What bases have in common counts as that of the app which was the last to want it."""
    (place / _WANTED).write_text(f"{wanted}\n{app}\n")


def finish(place: Path) -> None:
    """Remove what is of no use any more. Whoever is killed here leaves a place that is swept like a killed build's."""
    debris = place.parent.with_name("builds")
    debris.mkdir(exist_ok=True)
    shutil.rmtree(place.rename(debris / f"{place.name}-{os.getpid()}"))


def unfinished(places: Path) -> Iterator[str]:
    """What nobody works on now, is partly here and has not been dismissed: references and apps."""
    for place in places.iterdir() if places.is_dir() else ():
        with suppress(OSError, ValueError):
            noted = _noted(place)
            if noted and _DISMISSED not in noted and _is_free(place) and _holds_something(place):
                yield noted[0]


def subject_of(wanted: str) -> str:
    """What is worked on, whatever exactly a reference leads to at the time."""
    return wanted.partition("@")[0]


def dismiss(subject: str, places: Path, yes: bool = True) -> None:
    """Have nobody reminded of what has come for `subject`, until somebody asks for it again: that is told with `yes`
    false. What has come stays, and serves whoever does."""
    for place in places.iterdir() if places.is_dir() else ():
        with suppress(OSError, ValueError):
            noted = [line for line in _noted(place) if line != _DISMISSED]
            if noted and subject_of(noted[0]) == subject and (not yes or _is_free(place)):
                (place / _WANTED).write_text("".join(f"{line}\n" for line in (*noted, *([_DISMISSED] if yes else []))))


def places_of(app: str, places: Path) -> Iterator[Path]:
    """Where what has come for an app lies, whether somebody works on it or not."""
    for place in sorted(places.iterdir()) if places.is_dir() else ():
        with suppress(OSError, ValueError):
            if app in _noted(place):
                yield place


def forget_app(app: str, places: Path) -> None:
    """Remove what has come for an app, but for what somebody works on: that is wanted."""
    for place in places_of(app, places):
        _remove(place)


def _noted(place: Path) -> list[str]:
    return (place / _WANTED).read_text().splitlines()


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
        _remove(place, _KEPT_SECONDS)


def _remove(place: Path, older: float = float("-inf")) -> None:
    """Unless somebody works on it, or has within so many seconds."""
    try:
        lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Wall clock on purpose: the age counts from an earlier run of the machine, too.
        if time.time() - os.fstat(lock).st_mtime > older:
            shutil.rmtree(place, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(lock)


def _is_same(fd: int, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), place.stat())
    except FileNotFoundError:
        return False
