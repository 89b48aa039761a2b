"""Icons out of images: no link leads to the host, and no picture that runs or fetches anything is taken."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from berth.engine.images.icons import extract_icon

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1v1z" fill="url(#a)"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 128, 128) + b"\x08\x06\0\0\0"
APPS = "usr/share/icons/hicolor/{}/apps"


def put(root: Path, name: str, data: bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def test_the_named_file_is_taken(root: Path, tmp_path: Path) -> None:
    put(root, "opt/icon.svg", SVG)
    icon = extract_icon(root, "/opt/icon.svg", tmp_path / "org.example.App")
    assert icon == tmp_path / "org.example.App.svg" and icon.read_bytes() == SVG


def test_else_the_theme_is_searched_scalable_and_large_first(root: Path, tmp_path: Path) -> None:
    put(root, f"{APPS.format('48x48')}/app.png", PNG + b"small")
    put(root, f"{APPS.format('128x128')}/app.png", PNG)
    icon = extract_icon(root, "/nowhere/app.svg", tmp_path / "icon")
    assert icon is not None and icon.suffix == ".png" and icon.read_bytes() == PNG
    put(root, f"{APPS.format('scalable')}/app.svg", SVG)
    assert extract_icon(root, "app", tmp_path / "icon") == tmp_path / "icon.svg"


def test_links_stay_inside(root: Path, tmp_path: Path) -> None:
    (tmp_path / "host.svg").write_bytes(SVG)
    (root / "a.svg").symlink_to(tmp_path / "host.svg")
    (root / "b.svg").symlink_to("../host.svg")
    assert extract_icon(root, "/a.svg", tmp_path / "icon") is None
    assert extract_icon(root, "/b.svg", tmp_path / "icon") is None
    assert extract_icon(root, "/../host.svg", tmp_path / "icon") is None
    put(root, "real.svg", SVG)
    (root / "c.svg").symlink_to("/real.svg")
    assert extract_icon(root, "/c.svg", tmp_path / "icon") is not None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text",
        b"<svg><script>alert(1)</script></svg>",
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg/>',
        b'<svg><image href="file:///etc/passwd"/></svg>',
        b'<svg><image xlink:href="http://example.org/x.png"/></svg>',
        b'<svg style="fill: url(http://example.org/)"/>',
        b'<svg onload="x()"/>',
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 100_000, 100_000) + b"\0" * 5,
        SVG + b" " * (1 << 20),
    ],
)
def test_what_is_no_harmless_picture_is_not_taken(root: Path, tmp_path: Path, data: bytes) -> None:
    put(root, "icon.svg", data)
    assert extract_icon(root, "/icon.svg", tmp_path / "icon") is None
    assert [path.name for path in tmp_path.iterdir()] == ["root"]
