"""How bright the host's screen is: the kernel's backlights, changed by itself or by logind.

The kernel lets only root write; logind does it for whoever sits at the machine.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from berth.core.messages import ChangeBrightness, Level
from berth.core.problem import Problem

FOLDER = Path("/sys/class/backlight")
_KINDS = ("firmware", "platform", "raw")
"""The kernel's advice on which to take where several drive one screen (ABI/stable/sysfs-class-backlight)."""
_DARKEST = 1
"""Per cent: a screen that is off cannot be read to put it on again."""
_PATIENCE = 5.0  # seconds
_LOGIND = (
    *("busctl", "--system", "--quiet", "call", "org.freedesktop.login1", "/org/freedesktop/login1/session/auto"),
    *("org.freedesktop.login1.Session", "SetBrightness", "ssu", "backlight"),
)


def change(request: ChangeBrightness, folder: Path = FOLDER) -> Level:
    """Blocks for as long as logind takes.

    Raises:
        Problem: ``no-backlight``, or ``backlight-refused``.
    """
    device, most, raw = _device(folder)
    wanted = raw if request == ChangeBrightness() else _wanted(request, most, raw)
    if wanted != raw:
        _write(device, wanted)
    return Level("brightness", round(100 * wanted / most), device=device.name)


def _wanted(request: ChangeBrightness, most: int, raw: int) -> int:
    """In the device's own levels."""
    now = round(100 * raw / most)
    percent = max(_DARKEST, min(request.to if request.to >= 0 else now + request.by, 100))
    wanted = max(round(most * percent / 100), 1)
    if wanted == raw and request.to < 0:
        # Some screens have fewer levels than there are steps; a key that does nothing would never get on.
        wanted += (request.by > 0) - (request.by < 0)
    return max(1, min(wanted, most))


def _device(folder: Path) -> tuple[Path, int, int]:
    """Which one it is, its most and how bright it is."""
    try:
        found = sorted(folder.iterdir(), key=lambda device: (_rank(device), device.name))
    except OSError:
        found = []
    for device in found:
        try:
            most, raw = _number(device / "max_brightness"), _number(device / "brightness")
            if most > 0 and raw >= 0:
                return device, most, raw
        except (OSError, ValueError):
            continue
    raise Problem(
        "no-backlight",
        "The brightness of this screen cannot be changed from here.",
        "Use the buttons of the screen itself.",
    )


def _rank(device: Path) -> int:
    try:
        return _KINDS.index((device / "type").read_text().strip())
    except (OSError, ValueError):
        return len(_KINDS)


def _number(file: Path) -> int:
    """Raises `OSError` or `ValueError`."""
    return int(file.read_text())


def _write(device: Path, value: int) -> None:
    try:
        if os.access(device / "brightness", os.W_OK):
            (device / "brightness").write_text(f"{value}\n")
            return
        done = subprocess.run([*_LOGIND, device.name, str(value)], capture_output=True, timeout=_PATIENCE, check=False)
        said = done.stderr.decode(errors="replace").strip()
    except FileNotFoundError:
        done, said = None, ""
    except (OSError, subprocess.TimeoutExpired) as error:
        done, said = None, str(error)
    if done is None or done.returncode:
        raise Problem(
            "backlight-refused",
            "The system did not let the brightness be changed.",
            (said.splitlines() or ["logind is needed for it."])[-1][:200],
        )
