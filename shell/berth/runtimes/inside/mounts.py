"""What an instance has mounted, where that comes from, and why it is there.

Source: proc_pid_mountinfo(5)
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import msgspec

from berth.core.folders import READ, WRITE
from berth.core.inside import MountInside, Origin
from berth.core.lent_terminal import HOLD
from berth.core.permissions import GPU
from berth.core.plan import (
    SANDBOX_FOLDERS,
    SANDBOX_HOME,
    SANDBOX_HOMES,
    SANDBOX_INSTANCE_DIR,
    SANDBOX_RECEIVED,
)
from berth.core.volumes import VOLUME
from berth.runtimes.inside import procfs

_ESCAPE = re.compile(r"\\([0-7]{3})")
MOST_MOUNTS = 1024
_MOST_BYTES = 1 << 20
_MOST_OPTIONS = 300
_KERNEL = ("/proc", "/dev", "/sys")
_DRAWING = ("/dev/dri", "/sys/dev/char", "/sys/devices")
_ADDED = ("/etc/hosts", "/etc/hostname", "/run/.containerenv")


class Line(msgspec.Struct, frozen=True):
    """One line of mountinfo, its escapes undone."""

    number: int
    device: str
    root: str
    target: str
    options: str
    type: str
    source: str
    super_options: str


def own_lines() -> tuple[Line, ...]:
    """Those of this process. Raises `Hidden`."""
    return lines(os.getpid())


def lines(pid: int) -> tuple[Line, ...]:
    """Raises `Hidden`."""
    text = procfs.read(pid, "mountinfo", _MOST_BYTES).decode(errors="replace")
    return tuple(_parsed(text))


def _parsed(text: str) -> Iterator[Line]:
    for line in text.split("\n")[:MOST_MOUNTS]:
        before, _, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if len(fields) >= 6 and len(rest) >= 3 and fields[0].isdecimal():
            root, target, source = (_plain(field) for field in (fields[3], fields[4], rest[1]))
            yield Line(int(fields[0]), fields[2], root, target, fields[5], rest[0], source, rest[2])


def _plain(field: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 8)), field)


def describe(found: tuple[Line, ...], own: tuple[Line, ...], runtime: str) -> tuple[MountInside, ...]:
    """
    Args:
        found: of the instance.
        own: of this process, by which paths of the host are known.
    """
    places = _Places(own)
    return tuple(_described(line, places, runtime) for line in found)


def _described(line: Line, places: _Places, runtime: str) -> MountInside:
    path = places.of(line)
    options, of_all = line.options.split(","), line.super_options.split(",")
    writable = "rw" in options and "ro" not in of_all
    origin = origin_of(line, runtime)
    return MountInside(
        target=procfs.printable(line.target),
        source=procfs.printable(path or line.source),
        type=procfs.printable(line.type, 32),
        options=procfs.printable(
            ",".join(dict.fromkeys((*options, *(set_ for set_ in of_all if set_ not in ("rw", "ro"))))), _MOST_OPTIONS
        ),
        writable=writable,
        origin=origin,
        permission=procfs.printable(_permission(origin, path, writable)),
    )


class _Places:
    """Where on the host the files of a file system are."""

    def __init__(self, own: tuple[Line, ...]) -> None:
        self._by_device: dict[str, list[Line]] = {}
        for line in own:
            self._by_device.setdefault(line.device, []).append(line)

    def of(self, line: Line) -> str:
        """Path on the host, "" if none leads there."""
        for known in self._by_device.get(line.device, ()):
            if PurePosixPath(line.root).is_relative_to(known.root):
                return str(PurePosixPath(known.target) / PurePosixPath(line.root).relative_to(known.root))
        return ""


def origin_of(line: Line, runtime: str) -> Origin:
    """Why a plan has something there. What the container engine adds by itself is its own."""
    target, kind = line.target, line.type
    exact: Mapping[str, Origin] = {
        "/": "image",
        SANDBOX_HOME: "scratch" if kind == "tmpfs" else "home",
        SANDBOX_INSTANCE_DIR: "desktop",
        SANDBOX_RECEIVED: "received",
        "/etc/resolv.conf": "network",
        "/sys": "graphics" if kind == "tmpfs" else "kernel",
    }
    if target in exact:
        return exact[target]
    if _below(target, SANDBOX_INSTANCE_DIR):
        return "desktop"
    if _below(target, SANDBOX_FOLDERS):
        return "folder"
    if VOLUME.search(line.root):
        return "home"
    if _below(target, SANDBOX_HOMES) and kind != "tmpfs":
        return "image"
    if any(target == place or _below(target, place) for place in _DRAWING):
        return "graphics"
    if any(target == place or _below(target, place) for place in _KERNEL):
        return "kernel"
    if _below(target, HOLD):
        return "runtime"
    if runtime != "bubblewrap" and (target in _ADDED or kind != "tmpfs"):
        return "runtime"
    return "scratch" if kind == "tmpfs" else "other"


def _below(path: str, place: str) -> bool:
    return path.startswith(place if place == "/" else f"{place}/")


def _permission(origin: Origin, path: str, writable: bool) -> str:
    if origin == "folder" and path:
        return f"{WRITE if writable else READ}{path}"
    return GPU if origin == "graphics" else ""
