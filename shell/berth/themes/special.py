"""Properties whose computed value is more than their value with the units worked out."""

from __future__ import annotations

import math
from collections.abc import Callable

from berth.themes.arithmetic import simplify
from berth.themes.properties import SIDES
from berth.themes.units import Calc, Lengths, Number
from berth.themes.values import Commas, Value, Words

_FONT_SIZES = {
    "xx-small": 9,
    "x-small": 10,
    "small": 13,
    "medium": 16,
    "large": 18,
    "x-large": 24,
    "xx-large": 32,
    "xxx-large": 48,
}
_STEP = 1.2
_LIST = (Words, Commas)


def font_size(value: Value, parent: Lengths) -> Number:
    """Ems and percentages are those of the parent."""
    if isinstance(value, str):
        if value in _FONT_SIZES:
            return Number(float(_FONT_SIZES[value]), "px")
        return Number(parent.em * _STEP if value == "larger" else parent.em / _STEP, "px")
    size = simplify(value, parent, parent.em)
    return Number(max(0.0, size.value), "px") if isinstance(size, Number) else Number(parent.em, "px")


def scheme_of(value: Value, preferred: str) -> str:
    """Which scheme an element is drawn in, of those its ``color-scheme`` allows."""
    if value == "normal" or preferred in value:
        return "light" if value == "normal" else preferred
    return "dark" if "dark" in value and "light" not in value else "light"


def _font_weight(value: Value, _lengths: Lengths, parent: Value) -> Value:
    """The table of https://www.w3.org/TR/css-fonts-4/#relative-weights."""
    if isinstance(value, Number):
        return Number(min(1000.0, max(1.0, value.value)), "")
    weight = parent.value
    if value == "bolder":
        return Number(400 if weight < 350 else 700 if weight < 550 else max(900, weight), "")
    return Number(min(100, weight) if weight < 550 else 400 if weight < 750 else 700, "")


def _line_height(value: Value, lengths: Lengths, _parent: Value) -> Value:
    return simplify(value, lengths, lengths.em) if isinstance(value, Number | Calc) else value


def _width(value: Value, _lengths: Lengths, _parent: Value) -> Value:
    """Lines have whole pixels, and at least one: https://www.w3.org/TR/css-values-4/#snap-a-length-as-a-border-width."""
    if not isinstance(value, Number):
        return value
    width = value.value
    return Number(1.0 if 0 < width < 1 else float(math.floor(width)), value.unit) if math.isfinite(width) else value


def _offset(value: Value, _lengths: Lengths, _parent: Value) -> Value:
    if not isinstance(value, Number) or not math.isfinite(value.value):
        return value
    width = abs(value.value)
    return Number(math.copysign(1.0 if 0 < width < 1 else float(math.floor(width)), value.value), value.unit)


def _opacity(value: Value, _lengths: Lengths, _parent: Value) -> Value:
    return Number(min(1.0, max(0.0, value.value)), "") if isinstance(value, Number) else value


def _not_negative(value: Value, _lengths: Lengths, _parent: Value) -> Value:
    """What was calculated may be negative, and then counts as nothing."""
    if isinstance(value, Number):
        return value._replace(value=0.0) if value.value < 0 else value
    if isinstance(value, _LIST):
        return type(value)(_not_negative(part, _lengths, _parent) for part in value)
    return value


def _whole(value: Value, _lengths: Lengths, _parent: Value) -> Value:
    return Number(float(math.floor(value.value + 0.5)), "") if isinstance(value, Number) else value


Special = Callable[[Value, Lengths, Value], Value]
"""Takes the value, what units are, and what the element would have without declaration."""

_SIZES = ("width", "height", "min-width", "min-height", "max-width", "max-height", "row-gap", "column-gap")
_LISTS = ("background-size", "border-image-slice", "border-image-width", "border-image-outset")
_RADII = tuple(f"border-{one}-{other}-radius" for one in ("top", "bottom") for other in ("left", "right"))

SPECIAL: dict[str, Special] = {
    "font-weight": _font_weight,
    "line-height": _line_height,
    "outline-width": _width,
    "outline-offset": _offset,
    "opacity": _opacity,
    "z-index": _whole,
    **{f"border-{side}-width": _width for side in SIDES},
    **{f"padding-{side}": _not_negative for side in SIDES},
    **dict.fromkeys((*_SIZES, *_RADII, *_LISTS), _not_negative),
}
