"""A way out for one instance: slirp4netns, which needs no privilege and can come and go.

The instance always has a network namespace of its own. Granting attaches a user-mode
network to it, revoking ends that process. The host's loopback stays out of reach.
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from berth.core.problem import Problem
from berth.runtimes import kernel

RESOLVER = "10.0.2.3"
"""Where slirp4netns answers name queries with the host's own resolver."""
RESOLV_CONF = f"nameserver {RESOLVER}\noptions edns0\n"
_DEVICE = "tap0"
_MTU = 65520
_TUN = "/dev/net/tun"


@dataclass
class Uplink:
    """A slirp4netns process.

    Attributes:
        ready: readable with a byte once the network is up, without one if that failed.
        errors: read end of its error output.
    """

    pid: int
    ready: int
    errors: int
    _alive: int

    def complaint(self) -> str:
        """The last line it has written, without waiting."""
        with contextlib.suppress(BlockingIOError):
            lines = os.read(self.errors, 4096).decode(errors="replace").split("\n")
            return next((line for line in reversed(lines) if line), "")
        return ""

    def close(self) -> None:
        """End it and reap it. It also leaves by itself when this process dies, as `_alive` closes then."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        for fd in (self.ready, self.errors, self._alive):
            os.close(fd)


def connect(program: str, init: int) -> Uplink:
    """Attach a network to the namespaces of process `init`.

    Raises:
        Problem: ``network-missing`` if there is no slirp4netns, ``network-failed`` if it cannot be started.
    """
    _check_usable(program)
    try:
        return _attach(program, init)
    except OSError as error:
        raise Problem("network-failed", f"The network could not be attached: {error.strerror}.") from None


def connect_detached(program: str, init: int, mark: tuple[str, str], log: Path) -> tuple[int, int]:
    """The same for an instance that others supervise: what is attached outlives this process.

    Args:
        mark: variable in its environment, by which it is found again.
        log: takes what it complains about.

    Returns:
        Its process id, and a descriptor that gives a byte once the network is up, or ends without one.

    Raises:
        Problem: as `connect`.
    """
    _check_usable(program)
    try:
        ready, ready_end = os.pipe2(os.O_CLOEXEC)
        # Ends with the instance at the latest where the kernel tells of a process's end as a hang-up.
        with _Namespaces(init) as (network, users), log.open("ab") as errors:
            end = os.pidfd_open(init)
            try:
                pid = _spawn(program, (network, users, ready_end, end), errors.fileno(), dict([mark]), detached=True)
            finally:
                os.close(end)
                os.close(ready_end)
    except OSError as error:
        raise Problem("network-failed", f"The network could not be attached: {error.strerror}.") from None
    os.set_blocking(ready, False)
    return pid, ready


def _check_usable(program: str) -> None:
    if not program:
        raise Problem(
            "network-missing",
            "The network cannot be granted: slirp4netns is not installed.",
            "Install it: apt install slirp4netns",
        )
    if not os.access(_TUN, os.R_OK | os.W_OK):
        raise Problem(
            "network-missing",
            f"The network cannot be granted: {_TUN} cannot be opened.",
            f"As root: modprobe tun && chmod 0666 {_TUN}",
        )


class _Namespaces:
    """Descriptors of the network namespace of a process, and of the user namespace that owns it."""

    def __init__(self, init: int) -> None:
        self._init = init

    def __enter__(self) -> tuple[int, int]:
        self._network = os.open(f"/proc/{self._init}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        # The app's own user namespace may be a child of that one.
        self._users = kernel.owning_user_namespace(self._network)
        return self._network, self._users

    def __exit__(self, *_exception: object) -> None:
        os.close(self._network)
        os.close(self._users)


def _attach(program: str, init: int) -> Uplink:
    with _Namespaces(init) as (network, users):
        ready, ready_end = os.pipe2(os.O_CLOEXEC)
        exit_end, alive = os.pipe2(os.O_CLOEXEC)
        errors, errors_end = os.pipe2(os.O_CLOEXEC)
        try:
            pid = _spawn(program, (network, users, ready_end, exit_end), errors_end, {})
        except OSError:
            for fd in (ready, alive, errors):
                os.close(fd)
            raise
        finally:
            for fd in (ready_end, exit_end, errors_end):
                os.close(fd)
    for fd in (ready, errors):
        os.set_blocking(fd, False)
    return Uplink(pid, ready, errors, alive)


def _spawn(
    program: str,
    inherited: tuple[int, int, int, int],
    errors: int,
    environment: dict[str, str],
    *,
    detached: bool = False,
) -> int:
    network, users, ready, leave = inherited
    for fd in inherited:
        os.set_inheritable(fd, True)
    arguments = [program, "--configure", f"--mtu={_MTU}", "--disable-host-loopback"]
    arguments += [f"--ready-fd={ready}", f"--exit-fd={leave}"]
    arguments += [f"--userns-path=/proc/self/fd/{users}", "--netns-type=path", f"/proc/self/fd/{network}", _DEVICE]
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, errors, 2),
    ]
    return os.posix_spawn(program, arguments, environment, file_actions=actions, setsid=detached)
