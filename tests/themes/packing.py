"""Themes in memory for tests of packing."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

TOML = b'id = "mine"\nname = "Mine"\nversion = "1.0"\nlicense = "MIT"\n'


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 4, height: int = 4, grey: int = 128) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([grey]) * width) * height
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def files(**more: bytes) -> dict[str, bytes]:
    """A sound theme; `more` has names with ``__`` for a dot."""
    plain = {
        "theme.toml": TOML,
        "style.css": b'@import "parts/menu.css"; panel { background-image: url(assets/dots.png) }',
        "parts/menu.css": b"menu { border-radius: 3px }",
        "assets/dots.png": png(),
        "LICENSE": b"Do as you like.",
    }
    return plain | {name.replace("__", "."): data for name, data in more.items()}


def folder_of(theme: dict[str, bytes], place: Path) -> Path:
    for name, data in theme.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return place
