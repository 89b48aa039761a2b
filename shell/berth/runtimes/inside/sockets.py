"""Which sockets a process holds, and where they lead.

What the app's own network namespace has is read from /proc. That a socket leads to the desktop tells the file that its
other end is bound to: the kernel is asked for it, so an app cannot pretend.

Source: proc_net(5), unix(7), sock_diag(7)
"""

from __future__ import annotations

import ipaddress
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from berth.core.inside import DeviceInside, SocketInside
from berth.runtimes.inside import procfs

State = Literal["listening", "connected", "open"]
_PEERS = Path(__file__).with_name("peers.py")
_TIMEOUT_SECONDS = 10.0
_MOST_BYTES = 4 << 20
_LISTENING = 0x10000  # flag of a Unix socket: __SO_ACCEPTCON
_UNIX_LINE = re.compile(
    r"[0-9A-Fa-f]+: [0-9A-Fa-f]{8} [0-9A-Fa-f]{8} ([0-9A-Fa-f]{8}) [0-9A-Fa-f]{4} ([0-9A-Fa-f]{2}) +([0-9]+)(?: (.*))?"
)
_TCP_STATES: Mapping[str, State] = {"0A": "listening", "01": "connected"}
_UNIX_CONNECTED = "03"


def ends_of(pid: int) -> Mapping[int, int]:
    """By each connected Unix socket of the process's network the file that the other end is bound to, by its inode.

    Nothing where the namespace cannot be entered, as that of a container of Docker by who is only in its group.
    """
    try:
        asked = subprocess.run(
            [sys.executable, "-I", "-S", str(_PEERS), str(pid)],
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    found = [tuple(int(number) for number in line.split()) for line in asked.stdout.splitlines()]
    files = {inode: file for inode, _peer, file in found}
    return {inode: files[peer] for inode, peer, _file in found if files.get(peer)}


def names_in(directory: Path) -> Mapping[int, str]:
    """The desktop's sockets for an instance: their files' inodes and names."""
    try:
        with os.scandir(directory) as entries:
            return {
                entry.inode() & 0xFFFFFFFF: procfs.printable(entry.name, 64) for entry in entries if _is_socket(entry)
            }
    except OSError:
        return {}


def _is_socket(entry: os.DirEntry[str]) -> bool:
    return not (entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False) or entry.is_symlink())


def describe(
    pid: int, holders: Mapping[int, tuple[int, ...]], ends: Mapping[int, int], names: Mapping[int, str]
) -> tuple[SocketInside, ...]:
    """
    Args:
        pid: a process of the instance.
        holders: by inode of a socket the processes that hold it.
        names: of `names_in`.

    Raises:
        Hidden: the namespace's sockets cannot be seen.
    """
    return (
        *_unix(procfs.read(pid, "net/unix", _MOST_BYTES), holders, ends, names),
        *_internet(pid, "tcp", holders),
        *_internet(pid, "udp", holders),
    )


def _unix(
    table: bytes, holders: Mapping[int, tuple[int, ...]], ends: Mapping[int, int], names: Mapping[int, str]
) -> Iterator[SocketInside]:
    found: dict[int, tuple[State, str]] = {}
    doubtful: set[int] = set()
    for line in table.decode(errors="replace").split("\n"):
        matched = _UNIX_LINE.fullmatch(line)
        if matched and int(matched[3]) in holders:
            # A path may hold line ends, and so what looks like another socket.
            doubtful.update({int(matched[3])} & set(found))
            state: State = "open"
            if int(matched[1], 16) & _LISTENING:
                state = "listening"
            elif matched[2] == _UNIX_CONNECTED:
                state = "connected"
            found[int(matched[3])] = (state, matched[4] or "")
    for inode, (state, path) in found.items():
        name = names.get(ends.get(inode, 0), "")
        yield SocketInside(
            "unix",
            "open" if inode in doubtful else state,
            "" if inode in doubtful else procfs.printable(path, 200),
            name,
            bool(name),
            holders[inode],
        )


def _internet(pid: int, kind: Literal["tcp", "udp"], holders: Mapping[int, tuple[int, ...]]) -> Iterator[SocketInside]:
    for name in (kind, f"{kind}6"):
        for line in procfs.read(pid, f"net/{name}", _MOST_BYTES).decode(errors="replace").split("\n")[1:]:
            fields = line.split()
            if len(fields) < 10 or not fields[9].isdecimal() or int(fields[9]) not in holders:
                continue
            local, peer = address(fields[1]), address(fields[2])
            state = _TCP_STATES.get(fields[3], "open")
            if kind == "udp":
                state = "connected" if peer else "open"
            yield SocketInside(kind, state, local, peer, False, holders[int(fields[9])])


def address(text: str) -> str:
    """From the kernel's hexadecimal words; "" for any address at no port."""
    words, _, port = text.partition(":")
    try:
        number = int(port, 16)
        raw = b"".join(int(words[place : place + 8], 16).to_bytes(4, "little") for place in range(0, len(words), 8))
        host = ipaddress.ip_address(raw)
    except ValueError:
        return ""
    if host.is_unspecified and not number:
        return ""
    return f"[{host}]:{number}" if host.version == 6 else f"{host}:{number}"


def devices(pid: int) -> tuple[DeviceInside, ...]:
    """Raises `Hidden`."""
    text = procfs.read(pid, "net/dev", _MOST_BYTES).decode(errors="replace")
    return tuple(_devices(text.split("\n")[2:]))


def _devices(lines: Iterable[str]) -> Iterator[DeviceInside]:
    for line in lines:
        name, colon, counters = line.rpartition(":")
        fields = counters.split()
        if colon and len(fields) > 8 and fields[0].isdecimal() and fields[8].isdecimal():
            yield DeviceInside(procfs.printable(name.strip(), 64), int(fields[0]), int(fields[8]))
