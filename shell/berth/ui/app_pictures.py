"""Pictures of an app for QML. The engine has examined what is in the files; here is only looked whether they are
still where they may be.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
from PySide6.QtCore import QUrl

from berth.core.messages import AppInfo


class PictureRow(msgspec.Struct, frozen=True):
    """One picture; sizes are in its own pixels."""

    number: int
    source: str
    caption: str
    natural_width: int
    natural_height: int


def picture_rows(info: AppInfo) -> Iterator[PictureRow]:
    """Those that lie in the folder of the app's manifest."""
    folder = Path(info.source).parent
    sound = (picture for picture in info.pictures if _is_inside(folder, Path(picture.path)))
    for number, picture in enumerate(sound):
        source = QUrl.fromLocalFile(picture.path).toString()
        yield PictureRow(number, source, picture.caption, picture.width, picture.height)


def _is_inside(folder: Path, path: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve()) and stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, RuntimeError, ValueError):
        return False
