"""The places in a root file system where runtimes mount something: many small images of registries lack them, as
Docker makes them for each container; ours are read-only by then."""

from __future__ import annotations

import stat
from pathlib import Path

from berth.runtimes.preflight import MOUNT_POINTS, RESOLVER

_CONFIGURATION = "etc"


def lacks_mount_points(root: Path) -> bool:
    """Whether nothing could be mounted somewhere in `root` that each app needs."""
    places = [(root / name, stat.S_ISDIR) for name in MOUNT_POINTS]
    return not all(kind(_mode(place)) for place, kind in [*places, (root / RESOLVER, stat.S_ISREG)])


def add_mount_points(root: Path) -> None:
    """Make those that are missing, or are links, in the tree `root`, whose directories are nobody else's.

    What cannot be replaced (``/etc`` as a link or file, ``/etc/resolv.conf`` as a directory) stays for
    `berth.runtimes.preflight` to refuse.
    """
    for name in MOUNT_POINTS:
        place = root / name
        mode = _mode(place)
        if stat.S_ISDIR(mode) or (mode and name == _CONFIGURATION):
            continue
        place.unlink(missing_ok=True)
        place.mkdir()
        place.chmod(0o755)  # mkdir obeys the umask
    resolver = root / RESOLVER
    if not stat.S_ISDIR(_mode(resolver.parent)):
        return
    mode = _mode(resolver)
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return
    resolver.unlink(missing_ok=True)
    resolver.touch()
    resolver.chmod(0o644)


def _mode(path: Path) -> int:
    """Without following a link; 0 for what is not there."""
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return 0
