"""A runtime without processes, for random sequences: what runs is a dictionary that outlives engines."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from berth.core.lent_terminal import owner_of
from berth.core.plan import LaunchPlan
from berth.core.problem import Problem
from berth.runtimes.port import Exit, Instance, Stats, TerminalProgram


class World:
    """What runs on the machine, whoever watches it."""

    def __init__(self) -> None:
        self.running: dict[str, Instance] = {}
        self.exits: dict[str, Exit] = {}


class FakeRuntime:
    """Implements `Runtime` over a `World`.

    Args:
        gate: called before each effect; raises if the engine has crashed.
    """

    name = "fake"

    def __init__(self, world: World, root: Path, gate: Callable[[], None]) -> None:
        self._world = world
        self._root = root
        self._gate = gate
        self._waiting: dict[str, asyncio.Future[Exit]] = {}

    def exit(self, instance: str, code: int) -> None:
        """The app ends by itself."""
        self._end(instance, Exit(code))

    def _end(self, instance: str, exit_: Exit) -> Exit:
        if self._world.running.pop(instance, None) is not None:
            self._world.exits[instance] = exit_
            for lent in [other for other in self._world.running if owner_of(other) == instance]:
                self._end(lent, Exit(0))
        waiting = self._waiting.pop(instance, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(exit_)
        return exit_

    async def start(self, plan: LaunchPlan, log_path: Path, private_directory: Path) -> Instance:
        self._gate()
        private_directory.mkdir(parents=True)
        self._gate()
        instance = Instance(
            plan.instance,
            plan.app,
            1,
            1.0,
            "none",
            plan.network == "nat",
            str(private_directory),
            str(log_path),
            self.name,
        )
        self._world.running[plan.instance] = instance
        await asyncio.sleep(0)
        return instance

    async def stop(self, instance: Instance, force: bool = False, grace: float = 5.0) -> Exit:
        self._gate()
        await asyncio.sleep(0)
        return self._end(instance.id, Exit(143))

    async def kill(self, instance: Instance) -> Exit:
        return await self.stop(instance, force=True)

    async def wait(self, instance: Instance) -> Exit:
        if instance.id in self._world.exits:
            return self._world.exits[instance.id]
        self._waiting[instance.id] = asyncio.get_running_loop().create_future()
        return await self._waiting[instance.id]

    async def logs(self, instance: Instance) -> str:
        return ""

    async def exec(self, instance: Instance, argv: Sequence[str], fds: tuple[int, int, int]) -> int:
        return 0

    async def lend(self, instance: Instance, paths: Sequence[bytes], channel: socket.socket) -> None:
        channel.close()

    async def open_terminal(self, instance: Instance, listening: socket.socket, program: TerminalProgram) -> None:
        self._gate()

    async def stats(self, instance: Instance) -> Stats:
        return Stats(0, 0, 0.0)

    async def pause(self, instance: Instance) -> None:
        self._gate()

    async def resume(self, instance: Instance) -> None:
        self._gate()

    async def list(self) -> tuple[Instance, ...]:
        return tuple(self._world.running.values())

    async def grant_network(self, instance: Instance) -> None:
        self._set_network(instance, True)

    async def revoke_network(self, instance: Instance) -> None:
        self._set_network(instance, False)

    def _set_network(self, instance: Instance, network: bool) -> None:
        self._gate()
        if instance.id not in self._world.running:
            raise Problem("instance-gone", "gone")
        self._world.running[instance.id] = msgspec.structs.replace(instance, network=network)

    async def reap(self, instance_id: str) -> None:
        await asyncio.sleep(0)
        self._gate()
        self._end(instance_id, Exit(137))
        self._world.exits.pop(instance_id, None)
        self._gate()
        private = self._root / instance_id
        if private.exists():
            private.rmdir()

    async def kept_for(self, app: str, store: Path, digest: str) -> tuple[str, ...]:
        return ()

    async def forget_app(self, app: str, store: Path) -> None:
        self._gate()

    async def close(self) -> None:
        return
