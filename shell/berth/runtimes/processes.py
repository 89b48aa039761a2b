"""What /proc tells about the processes of an instance."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from berth.core.plan import SANDBOX_INSTANCE_DIR
from berth.runtimes.port import Stats

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def all_pids() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())


def namespace_members(init: int) -> set[int]:
    """Processes in the pid namespace of `init`, itself included; empty once it has ended."""
    namespace = _namespace(init)
    return {pid for pid in all_pids() if namespace and _namespace(pid) == namespace}


def _namespace(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""


def children(parent: int) -> list[int]:
    """Oldest first."""
    found = [(int(fields[19]), pid) for pid in all_pids() if (fields := _stat(pid)) and fields[1] == str(parent)]
    return [pid for _started, pid in sorted(found)]


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third, the state, on; empty if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def usage(pids: set[int]) -> Stats:
    """Resident memory and CPU time of some processes together."""
    memory, cpu, count = 0, 0.0, 0
    for pid in pids:
        if fields := _stat(pid):
            cpu += sum(int(ticks) for ticks in fields[11:15]) / _TICKS
            memory += int(fields[21]) * _PAGE
            count += 1
    return Stats(memory, count, cpu)


def of_instance(instance_id: str) -> set[int]:
    """Processes that have the instance's directory mounted, whoever started them."""
    return {pid for pid in all_pids() if _has_mounted(pid, instance_id)}


def _has_mounted(pid: int, instance_id: str) -> bool:
    try:
        lines = Path(f"/proc/{pid}/mountinfo").read_text(errors="replace").splitlines()
    except OSError:
        return False
    for line in lines:
        fields = line.split(" ")
        if fields[4] == SANDBOX_INSTANCE_DIR and fields[3].endswith(f"/{instance_id}"):
            return True
    return False
