"""What a user sets about an app, seen from inside the app that a real engine starts."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth import cli
from berth.core import messages as m
from berth.core.problem import Problem
from berth.engine.app_settings import user_folders
from tests.engine.conftest import IN_A_WINDOW, write_manifest
from tests.engine.process import Caller, EngineProcess, PlayedDisplay
from tests.engine.test_life import SLEEPER, inside

KEEPER = "org.example.Keeper"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "music"
    folder.mkdir()
    (folder / "song").write_text("la la")
    yield folder


def put(
    caller: Caller, app: str, *changes: tuple[str, str | None], profile: str = "", check: bool = False
) -> m.Settings:
    found = caller.call(m.ChangeSettings(app, profile, changes, check=check))
    assert isinstance(found, m.Settings)
    return found


def run(caller: Caller, app: str, *arguments: str, profile: str = "") -> str:
    instance: str = caller.call(m.RunApp(app, arguments, profile=profile)).instance
    return instance


def changed(settings: m.Settings) -> dict[str, str]:
    return {entry.key: entry.value for entry in settings.settings if entry.changed}


def refused(caller: Caller, request: m.EngineRequest) -> Problem:
    with pytest.raises(Problem) as raised:
        caller.call(request)
    return raised.value


def test_an_app_starts_as_it_was_set(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    put(
        caller,
        SLEEPER,
        ("environment.GREETING", "hello you"),
        ("command", "/bin/sh -c 'sleep 1000; true' shell"),
        ("arguments", "one 'two three'"),
        ("limits.open_files", "321"),
    )
    assert caller.event(m.SettingsChanged).app == SLEEPER
    instance = run(caller, SLEEPER)
    assert inside(caller, instance, "/bin/sh", "-c", "echo $GREETING; ulimit -n") == "hello you\n321\n"
    lines = inside(caller, instance, "/bin/sh", "-c", "cat /proc/*/cmdline").split("\0")
    start = lines.index("sleep 1000; true")
    assert lines[start + 1 : start + 4] == ["shell", "one", "two three"]

    found = caller.call(m.ChangeSettings(SLEEPER, reset=True))
    assert changed(found) == {}
    assert not (engine.paths.apps / SLEEPER).exists(), "nothing is left behind"
    again = run(caller, SLEEPER)
    assert inside(caller, again, "/bin/sh", "-c", "echo $GREETING; ulimit -n") == "\n4096\n"


def test_a_setting_is_only_checked(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    assert changed(put(caller, SLEEPER, ("limits.memory", "1G"), check=True)) == {"limits.memory": "1G"}
    assert not (engine.paths.apps / SLEEPER).exists()
    problem = refused(caller, m.ChangeSettings(SLEEPER, "", (("limits.memory", "1"),), check=True))
    assert problem.code == "setting-invalid" and "32M" in problem.message
    problem = refused(caller, m.ChangeSettings(SLEEPER, "", (("limits.memory", "1G"), ("limits.memry", "1G"))))
    assert problem.code == "unknown-setting" and "limits.memory" in problem.hint
    assert changed(caller.call(m.GetSettings(SLEEPER))) == {}, "all changes of a request or none"


def test_running_instances_keep_what_they_have_until_restarted(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    first = caller.call(m.RunApp(SLEEPER, ("77",))).instance
    put(caller, SLEEPER, ("environment.X", "new"))
    event = caller.event(m.InstanceChanged, lambda event: event.info.outdated)
    assert event.info.instance == first
    assert inside(caller, first, "/bin/sh", "-c", "echo $X") == "\n"

    engine.restart()
    caller = engine.caller()
    assert [info.outdated for info in caller.call(m.ListInstances()).instances] == [True], "known after a crash"
    put(caller, SLEEPER, ("environment.X", None))
    caller.event(m.InstanceChanged, lambda event: not event.info.outdated)
    put(caller, SLEEPER, ("environment.X", "newer"))

    second = caller.call(m.RestartInstance(first)).instance
    assert inside(caller, second, "/bin/sh", "-c", "echo $X") == "newer\n"
    (info,) = caller.call(m.ListInstances()).instances
    assert (info.instance, info.outdated) == (second, False)


def test_the_next_engine_knows_what_an_instance_was_started_with(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller, manifests: Path
) -> None:
    """Not what would be started now: the user has set something else since, and the manifest is another one."""
    put(caller, IN_A_WINDOW, ("display", "xwayland"), ("environment.X", "then"))
    instance = run(caller, IN_A_WINDOW, "the argument")
    assert display.expect(m.ListenInstance).nested
    put(caller, IN_A_WINDOW, ("display", None), ("environment.X", "now"))
    write_manifest(manifests, IN_A_WINDOW, '["/bin/sleep", "77"]')

    engine.restart()
    listening = engine.display().expect(m.ListenInstance)
    assert (listening.instance, listening.nested) == (instance, True)
    caller = engine.caller()
    put(caller, IN_A_WINDOW, ("command", "/bin/sh -c 'sleep 1000; true' shell"))
    again = caller.call(m.RestartInstance(instance)).instance
    assert "\0shell\0the argument\0" in inside(caller, again, "/bin/sh", "-c", "cat /proc/*/cmdline")


def test_the_runtime_that_was_chosen_last_counts(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    def runtimes() -> tuple[str, str, str]:
        found = caller.call(m.GetRuntimes(SLEEPER))
        settings = caller.call(m.GetSettings(SLEEPER)).settings
        return found.chosen, found.effective, next(info.value for info in settings if info.key == "runtime")

    assert runtimes() == ("", "bubblewrap", "bubblewrap")
    put(caller, SLEEPER, ("runtime", "docker"), ("environment.X", "kept"))
    assert runtimes() == ("docker", "docker", "docker")
    caller.call(m.SetRuntime(SLEEPER, "podman"))
    assert runtimes() == ("podman", "podman", "podman")
    put(caller, SLEEPER, ("runtime", "bubblewrap"))
    assert runtimes() == ("bubblewrap", "bubblewrap", "bubblewrap")
    caller.call(m.SetRuntime(SLEEPER, ""))
    assert runtimes() == ("", "bubblewrap", "bubblewrap")
    assert changed(caller.call(m.GetSettings(SLEEPER))) == {"environment.X": "kept"}


def test_a_folder_is_seen_once_it_was_allowed(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller, folder: Path
) -> None:
    name = f"folder:{folder}"
    settings = put(caller, SLEEPER, (f"folders.{folder}", "read"))
    assert [(p.permission, p.decision) for p in settings.permissions] == [(name, "ask")]
    starting = caller.begin(m.RunApp(SLEEPER))
    prompt = caller.event(m.PromptOpened).info
    assert (prompt.permission, prompt.reason) == (name, "")
    caller.call(m.AnswerPrompt(prompt.prompt, False, "once"))
    instance = caller.result(starting).instance
    look = ("/bin/sh", "-c", "cat /run/folders/music/song; echo; echo x > /run/folders/music/new; true")
    assert "la la" not in inside(caller, instance, *look), "denied: it runs without"

    caller.call(m.SetPermission(SLEEPER, name, "allow"))
    caller.event(m.InstanceChanged, lambda event: event.info.instance == instance and event.info.outdated)
    instance = caller.call(m.RestartInstance(instance)).instance
    assert "la la" in inside(caller, instance, *look)
    assert not (folder / "new").exists()

    put(caller, SLEEPER, (f"folders.{folder}", "write"))
    starting = caller.begin(m.RunApp(SLEEPER))
    prompt = caller.event(m.PromptOpened).info
    assert prompt.permission == f"folder-write:{folder}", "more is asked for again"
    caller.call(m.AnswerPrompt(prompt.prompt, True, "always"))
    inside(caller, caller.result(starting).instance, *look)
    assert (folder / "new").read_text() == "x\n"

    put(caller, SLEEPER, (f"folders.{folder}", None))
    settings = put(caller, SLEEPER, (f"folders.{folder}", "write"))
    assert [p.decision for p in settings.permissions] == ["ask"], "taken away and added again"
    listed = caller.call(m.GetPermissions(SLEEPER)).permissions
    assert [p.permission for p in listed] == [f"folder-write:{folder}"]


def test_an_overlay_file_alone_opens_no_folder(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller, folder: Path
) -> None:
    """Whoever can write the file can ask, not allow."""
    home = engine.paths.apps / SLEEPER
    home.mkdir(parents=True)
    (home / "overlay.toml").write_text(f'[[folder]]\npath = "{folder}"\nwritable = true\n')
    starting = caller.begin(m.RunApp(SLEEPER))
    prompt = caller.event(m.PromptOpened).info
    caller.call(m.AnswerPrompt(prompt.prompt, False, "once"))
    assert inside(caller, caller.result(starting).instance, "/bin/sh", "-c", "ls /run/folders; true").find("music") < 0
    data, sessions = engine.paths.state.parents[1], engine.paths.runtime.parent
    (folder / "inner").mkdir()
    put(caller, KEEPER, (f"folders.{folder}", "read"))
    (home / "overlay.toml").write_text(f'[[folder]]\npath = "{folder}/inner"\n')
    starting = caller.begin(m.RunApp(SLEEPER))
    prompt = caller.event(m.PromptOpened).info
    caller.call(m.AnswerPrompt(prompt.prompt, True, "once"))
    caller.call(m.StopInstance(caller.result(starting).instance))
    put(caller, KEEPER, (f"folders.{folder}", "write"))
    problem = refused(caller, m.RunApp(SLEEPER))
    assert problem.code == "folder-unusable" and f"lies in {folder}, which an app may change" in problem.message
    for path in (engine.paths.state, data, sessions, Path("/etc"), folder / "link", folder / "none"):
        (folder / "link").unlink(missing_ok=True)
        (folder / "link").symlink_to("/etc")
        (home / "overlay.toml").write_text(f'[[folder]]\npath = "{path}"\n')
        assert refused(caller, m.RunApp(SLEEPER)).code in ("folder-unusable", "overlay-invalid")


def test_a_damaged_file_keeps_the_app_from_starting_otherwise(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    path = engine.paths.apps / SLEEPER / "overlay.toml"
    path.parent.mkdir(parents=True)
    for text in ("[", "\0", "a" * 70_000, "limits.memory = '1G'\nlimit = 1\n"):
        path.write_text(text)
        problem = refused(caller, m.RunApp(SLEEPER))
        assert problem.code == "overlay-invalid"
        assert problem.message.startswith(f"{path}:")
        assert problem.hint.endswith(f"berth set {SLEEPER} --reset")
    settings = caller.call(m.GetSettings(SLEEPER))
    assert settings.problem == m.ProblemInfo(problem.code, problem.message, problem.hint)
    assert refused(caller, m.ChangeSettings(SLEEPER, "", (("limits.memory", "1G"),))).code == "overlay-invalid"
    assert caller.call(m.ListApps()).apps, "other apps are not concerned"
    caller.call(m.ChangeSettings(SLEEPER, reset=True))
    run(caller, SLEEPER)


def test_what_is_no_file_is_refused(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    path = engine.paths.apps / SLEEPER / "overlay.toml"
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    assert refused(caller, m.RunApp(SLEEPER)).code == "overlay-invalid"
    path.unlink()
    path.write_bytes(b"\xff\xfe")
    assert "UTF-8" in refused(caller, m.RunApp(SLEEPER)).message


def test_profiles_have_settings_and_data_of_their_own(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    caller.call(m.ChangeProfile(KEEPER, "new", "", "Work"))
    caller.event(m.AppsChanged, lambda event: any(app.profiles == ("Work",) for app in event.apps))
    put(caller, KEEPER, ("environment.X", "work"), profile="Work")
    plain, work = run(caller, KEEPER), run(caller, KEEPER, profile="Work")
    assert {i.instance: i.profile for i in caller.call(m.ListInstances()).instances} == {plain: "", work: "Work"}
    told = [inside(caller, i, "/bin/sh", "-c", "echo $X; echo $X > ~/x") for i in (plain, work)]
    assert told == ["\n", "work\n"]
    app = engine.paths.apps / KEEPER
    assert (app / "home/x").read_text() == "\n"
    assert (app / "profiles/Work/home/x").read_text() == "work\n"

    assert refused(caller, m.ChangeProfile(KEEPER, "rename", "Work", "Play")).code == "profile-in-use"
    caller.call(m.StopInstance(work))
    caller.call(m.ChangeProfile(KEEPER, "rename", "Work", "Play"))
    assert (app / "profiles/Play/home/x").exists(), "its data goes along"
    caller.call(m.ChangeProfile(KEEPER, "duplicate", "Play", "Third"))
    put(caller, KEEPER, ("data", "shared"), profile="Third")
    third = run(caller, KEEPER, profile="Third")
    assert inside(caller, third, "/bin/sh", "-c", "echo $X; cat ~/x") == "work\n\n"
    caller.call(m.StopInstance(third))
    for name in ("Play", "Third"):
        caller.call(m.ChangeProfile(KEEPER, "delete", name))
    assert not (app / "profiles").exists()
    assert (app / "home/x").exists()
    assert refused(caller, m.RunApp(KEEPER, profile="Play")).code == "unknown-profile"


def test_names_that_are_no_profiles(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    for name in ("", "..", "a/b", ".a", "a" * 41, " a", "a ", "a\n", "../../x"):
        assert refused(caller, m.ChangeProfile(SLEEPER, "new", "", name)).code == "profile-name"
        problem = refused(caller, m.ChangeProfile(SLEEPER, "delete", name))
        assert problem.code in ("profile-name", "unknown-profile")
        if name:
            assert refused(caller, m.RunApp(SLEEPER, profile=name)).code == "unknown-profile"


def test_profiles_that_are_there_and_too_many(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    for number in range(32):
        caller.call(m.ChangeProfile(SLEEPER, "new", "", f"Übung {number}"))
    assert refused(caller, m.ChangeProfile(SLEEPER, "new", "", "Übung 3")).code == "profile-exists"
    assert refused(caller, m.ChangeProfile(SLEEPER, "new", "", "more")).code == "too-many-profiles"
    assert "Übung 3" in refused(caller, m.RunApp(SLEEPER, profile="Ubung 3")).hint


def test_folders_of_the_user_are_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    for name in ("Musik", "Music", "Documents"):
        (home / name).mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    assert user_folders() == (f"{home}/Documents", f"{home}/Music")
    named = ("$HOME/Musik", "$HOME/", "$HOME/../x", "/etc", "$HOME/gone", "relative", str(home / "Documents"))
    (home / "user-dirs.dirs").write_text("# comment\n" + "".join(f'XDG_A{i}_DIR="{n}"\n' for i, n in enumerate(named)))
    assert user_folders() == (f"{home}/Musik", f"{home}/Documents")


def test_what_cannot_be_kept_changes_nothing(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    put(caller, SLEEPER, ("limits.memory", "1G"))
    app = engine.paths.apps / SLEEPER
    (app / "overlay.toml.new").mkdir()
    problem = refused(caller, m.ChangeSettings(SLEEPER, "", (("limits.memory", "3G"),)))
    assert problem.code == "settings-not-kept"
    (app / "overlay.toml.new").rmdir()
    assert changed(caller.call(m.GetSettings(SLEEPER))) == {"limits.memory": "1G"}
    (app / "overlay.toml.new").write_text("what a crash has left")
    caller.call(m.ChangeSettings(SLEEPER, reset=True))
    assert not app.exists()
    caller.call(m.ChangeProfile(SLEEPER, "new", "", "Work"))
    (app / "profiles/.Half").mkdir()
    assert "Half" not in refused(caller, m.RunApp(SLEEPER, profile=".Half")).hint
    caller.call(m.ChangeProfile(SLEEPER, "delete", "Work"))
    assert not app.exists()


def test_it_is_done_from_the_command_line(
    engine: EngineProcess,
    display: PlayedDisplay,
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("XDG_RUNTIME_DIR", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, engine.environment[name])

    def berth(*words: str) -> str:
        assert cli.run(["--name", engine.name, *words]) == 0
        return capsys.readouterr().out

    def berth_fails(*words: str) -> str:
        with pytest.raises(Problem) as raised:
            berth(*words)
        return str(raised.value)

    assert berth("set", KEEPER, "environment.X=a=b", "limits.memory=1G") == ""
    lines = [line.split() for line in berth("set", KEEPER, "--diff").splitlines()]
    assert lines[1:] == [["environment.X", "-", "a=b"], ["limits.memory", "2G", "1G"]]
    shown = {line.split()[0]: line for line in berth("set", KEEPER).splitlines()}
    assert shown["limits.memory"].endswith("you") and shown["limits.processes"].endswith("the manifest")
    berth("set", KEEPER, "--unset", "environment.X")
    assert [entry["key"] for entry in json.loads(berth("set", KEEPER, "--diff", "--json"))] == ["limits.memory"]
    assert "Did you mean “limits.memory”?" in berth_fails("set", KEEPER, "limits.memroy=1G")
    assert "no KEY=VALUE" in berth_fails("set", KEEPER, "limits.memory")

    berth("profile", KEEPER, "new", "Work")
    berth("profile", KEEPER, "duplicate", "Play")
    assert berth("profile", KEEPER).split() == ["PROFILE", "Play", "Work"]
    assert "1G" in berth("set", KEEPER, "--profile", "Play", "--diff")
    instance = berth("run", KEEPER, "--profile", "Play").strip()
    assert caller.call(m.ListInstances()).instances[0].profile == "Play"
    assert berth("restart", instance).strip() != instance
    berth("profile", KEEPER, "delete", "Work")
    berth("set", KEEPER, "--reset")
    assert not (engine.paths.apps / KEEPER / "overlay.toml").exists()


def test_a_ledger_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    from berth.engine.ledger import Ledger, Row

    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as old:
        old.execute(
            "CREATE TABLE instances (instance TEXT PRIMARY KEY, app TEXT NOT NULL, name TEXT NOT NULL, publisher TEXT "
            "NOT NULL, image TEXT NOT NULL, created REAL NOT NULL, mapped INTEGER NOT NULL DEFAULT 0) STRICT"
        )
        old.execute("INSERT INTO instances VALUES ('i', 'a', 'n', 'p', 'd', 1.0, 1)")
    old.close()
    ledger = Ledger(path)
    ledger.add(Row("j", "a", "n", "p", "d", 2.0, False, "Work", "ff"))
    assert [(row.instance, row.profile, row.settings) for row in ledger.rows()] == [("i", "", ""), ("j", "Work", "ff")]
    ledger.close()
