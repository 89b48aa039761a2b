"""The life of an instance: start, output, commands inside, end, and nothing left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from berth.core.plan import LaunchPlan, Mount
from berth.core.problem import Problem
from berth.runtimes import logfile, processes
from berth.runtimes.ending import EXIT
from berth.runtimes.port import Exit
from berth.runtimes.supervisor import SOCKET
from tests.ready import readable
from tests.runtimes.conftest import Bench


async def test_output_and_exit_code(bench: Bench) -> None:
    end, output = await bench.run(bench.shell("echo out; echo err >&2; exit 3"))
    assert end == Exit(3)
    assert output == "out\nerr\n"


async def test_the_end_is_kept_on_disk_until_it_is_reaped(bench: Bench) -> None:
    instance = await bench.start(bench.plan("true"))
    assert await bench.runtime.wait(instance) == Exit(0)
    private = Path(instance.private_directory)
    assert json.loads((private / EXIT).read_text())["code"] == 0
    assert not (private / SOCKET).exists()
    assert await bench.runtime.wait(instance) == Exit(0)
    await bench.runtime.reap(instance.id)
    assert not private.exists()


@pytest.mark.parametrize("name", ["SEGV", "ABRT", "KILL"])
async def test_a_crash_is_named(bench: Bench, name: str) -> None:
    end, _output = await bench.run(bench.shell(f"kill -{name} $$"))
    assert end.code == 128 + signal.Signals[f"SIG{name}"]
    assert f"SIG{name}" in end.reason


async def test_stop_at_once_after_the_start(bench: Bench) -> None:
    for _number in range(5):
        instance = await bench.start(bench.plan("sleep", "100"))
        assert (await bench.runtime.stop(instance)).code > 128


async def test_the_environment_is_exact(bench: Bench) -> None:
    os.environ["BERTH_TEST_SECRET"] = "of the host"
    try:
        output = await bench.output(bench.plan("env", environment=(("GREETING", "good day"), ("EMPTY", ""))))
    finally:
        del os.environ["BERTH_TEST_SECRET"]
    variables = dict(line.split("=", 1) for line in output.splitlines())
    assert variables == {
        "HOME": "/home/berth",
        "PATH": "/bin:/usr/bin",
        "PWD": "/home/berth",
        "GREETING": "good day",
        "EMPTY": "",
    }


async def test_init_tells_nothing_of_the_host(bench: Bench) -> None:
    output = await bench.output(bench.shell("cat /proc/1/environ; cat /proc/1/cmdline | tr '\\0' ' '"))
    assert str(bench.base) not in output
    environment, command = output.split("\0", 1)
    assert environment.startswith("BERTH_INSTANCE=")
    assert command.startswith("bwrap --args")


async def test_the_home_persists_and_is_the_only_one(bench: Bench) -> None:
    other = bench.directory("homes/org.example.Other")
    (other / "diary").write_text("secret")
    await bench.output(bench.shell("echo kept > /home/berth/note; ls /home"))
    assert (bench.home / "note").read_text() == "kept\n"
    output = await bench.output(bench.shell(f"cat note; ls /home; ls {other} {Path.home()} /root 2>&1; true"))
    assert output.startswith("kept\nberth\n")
    assert "diary" not in output
    assert output.count("No such file") == len({str(other), str(Path.home()), "/root"}) + (Path.home() == Path("/root"))


async def test_the_host_cannot_be_seen(bench: Bench) -> None:
    script = "cat /etc/shadow; ls /sys /boot /work /var; ls /; ls /run; ls /dev; cat /proc/mounts"
    _end, output = await bench.run(bench.shell(script))
    assert "root:" not in output
    assert output.count("No such file") == 4
    names = set(output.split())
    assert not names & {"srv", "opt", "systemd", "vda", "kvm", "fuse", "mem", "kernel", "devices"}


async def test_only_named_places_are_writable(bench: Bench) -> None:
    places = "/ /bin /etc /run/berth /proc/sys/kernel /home/berth /tmp /dev/shm /run/user/1000"
    output = await bench.output(bench.shell(f"for d in {places}; do touch $d/x 2>/dev/null && echo $d; done; true"))
    assert output.split() == ["/home/berth", "/tmp", "/dev/shm", "/run/user/1000"]


async def test_sockets_made_later_appear_inside(bench: Bench) -> None:
    plan = bench.shell("until [ -S /run/user/1000/wayland-0 ]; do sleep 0.01; done; stat -c %a /run/user/1000")
    instance = await bench.start(plan)
    server = await asyncio.start_unix_server(lambda _r, _w: None, f"{plan.instance_directory}/wayland-0")
    async with server:
        assert await bench.runtime.wait(instance) == Exit(0)
    assert await bench.runtime.logs(instance) == "700\n"


async def test_identity_inside(bench: Bench) -> None:
    output = await bench.output(bench.shell("id; hostname; grep -E 'Cap|NoNewPrivs|Seccomp:' /proc/self/status"))
    lines = output.splitlines()
    assert lines[0].startswith("uid=1000(berth) gid=1000")
    assert lines[1] == "app"
    status = dict(line.split(":\t") for line in lines[2:])
    assert {int(value, 16) for name, value in status.items() if name.startswith("Cap")} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


async def test_no_descriptor_is_inherited(bench: Bench) -> None:
    secret = os.open(__file__, os.O_RDONLY)
    os.set_inheritable(secret, True)
    try:
        output = await bench.output(bench.shell("for fd in /proc/self/fd/*; do readlink $fd; done; true"))
    finally:
        os.close(secret)
    targets = [target.partition(":")[0] for target in output.split()]
    assert targets == ["/dev/null", "pipe", "pipe"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"arguments": ("no-such-program",)}, "command-missing"),
        ({"arguments": ("/etc/passwd",)}, "command-missing"),
        ({"arguments": ()}, "plan-invalid"),
        ({"arguments": ("echo", "a\0b")}, "plan-invalid"),
        ({"arguments": ("echo", "\udcff")}, "plan-invalid"),
        ({"arguments": ("echo", "x" * 300_000)}, "plan-too-large"),
        ({"rootfs": "/no/image"}, "image-missing"),
        ({"rootfs": "/usr"}, "image-broken"),
        ({"instance": "../escape"}, "plan-invalid"),
        ({"mounts": (Mount("/no/such/home", "/home/berth"),)}, "mount-missing"),
        ({"mounts": (Mount("relative", "/home/berth"),)}, "plan-invalid"),
        ({"tmpfs": ("/a/../b",)}, "plan-invalid"),
        ({"environment": (("A=B", "x"),)}, "plan-invalid"),
        ({"instance_directory": "/tmp"}, "plan-invalid"),
        ({"hostname": "x" * 65}, "plan-invalid"),
        ({"mounts": (Mount("/proc/self", "/home/berth", writable=True),)}, "plan-invalid"),
    ],
)
async def test_a_bad_plan_is_refused(bench: Bench, change: dict[str, object], code: str) -> None:
    good = bench.plan("true")
    fields = {name: getattr(good, name) for name in LaunchPlan.__struct_fields__}
    with pytest.raises(Problem) as caught:
        await bench.start(LaunchPlan(**fields | change))
    assert caught.value.code == code
    assert await bench.runtime.list() == ()


async def test_a_container_that_cannot_be_made_says_why(bench: Bench) -> None:
    end, _output = await bench.run(bench.plan("true", mounts=(Mount("/usr", "/etc/new/place"),)))
    assert end.code != 0
    assert "could not be set up" in end.reason
    assert "/etc/new" in end.reason


async def test_a_program_that_cannot_run_says_why(bench: Bench) -> None:
    (bench.home / "app").write_text("#!/no/such/interpreter\n")
    (bench.home / "app").chmod(0o755)
    end, _output = await bench.run(bench.plan("/home/berth/app"))
    assert end.code == 127
    assert "/home/berth/app" in end.reason


async def test_a_full_log_turns_over(bench: Bench) -> None:
    lines = 3 * logfile.LIMIT // 8
    instance = await bench.start(bench.shell(f"yes 1234567 | head -n {lines}; echo last"))
    assert await bench.runtime.wait(instance) == Exit(0)
    log = await bench.runtime.logs(instance)
    assert log.endswith("1234567\nlast\n")
    assert logfile.LIMIT < len(log) <= 2 * logfile.LIMIT


def test_a_log_on_a_full_disk_loses_lines_only() -> None:
    log = logfile.BoundedLog(Path("/dev/full"))
    log.write(b"nobody can keep this\n")
    assert log.last_lines == ["nobody can keep this"]
    log.close()


async def test_exec_is_as_confined_as_the_app(bench: Bench) -> None:
    look = """
        grep -E 'Cap|NoNewPrivs|Seccomp:' /proc/self/status
        for kind in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$kind; done
        id
        ls /proc/self/fd | wc -l
        grep -E 'open files|core' /proc/self/limits
        mount -t tmpfs x /tmp 2>&1
    """
    instance = await bench.start(bench.shell(f"{look}echo end; sleep 1000"))
    app, _rest = (await bench.said(instance, "end\n")).split("end\n")
    _code, output = await bench.execute(instance, "sh", "-c", look)
    assert len(app.splitlines()) == 19
    assert output == app


async def test_the_app_cannot_open_the_entering_process(bench: Bench) -> None:
    watch = """
import os, sys, time
seen = set()
print("up", flush=True)
while not os.path.exists("/tmp/enough"):
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            exe = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            continue
        if exe not in seen:
            seen.add(exe)
            print(exe, flush=True)
"""
    instance = await bench.start(bench.python(watch))
    await bench.said(instance, "up")
    for _number in range(10):
        await bench.execute(instance, "true")
    await bench.execute(instance, "touch", "/tmp/enough")
    await bench.runtime.wait(instance)
    programs = set((await bench.runtime.logs(instance)).split()) - {"up"}
    assert {Path(program).name.rstrip("0123456789.") for program in programs} <= {"python", "bwrap", "busybox"}
    assert not any(".venv" in program or "pyenv" in program for program in programs)


async def test_private_files_are_private(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    private = Path(instance.private_directory)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert stat.S_IMODE((private / SOCKET).stat().st_mode) == 0o600
    assert stat.S_IMODE((private / "log").stat().st_mode) == 0o600
    assert SOCKET not in (await bench.execute(instance, "ls", "/run/berth"))[1]


async def test_what_the_desktop_ignores_is_not_ignored_inside(tmp_path: Path, image: Path) -> None:
    """A shell has what it starts in the background ignore signals, and so has nohup."""
    ignored = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    bench = Bench(tmp_path, image)
    try:
        instance = await bench.start(bench.shell("grep SigIgn /proc/self/status; echo up; exec sleep 1000"))
        nothing = f"SigIgn:\t{0:016x}\n"
        assert await bench.said(instance, "up\n") == f"{nothing}up\n"
        assert await bench.execute(instance, "grep", "SigIgn", "/proc/self/status") == (0, nothing)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        await bench.finish()


def test_what_posix_spawn_ignores_is_not_ignored_inside() -> None:
    """glibc's leaves signals 32 and 33 ignored, which no program can change through the C library."""
    act = "import os; from berth.runtimes.confinement import default_signals; default_signals();"
    show = "os.execv('/bin/grep', ['grep', 'SigIgn', '/proc/self/status'])"
    read, write = os.pipe()
    output = (os.POSIX_SPAWN_DUP2, write, 1)
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", act + show], os.environ, file_actions=[output])
    os.close(write)
    with os.fdopen(read) as said:
        assert said.read() == f"SigIgn:\t{0:016x}\n"
    assert os.waitpid(child, 0)[1] == 0


def test_a_process_may_call_itself_anything() -> None:
    """Its name stands before the numbers, of everybody's processes, that are read for each of the others."""
    script = r"printf '\377) \200(' > /proc/$$/comm && echo; read -r _"
    with subprocess.Popen(["/bin/sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdout.readline() == b"\n"
        assert child.pid in processes.children(os.getpid())
        assert processes.usage({child.pid}).processes == 1


async def test_a_terminal_that_is_gone_is_told_to_the_command(bench: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    ours, theirs = os.openpty()
    script = "trap 'echo told > told; exit 6' HUP; echo ready; while :; do sleep 0.02; done"
    command = asyncio.create_task(bench.runtime.exec(instance, ("sh", "-c", script), (theirs,) * 3))
    seen = b""
    while b"ready" not in seen:
        assert await asyncio.to_thread(readable, [ours], 60.0), seen
        seen += os.read(ours, 4096)
    os.close(ours)
    assert await command == 6
    os.close(theirs)
    assert (bench.home / "told").read_text() == "told\n"
