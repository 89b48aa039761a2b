"""Removing an app: what goes and what stays is told, all of it goes, also if the engine dies on the way."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from berth.engine.images import partial
from berth.engine.images.arrival import staged
from berth.engine.images.store import ImageStore
from berth.engine.residue import search
from tests.engine.process import Caller, EngineProcess

KEEPER, SLEEPER, ASKS = "org.example.Keeper", "org.example.Sleeper", "org.example.Asks"


@pytest.fixture
def own_engine(base: Path, image_store: Path, manifests: Path, tmp_path: Path) -> Iterator[EngineProcess]:
    """An engine with an image store that can be changed."""
    own = tmp_path / "images"
    shutil.copytree(image_store, own, symlinks=True)
    engine = EngineProcess(base, own, manifests)
    yield engine
    engine.end()


@pytest.fixture
def asker(own_engine: EngineProcess) -> Caller:
    own_engine.display()
    return own_engine.caller()


def kinds(things: tuple[m.Belonging, ...]) -> list[str]:
    return [thing.kind for thing in things]


def fill_home(engine: EngineProcess, app: str) -> Path:
    home = engine.paths.apps / app / "home"
    (home / "sub").mkdir(parents=True, exist_ok=True)
    (home / "sub" / "file").write_bytes(bytes(100_000))
    (home / "locked").mkdir()
    (home / "locked").chmod(0o500)
    (home / "out").symlink_to(engine.paths.state)
    return home


def test_what_goes_and_what_stays_is_said_before(own_engine: EngineProcess, asker: Caller) -> None:
    fill_home(own_engine, ASKS)
    asker.call(m.SetPermission(ASKS, "network", "allow"))
    asker.call(m.SetRuntime(ASKS, "bubblewrap"))
    plan = asker.call(m.PlanRemoval(ASKS))
    assert kinds(plan.goes) == ["image", "data", "permission", "runtime", "script"]
    assert plan.goes[1].size >= 100_000 and plan.goes[2].what == "network"
    (layer, manifest) = plan.stays
    assert (layer.kind, layer.why) == ("layer", "shared") and SLEEPER in layer.used_by and layer.size > 100_000
    assert (manifest.kind, manifest.why) == ("manifest", "system")
    assert (plan.running, plan.offered) == ((), True)
    kept = asker.call(m.PlanRemoval(ASKS, keep_data=True))
    assert "data" not in kinds(kept.goes)
    assert [(thing.kind, thing.why) for thing in kept.stays if thing.kind == "data"] == [("data", "kept")]


def test_nothing_is_left(own_engine: EngineProcess, asker: Caller) -> None:
    fill_home(own_engine, ASKS)
    asker.call(m.SetPermission(ASKS, "network", "deny"))
    asker.call(m.SetRuntime(ASKS, "bubblewrap"))
    there = asker.call(m.FindResidue(ASKS))
    assert {"image", "layer", "data", "record", "file"} <= set(kinds(there.found))
    removed = asker.call(m.RemoveApp(ASKS))
    assert "data" in kinds(removed.goes)
    left = asker.call(m.FindResidue(ASKS))
    assert left.found == () and len(left.searched) >= 4
    assert (own_engine.paths.state / "ledger.sqlite").exists()  # a link in the app's home led here
    for path in own_engine.paths.state.glob("grants.sqlite*"):
        assert ASKS.encode() not in path.read_bytes()
    apps = {app.app: app for app in asker.call(m.ListApps()).apps}
    assert (apps[SLEEPER].image_state, apps[ASKS].image_state) == ("ready", "missing")
    assert apps[ASKS].permissions[0].decision == "ask"
    assert ImageStore(own_engine.paths.images).verify() == []
    again = asker.call(m.RemoveApp(ASKS))
    assert again.goes == ()


def broken_off(engine: EngineProcess, name: str, wanted: str, app: str) -> Path:
    """What a build or a pull that was given up leaves."""
    with partial.partial(engine.paths.images / "partial" / name) as place:
        partial.note_wanted(place, wanted, app)
        (place / "some.deb").write_bytes(b"x" * 10_000)
    return place


def test_what_was_broken_off_goes_with_the_app(own_engine: EngineProcess, asker: Caller) -> None:
    reference = "quay.io/some/app:1"
    own = [
        broken_off(own_engine, "packages-base", KEEPER, KEEPER),
        broken_off(own_engine, "packages-app", KEEPER, KEEPER),
        broken_off(own_engine, "f" * 64, f"{reference}@sha256:{'f' * 64}", KEEPER),
    ]
    others = broken_off(own_engine, "packages-other", SLEEPER, SLEEPER)
    found = search(KEEPER, own_engine.paths).found
    assert [str(path) in thing.what for path in sorted(own) for thing in found].count(True) == len(own)
    (own_engine.paths.state / "manifests").mkdir(exist_ok=True)
    staged(own_engine.paths.state / "manifests", KEEPER).write_text("never finished")
    own_engine.restart()
    own_engine.display()
    caller = own_engine.caller("shell")
    offer = caller.event(m.ImageProgress)
    assert offer.app == reference and offer.again.startswith(f"{reference}@"), "an app with an image needs none"
    plan = caller.call(m.PlanRemoval(KEEPER))
    assert {thing.what for thing in plan.goes if thing.size >= 10_000} >= {str(path) for path in own}
    with partial.partial(own[0]):
        caller.call(m.RemoveApp(KEEPER))
        assert [path.exists() for path in (*own, others)] == [True, False, False, True], "somebody works on the first"
    caller.event(m.ImageProgress, lambda event: event.app == reference and event.finished and not event.again)
    caller.call(m.RemoveApp(KEEPER))
    assert search(KEEPER, own_engine.paths).found == () and others.exists()


def test_the_last_user_of_a_layer_takes_it_along(own_engine: EngineProcess, asker: Caller, tmp_path: Path) -> None:
    archive = tmp_path / "org.example.Alone.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add("/bin/busybox", "bin/alone")
    asker.call(m.ImportImage(str(archive)))
    plan = asker.call(m.PlanRemoval("org.example.Alone"))
    assert kinds(plan.goes) == ["image", "layer"] and plan.freed > 500_000 and not plan.offered
    before = len(list((own_engine.paths.images / "layers").iterdir()))
    asker.call(m.RemoveApp("org.example.Alone"))
    assert len(list((own_engine.paths.images / "layers").iterdir())) == before - 1
    with pytest.raises(Problem) as raised:
        asker.call(m.PlanRemoval("org.example.Alone"))
    assert raised.value.code == "unknown-app"


def test_data_can_be_kept_and_removed_later(own_engine: EngineProcess, asker: Caller) -> None:
    home = fill_home(own_engine, KEEPER)
    asker.call(m.RemoveApp(KEEPER, keep_data=True))
    assert (home / "sub" / "file").exists()
    assert kinds(asker.call(m.FindResidue(KEEPER)).found) == ["data"]
    asker.call(m.RemoveApp(KEEPER))
    assert not home.parent.exists()


def test_a_running_app_is_ended_only_with_consent(own_engine: EngineProcess, asker: Caller) -> None:
    instance = asker.call(m.RunApp(KEEPER)).instance
    assert asker.call(m.PlanRemoval(KEEPER)).running == (instance,)
    assert {"instance", "record"} <= set(kinds(asker.call(m.FindResidue(KEEPER)).found))
    with pytest.raises(Problem) as raised:
        asker.call(m.RemoveApp(KEEPER))
    assert raised.value.code == "app-running"
    assert asker.call(m.ListInstances()).instances
    asker.call(m.RemoveApp(KEEPER, stop=True))
    assert asker.call(m.ListInstances()).instances == ()
    assert asker.call(m.FindResidue(KEEPER)).found == ()


def test_an_app_of_another_session_is_not_removed_under_it(own_engine: EngineProcess, asker: Caller) -> None:
    other = own_engine.paths.state.parent / "other"
    (other / "apps" / KEEPER).mkdir(parents=True)
    with sqlite3.connect(other / "ledger.sqlite") as ledger:
        ledger.execute("CREATE TABLE instances (instance TEXT, app TEXT)")
        ledger.execute("INSERT INTO instances VALUES ('keeper-1', ?)", (KEEPER,))
    ledger.close()
    running = own_engine.paths.runtime.parent / "berth-other" / "instances" / "keeper-1"
    running.mkdir(parents=True)
    with pytest.raises(Problem, match="“other”"):
        asker.call(m.RemoveApp(KEEPER))
    shutil.rmtree(running.parents[1])
    plan = asker.call(m.RemoveApp(KEEPER))
    assert [thing.used_by for thing in plan.stays if thing.why == "session"] == [("other",)]
    assert (other / "apps" / KEEPER).is_dir()


def test_what_is_no_app_is_refused(own_engine: EngineProcess, asker: Caller) -> None:
    apps = ("../../etc", "org.example", "", "a/b.c", "org.example.None", "org.example.\n")
    for request in (request for app in apps for request in (m.PlanRemoval(app), m.RemoveApp(app, stop=True))):
        with pytest.raises(Problem) as raised:
            asker.call(request)
        assert raised.value.code == "unknown-app"


def test_a_removal_that_was_interrupted_is_finished_by_the_next_engine(
    own_engine: EngineProcess, asker: Caller
) -> None:
    """As it is after the row was written: the app still runs, and everything of it is there."""
    fill_home(own_engine, KEEPER)
    asker.call(m.RunApp(KEEPER))
    own_engine.kill()
    with sqlite3.connect(own_engine.paths.state / "ledger.sqlite") as ledger:
        ledger.execute("INSERT INTO removals VALUES (?, 0)", (KEEPER,))
    ledger.close()
    own_engine.restart()
    own_engine.display()
    caller = own_engine.caller("shell")
    caller.event(m.Notice, lambda notice: KEEPER in notice.message)
    assert caller.call(m.FindResidue(KEEPER)).found == ()
    assert caller.call(m.ListInstances()).instances == ()


def test_what_cannot_be_removed_is_told_and_starting_the_app_gives_the_removal_up(
    own_engine: EngineProcess, asker: Caller
) -> None:
    home = fill_home(own_engine, KEEPER)
    mounted = ["mount", "-t", "tmpfs", "berth-test", str(home / "sub")]
    if os.getuid() or subprocess.run(mounted, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        with pytest.raises(Problem) as raised:
            asker.call(m.RemoveApp(KEEPER))
        assert raised.value.code == "not-removed" and "sub" in raised.value.message
    finally:
        subprocess.run(["umount", str(home / "sub")], check=True)
    with pytest.raises(Problem) as again:  # its image has gone before, and nothing says how to make one
        asker.call(m.RunApp(KEEPER))
    assert again.value.code == "image-missing"
    own_engine.restart()
    own_engine.display()
    caller = own_engine.caller()
    assert home.is_dir()
    caller.call(m.RemoveApp(KEEPER))
    assert caller.call(m.FindResidue(KEEPER)).found == ()


def test_residue_tells_apps_apart(own_engine: EngineProcess, asker: Caller) -> None:
    state = own_engine.paths.state
    (state / "note").write_text(f"{KEEPER}Two and x{KEEPER} are others")
    (state / f"{KEEPER}Two.toml").touch()
    asker.call(m.RemoveApp(KEEPER))
    assert search(KEEPER, own_engine.paths).found == ()
    (state / "long").write_text("x" * 3_000_000)  # of such a file each place may begin a word
    assert search(KEEPER, own_engine.paths).found == ()
    for before in range((1 << 20) - 60, (1 << 20) + 20):  # where a piece of it ends
        (state / "long").write_text(f"{' ' * before}{KEEPER}Two")
        assert search(KEEPER, own_engine.paths).found == ()
    (state / "long").write_text(f"{' ' * ((1 << 20) - 9)}{KEEPER}")
    assert len(search(KEEPER, own_engine.paths).found) == 1
    (state / "long").unlink()
    (state / "note").write_text(f"about {KEEPER}.")
    (state / f"{KEEPER}.toml").touch()
    assert len(search(KEEPER, own_engine.paths).found) == 2
