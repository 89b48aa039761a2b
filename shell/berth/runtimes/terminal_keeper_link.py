"""Our engine's end of the process that keeps the terminals lent to an app in a container engine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from pathlib import Path

import msgspec

from berth.core.problem import Problem
from berth.runtimes import orders, processes
from berth.runtimes.port import Instance, TerminalProgram
from berth.runtimes.supervisor_link import SupervisorLink

SOCKET = "terminals.sock"
"""In the private directory of an instance whose terminals are kept."""
_MODULE = ("-m", "berth.runtimes.terminal_keeper")


class Order(msgspec.Struct, frozen=True):
    """What a keeper has to know.

    Attributes:
        socket: the container engine's own.
        container: name of the instance's in that engine.
        memory: limit of the instance in bytes, 0 if the engine does not hold it.
    """

    instance: Instance
    socket: str
    container: str
    memory: int


class TerminalKeepers:
    """One for each instance that has been lent a terminal, started with the first."""

    def __init__(self) -> None:
        self._opening = asyncio.Lock()

    async def open(self, order: Order, listening: socket.socket, program: TerminalProgram) -> None:
        """See `Runtime.open_terminal`. Raises `Problem` ``terminal-not-lent``, or ``bad-message``."""
        async with self._opening:
            link = _connected(_directory(order.instance)) or await _start(order)
            try:
                await link.call(orders.OpenTerminal(program), (listening.fileno(),))
            except Problem as problem:
                if problem.code != "instance-gone":
                    raise
                hint = f"The app's log may say why: berth logs {order.instance.id}"
                raise Problem("terminal-not-lent", "No terminal can be lent: what keeps it has ended.", hint) from None
            finally:
                link.close()

    async def asked_to_end(self, instance: Instance, grace: float) -> bool:
        """Ask the app's own program to end, if that runs on a terminal; False if it does not."""
        link = _connected(_directory(instance))
        if link is None:
            return False
        try:
            await link.call(orders.Stop(grace))
        except Problem:
            return False
        finally:
            link.close()
        return True

    async def ended(self, directory: Path) -> None:
        """Until nobody keeps a terminal of the instance with this private directory, which has ended."""
        link = _connected(directory)
        if link is not None:
            try:
                await link.ended()
            finally:
                link.close()


def keepers() -> dict[int, Order]:
    """All that this user has, and what they have begun, by process id."""
    found = {}
    # An app may call its own processes as it likes: they are in another namespace.
    for pid in processes.with_arguments(*_MODULE) & processes.namespace_members(os.getpid()):
        with contextlib.suppress(OSError, IndexError, ValueError, RecursionError):
            order = msgspec.json.decode(processes.arguments(pid)[-1], type=Order)
            if Path(f"/proc/{pid}").stat().st_uid == os.geteuid():
                found[pid] = order
    return found


def _directory(instance: Instance) -> Path:
    return Path(instance.private_directory)


def _connected(directory: Path) -> SupervisorLink | None:
    try:
        return SupervisorLink(orders.connect(directory, SOCKET))
    except OSError:
        return None


async def _start(order: Order) -> SupervisorLink:
    near, far = orders.packet_pair()
    with far:
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", *_MODULE),
                msgspec.json.encode(order),
                stdin=far.fileno(),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            near.close()
            raise Problem("terminal-not-lent", f"No terminal can be lent: {error.strerror}.") from None
    try:
        await process.wait()  # what goes on is a child of it
    except BaseException:
        near.close()
        raise
    return SupervisorLink(near)
