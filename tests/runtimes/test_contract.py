"""What every runtime does alike: one set of cases, run through each of them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import msgspec
import pytest

from berth import doctor
from berth.core.folders import Folder, mounts_of
from berth.core.plan import SANDBOX_STYLE, LaunchPlan, Limits, Mount
from berth.core.problem import Problem
from berth.engine.appearance import files as appearance
from berth.runtimes import lending, logfile, orders
from berth.runtimes.port import Exit, Instance
from tests.engine.test_appearance import PALETTE
from tests.ready import readable
from tests.runtimes.conftest import Bench
from tests.runtimes.test_limits import FORK_BOMB, MEMORY_HOG, SMALL, TOLD
from tests.runtimes.test_network import CONNECT

LOOP = "while :; do sleep 0.02; done"
GREETER = f"trap 'echo bye; exit 7' TERM; echo up; {LOOP}"
OF_ENGINES = {"HOSTNAME", "PWD", "TERM", "container"}
"""Variables that a container engine or a shell sets beside those of the plan."""

_ENGINE = """
import asyncio, importlib, sys
from pathlib import Path
import msgspec
from berth.core.plan import LaunchPlan

async def main():
    module, make, root, more = sys.argv[1:5]
    runtime = getattr(importlib.import_module(module), make)(Path(root), *msgspec.json.decode(more))
    for text in sys.argv[5:]:
        plan = msgspec.json.decode(text, type=LaunchPlan)
        private = Path(root) / plan.instance
        await runtime.start(plan, private / "log", private)
    print("up", flush=True)
    await asyncio.sleep(1000)

asyncio.run(main())
"""


@pytest.fixture
def bench(contract: Bench) -> Bench:
    return contract


# --- start, output, end


async def test_output_and_exit_code(bench: Bench) -> None:
    instance = await bench.start(bench.shell("echo out; echo err >&2; exit 3"))
    assert instance.runtime == bench.runtime.name
    assert abs(instance.started - time.time()) < 60
    assert await bench.runtime.wait(instance) == Exit(3)
    assert sorted((await bench.runtime.logs(instance)).split()) == ["err", "out"]
    assert await bench.runtime.wait(instance) == Exit(3)
    assert await bench.runtime.stop(instance) == Exit(3)
    assert await bench.runtime.list() == ()


async def test_a_crash_is_named(bench: Bench) -> None:
    for name in ("SEGV", "KILL"):
        end, _output = await bench.run(bench.shell(f"sh -c 'kill -{name} $$'; exit $?"))
        assert end.code == 128 + signal.Signals[f"SIG{name}"]
        assert f"SIG{name}" in end.reason


async def test_stop_asks_first(bench: Bench) -> None:
    instance = await bench.start(bench.shell(GREETER))
    await bench.said(instance, "up")
    assert await bench.runtime.stop(instance, grace=30) == Exit(7)
    assert "bye" in await bench.runtime.logs(instance)


async def test_stop_asks_as_the_app_wants_to_be_asked(bench: Bench) -> None:
    plan = bench.shell(f"trap 'echo bye; exit 8' QUIT; trap 'exit 9' TERM; echo up; {LOOP}")
    instance = await bench.start(msgspec.structs.replace(plan, stop_signal="SIGQUIT"))
    await bench.said(instance, "up")
    known = next(other for other in await bench.runtime.list() if other.id == instance.id)
    assert await bench.runtime.stop(known, grace=30) == Exit(8)
    assert "bye" in await bench.runtime.logs(instance)


async def test_stop_kills_what_does_not_listen(bench: Bench) -> None:
    instance = await bench.start(bench.shell(f"trap '' TERM; echo up; {LOOP}"))
    await bench.said(instance, "up")
    assert await bench.runtime.stop(instance, grace=0.2) == Exit(137)


async def test_stop_by_force(bench: Bench) -> None:
    instance = await bench.start(bench.shell(GREETER))
    await bench.said(instance, "up")
    assert await bench.runtime.stop(instance, force=True) == Exit(137)
    assert "bye" not in await bench.runtime.logs(instance)


async def test_a_program_without_a_handler_ends_when_asked(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    await bench.execute(instance, "true")
    assert (await bench.runtime.stop(instance, grace=30)).code == 143


async def test_orphans_end_with_the_app(bench: Bench) -> None:
    end, _output = await bench.run(bench.shell("sleep 1000 & (sleep 1000 &) ; exit 0"))
    assert end == Exit(0)


async def test_a_full_log_is_bounded(bench: Bench) -> None:
    lines = logfile.LIMIT // 32  # in an engine's own format a line takes ten times its length
    instance = await bench.start(bench.shell(f"yes 1234567 | head -n {lines}; echo last"))
    assert await bench.runtime.wait(instance) == Exit(0)
    log = await bench.runtime.logs(instance)
    assert log.endswith("1234567\nlast\n")
    assert len(log) <= 2 * logfile.LIMIT


# --- what the app sees


async def test_the_environment_is_the_plans(bench: Bench) -> None:
    os.environ["BERTH_TEST_SECRET"] = "of the host"
    try:
        output = await bench.output(bench.plan("env", environment=(("GREETING", "good day"), ("EMPTY", ""))))
    finally:
        del os.environ["BERTH_TEST_SECRET"]
    variables = dict(line.split("=", 1) for line in output.splitlines())
    assert {name: value for name, value in variables.items() if name not in OF_ENGINES} == {
        "HOME": "/home/berth",
        "PATH": "/bin:/usr/bin",
        "GREETING": "good day",
        "EMPTY": "",
    }


async def test_it_starts_where_the_plan_says(bench: Bench) -> None:
    """The app, and commands inside; in its image or in what it has been given."""
    for place in ("/etc", "/home/berth/work", "/tmp"):
        (bench.home / "work").mkdir(exist_ok=True)
        plan = msgspec.structs.replace(bench.shell("pwd; echo up; exec sleep 1000"), working_directory=place)
        instance = await bench.start(plan)
        assert await bench.said(instance, "up\n") == f"{place}\nup\n"
        assert await bench.execute(instance, "sh", "-c", "pwd") == (0, f"{place}\n")
        await bench.runtime.kill(instance)


async def test_files(bench: Bench) -> None:
    """The home stays, mounts are what the plan says, nothing else can be written or seen."""
    shared = bench.directory("shared")
    (shared / "file").write_text("hello")
    places = "/ /bin /etc /run/berth /proc/sys/kernel /sys /tmp/shared /home /home/berth /tmp /dev/shm /run/user/1000"
    script = f"""
        exec 2>&1
        echo kept > /home/berth/note; cat /tmp/shared/file; echo; stat -c %a /run/user/1000
        for d in {places}; do touch $d/x 2>/dev/null && echo $d; done
        ls /home {bench.base} {Path.home()} /root /boot /work; cat /etc/shadow; true
    """
    plan = bench.shell(script, mounts=(Mount(str(shared), "/tmp/shared"),))
    end, output = await bench.run(plan)
    assert end == Exit(0)
    words = output.split()
    assert words[:2] == ["hello", "700"]
    writable = {word for word in words if word in places.split()}
    assert writable - {"/home", "/dev/shm"} == {"/home/berth", "/tmp", "/run/user/1000"}
    assert output.count("No such file") >= 4
    assert "note" not in output
    assert (bench.home / "note").read_text() == "kept\n"
    assert (bench.home / "note").stat().st_uid == os.getuid()
    assert [path.name for path in shared.iterdir()] == ["file"]


async def test_what_the_image_has_beside_the_home(bench: Bench) -> None:
    """It is seen, nothing of it can be changed, and the app may start there."""
    node = Mount(f"{bench.image}/home/node", "/home/node")
    script = """
        exec 2>/dev/null
        for file in node/x node/app/x node/app/main; do touch $file && echo $file; done
        ls; cat node/app/main; cd node && exec app/main
    """
    plan = msgspec.structs.replace(bench.shell(script, mounts=(node,)), working_directory="/home")
    assert await bench.output(plan) == "berth\nnode\n#!/bin/sh\npwd\n/home/node\n"
    plan = msgspec.structs.replace(bench.plan("./main", mounts=(node,)), working_directory="/home/node/app")
    assert await bench.output(plan) == "/home/node/app\n"
    assert [path.name for path in (bench.image / "home/node/app").iterdir()] == ["main"]


async def test_volumes(bench: Bench) -> None:
    """Folders of the image that the app writes to: what it had there, and what the app leaves, in a home of it, too."""
    kept, nested = bench.directory("volumes/data"), bench.directory("volumes/home%node%app")
    (kept / "first").write_text("of the image")
    mounts = (
        Mount(f"{bench.image}/home/node", "/home/node"),
        Mount(str(nested), "/home/node/app", writable=True),
        Mount(str(kept), "/data", writable=True),
    )
    script = "cat first; echo kept > second; echo kept > /home/node/app/third; touch /home/node/x 2>/dev/null || pwd"
    plan = msgspec.structs.replace(bench.shell(script, mounts=mounts), working_directory="/data")
    assert await bench.output(plan) == "of the image/data\n"
    assert [(kept / "second").read_text(), (nested / "third").read_text()] == ["kept\n", "kept\n"]
    assert (kept / "second").stat().st_uid == os.getuid()
    assert list((bench.image / "data").iterdir()) == []


async def test_a_home_that_does_not_stay(bench: Bench) -> None:
    plan = bench.shell("touch /home/berth/x && ls /home/berth && stat -c %u /home/berth && id -u")
    fields = {name: getattr(plan, name) for name in plan.__struct_fields__}
    plan = LaunchPlan(**fields | {"mounts": (), "tmpfs": ("/home/berth",)})
    file, owner, user = (await bench.output(plan)).split()
    assert (file, owner) == ("x", user)


async def test_folders_of_the_user(bench: Bench) -> None:
    """As permissions for them become mounts: seen as they are at each moment, changed where that was allowed."""
    read, write = (bench.directory(f"user/{name}") for name in ("Photos", "Papers"))
    for folder in (read, write):
        (folder / "deep").mkdir()
        (folder / "deep/old").write_text("old\n")
    script = """
        exec 2>&1
        cd /run/folders; echo *; cat Photos/deep/old; echo up
        until [ -e Photos/later ]; do sleep 0.02; done
        cat Photos/later
        for folder in Photos Papers; do
            echo mine > $folder/deep/new && echo "wrote in $folder"
            echo mine > $folder/deep/old && echo "changed in $folder"
            busybox rm $folder/later
        done
        busybox mount -o remount,bind,rw /run/folders/Photos && echo remounted; exit 0
    """
    mounts = tuple(mounts_of([Folder(str(read)), Folder(str(write), writable=True)]))
    instance = await bench.start(bench.shell(script, mounts=mounts))
    await bench.said(instance, "up")
    (write / "later").write_text("later\n")
    (read / "being-written").write_text("later\n")
    (read / "being-written").rename(read / "later")
    assert await bench.runtime.wait(instance) == Exit(0)
    said = (await bench.runtime.logs(instance)).splitlines()
    assert said[:4] == ["Papers Photos", "old", "up", "later"]
    assert [line for line in said if line.startswith(("wrote", "changed", "remounted"))] == [
        "wrote in Papers",
        "changed in Papers",
    ]
    assert {str(path.relative_to(read)) for path in read.rglob("*")} == {"deep", "deep/old", "later"}
    assert (read / "deep/old").read_text() == "old\n" and not (write / "later").exists()
    assert [(write / "deep" / name).read_text() for name in ("old", "new")] == ["mine\n"] * 2
    assert (write / "deep/new").stat().st_uid == os.getuid()


async def test_a_folder_that_was_taken_back_is_not_there_at_the_next_start(bench: Bench) -> None:
    folder = Folder(str(bench.directory("user/Photos")))
    look = "ls /run/folders 2>/dev/null; exit 0"
    assert await bench.output(bench.shell(look, mounts=tuple(mounts_of([folder])))) == "Photos\n"
    assert await bench.output(bench.shell(look)) == ""


async def test_the_files_of_the_desktops_look(bench: Bench) -> None:
    """They are there when the app starts, change while it runs, and are not the app's to change."""
    colours = f"{SANDBOX_STYLE}/palette.json"
    script = f"""
        exec 2>&1
        cat {colours}; echo up
        until grep -q dark {colours}; do sleep 0.02; done
        cat {colours}
        for file in {colours} {SANDBOX_STYLE}/new {SANDBOX_STYLE}/config/x; do echo x > $file && echo written; done
        touch {SANDBOX_STYLE} /run/berth && echo touched; exit 0
    """
    plan = bench.shell(script)
    appearance.dress(Path(plan.instance_directory), msgspec.structs.replace(PALETTE, scheme="light"), {"gtk3", "qt"})
    instance = await bench.start(plan)
    await bench.said(instance, "up")
    appearance.dress(Path(plan.instance_directory), PALETTE, {"gtk3", "qt"})
    assert await bench.runtime.wait(instance) == Exit(0)
    before, _, after = (await bench.runtime.logs(instance)).partition("up\n")
    assert '"light"' in before and '"dark"' in after
    assert "written" not in after and "touched" not in after


async def test_sockets_made_later_appear_inside(bench: Bench) -> None:
    script = """
        case $WAYLAND_DISPLAY in /*) socket=$WAYLAND_DISPLAY;; *) socket=$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY;; esac
        until [ -S $socket ]; do sleep 0.01; done; echo there; exec sleep 1000
    """
    display = (("WAYLAND_DISPLAY", "wayland-0"), ("XDG_RUNTIME_DIR", "/run/user/1000"))
    plan = bench.plan("sh", "-c", script, environment=display)
    instance = await bench.start(plan)
    server = await asyncio.start_unix_server(lambda _r, writer: writer.close(), f"{plan.instance_directory}/wayland-0")
    Path(f"{plan.instance_directory}/wayland-0").chmod(0o600)
    async with server:
        await bench.said(instance, "there")
    # A display server that is new makes the socket anew.
    Path(f"{plan.instance_directory}/wayland-0").unlink(missing_ok=True)
    Path(f"{plan.instance_directory}/other").touch()
    code, output = await bench.execute(instance, "ls", "/run/berth")
    assert (code, output) == (0, "other\n")


async def test_confinement(bench: Bench) -> None:
    """No capability, no way to one, a filter of system calls, own namespaces; commands inside have no more."""
    look = """
        until grep -q 'core file size *0 *0' /proc/self/limits; do sleep 0.02; done  # Podman's commands get theirs late
        grep -E 'Cap|NoNewPrivs|Seccomp:' /proc/self/status
        for kind in mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$kind; done
        id -u; id -g; hostname
        grep -E 'open files|core' /proc/self/limits
        mount -t tmpfs x /tmp 2>&1
    """
    instance = await bench.start(bench.shell(f"{look}echo end; sleep 1000"))
    app, _rest = (await bench.said(instance, "end\n")).split("end\n")
    _code, output = await bench.execute(instance, "sh", "-c", look)
    assert output == app
    lines = app.splitlines()
    status = dict(line.split(":\t") for line in lines if ":\t" in line)
    assert {int(value, 16) for name, value in status.items() if name.startswith("Cap")} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    shared = {str(Path(f"/proc/self/ns/{kind}").readlink()) for kind in ("mnt", "pid", "net", "ipc", "uts", "cgroup")}
    # Podman gives none of control groups where it has no control groups.
    assert {line.partition(":")[0] for line in shared & set(lines)} <= (
        {"cgroup"} if instance.runtime == "podman" else set()
    )
    assert "app" in lines
    assert [line.split()[-2:] for line in lines if line.startswith("Max open")] == [["256", "files"]]
    assert "not permitted" in lines[-1] or "denied" in lines[-1]


# --- commands inside


async def test_exec(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000", environment=(("GREETING", "good day"),)))
    code, output = await bench.execute(instance, "sh", "-c", "cat; echo $GREETING; pwd; exit 9", given=b"in\n")
    assert (code, output) == (9, "in\ngood day\n/home/berth\n")
    assert await bench.execute(instance, "sh", "-c", "kill -TERM $$") == (143, "")
    code, output = await bench.execute(instance, "no-such-program")
    assert code == 127
    assert "not found" in output
    many = "x" * 300_000
    assert await bench.execute(instance, "cat", given=many.encode()) == (0, many)


async def test_exec_on_a_terminal(bench: Bench) -> None:
    """It has the size of ours, its keys, which interrupt, and an exit code."""
    instance = await bench.start(bench.plan("sleep", "1000"))
    script = """
        until [ "$(busybox stty size)" = "33 77" ]; do sleep 0.02; done
        trap 'echo broken; exit 5' INT; busybox tty; echo there >/dev/tty; echo ready
        read word; echo "got $word by $(busybox stty size)"
        read word; until [ "$(busybox stty size)" = "44 88" ]; do sleep 0.02; done; echo "got $word"
        while :; do sleep 0.02; done
    """
    ours, theirs = os.openpty()
    termios.tcsetwinsize(ours, (33, 77))
    seen = b""

    async def shown(text: bytes) -> None:
        nonlocal seen
        while text not in seen:
            assert await asyncio.to_thread(readable, [ours], 60.0), seen
            seen += os.read(ours, 4096)

    command = asyncio.create_task(bench.runtime.exec(instance, ("sh", "-c", script), (theirs,) * 3))
    await shown(b"ready")
    assert b"/dev/pts/0\r\nthere\r\n" in seen
    os.write(ours, b"hello\r")
    await shown(b"got hello by 33 77")
    termios.tcsetwinsize(ours, (44, 88))
    os.write(ours, b"again\r")
    await shown(b"got again")
    os.write(ours, b"\x03")
    assert await command == 5
    await shown(b"broken")
    for fd in (ours, theirs):
        os.close(fd)


async def test_a_terminal_holds_no_key_back(bench: Bench) -> None:
    """Container engines wait after Ctrl+P for another key, unless they are told not to."""
    instance = await bench.start(bench.plan("sleep", "1000"))
    script = "busybox stty raw -echo; echo ready; busybox dd bs=1 count=1 2>/dev/null | busybox od -An -tx1"
    ours, theirs = os.openpty()
    command = asyncio.create_task(bench.runtime.exec(instance, ("sh", "-c", script), (theirs,) * 3))
    seen = b""
    while b" 10" not in seen:
        assert await asyncio.to_thread(readable, [ours], 60.0), seen
        seen += os.read(ours, 4096)
        if seen.endswith(b"ready\n"):
            os.write(ours, b"\x10")
    assert await command == 0
    for fd in (ours, theirs):
        os.close(fd)


async def test_exec_can_be_cancelled(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    await bench.execute(instance, "true")
    command = asyncio.create_task(bench.execute(instance, "sleep", "500"))
    async with asyncio.timeout(60):
        while (await bench.runtime.stats(instance)).processes < 2:
            await asyncio.sleep(0.02)
        command.cancel()
        with pytest.raises(asyncio.CancelledError):
            await command
        while (await bench.runtime.stats(instance)).processes > 1:
            await asyncio.sleep(0.02)


async def test_exec_ends_with_the_app(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    heard, said = os.pipe()
    with Path(os.devnull).open("rb") as nothing:
        command = asyncio.create_task(
            bench.runtime.exec(instance, ("sh", "-c", "echo begun; exec sleep 1000"), (nothing.fileno(), said, said))
        )
        assert await asyncio.to_thread(readable, [heard], 30.0)
        await bench.runtime.kill(instance)
        assert await command in (137, 126)
    for fd in (heard, said):
        os.close(fd)
    with pytest.raises(Problem) as caught:
        await bench.execute(instance, "true")
    assert caught.value.code == "instance-gone"


async def test_lending_what_the_app_can_read(bench: Bench) -> None:
    instance = await bench.start(bench.shell("echo mine > /tmp/own; ln -s /etc/shadow /tmp/link; echo up; sleep 1000"))
    await bench.said(instance, "up")
    near, far = orders.packet_pair()
    with near:
        await bench.runtime.lend(instance, [b"/tmp/own", b"/tmp/link", str(bench.base).encode()], far)
        got = {}
        while (packet := lending.receive(near))[0] is not None:
            lent, fds = packet
            got[lent.item, lent.kind] = [os.read(fd, 100) for fd in fds]
            for fd in fds:
                os.close(fd)
    assert got == {
        (0, "file"): [b"mine\n"],
        **{(item, "left_out"): [] for item in (1, 2)},
        **{(item, "end"): [] for item in range(3)},
    }


# --- use, pause, limits


async def test_stats_and_pause(bench: Bench) -> None:
    instance = await bench.start(bench.shell("while :; do echo x >> steps; echo x; sleep 0.01; done"))
    await bench.said(instance, "x")
    stats = await bench.runtime.stats(instance)
    assert 1 <= stats.processes <= 2
    assert 0 < stats.memory < 512 << 20
    assert not stats.paused
    await bench.runtime.pause(instance)
    assert (await bench.runtime.stats(instance)).paused
    await asyncio.sleep(0.1)
    # Not its log: who keeps that may be behind with what was said before.
    steps = (bench.home / "steps").read_text()
    await asyncio.sleep(0.2)
    assert (bench.home / "steps").read_text() == steps
    before = await bench.runtime.logs(instance)
    await bench.runtime.resume(instance)
    await bench.said(instance, before + "x\n")
    assert not (await bench.runtime.stats(instance)).paused
    await bench.runtime.pause(instance)
    assert (await bench.runtime.stop(instance, grace=30)).code == 143


async def test_a_memory_hog_is_contained(bench: Bench) -> None:
    # Not less: before it has begun an app in Podman may have this much.
    limits = Limits(memory=256 << 20, processes=20, open_files=64)
    instance = await bench.start(bench.python(TOLD + MEMORY_HOG.replace("> 100", "> 300"), limits=limits))
    await bench.said(instance, "up")
    (bench.home / "go").touch()
    end = await bench.runtime.wait(instance)
    if instance.limits.startswith("cgroup"):
        assert end.code == 137
        assert "memory" in end.reason
    else:
        assert instance.limits.startswith("rlimits")
        assert end.code == 0, await bench.runtime.logs(instance)


async def test_a_fork_bomb_is_contained(bench: Bench) -> None:
    instance = await bench.start(bench.python(FORK_BOMB, limits=SMALL))
    if "unlimited" in instance.limits:
        pytest.skip("nothing limits the processes of the superuser here, and that is what is reported")
    log = await bench.said(instance, "full")
    assert SMALL.processes - 2 <= int(log.split()[0]) <= SMALL.processes
    assert (await bench.runtime.stats(instance)).processes <= SMALL.processes
    assert (await bench.runtime.kill(instance)).code == 137


async def test_what_is_reported_about_limits_is_true(bench: Bench) -> None:
    said = {check.name: check.message for check in (doctor._limits(), doctor._docker(), doctor._podman())}
    instance = await bench.start(bench.plan("sleep", "1000"))
    text = said.get(instance.runtime, said["limits"])
    if instance.runtime == "docker":  # the one that is looked at is the machine's own, not the tests'
        assert instance.limits.startswith("cgroup")
    else:
        assert ("per process" in text) == instance.limits.startswith("rlimits"), (text, instance.limits)


# --- network


async def reach(bench: Bench, instance: Instance, address: str, port: int, seconds: int = 60) -> str:
    """What a client inside is told; who expects no answer need not wait that long for one."""
    script = CONNECT.replace(", 60)", f", {seconds})")
    code, output = await bench.execute(instance, "/usr/bin/python3", "-I", "-c", script, address, str(port))
    assert code == 0, output
    return output.strip()


async def test_network_on_and_off_live(bench: Bench) -> None:
    instance = await bench.start(bench.python("import time; time.sleep(1000)"))
    async with bench.service() as (address, port):
        assert "unreachable" in await reach(bench, instance, address, port)
        await bench.runtime.grant_network(instance)
        await bench.runtime.grant_network(instance)
        assert (await bench.runtime.list())[0].network
        assert await reach(bench, instance, address, port) == "welcome"
        await bench.runtime.revoke_network(instance)
        assert not (await bench.runtime.list())[0].network
        assert "refused" in await reach(bench, instance, address, port, 2)
        await bench.runtime.grant_network(instance)
        assert await reach(bench, instance, address, port) == "welcome"


async def test_network_from_the_start(bench: Bench) -> None:
    async with bench.service() as (address, port):
        script = f"import sys; sys.argv = ['', {address!r}, {port}]\n{CONNECT}"
        assert (await bench.output(bench.python(script, network=True))).strip() == "welcome"


async def test_apps_with_network_cannot_reach_each_other(bench: Bench) -> None:
    serve = """
import socket
server = socket.create_server(("0.0.0.0", 5999))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.connect(("203.0.113.1", 9))
    print(probe.getsockname()[0], "up", flush=True)
while True:
    server.accept()[0].send(b"welcome")
"""
    server = await bench.start(bench.python(serve, network=True))
    address = (await bench.said(server, "up")).split()[0]
    assert await reach(bench, server, address, 5999) == "welcome"
    other = await bench.start(bench.python("import time; time.sleep(1000)", network=True))
    assert "refused" in await reach(bench, other, address, 5999, 2)


# --- what cannot be started


BAD: tuple[tuple[dict[str, object], str], ...] = (
    ({"arguments": ("no-such-program",)}, "command-missing"),
    ({"working_directory": "/no/such/place"}, "directory-missing"),
    ({"working_directory": "/etc/passwd"}, "directory-missing"),
    ({"stop_signal": "SIGSTOP"}, "plan-invalid"),
    ({"arguments": ("echo", "a\0b")}, "plan-invalid"),
    ({"rootfs": "/no/image"}, "image-missing"),
    ({"instance": "../escape"}, "plan-invalid"),
    ({"mounts": (Mount("/no/such/home", "/home/berth"),)}, "mount-missing"),
)


async def test_a_bad_plan_is_refused(bench: Bench) -> None:
    good = bench.plan("true")
    fields = {name: getattr(good, name) for name in LaunchPlan.__struct_fields__}
    for change, code in BAD:
        with pytest.raises(Problem) as caught:
            await bench.start(LaunchPlan(**fields | change))
        assert caught.value.code == code
    assert await bench.runtime.list() == ()


async def test_an_id_is_used_once(bench: Bench) -> None:
    plan = bench.plan("sleep", "100")
    await bench.start(plan)
    with pytest.raises(Problem) as caught:
        await bench.start(plan)
    assert caught.value.code == "instance-exists"
    assert len(await bench.runtime.list()) == 1


async def test_a_program_that_cannot_run_says_why(bench: Bench) -> None:
    (bench.home / "app").write_text("#!/no/such/interpreter\n")
    (bench.home / "app").chmod(0o755)
    end, _output = await bench.run(bench.plan("/home/berth/app"))
    assert end.code == 127
    assert "/home/berth/app" in end.reason
    assert "No such file" in end.reason


# --- restarts


async def test_apps_survive_the_engine_and_are_known_again(bench: Bench) -> None:
    plans = [bench.shell(f"echo app {number}; sleep 1000") for number in range(3)]
    texts = [msgspec.json.encode(plan).decode() for plan in plans]
    command = [sys.executable, "-c", _ENGINE, *bench.maker, str(bench.root), bench.made_with, *texts]
    engine = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert engine.stdout is not None
    with engine.stdout:
        assert engine.stdout.readline() == b"up\n"
        engine.kill()
        engine.wait()
    adopted = {instance.id: instance for instance in await bench.runtime.list()}
    assert set(adopted) == {plan.instance for plan in plans}
    first, second, third = (adopted[plan.instance] for plan in plans)
    assert "app 0" in await bench.said(first, "app 0\n")
    assert await bench.execute(first, "echo", "still here") == (0, "still here\n")
    await bench.said(second, "app 1\n")
    assert (await bench.runtime.stats(second)).processes >= 1
    assert (await bench.runtime.stop(second, grace=30)).code == 143
    waiting = asyncio.create_task(bench.runtime.wait(third))
    await bench.execute(third, "true")
    await bench.runtime.kill(third)
    assert await waiting == Exit(137)


async def test_an_end_without_an_engine_is_told_later(bench: Bench) -> None:
    instance = await bench.start(bench.shell("until [ -e /home/berth/go ]; do sleep 0.01; done; exit 5"))
    waiting = asyncio.create_task(bench.runtime.wait(instance))
    await asyncio.sleep(0)
    await bench.execute(instance, "true")
    await bench.runtime.close()
    with pytest.raises(Problem) as caught:
        await waiting
    assert caught.value.code == "engine-stopping"
    (bench.home / "go").touch()
    bench.runtime = bench.make()
    assert await bench.runtime.wait(instance) == Exit(5)
    assert await bench.runtime.list() == ()


async def test_reaping_ends_what_runs_and_takes_what_is_not_there(bench: Bench) -> None:
    await bench.runtime.reap("nothing-of-this-name")
    instance = await bench.start(bench.plan("sleep", "1000"))
    await bench.execute(instance, "true")
    await bench.runtime.reap(instance.id)
    assert await bench.leftovers(instance.id) == []
    assert await bench.runtime.list() == ()


async def test_fifty_at_once(bench: Bench) -> None:
    limits = Limits(memory=64 << 20, processes=16, open_files=64)
    plans = [bench.shell(f"echo number {number}; exec sleep 1000", limits=limits) for number in range(50)]
    instances = await asyncio.gather(*(bench.start(plan) for plan in plans))
    assert {instance.id for instance in await bench.runtime.list()} == {plan.instance for plan in plans}
    for number in (0, 24, 49):
        assert await bench.said(instances[number], f"number {number}\n")
    ends = await asyncio.gather(*(bench.runtime.stop(instance, grace=60) for instance in instances))
    assert {end.code for end in ends} == {143}
    assert await bench.runtime.list() == ()


async def test_devices_come_with_what_describes_them(bench: Bench) -> None:
    """As render nodes do: the number of a device leads to its description, and to nothing of another device."""
    device, description = "/dev/net/tun", "/sys/devices/virtual/misc/tun"
    if not Path(device).is_char_device() or not Path(description).is_dir():
        pytest.skip(f"there is no {device}")
    plan = bench.shell(
        "[ -c /dev/net/tun ] && cat /sys/dev/char/10:200/uevent; mkdir /sys/dev/char/x;"
        "echo /sys/* /sys/devices/virtual/*",
        devices=(device,),
        mounts=(Mount("/sys/dev/char", "/sys/dev/char"), Mount(description, description)),
    )
    _end, output = await bench.run(msgspec.structs.replace(plan, tmpfs=("/sys",)))
    assert "DEVNAME=net/tun" in output
    # Podman has its control groups there, read-only.
    assert "/sys/dev /sys/devices /sys/devices/virtual/misc\n" in output.replace(" /sys/fs", "")
    assert "Read-only file system" in output
