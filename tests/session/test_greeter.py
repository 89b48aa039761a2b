"""The login screen as its processes, and Berth's side of the conversation with a real greetd."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from berth import screens
from tests.login import throwaway
from tests.login.greetd_server import asking, greetd
from tests.session.desktop import wait_until

_SOURCE = Path(__file__).parents[2] / "shell"
_REFUSED = """
import os, pathlib, sys
sys.path.insert(0, {source!r})  # greetd hands no PYTHONPATH on
from berth.login import greetd
heard = []
outcome = greetd.log_in(
    os.environ["GREETD_SOCK"], "nobody", greetd.Program(("true",)), lambda *said: heard.append(said) or "wrong"
)
pathlib.Path({told!r}).write_text(outcome + " " + heard[0][0])
"""
_LOGS_IN = """
import os, pathlib, socket, subprocess, sys
sys.path.insert(0, {source!r})
from berth.core.messages import Hello, LockState, UnlockAnswer
from berth.link.blocking import BlockingLink
folder = pathlib.Path({folder!r})
environment = dict(os.environ, PYTHONPATH={source!r})
state = str(folder / "state")
asking = [sys.executable, "-m", "berth.login.offers", "--state", state]
offers = subprocess.run(asking, env=environment, capture_output=True)
(folder / "offers").write_bytes(offers.stdout)
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(str(folder / "display"))  # whoever comes a second time has no place
    listener.listen()
    command = [sys.executable, "-m", "berth.display", "--greeter", state, "--listen-fd", str(listener.fileno())]
    display = subprocess.Popen(command, pass_fds=[listener.fileno()], env=environment)
    link = BlockingLink.connect(folder / "display", Hello("ui"))
link.send(UnlockAnswer({password!r}, {user!r}, "throwaway"))
outcome = ""
while not outcome:
    message, _fds = link.receive(60)
    if isinstance(message, LockState):
        outcome = "started" if message.started else message.outcome
(folder / "outcome").write_text(outcome)
link.close()
display.terminate()
display.wait()
"""
_CONFIG = """
[terminal]
vt = "none"
[default_session]
command = "{command}"
user = "root"
"""


def test_without_greetd_it_says_what_is_missing(runtime_base: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "GREETD_SOCK"}
    command = [sys.executable, "-m", "berth", "greeter", "--platform", "offscreen"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1 and "needs greetd" in result.stderr


def test_it_starts_display_and_ui_alone(runtime_base: Path, tmp_path: Path) -> None:
    with greetd(tmp_path / "greetd", asking("x")) as served:
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime_base), "GREETD_SOCK": str(served.place)}
        state = tmp_path / "state"
        command = [sys.executable, "-m", "berth", "greeter", "--platform", "offscreen", "--state", str(state)]
        said = tmp_path / "said"
        with said.open("wb") as output:
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            wait_until(lambda: "Berth is ready" in said.read_text(), "the first frame", 60)
            runtime = runtime_base / "berth-greeter"
            facts = json.loads((runtime / "session.json").read_text())
            assert set(facts["processes"]) == {"display", "ui"} and not (runtime / "engine.sock").exists()
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        log = (runtime / "logs/ui.log").read_text()
        assert "ERROR" not in log and "qml" not in log.lower()


@pytest.mark.parametrize(
    ("environment", "platform"),
    [
        # What greetd gives the session that was chosen, and a login on a terminal.
        ({"XDG_SESSION_TYPE": "wayland", "XDG_VTNR": "7"}, "cage"),
        ({"XDG_SESSION_TYPE": "tty", "XDG_VTNR": "1"}, "cage"),
        ({"XDG_SESSION_TYPE": "wayland", "XDG_VTNR": "7", "WAYLAND_DISPLAY": "wayland-0"}, "window"),
        ({"XDG_SESSION_TYPE": "wayland"}, "vnc"),
        ({}, "vnc"),
    ],
)
def test_the_session_that_begins_gets_the_screen(
    environment: dict[str, str], platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "card0").touch()
    monkeypatch.setattr(screens, "_GRAPHICS", tmp_path)
    monkeypatch.setattr(screens.shutil, "which", lambda program: f"/usr/bin/{program}")
    assert screens.choose_platform(environment) == platform


@pytest.fixture
def real_greetd(tmp_path: Path) -> str:
    """The program, taken out of its package where it is not installed: that would make it the machine's login."""
    if os.getuid() != 0:
        pytest.skip("greetd needs root")
    if present := shutil.which("greetd"):
        return present
    place = tmp_path / "package"
    place.mkdir()
    fetched = subprocess.run(["apt-get", "-qq", "download", "greetd"], cwd=place, check=False, capture_output=True)
    packages = list(place.glob("*.deb"))
    if fetched.returncode or not packages:
        pytest.skip("greetd is not here and cannot be fetched")
    subprocess.run(["dpkg-deb", "-x", packages[0], place], check=True)
    return str(place / "usr/sbin/greetd")


def test_a_real_greetd_refuses_a_wrong_password(real_greetd: str, tmp_path: Path) -> None:
    program, told, config = tmp_path / "greeter.py", tmp_path / "told", tmp_path / "config.toml"
    program.write_text(_REFUSED.format(told=str(told), source=str(_SOURCE)))
    config.write_text(_CONFIG.format(command=f"{sys.executable} {program}"))
    served = subprocess.Popen([real_greetd, "--config", str(config)], stderr=subprocess.DEVNULL)
    try:
        wait_until(told.exists, "the answer of greetd", 60)
        wait_until(told.read_text, "its text")
    finally:
        served.terminate()
        served.wait(30)
    assert told.read_text() == "wrong secret"


@pytest.mark.skipif(not throwaway.possible(), reason="no namespace of mounts can be made")
def test_somebody_logs_in(real_greetd: str, tmp_path: Path) -> None:
    """The real greetd, a real account with a password, PAM's module for it, and the session as that user."""
    folder = tmp_path / "machine"
    home = throwaway.prepare(folder, runs="id -un > t; pwd >> t; env >> t; mv t told; exec sleep 100")
    program, config = tmp_path / "greeter.py", tmp_path / "config.toml"
    facts = {"source": str(_SOURCE), "folder": str(tmp_path), "user": throwaway.USER, "password": throwaway.PASSWORD}
    program.write_text(_LOGS_IN.format(**facts))
    config.write_text(_CONFIG.format(command=f"{sys.executable} {program}"))
    served = subprocess.Popen(throwaway.inside(folder, real_greetd, "--config", str(config)))
    try:
        wait_until((home / "told").exists, "the session of the user", 90)
    finally:
        served.kill()
        served.wait(30)
    assert (tmp_path / "outcome").read_text() == "started"
    who, where, *environment = (home / "told").read_text().splitlines()
    assert (who, where) == (throwaway.USER, f"/home/{throwaway.USER}")
    assert {"XDG_SESSION_TYPE=wayland", "XDG_SESSION_DESKTOP=throwaway"} <= set(environment)
    assert not any(line.startswith("BERTH_") or throwaway.PASSWORD in line for line in environment)
    offers = json.loads((tmp_path / "offers").read_text())
    assert [throwaway.USER, throwaway.NAME] in offers["people"] and ["throwaway", "Throwaway"] in offers["sessions"]
    assert json.loads((tmp_path / "state/last-login.json").read_text()) == [throwaway.USER, "throwaway"]
    assert throwaway.USER not in Path("/etc/passwd").read_text()
