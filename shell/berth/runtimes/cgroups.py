"""Limits that hold: cgroups written directly where a subtree of ours is writable.

Asking systemd for a scope costs tens of milliseconds; writing cgroupfs costs a fraction of
one. Both generations are used: v2 as delegated to a user's session, v1 on hybrid hosts as
root. Every limit is read back, because an unprivileged write may fail without a word.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from berth.core.plan import Limits

PREFIX = "berth-"
SPARE = f"{PREFIX}spare-"
"""Of a supervisor without an instance yet; its process id and a random word follow."""
_MEMBERSHIPS, _MOUNTS = Path("/proc/self/cgroup"), Path("/proc/self/mountinfo")
_V1_CONTROLLERS = ("memory", "pids", "freezer")
_V1_WELCOME = ("cpu",)
"""Needed only to limit processors; without a limit an app with a hundred busy processes gets the time of one app, not
that of a hundred. With v2 the one group of an instance is enough for both."""
_PERIOD = 100_000
"""Microseconds in which the time of processors is counted."""
_ATTEMPTS = 5
_SANDBOX_PROCESSES = 2  # bubblewrap's monitor and init


@dataclass(frozen=True)
class Hierarchy:
    """Where cgroups of instances can be made: a directory per controller (v1), or one (v2).

    Attributes:
        parents: controller to directory; v2 has the single key "".
    """

    version: int
    parents: Mapping[str, Path]

    def group(self, name: str) -> Cgroup:
        return Cgroup(self.version, {key: parent / name for key, parent in self.parents.items()})


def find_hierarchy(own: str | None = None, mounts: str | None = None, *, enabled: bool = True) -> Hierarchy | None:
    """The hierarchy this process may use, or None if there is none.

    Args:
        own: text of /proc/self/cgroup.
        mounts: text of /proc/self/mountinfo.
    """
    if not enabled:
        return None
    memberships = _memberships(own if own is not None else _read(_MEMBERSHIPS))
    points = _mount_points(mounts if mounts is not None else _read(_MOUNTS))
    return _unified(memberships, points) or _legacy(memberships, points)


def own_version() -> int:
    """Version of the hierarchy that limits memory on this machine."""
    return 1 if "memory" in _memberships(_read(_MEMBERSHIPS)) else 2


def _memberships(text: str) -> dict[str, str]:
    """Controller to path of the own cgroup; v2 has the controller ""."""
    paths: dict[str, str] = {}
    for line in _lines(text):
        _number, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path
    return paths


def _mount_points(text: str) -> dict[str, Path]:
    """Controller to mount point."""
    points: dict[str, Path] = {}
    for line in _lines(text):
        before, _, after = line.partition(" - ")
        kind, _source, options = after.split(" ", 2)
        point = Path(before.split(" ")[4])
        if kind == "cgroup2":
            points[""] = point
        elif kind == "cgroup":
            points.update((option, point) for option in options.split(","))
    return points


def _unified(memberships: Mapping[str, str], points: Mapping[str, Path]) -> Hierarchy | None:
    if "" not in memberships or "" not in points:
        return None
    top = points[""]
    directory = top / memberships[""].lstrip("/")
    # Only an ancestor that holds no processes hands controllers to its children.
    for candidate in (directory, *directory.parents):
        if not candidate.is_relative_to(top):
            return None
        if _hands_out(candidate) and _writable(candidate):
            return Hierarchy(2, {"": candidate})
    return None


def _hands_out(directory: Path) -> bool:
    return {"memory", "pids"} <= set(_read(directory / "cgroup.subtree_control").split())


def _legacy(memberships: Mapping[str, str], points: Mapping[str, Path]) -> Hierarchy | None:
    parents = {}
    for controller in _V1_CONTROLLERS:
        if controller not in memberships or controller not in points:
            return None
        parents[controller] = points[controller] / memberships[controller].lstrip("/")
    if not all(_writable(parent) for parent in parents.values()):
        return None
    for controller in _V1_WELCOME:
        if controller in memberships and controller in points:
            parent = points[controller] / memberships[controller].lstrip("/")
            if _writable(parent):
                parents[controller] = parent
    return Hierarchy(1, parents)


def _writable(directory: Path) -> bool:
    return os.access(directory, os.W_OK) and os.access(directory / "cgroup.procs", os.W_OK)


def _read(path: Path) -> str:
    """Names in it may be of any bytes."""
    try:
        return os.fsdecode(path.read_bytes())
    except OSError:
        return ""


def _lines(text: str) -> Iterator[str]:
    """What else Python takes for the end of a line may be in a name."""
    return filter(None, text.split("\n"))


@dataclass
class Cgroup:
    """The cgroup of one instance, in every hierarchy it needs."""

    version: int
    paths: dict[str, Path]

    def create(self) -> None:
        for path in self.paths.values():
            path.mkdir(exist_ok=True)

    def rename(self, name: str) -> None:
        """v1 only: v2 knows no renaming."""
        for key, path in self.paths.items():
            self.paths[key] = path.rename(path.with_name(name))

    def join(self) -> None:
        """Move this process in. The first move in a while takes 5 to 12 ms."""
        for key, path in self.paths.items():
            try:
                (path / "cgroup.procs").write_text("0")
            except FileNotFoundError:
                raise
            except OSError:
                # A process with real-time scheduling, for one, may be in no group of the controller “cpu”.
                if key not in _V1_WELCOME:
                    raise

    def create_and_join(self) -> None:
        """Until this process is in, a starting engine of another pid namespace may take the empty groups for debris."""
        for attempt in range(_ATTEMPTS):
            try:
                self.create()
                self.join()
            except FileNotFoundError:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    def limit(self, limits: Limits) -> bool:
        """Set memory and processes; true if both hold, as read back."""
        files = self._limit_files(limits.memory, limits.processes + _SANDBOX_PROCESSES)
        for path, value in files.items():
            _write(path, str(value))
        self._limit_swap(limits.memory)
        return self.holds(limits.memory, limits.processes + _SANDBOX_PROCESSES)

    def limit_processors(self, cpus: float) -> bool:
        """Give it the time of so many processors, 0 = of all; true if that holds, as read back."""
        if not cpus:
            return True
        directory = self.paths.get("" if self.version == 2 else "cpu")
        if directory is None:
            return False
        quota = round(cpus * _PERIOD)
        if self.version == 2:
            _write(directory / "cpu.max", f"{quota} {_PERIOD}")
            return _read(directory / "cpu.max").split() == [str(quota), str(_PERIOD)]
        _write(directory / "cpu.cfs_period_us", str(_PERIOD))
        _write(directory / "cpu.cfs_quota_us", str(quota))
        return _read(directory / "cpu.cfs_quota_us").strip() == str(quota)

    def holds(self, memory: int, processes: int) -> bool:
        """Whether these limits, bytes and number, are in force, as read back."""
        return all(_holds(path, value) for path, value in self._limit_files(memory, processes).items())

    def _limit_files(self, memory: int, processes: int) -> dict[Path, int]:
        name = "memory.limit_in_bytes" if self.version == 1 else "memory.max"
        return {self._file("memory", name): memory, self._file("pids", "pids.max"): processes}

    def _limit_swap(self, memory: int) -> None:
        if self.version == 1:
            _write(self._file("memory", "memory.memsw.limit_in_bytes"), str(memory))
        else:
            _write(self._file("memory", "memory.swap.max"), "0")

    def _file(self, controller: str, name: str) -> Path:
        return (self.paths[""] if self.version == 2 else self.paths[controller]) / name

    @property
    def memory(self) -> int:
        name = "memory.usage_in_bytes" if self.version == 1 else "memory.current"
        return int(_read(self._file("memory", name)) or 0)

    @property
    def memory_kills(self) -> int:
        """How many processes were killed for want of memory."""
        name = "memory.oom_control" if self.version == 1 else "memory.events"
        words = _read(self._file("memory", name)).split()
        return int(words[words.index("oom_kill") + 1]) if "oom_kill" in words else 0

    def freeze(self, frozen: bool) -> None:
        if self.version == 1:
            _write(self._file("freezer", "freezer.state"), "FROZEN" if frozen else "THAWED")
        else:
            _write(self._file("", "cgroup.freeze"), str(int(frozen)))

    def processes(self) -> set[int]:
        return {int(pid) for path in self.paths.values() for pid in _read(path / "cgroup.procs").split()}

    def remove(self) -> bool:
        """True if nothing of it is left; processes must have ended before."""
        for path in self.paths.values():
            with contextlib.suppress(OSError):
                path.rmdir()
        return not any(path.exists() for path in self.paths.values())


def _write(path: Path, value: str) -> None:
    with contextlib.suppress(OSError):
        path.write_text(value)


def _holds(path: Path, value: int) -> bool:
    """The kernel rounds bytes down to pages."""
    text = _read(path).strip()
    return text.isdecimal() and 0 <= value - int(text) < os.sysconf("SC_PAGE_SIZE")


def of_process(pid: int) -> Cgroup | None:
    """The cgroup that somebody else has put a process into; None if the process or the group cannot be seen."""
    memberships = _memberships(_read(Path(f"/proc/{pid}/cgroup")))
    points = _mount_points(_read(_MOUNTS))
    version = 1 if "memory" in memberships else 2
    keys = _V1_CONTROLLERS if version == 1 else ("",)
    paths = {key: points[key] / memberships[key].lstrip("/") for key in keys if key in memberships and key in points}
    return Cgroup(version, paths) if len(paths) == len(keys) and all(path.is_dir() for path in paths.values()) else None


def directory_of(pid: int, controller: str) -> Path | None:
    """Where a controller of version 1 keeps what it has of a process; None if that cannot be seen."""
    memberships = _memberships(_read(Path(f"/proc/{pid}/cgroup")))
    points = _mount_points(_read(_MOUNTS))
    if controller not in memberships or controller not in points:
        return None
    return points[controller] / memberships[controller].lstrip("/")


def leftovers(name: str) -> list[Cgroup]:
    """Cgroups called `name`, wherever an earlier engine may have made them."""
    points = _mount_points(_read(_MOUNTS))
    found = []
    for controller in ("", *_V1_CONTROLLERS, *_V1_WELCOME):
        if controller in points:
            version = 1 if controller else 2
            found += [Cgroup(version, {controller: path}) for path in _named(points[controller], name)]
    return found


def _named(top: Path, name: str) -> Iterator[Path]:
    for directory, names, _files in os.walk(top):
        if name in names:
            yield Path(directory, name)
        names[:] = [entry for entry in names if not entry.startswith(PREFIX)]
