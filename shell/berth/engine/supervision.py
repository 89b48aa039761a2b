"""Supervision: an instance from the moment it runs until nothing of it is left.

What an instance may do follows from its grants at every moment: each decision leads to
`follow_grants`, which brings the running instance in line.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from berth.core.lent_terminal import companion
from berth.core.messages import (
    Event,
    InstanceChanged,
    InstanceCloseAsked,
    InstanceCloseWanted,
    InstanceConnections,
    InstanceEnded,
    InstanceEndWanted,
    InstanceMapped,
    InstanceMisbehaved,
    InstanceUses,
    KnownInstances,
    Notice,
)
from berth.core.permissions import DISPLAY, NETWORK, VOCABULARY, undecided
from berth.core.problem import Problem
from berth.core.x11 import CLOSE_X11
from berth.engine.catalogue import Entry
from berth.engine.consent import Consent, question
from berth.engine.displaylink import DisplayEvent
from berth.engine.instance import AppInstance, Ending, State
from berth.engine.last_words import LastWords, tail
from berth.engine.ledger import Ledger
from berth.runtimes.port import Exit, Instance, Runtime

_log = logging.getLogger(__name__)

NO_WINDOW_SECONDS = 15.0
_STOP_GRACE_SECONDS = 5.0
_END_GRACE_SECONDS = 2.0


class Display(Protocol):
    """Whoever serves the instances' Wayland sockets."""

    def listen(self, instance: AppInstance, granted: frozenset[str]) -> None: ...

    def grant(self, instance: str, granted: frozenset[str]) -> None: ...

    def forget(self, instance: str) -> None: ...


class Supervision:
    """All instances of one session.

    Args:
        icon: the path of an app's icon, by app id.
        emit: receives the events of instances, and notices.
    """

    def __init__(
        self,
        *,
        consent: Consent,
        ledger: Ledger,
        runtime: Runtime,
        display: Display,
        icon: Callable[[str], str],
        emit: Callable[[Event], None],
    ) -> None:
        self._consent = consent
        self._ledger = ledger
        self._runtime = runtime
        self._display = display
        self._icon = icon
        self._emit = emit
        self._instances: dict[str, AppInstance] = {}
        self._last_words = LastWords()

    def all(self) -> tuple[AppInstance, ...]:
        return tuple(self._instances.values())

    def find(self, instance: str) -> AppInstance:
        """By its id, or by its app's if that runs once.

        Raises:
            Problem: ``unknown-instance``, ``several-instances``.
        """
        if instance in self._instances:
            return self._instances[instance]
        of_app = [found for found in self._instances.values() if found.app == instance]
        if len(of_app) > 1:
            running = ", ".join(sorted(found.id for found in of_app))
            raise Problem("several-instances", f"{of_app[0].name} runs more than once.", f"Name one of: {running}")
        if not of_app:
            raise Problem(
                "unknown-instance",
                f"There is no instance “{instance[:60]}”, and no app that runs has that id.",
                "List the running ones with: berth ps",
            )
        return of_app[0]

    def find_running(self, instance: str) -> Instance:
        """What the runtime knows of an instance. Raises `Problem` ``unknown-instance`` or ``not-started``."""
        found = self.find(instance)
        if found.running is None:
            raise Problem("not-started", f"{found.name} ({found.id}) has not started yet.")
        return found.running

    async def logs(self, name: str) -> str:
        """The last of what an instance has printed, also if it has ended in this session; by its id, or its app's.

        Raises:
            Problem: ``unknown-instance``, ``several-instances``, ``not-started``.
        """
        try:
            return tail(await self._runtime.logs(self.find_running(name)))
        except Problem as problem:
            said = self._last_words.find(name) if problem.code in ("unknown-instance", "instance-gone") else None
            if said is None:
                raise
            return said

    # --- beginnings

    def add(self, instance: AppInstance) -> None:
        self._instances[instance.id] = instance

    def started(self, instance: AppInstance, running: Instance, network: bool) -> None:
        """The runtime has it: from now on its end is noticed and its grants are followed.

        Args:
            network: it has a way out, or is just getting one.
        """
        instance.running = running
        instance.started = True
        instance.network = network
        self.changed(instance)
        self._spawn(instance, self._await_end(instance, running))
        if not instance.mapped.is_set():
            loop = asyncio.get_running_loop()
            instance.hint_timer = loop.call_later(NO_WINDOW_SECONDS, self._no_window_yet, instance)
        if network and not running.network:
            self._spawn(instance, self._confirm_network(instance, running))
        for name in instance.terminals:
            self.watch_terminal(instance, name)
        self._follow_grants(instance)

    def adopt(self, instance: AppInstance, running: Instance, mapped: bool) -> None:
        """Know again an instance that an earlier engine has started."""
        self.add(instance)
        instance.recorded = True
        instance.state = "running" if mapped else "starting"
        if mapped:
            instance.mapped.set()
        self.started(instance, running, running.network)
        if mapped:
            self.ask_at_use(instance)

    def watch_terminal(self, instance: AppInstance, name: str) -> None:
        """A terminal that is lent to a running instance: what is left of it goes with its window."""
        self._spawn(instance, self._await_terminal(instance, name))

    async def _await_terminal(self, instance: AppInstance, name: str) -> None:
        await self._runtime.wait(instance.terminals[name])
        if name == companion(instance.id):
            # Who closes its window means the app; what runs in it has been told by the kernel already.
            await self.stop(instance)
        else:
            # Known until nothing is left: the end of the app may cut this short.
            await self.remove_terminal(instance, name)
            del instance.terminals[name]

    async def remove_terminal(self, instance: AppInstance, name: str) -> None:
        """Also one that was about to be opened. Raises `Problem`."""
        await self._runtime.reap(name)
        await instance.in_directory(partial(remove_tree, instance.directory.with_name(name)))

    async def wait_for_window(self, instance: AppInstance) -> None:
        """Raises `Problem` ``app-exited`` if the app ends before it has shown a window."""
        mapped = asyncio.create_task(instance.mapped.wait())
        try:
            await asyncio.wait((mapped, instance.ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            mapped.cancel()
        if not instance.mapped.is_set():
            raise _exited_at_once(instance, instance.ended.result())

    # --- what display tells

    def display_event(self, event: DisplayEvent) -> None:
        if isinstance(event, KnownInstances):
            self._reconcile_display(event.instances)
            return
        instance = self._instances.get(event.instance)
        if instance is None:
            return
        if isinstance(event, InstanceMapped):
            self._windows_changed(instance, event.windows)
        elif isinstance(event, InstanceCloseAsked):
            instance.closing = True
        elif isinstance(event, InstanceCloseWanted):
            instance.closing = True
            self._spawn(instance, self._close_inside(instance))
        elif isinstance(event, InstanceEndWanted):
            self._spawn(instance, self.stop(instance, force=True))
        elif isinstance(event, InstanceMisbehaved):
            text = f"{instance.name} was disconnected from its windows: {event.reason}"
            self._emit(Notice("warning", text, f"What it said: berth logs {instance.id}", instance.id))
        elif isinstance(event, InstanceConnections):
            self._connections_changed(instance, event.clients)
        elif isinstance(event, InstanceUses):
            self._uses_changed(instance, frozenset(event.uses) & DISPLAY)

    async def _close_inside(self, instance: AppInstance) -> None:
        """Have the X program in front asked to close, as its own close button would; end it if nothing can ask."""
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            running = self.find_running(instance.id)
            asked = await self._runtime.exec(running, CLOSE_X11, (null, null, null)) == 0
        except Problem:
            asked = False
        finally:
            os.close(null)
        if not asked:
            await self.stop(instance)

    def _reconcile_display(self, known: tuple[str, ...]) -> None:
        """A display server that is new knows nothing of ours; one that stayed may know what has ended."""
        for stranger in set(known) - set(self._instances):
            self._display.forget(stranger)
        for instance in self._instances.values():
            if instance.started and instance.id not in known:
                self._serve_again(instance)
            self._grant_display(instance)

    def _serve_again(self, instance: AppInstance) -> None:
        self._windows_changed(instance, 0)
        self._uses_changed(instance, frozenset())
        try:
            if instance.listening is None:
                instance.listen()
        except Problem as problem:
            self._tell(problem, instance)
        self._display.listen(instance, self._consent.granted_display(instance.entry, instance.id))

    def _connections_changed(self, instance: AppInstance, clients: int) -> None:
        """A protocol that an app cannot see yet has no first use: its question comes with the app's connection."""
        if not clients:
            self._windows_changed(instance, 0)
        elif instance.entry is not None:
            self._spawn(instance, self._ask_optional(instance, instance.entry, DISPLAY))

    def _uses_changed(self, instance: AppInstance, uses: frozenset[str]) -> None:
        if uses != instance.uses_here:
            instance.uses_here = uses
            self.changed(instance)

    def _windows_changed(self, instance: AppInstance, windows: int) -> None:
        if windows == instance.windows:
            return
        instance.windows = windows
        if windows:
            instance.closing = False
        if windows and not instance.mapped.is_set():
            self._first_window(instance)
        self.changed(instance)

    def _first_window(self, instance: AppInstance) -> None:
        instance.mapped.set()
        if instance.hint_timer is not None:
            instance.hint_timer.cancel()
        if instance.state == "starting":
            instance.state = "running"
        try:
            self._ledger.set_mapped(instance.id)
        except Problem as problem:
            self._tell(problem, instance)
        self.ask_at_use(instance)

    def _no_window_yet(self, instance: AppInstance) -> None:
        """Some apps have no window: what they ask for is asked now, and the user is told."""
        if instance.state == "starting":
            self.set_state(instance, "running")
        text = f"{instance.name} has not opened a window yet."
        self._emit(Notice("info", text, f"What it said: berth logs {instance.id}", instance.id))
        self.ask_at_use(instance)

    # --- permissions

    def follow_grants(self, app: str) -> None:
        """Bring every running instance of `app` in line with what was decided."""
        for instance in self._instances.values():
            if instance.app == app and instance.started:
                self._follow_grants(instance)

    def ask_at_use(self, instance: AppInstance) -> None:
        """Ask for what the app can run without: in a session once its first window is there."""
        if instance.entry is not None:
            self._spawn(instance, self._ask_optional(instance, instance.entry, frozenset(VOCABULARY)))

    async def _ask_optional(self, instance: AppInstance, entry: Entry, about: frozenset[str]) -> None:
        requests = undecided(entry.manifest.permissions, self._consent.decisions(entry, instance.id), early=False)
        due = [request for request in requests if request.name in about and request.name not in instance.asked]
        instance.asked.update(request.name for request in due)
        for request in due:
            # What was decided elsewhere meanwhile is no question any more.
            if request.name in self._consent.decisions(entry, instance.id):
                continue
            await self._consent.ask(question(entry, instance.id, request, self._icon(instance.app), instance.image))

    def _follow_grants(self, instance: AppInstance) -> None:
        self._grant_display(instance)
        self._spawn(instance, self._sync_network(instance))

    def _grant_display(self, instance: AppInstance) -> None:
        self._display.grant(instance.id, self._consent.granted_display(instance.entry, instance.id))

    async def _sync_network(self, instance: AppInstance) -> None:
        async with instance.network_lock:
            entry, running = instance.entry, instance.running
            wanted = entry is not None and NETWORK in self._consent.granted(entry, instance.id)
            if running is None or wanted == instance.network or instance.state == "stopping":
                return
            try:
                await (self._runtime.grant_network(running) if wanted else self._runtime.revoke_network(running))
            except Problem as problem:
                if problem.code != "instance-gone":
                    self._tell(problem, instance)
                return
            instance.network = wanted
            self.changed(instance)

    async def _confirm_network(self, instance: AppInstance, running: Instance) -> None:
        """The network of a start comes up beside the app; one that fails to is not claimed to be there."""
        async with instance.network_lock:
            try:
                await self._runtime.grant_network(running)
            except Problem as problem:
                if problem.code != "instance-gone":
                    instance.network = False
                    self._tell(problem, instance)
                    self.changed(instance)

    # --- ends

    async def stop(self, instance: AppInstance, force: bool = False, grace: float = _STOP_GRACE_SECONDS) -> None:
        """End an instance; returns when nothing of it is left."""
        if not instance.started and instance.launch is not None:
            instance.launch.cancel()
        elif instance.running is not None and (force or instance.state != "stopping"):
            self.set_state(instance, "stopping")
            try:
                await self._runtime.stop(instance.running, force, grace)
            except Problem as problem:
                if problem.code != "instance-gone":
                    raise
        await asyncio.shield(instance.ended)

    async def stop_all(self) -> None:
        """The session ends: every app does, at the same time."""
        stopping = (self.stop(instance, grace=_END_GRACE_SECONDS) for instance in self.all())
        for result in await asyncio.gather(*stopping, return_exceptions=True):
            if isinstance(result, Exception):
                _log.error("An app could not be stopped: %s", result)

    async def let_go(self) -> None:
        """Forget all instances and leave them running, for the next engine to adopt."""
        tasks = [task for instance in self.all() for task in instance.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for instance in self.all():
            instance.close_sockets()
            if instance.hint_timer is not None:
                instance.hint_timer.cancel()

    async def _await_end(self, instance: AppInstance, running: Instance) -> None:
        try:
            exit_ = await self._runtime.wait(running)
        except Problem as problem:
            exit_ = Exit(1, problem.message, problem.hint)
        # How the program in a terminal has ended was in its window; who closes an app is not told how it took that.
        expected = instance.closing or companion(instance.id) in instance.terminals
        wanted = instance.state == "stopping" or (expected and not exit_.reason)
        try:
            said = await self._runtime.logs(running)
        except Problem:
            said = ""
        self._last_words.keep(instance.id, instance.app, said)
        lines = said.strip().splitlines()
        last_line = lines[-1][:300] if lines else ""
        await self.remove(instance, Ending(exit_.code, exit_.reason, exit_.hint, last_line, wanted))

    async def remove(self, instance: AppInstance, ending: Ending) -> None:
        """Remove all that an instance has, its ledger row last."""
        instance.state = "stopping"
        if instance.hint_timer is not None:
            instance.hint_timer.cancel()
        for task in instance.tasks:
            if task is not asyncio.current_task():
                task.cancel()
        try:
            await self._remove_traces(instance)
        except Problem as problem:
            # Its row stays in the ledger, so that the next engine tries again.
            self._tell(problem, instance)
        finally:
            self._instances.pop(instance.id, None)
            if not instance.ended.done():
                instance.ended.set_result(ending)
            self._emit(InstanceEnded(instance.id, instance.app, ending.code, ending.told(instance.name)))

    async def _remove_traces(self, instance: AppInstance) -> None:
        instance.close_sockets()
        self._consent.forget_instance(instance.id)
        if instance.recorded:
            self._display.forget(instance.id)
            await self._runtime.reap(instance.id)
            for name in {companion(instance.id), *instance.terminals}:
                if instance.directory.with_name(name).exists():
                    await self.remove_terminal(instance, name)
            await instance.in_directory(partial(remove_tree, instance.directory))
            if instance.received is not None:
                await asyncio.to_thread(remove_tree, instance.received)
            self._ledger.remove(instance.id)

    # --- telling

    def set_state(self, instance: AppInstance, state: State) -> None:
        instance.state = state
        self.changed(instance)

    def changed(self, instance: AppInstance) -> None:
        if instance.id in self._instances:
            self._emit(InstanceChanged(instance.info()))

    def _tell(self, problem: Problem, instance: AppInstance) -> None:
        self._emit(Notice("error", problem.message, problem.hint, instance.id))

    def _spawn(self, instance: AppInstance, work: Coroutine[Any, Any, None]) -> None:
        """Work that ends with the instance."""
        task = asyncio.create_task(work)
        instance.tasks.add(task)
        task.add_done_callback(lambda done: self._worked(instance, done))

    def _worked(self, instance: AppInstance, task: asyncio.Task[None]) -> None:
        instance.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Problem):
            self._tell(error, instance)
        elif error is not None:
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": f"supervising {instance.id}", "exception": error})


def remove_tree(directory: Path) -> None:
    """Remove a directory of ours, which may be gone already. Links in it are removed, not followed.

    Raises:
        Problem: ``not-removed``.
    """
    try:
        shutil.rmtree(directory)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise Problem(
            "not-removed", f"{directory} could not be removed: {error.strerror or error}.", "It is tried again later."
        ) from None


def _exited_at_once(instance: AppInstance, ending: Ending) -> Problem:
    hint = ending.hint or f"Start it again with: berth run {instance.app}"
    if ending.reason:
        return Problem("app-exited", ending.reason, hint)
    if ending.wanted:
        return Problem("app-stopped", f"{instance.name} was stopped before it had opened a window.")
    said = f": {ending.last_line}" if ending.last_line else "."
    if not ending.code:
        return Problem("app-exited", f"{instance.name} ended without opening a window{said}", hint)
    return Problem("app-exited", f"{instance.name} exited at once with code {ending.code}{said}", hint)
