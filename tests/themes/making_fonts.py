"""A font made from nothing: every letter is a filled box, so that its pixels are known."""

from __future__ import annotations

import struct
from collections.abc import Mapping

UNITS = 1000
_FIRST, _LAST = 0x20, 0x7E
_ADVANCE = 1000


def font(more: Mapping[bytes, bytes] | None = None) -> bytes:
    """TrueType with nothing and a box of one em, which all ASCII letters are. `more` are further tables."""
    box = _box()
    tables = {
        b"OS/2": _system(),
        b"cmap": _cmap(),
        b"glyf": box,
        b"head": _head(),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, 1000, 0, 0, _ADVANCE, 0, 0, 1000, 1, *[0] * 7, 2),
        b"hmtx": struct.pack(">4H", _ADVANCE, 0, _ADVANCE, 0),
        b"loca": struct.pack(">3H", 0, 0, len(box) // 2),
        b"maxp": struct.pack(">IH13H", 0x10000, 2, 4, 1, 0, 0, 2, *[0] * 8),
        b"name": _name("DejaVu Sans"),
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, 0, 0, 0, 0, 0, 0, 0),
        **(more or {}),
    }
    return _file(tables)


def _box() -> bytes:
    """One contour of four points on the curve."""
    head = struct.pack(">5h", 1, 0, 0, UNITS, UNITS)
    deltas = struct.pack(">4h", 0, UNITS, 0, -UNITS) + struct.pack(">4h", 0, 0, UNITS, 0)
    return head + struct.pack(">HH", 3, 0) + b"\x01\x01\x01\x01" + deltas + b"\0" * (-(14 + 4 + len(deltas)) % 4)


def _head() -> bytes:
    times = bytes(16)
    return (
        struct.pack(">IIIIHH", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, UNITS)
        + times
        + struct.pack(">hhhhHHhhh", 0, 0, UNITS, UNITS, 0, 8, 2, 0, 0)
    )


def _system() -> bytes:
    table = bytearray(96)
    struct.pack_into(">HhHH", table, 0, 4, _ADVANCE, 400, 5)
    struct.pack_into(">HHHhhhHH", table, 62, 1 << 6, _FIRST, _LAST, 1000, 0, 0, 1000, 0)
    struct.pack_into(">II", table, 42, 1, 0)
    return bytes(table)


def _cmap() -> bytes:
    letters = _LAST - _FIRST + 1
    body = struct.pack(">4H", 4, 2, 1, 0) + struct.pack(">5H", _LAST, 0xFFFF, 0, _FIRST, 0xFFFF)
    body += struct.pack(">hh", 0, 1) + struct.pack(">HH", 4, 0) + struct.pack(f">{letters}H", *[1] * letters)
    table = struct.pack(">3H", 4, len(body) + 6, 0) + body
    return struct.pack(">HHHHI", 0, 1, 3, 1, 12) + table


def _name(family: str) -> bytes:
    texts = {1: family, 2: "Regular", 4: family, 6: family.replace(" ", "")}
    records, storage = b"", b""
    for number, text in texts.items():
        encoded = text.encode("utf-16-be")
        records += struct.pack(">6H", 3, 1, 0x409, number, len(encoded), len(storage))
        storage += encoded
    return struct.pack(">3H", 0, len(texts), 6 + len(records)) + records + storage


def _file(tables: Mapping[bytes, bytes]) -> bytes:
    count = len(tables)
    directory, body = b"", b""
    start = 12 + 16 * count
    for tag in sorted(tables):
        directory += struct.pack(">4sIII", tag, 0, start + len(body), len(tables[tag]))
        body += tables[tag] + bytes(-len(tables[tag]) % 4)
    return b"\0\1\0\0" + struct.pack(">4H", count, 128, 3, 0) + directory + body
