"""Overlays: what the user sets lies over the manifest, and takes nothing that needs consent."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.compile import compile_plan
from berth.core.folders import Folder, around, fault_of, folder_of, overlaps
from berth.core.manifest import RESERVED_VARIABLES, Manifest
from berth.core.overlay import (
    UNCHANGED_LIMITS,
    Overlay,
    OverlayInvalid,
    apply_overlay,
    as_toml,
    parse_overlay,
    without_defaults,
)
from berth.core.permissions import Grant, PermissionRequest, granted, undecided
from berth.core.plan import SANDBOX_FOLDERS, SANDBOX_HOME, Limits, Mount
from berth.core.problem import Problem
from berth.core.settings import change_overlay, list_settings

APP = Manifest(
    "org.example.App",
    "App",
    ("app", "--flag"),
    environment=(("A", "1"), ("B", "2")),
    limits=Limits(1 << 30, 100, 1024),
    permissions=(PermissionRequest("network", "To fetch."),),
    persist=True,
)
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp")), max_size=20)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name not in RESERVED_VARIABLES)
FOLDERS = st.builds(
    Folder, st.from_regex(r"/(home|tmp|media)(/[a-zA-Z0-9 ._-]*[a-z]){1,3}", fullmatch=True), st.booleans()
)
OVERLAYS = st.builds(
    Overlay,
    environment=st.dictionaries(NAMES, TEXTS, max_size=4).map(lambda found: tuple(sorted(found.items()))),
    command=st.one_of(st.just(()), st.tuples(TEXTS.filter(bool), TEXTS)),
    arguments=st.lists(TEXTS, max_size=3).map(tuple),
    display=st.sampled_from(["", "wayland", "xwayland", "xpra", "terminal", "web"]),
    runtime=st.sampled_from(["", "docker", "podman"]),
    limits=st.sampled_from([UNCHANGED_LIMITS, Limits(64 << 20, 0, 0), Limits(3 << 30, 99, 999, 1.25)]),
    folders=st.lists(FOLDERS, max_size=3, unique_by=lambda folder: folder.path)
    .filter(lambda found: not any(around(folder.path, found) for folder in found))
    .map(tuple),
    data=st.sampled_from(["", "shared"]),
    directory=st.sampled_from(["", "/srv/app", SANDBOX_HOME, f"{SANDBOX_HOME}/a b"]),
    stop_signal=st.sampled_from(["", "SIGTERM", "SIGINT"]),
)


def faults(text: str) -> list[str]:
    with pytest.raises(OverlayInvalid) as raised:
        parse_overlay(text, "o.toml", "Reset it.")
    assert raised.value.hint == "Reset it."
    return raised.value.message.splitlines()


@given(OVERLAYS)
def test_a_file_says_what_was_set(overlay: Overlay) -> None:
    assert parse_overlay(as_toml(overlay), "x", "") == overlay


@given(OVERLAYS)
def test_taking_everything_back_leaves_the_manifest(overlay: Overlay) -> None:
    listed = list_settings(APP, overlay, runtime="bubblewrap", profile="Work", displays=("wayland",))
    back = change_overlay(overlay, [(entry.key, None) for entry in listed])
    assert back == Overlay()
    assert apply_overlay(APP, back) == APP


@given(OVERLAYS)
def test_what_is_listed_sets_the_same(overlay: Overlay) -> None:
    """Setting every key to the text that it is shown with changes nothing."""
    listed = list_settings(APP, overlay, runtime="bubblewrap", profile="Work", displays=("wayland",))
    again = change_overlay(Overlay(), [(entry.key, entry.value) for entry in listed])
    shortened = without_defaults(APP, overlay, "bubblewrap")
    assert without_defaults(APP, again, "bubblewrap") == shortened
    assert apply_overlay(APP, shortened) == apply_overlay(APP, overlay)
    changed = {entry.key for entry in listed if entry.changed}
    assert not changed or shortened != Overlay()


@given(OVERLAYS, st.sets(st.sampled_from(["network", "gpu", "folder:/home/other"])))
def test_an_overlay_gets_an_app_nothing(overlay: Overlay, allowed: set[str]) -> None:
    """Neither mounts nor the network nor devices: whatever is set, these follow from what was allowed alone."""
    plan = plan_of(apply_overlay(APP, overlay), allowed)
    bare = plan_of(APP, allowed)
    assert (plan.mounts, plan.network, plan.devices, plan.tmpfs, plan.rootfs) == (
        bare.mounts,
        bare.network,
        bare.devices,
        bare.tmpfs,
        bare.rootfs,
    )
    environment = dict(plan.environment)
    for name in RESERVED_VARIABLES & set(environment) - {"DISPLAY"}:
        assert environment[name] == dict(bare.environment)[name]


@given(OVERLAYS, st.data())
def test_folders_that_were_allowed_and_no_others_are_mounted(overlay: Overlay, data: st.DataObject) -> None:
    manifest = apply_overlay(APP, overlay)
    allowed = data.draw(st.sets(st.sampled_from(overlay.folders))) if overlay.folders else set()
    grants = {folder.permission: Grant(folder in allowed, "always") for folder in overlay.folders}
    plan = plan_of(manifest, granted(manifest.permissions, grants))
    home, *mounts = plan.mounts
    assert home.target == SANDBOX_HOME
    assert {(mount.source, mount.writable) for mount in mounts} == {(f.path, f.writable) for f in allowed}
    assert len({mount.target for mount in mounts}) == len(mounts)
    assert all(mount.target.startswith(f"{SANDBOX_FOLDERS}/") for mount in mounts)


def plan_of(manifest: Manifest, allowed: object):  # type: ignore[no-untyped-def]
    return compile_plan(
        manifest,
        instance="app-1",
        rootfs="/images/app",
        instance_directory="/run/i/app-1",
        home="/data/apps/app/home",
        granted=allowed,  # type: ignore[arg-type]
    )


def test_a_folder_is_asked_for_before_the_start() -> None:
    manifest = apply_overlay(APP, Overlay(folders=(Folder("/home/me/Music"),)))
    assert [request.name for request in undecided(manifest.permissions, {}, early=True)] == ["folder:/home/me/Music"]


def test_folders_of_one_name_do_not_hide_each_other() -> None:
    folders = (Folder("/home/b/Music", True), Folder("/home/a/Music"))
    manifest = apply_overlay(APP, Overlay(folders=folders))
    mounts = plan_of(manifest, [folder.permission for folder in folders]).mounts
    assert mounts[1:] == (
        Mount("/home/a/Music", "/run/folders/Music"),
        Mount("/home/b/Music", "/run/folders/Music-2", writable=True),
    )


@pytest.mark.parametrize(
    "path",
    ["", "home/me", "/", "//home", "/home/../etc", "/home/./me", "/home/me/", "/etc", "/proc/1", "/dev", "/run/user/0",
     "/home/a\nb", "/home/\u202eme", "/home/" + "x" * 1000],
)  # fmt: skip
def test_what_is_no_folder_for_apps(path: str) -> None:
    assert fault_of(path)
    assert folder_of(f"folder:{path}") is None
    assert not granted([PermissionRequest(f"folder:{path}", "")], {f"folder:{path}": Grant(True, "always")})


def test_folders_around_and_inside_private_ones() -> None:
    private = ["/home/me/.local/share/berth"]
    assert overlaps("/home/me", private) and overlaps("/home/me/.local/share/berth/apps", private)
    assert not overlaps("/home/me/.local/share/berths", private) and not overlaps("/home/you", private)


def test_updates_of_the_manifest_go_on_applying() -> None:
    overlay = change_overlay(Overlay(), [("environment.A", "mine"), ("limits.memory", "2G")])
    newer = Manifest("org.example.App", "App", ("app2",), environment=(("A", "x"), ("C", "3")), limits=Limits(1, 2, 3))
    now = apply_overlay(newer, overlay)
    assert now.command == ("app2",)
    assert now.environment == (("A", "mine"), ("C", "3"))
    assert now.limits == Limits(2 << 30, 2, 3)


def test_all_faults_of_a_file_are_told_with_their_lines() -> None:
    text = """\
comand = ["x"]
display = "sixel"
[environment]
HOME = "/x"
"a b" = "y"
[limits]
memry = "1G"
processes = 1
[[folder]]
path = "/etc"
[[folder]]
path = "/home/me"
writeable = true
[[permission]]
name = "network"
"""
    assert faults(text) == [
        "o.toml:1: unknown key “comand”, did you mean “command”?",
        "o.toml:2: display “sixel” is not known; use “wayland”, “xwayland”, “xpra”, “terminal” or “web”",
        "o.toml:4: “HOME” is set by Berth and cannot be changed",
        "o.toml:5: “a b” is no name of a variable",
        "o.toml:7: unknown key “memry”, did you mean “memory”?",
        "o.toml:8: “processes” is 1, expected 16 to 32768",
        "o.toml:10: “/etc” belongs to the system, so no app can have it as a folder",
        "o.toml:13: unknown key “writeable”, did you mean “writable”?",
        "o.toml:14: unknown key “permission”; known are command, arguments, directory, stop_signal, display, "
        "runtime, data, environment, limits, folder",
    ]


@pytest.mark.parametrize(
    "text",
    ["x", "[", "command = 1", "command = []", "environment = 1", "limits = []", "folder = 1", "folder = [1]",
     "data = 'x'", "[[folder]]", "[[folder]]\npath = 1", "runtime = 'lxc'", "arguments = [1]", "[environment]\nA = 1",
     "a" * 70_000, "limits.memory = '1'", "[[folder]]\npath='/a'\n[[folder]]\npath='/a'",
     "folder = [" + "{}," * 70 + "]", "x = " + "[" * 5000],
)  # fmt: skip
def test_hostile_files_are_refused(text: str) -> None:
    assert all(line.startswith("o.toml:") for line in faults(text))


@given(st.text(max_size=200))
def test_any_text_is_an_overlay_or_refused(text: str) -> None:
    try:
        apply_overlay(APP, parse_overlay(text, "o.toml", ""))
    except OverlayInvalid as invalid:
        assert invalid.code == "overlay-invalid"


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("limit.memory", "1G", "There is no setting “limit.memory”. Did you mean “limits.memory”?"),
        ("limits.memry", "1G", "There is no setting “limits.memry”. Did you mean “limits.memory”?"),
        ("limits.memory", "lots", "“lots” is no size of at least 32M; write it like 512M or 2G."),
        ("limits.processes", "many", "“processes” is text, expected a number."),
        ("limits.cpus", "0", "“cpus” is no number of processors from 0.1 to 1024."),
        ("limits.cpus", "two", "“cpus” is no number of processors from 0.1 to 1024."),
        ("limits.processes", "1.5", "“processes” is a number with a fraction, expected a number."),
        ("limits.processes", "7", "“processes” is 7, expected 16 to 32768."),
        ("environment.HOME", "/", "“HOME” is set by Berth and cannot be changed."),
        ("environment.X", "a\nb", "“X” holds a control character."),
        ("command", 'app "x', "A quotation mark of “command” is not closed."),
        ("directory", "srv", "“directory” is no absolute path without “.”, “..” and empty parts."),
        ("directory", "/srv/../etc", "“directory” is no absolute path without “.”, “..” and empty parts."),
        ("directory", "/a\nb", "“directory” holds a control character."),
        ("stop_signal", "SIGSTOP", "“SIGSTOP” is no signal that asks an app to end, did you mean “SIGINT”?"),
        ("display", "sixel", "Display “sixel” is not known; use “wayland”, “xwayland”, “xpra”, “terminal” or “web”."),
        ("runtime", "dokcer", "Runtime “dokcer” is not known, did you mean “docker”?"),
        ("folders./etc", "read", "“/etc” belongs to the system, so no app can have it as a folder."),
        ("folders./home/me/a/b", "read", "“/home/me/a/b” lies in “/home/me/a”, which the app may change."),
        ("folders./home/me", "exec", "A folder is for “read” or “write”, not “exec”."),
    ],
)
def test_what_is_wrong_with_a_setting(key: str, text: str, said: str) -> None:
    with pytest.raises(Problem) as raised:
        change_overlay(Overlay(folders=(Folder("/home/me/a", True), Folder("/home/me/ab"))), [(key, text)])
    assert str(raised.value) == said


def test_settings_are_read_as_people_write_them() -> None:
    changes = [
        ("command", "app --title 'two words'"),
        ("arguments", "-x"),
        ("limits.memory", "512M"),
        ("limits.processes", "64"),
        ("environment.EMPTY", ""),
        ("folders./home/me/Music", "write"),
        ("data", "shared"),
        ("directory", "/srv/app"),
        ("stop_signal", "SIGINT"),
    ]
    overlay = change_overlay(Overlay(), changes)
    assert overlay == Overlay(
        environment=(("EMPTY", ""),),
        command=("app", "--title", "two words"),
        arguments=("-x",),
        limits=Limits(512 << 20, 64, 0),
        folders=(Folder("/home/me/Music", True),),
        data="shared",
        directory="/srv/app",
        stop_signal="SIGINT",
    )
    assert change_overlay(overlay, [("command", " "), ("limits.memory", "")]).command == ()
    entries = list_settings(APP, overlay, runtime="b", profile="W", displays=("wayland", "terminal"))
    assert [entry.choices for entry in entries if entry.key == "display"] == [("wayland", "terminal")]
    listed = {entry.key: (entry.value, entry.default, entry.changed) for entry in entries}
    assert listed["command"] == ("app --title 'two words'", "app --flag", True)
    assert listed["limits.memory"] == ("512M", "1G", True)
    assert listed["limits.open_files"] == ("1024", "1024", False)
    assert listed["environment.A"] == ("1", "1", False)
    assert listed["environment.EMPTY"] == ("", "", True)
    assert listed["runtime"] == ("b", "b", False)
    assert listed["folders./home/me/Music"] == ("write", "", True)
    assert listed["data"] == ("shared", "own", True)
    assert listed["directory"] == ("/srv/app", SANDBOX_HOME, True)
    assert listed["stop_signal"] == ("SIGINT", "SIGTERM", True)


def test_an_app_can_be_sent_back_to_its_home() -> None:
    """Also where its manifest has it start elsewhere."""
    app = msgspec.structs.replace(APP, directory="/srv/app", stop_signal="SIGQUIT")
    overlay = change_overlay(Overlay(), [("directory", SANDBOX_HOME), ("stop_signal", "SIGTERM")])
    plan = plan_of(apply_overlay(app, overlay), ())
    assert (plan.working_directory, plan.stop_signal) == (SANDBOX_HOME, "SIGTERM")
    assert without_defaults(app, overlay, "bubblewrap") == overlay
    assert without_defaults(APP, overlay, "bubblewrap") == Overlay()
