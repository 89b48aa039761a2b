"""``python -m berth.runtimes.terminal_keeper ORDER``: terminals lent to an app that a container engine supervises.

Under bubblewrap the supervisor keeps them; the engines' own know nothing of it. There is one such process for each
instance that has been lent a terminal: it outlives our engine and ends with the app. Each program that a terminal
shows belongs to a child of it, which has the container's engine execute it and is to that what somebody is who types:
what goes through a pseudo-terminal between the two is carried over the child's connection to the engine.

ORDER is an `Order`; standard input is the first connection, as `berth.runtimes.orders` has them.

Source: pty(7), ioctl_tty(2).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import selectors
import signal
import socket
import sys
import termios
import time
import tty
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from berth.core.lent_terminal import WAITING, WAITING_SHELL
from berth.core.problem import Problem
from berth.runtimes import cgroups, container_exec, kernel, orders, pidfds, processes, rlimits
from berth.runtimes.confinement import NOT_EXECUTABLE, NOT_FOUND, exit_code
from berth.runtimes.container_daemon import Daemon
from berth.runtimes.docker import DOCKER
from berth.runtimes.ending import Ending, write_exit
from berth.runtimes.logfile import BoundedLog
from berth.runtimes.podman import PODMAN, PodmanService
from berth.runtimes.port import Exit
from berth.runtimes.terminal import Terminal, Terminals
from berth.runtimes.terminal_keeper_link import SOCKET, Order

_READ = 4096
_HANG_UP_GRACE = 5.0
"""Seconds that a program has after its terminal was closed, and its streams after the container has ended."""


class Keeper:
    """Raises ProcessLookupError if the instance has ended."""

    def __init__(self, order: Order, channel: socket.socket) -> None:
        self._order = order
        self._directory = Path(order.instance.private_directory)
        self._init = os.pidfd_open(order.instance.pid)
        self._has_ended = False
        self._deadline: float | None = None
        self._ending = Ending(order.container, order.memory)
        self._selector = selectors.EpollSelector()
        log = BoundedLog(Path(order.instance.log_path))
        # A fault of this process is told where the app's output is.
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
        self._terminals = Terminals(
            self._selector, log, self._enter, self._why_ended, self._program_ended, self._program_of
        )
        self._children: dict[int, int] = {}
        self._clients: set[socket.socket] = set()
        self._watch_children()
        self._watch(self._init, self._on_end)
        (self._directory / SOCKET).unlink(missing_ok=True)
        self._listener = orders.listen(self._directory, SOCKET)
        self._spare = _spare()
        self._watch(self._listener.fileno(), self._on_connect)
        self._add_client(channel)

    def _watch(self, fd: int, react: Callable[[], None]) -> None:
        self._selector.register(fd, selectors.EVENT_READ, react)

    def _watch_children(self) -> None:
        near, far = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._watch(near, lambda: self._reap(near))
        signal.set_wakeup_fd(far, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def serve(self) -> None:
        """Until the container and every child of ours have ended."""
        while self._children or not self._has_ended:
            left = None if self._deadline is None else max(self._deadline - time.monotonic(), 0)
            for key, _mask in self._selector.select(left):
                if self._selector.get_map().get(key.fd) is key:  # not dropped by one before it
                    key.data()
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self._deadline = None
                self._kill()

    # --- requests

    def _on_connect(self) -> None:
        try:
            self._add_client(self._listener.accept()[0])
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._turn_away()

    def _turn_away(self) -> None:
        """Whoever is left waiting would have us try again without a pause."""
        if self._spare >= 0:
            os.close(self._spare)
        with contextlib.suppress(OSError):
            self._listener.accept()[0].close()
        self._spare = _spare()

    def _add_client(self, client: socket.socket) -> None:
        client.setblocking(False)
        self._clients.add(client)
        self._watch(client.fileno(), lambda: self._on_request(client))

    def _on_request(self, client: socket.socket) -> None:
        fds: list[int] = []
        try:
            packet, fds = orders.receive(client)
            request = orders.decode_request(packet)
            orders.send(client, orders.encode(orders.Answer(request.number, self._answer(request.action, fds))))
        except (OSError, msgspec.DecodeError):  # the end of the stream, too
            self._clients.remove(client)
            self._selector.unregister(client)
            client.close()
        finally:
            for fd in fds:
                os.close(fd)

    def _answer(self, action: orders.Action, fds: list[int]) -> orders.Done | orders.Refused:
        try:
            match action:
                case orders.OpenTerminal(program):
                    self._terminals.open(program, fds)
                case orders.Stop():
                    self._ending.requested = True
                    if not self._terminals.ask_to_end(signal.Signals[self._order.instance.stop_signal]):
                        raise Problem("not-asked", "No program of the app runs on a terminal.")
                case _:
                    raise Problem("bad-message", "Only terminals are kept here.")
        except Problem as problem:
            return orders.Refused(problem.code, problem.message, problem.hint)
        return orders.Done()

    # --- programs

    def _enter(self, terminal: Terminal, channel: socket.socket) -> int:
        if self._has_ended or self._ending.requested:
            return 0
        opened: list[int] = []
        try:
            opened += os.openpty()
            opened += os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
            master, slave, told, tells = opened
            tty.setraw(slave, termios.TCSANOW)
            terminal.fit(master)
            socket.send_fds(channel, [b"m"], [master])
            child = os.fork()
        except OSError:
            for fd in opened:
                os.close(fd)
            raise
        if child == 0:
            os.close(master)
            _become_caller(self._order, terminal.commands, slave, tells)
        for fd in (master, slave, tells):
            os.close(fd)
        self._children[child] = 0
        self._watch(told, lambda: self._on_begun(child, told))
        return child

    def _on_begun(self, child: int, told: int) -> None:
        self._selector.unregister(told)
        if child in self._children:
            self._children[child] = int(os.read(told, _READ) or 0)
        os.close(told)

    def _program_of(self, child: int) -> int:
        return self._children[child]

    def _reap(self, woken: int) -> None:
        os.read(woken, _READ)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                child, status = ended
                if self._children.pop(child, None) is None:
                    continue  # one of an engine's that we have adopted
                _service(self._order, child).socket.unlink(missing_ok=True)
                self._terminals.took_end(child, exit_code(status), self._ending.requested)

    def _why_ended(self, code: int) -> str:
        group = cgroups.of_process(self._order.instance.pid)
        if group is not None and self._order.instance.limits.startswith("cgroup"):
            self._ending.memory_kills = group.memory_kills
        return self._ending.why(code)

    # --- the end

    def _program_ended(self, code: int | None) -> None:
        """The window of the app's own program is closed, or that has ended and nobody has to see it."""
        self._ending.requested = True
        write_exit(self._directory, Exit(code or 0))
        if code is None:
            self._deadline = time.monotonic() + _HANG_UP_GRACE
        else:
            self._kill()

    def _on_end(self) -> None:
        self._has_ended = self._ending.requested = True
        self._selector.unregister(self._init)
        self._deadline = time.monotonic() + _HANG_UP_GRACE

    def _kill(self) -> None:
        """The container, or what does not end with it."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._init, signal.SIGKILL)
        for child in self._children if self._has_ended else ():
            os.kill(child, signal.SIGKILL)


def _spare() -> int:
    """A descriptor to give up for another one, -1 if there is none."""
    try:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


# --- a child


def _become_caller(order: Order, commands: Sequence[tuple[str, ...]], terminal: int, tells: int) -> None:
    """Does not return. The leader of a session on a terminal, and thereby told of its size and its end."""
    code = NOT_EXECUTABLE
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        for stream in range(3):
            os.dup2(terminal, stream)
        tells = os.dup2(tells, 3, inheritable=False)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        code = _call(order, commands, tells)
    except Problem as problem:
        os.write(2, f"{problem.message}\r\n".encode())
    except OSError as error:
        os.write(2, f"{error.strerror}\r\n".encode())
    finally:
        os._exit(code)


def _call(order: Order, commands: Sequence[tuple[str, ...]], tells: int) -> int:
    root = os.open(f"/proc/{order.instance.pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    # Engines complain of each command that is not there.
    command = next((command for command in commands if _is_there(root, command[0])), commands[-1])
    try:
        code = asyncio.run(_execute(order, command, tells, waits=_is_there(root, WAITING_SHELL)))
        if code == NOT_FOUND:
            os.write(2, f"{command[0]}: not found in the app's image\r\n".encode())
        return code
    finally:
        # The end of a session's leader takes with it what has not been read from its terminal.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with contextlib.suppress(OSError):
            fcntl.ioctl(0, termios.TIOCNOTTY)


async def _execute(order: Order, command: tuple[str, ...], tells: int, *, waits: bool) -> int:
    service = _service(order, os.getpid())
    is_podman = order.instance.runtime == PODMAN.name
    daemon = Daemon(PODMAN, service.socket, service.ready) if is_podman else Daemon(DOCKER, Path(order.socket))
    resized, hung_up = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGWINCH, resized.set)
    loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    telling = set()

    def begun(pid: int) -> None:
        if is_podman:
            rlimits.copy(order.instance.pid, pid)
            telling.add(asyncio.ensure_future(_free(pid, processes.parent(pid))))
        os.write(tells, str(pid).encode())
        telling.add(asyncio.ensure_future(_tell_hang_up(hung_up, pid)))

    try:
        argv = (*WAITING, *command) if waits else command
        followed = container_exec.Followed(resized, waits)
        return await container_exec.execute(daemon, order.container, argv, (0, 1, 2), begun, followed)
    finally:
        for task in telling:
            task.cancel()
        if is_podman:
            await service.close()


async def _tell_hang_up(hung_up: asyncio.Event, pid: int) -> None:
    """As the kernel does, which does not know that the engine's terminal shows what is seen on ours."""
    await hung_up.wait()
    group = processes.foreground(pid)
    for number in (signal.SIGHUP, signal.SIGCONT):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        with contextlib.suppress(ProcessLookupError):
            if group not in (0, pid):
                os.killpg(group, number)
    await asyncio.sleep(_HANG_UP_GRACE)
    await pidfds.end(pid)


async def _free(pid: int, conmon: int) -> None:
    """Have a program's end noticed that ended with much unread: conmon may sleep for good while it writes that.

    The kernel wakes who writes to a terminal before it counts the last one who had it as gone (n_tty_write, pty_close).
    Nobody then asks how the program has ended, and its container cannot end as long as it is there.
    """
    await pidfds.ended(pid)
    await asyncio.sleep(_HANG_UP_GRACE)
    if processes.is_zombie(pid) and processes.parent(pid) == conmon > 1:
        with contextlib.suppress(ProcessLookupError):
            os.kill(conmon, signal.SIGKILL)


def _service(order: Order, child: int) -> PodmanService:
    """Podman's for a child alone: our engine's own ends with that."""
    return PodmanService(Path(order.instance.private_directory).parents[1], f"podman-{child}")


def _is_there(root: int, program: str) -> bool:
    """Whether an app may have a program; one that is looked for along its path is."""
    with contextlib.suppress(OSError):
        if "/" in program:
            os.close(kernel.open_beneath(root, program, os.O_PATH | os.O_CLOEXEC))
        return True
    return False


def main() -> int:
    order = msgspec.json.decode(sys.argv[1], type=Order)
    channel = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    if os.fork():  # whoever started us need not wait for us
        return 0
    kernel.set_process_name("berth-terminals")
    # What Podman leaves behind holds the container up until somebody asks how it has ended.
    kernel.adopt_orphans()
    keeper = Keeper(order, channel)
    import docker.errors  # noqa: F401 - while the window is made, and once for all programs

    keeper.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
