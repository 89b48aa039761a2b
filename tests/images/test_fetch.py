"""Images from registries: what comes is what was named, whatever registry and network do."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from berth.core.image_reference import ImageReference, parse_reference
from berth.core.manifest import parse_manifest
from berth.core.problem import Problem
from berth.engine.images import fetch
from berth.engine.images.arrival import Arrival
from berth.engine.images.credentials import Credentials, find_credentials
from berth.engine.images.progress import FetchMeter, Progress
from berth.engine.images.registry_connection import RegistryConnection
from berth.engine.images.store import Image, ImageStore
from tests.dying import Steps, chosen, killed, length
from tests.images.archives import ARCHITECTURE, OciArchive, descriptor, digest, member, small_root, snapshot
from tests.images.registry import (
    INDEX,
    MANIFEST,
    NAME,
    PROGRAM,
    Fault,
    Made,
    Memory,
    PlayedRegistry,
    RealRegistry,
    Request,
    Response,
    noise,
    playing,
)
from tests.images.whole import disagreements

NOBODY: frozenset[str] = frozenset()
SIZE = 300_000


@pytest.fixture(autouse=True)
def no_log_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "docker"
    place.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(place))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    return place / "config.json"


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def registry(memory: Memory) -> Iterator[PlayedRegistry]:
    with playing(memory) as played:
        yield played


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "store")


def image(
    pack: Callable[[bytes], bytes] = lambda layer: gzip.compress(layer, 1, mtime=0), mark: bytes = b"", **config: object
) -> Made:
    """A program, below it a layer of noise that is large enough to be interrupted in the middle."""
    said = {"Entrypoint": ["/usr/bin/hello"], "Env": ["A=b"]}
    layers = [small_root([member("usr/noise", noise(SIZE))]), small_root([member("usr/mark", mark)])]
    return Made(layers, {"architecture": ARCHITECTURE, "os": "linux", "config": said, **config}, pack)


def named(registry: PlayedRegistry, tag: str = "1") -> ImageReference:
    return parse_reference(f"{registry.name}:{tag}")


def app_of(registry: PlayedRegistry) -> str:
    return f"local.app-127-0-0-1-{registry.port}-some-thing"


def arrival(store: ImageStore) -> Arrival:
    return Arrival(store.root.parent / "manifests", NOBODY, NOBODY, NOBODY, strict=True)


def pull(store: ImageStore, reference: ImageReference, pauses: tuple[float, ...] = (0.0, 0.0)) -> Image:
    return fetch.pull(store, reference, arrival(store), lambda _progress: None, pauses)


def refused(store: ImageStore, reference: ImageReference, kept: bool = False) -> Problem:
    """Why nothing came, and that nothing has changed."""
    before = snapshot(store.root)
    with pytest.raises(Problem) as caught:
        pull(store, reference)
    if not kept:
        assert snapshot(store.root) == before
        assert not list((store.root / "partial").glob("*"))
    assert ImageStore(store.root).verify() == [] and caught.value.message.endswith(".")
    return caught.value


def only(path: str, fault: Fault) -> Fault:
    """The fault, for what has this in its path."""
    return lambda request, response: fault(request, response) if path in request.path else response


def once(fault: Fault) -> Fault:
    """The fault, the first time alone."""
    done: list[Request] = []

    def first(request: Request, response: Response) -> Response:
        done.append(request)
        return fault(request, response) if len(done) == 1 else response

    return first


def blob_of(made: Made) -> str:
    return digest(made.blobs[0])


def cut_at(count: int) -> Fault:
    return lambda _request, response: replace(response, cut=count)


# --- what comes


def test_an_image_becomes_an_app(memory: Memory, registry: PlayedRegistry, store: ImageStore) -> None:
    made = image()
    made.push(memory)
    told: list[Progress] = []
    arriving = arrival(store)
    found = fetch.pull(store, named(registry), arriving, told.append)
    assert found.reference == f"{app_of(registry)}:1"
    assert found.source == f"{registry.name}:1@{digest(made.manifest)}"
    assert (store.rootfs(found) / "usr/noise").read_bytes() == noise(SIZE)
    text = (store.root.parent / "manifests" / f"{arriving.app}.toml").read_text()
    assert parse_manifest(text, "m").command == ("/usr/bin/hello",)
    assert store.verify() == [] and not list((store.root / "partial").iterdir())
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions) and fractions[-1] == FetchMeter.SHARE
    assert any("Fetching some/thing, 0.3 of 0.3 MB" in progress.text for progress in told)


@pytest.mark.parametrize(
    ("kind", "layer", "pack"),
    [
        (MANIFEST, "application/vnd.oci.image.layer.v1.tar+zstd", zstandard.compress),
        (MANIFEST, "application/vnd.oci.image.layer.v1.tar", bytes),
        (
            "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
            gzip.compress,
        ),
    ],
)
def test_kinds_of_images(
    memory: Memory,
    registry: PlayedRegistry,
    store: ImageStore,
    kind: str,
    layer: str,
    pack: Callable[[bytes], bytes],
) -> None:
    made = image(pack)
    made.kind, made.layer_type = kind, layer
    if "docker" in kind:
        made.config_type = "application/vnd.docker.container.image.v1+json"
    made.push(memory)
    assert (store.rootfs(pull(store, named(registry))) / "usr/noise").stat().st_size == SIZE


def index_of(memory: Memory, tag: str, *variants: tuple[Made, dict[str, str]]) -> None:
    items = []
    for number, (made, platform) in enumerate(variants):
        made.push(memory, f"variant-{number}")
        items.append({**descriptor(made.manifest, made.kind), "platform": platform})
    memory.push_manifest(tag, INDEX, json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": items}).encode())


def test_the_variant_for_this_machine_is_fetched(memory: Memory, registry: PlayedRegistry, store: ImageStore) -> None:
    mine = {"architecture": ARCHITECTURE, "os": "linux"}
    others = [
        (image(mark=b"vax"), {"architecture": "vax", "os": "linux"}),
        (image(mark=b"proof"), {"architecture": "unknown", "os": "unknown"}),
        (image(mark=b"newer"), {**mine, "variant": "v3"}),
    ]
    index_of(memory, "1", *others, (image(mark=b"mine"), mine))
    found = pull(store, named(registry))
    assert (store.rootfs(found) / "usr/mark").read_bytes() == b"mine"
    assert parse_reference(found.source).digest == digest(memory.manifests["1"][1]) != found.digest


def test_an_image_for_another_machine_is_refused_before_it_is_fetched(
    memory: Memory, registry: PlayedRegistry, store: ImageStore
) -> None:
    index_of(memory, "1", (image(), {"architecture": "vax", "os": "linux"}))
    problem = refused(store, named(registry))
    assert problem.code == "image-architecture" and "vax" in problem.message
    made = image(architecture="vax")
    made.push(memory, "2")
    assert refused(store, named(registry, "2")).code == "image-architecture"
    assert not registry.asked(blob_of(made))


def test_a_digest_names_an_image_whatever_the_tag_leads_to(
    memory: Memory, registry: PlayedRegistry, store: ImageStore
) -> None:
    old, new = image(mark=b"old"), image(mark=b"new")
    old.push(memory)
    new.push(memory)
    found = pull(store, replace(named(registry), digest=digest(old.manifest)))
    assert (store.rootfs(found) / "usr/mark").read_bytes() == b"old"
    assert found.version == "1" and not registry.asked("manifests/1")


def test_what_is_here_is_not_fetched_again(memory: Memory, registry: PlayedRegistry, store: ImageStore) -> None:
    made = image(mark=b"old")
    made.push(memory)
    reference = named(registry)
    before = fetch.look(store, reference, arrival(store), here=True)
    assert not before.present and before.reference == f"{reference}@{digest(made.manifest)}"
    assert before.size == sum(map(len, (made.config_document, *made.blobs)))
    assert parse_manifest(before.manifest, "m").command == ("/usr/bin/hello",)
    pull(store, reference)
    registry.requests.clear()
    assert fetch.look(store, reference, arrival(store), here=True).present and not registry.requests
    assert fetch.look(store, reference, arrival(store), here=False).present
    assert [request.method for request in registry.requests] == ["HEAD"]
    newer = image(mark=b"new")
    newer.push(memory)
    registry.requests.clear()
    after = fetch.look(store, reference, arrival(store), here=False)
    assert not after.present and after.size == len(newer.config_document) + len(newer.blobs[1])
    found = pull(store, parse_reference(after.reference))
    assert (store.rootfs(found) / "usr/mark").read_bytes() == b"new"
    assert not registry.asked(blob_of(newer)), "a layer that is here was fetched again"


# --- transfers that break, from a registry in memory and from a real one


@pytest.fixture(params=["memory", "docker-registry"])
def upstream(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory | RealRegistry]:
    if request.param == "memory":
        yield Memory()
        return
    if PROGRAM is None:
        pytest.skip("docker-registry is not installed")
    real = RealRegistry(tmp_path)
    yield real
    real.close()


@pytest.fixture
def broken(upstream: Memory | RealRegistry) -> Iterator[PlayedRegistry]:
    with playing(upstream) as played:
        yield played


def test_a_transfer_that_breaks_goes_on_in_the_middle(
    upstream: Memory | RealRegistry, broken: PlayedRegistry, store: ImageStore
) -> None:
    made = image()
    made.push(upstream)
    broken.fault = only(blob_of(made), once(cut_at(200_000)))
    pull(store, named(broken))
    first, second = broken.asked(blob_of(made))
    assert "range" not in first.headers and second.headers["range"].startswith("bytes=")
    assert store.verify() == []


def test_a_registry_that_is_gone_is_gone_on_with_later(
    upstream: Memory | RealRegistry, broken: PlayedRegistry, store: ImageStore
) -> None:
    made = image()
    made.push(upstream)
    broken.fault = only(blob_of(made), cut_at(100_000))
    problem = refused(store, named(broken), kept=True)
    assert problem.code == "registry-gone" and "kept" in problem.hint
    assert len(broken.asked(blob_of(made))) == 3
    broken.fault, broken.sent = (lambda _request, response: response), 0
    look = fetch.look(store, named(broken), arrival(store), here=False)
    found = pull(store, parse_reference(look.reference))
    assert store.verify() == [] and (store.rootfs(found) / "usr/noise").read_bytes() == noise(SIZE)
    assert broken.sent < 100_000


def test_a_registry_without_ranges_begins_again(
    upstream: Memory | RealRegistry, broken: PlayedRegistry, store: ImageStore
) -> None:
    made = image()
    made.push(upstream)
    whole = upstream(Request("GET", f"/v2/{NAME}/blobs/{blob_of(made)}", {}))
    cut = once(cut_at(200_000))
    broken.fault = only(blob_of(made), lambda request, _response: cut(request, replace(whole)))
    pull(store, named(broken))
    assert len(broken.asked(blob_of(made))) == 2 and store.verify() == []


def test_a_registry_that_refuses_ranges_begins_again(
    memory: Memory, registry: PlayedRegistry, store: ImageStore
) -> None:
    made = image()
    made.push(memory)
    cut = once(cut_at(200_000))

    def fault(request: Request, response: Response) -> Response:
        return Response(416, {}) if "range" in request.headers else cut(request, response)

    registry.fault = only(blob_of(made), fault)
    pull(store, named(registry))
    assert [("range" in asked.headers) for asked in registry.asked(blob_of(made))] == [False, True, False]


def test_a_layer_that_was_changed_on_its_way(
    upstream: Memory | RealRegistry, broken: PlayedRegistry, store: ImageStore
) -> None:
    made = image()
    made.push(upstream)
    changed = made.blobs[0][:-1] + bytes([made.blobs[0][-1] ^ 1])
    broken.fault = only(blob_of(made), lambda _request, response: replace(response, body=changed))
    assert refused(store, named(broken)).code == "image-digest"


def test_bad_bytes_of_last_time_do_no_harm(memory: Memory, registry: PlayedRegistry, store: ImageStore) -> None:
    made = image()
    made.push(memory)
    registry.fault = only(blob_of(made), cut_at(100_000))
    refused(store, named(registry), kept=True)
    part = next((store.root / "partial").glob("*/*.part"))
    part.write_bytes(b"x" * part.stat().st_size)
    registry.fault = lambda _request, response: response
    pull(store, named(registry))
    assert store.verify() == []


# --- registries that lie


def _longer(_request: Request, response: Response) -> Response:
    return replace(response, body=response.body + b"more")


def _longer_without_saying(_request: Request, response: Response) -> Response:
    body = response.body + b"more" * 100_000
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    return Response(200, {"Transfer-Encoding": "chunked"}, chunks)


def _shorter(_request: Request, response: Response) -> Response:
    return replace(response, body=response.body[:1000])


def _other_part(_request: Request, response: Response) -> Response:
    return Response(206, {"Content-Range": "bytes 7-8/9"}, response.body)


def _elsewhere(place: str) -> Fault:
    return lambda request, _response: Response(307, {"Location": place.replace("SELF", request.path)})


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (_longer, "registry-wrong"),
        (_longer_without_saying, "registry-wrong"),
        (_shorter, "registry-gone"),
        (_other_part, "registry-wrong"),
        (_elsewhere("http://registry.invalid/blob"), "registry-wrong"),
        (_elsewhere("file:///etc/passwd"), "registry-wrong"),
        (_elsewhere("https://me:secret@registry.invalid/blob"), "registry-wrong"),
        (_elsewhere("http://[/"), "registry-wrong"),
        (_elsewhere("SELF"), "registry-wrong"),
        (lambda _request, _response: Response(503, {}), "registry-gone"),
        (lambda _request, _response: Response(429, {}), "registry-busy"),
        (lambda _request, _response: Response(403, {}), "registry-denied"),
        (lambda _request, _response: Response(404, {}), "image-unknown"),
        (lambda _request, _response: Response(204, {}), "registry-wrong"),
    ],
)
def test_blobs_that_are_not_what_was_named(
    memory: Memory, registry: PlayedRegistry, store: ImageStore, fault: Fault, code: str
) -> None:
    made = image()
    made.push(memory)
    registry.fault = only(blob_of(made), fault)
    problem = refused(store, named(registry), kept=code in ("registry-gone", "registry-busy", "registry-denied"))
    assert problem.code == code, problem


def _typed(kind: str) -> Fault:
    return lambda _request, response: replace(response, headers={**response.headers, "Content-Type": kind})


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (_typed("text/html"), "image-invalid"),
        (_typed("application/vnd.docker.distribution.manifest.v1+json"), "image-invalid"),
        (_typed(INDEX), "image-invalid"),
        (lambda _r, response: replace(response, body=b"{" + response.body), "image-digest"),
        (lambda _r, response: Response(200, {"Content-Type": MANIFEST}, b"{}"), "image-invalid"),
        (lambda _r, response: Response(200, {"Content-Type": MANIFEST}, b"[" * 100_000), "image-invalid"),
        (lambda _r, response: Response(200, {"Content-Type": MANIFEST}, b" " * (5 << 20)), "registry-wrong"),
        (
            lambda _r, response: Response(200, {"Content-Encoding": "gzip", "Content-Type": MANIFEST}, b"x"),
            "image-invalid",
        ),
        (lambda _r, response: Response(404, {}), "image-unknown"),
        (lambda _r, response: Response(401, {"WWW-Authenticate": "Basic"}), "registry-denied"),
        (lambda _r, response: Response(401, {"WWW-Authenticate": "Bearer"}), "registry-wrong"),
        (
            lambda _r, response: Response(401, {"WWW-Authenticate": 'Bearer realm="http://a.invalid/"'}),
            "registry-wrong",
        ),
        (lambda _r, response: Response(401, {}), "registry-denied"),
    ],
)
def test_manifests_that_are_none(
    memory: Memory, registry: PlayedRegistry, store: ImageStore, fault: Fault, code: str
) -> None:
    image().push(memory)
    registry.fault = only("manifests", fault)
    problem = refused(store, named(registry))
    assert problem.code == code, problem


def _chart(made: Made) -> None:
    made.config_type = "application/vnd.cncf.helm.config.v1+json"


def _foreign(made: Made) -> None:
    made.layer_type = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


def _no_layers(made: Made) -> None:
    made.blobs.clear()


def _other_layers(made: Made) -> None:
    made.config["rootfs"] = {"type": "layers", "diff_ids": [digest(b"a"), digest(b"b")]}


def _climbing(made: Made) -> None:
    made.blobs[1] = gzip.compress(small_root([member("../../evil", b"x")]))
    made.config["rootfs"] = {"diff_ids": [digest(gzip.decompress(blob)) for blob in made.blobs]}


def _nothing_to_start(made: Made) -> None:
    made.config["config"] = {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_chart, "image-invalid"),
        (_foreign, "image-invalid"),
        (_no_layers, "image-invalid"),
        (_other_layers, "image-digest"),
        (_climbing, "archive-hostile"),
        (_nothing_to_start, "image-command"),
    ],
)
def test_images_that_are_none(
    memory: Memory, registry: PlayedRegistry, store: ImageStore, change: Callable[[Made], None], code: str
) -> None:
    made = image()
    change(made)
    made.push(memory)
    assert refused(store, named(registry)).code == code


def test_nobody_is_there(store: ImageStore) -> None:
    problem = refused(store, parse_reference("127.0.0.1:1/some/thing:1"))
    assert problem.message == "127.0.0.1:1 cannot be reached: it takes no connections."


# --- who sees what


def _with_token(expected: str, realm: str) -> Fault:
    """Wants a token, and gives one to who knows the password."""

    def fault(request: Request, response: Response) -> Response:
        if request.path.startswith("/token"):
            right = request.headers.get("authorization", "") == expected
            return Response(200, {}, b'{"token": "t.o.k"}') if right else Response(401, {})
        if request.headers.get("authorization") == "Bearer t.o.k":
            return response
        challenge = f'Bearer realm="{realm}",service="here",scope="repository:{NAME}:pull"'
        return Response(401, {"WWW-Authenticate": challenge})

    return fault


@pytest.mark.parametrize("password", ["", "me:secret"])
def test_a_token_is_fetched_and_sent_to_the_registry_alone(
    memory: Memory, registry: PlayedRegistry, store: ImageStore, no_log_in: Path, password: str
) -> None:
    """What the registry keeps elsewhere is asked for there without a token."""
    made = image()
    made.push(memory)
    basic = base64.b64encode(password.encode()).decode()
    if password:
        no_log_in.write_text(json.dumps({"auths": {f"127.0.0.1:{registry.port}": {"auth": basic}}}))
    with playing(memory) as elsewhere:
        wanted = _with_token(f"Basic {basic}" if password else "", f"http://127.0.0.1:{registry.port}/token")

        def fault(request: Request, response: Response) -> Response:
            answer = wanted(request, response)
            if blob_of(made) in request.path and answer.status == 200:
                return Response(307, {"Location": f"http://127.0.0.1:{elsewhere.port}{request.path}"})
            return answer

        registry.fault = fault
        pull(store, named(registry))
        assert len(registry.asked("/token")) == 1
        assert (
            "service=here" in registry.asked("/token")[0].path
            and "some%2Fthing%3Apull" in registry.asked("/token")[0].path
        )
        assert [request.path for request in elsewhere.requests] == [f"/v2/{NAME}/blobs/{blob_of(made)}"]
        assert "authorization" not in elsewhere.requests[0].headers


def test_a_wrong_password_is_no_log_in(memory: Memory, registry: PlayedRegistry, store: ImageStore) -> None:
    image().push(memory)
    registry.fault = _with_token("Basic right", f"http://127.0.0.1:{registry.port}/token")
    problem = refused(store, named(registry))
    assert problem.code == "registry-denied" and "docker login" in problem.hint


def test_a_registry_elsewhere_cannot_send_us_to_this_machine() -> None:
    connection = RegistryConnection(parse_reference("registry.invalid/x"), Credentials())
    for place in ("http://registry.invalid/", "https://127.0.0.1/", "https://localhost/", "https://[::1]:80/", "//x"):
        with pytest.raises(Problem, match="not safe"):
            connection.checked(place)
    assert connection.checked("https://blobs.invalid/a?b").netloc == "blobs.invalid"
    connection.close()


@pytest.mark.parametrize("text", ["", "{", '{"auths": 7}', '{"auths": {"docker.io": {"auth": "\\r\\nX: y"}}}'])
def test_log_ins_that_cannot_be_read_are_none(no_log_in: Path, text: str) -> None:
    no_log_in.write_text(text)
    assert find_credentials("docker.io", os.environ) == Credentials()


def test_the_log_in_at_docker_hub_has_a_name_of_its_own(no_log_in: Path) -> None:
    no_log_in.write_text('{"auths": {"https://index.docker.io/v1/": {"auth": "bWU6eA=="}}, "credsStore": "x"}')
    assert find_credentials("docker.io", os.environ) == Credentials("bWU6eA==")
    assert find_credentials("quay.io", os.environ) == Credentials()


# --- what is here already


def test_an_image_from_elsewhere_is_not_replaced(
    memory: Memory, registry: PlayedRegistry, store: ImageStore, tmp_path: Path
) -> None:
    """Its app may have been allowed what this one has not."""
    image().push(memory)
    name = named(registry).in_store
    archive = OciArchive([small_root()], name)
    archive.config["config"] = {"Cmd": ["/usr/bin/hello"]}
    store.import_archive(archive.write(tmp_path / "app.tar"), arrival(store))
    assert refused(store, named(registry)).code == "image-elsewhere"


def test_running_apps_and_our_own_stay_as_they_are(memory: Memory, registry: PlayedRegistry, store: ImageStore) -> None:
    image().push(memory)
    app = app_of(registry)
    for made, running, code in ((app, "", "image-not-welcome"), ("", app, "app-running")):
        arriving = Arrival(store.root, NOBODY, frozenset([made]), frozenset([running]), strict=True)
        with pytest.raises(Problem) as caught:
            fetch.pull(store, named(registry), arriving, lambda _progress: None)
        assert caught.value.code == code
    assert not registry.requests


# --- no room, no time


def test_a_disk_without_room_is_told_before(
    memory: Memory, registry: PlayedRegistry, store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = image()
    made.push(memory)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10, 10, 1000))  # type: ignore[attr-defined]
    problem = refused(store, named(registry))
    assert problem.code == "disk-full" and "0 MB are free" in problem.message
    assert not registry.asked(blob_of(made))


def _process(store: ImageStore, registry: PlayedRegistry, *before: str) -> subprocess.Popen[bytes]:
    command = [*before, sys.executable, "-m", "berth.engine.images", "pull", str(named(registry)), "--strict"]
    places = ["--root", str(store.root), "--manifests", str(store.root.parent / "manifests")]
    return subprocess.Popen([*command, *places], stdout=subprocess.PIPE)


def test_a_disk_that_gets_full_is_not_left_full(memory: Memory, registry: PlayedRegistry, store: ImageStore) -> None:
    image().push(memory)
    process = _process(store, registry, "sh", "-c", 'ulimit -f 100; exec "$@"', "sh")
    output, _errors = process.communicate()
    problem = json.loads(output.splitlines()[-1])["problem"]
    assert process.returncode == 1 and problem["code"] == "disk-full"
    assert not list((store.root / "partial").iterdir()) and ImageStore(store.root).verify() == []


def test_who_cancels_can_go_on(memory: Memory, registry: PlayedRegistry, store: ImageStore) -> None:
    made = image()
    made.push(memory)
    reached, over = threading.Event(), threading.Event()

    def fault(_request: Request, response: Response) -> Response:
        reached.set()
        return replace(response, cut=200_000, stalled=over)

    registry.fault = only(blob_of(made), fault)
    process = _process(store, registry)
    assert reached.wait(60)
    while not any(part.stat().st_size >= 100_000 for part in (store.root / "partial").glob("*/*.part")):
        assert process.poll() is None
        threading.Event().wait(0.02)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    over.set()
    registry.fault, registry.sent = (lambda _request, response: response), 0
    pull(store, named(registry))
    assert registry.asked(blob_of(made))[-1].headers["range"] and registry.sent < 220_000
    assert store.verify() == []


def test_what_nobody_goes_on_with_is_removed_after_a_week(
    memory: Memory, registry: PlayedRegistry, store: ImageStore
) -> None:
    made = image()
    made.push(memory)
    registry.fault = only(blob_of(made), cut_at(100_000))
    refused(store, named(registry), kept=True)
    (place,) = (store.root / "partial").iterdir()
    ImageStore(store.root)
    assert place.exists()
    os.utime(place, (0, 0))
    ImageStore(store.root)
    assert not place.exists()


def test_death_at_any_moment_leaves_a_pull_to_go_on_with(
    memory: Memory, registry: PlayedRegistry, tmp_path: Path
) -> None:
    image().push(memory)

    def come(steps: Steps) -> None:
        steps.watch()
        pull(ImageStore(base / "store"), named(registry))

    base = tmp_path / "whole"
    base.mkdir()
    for step in chosen(length(come), 8):
        base = tmp_path / str(step)
        base.mkdir()
        assert killed(step, come)
        files = base.glob("store/partial/*/blobs/sha256/*")
        here = [f"blobs/sha256:{path.name}" for path in files if path.read_bytes()[:2] == b"\x1f\x8b"]
        asked = {path: len(registry.asked(path)) for path in here}
        assert disagreements(base / "store") == [], step
        manifest = base / "manifests" / f"{app_of(registry)}.toml"
        assert not manifest.exists() or ImageStore(base / "store").find(manifest.stem) is not None
        left = [place for place in base.glob("store/partial/*") if list(place.rglob("sha256/*"))]
        assert all((place / "wanted").read_text() for place in left), "whole, or gone"
        made = pull(ImageStore(base / "store"), named(registry))
        assert asked == {path: len(registry.asked(path)) for path in here}, "what had come is not fetched again"
        assert [path.name for path in manifest.parent.iterdir()] == [manifest.name] and made.name == manifest.stem
        assert disagreements(base / "store") == [] and list((base / "store/partial").iterdir()) == []


def test_speed_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    told: list[Progress] = []
    meter = FetchMeter("thing", 10_000_000, 0, told.append)
    for _second in range(4):
        now[0] += 1.0
        meter.came(1_000_000)
    assert told[-1] == Progress("Fetching thing, 4.0 of 10.0 MB, 1.0 MB/s", 0.36, 6.0)
