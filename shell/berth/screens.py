"""Where the desktop is shown: a host's window, cage, a VNC screen on loopback, or nowhere.

Each way yields the environment the ui starts in and the programs that must run beside it.
They outlive a restart of the ui, so the screen stays.
"""

from __future__ import annotations

import os
import secrets
import select
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from berth.core.outputs import OutputSpec
from berth.core.problem import Problem
from berth.processes import Process, spawn

_GRAPHICS = Path("/dev/dri")
Platform = Literal["auto", "window", "cage", "vnc", "offscreen"]
_VNC_PORTS = range(5901, 5999)
_START_SECONDS = 15.0


@dataclass
class Screen:
    """A place for the ui. `look` says in one line how to see it, "" if it is in front of the user."""

    platform: Platform
    environment: dict[str, str]
    look: str = ""
    processes: list[Process] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def close(self) -> None:
        for process in reversed(self.processes):
            process.end(3.0)
        for path in self.files:
            path.unlink(missing_ok=True)


def choose_platform(environment: Mapping[str, str]) -> Platform:
    """The platform that `auto` stands for: a window where there is a display, cage on a
    virtual terminal with graphics, else VNC."""
    if environment.get("WAYLAND_DISPLAY") or environment.get("DISPLAY"):
        return "window"
    # A login screen says which kind of session it starts, before there is a compositor: that is us.
    on_terminal = environment.get("XDG_SESSION_TYPE") in ("tty", "wayland") and environment.get("XDG_VTNR")
    if on_terminal and any(_GRAPHICS.glob("card*")) and shutil.which("cage"):
        return "cage"
    return "vnc" if shutil.which("Xtigervnc") else "offscreen"


def open_screen(
    platform: Platform, environment: Mapping[str, str], runtime: Path, logs: Path, outputs: Sequence[OutputSpec]
) -> Screen:
    """Start what the platform needs.

    Raises:
        Problem: if the platform cannot work here, with what to do about it.
    """
    if platform == "auto":
        platform = choose_platform(environment)
    if platform == "window":
        return _window(environment)
    if platform == "cage":
        return _cage(environment, logs)
    if platform == "vnc":
        return _vnc(environment, runtime, logs, _extent(outputs))
    return Screen("offscreen", {**environment, "QT_QPA_PLATFORM": "offscreen"})


def _extent(outputs: Sequence[OutputSpec]) -> tuple[int, int]:
    """Room for a window of each beside the other."""
    return sum(output.width for output in outputs), max(output.height for output in outputs)


def _window(environment: Mapping[str, str]) -> Screen:
    if environment.get("WAYLAND_DISPLAY"):
        return Screen("window", {**environment, "QT_QPA_PLATFORM": "wayland"})
    if environment.get("DISPLAY"):
        return Screen("window", {**environment, "QT_QPA_PLATFORM": "xcb"})
    raise Problem(
        "no-display",
        "There is no display to open a window on.",
        "Use --platform vnc, or start Berth from a terminal inside a desktop.",
    )


def _program(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise Problem(
            "program-missing", f"The program {name} is missing.", f"Install it with: apt-get install {package}"
        )
    return path


def _read_line(fd: int, process: Process, what: str, log: Path) -> str:
    """The first line a child writes to `fd`; raises `Problem` if it ends or stays silent."""
    received = b""
    deadline = time.monotonic() + _START_SECONDS
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    poll.register(process.pidfd, select.POLLIN)
    while not received.endswith(b"\n"):
        ready = {number for number, _events in poll.poll(max(deadline - time.monotonic(), 0) * 1000)}
        chunk = os.read(fd, 256) if fd in ready else b""
        if not chunk:
            raise Problem("screen-failed", f"{what} did not start.", f"{_last_line(log)} (all its messages: {log})")
        received += chunk
    return received.decode(errors="replace").strip()


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"It said: {lines[-1][:200]}" if lines else "It said nothing"


def _spawn_telling(name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> tuple[Process, str]:
    """Start a program that tells one line, and wait for that.

    ``{fd}`` in `command` stands for the descriptor it is told on. Raises `Problem` ``screen-failed``.
    """
    reader, writer = os.pipe()
    try:
        told = [word.replace("{fd}", str(writer)) for word in command]
        process = spawn(name, told, log, time.monotonic(), environment, [writer])
        os.close(writer)
        writer = -1
        try:
            return process, _read_line(reader, process, f"The screen ({name})", log)
        except Problem:
            process.end(1.0)
            raise
    finally:
        os.close(reader)
        if writer >= 0:
            os.close(writer)


def _cage(environment: Mapping[str, str], logs: Path) -> Screen:
    cage = _program("cage", "cage")
    if os.getuid() == 0:
        raise Problem("cage-root", "cage refuses to run as root.", "Log in as an ordinary user for --platform cage.")
    # cage lives as long as its first client: a shell that tells us the socket and waits,
    # so that a restart of the ui does not take the screen away.
    script = 'echo "$WAYLAND_DISPLAY" >/dev/fd/{fd}; exec sleep infinity'
    command = [cage, "-d", "--", "/bin/sh", "-c", script]
    process, display = _spawn_telling("cage", command, logs / "cage.log", environment)
    return Screen(
        "cage", {**environment, "WAYLAND_DISPLAY": display, "QT_QPA_PLATFORM": "wayland"}, processes=[process]
    )


def _free_port() -> int:
    for port in _VNC_PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Problem("no-port", "Every VNC port from 5901 to 5998 is in use.", "End a session you no longer need.")


def _write_private(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(content)


def _xauthority(cookie: bytes) -> bytes:
    """An entry that matches any display (FamilyWild), see Xau(3)."""
    name = b"MIT-MAGIC-COOKIE-1"
    fields = (b"", b"", name, cookie)
    return struct.pack(">H", 0xFFFF) + b"".join(struct.pack(">H", len(item)) + item for item in fields)


def _vnc(environment: Mapping[str, str], runtime: Path, logs: Path, size: tuple[int, int]) -> Screen:
    server = _program("Xtigervnc", "tigervnc-standalone-server")
    encrypt = _program("tigervncpasswd", "tigervnc-tools")
    password = secrets.token_hex(4)
    password_file, authority = runtime / "vnc.password", runtime / "vnc.xauthority"
    encrypted = subprocess.run([encrypt, "-f"], input=password.encode() + b"\n", capture_output=True, check=True)
    _write_private(password_file, encrypted.stdout)
    _write_private(authority, _xauthority(secrets.token_bytes(16)))
    port = _free_port()
    command = [server, "-displayfd", "{fd}", "-rfbport", str(port), "-localhost", "-nolisten", "tcp"]
    command += ["-SecurityTypes", "VncAuth", "-PasswordFile", str(password_file), "-auth", str(authority)]
    command += ["-geometry", f"{size[0]}x{size[1]}", "-depth", "24", "-AlwaysShared", "-desktop", "Berth"]
    process, number = _spawn_telling("vnc", command, logs / "vnc.log", environment)
    shown = {key: value for key, value in environment.items() if key != "WAYLAND_DISPLAY"}
    shown |= {"DISPLAY": f":{number}", "XAUTHORITY": str(authority), "QT_QPA_PLATFORM": "xcb"}
    look = f"vncviewer 127.0.0.1::{port}   (password {password}; this machine only, elsewhere through ssh -L)"
    return Screen("vnc", shown, look, [process], [password_file, authority])
