"""The embedded runtime: bubblewrap on an unpacked image, one supervisor process per instance."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path

from berth.core.plan import LaunchPlan
from berth.core.problem import Problem
from berth.runtimes import lending, logfile, orders
from berth.runtimes.arguments import bwrap_arguments
from berth.runtimes.command import run
from berth.runtimes.ending import read_exit
from berth.runtimes.network import RESOLV_CONF
from berth.runtimes.port import Exit, Instance, Stats, TerminalProgram
from berth.runtimes.preflight import check_plan
from berth.runtimes.residue import remove_leftovers
from berth.runtimes.supervisor import RUNTIME, SOCKET
from berth.runtimes.supervisor_link import SupervisorLink
from berth.runtimes.zygote_link import ZygoteLink

_LOST = Exit(137, "The app was ended: its supervisor was killed.", "See: berth doctor")
_ATTEMPTS = 2
_DISABLE_USERNS = (0, 8)


class BubblewrapRuntime:
    """Implements `berth.runtimes.port.Runtime`.

    Args:
        root: holds the private directory of each instance, called by its id; mode 0700.
        use_cgroups: false leaves cgroups alone and limits by rlimits.

    Raises:
        Problem: ``bubblewrap-missing``.
    """

    name = RUNTIME

    def __init__(self, root: Path, *, use_cgroups: bool = True) -> None:
        found = shutil.which("bwrap")
        if found is None:
            raise Problem("bubblewrap-missing", "bubblewrap is not installed.", "Install it: apt install bubblewrap")
        self._bwrap = os.path.realpath(found)
        self._slirp4netns = shutil.which("slirp4netns") or ""
        self._root = root
        self.uses_cgroups = use_cgroups
        self._zygote = ZygoteLink(use_cgroups)
        self._links: dict[str, SupervisorLink] = {}
        self._disable_userns: bool | None = None

    async def prepare(self) -> None:
        """Start what the first app would otherwise wait for."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        await self._userns_can_be_disabled()
        await self._zygote.prepare()

    async def start(self, plan: LaunchPlan, log_path: Path, private_directory: Path) -> Instance:
        """See `Runtime.start`.

        Raises:
            Problem: ``plan-invalid``, ``image-broken``, ``command-missing``, ``instance-exists``,
                ``start-failed``, ``plan-too-large``, ``seccomp-missing``.
        """
        check_plan(plan)
        if private_directory != self._root / plan.instance:
            raise Problem("plan-invalid", f"{private_directory} is not the private directory of {plan.instance}.")
        resolver = _make_private(private_directory)
        log_path.parent.mkdir(parents=True, exist_ok=True)
        packet = orders.encode(await self._orders(plan, log_path, private_directory, resolver))
        link = await self._launch(packet, plan.instance)
        self._keep(plan.instance, link)
        return link.instance

    async def _orders(self, plan: LaunchPlan, log_path: Path, directory: Path, resolver: Path) -> orders.Orders:
        disable = await self._userns_can_be_disabled()
        return orders.Orders(
            instance=plan.instance,
            app=plan.app,
            bwrap=self._bwrap,
            options=tuple(bwrap_arguments(plan, str(resolver), disable_userns=disable)),
            command=plan.arguments,
            environment=plan.environment,
            working_directory=plan.working_directory,
            log_path=str(log_path),
            private_directory=str(directory),
            limits=plan.limits,
            network=plan.network == "nat",
            slirp4netns=self._slirp4netns,
            stop_signal=plan.stop_signal,
        )

    async def _launch(self, packet: bytes, instance_id: str) -> SupervisorLink:
        for _attempt in range(_ATTEMPTS):
            link = await SupervisorLink.started(await self._order(packet))
            if link is not None:
                return link
        raise Problem("start-failed", f"The supervisor of {instance_id} died while starting.", "See: berth doctor")

    async def _order(self, packet: bytes) -> socket.socket:
        """The connection to the supervisor that takes the orders."""
        near, far = orders.packet_pair()
        try:
            with far:
                await self._zygote.send(packet, far.fileno())
        except BaseException:
            near.close()
            raise
        return near

    async def _userns_can_be_disabled(self) -> bool:
        if self._disable_userns is None:
            version = re.search(r"(\d+)\.(\d+)", await run(self._bwrap, "--version"))
            numbers = (int(version[1]), int(version[2])) if version else (0, 0)
            self._disable_userns = numbers >= _DISABLE_USERNS
        return self._disable_userns

    # --- running instances

    async def stop(self, instance: Instance, force: bool = False, grace: float = 5.0) -> Exit:
        action = orders.Kill() if force else orders.Stop(grace)
        with contextlib.suppress(Problem):  # gone already
            await (await self._link(instance)).call(action)
        return await self.wait(instance)

    async def kill(self, instance: Instance) -> Exit:
        return await self.stop(instance, force=True)

    async def wait(self, instance: Instance) -> Exit:
        try:
            link = await self._link(instance)
        except Problem:  # ended before
            pass
        else:
            await link.ended()
        self._links.pop(instance.id, None)
        end = read_exit(Path(instance.private_directory))
        if end is None:
            await remove_leftovers(instance.id, self._root)
        return end or _LOST

    async def logs(self, instance: Instance) -> str:
        return logfile.read(Path(instance.log_path))

    async def exec(self, instance: Instance, argv: Sequence[str], fds: tuple[int, int, int]) -> int:
        return await self._inside(instance, orders.Execute(tuple(argv)), fds)

    async def lend(self, instance: Instance, paths: Sequence[bytes], channel: socket.socket) -> None:
        with channel:
            asked = lending.write_paths(paths)
            try:
                await self._inside(instance, orders.Lend(), (asked, channel.fileno()))
            finally:
                os.close(asked)

    async def open_terminal(self, instance: Instance, listening: socket.socket, program: TerminalProgram) -> None:
        await (await self._link(instance)).call(orders.OpenTerminal(program), (listening.fileno(),))

    async def _inside(self, instance: Instance, work: orders.Execute | orders.Lend, fds: Sequence[int]) -> int:
        """Have something done in the app's container; its exit code."""
        link = await self._link(instance)
        number = link.next_number()
        try:
            result = await link.call(work, fds, number)
        except asyncio.CancelledError:
            link.post(orders.CancelExecution(number))
            raise
        assert isinstance(result, orders.Executed)
        return result.code

    async def stats(self, instance: Instance) -> Stats:
        result = await (await self._link(instance)).call(orders.GetStats())
        assert isinstance(result, orders.Measured)
        return result.stats

    async def pause(self, instance: Instance) -> None:
        await (await self._link(instance)).call(orders.Pause(True))

    async def resume(self, instance: Instance) -> None:
        await (await self._link(instance)).call(orders.Pause(False))

    async def grant_network(self, instance: Instance) -> None:
        await (await self._link(instance)).call(orders.SetNetwork(True))

    async def revoke_network(self, instance: Instance) -> None:
        await (await self._link(instance)).call(orders.SetNetwork(False))

    async def list(self) -> tuple[Instance, ...]:
        if not self._root.is_dir():
            return ()
        found = await asyncio.gather(*(self._describe(path.parent) for path in self._root.glob(f"*/{SOCKET}")))
        return tuple(instance for instance in found if instance is not None)

    async def _describe(self, directory: Path) -> Instance | None:
        try:
            link = await self._connect(directory)
            result = await link.call(orders.Describe())
        except Problem:
            return None
        assert isinstance(result, orders.Described)
        return result.instance

    async def reap(self, instance_id: str) -> None:
        link = self._links.pop(instance_id, None)
        if link is not None:
            link.close()
        await remove_leftovers(instance_id, self._root)
        shutil.rmtree(self._root / instance_id, ignore_errors=True)

    async def kept_for(self, app: str, store: Path, digest: str) -> tuple[str, ...]:
        return ()

    async def forget_app(self, app: str, store: Path) -> None:
        return

    async def close(self) -> None:
        for link in self._links.values():
            link.close()
        self._links.clear()
        await self._zygote.close()

    async def _link(self, instance: Instance) -> SupervisorLink:
        return await self._connect(Path(instance.private_directory))

    async def _connect(self, directory: Path) -> SupervisorLink:
        """The connection to a supervisor. Raises `Problem` ``instance-gone``."""
        link = self._links.get(directory.name)
        if link is None or link.closed:
            try:
                link = SupervisorLink(orders.connect(directory, SOCKET))
            except OSError:
                raise Problem("instance-gone", f"The instance {directory.name} has ended.") from None
            self._keep(directory.name, link)
        return link

    def _keep(self, instance_id: str, link: SupervisorLink) -> None:
        replaced = self._links.get(instance_id)
        if replaced is not None:
            replaced.close()
        self._links[instance_id] = link


def _make_private(directory: Path) -> Path:
    """Make the private directory of a new instance; the path of its resolver file."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Problem("start-failed", f"{directory} cannot be made: {error.strerror}.") from None
    if (directory / SOCKET).exists() or read_exit(directory) is not None:
        raise Problem("instance-exists", f"The instance {directory.name} exists already.", "Remove it first.")
    resolver = directory / "resolv.conf"
    resolver.write_text(RESOLV_CONF)
    return resolver
