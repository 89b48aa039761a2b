"""How far a movement is at a point of its time: https://www.w3.org/TR/css-easing-2/."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from berth.themes.units import Number
from berth.themes.values import Function, Value

_CURVES = {
    "ease": (0.25, 0.1, 0.25, 1.0),
    "ease-in": (0.42, 0.0, 1.0, 1.0),
    "ease-out": (0.0, 0.0, 0.58, 1.0),
    "ease-in-out": (0.42, 0.0, 0.58, 1.0),
    "linear": (0.0, 0.0, 1.0, 1.0),
}
_HALVINGS = 40
_SUDDEN = 1e-4
_MOST_STEPS = 60


def eased(easing: Value, time: float) -> float:
    """What part of the way is done when the part `time` (0 to 1) of the time is over."""
    if isinstance(easing, str):
        return _bezier(_CURVES[easing], time)
    numbers = [part for part in easing.arguments if isinstance(part, Number)]
    if easing.name == "cubic-bezier":
        return _bezier([number.value for number in numbers], time)
    if easing.name == "steps":
        return _steps(round(numbers[0].value), _end(easing), time)
    return _linear(easing, time)


def is_sudden(easing: Value) -> bool:
    """Whether it jumps instead of moving."""
    return isinstance(easing, Function) and easing.name == "steps"


def curve(easing: Value) -> list[float]:
    """The same as Bézier pieces: two handles and an end of each, from 0, 0 to 1, 1."""
    if isinstance(easing, str):
        return [*_CURVES[easing], 1.0, 1.0]
    if easing.name == "cubic-bezier":
        return [*(part.value for part in easing.arguments if isinstance(part, Number)), 1.0, 1.0]
    points = _jumps(easing) if easing.name == "steps" else _points(easing)
    return _lines(points)


def _lines(points: Sequence[tuple[float, float]]) -> list[float]:
    found: list[float] = []
    for (x, y), (to_x, to_y) in pairwise(points):
        third, rest = (to_x - x) / 3, (to_y - y) / 3
        found += [x + third, y + rest, x + 2 * third, y + 2 * rest, to_x, to_y]
    return found


def _points(easing: Function) -> list[tuple[float, float]]:
    found = [(0.0, 0.0)]
    for output, place in easing.arguments:
        x = min(1.0, max(found[-1][0], place.value / 100))
        found.append((x, output.value))
    return [*found, (1.0, found[-1][1])]


def _jumps(easing: Function) -> list[tuple[float, float]]:
    count = min(round(easing.arguments[0].value), _MOST_STEPS)
    end = _end(easing)
    found = [(0.0, 0.0)]
    for step in range(count):
        output = _steps(count, end, (step + 0.5) / count)
        found += [(min(1.0, step / count + _SUDDEN), output), ((step + 1) / count, output)]
    return [*found, (1.0, 1.0)]


def _end(easing: Function) -> str:
    return str(easing.arguments[1]) if len(easing.arguments) > 1 else "end"


def _steps(count: int, end: str, time: float) -> float:
    step = math.floor(time * count + 1e-9) + (end in ("start", "jump-start", "jump-both"))
    jumps = count + {"jump-both": 1, "jump-none": -1}.get(end, 0)
    return max(0, min(jumps, step)) / jumps


def _linear(easing: Function, time: float) -> float:
    points = [(place.value / 100, output.value) for output, place in easing.arguments]
    if time <= points[0][0]:
        return float(points[0][1])
    for (x, y), (to_x, to_y) in pairwise(points):
        if time < to_x:
            return float(y + (to_y - y) * (time - x) / (to_x - x))
    return float(points[-1][1])


def _bezier(handles: Sequence[float], time: float) -> float:
    x1, y1, x2, y2 = handles
    if (x1, x2) == (y1, y2) or time <= 0 or time >= 1:
        return min(1.0, max(0.0, time))
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _cubic(x1, x2, middle) < time else (low, middle)
    return _cubic(y1, y2, low)


def _cubic(one: float, two: float, at: float) -> float:
    rest = 1 - at
    return 3 * rest * rest * at * one + 3 * rest * at * at * two + at**3
