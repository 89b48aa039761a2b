"""Which pictures a theme may have; they are examined before anything decodes them."""

from __future__ import annotations

from pathlib import Path

from berth.core import picture_files
from berth.core.picture_files import Bounds, Picture
from berth.core.problem import Problem
from berth.themes.folder import read_bytes_inside

FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
MOST_BYTES = 16 << 20
MOST_SIDE = 8192
MOST_PIXELS = 1 << 24
"""64 MiB once decoded; a wallpaper of 5K has 15 million."""
_BOUNDS = Bounds(FORMATS, MOST_BYTES, MOST_SIDE, MOST_PIXELS)


def examine_picture(data: bytes, name: str) -> Picture:
    """What `data`, the contents of a file called `name`, is a picture of.

    Raises:
        Problem: ``theme-picture`` if it is no PNG or JPEG, is damaged, or too large.
    """
    try:
        return picture_files.examine_picture(data, name, _BOUNDS)
    except Problem as problem:
        raise Problem("theme-picture", problem.message, problem.hint) from None


def read_picture(folder: Path, name: str) -> bytes:
    """The contents of the picture `name` of a theme's folder, safe to be decoded.

    Raises:
        Problem: ``theme-file`` if there is no such file inside of the folder, or as `examine_picture` does.
    """
    data = read_bytes_inside(folder, name, MOST_BYTES)
    examine_picture(data, name)
    return data
