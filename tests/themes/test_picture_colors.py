"""Themes made of pictures."""

from __future__ import annotations

import math
import struct
import zlib
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.theme_sources import from_picture
from berth.themes.colors import converted
from berth.themes.contrast import ratio
from berth.themes.lint import check
from berth.themes.picture_colors import picture_swatches
from berth.themes.rgb import is_dark, solid

DEFAULT = Path(__file__).parents[2] / "themes/default"
Pixel = Callable[[int, int], tuple[int, int, int]]


def png(pixel: Pixel, width: int = 64, height: int = 40) -> bytes:
    rows = b"".join(b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def dunes(x: int, y: int) -> tuple[int, int, int]:
    return min(255, 200 + int(40 * math.sin(x / 6 + y / 4))), 120 + y, 90 + int(30 * math.cos(y / 5))


def teal(x: int, y: int) -> tuple[int, int, int]:
    return (0, 128 + x, 128 + y) if x > 12 else (240, 240, 240)


def make(folder: Path, data: bytes, monkeypatch: pytest.MonkeyPatch, **options: object) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    file = folder / "Red dunes.png"
    file.write_bytes(data)
    assert from_picture(Namespace(**{"file": str(file), "theme": "", "replace": False, **options})) == 0
    return folder / "data/berth/themes" / str(options.get("theme") or "red-dunes")


def test_the_accent_has_the_pictures_hue() -> None:
    for light in picture_swatches(png(teal), "teal.png"):
        _lightness, chroma, hue = converted(solid(light.accent), "oklch").filled()
        assert chroma > 0.03 and 160 < hue < 230
    light, dark = picture_swatches(png(dunes), "dunes.png")
    assert is_dark(dark.ground) and not is_dark(light.ground)
    assert ratio(solid(light.text), light.ground) > 7


@pytest.mark.parametrize("pixel", [dunes, teal, lambda _x, _y: (0, 0, 0), lambda _x, _y: (255, 255, 255)])
def test_a_theme_of_a_picture_passes_the_check(pixel: Pixel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theme = make(tmp_path, png(pixel), monkeypatch)
    assert check(theme, DEFAULT) == []
    assert (theme / "wallpaper.png").read_bytes() == png(pixel)
    assert 'name = "Red dunes"' in (theme / "theme.toml").read_text()


def test_a_theme_is_replaced_only_when_asked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theme = make(tmp_path, png(teal), monkeypatch, theme="mine")
    before = (theme / "tokens.json").read_text()
    with pytest.raises(Problem, match="already"):
        make(tmp_path, png(dunes), monkeypatch, theme="mine")
    assert (theme / "tokens.json").read_text() == before
    make(tmp_path, png(dunes), monkeypatch, theme="mine", replace=True)
    assert (theme / "tokens.json").read_text() != before


@pytest.mark.parametrize("data", [b"", b"no picture", png(teal)[:-40], b"GIF89a" + bytes(100)])
def test_what_is_no_sound_picture_is_refused(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem) as refused:
        make(tmp_path, data, monkeypatch)
    assert refused.value.code == "theme-picture"
    assert not (tmp_path / "data/berth/themes/red-dunes").exists()


def test_what_the_decoder_dies_of_is_told_as_a_problem() -> None:
    with pytest.raises(Problem, match="could not be read"):
        picture_swatches(b"\xff\xd8\xff" + bytes(1000), "evil.jpg")
