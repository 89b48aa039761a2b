"""No way out until it is granted, live; never a way to the host's own services."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.runtimes import processes
from tests.runtimes.conftest import Bench, own_address

pytestmark = pytest.mark.skipif(
    shutil.which("slirp4netns") is None or not os.access("/dev/net/tun", os.R_OK | os.W_OK),
    reason="needs slirp4netns and an accessible /dev/net/tun",
)

CONNECT = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 60) as connection:
        print(connection.recv(100).decode())
except OSError as error:
    print("refused", error)
"""


@asynccontextmanager
async def service(address: str) -> AsyncIterator[int]:
    """A server of the host that greets; its port."""

    def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"welcome")
        writer.close()

    server = await asyncio.start_server(greet, address, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def connect(bench: Bench, instance: object, address: str, port: int, seconds: int = 60) -> str:
    """What a client inside is told; who expects no answer need not wait that long for one."""
    command = ("/usr/bin/python3", "-I", "-c", CONNECT.replace(", 60)", f", {seconds})"), address, str(port))
    code, output = await bench.execute(instance, *command)  # type: ignore[arg-type]
    assert code == 0, output
    return output.strip()


async def test_granted_and_revoked_live(bench: Bench) -> None:
    address = own_address()
    instance = await bench.start(bench.python("import time; time.sleep(1000)"))
    async with service(address) as port:
        assert "unreachable" in await connect(bench, instance, address, port)
        await bench.runtime.grant_network(instance)
        assert (await bench.runtime.list())[0].network
        assert await connect(bench, instance, address, port) == "welcome"
        await bench.runtime.revoke_network(instance)
        assert not (await bench.runtime.list())[0].network
        assert "refused" in await connect(bench, instance, address, port, 5)
        await bench.runtime.grant_network(instance)
        await bench.runtime.grant_network(instance)
        assert await connect(bench, instance, address, port) == "welcome"


async def test_granted_from_the_start(bench: Bench) -> None:
    address = own_address()
    async with service(address) as port:
        plan = bench.python(
            CONNECT.replace("sys.argv[1]", repr(address)).replace("sys.argv[2]", str(port)), network=True
        )
        assert (await bench.output(plan)).strip() == "welcome"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.2.2"])
async def test_the_hosts_loopback_stays_out_of_reach(bench: Bench, address: str) -> None:
    instance = await bench.start(bench.python("import time; time.sleep(1000)", network=True))
    async with service("127.0.0.1") as port:
        assert "refused" in await connect(bench, instance, address, port, 5)


async def test_own_loopback_works_without_a_grant(bench: Bench) -> None:
    script = """
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
server.accept()[0].send(b"hello")
print(client.recv(9).decode())
"""
    assert await bench.output(bench.python(script)) == "hello\n"


async def test_abstract_sockets_of_the_host_are_invisible(bench: Bench) -> None:
    name = f"berth-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + name)
        server.listen()
        script = f"""
import socket
try:
    socket.socket(socket.AF_UNIX).connect("\\0{name}")
    print("reached")
except ConnectionRefusedError:
    print("refused")
"""
        assert await bench.output(bench.python(script)) == "refused\n"


async def test_the_resolver_is_in_place_before_the_grant(bench: Bench) -> None:
    assert "nameserver 10.0.2.3" in await bench.output(bench.plan("cat", "/etc/resolv.conf"))


async def test_nothing_of_the_network_outlives_the_instance(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    await bench.runtime.grant_network(instance)
    attached = [pid for pid in processes.children(instance.pid) if "slirp4netns" in command_line(pid)]
    assert attached
    await bench.runtime.kill(instance)
    assert not any(Path(f"/proc/{pid}").exists() for pid in attached)


async def test_an_instance_stopped_while_its_network_comes_up_ends(bench: Bench) -> None:
    for delay in range(24):
        instance = await bench.start(bench.plan("sleep", "1000", network="nat"))
        await asyncio.sleep(delay / 1000)
        async with asyncio.timeout(60):
            await bench.runtime.stop(instance, grace=1.0)


async def test_a_killed_supervisor_takes_the_network_with_it(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    await bench.runtime.grant_network(instance)
    (attached,) = [pid for pid in processes.children(instance.pid) if "slirp4netns" in command_line(pid)]
    pidfd = os.pidfd_open(attached)
    gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(pidfd, gone.set)
    os.kill(instance.pid, 9)
    async with asyncio.timeout(20):
        await gone.wait()
    asyncio.get_running_loop().remove_reader(pidfd)
    os.close(pidfd)
    await bench.runtime.wait(instance)


async def test_a_network_process_that_dies_is_noticed(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    await bench.runtime.grant_network(instance)
    (attached,) = [pid for pid in processes.children(instance.pid) if "slirp4netns" in command_line(pid)]
    os.kill(attached, 9)
    async with asyncio.timeout(20):
        while (await bench.runtime.list())[0].network:
            await asyncio.sleep(0.01)
    await bench.runtime.grant_network(instance)
    assert (await bench.runtime.list())[0].network


async def test_without_slirp4netns_there_is_one_clear_problem(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bwrap = shutil.which("bwrap")
    assert bwrap is not None
    only = bench.directory("bin")
    (only / "bwrap").symlink_to(bwrap)
    monkeypatch.setenv("PATH", str(only))
    bench.runtime = type(bench.runtime)(bench.root)
    instance = await bench.start(bench.plan("sleep", "1000"))
    with pytest.raises(Problem) as caught:
        await bench.runtime.grant_network(instance)
    assert caught.value.code == "network-missing"
    assert "apt install slirp4netns" in caught.value.hint
    network = await bench.start(bench.shell("echo runs on; sleep 1000", network=True))
    await bench.said(network, "runs on")


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()
