"""Whatever is killed, running apps stay known, and ended ones leave nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.runtimes import processes
from berth.runtimes.bubblewrap import BubblewrapRuntime
from berth.runtimes.port import Exit, Instance
from berth.runtimes.residue import residue
from tests.runtimes.conftest import Bench

_ENGINE = """
import asyncio, sys
from pathlib import Path
import msgspec
from berth.core.plan import LaunchPlan
from berth.runtimes.bubblewrap import BubblewrapRuntime

async def main():
    root = Path(sys.argv[1])
    runtime = BubblewrapRuntime(root)
    for text in sys.argv[2:]:
        plan = msgspec.json.decode(text, type=LaunchPlan)
        await runtime.start(plan, root / plan.instance / "log", root / plan.instance)
    print("up", flush=True)
    await asyncio.sleep(1000)

asyncio.run(main())
"""


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


async def test_apps_survive_the_engine_and_are_known_again(bench: Bench) -> None:
    import msgspec

    plans = [bench.shell(f"echo app {number}; sleep 1000") for number in range(3)]
    texts = [msgspec.json.encode(plan).decode() for plan in plans]
    engine = subprocess.Popen([sys.executable, "-c", _ENGINE, str(bench.root), *texts], stdout=subprocess.PIPE)
    assert engine.stdout is not None
    with engine.stdout:
        assert engine.stdout.readline() == b"up\n"
        (zygote,) = zygotes(engine.pid)
        engine.kill()
        engine.wait()
    await ended(zygote)
    adopted = {instance.id: instance for instance in await bench.runtime.list()}
    assert set(adopted) == {plan.instance for plan in plans}
    first, second, third = (adopted[plan.instance] for plan in plans)
    assert "app 0" in await bench.said(first, "app 0\n")
    assert await bench.execute(first, "echo", "still here") == (0, "still here\n")
    assert (await bench.runtime.stats(second)).processes >= 1
    assert (await bench.runtime.stop(second)).code == 143
    waiting = asyncio.create_task(bench.runtime.wait(third))
    await bench.execute(third, "true")
    await bench.runtime.kill(third)
    assert await waiting == Exit(137)


async def test_an_end_without_an_engine_is_told_later(bench: Bench) -> None:
    instance = await bench.start(bench.shell("until [ -e /home/berth/go ]; do sleep 0.01; done; exit 5"))
    await bench.runtime.close()
    (bench.home / "go").touch()
    await ended(instance.pid)
    later = BubblewrapRuntime(bench.root)
    assert await later.list() == ()
    assert await later.wait(instance) == Exit(5)
    await later.close()


async def test_closing_the_runtime_leaves_apps_alone(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    waiting = asyncio.create_task(bench.runtime.wait(instance))
    await bench.execute(instance, "true")
    await bench.runtime.close()
    with pytest.raises(Problem) as caught:
        await waiting
    assert caught.value.code == "engine-stopping"
    assert [known.id for known in await bench.runtime.list()] == [instance.id]


async def test_a_killed_supervisor_takes_the_app_with_it(bench: Bench) -> None:
    instance = await bench.start(bench.shell("sleep 1000 & sleep 1000; true"))
    await bench.execute(instance, "true")
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


async def test_a_dead_zygote_is_replaced(bench: Bench) -> None:
    before = await bench.start(bench.plan("sleep", "1000"))
    (zygote,) = zygotes(os.getpid())
    os.kill(zygote, signal.SIGKILL)
    await ended(zygote)
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


async def test_reaping_what_was_never_there(bench: Bench) -> None:
    await bench.runtime.reap("nothing-of-this-name")


async def test_reaping_a_running_instance_ends_it(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    await bench.execute(instance, "true")
    await bench.runtime.reap(instance.id)
    assert residue(instance.id, bench.root) == []


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
