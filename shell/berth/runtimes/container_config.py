"""From a launch plan to what a container engine is asked for: the only place that says what such an app sees.

Pure, as `arguments` is for bubblewrap, and the same promises: nothing of the host that the plan
does not name, no capability, no way to gain one, the same refused system calls, limits.

Source: https://docs.docker.com/engine/api/v1.41/#operation/ContainerCreate
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from berth.core.plan import SANDBOX_HOMES, SANDBOX_INSTANCE_DIR, SANDBOX_RUNTIME_DIR, LaunchPlan, Limits, Mount
from berth.runtimes import logfile
from berth.runtimes.arguments import WAYLAND_SOCKET

INIT_PROCESSES = 1
"""The engine's own init: it passes signals on and collects orphans, and counts against the limit."""
_DISPLAY = "WAYLAND_DISPLAY"
_SMALL = 64 << 20


@dataclass(frozen=True)
class Setting:
    """What differs between engines and users.

    Attributes:
        user: user id inside, to which the files given to the app belong; the group has the same number.
        user_namespace: the engine's word for the mapping of that user, "" = the host's ids.
        network: name of the network for apps that may use one, or "none".
        seccomp: the profile of refused system calls, or the path of a file that holds it.
        cgroups: the engine can hold limits by control groups; one that cannot must not be asked to.
        processors: how many the engine's machine has.
        mounts: files that make the network usable, beside those of the plan.
        tmpfs: the engine's words for "belongs to the user" and "begins empty"; "" if it takes ids and all do.
    """

    user: int
    network: str
    seccomp: str
    user_namespace: str = ""
    cgroups: bool = True
    processors: int = 1
    mounts: tuple[Mount, ...] = ()
    tmpfs: tuple[str, str] = ("", "")


def container_config(plan: LaunchPlan, image: str, labels: Mapping[str, str], setting: Setting) -> dict[str, Any]:
    """The body of the request that creates a container.

    Args:
        image: the image's name in the engine.
    """
    return {
        "Image": image,
        "Cmd": list(plan.arguments),
        "Env": [f"{name}={value}" for name, value in _environment(plan)],
        "WorkingDir": plan.working_directory,
        "StopSignal": plan.stop_signal,
        "Hostname": plan.hostname,
        "User": f"{setting.user}:{setting.user}",
        "Labels": dict(labels),
        "HostConfig": {
            **_isolation(setting),
            **_filesystem(plan, setting),
            **_limits(plan.limits, setting),
            "NetworkMode": setting.network,
            # A chatty app can neither fill the disk nor be blocked by it.
            "LogConfig": {"Type": "json-file", "Config": {"max-size": str(logfile.LIMIT), "max-file": "2"}},
        },
    }


def _environment(plan: LaunchPlan) -> list[tuple[str, str]]:
    """As the plan says, but that engines can make no link to the display's socket: it is named in full."""
    full = f"{SANDBOX_INSTANCE_DIR}/{WAYLAND_SOCKET}"
    return [(name, full if (name, value) == (_DISPLAY, WAYLAND_SOCKET) else value) for name, value in plan.environment]


def _isolation(setting: Setting) -> dict[str, Any]:
    return {
        "Init": True,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges", f"seccomp={setting.seccomp}"],
        "IpcMode": "private",
        "CgroupnsMode": "private",
        "UsernsMode": setting.user_namespace,
    }


def _filesystem(plan: LaunchPlan, setting: Setting) -> dict[str, Any]:
    owner, empty = setting.tmpfs
    own = owner or f"uid={setting.user},gid={setting.user}"
    tmpfs = {
        "/tmp": _tmpfs(plan.limits.memory, "mode=1777", empty),
        "/run": _tmpfs(_SMALL, "mode=0755", empty),
        SANDBOX_RUNTIME_DIR: _tmpfs(_SMALL, "mode=0700", own, empty),
        # The plan binds the app's own home below, and what the image brings.
        SANDBOX_HOMES: _tmpfs(_SMALL, "mode=0755", empty),
        **{path: _tmpfs(plan.limits.memory, "mode=0755", own, empty) for path in plan.tmpfs},
    }
    binds = [_bind(plan.instance_directory, SANDBOX_INSTANCE_DIR, False)]
    binds += [_bind(mount.source, mount.target, mount.writable) for mount in (*plan.mounts, *setting.mounts)]
    return {
        "ReadonlyRootfs": True,
        "Tmpfs": tmpfs,
        "Mounts": binds,
        "ShmSize": plan.limits.memory,
        "Devices": [{"PathOnHost": path, "PathInContainer": path, "CgroupPermissions": "rw"} for path in plan.devices],
    }


def _tmpfs(size: int, *options: str) -> str:
    return ",".join(filter(None, ("rw", "exec", "nosuid", "nodev", f"size={size}", *options)))


def _bind(source: str, target: str, writable: bool) -> dict[str, Any]:
    return {
        "Type": "bind",
        "Source": source,
        "Target": target,
        "ReadOnly": not writable,
        "BindOptions": {"Propagation": "rprivate"},
    }


def _limits(limits: Limits, setting: Setting) -> dict[str, Any]:
    held = {"Ulimits": [_ulimit("nofile", limits.open_files), _ulimit("core", 0)]}
    if not setting.cgroups:
        return held
    processes = limits.processes + INIT_PROCESSES
    # Engines refuse more processors than there are.
    processors = {"NanoCpus": round(min(limits.cpus, setting.processors) * 1e9)} if limits.cpus else {}
    return {**held, "Memory": limits.memory, "MemorySwap": limits.memory, "PidsLimit": processes, **processors}


def _ulimit(name: str, value: int) -> dict[str, Any]:
    return {"Name": name, "Soft": value, "Hard": value}
