"""Removing an app: all that there is because of it, and nothing that others use.

The ledger's row comes first and goes last; every step can be done twice. So a removal that a crash has interrupted
is finished by the next engine.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from berth.core.lent_terminal import TERMINAL_APP, owner_of
from berth.core.manifest import is_app_id
from berth.core.messages import Belonging, RemovalPlan
from berth.core.paths import Paths
from berth.core.problem import Problem
from berth.engine.builds import Builds
from berth.engine.catalogue import Catalogue, shown
from berth.engine.choices import RuntimeChoices
from berth.engine.consent import Consent
from berth.engine.entry_points import EntryPoints
from berth.engine.image_index import ImageIndex
from berth.engine.images import partial
from berth.engine.images.arrival import staged
from berth.engine.images.progress import Durations
from berth.engine.images.store import Layer
from berth.engine.ledger import Ledger
from berth.engine.supervision import Supervision
from berth.runtimes.port import Runtime


class Removals:
    """Args:
    catalogue: the current catalogue.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        catalogue: Callable[[], Catalogue],
        choices: RuntimeChoices,
        images: ImageIndex,
        builds: Builds,
        consent: Consent,
        entry_points: EntryPoints,
        ledger: Ledger,
        runtime: Runtime,
        supervision: Supervision,
    ) -> None:
        self._paths = paths
        self._catalogue = catalogue
        self._choices = choices
        self._images = images
        self._builds = builds
        self._consent = consent
        self._entry_points = entry_points
        self._ledger = ledger
        self._runtime = runtime
        self._supervision = supervision
        self._under_way: set[str] = set()
        self._unfinished: set[str] = set()

    def check_free(self, app: str) -> None:
        """The app is wanted: a removal of it that could not be finished is given up.

        Raises:
            Problem: ``app-being-removed``.
        """
        if app in self._under_way:
            raise Problem("app-being-removed", f"{self._name(app)} is being removed.", "Try again in a moment.")
        if app in self._unfinished:
            self._ledger.end_removal(app)
            self._unfinished.discard(app)

    def interrupted(self) -> dict[str, bool]:
        """Apps whose removal an earlier engine has begun, and whether their data stays. They cannot be started."""
        found = self._ledger.removals()
        self._under_way |= set(found)
        return found

    async def plan(self, app: str, keep_data: bool) -> RemovalPlan:
        """What would go and what would stay.

        Raises:
            Problem: ``unknown-app`` if there is neither such an app nor anything of it.
        """
        goes, stays = await self._belongings(app, keep_data)
        entry = self._catalogue().entries.get(app)
        if entry is None and not goes and not stays:
            self._catalogue().find(app)
        offered = entry is not None and entry.path != self._own_manifest(app)
        if entry is not None and offered:
            stays = (*stays, Belonging("manifest", str(entry.path), why="system"))
        running = tuple(instance.id for instance in self._supervision.all() if instance.uses(app))
        return RemovalPlan(app, self._name(app), goes, stays, running, offered)

    async def remove(self, app: str, keep_data: bool, stop: bool) -> RemovalPlan:
        """Remove an app; tells what has gone.

        Raises:
            Problem: ``app-running``, ``app-being-removed``, or why something could not be removed: the rest is removed
                by the next engine, or when this is called again.
        """
        self.check_free(app)
        plan = await self.plan(app, keep_data)
        self.check_free(app)
        if plan.running and not stop:
            raise Problem("app-running", f"{plan.name} is running.", f"Close it, or let it be closed: {app} --yes")
        elsewhere = await asyncio.to_thread(running_elsewhere, self._paths, app)
        if elsewhere:
            raise Problem(
                "app-running", f"{plan.name} is running in the session “{elsewhere}”.", "Close it there first."
            )
        self._ledger.begin_removal(app, keep_data)
        await self.carry_out(app, keep_data)
        return plan

    async def carry_out(self, app: str, keep_data: bool) -> None:
        """Do what the ledger says was begun. Raises `Problem`: the next engine tries again."""
        self._under_way.add(app)
        self._unfinished.add(app)
        try:
            await self._remove_all(app, keep_data)
            self._unfinished.discard(app)
        finally:
            self._under_way.discard(app)

    async def _remove_all(self, app: str, keep_data: bool) -> None:
        await self._stop(app)
        await self._images.remove(app)
        await self._runtime.forget_app(app, self._paths.images)
        await asyncio.to_thread(self._remove_files, app, keep_data)
        self._consent.forget_app(app)
        if self._choices.of(app):
            self._choices.choose(app, "")
        self._ledger.end_removal(app)

    async def _stop(self, app: str) -> None:
        running = [instance for instance in self._supervision.all() if instance.uses(app)]
        await asyncio.gather(*(self._supervision.stop(instance) for instance in running))
        subjects = self._builds.under_way(app)
        for subject in subjects:
            self._builds.cancel(subject)
        await self._builds.given_up({app, *subjects})

    def _remove_files(self, app: str, keep_data: bool) -> None:
        Durations(self._paths.images / "durations.json").forget(_step(app))
        partial.forget_app(app, self._paths.images / "partial")
        self._entry_points.forget(app)
        if not keep_data:
            remove_home(self._paths.apps / app)
        self._own_manifest(app).unlink(missing_ok=True)
        staged(self._paths.state / "manifests", app).unlink(missing_ok=True)

    # --- what there is

    async def _belongings(self, app: str, keep_data: bool) -> tuple[tuple[Belonging, ...], tuple[Belonging, ...]]:
        check_app_id(app)
        footprint = await self._images.footprint(app)
        home = self._paths.apps / app
        size = await asyncio.to_thread(disk_use, home)
        data = (Belonging("data", str(home), size, "kept" if keep_data else ""),) if home.exists() else ()
        goes = (
            *(Belonging("image", reference) for reference in footprint.references),
            *(_layer(layer) for layer in footprint.goes),
            *(() if keep_data else data),
            *(Belonging("permission", permission) for permission in self._consent.decided(app)),
            *((Belonging("runtime", self._choices.of(app)),) if self._choices.of(app) else ()),
            *(Belonging("container", what) for what in await self._containers(app)),
            *self._files(app),
            *await asyncio.to_thread(self._unfinished_images, app),
            *(Belonging("work", subject) for subject in self._builds.under_way(app)),
        )
        stays = (
            *(_layer(layer) for layer in footprint.stays),
            *(data if keep_data else ()),
            *(Belonging("data", str(place), why="session", used_by=(name,)) for name, place in self._elsewhere(app)),
        )
        return goes, stays

    async def _containers(self, app: str) -> tuple[str, ...]:
        digests = [image.digest for image in self._images.versions(app)] or [""]
        found: dict[str, None] = {}
        with contextlib.suppress(Problem):
            for digest in digests:
                found |= dict.fromkeys(await self._runtime.kept_for(app, self._paths.images, digest))
        return tuple(found)

    def _files(self, app: str) -> Iterator[Belonging]:
        if Durations(self._paths.images / "durations.json").known([_step(app)]):
            yield Belonging("record", "how long its image takes to be made")
        yield from self._entry_points.of(app)
        own = self._own_manifest(app)
        if own.exists():
            yield Belonging("manifest", str(own))

    def _unfinished_images(self, app: str) -> list[Belonging]:
        """What was broken off, so that one could go on with it."""
        found = partial.places_of(app, self._paths.images / "partial")
        return [Belonging("file", shown(place), disk_use(place)) for place in found]

    def _elsewhere(self, app: str) -> Iterator[tuple[str, Path]]:
        for name, state in other_sessions(self._paths):
            if (state / "apps" / app).exists():
                yield name, state / "apps" / app

    def _own_manifest(self, app: str) -> Path:
        """Where the manifest is that came with an image or from the user; the catalogue may have others."""
        entry = self._catalogue().entries.get(app)
        own = self._paths.state / "manifests"
        return entry.path if entry is not None and entry.path.parent == own else own / f"{app}.toml"

    def _name(self, app: str) -> str:
        entry = self._catalogue().entries.get(app)
        return entry.manifest.name if entry is not None else app


def check_app_id(app: str) -> None:
    """Raises `Problem` ``unknown-app`` for what can be no app: it would be part of paths."""
    if not is_app_id(app):
        raise Problem("unknown-app", f"There is no app “{app[:100]}”.", "List the apps with: berth apps")


def other_sessions(paths: Paths) -> Iterator[tuple[str, Path]]:
    """Names and state directories of the user's other sessions, whether they run or not."""
    data = paths.images.parent
    found = [("default", data), *((path.name, path) for path in sorted((data / "sessions").glob("*")))]
    yield from ((name, state) for name, state in found if state != paths.state)


def running_elsewhere(paths: Paths, app: str) -> str:
    """Name of another session (or of a run without one) in which the app runs, "" if there is none."""
    for name, ledger, runtime in ledgers_elsewhere(paths):
        # Runtime directories do not outlive the log-in, ledgers do.
        if any((runtime / "instances" / instance).exists() for instance in instances_in(ledger, app)):
            return name
        if app == TERMINAL_APP and lends_terminals(runtime / "instances"):
            return name
    return ""


def lends_terminals(instances: Path) -> bool:
    """Whether a terminal is lent to one of the instances in this directory, or is about to be."""
    try:
        return any(owner_of(path.name) for path in instances.iterdir())
    except OSError:
        return False


def ledgers_elsewhere(paths: Paths) -> list[tuple[str, Path, Path]]:
    """Name, ledger and runtime directory of each other session and of each run without one."""
    base = paths.runtime.parent
    ledgers = [
        (name, state / "ledger.sqlite", base / ("berth" if name == "default" else f"berth-{name}"))
        for name, state in other_sessions(paths)
    ]
    ledgers += [(path.parent.name, path, path.parent) for path in base.glob("berth.run-*/ledger.sqlite")]
    return ledgers


def instances_in(ledger: Path, app: str) -> list[str]:
    """Instances of an app in a ledger that may be somebody else's, or none."""
    if not ledger.exists():
        return []
    try:
        with contextlib.closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute("SELECT instance FROM instances WHERE app = ?", (app,))]
    except sqlite3.Error:
        return []


def disk_use(directory: Path) -> int:
    """Bytes on the disk below `directory`; what cannot be read counts nothing."""
    total = 0
    for folder, _folders, files in os.walk(directory):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(Path(folder) / name).st_blocks * 512
    return total


def remove_home(directory: Path) -> None:
    """Remove what an app has written, which may have made folders that cannot be written to.

    Raises:
        Problem: ``not-removed``.
    """
    for folder, folders, _files in os.walk(directory):
        for inner in (Path(folder) / name for name in folders):
            # A link among them may lead anywhere.
            if not inner.is_symlink() and inner.stat().st_mode & 0o700 != 0o700:
                with contextlib.suppress(OSError):
                    inner.chmod(0o700)
    try:
        shutil.rmtree(directory)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Problem(
            "not-removed",
            f"{error.filename or directory} could not be removed: {error.strerror or error}.",
            "It is tried again when the desktop starts next.",
        ) from None


def _layer(layer: Layer) -> Belonging:
    name = layer.base or layer.diff_id.removeprefix("sha256:")[:12]
    return Belonging("layer", name, layer.size, "shared" if layer.users else "", layer.users)


def _step(app: str) -> str:
    """What a build calls its step for this app."""
    return f"app {app}"
