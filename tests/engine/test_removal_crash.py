"""The engine is killed at each step of a removal: the next one agrees with what is on the disk, and finishes it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from berth.core import messages as m
from berth.core.paths import Paths
from berth.engine.images.store import ImageStore
from berth.engine.residue import search
from berth.engine.service import Engine
from tests.engine.conftest import write_manifest
from tests.engine.fake_runtime import FakeRuntime, World
from tests.images.archives import OciArchive, directory, member, small_root, tar

APP, OTHER = "org.example.Goes", "org.example.Stays"
_STEPS = ("os.remove", "os.rmdir", "os.rename", "os.mkdir", "os.link", "os.chmod", "os.truncate")


def with_engine(paths: Paths, manifests: Path, work: Callable[[Engine], Awaitable[Any]]) -> None:
    """Do something with an engine that has just started, then let it go."""

    async def run() -> None:
        runtime = FakeRuntime(World(), paths.runtime / "private", lambda: None)
        engine = Engine(paths, {"BERTH_MANIFESTS": str(manifests)}, runtime, "one")
        await engine.start()
        await work(engine)
        await engine.leave()

    asyncio.run(run())


async def settled(engine: Engine) -> None:
    """Until what an earlier engine has begun is finished."""
    await asyncio.gather(*engine._tasks)


def killed(paths: Paths, manifests: Path, step: int) -> bool:
    """Remove the app in a child that dies at its `step`; whether it died."""
    child = os.fork()
    if child == 0:
        seen = 0

        def count(*_what: object) -> None:
            nonlocal seen
            seen += 1
            if seen > step:
                os.kill(os.getpid(), signal.SIGKILL)

        async def remove(engine: Engine) -> None:
            sys.addaudithook(lambda event, _arguments: count() if event in _STEPS else None)
            for database in (engine._ledger._database, engine._grants._database):
                database.set_trace_callback(count)
            await engine.handle(m.RemoveApp(APP), ())
            os._exit(0)

        with_engine(paths, manifests, remove)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_death_at_any_moment(tmp_path: Path) -> None:
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    for app in (APP, OTHER):
        write_manifest(manifests, app, '["/opt/app"]', '[[permission]]\nname = "network"\nreason = "x"')
    fresh = tmp_path / "fresh"
    _fill(_paths(fresh), manifests)
    died = {"before": 0, "after": 0}
    step = 0
    while True:
        shutil.rmtree(tmp_path / "now", ignore_errors=True)
        shutil.copytree(fresh, tmp_path / "now", symlinks=True)
        paths = _paths(tmp_path / "now")
        if not killed(paths, manifests, step):
            break
        with_engine(paths, manifests, settled)
        found = search(APP, paths).found
        # Before the ledger knew of it nothing had gone, afterwards nothing is left.
        assert found == () or {"image", "data", "record"} <= {thing.kind for thing in found}
        died["before" if found else "after"] += 1
        store = ImageStore(paths.images)
        assert store.verify() == [] and store.find(OTHER) is not None
        assert (paths.apps / OTHER / "file").exists() and (store.find(APP) is not None) == bool(found)
        assert {"image", "data", "record"} <= {thing.kind for thing in search(OTHER, paths).found}
        step += 2
    assert died["after"] > 8 and died["before"]
    assert search(APP, paths).found == ()


def _paths(base: Path) -> Paths:
    return Paths("t", base / "run" / "berth-t", base / "data" / "sessions" / "t", base / "data" / "images")


def _fill(paths: Paths, manifests: Path) -> None:
    for path in (paths.instances, paths.state):
        path.mkdir(parents=True)
    archive = paths.state / "image.tar"
    for app in (APP, OTHER):
        own = tar([directory("opt"), member("opt/app", app.encode(), mode=0o755)])
        ImageStore(paths.images).import_archive(OciArchive([small_root(), own], f"{app}:1").write(archive))
        (paths.apps / app).mkdir(parents=True)
        (paths.apps / app / "file").write_text("mine")
    archive.unlink()

    async def decide(engine: Engine) -> None:
        for app in (APP, OTHER):
            await engine.handle(m.SetPermission(app, "network", "allow"), ())
            await engine.handle(m.SetRuntime(app, "bubblewrap"), ())

    with_engine(paths, manifests, decide)
