"""Launcher scripts and entries for other desktops: written, kept in step, quoted, and nobody else's files touched."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.manifest import Manifest
from berth.core.paths import Paths
from berth.core.problem import Problem
from berth.engine.entry_points import EntryPoints, Startable, escaped, quoted
from tests.engine.conftest import write_manifest
from tests.engine.process import Caller, EngineProcess, PlayedDisplay
from tests.engine.test_removal import ASKS, KEEPER, kinds
from tests.engine.test_removal import asker as asker
from tests.engine.test_removal import own_engine as own_engine

NASTY = "It's \"a\" \\ `b` $(c) %f; 'd' & é|"


def points(tmp_path: Path, name: str = "default", program: tuple[str, ...] = ("/bin/echo",)) -> EntryPoints:
    data = tmp_path / "share" / "berth"
    state = data if name == "default" else data / "sessions" / name
    state.mkdir(parents=True, exist_ok=True)
    return EntryPoints(Paths(name, tmp_path / "run", state, data / "images"), program)


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def app(id: str = "org.example.App", name: str = "App", **more: object) -> Startable:
    return Startable(Manifest(id, name, ("x",), **more), "")  # type: ignore[arg-type]


def test_a_script_starts_its_app_with_any_arguments(tmp_path: Path) -> None:
    program = tmp_path / NASTY
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    points(tmp_path, "trial", (str(program),)).follow([app()])
    script = tmp_path / "share/berth/sessions/trial/bin/org.example.App"
    said = subprocess.run([script, "--yes", "a  b", ""], capture_output=True, text=True, check=True).stdout
    assert said == "--name\ntrial\nrun\norg.example.App\n--\n--yes\na  b\n\n"


def test_entries_are_only_for_those_who_want_them(tmp_path: Path) -> None:
    there = points(tmp_path)
    there.follow([app()])
    applications = tmp_path / "share/applications"
    assert not applications.exists()
    there.offer_to_desktops(True)
    there.follow([app(), app("org.example.Two")])
    assert names(applications) == {
        "berth_default_org.example.App.desktop",
        "berth_default_org.example.Two.desktop",
    }
    there.offer_to_desktops(False)
    there.follow([app()])
    assert not applications.exists()


def test_entries_of_sessions_do_not_meddle(tmp_path: Path) -> None:
    here, there = points(tmp_path), points(tmp_path, "x")
    for one in (here, there):
        one.offer_to_desktops(True)
        one.follow([app()])
    there.follow([])
    assert [path.name for path in (tmp_path / "share/applications").iterdir()] == [
        "berth_default_org.example.App.desktop"
    ]
    assert (tmp_path / "share/berth/bin/org.example.App").exists()


def test_an_entry_says_what_the_manifest_says_whatever_it_holds(tmp_path: Path) -> None:
    program = tmp_path / "a b$c"
    shutil.copy("/bin/true", program)
    there = points(tmp_path, program=(str(program),))
    there.offer_to_desktops(True)
    nasty = app(name=f" {NASTY}", summary=NASTY, categories=("games", "media", "nonsense"))
    there.follow([nasty, app("org.example.Plain")])
    entries = sorted((tmp_path / "share/applications").iterdir())
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(entries[0])
    entry = dict(parser["Desktop Entry"])
    assert entry["Name"] == "\\s" + NASTY.replace("\\", "\\\\") and entry["Comment"] == NASTY.replace("\\", "\\\\")
    # As the specification has it: the string's escapes are taken away first, then the quotes.
    words = entry["Exec"].replace("\\\\", "\\")
    said = subprocess.run(["sh", "-c", f'set -- {words}; printf %s "$1"'], capture_output=True, text=True, check=True)
    assert said.stdout == str(program)
    assert entry["Categories"] == "Game;"
    if shutil.which("desktop-file-validate") is None:
        pytest.skip("desktop-file-utils is not installed")
    checked = subprocess.run(["desktop-file-validate", *entries], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_escapes_of_the_specification() -> None:
    assert escaped(" a\\b\n\t") == "\\sa\\\\b\\n\\t"
    assert [quoted(word) for word in ("plain", "", "a b", '"`$\\', "100%")] == [
        "plain",
        '""',
        '"a b"',
        '"\\"\\`\\$\\\\"',
        "100%%",
    ]


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    there = points(tmp_path)
    there.offer_to_desktops(True)
    bin, applications = tmp_path / "share/berth/bin", tmp_path / "share/applications"
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for directory in (bin, applications):
        directory.mkdir(parents=True)
        (directory / "tool").write_text("mine")
    (bin / "org.example.App").symlink_to(victim)
    (applications / "berth_default_org.example.App.desktop").write_text("mine")
    there.follow([app(), app("org.example.Two")])
    left = applications / ".berth_default_org.example.Old.desktop.new"
    left.write_text((applications / "berth_default_org.example.Two.desktop").read_text())
    there.follow([])
    there.forget("org.example.App")
    assert not left.exists()
    assert victim.read_text() == "mine" and (bin / "org.example.App").is_symlink()
    assert (applications / "berth_default_org.example.App.desktop").read_text() == "mine"
    assert sorted(path.name for path in bin.iterdir()) == ["org.example.App", "tool"]


def test_what_is_as_it_should_be_is_not_written(tmp_path: Path) -> None:
    there = points(tmp_path)
    there.follow([app()])
    script = tmp_path / "share/berth/bin/org.example.App"
    before = script.stat()
    there.follow([app()])
    assert script.stat().st_ino == before.st_ino
    points(tmp_path, program=("/bin/false",)).follow([app()])
    assert "/bin/false" in script.read_text() and script.stat().st_mode & 0o777 == 0o755


def test_a_place_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    there = points(tmp_path)
    (tmp_path / "share/berth/bin").write_text("")
    with pytest.raises(Problem) as raised:
        there.follow([app()])
    assert raised.value.code == "entries-not-kept"


def test_the_engine_keeps_them_in_step_and_removes_them_with_the_app(own_engine: EngineProcess, asker: Caller) -> None:
    scripts = own_engine.paths.scripts
    assert ASKS in names(scripts)
    entries = asker.call(m.OfferToDesktops(True))
    entry = Path(entries.directory) / f"berth_{own_engine.name}_{ASKS}.desktop"
    assert entries.on and entry.exists()
    assert {"script", "desktop-entry"} <= set(kinds(asker.call(m.PlanRemoval(ASKS)).goes))
    assert "desktop-entry" in kinds(asker.call(m.FindResidue(ASKS)).found)
    asker.call(m.RemoveApp(ASKS))
    assert ASKS not in names(scripts) and not entry.exists()
    assert asker.call(m.FindResidue(ASKS)).found == ()
    assert KEEPER in names(scripts)
    assert not asker.call(m.OfferToDesktops(False)).on and not asker.call(m.GetDesktopEntries()).on
    assert not Path(entries.directory).exists()


def test_a_manifest_that_goes_takes_the_script_along(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller, manifests: Path
) -> None:
    assert KEEPER in names(engine.paths.scripts)
    (manifests / f"{KEEPER}.toml").unlink()
    caller.event(m.AppsChanged, lambda event: KEEPER not in {info.app for info in event.apps})
    assert KEEPER not in names(engine.paths.scripts)
    caller.events.clear()
    write_manifest(manifests, KEEPER, '["/bin/sleep", "1000"]')
    caller.event(m.AppsChanged, lambda event: KEEPER in {info.app for info in event.apps})
    assert KEEPER in names(engine.paths.scripts)
