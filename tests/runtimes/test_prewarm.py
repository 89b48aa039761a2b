"""Containers that wait for a start: used once, by one instance, and gone with whoever made them."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import msgspec
import pytest

from berth.core.plan import LaunchPlan, Limits, Mount
from berth.runtimes import processes
from berth.runtimes.port import Exit
from tests.runtimes.conftest import DockerBench
from tests.runtimes.engines import Dockerd, docker_runtime

LOOK = 'cat; echo "$GREETING"; ls -A /run/berth /tmp /home/berth; touch /tmp/x; echo "it\'s $0"; exit 6'


class WarmBench(DockerBench):
    def make(self) -> object:
        return docker_runtime(self.root, self._daemon.socket, spares=2)

    def app(self, *command: str, **changes: object) -> LaunchPlan:
        """A plan with every kind of directory; arguments differ from start to start."""
        plan = self.plan(*command, environment=(("GREETING", "good  day"),))
        received = Mount(str(self.directory(f"received/{plan.instance}")), "/tmp/received")
        return msgspec.structs.replace(plan, mounts=(*plan.mounts, received), **changes)

    async def warm(self, app: str = "org.example.App") -> str:
        """The id of the waiting container, once it waits."""
        async with asyncio.timeout(60):
            while True:
                spare = self.runtime.spares.waiting.get(app)
                # Its shell sleeps once it has nothing to do but wait at the gate.
                if spare is not None and await self.sleeps(spare.id):
                    return spare.id
                await asyncio.sleep(0.01)

    async def sleeps(self, spare: str) -> bool:
        with self._daemon.client() as client:
            found = await asyncio.to_thread(client.inspect_container, f"berth-{spare}")
        shells = processes.namespace_members(found["State"]["Pid"]) - {found["State"]["Pid"]}
        kernel_functions = [Path(f"/proc/{pid}/wchan").read_text() for pid in shells]
        return bool(shells) and all("fifo" in name or "partner" in name for name in kernel_functions)


@pytest.fixture
def bench(tmp_path: Path, image: Path, dockerd: Dockerd) -> WarmBench:
    return WarmBench(tmp_path, image, dockerd)


def names(dockerd: Dockerd) -> dict[str, str]:
    """Id by name, of all containers."""
    with dockerd.client() as client:
        return {found["Names"][0].lstrip("/"): found["Id"] for found in client.containers(all=True)}


async def test_a_removed_app_has_no_waiting_container(bench: WarmBench, dockerd: Dockerd, tmp_path: Path) -> None:
    first = await bench.start(bench.app("sleep", "1000"))
    spare = await bench.warm()
    kept = await bench.runtime.kept_for("org.example.App", tmp_path, "")
    assert kept == (f"container berth-{spare} in Docker",)
    await bench.runtime.forget_app("org.example.App", tmp_path)
    assert f"berth-{spare}" not in names(dockerd) and f"berth-{first.id}" in names(dockerd)
    assert await bench.runtime.kept_for("org.example.App", tmp_path, "") == ()


async def test_the_second_start_is_the_waiting_container(bench: WarmBench, dockerd: Dockerd) -> None:
    first = await bench.start(bench.app("sleep", "1000"))
    spare = await bench.warm()
    waiting = names(dockerd)[f"berth-{spare}"]
    plan = bench.app("sh", "-c", f"exec 2>&1; until [ -e /run/berth/there ]; do sleep 0.01; done; {LOOK}", "mine")
    (Path(plan.instance_directory) / "there").touch()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{plan.instance_directory}/s")
        second = await bench.start(plan)
        found = names(dockerd)
        assert found[f"berth-{second.id}"] == waiting
        assert f"berth-{spare}" not in found
        assert await bench.runtime.wait(second) == Exit(6)
        assert Path(f"{plan.instance_directory}/s").is_socket()
    said = [line for line in (await bench.runtime.logs(second)).split("\n") if line]
    assert sorted(said) == sorted(
        ["good  day", "/home/berth:", "/run/berth:", "s", "there", "/tmp:", "received", "it's mine"]
    )
    assert {instance.id for instance in await bench.runtime.list()} == {first.id}
    assert (bench.root / second.id).is_dir() and not (bench.root / spare).exists()
    left = {path.name for path in bench.directory("instances").iterdir()}
    assert {first.id, second.id} <= left and spare not in left


async def test_nothing_is_used_twice(bench: WarmBench, dockerd: Dockerd) -> None:
    await bench.start(bench.app("sleep", "1000"))
    used = set()
    for _number in range(3):
        used.add(await bench.warm())
        output = await bench.output(bench.app("sh", "-c", "ls -A /tmp /home/berth; touch /tmp/x /dev/shm/x"))
        assert "x" not in output.split()
    assert len(used) == 3


async def test_a_container_that_does_not_fit_or_has_died_is_not_used(bench: WarmBench, dockerd: Dockerd) -> None:
    await bench.start(bench.app("sleep", "1000"))
    spare = await bench.warm()
    plan = bench.app("sh", "-c", "ulimit -n", limits=Limits(memory=256 << 20, processes=32, open_files=99))
    assert await bench.output(plan) == "99\n"
    assert f"berth-{spare}" not in names(dockerd)
    spare = await bench.warm()
    with dockerd.client() as client:
        await asyncio.to_thread(client.kill, f"berth-{spare}")
        await asyncio.to_thread(client.wait, f"berth-{spare}")
    assert await bench.output(msgspec.structs.replace(bench.app("echo", "up"), limits=plan.limits)) == "up\n"
    assert f"berth-{spare}" not in names(dockerd)


async def test_a_waiting_container_gets_the_network_before_its_app_begins(bench: WarmBench) -> None:
    await bench.start(bench.app("sleep", "1000"))
    await bench.warm()
    plan = bench.app("sh", "-c", "ls /sys/class/net", network="nat")
    assert "eth0" in (await bench.output(plan)).split()


async def test_waiting_containers_go_with_the_engine_and_after_its_death(bench: WarmBench, dockerd: Dockerd) -> None:
    instance = await bench.start(bench.app("sleep", "1000"))
    spare = await bench.warm()
    await bench.runtime.close()
    assert set(names(dockerd)) == {f"berth-{instance.id}"}
    assert not (bench.root / spare).exists()
    bench.runtime = bench.make()
    await bench.start(bench.app("sleep", "1000"))
    spare = await bench.warm()
    bench.runtime.spares.waiting.clear()  # as if this engine were dead
    await bench.runtime.close()
    bench.runtime = docker_runtime(bench.root, dockerd.socket)
    assert spare not in {known.id for known in await bench.runtime.list()}
    assert (bench.root / spare / "runtime").read_text() == "docker"
    await bench.runtime.reap(spare)
    assert f"berth-{spare}" not in names(dockerd)
    assert not (bench.root / spare).exists()
