"""Archives from strangers: three kinds are read, everything else is one clear sentence and no change."""

from __future__ import annotations

import gzip
import json
import lzma
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from berth.core.problem import Problem
from berth.engine.images.store import ImageStore
from tests.images.archives import ARCHITECTURE, OciArchive, digest, directory, link, member, small_root, snapshot, tar


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "store")


def docker_archive(layers: list[bytes], **changes: object) -> bytes:
    config = {"architecture": ARCHITECTURE, "os": "linux", "rootfs": {"diff_ids": [digest(layer) for layer in layers]}}
    manifest = {
        "Config": "config.json",
        "RepoTags": ["example/app:2.0"],
        "Layers": [f"{i}/layer.tar" for i in range(len(layers))],
    }
    return tar(
        [
            *(member(f"{number}/layer.tar", layer) for number, layer in enumerate(layers)),
            member("config.json", json.dumps({**config, **changes}).encode()),
            member("manifest.json", json.dumps([manifest]).encode()),
        ]
    )


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress])
def test_a_plain_root_file_system_is_named_after_its_file(
    store: ImageStore, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "My App (1).tar.gz"
    path.write_bytes(compress(small_root()))
    image = store.import_archive(path)
    assert image.name == "My-App-1"
    assert (store.rootfs(image) / "usr/bin/hello").exists()
    assert store.verify() == []


def test_a_docker_archive_is_read(store: ImageStore, tmp_path: Path) -> None:
    path = tmp_path / "docker.tar"
    path.write_bytes(docker_archive([small_root(), tar([member("opt/app", b"app")])]))
    image = store.import_archive(path)
    assert image.reference == "example/app:2.0"
    assert (store.rootfs(image) / "opt/app").read_bytes() == b"app"


def test_an_equal_layer_of_a_docker_archive_may_be_a_link(store: ImageStore, tmp_path: Path) -> None:
    layer = small_root()
    config = {"architecture": ARCHITECTURE, "os": "linux", "rootfs": {"diff_ids": [digest(layer)] * 2}}
    manifest = [{"Config": "config.json", "RepoTags": None, "Layers": ["a/layer.tar", "b/layer.tar"]}]
    members = [member("a/layer.tar", layer), link("b/layer.tar", "../a/layer.tar")]
    documents = [
        member("config.json", json.dumps(config).encode()),
        member("manifest.json", json.dumps(manifest).encode()),
    ]
    (tmp_path / "docker.tar").write_bytes(tar([*members, *documents]))
    assert store.import_archive(tmp_path / "docker.tar").name == "docker"


def test_the_variant_for_this_machine_is_chosen(store: ImageStore, tmp_path: Path) -> None:
    path = OciArchive([small_root()]).write(tmp_path / "app.tar")
    with tarfile.open(path) as archive:
        members = [(info, archive.extractfile(info).read()) for info in archive]  # type: ignore[union-attr]
    documents = {info.name: data for info, data in members}
    index = json.loads(documents["index.json"])
    other = {**index["manifests"][0], "platform": {"architecture": "vax", "os": "linux"}}
    mine = {**index["manifests"][0], "platform": {"architecture": ARCHITECTURE, "os": "linux"}}
    documents["index.json"] = json.dumps({"schemaVersion": 2, "manifests": [other, mine]}).encode()
    path.write_bytes(tar([member(name, data) for name, data in documents.items()]))
    assert store.import_archive(path).reference == "org.example.app:1.0"


def _wrong_architecture(archive: OciArchive) -> None:
    archive.config["architecture"] = "vax"


def _wrong_system(archive: OciArchive) -> None:
    archive.config["os"] = "windows"


def _wrong_diff_id(archive: OciArchive) -> None:
    archive.config["rootfs"] = {"type": "layers", "diff_ids": [digest(b"another")]}


def _too_few_layers(archive: OciArchive) -> None:
    archive.config["rootfs"] = {"type": "layers", "diff_ids": []}


def _no_rootfs(archive: OciArchive) -> None:
    del archive.config["rootfs"]


def _odd_digest(archive: OciArchive) -> None:
    archive.config["rootfs"] = {"type": "layers", "diff_ids": ["sha256:../../../etc/passwd"]}


def _without(what: str) -> Callable[[OciArchive], None]:
    return lambda archive: archive.left_out.add(what)


def _changed_layer(archive: OciArchive) -> None:
    layer = gzip.compress(archive.layers[0], 1, mtime=0)
    archive.blobs[digest(layer)] = gzip.compress(small_root([member("evil", b"")]), 1, mtime=0)


def _hostile_layer(archive: OciArchive) -> None:
    archive.__init__([tar([link("door", "/tmp"), member("door/evil", b"")])])  # type: ignore[misc]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_wrong_architecture, "image-architecture"),
        (_wrong_system, "image-architecture"),
        (_wrong_diff_id, "image-digest"),
        (_too_few_layers, "image-invalid"),
        (_no_rootfs, "image-invalid"),
        (_odd_digest, "image-invalid"),
        (_without("config"), "image-invalid"),
        (_without("manifest"), "image-invalid"),
        (_without("layer"), "image-invalid"),
        (_changed_layer, "image-digest"),
        (_hostile_layer, "archive-hostile"),
    ],
)
def test_a_spoiled_image_is_refused_and_changes_nothing(
    store: ImageStore, tmp_path: Path, spoil: Callable[[OciArchive], None], code: str
) -> None:
    store.import_archive(OciArchive([small_root()], "org.example.kept:1").write(tmp_path / "kept.tar"))
    before = snapshot(store.root)
    archive = OciArchive([small_root([member("other", b"")])])
    spoil(archive)
    with pytest.raises(Problem) as caught:
        store.import_archive(archive.write(tmp_path / "app.tar"))
    assert caught.value.code == code
    assert snapshot(store.root) == before


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "archive-unknown"),
        (b"not an archive at all" * 100, "archive-unknown"),
        (b"too short", "archive-unknown"),
        (b"\x89PNG" + bytes(600), "archive-unknown"),
        (gzip.compress(b"a letter to somebody" * 100), "archive-unknown"),
        (lzma.compress(b"%PDF-1.4"), "archive-unknown"),
        (small_root()[:10] + b"!" + small_root()[11:], "archive-damaged"),
        (small_root()[:700], "archive-damaged"),
        (b"\x1f\x8b" + b"garbage" * 100, "archive-damaged"),
        (gzip.compress(small_root())[:-100], "archive-damaged"),
        (b"\x28\xb5\x2f\xfd" + b"zstd" * 100, "archive-damaged"),
        (zstandard.compress(small_root())[:-50], "archive-damaged"),
        (tar([member("holiday.jpg", b"picture")]), "archive-unknown"),
        (tar([member("oci-layout", b"{}"), member("index.json", b"[" * 100_000)]), "image-invalid"),
        (tar([member("oci-layout", b"{}"), member("index.json", b'{"manifests": "\xff"}')]), "image-invalid"),
        (tar([member("oci-layout", b"{}"), member("index.json", b'{"manifests": []}')]), "image-architecture"),
        (tar([member("manifest.json", b"[]")]), "archive-many"),
        (tar([directory("usr"), member("../evil", b"")]), "archive-hostile"),
    ],
)
def test_what_is_no_image_is_refused(store: ImageStore, tmp_path: Path, data: bytes, code: str) -> None:
    before = snapshot(store.root)
    (tmp_path / "dropped.tar").write_bytes(data)
    with pytest.raises(Problem) as caught:
        store.import_archive(tmp_path / "dropped.tar")
    assert caught.value.code == code
    if code == "archive-unknown":
        assert "“dropped.tar”" in caught.value.message and "podman save" in caught.value.hint
    assert snapshot(store.root) == before


@pytest.mark.parametrize("compress", [gzip.compress, lzma.compress, zstandard.compress])
def test_a_compressed_root_file_system_comes_in(
    store: ImageStore, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "thing.tar.zst").write_bytes(compress(small_root()))
    image = store.import_archive(tmp_path / "thing.tar.zst")
    assert image.name == "thing" and (store.rootfs(image) / "usr/bin/hello").exists()


def _oci_directory(tmp_path: Path) -> Path:
    place = tmp_path / "directory"
    with tarfile.open(OciArchive([small_root()]).write(tmp_path / "app.tar")) as archive:
        archive.extractall(place, filter="data")
    return place


def test_an_oci_directory_comes_in_and_links_in_it_do_not(store: ImageStore, tmp_path: Path) -> None:
    place = _oci_directory(tmp_path)
    assert store.import_archive(place).reference == "org.example.app:1.0"
    store.remove("org.example.app:1.0")
    before = snapshot(store.root)
    blob = next((place / "blobs/sha256").iterdir())
    blob.rename(tmp_path / "outside")
    blob.symlink_to(tmp_path / "outside")
    with pytest.raises(Problem):
        store.import_archive(place)
    (place / "blobs").rename(tmp_path / "blobs")
    (place / "blobs").symlink_to(tmp_path / "blobs")
    with pytest.raises(Problem):
        store.import_archive(place)
    assert snapshot(store.root) == before


def test_files_that_are_none_are_refused(store: ImageStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, code in {"missing": "archive-missing", "pipe": "archive-missing", ".": "archive-unknown"}.items():
        with pytest.raises(Problem) as caught:
            store.import_archive(tmp_path / name)
        assert caught.value.code == code


def test_a_link_in_an_archive_never_leads_to_a_file_of_the_host(store: ImageStore, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("{}")
    config = json.dumps([{"Config": "config.json", "RepoTags": None, "Layers": ["layer.tar"]}]).encode()
    members = [member("layer.tar", small_root()), link("config.json", str(secret)), member("manifest.json", config)]
    (tmp_path / "evil.tar").write_bytes(tar(members))
    with pytest.raises(Problem) as caught:
        store.import_archive(tmp_path / "evil.tar")
    assert caught.value.code == "image-invalid"


def test_a_million_entries_are_too_many(store: ImageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("berth.engine.images.archive._MAX_MEMBERS", 20)
    blobs = [member(f"blobs/sha256/{number:064x}", b"") for number in range(30)]
    (tmp_path / "many.tar").write_bytes(tar([member("oci-layout", b""), member("index.json", b""), *blobs]))
    with pytest.raises(Problem) as caught:
        store.import_archive(tmp_path / "many.tar")
    assert caught.value.code == "archive-too-large"


@pytest.mark.parametrize("wrap", [False, True])
def test_a_small_file_cannot_fill_the_disk(store: ImageStore, tmp_path: Path, wrap: bool) -> None:
    """300 MB of zeros in 300 kB: on its own, and as a layer of an image."""
    before = snapshot(store.root)
    layer = small_root([member("zeros", bytes(300 << 20))])
    if wrap:
        OciArchive([layer]).write(tmp_path / "bomb.tar")
    else:
        (tmp_path / "bomb.tar").write_bytes(gzip.compress(layer, 1))
    with pytest.raises(Problem) as caught:
        store.import_archive(tmp_path / "bomb.tar")
    assert caught.value.code == "archive-too-large"
    assert snapshot(store.root) == before
