"""Transforms in two dimensions as numbers that can be mixed and drawn: https://www.w3.org/TR/css-transforms-1/."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from berth.themes.arithmetic import simplify
from berth.themes.units import Calc, Number
from berth.themes.values import Commas, Function, Value, Words

_FARTHEST = 10_000.0


class Move(NamedTuple):
    """Stretched, then turned, then moved, all about the middle of the box.

    Each way is pixels, widths of the box and heights of it. `angle` is in degrees, clockwise; ``xx`` ... is the
    matrix of the stretching.
    """

    x: float = 0.0
    x_width: float = 0.0
    x_height: float = 0.0
    y: float = 0.0
    y_width: float = 0.0
    y_height: float = 0.0
    angle: float = 0.0
    xx: float = 1.0
    xy: float = 0.0
    yx: float = 0.0
    yy: float = 1.0


STILL = Move()
TRANSFORMS = ("translate", "rotate", "scale", "transform")


def move(values: Mapping[str, Value]) -> Move:
    """What the four properties of `values` come to."""
    found = functions(values)
    return combined(found) if found else STILL


def functions(values: Mapping[str, Value]) -> list[Function]:
    """All of them as one list of functions, the outermost first."""
    return [part for name in TRANSFORMS for part in functions_of(name, values[name])]


def functions_of(name: str, value: Value) -> list[Function]:
    """What one of the four properties says, as functions."""
    if value == "none":
        return []
    if name == "transform":
        return list(value)
    return [Function(name, value if isinstance(value, Words) else Words((value,)))]


def combined(parts: Sequence[Function]) -> Move:
    found = STILL
    for part in parts:
        found = _then(found, part)
    return Move(*(max(-_FARTHEST, min(_FARTHEST, number)) if math.isfinite(number) else 0.0 for number in found))


def _then(before: Move, part: Function) -> Move:
    arguments = list(part.arguments)
    if part.name == "rotate":
        return _turned(before, _number(arguments[0]))
    if part.name.startswith("scale"):
        first = _number(arguments[0])
        second = _number(arguments[1]) if len(arguments) > 1 else first
        across, along = {"scalex": (first, 1.0), "scaley": (1.0, first)}.get(part.name, (first, second))
        return before._replace(xx=before.xx * across, yx=before.yx * across, xy=before.xy * along, yy=before.yy * along)
    x = _length(arguments[0])
    y = _length(arguments[1]) if len(arguments) > 1 else (0.0, 0.0)
    if part.name == "translatey":
        x, y = (0.0, 0.0), x
    return _moved(before, x, y)


def _turned(before: Move, angle: float) -> Move:
    if before.xy == before.yx == 0 and before.xx == before.yy:
        return before._replace(angle=before.angle + angle)
    # A box that is stretched already is turned as it is: the matrix holds both.
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    return before._replace(
        xx=before.xx * cosine + before.xy * sine,
        xy=before.xy * cosine - before.xx * sine,
        yx=before.yx * cosine + before.yy * sine,
        yy=before.yy * cosine - before.yx * sine,
    )


def _moved(before: Move, x: tuple[float, float], y: tuple[float, float]) -> Move:
    """Along the axes as they are after what comes before."""
    sine, cosine = math.sin(math.radians(before.angle)), math.cos(math.radians(before.angle))
    xx, xy = cosine * before.xx - sine * before.yx, cosine * before.xy - sine * before.yy
    yx, yy = sine * before.xx + cosine * before.yx, sine * before.xy + cosine * before.yy
    return before._replace(
        x=before.x + xx * x[0] + xy * y[0],
        x_width=before.x_width + xx * x[1],
        x_height=before.x_height + xy * y[1],
        y=before.y + yx * x[0] + yy * y[0],
        y_width=before.y_width + yx * x[1],
        y_height=before.y_height + yy * y[1],
    )


def _number(value: Value) -> float:
    found = simplify(value) if isinstance(value, Number | Calc) else value
    return found.value if isinstance(found, Number) else 0.0


def _length(value: Value) -> tuple[float, float]:
    """Pixels, and share of the box."""
    if not isinstance(value, Number | Calc):
        return 0.0, 0.0
    one, two = simplify(value, percent=0.0), simplify(value, percent=100.0)
    pixels = one.value if isinstance(one, Number) else 0.0
    both = two.value if isinstance(two, Number) else pixels
    return pixels, (both - pixels) / 100


def mixed(one: Sequence[Function], two: Sequence[Function], share: float) -> list[Function]:
    """Between two lists: function by function where they are alike, else between what they come to."""
    if not one or not two or _alike(one, two):
        first = one or [_still(part) for part in two]
        second = two or [_still(part) for part in one]
        return [_between(left, right, share) for left, right in zip(first, second, strict=True)]
    left, right = combined(one), combined(two)
    found = Move(*(a + (b - a) * share for a, b in zip(left, right, strict=True)))
    return [
        Function("translate", Commas((_way(found.x, found.x_width), _way(found.y, found.y_height)))),
        Function("rotate", Commas((Number(found.angle, "deg"),))),
        Function("scale", Commas((Number(found.xx, ""), Number(found.yy, "")))),
    ]


def _way(pixels: float, share: float) -> Calc:
    return Calc("+", (Number(pixels, "px"), Number(share * 100, "%")))


def _alike(one: Sequence[Function], two: Sequence[Function]) -> bool:
    return [part.name for part in one] == [part.name for part in two]


def _still(part: Function) -> Function:
    unit = Number(1, "") if part.name.startswith("scale") else Number(0, "deg" if part.name == "rotate" else "px")
    return part._replace(arguments=type(part.arguments)([unit] * len(part.arguments)))


def _between(one: Function, two: Function, share: float) -> Function:
    count = max(len(one.arguments), len(two.arguments))
    pairs = zip(_filled(one, count), _filled(two, count), strict=True)
    return one._replace(arguments=Commas(_mean(left, right, share) for left, right in pairs))


def _filled(part: Function, count: int) -> list[Value]:
    arguments = list(part.arguments)
    rest = arguments[0] if part.name == "scale" else Number(0, "px")
    return arguments + [rest] * (count - len(arguments))


def _mean(one: Value, two: Value, share: float) -> Value:
    parts = (Calc("*", (one, Number(1 - share, ""))), Calc("*", (two, Number(share, ""))))
    return simplify(Calc("+", parts))
