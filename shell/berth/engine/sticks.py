"""Images on sticks and other drives that come and go: they are offered, and nothing of them is read before someone
takes them in.

Which file systems there are the kernel tells in ``/proc/self/mountinfo``, and that they are others by now by an
event there: proc_pid_mountinfo(5), poll(2).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import select
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = "Berth"
"""Where on a drive images may lie, if not at its top."""

_MOUNTS = Path("/proc/self/mountinfo")
_DEVICES = Path("/sys/dev/block")
_ENDINGS = (".tar", ".tar.gz", ".tar.xz", ".tar.zst", ".tgz", ".txz", ".tzst", ".oci")
_MOST = 32
_MOST_NAMES = 4096


@dataclass(frozen=True)
class Drive:
    """A file system on a drive that can be taken out, and the images on it."""

    path: Path
    images: tuple[Path, ...]


class Sticks:
    """Must be made on the running loop.

    Args:
        changed: called with the drives that hold images, whenever these are others.
    """

    def __init__(self, changed: Callable[[tuple[Drive, ...]], None]) -> None:
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._looking: asyncio.Task[None] | None = None
        self._again = False
        self._known: dict[str, Drive] = {}  # by their lines of mountinfo
        self._mounts = os.open(_MOUNTS, os.O_RDONLY | os.O_CLOEXEC)
        # It can always be read, which is no event: asked for by itself, the event is one.
        self._events = select.epoll()
        self._events.register(self._mounts, select.EPOLLPRI | select.EPOLLET)
        self._loop.add_reader(self._events.fileno(), self._mounted)
        self._mounted()

    async def close(self) -> None:
        self._loop.remove_reader(self._events.fileno())
        self._events.close()
        os.close(self._mounts)
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def _mounted(self) -> None:
        if not self._events.closed:
            self._events.poll(0)
        if self._looking is not None:
            self._again = True
            return
        self._looking = asyncio.create_task(self._look())
        self._looking.add_done_callback(self._looked)

    async def _look(self) -> None:
        # A drive may be slow, or broken.
        known, self._known = self._known, await asyncio.to_thread(_look, self._known)
        before, now = (tuple(drive for drive in drives.values() if drive.images) for drives in (known, self._known))
        if before != now:
            self._changed(now)

    def _looked(self, task: asyncio.Task[None]) -> None:
        self._looking = None
        if self._again and not task.cancelled():
            self._again = False
            self._mounted()


def _look(known: Mapping[str, Drive]) -> dict[str, Drive]:
    return drives(_MOUNTS.read_text(errors="surrogateescape"), known)


def drives(mounts: str, known: Mapping[str, Drive]) -> dict[str, Drive]:
    """Each drive once that can be taken out, by its line of ``mountinfo``.

    Those of `known` are not looked at again: whoever wants to take one out would be told that it is in use.
    """
    found: dict[str, Drive] = {}
    devices: set[str] = set()
    for line in filter(None, mounts.split("\n")):  # what else Python takes for the end of a line may be in a name
        _id, _parent, device, root, path = line.split(" ")[:5]
        place = Path(_unescaped(path))
        if root == "/" and device not in devices and str(place).isprintable() and _can_be_taken_out(device):
            devices.add(device)
            found[line] = known.get(line) or Drive(place, tuple(sorted(_images(place))[:_MOST]))
    return found


def _unescaped(path: str) -> str:
    """Blanks and the like are octal there."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), path)


def _can_be_taken_out(device: str) -> bool:
    """A part of a drive whose medium changes, or of one on USB, where fixed drives come and go as well."""
    try:
        drive = (_DEVICES / device).resolve(strict=True)
    except OSError:
        return False  # no drive at all
    if any(re.fullmatch(r"usb[0-9]+", part) for part in drive.parts):
        return True
    with contextlib.suppress(OSError):
        whole = drive.parent if (drive / "partition").exists() else drive
        return (whole / "removable").read_text().strip() == "1"
    return False


def _images(place: Path) -> Iterable[Path]:
    for directory in (place, place / FOLDER):
        with contextlib.suppress(OSError), os.scandir(directory) as entries:
            for _, entry in zip(range(_MOST_NAMES), entries, strict=False):
                name = entry.name.lower()
                fits = name.endswith(_ENDINGS) and not name.startswith(".") and name.isprintable()
                if fits and entry.is_file(follow_symlinks=False):
                    yield Path(entry.path)
