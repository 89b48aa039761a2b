"""What a sheet says of filters is bounded before anything draws it."""

from __future__ import annotations

import tinycss2

from berth.themes.filters import MOST_BLUR, Blur, Recolor, Step, reach, steps
from berth.themes.shorthands import read_value
from berth.themes.stream import Stream
from berth.themes.values import Context, compute


def found(text: str) -> list[Step]:
    value = read_value("filter", Stream(tinycss2.parse_component_value_list(text)))["filter"]
    return steps(compute(value, Context()))


def test_a_blur_that_comes_out_negative_is_none() -> None:
    assert found("blur(calc(1em - 20px))") == [] and found("blur(calc(1em + 999px))") == [Blur(MOST_BLUR)]
    assert reach(found("drop-shadow(0 0 calc(1em - 30px) red)")) == 0


def test_amounts_are_numbers_for_graphics_hardware_too() -> None:
    (step,) = found("brightness(1e300)")
    assert isinstance(step, Recolor) and step.rows[0][0] < 1e6
    (turned,) = found("hue-rotate(36000000000deg)")
    assert turned == Recolor() or abs(turned.rows[0][0] - 1) < 1e-6  # type: ignore[union-attr]
