"""What /proc tells about the processes of an instance."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from berth.runtimes.port import Stats

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
MARK = "BERTH_INSTANCE"
"""Variable in the environment of bubblewrap itself; the app's begins empty."""


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


def ignores(pid: int, number: int) -> bool:
    """Whether a process takes no notice of a signal."""
    for line in _read(pid, "status").splitlines():
        name, _colon, mask = line.partition(b":")
        if name == b"SigIgn":
            return bool(int(mask, 16) >> (number - 1) & 1)
    return False


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third, the state, on; empty if the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")  # a process chooses its name, of any bytes
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def parent(pid: int) -> int:
    """0 if the process is gone."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def is_zombie(pid: int) -> bool:
    """Whether it has ended, and its parent has not asked how."""
    return _stat(pid)[:1] == ["Z"]


def foreground(pid: int) -> int:
    """The process group that has the terminal of a process in front; 0 if there is none."""
    fields = _stat(pid)
    return max(int(fields[5]), 0) if fields else 0


def of_group(group: int) -> set[int]:
    """Processes of a process group, zombies among them."""
    return {pid for pid in all_pids() if _stat(pid)[2:3] == [str(group)]}


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
    """Processes of bubblewrap, told by the environment they were started with; the app's end with them."""
    mark = f"{MARK}={instance_id}".encode()
    return {pid for pid in all_pids() if mark in _environment(pid)}


def with_arguments(*words: str) -> set[int]:
    """Processes whose arguments hold these, one after the other."""
    wanted = "\0".join(("", *words, "")).encode()
    return {pid for pid in all_pids() if wanted in _read(pid, "cmdline")}


def arguments(pid: int) -> list[bytes]:
    """Empty if the process is gone."""
    return _read(pid, "cmdline").split(b"\0")[:-1]


def _environment(pid: int) -> list[bytes]:
    return _read(pid, "environ").split(b"\0")


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
