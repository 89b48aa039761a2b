"""Entering a running instance to execute a command there, as confined as the app itself."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import termios
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from berth.runtimes import exec_streams, kernel

_NAMESPACES = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWCGROUP
)
_NAMES = {
    "user": kernel.CLONE_NEWUSER,
    "mnt": kernel.CLONE_NEWNS,
    "pid": kernel.CLONE_NEWPID,
    "net": kernel.CLONE_NEWNET,
    "ipc": kernel.CLONE_NEWIPC,
    "uts": kernel.CLONE_NEWUTS,
    "cgroup": kernel.CLONE_NEWCGROUP,
}
_TERMINAL = "xterm-256color"
_LIBRARY_SIGNALS = (32, 33)  # glibc's and musl's own, which are not in valid_signals()
NOT_FOUND = 127
NOT_EXECUTABLE = 126


@dataclass(frozen=True)
class Entry:
    """A command to run inside.

    Attributes:
        program: seccomp filter.
        join: moves the calling process into the instance's cgroup.
        limit: sets the instance's resource limits on the calling process.
        namespaces: kinds of namespaces to enter.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: str
    program: bytes
    join: Callable[[], None]
    limit: Callable[[], None]
    namespaces: int = _NAMESPACES


def enter_and_execute(init: int, entry: Entry) -> int:
    """Run a command in the namespaces of process `init`; its exit code (128 + n for signal n).

    Called in a fresh child that has no descriptors but the command's streams 0 to 2.
    Raises OSError if the instance cannot be entered.
    """
    _enter(init, entry)
    if os.isatty(0) and any(map(os.isatty, (1, 2))):
        return _execute_on_terminal(entry)
    return _end_of(_fork(entry, lambda: _execute(entry)))


def _execute_on_terminal(entry: Entry) -> int:
    """With a terminal of the container, as large as the one that we have, which from now on is ours alone."""
    os.setsid()
    with contextlib.suppress(OSError):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, lambda _number, _frame: None)  # its end is read, and told by the kernel

    children: list[int] = []

    def begin(fds: exec_streams.Fds) -> int:
        children.append(_fork(entry, lambda: _execute(entry, fds)))
        return os.pidfd_open(children[0])

    try:
        exec_streams.carry(begin)
        return _end_of(children[0])
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        # The end of a session's leader takes with it what has not been read from its terminal.
        with contextlib.suppress(OSError):
            fcntl.ioctl(0, termios.TIOCNOTTY)


def _execute(entry: Entry, fds: exec_streams.Fds = (0, 1, 2)) -> None:
    """As the leader of a session: a terminal that it is given, and nobody else has, is its own."""
    environment = dict(entry.environment)
    for target, fd in enumerate(fds):
        os.dup2(fd, target)
    if os.isatty(0):
        with contextlib.suppress(OSError):
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        environment.setdefault("TERM", _TERMINAL)
    os.execvpe(entry.command[0], list(entry.command), environment)


def enter_and_do(init: int, entry: Entry, work: Callable[[], None]) -> int:
    """As `enter_and_execute`, but with a function of this process in place of the entry's command."""
    _enter(init, entry)
    return _end_of(_fork(entry, work))


def _enter(init: int, entry: Entry) -> None:
    default_signals()
    entry.join()
    pidfd = os.pidfd_open(init)
    kernel.enter_namespaces(pidfd, entry.namespaces)
    os.close(pidfd)
    # Gaining capabilities in the namespace has reset both.
    kernel.hide_memory()
    kernel.die_with_parent()


def _fork(entry: Entry, work: Callable[[], None]) -> int:
    parent, held = os.pipe2(os.O_CLOEXEC)
    child = os.fork()  # a pid namespace holds for children only
    if child == 0:
        os.close(held)
        _become(entry, work, parent)
    os.close(parent)
    return child


def _end_of(child: int) -> int:
    _pid, status = os.waitpid(child, 0)
    return exit_code(status)


def namespaces_of(init: int) -> int:
    """Those that a process does not share with us: it is not allowed to enter one's own."""
    kinds = 0
    for name, kind in _NAMES.items():
        if Path(f"/proc/{init}/ns/{name}").readlink() != Path(f"/proc/self/ns/{name}").readlink():
            kinds |= kind
    return kinds


def _become(entry: Entry, work: Callable[[], None], parent: int) -> None:
    """Does not return; `parent` is a pipe that ends with the process that waits for this one."""
    code = NOT_EXECUTABLE
    name = entry.command[0]
    try:
        kernel.die_with_parent()
        # Who was ended before that tells nobody any more, and a parent outside has no number here to see it by.
        if _has_ended(parent):
            return
        os.close(parent)
        os.setsid()
        os.chdir(entry.directory)
        entry.limit()
        kernel.forbid_new_privileges()
        kernel.drop_capabilities()
        kernel.load_filter(entry.program)
        work()
        code = 0
    except FileNotFoundError:
        code = NOT_FOUND
        os.write(2, f"{name}: not found in the app's image\n".encode())
    except OSError as error:
        os.write(2, f"{name}: {error.strerror}\n".encode())
    finally:
        os._exit(code)


def _has_ended(pipe: int) -> bool:
    watch = select.poll()
    watch.register(pipe, select.POLLIN)
    return bool(watch.poll(0))


def default_signals() -> None:
    """What the interpreter or a supervisor set would outlive an exec, or write to a closed descriptor."""
    signal.set_wakeup_fd(-1)
    # Also those that a shell has its background programs ignore, or nohup: what is ignored stays so, and untrappable.
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    for reserved in _LIBRARY_SIGNALS:
        kernel.default_signal(reserved)


def exit_code(status: int) -> int:
    """Exit code from a wait status, as a shell would say it."""
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def signal_name(code: int) -> str:
    """The signal of an exit code above 128, "" if it stands for none."""
    try:
        return signal.Signals(code - 128).name
    except ValueError:
        return ""
