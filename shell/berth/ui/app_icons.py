"""What a theme has of icons for apps, read and looked through, as the engine is told it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from berth.core.messages import SetAppIcons
from berth.core.problem import Problem
from berth.themes.app_icons import IconFolder, read_icon_theme
from berth.themes.folder import place_of

_DEEPEST = 2
"""Folders in each other, below the index's."""
_MOST_LOOKED_AT = 1000

_State = tuple[Path, str, tuple[tuple[str, int], ...]]


class AppIcons:
    """Files are read again only where a folder is another one, or has changed.

    Args:
        tell: gets why what a theme names cannot be had; there is none then.
    """

    def __init__(self, tell: Callable[[Problem], None]) -> None:
        self._tell = tell
        self._state: _State | None = None
        self._found: str | SetAppIcons = ""

    def find(self, said: str | IconFolder, folders: Iterable[Path]) -> str | SetAppIcons:
        """The name of a theme that images may have, "" for their own, or the files of one."""
        if isinstance(said, str):
            self._state = None
            return said
        place = place_of(said.url.path, said.sheet, folders)
        if place is None:
            return ""
        state = (*place, _changes(*place))
        if state != self._state:
            self._state, self._found = state, self._read(*place)
        return self._found

    def _read(self, folder: Path, index: str) -> str | SetAppIcons:
        try:
            files = read_icon_theme(folder, index)
        except Problem as problem:
            self._tell(problem)
            return ""
        digest = hashlib.sha256()
        for name, data in sorted(files.items()):
            digest.update(f"{name}\0{len(data)}\0".encode() + data)
        return SetAppIcons(f"Berth-{digest.hexdigest()[:8]}", files)


def _changes(folder: Path, index: str) -> tuple[tuple[str, int], ...]:
    """What lies beside the index and up to two folders below, with when it changed; nothing outside of `folder` is
    looked at."""
    place = os.path.realpath((folder / index).parent)
    if not Path(place).is_relative_to(folder.resolve()):
        return ()
    found = []
    for path in islice(_listed(place, _DEEPEST), _MOST_LOOKED_AT):
        with suppress(OSError):
            found.append((path, os.lstat(path).st_mtime_ns))
    return tuple(sorted(found))


def _listed(place: str, depth: int) -> Iterator[str]:
    """A folder and what is in it, into no links."""
    yield place
    try:
        entries = os.scandir(place)
    except OSError:
        return
    with entries:
        for entry in entries:
            if depth and entry.is_dir(follow_symlinks=False):
                yield from _listed(entry.path, depth - 1)
            else:
                yield entry.path
