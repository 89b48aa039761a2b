"""What `berth inside` prints: each part of a running instance, with a sentence that says what it means."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence

from berth import commands
from berth.core import messages as m
from berth.core.inside import UNLIMITED, IdRange, Inside, MountInside, Section, SocketInside
from berth.core.plan import SANDBOX_UID
from berth.output import as_builtins, print_json, print_table, size_text

_ORIGINS = {
    "image": "the app's image",
    "home": "its own data",
    "scratch": "memory, gone when it ends",
    "desktop": "sockets of the desktop",
    "received": "what you handed it",
    "folder": "a folder of yours",
    "network": "names of the network",
    "graphics": "the graphics card",
    "kernel": "the kernel's own",
    "runtime": "added by the container engine",
    "other": "not known",
}
_SECTIONS: dict[Section, str] = {
    "command": "some processes",
    "namespaces": "namespaces",
    "mounts": "mounts",
    "sockets": "sockets",
    "environment": "variables",
    "files": "open files",
    "group": "the control group",
}


def inside(options: argparse.Namespace) -> int:
    result = commands.ask(options, m.LookInside(options.instance))
    assert isinstance(result, m.InstanceInside)
    if options.json:
        print_json(as_builtins(result.inside))
        return 0
    _print(result.inside)
    return 0


def shell(options: argparse.Namespace) -> int:
    commands.ask(options, m.OpenShell(options.instance))
    return 0


def _print(found: Inside) -> None:
    _part(
        f"{_count(found.processes, 'process', 'processes')} of {found.instance}, under {found.runtime}.",
        ("PID", "OUTSIDE", "NAME", "MEMORY", "CPU", "THREADS", "COMMAND"),
        [
            (str(p.pid), str(p.host_pid), p.name, size_text(p.memory), f"{p.cpu:.1f} s", str(p.threads), p.command)
            for p in found.processes
        ],
    )
    _print_confines(found)
    _part(
        "What it sees of files; nothing else of this machine is there for it.",
        ("WHERE", "MAY WRITE", "WHAT", "FROM", "TYPE", "PERMISSION"),
        [_mount(mount) for mount in found.mounts],
    )
    _print_connections(found)
    _part(
        "Files that it has open for writing.",
        ("PROCESS", "FILE", "WHAT"),
        [(str(file.process), file.path, _ORIGINS[file.origin]) for file in found.files],
    )
    _part(
        "Variables it was started with; values that may be secret are not shown.",
        ("NAME", "VALUE"),
        [(variable.name, variable.value if variable.shown else "(not shown)") for variable in found.environment],
    )
    for sections, text in ((found.hidden, "Not visible to you"), (found.left_out, "Too much to show all")):
        if sections:
            print(f"{text}: {', '.join(_SECTIONS[section] for section in sections)}.", file=sys.stdout)


def _print_confines(found: Inside) -> None:
    works = f"works in {found.directory} and " if found.directory else ""
    print(f"{_user(found)}\nIt {works}is asked to end by {found.stop_signal}.\n", file=sys.stdout)
    _part(
        "Views of the system that it has for itself (namespaces).",
        ("KIND", "NUMBER", "WHOSE"),
        [(space.kind, str(space.inode), _whose(space.desktop, space.instances)) for space in found.namespaces],
    )
    print(f"{_rights(found)}\n{_calls(found)}\n", file=sys.stdout)
    if found.group is not None:
        group = found.group
        _part(
            f"It cannot take more than this (control group, version {group.version}).",
            ("WHAT", "NOW", "AT MOST"),
            [
                ("memory", size_text(group.memory), _bytes(group.memory_limit)),
                ("processes", str(group.processes), _number(group.process_limit)),
                (
                    "processors",
                    f"{group.cpu:.1f} s" if group.cpu >= 0 else "-",
                    f"{group.cpus:g}" if group.cpus else "all",
                ),
            ],
        )
    else:
        print("It has no control group of its own; limits hold for each process.\n", file=sys.stdout)
    limited = [limit for limit in found.limits if limit.hard != UNLIMITED]
    _part(
        "Limits of each process.",
        ("WHAT", "SOFT", "HARD", "IN"),
        [(limit.name, _number(limit.soft), _number(limit.hard), limit.unit or "-") for limit in limited],
    )


def _print_connections(found: Inside) -> None:
    _part(
        "Its connections." if found.sockets else "It has no connection to anything.",
        ("KIND", "STATE", "ADDRESS", "WITH", "PROCESS"),
        [_socket(socket) for socket in found.sockets],
    )
    outside = [device for device in found.devices if device.name != "lo"]
    _part(
        "It has a way to the network." if outside else "It has no way to any network.",
        ("DEVICE", "RECEIVED", "SENT"),
        [(device.name, size_text(device.received), size_text(device.sent)) for device in outside],
    )


def _part(sentence: str, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(sentence, file=sys.stdout)
    if rows:
        print_table(titles, rows)
    print(file=sys.stdout)


def _user(found: Inside) -> str:
    user = next((row.inside + found.uid - row.outside for row in found.uid_map if _holds(row, found.uid)), -1)
    if user == SANDBOX_UID:
        return f"It runs as nobody you know: user {user} inside, {found.uid} outside."
    return f"It runs as user {max(user, 0)} inside, {found.uid} outside."


def _holds(row: IdRange, uid: int) -> bool:
    return row.outside <= uid < row.outside + row.count


def _rights(found: Inside) -> str:
    held = found.capabilities
    names = sorted({*held.effective, *held.permitted, *held.inheritable, *held.ambient})
    more = "" if found.no_new_privileges else " A program that it starts may get more."
    if names:
        return f"It has these powers over the system: {', '.join(names)}.{more}"
    could = f" It could get: {', '.join(held.bounding)}." if held.bounding and not found.no_new_privileges else ""
    return f"It has no power over the system at all (capabilities).{more}{could}"


def _calls(found: Inside) -> str:
    if found.seccomp.mode != "filter":
        return f"Its system calls are not filtered (seccomp: {found.seccomp.mode})."
    count = len(found.seccomp.refused)
    partly = ", ".join(found.seccomp.restricted)
    return f"{count} system calls are refused, and some uses of {partly} (seccomp; the names: --json)."


def _whose(desktop: bool, instances: tuple[str, ...]) -> str:
    if desktop:
        return "the desktop's, shared"
    return f"shared with {', '.join(instances)}" if instances else "its own"


def _mount(mount: MountInside) -> tuple[str, ...]:
    writable = "yes" if mount.writable else "no"
    return mount.target, writable, _ORIGINS[mount.origin], mount.source, mount.type, mount.permission or "-"


def _socket(socket: SocketInside) -> tuple[str, ...]:
    peer = f"the desktop: {socket.peer}" if socket.desktop else socket.peer
    processes = ", ".join(str(process) for process in socket.processes)
    return socket.kind, socket.state, socket.local or "-", peer or "-", processes


def _count(things: Iterable[object], one: str, several: str) -> str:
    number = len(tuple(things))
    return f"{number} {one if number == 1 else several}"


def _number(value: int) -> str:
    return "no limit" if value == UNLIMITED else str(value)


def _bytes(value: int) -> str:
    return "no limit" if value == UNLIMITED else size_text(value)
