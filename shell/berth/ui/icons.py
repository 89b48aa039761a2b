"""Icons of apps: which files the shell agrees to load, and what stands in for the others.

An icon comes out of an app's image, so it is the app's own data: only small regular
files of two formats inside the known folders are ever opened.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QImageReader

MAX_BYTES = 512 << 10
MAX_DECODED_MB = 64
"""A small file may claim to be a huge picture; whatever would be larger is not decoded."""
TILES = 8
_SIGNATURES = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<"}


class IconStore:
    """Turns paths of the engine into URLs that QML may load.

    Args:
        folders: where icons may lie; links that lead elsewhere are refused.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = [folder.resolve() for folder in folders]
        QImageReader.setAllocationLimit(MAX_DECODED_MB)

    def url(self, path: str) -> str:
        """A ``file:`` URL, or an empty string for anything that is not a sound icon."""
        if not path or "\0" in path:
            return ""
        try:
            real = Path(path).resolve()
        except (OSError, RuntimeError):
            return ""
        if not any(real.is_relative_to(folder) for folder in self._folders):
            return ""
        return QUrl.fromLocalFile(str(real)).toString() if _is_icon(real) else ""


def _is_icon(path: Path) -> bool:
    signature = _SIGNATURES.get(path.suffix.lower())
    if signature is None:
        return False
    try:
        # A pipe or a device must not make the desktop wait.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= MAX_BYTES:
            return False
        return os.read(descriptor, 64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(signature)
    finally:
        os.close(descriptor)


def letter_of(name: str) -> str:
    """The letter of a tile that stands in for an icon."""
    return next((character.upper() for character in name if character.isalnum()), "?")


def tile_of(app: str) -> int:
    """A colour number from 1 to `TILES`, always the same for an app id."""
    return zlib.crc32(app.encode("utf-8", "surrogatepass")) % TILES + 1
