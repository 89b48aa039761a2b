"""Images that are dropped into the folder become apps; what is bad is put aside, and the store stays as it was."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import lzma
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

from berth.core import messages as m
from berth.engine.dropping import is_finished
from tests.engine.process import Caller, EngineProcess
from tests.engine.test_life import SLEEPER
from tests.images.archives import OciArchive, directory, link, member, small_root, snapshot, tar

HELLO = "local.hello-world"


@pytest.fixture
def engine(base: Path, image_store: Path, manifests: Path, tmp_path: Path) -> Iterator[EngineProcess]:
    """An engine with an image store that can be changed, and the user's own manifests."""
    own = tmp_path / "images"
    shutil.copytree(image_store, own, symlinks=True)
    theirs = base / "data" / "berth" / "sessions" / f"test-{os.getpid()}" / "manifests"
    engine = EngineProcess(base, own, manifests, {"BERTH_MANIFESTS": f"{manifests}:{theirs}"})
    yield engine
    engine.end()


@pytest.fixture
def shell(engine: EngineProcess) -> Caller:
    """A desktop, which is told notices."""
    engine.display()
    caller = engine.caller("shell")
    assert engine.paths.drop.is_dir()
    return caller


def image(name: str = "docker.io/library/hello-world:3", **config: object) -> OciArchive:
    archive = OciArchive([small_root()], name)
    said = {"Entrypoint": ["/usr/bin/hello"], "Cmd": ["--all"], "Env": ["PATH=/usr/bin", "HOME=/x", "A=b c"]}
    archive.config["config"] = {**said, **config}
    return archive


def drop(engine: EngineProcess, made: Path) -> Path:
    """Move a file or folder into the drop folder, at once."""
    return made.rename(engine.paths.drop / made.name)


def told(shell: Caller, name: str) -> m.Notice:
    """The notice about a dropped file."""
    return shell.event(m.Notice, lambda notice: name in notice.hint)


def apps(shell: Caller) -> dict[str, m.AppInfo]:
    return {app.app: app for app in shell.call(m.ListApps()).apps}


def test_an_image_becomes_an_app(engine: EngineProcess, shell: Caller, tmp_path: Path) -> None:
    labels = {"org.opencontainers.image.title": "Hello\nWorld", "org.opencontainers.image.description": "Says “hello”"}
    dropped = drop(engine, image(Labels=labels, Volumes={"/data": {}}).write(tmp_path / "some.tar"))
    shell.event(m.ImageProgress, lambda progress: progress.app == str(dropped) and not progress.finished)
    assert told(shell, "some.tar").message == "Hello World is in the launcher now."
    app = apps(shell)[HELLO]
    assert (app.name, app.summary, app.version, app.image_state) == ("Hello World", "Says “hello”", "3", "ready")
    assert [(asked.permission, asked.required) for asked in app.permissions] == [("network", False)]
    manifest = (engine.paths.state / "manifests" / f"{HELLO}.toml").read_text()
    assert 'command = ["/usr/bin/hello", "--all"]' in manifest and 'A = "b c"' in manifest and "HOME" not in manifest
    assert not dropped.exists() and list(engine.paths.drop.iterdir()) == []
    assert HELLO in {path.name for path in engine.paths.scripts.iterdir()}
    shell.call(m.RemoveApp(HELLO))
    assert HELLO not in apps(shell) and shell.call(m.FindResidue(HELLO)).found == ()


def _desktop_root() -> bytes:
    entry = b"[Desktop Entry]\nType=Application\nName=Painter\nExec=paint --new %F\nCategories=Qt;Graphics;\n"
    return small_root(
        [directory("usr/share"), directory("usr/share/applications"), member("usr/share/applications/p.desktop", entry)]
    )


@pytest.mark.parametrize(
    ("name", "compress"),
    [("p.tar", bytes), ("p.tar.gz", gzip.compress), ("p.tar.xz", lzma.compress), ("p.tar.zst", zstandard.compress)],
)
def test_a_root_file_system_is_what_its_menu_entry_says(
    engine: EngineProcess, shell: Caller, name: str, compress: Callable[[bytes], bytes]
) -> None:
    (engine.paths.drop / f"{name}.part").write_bytes(compress(_desktop_root()))
    (engine.paths.drop / f"{name}.part").rename(engine.paths.drop / name)
    told(shell, name)
    app = apps(shell)["local.p"]
    assert (app.name, app.categories) == ("Painter", ("graphics",))
    assert 'command = ["paint", "--new"]' in Path(app.source).read_text()


def test_a_file_counts_when_nobody_writes_to_it_any_more(engine: EngineProcess, shell: Caller, tmp_path: Path) -> None:
    data = image().write(tmp_path / "slow.tar").read_bytes()
    slow = engine.paths.drop / "slow.tar"
    with slow.open("wb", buffering=0) as file:
        file.write(data[:1000])
        with slow.open("ab"):  # somebody else opens and closes it
            pass
        assert not is_finished(slow)
        drop(engine, image("other:1").write(tmp_path / "other.tar"))
        told(shell, "other.tar")
        assert slow.exists() and not (engine.paths.drop / "Rejected").exists()
        file.write(data[1000:])
    told(shell, "slow.tar")
    assert HELLO in apps(shell)


@pytest.mark.parametrize("moved", [True, False])
def test_an_oci_directory_counts_when_all_of_it_is_there(
    engine: EngineProcess, shell: Caller, tmp_path: Path, moved: bool
) -> None:
    place = tmp_path / "layout"
    with tarfile.open(image().write(tmp_path / "some.tar")) as archive:
        archive.extractall(place, filter="data")
    if moved:
        drop(engine, place)
    else:
        target = engine.paths.drop / "layout"
        (target / "blobs" / "sha256").mkdir(parents=True)
        for name in (
            "index.json",
            "oci-layout",
            *(f"blobs/sha256/{p.name}" for p in (place / "blobs/sha256").iterdir()),
        ):
            shutil.copy(place / name, target / name)
    told(shell, "layout")
    assert HELLO in apps(shell) and not (engine.paths.drop / "layout").exists()


def test_what_was_there_before_the_start_comes_in(engine: EngineProcess, shell: Caller, tmp_path: Path) -> None:
    engine.kill()
    drop(engine, image().write(tmp_path / "early.tar"))
    engine.restart()
    engine.display()
    again = engine.caller("shell")
    told(again, "early.tar")
    assert HELLO in apps(again)


def test_an_import_can_be_cancelled_and_the_image_dropped_again(
    engine: EngineProcess, shell: Caller, tmp_path: Path
) -> None:
    before = snapshot(engine.paths.images)
    with (engine.paths.images / "store.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # it cannot be done before it is cancelled
        dropped = drop(engine, image().write(tmp_path / "some.tar"))
        shell.event(m.ImageProgress, lambda progress: progress.app == str(dropped))
        shell.call(m.CancelImage(str(dropped)))
        notice = told(shell, "some.tar")
    assert notice.severity == "info" and notice.message == "Importing “some.tar” was cancelled."
    assert snapshot(engine.paths.images) == before and HELLO not in apps(shell)
    (engine.paths.drop / "Rejected" / "some.tar").rename(dropped)
    shell.event(m.Notice, lambda notice: notice.message.startswith("Hello"))
    assert HELLO in apps(shell)


def _hostile() -> dict[str, bytes]:
    other = image()
    other.config["architecture"] = "vax"
    lying = image()
    lying.config["rootfs"] = {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}
    silent = image()
    silent.config["config"] = {}
    broken = image(Entrypoint=["/bin/sh", "-c", "a\nb"])
    made: dict[str, bytes] = {}
    for name, archive in {"other": other, "lying": lying, "silent": silent, "broken": broken}.items():
        made[name] = _written(archive)
    made["climbs"] = tar([directory("usr"), member("../../escaped", b"x")])
    made["absolute"] = tar([directory("usr"), member("/etc/passwd", b"x")])
    made["through"] = _written(OciArchive([tar([link("usr", "/tmp"), member("usr/evil", b"x")])]))
    made["device"] = _written(OciArchive([tar([directory("usr"), member("usr/sda", type=tarfile.BLKTYPE)])]))
    made["cut"] = _written(image())[:2500]
    made["picture.jpg"] = b"\xff\xd8\xff" + bytes(3000)
    made["stands-in"] = _written(image("org.example.Built:9"))
    return made


def _written(archive: OciArchive) -> bytes:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"drop-test-{os.getpid()}-{threading.get_ident()}.tar"
    try:
        return archive.write(path).read_bytes()
    finally:
        path.unlink(missing_ok=True)


def test_what_is_bad_is_put_aside_with_the_reason_and_changes_nothing(
    engine: EngineProcess, shell: Caller, manifests: Path
) -> None:
    (manifests / "org.example.Built.toml").write_text(
        'id = "org.example.Built"\nname = "Built"\ncommand = ["x"]\n[image]\nbase = "gtk"\npackages = ["built"]\n'
    )
    shell.event(m.AppsChanged, lambda event: "org.example.Built" in {app.app for app in event.apps})
    before, listed = snapshot(engine.paths.images), set(apps(shell))
    for name, data in _hostile().items():
        (engine.paths.drop / name).write_bytes(data)
        notice = told(shell, name)
        aside = engine.paths.drop / "Rejected" / name
        assert aside.read_bytes() == data and str(aside) in notice.hint, name
        assert notice.message in aside.with_name(f"{name}.txt").read_text() and notice.severity == "error"
    os.mkfifo(engine.paths.drop / "pipe")
    (engine.paths.drop / "link").symlink_to(engine.paths.state)
    for name in ("pipe", "link"):
        told(shell, name)
    assert (engine.paths.drop / "Rejected" / "link").is_symlink()
    assert snapshot(engine.paths.images) == before and set(apps(shell)) == listed


def test_a_second_bad_one_of_the_same_name_replaces_nothing(engine: EngineProcess, shell: Caller) -> None:
    for text in (b"one", b"two"):
        (engine.paths.drop / "bad.tar").write_bytes(text)
        told(shell, "bad")
    rejected = engine.paths.drop / "Rejected"
    assert [(rejected / name).read_bytes() for name in ("bad.tar", "bad-2.tar")] == [b"one", b"two"]


def test_an_app_that_runs_gets_its_new_image_when_it_has_ended(
    engine: EngineProcess, shell: Caller, tmp_path: Path
) -> None:
    instance = shell.call(m.RunApp(SLEEPER)).instance
    dropped = drop(engine, image(f"{SLEEPER}:9").write(tmp_path / "new.tar"))
    assert "running" in told(shell, "new.tar").message and dropped.exists()
    shell.call(m.StopInstance(instance))
    assert "launcher" in told(shell, "new.tar").message
    assert apps(shell)[SLEEPER].version == "9" and not dropped.exists()


@pytest.fixture
def small_engine(base: Path, image_store: Path, manifests: Path, tmp_path: Path) -> Iterator[EngineProcess]:
    """An engine whose images have a disk of their own, which is almost full."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=24m", "berth-test", str(disk)]
    if os.getuid() or subprocess.run(mounted, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        shutil.copytree(image_store, disk / "images", symlinks=True)
        engine = EngineProcess(base, disk / "images", manifests)
        yield engine
        engine.end()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_not_the_file_s_fault(small_engine: EngineProcess, tmp_path: Path) -> None:
    small_engine.display()
    shell = small_engine.caller("shell")
    ballast = tmp_path / "disk" / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1 << 16)):
            continue
    before = snapshot(small_engine.paths.images)
    large = OciArchive([small_root([member("large", os.urandom(2 << 20))])], f"{SLEEPER}:9")
    dropped = drop(small_engine, large.write(tmp_path / "large.tar"))
    notice = told(shell, "large.tar")
    assert "not enough space" in notice.message and dropped.exists()
    assert snapshot(small_engine.paths.images) == before
    ballast.unlink()
    # Whatever ends may have made room.
    shell.call(m.RunApp("org.example.Ends"))
    assert "launcher" in told(shell, "large.tar").message
    assert apps(shell)[SLEEPER].version == "9" and not dropped.exists()


def test_a_manifest_that_the_user_has_changed_is_kept(engine: EngineProcess, shell: Caller, tmp_path: Path) -> None:
    own = engine.paths.state / "manifests" / f"{HELLO}.toml"
    expected = {"one": "one", "two": "two", "three": "two"}
    for program, found in expected.items():
        if program == "three":
            own.write_text(own.read_text().split("\n", 1)[1])
        drop(engine, image(Entrypoint=[f"/usr/bin/{program}"]).write(tmp_path / f"{program}.tar"))
        told(shell, f"{program}.tar")
        assert f'"/usr/bin/{found}"' in own.read_text()
