"""How an app in a container engine gets its way out, and loses it again while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from berth.core.plan import LaunchPlan, Mount
from berth.core.problem import Problem
from berth.runtimes import network, processes
from berth.runtimes.container_daemon import Daemon

NONE = "none"


class Network(Protocol):
    """Raises `Problem` from every method. What an instance is, is said by the engine's description of it."""

    async def mode(self, plan: LaunchPlan) -> str:
        """The engine's word for the network that a new container begins with."""
        ...

    def mounts(self, directory: Path) -> tuple[Mount, ...]:
        """Files that the app needs for it; may be made in its private directory."""
        ...

    def online(self, instance_id: str, described: Mapping[str, Any]) -> bool: ...

    async def grant(self, instance_id: str, described: Mapping[str, Any], directory: Path) -> None: ...

    async def revoke(self, instance_id: str, described: Mapping[str, Any]) -> None: ...

    async def leave(self, instance_id: str) -> None:
        """The instance has ended."""
        ...


class BridgeNetwork:
    """A network of the engine's own for all apps of one session, in which they cannot reach each other.

    Args:
        labels: say whose it is.
    """

    def __init__(self, daemon: Daemon, name: str, labels: Mapping[str, str]) -> None:
        self._daemon = daemon
        self._name = name
        self._labels = dict(labels)
        self._users: set[str] = set()
        self._lock = asyncio.Lock()

    async def mode(self, plan: LaunchPlan) -> str:
        return await self._ensure(plan.instance) if plan.network == "nat" else NONE

    def mounts(self, directory: Path) -> tuple[Mount, ...]:
        return ()

    def online(self, instance_id: str, described: Mapping[str, Any]) -> bool:
        online = self._name in _networks(described)
        if online:
            self._users.add(instance_id)
        return online

    async def grant(self, instance_id: str, described: Mapping[str, Any], directory: Path) -> None:
        name, connected, container = await self._ensure(instance_id), _networks(described), described["Id"]
        if name in connected:
            return
        if NONE in connected:
            await self._daemon.call("disconnect_container_from_network", container, NONE)
        await self._daemon.call("connect_container_to_network", container, name)

    async def revoke(self, instance_id: str, described: Mapping[str, Any]) -> None:
        if self._name in _networks(described):
            await self._daemon.call("disconnect_container_from_network", described["Id"], self._name)

    async def leave(self, instance_id: str) -> None:
        """The last one takes the network with it."""
        async with self._lock:
            if instance_id in self._users:
                self._users.discard(instance_id)
                if not self._users:
                    with contextlib.suppress(Problem):  # another engine's instance may use it
                        await self._daemon.call("remove_network", self._name)

    async def _ensure(self, user: str) -> str:
        async with self._lock:
            self._users.add(user)
            if self._name not in {found["Name"] for found in await self._daemon.call("networks")}:
                options = {"com.docker.network.bridge.enable_icc": "false"}
                await self._daemon.call("create_network", self._name, "bridge", options, labels=self._labels)
        return self._name


def _networks(described: Mapping[str, Any]) -> Mapping[str, Any]:
    return described["NetworkSettings"]["Networks"] or {}


class UserModeNetwork:
    """slirp4netns for each instance, as under bubblewrap: needs no privilege, and no app can reach another.

    A rootless engine's own networks can be neither left nor joined by a container that began without one.
    """

    def __init__(self) -> None:
        self._program = shutil.which("slirp4netns") or ""

    async def mode(self, plan: LaunchPlan) -> str:
        return NONE

    def mounts(self, directory: Path) -> tuple[Mount, ...]:
        resolver = directory / "resolv.conf"
        resolver.write_text(network.RESOLV_CONF)
        return (Mount(str(resolver), "/etc/resolv.conf"),)

    def online(self, instance_id: str, described: Mapping[str, Any]) -> bool:
        return bool(processes.of_instance(instance_id))

    async def grant(self, instance_id: str, described: Mapping[str, Any], directory: Path) -> None:
        if self.online(instance_id, described):
            return
        mark = (processes.MARK, instance_id)
        log = directory / "network.log"
        pid, ready = network.connect_detached(self._program, described["State"]["Pid"], mark, log)
        try:
            if await _byte(ready) != b"1":
                _end(pid)
                raise Problem("network-failed", "The network could not be attached.", _last_line(log))
        finally:
            os.close(ready)

    async def revoke(self, instance_id: str, described: Mapping[str, Any]) -> None:
        await self.leave(instance_id)

    async def leave(self, instance_id: str) -> None:
        for pid in processes.of_instance(instance_id):
            _end(pid)


async def _byte(fd: int) -> bytes:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(fd, readable.set)
    try:
        await readable.wait()
        return os.read(fd, 1)
    finally:
        loop.remove_reader(fd)


def _end(pid: int) -> None:
    """A child of ours, or of an engine that was before."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return lines[-1][:300] if lines else ""
