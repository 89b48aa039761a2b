"""Bringing what was written to the disk: one call for all files, and only of the file system that they are on.

Called through ctypes: Python has only the call for all file systems, which waits for a slow stick, too, and tells of no
error.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)


def sync_file_system(place: Path) -> None:
    """Returns when all that was written to the file system of the directory `place` is on its disk.

    Raises:
        OSError: something could not be written (Linux 5.8 and later tell).

    Source: syncfs(2).
    """
    fd = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _libc.syncfs(fd):
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
    finally:
        os.close(fd)
