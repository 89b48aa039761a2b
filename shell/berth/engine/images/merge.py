"""Merging unpacked layers into one tree of hard links: a root file system that costs no space.

Both sides were written by `berth.engine.images.unpack`; directory descriptors and
O_NOFOLLOW keep a link in one layer from catching what another layer brings.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path, PurePosixPath

from berth.engine.images.unpack import Whiteouts

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def merge(layer: Path, whiteouts: Whiteouts, root: Path) -> None:
    """Put `layer` on top of what `root` holds already."""
    _apply(whiteouts, root)
    source, target = os.open(layer, _DIRECTORY), os.open(root, _DIRECTORY)
    try:
        _merge_directory(source, target)
    finally:
        os.close(source)
        os.close(target)


def _apply(whiteouts: Whiteouts, root: Path) -> None:
    for path in whiteouts.opaque:
        directory = _reach(root, path)
        if directory and directory.is_dir():
            for child in directory.iterdir():
                _remove(child)
    for path in whiteouts.removed:
        parent = _reach(root, str(PurePosixPath(path).parent))
        if parent:
            _remove(parent / PurePosixPath(path).name)


def _reach(root: Path, path: str) -> Path | None:
    """`path` in `root` if only real directories lead there."""
    place = root
    for part in PurePosixPath(path).parts:
        place = place / part
        if place.is_symlink() or not place.is_dir():
            return None
    return place


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _merge_directory(source: int, target: int) -> None:
    with os.scandir(source) as children:
        for child in children:
            if child.is_dir(follow_symlinks=False):
                _merge_child(source, target, child.name)
            else:
                _link(source, target, child.name)
    status = os.fstat(source)
    os.fchmod(target, stat.S_IMODE(status.st_mode))
    os.utime(target, ns=(status.st_mtime_ns, status.st_mtime_ns))


def _merge_child(source: int, target: int, name: str) -> None:
    try:
        os.mkdir(name, 0o755, dir_fd=target)
    except FileExistsError:
        if not _is_directory(target, name):
            os.unlink(name, dir_fd=target)
            os.mkdir(name, 0o755, dir_fd=target)
    source_child = os.open(name, _DIRECTORY, dir_fd=source)
    target_child = os.open(name, _DIRECTORY, dir_fd=target)
    try:
        _merge_directory(source_child, target_child)
    finally:
        os.close(source_child)
        os.close(target_child)


def _link(source: int, target: int, name: str) -> None:
    try:
        _link_free(source, target, name)
    except FileExistsError:
        # Rare: looking first would take as long as linking.
        if _is_directory(target, name):
            shutil.rmtree(name, dir_fd=target)
        else:
            os.unlink(name, dir_fd=target)
        _link_free(source, target, name)


def _link_free(source: int, target: int, name: str) -> None:
    try:
        os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except OSError as error:
        # A file system without hard links, or with all links of a file in use: the copy costs only space.
        if error.errno not in (errno.EMLINK, errno.EPERM, errno.EOPNOTSUPP):
            raise
        _copy(source, target, name)


def _copy(source: int, target: int, name: str) -> None:
    status = os.stat(name, dir_fd=source, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    original = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=source)
    copy = os.open(name, flags, 0o600, dir_fd=target)
    with os.fdopen(original, "rb") as reading, os.fdopen(copy, "wb") as writing:
        shutil.copyfileobj(reading, writing)
        writing.flush()
        os.fchmod(copy, stat.S_IMODE(status.st_mode))
        os.utime(copy, ns=(status.st_mtime_ns, status.st_mtime_ns))


def _is_directory(parent: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
