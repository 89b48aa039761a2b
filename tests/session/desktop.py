"""A whole session under test: started, driven and ended through the command line, as a user would."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from berth.core.messages import Hello
from berth.core.paths import Paths, session_paths
from berth.link.blocking import BlockingLink

BERTH = str(Path(sys.executable).parent / "berth")
_START_SECONDS = 60.0
_GIVEN, GIVEN_UP = 3, "no data received from clipboard"


def wait_until(condition: Callable[[], Any], what: str | Callable[[], str], seconds: float = 30.0) -> Any:
    """The first true value of `condition`; fails the test after `seconds`, and says what it then is if asked to."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for: {what if isinstance(what, str) else what()}")
        time.sleep(0.02)


def given_until_it_comes(give: Callable[[], object], came: Callable[[], bool], said: Callable[[], str]) -> None:
    """Paste or drop something into a terminal until it is there.

    Foot gives up who has not answered within two seconds, which on a busy machine is nobody's fault, and says so in
    what it has `said`.
    """
    for _ in range(_GIVEN):
        given_up = said().count(GIVEN_UP)
        give()
        wait_until(lambda before=given_up: came() or said().count(GIVEN_UP) > before, "what was given")
        if came():
            return
    raise AssertionError(f"what was given came too late {_GIVEN} times: {said()}")


class Desktop:
    """A running session named `name` with its own runtime directory below `base`."""

    def __init__(
        self,
        name: str,
        base: Path,
        platform: str = "offscreen",
        size: str = "1280x800",
        extra: tuple[str, ...] = (),
        environment: Mapping[str, str] = {},
    ) -> None:
        base.mkdir(mode=0o700, exist_ok=True)
        hidden = ("DISPLAY", "WAYLAND_DISPLAY")
        inherited = {key: value for key, value in os.environ.items() if key not in hidden}
        # What somebody chooses here is not for the next desktop.
        own = {"XDG_RUNTIME_DIR": str(base), "XDG_CONFIG_HOME": str(base / "config"), "BERTH_SCHEME": "light"}
        self.environment = {**inherited, **own, **environment}
        self.name = name
        self.paths: Paths = session_paths(name, self.environment, os.getuid())
        command = [BERTH, "--name", name, "session", "--platform", platform, "--size", size, *extra]
        self.output = base / f"{name}.out"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        wait_until(self._started, f"session {name}: {self.output.read_text()}", _START_SECONDS)

    def _started(self) -> bool:
        text = self.output.read_text()
        if self.process.poll() is not None:
            raise AssertionError(f"the session ended at its start: {text} {self.logs()}")
        return "Berth is ready" in text

    def logs(self) -> str:
        files = sorted(self.paths.logs.glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-4000:]}" for file in files)

    # --- the command line

    def run(self, *arguments: str, code: int | None = 0, timeout: float = 90.0) -> subprocess.CompletedProcess[str]:
        """`berth --name NAME ARGUMENTS`; checks the exit code unless `code` is None."""
        result = subprocess.run(
            [BERTH, "--name", self.name, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if code is not None:
            assert result.returncode == code, f"{arguments}: {result.stdout}{result.stderr}\n{self.logs()}"
        assert "Traceback" not in result.stderr
        return result

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    def link(self) -> BlockingLink:
        return BlockingLink.connect(self.paths.engine_socket, Hello("control"))

    def start(self, app: str, *arguments: str) -> str:
        """Start an app, wait for its window, return the instance."""
        inner = ("--", *arguments) if arguments else ()
        return self.run("run", app, "--wait", "window", *inner).stdout.strip()

    def windows(self) -> list[dict[str, Any]]:
        return list(self.json("windows"))

    def window_of(self, instance: str) -> dict[str, Any]:
        """The instance's window, once the shell has it."""
        return dict(
            wait_until(
                lambda: next((w for w in self.windows() if w["instance"] == instance), None),
                f"a window of {instance}",
            )
        )

    def screenshot(self, file: Path, window: int = 0) -> Path:
        self.run("screenshot", str(file), *(("--window", str(window)) if window else ()))
        return file

    # --- its processes

    def pids(self) -> dict[str, int]:
        return dict(self.json("doctor")["session"]["processes"])

    def kill(self, name: str) -> None:
        """kill -9 one of ui, display, engine; returns when the next one does its work.

        Until then commands are told to be tried again in a moment, which is longer on a busy machine.
        """
        old = self.pids()[name]
        os.kill(old, signal.SIGKILL)
        wait_until(lambda: self._facts().get(name) not in (None, old), f"a new {name}")
        wait_until(lambda: self.run("windows", code=None).returncode == 0, f"{name} to work again", _START_SECONDS)

    def _facts(self) -> dict[str, int]:
        return dict(json.loads(self.paths.session_file.read_text())["processes"])

    def end(self) -> None:
        """Ctrl+C; fails if the session does not end by itself or leaves something behind."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"the session did not end\n{self.logs()}") from None
        left = residue(self.paths)
        logs = self.logs()
        shutil.rmtree(self.paths.state, ignore_errors=True)
        assert not left, f"the session left behind: {left}\n{logs}"


def residue(paths: Paths) -> list[str]:
    """What an ended session has left: processes, mounts, sockets, instance directories, control groups."""
    marker = str(paths.runtime)
    left = [
        f"process {pid}: {line}" for pid, line in _command_lines() if marker in line or f"--name {paths.name}" in line
    ]
    left += [line for line in Path("/proc/self/mounts").read_text().splitlines() if marker in line]
    left += [str(path) for path in paths.runtime.glob("*.sock")]
    left += [str(path) for root in (paths.instances, paths.received, paths.incoming) for path in root.glob("*")]
    return left


def _command_lines() -> list[tuple[int, str]]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if line and int(entry.name) != os.getpid():
            found.append((int(entry.name), line))
    return found
