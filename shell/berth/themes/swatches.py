"""From a handful of colours to a whole theme: every colour token, in both schemes and in high contrast.

Words are made legible by WCAG's ratios on each ground that they come to lie on, so that whatever the colours are,
the theme passes ``berth theme check``.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from berth.themes.color_spaces import Triple
from berth.themes.colors import BLACK, WHITE
from berth.themes.contrast import ENHANCED, SYMBOLS, TEXT, ratio
from berth.themes.rgb import hexadecimal, is_dark, legible, legible_on, mixed, shifted, solid

_BLACK, _WHITE = BLACK.filled(), WHITE.filled()
_MARGIN = 0.8
"""Of contrast: buttons under the pointer are tinted by the colour of their words."""
_TINT = 0.12
_GROUND = 9.0
"""Contrast of a ground with white, or black."""


class Swatches(NamedTuple):
    """What a theme is made of, for one scheme.

    Attributes:
        ground: of windows.
        second: of what lies beside it, a little lighter or darker.
        line: of borders.
        muted: of words of less weight.
        text: of words.
    """

    ground: Triple
    second: Triple
    line: Triple
    muted: Triple
    text: Triple
    accent: Triple
    red: Triple
    orange: Triple
    yellow: Triple
    green: Triple
    cyan: Triple
    blue: Triple
    magenta: Triple


def tokens_json(light: Swatches, dark: Swatches) -> str:
    """A theme's ``tokens.json``."""
    by_scheme = [(_colors(one, TEXT), _colors(_stark(one), ENHANCED)) for one in (light, dark)]
    (plain, stark), (dark_plain, dark_stark) = by_scheme
    modifiers = {
        "scheme": {"dark": {"color": _group(dark_plain), "contrast": _group(dark_stark)}},
        "contrast": {"high": {"color": _group({name: f"{{contrast.{name}}}" for name in stark})}},
    }
    document = {
        "color": _group(plain),
        "contrast": _group(stark),
        "$extensions": {"berth.modifiers": modifiers},
    }
    return json.dumps(document, indent=2) + "\n"


def _group(values: dict[str, str]) -> dict[str, Any]:
    return {"$type": "color", **{name: {"$value": value} for name, value in values.items()}}


def _stark(swatches: Swatches) -> Swatches:
    ground, text = (_BLACK, _WHITE) if is_dark(swatches.ground) else (_WHITE, _BLACK)
    return swatches._replace(ground=ground, second=ground, line=text, muted=text, text=text)


def _colors(given: Swatches, least: float) -> dict[str, str]:
    """The tokens of the group ``color``."""
    s = _settled(given)
    dark = is_dark(s.ground)
    raised, sunken = (s.second, s.ground) if dark else (s.ground, s.second)
    on_accent = _BLACK if dark else _WHITE
    selected = mixed(raised, s.accent, 0.2 if least == TEXT else 0.0)
    soft = {name: mixed(raised, hue, 0.15 if least == TEXT else 0.0) for name, hue in _signals(s).items()}
    grounds = [raised, sunken, selected, *soft.values(), *(mixed(ground, s.text, _TINT) for ground in (raised, sunken))]
    grounds = [ground for ground in grounds if is_dark(ground) == dark]
    text = legible_on(s.text, grounds, least + _MARGIN)

    def words(rgb: Triple) -> Triple:
        return legible_on(rgb, grounds, least + _MARGIN)

    def filled(rgb: Triple) -> Triple:
        """A ground for words in `on_accent`, which stands out itself."""
        return legible(legible_on(rgb, (raised, sunken), least), on_accent, least)

    away = 0.03 if dark else -0.03
    accent, danger = filled(s.accent), filled(words(s.red))
    opaque = {
        "surfaceRaised": raised,
        "surfaceSunken": sunken,
        "windowBackground": s.ground,
        "launcher": raised,
        "panel": raised,
        "titleBar": raised,
        "titleBarInactive": sunken,
        "text": text,
        "textMuted": words(s.muted),
        "titleText": text,
        "titleTextInactive": words(s.muted),
        "textOnAccent": on_accent,
        "link": words(s.blue),
        "borderStrong": legible_on(s.line, grounds, SYMBOLS),
        "selected": selected,
        "focus": accent,
        **_three("accent", accent, away),
        **_three("danger", danger, away),
        "warning": words(s.yellow),
        "info": words(s.blue),
        **{f"{name}Soft": ground for name, ground in soft.items()},
        **_tiles(s),
        **_wallpaper(s, accent),
    }
    ink = hexadecimal(text)
    clear = {"border": "1f", "windowBorder": "33", "windowBorderInactive": "1f", "hover": "0f", "pressed": "1f"}
    if least > TEXT:
        clear |= {"border": "ff", "windowBorder": "ff", "windowBorderInactive": "99"}
    shown = {name: hexadecimal(rgb) for name, rgb in opaque.items()}
    return shown | {name: ink + alpha for name, alpha in clear.items()} | {"scrim": "#00000080"}


def _settled(swatches: Swatches) -> Swatches:
    """Grounds dark enough, or light enough, that there are words for them."""
    dark = is_dark(swatches.ground)
    far, away = (_WHITE, -0.01) if dark else (_BLACK, 0.01)

    def settled(ground: Triple) -> Triple:
        while ratio(solid(far), ground) < _GROUND:
            ground = shifted(ground, away)
        return ground

    ground = settled(swatches.ground)
    return swatches._replace(
        ground=ground, second=settled(swatches.second) if is_dark(swatches.second) == dark else ground
    )


def _signals(s: Swatches) -> dict[str, Triple]:
    return {"danger": s.red, "warning": s.yellow, "info": s.blue}


def _three(name: str, rgb: Triple, away: float) -> dict[str, Triple]:
    """As it is, under the pointer and pressed: each further from the words on it."""
    if shifted(rgb, away) == rgb:
        away *= -5
    return {name: rgb, f"{name}Hover": shifted(rgb, away), f"{name}Pressed": shifted(rgb, 2 * away)}


def _tiles(s: Swatches) -> dict[str, Triple]:
    """Grounds for a white letter."""
    violet = mixed(s.blue, s.magenta, 0.5)
    hues = (s.blue, violet, s.magenta, s.red, s.orange, s.green, s.cyan, s.muted)
    tiles = {f"tile{number}": legible(hue, _WHITE, TEXT) for number, hue in enumerate(hues, 1)}
    return {**tiles, "tileText": _WHITE}


def _wallpaper(s: Swatches, accent: Triple) -> dict[str, Triple]:
    waves = {f"wave{number}": mixed(s.ground, accent, 0.15 * number) for number in range(1, 5)}
    glow = mixed(s.ground, s.yellow, 0.25)
    return {"wallpaperTop": mixed(s.ground, s.blue, 0.2), "wallpaperBottom": s.second, "wallpaperGlow": glow, **waves}
