"""Colours of themes as Qt has them."""

from __future__ import annotations

from PySide6.QtGui import QColor

from berth.themes.colors import Color
from berth.themes.values import Value

TRANSPARENT = QColor(0, 0, 0, 0)


def qt_color(value: Value) -> QColor:
    """Transparent for what is no colour."""
    return QColor.fromRgbF(*value.srgb()) if isinstance(value, Color) else TRANSPARENT
