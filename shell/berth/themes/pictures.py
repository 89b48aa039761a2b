"""Examines pictures of a theme before anything decodes them. A theme may come from a stranger.

Two formats are enough for a desktop, and small enough to be checked here to the last byte: PNG
(https://www.w3.org/TR/png-3/) and JPEG (https://www.w3.org/Graphics/JPEG/itu-t81.pdf). What gets through has
the size that it says, and unpacks to exactly as much as that needs.
"""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from berth.core.problem import Problem
from berth.themes.folder import read_bytes_inside

MOST_BYTES = 16 << 20
MOST_SIDE = 8192
MOST_PIXELS = 1 << 24
"""64 MiB once decoded; a wallpaper of 5K has 15 million."""
FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}

_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS = 4096
_MOST_EXTRA = 1 << 20
_PIECE = 1 << 16
# Samples per pixel, and the depths that may go with them, by colour type.
_PNG_COLORS = {0: (1, (1, 2, 4, 8, 16)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)), 6: (4, (8, 16))}
# First column and row, and the distance between columns and rows, of each pass of an interlaced picture.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))

_JPEG = b"\xff\xd8\xff"
_MOST_SCANS = 64
# Baseline, extended and progressive, each with Huffman codes: what every decoder reads.
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_FRAMES = frozenset({*range(0xC3, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SEGMENTS = frozenset({0xC4, 0xDB, 0xDD, 0xFE, *range(0xE0, 0xF0)})
# The next marker in coded data: what follows ff and is no stuffed zero, no restart and no filling.
_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")


class Picture(NamedTuple):
    """A sound picture: ``png`` or ``jpeg``, and its size in pixels."""

    format: str
    width: int
    height: int


def examine_picture(data: bytes, name: str) -> Picture:
    """What `data`, the contents of a file called `name`, is a picture of.

    Raises:
        Problem: ``theme-picture`` if it is no PNG or JPEG, is damaged, or too large.
    """
    if len(data) > MOST_BYTES:
        raise _refused(name, "is too large", f"A picture has {MOST_BYTES >> 20} MiB at most.")
    try:
        if data.startswith(_PNG):
            return _png(data, name)
        if data.startswith(_JPEG):
            return _jpeg(data, name)
    except (struct.error, IndexError, zlib.error):
        raise _damaged(name) from None
    raise _refused(name, "is no picture that a theme can have", "Save it as PNG or JPEG.")


def read_picture(folder: Path, name: str) -> bytes:
    """The contents of the picture `name` of a theme's folder, safe to be decoded.

    Raises:
        Problem: ``theme-file`` if there is no such file inside of the folder, or as `examine_picture` does.
    """
    data = read_bytes_inside(folder, name, MOST_BYTES)
    examine_picture(data, name)
    return data


def _refused(name: str, what: str, hint: str) -> Problem:
    return Problem("theme-picture", f"“{name}” {what}.", hint)


def _damaged(name: str) -> Problem:
    return _refused(name, "is a damaged picture", "Save it again.")


def _sized(kind: str, width: int, height: int, name: str) -> Picture:
    if not width or not height:
        raise _damaged(name)
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        hint = f"At most {MOST_SIDE} pixels in each direction, and {MOST_PIXELS // 1_000_000} million in all."
        raise _refused(name, f"has {width} × {height} pixels", hint)
    return Picture(kind, width, height)


# --- PNG


def _png(data: bytes, name: str) -> Picture:
    place, extra, rows = len(_PNG), 0, 0
    found: Picture | None = None
    unpack = zlib.decompressobj()
    for _ in range(_MOST_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + length]
        (sum_,) = struct.unpack_from(">I", data, place + 8 + length)
        if zlib.crc32(kind + body) != sum_ or (found is None) != (kind == b"IHDR"):
            raise _damaged(name)
        place += 12 + length
        if kind == b"IHDR":
            found, expected = _png_head(body, name)
        elif kind == b"IDAT":
            rows += _unpacked(unpack, body, expected - rows, name)
        elif kind == b"IEND":
            if place != len(data) or rows != expected or not unpack.eof:
                raise _damaged(name)
            assert found is not None
            return found
        elif kind != b"PLTE" and (extra := extra + length) > _MOST_EXTRA:
            raise _refused(name, "holds too much beside the picture", "Save it without profile and notes.")
    raise _damaged(name)


def _png_head(body: bytes, name: str) -> tuple[Picture, int]:
    """Size of the picture, and how many bytes it unpacks to."""
    width, height, depth, color, packing, filters, interlaced = struct.unpack(">IIBBBBB", body)
    samples, depths = _PNG_COLORS.get(color, (0, ()))
    if depth not in depths or packing or filters or interlaced > 1:
        raise _damaged(name)
    found = _sized("png", width, height, name)
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    expected = 0
    for left, top, across, along in passes:
        columns, rows = -((left - width) // across), -((top - height) // along)
        if columns > 0 and rows > 0:
            expected += rows * (1 + (columns * samples * depth + 7) // 8)
    return found, expected


def _unpacked(unpack: zlib._Decompress, body: bytes, most: int, name: str) -> int:
    """How many bytes `body` adds; never more than a piece of them is in memory."""
    count = 0
    while True:
        piece = unpack.decompress(body, _PIECE)
        count += len(piece)
        if count > most or unpack.unused_data:
            raise _damaged(name)
        body = unpack.unconsumed_tail
        if not body and len(piece) < _PIECE:
            return count


# --- JPEG


def _jpeg(data: bytes, name: str) -> Picture:
    place, scans = 2, 0
    found: Picture | None = None
    while True:
        marker = data[place + 1]
        if data[place] != 0xFF or marker == 0xFF:
            raise _damaged(name)
        place += 2
        if marker == 0xD9:
            if found is None or not scans or place != len(data):
                raise _damaged(name)
            return found
        (length,) = struct.unpack_from(">H", data, place)
        if length < 2 or place + length > len(data):
            raise _damaged(name)
        if marker in _FRAMES and found is None:
            found = _jpeg_frame(data, place, name)
        elif marker in _OTHER_FRAMES:
            raise _refused(name, "is a JPEG of a rare kind", "Save it as a baseline or progressive JPEG.")
        elif marker == 0xDA and found is not None and scans < _MOST_SCANS:
            scans += 1
            after = _MARKER.search(data, place + length)
            if after is None:
                raise _damaged(name)
            place = after.end() - 2
            continue
        elif marker not in _SEGMENTS:
            raise _damaged(name)
        place += length


def _jpeg_frame(data: bytes, place: int, name: str) -> Picture:
    precision, height, width, components = struct.unpack_from(">BHHB", data, place + 2)
    if precision != 8 or components not in (1, 3):
        raise _refused(name, "is a JPEG of a rare kind", "Save it with 8 bits in grey or RGB.")
    return _sized("jpeg", width, height, name)
