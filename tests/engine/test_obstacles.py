"""What a machine can put in the way: said in a sentence, and over when it is out of the way."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from tests.engine.conftest import write_manifest
from tests.engine.process import WAIT, Caller, EngineProcess, PlayedDisplay
from tests.engine.test_life import SLEEPER


def refusal(caller: Caller, request: m.EngineRequest) -> Problem:
    with pytest.raises(Problem) as raised:
        caller.call(request)
    return raised.value


def test_instances_directory_that_cannot_be_used(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    engine.paths.instances.rmdir()
    engine.paths.instances.touch()
    problem = refusal(caller, m.RunApp(SLEEPER))
    assert problem.code == "instance-directory" and str(engine.paths.instances) in problem.message
    assert caller.call(m.ListInstances()).instances == ()
    engine.paths.instances.unlink()
    engine.paths.instances.mkdir(mode=0o700)
    assert caller.call(m.RunApp(SLEEPER)).instance


def test_home_that_is_no_directory(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    engine.paths.apps.mkdir(parents=True)
    (engine.paths.apps / "org.example.Keeper").touch()
    assert refusal(caller, m.RunApp("org.example.Keeper")).code == "instance-directory"
    assert caller.call(m.ListInstances()).instances == ()
    assert list(engine.paths.instances.iterdir()) == []


def test_apps_run_where_no_directory_can_be_watched(new_engine: Callable[..., EngineProcess]) -> None:
    nothing_left = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"'
    engine = new_engine(under=("unshare", "--user", "--map-root-user", "sh", "-c", nothing_left, "sh"))
    display, caller = engine.display(), engine.caller("shell")
    assert display
    assert "only noticed when Berth starts" in caller.event(m.Notice).message
    assert caller.call(m.RunApp(SLEEPER)).instance


def test_an_engine_that_cannot_start_ends(engine: EngineProcess, display: PlayedDisplay) -> None:
    """So that whoever supervises it knows."""
    engine.kill()
    engine.paths.received.touch()
    engine.restart()
    assert engine.process.wait(WAIT) == 1
    assert f"{engine.paths.received} cannot be read" in engine.log.read_text()


@pytest.fixture
def small_state(base: Path) -> Iterator[Path]:
    """A file system of its own for the state, with almost no room."""
    if os.getuid() != 0:
        pytest.skip("only root may mount a small file system")
    place = base / "data" / "berth" / "sessions"
    place.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "berth-test", str(place)], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            continue


def test_full_disk_is_told_and_starting_works_again_with_space(
    small_state: Path, new_engine: Callable[..., EngineProcess]
) -> None:
    engine = new_engine()
    display, caller = engine.display(), engine.caller()
    assert display
    _fill(small_state / "ballast")
    problems = set()
    for _ in range(20):
        try:
            caller.call(m.RunApp(SLEEPER))
        except Problem as problem:
            problems.add(problem.code)
            break
    assert problems == {"disk-full"}
    (small_state / "ballast").unlink()
    assert caller.call(m.RunApp(SLEEPER)).instance


def test_image_can_be_imported_and_hostile_ones_change_nothing(
    base: Path, new_engine: Callable[..., EngineProcess], image_store: Path, manifests: Path, tmp_path: Path
) -> None:
    own = tmp_path / "images"
    shutil.copytree(image_store, own, symlinks=True)
    engine = EngineProcess(base, own, manifests)
    try:
        caller = engine.caller()
        write_manifest(manifests, "org.example.Imported", '["/bin/sleep", "1000"]')
        archive = tmp_path / "org.example.Imported.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add("/bin/busybox", "bin/sleep")
            for name in ("etc", "proc", "dev", "tmp", "run", "home", "usr"):
                entry = tarfile.TarInfo(name)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            tar.addfile(tarfile.TarInfo("etc/resolv.conf"))
        before = caller.call(m.ListImages())
        evil = tmp_path / "evil.tar"
        with tarfile.open(evil, "w") as tar:
            tar.addfile(tarfile.TarInfo("usr/file"))
            tar.addfile(tarfile.TarInfo("../../escaped"))
        assert "escaped" in str(refusal(caller, m.ImportImage(str(evil))))
        assert caller.call(m.ListImages()) == before
        assert refusal(caller, m.ImportImage("relative.tar")).code == "bad-request"
        assert refusal(caller, m.ImportImage(str(tmp_path / "missing.tar"))).code == "archive-missing"
        caller.call(m.ImportImage(str(archive)))
        assert len(caller.call(m.ListImages()).images) == len(before.images) + 1
        assert caller.call(m.RunApp("org.example.Imported")).instance
    finally:
        engine.end()


def test_image_that_cannot_be_built_says_so(caller: Caller) -> None:
    assert refusal(caller, m.BuildImage(SLEEPER)).code == "image-missing"
    assert refusal(caller, m.BuildImage("org.example.None")).code == "unknown-app"
