"""A pointer theme for programs that draw their own pointer, as libXcursor and those that learned from it read it.

Toolkits that look for a theme once, by a name in their environment, are told one that leads to the pointers of the
day; those that hear of another name get one for each content. GTK does not look into the themes that one inherits, so
pictures that there are none of are links to those of Debian's.
Sources: Xcursor(3), https://specifications.freedesktop.org/icon-theme-spec/latest/.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

from berth.core.messages import PointerPicture, SetAppPointers
from berth.core.plan import POINTER_THEME
from berth.core.pointers import names_of
from berth.core.problem import Problem

MOST_BYTES = 4 << 20
_IMAGES = Path("/usr/share/icons")
_BASE = "Adwaita"
"""What Debian draws, if its package is in the image."""
_INDEX = f"[Icon Theme]\nName=Berth\nComment=\nInherits={_BASE},default\n"
_VERSION = 0x10000
_FILE_HEADER, _PICTURE_HEADER, _ENTRY = 16, 36, 12
_PICTURE = 0xFFFD0002


def check(pointers: SetAppPointers) -> None:
    """Raises `Problem` ``pointers-unsound`` unless pictures are as large as they say, and not too large together."""
    pictures = [one for several in pointers.pictures.values() for one in several]
    if sum(len(one.pixels) for one in pictures) > MOST_BYTES:
        raise Problem("pointers-unsound", f"Pointers for apps have {MOST_BYTES >> 20} MiB at most.")
    for one in pictures:
        if len(one.pixels) != one.width * one.height * 4 or one.x >= one.width or one.y >= one.height:
            raise Problem("pointers-unsound", "A pointer's picture has another size than it says.")


def xcursor(pictures: Iterable[PointerPicture]) -> bytes:
    """A file of libXcursor's with these pictures, each for its longer side."""
    sizes = {max(one.width, one.height): one for one in pictures}
    start = _FILE_HEADER + _ENTRY * len(sizes)
    contents, chunks = b"", b""
    for size, one in sizes.items():
        contents += struct.pack("<3I", _PICTURE, size, start + len(chunks))
        chunks += struct.pack("<9I", _PICTURE_HEADER, _PICTURE, size, 1, one.width, one.height, one.x, one.y, 0)
        chunks += one.pixels
    return struct.pack("<4sIII", b"Xcur", _FILE_HEADER, _VERSION, len(sizes)) + contents + chunks


def write(pointers: SetAppPointers, folder: Path) -> None:
    """Raises OSError."""
    cursors = folder / "cursors"
    cursors.mkdir(mode=0o755, parents=True)
    (folder / "index.theme").write_text(_INDEX)
    for name, pictures in pointers.pictures.items():
        (cursors / name).write_bytes(xcursor(pictures))
    for name, shown in names_of(pointers.pictures).items():
        if name != shown:
            (cursors / name).symlink_to(shown or _IMAGES / _BASE / "cursors" / name)


def point(icons: Path, name: str) -> None:
    """Let `POINTER_THEME` lead to the theme `name` beside it, "" to that of the image. Raises OSError."""
    target = Path(name) if name else _IMAGES / "default"
    link, new = icons / POINTER_THEME, icons / f".{POINTER_THEME}.new"
    if link.is_symlink() and link.readlink() == target:
        return
    icons.mkdir(mode=0o755, parents=True, exist_ok=True)
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.rename(link)
