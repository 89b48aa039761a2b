"""The files every root file system of an app has, and the ones none needs."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

from berth.core.plan import SANDBOX_HOME, SANDBOX_INSTANCE_DIR, SANDBOX_RUNTIME_DIR, SANDBOX_UID
from berth.engine.run import run

# Equal in all images: an app must not recognise the machine by it.
_MACHINE_ID = "b3e27b0bd04c4d5aa6b3c6f0bea7ac11"
_USER = f"berth:x:{SANDBOX_UID}:{SANDBOX_UID}:Berth:{SANDBOX_HOME}:/bin/sh\n"
_GROUP = f"berth:x:{SANDBOX_UID}:\n"
_HOSTS = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"
# GTK apps draw their own title bars: with the buttons that our own have.
_GTK_BUTTONS = "[org.gnome.desktop.wm.preferences]\nbutton-layout='appmenu:minimize,maximize,close'\n"
_GTK_OVERRIDE = "usr/share/glib-2.0/schemas/90_berth.gschema.override"
_MOUNT_POINTS = (SANDBOX_HOME, SANDBOX_INSTANCE_DIR, SANDBOX_RUNTIME_DIR, "/tmp", "/var/tmp", "/mnt", "/dev", "/proc")
_HEADER = struct.Struct("<4sIII")
_MAX_LINKS = 40
"""As many as Linux follows."""
_DEBRIS = (
    "var/cache/apt/*",
    "var/lib/apt/lists/*",
    "var/cache/debconf/*-old",
    "var/cache/ldconfig/aux-cache",
    "var/cache/man/*",
    "var/lib/dpkg/*-old",
    "var/lib/dpkg/lock*",
    "var/lib/dpkg/triggers/Lock",
    "var/lib/apt/lists.*",
    "var/log/*",
    "etc/*-",
    "etc/.pwd.lock",
    "etc/apt/apt.conf.d/99mmdebstrap",
    "etc/apt/sources.list.d/*",
    "etc/apt/preferences.d/*",
    # A key of its own for each machine: here it would be everybody's.
    "etc/xpra/*.pem",
    "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
    "root/.cache",
    "tmp/*",
    "var/tmp/*",
)


def tidy(root: Path, epoch: int, lowest: bool) -> None:
    """Make what packages left at `root` a root file system for apps."""
    for pattern in _DEBRIS:
        for path in root.glob(pattern):
            _remove(path)
    if lowest:
        _add_files(root)
    _date_users(root, epoch)
    _date_bytecode(root, epoch)
    _refresh_fonts(root, epoch)


def _add_files(root: Path) -> None:
    for path in root.glob("run/*"):
        _remove(path)
    for directory in _MOUNT_POINTS:
        (root / directory.lstrip("/")).mkdir(parents=True, exist_ok=True)
    _append(root / "etc/passwd", _USER)
    _append(root / "etc/group", _GROUP)
    (root / "etc/machine-id").write_text(f"{_MACHINE_ID}\n")
    (root / "etc/hosts").write_text(_HOSTS)
    (root / "etc/hostname").write_text("app\n")
    # Compiled with GTK's schemas as soon as a layer above brings them.
    (root / _GTK_OVERRIDE).parent.mkdir(parents=True, exist_ok=True)
    (root / _GTK_OVERRIDE).write_text(_GTK_BUTTONS)
    # An ordinary empty file, so that a resolver's file can be mounted over it.
    resolver = root / "etc/resolv.conf"
    resolver.unlink(missing_ok=True)
    resolver.touch()
    for name in (
        _GTK_OVERRIDE,
        "etc/passwd",
        "etc/group",
        "etc/machine-id",
        "etc/hosts",
        "etc/hostname",
        "etc/resolv.conf",
    ):
        (root / name).chmod(0o644)


def _date_users(root: Path, epoch: int) -> None:
    """The day on which a user was added is none later than `epoch` either: else each day's image would be another."""
    path, day = root / "etc/shadow", epoch // 86_400
    if not path.exists():
        return
    lines = [line.split(":") for line in path.read_text().splitlines()]
    dated = [
        [*line[:2], str(day), *line[3:]] if len(line) > 3 and line[2].isdecimal() and int(line[2]) > day else line
        for line in lines
    ]
    if dated != lines:
        path.write_text("".join(f"{':'.join(line)}\n" for line in dated))


def _date_bytecode(root: Path, epoch: int) -> None:
    """Python believes what it has compiled only while the source keeps the very time that was noted, and would compile
    it anew at each start: the packed layer gives no source a time later than `epoch`."""
    for place, _directories, names in os.walk(root):
        if not place.endswith("/__pycache__"):
            continue
        for path in (Path(place, name) for name in names if name.endswith(".pyc")):
            if not path.is_symlink():  # it may lead out of `root`
                _date_compiled(path, epoch)


def _date_compiled(path: Path, epoch: int) -> None:
    """Source: PEP 552 (the header; flags other than 0 mean that it holds no time)."""
    with path.open("rb") as file:
        data = file.read(_HEADER.size)
    if len(data) < _HEADER.size:
        return
    magic, flags, changed, size = _HEADER.unpack(data)
    if flags or changed <= epoch:
        return  # opened for writing a file of the layer below would become one of this
    with path.open("r+b") as file:
        file.write(_HEADER.pack(magic, flags, epoch, size))


def _append(path: Path, line: str) -> None:
    text = path.read_text()
    if line not in text:
        path.write_text(text + line)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _refresh_fonts(root: Path, epoch: int) -> None:
    """Fontconfig believes its cache only while directories keep the very times it noted:
    so they first get the times that the packed layer will give them."""
    if not (root / "usr/bin/fc-cache").exists():
        return
    for directory in font_directories(root):
        changed = directory.stat().st_mtime
        if changed > epoch or changed != int(changed):
            os.utime(directory, (min(int(changed), epoch),) * 2)
    run(["chroot", root, "fc-cache", "--system-only"], what="Preparing the fonts")


def font_directories(root: Path) -> Iterator[Path]:
    """All directories that fontconfig looks at, each once: behind links, too, as they lead inside `root`."""
    waiting = [root / "usr/share/fonts", root / "usr/local/share/fonts"]
    known: set[Path] = set()
    while waiting:
        place = _resolved(root, waiting.pop())
        if place in known or not place.is_dir():
            continue
        known.add(place)
        yield place
        waiting.extend(child for child in place.iterdir() if child.is_symlink() or child.is_dir())


def _resolved(root: Path, path: Path) -> Path:
    """Where `path` leads for programs whose root directory is `root`; nowhere for a circle of links."""
    parts = list(reversed(path.relative_to(root).parts))
    place, links = root, 0
    while parts and links <= _MAX_LINKS:
        part = parts.pop()
        if part == "..":
            place = place.parent if place != root else root
        elif (place / part).is_symlink():
            links += 1
            target = (place / part).readlink()
            place = root if target.is_absolute() else place
            parts.extend(reversed([name for name in target.parts if name != "/"]))
        else:
            place /= part
    return place if links <= _MAX_LINKS else root / ".circle"
