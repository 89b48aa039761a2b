"""Images from outside become apps: what they are called, what their manifest says, and death on the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from berth.core.manifest import is_app_id, parse_manifest
from berth.core.problem import Problem
from berth.core.volumes import MOST_VOLUMES
from berth.engine.images.arrival import Arrival, complete, staged
from berth.engine.images.derive import app_id, derive, is_derived
from berth.engine.images.layout import Config, RootFs
from berth.engine.images.store import ImageStore
from tests.dying import Steps, chosen, killed, length
from tests.images.archives import OciArchive, directory, member, small_root
from tests.images.whole import disagreements

NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("name", "app"),
    [
        ("org.example.App", "org.example.App"),
        ("docker.io/library/hello", "local.hello"),
        ("ghcr.io/some/Thing_2", "local.ghcr-io-some-Thing-2"),
        ("7zip", "local.app-7zip"),
        ("org.example.App/evil", "local.org-example-App-evil"),
        ("-._", "local.image"),
    ],
)
def test_every_image_has_an_app_id(name: str, app: str) -> None:
    assert app_id(name) == app and is_app_id(app)


def _derived(tmp_path: Path, **said: object) -> str:
    return derive("local.thing", Config("amd64", "linux", RootFs(()), config=said), tmp_path).text


def test_what_a_manifest_may_not_hold_does_not_come_in(tmp_path: Path) -> None:
    labels = {"org.opencontainers.image.title": '"\\\n]] evil = 1' * 20, "other": 7}
    env = ["HOME=/evil", "WAYLAND_DISPLAY=x", "A B=1", "LD=a\x1b[1m", 'GOOD="quoted" \\ = é', "=", "x", 5]
    manifest = parse_manifest(_derived(tmp_path, Cmd=['a "b"', "\\"], Labels=labels, Env=env), "m")
    assert manifest.command == ('a "b"', "\\") and len(manifest.name) <= 60 and "\n" not in manifest.name
    assert manifest.environment == (("GOOD", '"quoted" \\ = é'),)
    assert [(asked.name, asked.reason, asked.required) for asked in manifest.permissions] == [("network", "", False)]


@pytest.mark.parametrize("said", [{}, {"Cmd": []}, {"Cmd": "text"}, {"Entrypoint": ["a\nb"]}, {"Cmd": ["\u202ex"]}])
def test_an_image_that_does_not_say_what_to_start(tmp_path: Path, said: dict[str, object]) -> None:
    with pytest.raises(Problem) as caught:
        _derived(tmp_path, **said)
    assert caught.value.code == "image-command"


def test_a_root_file_system_that_names_nothing_opens_its_shell(tmp_path: Path) -> None:
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "usr/bin/sh").symlink_to("/bin/dash")
    (tmp_path / "usr/lib").mkdir()
    (tmp_path / "usr/lib/libwayland-client.so.0").touch()
    program = tmp_path / "usr/bin/dash"
    program.touch(0o644)
    with pytest.raises(Problem):
        _derived(tmp_path)
    program.chmod(0o755)
    manifest = parse_manifest(_derived(tmp_path), "m")
    assert (manifest.command, manifest.display) == (("/bin/sh",), "terminal")
    program.rename(tmp_path / "usr/bin/bash")
    assert parse_manifest(_derived(tmp_path), "m").command == ("/bin/bash",)
    # A shell that leads out of the image is none.
    (tmp_path / "usr/bin/bash").unlink()
    (tmp_path / "usr/bin/bash").symlink_to("../../../../../../../../../../bin/sh")
    with pytest.raises(Problem):
        _derived(tmp_path)


def test_what_cannot_have_windows_is_shown_in_a_terminal(tmp_path: Path) -> None:
    def display(root: Path) -> str:
        return parse_manifest(_derived(root, Cmd=["sh"]), "m").display

    bare, library, lying, menu = (tmp_path / name for name in ("bare", "library", "lying", "menu"))
    for root in (bare, library, lying, menu):
        (root / "usr/lib").mkdir(parents=True)
    (library / "usr/lib/libwayland-client.so.0").symlink_to("libwayland-client.so.0.21.0")
    (lying / "lib64").symlink_to(library / "usr/lib")
    (menu / "usr/share/applications").mkdir(parents=True)
    (menu / "usr/share/applications/x.desktop").write_text("[Desktop Entry]\nType=Application\nName=P\nExec=p\n")
    assert [display(root) for root in (bare, library, lying, menu)] == ["terminal", "wayland", "terminal", "wayland"]


@pytest.mark.parametrize(
    ("said", "directory"),
    [
        ("/srv/app", "/srv/app"),
        ("/srv//app/../app/", "/srv/app"),
        ("srv/app", "/srv/app"),
        ("//srv", "/srv"),
        ("/link", "/link"),
        ("/all/srv", "/all/srv"),
        ("/home", "/home"),
        ("/home/node/app", "/home/node/app"),
        ("/work", "/work"),
        ("/../..", ""),
        ("", ""),
        (7, ""),
        ("/srv/\x1b[1m", ""),
        ("/" + "x" * 5000, ""),
    ],
)
def test_it_starts_where_its_image_says(tmp_path: Path, said: object, directory: str) -> None:
    (tmp_path / "srv/app").mkdir(parents=True)
    (tmp_path / "home/node/app").mkdir(parents=True)
    (tmp_path / "work").symlink_to("home/node")
    (tmp_path / "link").symlink_to("/srv/app")
    (tmp_path / "all").symlink_to("/")
    tmp_path.chmod(0o755)
    assert parse_manifest(_derived(tmp_path, Cmd=["a"], WorkingDir=said), "m").directory == directory


@pytest.mark.parametrize(
    ("said", "signal"),
    [
        ("SIGQUIT", "SIGQUIT"),
        ("quit", "SIGQUIT"),
        ("3", "SIGQUIT"),
        ("SIGWINCH", "SIGWINCH"),
        ("15", "SIGTERM"),
        ("SIGRTMIN+3", "SIGTERM"),
        ("SIGSTOP", "SIGTERM"),
        ("19", "SIGTERM"),
        ("\u0663", "SIGTERM"),
        ("9" * 5000, "SIGTERM"),
        (3, "SIGTERM"),
    ],
)
def test_it_is_asked_to_end_as_its_image_says(tmp_path: Path, said: object, signal: str) -> None:
    assert parse_manifest(_derived(tmp_path, Cmd=["a"], StopSignal=said), "m").stop_signal == signal


@pytest.mark.parametrize(
    "said",
    [
        *("/none", "/file", "/out", "/closed/app", "/tmp/x", "/circle", "/var/run/x"),
        *("/home/berth/app", "/home/link/app", "/home/none", "/work"),
    ],
)
def test_where_an_app_cannot_be_it_does_not_start(tmp_path: Path, said: str) -> None:
    root = tmp_path / "root"
    for name in ("closed/app", "home/berth/app", "tmp/x", "run/x", "var", "srv/app"):
        (root / name).mkdir(parents=True)
    (root / "closed").chmod(0o700)
    (root / "file").touch()
    (root / "out").symlink_to(f"{os.path.relpath('/', root)}/{tmp_path}")
    (root / "circle").symlink_to("circle")
    (root / "var/run").symlink_to("/run")
    (root / "home/link").symlink_to("/srv")
    (root / "work").symlink_to("/home/berth")
    text = _derived(root, Cmd=["a"], WorkingDir=said)
    assert parse_manifest(text, "m").directory == ""
    assert f'"{said}", where it cannot be: it starts in its home' in text and is_derived(text)


def test_what_its_image_writes_to_is_its_own(tmp_path: Path) -> None:
    """Others are named in the manifest, with the reason."""
    for name in ("data/db", "var/lib/db", "home/node/.kept", "etc/app", "home/berth/x", *map(str, range(20))):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "link").symlink_to("/data")
    wanted = ["/data/", "/data/db", "var//lib/db", "/home/node/.kept", "/etc/app", "/home/berth/x", "/link", "/none"]
    wanted += ["/data/../etc", "/proc", "/", "", "..", "/a\n/b", "/" + "x" * 5000]
    text = _derived(tmp_path, Cmd=["a"], Volumes={path: {} for path in wanted})
    manifest = parse_manifest(text, "m")
    assert manifest.volumes == ("/data", "/home/node/.kept", "/var/lib/db") and manifest.persist
    assert '# What its image writes to "/etc/app" cannot be kept: it is a folder of the system.' in text
    assert '# What its image writes to "/link" cannot be kept: the image has no such folder.' in text
    many = _derived(tmp_path, Cmd=["a"], Volumes={f"/{number}": {} for number in range(20)})
    assert len(parse_manifest(many, "m").volumes) == MOST_VOLUMES and many.count("too many such folders") == 4
    for nonsense in (["/data"], "/data", {7: {}}, None):
        assert parse_manifest(_derived(tmp_path, Cmd=["a"], Volumes=nonsense), "m").volumes == ()


def test_a_menu_entry_that_leads_out_of_the_image_is_not_read(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    (outside / "x.desktop").write_text("[Desktop Entry]\nType=Application\nName=Evil\nExec=evil\n")
    (root / "usr/share").mkdir(parents=True)
    (root / "usr/share/applications").symlink_to(outside)
    with pytest.raises(Problem):
        _derived(root)
    (root / "usr/share/applications").unlink()
    (root / "usr/share/applications").mkdir()
    (root / "usr/share/applications/x.desktop").symlink_to(outside / "x.desktop")
    with pytest.raises(Problem):
        _derived(root)


def test_the_icon_of_the_menu_entry_is_the_app_s(tmp_path: Path) -> None:
    entry = b"[Desktop Entry]\nType=Application\nName=P\nExec=p\nIcon=paint\n"
    picture = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    folders = [directory(path) for path in ("usr/share", "usr/share/applications", "usr/share/pixmaps")]
    files = [member("usr/share/applications/p.desktop", entry), member("usr/share/pixmaps/paint.svg", picture)]
    archive = OciArchive([small_root([*folders, *files])], "thing:1").write(tmp_path / "app.tar")
    store = ImageStore(tmp_path / "store")
    image = store.import_archive(archive, Arrival(tmp_path / "manifests", NOBODY, NOBODY, NOBODY, strict=True))
    icon = store.icon(image)
    assert icon is not None and icon.read_bytes() == picture
    store.remove("local.thing:1")
    assert not icon.exists()


def _come(base: Path) -> None:
    """What the image process does with a dropped file, and the engine after it."""
    arrival = Arrival(base / "manifests", NOBODY, NOBODY, NOBODY, strict=True)
    ImageStore(base / "store").import_archive(base / "app.tar", arrival)
    arrival.write_manifest()
    (base / "app.tar").unlink()


def test_death_at_any_moment_leaves_a_file_to_begin_with_again(tmp_path: Path) -> None:
    archive = OciArchive([small_root()], "thing:1")
    archive.config["config"] = {"Cmd": ["/usr/bin/hello"]}

    def come(steps: Steps) -> None:
        steps.watch()
        _come(base)

    def begin(name: str) -> Path:
        (tmp_path / name).mkdir()
        archive.write(tmp_path / name / "app.tar")
        return tmp_path / name

    base = begin("whole")
    for step in chosen(length(come), 12):
        base = begin(str(step))
        assert killed(step, come)
        store, manifest = ImageStore(base / "store"), base / "manifests" / "local.thing.toml"
        assert disagreements(base / "store") == [], step
        assert not manifest.exists() or store.find("local.thing") is not None
        complete(base / "manifests", {"local.thing": [store.app_manifest(i) for i in store.versions("local.thing")]})
        there = [path.name for path in (base / "manifests").glob("*")]
        assert there == [manifest.name] * len(store.versions("local.thing")), "none without the other"
        if (base / "app.tar").exists():
            _come(base)
        assert ImageStore(base / "store").find("local.thing:1") is not None
        assert [path.name for path in (base / "manifests").iterdir()] == [manifest.name]


def test_a_manifest_that_the_user_has_written_meanwhile_is_theirs(tmp_path: Path) -> None:
    staged(tmp_path, "local.thing").write_text("derived")
    (tmp_path / "local.thing.toml").write_text("mine")
    assert not complete(tmp_path, {"local.thing": ["derived"]})
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]
