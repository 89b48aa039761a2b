"""Starting an app in Docker: through Berth, from scratch and into a container that waits, against ``docker run``.

Measured from the request to the app's first sign of life, a line in a FIFO of its home. All three run the same
image with the same confinement.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from berth.core.plan import SANDBOX_HOME, LaunchPlan, Mount
from berth.engine.images.store import ImageStore
from berth.runtimes import processes
from berth.runtimes.docker import DockerRuntime
from tests.benchmarks.measure import median, row, table
from tests.images.archives import OciArchive, directory, link, member, tar
from tests.runtimes.engines import Dockerd, docker_runtime

STARTS = 11
_SIGN = ("/bin/sh", "-c", f"echo up > {SANDBOX_HOME}/sign; exec sleep 1000")


def report() -> None:
    """Prints milliseconds, and how many times faster than ``docker run`` each is."""
    with tempfile.TemporaryDirectory(prefix="berth-bench-") as name:
        base = Path(name)
        (base / "docker").mkdir()
        daemon = Dockerd(base / "docker")
        try:
            times = asyncio.run(_measure(base, daemon))
        finally:
            daemon.end()
    table("start in Docker", "ms, median", "times faster than docker run")
    slowest = median(times["docker run"])
    for what, seconds in times.items():
        row(what, f"{median(seconds) * 1000:.0f}", f"{slowest / median(seconds):.1f}")


async def _measure(base: Path, daemon: Dockerd) -> dict[str, list[float]]:
    home = base / "home"
    home.mkdir()
    os.mkfifo(home / "sign")
    rootfs = _image(base)
    cold = docker_runtime(base / "cold", daemon.socket)
    warm = docker_runtime(base / "warm", daemon.socket, spares=1)
    tag = await cold.load(rootfs)
    times: dict[str, list[float]] = {"docker run": [], "berth, from scratch": [], "berth, second start": []}
    try:
        await _timed(home, lambda: _start(warm, base, rootfs, "warm"))
        for _number in range(STARTS):
            times["docker run"].append(await _timed(home, lambda: _docker_run(daemon, home, tag)))
            times["berth, from scratch"].append(await _timed(home, lambda: _start(cold, base, rootfs, "cold")))
            await _waiting(warm)
            times["berth, second start"].append(await _timed(home, lambda: _start(warm, base, rootfs, "warm")))
    finally:
        for runtime in (cold, warm):
            for instance in await runtime.list():
                await runtime.reap(instance.id)
            await runtime.close()
    return times


async def _timed(home: Path, begin: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    sign = asyncio.create_task(asyncio.to_thread((home / "sign").read_text))
    await asyncio.gather(begin(), sign)
    return time.perf_counter() - started


async def _start(runtime: DockerRuntime, base: Path, rootfs: str, name: str) -> None:
    instance = f"bench-{os.urandom(4).hex()}"
    (base / "instances" / instance).mkdir(parents=True)
    plan = LaunchPlan(
        instance=instance,
        app="org.example.Bench",
        rootfs=rootfs,
        arguments=_SIGN,
        environment=(("HOME", SANDBOX_HOME), ("PATH", "/bin")),
        working_directory=SANDBOX_HOME,
        hostname="app",
        instance_directory=str(base / "instances" / instance),
        mounts=(Mount(str(base / "home"), SANDBOX_HOME, writable=True),),
        tmpfs=(),
    )
    private = base / name / instance
    await runtime.start(plan, private / "log", private)


async def _waiting(runtime: DockerRuntime) -> None:
    """Until a container waits at its gate."""
    while not (spare := runtime.spares.waiting.get("org.example.Bench")):
        await asyncio.sleep(0.02)
    described = await runtime._inspect(spare.id)
    init = described["State"]["Pid"]
    while not any("fifo" in _place(pid) or "partner" in _place(pid) for pid in processes.namespace_members(init)):
        await asyncio.sleep(0.02)


def _place(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return ""


async def _docker_run(daemon: Dockerd, home: Path, tag: str) -> None:
    hardened = "--detach --init --read-only --cap-drop ALL --security-opt no-new-privileges --network none"
    limits = "--memory 2g --memory-swap 2g --pids-limit 513 --tmpfs /tmp --tmpfs /run"
    command = ["docker", "run", *hardened.split(), *limits.split(), "--volume", f"{home}:{SANDBOX_HOME}"]
    environment = {**os.environ, "DOCKER_HOST": f"unix://{daemon.socket}"}
    await asyncio.to_thread(
        subprocess.run, [*command, tag, *_SIGN], env=environment, check=True, stdout=subprocess.DEVNULL
    )


def _image(base: Path) -> str:
    names = ("etc", "proc", "dev", "run", "home", "bin", "usr")
    busybox = member("bin/busybox", Path("/bin/busybox").read_bytes(), mode=0o755)
    links = [link(f"bin/{name}", "busybox") for name in ("sh", "sleep", "echo")]
    members = [*map(directory, names), directory("tmp", 0o1777), busybox, *links, member("etc/resolv.conf")]
    store = ImageStore(base / "images")
    return str(store.rootfs(store.import_archive(OciArchive([tar(members)]).write(base / "image.tar"))))
