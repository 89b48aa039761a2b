"""What is seen of a running instance from outside, through each runtime: true, bounded, and never a failure."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from berth.core.compile import compile_plan
from berth.core.inside import OWN_VARIABLES, UNLIMITED, Inside
from berth.core.manifest import Display, parse_manifest
from berth.core.plan import Mount, Style
from berth.core.problem import Problem
from berth.runtimes.inside import confines, held, mounts, procfs, sockets, tree
from berth.runtimes.inside.look import look_inside
from berth.runtimes.port import Instance
from tests.runtimes.conftest import Bench

NOBODY = 65534
BUSY = """
import os, socket, time
written = open("/home/berth/diary", "w")
read_only = open("/home/berth/diary")
listening = socket.create_server(("127.0.0.1", 4711))
connected = socket.create_connection(("127.0.0.1", 4711))
accepted, _ = listening.accept()
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", 4712))
desktop = socket.socket(socket.AF_UNIX)
desktop.connect("/run/berth/wayland-0")
own = socket.socket(socket.AF_UNIX)
own.bind("/tmp/own")
own.listen()
# A path that looks like one more line of the kernel's table.
forged = socket.socket(socket.AF_UNIX)
forged.bind(f"/tmp/x\\n0000000000000000: 00000002 00000000 00010000 0001 01 {os.fstat(own.fileno()).st_ino} lie")
if not os.fork():
    open("/proc/self/comm", "w").write("red\\x1b[31m\\u202e")
    print("up", flush=True)
    time.sleep(1000)
time.sleep(1000)
"""


@pytest.fixture
def bench(contract: Bench) -> Bench:
    return contract


def directory(bench: Bench, instance: Instance) -> Path:
    return bench.base / "instances" / instance.id


async def look(bench: Bench, instance: Instance, **others: int) -> Inside:
    return await asyncio.to_thread(look_inside, instance, directory(bench, instance), others)


async def test_all_of_an_instance(bench: Bench) -> None:
    folder = bench.directory("shown/Pictures")
    plan = bench.python(BUSY, environment=(("SECRET_TOKEN", "hunter2"), ("LANG", "C.UTF-8")))
    mounted = (*plan.mounts, Mount(str(folder), "/run/folders/Pictures"))
    plan = msgspec.structs.replace(plan, mounts=mounted, working_directory="/tmp", stop_signal="SIGHUP")
    with socket.socket(socket.AF_UNIX) as desktop:
        path = directory(bench, Instance(plan.instance, "", 0, 0.0, "", False, "", "", "")) / "wayland-0"
        place = os.open(path.parent, os.O_PATH)
        desktop.bind(f"/proc/self/fd/{place}/wayland-0")
        os.close(place)
        path.chmod(0o666)
        desktop.listen()
        instance = await bench.start(plan)
        await bench.said(instance, "up")
        accepted, _address = desktop.accept()
        with accepted:
            found = await look(bench, instance)
    assert (found.instance, found.runtime, found.hidden, found.left_out) == (instance.id, instance.runtime, (), ())
    assert (found.directory, found.stop_signal) == ("/tmp", "SIGHUP")
    check_processes(found)
    check_confines(found, instance)
    check_mounts(found, bench, folder)
    check_connections(found)
    shown = {variable.name: variable for variable in found.environment}
    assert (shown["SECRET_TOKEN"].shown, shown["SECRET_TOKEN"].value) == (False, "")
    assert (shown["HOME"].shown, shown["HOME"].value) == (True, "/home/berth")
    assert "hunter2" not in str(found.environment)
    assert {(file.path, file.origin) for file in found.files if file.origin == "home"} == {
        ("/home/berth/diary", "home")
    }


def check_processes(found: Inside) -> None:
    named = {process.name: process for process in found.processes}
    red = named["red\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}"]
    app = next(process for process in found.processes if process.pid == red.parent)
    assert [process.pid for process in found.processes].count(1) == 1
    assert app.command.startswith("/usr/bin/python3 -I -c") and app.command.endswith("…")
    assert app.command.isprintable() and len(app.command) < 600
    assert app.memory > 1 << 20 and app.threads == 1 and app.cpu >= 0
    assert Path(f"/proc/{red.host_pid}/comm").read_bytes().startswith(b"red\x1b")


def check_confines(found: Inside, instance: Instance) -> None:
    own = {space.kind for space in found.namespaces if not space.desktop}
    assert own >= {"mnt", "pid", "net", "ipc", "uts"}
    assert all(space.inode > 0 and space.instances == () for space in found.namespaces)
    held_powers = found.capabilities
    assert held_powers.effective == held_powers.permitted == held_powers.bounding == held_powers.ambient == ()
    assert found.no_new_privileges
    assert found.seccomp.mode == "filter" and found.seccomp.filters >= 1
    assert "mount" in found.seccomp.refused and "socket" in found.seccomp.restricted
    assert found.uid == os.getuid() and sum(row.count for row in found.uid_map) >= 1
    limits = {limit.name: limit for limit in found.limits}
    assert limits["open files"].hard == 256 and limits["core file size"].hard == 0
    if instance.limits.startswith("cgroup"):
        assert found.group is not None and f"cgroup v{found.group.version}" == instance.limits
        assert found.group.memory_limit == 512 << 20 and 0 < found.group.memory < 512 << 20
        assert 64 <= found.group.process_limit < 70 and found.group.processes >= 2
    else:
        assert found.group is None
        assert limits["data size"].hard == 512 << 20


def check_mounts(found: Inside, bench: Bench, folder: Path) -> None:
    by_target = {mount.target: mount for mount in found.mounts}
    assert by_target["/"].origin == "image" and not by_target["/"].writable
    home = by_target["/home/berth"]
    assert (home.origin, home.source, home.writable) == ("home", str(bench.home), True)
    assert (by_target["/run/berth"].origin, by_target["/run/berth"].writable) == ("desktop", False)
    shown = by_target["/run/folders/Pictures"]
    assert (shown.origin, shown.permission, shown.writable) == ("folder", f"folder:{folder}", False)
    assert by_target["/tmp"].origin == "scratch" and by_target["/proc"].origin == "kernel"
    assert by_target["/etc/resolv.conf"].origin == "network"


def check_connections(found: Inside) -> None:
    internet = {(entry.kind, entry.state, entry.local) for entry in found.sockets if entry.kind != "unix"}
    assert ("tcp", "listening", "127.0.0.1:4711") in internet and ("udp", "open", "127.0.0.1:4712") in internet
    to_server = next(entry for entry in found.sockets if entry.peer == "127.0.0.1:4711")
    assert to_server.state == "connected" and len(to_server.processes) == 2
    assert [(entry.state, entry.peer) for entry in found.sockets if entry.desktop] == [("connected", "wayland-0")]
    # Whose line was forged is told without what the line says.
    assert not any("lie" in entry.local for entry in found.sockets)
    assert any(device.name == "lo" and device.received for device in found.devices)


async def test_who_shares_a_namespace_is_named(bench: Bench) -> None:
    one, other = [await bench.start(bench.shell("echo up; sleep 1000")) for _ in range(2)]
    for instance in (one, other):
        await bench.said(instance, "up")
    found = await look(bench, one, other=other.pid, same=one.pid)
    assert {space.instances for space in found.namespaces if not space.desktop} == {("same",)}


async def test_an_instance_that_ends_meanwhile(bench: Bench) -> None:
    """Processes come and go as fast as they can while they are looked at, then all of them go."""
    instance = await bench.start(bench.shell("echo up; while :; do true & /bin/true; done"))
    await bench.said(instance, "up")
    for _ in range(4):
        assert (await look(bench, instance)).processes[0].pid == 1
    await bench.runtime.kill(instance)
    with pytest.raises(Problem) as caught:
        await look(bench, instance)
    assert caught.value.code == "instance-gone"


def as_nobody(work: Callable[[], bytes]) -> bytes:
    """What `work` says in a child of this process that belongs to another user."""
    near, far = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            with os.fdopen(far, "wb") as answer:
                answer.write(work())
        finally:
            os._exit(0)
    os.close(far)
    with os.fdopen(near, "rb") as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
async def test_what_another_user_may_not_see_is_named(bench: Bench) -> None:
    instance = await bench.start(bench.shell("echo up; sleep 1000; true"))
    await bench.said(instance, "up")
    answer = as_nobody(lambda: msgspec.json.encode(look_inside(instance, Path("/nowhere"))))
    found = msgspec.json.decode(answer, type=Inside)
    assert set(found.hidden) >= {"namespaces", "sockets", "environment", "files"}
    assert found.namespaces == found.environment == found.files == ()
    assert found.seccomp.mode == "filter" and found.capabilities.effective == ()
    assert [process.pid for process in found.processes][:1] == [1] and len(found.processes) >= 2


# --- parts


def test_values_are_shown_of_nothing_but_what_plans_set() -> None:
    image = '[image]\nbase = "gtk"\npackages = ["bb"]\n'
    text = f'id = "a.b"\nname = "B"\nsummary = "b"\ncommand = ["b"]\ndisplay = "{{}}"\n{image}'
    style = Style(frozenset(("gtk3", "gtk4", "adwaita", "qt")))
    names: set[str] = set()
    for display in get_args(Display):
        served = "[web]\nport = 8080\n" if display == "web" else ""
        manifest = parse_manifest(text.format(display) + served, "b.toml")
        plan = compile_plan(
            manifest, instance="b-1", rootfs="/r", instance_directory="/i", home="/h", time_zone="UTC", style=style
        )
        names |= {name for name, _value in plan.environment}
    assert names >= OWN_VARIABLES, "core/inside.py lists what core/compile.py sets, and nothing else"


def test_processes_that_are_gone() -> None:
    gone = 1 << 22  # more than there can be
    assert tree.describe([gone], os.getpid()) == ()
    assert tree.first_process(tree.snapshot(), gone) == 0
    assert held.held([(gone, 1)], (), "bubblewrap") == held.Held({}, ())
    assert (procfs.read(gone, "environ"), procfs.stat(gone), procfs.status(gone)) == (b"", [], {})
    assert confines.resource_limits(gone) == confines.id_map(gone, "uid_map") == ()


def test_a_ring_of_parents_ends() -> None:
    assert list(tree.Tree({1: (2,), 2: (3,), 3: (1,)}).below(1)) == [1, 2, 3]


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "MOST_DESCRIPTORS", 5)
    files = [(tmp_path / str(number)).open("w") for number in range(9)]
    found = held.held([(os.getpid(), 1)], mounts.own_lines(), "bubblewrap")
    for file in files:
        file.close()
    assert found.cut and len(found.files) <= 5
    assert procfs.printable("x" * 9, 4) == "xxxx…"
    assert procfs.printable(b"a\x1b\xff\n") == "a" + 3 * "\N{REPLACEMENT CHARACTER}"
    assert procfs.printable("a\udcff") == "a\N{REPLACEMENT CHARACTER}"


def test_addresses() -> None:
    assert sockets.address("0100007F:1F90") == "127.0.0.1:8080"
    assert sockets.address("00000000000000000000000001000000:0016") == "[::1]:22"
    assert sockets.address("00000000:0000") == ""
    assert sockets.address("00000000:0050") == "0.0.0.0:80"
    assert sockets.address("hostile") == sockets.address("01:zz") == ""


def test_capabilities_and_limits() -> None:
    found = confines.capabilities({"CapEff": "0000000000003000", "CapBnd": "1000000000000000"})
    assert (found.effective, found.bounding, found.permitted) == (("net_admin", "net_raw"), ("60",), ())
    own = {limit.name: limit for limit in confines.resource_limits(os.getpid())}
    assert own["open files"].soft > 0 and own["open files"].unit == "files"
    assert all(limit.soft >= UNLIMITED for limit in own.values())


def test_places_with_spaces_and_lies() -> None:
    text = (
        "36 35 8:1 /a\\040b / rw,nosuid master:1 - ext4 /dev/root rw,errors=continue\n"
        "37 36 8:1 /x\\134\\012y /mnt ro - ext4 /dev/root ro\n"
        "nonsense\n38 - -\n"
    )
    lines = tuple(mounts._parsed(text))
    assert [(line.root, line.target) for line in lines] == [("/a b", "/"), ("/x\\\ny", "/mnt")]
    host = (mounts.Line(1, "8:1", "/", "/host", "rw", "ext4", "/dev/root", "rw"),)
    first, second = mounts.describe(lines, host, "bubblewrap")
    assert (first.source, first.writable, first.options) == ("/host/a b", True, "rw,nosuid,errors=continue")
    assert (second.source, second.origin) == ("/host/x\\\N{REPLACEMENT CHARACTER}y", "other")
