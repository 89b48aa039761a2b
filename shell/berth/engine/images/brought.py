"""What an image brings where an app has something of its own, and what of it the app sees all the same.

All of it is a stranger's: names are taken only if they are plain, and no link is followed.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from berth.core.plan import PLAIN_NAME, SANDBOX_HOME, SANDBOX_HOMES
from berth.runtimes import kernel

MOST_HOMES = 32
_MOST_LOOKED_AT = 1000
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY


def homes(rootfs: Path) -> tuple[str, ...]:
    """Names of the files and folders in the image's own /home, without links and what the app's home hides."""
    try:
        root = os.open(rootfs, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return ()
    try:
        place = kernel.open_strictly_beneath(root, os.fsencode(SANDBOX_HOMES.lstrip("/")), _DIRECTORY)
    except OSError:
        return ()
    finally:
        os.close(root)
    try:
        with os.scandir(place) as found:
            names = [entry.name for entry in itertools.islice(found, _MOST_LOOKED_AT) if _is_seen(entry)]
    finally:
        os.close(place)
    return tuple(sorted(names)[:MOST_HOMES])


def _is_seen(entry: os.DirEntry[str]) -> bool:
    ours = f"{SANDBOX_HOMES}/{entry.name}" == SANDBOX_HOME
    plain = entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)
    return plain and not ours and PLAIN_NAME.fullmatch(entry.name) is not None


def has_folder(rootfs: Path, path: str) -> bool:
    """Whether there is a folder at this absolute path of the image, and no link on the way to it."""
    try:
        root = os.open(rootfs, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.close(kernel.open_strictly_beneath(root, os.fsencode(path.lstrip("/")), os.O_PATH | os.O_DIRECTORY))
    except OSError:
        return False
    finally:
        os.close(root)
    return True
