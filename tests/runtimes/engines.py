"""Container engines of the tests: started for them, with everything of theirs in one directory, and ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from berth.runtimes import kernel
from berth.runtimes.container_daemon import Daemon
from berth.runtimes.container_network import BridgeNetwork
from berth.runtimes.docker import DOCKER, DockerRuntime, Traits

_WAIT = 60.0
BORROWED = "BERTH_TEST_DOCKER"
"""Variable that names the socket of a daemon that somebody else has started."""
HOST_ADDRESS = "192.0.2.1"
"""Of the machine, as containers of these engines see it."""
_PLACE = f"ip link set lo up && ip address add {HOST_ADDRESS}/32 dev lo && echo ready && exec sleep infinity"


def docker_runtime(root: Path, socket: str | Path, spares: int = 0) -> DockerRuntime:
    daemon = Daemon(DOCKER, Path(socket))
    return DockerRuntime(root, daemon, Traits(user=os.getuid()), BridgeNetwork, spares=spares, undisturbed=0.0)


class Dockerd:
    """A Docker daemon in a network and a mount namespace of its own: bridges, rules of the packet filter and
    mounts go with them, and the machine's own Docker, if it has one, is left alone.

    Attributes:
        socket: where it listens.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self.socket = base / "docker.sock"
        self._group = f"test-dockerd-{os.getpid()}"
        self._log = base / "log"
        self._place = subprocess.Popen(
            ["unshare", "--net", "--mount", "--propagation", "slave", "sh", "-c", _PLACE], stdout=subprocess.PIPE
        )
        assert self._place.stdout is not None
        with self._place.stdout as output:
            assert output.readline() == b"ready\n"
        self._process = self._spawn()
        try:
            self.wait()
        except BaseException:
            self.end()
            raise

    def _spawn(self) -> subprocess.Popen[bytes]:
        inside = [f"--{kind}=/proc/{self._place.pid}/ns/{name}" for kind, name in (("net", "net"), ("mount", "mnt"))]
        daemon = ["dockerd", "--data-root", str(self.base / "data"), "--exec-root", str(self.base / "exec")]
        daemon += ["-H", f"unix://{self.socket}", "--pidfile", str(self.base / "pid"), "--log-level", "warn"]
        daemon += ["--cgroup-parent", f"/{self._group}"]
        with self._log.open("ab") as log:
            return subprocess.Popen(["nsenter", *inside, *daemon], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait(self) -> None:
        """Until it answers."""
        end = time.monotonic() + _WAIT
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self.socket))
                return
            time.sleep(0.05)
        raise AssertionError(f"dockerd does not start:\n{self._log.read_text()}")

    def leftovers(self, instance_id: str) -> list[str]:
        """Containers of an instance."""
        with self.client() as client:
            found = client.containers(all=True, filters={"name": instance_id})
            return [f"container {container['Names']}" for container in found]

    def networks(self) -> set[str]:
        with self.client() as client:
            return {found["Name"] for found in client.networks()}

    def client(self) -> contextlib.closing[docker.APIClient]:
        """The SDK itself, for a second look."""
        return contextlib.closing(docker.APIClient(f"unix://{self.socket}", version="auto"))

    @contextlib.contextmanager
    def network(self) -> Iterator[None]:
        """What this thread opens meanwhile belongs to the daemon's network: to what its containers see as the host."""
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        theirs = os.open(f"/proc/{self._place.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            kernel.enter_namespaces(theirs, kernel.CLONE_NEWNET)
            try:
                yield
            finally:
                kernel.enter_namespaces(own, kernel.CLONE_NEWNET)
        finally:
            os.close(own)
            os.close(theirs)

    def kill(self) -> None:
        """As in a crash of all of it: the daemon, its containerd, what supervises its containers, and them."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(_WAIT)
        for pid in processes_of(str(self.base)):
            _kill(pid)
        self._remove_groups()
        remove(self.base / "exec")

    def restart(self) -> None:
        self._process = self._spawn()
        self.wait()

    def end(self) -> None:
        left: list[int] = []
        try:
            self._process.terminate()
            try:
                self._process.wait(_WAIT)
            finally:
                self._process.kill()
                self._process.wait(_WAIT)
                self._place.kill()
                self._place.wait(_WAIT)
                left = stragglers(str(self.base))
                self._remove_groups()
        finally:
            remove(self.base)
        assert left == [], f"dockerd left {left}"

    def _remove_groups(self) -> None:
        end = time.monotonic() + _WAIT
        while groups := self._groups():
            for group in groups:
                _remove_group(group)
            assert time.monotonic() < end, f"control groups that do not go: {groups}"
            time.sleep(0.01)

    def _groups(self) -> list[Path]:
        """Of all hierarchies, or of the only one; those within others first."""
        root = Path("/sys/fs/cgroup")
        tops = [*root.glob(self._group), *root.glob(f"*/{self._group}")]
        return [Path(directory) for top in tops for directory, _names, _files in os.walk(top, topdown=False)]


def _remove_group(group: Path) -> None:
    """At once, or another time: what is in it has to end first, and what supervised that may remove it as well."""
    with contextlib.suppress(OSError):
        for pid in map(int, (group / "cgroup.procs").read_text().split()):
            _kill(pid)
        if (group / "freezer.state").exists():
            # In a container that is paused nothing ends.
            (group / "freezer.state").write_text("THAWED")
        group.rmdir()


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def remove(folder: Path) -> None:
    """With what is in it, also if something that is about to end still writes there."""
    end = time.monotonic() + _WAIT
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def stragglers(word: str) -> list[int]:
    """Processes with `word` in their command line that have not ended by themselves: they are killed."""
    end = time.monotonic() + _WAIT
    while (left := processes_of(word)) and time.monotonic() < end:
        time.sleep(0.05)
    for pid in left:
        _kill(pid)
    return left


def processes_of(word: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word in path.read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                found.append(int(path.parent.name))
    return found


class BorrowedDockerd(Dockerd):
    """One that a test of another user has started."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def end(self) -> None:
        return


@pytest.fixture(scope="session")
def dockerd() -> Iterator[Dockerd]:
    borrowed = os.environ.get(BORROWED)
    if borrowed is None and (os.getuid() != 0 or shutil.which("dockerd") is None):
        pytest.skip("needs docker.io and root, or somebody who lends a daemon")
    daemon = BorrowedDockerd(Path(borrowed)) if borrowed else Dockerd(Path(tempfile.mkdtemp(prefix="berth-dockerd-")))
    yield daemon
    daemon.end()


def may_use_podman() -> bool:
    if os.getuid() == 0 or shutil.which("podman") is None:
        return False
    return any(Path("/etc/subuid").read_text().splitlines())
