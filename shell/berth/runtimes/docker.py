"""Docker, and whatever else speaks its API: the daemon supervises the instances.

A container carries its instance's id as name and label, so that a restarted engine finds it
again and nothing of it stays behind unnoticed. The end of an instance is seen through a pidfd:
nothing is asked of the daemon while an app just runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import os
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from berth.core.plan import LaunchPlan
from berth.core.problem import Problem
from berth.runtimes import cgroups, container_exec, lending, logfile, pidfds, processes, rlimits, seccomp
from berth.runtimes.container_config import INIT_PROCESSES, Setting, container_config
from berth.runtimes.container_daemon import CONFLICT, MISSING, Daemon, Service
from berth.runtimes.container_exec import gone
from berth.runtimes.container_image import StoredImage, is_in, repository
from berth.runtimes.container_network import Network
from berth.runtimes.ending import Ending, read_exit
from berth.runtimes.port import RUNTIME_MARK, Exit, Instance, Stats, TerminalProgram
from berth.runtimes.preflight import check_plan
from berth.runtimes.prewarm import Spare, Spares, release
from berth.runtimes.terminal_keeper_link import Order, TerminalKeepers

DOCKER = Service(
    name="docker",
    title="Docker",
    program="dockerd",
    install="Install it: apt install docker.io",
    start="Start it: sudo systemctl start docker",
    allow="Join its group, which is as much as being root, and log in again: sudo usermod -aG docker {user}",
)
ROOT_LABEL = "app.berth.root"
_RECORD = "instance.json"
_REQUESTED = "end-requested"
_ORDERED = "ordered"
"""There may be a container from when this file of the private directory exists."""
_INIT_CODES = (1, 126, 127)
_INIT_COMPLAINT = re.compile(
    r"^(?:\[FATAL tini .*|ERROR \(catatonit:.*) failed?(?: to exec pid1)?: (.*)$", re.MULTILINE
)
"""What the engines' inits write when they cannot execute the app."""
_DEFAULT_SOCKET = "/var/run/docker.sock"


@dataclass(frozen=True)
class Traits:
    """What differs between engines that speak this API.

    Attributes:
        user: user id of apps inside.
        user_namespace: see `Setting`.
        cgroups: the engine can hold limits by control groups; else resource limits have to.
        tmpfs: see `Setting`.
        two_steps: a container can be made ready before its process begins, as only Podman can.
        seccomp_file: the profile of refused system calls is taken from a file.
    """

    user: int
    user_namespace: str = ""
    cgroups: bool = True
    tmpfs: tuple[str, str] = ("", "")
    two_steps: bool = False
    seccomp_file: bool = False


def docker_socket() -> Path:
    """Where Docker listens. Raises `Problem` ``docker-remote``."""
    address = os.environ.get("DOCKER_HOST") or f"unix://{_DEFAULT_SOCKET}"
    if not address.startswith("unix://"):
        raise Problem(
            "docker-remote",
            f"Docker at {address} is on another machine, whose apps cannot open windows here.",
            "Use the Docker of this machine: unset DOCKER_HOST",
        )
    return Path(address.removeprefix("unix://"))


class DockerRuntime:
    """Implements `berth.runtimes.port.Runtime`.

    Args:
        root: holds the private directory of each instance, called by its id; mode 0700.
        spares: for so many apps that were started last a container is kept ready for the next start.
        undisturbed: seconds that an app is left alone after its start, before a spare is made.
    """

    def __init__(
        self,
        root: Path,
        daemon: Daemon,
        traits: Traits,
        network: Callable[[Daemon, str, Mapping[str, str]], Network],
        *,
        spares: int = 0,
        undisturbed: float = 3.0,
    ) -> None:
        self.name = daemon.service.name
        self._root = root
        self._daemon = daemon
        self._traits = traits
        self._labels = {ROOT_LABEL: str(root)}
        name = f"berth-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}"
        self._network = network(daemon, name, self._labels)
        self._loading = asyncio.Lock()
        self._creating = asyncio.Lock()
        self._keepers = TerminalKeepers()
        self._paused: set[str] = set()
        self._waiting: set[asyncio.Task[None]] = set()
        self.spares = Spares(spares, undisturbed, self._make_spare, self._discard)

    # --- start

    async def start(self, plan: LaunchPlan, log_path: Path, private_directory: Path) -> Instance:
        """See `Runtime.start`.

        Raises:
            Problem: ``plan-invalid``, ``image-missing``, ``image-broken``, ``command-missing``,
                ``instance-exists``, ``start-failed``, or why the engine cannot be used.
        """
        check_plan(plan)
        if private_directory != self._root / plan.instance:
            raise Problem("plan-invalid", f"{private_directory} is not the private directory of {plan.instance}.")
        image = await self.load(plan.rootfs)
        private_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (private_directory / _ORDERED).touch()
        found = await self._become(plan, image, private_directory)
        if found is None:
            await self._create(plan, image, private_directory)
            found = await self._begin(plan, private_directory)
        self.spares.make_later(plan, image)
        instance = self._described(plan, found, log_path, private_directory)
        (private_directory / _RECORD).write_bytes(msgspec.json.encode(instance))
        return instance

    async def load(self, rootfs: str) -> str:
        """Name of an image in the engine, given its root file system in our store; loaded there if it is not yet.

        Copies of images that the store has lost go at the same time.
        """
        image = StoredImage.of(rootfs)
        async with self._loading:
            tags = await self._copies(image.repository)
            image.mark_copied(self.name)
            if image.tag not in tags:
                await self._daemon.call("load_image", image.archive())
            await self._drop_lost(tags, image.store)
        return image.tag

    async def _copies(self, repository: str) -> set[str]:
        found = await self._daemon.call("images", name=repository)
        return {tag.removeprefix("localhost/") for summary in found for tag in summary["RepoTags"] or ()}

    async def _drop_lost(self, tags: set[str], store: Path) -> None:
        for tag in tags:
            if not is_in(store, tag):
                with contextlib.suppress(Problem):  # an app runs from it still
                    await self._daemon.call("remove_image", tag)

    async def kept_for(self, app: str, store: Path, digest: str) -> tuple[str, ...]:
        """See `Runtime.kept_for`; nothing if the engine cannot be asked."""
        with contextlib.suppress(Problem):
            tags = await self._copies(repository(store))
            ours = digest.removeprefix("sha256:")
            copies = [tag for tag in sorted(tags) if tag.endswith(f":{ours}") or not is_in(store, tag)]
            spares = [_container(spare.id) for waiting, spare in self.spares.waiting.items() if waiting == app]
            return (
                *(f"image {tag} in {self._title}" for tag in copies),
                *(f"container {name} in {self._title}" for name in spares),
            )
        return ()

    async def forget_app(self, app: str, store: Path) -> None:
        """See `Runtime.forget_app`. An engine that is away drops the copy at the next start there."""
        await self.spares.drop(app)
        with contextlib.suppress(Problem):
            async with self._loading:
                await self._drop_lost(await self._copies(repository(store)), store)

    async def _create(self, plan: LaunchPlan, image: str, directory: Path) -> None:
        setting = Setting(
            user=self._traits.user,
            network=await self._network.mode(plan),
            seccomp=self._seccomp(directory),
            mounts=self._network.mounts(directory),
            user_namespace=self._traits.user_namespace,
            cgroups=self._traits.cgroups,
            processors=os.cpu_count() or 1,
            tmpfs=self._traits.tmpfs,
        )
        config = container_config(plan, image, self._labels, setting)
        try:
            # One at a time: Podman, asked for several at once, loses sight of the user's ids.
            async with self._creating:
                await self._daemon.call("create_container_from_config", config, _container(plan.instance))
        except Problem as problem:
            if problem.code != CONFLICT:
                raise
            raise Problem(
                "instance-exists", f"The instance {plan.instance} exists already.", "Remove it first."
            ) from None

    def _seccomp(self, directory: Path) -> str:
        profile = seccomp.profile(root=not self._traits.user)
        if not self._traits.seccomp_file:
            return profile
        file = directory / "seccomp.json"
        file.write_text(profile)
        return str(file)

    async def _begin(self, plan: LaunchPlan, directory: Path) -> dict[str, Any]:
        container = _container(plan.instance)
        try:
            if self._traits.two_steps:
                await self._make_ready(plan, directory)
            await self._daemon.call("start", container)
            found = await self._inspect(plan.instance)
            if not self._traits.cgroups:
                rlimits.limit_members(found["State"]["Pid"], plan.limits)
            return found
        except Problem as problem:
            with contextlib.suppress(Problem):
                await self._remove(plan.instance)
            raise Problem("start-failed", f"The app could not be started: {problem.message}", problem.hint) from None

    async def _make_ready(self, plan: LaunchPlan, directory: Path) -> None:
        """Limits and network are there before the app begins: its namespaces exist, and its process waits."""
        await self._daemon.run(lambda client: _initialise(client, _container(plan.instance)))
        found = await self._inspect(plan.instance)
        rlimits.limit_self(plan.limits, found["State"]["Pid"])  # Podman's API drops those it is asked for
        if not self._traits.cgroups:
            rlimits.limit_before_start(found["State"]["Pid"], plan.limits)
        if plan.network == "nat":
            await self._network.grant(plan.instance, found, directory)

    def _described(self, plan: LaunchPlan, found: dict[str, Any], log_path: Path, private_directory: Path) -> Instance:
        pid = found["State"]["Pid"]
        return Instance(
            id=plan.instance,
            app=plan.app,
            pid=pid,
            started=time.time(),
            limits=self._enforced(plan, pid),
            network=plan.network == "nat",
            private_directory=str(private_directory),
            log_path=str(log_path),
            runtime=self.name,
            stop_signal=plan.stop_signal,
        )

    def _enforced(self, plan: LaunchPlan, pid: int) -> str:
        """What holds the limits, read back: engines accept limits that they cannot enforce."""
        group = cgroups.of_process(pid) if pid else None
        if group is not None and group.holds(plan.limits.memory, plan.limits.processes + INIT_PROCESSES):
            return f"cgroup v{group.version}"
        if not pid:
            return "unknown, it has ended"
        return "rlimits" if not self._traits.cgroups and rlimits.holds(pid, plan.limits) else "not enforced"

    # --- containers that wait

    async def _become(self, plan: LaunchPlan, image: str, directory: Path) -> dict[str, Any] | None:
        """Have a waiting container become this instance; None if there is none that fits."""
        spare = self.spares.take(plan.app)
        if spare is None:
            return None
        try:
            gate = spare.open_gate() if spare.fits(plan, image) else None
        except OSError:  # it is not so far yet, or has died
            gate = None
        if gate is None:
            await self._discard(spare)
            return None
        try:
            return await self._use(spare, gate, plan, directory)
        except OSError as error:
            raise Problem("start-failed", f"The app could not be started: {error.strerror}.") from None

    async def _use(self, spare: Spare, gate: int, plan: LaunchPlan, directory: Path) -> dict[str, Any]:
        try:
            await self._daemon.call("rename", _container(spare.id), _container(plan.instance))
            shutil.rmtree(self._root / spare.id, ignore_errors=True)
            spare.take_place(plan)
            found = await self._inspect(plan.instance)
            if plan.network == "nat":
                await self._network.grant(plan.instance, found, directory)
        except BaseException:
            os.close(gate)
            raise
        await asyncio.to_thread(release, gate, plan)
        return found

    async def _make_spare(self, spare: Spare) -> None:
        directory = self._root / spare.id
        directory.mkdir(mode=0o700)
        # By these it is found should this engine die.
        for mark, text in ((_ORDERED, ""), (RUNTIME_MARK, self.name)):
            (directory / mark).write_text(text)
        spare.prepare()
        await self._create(spare.plan, spare.image, directory)
        await self._daemon.call("start", _container(spare.id))

    async def _discard(self, spare: Spare) -> None:
        with contextlib.suppress(Problem):  # the next engine finds its directory and tries again
            await self._remove(spare.id)
            await asyncio.to_thread(shutil.rmtree, self._root / spare.id, ignore_errors=True)
        spare.remove_directories()

    # --- running instances

    async def stop(self, instance: Instance, force: bool = False, grace: float = 5.0) -> Exit:
        with contextlib.suppress(OSError):
            (self._root / instance.id / _REQUESTED).touch()
        with contextlib.suppress(Problem):
            await self.resume(instance)
        if not force:
            if not await self._keepers.asked_to_end(instance, grace):
                await self._signal(instance, instance.stop_signal)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await pidfds.ended(instance.pid)
                    return await self.wait(instance)
        await self._signal(instance, "SIGKILL")
        return await self.wait(instance)

    async def _signal(self, instance: Instance, name: str) -> None:
        try:
            await self._daemon.call("kill", _container(instance.id), name)
        except Problem as problem:
            if problem.code not in (MISSING, CONFLICT):  # gone already
                raise

    async def kill(self, instance: Instance) -> Exit:
        return await self.stop(instance, force=True)

    async def wait(self, instance: Instance) -> Exit:
        group = _group(instance)
        await self._until_ended(instance.pid)
        # The engine may be told of the end before it is told that there was no memory left.
        kills = group.memory_kills if group is not None else 0
        await self._keepers.ended(Path(instance.private_directory))
        try:
            await self._daemon.call("wait", _container(instance.id))
            found = await self._inspect(instance.id)
            said = await self.logs(instance) if found["State"]["ExitCode"] in _INIT_CODES else ""
            await self._network.leave(instance.id)
        except Problem as problem:
            if problem.code == MISSING:
                return Exit(137, f"The app was ended: {self._title} has removed it.")
            return Exit(137, "It is not known how the app has ended.", str(problem))
        return self._ending(instance.id, found, said, kills)

    async def _until_ended(self, pid: int) -> None:
        """Raises `Problem` ``engine-stopping`` if the runtime is closed before."""
        waiting = asyncio.ensure_future(pidfds.ended(pid))
        self._waiting.add(waiting)
        try:
            await asyncio.wait((waiting,))
            if waiting.cancelled():
                raise Problem("engine-stopping", "The engine has let go of the instance.")
        finally:
            waiting.cancel()
            self._waiting.discard(waiting)

    def _ending(self, instance_id: str, found: dict[str, Any], said: str, kills: int) -> Exit:
        state = found["State"]
        command = (found["Config"]["Cmd"] or [""])[0]
        refused = _INIT_COMPLAINT.search(said)
        if refused:
            return Exit(127, f"The image cannot run “{command}”: {refused[1]}.")
        return Ending(
            command=command,
            memory_limit=found["HostConfig"]["Memory"],
            app_code=state["ExitCode"],
            memory_kills=max(kills, int(state["OOMKilled"])),
            requested=(self._root / instance_id / _REQUESTED).exists(),
            shown_code=shown.code if (shown := read_exit(self._root / instance_id)) else None,
        ).describe([])

    async def logs(self, instance: Instance) -> str:
        try:
            said = await self._daemon.call("logs", _container(instance.id), stdout=True, stderr=True)
        except Problem as problem:
            raise gone() if problem.code == MISSING else problem from None
        # What a program on a lent terminal says does not come to the engine's log.
        return bytes(said).decode(errors="replace") + logfile.read(Path(instance.log_path))

    async def exec(self, instance: Instance, argv: Sequence[str], fds: tuple[int, int, int]) -> int:
        limit = None if not self._traits.two_steps else functools.partial(rlimits.copy, instance.pid)
        return await container_exec.execute(self._daemon, _container(instance.id), argv, fds, limit)

    async def lend(self, instance: Instance, paths: Sequence[bytes], channel: socket.socket) -> None:
        with channel:
            asked = lending.write_paths(paths)
            try:
                lender = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-m", "berth.runtimes.container_lend"),
                    *(str(instance.pid), str(self._traits.user)),
                    stdin=asked,
                    stdout=channel.fileno(),
                    stderr=asyncio.subprocess.DEVNULL,
                )
            finally:
                os.close(asked)
        try:
            code = await lender.wait()
        except asyncio.CancelledError:
            lender.kill()
            await lender.wait()
            raise
        if code:
            raise Problem("files-not-lent", f"Files of an app in {self._title} cannot be read by this user.")

    async def open_terminal(self, instance: Instance, listening: socket.socket, program: TerminalProgram) -> None:
        found = await self._running(instance.id)
        order = Order(instance, str(self._daemon.path), _container(instance.id), found["HostConfig"]["Memory"])
        await self._keepers.open(order, listening, program)

    async def stats(self, instance: Instance) -> Stats:
        members = processes.namespace_members(instance.pid) - {instance.pid}
        if not members:
            raise gone()
        stats = processes.usage(members)
        group = _group(instance)
        memory = group.memory if group is not None else stats.memory
        return msgspec.structs.replace(stats, memory=memory, paused=instance.id in self._paused)

    async def pause(self, instance: Instance) -> None:
        try:
            await self._daemon.call("pause", _container(instance.id))
        except Problem as problem:
            if problem.code in (MISSING, CONFLICT):
                raise gone() from None
            if problem.code != f"{self.name}-refused":
                raise
            # Where control groups cannot freeze, each process is stopped.
            _signal_all(instance.pid, signal.SIGSTOP)
        self._paused.add(instance.id)

    async def resume(self, instance: Instance) -> None:
        if instance.id not in self._paused:
            return
        self._paused.discard(instance.id)
        _signal_all(instance.pid, signal.SIGCONT)
        with contextlib.suppress(Problem):  # it was not frozen
            await self._daemon.call("unpause", _container(instance.id))

    async def list(self) -> tuple[Instance, ...]:
        try:
            found = await self._daemon.call("containers", filters={"label": [f"{ROOT_LABEL}={self._root}"]})
        except Problem as problem:
            if problem.code.startswith(self.name):  # who is not there runs nothing
                return ()
            raise
        instances = []
        for summary in found:
            with contextlib.suppress(Problem):  # it has ended meanwhile
                instance = self._known_again(await self._daemon.call("inspect_container", summary["Id"]))
                if instance is not None:
                    instances.append(instance)
        return tuple(instances)

    def _known_again(self, described: dict[str, Any]) -> Instance | None:
        instance = _recorded(self._root / described["Name"].removeprefix(f"/{_container('')}"))
        if instance is None:
            return None
        if described["State"]["Paused"]:
            self._paused.add(instance.id)
        return msgspec.structs.replace(instance, network=self._network.online(instance.id, described))

    async def grant_network(self, instance: Instance) -> None:
        await self._network.grant(instance.id, await self._running(instance.id), self._root / instance.id)

    async def revoke_network(self, instance: Instance) -> None:
        await self._network.revoke(instance.id, await self._running(instance.id))

    async def _running(self, instance_id: str) -> dict[str, Any]:
        """Raises `Problem` ``instance-gone``."""
        try:
            found = await self._inspect(instance_id)
        except Problem as problem:
            raise gone() if problem.code == MISSING else problem from None
        if not found["State"]["Running"]:
            raise gone()
        return found

    # --- end

    async def reap(self, instance_id: str) -> None:
        try:
            found = await self._inspect(instance_id)
        except Problem as problem:
            if problem.code != MISSING and (self._root / instance_id / _ORDERED).exists():
                raise
        else:
            if found["Config"]["Labels"].get(ROOT_LABEL) == str(self._root):
                await self._remove(instance_id)
        await self._keepers.ended(self._root / instance_id)
        await self._network.leave(instance_id)
        self._paused.discard(instance_id)
        await asyncio.to_thread(shutil.rmtree, self._root / instance_id, ignore_errors=True)

    async def _remove(self, instance_id: str) -> None:
        try:
            await self._daemon.call("remove_container", _container(instance_id), force=True, v=True)
        except Problem as problem:
            if problem.code != MISSING:
                raise

    async def close(self) -> None:
        for waiting in self._waiting:
            waiting.cancel()
        await self.spares.close()
        await asyncio.to_thread(self._daemon.close)

    async def _inspect(self, instance_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await self._daemon.call("inspect_container", _container(instance_id))
        return found

    @property
    def _title(self) -> str:
        return self._daemon.service.title


def _container(instance_id: str) -> str:
    return f"berth-{instance_id}"


def _initialise(client: Any, container: str) -> None:
    """Podman's own step: https://docs.podman.io/en/latest/_static/api.html (ContainerInitLibpod)."""
    client._raise_for_status(client.post(f"{client.base_url}/v4.0.0/libpod/containers/{container}/init"))


def _recorded(directory: Path) -> Instance | None:
    """What was written at the start of an instance; None if that was never finished."""
    try:
        return msgspec.json.decode((directory / _RECORD).read_bytes(), type=Instance)
    except (OSError, msgspec.DecodeError):
        return None


def _group(instance: Instance) -> cgroups.Cgroup | None:
    """The control group that holds its limits; None if there is none, or it has ended."""
    return cgroups.of_process(instance.pid) if instance.limits.startswith("cgroup") else None


def _signal_all(init: int, number: signal.Signals) -> None:
    for pid in processes.namespace_members(init):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
