"""From a launch plan to the arguments of bubblewrap: the only place that says what an app sees.

Pure, so that a test can compare every path of the host that appears in it with the plan.
"""

from __future__ import annotations

from berth.core.plan import SANDBOX_HOMES, SANDBOX_INSTANCE_DIR, SANDBOX_RUNTIME_DIR, SANDBOX_UID, LaunchPlan

WAYLAND_SOCKET = "wayland-0"
_SMALL = 64 << 20


def bwrap_arguments(plan: LaunchPlan, resolver: str, *, disable_userns: bool = True) -> list[str]:
    """Options of bubblewrap (without the program, its descriptors and the command).

    Args:
        resolver: host path of the file bound as /etc/resolv.conf.
        disable_userns: bubblewrap knows ``--disable-userns`` (0.8 and later).
    """
    return [
        *_isolation(plan, disable_userns),
        *_filesystem(plan, resolver),
        *_process(plan),
    ]


def _isolation(plan: LaunchPlan, disable_userns: bool) -> list[str]:
    options = ["--unshare-all", "--unshare-user"]
    if disable_userns:
        options.append("--disable-userns")
    options += ["--uid", str(SANDBOX_UID), "--gid", str(SANDBOX_UID), "--hostname", plan.hostname]
    return [*options, "--new-session", "--die-with-parent", "--cap-drop", "ALL"]


def _filesystem(plan: LaunchPlan, resolver: str) -> list[str]:
    options = ["--ro-bind", plan.rootfs, "/", "--proc", "/proc", "--dev", "/dev"]
    options += _tmpfs("/tmp", plan.limits.memory, "1777")
    options += _tmpfs("/run", _SMALL)
    options += ["--dir", "/run/user", "--perms", "0700", "--dir", SANDBOX_RUNTIME_DIR]
    options += _tmpfs(SANDBOX_HOMES, _SMALL)  # the plan binds the app's own home below, and what the image brings
    options += ["--ro-bind", plan.instance_directory, SANDBOX_INSTANCE_DIR]
    options += ["--symlink", f"{SANDBOX_INSTANCE_DIR}/{WAYLAND_SOCKET}", f"{SANDBOX_RUNTIME_DIR}/{WAYLAND_SOCKET}"]
    for path in plan.tmpfs:
        options += _tmpfs(path, plan.limits.memory)
    for mount in plan.mounts:
        options += ["--bind" if mount.writable else "--ro-bind", mount.source, mount.target]
    for device in plan.devices:
        options += ["--dev-bind", device, device]
    return [*options, "--ro-bind", resolver, "/etc/resolv.conf"]


def _tmpfs(path: str, size: int, mode: str = "0755") -> list[str]:
    return ["--perms", mode, "--size", str(size), "--tmpfs", path]


def _process(plan: LaunchPlan) -> list[str]:
    options = ["--clearenv"]
    for name, value in plan.environment:
        options += ["--setenv", name, value]
    return [*options, "--chdir", plan.working_directory]
