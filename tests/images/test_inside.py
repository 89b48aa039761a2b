"""Looking into an image of the store: layers, files, packages, where it came from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from berth.core import sbom
from berth.core.problem import Problem
from berth.engine.images import layout
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
    inside = describe(store, "org.example.app")
    assert (inside.image, inside.digest, inside.source) == (image.reference, image.digest, "imported")
    assert [layer.packages for layer in inside.layers] == [("base-files 12",), ("app 1.5",)]
    assert [layer.digest for layer in inside.layers] == list(image.config.rootfs.diff_ids)
    assert inside.layers[1].files == 3 and inside.layers[1].size == 5 + len(
        status(("base-files", "12"), ("app", "1.5"))
    )
    assert json.loads(inside.configuration) == image.config.config
    assert inside.files == ()


def test_files_of_one_layer(store: ImageStore, image: Image) -> None:
    files = describe(store, image.reference, 2).files
    assert [file.path for file in files] == ["opt/app", "opt/link", "var/lib/dpkg/status"]
    assert files[0].size == 5


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
