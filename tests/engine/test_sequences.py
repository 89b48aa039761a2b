"""Random sequences of what users, apps and crashes do; the books always agree with what runs."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from berth.core import messages as m
from berth.core.lent_terminal import TERMINAL_APP, companion, owner_of
from berth.core.manifest import Manifest
from berth.core.paths import Paths
from berth.core.permissions import NETWORK, Grant, PermissionRequest
from berth.core.problem import Problem
from berth.engine.adoption import adopt_and_reap
from berth.engine.builds import Builds
from berth.engine.catalogue import Catalogue, Entry
from berth.engine.choices import RuntimeChoices
from berth.engine.consent import Consent
from berth.engine.grants import GrantStore, Subject
from berth.engine.image_index import ImageIndex, ReadyImage
from berth.engine.instance import AppInstance, private_root
from berth.engine.launcher import Launcher
from berth.engine.ledger import Ledger
from berth.engine.overlays import Overlays
from berth.engine.prompts import OPEN_PER_APP, Prompts
from berth.engine.supervision import Supervision
from tests.engine.fake_runtime import FakeRuntime, World

T = TypeVar("T")
PLAIN, ASKS, NEEDS = "org.example.Plain", "org.example.Asks", "org.example.Needs"
LENT = "org.example.Shown"
"""Shown in a terminal that its image does not have."""
APPS = st.sampled_from([PLAIN, ASKS, NEEDS, LENT])


class Crash(BaseException):
    """The engine is killed: from here on it has no effect on anything."""


class Inline(concurrent.futures.ThreadPoolExecutor):
    """Runs work at once, so that a sequence is the same each time."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> concurrent.futures.Future[T]:
        done: concurrent.futures.Future[T] = concurrent.futures.Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


class Images(ImageIndex):
    """Every app has its image."""

    def get(self, app: str) -> ReadyImage | None:
        return ReadyImage("sha256:0", "1", str(self._root / ("terminal" if app == TERMINAL_APP else "app")), "")


def make_terminal(images: Path) -> None:
    """As much of an image as is looked for in it."""
    for name in ("usr/bin/foot", "usr/bin/perl", "usr/bin/sleep", "usr/lib/x-linux-gnu/ld-linux.so.2"):
        (images / "terminal" / name).parent.mkdir(parents=True, exist_ok=True)
        (images / "terminal" / name).touch()


class Display:
    def __init__(self) -> None:
        self.served: set[str] = set()

    def listen(self, instance: AppInstance, granted: frozenset[str]) -> None:
        self.served.add(instance.id)

    def grant(self, instance: str, granted: frozenset[str]) -> None:
        return

    def forget(self, instance: str) -> None:
        self.served.discard(instance)


class GatedLedger(Ledger):
    gate: Callable[[], None]

    def add(self, row: Any) -> None:
        self.gate()
        super().add(row)
        self.gate()

    def remove(self, instance: str) -> None:
        self.gate()
        super().remove(instance)


class GatedGrants(GrantStore):
    gate: Callable[[], None]

    def decide(self, subject: Subject, permission: str, grant: Grant, image: str = "") -> None:
        self.gate()
        super().decide(subject, permission, grant, image)
        self.gate()

    def forget_instance(self, instance: str) -> None:
        self.gate()
        super().forget_instance(instance)


def _catalogue() -> Catalogue:
    requests = {
        PLAIN: (),
        ASKS: (PermissionRequest(NETWORK, "x"),),
        NEEDS: (PermissionRequest(NETWORK, "x", required=True),),
    }
    manifests = {app: Manifest(app, app, ("x",), permissions=asked) for app, asked in requests.items()}
    manifests[LENT] = Manifest(LENT, LENT, ("x",), display="terminal")
    return Catalogue({app: Entry(manifest, Path("/m"), "p") for app, manifest in manifests.items()})


class EngineParts:
    """One engine over the world that all engines of a sequence share."""

    def __init__(self, paths: Paths, world: World) -> None:
        self.paths = paths
        self.crash_in: int | None = None
        self.crashed = False
        self.display = Display()
        self.runtime = FakeRuntime(world, private_root(paths), self.gate)
        self.ledger = GatedLedger(paths.state / "ledger.sqlite")
        self.grants = GatedGrants(paths.state / "grants.sqlite", "one")
        self.ledger.gate = self.grants.gate = self.gate
        self.catalogue = _catalogue()
        self.images = Images(paths.images)
        self.consent = Consent(
            self.grants, lambda record: Prompts(self.told, record), lambda app: self.supervision.follow_grants(app)
        )
        self.supervision = Supervision(
            consent=self.consent,
            ledger=self.ledger,
            runtime=self.runtime,
            display=self.display,
            icon=lambda _app: "",
            emit=self.told,
        )
        self.launcher = Launcher(
            paths,
            catalogue=lambda: self.catalogue,
            choices=RuntimeChoices(paths.state / "runtimes.json"),
            overlays=Overlays(paths),
            images=self.images,
            builds=Builds(paths.images, self.told),
            consent=self.consent,
            ledger=self.ledger,
            runtime=self.runtime,
            display=self.display,
            supervision=self.supervision,
        )

    def told(self, event: m.Event) -> None:
        if isinstance(event, m.Notice) and event.severity == "error":
            raise AssertionError(event)

    def gate(self) -> None:
        if self.crash_in is not None:
            self.crash_in -= 1
            self.crashed = self.crashed or self.crash_in < 0
        if self.crashed:
            raise Crash

    async def adopt(self) -> None:
        await adopt_and_reap(
            self.paths,
            catalogue=self.catalogue,
            images=self.images,
            ledger=self.ledger,
            grants=self.grants,
            runtime=self.runtime,
            supervision=self.supervision,
        )


class Sequences(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="bs-", dir="/tmp"))
        self.paths = Paths("t", self.base / "run", self.base / "state", self.base / "images")
        self.paths.instances.mkdir(parents=True)
        make_terminal(self.paths.images)
        self.world = World()
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(Inline())
        self.loop.set_exception_handler(self._unforeseen)
        self.unforeseen: list[dict[str, Any]] = []
        # Ids of chance would sort differently each time, and a sequence must be repeatable.
        numbers = itertools.count(1)
        self.ids = patch("berth.engine.launcher.new_instance_id", lambda app: f"{app[-4:].lower()}-{next(numbers):06}")
        self.ids.start()
        self.shells = patch("berth.engine.launcher.secrets.token_hex", lambda _size: f"{next(numbers):06}")
        self.shells.start()
        self.denied: set[str] = set()
        self.engine = self.run(self._new_engine)

    def _unforeseen(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), Crash):
            self.unforeseen.append(context)

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        async def settled() -> T:
            result = await work()
            for _ in range(60):
                await asyncio.sleep(0)
            return result

        return self.loop.run_until_complete(settled())

    async def _new_engine(self) -> EngineParts:
        engine = EngineParts(self.paths, self.world)
        await engine.adopt()
        return engine

    def effect(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Do something that the engine may crash during; a crashed engine is replaced."""

        async def guarded() -> None:
            try:
                await work()
            except (Crash, Problem):
                return

        self.run(guarded)
        if self.engine.crashed:
            self._replace_engine()

    def _replace_engine(self) -> None:
        self.engine.crashed = True
        for task in sorted(asyncio.all_tasks(self.loop), key=lambda task: (len(task.get_name()), task.get_name())):
            task.cancel()
        self.run(lambda: asyncio.sleep(0))
        self.engine.ledger.close()
        self.engine.grants.close()
        for instance in self.engine.supervision.all():
            instance.close_sockets()
            if instance.hint_timer:
                instance.hint_timer.cancel()
        self.engine = self.run(self._new_engine)

    def _pick(self, data: st.DataObject, ids: list[str]) -> str:
        return str(data.draw(st.sampled_from(sorted(ids))))

    def _started(self) -> list[str]:
        return [instance.id for instance in self.engine.supervision.all() if instance.started]

    def _prompts(self) -> tuple[m.PromptInfo, ...]:
        return self.engine.consent.prompts.open()

    # --- what happens

    @initialize()
    def begin(self) -> None:
        assert self.engine.supervision.all() == ()

    @rule(app=APPS)
    def launch(self, app: str) -> None:
        async def work() -> None:
            launch = self.engine.launcher.launch(app, ()).launch
            assert launch is not None
            launch.add_done_callback(lambda task: task.cancelled() or task.exception())

        self.effect(work)

    @precondition(lambda self: self._started())
    @rule(data=st.data(), windows=st.integers(0, 2))
    def windows_change(self, data: st.DataObject, windows: int) -> None:
        instance = self._pick(data, self._started())

        async def work() -> None:
            self.engine.supervision.display_event(m.InstanceMapped(instance, windows))

        self.effect(work)

    @precondition(lambda self: self._prompts())
    @rule(data=st.data(), allow=st.booleans(), duration=st.sampled_from(["once", "session", "always"]))
    def answer(self, data: st.DataObject, allow: bool, duration: Any) -> None:
        prompt = self._pick(data, [info.prompt for info in self._prompts()])
        info = next(info for info in self._prompts() if info.prompt == prompt)

        async def work() -> None:
            self.engine.consent.prompts.answer(prompt, Grant(allow, duration))
            if not allow:
                self.denied.add(info.instance)

        self.effect(work)

    @rule(app=st.sampled_from([ASKS, NEEDS]), decision=st.sampled_from(["ask", "allow", "deny"]))
    def decide(self, app: str, decision: Any) -> None:
        async def work() -> None:
            self.denied.clear()
            self.engine.consent.set(self.engine.catalogue.find(app), NETWORK, decision)

        self.effect(work)

    @precondition(lambda self: self.engine.supervision.all())
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        instance = self._pick(data, [instance.id for instance in self.engine.supervision.all()])
        self.effect(lambda: self.engine.supervision.stop(self.engine.supervision.find(instance)))

    @precondition(lambda self: self._started())
    @rule(data=st.data())
    def open_shell(self, data: st.DataObject) -> None:
        instance = self._pick(data, self._started())
        self.effect(lambda: self.engine.launcher.open_shell(self.engine.supervision.find(instance)))

    @precondition(lambda self: self.world.running)
    @rule(data=st.data(), code=st.integers(0, 3))
    def app_ends(self, data: st.DataObject, code: int) -> None:
        instance = self._pick(data, list(self.world.running))

        async def work() -> None:
            self.engine.runtime.exit(instance, code)

        self.effect(work)

    @precondition(lambda self: self.engine.crash_in is None)
    @rule(effects=st.integers(0, 8))
    def crash_soon(self, effects: int) -> None:
        self.engine.crash_in = effects

    @rule()
    def crash_now(self) -> None:
        self._replace_engine()

    @precondition(lambda self: self.world.running)
    @rule(data=st.data())
    def app_ends_while_no_engine_runs(self, data: st.DataObject) -> None:
        self.world.running.pop(self._pick(data, list(self.world.running)))
        self._replace_engine()

    # --- what always holds

    @invariant()
    def books_agree_with_what_runs(self) -> None:
        running = set(self.world.running)
        apps = {instance for instance in running if not owner_of(instance)}
        lent = {instance for instance in apps if self.world.running[instance].app == LENT}
        shells = {instance for instance in running - apps if ".shell-" in instance}
        assert running - apps - shells == {companion(instance) for instance in lent}
        for instance in self.engine.supervision.all():
            assert set(instance.terminals) == {id for id in running - apps if owner_of(id) == instance.id}
        assert {owner_of(shell) for shell in shells} <= apps
        assert {row.instance for row in self.engine.ledger.rows()} == apps
        assert {path.name for path in self.paths.instances.iterdir()} == running
        private = private_root(self.paths)
        assert {path.name for path in (private.iterdir() if private.exists() else ())} == running
        assert set(self._started()) == apps
        assert self.engine.display.served <= running

    @invariant()
    def network_follows_the_grants(self) -> None:
        for instance, running in self.world.running.items():
            if owner_of(instance):
                assert not running.network, "a terminal has none"
                continue
            decisions = self.engine.grants.decisions(Subject(running.app, "p", instance))
            allowed = NETWORK in decisions and decisions[NETWORK].allow and running.app not in (PLAIN, LENT)
            assert running.network == allowed
            assert self.engine.supervision.find(instance).network == allowed

    @invariant()
    def questions_are_few_undecided_and_somebodys(self) -> None:
        there = {instance.id: instance for instance in self.engine.supervision.all()}
        for app in (ASKS, NEEDS):
            assert len([info for info in self._prompts() if info.app == app]) <= OPEN_PER_APP
        for info in self._prompts():
            assert info.instance in there
            assert info.instance not in self.denied
            assert NETWORK not in self.engine.grants.decisions(Subject(info.app, "p", info.instance))
        assert all(instance.state == "asking" for instance in there.values() if not instance.started)

    @invariant()
    def nothing_unforeseen_happened(self) -> None:
        assert self.unforeseen == []

    def teardown(self) -> None:
        try:
            self.engine.crash_in = None
            self.run(self.engine.supervision.stop_all)
            self.books_agree_with_what_runs()
            assert self.world.running == {}
        finally:
            self.ids.stop()
            self.shells.stop()
            self.engine.ledger.close()
            self.engine.grants.close()
            self.loop.close()
            shutil.rmtree(self.base)


TestSequences = Sequences.TestCase
TestSequences.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
