"""Folders of the user that an app may see: each is a permission of its own, named after its path.

What the user sets only asks for a folder, as a manifest asks for the network; it is mounted once it was allowed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

import msgspec

from berth.core.plan import SANDBOX_FOLDERS, Mount

READ, WRITE = "folder:", "folder-write:"
_MAX_PATH = 1000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SYSTEM = ("/boot", "/dev", "/etc", "/proc", "/run", "/sys", "/usr", "/var")
"""Not the user's; what is in some of them opens doors to the whole machine."""


class Folder(msgspec.Struct, frozen=True, order=True):
    """`path` is absolute on the host, without links."""

    path: str
    writable: bool = False

    @property
    def permission(self) -> str:
        return f"{WRITE if self.writable else READ}{self.path}"


def folder_of(permission: str) -> Folder | None:
    """The folder that a permission is about; None if it is about something else, or about no folder for apps."""
    for prefix, writable in ((READ, False), (WRITE, True)):
        path = permission.removeprefix(prefix)
        if path != permission and not fault_of(path):
            return Folder(path, writable)
    return None


def fault_of(path: str) -> str:
    """What is wrong with `path` as a folder for apps, "" if nothing. Whether it exists is not looked at."""
    if not path.startswith("/") or posixpath.normpath(path) != path or path.startswith("//"):
        return "is no absolute path without “.” and “..”"
    if len(path) > _MAX_PATH or _CONTROL.search(path):
        return "is no path that can be shown"
    if path == "/" or any(_within(path, system) for system in _SYSTEM):
        return "belongs to the system"
    return ""


def overlaps(path: str, private: Iterable[str]) -> bool:
    """Whether a folder holds one of these places or lies in it."""
    return any(_within(path, place) or _within(place, path) for place in private)


def around(path: str, folders: Iterable[Folder]) -> str:
    """A folder that `path` lies in and that an app may change, "" if none does.

    Whoever can change a folder can put a link in the place of one inside, and so choose what another app is given.
    """
    return next((folder.path for folder in folders if folder.writable and path.startswith(f"{folder.path}/")), "")


def mounts_of(folders: Iterable[Folder]) -> list[Mount]:
    """Where an app finds them: each by its own name, with a number where that is taken.

    Not in its home: what it has put there could turn a mount elsewhere.
    """
    mounts: dict[str, Mount] = {}
    for folder in sorted(folders):
        name = PurePosixPath(folder.path).name
        target, number = f"{SANDBOX_FOLDERS}/{name}", 2
        while target in mounts:
            target, number = f"{SANDBOX_FOLDERS}/{name}-{number}", number + 1
        mounts[target] = Mount(folder.path, target, folder.writable)
    return list(mounts.values())


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")
