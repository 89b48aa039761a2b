"""Fonts of a theme: examined, cut down to what draws letters, and given a name of their own.

A font of a stranger is data for a large parser in C, and its name could stand in front of a font of the system.
So nobody loads it as it is. What is handed on is a new file with the known tables only, under a family name that
Berth chooses. Format: https://learn.microsoft.com/typography/opentype/spec/otff.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

from berth.core.problem import Problem

MOST_BYTES = 16 << 20
SUFFIXES = (".ttf", ".otf")

_MOST_TABLES = 64
_TRUETYPE, _POSTSCRIPT = b"\0\1\0\0", b"OTTO"
_MAGIC = 0x5F0F3CF5
_HEAD = struct.Struct(">IIHHIHHH20xHH")
_KEPT = frozenset(
    "head hhea maxp hmtx cmap name OS/2 post cvt  fpgm prep glyf loca gasp CFF  CFF2 VORG GDEF GSUB GPOS kern vhea vmtx"
    " fvar avar gvar HVAR VVAR MVAR STAT BASE".replace("cvt  ", "cvt_ ")
    .replace("CFF  ", "CFF_ ")
    .split()
)
_NEEDED = ("head", "hhea", "maxp", "hmtx", "cmap", "OS/2")
_OUTLINES = (("glyf", "loca"), ("CFF_",), ("CFF2",))
_ITALIC, _BOLD, _REGULAR = 1, 1 << 5, 1 << 6
_BOLD_FROM = 600


class Face(NamedTuple):
    """What a font is registered as.

    Args:
        family: unknown to every sheet; at most 60 characters.
        number: tells faces of one family apart.
        weight: 1 to 1000; None leaves that of the file.
        italic: None leaves what the file says.
    """

    family: str
    number: int = 0
    weight: int | None = None
    italic: bool | None = None


def examine_font(data: bytes, name: str) -> None:
    """Raises `Problem` ``theme-font`` unless `data`, the contents of a file called `name`, is a sound font."""
    _tables(data, name)


def prepared(data: bytes, name: str, face: Face) -> bytes:
    """A font file with the letters of `data`, called what `face` says. Raises as `examine_font` does."""
    tables = _tables(data, name)
    head, system = bytearray(tables["head"]), bytearray(tables["OS/2"])
    weight, selection = struct.unpack_from(">H", system, 4)[0], struct.unpack_from(">H", system, 62)[0]
    weight = weight if face.weight is None else face.weight
    italic = bool(selection & _ITALIC) if face.italic is None else face.italic
    bold = weight >= _BOLD_FROM
    selection &= ~(_ITALIC | _BOLD | _REGULAR)
    selection |= _ITALIC * italic | _BOLD * bold | _REGULAR * (not italic and not bold)
    struct.pack_into(">H", system, 4, weight)
    struct.pack_into(">H", system, 62, selection)
    struct.pack_into(">H", head, 44, bold | italic << 1)
    tables |= {"head": bytes(head), "OS/2": bytes(system), "name": _names(face, bold=bold, italic=italic)}
    return _file(data[:4], tables)


def _refused(name: str, what: str, hint: str) -> Problem:
    return Problem("theme-font", f"“{name}” {what}.", hint)


def _tables(data: bytes, name: str) -> dict[str, bytes]:
    if len(data) > MOST_BYTES:
        raise _refused(name, "is too large", f"A font has {MOST_BYTES >> 20} MiB at most.")
    if data[:4] not in (_TRUETYPE, _POSTSCRIPT):
        raise _refused(name, "is no font that a theme can have", "Save it as TrueType or OpenType, not compressed.")
    try:
        found = _read(data)
        sound = found is not None and _is_sound(found)
    except struct.error:
        sound = False
    if not sound or found is None:
        raise _refused(name, "is a damaged font", "Export it again.")
    return found


def _read(data: bytes) -> dict[str, bytes] | None:
    (count,) = struct.unpack_from(">H", data, 4)
    if not 0 < count <= _MOST_TABLES:
        return None
    found: dict[str, bytes] = {}
    total = start = 12 + 16 * count
    for place in range(12, start, 16):
        tag, _sum, offset, length = struct.unpack_from(">4sIII", data, place)
        total += length
        key = tag.decode("latin-1").replace(" ", "_")
        # Tables that lie over each other would make a large font of a small file.
        if offset < start or offset + length > len(data) or total > len(data) or key in found:
            return None
        found[key] = data[offset : offset + length]
    return {key: table for key, table in found.items() if key in _KEPT}


def _is_sound(tables: Mapping[str, bytes]) -> bool:
    if any(key not in tables for key in _NEEDED):
        return False
    if not any(all(key in tables for key in keys) for keys in _OUTLINES) or len(tables["OS/2"]) < 64:
        return False
    _version, _revision, _sum, magic, _flags, units = struct.unpack_from(">IIIIHH", tables["head"])
    form = struct.unpack_from(">h", tables["head"], 50)[0]
    glyphs = struct.unpack_from(">H", tables["maxp"], 4)[0]
    metrics = struct.unpack_from(">H", tables["hhea"], 34)[0]
    if magic != _MAGIC or not 16 <= units <= 16384 or form not in (0, 1) or not 0 < metrics <= glyphs:
        return False
    if len(tables["hmtx"]) < 4 * metrics + 2 * (glyphs - metrics):
        return False
    return "loca" not in tables or len(tables["loca"]) >= (glyphs + 1) * (4 if form else 2)


def _names(face: Face, *, bold: bool, italic: bool) -> bytes:
    style = " ".join(word for word, holds in (("Bold", bold), ("Italic", italic)) if holds) or "Regular"
    full = f"{face.family} {face.number}"
    texts = {1: face.family, 2: style, 4: full, 6: f"Berth-{face.number}"}
    records, storage = b"", b""
    for number, text in texts.items():
        encoded = text.encode("utf-16-be")
        records += struct.pack(">6H", 3, 1, 0x409, number, len(encoded), len(storage))
        storage += encoded
    return struct.pack(">3H", 0, len(texts), 6 + len(records)) + records + storage


def _file(version: bytes, tables: Mapping[str, bytes]) -> bytes:
    count = len(tables)
    fold = 1 << (count.bit_length() - 1)
    head = struct.pack(">4s4H", version, count, fold * 16, fold.bit_length() - 1, (count - fold) * 16)
    directory, body = b"", bytearray()
    start = 12 + 16 * count
    for key in sorted(tables):
        table = tables[key]
        padded = table + bytes(-len(table) % 4)
        tag = key.replace("_", " ").encode("latin-1")
        directory += struct.pack(">4sIII", tag, _checksum(padded), start + len(body), len(table))
        body += padded
    return head + directory + bytes(body)


def _checksum(padded: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(padded) // 4}I", padded))
    return total & 0xFFFFFFFF
