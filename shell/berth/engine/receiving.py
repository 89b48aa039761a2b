"""What an app lends (`berth.runtimes.lending`) becomes copies in a directory of ours.

The other side is taken for hostile: kinds, sizes and names are what the descriptors and this module's own
checks say, and nothing is ever created through a symbolic link. Blocks, so it has a thread of its own.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import stat
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from berth.core.uri_list import is_name, stays_below
from berth.runtimes import kernel, lending
from berth.runtimes.lending import Lent

Reason = Literal["unreadable", "too-large", "too-many", "disk-full", "ended", "silent"]

_CHUNK = 8 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_DIRECTORY = os.O_PATH | os.O_DIRECTORY


@dataclass(frozen=True)
class Bounds:
    """What one transfer may cost at most.

    Attributes:
        size: bytes.
        entries: files, directories and links.
        reserve: bytes that stay free on the disk.
        silence: seconds that the other side may say nothing.
        waiting: seconds that may be spent on waiting for it altogether.
    """

    size: int = 16 << 30
    entries: int = 20_000
    reserve: int = 512 << 20
    silence: float = 30.0
    waiting: float = 120.0


@dataclass
class _Item:
    """One of the asked paths while it comes."""

    number: int
    found: bool = False
    failed: Reason | None = None
    links: list[tuple[tuple[bytes, ...], bytes]] = field(default_factory=list)


class _OverError(Exception):
    """No more of the transfer can come."""

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason


class Receiver:
    """Takes one loan into `directory`, each item under its name.

    Attributes:
        missing: items that did not come, and why.
        left_out: things inside folders that did not come.
        size: bytes copied so far.
    """

    def __init__(
        self, channel: socket.socket, directory: Path, names: Sequence[bytes], bounds: Bounds, stop: threading.Event
    ) -> None:
        self.missing: dict[int, Reason] = {}
        self.left_out = 0
        self.size = 0
        self._entries = 0
        self._waited = 0.0
        self._channel = channel
        self._directory = directory
        self._names = names
        self._bounds = bounds
        self._stop = stop
        self._item = _Item(0)

    def run(self) -> None:
        """Until everything has come, nothing more can come, or `stop` is set (and the channel shut)."""
        self._root = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._receive()
        except _OverError as over:
            for number in range(self._item.number, len(self._names)):
                self.missing.setdefault(number, over.reason)
                self._remove(number)
        finally:
            os.close(self._root)

    def _receive(self) -> None:
        while self._item.number < len(self._names):
            with self._packet() as (lent, fds):
                if lent.item != self._item.number or not _is_place(lent.path):
                    raise _OverError("ended")
                if lent.kind == "end":
                    self._end_item()
                elif self._item.failed is None:
                    self._take(lent, fds)

    @contextlib.contextmanager
    def _packet(self) -> Iterator[tuple[Lent, list[int]]]:
        self._channel.settimeout(max(min(self._bounds.silence, self._bounds.waiting - self._waited), 0.001))
        since = time.monotonic()
        try:
            lent, fds = lending.receive(self._channel)
        except TimeoutError:
            raise _OverError("silent") from None
        except (OSError, ValueError, RecursionError):
            raise _OverError("ended") from None
        self._waited += time.monotonic() - since
        try:
            if lent is None or self._stop.is_set():
                raise _OverError("ended")
            yield lent, fds
        finally:
            for fd in fds:
                os.close(fd)

    # --- one item

    def _take(self, lent: Lent, fds: list[int]) -> None:
        if lent.kind == "left_out":
            self._leave_out(lent.path)
            return
        self._entries += 1
        if self._entries > self._bounds.entries:
            raise _OverError("too-many")
        self._item.found = self._item.found or not lent.path
        try:
            if lent.kind == "link":
                self._take_link(lent.path, lent.target)
            elif lent.kind == "directory":
                self._make_directory(lent.path)
            elif len(fds) == 1 and stat.S_ISREG(os.fstat(fds[0]).st_mode):
                self._copy(fds[0], lent.path)
            else:
                self._leave_out(lent.path)
        except OSError as error:
            if error.errno in _FULL:
                raise _OverError("disk-full") from None
            self._leave_out(lent.path)

    def _leave_out(self, path: tuple[bytes, ...]) -> None:
        if path:
            self.left_out += 1
        else:
            self._item.failed = "unreadable"

    def _take_link(self, path: tuple[bytes, ...], target: bytes) -> None:
        if path and stays_below(len(path) - 1, target):
            self._item.links.append((path, target))
        else:
            self._leave_out(path)

    def _end_item(self) -> None:
        item = self._item
        for path, target in item.links:
            self._make_link(path, target)
        if item.failed is not None or not item.found:
            self.missing[item.number] = item.failed or "unreadable"
            self._remove(item.number)
        self._item = _Item(item.number + 1)

    def _remove(self, number: int) -> None:
        place = self._directory / os.fsdecode(self._names[number])
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)

    # --- what it is made of

    def _place(self, path: tuple[bytes, ...]) -> bytes:
        return b"/".join((self._names[self._item.number], *path))

    @contextlib.contextmanager
    def _parent(self, path: tuple[bytes, ...]) -> Iterator[tuple[int, bytes]]:
        """The open directory that something lies in, and its name there."""
        if not path:
            yield self._root, self._names[self._item.number]
            return
        fd = kernel.open_strictly_beneath(self._root, self._place(path[:-1]), _DIRECTORY)
        try:
            yield fd, path[-1]
        finally:
            os.close(fd)

    def _make_directory(self, path: tuple[bytes, ...]) -> None:
        with self._parent(path) as (directory, name):
            os.mkdir(name, 0o755, dir_fd=directory)

    def _make_link(self, path: tuple[bytes, ...], target: bytes) -> None:
        try:
            with self._parent(path) as (directory, name):
                os.symlink(target, name, dir_fd=directory)
        except OSError:
            self._leave_out(path)

    def _copy(self, source: int, path: tuple[bytes, ...]) -> None:
        found = os.fstat(source)
        if self.size + found.st_size > self._bounds.size:
            self._item.failed = "too-large"
            return
        mode = 0o644 | (found.st_mode & 0o111)
        target = kernel.open_strictly_beneath(self._root, self._place(path), _CREATE, mode)
        try:
            if not kernel.share_blocks(target, source):
                self._copy_bytes(target, source, found.st_size)
            self.size += found.st_size
            os.utime(target, ns=(found.st_mtime_ns, found.st_mtime_ns))
        except OSError:
            self._unlink(path)
            raise
        finally:
            os.close(target)

    def _unlink(self, path: tuple[bytes, ...]) -> None:
        with self._parent(path) as (directory, name):
            os.unlink(name, dir_fd=directory)

    def _copy_bytes(self, target: int, source: int, size: int) -> None:
        """As many as there were at the beginning: the file may be growing."""
        disk = os.fstatvfs(target)
        if size and disk.f_bavail * disk.f_frsize < size + self._bounds.reserve:
            raise _OverError("disk-full")
        done = 0
        while done < size:
            if self._stop.is_set():
                raise _OverError("ended")
            copied = os.sendfile(target, source, done, min(_CHUNK, size - done))
            if not copied:
                return
            done += copied


def _is_place(path: tuple[bytes, ...]) -> bool:
    """Whether it can be below an item, and not so deep that removing it again would be hard."""
    return len(path) <= lending.MAX_DEPTH and all(map(is_name, path))
