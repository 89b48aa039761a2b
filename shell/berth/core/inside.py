"""What can be seen of a running instance from outside: plain data, for whoever shows or explains it.

Texts that an app can choose (names, arguments, paths) are safe to print: what is no printable character is replaced.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from berth.core.plan import STOP_SIGNALS

Origin = Literal[
    "image", "home", "scratch", "desktop", "received", "folder", "network", "graphics", "kernel", "runtime", "other"
]
"""Why something is mounted: the app's image, its own data, memory that goes with it, the desktop's sockets, what the
user handed it, a folder it was allowed, names of the network, the graphics card, the kernel's own files, something that
the container engine adds."""

Section = Literal["command", "namespaces", "mounts", "sockets", "environment", "files", "group"]

UNLIMITED = -1

OWN_VARIABLES = frozenset(
    (
        *("ADW_DEBUG_COLOR_SCHEME", "ADW_DEBUG_HIGH_CONTRAST", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "GDK_BACKEND"),
        *(
            "GSETTINGS_BACKEND",
            "GTK_A11Y",
            "GTK_THEME",
            "G_RESOURCE_OVERLAYS",
            "HOME",
            "KDE_SESSION_VERSION",
            "LANG",
            "LOGNAME",
            "MOZ_ENABLE_WAYLAND",
            "NO_AT_BRIDGE",
            "PATH",
        ),
        *("QT_QPA_PLATFORM", "QT_QPA_PLATFORMTHEME", "SHELL", "TZ", "USER", "WAYLAND_DISPLAY", "XDG_CACHE_HOME"),
        *("XCURSOR_PATH", "XCURSOR_SIZE", "XCURSOR_THEME"),
        *("XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "XDG_CURRENT_DESKTOP", "XDG_DATA_DIRS", "XDG_DATA_HOME"),
        *("XDG_RUNTIME_DIR", "XDG_SESSION_TYPE", "XDG_STATE_HOME", "XENVIRONMENT"),
    )
)
"""Variables that `core.compile` sets: nobody keeps a password in them."""


class _Part(msgspec.Struct, frozen=True, array_like=True, gc=False):
    pass


class ProcessInside(_Part, frozen=True):
    pid: int  # inside, 0 = not in the instance's own numbering
    host_pid: int
    parent: int  # inside, 0 = from outside
    name: str
    command: str  # arguments in one line, cut; "" also for a process that has ended and waits for its parent
    memory: int  # bytes, resident
    cpu: float  # seconds
    threads: int


class NamespaceInside(_Part, frozen=True):
    kind: str  # "mnt", "net", "pid", "user", "uts", "ipc", "cgroup", "time"
    inode: int
    desktop: bool  # it is the desktop's own, not one of the app's
    instances: tuple[str, ...] = ()  # others that have the same


class MountInside(_Part, frozen=True):
    target: str
    source: str  # path on the host, else what the kernel calls it
    type: str  # file system
    options: str
    writable: bool
    origin: Origin
    permission: str = ""  # without which it would not be there


class Capabilities(_Part, frozen=True):
    """By name, like "net_admin"; numbers that have none as "41"."""

    effective: tuple[str, ...]
    permitted: tuple[str, ...]
    inheritable: tuple[str, ...]
    bounding: tuple[str, ...]
    ambient: tuple[str, ...]


class Seccomp(_Part, frozen=True):
    mode: Literal["off", "strict", "filter", "unknown"]
    filters: int  # how many are stacked, negative = the kernel does not say
    refused: tuple[str, ...] = ()  # system calls that Berth's filter refuses always
    restricted: tuple[str, ...] = ()  # and those that it refuses with some arguments


class IdRange(_Part, frozen=True):
    inside: int
    outside: int
    count: int


class ResourceLimit(_Part, frozen=True):
    name: str
    soft: int  # `UNLIMITED` or in `unit`
    hard: int
    unit: str


class ControlGroup(_Part, frozen=True):
    """Limits are `UNLIMITED` where there is none."""

    version: int
    path: str
    memory: int  # bytes
    memory_limit: int
    processes: int
    process_limit: int
    cpu: float = -1.0  # seconds used, negative = not counted
    cpus: float = 0.0  # time of so many processors at most, 0 = of all


class SocketInside(_Part, frozen=True):
    kind: Literal["unix", "tcp", "udp"]
    state: Literal["listening", "connected", "open"]
    local: str  # address or path
    peer: str = ""  # address; of a socket of the desktop its name
    desktop: bool = False  # leads to the desktop
    processes: tuple[int, ...] = ()  # inside


class DeviceInside(_Part, frozen=True):
    name: str
    received: int  # bytes
    sent: int


class Variable(_Part, frozen=True):
    name: str
    value: str = ""
    shown: bool = False  # else the value is nobody's business


class FileInside(_Part, frozen=True):
    path: str
    process: int  # inside
    origin: Origin


class Inside(_Part, frozen=True):
    """Of what describes a process (capabilities to limits) it is that of the app's first one.

    `hidden` names what this user may not see, `left_out` what there is more of than was looked at.
    """

    instance: str
    runtime: str
    processes: tuple[ProcessInside, ...]
    namespaces: tuple[NamespaceInside, ...]
    mounts: tuple[MountInside, ...]
    capabilities: Capabilities
    seccomp: Seccomp
    no_new_privileges: bool
    uid: int  # on the host
    uid_map: tuple[IdRange, ...]
    gid_map: tuple[IdRange, ...]
    limits: tuple[ResourceLimit, ...]
    group: ControlGroup | None  # None: no group of its own
    sockets: tuple[SocketInside, ...]
    devices: tuple[DeviceInside, ...]
    environment: tuple[Variable, ...]
    files: tuple[FileInside, ...]  # open for writing
    hidden: tuple[Section, ...] = ()
    left_out: tuple[Section, ...] = ()
    directory: str = ""  # in which its first process works now, "" if that is not known
    stop_signal: str = STOP_SIGNALS[0]  # what asks it to end
