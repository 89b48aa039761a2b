"""A session starts, shows a desktop, ends without leaving anything, and says clearly why it cannot start."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.picture import Picture
from tests.session.desktop import BERTH, Desktop, wait_until


def test_shows_a_desktop_and_takes_its_first_screenshot(desktop: Desktop) -> None:
    wait_until(lambda: "Screenshot:" in desktop.output.read_text(), f"the first screenshot {desktop.output}")
    picture = Picture(desktop.paths.runtime / "screenshot.png")
    assert (picture.width, picture.height) == (1280, 800)
    assert len(picture.colours((0, 0, 1280, 800))) > 16


def test_two_sessions_side_by_side_know_nothing_of_each_other(new_desktop: Callable[..., Desktop]) -> None:
    first, second = new_desktop(), new_desktop()
    instance = first.start("org.codeberg.dnkl.foot")
    assert [row["instance"] for row in first.json("ps")] == [instance]
    assert second.json("ps") == []
    assert first.pids() != second.pids()


def test_second_session_of_the_same_name_is_refused(desktop: Desktop) -> None:
    result = desktop.run("session", "--platform", "offscreen", code=1)
    assert "is running already" in result.stderr
    assert desktop.json("ps") == []


def test_without_a_session_says_how_to_start_one(runtime_base: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "XDG_RUNTIME_DIR": str(runtime_base)}
    result = subprocess.run([BERTH, "ps"], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "No Berth session is running" in result.stderr and "berth session" in result.stderr


@pytest.mark.parametrize("mode", [0o755, 0o770])
def test_runtime_directory_open_to_others_is_refused(runtime_base: Path, mode: int) -> None:
    directory = runtime_base / "berth-open"
    directory.mkdir()
    directory.chmod(mode)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime_base)}
    command = [BERTH, "--name", "open", "session", "--platform", "offscreen"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "Other users can enter" in result.stderr and "chmod 700" in result.stderr


def test_runtime_directory_that_is_a_link_is_refused(runtime_base: Path) -> None:
    (runtime_base / "elsewhere").mkdir(mode=0o700)
    (runtime_base / "berth-link").symlink_to("elsewhere")
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime_base)}
    command = [BERTH, "--name", "link", "session", "--platform", "offscreen"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "is not yours" in result.stderr


@pytest.mark.parametrize("name", ["../x", "UPPER", "a b", "", "x" * 40])
def test_bad_session_names_are_refused(name: str) -> None:
    result = subprocess.run([BERTH, "--name", name, "ps"], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "cannot name a session" in result.stderr


def test_doctor_tells_the_processes_of_the_session(desktop: Desktop) -> None:
    pids = desktop.pids()
    for name in ("ui", "display", "engine"):
        assert f"berth.{name}" in Path(f"/proc/{pids[name]}/cmdline").read_text()


def test_vnc_screen_is_on_loopback_only_and_asks_for_a_password(new_desktop: Callable[..., Desktop]) -> None:
    desktop = new_desktop(platform="vnc")
    look = desktop.json("doctor")["session"]["look"]
    assert "127.0.0.1::" in look and "password" in look
    port = int(look.split("::")[1].split()[0])
    listening = [
        line.split() for file in ("tcp", "tcp6") for line in Path(f"/proc/net/{file}").read_text().splitlines()
    ]
    addresses = {row[1].split(":")[0] for row in listening if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    assert addresses and addresses <= {"0100007F", "00000000000000000000000001000000"}
    instance = desktop.start("org.codeberg.dnkl.foot")
    assert desktop.window_of(instance)["width"] > 100
