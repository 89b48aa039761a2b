"""Opaque colours of a screen as red, green and blue from 0 to 1, and words that stay legible on them."""

from __future__ import annotations

from collections.abc import Iterable

from berth.themes.color_spaces import Triple
from berth.themes.colors import BLACK, WHITE, Color, converted, interpolate
from berth.themes.contrast import ratio

_STEP = 0.01


def solid(rgb: Triple) -> Color:
    return Color("srgb", rgb, 1.0, True)


def hexadecimal(rgb: Triple) -> str:
    """``#rrggbb``."""
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)


def parsed(text: str) -> Triple:
    """Of ``#rrggbb``."""
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def rounded(rgb: Triple) -> Triple:
    """As a colour of #rrggbb, so that what is tested is what is written."""
    red, green, blue = (round(part * 255) / 255 for part in rgb)
    return red, green, blue


def is_dark(ground: Triple) -> bool:
    """Whether white stands out more than black."""
    return ratio(WHITE, ground) > ratio(BLACK, ground)


def shifted(rgb: Triple, lightness: float) -> Triple:
    """Lighter, or darker, by a part of OKLCH's lightness."""
    light, chroma, hue = converted(solid(rgb), "oklch").filled()
    red, green, blue, _alpha = Color("oklch", (max(0.0, min(1.0, light + lightness)), chroma, hue)).srgb()
    return rounded((red, green, blue))


def mixed(one: Triple, other: Triple, portion: float) -> Triple:
    """`portion` (0 to 1) of `other` in `one`, as paint would look."""
    between = interpolate(converted(solid(one), "oklab"), converted(solid(other), "oklab"), portion)
    red, green, blue, _alpha = between.srgb()
    return rounded((red, green, blue))


def legible(rgb: Triple, ground: Triple, least: float) -> Triple:
    """`rgb`, made lighter or darker until it stands out from `ground` by `least`, as far as it can."""
    away = _STEP if is_dark(ground) else -_STEP
    found, tries = rgb, 0
    while ratio(solid(found), ground) < least:
        tries += 1
        if tries * _STEP > 1:
            return max((BLACK.filled(), WHITE.filled()), key=lambda end: ratio(solid(end), ground))
        found = shifted(rgb, away * tries)
    return found


def legible_on(rgb: Triple, grounds: Iterable[Triple], least: float) -> Triple:
    """On each of several grounds, which are all dark or all light."""
    for ground in grounds:
        rgb = legible(rgb, ground, least)
    return rgb
