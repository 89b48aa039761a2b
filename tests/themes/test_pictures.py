"""Pictures of strangers: what is no sound picture of a bearable size never reaches a decoder."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QColor, QImage, QImageReader

from berth.core import picture_files
from berth.core.picture_files import Picture
from berth.core.problem import Problem
from berth.themes import pictures
from berth.themes.pictures import examine_picture, read_picture


def encoded(kind: str, width: int = 40, height: int = 30, form: QImage.Format = QImage.Format.Format_ARGB32) -> bytes:
    image = QImage(width, height, form)
    image.fill(QColor("teal") if image.depth() > 8 else 1)
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    assert image.save(buffer, kind)
    return bytes(buffer.data().data())


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int, height: int, rows: bytes, *, depth: int = 8, color: int = 0, interlaced: int = 0, extra: bytes = b""
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


PNG, JPEG = encoded("png"), encoded("jpg")


def decoded(data: bytes) -> QImage:
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    return QImageReader(buffer).read()


def test_sound_pictures_have_their_size() -> None:
    assert examine_picture(PNG, "a") == Picture("png", 40, 30)
    assert examine_picture(JPEG, "a") == Picture("jpeg", 40, 30)
    for form in (QImage.Format.Format_Mono, QImage.Format.Format_Grayscale8, QImage.Format.Format_RGBA64):
        assert examine_picture(encoded("png", 17, 9, form), "a") == Picture("png", 17, 9)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (5, 3), (8, 8), (33, 17)])
def test_interlaced_pictures_are_measured_pass_by_pass(width: int, height: int) -> None:
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    sizes = [(len(range(x, width, dx)), len(range(y, height, dy))) for x, y, dx, dy in passes]
    rows = sum(lines * (1 + columns) for columns, lines in sizes if columns)
    sound = png(width, height, bytes(rows), interlaced=1)
    assert examine_picture(sound, "a") == Picture("png", width, height)
    assert decoded(sound).width() == width
    with pytest.raises(Problem):
        examine_picture(png(width, height, bytes(rows + 1), interlaced=1), "a")


def test_a_progressive_jpeg_is_sound_and_too_many_scans_are_not() -> None:
    frame = JPEG.index(b"\xff\xc0")
    scan = JPEG.index(b"\xff\xda")
    coded = JPEG[scan:-2]
    assert examine_picture(JPEG[:scan] + coded * 3 + b"\xff\xd9", "a").format == "jpeg"
    with pytest.raises(Problem):
        examine_picture(JPEG[:scan] + coded * 65 + b"\xff\xd9", "a")
    assert examine_picture(JPEG[:frame] + b"\xff\xc2" + JPEG[frame + 2 :], "a").format == "jpeg"
    with pytest.raises(Problem, match="rare"):
        examine_picture(JPEG[:frame] + b"\xff\xc9" + JPEG[frame + 2 :], "a")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no picture"),
        (b"GIF89a" + bytes(40), "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (PNG[:-1], "damaged"),
        (PNG + b"more", "damaged"),
        (PNG[:40] + b"\0" + PNG[41:], "damaged"),
        (JPEG[:-2], "damaged"),
        (JPEG + b"more", "damaged"),
        (b"\xff\xd8\xff\xd9", "damaged"),
        (b"\xff\xd8\xff\xe0\0\0\xff\xd9", "damaged"),
        (png(1 << 14, 1, b""), "16384 × 1 pixels"),
        (png(8000, 8000, b""), "8000 × 8000 pixels"),
        (png(0, 5, b""), "damaged"),
        (png(4, 4, bytes(19)), "damaged"),
        (png(4, 4, bytes(1 << 24)), "damaged"),
        (png(4, 4, bytes(20), depth=3), "damaged"),
        (png(4, 4, bytes(20), extra=chunk(b"zTXt", bytes(1 << 21))), "beside"),
        (png(4, 4, bytes(20), extra=chunk(b"tEXt", b"") * 5000), "damaged"),
        (png(4, 4, bytes(20), extra=chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 0))), "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(pictures.MOST_BYTES), "too large"),
    ],
)
def test_a_picture_that_is_not_sound_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Problem, match=reason) as caught:
        examine_picture(data, "wall.png")
    assert caught.value.code == "theme-picture"
    assert "wall.png" in caught.value.message and caught.value.hint


@given(st.sampled_from([PNG, JPEG]), st.integers(0, 2000), st.binary(max_size=12), st.integers(0, 12))
@settings(max_examples=300, deadline=None)
def test_damage_is_refused_or_harmless(sound: bytes, place: int, damage: bytes, cut: int) -> None:
    place %= len(sound)
    data = sound[:place] + damage + sound[place + cut :]
    try:
        found = examine_picture(data, "a")
    except Problem:
        return
    assert found.width * found.height <= pictures.MOST_PIXELS


def test_a_picture_is_read_from_its_own_folder(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a.png").write_bytes(PNG)
    (tmp_path / "b.png").write_bytes(PNG)
    (mine / "link.png").symlink_to(tmp_path / "b.png")
    (mine / "c.png").write_text("no picture")
    assert read_picture(mine, "a.png") == PNG
    for name in ("../b.png", "link.png", "c.png", "none.png"):
        with pytest.raises(Problem):
            read_picture(mine, name)


def test_a_bomb_is_put_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked = []
    real = zlib.decompressobj

    class Counting:
        def __init__(self) -> None:
            self._inner = real()

        def decompress(self, data: bytes, most: int) -> bytes:
            piece = self._inner.decompress(data, most)
            unpacked.append(len(piece))
            return piece

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

    monkeypatch.setattr(picture_files.zlib, "decompressobj", Counting)
    with pytest.raises(Problem):
        examine_picture(png(4, 4, bytes(20 << 20)), "a")
    assert sum(unpacked) <= 1 << 17
