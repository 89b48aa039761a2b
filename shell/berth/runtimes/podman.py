"""Podman without root: the same API as Docker's, answered by a process that serves this session alone.

Containers do not need that process, only we do: it ends with the engine and the apps run on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from berth.core.plan import SANDBOX_UID
from berth.core.problem import Problem
from berth.runtimes import kernel, processes, rlimits
from berth.runtimes.cgroups import own_version
from berth.runtimes.command import run
from berth.runtimes.container_daemon import Daemon, Service
from berth.runtimes.container_network import UserModeNetwork
from berth.runtimes.docker import DockerRuntime, Traits
from berth.runtimes.port import Instance

PODMAN = Service(
    name="podman",
    title="Podman",
    program="podman",
    install="Install it: apt install podman catatonit slirp4netns uidmap",
    start="Its log may say why: berth doctor",
    allow="Podman's socket must belong to you.",
)
_INITS = ("/usr/libexec/podman/catatonit", "/usr/bin/catatonit", "/usr/lib/podman/catatonit")
_ROOT_PROCESSES = 1 << 20
"""What Podman gives each container of root's as the limit of processes, whatever is asked for (RLimitDefaultValue)."""
_START_SECONDS = 30.0
_PAUSE_SECONDS = 0.02


def check_installed() -> str:
    """The program. Raises `Problem` ``podman-missing`` or ``podman-incomplete``."""
    program = shutil.which(PODMAN.program)
    if program is None:
        raise Problem("podman-missing", "Podman is not installed.", PODMAN.install)
    if not any(Path(path).exists() for path in _INITS):
        raise Problem("podman-incomplete", "Podman lacks its init, catatonit.", PODMAN.install)
    return program


def check_allowed(uid: int) -> None:
    """Raises `Problem` ``podman-not-allowed`` where all that it starts would fail in words of its runtime's."""
    if uid == 0 and not rlimits.may_have(resource.RLIMIT_NPROC, _ROOT_PROCESSES):
        raise Problem(
            "podman-not-allowed",
            "Podman cannot run apps as root here, as root lacks the capability CAP_SYS_RESOURCE.",
            "Mend it: start Berth as an ordinary user, or with that capability",
        )


class PodmanService:
    """The process that answers, started when it is first needed.

    Args:
        directory: holds its socket and its log; for us alone.
        name: of its socket.
    """

    def __init__(self, directory: Path, name: str = "podman") -> None:
        self.socket = directory / f"{name}.sock"
        self._log = directory / "podman.log"
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    async def ready(self) -> None:
        """Raises `Problem` ``podman-missing``, ``podman-incomplete`` or ``podman-stopped``."""
        async with self._lock:
            if self._process is None or self._process.returncode is not None:
                await self._start()

    async def _start(self) -> None:
        program = check_installed()
        self.socket.unlink(missing_ok=True)
        if os.getuid():
            # Makes the user's namespaces if there are none: a service that has to would leave its child behind.
            await run(program, "unshare", "true")
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(program, "system", "service", "--time", "0", f"unix://{self.socket}"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=kernel.die_with_parent,
            )
        await self._answering(self._process)

    async def _answering(self, process: asyncio.subprocess.Process) -> None:
        """There is nothing to wait for but the socket itself."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                while process.returncode is None:
                    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                        probe.connect(str(self.socket))
                        return
                    await asyncio.sleep(_PAUSE_SECONDS)
        said = self._log.read_text(errors="replace").strip().splitlines()
        raise Problem("podman-stopped", "Podman does not start.", said[-1][:300] if said else PODMAN.install)

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            await self._process.wait()
        self.socket.unlink(missing_ok=True)


class PodmanRuntime(DockerRuntime):
    """Implements `berth.runtimes.port.Runtime`.

    Args:
        root: as `DockerRuntime`'s; the service's socket lies beside it.
    """

    def __init__(self, root: Path) -> None:
        self._service = PodmanService(root.parent)
        daemon = Daemon(PODMAN, self._service.socket, self._service.ready)
        super().__init__(root, daemon, podman_traits(os.getuid()), _user_mode)

    async def _signal(self, instance: Instance, name: str) -> None:
        try:
            await super()._signal(instance, name)
        except Problem:
            monitors = processes.with_arguments("-n", f"berth-{instance.id}") & processes.with_arguments("-e")
            if name != "SIGKILL" or not monitors:
                raise
            # One that waits for ever to write to a terminal never learns of its command's end, nor the container.
            _kill(monitors)

    async def reap(self, instance_id: str) -> None:
        await super().reap(instance_id)
        # What watched over commands inside would stay for some minutes more.
        _kill(processes.with_arguments("-n", f"berth-{instance_id}"))

    async def close(self) -> None:
        await super().close()
        await self._service.close()


def _kill(pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def podman_traits(uid: int) -> Traits:
    """Without root the user is the sandbox's own inside, and control groups are there in their second version only."""
    if uid == 0:
        return Traits(user=0, tmpfs=("U", "notmpcopyup"), two_steps=True, seccomp_file=True)
    return Traits(
        user=SANDBOX_UID,
        user_namespace=f"keep-id:uid={SANDBOX_UID},gid={SANDBOX_UID}",
        cgroups=own_version() == 2,
        tmpfs=("U", "notmpcopyup"),
        two_steps=True,
        seccomp_file=True,
    )


def _user_mode(_daemon: Daemon, _name: str, _labels: Mapping[str, str]) -> UserModeNetwork:
    return UserModeNetwork()
