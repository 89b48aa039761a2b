"""Files that several layers bring, kept once: a library that three apps have in layers of their own.

Found by their path: packages put the same file at the same place, with the same time. Only for layers that are built
here. An image from a stranger could bring files only to see, by their number of links, what else the user has.
"""

from __future__ import annotations

import errno
import filecmp
import os
from collections.abc import Sequence
from pathlib import Path

_SMALLEST = 4096
"""Bytes. What is smaller takes a block at most, and finding it as long as a large one."""
_SHARED = ".berth-shared"
_NO_LINKS = (errno.EMLINK, errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV)


def share(tree: Path, others: Sequence[Path]) -> int:
    """Put links in the place of those files of `tree` that one of `others` has, too; all are unpacked layers.

    Who is killed meanwhile leaves one more name in `tree`: it must not be in use yet.

    Returns:
        Bytes that were saved.
    """
    # It remembers by path, and what is unpacked next is at the same one.
    filecmp.clear_cache()
    try:
        return _share(tree, [other for other in others if other.is_dir()])
    except OSError as error:
        # A file system without hard links, or with all links of a file in use: that costs only space.
        if error.errno not in _NO_LINKS:
            raise
        return 0


def _share(directory: Path, others: Sequence[Path]) -> int:
    """No link is followed. Fontconfig and others compare a directory's time with one that they have noted."""
    if not others:
        return 0
    saved, deeper = 0, 0
    before = directory.stat()
    beside = [_entries(other) for other in others]
    for name, entry in _entries(directory).items():
        same = [entries[name] for entries in beside if name in entries]
        if entry.is_dir(follow_symlinks=False):
            deeper += _share(Path(entry.path), [Path(one.path) for one in same if one.is_dir(follow_symlinks=False)])
        elif entry.is_file(follow_symlinks=False):
            saved += _share_file(entry, [one for one in same if one.is_file(follow_symlinks=False)])
    if saved:
        os.utime(directory, ns=(before.st_atime_ns, before.st_mtime_ns))
    return saved + deeper


def _entries(directory: Path) -> dict[str, os.DirEntry[str]]:
    with os.scandir(directory) as found:
        return {entry.name: entry for entry in found}


def _share_file(file: os.DirEntry[str], others: Sequence[os.DirEntry[str]]) -> int:
    status = file.stat(follow_symlinks=False)
    if status.st_size < _SMALLEST or status.st_nlink > 1:  # it would stay on the disk under its other name
        return 0
    for other in others:
        if _alike(status, other.stat(follow_symlinks=False)) and filecmp.cmp(file.path, other.path, shallow=False):
            spare = Path(file.path).with_name(_SHARED)
            os.link(other.path, spare, follow_symlinks=False)
            spare.replace(file.path)
            return status.st_size
    return 0


def _alike(one: os.stat_result, other: os.stat_result) -> bool:
    names = ("st_size", "st_mode", "st_uid", "st_gid", "st_mtime_ns", "st_dev")
    return one.st_ino != other.st_ino and all(getattr(one, name) == getattr(other, name) for name in names)
