"""Resource limits of single processes: for what cgroups do not count, and where there are none."""

from __future__ import annotations

import contextlib
import resource

from berth.core.plan import Limits

_INIT = 1  # bubblewrap's, in the app's namespaces; its monitor is not counted there


def limit_self(limits: Limits) -> None:
    """Limits that hold beside a cgroup's; the processes that this one starts inherit them."""
    _set(0, resource.RLIMIT_CORE, 0)
    _set(0, resource.RLIMIT_NOFILE, limits.open_files)


def limit_instead_of_cgroup(pid: int, limits: Limits) -> None:
    """Memory per process, and processes of the instance.

    Args:
        pid: a process inside the app's user namespace, 0 = this one. The kernel counts
            processes per user and namespace, so the user's others do not matter.
    """
    _set(pid, resource.RLIMIT_DATA, limits.memory)
    _set(pid, resource.RLIMIT_NPROC, limits.processes + _INIT)


def _set(pid: int, kind: int, value: int) -> None:
    """Soft and hard limit, never above the present hard limit."""
    with contextlib.suppress(OSError):
        _soft, hard = resource.prlimit(pid, kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.prlimit(pid, kind, (value, value))
