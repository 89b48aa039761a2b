"""Pictures that manifests bring along. Whoever wrote a manifest may be a stranger: nothing outside of its folder is
opened, and what is no sound picture of a bearable size is told and left out, before any program decodes it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from berth.core.manifest import Manifest, Screenshot
from berth.core.messages import AppPicture
from berth.core.picture_files import Bounds, Picture, examine_picture
from berth.core.problem import Problem

_FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_BOUNDS = Bounds(_FORMATS, 2 << 20, 4096, 8 << 20)
"""32 MiB once decoded."""
_MOST_KNOWN = 4096
_HINT = "The app works without it. What a picture may be: docs/add-an-app.md"

Known = dict[tuple[str, int, int, int], Picture]
"""Sound pictures by path, inode, time of change and size, so that a look at all manifests reads only new ones."""


def pictures_of(manifest: Manifest, path: Path, known: Known) -> Iterator[AppPicture | tuple[Path, Problem]]:
    """The pictures of the manifest in the file `path`, and what is wrong with those that cannot be shown."""
    for screenshot in manifest.about.pictures:
        file = path.parent / screenshot.file
        try:
            found = _examined(path.parent, screenshot, known)
        except Problem as problem:
            yield file, Problem(problem.code, f"{_shown(path)}: {problem.message}", _HINT)
        else:
            yield AppPicture(_shown(file), screenshot.caption, found.width, found.height)


def _shown(path: Path) -> str:
    """A path as text: names of folders need not be, and then nobody else finds the file."""
    return os.fsencode(path).decode(errors="replace")


def _examined(folder: Path, screenshot: Screenshot, known: Known) -> Picture:
    """Raises `Problem` ``picture``."""
    name = screenshot.file
    try:
        fd = _open_inside(folder, PurePosixPath(name))
        with os.fdopen(fd, "rb") as file:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise Problem("picture", f"“{name}” is no file.")
            key = (os.fspath(folder / name), status.st_ino, status.st_mtime_ns, status.st_size)
            found = known.get(key) or examine_picture(file.read(_BOUNDS.bytes + 1), name, _BOUNDS)
    except OSError as error:
        raise Problem("picture", f"“{name}” cannot be read: {error.strerror}.") from None
    if found.format != _FORMATS[PurePosixPath(name).suffix]:
        raise Problem("picture", f"“{name}” is a {found.format} file, which its name does not say.")
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[key] = found
    return found


def _open_inside(folder: Path, name: PurePosixPath) -> int:
    """A file for reading; no part of its name is a link. Raises OSError."""
    place = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in name.parts[:-1]:
            inner = os.open(part, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=place)
            os.close(place)
            place = inner
        # A pipe must not make anybody wait.
        return os.open(name.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place)
    finally:
        os.close(place)
