"""What an image is made of: read from layers, hostile ones too, written as valid CycloneDX, compared."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from berth.core import sbom
from berth.core.problem import Problem
from berth.engine.images.bill import UnpackedLayer, brought, make_bill
from berth.engine.images.packages import installed

LIBC = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Source: glibc
Version: 2.36-9+deb12u10
Homepage: https://www.gnu.org/software/libc/libc.html
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Conffiles:
 /etc/ld.so.conf.d/x86_64-linux-gnu.conf d4e7a7b88a71b5ffd9e2644e71a0cfab
Description: GNU C Library
 Package: a trap
"""
APP = """\
Package: g++-app
Status: install ok installed
Architecture: amd64
Source: app (1:2.0~rc1)
Version: 1:2.0~rc1+b1
"""
GONE = APP.replace("g++-app", "gone").replace("install ok installed", "deinstall ok config-files")
DIGESTS = [f"sha256:{letter * 64}" for letter in "abc"]


def layer(place: Path, number: int, status: str) -> UnpackedLayer:
    tree = place / str(number)
    (tree / "var/lib/dpkg").mkdir(parents=True)
    (tree / "var/lib/dpkg/status").write_text(status)
    return UnpackedLayer(DIGESTS[number], tree, 1000)


def bill(layers: list[UnpackedLayer]) -> bytes:
    return make_bill("org.example.App:1.0", "sha256:" + "1" * 64, "2026-01-02T03:04:05+00:00", "bookworm", layers)


def test_each_layer_is_told_what_it_brought(tmp_path: Path) -> None:
    newer = LIBC.replace("deb12u10", "deb12u11")
    layers = [layer(tmp_path, 0, LIBC), layer(tmp_path, 1, f"{LIBC}\n{APP}\n{GONE}"), layer(tmp_path, 2, newer)]
    assert [[p.name for p in packages] for packages in brought(layers[:2]).values()] == [["libc6"], ["g++-app"]]
    assert [[p.version for p in packages] for packages in brought(layers).values()] == [[], [], ["2.36-9+deb12u11"]]


def test_the_list_is_valid_by_the_schema_and_complete(tmp_path: Path) -> None:
    document = bill([layer(tmp_path, 0, LIBC), layer(tmp_path, 1, f"{LIBC}\n{APP}")])
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(document.decode()) is None
    read = sbom.read(document)
    app, libc = read.components
    assert app.purl == "pkg:deb/debian/g%2B%2B-app@1%3A2.0~rc1%2Bb1?arch=amd64&distro=bookworm"
    assert (app.property(sbom.SOURCE), app.property(sbom.LAYER)) == ("app 1:2.0~rc1", DIGESTS[1])
    assert libc.property(sbom.LAYER) == DIGESTS[0] and libc.references[0].url.startswith("https://www.gnu.org")
    assert read.metadata.component.property(sbom.SIZE) == "2000"
    assert document == bill([UnpackedLayer(DIGESTS[number], tmp_path / str(number), 1000) for number in (0, 1)])


def test_an_image_without_packages_has_an_empty_list(tmp_path: Path) -> None:
    document = bill([UnpackedLayer(DIGESTS[0], tmp_path, 0)])
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(document.decode()) is None
    assert sbom.read(document).components == ()


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    elsewhere = layer(tmp_path, 0, LIBC).tree
    linked, deep, pipe = tmp_path / "linked", tmp_path / "deep", tmp_path / "pipe"
    for tree in (linked, deep, pipe):
        (tree / "var/lib/dpkg").mkdir(parents=True)
    (linked / "var/lib/dpkg/status").symlink_to(elsewhere / "var/lib/dpkg/status")
    (deep / "var/lib/dpkg").rmdir()
    (deep / "var/lib/dpkg").symlink_to(elsewhere / "var/lib/dpkg")
    os.mkfifo(pipe / "var/lib/dpkg/status")
    assert installed(elsewhere) and not any(installed(tree) for tree in (linked, deep, pipe))


def test_what_is_no_package_is_left_out(tmp_path: Path) -> None:
    evil = LIBC.replace("libc6", "../../x").replace("2.36", "a b")
    long = APP.replace("Source: app", "Maintainer: " + "m" * 5000 + "\nHomepage: javascript:alert(1)\nSource: app")
    layers = [layer(tmp_path, 0, f"{evil}\n{LIBC.replace('2.36', '2 36')}\n{long}\nnonsense\x00\n\n\n")]
    [package] = brought(layers)[DIGESTS[0]]
    assert (package.name, package.homepage, len(package.maintainer)) == ("g++-app", "", 200)
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(bill(layers).decode()) is None


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    tree = layer(tmp_path, 0, LIBC).tree
    os.truncate(tree / "var/lib/dpkg/status", (32 << 20) + 1)
    assert installed(tree) is None


def test_what_an_update_changes(tmp_path: Path) -> None:
    old = sbom.read(bill([layer(tmp_path, 0, f"{LIBC}\n{APP}")]))
    newer = LIBC.replace("deb12u10", "deb12u11")
    new = sbom.read(bill([layer(tmp_path, 1, f"{newer}\n{APP.replace('g++-app', 'other')}")]))
    assert sbom.compare(old, new) == (
        sbom.Change("g++-app", "1:2.0~rc1+b1", ""),
        sbom.Change("libc6", "2.36-9+deb12u10", "2.36-9+deb12u11"),
        sbom.Change("other", "", "1:2.0~rc1+b1"),
    )
    assert sbom.compare(old, old) == ()


def test_what_is_no_list_is_told() -> None:
    with pytest.raises(Problem, match="cannot be read"):
        sbom.read(b"{}")
