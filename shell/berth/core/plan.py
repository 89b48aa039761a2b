"""The launch plan: everything a runtime needs to start one instance, and nothing it may add.

A plan is frozen and complete. `compile_plan` (in `berth.core.compile`) makes it from a
manifest and grants; every runtime takes the same plan.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from berth.core.pointers import USUAL_SIZE

SANDBOX_UID = 1000
SANDBOX_HOMES = "/home"
"""The app's own home lies there, and beside it, read-only, what its image brings."""

SANDBOX_HOME = f"{SANDBOX_HOMES}/berth"
PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,63}")
"""What a stranger may call a part of a path that is given to a runtime."""

SANDBOX_RUNTIME_DIR = "/run/user/1000"
SANDBOX_INSTANCE_DIR = "/run/berth"
"""The host's instance directory, read-only inside; sockets created in it later appear here."""

SANDBOX_STYLE = f"{SANDBOX_INSTANCE_DIR}/style"
"""Where the app finds configuration files that make it look like the desktop."""

THEME_NAMES = ("Berth", *(f"Berth-{number}" for number in range(2, 9)))
"""Names of one theme of GTK's: it reads a theme again only when that has another name."""

POINTER_THEME = "Berth"
"""Where below `SANDBOX_STYLE`'s icons programs find the pointers of the day that look for a theme once."""

GTK2_STYLES = "config/gtkrc-2.0"
"""Where below `SANDBOX_STYLE` the colours of GTK 2 lie."""

BUS_SOCKET = "bus"
BUS_ADDRESS = f"unix:path={SANDBOX_INSTANCE_DIR}/{BUS_SOCKET}"
"""The app's own message bus, if it has one."""

SANDBOX_RECEIVED = "/run/received"
"""Where the app finds what the user hands it from other apps, read-only."""

SANDBOX_FOLDERS = "/run/folders"
"""Where the app finds folders of the user that it was allowed to see."""


Toolkit = Literal["gtk2", "gtk3", "gtk4", "adwaita", "qt", "qt6", "qt5ct"]
"""What draws an app, as far as it can be told how; “qt” is any of them, “qt5ct” what has Qt 5 follow a file."""


class Style(msgspec.Struct, frozen=True):
    """What an app is told of the desktop's look before it reads the files at `SANDBOX_STYLE`.

    Attributes:
        toolkits: those in its image.
        pointer_size: in logical pixels.
    """

    toolkits: frozenset[Toolkit] = frozenset()
    dark: bool = False
    high_contrast: bool = False
    pointer_size: int = USUAL_SIZE


RUNTIMES = ("bubblewrap", "docker", "podman")
DEFAULT_RUNTIME = RUNTIMES[0]


class Mount(msgspec.Struct, frozen=True):
    source: str  # absolute path on the host
    target: str  # absolute path inside
    writable: bool = False


class RenderNode(msgspec.Struct, frozen=True):
    """Graphics hardware as something to draw with; what is on the screen is none of its business.

    `device` like ``/dev/dri/renderD128``; `description` is the directory of /sys that tells drivers what it is, ""
    if they are not to be told.
    """

    device: str
    description: str = ""


class Limits(msgspec.Struct, frozen=True):
    memory: int = 2 << 30  # bytes
    processes: int = 512
    open_files: int = 4096
    cpus: float = 0.0  # as much time as of so many processors, 0 = of all


STOP_SIGNALS = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGKILL")
"""What may ask an app to end; the first one does if nobody says otherwise."""


class LaunchPlan(msgspec.Struct, frozen=True):
    instance: str
    app: str
    rootfs: str  # unpacked image, mounted read-only as /
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    working_directory: str
    hostname: str
    instance_directory: str  # host path, bound read-only at SANDBOX_INSTANCE_DIR
    mounts: tuple[Mount, ...]  # the app's home among them
    tmpfs: tuple[str, ...]
    network: Literal["none", "nat"] = "none"
    network_later: bool = False  # may be granted while running: prepare the name resolver for it
    devices: tuple[str, ...] = ()
    limits: Limits = Limits()
    stop_signal: str = STOP_SIGNALS[0]
    runtime: str = DEFAULT_RUNTIME  # whose plan it is; means nothing to the runtime itself
