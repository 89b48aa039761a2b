"""The port between the engine and whatever runs apps.

The engine knows instances through this protocol alone, so that an app runs the same way
under bubblewrap, under Docker or elsewhere: the same `LaunchPlan` in, the same values out.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from berth.core.plan import STOP_SIGNALS, LaunchPlan

RUNTIME_MARK = "runtime"
"""File of a private directory that names the runtime, if it is not the embedded one."""


class Instance(msgspec.Struct, frozen=True):
    """A running instance, as of the moment it was asked for.

    Attributes:
        pid: process that supervises the instance, on the host.
        started: unix time.
        limits: what enforces the plan's limits, read back after setting them:
            "cgroup v2", "cgroup v1" or "rlimits".
        network: the instance has a way out now.
        stop_signal: what asks the app to end.
        private_directory: the runtime's own files of this instance; the app cannot see it.
    """

    id: str
    app: str
    pid: int
    started: float
    limits: str
    network: bool
    private_directory: str
    log_path: str
    runtime: str
    stop_signal: str = STOP_SIGNALS[0]


class Exit(msgspec.Struct, frozen=True):
    """How an instance ended.

    Attributes:
        code: exit code; 128 + n for signal n.
        reason: one sentence when it was not a normal end, else "".
        hint: what to do about it; may be empty.
    """

    code: int
    reason: str = ""
    hint: str = ""


class Stats(msgspec.Struct, frozen=True):
    """What an instance uses now: bytes, number, CPU seconds of its living processes."""

    memory: int
    processes: int
    cpu: float
    paused: bool = False


class TerminalProgram(msgspec.Struct, frozen=True):
    """What runs on a terminal that shows it from another container.

    Attributes:
        name: what its window calls it.
        commands: of these the first that there is in the image is executed.
        main: it is the app's own program: the app ends with it.
    """

    name: str
    commands: tuple[tuple[str, ...], ...]
    main: bool = False


class Runtime(Protocol):
    """Starts instances and knows them again after the engine was restarted.

    Every method raises `Problem`; ``instance-gone`` means that the instance has ended.
    """

    name: str

    async def start(self, plan: LaunchPlan, log_path: Path, private_directory: Path) -> Instance:
        """Start an instance. `private_directory` is ``<root>/<instance id>``, made if missing."""
        ...

    async def stop(self, instance: Instance, force: bool = False, grace: float = 5.0) -> Exit:
        """Ask the app to end, by its plan's signal; after `grace` seconds, or at once with `force`, kill all of it."""
        ...

    async def kill(self, instance: Instance) -> Exit:
        """End every process of the instance now."""
        ...

    async def wait(self, instance: Instance) -> Exit:
        """The end of the instance. Returned as often as asked, until `reap`."""
        ...

    async def logs(self, instance: Instance) -> str:
        """The latest output of the app, a few megabytes at most; also after its end, until `reap`."""
        ...

    async def exec(self, instance: Instance, argv: Sequence[str], fds: tuple[int, int, int]) -> int:
        """Run a command inside, as confined as the app itself; its exit code.

        `fds` are its standard streams and stay the caller's. Cancelling ends the command.
        """
        ...

    async def lend(self, instance: Instance, paths: Sequence[bytes], channel: socket.socket) -> None:
        """Open files of the app as itself would, and hand them out through `channel`, a socket of packets, as
        `berth.runtimes.lending` says. Closes `channel`. Cancelling ends it."""
        ...

    async def open_terminal(self, instance: Instance, listening: socket.socket, program: TerminalProgram) -> None:
        """Run a command inside on a terminal that whoever connects to `listening` shows, which stays the caller's; it
        goes on without this process. Raises `Problem` ``terminal-not-lent`` if that is not possible."""
        ...

    async def stats(self, instance: Instance) -> Stats: ...

    async def pause(self, instance: Instance) -> None: ...

    async def resume(self, instance: Instance) -> None: ...

    async def list(self) -> tuple[Instance, ...]:
        """What is running, whoever started it: asked of the supervisors, not remembered."""
        ...

    async def grant_network(self, instance: Instance) -> None:
        """Give a running instance a way out; nothing happens if it has one."""
        ...

    async def revoke_network(self, instance: Instance) -> None: ...

    async def reap(self, instance_id: str) -> None:
        """Remove every leftover of an id: processes, cgroups, mounts, the private directory."""
        ...

    async def kept_for(self, app: str, store: Path, digest: str) -> tuple[str, ...]:
        """What is kept outside of our own store for further starts of an app, in words.

        `digest` is of the app's image in the image store at `store`, "" for none: copies that the store has lost
        count as well.
        """
        ...

    async def forget_app(self, app: str, store: Path) -> None:
        """Remove what is kept for further starts of an app whose image has left `store`."""
        ...

    async def close(self) -> None:
        """Let go of the running instances; they run on."""
        ...
