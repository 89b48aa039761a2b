"""Everything that /proc tells of one instance, whichever runtime it runs under.

A process may end between two reads, or belong to a user whose processes we may not look into: what cannot be seen is
named, and the rest is told. Slow: never on an event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from berth.core.inside import (
    OWN_VARIABLES,
    Inside,
    MountInside,
    NamespaceInside,
    Section,
    SocketInside,
    Variable,
)
from berth.core.problem import Problem
from berth.runtimes.inside import confines, held, mounts, procfs, sockets, tree
from berth.runtimes.port import Instance

_MOST_ENVIRONMENT = 1 << 20
_MOST_VARIABLES = 1024
T = TypeVar("T")


def look_inside(instance: Instance, directory: Path, others: Mapping[str, int] = {}) -> Inside:
    """What there is now of an instance.

    Args:
        directory: the instance's own on the host, with the sockets that the desktop has made for it.
        others: by other instances the process that supervises each or is its first.

    Raises:
        Problem: ``instance-gone``.
    """
    return _Look(instance, directory, others).taken()


class _Look:
    def __init__(self, instance: Instance, directory: Path, others: Mapping[str, int]) -> None:
        self._instance = instance
        self._directory = directory
        self._others = others
        self._tree = tree.snapshot()
        self._first = tree.first_process(self._tree, instance.pid)
        self._app = tree.app_process(self._tree, self._first)
        self._hidden: dict[Section, None] = {}
        self._left_out: dict[Section, None] = {}

    def taken(self) -> Inside:
        status = procfs.status(self._app)
        members = tree.members(self._tree, self._first) if self._first else []
        processes = tree.describe(members, self._first)
        if not status or not processes:
            raise Problem("instance-gone", f"The instance {self._instance.id} has ended, or is just starting.")
        if len(members) > tree.MOST_PROCESSES:
            self._left_out["command"] = None
        lines: tuple[mounts.Line, ...] = self._seen("mounts", lambda: mounts.lines(self._app), ())
        holding = self._held([(process.host_pid, process.pid) for process in processes], lines)
        directory = self._seen("files", lambda: procfs.link(f"/proc/{self._app}/cwd"), "")
        return Inside(
            instance=self._instance.id,
            runtime=self._instance.runtime,
            processes=processes,
            namespaces=self._seen("namespaces", self._namespaces, ()),
            mounts=self._seen("mounts", lambda: self._mounts(lines), ()),
            capabilities=confines.capabilities(status),
            seccomp=confines.filter_of(status),
            no_new_privileges=status.get("NoNewPrivs") == "1",
            uid=confines.real_user(status),
            uid_map=confines.id_map(self._app, "uid_map"),
            gid_map=confines.id_map(self._app, "gid_map"),
            limits=confines.resource_limits(self._app),
            group=confines.group(self._app) if self._instance.limits.startswith("cgroup") else None,
            sockets=self._seen("sockets", lambda: self._sockets(holding), ()),
            devices=self._seen("sockets", lambda: sockets.devices(self._app), ()),
            environment=self._seen("environment", self._environment, ()),
            files=holding.files,
            hidden=tuple(self._hidden),
            left_out=tuple(self._left_out),
            directory=procfs.printable(directory),
            stop_signal=self._instance.stop_signal,
        )

    def _seen(self, section: Section, look: Callable[[], T], nothing: T) -> T:
        try:
            return look()
        except procfs.Hidden:
            self._hidden[section] = None
            return nothing

    def _namespaces(self) -> tuple[NamespaceInside, ...]:
        firsts = {name: tree.first_process(self._tree, pid) for name, pid in self._others.items()}
        apps = {name: tree.app_process(self._tree, first) for name, first in firsts.items() if first}
        return confines.namespaces(self._app, apps)

    def _mounts(self, lines: tuple[mounts.Line, ...]) -> tuple[MountInside, ...]:
        if len(lines) == mounts.MOST_MOUNTS:
            self._left_out["mounts"] = None
        return mounts.describe(lines, mounts.own_lines(), self._instance.runtime)

    def _held(self, processes: list[tuple[int, int]], lines: tuple[mounts.Line, ...]) -> held.Held:
        holding = held.held(processes, lines, self._instance.runtime)
        for sections, true in ((self._hidden, holding.hidden), (self._left_out, holding.cut)):
            if true:
                sections.update({"sockets": None, "files": None})
        return holding

    def _sockets(self, holding: held.Held) -> tuple[SocketInside, ...]:
        names = sockets.names_in(self._directory)
        return sockets.describe(self._app, holding.sockets, sockets.ends_of(self._app), names)

    def _environment(self) -> tuple[Variable, ...]:
        """What the app was started with; a process may write into its own since."""
        entries = procfs.read(self._app, "environ", _MOST_ENVIRONMENT).split(b"\0")
        if len(entries) > _MOST_VARIABLES:
            self._left_out["environment"] = None
        found = (entry.partition(b"=") for entry in entries[:_MOST_VARIABLES] if entry)
        return tuple(sorted((_variable(name, value) for name, _, value in found), key=lambda variable: variable.name))


def _variable(name: bytes, value: bytes) -> Variable:
    text = procfs.printable(name, 128)
    shown = text in OWN_VARIABLES
    return Variable(text, procfs.printable(value) if shown else "", shown)
