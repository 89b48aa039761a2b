"""Images from a registry through the engine: looked at, fetched with progress, given up, gone on with, started."""

from __future__ import annotations

import gzip
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from berth.engine.images.arrival import staged
from tests.engine.conftest import BUSYBOX
from tests.engine.process import WAIT, Caller, EngineProcess, PlayedDisplay
from tests.engine.test_appearance import PALETTE
from tests.engine.test_life import inside
from tests.images.archives import ARCHITECTURE, directory, link, member, tar
from tests.images.registry import Made, Memory, PlayedRegistry, Request, Response, playing
from tests.images.test_signatures import new_key, pem_of, signed_simply
from tests.session.desktop import wait_until


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def registry(memory: Memory) -> Iterator[PlayedRegistry]:
    with playing(memory) as played:
        yield played


@pytest.fixture
def engine(base: Path, image_store: Path, manifests: Path, tmp_path: Path) -> Iterator[EngineProcess]:
    """An engine with an image store that can be changed, and the user's own manifests."""
    own = tmp_path / "images"
    shutil.copytree(image_store, own, symlinks=True)
    theirs = base / "data" / "berth" / "sessions" / f"test-{os.getpid()}" / "manifests"
    engine = EngineProcess(base, own, manifests, {"BERTH_MANIFESTS": f"{manifests}:{theirs}"})
    yield engine
    engine.end()


def sleeper(script: str = "") -> Made:
    """An image that can be started: busybox, which sleeps, or does what `script` says."""
    folders = [directory(name) for name in ("bin", "etc", "usr", "proc", "dev", "tmp", "run", "home", "var")]
    files = [member("bin/busybox", BUSYBOX.read_bytes(), mode=0o755), link("bin/sleep", "busybox")]
    files += [link("bin/sh", "busybox")] if script else []
    command = ["/bin/sh", "-c", script] if script else ["/bin/sleep", "1000"]
    config = {"Entrypoint": command[:1], "Cmd": command[1:]}
    said = {"architecture": ARCHITECTURE, "os": "linux", "config": config}
    return Made(
        [tar([*folders, *files, member("etc/resolv.conf")])], said, lambda layer: gzip.compress(layer, 1, mtime=0)
    )


def run(display: PlayedDisplay, caller: Caller, app: str, command: str) -> str:
    """Start an app, which shows a window, and wait until its program is `command`."""
    instance: str = caller.call(m.RunApp(app)).instance
    display.map(instance)
    caller.state(instance, "running")
    inside(caller, instance, "/bin/sleep", "0")  # its namespaces exist
    wait_until(
        lambda: command in {process.command for process in caller.call(m.LookInside(instance)).inside.processes},
        f"{command} to run",
        WAIT,
    )
    return instance


def test_an_image_of_a_registry_is_looked_at_fetched_and_started(
    engine: EngineProcess, memory: Memory, registry: PlayedRegistry
) -> None:
    sleeper().push(memory)
    display = engine.display()
    caller = engine.caller("shell")
    reference = f"{registry.name}:1"
    found = caller.call(m.LookAtImage(reference))
    assert found.app not in {app.app for app in caller.call(m.ListApps()).apps} and not found.present
    assert 'name = "Thing"' in found.manifest
    assert 'command = ["/bin/sleep", "1000"]' in found.manifest
    pulled = caller.call(m.PullImage(found.reference))
    assert pulled.app == found.app
    progress = caller.event(m.ImageProgress, lambda event: event.text.startswith("Fetching") and event.fraction > 0)
    assert progress.app == reference
    image = caller.call(m.InspectImage(pulled.app))
    assert (image.source, image.origin) == ("fetched", found.reference)
    instance = run(display, caller, pulled.app, "/bin/sleep 1000")
    assert caller.call(m.LookAtImage(reference, here=True)).present
    caller.call(m.StopInstance(instance))
    assert caller.call(m.LookAtImage(reference)).present
    caller.call(m.RemoveApp(pulled.app))
    assert caller.call(m.FindResidue(pulled.app)).found == ()


def test_another_image_comes_beside_the_one_that_runs(
    engine: EngineProcess, memory: Memory, registry: PlayedRegistry
) -> None:
    display = engine.display()
    caller = engine.caller("shell")
    sleeper().push(memory)
    app = caller.call(m.PullImage(f"{registry.name}:1")).app
    first = run(display, caller, app, "/bin/sleep 1000")
    sleeper("exec sleep 999").push(memory)
    assert caller.call(m.PullImage(f"{registry.name}:1")).app == app
    second = run(display, caller, app, "sleep 999")
    versions = caller.call(m.ListVersions(app)).versions
    assert [(version.current, version.running) for version in versions] == [
        (True, (second,)),
        (False, (first,)),
    ]
    caller.call(m.RemoveApp(app, stop=True))
    assert caller.call(m.FindResidue(app)).found == ()


def test_who_gives_up_can_go_on(engine: EngineProcess, memory: Memory, registry: PlayedRegistry) -> None:
    made = sleeper()
    made.push(memory)
    size, over = len(made.blobs[0]), threading.Event()

    def stall(request: Request, response: Response) -> Response:
        is_layer = "/blobs/" in request.path and len(response.body) == size
        return replace(response, cut=size // 2, stalled=over) if is_layer else response

    registry.fault = stall
    caller = engine.caller()
    number = caller.begin(m.PullImage(f"{registry.name}:1"))
    while not any(part.stat().st_size >= size // 4 for part in engine.paths.images.glob("partial/*/*.part")):
        threading.Event().wait(0.02)
    caller.call(m.CancelImage(f"{registry.name}:1"))
    with pytest.raises(Problem) as caught:
        caller.result(number)
    assert caught.value.code == "cancelled"
    over.set()
    registry.fault = lambda _request, response: response
    # Who looks later, even after the engine was started again, sees that there is something to go on with.
    engine.restart()
    later = engine.caller("shell")
    left = later.event(m.ImageProgress)
    assert left.finished and left.app == f"{registry.name}:1" and left.again.startswith(f"{registry.name}:1@sha256:")
    assert later.call(m.PullImage(left.again)).app
    assert "range" in registry.requests[-1].headers
    assert later.event(m.ImageProgress, lambda event: event.fraction == 1.0).again == ""


def test_what_was_broken_off_can_be_forgotten(engine: EngineProcess, memory: Memory, registry: PlayedRegistry) -> None:
    made = sleeper()
    made.push(memory)
    size = len(made.blobs[0])

    def deny(request: Request, response: Response) -> Response:
        if "range" in request.headers:
            return Response(403, {})
        is_layer = "/blobs/" in request.path and len(response.body) == size
        return replace(response, cut=size // 2) if is_layer else response

    registry.fault = deny
    engine.display()
    caller = engine.caller("shell")
    with pytest.raises(Problem) as caught:
        caller.call(m.PullImage(f"{registry.name}:1"))
    assert caught.value.code == "registry-denied"
    caller.event(m.ImageProgress, lambda event: event.again != "")
    caller.call(m.CancelImage(f"{registry.name}:1"))
    caller.event(m.ImageProgress, lambda event: event.finished and not event.again)
    caller.call(m.CancelImage("nothing/of/this/name"))
    assert offered(engine) == [], "nor by the next engine"

    with pytest.raises(Problem):
        engine.caller().call(m.PullImage(f"{registry.name}:1"))
    assert len(offered(engine)) == 1, "who asks for it again wants it"


def offered(engine: EngineProcess) -> list[str]:
    """What the next engine tells those who come that one could go on with."""
    engine.restart()
    engine.display()
    caller = engine.caller("shell")
    caller.call(m.PostNotice("info", "so far"))
    told: list[str] = []

    def is_end(message: m.AnyMessage) -> bool:
        if isinstance(message, m.ImageProgress):
            told.append(message.again)
        return isinstance(message, m.Notice)

    caller.until(is_end)
    return told


def test_removing_an_app_gives_up_what_is_fetched_for_it(
    engine: EngineProcess, memory: Memory, registry: PlayedRegistry
) -> None:
    made = sleeper()
    made.push(memory)
    size, over = len(made.blobs[0]), threading.Event()

    def stall(request: Request, response: Response) -> Response:
        is_layer = "/blobs/" in request.path and len(response.body) == size
        return replace(response, cut=size // 2, stalled=over) if is_layer else response

    registry.fault = stall
    engine.display()
    caller = engine.caller("shell")
    reference = f"{registry.name}:1"
    app = caller.call(m.LookAtImage(reference)).app
    fetching = engine.caller()
    number = fetching.begin(m.PullImage(reference))
    while not any(part.stat().st_size >= size // 4 for part in engine.paths.images.glob("partial/*/*.part")):
        threading.Event().wait(0.02)
    plan = caller.call(m.PlanRemoval(app))
    assert ("work", reference) in [(thing.kind, thing.what) for thing in plan.goes], "it is said before"
    caller.call(m.RemoveApp(app))
    with pytest.raises(Problem) as caught:
        fetching.result(number)
    assert caught.value.code == "cancelled"
    assert caller.call(m.FindResidue(app)).found == ()
    assert not any(engine.paths.images.glob("partial/*/*"))
    over.set()
    assert offered(engine) == []


def test_what_is_being_removed_is_not_fetched(engine: EngineProcess, memory: Memory, registry: PlayedRegistry) -> None:
    sleeper().push(memory)
    engine.display()
    caller = engine.caller("shell")
    reference = f"{registry.name}:1"
    app = caller.call(m.PullImage(reference)).app
    caller.call(m.SetAppPalette(PALETTE))
    instance = caller.call(m.RunApp(app)).instance
    style = engine.paths.instances / instance / "style"
    reached, held = style / ".palette.json.new", style / "config/foot/.foot.ini.new"
    for gate in (reached, held):
        os.mkfifo(gate)  # whoever writes it waits for one who reads, and the removal for whoever writes
    begun = caller.begin(m.SetAppPalette(msgspec.structs.replace(PALETTE, view="#aaaaaa")))
    assert reached.read_bytes()
    number = caller.begin(m.RemoveApp(app, stop=True))
    caller.state(instance, "stopping")
    with pytest.raises(Problem) as caught:
        engine.caller().call(m.PullImage(reference))
    assert caught.value.code == "app-being-removed"
    assert held.read_bytes()
    caller.result(begun)
    caller.result(number)
    assert caller.call(m.FindResidue(app)).found == ()
    assert engine.caller().call(m.PullImage(reference)).app == app


def test_nonsense_is_refused(engine: EngineProcess) -> None:
    references = ("", "A/B", "../x", "--root=/x", "http://a/b")
    for request in (request for text in references for request in (m.LookAtImage(text), m.PullImage(text))):
        with pytest.raises(Problem) as caught:
            engine.caller().call(request)
        assert caught.value.code == "image-reference"


def test_an_image_whose_manifest_was_not_in_its_place_yet_gets_it_from_the_next_engine(
    engine: EngineProcess, memory: Memory, registry: PlayedRegistry
) -> None:
    sleeper().push(memory)
    engine.display()
    app = engine.caller().call(m.PullImage(f"{registry.name}:1")).app
    engine.kill()
    manifests = engine.paths.state / "manifests"
    (manifests / f"{app}.toml").rename(staged(manifests, app))
    staged(manifests, "local.never-came").write_text("")
    engine.restart()
    engine.display()
    caller = engine.caller()
    assert app in {known.app for known in caller.call(m.ListApps()).apps}
    assert [path.name for path in manifests.iterdir()] == [f"{app}.toml"]
    with pytest.raises(Problem) as caught:
        caller.call(m.SetPermission(app, "camera-of-none", "allow"))
    assert caught.value.code == "unknown-permission"
    with pytest.raises(Problem) as caught:
        caller.call(m.SetPermission(app, "window-list", "allow"))
    assert "follows the image until it is changed" in caught.value.hint


def test_an_image_that_has_to_be_signed(engine: EngineProcess, memory: Memory, registry: PlayedRegistry) -> None:
    made, key = sleeper(), new_key()
    made.push(memory)
    engine.display()
    reference = f"{registry.name}:1"
    control = engine.caller()
    keys = control.call(m.AddKey("Acme", pem_of(key), registry.name, required=True))
    assert isinstance(keys, m.Keys) and [(k.name, k.pattern, k.required) for k in keys.keys] == [
        ("Acme", registry.name, True)
    ]
    for request in (m.LookAtImage(reference), m.PullImage(reference)):
        with pytest.raises(Problem) as caught:
            control.call(request)
        assert caught.value.code == "signature-missing"
    signed_simply(memory, made, registry.name, key)
    found = control.call(m.LookAtImage(reference))
    assert isinstance(found, m.RegistryImage) and found.signature.signer == "Acme"
    control.call(m.PullImage(found.reference))
    inside = control.call(m.InspectImage(found.app))
    assert isinstance(inside, m.ImageInside)
    assert inside.signature == m.Signature("signed", "Acme", keys.keys[0].fingerprint)
    assert {app.signature for app in control.call(m.ListApps()).apps if app.app == found.app} == {inside.signature}
    shown = control.call(m.ChangeKey("Acme", "show"))
    assert isinstance(shown, m.Keys) and not shown.keys[0].required
    for bad in (m.AddKey("Acme", pem_of(key)), m.AddKey("B", "no key"), m.AddKey("C", pem_of(key), "a b")):
        with pytest.raises(Problem):
            control.call(bad)
    assert control.call(m.ChangeKey("Acme", "remove")) == m.Keys(()) == control.call(m.ListKeys())
    with pytest.raises(Problem, match="no key"):
        control.call(m.ChangeKey("Acme", "remove"))
