"""`berth run` without a session, inside another Wayland desktop."""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.core.paths import Paths, session_paths
from berth.engine import standalone
from berth.engine.instance import private_root
from berth.engine.prompts import Question
from berth.runtimes.chosen import ChosenRuntime
from tests.engine.conftest import write_manifest
from tests.engine.process import WAIT

RUN = """
import os, sys
from berth.core.paths import session_paths
from berth.core.problem import Problem
from berth.engine.standalone import run_standalone
try:
    paths = session_paths("default", os.environ, os.getuid())
    sys.exit(run_standalone(paths, sys.argv[1], tuple(sys.argv[2:]), os.environ))
except Problem as problem:
    sys.exit(f"{problem.code}: {problem}")
"""

STOPPED = {128 + signal.SIGTERM, 128 + signal.SIGKILL, 128 + signal.SIGINT}
"""The app's own end, or that of one which had hardly begun, or of a start that was given up."""


class Host:
    """Another desktop: a socket that takes connections, and an environment that names it."""

    def __init__(self, base: Path, images: Path, manifests: Path) -> None:
        (base / "data/berth").mkdir(parents=True)
        (base / "data/berth/images").symlink_to(images)
        self.base = base
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(base / "wayland-7"))
        self.socket.listen()
        self.environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(base),
            "XDG_DATA_HOME": str(base / "data"),
            "WAYLAND_DISPLAY": "wayland-7",
            "BERTH_MANIFESTS": str(manifests),
        }

    def start(
        self, *arguments: str, stdin: int = subprocess.DEVNULL, stderr: int = subprocess.PIPE
    ) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", RUN, *arguments]
        return subprocess.Popen(command, env=self.environment, stdin=stdin, stdout=subprocess.PIPE, stderr=stderr)

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        _output, errors = process.communicate(timeout=WAIT)
        return process.returncode, errors.decode()

    def residue(self) -> list[str]:
        return [path.name for path in self.base.glob("berth*")]


@pytest.fixture
def host(base: Path, image_store: Path, manifests: Path) -> Iterator[Host]:
    host = Host(base, image_store, manifests)
    yield host
    host.socket.close()
    assert host.residue() == []


def wait_for_instance(host: Host) -> str:
    """The name of the instance directory, once the app has it."""
    poller = select.poll()
    for _ in range(2000):
        for directory in host.base.glob("berth.run-*/private/*/supervisor.sock"):
            return directory.parent.name
        poller.poll(10)
    raise AssertionError("no instance appeared")


def test_app_runs_in_its_container_and_its_exit_code_comes_back(host: Host) -> None:
    code, said = host.run("org.example.Exits")
    assert code == 3
    assert said == "berth: Exits exited with code 3: sorry\n"


def test_display_of_the_app_is_the_hosts(host: Host, manifests: Path) -> None:
    write_manifest(manifests, "org.example.Exits", '["/bin/sh", "-c", "test -S /run/user/1000/wayland-0 && exit 7"]')
    assert host.run("org.example.Exits")[0] == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupting_stops_the_app(host: Host, number: signal.Signals) -> None:
    process = host.start("org.example.Sleeper")
    wait_for_instance(host)
    process.send_signal(number)
    _output, errors = process.communicate(timeout=WAIT)
    assert process.returncode in STOPPED and errors == b""


def test_killed_run_is_cleaned_up_by_the_next(host: Host) -> None:
    process = host.start("org.example.Stubborn")
    instance = wait_for_instance(host)
    process.kill()
    process.communicate(timeout=WAIT)
    assert len(host.residue()) == 1
    assert host.run("org.example.Ends")[0] == 0
    assert not [line for line in _command_lines() if instance in line]


def test_another_run_may_take_a_new_directory_for_a_left_one(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = fcntl.flock
    waits: list[int] = []

    def swept(fd: int, operation: int) -> None:
        if not operation & fcntl.LOCK_NB:
            waits.append(fd)
            if len(waits) == 1:
                asyncio.run(standalone._sweep(base))
        locked(fd, operation)

    monkeypatch.setattr(fcntl, "flock", swept)
    with standalone._own_directory(session_paths("main", {"XDG_RUNTIME_DIR": str(base)}, os.getuid())) as own:
        assert own.instances.is_dir() and len(waits) == 2
        asyncio.run(standalone._sweep(base))
        assert own.instances.is_dir()
    assert list(base.glob("berth*")) == []


def _command_lines() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def test_without_a_terminal_the_answer_is_no_and_the_app_runs(host: Host) -> None:
    process = host.start("org.example.Asks")
    assert process.stderr is not None
    assert any(b"Asks may not use the network" in line for line in process.stderr)
    wait_for_instance(host)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=WAIT)
    assert process.returncode in STOPPED


def test_a_question_that_is_withdrawn_before_it_is_put_is_let_be(
    host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    failures: list[dict[str, object]] = []

    async def withdraw(own: Paths) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failures.append(context))
        run = standalone._Run(own, host.environment, ChosenRuntime(private_root(own)), str(host.base / "wayland-7"))
        asked = Question("org.example.Exits", "", "Exits", "", "i", "network", "To look things up.")
        asking = asyncio.create_task(run._consent.prompts.ask(asked))
        await asyncio.sleep(0)  # it opens the prompt, which is to be put next
        run._consent.prompts.withdraw_instance("i")
        assert await asking is None
        await run.close()

    with standalone._own_directory(session_paths("default", host.environment, os.getuid())) as own:
        asyncio.run(withdraw(own))
    assert failures == [] and capsys.readouterr().err == ""


@pytest.mark.parametrize(("typed", "codes"), [("y\n", STOPPED), ("n\n", {1})])
def test_required_permission_is_asked_on_the_terminal(host: Host, typed: str, codes: set[int]) -> None:
    terminal, ours = pty.openpty()
    process = host.start("org.example.Needs", stdin=ours, stderr=ours)
    os.close(ours)
    seen = b""
    while b"Allow?" not in seen:
        seen += os.read(terminal, 1000)
    assert b"It is a browser." in seen
    os.write(terminal, typed.encode())
    if codes == STOPPED:
        wait_for_instance(host)
        process.send_signal(signal.SIGINT)
    process.wait(WAIT)
    assert process.returncode in codes
    os.close(terminal)
    process.communicate()


def test_without_a_desktop_there_is_a_sentence(host: Host) -> None:
    host.environment["WAYLAND_DISPLAY"] = "wayland-none"
    code, said = host.run("org.example.Ends")
    assert code == 1 and said.startswith("no-display: There is no Wayland desktop")


def test_unknown_app_is_refused(host: Host) -> None:
    code, said = host.run("org.example.Slepper")
    assert code == 1 and "Did you mean “org.example.Sleeper”?" in said


def test_real_app_opens_its_window_in_weston(host: Host, manifests: Path) -> None:
    """Only with foot's image at hand, as after the set-up."""
    if shutil.which("weston") is None:
        pytest.skip("weston is not installed")
    store = Path.home() / ".local/share/berth/images"
    if not list(store.glob("icons/org.codeberg.dnkl.foot*")):
        pytest.skip("the image of foot is not built")
    (host.base / "data/berth/images").unlink()
    (host.base / "data/berth/images").symlink_to(store)
    write_manifest(manifests, "org.codeberg.dnkl.foot", '["foot"]')
    weston = subprocess.Popen(
        ["weston", "--backend=headless-backend.so", "--socket=wayland-8", "--idle-time=0"],
        env=host.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (host.base / "wayland-8").exists():
            assert weston.poll() is None
            select.select([], [], [], 0.02)
        host.environment["WAYLAND_DISPLAY"] = "wayland-8"
        process = host.start("org.codeberg.dnkl.foot")
        _output, said = process.communicate(timeout=WAIT)
    finally:
        weston.terminate()
        weston.wait(WAIT)
    # The headless weston has no seat: foot's complaint about that is proof that the two have spoken.
    assert process.returncode == 230, said
