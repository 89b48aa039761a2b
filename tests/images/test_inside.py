"""Looking into an image of the store: layers, files, packages, where it came from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from berth.core import sbom
from berth.core.problem import Problem
from berth.engine.images import inside, layout
from berth.engine.images.inside import bill, describe
from berth.engine.images.store import Image, ImageStore
from tests.images.archives import OciArchive, directory, link, member, small_root, tar

STATUS = "Package: {}\nStatus: install ok installed\nArchitecture: all\nVersion: {}\n"
DPKG = [directory("var"), directory("var/lib"), directory("var/lib/dpkg")]


def status(*packages: tuple[str, str]) -> bytes:
    return "\n".join(STATUS.format(*package) for package in packages).encode()


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "store")


@pytest.fixture
def image(store: ImageStore, tmp_path: Path) -> Image:
    below = small_root([*DPKG, member("var/lib/dpkg/status", status(("base-files", "12")))])
    own = [
        *DPKG,
        member("var/lib/dpkg/status", status(("base-files", "12"), ("app", "1.5"))),
        directory("opt"),
        member("opt/app", b"12345"),
        link("opt/link", "app"),
    ]
    archive = OciArchive([below, tar(own)], "org.example.app:1.5")
    return store.import_archive(archive.write(tmp_path / "app.tar"))


def test_layers_are_told_with_what_each_brought(store: ImageStore, image: Image) -> None:
    found = describe(store, "org.example.app")
    assert (found.image, found.digest, found.source) == (image.reference, image.digest, "imported")
    assert [layer.packages for layer in found.layers] == [("base-files 12",), ("app 1.5",)]
    assert [layer.digest for layer in found.layers] == list(image.config.rootfs.diff_ids)
    assert found.layers[1].files == 3 and found.layers[1].size == 5 + len(status(("base-files", "12"), ("app", "1.5")))
    assert json.loads(found.configuration) == image.config.config
    assert found.files == ()


def test_files_of_one_layer(store: ImageStore, image: Image) -> None:
    files = describe(store, image.reference, 2).files
    assert [(file.path, file.change) for file in files] == [
        ("opt/app", "added"),
        ("opt/link", "added"),
        ("var/lib/dpkg/status", "changed"),
    ]
    assert (files[0].size, files[0].layer) == (5, 2)


def test_files_of_all_layers_are_searched(store: ImageStore, image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    found = describe(store, image.reference, -1, "STATUS")
    assert [(file.layer, file.path) for file in found.files] == [(1, "var/lib/dpkg/status"), (2, "var/lib/dpkg/status")]
    assert len(describe(store, image.reference, -1).files) > 4 and not found.more_files
    monkeypatch.setattr(inside, "_MAX_FILES", 2)
    few = describe(store, image.reference, -1)
    assert len(few.files) == 2 and few.more_files


def test_what_layers_do_to_each_other(store: ImageStore, tmp_path: Path) -> None:
    """Files that are replaced, taken away, taken away and brought again; directories that hide what was in them."""
    lowest = small_root(
        [
            *(directory(name) for name in ("a", "a/deep", "b", "c", "d", "e")),
            *(member(name, b"1") for name in ("a/deep/1", "a/2", "b/1", "b/2", "c/1", "d/1", "e/1", "file", "turns")),
            link("out", "/etc"),
        ]
    )
    middle = tar([directory("c"), member("c/2", b"22"), directory("d"), member("d/.wh.1", b""), member(".wh.e", b"")])
    highest = tar(
        [
            member(".wh.a", b""),
            directory("b"),
            member("b/.wh..wh..opq", b""),
            member("b/2", b"222"),
            directory("c"),
            member("c/1", b"333"),
            member("c/.wh.2", b""),
            member("c/.wh.never", b""),
            directory("d"),
            member("d/1", b"4"),
            directory("e"),
            member("e/1", b"5"),
            directory("turns"),
            member("turns/into", b"6"),
            directory("out"),
            member("out/passwd", b"7"),
        ]
    )
    archive = OciArchive([lowest, middle, highest], "org.example.app:2")
    image = store.import_archive(archive.write(tmp_path / "app.tar"))
    files = describe(store, image.reference, 3).files
    assert [(file.path, file.change) for file in files] == [
        ("a", "removed"),
        ("b/1", "removed"),
        ("b/2", "changed"),
        ("c/1", "changed"),
        ("c/2", "removed"),
        ("d/1", "added"),
        ("e/1", "added"),
        ("out", "removed"),
        ("out/passwd", "added"),
        ("turns", "removed"),
        ("turns/into", "added"),
    ]
    assert [(file.path, file.change) for file in describe(store, image.reference, 2).files] == [
        ("c/2", "added"),
        ("d/1", "removed"),
        ("e", "removed"),
    ]


@pytest.mark.parametrize(
    ("reference", "layer", "code"), [("org.example.app", 3, "layer-missing"), ("x", 0, "image-missing")]
)
def test_what_is_not_there_is_told(store: ImageStore, image: Image, reference: str, layer: int, code: str) -> None:
    with pytest.raises(Problem) as raised:
        describe(store, reference, layer)
    assert raised.value.code == code


def test_the_list_of_packages_is_kept_with_the_image(store: ImageStore, image: Image) -> None:
    kept = store.sbom(image)
    assert kept is not None and bill(store, image.reference) == kept.decode()
    assert [(c.name, c.version) for c in sbom.read(kept).components] == [("app", "1.5"), ("base-files", "12")]
    assert store.verify() == []
    place = store.root / "blobs/sha256" / layout.hex_digits(image.annotations[layout.SBOM])
    place.write_bytes(kept[:-1])
    assert [fault.code for fault in store.verify()] == ["blob-changed"]
    place.unlink()
    assert bill(store, image.reference) == kept.decode(), "it can be made again"
    store.remove(image.reference)
    assert not any((store.root / "blobs/sha256").iterdir())
