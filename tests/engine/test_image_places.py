"""Images of registries that bring files where apps have something of their own."""

from __future__ import annotations

import gzip

import pytest

from berth.core import messages as m
from tests.engine.conftest import BUSYBOX
from tests.engine.process import Caller, EngineProcess, PlayedDisplay
from tests.engine.test_life import inside
from tests.engine.test_pull import engine as engine
from tests.engine.test_pull import memory as memory
from tests.engine.test_pull import registry as registry
from tests.engine.test_pull import run
from tests.images.archives import ARCHITECTURE, directory, link, member, tar
from tests.images.registry import Made, Memory, PlayedRegistry

_FOLDERS = ("bin", "etc", "usr", "proc", "dev", "tmp", "run", "home", "var")


def made(*brought: str, **config: object) -> Made:
    """An image that sleeps, with files of these paths besides, which hold their paths."""
    links = (link(f"bin/{name}", "busybox") for name in ("sh", "sleep", "cat"))
    files = [member(path, path.encode()) for path in brought]
    plain = [member("bin/busybox", BUSYBOX.read_bytes(), mode=0o755), member("etc/resolv.conf"), *links]
    said = {"architecture": ARCHITECTURE, "os": "linux", "config": {"Cmd": ["sleep", "1000"], **config}}
    layer = tar([*map(directory, _FOLDERS), *plain, *files])
    return Made([layer], said, lambda data: gzip.compress(data, 1, mtime=0))


@pytest.fixture
def display(engine: EngineProcess) -> PlayedDisplay:
    return engine.display()


@pytest.fixture
def caller(engine: EngineProcess, display: PlayedDisplay) -> Caller:
    return engine.caller("shell")


def test_it_starts_in_a_home_that_its_image_brings(
    display: PlayedDisplay, caller: Caller, memory: Memory, registry: PlayedRegistry
) -> None:
    made("home/node/app/file", WorkingDir="/home/node/app").push(memory)
    app = caller.call(m.PullImage(f"{registry.name}:1")).app
    instance = run(display, caller, app, "sleep 1000")
    assert inside(caller, instance, "sh", "-c", "pwd; cat file") == "/home/node/app\nhome/node/app/file"


def test_what_its_image_writes_to_stays_until_the_app_goes(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller, memory: Memory, registry: PlayedRegistry
) -> None:
    made("srv/db/first", Volumes={"/srv/db": {}, "/etc": {}}).push(memory)
    app = caller.call(m.PullImage(f"{registry.name}:1")).app
    place = engine.paths.apps / app / "volumes"
    assert not place.exists()
    for said in ("srv/db/first", "changed"):
        instance = run(display, caller, app, "sleep 1000")
        script = "cat /srv/db/first; echo -n changed >/srv/db/first; ! (echo >/srv/x) 2>/dev/null"
        assert inside(caller, instance, "sh", "-c", script) == said
        mounts = {mount.target: mount for mount in caller.call(m.LookInside(instance)).inside.mounts}
        assert (mounts["/srv/db"].origin, mounts["/srv/db"].writable) == ("home", True)
        caller.call(m.StopInstance(instance))
    assert [path.name for path in place.iterdir()] == ["srv%db"]
    data = str(engine.paths.apps / app)
    assert ("data", data) in [(thing.kind, thing.what) for thing in caller.call(m.PlanRemoval(app)).goes]
    assert "data" in {thing.kind for thing in caller.call(m.FindResidue(app)).found}
    caller.call(m.RemoveApp(app))
    assert not place.exists() and caller.call(m.FindResidue(app)).found == ()
