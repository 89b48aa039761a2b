"""What the engine knows about one running app."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from berth.core.compile import WAYLAND_SOCKET
from berth.core.lent_terminal import TERMINAL_APP
from berth.core.messages import InstanceInfo
from berth.core.paths import Paths
from berth.core.permissions import NETWORK, in_order
from berth.core.plan import BUS_SOCKET
from berth.core.problem import Problem
from berth.engine.catalogue import Entry
from berth.runtimes.port import Instance

Found = TypeVar("Found")
State = Literal["asking", "preparing", "starting", "running", "stopping"]


class Ending(msgspec.Struct, frozen=True):
    """How an instance ended.

    Attributes:
        code: exit code, 128 + n for signal n.
        reason: one sentence when something other than the app itself ended it.
        last_line: the end of what the app said.
        wanted: the user, or the end of the session, stopped it.
    """

    code: int
    reason: str = ""
    hint: str = ""
    last_line: str = ""
    wanted: bool = False

    def told(self, name: str) -> str:
        """One sentence for the user, "" when it was a normal end."""
        if self.wanted or (not self.code and not self.reason):
            return ""
        if self.reason:
            return self.reason
        said = f": {self.last_line}" if self.last_line else "."
        return f"{name} exited with code {self.code}{said}"


@dataclass
class AppInstance:
    """One instance from the user's click to the last removed file.

    Attributes:
        entry: None for one that was adopted and whose manifest is gone.
        directory: bound into the app; sockets in it are the app's to connect to.
        received: on disk, what the user hands it from other apps; None if nobody can.
        settings: tells apart what instances were started with, "" while or if that is not known.
        closing: the user closed a window of it, and nothing has changed about its windows since but that they went.
        outdated: its app has other settings now.
        version: digest of the image that was asked for, "" if it is the app's current one.
        version_name: of the image that it runs from.
        arguments: what it was started with beside its command.
        image: digest.
        running: what the runtime knows of it, once it runs.
        listening: the instance's own Wayland socket, kept so that a new display server can have it.
        bus: the same for the app's message bus, if it has one.
        launch: asks, prepares and starts; cancelling it gives up before anything runs.
        recorded: its ledger row is written.
        started: the runtime has it.
        mapped: set at its first window.
        asked: permissions that the user was asked about; none is asked twice while the instance runs.
        ended: result of the whole life.
        given: permissions of which its container has had what they give since it started.
        uses_here: permissions that the display server says it uses now.
        terminals: that are lent to it, by the ids of their own instances; the first shows its program.
    """

    id: str
    app: str
    name: str
    publisher: str
    directory: Path
    entry: Entry | None = None
    image: str = ""
    state: State = "asking"
    created: float = field(default_factory=time.time)
    windows: int = 0
    closing: bool = False
    network: bool = False
    running: Instance | None = None
    listening: socket.socket | None = None
    bus: socket.socket | None = None
    launch: asyncio.Task[None] | None = None
    recorded: bool = False
    started: bool = False
    mapped: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Future[Ending] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    asked: set[str] = field(default_factory=set)
    network_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    directory_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    hint_timer: asyncio.TimerHandle | None = None
    received: Path | None = None
    profile: str = ""
    settings: str = ""
    outdated: bool = False
    arguments: tuple[str, ...] = ()
    version: str = ""
    version_name: str = ""
    terminals: dict[str, Instance] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    uses_here: frozenset[str] = frozenset()

    async def in_directory(self, work: Callable[[], Found]) -> Found:
        """Do `work` on its directory, or on those of its terminals, in a thread, and nothing else of that kind until
        that is done: who gives up waiting does so then."""
        async with self.directory_lock:
            working = asyncio.ensure_future(asyncio.to_thread(work))
            try:
                return await asyncio.shield(working)
            except asyncio.CancelledError:
                await asyncio.gather(working, return_exceptions=True)
                raise

    def uses(self, app: str) -> bool:
        """Whether it runs from images of an app: its own, or the terminal's that is lent to it."""
        return app == self.app or (bool(self.terminals) and app == TERMINAL_APP)

    def info(self) -> InstanceInfo:
        running = self.running
        return InstanceInfo(
            instance=self.id,
            app=self.app,
            name=self.name,
            state=self.state,
            pid=running.pid if running else 0,
            started=running.started if running else self.created,
            windows=self.windows,
            runtime=running.runtime if running else "",
            network=self.network,
            limits=running.limits if running else "",
            profile=self.profile,
            outdated=self.outdated,
            version=self.version_name,
            uses=self.in_use(),
        )

    def in_use(self) -> tuple[str, ...]:
        """What of its permissions it uses now, in the order of `berth.core.permissions.USES`."""
        return in_order({*self.uses_here, *self.given, *((NETWORK,) if self.network else ())})

    def listen(self, bus: bool = False) -> None:
        """Make the sockets anew. The directory is the app's to read only, so nothing else is there.

        Args:
            bus: with one for a message bus. An app that had one gets one again.

        Raises:
            Problem: ``instance-directory``.
        """
        bus = bus or (self.directory / BUS_SOCKET).exists()
        self.close_sockets()
        self.listening = self._listening_at(WAYLAND_SOCKET)
        self.bus = self._listening_at(BUS_SOCKET) if bus else None

    def _listening_at(self, name: str) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            directory = os.open(self.directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                # The address holds 107 bytes, a path may be longer.
                address = f"/proc/self/fd/{directory}/{name}"
                Path(address).unlink(missing_ok=True)
                os.fchmod(listening.fileno(), 0o600)
                listening.bind(address)
            finally:
                os.close(directory)
            listening.listen(64)
        except OSError as error:
            listening.close()
            raise directory_problem(self.directory, error) from None
        return listening

    def close_sockets(self) -> None:
        for listening in (self.listening, self.bus):
            if listening is not None:
                listening.close()
        self.listening = self.bus = None


def private_root(paths: Paths) -> Path:
    """Holds a directory per instance with what its app must not see: supervisor's socket, log."""
    return paths.runtime / "private"


def new_instance_id(app: str) -> str:
    """Short and readable, e.g. ``foot-3f9a2c``."""
    short = re.sub(r"[^a-z0-9]", "", app.rpartition(".")[2].lower())[:20] or "app"
    return f"{short}-{secrets.token_hex(3)}"


def directory_problem(directory: Path, error: OSError) -> Problem:
    return Problem(
        "instance-directory",
        f"The directory {directory} cannot be used: {error.strerror or error}.",
        "Check that the runtime directory belongs to you and has space left: berth doctor",
    )
