"""What an instance may leave behind, found by its id alone, and its removal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import struct
import time
from pathlib import Path

from berth.runtimes import cgroups, orders, pidfds, processes
from berth.runtimes.supervisor import SOCKET
from berth.runtimes.terminal_keeper_link import keepers

_ENDING_SECONDS = 10.0
"""After which a keeper of terminals has ended that ends: twice what programs have when their terminal is gone."""


def residue(instance_id: str, root: Path) -> list[str]:
    """Everything of an instance that still exists, in words; empty when it is gone.

    Looks at processes, mounts of this namespace, cgroups and the private directory under `root`.
    """
    found = [f"process {pid}" for pid in sorted(_processes(instance_id, root))]
    mounts = Path("/proc/self/mountinfo").read_text(errors="replace").split("\n")  # others' names may be of any bytes
    found += [f"mount {line.split(' ')[4]}" for line in mounts if f"/{instance_id}" in line]
    for group in cgroups.leftovers(cgroups.PREFIX + instance_id):
        found += [f"cgroup {path}" for path in group.paths.values()]
    if (root / instance_id).exists():
        found.append(f"directory {root / instance_id}")
    return found


def keepers_left(app: str, place: Path) -> dict[int, str]:
    """Keepers of lent terminals by process id, with their instance, which was cleared away from below `place`.

    Blocks for a while if there are any: they may be just ending.
    """
    left = _keepers_of_nothing(app, place)
    deadline = time.monotonic() + _ENDING_SECONDS
    for pid in left:
        _wait_for_end(pid, deadline - time.monotonic())
    return _keepers_of_nothing(app, place) if left else {}


def _keepers_of_nothing(app: str, place: Path) -> dict[int, str]:
    return {
        pid: order.instance.id
        for pid, order in sorted(keepers().items())
        if order.instance.app == app and _is_gone(Path(order.instance.private_directory), place)
    }


def _is_gone(directory: Path, place: Path) -> bool:
    return directory.is_relative_to(place) and not directory.exists()


def _wait_for_end(pid: int, seconds: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        pidfd = os.pidfd_open(pid)
        try:
            poll = select.poll()
            poll.register(pidfd, select.POLLIN)
            poll.poll(max(seconds, 0) * 1000)
        finally:
            os.close(pidfd)


def _processes(instance_id: str, root: Path) -> set[int]:
    found = processes.of_instance(instance_id)
    for group in cgroups.leftovers(cgroups.PREFIX + instance_id):
        found |= group.processes()
    supervisor = _supervisor(root / instance_id)
    return found | {supervisor} if supervisor else found


def _supervisor(directory: Path) -> int:
    """Process id of the listening supervisor, 0 if there is none."""
    try:
        connection = orders.connect(directory, SOCKET)
    except OSError:
        return 0
    with connection:
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid: int = struct.unpack("3i", credentials)[0]
    return pid


async def remove_leftovers(instance_id: str, root: Path) -> None:
    """End every process of an instance and remove its cgroups; the private directory stays."""
    groups = cgroups.leftovers(cgroups.PREFIX + instance_id)
    for group in groups:
        if group.version == 2 or "freezer" in group.paths:
            group.freeze(False)
    while found := await asyncio.to_thread(_processes, instance_id, root):  # one may have forked in the meantime
        await asyncio.gather(*(pidfds.end(pid) for pid in found))
    for group in groups:
        group.remove()


def remove_spare_cgroups() -> None:
    """Groups of supervisors that were made ready and then killed."""
    hierarchy = cgroups.find_hierarchy()
    if hierarchy is None:
        return
    for key, parent in hierarchy.parents.items():
        for path in parent.glob(f"{cgroups.SPARE}*"):
            if not Path("/proc", path.name.removeprefix(cgroups.SPARE).partition("-")[0]).exists():
                cgroups.Cgroup(hierarchy.version, {key: path}).remove()
