"""What runs before an app's own command, with played programs in place of X servers and browsers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from berth.core.manifest import Manifest, WebPage
from berth.core.starters import starter

READY = 'for word; do case $word in --start=*) eval "${word#--start=}" ;; esac; done\n'
STARTED = "until [ -e /tmp/started ]; do sleep 0.01; done\n"
ENDED = "The X server of this app has ended, and the app with it."


def run(programs: Path, command: tuple[str, ...]) -> tuple[int, str]:
    """The exit code and what was said, in a container of which nothing is left afterwards."""
    inside = ("--dev-bind", "/", "/", "--proc", "/proc", "--tmpfs", "/tmp", "--ro-bind", str(programs), "/tmp/programs")
    inside += ("--unshare-pid", "--unshare-net", "--die-with-parent", "--setenv", "XDG_STATE_HOME", "/tmp")
    inside += ("--setenv", "PATH", "/tmp/programs:/usr/bin:/bin")
    ended = subprocess.run(["bwrap", *inside, *command], capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stderr


def play(programs: Path, name: str, script: str) -> None:
    path = programs / name
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)


def on_xpra(*command: str) -> tuple[str, ...]:
    *start, _client = starter(Manifest("a.B", "App", ("app",), display="xpra"))
    return (*start, "import time; time.sleep(1000)", *command)


@pytest.mark.parametrize(
    ("server", "app", "code", "said"),
    [
        ("echo no such screen; exit 1", "true", 1, "no such screen\nThe X server of this app did not start.\n"),
        (READY + STARTED + "echo why", "touch /tmp/started; exec sleep 1000", 1, f"why\n{ENDED}\n"),
        (
            READY + STARTED + "touch /tmp/ended",
            "touch /tmp/started; until [ -e /tmp/ended ]; do :; done; exit 1",
            1,
            ENDED,
        ),
        (READY + STARTED, "trap '' TERM; touch /tmp/started; sleep 1000", 137, ENDED),
        (READY + "sleep 1000", "exit 0", 0, ""),
        (READY + "sleep 1000", "exit 3", 3, ""),
    ],
)
def test_whatever_becomes_of_the_x_server_is_said(tmp_path: Path, server: str, app: str, code: int, said: str) -> None:
    play(tmp_path, "xpra", server)
    play(tmp_path, "wmctrl", "[ ! -e /tmp/ended ]")
    ended, told = run(tmp_path, on_xpra("/bin/sh", "-c", app))
    assert (ended, said in told if said else told) == (code, True if said else "")


def test_a_page_closes_with_its_server_however_soon_that_ends(tmp_path: Path) -> None:
    play(tmp_path, "chromium", "exec sleep 1000")
    server = "import socket, sys; socket.create_server(('127.0.0.1', 8080)).accept(); sys.exit(7)"
    start = starter(Manifest("a.B", "App", ("app",), display="web", web=WebPage(8080)))
    # Where the virtual environment is the container may have something else.
    python = str(Path(sys.executable).resolve())
    assert run(tmp_path, (*start, python, "-c", server)) == (7, "")
