"""Updates of apps from a registry: what would change is said first, and each version keeps what it declares."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.engine.images.store import ImageStore
from tests.engine.conftest import BUSYBOX
from tests.engine.process import Caller, EngineProcess
from tests.engine.test_life import inside
from tests.engine.test_obstacles import refusal
from tests.engine.test_pull import engine as engine
from tests.engine.test_pull import memory as memory
from tests.engine.test_pull import registry as registry
from tests.engine.test_removal_commands import berth
from tests.images.archives import ARCHITECTURE, directory, link, member, tar
from tests.images.registry import NAME, PROGRAM, Made, Memory, PlayedRegistry, RealRegistry, Request, Response

_FOLDERS = ("bin", "etc", "usr", "proc", "dev", "tmp", "run", "home", "var", "var/lib", "var/lib/dpkg")


def made(version: int, **config: object) -> Made:
    """An image that sleeps for thousands of seconds, one for each version, and says which packages are in it."""
    links = (link(f"bin/{name}", "busybox") for name in ("sleep", "ps", "cat"))
    below = tar(
        [
            *map(directory, _FOLDERS),
            member("bin/busybox", BUSYBOX.read_bytes(), mode=0o755),
            *links,
            member("etc/resolv.conf"),
        ]
    )
    status = f"Package: app\nStatus: install ok installed\nVersion: {version}.0\nArchitecture: all\n"
    above = tar([*map(directory, _FOLDERS[-3:]), member("var/lib/dpkg/status", status.encode())])
    said = {"Entrypoint": ["/bin/sleep"], "Cmd": [f"{version}000"], "Env": [f"STAGE=s{version}"], **config}
    return Made(
        [below, above],
        {"architecture": ARCHITECTURE, "os": "linux", "config": said},
        lambda layer: gzip.compress(layer, 1, mtime=0),
    )


@pytest.fixture
def caller(engine: EngineProcess) -> Iterator[Caller]:
    engine.display()
    return engine.caller("shell")


def pulled(caller: Caller, reference: str) -> str:
    app: str = caller.call(m.PullImage(caller.call(m.LookAtImage(reference)).reference)).app
    return app


def commands(caller: Caller, app: str) -> tuple[str, str]:
    """What the app would be started with now, and its variable."""
    found = {info.key: info.value for info in caller.call(m.GetSettings(app)).settings}
    return found["command"], found["environment.STAGE"]


def current(caller: Caller, app: str) -> str:
    return next(version.digest for version in caller.call(m.ListVersions(app)).versions if version.current)


def test_what_an_update_changes_is_said_before_it_comes(
    engine: EngineProcess, caller: Caller, memory: Memory, registry: PlayedRegistry
) -> None:
    made(1).push(memory)
    app = pulled(caller, f"{registry.name}:1")
    first = current(caller, app)
    assert caller.call(m.UpdateApp(app, check=True)).source == ""
    assert caller.call(m.UpdateApp(app)).packages == ()
    made(2, User="1000").push(memory)
    running = caller.call(m.RunApp(app)).instance
    shown = caller.call(m.UpdateApp(app, check=True))
    assert shown.source.startswith(f"{registry.name}:1@sha256:") and 0 < shown.fetch < 2000, "one layer is here already"
    assert shown.signature.state == "unsigned"
    said = {change.what: (change.old, change.new) for change in shown.configuration}
    assert said == {
        "command": ("/bin/sleep 1000", "/bin/sleep 2000"),
        "user": ("", "1000"),
        "environment.STAGE": ("s1", "s2"),
    }
    assert len(caller.call(m.ListVersions(app)).versions) == 1, "to look changes nothing"
    # What was shown is what comes, wherever the tag leads by now.
    made(3).push(memory)
    done = caller.call(m.UpdateApp(app, reference=shown.source))
    assert done.packages == (m.PackageChange("app", "1.0", "2.0"),) and len(done.configuration) == 3
    assert [version.digest == first for version in caller.call(m.ListVersions(app)).versions] == [False, True]
    assert caller.event(m.ImageProgress, lambda event: event.app == app and event.text.startswith("Fetching"))
    assert "1000" in inside(caller, running, "/bin/ps"), "what runs keeps its image"
    assert caller.call(m.UpdateApp(app)).packages == (m.PackageChange("app", "2.0", "3.0"),)
    elsewhere = shown.source.replace(NAME, "some/other")
    assert refusal(caller, m.UpdateApp(app, reference=elsewhere)).code == "image-elsewhere"
    caller.call(m.StopInstance(running))
    caller.call(m.RemoveApp(app))
    assert caller.call(m.FindResidue(app)).found == () and ImageStore(engine.paths.images).verify() == []


def test_each_version_is_started_as_its_image_says(
    engine: EngineProcess, caller: Caller, memory: Memory, registry: PlayedRegistry
) -> None:
    keeps = {"Volumes": {"/data": {}}}
    made(1, **keeps).push(memory)
    app = pulled(caller, f"{registry.name}:1")
    made(2, **keeps).push(memory)
    caller.call(m.UpdateApp(app))
    assert commands(caller, app) == ("/bin/sleep 2000", "s2")
    first = next(version.digest for version in caller.call(m.ListVersions(app)).versions if not version.current)
    older = caller.call(m.RunApp(app, version=first)).instance
    rows = {version.digest: version for version in caller.call(m.ListVersions(app)).versions}
    assert {row.version for row in rows.values()} == {"1"}, "both were got by the same tag"
    own = {row.profile for row in rows.values()} - {""}
    assert own == {f"Version 1-{first[7:15]}"} and rows[first].profile, "and each has data of its own"
    assert "sleep 1000" in inside(caller, older, "/bin/ps")
    caller.call(m.ChangeVersion(app, "use"))
    assert commands(caller, app) == ("/bin/sleep 1000", "s1")
    assert "sleep 1000" in inside(caller, caller.call(m.RunApp(app)).instance, "/bin/ps")
    assert not any(info.outdated for info in caller.call(m.ListInstances()).instances)
    found = caller.call(m.UpdateApp(app, check=True))
    assert found.source and found.fetch == 0, "what the registry has is here"
    caller.call(m.UpdateApp(app))
    assert commands(caller, app) == ("/bin/sleep 2000", "s2")
    caller.call(m.ChangeVersion(app, "pin", current(caller, app)))
    made(3, **keeps).push(memory)
    assert caller.call(m.UpdateApp(app)).held
    assert commands(caller, app) == ("/bin/sleep 2000", "s2"), "not as the one beside the pinned one says"
    assert caller.call(m.UpdateApp(app, check=True)).source == "", "it is here, and the pin holds it back"


def test_what_the_user_changes_in_a_manifest_counts(
    engine: EngineProcess, caller: Caller, memory: Memory, registry: PlayedRegistry
) -> None:
    made(1).push(memory)
    app = pulled(caller, f"{registry.name}:1")
    path = engine.paths.state / "manifests" / f"{app}.toml"
    changed = path.read_text().replace('"1000"', '"1234"').replace("s1", "mine").replace('"Thing"', '"Own"')
    path.write_text(changed)
    caller.event(m.AppsChanged, lambda event: (app, "Own") in {(info.app, info.name) for info in event.apps})
    assert commands(caller, app) == ("/bin/sleep 1234", "mine"), "also below the line that says where it came from"
    made(2).push(memory)
    caller.call(m.UpdateApp(app))
    assert commands(caller, app) == ("/bin/sleep 1234", "mine"), "for the next version, too"
    assert path.read_text() == changed
    assert "sleep 1234" in inside(caller, caller.call(m.RunApp(app)).instance, "/bin/ps")


def _gone(_request: Request, response: Response) -> Response:
    return replace(response, status=404, body=b"")


def _lies(request: Request, response: Response) -> Response:
    return replace(response, body=response.body[:-1] + b" ") if "/manifests/" in request.path else response


def _other_layer(request: Request, response: Response) -> Response:
    is_layer = "/blobs/" in request.path and response.body[:2] == b"\x1f\x8b"
    return replace(response, body=response.body[:-1] + b"x") if is_layer else response


@pytest.mark.parametrize(
    ("fault", "code"), [(_gone, "image-unknown"), (_lies, "image-digest"), (_other_layer, "image-digest")]
)
def test_a_registry_that_is_no_help_changes_nothing(
    engine: EngineProcess, caller: Caller, memory: Memory, registry: PlayedRegistry, fault: object, code: str
) -> None:
    made(1).push(memory)
    app = pulled(caller, f"{registry.name}:1")
    made(2).push(memory)
    registry.fault = fault  # type: ignore[assignment]
    before = caller.call(m.ListVersions(app))
    problem = refusal(caller, m.UpdateApp(app))
    assert problem.code == code and problem.message.endswith(".") and problem.message.count(". ") == 0
    if fault is not _other_layer:
        assert refusal(caller, m.UpdateApp(app, check=True)).code == code
    assert caller.call(m.ListVersions(app)) == before and commands(caller, app) == ("/bin/sleep 1000", "s1")
    assert ImageStore(engine.paths.images).verify() == []


def test_what_there_is_nowhere_to_ask_about(
    engine: EngineProcess, caller: Caller, memory: Memory, registry: PlayedRegistry
) -> None:
    image = made(1)
    image.push(memory)
    found = caller.call(m.LookAtImage(f"{registry.name}:1"))
    name, _at, digest = found.reference.partition("@")
    by_digest = caller.call(m.PullImage(f"{name.removesuffix(':1')}@{digest}")).app
    problem = refusal(caller, m.UpdateApp(by_digest))
    assert problem.code == "not-updatable" and "by a digest" in problem.message
    assert refusal(caller, m.UpdateApp("org.example.Keeper", check=True)).code == "not-updatable"
    code, _said, complaint = berth(engine, "update", "org.example.Keeper")
    assert code == 1 and "came from a file, so there is nowhere to ask" in complaint


@pytest.mark.skipif(PROGRAM is None, reason="needs docker-registry")
def test_from_a_real_registry_by_command(engine: EngineProcess, caller: Caller, tmp_path: Path) -> None:
    real = RealRegistry(tmp_path)
    try:
        made(1).push(real)
        app = pulled(caller, f"{real.address}/{NAME}:1")
        made(2).push(real)
        code, said, _ = berth(engine, "update", app, "--check")
        assert code == 0 and "/bin/sleep 1000" in said and f"berth update {app}" in said
        code, said, complaint = berth(engine, "update", app)
        assert code == 0 and "1 packages" in said and "2.0" in said, complaint
        assert berth(engine, "update", app)[1].endswith("is the newest there is.\n")
    finally:
        real.close()
    problem = refusal(caller, m.UpdateApp(app, check=True))
    assert problem.code == "registry-gone" and real.address in problem.message
