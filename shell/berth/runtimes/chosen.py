"""The runtime that was chosen for each app, behind the one port that the engine knows.

Container engines are looked for when the first app needs one. What runs under them is told by a
file in the instance's private directory, so that an engine that nobody uses is never asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from berth.core.plan import LaunchPlan
from berth.core.problem import Problem
from berth.runtimes.bubblewrap import BubblewrapRuntime
from berth.runtimes.container_image import COPIES
from berth.runtimes.port import RUNTIME_MARK, Exit, Instance, Runtime, Stats, TerminalProgram

_SPARES = 2
"""Containers that wait for another start of the apps that ran last; each holds two sleeping processes."""


def _docker(root: Path) -> Runtime:
    from berth.runtimes.container_daemon import Daemon
    from berth.runtimes.container_network import BridgeNetwork
    from berth.runtimes.docker import DOCKER, DockerRuntime, Traits, docker_socket

    return DockerRuntime(root, Daemon(DOCKER, docker_socket()), Traits(user=os.getuid()), BridgeNetwork, spares=_SPARES)


def _podman(root: Path) -> Runtime:
    from berth.runtimes.podman import PodmanRuntime

    return PodmanRuntime(root)


_MAKERS: dict[str, Callable[[Path], Runtime]] = {"docker": _docker, "podman": _podman}


class ChosenRuntime:
    """Implements `berth.runtimes.port.Runtime`; arguments and problems are `BubblewrapRuntime`'s."""

    name = "chosen"

    def __init__(self, root: Path) -> None:
        self._root = root
        self._bubblewrap = BubblewrapRuntime(root)
        self._others: dict[str, Runtime] = {}

    async def prepare(self) -> None:
        await self._bubblewrap.prepare()

    def _of(self, name: str) -> Runtime:
        if name not in _MAKERS:
            return self._bubblewrap
        if name not in self._others:
            self._others[name] = _MAKERS[name](self._root)
        return self._others[name]

    async def start(self, plan: LaunchPlan, log_path: Path, private_directory: Path) -> Instance:
        runtime = self._of(plan.runtime)
        if runtime is not self._bubblewrap:
            _mark(private_directory, plan.runtime)
        return await runtime.start(plan, log_path, private_directory)

    async def stop(self, instance: Instance, force: bool = False, grace: float = 5.0) -> Exit:
        return await self._of(instance.runtime).stop(instance, force, grace)

    async def kill(self, instance: Instance) -> Exit:
        return await self._of(instance.runtime).kill(instance)

    async def wait(self, instance: Instance) -> Exit:
        return await self._of(instance.runtime).wait(instance)

    async def logs(self, instance: Instance) -> str:
        return await self._of(instance.runtime).logs(instance)

    async def exec(self, instance: Instance, argv: Sequence[str], fds: tuple[int, int, int]) -> int:
        return await self._of(instance.runtime).exec(instance, argv, fds)

    async def lend(self, instance: Instance, paths: Sequence[bytes], channel: socket.socket) -> None:
        await self._of(instance.runtime).lend(instance, paths, channel)

    async def open_terminal(self, instance: Instance, listening: socket.socket, program: TerminalProgram) -> None:
        await self._of(instance.runtime).open_terminal(instance, listening, program)

    async def stats(self, instance: Instance) -> Stats:
        return await self._of(instance.runtime).stats(instance)

    async def pause(self, instance: Instance) -> None:
        await self._of(instance.runtime).pause(instance)

    async def resume(self, instance: Instance) -> None:
        await self._of(instance.runtime).resume(instance)

    async def grant_network(self, instance: Instance) -> None:
        await self._of(instance.runtime).grant_network(instance)

    async def revoke_network(self, instance: Instance) -> None:
        await self._of(instance.runtime).revoke_network(instance)

    async def list(self) -> tuple[Instance, ...]:
        used = {_marked(path.parent) for path in self._root.glob(f"*/{RUNTIME_MARK}")} & set(_MAKERS)
        runtimes: list[Runtime] = [self._bubblewrap]
        for name in used:
            with contextlib.suppress(Problem):  # nothing of it runs where it cannot be
                runtimes.append(self._of(name))
        found = await asyncio.gather(*(runtime.list() for runtime in runtimes))
        return tuple(instance for instances in found for instance in instances)

    async def reap(self, instance_id: str) -> None:
        runtime = self._of(_marked(self._root / instance_id))
        if runtime is not self._bubblewrap:
            await runtime.reap(instance_id)
        await self._bubblewrap.reap(instance_id)

    async def kept_for(self, app: str, store: Path, digest: str) -> tuple[str, ...]:
        found = await asyncio.gather(*(runtime.kept_for(app, store, digest) for runtime in self._used(store)))
        return tuple(what for kept in found for what in kept)

    async def forget_app(self, app: str, store: Path) -> None:
        for runtime in self._used(store):
            await runtime.forget_app(app, store)

    def _used(self, store: Path) -> tuple[Runtime, ...]:
        """Container engines that have images of `store`, by the marks that they left there."""
        return tuple(self._of(name) for name in _MAKERS if name in self._others or (store / COPIES / name).exists())

    async def close(self) -> None:
        await asyncio.gather(*(runtime.close() for runtime in (self._bubblewrap, *self._others.values())))


def _mark(directory: Path, runtime: str) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / RUNTIME_MARK).write_text(runtime)
    except OSError as error:
        raise Problem("start-failed", f"{directory} cannot be made: {error.strerror}.") from None


def _marked(directory: Path) -> str:
    try:
        return (directory / RUNTIME_MARK).read_text()
    except OSError:
        return ""
