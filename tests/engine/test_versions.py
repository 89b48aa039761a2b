"""Several versions of an app in a session: run beside each other, gone back to, kept, collected, removed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.lent_terminal import TERMINAL_APP, companion
from berth.engine.images.store import ImageStore
from tests.engine.conftest import BUSYBOX
from tests.engine.process import Caller, EngineProcess
from tests.engine.test_life import inside
from tests.engine.test_obstacles import refusal
from tests.engine.test_removal import asker as asker
from tests.engine.test_removal import own_engine as own_engine
from tests.engine.test_removal_commands import berth
from tests.images.archives import OciArchive, directory, link, member, tar

KEEPER, SLEEPER = "org.example.Keeper", "org.example.Sleeper"


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Images of Keeper by version; each says which it is."""
    place = tmp_path_factory.mktemp("archives")
    return {version: archive_of(place, version) for version in ("1.0", "2.0", "3.0")}


def archive_of(place: Path, version: str, app: str = KEEPER) -> Path:
    names = ("bin", "etc", "usr", "proc", "dev", "tmp", "run", "home", "var")
    applets = (link(f"bin/{name}", "busybox") for name in ("sh", "sleep", "cat", "ls", "touch"))
    below = tar([*map(directory, names), member("bin/busybox", BUSYBOX.read_bytes(), mode=0o755), *applets])
    above = tar([directory("etc"), member("etc/version", version.encode()), member("etc/resolv.conf")])
    return OciArchive([below, above], f"{app}:{version}").write(place / f"{version}.tar")


def bring(caller: Caller, archives: dict[str, Path], *versions: str) -> None:
    for version in versions:
        caller.call(m.ImportImage(str(archives[version])))


def versions(caller: Caller) -> dict[str, m.VersionInfo]:
    return {version.version: version for version in caller.call(m.ListVersions(KEEPER)).versions}


def arrives(engine: EngineProcess, caller: Caller, path: Path) -> None:
    """An image comes from another process, and the engine has seen it."""
    image = ImageStore(engine.paths.images).import_archive(path)
    caller.event(m.AppsChanged, lambda event: (KEEPER, image.digest) in {(app.app, app.image) for app in event.apps})


def test_an_older_version_runs_beside_the_newer_with_its_own_data(
    own_engine: EngineProcess, asker: Caller, archives: dict[str, Path]
) -> None:
    bring(asker, archives, "1.0", "2.0")
    listed = versions(asker)
    assert list(listed) == ["2.0", "1.0"] and listed["2.0"].current and not listed["1.0"].current
    assert listed["1.0"].size > BUSYBOX.stat().st_size and listed["1.0"].own == len("1.0")
    newer = asker.call(m.RunApp(KEEPER)).instance
    older = asker.call(m.RunApp(KEEPER, version="1.0")).instance
    assert inside(asker, newer, "/bin/cat", "/etc/version") == "2.0"
    assert inside(asker, older, "/bin/cat", "/etc/version") == "1.0"
    inside(asker, older, "/bin/sh", "-c", "echo hello >/home/berth/mine")
    assert "mine" not in inside(asker, newer, "/bin/ls", "/home/berth")
    again = asker.call(m.RunApp(KEEPER, version=listed["1.0"].digest)).instance
    assert "mine" in inside(asker, again, "/bin/ls", "/home/berth")
    sharing = asker.call(m.RunApp(KEEPER, version="1.0", share_data=True)).instance
    assert "mine" not in inside(asker, sharing, "/bin/ls", "/home/berth")
    assert inside(asker, sharing, "/bin/cat", "/etc/version") == "1.0"
    apps = {app.app: app for app in asker.call(m.ListApps()).apps}
    assert apps[KEEPER].profiles == ("Version 1-0",) and apps[KEEPER].version == "2.0"
    now = versions(asker)
    assert (now["1.0"].profile, now["2.0"].profile) == ("Version 1-0", "") and now["1.0"].data > 0
    running = {i.instance: (i.version, i.profile) for i in asker.call(m.ListInstances()).instances}
    assert running == {
        newer: ("2.0", ""),
        older: ("1.0", "Version 1-0"),
        again: ("1.0", "Version 1-0"),
        sharing: ("1.0", ""),
    }
    table = berth(own_engine, "ps")[1].splitlines()
    assert any(line.split()[:4] == [older, KEEPER, "(Version", "1-0)"] and " 1.0 " in line for line in table)
    assert set(versions(asker)["1.0"].running) == {older, again, sharing}
    assert refusal(asker, m.ChangeVersion(KEEPER, "remove", "1.0")).code == "version-in-use"
    assert refusal(asker, m.RunApp(KEEPER, version="7")).code == "no-such-version"


def test_a_restart_keeps_the_version(own_engine: EngineProcess, asker: Caller, archives: dict[str, Path]) -> None:
    bring(asker, archives, "1.0", "2.0")
    older = asker.call(m.RunApp(KEEPER, version="1.0")).instance
    again = asker.call(m.RestartInstance(older)).instance
    assert inside(asker, again, "/bin/cat", "/etc/version") == "1.0"
    own_engine.restart()
    own_engine.display(again)
    caller = own_engine.caller()
    last = caller.call(m.RestartInstance(again)).instance
    assert inside(caller, last, "/bin/cat", "/etc/version") == "1.0"
    assert [(i.profile, i.version) for i in caller.call(m.ListInstances()).instances] == [("Version 1-0", "1.0")]
    own_engine.restart()
    own_engine.display(last)
    adopted = own_engine.caller().call(m.ListInstances()).instances
    assert [(i.profile, i.version) for i in adopted] == [("Version 1-0", "1.0")]


def test_what_runs_keeps_its_image(own_engine: EngineProcess, asker: Caller, archives: dict[str, Path]) -> None:
    bring(asker, archives, "1.0")
    instance = asker.call(m.RunApp(KEEPER)).instance
    arrives(own_engine, asker, archives["2.0"])
    arrives(own_engine, asker, archives["3.0"])
    assert set(versions(asker)) >= {"1.0", "2.0", "3.0"}
    assert inside(asker, instance, "/bin/cat", "/etc/version") == "1.0"
    second = asker.call(m.RunApp(KEEPER)).instance
    assert inside(asker, second, "/bin/cat", "/etc/version") == "3.0"
    asker.call(m.StopInstance(instance))
    asker.call(m.ChangeVersion(KEEPER, "use", "3.0"))
    assert set(versions(asker)) == {"2.0", "3.0"}
    assert ImageStore(own_engine.paths.images).verify() == []


def test_versions_by_command(own_engine: EngineProcess, asker: Caller, archives: dict[str, Path]) -> None:
    asker.call(m.RemoveApp(KEEPER))
    code, _said, complaint = berth(own_engine, "rollback", KEEPER)
    assert code == 1 and "no earlier version" in complaint
    bring(asker, archives, "1.0", "2.0")
    code, said, _ = berth(own_engine, "versions", KEEPER)
    lines = said.splitlines()
    assert code == 0 and lines[1].split()[0] == "2.0" and lines[1].endswith("current") and lines[2].endswith("-")
    assert berth(own_engine, "rollback", KEEPER)[0] == 0
    assert [v["current"] for v in json.loads(berth(own_engine, "versions", KEEPER, "--json")[1])] == [False, True]
    code, _said, complaint = berth(own_engine, "rollback", KEEPER)
    assert code == 1 and "no earlier version" in complaint
    assert "current, pinned" in berth(own_engine, "pin", KEEPER)[1]
    bring(asker, archives, "3.0")
    assert versions(asker)["1.0"].current
    assert refusal(asker, m.ChangeVersion(KEEPER, "remove", "1.0")).code == "version-in-use"
    assert berth(own_engine, "rollback", KEEPER, "3.0")[0] == 0 and versions(asker)["3.0"].current
    assert refusal(asker, m.ChangeVersion(KEEPER, "remove", "1.0")).code == "version-pinned"
    code, said, _ = berth(own_engine, "pin", KEEPER, versions(asker)["1.0"].digest[7:15], "--unpin")
    assert code == 0 and "pinned" not in said
    asker.call(m.ChangeVersion(KEEPER, "remove", "1.0"))
    assert "1.0" not in versions(asker)
    code, _said, complaint = berth(own_engine, "update", KEEPER)
    assert code == 1 and "came from a file, so there is nowhere to ask" in complaint
    assert refusal(asker, m.ListVersions("org.example.None")).code == "unknown-app"


def test_one_is_removed_with_its_data_or_without(
    own_engine: EngineProcess, asker: Caller, archives: dict[str, Path]
) -> None:
    bring(asker, archives, "1.0", "2.0")
    asker.call(m.ChangeVersion(KEEPER, "pin", "1.0"))
    bring(asker, archives, "3.0")
    code, _said, complaint = berth(own_engine, "versions", KEEPER, "remove", "3.0")
    assert code == 1 and "is the current one" in complaint
    older = asker.call(m.RunApp(KEEPER, version="2.0")).instance
    inside(asker, older, "/bin/touch", "/home/berth/mine")
    code, _said, complaint = berth(own_engine, "versions", KEEPER, "remove", "2.0")
    assert code == 1 and "is running" in complaint
    asker.call(m.StopInstance(older))
    own = versions(asker)["2.0"].own
    code, said, _ = berth(own_engine, "versions", KEEPER, "remove", "2.0", "--json")
    changed = json.loads(said)
    assert code == 0 and [v["version"] for v in changed["versions"]] == ["3.0", "1.0"] and changed["freed"] == own > 0
    kept = own_engine.paths.apps / KEEPER / "profiles" / "Version 2-0" / "home" / "mine"
    assert kept.exists(), "data stays until it is said that it shall go"
    left = [thing.what for thing in asker.call(m.FindResidue(KEEPER)).found if thing.kind == "image"]
    assert left == [f"{KEEPER}:1.0", f"{KEEPER}:3.0"]
    bring(asker, archives, "2.0")
    asker.call(m.ChangeVersion(KEEPER, "use", "3.0"))
    code, said, complaint = berth(own_engine, "versions", KEEPER, "remove", "2.0", "--with-data")
    assert code == 0 and "free again" in said, complaint
    assert not kept.parents[1].exists() and asker.call(m.ListApps()).apps
    assert ImageStore(own_engine.paths.images).verify() == []


def test_all_versions_go_with_the_app(own_engine: EngineProcess, asker: Caller, archives: dict[str, Path]) -> None:
    bring(asker, archives, "1.0", "2.0")
    asker.call(m.ChangeVersion(KEEPER, "pin", "1.0"))
    instance = asker.call(m.RunApp(KEEPER, version="1.0")).instance
    asker.call(m.StopInstance(instance))
    plan = asker.call(m.PlanRemoval(KEEPER))
    assert {f"{KEEPER}:1.0", f"{KEEPER}:2.0"} <= {thing.what for thing in plan.goes if thing.kind == "image"}
    asker.call(m.RemoveApp(KEEPER))
    assert asker.call(m.FindResidue(KEEPER)).found == ()
    assert versions(asker) == {}


def test_an_image_of_another_session_is_kept(
    own_engine: EngineProcess, asker: Caller, archives: dict[str, Path]
) -> None:
    bring(asker, archives, "1.0")
    digest = versions(asker)["1.0"].digest
    other = own_engine.paths.state.parent / "other"
    other.mkdir(parents=True)
    with sqlite3.connect(other / "ledger.sqlite") as ledger:
        ledger.execute("CREATE TABLE instances (instance TEXT, app TEXT, image TEXT)")
        ledger.execute("INSERT INTO instances VALUES ('keeper-1', ?, ?)", (KEEPER, digest))
    ledger.close()
    running = own_engine.paths.runtime.parent / "berth-other" / "instances" / "keeper-1"
    running.mkdir(parents=True)
    bring(asker, archives, "2.0", "3.0")
    assert "1.0" in versions(asker)
    assert refusal(asker, m.ChangeVersion(KEEPER, "remove", "1.0")).code == "version-in-use"
    shutil.rmtree(running.parents[1])
    asker.call(m.ChangeVersion(KEEPER, "use", "3.0"))
    assert set(versions(asker)) == {"2.0", "3.0"}


@pytest.mark.parametrize("session", ["", "other"])
def test_images_of_a_terminal_stay_while_one_is_lent(
    own_engine: EngineProcess, asker: Caller, tmp_path: Path, session: str
) -> None:
    def listed() -> set[str]:
        return {version.version for version in asker.call(m.ListVersions(TERMINAL_APP)).versions}

    archives = {version: archive_of(tmp_path, version, TERMINAL_APP) for version in ("1.0", "2.0", "3.0")}
    runtime = own_engine.paths.runtime
    if session:
        runtime = runtime.parent / f"berth-{session}"
        (own_engine.paths.state.parent / session).mkdir(parents=True)
    lent = runtime / "instances" / companion("app-1")
    lent.mkdir(parents=True)
    bring(asker, archives, "1.0", "2.0", "3.0")
    assert listed() == {"1.0", "2.0", "3.0"}
    assert refusal(asker, m.ChangeVersion(TERMINAL_APP, "remove", "1.0")).code == "version-in-use"
    if session:
        assert session in refusal(asker, m.RemoveApp(TERMINAL_APP)).message
    lent.rmdir()
    asker.call(m.ChangeVersion(TERMINAL_APP, "use", "3.0"))
    assert listed() == {"2.0", "3.0"}
