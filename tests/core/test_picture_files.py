"""WebP pictures: one that is not sound never reaches a decoder. PNG and JPEG: ``tests/themes/test_pictures.py``."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from berth.core.picture_files import Bounds, Picture, examine_picture
from berth.core.problem import Problem

BOUNDS = Bounds({".webp": "webp", ".png": "png"}, 1 << 20, 4096, 1 << 20)


def webp(size: tuple[int, int] = (40, 30), mode: str = "RGB", **how: Any) -> bytes:
    data = io.BytesIO()
    noise = Image.effect_noise(size, 80).convert(mode)
    if mode == "RGBA":
        noise.putalpha(Image.linear_gradient("L").resize(size))
    noise.save(data, "webp", **how)
    return data.getvalue()


def parts(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def inside(data: bytes) -> bytes:
    """The data of a plain picture's only part."""
    (length,) = struct.unpack_from("<I", data, 16)
    return data[20 : 20 + length]


PLAIN, LOSSLESS, CLEAR = webp(), webp(lossless=True), webp(mode="RGBA")
CANVAS = bytes(4) + (39).to_bytes(3, "little") + (29).to_bytes(3, "little")


@pytest.mark.parametrize("data", [PLAIN, LOSSLESS, CLEAR, webp(exif=b"Exif\0\0" + bytes(20))])
def test_sound_pictures_have_their_size(data: bytes) -> None:
    assert examine_picture(data, "a", BOUNDS) == Picture("webp", 40, 30)


def test_every_side_of_a_few_pixels_is_measured_right() -> None:
    for width, height in ((1, 1), (16, 3), (333, 2), (2, 1025)):
        for how in ({}, {"lossless": True}):
            assert examine_picture(webp((width, height), **how), "a", BOUNDS)[1:] == (width, height)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"RIFF", "damaged"),
        (PLAIN[:-1], "damaged"),
        (PLAIN + b"more", "damaged"),
        (PLAIN[:8] + b"WAVE" + PLAIN[12:], "damaged"),
        (parts(), "damaged"),
        (parts((b"EXIF", b"")), "damaged"),
        (parts((b"VP8 ", inside(PLAIN)), (b"VP8 ", inside(PLAIN))), "damaged"),
        (parts((b"VP8 ", b"\x01" + inside(PLAIN)[1:])), "damaged"),
        (parts((b"VP8 ", b"")), "damaged"),
        (parts((b"VP8L", b"\x2e" + inside(LOSSLESS)[1:])), "damaged"),
        (parts((b"VP8X", CANVAS), (b"VP8 ", inside(webp((41, 30))))), "damaged"),
        (parts((b"VP8X", CANVAS), (b"VP8X", CANVAS), (b"VP8 ", inside(PLAIN))), "damaged"),
        (parts((b"VP8X", CANVAS), *[(b"EXIF", b"")] * 50, (b"VP8 ", inside(PLAIN))), "damaged"),
        (parts((b"WHAT", b""), (b"VP8 ", inside(PLAIN))), "damaged"),
        (webp(save_all=True, append_images=[Image.new("RGB", (40, 30), "red")]), "rare"),
        (webp((1200, 1000), quality=1), "1200 × 1000 pixels"),
        (parts((b"VP8L", b"\x2f" + struct.pack("<I", 0x3FFF))), "16384 × 1 pixels"),
        (PLAIN + bytes(1 << 20), "too large"),
        (b"\xff\xd8\xff\xd9", "no picture that can be used"),
    ],
)
def test_a_picture_that_is_not_sound_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Problem, match=reason) as caught:
        examine_picture(data, "a.webp", BOUNDS)
    assert caught.value.code == "picture" and "a.webp" in caught.value.message and caught.value.hint


@given(st.sampled_from([PLAIN, LOSSLESS, CLEAR]), st.integers(0, 4000), st.binary(max_size=12), st.integers(0, 12))
@settings(max_examples=300, deadline=None)
def test_damage_is_refused_or_harmless(sound: bytes, place: int, damage: bytes, cut: int) -> None:
    place %= len(sound)
    try:
        found = examine_picture(sound[:place] + damage + sound[place + cut :], "a", BOUNDS)
    except Problem:
        return
    assert found.width * found.height <= BOUNDS.pixels


def test_a_format_that_is_not_asked_for_is_refused() -> None:
    with pytest.raises(Problem, match="no picture that can be used") as caught:
        examine_picture(PLAIN, "a", BOUNDS._replace(formats={".png": "png", ".jpg": "jpeg"}))
    assert "PNG or JPEG" in caught.value.hint
