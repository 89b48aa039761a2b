"""How well words stand out from their ground: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

from __future__ import annotations

from berth.themes.colors import Color

TEXT = 4.5
ENHANCED = 7.0
SYMBOLS = 3.0
_Rgb = tuple[float, float, float]


def luminance(rgb: _Rgb) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def over(color: Color, ground: _Rgb) -> _Rgb:
    """`color` laid over an opaque ground."""
    red, green, blue, alpha = color.srgb()
    mixed = (top * alpha + below * (1 - alpha) for top, below in zip((red, green, blue), ground, strict=True))
    first, second, third = mixed
    return first, second, third


def ratio(color: Color, ground: _Rgb) -> float:
    """From 1 (the same) to 21 (black and white); a transparent `color` is seen over `ground`."""
    one, two = luminance(over(color, ground)), luminance(ground)
    return (max(one, two) + 0.05) / (min(one, two) + 0.05)
