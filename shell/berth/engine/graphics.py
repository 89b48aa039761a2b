"""Graphics hardware of the host that apps can be given: render nodes, which draw and compute and show nothing."""

from __future__ import annotations

import os
from pathlib import Path

from berth.core.plan import RenderNode

_USE = os.R_OK | os.W_OK


def render_nodes(
    rootfs: str, devices: Path = Path("/dev/dri"), numbers: Path = Path("/sys/dev/char")
) -> tuple[RenderNode, ...]:
    """Those that we may use ourselves.

    Args:
        rootfs: the image to run on one; without a place for /sys no driver is told what it drives.
        devices: where they are.
        numbers: has a link to what describes each device, by its number.
    """
    found = [path for path in sorted(devices.glob("renderD*")) if path.is_char_device() and os.access(path, _USE)]
    place = Path(rootfs, "sys")
    described = place.is_dir() and not place.is_symlink()
    return tuple(RenderNode(str(path), _description(path, numbers) if described else "") for path in found)


def _description(path: Path, numbers: Path) -> str:
    number = path.stat().st_rdev
    link = numbers / f"{os.major(number)}:{os.minor(number)}" / "device"
    return str(link.resolve()) if link.exists() else ""
