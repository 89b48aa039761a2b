"""Packing a tree, or the difference between two, as an OCI layer that comes out equal for equal input.

Source: OCI image specification, layer.md; whiteouts of overlayfs: Documentation/filesystems/overlayfs.rst.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from berth.engine.images.unpack import directory_mode, file_mode

_EMPTIED = frozenset({"dev", "proc", "sys", "tmp"})
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")


@dataclass(frozen=True)
class Difference:
    """What to pack of a tree: paths relative to it, and what it hides of the tree below."""

    changed: tuple[str, ...]
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class PackedLayer:
    path: Path
    digest: str
    diff_id: str
    size: int  # bytes of the compressed file
    unpacked: int  # bytes of the files inside


def whole(root: Path) -> Difference:
    return Difference(tuple(_walk(root)))


def of_overlay(upper: Path, lower: Path) -> Difference:
    """What an overlay's upper directory says."""
    changed: list[str] = []
    removed: list[str] = []
    for path in _walk(upper):
        status = (upper / path).lstat()
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
            removed.append(path)
            continue
        changed.append(path)
        if stat.S_ISDIR(status.st_mode) and _is_opaque(upper / path) and (lower / path).is_dir():
            removed.extend(f"{path}/{name}" for name in _names(lower / path) if name not in _names(upper / path))
    return Difference(tuple(changed), tuple(removed))


def of_copy(root: Path, lower: Path, copied: int) -> Difference:
    """How `root`, copied from `lower`, has changed since `copied` (ns): no file changes without its ctime.

    Clocks of file systems tick slowly: what the copy itself wrote in its last tick counts as changed, too.
    """
    present = set(_walk(root))
    changed = (path for path in sorted(present) if (root / path).lstat().st_ctime_ns >= copied)
    gone = {path for path in _walk(lower) if path not in present}
    removed = sorted(path for path in gone if str(Path(path).parent) not in gone)
    return Difference(tuple(changed), tuple(removed))


def pack(root: Path, difference: Difference, target: Path, epoch: int) -> PackedLayer:
    """Write the layer: sorted, owned by root, no time later than `epoch` (Unix seconds)."""
    with target.open("wb") as file:
        compressed = _Hashing(file)
        with gzip.GzipFile(filename="", fileobj=compressed, mode="wb", compresslevel=1, mtime=0) as zipped:
            plain = _Hashing(zipped)
            with tarfile.open(fileobj=plain, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 18) as archive:  # type: ignore[call-overload]
                unpacked = _fill(archive, root, difference, epoch)
    return PackedLayer(target, compressed.digest, plain.digest, compressed.count, unpacked)


class _Hashing:
    """Counts and hashes what is written through it."""

    def __init__(self, target: IO[bytes] | gzip.GzipFile) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self.count = 0

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.count += len(data)
        return self._target.write(data)

    def flush(self) -> None:
        self._target.flush()


def _fill(archive: tarfile.TarFile, root: Path, difference: Difference, epoch: int) -> int:
    first_names: dict[int, str] = {}
    unpacked = 0
    for path in sorted((*difference.changed, *map(_whiteout, difference.removed))):
        if path.rpartition("/")[2].startswith(".wh."):
            archive.addfile(_member(path, epoch))
            continue
        status = (root / path).lstat()
        # What is mounted over was touched by the build itself.
        member = _described(root / path, path, status, epoch if path in _EMPTIED else min(int(status.st_mtime), epoch))
        if member is None:
            continue
        first = first_names.setdefault(status.st_ino, path)
        if member.isreg() and first != path:
            member.type, member.linkname, member.size = tarfile.LNKTYPE, first, 0
        if not member.isreg():
            archive.addfile(member)
            continue
        unpacked += member.size
        with (root / path).open("rb") as content:
            archive.addfile(member, content)
    return unpacked


def _described(place: Path, path: str, status: os.stat_result, mtime: int) -> tarfile.TarInfo | None:
    """The header for a file, directory or link; None for what an image does not have."""
    member = _member(path, mtime)
    if stat.S_ISREG(status.st_mode):
        member.mode, member.size = file_mode(status.st_mode), status.st_size
    elif stat.S_ISDIR(status.st_mode):
        member.type, member.mode = tarfile.DIRTYPE, directory_mode(status.st_mode)
    elif stat.S_ISLNK(status.st_mode):
        member.type, member.mode, member.linkname = tarfile.SYMTYPE, 0o777, str(place.readlink())
    else:
        return None
    return member


def _member(path: str, mtime: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.mtime = mtime
    member.uname = member.gname = "root"
    return member


def _whiteout(path: str) -> str:
    parent, _, name = path.rpartition("/")
    return f"{parent}/.wh.{name}" if parent else f".wh.{name}"


def _walk(root: Path, below: str = "") -> Iterator[str]:
    """All paths in `root`, sorted, without what is mounted over when an app runs."""
    with os.scandir(root / below) as found:
        children = sorted(found, key=lambda child: child.name)
    for child in children:
        path = f"{below}/{child.name}" if below else child.name
        yield path
        if child.is_dir(follow_symlinks=False) and path not in _EMPTIED:
            yield from _walk(root, path)


def _names(directory: Path) -> list[str]:
    return sorted(child.name for child in directory.iterdir())


def _is_opaque(directory: Path) -> bool:
    for name in _OPAQUE:
        try:
            if os.getxattr(directory, name) == b"y":
                return True
        except OSError as error:
            if error.errno not in (errno.ENODATA, errno.EPERM, errno.EOPNOTSUPP):
                raise
    return False
