"""Filters of boxes: as the steps that graphics hardware takes, and what is left of them without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from berth.themes import filters
from berth.themes.colors import Color, ColorValue
from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.filters import Blur, Drop, Recolor, Step
from berth.themes.floor import holds_for
from berth.themes.gradients import pixels
from berth.themes.properties import INITIAL
from berth.themes.units import Number
from berth.themes.values import Commas, Value, with_colors
from berth.ui.boxes import ground, shade

_COLORED = tuple(name for name in INITIAL if name.endswith(("color", "shadow", "image", "image-source")))
_NO_SPREAD = Number(0, "px")


def reach(values: Mapping[str, Value], steps: list[Step]) -> float:
    """How far beyond its box an element is drawn, in pixels: shadows and outlines, and what the steps add."""
    outline = max(0.0, pixels(values["outline-width"]) + pixels(values["outline-offset"]))
    margins = [margin for painting in (ground(values), shade(values)) if painting for margin in painting.margins]
    return max(outline, *margins, 0.0) + filters.reach(steps)


def described(steps: Sequence[Step], around: float) -> list[object]:
    """As QML gets it: how far the element is drawn beyond its box, then the numbers of each step."""
    return [around, *map(_numbers, steps)]


def _numbers(step: Step) -> list[float]:
    if isinstance(step, Blur):
        return [step.deviation]
    if isinstance(step, Recolor):
        # Of premultiplied colours: what is added counts as much as there is something.
        rows = [[part * step.alpha for part in (*row, step.lift)] for row in step.rows]
        return [*rows[0], *rows[1], *rows[2], 0.0, 0.0, 0.0, step.alpha]
    color = step.shadow.color
    red, green, blue, alpha = color.srgb() if isinstance(color, Color) else (0.0, 0.0, 0.0, 0.0)
    columns = [[0.0, 0.0, 0.0, part * alpha] for part in (red, green, blue, 1.0)]
    return [*step.offset, step.deviation, *(number for row in columns for number in row)]


def plainly_filtered(engine: Engine, element: Element, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """`values` (used ones) with what filters of the element and of those around it can be without an effect.

    Each colour is filtered for itself; pictures and what apps draw keep theirs. A dropped shadow is that of the box.
    Nothing is blurred.
    """
    if holds_for(element):
        return values
    own = filters.steps(values["filter"])
    if own:
        values = _with_shadows(values, own)
    other = element.parent
    while other is not None and other.parent is not None:
        around = filters.steps(engine.style(other).used("filter"))
        values = _recolored(values, [step._replace(alpha=1.0) for step in around if isinstance(step, Recolor)])
        other = other.parent
    return values


def _with_shadows(values: Mapping[str, Value], steps: list[Step]) -> Mapping[str, Value]:
    found = dict(values)
    for step in steps:
        if isinstance(step, Recolor):
            found |= _recolored(found, [step._replace(alpha=1.0)])
            found["opacity"] = Number(_opacity(found["opacity"]) * step.alpha, "")
        elif isinstance(step, Drop) and _has_ground(found):
            before = () if found["box-shadow"] == "none" else found["box-shadow"]
            # The blur of a box's shadow is said as twice the deviation.
            shadow = step.shadow._replace(blur=Number(2 * step.deviation, "px"), spread=_NO_SPREAD)
            found["box-shadow"] = Commas((*before, shadow))
    return found


def _opacity(value: Value) -> float:
    return float(value.value) if isinstance(value, Number) else 1.0


def _has_ground(values: Mapping[str, Value]) -> bool:
    color = values["background-color"]
    return isinstance(color, Color) and bool(color.alpha)


def _recolored(values: Mapping[str, Value], steps: list[Recolor]) -> Mapping[str, Value]:
    if not steps:
        return values

    def change(color: ColorValue) -> Value:
        return filters.recolored(color, list(steps)) if isinstance(color, Color) else color

    return {**values, **{name: with_colors(values[name], change) for name in _COLORED}}
