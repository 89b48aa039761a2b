"""Containers that wait for a start of their app: made while nobody waits, used once, never shared.

Making and starting a container takes Docker some hundred milliseconds. A spare one has done all that and
waits at a FIFO for the command. What is particular to an instance are its directories: the spare's own take
their place, by one rename, when it becomes that instance.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shlex
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from berth.core.plan import SANDBOX_INSTANCE_DIR, LaunchPlan, Mount
from berth.core.problem import Problem
from berth.runtimes import kernel

_GATE = ".start"
_WAIT = """\
script=
while IFS= read -r line || [ -n "$line" ]; do script="$script$line
"; done <"$0"
eval "$script"
"""


@dataclass(frozen=True)
class Spare:
    """A container that waits.

    Attributes:
        plan: what it was made from; its instance is the spare's own id.
        image: its name in the engine.
    """

    plan: LaunchPlan
    image: str

    @property
    def id(self) -> str:
        return self.plan.instance

    def fits(self, plan: LaunchPlan, image: str) -> bool:
        """Whether it differs from what `plan` asks for only in what can be changed still."""
        return self.image == image and self.plan == _adapted(plan, self.id)

    def directories(self) -> list[Path]:
        return _own_directories(self.plan)

    def prepare(self) -> None:
        """Raises OSError."""
        for directory in self.directories():
            directory.mkdir(mode=0o700)
        os.mkfifo(Path(self.plan.instance_directory) / _GATE, 0o600)

    def open_gate(self) -> int:
        """The end to write to. Raises OSError if nobody waits at the other."""
        return os.open(Path(self.plan.instance_directory) / _GATE, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def take_place(self, plan: LaunchPlan) -> None:
        """The spare's directories, which are in the container already, become those of `plan`, with all that is in
        them: a listening socket is found under its new name. Raises OSError."""
        for own, wanted in zip(self.directories(), _own_directories(plan), strict=True):
            for entry in wanted.iterdir():
                entry.rename(own / entry.name)
            kernel.exchange(own, wanted)
            own.rmdir()

    def remove_directories(self) -> None:
        for directory in self.directories():
            shutil.rmtree(directory, ignore_errors=True)


class Spares:
    """At most `most` of them, one for each of the apps that were started last.

    Args:
        undisturbed: seconds that an app is left alone after its start, before its spare is made.
        make: makes the container of a spare. Raises `Problem` or OSError.
        discard: removes whatever there is of one; raises nothing.
    """

    def __init__(
        self,
        most: int,
        undisturbed: float,
        make: Callable[[Spare], Awaitable[None]],
        discard: Callable[[Spare], Awaitable[None]],
    ) -> None:
        self._most = most
        self._undisturbed = undisturbed
        self._make = make
        self._discard = discard
        self._making: dict[str, asyncio.Task[None]] = {}
        self.waiting: dict[str, Spare] = {}

    def take(self, app: str) -> Spare | None:
        """The spare of an app, which is the caller's from now on."""
        return self.waiting.pop(app, None)

    def make_later(self, plan: LaunchPlan, image: str) -> None:
        """Unless the image has no shell that could wait."""
        if self._most and plan.app not in self._making and os.path.lexists(Path(plan.rootfs) / "bin/sh"):
            spare = Spare(_adapted(plan, f"spare-{secrets.token_hex(6)}"), image)
            task = asyncio.create_task(self._add(plan.app, spare))
            self._making[plan.app] = task
            task.add_done_callback(lambda _task: self._making.pop(plan.app, None))

    async def _add(self, app: str, spare: Spare) -> None:
        """What goes wrong here is seen, and said, at the next start."""
        await asyncio.sleep(self._undisturbed)
        try:
            await self._make(spare)
        except (Problem, OSError):
            await self._discard(spare)
            return
        except asyncio.CancelledError:
            await self._discard(spare)
            raise
        replaced = self.waiting.pop(app, None)
        self.waiting[app] = spare
        surplus = [self.waiting.pop(other) for other in list(self.waiting)[: -self._most]]
        for unused in (*surplus, *([replaced] if replaced else [])):
            await self._discard(unused)

    async def drop(self, app: str) -> None:
        """Discard the spare of an app, also one that is being made."""
        making = self._making.get(app)
        if making is not None:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)
        spare = self.take(app)
        if spare is not None:
            await self._discard(spare)

    async def close(self) -> None:
        making = list(self._making.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)
        waiting, self.waiting = self.waiting, {}
        await asyncio.gather(*(self._discard(spare) for spare in waiting.values()))


def release(gate: int, plan: LaunchPlan) -> None:
    """Have the command of `plan` executed, and leave no trace of the gate. Closes it. Blocks. Raises OSError."""
    os.set_blocking(gate, True)
    with open(gate, "wb") as file:
        file.write(f"exec {shlex.join(plan.arguments)}\n".encode())
    (Path(plan.instance_directory) / _GATE).unlink()


def _adapted(plan: LaunchPlan, spare: str) -> LaunchPlan:
    return msgspec.structs.replace(
        plan,
        instance=spare,
        arguments=("/bin/sh", "-c", _WAIT, f"{SANDBOX_INSTANCE_DIR}/{_GATE}"),
        network="none",
        instance_directory=str(Path(plan.instance_directory).with_name(spare)),
        mounts=tuple(_adapted_mount(mount, plan.instance, spare) for mount in plan.mounts),
    )


def _adapted_mount(mount: Mount, instance: str, spare: str) -> Mount:
    source = Path(mount.source)
    return Mount(str(source.with_name(spare)), mount.target, mount.writable) if source.name == instance else mount


def _own_directories(plan: LaunchPlan) -> list[Path]:
    """Directories of the host that belong to this instance alone, and are called by its id."""
    sources = (Path(mount.source) for mount in plan.mounts)
    return [Path(plan.instance_directory), *(source for source in sources if source.name == plan.instance)]
