"""The programs to compare with, on the same virtual X screen as Berth."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def virtual_screen(width: int, height: int) -> Iterator[str]:
    """An Xvfb; yields its display name."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        yield ":" + os.read(reader, 16).decode().strip()
    finally:
        os.close(reader)
        server.terminate()
        server.wait()


def _weston_command(width: int, height: int, socket: str) -> list[str]:
    version = subprocess.run(["weston", "--version"], capture_output=True, text=True, check=True).stdout
    major = int(re.findall(r"\d+", version)[0])
    renderer = ["--renderer=pixman"] if major >= 12 else ["--use-pixman"]
    size = [f"--width={width}", f"--height={height}"]
    return [
        "weston",
        "--backend=x11-backend.so",
        *renderer,
        *size,
        f"--socket={socket}",
        "--idle-time=0",
        "--no-config",
    ]


@contextmanager
def weston(display: str, runtime: Path, width: int, height: int) -> Iterator[tuple[int, dict[str, str], float]]:
    """Weston with the pixman renderer in an X window.

    Yields its process id, the environment for its clients and the seconds until its socket was there.
    """
    environment = {**os.environ, "DISPLAY": display, "XDG_RUNTIME_DIR": str(runtime)}
    start = time.monotonic()
    process = subprocess.Popen(
        _weston_command(width, height, "peer"), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not (runtime / "peer").exists():
            if process.poll() is not None or time.monotonic() - start > 20:
                raise SystemExit("weston did not start")
            time.sleep(0.002)
        yield process.pid, {**environment, "WAYLAND_DISPLAY": "peer"}, time.monotonic() - start
    finally:
        process.terminate()
        process.wait()
