"""Files of an app for somebody outside: what it could read itself, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import pytest

from berth.core.plan import Mount
from berth.core.problem import Problem
from berth.runtimes import lending, orders
from berth.runtimes.lending import Lent
from berth.runtimes.port import Instance
from tests.runtimes.conftest import Bench

HOME = b"/home/berth/"


async def lent(bench: Bench, instance: Instance, *paths: bytes) -> dict[tuple[int, tuple[bytes, ...]], bytes | str]:
    """What comes for each item and place: the content of a file, the target of a link, else its kind."""
    near, far = orders.packet_pair()
    found: dict[tuple[int, tuple[bytes, ...]], bytes | str] = {}

    def read() -> None:
        while True:
            packet, fds = lending.receive(near)
            if packet is None:
                return
            if packet.kind == "file":
                with os.fdopen(fds[0], "rb") as file:
                    found[packet.item, packet.path] = file.read()
            elif packet.kind != "end":
                assert not fds
                found[packet.item, packet.path] = packet.target or packet.kind

    with near:
        await asyncio.gather(bench.runtime.lend(instance, paths, far), asyncio.to_thread(read))
    return found


def ended_items(channel: socket.socket) -> int:
    count = 0
    while True:
        packet, fds = lending.receive(channel)
        for fd in fds:
            os.close(fd)
        if packet is None:
            return count
        count += packet.kind == "end"


async def ready(bench: Bench, script: str, mounts: tuple[Mount, ...] = ()) -> Instance:
    instance = await bench.start(bench.shell(f"{script}; echo up; sleep 1000", mounts=mounts))
    await bench.said(instance, "up")
    return instance


async def test_files_and_folders(bench: Bench) -> None:
    script = "mkdir -p d/e; echo one > d/one; echo two > d/e/two; echo tmp > /tmp/t"
    instance = await ready(bench, f"{script}; busybox ln -s one d/link; busybox ln -s d/one s")
    paths = (HOME + b"d", b"/tmp/t", HOME + b"s", HOME + b"missing", b"/etc/passwd", HOME + b"d/../d/one")
    assert await lent(bench, instance, *paths) == {
        (0, ()): "directory",
        (0, (b"one",)): b"one\n",
        (0, (b"e",)): "directory",
        (0, (b"e", b"two")): b"two\n",
        (0, (b"link",)): b"one",
        (1, ()): b"tmp\n",
        (2, ()): b"one\n",
        (3, ()): "left_out",
        (4, ()): b"berth:x:1000:1000::/home/berth:/bin/sh\n",
        (5, ()): b"one\n",
    }


async def test_nothing_leads_out_of_the_apps_place(bench: Bench, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the host")
    up = b"../" * 20
    links = (
        f"ln -s {secret} a; ln -s {up.decode()}{secret} b; ln -s /proc/self/root/{secret} c; mkdir d; ln -s / d/root"
    )
    instance = await ready(bench, links.replace("ln -s", "busybox ln -s"))
    paths = [HOME + name for name in (b"a", b"b", b"c")]
    paths += [os.fsencode(secret), HOME + up + os.fsencode(secret), b"/proc/1/root" + os.fsencode(secret)]
    paths += [b"/proc/self/fd/0", b"/proc/self/fd/1", b"/proc/self/exe", b"/proc/self/cwd", b"/proc/self/environ"]
    paths += [b"/proc/self/maps", b"/proc/version", b"/proc", b"relative\xff", b"", b"/etc/shadow"]
    found = await lent(bench, instance, *paths)
    assert found == {(number, ()): "left_out" for number in range(len(paths))}
    assert await lent(bench, instance, HOME + b"d") == {(0, ()): "directory", (0, (b"root",)): b"/"}


async def test_what_is_no_file_and_what_the_app_cannot_read(bench: Bench) -> None:
    make = "mkdir d shut; busybox mkfifo d/fifo fifo; echo x > d/locked; echo y > d/open"
    instance = await ready(bench, f"{make}; busybox chmod 0 d/locked shut")
    paths = (HOME + b"d", HOME + b"fifo", b"/dev/zero", b"/dev/tty", HOME + b"shut", b"/dev/pts")
    found = await lent(bench, instance, *paths)
    assert {key: found.pop(key) for key in list(found) if key[0] != 5} == {
        (0, ()): "directory",
        (0, (b"fifo",)): "left_out",
        (0, (b"locked",)): "left_out",
        (0, (b"open",)): b"y\n",
        (1, ()): "left_out",
        (2, ()): "left_out",
        (3, ()): "left_out",
        (4, ()): "left_out",
    }
    assert found.pop((5, ())) == "directory" and set(found.values()) <= {"left_out"}, "terminals"


async def test_other_file_systems_below_are_not_entered(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/file").touch()
    instance = await ready(bench, "true", (Mount(str(tmp_path / "shared"), "/tmp/shared"),))
    found = await lent(bench, instance, b"/tmp", b"/")
    assert found[0, (b"shared",)] == "left_out"
    assert {found[1, (name,)] for name in (b"proc", b"dev", b"home", b"run")} == {"left_out"}


async def test_it_ends_with_the_app_and_with_whoever_reads(bench: Bench) -> None:
    digits = "0 1 2 3 4 5 6 7 8 9"
    instance = await ready(bench, f"for i in {digits}; do for j in {digits}; do echo $i > d$i$j; done; done")
    near, far = orders.packet_pair()
    lending_out = asyncio.create_task(bench.runtime.lend(instance, [b"/home/berth"] * 100, far))
    await asyncio.to_thread(near.recv, 1, socket.MSG_PEEK)
    near.close()
    await lending_out
    near, far = orders.packet_pair()
    with near:
        lending_out = asyncio.create_task(bench.runtime.lend(instance, [b"/home/berth"] * 100, far))
        await asyncio.to_thread(near.recv, 1, socket.MSG_PEEK)
        await bench.runtime.kill(instance)
        with contextlib.suppress(Problem):  # it tells of its own end, or the supervisor's comes first
            await lending_out
        assert await asyncio.to_thread(ended_items, near) < 100
        with pytest.raises(Problem) as problem:
            await bench.runtime.lend(instance, [b"/x"], socket.socket())
        assert problem.value.code == "instance-gone"


async def test_it_can_be_given_up(bench: Bench) -> None:
    instance = await ready(bench, "true")
    near, far = orders.packet_pair()
    with near:
        lending_out = asyncio.create_task(bench.runtime.lend(instance, [b"/etc/passwd"] * 10_000, far))
        await asyncio.to_thread(near.recv, 1, socket.MSG_PEEK)
        lending_out.cancel()
        with pytest.raises(asyncio.CancelledError):
            await lending_out
        assert await asyncio.to_thread(ended_items, near) < 10_000
    code, output = await bench.execute(instance, "echo", "still there")
    assert (code, output) == (0, "still there\n")


async def test_packets_that_are_none(bench: Bench) -> None:
    near, far = orders.packet_pair()
    with near, far:
        far.send(b"\xc1nonsense")
        with pytest.raises(lending.msgspec.DecodeError):
            lending.receive(near)
        assert Lent(0, "end") == Lent(0, "end", (), b"")
