"""Colours as values: what a sheet says, and what it comes to for one element.

A `Color` keeps the space it was written in, because mixing depends on it; `ColorExpression`s wait for
the element's own colour (``currentcolor``) or the colour scheme. After
https://www.w3.org/TR/css-color-4/ and https://www.w3.org/TR/css-color-5/.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from berth.themes.arithmetic import plain, simplify
from berth.themes.color_spaces import POLAR, Triple, convert
from berth.themes.units import Number, Numeric

Component = float | None
"""None is CSS's ``none``."""

CURRENT = "".join(("current", "color"))
"""A word of its own: it is compared by identity, as a sheet may use the same letters for a name."""
_LEGACY_ALPHA_DIGITS = 3
# Up to these a colour is grey and its hue says nothing. The specification leaves the numbers open; Chromium's.
_GREY = {"lch": 0.02, "oklch": 0.02, "hsl": 0.000001}
_ANALOGOUS: tuple[Mapping[str, int], ...] = (
    {"srgb": 0, "srgb-linear": 0, "display-p3": 0, "a98-rgb": 0, "prophoto-rgb": 0, "rec2020": 0}
    | {"xyz": 0, "xyz-d50": 0, "xyz-d65": 0},
    {"srgb": 1, "srgb-linear": 1, "display-p3": 1, "a98-rgb": 1, "prophoto-rgb": 1, "rec2020": 1}
    | {"xyz": 1, "xyz-d50": 1, "xyz-d65": 1},
    {"srgb": 2, "srgb-linear": 2, "display-p3": 2, "a98-rgb": 2, "prophoto-rgb": 2, "rec2020": 2}
    | {"xyz": 2, "xyz-d50": 2, "xyz-d65": 2},
    {"lab": 0, "lch": 0, "oklab": 0, "oklch": 0, "hsl": 2},
    {"lch": 1, "oklch": 1, "hsl": 1},
    {"lch": 2, "oklch": 2, "hsl": 0, "hwb": 0},
    {"lab": 1, "oklab": 1},
    {"lab": 2, "oklab": 2},
)


class Color(NamedTuple):
    """A colour in a space of `color_spaces`.

    `legacy` colours (names, hex, rgb(), hsl(), hwb()) are written as ``rgb()`` with whole numbers.
    """

    space: str
    components: tuple[Component, Component, Component]
    alpha: Component = 1.0
    legacy: bool = False

    def filled(self) -> Triple:
        one, two, three = self.components
        return one or 0.0, two or 0.0, three or 0.0

    def srgb(self) -> tuple[float, float, float, float]:
        """Red, green, blue and alpha from 0 to 1, clipped to what a screen shows."""
        red, green, blue = convert(self.filled(), self.space, "srgb")
        return _clip(red), _clip(green), _clip(blue), _clip(self.alpha or 0.0)

    def css(self) -> str:
        alpha = self.alpha
        if self.legacy:
            red, green, blue, opacity = self.srgb()
            bytes_ = ", ".join(str(math.floor(part * 255 + 0.5)) for part in (red, green, blue))
            return f"rgb({bytes_})" if opacity == 1 else f"rgba({bytes_}, {plain(round(opacity, 6))})"
        space, components = self.space, self.components
        if space in ("hsl", "hwb"):
            space, components = "srgb", convert(self.filled(), space, "srgb")
        words = " ".join("none" if part is None else plain(part) for part in components)
        tail = " / none" if alpha is None else "" if alpha == 1 else f" / {plain(alpha)}"
        if space in ("lab", "lch", "oklab", "oklch"):
            return f"{space}({words}{tail})"
        return f"color({'xyz-d65' if space == 'xyz' else space} {words}{tail})"


def _clip(value: float) -> float:
    return 0.0 if not value > 0 else min(value, 1.0)


BLACK = Color("srgb", (0.0, 0.0, 0.0), 1.0, True)
WHITE = Color("srgb", (1.0, 1.0, 1.0), 1.0, True)
TRANSPARENT = Color("srgb", (0.0, 0.0, 0.0), 0.0, True)


class LightDark(NamedTuple):
    light: ColorValue
    dark: ColorValue

    def resolve(self, scheme: str, current: ColorValue) -> ColorValue:
        return resolve(self.dark if scheme == "dark" else self.light, scheme, current)

    def css(self) -> str:
        return f"light-dark({color_css(self.light)}, {color_css(self.dark)})"


class Mixed(NamedTuple):
    """``color-mix()``; shares as fractions, None where the sheet gives none."""

    space: str
    hue: str
    first: ColorValue
    first_share: float | None
    second: ColorValue
    second_share: float | None

    def resolve(self, scheme: str, current: ColorValue) -> ColorValue:
        first, second = resolve(self.first, scheme, current), resolve(self.second, scheme, current)
        if isinstance(first, Color) and isinstance(second, Color):
            return mix(self.space, self.hue, first, self.first_share, second, self.second_share)
        return self._replace(first=first, second=second)

    def css(self) -> str:
        hue = f" {self.hue} hue" if self.hue != "shorter" else ""
        one, two = self.first_share, self.second_share
        one, two = (
            (1 - two if one is None and two is not None else one),
            (1 - one if two is None and one is not None else two),
        )
        parts = ((self.first, one), (self.second, two))
        colors = [color_css(c) + ("" if share is None else f" {plain(share * 100)}%") for c, share in parts]
        return f"color-mix(in {self.space}{hue}, {', '.join(colors)})"


class Relative(NamedTuple):
    """``oklch(from ORIGIN l c h)``: channels are expressions of words that the origin gives a value.

    A channel is a number (already in the unit of the space), None for ``none``, or a word. Words stand in
    expressions as units that begin with ``@``.
    """

    space: str
    origin: ColorValue
    channels: tuple[Numeric | None, Numeric | None, Numeric | None]
    alpha: Numeric | None

    def resolve(self, scheme: str, current: ColorValue) -> ColorValue:
        origin = resolve(self.origin, scheme, current)
        if isinstance(origin, Color):
            return _relative(self, origin)
        return self._replace(origin=origin)

    def css(self) -> str:
        return f"color(from {color_css(self.origin)} {self.space})"


ColorExpression = LightDark | Mixed | Relative
ColorValue = Color | ColorExpression | str
"""The only string is `CURRENT`."""


def resolve(value: ColorValue, scheme: str, current: ColorValue) -> ColorValue:
    """What `value` comes to.

    Args:
        scheme: ``light`` or ``dark``.
        current: stands for ``currentcolor``; `CURRENT` leaves it open.
    """
    if isinstance(value, Color):
        return value
    return current if isinstance(value, str) else value.resolve(scheme, current)


def color_css(value: ColorValue) -> str:
    return value if isinstance(value, str) else value.css()


# --- mixing


def converted(color: Color, space: str, *, powerless: bool = True) -> Color:
    """`color` in another space: what is missing stays missing, and with `powerless` a grey has no hue."""
    if color.space == space:
        parts = list(color.components)
    else:
        parts = list(convert(color.filled(), color.space, space))
        if all(part is None for part in color.components):
            parts = [None, None, None]
        else:
            for group in _ANALOGOUS:
                if color.space in group and space in group and color.components[group[color.space]] is None:
                    parts[group[space]] = None
            if powerless and space in POLAR and _is_grey(space, parts):
                parts[POLAR[space]] = None
    return Color(space, (parts[0], parts[1], parts[2]), color.alpha, False)


def _is_grey(space: str, parts: list[Component]) -> bool:
    if space == "hwb":
        return (parts[1] or 0) + (parts[2] or 0) >= 99.999
    return (parts[1] or 0) <= _GREY[space]


def mix(space: str, hue: str, first: Color, share: float | None, second: Color, other_share: float | None) -> Color:
    """After https://www.w3.org/TR/css-color-5/#color-mix-result."""
    if share is None:
        share = 0.5 if other_share is None else 1 - other_share
    if other_share is None:
        other_share = 1 - share
    total = share + other_share
    opacity = min(1.0, total)
    portion = other_share / total
    one, two = converted(first, space), converted(second, space)
    result = interpolate(one, two, portion, hue)
    alpha = None if result.alpha is None else result.alpha * opacity
    return result._replace(alpha=alpha)


def interpolate(one: Color, two: Color, portion: float, hue: str = "shorter") -> Color:
    """The colour at `portion` (0 to 1) between two of the same space, premultiplied by alpha."""
    place = POLAR.get(one.space, -1)
    first_alpha = one.alpha if one.alpha is not None else two.alpha
    second_alpha = two.alpha if two.alpha is not None else one.alpha
    alpha = None
    a, b = 1.0, 1.0
    if first_alpha is not None and second_alpha is not None:
        alpha = first_alpha + (second_alpha - first_alpha) * portion
        a, b = first_alpha, second_alpha
    found: list[Component] = []
    for index in range(3):
        left, right = one.components[index], two.components[index]
        left, right = (right if left is None else left), (left if right is None else right)
        if left is None or right is None:
            found.append(None)
        elif index == place:
            left, right = _fix_hues(left % 360, right % 360, hue)
            found.append((left + (right - left) * portion) % 360)
        else:
            value = left * a * (1 - portion) + right * b * portion
            found.append(value / alpha if alpha else value)
    return Color(one.space, (found[0], found[1], found[2]), alpha, False)


def _fix_hues(one: float, two: float, way: str) -> tuple[float, float]:
    turn = two - one
    if way == "shorter":
        return (one + 360, two) if turn > 180 else (one, two + 360) if turn < -180 else (one, two)
    if way == "longer":
        return (one + 360, two) if 0 < turn < 180 else (one, two + 360) if -180 < turn <= 0 else (one, two)
    if way == "increasing":
        return (one, two + 360) if turn < 0 else (one, two)
    return (one + 360, two) if turn > 0 else (one, two)


# --- relative colours

CHANNELS = {
    "rgb": ("r", "g", "b"),
    "hsl": ("h", "s", "l"),
    "hwb": ("h", "w", "b"),
    "lab": ("l", "a", "b"),
    "lch": ("l", "c", "h"),
    "oklab": ("l", "a", "b"),
    "oklch": ("l", "c", "h"),
}
"""Function -> its words; ``color()`` has r g b, or x y z."""


def word_names(space: str) -> tuple[str, ...]:
    return CHANNELS.get(space) or (("x", "y", "z") if space.startswith("xyz") else ("r", "g", "b"))


def _relative(value: Relative, origin: Color) -> Color:
    space = "srgb" if value.space == "rgb" else value.space
    base = converted(origin, space, powerless=False)
    scale = 255 if value.space == "rgb" else 1
    names = word_names(value.space)
    words: dict[str, Component] = {
        name: None if part is None else part * scale for name, part in zip(names, base.components, strict=True)
    }
    words["alpha"] = origin.alpha
    parts = [None if channel is None else _channel(channel, words) for channel in value.channels]
    alpha = None if value.alpha is None else _channel(value.alpha, words)
    return Color(
        space,
        bounded(space, [None if part is None else part / scale for part in parts]),
        None if alpha is None else max(0.0, min(1.0, alpha)),
    )


def bounded(space: str, parts: list[Component]) -> tuple[Component, Component, Component]:
    """Lightness between its ends, chroma not below nothing, as they are when parsed."""
    if space in ("lab", "lch", "oklab", "oklch"):
        most = 100.0 if space in ("lab", "lch") else 1.0
        parts[0] = None if parts[0] is None else max(0.0, min(most, parts[0]))
    if space in ("lch", "oklch", "hsl") and parts[1] is not None:
        parts[1] = max(0.0, parts[1])
    hue = parts[POLAR[space]] if space in POLAR else None
    if hue is not None:
        parts[POLAR[space]] = hue % 360 if math.isfinite(hue) else 0.0
    return parts[0], parts[1], parts[2]


def _channel(channel: Numeric, words: Mapping[str, Component]) -> Component:
    if isinstance(channel, Number) and channel.unit.startswith("@") and channel.value == 1:
        return words[channel.unit[1:]]
    done = simplify(_with_words(channel, words))
    if not isinstance(done, Number) or math.isnan(done.value):
        return 0.0
    return done.value


def _with_words(node: Numeric, words: Mapping[str, Component]) -> Numeric:
    if isinstance(node, Number):
        return Number((words[node.unit[1:]] or 0.0) * node.value, "") if node.unit.startswith("@") else node
    return node._replace(parts=tuple(_with_words(part, words) for part in node.parts))
