"""Starting an app: through Berth, with bubblewrap and in Docker, against ``docker run``, ``podman run``,
``flatpak run`` and a process.

Measured from the request to the app's first sign of life, a line in a FIFO of its home. All run the same
image, the containers with the same confinement. Cold is with nothing of any of them in the page cache.
"""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from berth.core.plan import SANDBOX_HOME, LaunchPlan, Mount
from berth.engine.images.store import ImageStore
from berth.runtimes import processes
from berth.runtimes.bubblewrap import BubblewrapRuntime
from berth.runtimes.container_image import StoredImage
from berth.runtimes.docker import DockerRuntime
from berth.runtimes.port import Runtime
from tests.benchmarks import flatpaks
from tests.benchmarks.measure import median, row, table
from tests.images.archives import OciArchive, directory, link, member, tar
from tests.runtimes.engines import Dockerd, docker_runtime

STARTS = 11
COLD_STARTS = 5
_SIGN = ("/bin/sh", "-c", f"echo up > {SANDBOX_HOME}/sign; exec sleep 1000")
_HARDENED = "--detach --init --read-only --cap-drop ALL --security-opt no-new-privileges --network none"
_LIMITS = "--memory 2g --memory-swap 2g --pids-limit 513 --tmpfs /tmp --tmpfs /run"
_ULIMITS = "--ulimit nofile=4096:4096 --ulimit nproc=4096:4096"
"""Without them Podman asks for more than where the machine itself is a container it may have."""
_SECOND = "Berth in Docker, second start"
_CACHES = Path("/proc/sys/vm/drop_caches")
Begin = Callable[[], Awaitable[None]]


@contextmanager
def docker_daemon() -> Iterator[tuple[Path, Dockerd]]:
    """A daemon of its own, and a directory; both go."""
    with tempfile.TemporaryDirectory(prefix="berth-bench-") as name:
        (Path(name) / "docker").mkdir()
        daemon = Dockerd(Path(name) / "docker")
        try:
            yield Path(name), daemon
        finally:
            daemon.end()


def report() -> None:
    """Prints milliseconds, and how many times faster than ``docker run`` each is."""
    with docker_daemon() as (base, daemon):
        asyncio.run(_Comparison(base, daemon).report())


class _Comparison:
    def __init__(self, base: Path, daemon: Dockerd) -> None:
        self._base = base
        self._daemon = daemon
        self._home = base / "home"
        self._home.mkdir()
        os.mkfifo(self._home / "sign")
        self._sign = os.open(self._home / "sign", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._rootfs = _image(base)
        self._embedded = BubblewrapRuntime(base / "bwrap")
        self._cold = docker_runtime(base / "cold", daemon.socket)
        self._warm = docker_runtime(base / "warm", daemon.socket, spares=1)
        self._own: list[subprocess.Popen[bytes]] = []
        self._groups: list[subprocess.Popen[bytes]] = []

    async def report(self) -> None:
        tag = await self._cold.load(self._rootfs)
        ways: dict[str, Begin] = {
            "process on the host": self._process,
            "Berth, bubblewrap": lambda: self._start(self._embedded, "bwrap"),
            "docker run": lambda: self._run("docker", tag),
            "Berth in Docker, first start": lambda: self._start(self._cold, "cold"),
            _SECOND: lambda: self._start(self._warm, "warm"),
            **({"podman run": lambda: self._run(*self._podman, tag)} if self._load_into_podman(tag) else {}),
            **({"flatpak run": self._run_flatpak} if flatpaks.is_there() else {}),
        }
        try:
            await self._embedded.prepare()
            if flatpaks.is_there():
                await self._timed(self._run_flatpak)  # makes and installs it
            await self._timed(ways[_SECOND])  # leaves a container behind that waits
            _report("start, warm", await self._measure(ways, STARTS, cold=False))
            if os.access(_CACHES, os.W_OK):
                _report("start, nothing cached", await self._measure(ways, COLD_STARTS, cold=True))
        finally:
            await self._end()

    async def _measure(self, ways: Mapping[str, Begin], count: int, cold: bool) -> dict[str, list[float]]:
        """Interleaved: what else the machine does meanwhile meets all of them."""
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _number in range(count):
            for name, begin in ways.items():
                if name == _SECOND:
                    await _waiting(self._warm)
                if cold:
                    await asyncio.to_thread(_CACHES.write_text, "3")
                times[name].append(await self._timed(begin))
        return times

    async def _timed(self, begin: Begin) -> float:
        loop, signed = asyncio.get_running_loop(), asyncio.Event()
        started = time.perf_counter()
        loop.add_reader(self._sign, signed.set)
        await begin()
        await signed.wait()
        loop.remove_reader(self._sign)
        took = time.perf_counter() - started
        os.read(self._sign, 100)
        return took

    async def _process(self) -> None:
        busybox = f"{self._rootfs}/bin/busybox"
        script = f"echo up > {self._home}/sign; exec {busybox} sleep 1000"
        self._own.append(await asyncio.to_thread(subprocess.Popen, [busybox, "sh", "-c", script]))

    async def _start(self, runtime: Runtime, name: str) -> None:
        instance = f"bench-{os.urandom(4).hex()}"
        (self._base / "instances" / instance).mkdir(parents=True)
        plan = LaunchPlan(
            instance=instance,
            app="org.example.Bench",
            rootfs=self._rootfs,
            arguments=_SIGN,
            environment=(("HOME", SANDBOX_HOME), ("PATH", "/bin")),
            working_directory=SANDBOX_HOME,
            hostname="app",
            instance_directory=str(self._base / "instances" / instance),
            mounts=(Mount(str(self._home), SANDBOX_HOME, writable=True),),
            tmpfs=(),
        )
        private = self._base / name / instance
        await runtime.start(plan, private / "log", private)

    async def _run(self, *words: str) -> None:
        *program, tag = words
        options = [*_HARDENED.split(), *_LIMITS.split(), *_ULIMITS.split(), "--volume", f"{self._home}:{SANDBOX_HOME}"]
        await self._command(*program, "run", *options, tag, *_SIGN)

    @functools.cached_property
    def _flatpak(self) -> flatpaks.Flatpak:
        return flatpaks.Flatpak(self._base / "flatpak", Path(self._rootfs), f"filesystems={self._home};")

    async def _run_flatpak(self) -> None:
        script = f"echo up > {self._home}/sign; exec sleep 1000"
        words = self._flatpak.command([], "sh", "-c", script)
        environment = {**os.environ, **self._flatpak.environment}
        # Without a group of its own nobody could end what it has started.
        start = functools.partial(subprocess.Popen, words, env=environment, start_new_session=True)
        self._groups.append(await asyncio.to_thread(start))

    async def _command(self, *words: str) -> None:
        environment = {**os.environ, "DOCKER_HOST": f"unix://{self._daemon.socket}"}
        quiet = subprocess.DEVNULL
        await asyncio.to_thread(subprocess.run, words, env=environment, check=True, stdout=quiet, stderr=quiet)

    @functools.cached_property
    def _podman(self) -> tuple[str, ...]:
        place = self._base / "podman"
        kept = ("--root", str(place / "root"), "--runroot", str(place / "run"), "--storage-driver", "overlay")
        return ("podman", *kept, "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "none")

    def _load_into_podman(self, tag: str) -> bool:
        if os.getuid() or shutil.which("podman") is None:
            return False
        archive = self._base / "podman.tar"
        archive.write_bytes(b"".join(StoredImage.of(self._rootfs).archive()))
        subprocess.run([*self._podman, "load", "--input", archive], check=True, capture_output=True)
        return subprocess.run([*self._podman, "image", "exists", tag], check=False).returncode == 0

    async def _end(self) -> None:
        os.close(self._sign)
        for process in self._groups:
            os.killpg(process.pid, signal.SIGKILL)
        for process in self._own:
            process.kill()
        for process in (*self._own, *self._groups):
            process.wait()
        for runtime in (self._embedded, self._cold, self._warm):
            for instance in await runtime.list():
                await runtime.kill(instance)
                await runtime.reap(instance.id)
            await runtime.close()
        if (self._base / "podman").exists():
            with suppress(subprocess.CalledProcessError):
                await self._command(*self._podman, "rm", "--all", "--force", "--time", "0")
            # Podman keeps its storage mounted on itself, once or more often.
            place = ["umount", "--lazy", str(self._base / "podman/root/overlay")]
            while subprocess.run(place, check=False, capture_output=True).returncode == 0:
                pass


def _report(title: str, times: Mapping[str, list[float]]) -> None:
    table(title, "ms, median", "times faster than docker run")
    slowest = median(times["docker run"])
    for what, seconds in times.items():
        row(what, f"{median(seconds) * 1000:.0f}", f"{slowest / median(seconds):.1f}")


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


def _image(base: Path) -> str:
    names = ("etc", "proc", "dev", "run", "home", "bin", "usr")
    busybox = member("bin/busybox", Path("/bin/busybox").read_bytes(), mode=0o755)
    links = [link(f"bin/{name}", "busybox") for name in ("sh", "sleep", "echo")]
    members = [*map(directory, names), directory("tmp", 0o1777), busybox, *links, member("etc/resolv.conf")]
    store = ImageStore(base / "images")
    return str(store.rootfs(store.import_archive(OciArchive([tar(members)]).write(base / "image.tar"))))
