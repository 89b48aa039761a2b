"""Whatever is killed, running apps stay known, and ended ones leave nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from berth.core.plan import LaunchPlan
from berth.runtimes import processes
from berth.runtimes.bubblewrap import BubblewrapRuntime
from berth.runtimes.port import Exit, Instance
from berth.runtimes.residue import residue
from tests.dying import chosen
from tests.runtimes.conftest import Bench


def zygotes(parent: int) -> list[int]:
    """Other tests' processes may be children of ours, too."""
    return [pid for pid in processes.children(parent) if name_of(pid) == "berth-zygote"]


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def descendants(pid: int) -> list[int]:
    below = processes.children(pid)
    return below + [one for child in below for one in descendants(child)]


async def ended(pid: int) -> None:
    """Until a process that is not our child has ended."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    loop.add_reader(pidfd, gone.set)
    try:
        async with asyncio.timeout(20):
            await gone.wait()
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)


async def test_a_killed_supervisor_takes_the_app_with_it(bench: Bench) -> None:
    instance = await bench.start(bench.shell("sleep 1000 & sleep 1000 & echo up; wait"))
    await bench.said(instance, "up")
    members = descendants(instance.pid)
    assert len(members) == 5  # bubblewrap's monitor and init, the shell, two commands
    os.kill(instance.pid, signal.SIGKILL)
    end = await bench.runtime.wait(instance)
    assert end.code == 137
    assert "supervisor" in end.reason
    for pid in members:
        await ended(pid)
    assert not [entry for entry in residue(instance.id, bench.root) if not entry.startswith("directory")]


async def test_a_supervisor_killed_at_any_moment_leaves_nothing(bench: Bench) -> None:
    for delay in range(12):
        instance = await bench.start(bench.plan("sleep", "1000"))
        await asyncio.sleep(delay / 1000)
        os.kill(instance.pid, signal.SIGKILL)
        assert (await bench.runtime.wait(instance)).code == 137


async def test_a_supervisor_asked_to_end_ends_the_app(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    await bench.execute(instance, "true")
    os.kill(instance.pid, signal.SIGTERM)
    assert await bench.runtime.wait(instance) == Exit(137)


_MORTAL = """
import asyncio, importlib, os, sys
from pathlib import Path
import msgspec
from berth.core.plan import LaunchPlan
from tests.dying import Steps

async def main():
    module, make, root, more, text, last = sys.argv[1:]
    runtime = getattr(importlib.import_module(module), make)(Path(root), *msgspec.json.decode(more))
    plan = msgspec.json.decode(text, type=LaunchPlan)
    private = Path(root) / plan.instance
    steps = Steps(int(last))
    steps.watch()
    await runtime.start(plan, private / "log", private)
    while plan.runtime == "docker" and not runtime.spares.waiting:
        await asyncio.sleep(0.01)
    taken = steps.taken
    print(taken, flush=True)
    os._exit(0)

asyncio.run(main())
"""
"""An engine that starts an instance, and in Docker a container for the next one, and dies on the way."""


def dies_starting(bench: Bench, plan: LaunchPlan, last: int) -> int | None:
    """Start in a process that may take `last` steps; how many it took, None if it died."""
    plan = msgspec.structs.replace(plan, runtime=bench.runtime.name)
    more = msgspec.json.encode([*msgspec.json.decode(bench.made_with), *([1] if plan.runtime == "docker" else [])])
    words = [*bench.maker, str(bench.root), more.decode(), msgspec.json.encode(plan).decode(), str(last)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", _MORTAL, *words], stdout=subprocess.PIPE, env=environment, check=False, timeout=100
    )
    assert ended.returncode in (0, -signal.SIGKILL)
    return None if ended.returncode else int(ended.stdout)


async def test_death_of_an_engine_at_a_step_of_a_start(contract: Bench) -> None:
    """The next one knows the instance again, whole, or can remove what there is."""
    bench = contract
    whole = bench.plan("sleep", "1000")
    count = await asyncio.to_thread(dies_starting, bench, whole, -1)
    assert count is not None and count > 3
    for step in [*chosen(count, 3), count]:
        plan = bench.plan("sleep", "1000")
        await asyncio.to_thread(dies_starting, bench, plan, step)
        bench.runtime = bench.make()
        found = {instance.id: instance for instance in await bench.runtime.list()}
        if plan.instance in found:
            assert await bench.execute(found[plan.instance], "echo", "whole") == (0, "whole\n")
        for name in {path.name for path in bench.root.iterdir()} | {plan.instance}:
            if name not in found:
                await bench.runtime.reap(name)
                assert await bench.leftovers(name) == [], step
        for instance in found.values():
            assert (await bench.runtime.kill(instance)).code == 137
            await bench.runtime.reap(instance.id)
        assert list(bench.root.iterdir()) == []
        await bench.runtime.close()
    bench.runtime = bench.make()


async def test_a_dead_zygote_is_replaced(bench: Bench) -> None:
    before = await bench.start(bench.plan("sleep", "1000"))
    (zygote,) = zygotes(os.getpid())
    os.kill(zygote, signal.SIGKILL)
    await bench.runtime._zygote._process.wait()  # until that is known the supervisor it has made ready is used
    after = await bench.start(bench.plan("sleep", "1000"))
    assert {instance.id for instance in await bench.runtime.list()} == {before.id, after.id}
    assert [pid for pid in zygotes(os.getpid()) if pid != zygote]


async def test_a_zygote_killed_while_apps_start(bench: Bench) -> None:
    await bench.start(bench.plan("sleep", "1000"))
    (zygote,) = zygotes(os.getpid())
    starting = [asyncio.create_task(bench.start(bench.plan("sleep", "1000"))) for _number in range(5)]
    await asyncio.sleep(0)
    os.kill(zygote, signal.SIGKILL)
    started = await asyncio.gather(*starting)
    assert {instance.id for instance in started} <= {instance.id for instance in await bench.runtime.list()}


async def test_hostile_packets_do_not_harm_a_supervisor(bench: Bench) -> None:
    from berth.runtimes import orders
    from berth.runtimes.supervisor import SOCKET

    instance = await bench.start(bench.plan("sleep", "1000"))
    for packet in (b"\xc1", b"{}", b"\x00" * 10_000, os.urandom(300)):
        with orders.connect(Path(instance.private_directory), SOCKET) as connection, Path(__file__).open() as file:
            orders.send(connection, packet, [file.fileno()])
            assert connection.recv(10) == b""
    assert await bench.execute(instance, "true") == (0, "")


async def test_reaping_without_the_private_directory(bench: Bench) -> None:
    instance: Instance = await bench.start(bench.plan("sleep", "1000"))
    await bench.execute(instance, "true")
    private = Path(instance.private_directory)
    for path in private.iterdir():
        path.unlink()
    private.rmdir()
    await BubblewrapRuntime(bench.root).reap(instance.id)
    await ended(instance.pid)
    assert residue(instance.id, bench.root) == []
