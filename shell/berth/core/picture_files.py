"""Examines pictures before anything decodes them: themes and manifests may come from a stranger.

Three formats are enough for a desktop, and small enough to be checked here: PNG (https://www.w3.org/TR/png-3/) and
JPEG (https://www.w3.org/Graphics/JPEG/itu-t81.pdf) to the last byte, WebP (RFC 9649) as far as its parts and their
sizes go. What gets through has the size that it says; a PNG unpacks to exactly as much as that needs.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping
from typing import NamedTuple

from berth.core.problem import Problem

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

# Transparency, colour profile and notes, and how many parts there may be.
_BESIDE = frozenset({b"ALPH", b"ICCP", b"EXIF", b"XMP "})
_MOST_PARTS = 16
_ANIMATED = 0x02


class Picture(NamedTuple):
    """A sound picture: ``png``, ``jpeg`` or ``webp``, and its size in pixels."""

    format: str
    width: int
    height: int


class Bounds(NamedTuple):
    """What a picture may be: suffixes of file names with their formats, bytes, pixels of a side and in all."""

    formats: Mapping[str, str]
    bytes: int
    side: int
    pixels: int


def examine_picture(data: bytes, name: str, bounds: Bounds) -> Picture:
    """What `data`, the contents of a file called `name`, is a picture of.

    Raises:
        Problem: ``picture`` if it is in none of the formats, is damaged, or too large.
    """
    if len(data) > bounds.bytes:
        raise _refused(name, "is too large", f"A picture has {bounds.bytes >> 20} MiB at most.")
    try:
        for begin, kind, read in _READERS:
            if data.startswith(begin) and kind in bounds.formats.values():
                return read(data, name, bounds)
    except (struct.error, IndexError, zlib.error):
        raise _damaged(name) from None
    *others, last = (label for kind, label in _LABELS.items() if kind in bounds.formats.values())
    raise _refused(name, "is no picture that can be used here", f"Save it as {', '.join(others)} or {last}.")


def _refused(name: str, what: str, hint: str) -> Problem:
    return Problem("picture", f"“{name}” {what}.", hint)


def _damaged(name: str) -> Problem:
    return _refused(name, "is a damaged picture", "Save it again.")


def _sized(kind: str, width: int, height: int, name: str, bounds: Bounds) -> Picture:
    if not width or not height:
        raise _damaged(name)
    if max(width, height) > bounds.side or width * height > bounds.pixels:
        hint = f"At most {bounds.side} pixels in each direction, and {bounds.pixels // 1_000_000} million in all."
        raise _refused(name, f"has {width} × {height} pixels", hint)
    return Picture(kind, width, height)


# --- PNG


def _png(data: bytes, name: str, bounds: Bounds) -> Picture:
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
            found, expected = _png_head(body, name, bounds)
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


def _png_head(body: bytes, name: str, bounds: Bounds) -> tuple[Picture, int]:
    """Size of the picture, and how many bytes it unpacks to."""
    width, height, depth, color, packing, filters, interlaced = struct.unpack(">IIBBBBB", body)
    samples, depths = _PNG_COLORS.get(color, (0, ()))
    if depth not in depths or packing or filters or interlaced > 1:
        raise _damaged(name)
    found = _sized("png", width, height, name, bounds)
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


def _jpeg(data: bytes, name: str, bounds: Bounds) -> Picture:
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
            found = _jpeg_frame(data, place, name, bounds)
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


def _jpeg_frame(data: bytes, place: int, name: str, bounds: Bounds) -> Picture:
    precision, height, width, components = struct.unpack_from(">BHHB", data, place + 2)
    if precision != 8 or components not in (1, 3):
        raise _refused(name, "is a JPEG of a rare kind", "Save it with 8 bits in grey or RGB.")
    return _sized("jpeg", width, height, name, bounds)


# --- WebP


def _webp(data: bytes, name: str, bounds: Bounds) -> Picture:
    """Parts that fill the file; one picture, not an animation, of the size of the canvas if there is one."""
    if data[8:12] != b"WEBP" or struct.unpack_from("<I", data, 4)[0] + 8 != len(data):
        raise _damaged(name)
    place, canvas = 12, (0, 0)
    found: Picture | None = None
    for _ in range(_MOST_PARTS):
        kind, length = struct.unpack_from("<4sI", data, place)
        body = data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
        if place > len(data) or len(body) != length:
            raise _damaged(name)
        if kind in (b"VP8 ", b"VP8L") and found is None:
            found = _sized("webp", *(_vp8(body, name) if kind == b"VP8 " else _vp8l(body, name)), name, bounds)
        elif kind == b"VP8X" and found is None and not any(canvas):
            canvas = _canvas(body, name)
        elif kind not in _BESIDE:
            raise _damaged(name)
        if place == len(data):
            break
    if found is None or place != len(data) or (any(canvas) and canvas != found[1:]):
        raise _damaged(name)
    return found


def _vp8(body: bytes, name: str) -> tuple[int, int]:
    """RFC 6386, section 9.1: a key frame that is shown."""
    tag = int.from_bytes(body[:3], "little")
    width, height = struct.unpack_from("<HH", body, 6)
    if tag & 1 or not tag & 0x10 or body[3:6] != b"\x9d\x01\x2a":
        raise _damaged(name)
    return width & 0x3FFF, height & 0x3FFF


def _vp8l(body: bytes, name: str) -> tuple[int, int]:
    """RFC 9649, section 3.4."""
    sign, bits = struct.unpack_from("<BI", body, 0)
    if sign != 0x2F or bits >> 29:
        raise _damaged(name)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _canvas(body: bytes, name: str) -> tuple[int, int]:
    """RFC 9649, section 2.7."""
    if len(body) != 10 or body[0] & _ANIMATED:
        raise _refused(name, "is a WebP of a rare kind", "Save it as a single picture.")
    return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1


_READERS = ((_PNG, "png", _png), (_JPEG, "jpeg", _jpeg), (b"RIFF", "webp", _webp))
_LABELS = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP"}
