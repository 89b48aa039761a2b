"""Puts themes into the user's folder and takes them away, whole or not at all.

A theme is written beside its place, examined there as the desktop will read it, and comes to its place by one
renaming. Who looks at the folder meanwhile sees the theme of before, or none, or the new one.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace as with_other
from pathlib import Path

from berth.core.problem import Problem
from berth.themes.assets import broken_assets
from berth.themes.findings import ERROR, Finding, printable
from berth.themes.folder import Description, is_id
from berth.themes.lint import check
from berth.themes.package import Files, examine
from berth.themes.situations import SITUATIONS
from berth.themes.stack import Stack

_PREFIX = ".berth-"
_LOCK = f"{_PREFIX}lock"
_AT_FDCWD = -100
_EXCHANGE = 2


def install(files: Files, folder: Path, shipped: Mapping[str, Path], base: Path, *, replace: bool = False) -> Path:
    """Make a theme of `files` (see `berth.themes.package`) one of the user's.

    Args:
        folder: where the user's themes are; made if it is missing.
        shipped: themes that come with Berth, whose ids are taken.
        base: the folder of the default theme.
        replace: put it in the place of the user's theme of the same id.

    Returns:
        The theme's folder.

    Raises:
        Problem: as `examine` does; ``theme-exists``, ``theme-refused`` for a sheet with errors, ``write-failed``.
            Nothing has changed then.
    """
    name = examine(files).id
    target = folder / name
    if name in shipped:
        raise _taken(name)
    try:
        with _workshop(folder) as workshop:
            made = _write(files, workshop / name)
            check_sheets(made, base)
            _put(made, target, replace=replace)
    except OSError as error:
        raise Problem("write-failed", f"{target} could not be written: {error.strerror}.", "Nothing changed.") from None
    return target


def looked_at(files: Files, shipped: Mapping[str, Path], base: Path) -> tuple[Description, list[Finding]]:
    """What a theme of `files` says that it is, and what `berth.themes.lint.check` finds in it.

    Places of findings are named as inside of the theme. Raises `Problem` for what `install` would refuse.
    """
    description = examine(files)
    if description.id in shipped:
        raise _taken(description.id)
    try:
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as workshop:
            made = _write(files, Path(workshop) / description.id)
            check_sheets(made, base)
            found = check(made, base)
    except OSError as error:
        raise Problem("write-failed", f"There is no room to look at it: {error.strerror}.") from None
    return description, [with_other(one, file=one.file.removeprefix(f"{made}/")) for one in found]


def _taken(name: str) -> Problem:
    return Problem("theme-exists", f"“{name}” is a theme of Berth.", "The theme needs another id in theme.toml.")


def remove(name: str, folder: Path, shipped: Mapping[str, Path]) -> None:
    """Delete the user's theme `name`; of a linked one the link alone.

    Raises:
        Problem: ``theme-unknown``, ``theme-shipped`` or ``write-failed``.
    """
    place = folder / name
    if not is_id(name) or not (place.is_symlink() or place.is_dir()):
        if name in shipped:
            raise Problem("theme-shipped", f"“{name}” comes with Berth and stays.", "Use another one instead.")
        raise Problem("theme-unknown", f"You have no theme “{name}”.", "See them with: berth theme list")
    try:
        if place.is_symlink():
            place.unlink()
            return
        with _workshop(folder) as workshop:
            place.rename(workshop / name)
    except OSError as error:
        raise Problem("write-failed", f"{place} could not be removed: {error.strerror}.") from None


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A new folder on the same file system, gone afterwards; what a crash left behind goes, too."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{_PREFIX}*"):
            if left.name != _LOCK and left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
        made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _write(files: Files, folder: Path) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    return folder


def check_sheets(folder: Path, base: Path) -> None:
    """Raises `Problem` ``theme-refused`` for the first error that the desktop would find in the theme."""
    stack = Stack(base, folder)
    items = stack.read(SITUATIONS[0].contexts)
    errors = [finding for finding in stack.findings if finding.severity == ERROR]
    errors += broken_assets(items, folder)
    if errors:
        raise Problem("theme-refused", _inside(errors[0], folder), printable(errors[0].hint) or "Ask its author.")


def _inside(finding: Finding, folder: Path) -> str:
    """The finding's words, with files as they are called inside of the theme."""
    file = finding.file.removeprefix(f"{folder}/")
    place = f"{file}:{finding.line}:{finding.column}: " if finding.line else f"{file}: "
    return printable((place + finding.message).replace(f"{folder}/", ""))


def _put(made: Path, target: Path, *, replace: bool) -> None:
    if not os.path.lexists(target):
        made.rename(target)
        return
    if not replace:
        message = f"There is a theme “{target.name}” already."
        raise Problem("theme-exists", message, "To put this one in its place, add --replace.")
    if target.is_symlink() or not target.is_dir():
        raise Problem("theme-exists", f"{target} is no plain folder.", "Take it away first.")
    _exchange(made, target)


def _exchange(one: Path, other: Path) -> None:
    """Both change places at once: renameat2(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
