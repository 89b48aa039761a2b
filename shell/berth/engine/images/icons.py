"""An app's icon, taken out of its root file system without believing any link or file in it."""

from __future__ import annotations

import ctypes
import os
import re
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

_SYS_OPENAT2 = 437
_RESOLVE_IN_ROOT = 0x10
_RESOLVE_NO_MAGICLINKS = 0x02
_MAX_SIZE = 1 << 20
_MAX_EDGE = 2048
_PNG = b"\x89PNG\r\n\x1a\n"
_SIZES = ("scalable", "256x256", "128x128", "512x512", "192x192", "96x96", "64x64", "48x48")
_ACTIVE = re.compile(rb"<!ENTITY|<script|<foreignObject|\bon[a-z]+\s*=\s*[\"']|@import", re.IGNORECASE)
_OUTSIDE = re.compile(rb"(?:href\s*=\s*[\"']|url\(\s*[\"']?)\s*(?!#|data:image/)[^\s\"')]", re.IGNORECASE)
_libc = ctypes.CDLL(None, use_errno=True)


def extract_icon(root: Path, wanted: str, target: Path) -> Path | None:
    """Copy an app's icon from the root file system at `root` to `target`, with its suffix added.

    `wanted` is a path inside, or the icon's name; where it does not lead to a usable image the
    hicolor theme is searched for the name, scalable images and large ones first. None if there is none.
    """
    for path in _candidates(wanted):
        data = _read(root, path)
        suffix = _kind(data)
        if suffix:
            icon = target.with_name(target.name + suffix)
            icon.write_bytes(data)
            return icon
    return None


def _candidates(wanted: str) -> Iterator[str]:
    if wanted.startswith("/"):
        yield wanted
    name = re.sub(r"\.(svg|png)$", "", wanted.rpartition("/")[2])
    if not name:
        return
    for size in _SIZES:
        suffix = "svg" if size == "scalable" else "png"
        yield f"/usr/share/icons/hicolor/{size}/apps/{name}.{suffix}"
    yield f"/usr/share/pixmaps/{name}.svg"
    yield f"/usr/share/pixmaps/{name}.png"


def _read(root: Path, path: str) -> bytes:
    """The file at `path` as seen with `root` as /, empty if there is none or it is too large."""
    try:
        fd = _open_in_root(root, path)
    except OSError:
        return b""
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_SIZE:
            return b""
        return file.read(_MAX_SIZE + 1)


def _open_in_root(root: Path, path: str) -> int:
    """openat2(2) with RESOLVE_IN_ROOT: links are followed as they would be inside, never out of `root`."""
    directory = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    how = struct.pack("QQQ", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC, 0, _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS)
    try:
        fd = _libc.syscall(_SYS_OPENAT2, directory, os.fsencode(path), how, ctypes.c_size_t(len(how)))
        error = ctypes.get_errno()
    finally:
        os.close(directory)
    if fd < 0:
        raise OSError(error, os.strerror(error), path)
    return int(fd)


def _kind(data: bytes) -> str:
    """``.png`` or ``.svg`` for an image that may be shown, else nothing."""
    if data.startswith(_PNG) and len(data) > 24:
        width, height = struct.unpack(">II", data[16:24])
        return ".png" if 0 < width <= _MAX_EDGE and 0 < height <= _MAX_EDGE else ""
    if b"<svg" in data[:4096]:
        # A picture must not run or fetch anything, whatever library draws it.
        return "" if _ACTIVE.search(data) or _OUTSIDE.search(data) else ".svg"
    return ""
