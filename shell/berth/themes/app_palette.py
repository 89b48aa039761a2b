"""What apps are told of the desktop's colours: fewer than there are tokens, opaque, and words always legible."""

from __future__ import annotations

from collections.abc import Mapping

from berth.core.messages import AppPalette
from berth.themes.color_spaces import Triple
from berth.themes.colors import Color
from berth.themes.contrast import ENHANCED, SYMBOLS, TEXT, over
from berth.themes.rgb import hexadecimal, is_dark, legible, rounded, shifted

_TERMINAL = ("danger", "tile6", "warning", "tile1", "tile3", "tile7")
"""Tokens with the hues of red, green, yellow, blue, magenta and cyan."""
_BRIGHTER = 0.06


def app_palette(colors: Mapping[str, str], *, high_contrast: bool = False, reduced_motion: bool = False) -> AppPalette:
    """A theme may look the same in both schemes, so apps are told what is to be seen.

    Args:
        colors: the tokens of the group ``color`` by name, as ``#rrggbbaa``.
    """
    text_ratio = ENHANCED if high_contrast else TEXT
    opaque = _Opaque(colors)
    view, window, header = opaque("windowBackground"), opaque("surfaceSunken"), opaque("titleBar")
    view_text = legible(opaque("text"), view, text_ratio)
    accent = legible(opaque("accent"), window, SYMBOLS)
    return AppPalette(
        scheme="dark" if is_dark(view) else "light",
        high_contrast=high_contrast,
        window=hexadecimal(window),
        window_text=hexadecimal(legible(opaque("text"), window, text_ratio)),
        view=hexadecimal(view),
        view_text=hexadecimal(view_text),
        header=hexadecimal(header),
        header_text=hexadecimal(legible(opaque("titleText"), header, text_ratio)),
        raised=hexadecimal(opaque("surfaceRaised")),
        muted=hexadecimal(legible(opaque("textMuted"), window, TEXT)),
        border=hexadecimal(opaque("borderStrong" if high_contrast else "border")),
        accent=hexadecimal(accent),
        on_accent=hexadecimal(legible(opaque("textOnAccent"), accent, text_ratio)),
        link=hexadecimal(legible(opaque("link"), view, text_ratio)),
        error=hexadecimal(legible(opaque("danger"), view, text_ratio)),
        warning=hexadecimal(legible(opaque("warning"), view, text_ratio)),
        success=hexadecimal(legible(opaque("tile6"), view, text_ratio)),
        terminal=_terminal(opaque, view, view_text, text_ratio),
        reduced_motion=reduced_motion,
    )


def _terminal(opaque: _Opaque, ground: Triple, text: Triple, least: float) -> tuple[str, ...]:
    """Black and white keep their names in both schemes, so one of them is near the ground."""
    hues = [legible(opaque(name), ground, least) for name in _TERMINAL]
    way = _BRIGHTER if is_dark(ground) else -_BRIGHTER
    bright = [legible(shifted(hue, way), ground, least) for hue in hues]
    muted = legible(opaque("textMuted"), ground, SYMBOLS)
    ends = [opaque("border"), muted, opaque("textMuted"), text]
    black, grey, white, bright_white = ends if is_dark(ground) else [text, muted, opaque("border"), ground]
    return tuple(map(hexadecimal, (black, *hues, white, grey, *bright, bright_white)))


class _Opaque:
    """A token's colour as it looks on the ground of windows."""

    def __init__(self, colors: Mapping[str, str]) -> None:
        self._colors = colors
        self._ground = over(_parsed(colors["windowBackground"]), (1.0, 1.0, 1.0))

    def __call__(self, name: str) -> Triple:
        return rounded(over(_parsed(self._colors[name]), self._ground))


def _parsed(text: str) -> Color:
    red, green, blue, alpha = (int(text[at : at + 2] or "ff", 16) / 255 for at in (1, 3, 5, 7))
    return Color("srgb", (red, green, blue), alpha, True)
