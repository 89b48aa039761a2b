"""A window's own picture, from the display server's memory file to a URL that QML loads."""

from __future__ import annotations

import base64
import os

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage

LARGEST = 96
"""Pixels of a side that are kept: the switcher's icon on a screen of scale two."""
_UNCOMPRESSED = 100  # Qt's quality of a PNG file: it is read again at once


def picture_url(side: int, fd: int) -> str:
    """A ``data:`` URL of `side` x `side` premultiplied argb8888 pixels, "" if there are fewer in `fd`.

    The descriptor stays the caller's.
    """
    size = side * side * 4
    pixels = os.pread(fd, size, 0)
    if side <= 0 or len(pixels) != size:
        return ""
    image = QImage(pixels, side, side, side * 4, QImage.Format.Format_ARGB32_Premultiplied)
    if side > LARGEST:
        image = image.scaled(LARGEST, LARGEST, mode=Qt.TransformationMode.SmoothTransformation)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG", _UNCOMPRESSED)  # type: ignore[call-overload]
    return "data:image/png;base64," + base64.b64encode(data.data()).decode()
