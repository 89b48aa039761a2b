"""The processes of an instance, from the one that supervises it or is its first."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from berth.core.inside import ProcessInside
from berth.runtimes.inside import procfs

_TICKS = os.sysconf("SC_CLK_TCK")
_MOST_COMMAND = 512
MOST_PROCESSES = 1024
_PARENT, _USER_TIME, _THREADS = 1, 11, 17


class Tree(msgspec.Struct, frozen=True):
    """All processes of this machine that we can see, as of one moment: children by parent."""

    children: Mapping[int, tuple[int, ...]]

    def below(self, pid: int) -> Iterator[int]:
        """`pid` and what descends from it, parents first."""
        waiting, seen = [pid], {pid}
        while waiting:
            current = waiting.pop(0)
            yield current
            # Numbers are used again: what was read at different moments may form a ring.
            fresh = [child for child in self.children.get(current, ()) if child not in seen]
            seen.update(fresh)
            waiting += fresh


def snapshot() -> Tree:
    children: dict[int, list[int]] = defaultdict(list)
    for pid in procfs.pids():
        if len(fields := procfs.stat(pid)) > _THREADS:
            children[int(fields[_PARENT])].append(pid)
    return Tree({parent: tuple(sorted(found)) for parent, found in children.items()})


def first_process(tree: Tree, pid: int) -> int:
    """The first process of the instance's own numbering, at or below `pid`; 0 if there is none (any more)."""
    ours = len(_numbers(os.getpid()))
    for candidate in tree.below(pid):
        numbers = _numbers(candidate)
        if len(numbers) > ours and numbers[-1] == 1:
            return candidate
    return 0


def members(tree: Tree, first: int) -> list[int]:
    """All processes of the instance, also those that were sent in from outside (`berth exec`)."""
    found = list(tree.below(first))
    namespace = _namespace(first)
    if namespace:
        known = set(found)
        found += [pid for pid in procfs.pids() if pid not in known and _namespace(pid) == namespace]
    return found


def app_process(tree: Tree, first: int) -> int:
    """The one that the app begins with: the first is the container's init, where there is one."""
    return min(tree.children.get(first, ()), default=first)


def describe(pids: list[int], first: int) -> tuple[ProcessInside, ...]:
    """Those that have not ended meanwhile."""
    depth = len(_numbers(first))
    found = (_described(pid, depth) for pid in pids[:MOST_PROCESSES])
    return tuple(process for process in found if process is not None)


def number_inside(pid: int, first: int) -> int:
    numbers, depth = _numbers(pid), len(_numbers(first))
    return numbers[depth - 1] if 0 < depth <= len(numbers) else 0


def _described(pid: int, depth: int) -> ProcessInside | None:
    fields, status = procfs.stat(pid), procfs.status(pid)
    numbers = _numbers(pid, status)
    if len(fields) <= _THREADS or not numbers or not depth:
        return None
    parents = _numbers(int(fields[_PARENT]))
    return ProcessInside(
        pid=numbers[depth - 1] if len(numbers) >= depth else 0,
        host_pid=pid,
        parent=parents[depth - 1] if len(parents) >= depth else 0,
        name=procfs.printable(_name(pid), 64),
        command=_command(pid),
        memory=_kilobytes(status.get("VmRSS", "")) << 10,
        cpu=sum(int(ticks) for ticks in fields[_USER_TIME : _USER_TIME + 2]) / _TICKS,
        threads=int(fields[_THREADS]),
    )


def _name(pid: int) -> bytes:
    try:
        return procfs.read(pid, "comm", 64).rstrip(b"\n")
    except procfs.Hidden:
        return b""


def _command(pid: int) -> str:
    try:
        data = procfs.read(pid, "cmdline", 4 * _MOST_COMMAND)
    except procfs.Hidden:
        return ""
    return procfs.printable(data.rstrip(b"\0").replace(b"\0", b" "), _MOST_COMMAND)


def _kilobytes(text: str) -> int:
    number = text.partition(" ")[0]
    return int(number) if number.isdecimal() else 0


def _numbers(pid: int, status: Mapping[str, str] | None = None) -> list[int]:
    """The process's number in each namespace from ours on inwards."""
    fields = procfs.status(pid) if status is None else status
    return [int(number) for number in fields.get("NSpid", "").split()]


def _namespace(pid: int) -> str:
    try:
        return procfs.link(f"/proc/{pid}/ns/pid")
    except procfs.Hidden:
        return ""
