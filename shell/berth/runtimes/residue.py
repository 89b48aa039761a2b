"""What an instance may leave behind, found by its id alone, and its removal."""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path

from berth.runtimes import cgroups, orders, pidfds, processes
from berth.runtimes.supervisor import SOCKET


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
