"""Reading /proc of processes that may end at any moment, are hostile, or belong to somebody else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path


class Hidden(Exception):
    """This user may not see it."""


def read(pid: int, name: str, most: int = 64 << 10) -> bytes:
    """At most so many bytes of a file of /proc/PID; empty if the process is gone.

    Raises:
        Hidden: it is not for us.
    """
    try:
        fd = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:
        raise Hidden from None
    except OSError:
        return b""
    data = bytearray()
    try:
        while len(data) < most and (piece := os.read(fd, most - len(data))):
            data += piece
    except PermissionError:
        raise Hidden from None
    except OSError:  # it has ended meanwhile
        pass
    finally:
        os.close(fd)
    return bytes(data)


def link(path: str) -> str:
    """Where a link of /proc leads, "" if it is gone. Nothing is followed, so nothing can keep us waiting.

    Raises:
        Hidden: it is not for us.
    """
    try:
        return str(Path(path).readlink())
    except PermissionError:
        raise Hidden from None
    except OSError:
        return ""


def names(path: str, most: int) -> list[str]:
    """At most so many entries of a directory, none if it is gone. Raises `Hidden`."""
    found: list[str] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                found.append(entry.name)
                if len(found) == most:
                    break
    except PermissionError:
        raise Hidden from None
    except OSError:
        pass
    return found


def printable(data: bytes | str, most: int = 1024) -> str:
    """Text that cannot move a cursor, turn a line around or fill a screen."""
    text = data.decode(errors="replace") if isinstance(data, bytes) else data
    text = text.encode(errors="surrogateescape").decode(errors="replace")
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:most])
    return f"{shown}…" if len(text) > most else shown


def status(pid: int) -> Mapping[str, str]:
    """Fields of /proc/PID/status; empty if the process is gone or hidden."""
    try:
        text = read(pid, "status").decode(errors="replace")
    except Hidden:
        return {}
    # The name, which the process chooses, comes first, in one line; the kernel escapes line ends in it.
    return {name: value.strip() for name, colon, value in (line.partition(":") for line in text.split("\n")) if colon}


def stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third, the state, on; empty if the process is gone or hidden."""
    try:
        return read(pid, "stat", 4096).rpartition(b")")[2].decode(errors="replace").split()
    except Hidden:
        return []


def pids() -> Iterator[int]:
    return (int(name) for name in names("/proc", 1 << 20) if name.isdecimal())
