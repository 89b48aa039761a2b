"""Unpacking a layer into a directory so that nothing in it can reach outside.

Every path is walked one component at a time (see `berth.engine.images.directories`), so a link inside an
archive is never followed while writing.

Source for whiteouts: OCI image specification, layer.md.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from berth.core.problem import Problem
from berth.engine.images.directories import OpenDirectories
from berth.engine.images.tarstream import CHUNK, Content, Entry, Readable, entries

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """What a layer may contain at most."""

    entries: int = 400_000
    size: int = 16 << 30
    depth: int = 64
    ratio: int = 100

    def unpacked(self, packed: int) -> int:
        """How large `packed` bytes may become: honest file systems shrink to a third, bombs to a thousandth."""
        return min(self.size, max(packed * self.ratio, 256 << 20))


@dataclass(frozen=True)
class Whiteouts:
    """What a layer hides of the layers below: paths relative to the root."""

    removed: tuple[str, ...] = ()
    opaque: tuple[str, ...] = ()

    def dump(self) -> bytes:
        lines = [f"-{path}" for path in self.removed] + [f"={path}" for path in self.opaque]
        return b"\0".join(os.fsencode(line) for line in lines)

    @classmethod
    def load(cls, data: bytes) -> Whiteouts:
        lines = [os.fsdecode(line) for line in data.split(b"\0") if line]
        return cls(
            tuple(line[1:] for line in lines if line[0] == "-"), tuple(line[1:] for line in lines if line[0] == "=")
        )


@dataclass(frozen=True)
class Unpacked:
    """What came of a layer: bytes of its files, number of entries, whiteouts."""

    size: int
    entries: int
    whiteouts: Whiteouts


def unpack(stream: Readable, target: Path, limits: Limits | None = None) -> Unpacked:
    """Unpack the tar `stream` into the empty directory `target`.

    Owners are dropped, set-user-id and set-group-id bits stripped, and everything made
    readable: an image is only ever seen by one user.

    Raises:
        Problem: ``archive-hostile`` (a path or link that leaves the image, a device),
            ``archive-too-large``, ``archive-damaged``, ``archive-unsupported``.
    """
    allowed = limits or Limits()
    writer = _TreeWriter(target, allowed)
    try:
        for entry, content in entries(stream):
            writer.add(entry, content)
        return writer.finish()
    finally:
        writer.close()


def components(name: str, depth: int) -> tuple[str, ...]:
    """The parts of an archive's path.

    Raises:
        Problem: ``archive-hostile`` if it is absolute, climbs, or cannot be a path.
    """
    if name.startswith("/"):
        raise hostile(f"“{_shown(name)}” is an absolute path")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts:
        raise hostile(f"“{_shown(name)}” leaves the image")
    if "\0" in name or len(parts) > depth or any(len(os.fsencode(part)) > 255 for part in parts):
        raise hostile(f"“{_shown(name)}” cannot be a file name")
    return parts


def hostile(why: str) -> Problem:
    return Problem(
        "archive-hostile",
        f"The archive was refused because {why}.",
        "Use only images from people you trust; nothing of this one was kept.",
    )


def _shown(name: str) -> str:
    """A stranger's file name, made safe to show."""
    text = name if len(name) <= 80 else f"{name[:77]}..."
    return "".join(character if character.isprintable() else "?" for character in text)


class _TreeWriter:
    def __init__(self, target: Path, limits: Limits) -> None:
        self._directories = OpenDirectories(target)
        self._sources = OpenDirectories(target)
        self._limits = limits
        self._entries = 0
        self._size = 0
        self._removed: list[str] = []
        self._opaque: list[str] = []
        self._times: dict[tuple[str, ...], int] = {}

    def close(self) -> None:
        self._directories.close()
        self._sources.close()

    def finish(self) -> Unpacked:
        # Children first: nothing may touch a directory after its time was set.
        for path in sorted(self._times, reverse=True):
            fd = self._reach(self._directories, path, create=False)
            os.utime(fd, (self._times[path], self._times[path]))
        return Unpacked(self._size, self._entries, Whiteouts(tuple(self._removed), tuple(self._opaque)))

    def add(self, entry: Entry, content: Content) -> None:
        self._count(entry)
        path = components(entry.name, self._limits.depth)
        if not path:
            if entry.kind != "directory":
                raise hostile("an entry other than a directory stands for the root itself")
            self._times[()] = entry.mtime
            return
        if path[-1].startswith(_WHITEOUT):
            self._white_out(path)
            return
        if entry.kind in ("device", "special"):
            # /dev is always ours, so what an archive brings for it does no harm; elsewhere it may.
            if path[0] != "dev":
                raise hostile(f"“{_shown(entry.name)}” is a device or pipe")
            return
        parent = self._reach(self._directories, path[:-1], create=True)
        match entry.kind:
            case "directory":
                self._directory(parent, path, entry)
            case "file":
                self._file(parent, path, entry, content)
            case "symlink":
                self._symlink(parent, path, entry)
            case "hardlink":
                self._hardlink(parent, path, entry)

    def _count(self, entry: Entry) -> None:
        self._entries += 1
        self._size += entry.size
        if self._entries > self._limits.entries or self._size > self._limits.size:
            raise Problem(
                "archive-too-large",
                f"The archive holds more than {self._limits.entries:,} entries"
                f" or {self._limits.size // 1_000_000:,} MB, which is more than an image may have.",
                "Use only images from people you trust; nothing of this one was kept.",
            )

    def _white_out(self, path: tuple[str, ...]) -> None:
        name = path[-1]
        if name == _OPAQUE:
            self._opaque.append("/".join(path[:-1]))
        elif not name.startswith(_WHITEOUT + _WHITEOUT):
            hidden = name.removeprefix(_WHITEOUT)
            if hidden in ("", ".", ".."):
                raise hostile(f"“{_shown('/'.join(path))}” hides something outside of the image")
            self._removed.append("/".join((*path[:-1], hidden)))

    def _reach(self, directories: OpenDirectories, path: tuple[str, ...], create: bool) -> int:
        try:
            return directories.reach(path, create)
        except (NotADirectoryError, FileNotFoundError):
            raise hostile(f"“{_shown('/'.join(path))}” goes through something that is no directory") from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise hostile(f"“{_shown('/'.join(path))}” goes through a link") from None
            raise

    def _directory(self, parent: int, path: tuple[str, ...], entry: Entry) -> None:
        name = path[-1]
        try:
            os.mkdir(name, 0o755, dir_fd=parent)
        except FileExistsError:
            if not _is_directory(parent, name):
                self._clear(parent, path)
                os.mkdir(name, 0o755, dir_fd=parent)
        # mkdir obeys the umask. A link cannot have taken its place: only we write here.
        os.chmod(name, directory_mode(entry.mode), dir_fd=parent)
        self._times[path] = entry.mtime

    def _file(self, parent: int, path: tuple[str, ...], entry: Entry, content: Content) -> None:
        fd = self._make(parent, path, lambda: os.open(path[-1], _CREATE, 0o600, dir_fd=parent))
        try:
            while data := content.read(CHUNK):
                _write(fd, data)
            os.fchmod(fd, file_mode(entry.mode))
            os.utime(fd, (entry.mtime, entry.mtime))
        finally:
            os.close(fd)

    def _symlink(self, parent: int, path: tuple[str, ...], entry: Entry) -> None:
        if not entry.link or "\0" in entry.link:
            raise hostile(f"the link “{_shown(entry.name)}” points nowhere")
        self._make(parent, path, lambda: os.symlink(entry.link, path[-1], dir_fd=parent))
        os.utime(path[-1], (entry.mtime, entry.mtime), dir_fd=parent, follow_symlinks=False)

    def _hardlink(self, parent: int, path: tuple[str, ...], entry: Entry) -> None:
        target = components(entry.link, self._limits.depth)
        if target == path:
            return
        refusal = hostile(f"the hard link “{_shown(entry.name)}” does not point at a file of the same layer")
        if not target:
            raise refusal
        try:
            source = self._reach(self._sources, target[:-1], create=False)
            mode = os.stat(target[-1], dir_fd=source, follow_symlinks=False).st_mode
        except (Problem, FileNotFoundError):
            raise refusal from None
        if not stat.S_ISREG(mode):
            raise refusal
        self._make(parent, path, partial(self._link, target, parent, path[-1]))

    def _link(self, target: tuple[str, ...], parent: int, name: str) -> None:
        """Reached anew each time: making room closes what was kept open."""
        source = self._reach(self._sources, target[:-1], create=False)
        os.link(target[-1], name, src_dir_fd=source, dst_dir_fd=parent, follow_symlinks=False)

    def _make(self, parent: int, path: tuple[str, ...], make: Callable[[], T]) -> T:
        """Looking first for what is in the way would cost more calls than all the rest: most entries come once."""
        try:
            return make()
        except FileExistsError:
            self._clear(parent, path)
            return make()

    def _clear(self, parent: int, path: tuple[str, ...]) -> None:
        """Make room for an entry that comes a second time; a directory only if it is empty."""
        name = path[-1]
        try:
            if _is_directory(parent, name):
                os.rmdir(name, dir_fd=parent)
                self._times.pop(path, None)
                self._sources.reach((), create=False)  # it may have been kept open there
            else:
                os.unlink(name, dir_fd=parent)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                raise hostile(f"“{_shown('/'.join(path))}” replaces a directory that is not empty") from None
            raise


def file_mode(mode: int) -> int:
    return (mode & 0o777) | 0o444


def directory_mode(mode: int) -> int:
    return (mode & 0o1777) | 0o755


def _is_directory(parent: int, name: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
