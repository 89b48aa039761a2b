"""How the words of an element are written beside their colour and font, as QML reads it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QColor, QFont

from berth.themes.gradients import pixels
from berth.themes.units import Number
from berth.themes.values import Shadow, Value
from berth.ui.colors import qt_color

MOST_SHADOWS = 4
_FARTHEST = 100.0
_MOST_BLUR = 40.0
_LEAST_BLUR = 0.5
_CAPITALS = {
    "uppercase": QFont.Capitalization.AllUppercase,
    "lowercase": QFont.Capitalization.AllLowercase,
    "capitalize": QFont.Capitalization.Capitalize,
}
# Rings of copies that stand for a blur, in standard deviations: radius, copies, and the weight of them all.
_RINGS = ((0.0, 1, 0.16), (0.8, 6, 0.44), (1.6, 8, 0.40))


def wording(values: Mapping[str, Value]) -> dict[str, Any]:
    """``capitals`` (of `QFont`), ``italic``, ``letterSpacing``, ``lineHeight`` (0 as the font has it), ``copies``.

    A copy is x, y and colour of the same words behind them: shadows. ``plain`` says that there is nothing of these.
    """
    found = {
        "capitals": _CAPITALS.get(values["text-transform"], QFont.Capitalization.MixedCase).value,
        "italic": values["font-style"] != "normal",
        "letterSpacing": pixels(values["letter-spacing"], pixels(values["font-size"])),
        "lineHeight": _line_height(values["line-height"], pixels(values["font-size"])),
        "copies": copies(values["text-shadow"]),
    }
    return {**found, "plain": not any(found.values())}


def _line_height(value: Value, size: float) -> float:
    if isinstance(value, Number) and value.unit == "":
        return max(0.0, min(1000.0, value.value * size))
    return max(0.0, min(1000.0, pixels(value, size)))


def copies(shadows: Value) -> list[list[Any]]:
    """The words again for each shadow, the lowest first. Without a GPU a blur is some pale copies around it."""
    found: list[list[Any]] = []
    for shadow in reversed([] if shadows == "none" else shadows[:MOST_SHADOWS]):
        found += _blurred(shadow)
    return found


def _blurred(shadow: Shadow) -> list[list[Any]]:
    x, y = (max(-_FARTHEST, min(_FARTHEST, pixels(part))) for part in (shadow.x, shadow.y))
    deviation = max(0.0, min(_MOST_BLUR, pixels(shadow.blur))) / 2
    color = qt_color(shadow.color)
    if not color.alpha():
        return []
    if deviation < _LEAST_BLUR:
        return [[x, y, color]]
    found = []
    for radius, count, weight in _RINGS:
        pale = QColor(color)
        # So that all of them, one above the other, cover as much as their weight.
        pale.setAlphaF(1 - (1 - color.alphaF() * weight) ** (1 / max(1.0, count / 2)))
        for number in range(count):
            angle = 2 * math.pi * number / count
            found.append([x + math.cos(angle) * radius * deviation, y + math.sin(angle) * radius * deviation, pale])
    return found
