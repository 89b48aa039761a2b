"""Instances of a tiny image, on real runtimes."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from berth.core.plan import SANDBOX_HOME, LaunchPlan, Limits, Mount
from berth.engine.images.store import ImageStore
from berth.runtimes.bubblewrap import BubblewrapRuntime
from berth.runtimes.podman import PodmanRuntime
from berth.runtimes.port import Exit, Instance
from berth.runtimes.residue import residue
from tests.runtimes.engines import HOST_ADDRESS, Dockerd, docker_runtime, dockerd, may_use_podman

__all__ = ["dockerd"]

BUSYBOX = Path("/bin/busybox")
PYTHON = "/usr/bin/python3"
_APPLETS = "sh cat ls env id mount sleep kill echo touch mkdir true false head yes stat readlink hostname wc grep tr"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Coroutines are tests, too; what they started in the event loop is closed in it."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    bench = arguments.get("bench")

    async def body() -> None:
        try:
            await pyfuncitem.obj(**arguments)
        finally:
            if isinstance(bench, Bench):
                await bench.finish()

    asyncio.run(body())
    return True


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root file system of one program, and links to /usr for the tests that bind it; in a store of images."""
    if not BUSYBOX.exists() or shutil.which("bwrap") is None:
        pytest.skip("needs bubblewrap and busybox-static")
    root = tmp_path_factory.mktemp("root")
    for name in ("bin", "etc", "proc", "dev", "tmp", "run", "home", "usr", "sys", "data"):
        (root / name).mkdir()
    (root / "tmp").chmod(0o1777)
    (root / "home/node/app").mkdir(parents=True)
    (root / "home/node/app/main").write_text("#!/bin/sh\npwd\n")
    (root / "home/node/app/main").chmod(0o755)
    shutil.copy(BUSYBOX, root / "bin/busybox")
    for applet in _APPLETS.split():
        (root / "bin" / applet).symlink_to("busybox")
    for name in ("lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    (root / "etc/resolv.conf").touch()
    (root / "etc/passwd").write_text("berth:x:1000:1000::/home/berth:/bin/sh\n")
    return stored(root, tmp_path_factory.mktemp("store"))


def stored(root: Path, place: Path) -> Path:
    """The same root file system as an image in a store at `place`."""
    archive = place.with_suffix(".tar")
    with tarfile.open(archive, "w") as file:
        file.add(root, ".")
    store = ImageStore(place)
    image = store.import_archive(archive)
    archive.unlink()
    return store.rootfs(image)


class Bench:
    """Makes plans, starts them, and at the end shows that nothing is left."""

    maker = ("berth.runtimes.bubblewrap", "BubblewrapRuntime")
    """Module and callable that make such a runtime in another process, given its root and `made_with`."""
    made_with = "[]"
    user = 1000
    """Id that apps have inside."""

    def __init__(self, base: Path, image: Path) -> None:
        self.base = base
        self.image = image
        self.root = base / "private"
        self.home = self.directory("homes/org.example.App")
        self.runtime = self.make()
        self._ids: list[str] = []

    def make(self) -> Any:
        return BubblewrapRuntime(self.root)

    @asynccontextmanager
    async def service(self) -> AsyncIterator[tuple[str, int]]:
        """A server that greets, at an address that apps with network reach: address and port."""
        server = await asyncio.start_server(_greet, own_address(), 0)
        async with server:
            yield server.sockets[0].getsockname()

    def directory(self, name: str) -> Path:
        path = self.base / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def identity(self, instance: str = "") -> str:
        """Of an instance, of which nothing must be left at the end."""
        instance = instance or f"t{os.getpid()}-{os.urandom(4).hex()}"
        self._ids.append(instance)
        return instance

    def plan(
        self,
        *command: str,
        instance: str = "",
        mounts: tuple[Mount, ...] = (),
        environment: tuple[tuple[str, str], ...] = (),
        limits: Limits | None = None,
        network: bool = False,
        devices: tuple[str, ...] = (),
    ) -> LaunchPlan:
        instance = self.identity(instance)
        return LaunchPlan(
            instance=instance,
            app="org.example.App",
            rootfs=str(self.image),
            arguments=command,
            environment=(("HOME", SANDBOX_HOME), ("PATH", "/bin:/usr/bin"), *environment),
            working_directory=SANDBOX_HOME,
            hostname="app",
            instance_directory=str(self.directory(f"instances/{instance}")),
            mounts=(Mount(str(self.home), SANDBOX_HOME, writable=True), *mounts),
            tmpfs=(),
            network="nat" if network else "none",
            limits=limits or Limits(memory=512 << 20, processes=64, open_files=256),
            devices=devices,
        )

    def shell(self, script: str, **options: object) -> LaunchPlan:
        return self.plan("sh", "-c", script, **options)  # type: ignore[arg-type]

    def python(self, script: str, **options: object) -> LaunchPlan:
        """A plan that runs the host's own Python on a script inside."""
        if not Path(PYTHON).exists():
            pytest.skip(f"needs {PYTHON}")
        return self.plan(PYTHON, "-I", "-c", script, mounts=(Mount("/usr", "/usr"),), **options)  # type: ignore[arg-type]

    async def start(self, plan: LaunchPlan, runtime: BubblewrapRuntime | None = None) -> Instance:
        private = self.root / plan.instance
        return await (runtime or self.runtime).start(plan, private / "log", private)

    async def run(self, plan: LaunchPlan) -> tuple[Exit, str]:
        """Start, wait for the end, and return it with the output."""
        instance = await self.start(plan)
        end = await self.runtime.wait(instance)
        return end, await self.runtime.logs(instance)

    async def output(self, plan: LaunchPlan) -> str:
        end, output = await self.run(plan)
        assert end == Exit(0), (end, output)
        return output

    async def execute(self, instance: Instance, *command: str, given: bytes = b"") -> tuple[int, str]:
        """Run a command inside; its exit code and output."""
        with tempfile.TemporaryFile() as streams, tempfile.TemporaryFile() as source:
            source.write(given)
            source.seek(0)
            code = await self.runtime.exec(instance, command, (source.fileno(), streams.fileno(), streams.fileno()))
            streams.seek(0)
            return code, streams.read().decode()

    async def said(self, instance: Instance, text: str) -> str:
        """The log, once it holds `text`."""
        async with asyncio.timeout(30):
            while text not in (log := await self.runtime.logs(instance)):
                await asyncio.sleep(0.01)
            return log

    async def leftovers(self, instance_id: str) -> list[str]:
        """Whatever there still is of an instance."""
        return residue(instance_id, self.root)

    async def finish(self) -> None:
        """End what runs, then compare the machine with what it was."""
        await asyncio.gather(*(self.runtime.kill(instance) for instance in await self.runtime.list()))
        await asyncio.gather(*(self._finish(instance_id) for instance_id in self._ids))
        await self.runtime.close()

    async def _finish(self, instance_id: str) -> None:
        left = [entry for entry in residue(instance_id, self.root) if not entry.startswith("directory")]
        await self.runtime.reap(instance_id)
        assert left == []
        assert await self.leftovers(instance_id) == []


class DockerBench(Bench):
    """The same on the tests' own Docker."""

    maker = ("tests.runtimes.engines", "docker_runtime")

    def __init__(self, base: Path, image: Path, daemon: Dockerd) -> None:
        self._daemon = daemon
        self.user = os.getuid()
        self.made_with = f'["{daemon.socket}"]'
        super().__init__(base, image)

    def make(self) -> Any:
        return docker_runtime(self.root, self._daemon.socket)

    @asynccontextmanager
    async def service(self) -> AsyncIterator[tuple[str, int]]:
        with self._daemon.network():
            listening = socket.create_server((HOST_ADDRESS, 0))
        server = await asyncio.start_server(_greet, sock=listening)
        async with server:
            yield listening.getsockname()

    async def leftovers(self, instance_id: str) -> list[str]:
        return [*await super().leftovers(instance_id), *await asyncio.to_thread(self._daemon.leftovers, instance_id)]

    async def finish(self) -> None:
        await super().finish()
        assert await asyncio.to_thread(self._daemon.networks) == {"bridge", "host", "none"}


class PodmanBench(Bench):
    """The same on Podman without root, whose service each runtime starts for itself."""

    maker = ("berth.runtimes.podman", "PodmanRuntime")

    def make(self) -> Any:
        return PodmanRuntime(self.root)

    async def leftovers(self, instance_id: str) -> list[str]:
        command = ("podman", "ps", "--all", "--quiet", "--filter", f"name={instance_id}")
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        output, _errors = await process.communicate()
        return [*await super().leftovers(instance_id), *output.decode().split()]


def _greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"welcome")
    writer.close()


def own_address() -> str:
    """An address of this machine that is not the loopback's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no network address")
        address: str = probe.getsockname()[0]
    if address.startswith("127."):
        pytest.skip("this machine has no network address")
    return address


@pytest.fixture(params=["bubblewrap", "docker", *(["podman"] if os.getuid() else [])])
def contract(request: pytest.FixtureRequest, tmp_path: Path, image: Path) -> Bench:
    """A bench on each runtime in turn; `test_unprivileged` runs those that want an ordinary user."""
    if request.param == "docker":
        return DockerBench(tmp_path, image, request.getfixturevalue("dockerd"))
    if request.param == "podman":
        if not may_use_podman():
            pytest.skip("needs podman and an ordinary user with subordinate ids")
        return PodmanBench(tmp_path, image)
    return Bench(tmp_path, image)


@pytest.fixture
def bench(tmp_path: Path, image: Path) -> Iterator[Bench]:
    yield Bench(tmp_path, image)
