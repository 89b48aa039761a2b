"""Colours of themes as Qt has them."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QColor

from berth.themes.colors import Color
from berth.themes.values import Value

TRANSPARENT = QColor(0, 0, 0, 0)
_MOST = 1024


@lru_cache(_MOST)
def qt_color(value: Value) -> QColor:
    """Transparent for what is no colour. Shared: make another to change it."""
    return QColor.fromRgbF(*value.srgb()) if isinstance(value, Color) else TRANSPARENT
