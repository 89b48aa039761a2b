"""Resource limits of single processes: for what cgroups do not count, and where there are none."""

from __future__ import annotations

import contextlib
import resource

from berth.core.plan import Limits
from berth.runtimes import processes

_ENGINE_MEMORY = 256 << 20
_INIT = 1  # bubblewrap's, in the app's namespaces; its monitor is not counted there


def limit_self(limits: Limits, pid: int = 0) -> None:
    """Limits that hold beside a cgroup's; the processes that this one (or `pid`) starts inherit them."""
    _set(pid, resource.RLIMIT_CORE, 0)
    _set(pid, resource.RLIMIT_NOFILE, limits.open_files)


def limit_instead_of_cgroup(pid: int, limits: Limits) -> None:
    """Memory per process, and processes of the instance.

    Args:
        pid: a process inside the app's user namespace, 0 = this one. The kernel counts
            processes per user and namespace, so the user's others do not matter.
    """
    _set(pid, resource.RLIMIT_DATA, limits.memory)
    _set(pid, resource.RLIMIT_NPROC, limits.processes + _INIT)


def limit_before_start(pid: int, limits: Limits) -> None:
    """What a process can bear that is an engine's own program still, and executes the app next."""
    _set(pid, resource.RLIMIT_NPROC, limits.processes + _INIT)
    _set(pid, resource.RLIMIT_DATA, max(limits.memory, _ENGINE_MEMORY))


def limit_members(init: int, limits: Limits) -> None:
    """Memory, for every process in the pid namespace of `init`, which run already."""
    seen: set[int] = set()
    # What was forked meanwhile may have inherited the old limit.
    while new := processes.namespace_members(init) - seen:
        for pid in new:
            limit_instead_of_cgroup(pid, limits)
        seen |= new


def copy(source: int, target: int) -> None:
    """Limit one process as another is."""
    for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_DATA, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        with contextlib.suppress(OSError):
            _set(target, kind, resource.prlimit(source, kind)[1])


def holds(pid: int, limits: Limits) -> bool:
    """Whether `limit_instead_of_cgroup` is in force for a process."""
    wanted = {resource.RLIMIT_DATA: limits.memory, resource.RLIMIT_NPROC: limits.processes + _INIT}
    try:
        return all(resource.prlimit(pid, kind)[1] in range(value + 1) for kind, value in wanted.items())
    except OSError:
        return False


def may_have(kind: int, value: int) -> bool:
    """Whether this process may have a hard limit as high as that; it stays as it is."""
    soft, hard = resource.prlimit(0, kind)
    if hard == resource.RLIM_INFINITY or value <= hard:
        return True
    try:
        resource.prlimit(0, kind, (soft, value))
    except OSError:
        return False
    resource.prlimit(0, kind, (soft, hard))
    return True


def _set(pid: int, kind: int, value: int) -> None:
    """Soft and hard limit, never above the present hard limit."""
    with contextlib.suppress(OSError):
        _soft, hard = resource.prlimit(pid, kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.prlimit(pid, kind, (value, value))
