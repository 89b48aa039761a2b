"""What holds a process in: namespaces, capabilities, the filter of system calls, ids, limits.

Source: proc_pid_status(5), proc_pid_limits(5), user_namespaces(7), capabilities(7)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from berth.core.inside import (
    UNLIMITED,
    Capabilities,
    ControlGroup,
    IdRange,
    NamespaceInside,
    ResourceLimit,
    Seccomp,
)
from berth.runtimes import cgroups, seccomp
from berth.runtimes.inside import procfs

_KINDS = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time")
_CAPABILITIES = (
    *("chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap"),
    *("linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner"),
    *("sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice"),
    *("sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap"),
    *("mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf"),
    "checkpoint_restore",
)
"""By number: linux/capability.h."""
_MODES: Mapping[str, Literal["off", "strict", "filter"]] = {"0": "off", "1": "strict", "2": "filter"}
_NO_LIMIT_V1 = 1 << 60
"""Version 1 says "none" by the largest number of pages that there could be."""
_MOST_RANGES = 64
_NANOSECOND, _MICROSECOND = 1e-9, 1e-6


def namespaces(pid: int, others: Mapping[str, int]) -> tuple[NamespaceInside, ...]:
    """
    Args:
        others: a process of each other instance.

    Raises:
        Hidden: they cannot be seen.
    """
    own = _namespaces("self")
    theirs = {instance: _namespaces_if_seen(other) for instance, other in others.items()}
    return tuple(
        NamespaceInside(
            kind,
            int(name.rpartition("[")[2].rstrip("]")),
            own.get(kind) == name,
            tuple(sorted(instance for instance, found in theirs.items() if found.get(kind) == name)),
        )
        for kind, name in _namespaces(pid).items()
    )


def _namespaces_if_seen(pid: int) -> Mapping[str, str]:
    try:
        return _namespaces(pid)
    except procfs.Hidden:
        return {}


def _namespaces(pid: int | str) -> Mapping[str, str]:
    found = {kind: procfs.link(f"/proc/{pid}/ns/{kind}") for kind in _KINDS}
    return {
        kind: name
        for kind, name in found.items()
        if name.startswith(f"{kind}:[") and name[len(kind) + 2 : -1].isdecimal()
    }


def capabilities(status: Mapping[str, str]) -> Capabilities:
    sets = ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")
    return Capabilities(*(tuple(_capability_names(status.get(name, "0"))) for name in sets))


def _capability_names(mask: str) -> Iterator[str]:
    bits = int(mask, 16)
    for number in range(bits.bit_length()):
        if bits >> number & 1:
            yield _CAPABILITIES[number] if number < len(_CAPABILITIES) else str(number)


def filter_of(status: Mapping[str, str]) -> Seccomp:
    mode = _MODES.get(status.get("Seccomp", ""))
    filters = int(status.get("Seccomp_filters", "-1"))
    return Seccomp(mode, filters, *seccomp.refused()) if mode == "filter" else Seccomp(mode or "unknown", filters)


def real_user(status: Mapping[str, str]) -> int:
    return int(status.get("Uid", "-1").split()[0])


def id_map(pid: int, name: str) -> tuple[IdRange, ...]:
    """`name` is "uid_map" or "gid_map"."""
    try:
        text = procfs.read(pid, name).decode()
    except procfs.Hidden:
        return ()
    rows = [line.split() for line in text.split("\n")[:_MOST_RANGES]]
    return tuple(IdRange(*(int(number) for number in row)) for row in rows if len(row) == 3)


def resource_limits(pid: int) -> tuple[ResourceLimit, ...]:
    try:
        text = procfs.read(pid, "limits").decode()
    except procfs.Hidden:
        return ()
    return tuple(_resource_limit(line) for line in text.split("\n")[1:] if line)


def _resource_limit(line: str) -> ResourceLimit:
    """The kernel writes columns of fixed width."""
    name, soft, hard, unit = line[:26], line[26:47], line[47:68], line[68:]
    return ResourceLimit(name.strip().removeprefix("Max "), _limit(soft), _limit(hard), unit.strip())


def _limit(text: str) -> int:
    return int(text) if text.strip().isdecimal() else UNLIMITED


def group(pid: int) -> ControlGroup | None:
    """The control group of a process that has one of its own; None if it cannot be read."""
    found = cgroups.of_process(pid)
    if found is None:
        return None
    if found.version == 1:
        return _legacy(pid, found)
    directory = found.paths[""]
    used = dict(line.split(" ", 1) for line in _text(directory / "cpu.stat").splitlines() if " " in line)
    return ControlGroup(
        2,
        procfs.printable(str(directory)),
        _number(directory / "memory.current", 0),
        _number(directory / "memory.max"),
        _number(directory / "pids.current", 0),
        _number(directory / "pids.max"),
        float(used["usage_usec"]) * _MICROSECOND if "usage_usec" in used else -1.0,
        _processors(_text(directory / "cpu.max").split()),
    )


def _legacy(pid: int, found: cgroups.Cgroup) -> ControlGroup:
    memory, processes = found.paths["memory"], found.paths["pids"]
    limit = _number(memory / "memory.limit_in_bytes")
    accounting, processors = (cgroups.directory_of(pid, name) for name in ("cpuacct", "cpu"))
    # Only where the instance has a group of its own there is it the instance's time.
    own = accounting is not None and accounting.name == memory.name
    used = _number(accounting / "cpuacct.usage") if own and accounting is not None else UNLIMITED
    quota: list[str] = []
    if processors is not None and processors.name == memory.name:
        quota = [_text(processors / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]
    return ControlGroup(
        1,
        procfs.printable(str(memory)),
        _number(memory / "memory.usage_in_bytes", 0),
        limit if limit < _NO_LIMIT_V1 else UNLIMITED,
        _number(processes / "pids.current", 0),
        _number(processes / "pids.max"),
        used * _NANOSECOND if used >= 0 else -1.0,
        _processors(quota),
    )


def _processors(quota: list[str]) -> float:
    """From microseconds of a period, 0 = all."""
    if len(quota) == 2 and all(part.isdecimal() for part in quota) and int(quota[1]):
        return int(quota[0]) / int(quota[1])
    return 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _number(path: Path, missing: int = UNLIMITED) -> int:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else missing
