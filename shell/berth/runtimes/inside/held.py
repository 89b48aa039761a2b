"""What the processes of an instance hold open: sockets, and files that they may write to.

Only links and what the kernel notes about a descriptor are read; the file behind it is never touched, which may lie
on a file system that does not answer.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from stat import S_IWUSR

import msgspec

from berth.core.inside import FileInside
from berth.runtimes.inside import procfs
from berth.runtimes.inside.mounts import Line, origin_of

_SOCKET = re.compile(r"socket:\[([0-9]+)\]")
_MOUNT = re.compile(rb"^mnt_id:\s*([0-9]+)$", re.MULTILINE)
MOST_DESCRIPTORS = 16384
MOST_FILES = 1024
_MOST_SOCKETS = 2048


class Held(msgspec.Struct, frozen=True):
    """`sockets` are processes (inside) by inode. `hidden`: some process does not show what it holds."""

    sockets: Mapping[int, tuple[int, ...]]
    files: tuple[FileInside, ...]
    hidden: bool = False
    cut: bool = False


def held(processes: Iterable[tuple[int, int]], mounts: tuple[Line, ...], runtime: str) -> Held:
    """
    Args:
        processes: numbers on the host and inside.
        mounts: of the instance.
    """
    sockets: dict[int, dict[int, None]] = defaultdict(dict)
    files: dict[FileInside, None] = {}
    by_number = {line.number: line for line in mounts}
    hidden, left = False, MOST_DESCRIPTORS
    for pid, inside in processes:
        try:
            names = procfs.names(f"/proc/{pid}/fd", left)
            left -= len(names)
            for name in names:
                target = procfs.link(f"/proc/{pid}/fd/{name}")
                if found := _SOCKET.fullmatch(target):
                    if len(sockets) < _MOST_SOCKETS:
                        sockets[int(found[1])][inside] = None
                elif target.startswith("/") and len(files) < MOST_FILES:
                    file = _written(pid, name, target, inside, by_number, runtime)
                    if file is not None:
                        files[file] = None
        except procfs.Hidden:
            hidden = True
        if not left:
            break
    full = len(files) == MOST_FILES or len(sockets) == _MOST_SOCKETS
    return Held({inode: tuple(pids) for inode, pids in sockets.items()}, tuple(files), hidden, full or not left)


def _written(
    pid: int, name: str, target: str, inside: int, mounts: Mapping[int, Line], runtime: str
) -> FileInside | None:
    """A file that is open for writing and lies where the instance has something mounted; devices are none."""
    try:
        if not os.lstat(f"/proc/{pid}/fd/{name}").st_mode & S_IWUSR:
            return None
    except PermissionError:
        raise procfs.Hidden from None
    except OSError:  # closed meanwhile
        return None
    found = _MOUNT.search(procfs.read(pid, f"fdinfo/{name}", 4096))
    mount = mounts.get(int(found[1])) if found else None
    if mount is None:
        return None
    origin = origin_of(mount, runtime)
    return None if origin == "kernel" else FileInside(procfs.printable(target), inside, origin)
