"""What ``filter`` does to a picture, step by step: https://www.w3.org/TR/filter-effects-1/."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from berth.themes.color_spaces import Triple
from berth.themes.colors import Color
from berth.themes.gradients import pixels
from berth.themes.units import Number
from berth.themes.values import Shadow, Value

MOST_STEPS = 8
MOST_BLUR = 32.0
"""Pixels of deviation; what a sheet says beyond that is drawn so."""
FARTHEST = 300.0
"""Pixels that a shadow may be moved by."""
_MOST_AMOUNT = 1e4
"""What is more looks the same, and is no number any more for graphics hardware."""
_REACH = 3.0
"""Of a Gauss curve, in deviations."""
_LUMA: Triple = (0.2126, 0.7152, 0.0722)
_SEPIA: tuple[Triple, Triple, Triple] = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
_HUE_LUMA: Triple = (0.213, 0.715, 0.072)
# Around which hues turn, as the specification rounds it.
_HUE_SINE: tuple[Triple, Triple, Triple] = ((-0.213, -0.715, 0.928), (0.143, 0.140, -0.283), (-0.787, 0.715, 0.072))
_ONE: tuple[Triple, Triple, Triple] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


class Recolor(NamedTuple):
    """Other colours: each new part is a sum of the old ones and `lift`; `alpha` is kept of how opaque it is."""

    rows: tuple[Triple, Triple, Triple] = _ONE
    lift: float = 0.0
    alpha: float = 1.0

    def of(self, color: Color) -> Color:
        red, green, blue, alpha = color.srgb()
        first, second, third = (
            min(1.0, max(0.0, row[0] * red + row[1] * green + row[2] * blue + self.lift)) for row in self.rows
        )
        return Color("srgb", (first, second, third), alpha * self.alpha, True)


class Blur(NamedTuple):
    """`deviation` in pixels."""

    deviation: float


class Drop(NamedTuple):
    """A shadow of the shape."""

    shadow: Shadow

    @property
    def deviation(self) -> float:
        return min(MOST_BLUR, max(0.0, pixels(self.shadow.blur)))

    @property
    def offset(self) -> tuple[float, float]:
        x, y = (max(-FARTHEST, min(FARTHEST, pixels(part))) for part in (self.shadow.x, self.shadow.y))
        return x, y


Step = Recolor | Blur | Drop


def steps(value: Value) -> list[Step]:
    """What a used value of ``filter`` comes to, in its order; `MOST_STEPS` of them."""
    return [] if value == "none" else list(_steps(value))[:MOST_STEPS]


def _steps(value: Value) -> Iterator[Step]:
    for part in value:
        argument = part.arguments[0]
        if part.name == "blur":
            # A length that depends on the font may come out negative.
            if deviation := max(0.0, min(MOST_BLUR, pixels(argument))):
                yield Blur(deviation)
        elif part.name == "drop-shadow":
            yield Drop(argument)
        elif (step := _RECOLORS[part.name](_amount(argument))) != Recolor():
            yield step


def _amount(value: Value) -> float:
    if not isinstance(value, Number) or not math.isfinite(value.value):
        return 1.0
    if value.unit == "deg":
        return value.value
    return min(_MOST_AMOUNT, value.value / 100 if value.unit == "%" else value.value)


def _toward(rows: tuple[Triple, Triple, Triple], share: float) -> Recolor:
    """Between the colours as they are and what `rows` make of them."""
    mixed = (
        tuple(was + (now - was) * share for was, now in zip(one, row, strict=True))
        for one, row in zip(_ONE, rows, strict=True)
    )
    first, second, third = mixed
    return Recolor((first, second, third))  # type: ignore[arg-type]


def _even(factor: float, lift: float = 0.0) -> Recolor:
    return Recolor(((factor, 0.0, 0.0), (0.0, factor, 0.0), (0.0, 0.0, factor)), lift)


def _turned(angle: float) -> Recolor:
    """Hues turned by `angle` degrees, with the same lightness."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    rows = (
        tuple(
            luma + (one - luma) * cosine + turn * sine
            for luma, one, turn in zip(_HUE_LUMA, _ONE[place], _HUE_SINE[place], strict=True)
        )
        for place in range(3)
    )
    first, second, third = rows
    return Recolor((first, second, third))  # type: ignore[arg-type]


_RECOLORS: dict[str, Callable[[float], Recolor]] = {
    "brightness": lambda amount: _even(amount),
    "contrast": lambda amount: _even(amount, 0.5 - 0.5 * amount),
    "grayscale": lambda amount: _toward((_LUMA,) * 3, min(1.0, amount)),
    "hue-rotate": _turned,
    "invert": lambda amount: _even(1 - 2 * min(1.0, amount), min(1.0, amount)),
    "opacity": lambda amount: Recolor(alpha=max(0.0, min(1.0, amount))),
    "saturate": lambda amount: _toward((_HUE_LUMA,) * 3, 1 - amount),
    "sepia": lambda amount: _toward(_SEPIA, min(1.0, amount)),
}


def reach(found: list[Step]) -> float:
    """How far beyond its own edges something is drawn after these steps, in pixels."""
    around = 0.0
    for step in found:
        if isinstance(step, Blur):
            around += _REACH * step.deviation
        elif isinstance(step, Drop):
            around += _REACH * step.deviation + max(map(abs, step.offset))
    return float(math.ceil(around))


def recolored(color: Color, found: list[Step]) -> Color:
    """`color` after those of the steps that give other colours."""
    for step in found:
        if isinstance(step, Recolor):
            color = step.of(color)
    return color
