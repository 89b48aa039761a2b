"""Fixtures: a tiny image, manifests that use it, and engines of their own for each test."""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from berth.engine.images.store import ImageStore
from tests.engine.process import Caller, EngineProcess, PlayedDisplay

BUSYBOX = Path("/bin/busybox")
APPS = {
    "org.example.Sleeper": ('["/bin/sleep", "1000"]', ""),
    "org.example.Drawn": ('["/bin/sleep", "1000"]', ""),
    "org.example.Keeper": ('["/bin/sleep", "1000"]', "persist = true"),
    "org.example.Exits": ('["/bin/sh", "-c", "echo sorry >&2; exit 3"]', ""),
    "org.example.Ends": ('["/bin/true"]', ""),
    "org.example.Missing": ('["/no/such/program"]', ""),
    "org.example.Asks": (
        '["/bin/sleep", "1000"]',
        '[[permission]]\nname = "network"\nreason = "To look things up."',
    ),
    "org.example.Needs": (
        '["/bin/sleep", "1000"]',
        '[[permission]]\nname = "network"\nreason = "It is a browser."\nrequired = true',
    ),
    "org.example.Panel": (
        '["/bin/sleep", "1000"]',
        '[[permission]]\nname = "window-list"\nreason = "To list windows."\n'
        '[[permission]]\nname = "network"\nreason = "To show the weather."\n',
    ),
    "org.example.Recorder": (
        '["/bin/sleep", "1000"]',
        '[[permission]]\nname = "screen-capture"\nreason = "It records."\nrequired = true',
    ),
    "org.example.Waits": (
        '["/bin/sh", "-c", "while [ ! -e $HOME/told ]; do sleep 0.1; done; rm $HOME/told; echo sorry; exit 3"]',
        "",
    ),
    "org.example.Windowed": ('["/bin/sh", "-c", "sleep 1000; true", "shell"]', ""),
    "org.example.Stubborn": ('["/bin/sh", "-c", "trap \'\' TERM; while :; do sleep 1; done"]', ""),
}
DRAWN = "org.example.Drawn"
"""Its image seems to hold GTK."""
IN_A_WINDOW = "org.example.Windowed"
"""Its image has played programs in place of an X server and a window manager."""
_PLAYED = {"Xwayland": "echo 0 >&3; exec sleep 1000", "matchbox-window-manager": "exec sleep 1000"}
_APPLETS = (
    *("sh", "sleep", "true", "cat", "ls", "env", "id", "echo", "touch", "mkdir", "kill", "ps", "yes", "head"),
    *("mktemp", "mkfifo", "rm"),
)


def write_manifest(directory: Path, app: str, command: str, more: str = "") -> Path:
    path = directory / f"{app}.toml"
    path.write_text(f'id = "{app}"\nname = "{app.rpartition(".")[2]}"\ncommand = {command}\n{more}\n')
    return path


@pytest.fixture(scope="session")
def image_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which each app of `APPS` has the same image: busybox and nothing else."""
    if not BUSYBOX.exists():
        pytest.skip("busybox-static is not installed")
    base = tmp_path_factory.mktemp("store")
    store = ImageStore(base / "images")
    for app in APPS:
        archive = base / f"{app}.tar"
        libraries = ("usr/lib/libgtk-3.so.0",) if app == DRAWN else ()
        write_rootfs(archive, libraries, _PLAYED if app == IN_A_WINDOW else {})
        store.import_archive(archive)
        archive.unlink()
    return base / "images"


def write_rootfs(archive: Path, libraries: tuple[str, ...] = (), scripts: Mapping[str, str] = {}) -> None:
    with tarfile.open(archive, "w") as tar:
        for directory in ("bin", "etc", "usr", "proc", "dev", "tmp", "run", "home", "var"):
            entry = tarfile.TarInfo(directory)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        tar.add(BUSYBOX, "bin/busybox")
        for applet in _APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for library in libraries:
            link = tarfile.TarInfo(library)
            link.type, link.linkname = tarfile.SYMTYPE, "nowhere"
            tar.addfile(link)
        for name, script in scripts.items():
            content = f"#!/bin/sh\n{script}\n".encode()
            entry = tarfile.TarInfo(f"usr/bin/{name}")
            entry.mode, entry.size = 0o755, len(content)
            tar.addfile(entry, io.BytesIO(content))
        entry = tarfile.TarInfo("etc/resolv.conf")
        tar.addfile(entry, io.BytesIO())


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    directory = tmp_path / "manifests"
    directory.mkdir()
    for app, (command, more) in APPS.items():
        write_manifest(directory, app, command, more)
    return directory


@pytest.fixture
def base() -> Iterator[Path]:
    """A short path: unix socket names end after 107 bytes."""
    base = Path(tempfile.mkdtemp(prefix="be-", dir="/tmp"))
    yield base
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def new_engine(base: Path, image_store: Path, manifests: Path) -> Iterator[Callable[..., EngineProcess]]:
    engines: list[EngineProcess] = []

    def start(**options: object) -> EngineProcess:
        engines.append(EngineProcess(base, image_store, manifests, **options))  # type: ignore[arg-type]
        return engines[-1]

    yield start
    for engine in engines:
        engine.end()


@pytest.fixture
def engine(new_engine: Callable[..., EngineProcess]) -> EngineProcess:
    return new_engine()


@pytest.fixture
def display(engine: EngineProcess) -> PlayedDisplay:
    return engine.display()


@pytest.fixture
def caller(engine: EngineProcess) -> Caller:
    return engine.caller()
