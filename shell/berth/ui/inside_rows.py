"""Rows of the card that looks into a running app: what the engine has found, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec
from PySide6.QtCore import QCoreApplication, QLocale

from berth.core.inside import UNLIMITED, Inside, MountInside, ProcessInside, SocketInside
from berth.core.plan import SANDBOX_UID
from berth.ui.translation import QT_TRANSLATE_NOOP, filled

_CONTEXT = "Inside"
_MOST_ROWS = 200

SECTIONS = {
    "overview": QT_TRANSLATE_NOOP("Inside", "At a glance"),
    "processes": QT_TRANSLATE_NOOP("Inside", "Processes"),
    "files": QT_TRANSLATE_NOOP("Inside", "Files"),
    "connections": QT_TRANSLATE_NOOP("Inside", "Connections"),
    "limits": QT_TRANSLATE_NOOP("Inside", "Limits"),
    "isolation": QT_TRANSLATE_NOOP("Inside", "Isolation"),
}
_SENTENCES = {
    "overview": QT_TRANSLATE_NOOP("Inside", "What the system itself says about it, at this moment."),
    "processes": QT_TRANSLATE_NOOP("Inside", "The programs that run for it, by their numbers inside."),
    "files": QT_TRANSLATE_NOOP(
        "Inside", "All that it can see of files: nothing else of this computer is there for it."
    ),
    "connections": QT_TRANSLATE_NOOP("Inside", "Whom it is connected with."),
    "limits": QT_TRANSLATE_NOOP("Inside", "It cannot take more than this, whatever it tries."),
    "isolation": QT_TRANSLATE_NOOP("Inside", "Views of the system that it has for itself, and what it may ask of it."),
}
_ORIGINS = {
    "image": QT_TRANSLATE_NOOP("Inside", "the app’s image"),
    "home": QT_TRANSLATE_NOOP("Inside", "its own data"),
    "scratch": QT_TRANSLATE_NOOP("Inside", "memory that is gone when it ends"),
    "desktop": QT_TRANSLATE_NOOP("Inside", "the desktop’s own sockets"),
    "received": QT_TRANSLATE_NOOP("Inside", "what you handed it"),
    "folder": QT_TRANSLATE_NOOP("Inside", "a folder of yours"),
    "network": QT_TRANSLATE_NOOP("Inside", "where it asks for names of the network"),
    "graphics": QT_TRANSLATE_NOOP("Inside", "the graphics card"),
    "runtime": QT_TRANSLATE_NOOP("Inside", "added by the container engine"),
    "other": QT_TRANSLATE_NOOP("Inside", "it is not known why"),
}
_NAMESPACES = {
    "user": QT_TRANSLATE_NOOP("Inside", "Users"),
    "mnt": QT_TRANSLATE_NOOP("Inside", "Files"),
    "pid": QT_TRANSLATE_NOOP("Inside", "Processes"),
    "net": QT_TRANSLATE_NOOP("Inside", "Network"),
    "ipc": QT_TRANSLATE_NOOP("Inside", "Shared memory"),
    "uts": QT_TRANSLATE_NOOP("Inside", "Name of the computer"),
    "cgroup": QT_TRANSLATE_NOOP("Inside", "Limits"),
    "time": QT_TRANSLATE_NOOP("Inside", "Clocks"),
}
_HIDDEN = {
    "command": QT_TRANSLATE_NOOP("Inside", "some processes"),
    "namespaces": QT_TRANSLATE_NOOP("Inside", "its views of the system"),
    "mounts": QT_TRANSLATE_NOOP("Inside", "its files"),
    "sockets": QT_TRANSLATE_NOOP("Inside", "its connections"),
    "environment": QT_TRANSLATE_NOOP("Inside", "its variables"),
    "files": QT_TRANSLATE_NOOP("Inside", "files that it has open"),
    "group": QT_TRANSLATE_NOOP("Inside", "its limits"),
}
_STATES = {
    "listening": QT_TRANSLATE_NOOP("Inside", "waits for others"),
    "connected": QT_TRANSLATE_NOOP("Inside", "connected"),
    "open": QT_TRANSLATE_NOOP("Inside", "open"),
}


class InsideRow(msgspec.Struct, frozen=True):
    """One line. `notable`: it is something that an app of Berth has not as a rule."""

    number: int
    label: str
    text: str
    notable: bool = False


Line = tuple[str, str] | tuple[str, str, bool]


def sentence(section: str) -> str:
    return _tr(_SENTENCES[section])


def inside_rows(found: Inside, section: str) -> list[InsideRow]:
    """The lines of one of `SECTIONS`."""
    lines = list(_LINES[section](found))
    rows = [InsideRow(number, *line) for number, line in enumerate(islice(lines, _MOST_ROWS))]
    if len(lines) > _MOST_ROWS:
        rows.append(
            InsideRow(_MOST_ROWS, _filled(QT_TRANSLATE_NOOP("Inside", "and %1 more"), len(lines) - _MOST_ROWS), "")
        )
    return rows


# --- at a glance


def _overview(found: Inside) -> Iterator[Line]:
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Who it is")), _user(found), not _is_nobody(found)
    if found.directory:
        yield _tr(QT_TRANSLATE_NOOP("Inside", "Works in")), found.directory
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Ends by")), found.stop_signal
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Memory")), _memory(found)
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Processes")), str(len(found.processes))
    powers = _powers(found)
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Power over the system")), powers or _none(), bool(powers)
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Network")), *_network(found)
    folders = [mount for mount in found.mounts if mount.origin == "folder"]
    if folders:
        names = ", ".join(mount.source for mount in folders[:5])
        yield _tr(QT_TRANSLATE_NOOP("Inside", "Folders of yours")), names, True
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Runs under")), found.runtime
    for sections, label in (
        (found.hidden, QT_TRANSLATE_NOOP("Inside", "Not visible to you")),
        (found.left_out, QT_TRANSLATE_NOOP("Inside", "Too much to show all of")),
    ):
        if sections:
            yield _tr(label), ", ".join(_tr(_HIDDEN[name]) for name in sections), True


def _is_nobody(found: Inside) -> bool:
    return _inside_user(found) == SANDBOX_UID or (not _powers(found) and found.no_new_privileges)


def _inside_user(found: Inside) -> int:
    for row in found.uid_map:
        if row.outside <= found.uid < row.outside + row.count:
            return row.inside + found.uid - row.outside
    return -1


def _user(found: Inside) -> str:
    inside = _inside_user(found)
    if inside == SANDBOX_UID:
        said = QT_TRANSLATE_NOOP("Inside", "It runs as nobody you know: user %1 inside, %2 outside.")
    else:
        said = QT_TRANSLATE_NOOP("Inside", "User %1 inside, %2 outside.")
    return _filled(said, max(inside, 0), found.uid)


def _memory(found: Inside) -> str:
    group = found.group
    if group is None:
        return _size(sum(process.memory for process in found.processes))
    if group.memory_limit == UNLIMITED:
        return _size(group.memory)
    return _filled(QT_TRANSLATE_NOOP("Inside", "%1 of at most %2"), _size(group.memory), _size(group.memory_limit))


def _powers(found: Inside) -> str:
    held = found.capabilities
    return ", ".join(sorted({*held.effective, *held.permitted, *held.inheritable, *held.ambient}))


def _network(found: Inside) -> tuple[str, bool]:
    outside = [device.name for device in found.devices if device.name != "lo"]
    if "sockets" in found.hidden and not found.devices:
        return _tr(QT_TRANSLATE_NOOP("Inside", "not visible to you")), True
    if not outside:
        return _tr(QT_TRANSLATE_NOOP("Inside", "It has no way to any network.")), False
    return _filled(QT_TRANSLATE_NOOP("Inside", "It has a way out: %1"), ", ".join(outside)), True


# --- the other sections


def _processes(found: Inside) -> Iterator[Line]:
    for process in found.processes:
        yield f"{process.pid}  {process.name}", _process(process)


def _process(process: ProcessInside) -> str:
    said = QT_TRANSLATE_NOOP("Inside", "%1, %2 s of the processor, number %3 outside")
    seconds = QLocale().toString(process.cpu, "f", 1)
    text = _filled(said, _size(process.memory), seconds, process.host_pid)
    return f"{text}\n{process.command}" if process.command else text


def _files(found: Inside) -> Iterator[Line]:
    shown = [mount for mount in found.mounts if mount.origin != "kernel"]
    for mount in shown:
        yield mount.target, _mount(mount), mount.origin in ("folder", "other")
    rest = len(found.mounts) - len(shown)
    if rest:
        said = QT_TRANSLATE_NOOP("Inside", "%1 places with the kernel’s own files")
        yield "/proc, /dev, /sys", _filled(said, rest)
    for file in found.files:
        said = QT_TRANSLATE_NOOP("Inside", "Process %1 has it open for writing.")
        yield file.path, _filled(said, file.process)


def _mount(mount: MountInside) -> str:
    may = QT_TRANSLATE_NOOP("Inside", "may write") if mount.writable else QT_TRANSLATE_NOOP("Inside", "may only read")
    parts = [_tr(_ORIGINS[mount.origin]), _tr(may)]
    if mount.source.startswith("/"):
        parts.append(mount.source)
    return ", ".join(parts)


def _connections(found: Inside) -> Iterator[Line]:
    text, notable = _network(found)
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Network")), text, notable
    ordered = sorted(found.sockets, key=lambda socket: (socket.kind == "unix", not socket.desktop))
    for socket in ordered:
        yield _socket(socket)


def _socket(socket: SocketInside) -> Line:
    state = _tr(_STATES[socket.state])
    if socket.desktop:
        return _tr(QT_TRANSLATE_NOOP("Inside", "The desktop")), f"{socket.peer}, {state}"
    if socket.kind == "unix":
        return _tr(QT_TRANSLATE_NOOP("Inside", "Between its own programs")), ", ".join(
            filter(None, (socket.local, state))
        )
    return socket.kind.upper(), ", ".join(filter(None, (socket.peer or socket.local, state))), True


def _limits(found: Inside) -> Iterator[Line]:
    group = found.group
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Memory")), _memory(found)
    if group is None:
        said = QT_TRANSLATE_NOOP("Inside", "Only each of its processes is limited, not all of them together.")
        yield _tr(QT_TRANSLATE_NOOP("Inside", "Together")), _tr(said), True
    else:
        count = str(group.processes)
        if group.process_limit != UNLIMITED:
            count = _filled(QT_TRANSLATE_NOOP("Inside", "%1 of at most %2"), count, group.process_limit)
        yield _tr(QT_TRANSLATE_NOOP("Inside", "Processes")), count
        if group.cpus:
            processors = QLocale().toString(group.cpus, "g", 3)
            yield _tr(QT_TRANSLATE_NOOP("Inside", "Processors, at most")), processors
    said = QT_TRANSLATE_NOOP("Inside", "at most %1 for each process")
    for limit in found.limits:
        if limit.hard != UNLIMITED:
            value = _size(limit.hard) if limit.unit == "bytes" else str(limit.hard)
            yield limit.name, _filled(said, value)


def _isolation(found: Inside) -> Iterator[Line]:
    own = _tr(QT_TRANSLATE_NOOP("Inside", "its own"))
    for space in found.namespaces:
        name = _NAMESPACES.get(space.kind)
        if space.desktop:
            text = _tr(QT_TRANSLATE_NOOP("Inside", "the same as the desktop’s"))
        elif space.instances:
            text = _filled(QT_TRANSLATE_NOOP("Inside", "shared with %1"), ", ".join(space.instances))
        else:
            text = own
        yield _tr(name) if name else space.kind, text, space.desktop and space.kind not in ("time", "user")
    powers = _powers(found)
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Power over the system")), powers or _none(), bool(powers)
    more = QT_TRANSLATE_NOOP("Inside", "It can never get any.")
    if not found.no_new_privileges:
        more = QT_TRANSLATE_NOOP("Inside", "A program that it starts may get more.")
    yield _tr(QT_TRANSLATE_NOOP("Inside", "More of it later")), _tr(more), not found.no_new_privileges
    yield from _calls(found)


def _calls(found: Inside) -> Iterator[Line]:
    label = _tr(QT_TRANSLATE_NOOP("Inside", "Refused system calls"))
    if found.seccomp.mode != "filter":
        yield label, _tr(QT_TRANSLATE_NOOP("Inside", "none: they are not filtered")), True
        return
    yield label, ", ".join(found.seccomp.refused)
    yield _tr(QT_TRANSLATE_NOOP("Inside", "Refused in part")), ", ".join(found.seccomp.restricted)


_LINES = {
    "overview": _overview,
    "processes": _processes,
    "files": _files,
    "connections": _connections,
    "limits": _limits,
    "isolation": _isolation,
}


def _none() -> str:
    return _tr(QT_TRANSLATE_NOOP("Inside", "none at all"))


def _filled(text: str, *values: object) -> str:
    return filled(_tr(text), *values)


def _size(size: int) -> str:
    return QLocale().formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def section_names() -> Iterable[dict[str, str]]:
    return [{"id": name, "name": _tr(text)} for name, text in SECTIONS.items()]


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
