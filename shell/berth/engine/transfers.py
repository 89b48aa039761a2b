"""Files that the user hands from one app to another: copied to where the other one sees them.

A copy, not a view: what the first app does to its file later is not told to the second one, and what the
second one has goes when it ends. File systems that can share blocks make that cost nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from berth.core.messages import Event, FilesReady, FilesRefused, FilesWanted, Notice
from berth.core.paths import Paths
from berth.core.problem import Problem
from berth.core.uri_list import MAX_FILES, is_name
from berth.engine.instance import AppInstance
from berth.engine.receiving import Bounds, Reason, Receiver
from berth.engine.supervision import remove_tree
from berth.runtimes import orders
from berth.runtimes.port import Runtime

_AT_ONCE = 4
"""Transfers that run beside each other, in threads of their own: an app that is slow holds up nothing else."""

_SLOW_SECONDS = 2.0
_TRANSFER = re.compile(r"[0-9a-z]{1,32}")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd]")
_SHOWN = 60

_WHY: dict[Reason, tuple[str, str]] = {
    "unreadable": ("{source} can read no such file or folder", "Look for it in {source}."),
    "too-large": ("it is larger than {size}", "Hand over less at once."),
    "too-many": ("there are more than {entries} files", "Pack them into an archive first."),
    "disk-full": ("the disk is almost full", "Make room on the disk, then try again."),
    "ended": ("{source} did not finish handing it over", "If it has ended, start it again; then try again."),
    "silent": ("{source} does not answer", "Try again when it does."),
}


@dataclass
class _Desktop:
    """Takes files in the place of an instance, themes alone: a little, and the last one only."""

    received: Path
    id: str = ""
    name: str = "the desktop"
    started: float = 1.0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


_THEME = Bounds(size=80 << 20, entries=1)


@dataclass(frozen=True)
class _Ends:
    wanted: FilesWanted
    source: AppInstance | None
    target: AppInstance | _Desktop

    @property
    def apps(self) -> str:
        return f"from {self.source.name if self.source else 'an app'} to {self.target.name}"


class Transfers:
    """All that are under way.

    Args:
        find: an instance by its id; raises `Problem`.
        ready: tells the display server.
        emit: receives notices.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        runtime: Runtime,
        find: Callable[[str], AppInstance],
        ready: Callable[[FilesReady], None],
        emit: Callable[[Event], None],
    ) -> None:
        self._paths = paths
        self._runtime = runtime
        self._find = find
        self._ready = ready
        self._emit = emit
        self._bounds = Bounds()
        self._desktop = _Desktop(paths.dropped)
        self._open: set[str] = set()
        self._threads = ThreadPoolExecutor(_AT_ONCE, "berth-transfer")

    def begin(self, wanted: FilesWanted) -> None:
        """Bring the files; a transfer that is under way already goes on."""
        if wanted.transfer in self._open:
            return
        with contextlib.suppress(Problem):
            target = self._find(wanted.target) if wanted.target else self._desktop
            source = None
            with contextlib.suppress(Problem):
                source = self._find(wanted.source)
            self._open.add(wanted.transfer)
            task = asyncio.create_task(self._serve(_Ends(wanted, source, target)))
            target.tasks.add(task)
            task.add_done_callback(lambda done: self._served(wanted.transfer, target, done))

    def refused(self, files: FilesRefused) -> None:
        with contextlib.suppress(Problem):
            source = self._find(files.source)
            target = self._find(files.target) if files.target else self._desktop
            text = f"The files from {source.name} to {target.name} cannot be handed over: {files.reason}."
            self._emit(Notice("warning", text, "Hand over the folder that they are in, or fewer.", target.id))

    def _served(self, transfer: str, target: AppInstance | _Desktop, task: asyncio.Task[None]) -> None:
        self._open.discard(transfer)
        target.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": f"bringing files to {target.id}", "exception": error})

    async def _serve(self, ends: _Ends) -> None:
        files = ends.wanted.files
        missing: dict[int, Reason] = dict.fromkeys(range(len(files)), "ended")
        try:
            self._check(ends)
            assert ends.target.received is not None
            place = ends.target.received / ends.wanted.transfer
            missing = _not_in(place, files) if place.exists() else await self._bring(ends, place)
        except Problem as problem:
            self._emit(Notice("error", problem.message, problem.hint, ends.target.id))
        else:
            self._tell_missing(ends, missing)
        finally:
            self._ready(FilesReady(ends.wanted.transfer, tuple(sorted(missing))))

    def _check(self, ends: _Ends) -> None:
        names = [name for _path, name in ends.wanted.files]
        well_formed = _TRANSFER.fullmatch(ends.wanted.transfer) and all(map(is_name, names))
        if not well_formed or len(set(names)) < len(names) or len(names) > MAX_FILES:
            raise Problem("bad-request", f"The files {ends.apps} have no proper names.")
        if ends.target.received is None or not ends.target.started:
            raise Problem(
                "not-started", f"{ends.target.name} cannot be handed files.", "Start it again, then try again."
            )

    async def _bring(self, ends: _Ends, place: Path) -> dict[int, Reason]:
        """Copy into a place that no app sees, then show all of it at once."""
        staging = self._paths.incoming / f"{ends.target.id}-{ends.wanted.transfer}"
        try:
            if ends.target is self._desktop:
                await asyncio.to_thread(self._make_room)
            staging.mkdir(mode=0o755, parents=True)
            staging.chmod(0o755)
            missing = await self._receive(ends, staging)
            staging.rename(place)
        except OSError as error:
            hint = "Check that the disk has space left: berth doctor"
            text = f"Files {ends.apps} cannot be copied: {error.strerror or error}."
            raise Problem("transfer-failed", text, hint) from None
        finally:
            await asyncio.to_thread(remove_tree, staging)
        return missing

    def _make_room(self) -> None:
        """What was dropped on the desktop before has been looked at."""
        remove_tree(self._desktop.received)
        self._desktop.received.mkdir(mode=0o700, parents=True)

    async def close(self) -> None:
        """The engine ends."""
        for task in tuple(self._desktop.tasks):
            task.cancel()
        await asyncio.gather(*self._desktop.tasks, return_exceptions=True)
        with contextlib.suppress(Problem):
            await asyncio.to_thread(remove_tree, self._desktop.received)

    async def _receive(self, ends: _Ends, staging: Path) -> dict[int, Reason]:
        near, far = orders.packet_pair()
        stop = threading.Event()
        files = ends.wanted.files
        receiver = Receiver(near, staging, [name for _path, name in files], self._bounds_for(ends), stop)
        loan = asyncio.create_task(self._lend(ends, far))
        slow = asyncio.get_running_loop().call_later(_SLOW_SECONDS, self._tell_slow, ends)
        working = asyncio.get_running_loop().run_in_executor(self._threads, receiver.run)
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            stop.set()
            near.shutdown(socket.SHUT_RDWR)
            await working
            raise
        finally:
            slow.cancel()
            near.close()
            loan.cancel()
            await asyncio.gather(loan, return_exceptions=True)
            far.close()
        if slow.when() < asyncio.get_running_loop().time() and len(receiver.missing) < len(files):
            hint = "If it was pasted and nothing happened, paste once more."
            self._emit(Notice("info", f"{_named(files)} came {ends.apps}.", hint, ends.target.id))
        self._tell_left_out(ends, receiver.left_out)
        return receiver.missing

    def _bounds_for(self, ends: _Ends) -> Bounds:
        return _THEME if ends.target is self._desktop else self._bounds

    async def _lend(self, ends: _Ends, far: socket.socket) -> None:
        """A loan that fails is seen by whoever waits for the files: the channel ends."""
        with far, contextlib.suppress(Problem):
            if ends.source is not None and ends.source.running is not None:
                await self._runtime.lend(ends.source.running, [path for path, _name in ends.wanted.files], far)

    # --- what the user reads

    def _tell_missing(self, ends: _Ends, missing: dict[int, Reason]) -> None:
        if not missing:
            return
        files = ends.wanted.files
        first = min(missing)
        why, hint = _WHY[missing[first]]
        words = {
            "source": ends.source.name if ends.source else "the app",
            "size": _amount(self._bounds_for(ends).size),
            "entries": self._bounds_for(ends).entries,
        }
        what = _shown(files[first][1]) if len(missing) == 1 else f"{len(missing)} of {len(files)} files"
        text = f"{what} did not get {ends.apps}: {why.format(**words)}."
        self._emit(Notice("warning", text, hint.format(**words), ends.target.id))

    def _tell_left_out(self, ends: _Ends, count: int) -> None:
        if count:
            text = f"Not all inside {_named(ends.wanted.files)} came {ends.apps}: {count} left out."
            hint = "Devices, links that lead elsewhere and what cannot be read are not handed over."
            self._emit(Notice("info", text, hint, ends.target.id))

    def _tell_slow(self, ends: _Ends) -> None:
        text = f"Copying {_named(ends.wanted.files)} {ends.apps} takes a moment."
        hint = f"Close {ends.target.name} to give it up." if ends.target is not self._desktop else ""
        self._emit(Notice("info", text, hint, ends.target.id))


def _not_in(place: Path, files: tuple[tuple[bytes, bytes], ...]) -> dict[int, Reason]:
    """An earlier engine has brought them, but could not tell."""
    there = {os.fsencode(path.name) for path in place.iterdir()}
    return {number: "unreadable" for number, (_path, name) in enumerate(files) if name not in there}


def _amount(size: int) -> str:
    return f"{size >> 30} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"


def _named(files: tuple[tuple[bytes, bytes], ...]) -> str:
    return _shown(files[0][1]) if len(files) == 1 else f"{len(files)} files"


def _shown(name: bytes) -> str:
    text = _UNFIT.sub("?", name.decode(errors="replace"))
    return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”"
