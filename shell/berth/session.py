"""The supervisor: starts display, engine and ui, restarts one that dies, ends all of them cleanly.

It holds the two listening sockets, so a process that comes back takes over where the
other processes are already knocking.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from berth.core.messages import Call, Hello, PostNotice
from berth.core.outputs import OutputSpec
from berth.core.paths import Paths
from berth.core.problem import Problem
from berth.link.blocking import BlockingLink
from berth.processes import Process, spawn
from berth.screens import Platform, Screen, open_screen

_STABLE_SECONDS = 10.0
_BACKOFF_SECONDS = (0.0, 0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_HOPELESS = 4
"""Restarts after which a session that never showed anything gives up."""
_GRACE = {"screenshot": 0.5, "ui": 2.0, "engine": 8.0, "display": 2.0}


@dataclass(frozen=True)
class SessionOptions:
    platform: Platform = "auto"
    outputs: tuple[OutputSpec, ...] = (OutputSpec(1280, 800, 0.0),)
    full_screen: bool = False
    form_factor: str = "auto"
    renderer: str = "auto"
    greeter: bool = False  # nobody has logged in yet: there are no apps and no engine, and the screen stays locked


def prepare_directory(path: Path) -> None:
    """Make `path` a directory only we can enter.

    Raises:
        Problem: ``unsafe-directory`` if it belongs to somebody else, is a link or is open to others.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.lstat()
    except OSError as error:
        raise Problem(
            "unsafe-directory",
            f"The directory {path} cannot be used: {error.strerror}.",
            "Set XDG_RUNTIME_DIR to a directory of your own.",
        ) from None
    if not path.is_dir() or path.is_symlink() or status.st_uid != os.getuid():
        raise Problem(
            "unsafe-directory",
            f"The directory {path} is not yours.",
            "Set XDG_RUNTIME_DIR to a directory of your own.",
        )
    if status.st_mode & 0o077:
        raise Problem(
            "unsafe-directory",
            f"Other users can enter {path}.",
            f"Mend it with: chmod 700 {path}",
        )


def _prepare_directories(paths: Paths) -> None:
    base = paths.runtime.parent
    if not base.exists():
        prepare_directory(base)
    for directory in (paths.runtime, paths.instances, paths.logs):
        prepare_directory(directory)
    try:
        paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            "state-directory",
            f"The directory {paths.state} cannot be made: {error.strerror}.",
            "Free some space or mend its permissions.",
        ) from None


def _lock(paths: Paths) -> int:
    fd = os.open(paths.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise Problem(
            "session-running",
            f"The session “{paths.name}” is running already.",
            "Give this one another name: berth --name NAME session",
        ) from None
    return fd


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        old_mask = os.umask(0o177)
        try:
            listening.bind(os.fspath(path))
        finally:
            os.umask(old_mask)
    except OSError as error:
        listening.close()
        raise Problem(
            "socket", f"The socket {path} cannot be made: {error.strerror}.", "Use a shorter XDG_RUNTIME_DIR."
        ) from None
    listening.listen(64)
    return listening


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` as a whole, or leave it as it was."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Problem(
            "write-failed",
            f"{path} could not be written: {error.strerror}.",
            "Choose another place or free some space.",
        ) from None


class Session:
    """One running session; `run` returns its exit code."""

    def __init__(self, paths: Paths, options: SessionOptions, environment: Mapping[str, str]) -> None:
        self._paths = paths
        self._options = options
        # Where there is none, children find it where we do: cage and Qt insist on one.
        self._environment = {"XDG_RUNTIME_DIR": os.fspath(paths.runtime.parent), **environment}
        self._sockets: dict[str, socket.socket] = {}
        self._screen = Screen("auto", {})
        self._processes: dict[str, Process] = {}
        self._restarts: dict[str, int] = {}
        self._due: dict[str, float] = {}
        self._poller = select.poll()
        self._ready = -1
        self._shown = False
        self._notices: deque[BlockingLink] = deque(maxlen=4)
        self._exit_code: int | None = None

    def run(self) -> int:
        """Start everything, supervise until the user ends the session, end everything.

        Raises:
            Problem: if the session cannot start.
        """
        _prepare_directories(self._paths)
        with contextlib.ExitStack() as stack:
            stack.callback(os.close, _lock(self._paths))
            stack.callback(self._remove_files)
            # Of a session that ended while it was locked: whoever starts this one has just proved who they are.
            self._paths.lock_marker.unlink(missing_ok=True)
            self._paths.lock_tries.unlink(missing_ok=True)
            sockets = {"display": self._paths.display_socket, "engine": self._paths.engine_socket}
            if self._options.greeter:
                del sockets["engine"]
            for name, path in sockets.items():
                self._sockets[name] = stack.enter_context(_listen(path))
            wake = stack.enter_context(_signals_as_reads((signal.SIGTERM, signal.SIGINT, signal.SIGHUP)))
            self._poller.register(wake, select.POLLIN)
            stack.callback(self._stop_all)
            # These two need no screen: they start while it does.
            for name in sockets:
                self._start(name)
            self._screen = open_screen(
                self._options.platform, self._environment, self._paths.runtime, self._paths.logs, self._options.outputs
            )
            for process in self._screen.processes:
                self._watch(process)
            self._start("ui")
            self._supervise(wake.fileno())
        return self._exit_code or 0

    def _remove_files(self) -> None:
        for path in (
            self._paths.display_socket,
            self._paths.engine_socket,
            self._paths.session_file,
            self._paths.lock_marker,
            self._paths.lock_tries,
        ):
            path.unlink(missing_ok=True)

    def _stop_all(self) -> None:
        """The ui first, then the engine (it stops the apps), then display (it holds their windows)."""
        for name in ("screenshot", "ui", "engine", "display"):
            process = self._processes.pop(name, None)
            if process is not None:
                process.end(_GRACE[name])
        self._screen.close()

    # --- processes

    def _start(self, name: str) -> None:
        command = [sys.executable, "-m", f"berth.{name}"]
        if name == "ui":
            fd = self._ready_pipe()
            outputs = ",".join(f"{width}x{height}@{scale}" for width, height, scale in self._options.outputs)
            command += ["--name", self._paths.name, "--outputs", outputs, "--ready-fd", str(fd)]
            command += ["--full-screen"] if self._options.full_screen else []
            command += [] if self._shown else ["--greet"]
            command += ["--form-factor", self._options.form_factor, "--renderer", self._options.renderer]
            command += ["--locked"] if self._options.greeter or self._paths.lock_marker.exists() else []
        else:
            fd = self._sockets[name].fileno()
            command += ["--listen-fd", str(fd)]
        if name == "display":
            command += ["--lock-marker", os.fspath(self._paths.lock_marker)]
        if name == "engine":
            command += ["--name", self._paths.name]
        elif self._options.greeter:
            command += ["--greeter", os.fspath(self._paths.state)]
        try:
            self._spawn(name, command, [fd])
        finally:
            if name == "ui":
                os.close(fd)
        self._write_session_file()

    def _spawn(self, name: str, command: Sequence[str], pass_fds: Sequence[int] = ()) -> None:
        environment = self._screen.environment if name == "ui" else self._environment
        log = self._paths.logs / f"{name}.log"
        process = spawn(name, command, log, time.monotonic(), environment, pass_fds)
        self._processes[name] = process
        self._watch(process)

    def _ready_pipe(self) -> int:
        """The end a ui writes to when its first frame is on screen; the other end is watched."""
        self._forget_ready_pipe()
        self._ready, writer = os.pipe()
        self._poller.register(self._ready, select.POLLIN)
        return writer

    def _forget_ready_pipe(self) -> None:
        if self._ready >= 0:
            self._poller.unregister(self._ready)
            os.close(self._ready)
            self._ready = -1

    def _watch(self, process: Process) -> None:
        self._poller.register(process.pidfd, select.POLLIN)

    def _write_session_file(self) -> None:
        facts = {
            "name": self._paths.name,
            "pid": os.getpid(),
            "platform": self._screen.platform,
            "look": self._screen.look,
            "processes": {name: process.pid for name, process in self._processes.items()},
        }
        write_atomically(self._paths.session_file, json.dumps(facts).encode())

    # --- supervision

    def _supervise(self, wake: int) -> None:
        while self._exit_code is None:
            for fd, _event in self._poller.poll(self._timeout()):
                if fd == wake:
                    self._exit_code = 0
                elif fd == self._ready:
                    self._first_frame()
                else:
                    self._ended(fd)
            self._start_due()

    def _timeout(self) -> float | None:
        """Milliseconds until the next restart is due, None if none is."""
        if not self._due:
            return None
        return max(min(self._due.values()) - time.monotonic(), 0) * 1000

    def _start_due(self) -> None:
        now = time.monotonic()
        for name in [name for name, due in self._due.items() if due <= now]:
            del self._due[name]
            self._start(name)

    def _ended(self, pidfd: int) -> None:
        self._poller.unregister(pidfd)
        for process in self._screen.processes:
            if process.pidfd == pidfd:
                _say(f"berth: the screen ({process.name}) is gone, so the session ends.", sys.stderr)
                self._exit_code = 1
                return
        process = next(process for process in self._processes.values() if process.pidfd == pidfd)
        del self._processes[process.name]
        code = process.popen.wait()
        process.forget()
        if process.name == "screenshot":
            self._screenshot_taken(code)
        elif process.name == "ui" and code == 0:
            self._exit_code = 0
        else:
            self._restart_later(process, code)

    def _restart_later(self, process: Process, code: int) -> None:
        now = time.monotonic()
        if now - process.started > _STABLE_SECONDS:
            self._restarts[process.name] = 0
        restarts = self._restarts.get(process.name, 0)
        if restarts >= _HOPELESS and not self._shown:
            log = self._paths.logs / f"{process.name}.log"
            raise Problem("start-failed", f"The session cannot start: {process.name} ends at once.", f"See {log}")
        self._restarts[process.name] = restarts + 1
        self._due[process.name] = now + _BACKOFF_SECONDS[min(restarts, len(_BACKOFF_SECONDS) - 1)]
        log = self._paths.logs / f"{process.name}.log"
        _say(f"berth: {process.name} ended unexpectedly ({_cause(code)}) and is started again; see {log}", sys.stderr)
        self._notify(process.name, log)

    def _notify(self, name: str, log: Path) -> None:
        """Tell the user in the desktop: the engine passes it on once it and a shell are there."""
        what = {"ui": "desktop", "engine": "app engine", "display": "window server"}[name]
        notice = PostNotice("warning", f"The {what} ended unexpectedly and was started again.", f"Details: {log}")
        with contextlib.suppress(Problem):
            link = BlockingLink.connect(self._paths.engine_socket, Hello("control"))
            link.send(Call(1, notice))
            if len(self._notices) == self._notices.maxlen:
                self._notices.popleft().close()
            # Open until the engine, perhaps only just starting, has read it.
            self._notices.append(link)

    def _first_frame(self) -> None:
        told = os.read(self._ready, 16)
        self._forget_ready_pipe()
        if not told or self._shown:
            return
        self._shown = True
        _say(f"Berth is ready: session “{self._paths.name}” on {self._screen.platform}.")
        if self._screen.look:
            _say(f"  Look at it:  {self._screen.look}")
        if self._screen.platform in ("vnc", "offscreen") and not self._options.greeter:
            command = [sys.executable, "-m", "berth", "--name", self._paths.name, "screenshot"]
            self._spawn("screenshot", [*command, os.fspath(self._screenshot)])
        _say("  Stop it:     Ctrl+C")

    @property
    def _screenshot(self) -> Path:
        return self._paths.runtime / "screenshot.png"

    def _screenshot_taken(self, code: int) -> None:
        if code == 0:
            _say(f"  Screenshot:  {self._screenshot}")
        else:
            _say(f"berth: no first screenshot; see {self._paths.logs / 'screenshot.log'}", sys.stderr)


def _say(text: str, stream: TextIO | None = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)


def _cause(code: int) -> str:
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


@contextlib.contextmanager
def _signals_as_reads(numbers: Sequence[signal.Signals]) -> Iterator[socket.socket]:
    """A socket that becomes readable when one of the signals arrives."""
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.fileno())
    handlers = {number: signal.signal(number, lambda _number, _frame: None) for number in numbers}
    try:
        yield reader
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        reader.close()
        writer.close()
