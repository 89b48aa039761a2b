"""Which files of the look somebody is writing at: warnings are for authors, and to others a theme is as it is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from berth.ui.theme_files import Stamp, stamp


class Edits:
    """Notices which files are saved while they are in use.

    A theme that comes into use, or takes the place of another with its whole folder, is nobody's work yet.
    """

    def __init__(self) -> None:
        self._known: dict[Path, tuple[int, Stamp]] = {}
        self._edited: set[Path] = set()

    def look(self) -> None:
        """Some may have been saved; call this before they are read."""
        for file, (folder, before) in self._known.items():
            self._known[file] = now_in, now = _seen(file)
            if now != before and now_in == folder:
                self._edited.add(file)

    def follow(self, files: Iterable[Path]) -> None:
        """From now on `files` are in use, and no others."""
        self._known = {file: self._known.get(file) or _seen(file) for file in files}

    def within(self, folder: Path) -> bool:
        """Whether a file of `folder` was saved."""
        return any(file.is_relative_to(folder) for file in self._edited)


def _seen(file: Path) -> tuple[int, Stamp]:
    """The folder's inode and the file's stamp."""
    return stamp(file.parent)[0], stamp(file)
