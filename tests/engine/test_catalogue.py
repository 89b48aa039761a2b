"""Manifests on disk: all that are valid are there, the others say what is wrong, changes are seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.paths import session_paths
from berth.core.problem import Problem
from berth.engine.catalogue import OWN_PUBLISHER, manifest_directories, read_catalogue
from tests.engine.conftest import APPS, write_manifest
from tests.engine.process import Caller, EngineProcess, PlayedDisplay


def apps(caller: Caller) -> set[str]:
    return {app.app for app in caller.call(m.ListApps()).apps}


def test_apps_are_listed_with_what_they_are(caller: Caller, manifests: Path) -> None:
    listed = {app.app: app for app in caller.call(m.ListApps()).apps}
    assert set(listed) == set(APPS)
    asks = listed["org.example.Asks"]
    assert (asks.name, asks.image_state) == ("Asks", "ready")
    assert asks.source == str(manifests / "org.example.Asks.toml")
    assert asks.permissions == (m.PermissionInfo("network", "To look things up.", False, "ask"),)


def test_what_a_manifest_says_of_its_app_is_listed(caller: Caller, manifests: Path) -> None:
    caller.events.clear()
    about = 'publisher = "P"\nlicence = "mit"\nhomepage = "https://example.org"\nkeywords = ["k"]\nimage.size = "2M"'
    write_manifest(manifests, "org.example.New", '["/bin/true"]', about)
    event = caller.event(m.AppsChanged, lambda event: "org.example.New" in {app.app for app in event.apps})
    new = next(app for app in event.apps if app.app == "org.example.New")
    assert (new.publisher, new.licence, new.homepage, new.keywords) == ("P", "MIT", "https://example.org", ("k",))
    assert new.size == 2 << 20, "what the manifest expects"
    built = next(app for app in event.apps if app.app == "org.example.Asks")
    assert built.size > 1 << 20, "what its image takes"


def test_images_are_looked_into(caller: Caller) -> None:
    inside = caller.call(m.InspectImage("org.example.Asks", 1))
    assert inside.source == "imported" and inside.files[0].path == "bin/busybox"
    assert '"components": []' in caller.call(m.GetSbom("org.example.Asks")).document
    for request in (m.InspectImage("org.example.None"), m.GetSbom("org.example.None")):
        with pytest.raises(Problem, match="no image"):
            caller.call(request)


def test_changes_are_seen_without_a_restart(caller: Caller, manifests: Path) -> None:
    caller.events.clear()
    path = write_manifest(manifests, "org.example.New", '["/bin/true"]')
    caller.event(m.AppsChanged, lambda event: "org.example.New" in {app.app for app in event.apps})
    new = next(app for app in caller.call(m.ListApps()).apps if app.app == "org.example.New")
    assert (new.image_state, new.image) == ("missing", "")
    path.unlink()
    caller.event(m.AppsChanged, lambda event: "org.example.New" not in {app.app for app in event.apps})


def test_broken_manifest_hides_no_other_and_says_what_is_wrong(caller: Caller, manifests: Path) -> None:
    caller.events.clear()
    (manifests / "org.example.Broken.toml").write_text('id = "org.example.Broken"\nname = 7\n')
    notice = caller.event(m.Notice)
    assert notice.severity == "warning" and "org.example.Broken.toml:2: “name” is a number" in notice.message
    listed = caller.call(m.ListApps())
    assert {app.app for app in listed.apps} == set(APPS)
    assert [problem.code for problem in listed.problems] == ["manifest-invalid"]
    with pytest.raises(Problem, match=r"org\.example\.Broken\.toml:1: “command” is missing"):
        caller.call(m.RunApp("org.example.Broken"))


def test_directory_that_appears_later_is_seen(new_engine: object, tmp_path: Path) -> None:
    later = tmp_path / "not" / "yet"
    engine = new_engine()  # type: ignore[operator]
    assert isinstance(engine, EngineProcess)
    engine.kill()
    engine.environment["BERTH_MANIFESTS"] = str(later)
    engine.restart()
    caller = engine.caller()
    assert apps(caller) == set()
    later.mkdir(parents=True)
    write_manifest(later, "org.example.New", '["/bin/true"]')
    caller.event(m.AppsChanged, lambda event: len(event.apps) == 1)


def test_unknown_app_is_refused_with_the_nearest_name(caller: Caller) -> None:
    for asked, suggested in (
        ("org.example.Sleper", "org.example.Sleeper"),
        ("sleeper", "org.example.Sleeper"),
        ("Keeper", "org.example.Keeper"),
        ("zzzzzzzz", "berth apps"),
        ("", "berth apps"),
    ):
        with pytest.raises(Problem, match="There is no app") as raised:
            caller.call(m.RunApp(asked))
        assert suggested in raised.value.hint


def test_missing_image_that_cannot_be_built_says_so(display: PlayedDisplay, caller: Caller, manifests: Path) -> None:
    write_manifest(manifests, "org.example.NoImage", '["/bin/true"]')
    caller.event(m.AppsChanged, lambda event: "org.example.NoImage" in {app.app for app in event.apps})
    with pytest.raises(Problem, match="There is no image of NoImage") as raised:
        caller.call(m.RunApp("org.example.NoImage"))
    assert "berth images import" in raised.value.hint
    assert caller.call(m.ListInstances()).instances == ()


def test_missing_program_is_named(display: PlayedDisplay, caller: Caller) -> None:
    with pytest.raises(Problem, match="/no/such/program"):
        caller.call(m.RunApp("org.example.Missing", wait="window"))
    assert caller.call(m.ListInstances()).instances == ()


# --- reading


def test_first_directory_wins_and_the_other_file_is_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_manifest(tmp_path / name, "org.example.App", f'["/bin/{name}"]')
    catalogue = read_catalogue((tmp_path / "a", tmp_path / "b"))
    assert catalogue.find("org.example.App").manifest.command == ("/bin/a",)
    assert catalogue.find("org.example.App").publisher == str(tmp_path / "a")
    assert [problem.code for _path, problem in catalogue.broken] == ["manifest-duplicate"]


def test_files_that_are_no_text_files_are_told_and_skipped(tmp_path: Path) -> None:
    write_manifest(tmp_path, "org.example.Good", '["/bin/true"]')
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "directory.toml").mkdir()
    (tmp_path / "dangling.toml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / ".hidden.toml").write_text("nonsense")
    (tmp_path / "notes.txt").write_text("nonsense")
    catalogue = read_catalogue((tmp_path, tmp_path / "missing"))
    assert set(catalogue.entries) == {"org.example.Good"}
    assert {path.name for path, _problem in catalogue.broken} == {
        "binary.toml",
        "directory.toml",
        "dangling.toml",
        "pipe.toml",
    }


def test_name_of_a_file_that_is_no_text_can_still_be_told(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.toml")).write_text("nonsense")
    (_path, problem), *_ = read_catalogue((tmp_path,)).broken
    assert problem.message.encode()


def test_directories_follow_the_environment() -> None:
    paths = session_paths("default", {"HOME": "/home/x"}, 7)
    assert manifest_directories(paths, {"BERTH_MANIFESTS": "/a:/b:"}) == (Path("/a"), Path("/b"))
    standard = manifest_directories(paths, {})
    assert standard[0].name == "app-manifests" and standard[-1] == paths.state / "manifests"
    entries = read_catalogue(standard[:1]).entries.values()
    assert {entry.publisher for entry in entries} <= {OWN_PUBLISHER}
