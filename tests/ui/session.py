"""A real display server and a real ui process; the test itself plays the engine and the apps."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from berth.core.messages import (
    Apps,
    Call,
    Done,
    Hello,
    InputButton,
    InputClick,
    InputDrag,
    InputKey,
    InputMove,
    InputScroll,
    InputTouch,
    InputType,
    InstanceChanged,
    InstanceInfo,
    Instances,
    ListApps,
    ListenInstance,
    ListInstances,
    ListPrompts,
    ListWindows,
    MoveWindow,
    Picture,
    Prompts,
    Reply,
    ResizeWindow,
    Result,
    Screenshot,
    SetAppPalette,
    ShellRequest,
    SoundSetting,
    Subscribe,
    WindowAction,
    WindowInfo,
    Windows,
)
from berth.core.paths import session_paths
from berth.link.blocking import BlockingLink
from tests.display.client import ClientError
from tests.display.shapes import App
from tests.picture import Picture as Image
from tests.ready import readable

WAIT = 40.0
_ANSWERS = {
    Subscribe: Done(),
    ListApps: Apps(()),
    ListInstances: Instances(()),
    ListPrompts: Prompts(()),
    SetAppPalette: Done(),
}
_INPUT = InputButton | InputClick | InputDrag | InputKey | InputMove | InputScroll | InputTouch | InputType


class Session:
    """Two processes and their sockets in a directory of their own."""

    def __init__(
        self,
        folder: Path,
        size: str = "1000x700",
        environment: dict[str, str] | None = None,
        options: Sequence[str] = (),
        ui: Sequence[str] = ("-m", "berth.ui"),
    ) -> None:
        folder.chmod(0o700)
        self.folder = folder
        self.environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": str(folder),
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / ".config"),
            "XDG_DATA_HOME": str(folder / ".local/share"),
            "QT_QPA_PLATFORM": "offscreen",
            **(environment or {}),
        }
        self._ui = ui
        self._options = ["--outputs", size, *options]
        self.paths = session_paths("t", self.environment, os.getuid())
        self.paths.runtime.mkdir(mode=0o700)
        self.paths.instances.mkdir(mode=0o700)
        self._display_socket = listen(self.paths.display_socket)
        self._engine_socket = listen(self.paths.engine_socket)
        self._apps: list[App] = []
        self._programs: list[subprocess.Popen[bytes]] = []
        self.display = self._start_display()
        self.engine = BlockingLink.connect(self.paths.display_socket, Hello("engine"))
        try:
            self.start_ui()
        except BaseException:
            self._end()
            raise

    # --- processes

    def _spawn(
        self, log: str, command: Sequence[str], environment: dict[str, str], fds: Sequence[int] = ()
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{log}.log").open("ab") as output:
            return subprocess.Popen(
                command, env=environment, pass_fds=fds, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def _start_display(self) -> subprocess.Popen[bytes]:
        fd = self._display_socket.fileno()
        command = [sys.executable, "-m", "berth.display", "--listen-fd", str(fd)]
        command += ["--lock-marker", str(self.paths.lock_marker)]
        return self._spawn("display", command, self.environment, [fd])

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def start_ui(self) -> None:
        """Start the ui, wait for its first frame, and answer what it asks of the engine."""
        ready, writer = os.pipe()
        command = [sys.executable, *self._ui, "--name", "t", "--ready-fd", str(writer), *self._options]
        command += ["--locked"] if self.paths.lock_marker.exists() else []
        self.ui = self._spawn("ui", command, self.environment, [writer])
        os.close(writer)
        told = os.read(ready, 1)
        os.close(ready)
        assert told, self.log("ui")
        self._engine_socket.settimeout(WAIT)
        connection, _address = self._engine_socket.accept()
        self.shell = BlockingLink(connection)
        hello, _fds = self.shell.receive(WAIT)
        assert hello == Hello("shell")
        self.shell.send(SoundSetting(False))  # or it would ask at any time
        for _question in _ANSWERS:
            call, _fds = self.shell.receive(WAIT)
            assert isinstance(call, Call)
            self.shell.send(Reply(call.call, _ANSWERS[type(call.request)]))

    def kill_ui(self) -> None:
        self.ui.kill()
        self.ui.wait()
        self.shell.close()

    def close(self) -> None:
        for app in self._apps:
            app.close()
        self.shell.close()
        self._end()

    def _end(self) -> None:
        self.engine.close()
        for process in (*self._programs, self.ui, self.display):
            process.terminate()
        for process in (*self._programs, self.ui, self.display):
            process.wait(WAIT)
        self._display_socket.close()
        self._engine_socket.close()

    # --- apps

    def instance(self, name: str, app: str = "", granted: tuple[str, ...] = (), nested: bool = False) -> Path:
        """Let clients in under this name; returns their socket."""
        path = self.paths.instances / name / "wayland-0"
        if not path.exists():
            path.parent.mkdir(mode=0o700)
            with listen(path) as listening:
                self.engine.send(
                    ListenInstance(name, app or name, granted=granted, nested=nested), [listening.fileno()]
                )
            self.shell.send(InstanceChanged(InstanceInfo(name, app or name, name.title(), "running")))
        return path

    def app(self, name: str, granted: tuple[str, ...] = (), nested: bool = False) -> App:
        app = App(self.instance(name, granted=granted, nested=nested))
        self._apps.append(app)
        return app

    def run(self, name: str, *command: str, granted: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        """A program of the host as a client."""
        path = self.instance(name, granted=granted)
        kept = {key: value for key, value in self.environment.items() if key not in ("DISPLAY", "QT_QPA_PLATFORM")}
        environment = {**kept, "XDG_RUNTIME_DIR": str(path.parent), "WAYLAND_DISPLAY": path.name}
        program = self._spawn(name, command, environment)
        self._programs.append(program)
        return program

    # --- what the engine may ask

    def call(self, request: ShellRequest) -> Result:
        self._answer_pings()
        return self.shell.call(request, timeout=WAIT)

    def _answer_pings(self) -> None:
        """Apps of tests read while they wait for something only; on a slow machine that would be taken for a hang."""
        for app in (known for known in self._apps if known.socket.fileno() >= 0):
            with contextlib.suppress(ClientError):
                while not app.closed and readable([app.socket.fileno()]):
                    app._read(1.0)

    def shell_send(self, request: ShellRequest) -> None:
        """Ask without waiting; `shell_answer` waits."""
        self.shell.send(Call(0, request))

    def shell_answer(self) -> None:
        answer, _fds = self.shell.receive(WAIT)
        assert answer == Reply(0, Done())

    def input(self, *requests: _INPUT) -> None:
        for request in requests:
            self.call(request)

    def windows(self) -> tuple[WindowInfo, ...]:
        """Lowest first."""
        result = self.call(ListWindows())
        assert isinstance(result, Windows)
        return result.windows

    def window(self, instance: str) -> WindowInfo:
        """The only window of an instance."""
        (window,) = [window for window in self.windows() if window.instance == instance]
        return window

    def act(self, instance: str, action: str) -> None:
        self.call(WindowAction(self.window(instance).window, action))  # type: ignore[arg-type]

    def move(self, instance: str, x: int, y: int) -> None:
        self.call(MoveWindow(self.window(instance).window, x, y))

    def resize(self, instance: str, width: int, height: int) -> None:
        self.call(ResizeWindow(self.window(instance).window, width, height))

    def picture(self, window: int = 0) -> Image:
        result = self.call(Screenshot(window))
        assert isinstance(result, Picture)
        return Image(result.png)

    # --- waiting

    def until(self, condition: Callable[[], object]) -> None:
        """Ask again until `condition` holds: what happens in other processes announces itself nowhere else."""
        deadline = time.monotonic() + WAIT
        while not condition():
            assert time.monotonic() < deadline, self.log("ui") + self.log("display")
            time.sleep(0.02)

    def until_picture(self, condition: Callable[[Image], object], window: int = 0) -> Image:
        pictures: Iterator[Image] = iter(lambda: self.picture(window), None)
        found: list[Image] = []
        self.until(lambda: condition(found.append(next(pictures)) or found[-1]))  # type: ignore[func-returns-value]
        return found[-1]

    def until_windows(self, count: int) -> None:
        self.until(lambda: len(self.windows()) == count)


def listen(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    listening.bind(os.fspath(path))
    listening.listen(8)
    return listening
