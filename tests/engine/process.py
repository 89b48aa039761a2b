"""A whole engine process under test, between a display server and callers that the test plays."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from berth.core import messages as m
from berth.core.paths import Paths, session_paths
from berth.core.problem import Problem
from berth.link.blocking import BlockingLink
from tests.ready import readable

WAIT = 60.0
"""Seconds after which what has not come will not come, however busy the machine is."""
T = TypeVar("T")


def is_alive(pid: int) -> bool:
    """A zombie has ended, even if whoever inherited it is slow to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(pid: int) -> bool:
    """Whether the process ends by itself: a supervisor tells the end of its app a moment before its own."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(readable([fd], WAIT))
    finally:
        os.close(fd)


class PlayedDisplay:
    """The display server's end of one connection."""

    def __init__(self, connection: socket.socket, known: tuple[str, ...]) -> None:
        self.link = BlockingLink(connection)
        hello, _fds = self.link.receive(WAIT)
        assert hello == m.Hello("engine")
        self.link.send(m.KnownInstances(known))
        self.sockets: dict[str, socket.socket] = {}
        self.buses: dict[str, socket.socket] = {}

    def expect(self, kind: type[T]) -> T:
        """The next message of this kind; sockets that come along are kept in `sockets` and `buses`."""
        while True:
            message, fds = self.link.receive(WAIT)
            if isinstance(message, m.ListenInstance):
                assert 1 <= len(fds) <= 2
                self.sockets[message.instance] = socket.socket(fileno=fds[0])
                for fd in fds[1:]:
                    self.buses[message.instance] = socket.socket(fileno=fd)
            if isinstance(message, kind):
                return message

    def connect(self, instance: str, clients: int = 1) -> None:
        self.link.send(m.InstanceConnections(instance, clients))

    def map(self, instance: str, windows: int = 1) -> None:
        self.link.send(m.InstanceMapped(instance, windows))

    def close(self) -> None:
        for listening in (*self.sockets.values(), *self.buses.values()):
            listening.close()
        self.link.close()


class Caller:
    """A control connection (or another role's), with the events it has seen."""

    def __init__(self, path: Path, role: Any = "control") -> None:
        self.link = BlockingLink.connect(path, m.Hello(role))
        self.events: list[m.AnyMessage] = []
        self._number = 1000

    def call(self, request: m.EngineRequest | m.ShellRequest, fds: tuple[int, ...] = ()) -> Any:
        return self.link.call(request, fds, WAIT, self.events.append)

    def begin(self, request: m.EngineRequest | m.ShellRequest) -> int:
        """Send a request without waiting for its answer."""
        self._number += 1
        self.link.send(m.Call(self._number, request))
        return self._number

    def result(self, number: int) -> Any:
        """The answer to what `begin` has sent. Raises its `Problem`."""
        answer = self.until(lambda message: isinstance(message, m.Reply | m.Failure) and message.call == number)
        if isinstance(answer, m.Failure):
            raise Problem(answer.problem.code, answer.problem.message, answer.problem.hint)
        assert isinstance(answer, m.Reply)
        return answer.result

    def until(self, wanted: Callable[[m.AnyMessage], bool]) -> m.AnyMessage:
        """The first message, old or new, that is wanted."""
        for message in self.events:
            if wanted(message):
                self.events.remove(message)
                return message
        while True:
            try:
                message, _fds = self.link.receive(WAIT)
            except Problem as problem:
                raise AssertionError(f"{problem}, after {self.events}") from None
            if wanted(message):
                return message
            self.events.append(message)

    def event(self, kind: type[T], wanted: Callable[[T], bool] = lambda _event: True) -> T:
        found = self.until(lambda message: isinstance(message, kind) and wanted(message))
        assert isinstance(found, kind)
        return found

    def state(self, instance: str, state: str) -> m.InstanceInfo:
        """Wait until the instance has reached a state."""
        event = self.event(m.InstanceChanged, lambda e: e.info.instance == instance and e.info.state == state)
        return event.info

    def close(self) -> None:
        self.link.close()


class EngineProcess:
    """Sockets as the supervisor makes them, the engine behind them."""

    def __init__(
        self,
        base: Path,
        images: Path,
        manifests: Path,
        extra: dict[str, str] | None = None,
        under: tuple[str, ...] = (),
        module: str = "berth.engine",
    ) -> None:
        """`extra` is added to its environment; `under` is the beginning of the command line that starts `module`."""
        self._under = under
        self.module = module
        data = base / "data"
        (data / "berth").mkdir(parents=True, exist_ok=True)
        (data / "berth" / "images").symlink_to(images)
        self.environment = {
            **{key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")},
            "XDG_RUNTIME_DIR": str(base),
            "XDG_DATA_HOME": str(data),
            "BERTH_MANIFESTS": str(manifests),
            "PYTHONWARNINGS": "error",
            **(extra or {}),
        }
        self.name = f"test-{os.getpid()}"
        self.paths: Paths = session_paths(self.name, self.environment, os.getuid())
        self.log = base / "engine.log"
        for directory in (self.paths.runtime, self.paths.instances, self.paths.state):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._listening = self._listen(self.paths.engine_socket)
        self._display = self._listen(self.paths.display_socket)
        self._open: list[Caller | PlayedDisplay] = []
        self.ended = False
        self.process = self._spawn()

    @staticmethod
    def _listen(path: Path) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(path))
        listening.listen(16)
        listening.settimeout(WAIT)
        return listening

    def _spawn(self) -> subprocess.Popen[bytes]:
        fd = self._listening.fileno()
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*self._under, sys.executable, "-m", self.module, "--name", self.name, "--listen-fd", str(fd)],
                env=self.environment,
                pass_fds=[fd],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def display(self, *known: str) -> PlayedDisplay:
        """Accept the engine's next connection as the display server."""
        connection, _address = self._display.accept()
        display = PlayedDisplay(connection, known)
        self._open.append(display)
        return display

    def caller(self, role: str = "control", *, subscribed: bool = True) -> Caller:
        caller = Caller(self.paths.engine_socket, role)
        self._open.append(caller)
        if subscribed:
            caller.call(m.Subscribe())
        return caller

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(WAIT)

    def restart(self) -> None:
        """kill -9, and what the supervisor does then."""
        self.kill()
        self.process = self._spawn()

    def leave(self) -> int:
        self.process.send_signal(signal.SIGUSR1)
        return self.process.wait(WAIT)

    def end(self) -> None:
        """SIGTERM, as at the end of a session; must end by itself and leave nothing."""
        if self.ended:
            return
        self.ended = True
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(WAIT)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"the engine did not end\n{self.log.read_text()}") from None
        for peer in self._open:
            peer.close()
        self._listening.close()
        self._display.close()
        left = self.residue()
        said = self.log.read_text()
        shutil.rmtree(self.paths.runtime)
        assert not left, f"left behind: {left}\n{said}"
        assert "Traceback" not in said, said

    def residue(self) -> list[str]:
        """Whatever carries the id of an instance of this engine, and stray processes of it."""
        marker = str(self.paths.runtime)
        left = [str(path) for root in ("instances", "private") for path in (self.paths.runtime / root).glob("*")]
        left += [str(path) for root in (self.paths.received, self.paths.incoming) for path in root.glob("*")]
        left += [line for line in Path("/proc/self/mounts").read_text().splitlines() if marker in line]
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if marker in line or f"--name {self.name}" in line:
                left.append(f"process {entry.name}: {line}")
        return left
