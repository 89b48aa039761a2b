"""Berth and the programs to compare it with, each on a virtual X screen."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import descendants
from tests.ui.session import Session

NOBODY = 65534


@dataclass(frozen=True)
class Peer:
    """A running compositor.

    Attributes:
        pids: by part; all parts together are the compositor.
        environment: for its clients.
        up: seconds until its socket was there.
    """

    name: str
    pids: dict[str, int]
    environment: dict[str, str]
    up: float

    def processes(self) -> list[int]:
        return [pid for root in self.pids.values() for pid in descendants(root)]


Start = Callable[[str, int, int], AbstractContextManager[Peer]]
"""Starts a compositor on an X display, with a screen of a width and height."""


@contextmanager
def virtual_screen(width: int, height: int) -> Iterator[str]:
    """An Xvfb; yields its display name."""
    reader, writer = os.pipe()
    # Whoever has a user of its own may draw on it, too: sway refuses to run as root.
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-ac"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        yield ":" + os.read(reader, 16).decode().strip()
    finally:
        os.close(reader)
        server.terminate()
        server.wait()


def _weston_command(width: int, height: int, accelerated: bool) -> list[str]:
    version = subprocess.run(["weston", "--version"], capture_output=True, text=True, check=True).stdout
    major = int(re.findall(r"\d+", version)[0])
    pixman = ["--renderer=pixman"] if major >= 12 else ["--use-pixman"]
    return [
        "weston",
        "--backend=x11-backend.so",
        *([] if accelerated else pixman),
        f"--width={width}",
        f"--height={height}",
        "--socket=peer",
        "--idle-time=0",
        "--no-config",
    ]


@contextmanager
def _running(
    name: str, command: list[str], runtime: Path, more: dict[str, str], user: int | None = None
) -> Iterator[Peer]:
    """The compositor `command`, as soon as a client can connect; its socket is the first in `runtime`."""
    kept = {key: value for key, value in os.environ.items() if key not in ("WAYLAND_DISPLAY", "SWAYSOCK")}
    environment = {**kept, "XDG_RUNTIME_DIR": str(runtime), **more}
    start = time.monotonic()
    with (runtime / "log").open("wb") as log:
        groups: list[int] | None = [] if user is not None else None
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, user=user, group=user, extra_groups=groups
        )
    try:
        while not (sockets := [path for path in runtime.iterdir() if path.is_socket() and "ipc" not in path.name]):
            if process.poll() is not None or time.monotonic() - start > 20:
                raise SystemExit(f"{name} did not start: " + (runtime / "log").read_text(errors="replace")[-1000:])
            time.sleep(0.002)
        up = time.monotonic() - start
        yield Peer(name, {name: process.pid}, {**environment, "WAYLAND_DISPLAY": sockets[0].name}, up)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _directory(user: int | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bp-", dir="/tmp", ignore_cleanup_errors=True) as name:
        if user is not None:
            os.chown(name, user, user)
        yield Path(name)


@contextmanager
def weston(display: str, width: int, height: int, accelerated: bool = False) -> Iterator[Peer]:
    name = "weston (GL)" if accelerated else "weston (pixman)"
    command = _weston_command(width, height, accelerated)
    with _directory() as runtime, _running(name, command, runtime, {"DISPLAY": display}) as peer:
        yield peer


def _wlroots(display: str) -> dict[str, str]:
    return {"DISPLAY": display, "WLR_BACKENDS": "x11", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"}


@contextmanager
def sway(display: str, width: int, height: int) -> Iterator[Peer]:
    """Without its bar, windows floating; as an ordinary user, because it refuses to be root."""
    user = NOBODY if os.getuid() == 0 else None
    with _directory(user) as runtime:
        config = runtime / "config"
        config.write_text(
            f'output * mode --custom {width}x{height}\nfor_window [app_id=".*"] floating enable\nxwayland disable\n'
        )
        command = ["sway", "--config", str(config)]
        with _running("sway (pixman)", command, runtime, {**_wlroots(display), "HOME": str(runtime)}, user) as peer:
            yield peer


@contextmanager
def cage(display: str, _width: int, _height: int) -> Iterator[Peer]:
    """No shell at all: one window at a time, as large as the screen."""
    user = NOBODY if os.getuid() == 0 else None
    command = ["cage", "--", "sleep", "infinity"]
    with _directory(user) as runtime, _running("cage (pixman)", command, runtime, _wlroots(display), user) as peer:
        yield peer


@contextmanager
def berth(display: str, width: int, height: int, renderer: str = "software") -> Iterator[Peer]:
    """display and ui; the engine, which has no part in frames, is played by us."""
    environment = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
    with _directory() as folder:
        start = time.monotonic()
        session = Session(folder, f"{width}x{height}", environment, ["--renderer", renderer])
        try:
            path = session.instance("bench")
            up = time.monotonic() - start
            clients = {**os.environ, "XDG_RUNTIME_DIR": str(path.parent), "WAYLAND_DISPLAY": path.name}
            name = "Berth" if renderer == "software" else "Berth (GL)"
            yield Peer(name, {"display": session.display.pid, "ui": session.ui.pid}, clients, up)
        finally:
            session.close()


COMPOSITORS: dict[str, Start] = {
    "berth": berth,
    "berth-gl": lambda display, width, height: berth(display, width, height, "opengl"),
    "weston": weston,
    "weston-gl": lambda display, width, height: weston(display, width, height, True),
    "sway": sway,
    "cage": cage,
}


def available(names: list[str]) -> list[str]:
    """Those of `names` whose program is installed."""
    return [name for name in names if name.startswith("berth") or shutil.which(name.removesuffix("-gl"))]
