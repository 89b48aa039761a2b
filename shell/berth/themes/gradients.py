"""Where the colours of a gradient lie on a box: https://www.w3.org/TR/css-images-4/#gradients.

Lines, radii and places are worked out here; painting what comes out needs nothing but colours between stops.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from berth.themes.arithmetic import simplify
from berth.themes.colors import Color, converted, interpolate
from berth.themes.units import Calc, Number
from berth.themes.values import Gradient, Value

Rgba = tuple[float, float, float, float]
"""From 0 to 1; not premultiplied."""
Point = tuple[float, float]

_STEPS = 16
"""Pieces between two stops where the colours of a space do not lie on a line of the screen's."""
_FAR = 100_000.0
_NUMERIC = (Number, Calc)
_EXTENTS = ("closest-side", "farthest-side", "closest-corner", "farthest-corner")


class Stop(NamedTuple):
    place: float
    color: Rgba


class Spread(NamedTuple):
    """A gradient on a box of known size; places of stops are shares of its line, its radii or its turn.

    Attributes:
        kind: ``linear``, ``radial`` or ``conic``.
        start: of the line, or the centre.
        end: of the line; else width and height of the last ellipse.
        angle: of conic gradients, clockwise from the top in degrees.
    """

    kind: str
    start: Point
    end: Point
    angle: float
    stops: tuple[Stop, ...]
    repeating: bool


def pixels(value: Value, whole: float = 0.0) -> float:
    """A length in pixels; `whole` is what 100 % is. What is no length, or endless, is 0."""
    plain = type(value) is Number and value.unit == "px"
    # Nearly all of them, some thousand times with each change of a theme.
    if plain and -_FAR <= value.value <= _FAR:
        return float(value.value)
    if not isinstance(value, _NUMERIC):
        return 0.0
    found = value if plain else simplify(value, percent=whole)
    if not isinstance(found, Number) or not math.isfinite(found.value):
        return 0.0
    return max(-_FAR, min(_FAR, found.value))


def spread(gradient: Gradient, width: float, height: float) -> Spread:
    """`gradient` on a box of `width` x `height` pixels."""
    kind = gradient.name.removeprefix("repeating-").removesuffix("-gradient")
    repeating = gradient.name.startswith("repeating-")
    start, end, angle, length = _GEOMETRY[kind](gradient.shape, width, height)
    stops = _stops(gradient, length)
    return Spread(kind, start, end, angle, stops, repeating)


def _line(shape: Sequence[Value], width: float, height: float) -> tuple[Point, Point, float, float]:
    if shape and shape[0] == "to":
        across = {"left": -1, "right": 1}.get(shape[1], 0)
        along = {"top": -1, "bottom": 1}.get(shape[-1], 0)
        # To a corner the line in the middle of the colours runs through the two other ones.
        x, y = (across * height, along * width) if across and along else (across, along)
        angle = math.atan2(x, -y)
    else:
        angle = math.radians(_degrees(shape[0]) if shape else 180.0)
    x, y = math.sin(angle), -math.cos(angle)
    length = abs(width * x) + abs(height * y)
    middle = width / 2, height / 2
    start = middle[0] - x * length / 2, middle[1] - y * length / 2
    return start, (middle[0] + x * length / 2, middle[1] + y * length / 2), 0.0, length


def _degrees(value: Value) -> float:
    found = simplify(value) if isinstance(value, Number | Calc) else value
    return found.value if isinstance(found, Number) and math.isfinite(found.value) else 0.0


def _centre(shape: Sequence[Value], width: float, height: float) -> Point:
    if "at" not in shape:
        return width / 2, height / 2
    x, y = shape[list(shape).index("at") + 1 :]
    return pixels(x, width), pixels(y, height)


def _radii(shape: Sequence[Value], width: float, height: float) -> tuple[Point, Point, float, float]:
    x, y = _centre(shape, width, height)
    words = list(shape)[: list(shape).index("at")] if "at" in shape else list(shape)
    sizes = [word for word in words if isinstance(word, Number | Calc)]
    if len(sizes) == 2:
        radii = pixels(sizes[0], width), pixels(sizes[1], height)
    elif sizes:
        radii = (pixels(sizes[0]),) * 2
    else:
        extent = next((word for word in words if word in _EXTENTS), "farthest-corner")
        radii = _extent(extent, "circle" in words, (abs(x), abs(width - x)), (abs(y), abs(height - y)))
    radii = max(radii[0], 0.001), max(radii[1], 0.001)
    return (x, y), radii, 0.0, radii[0]


def _extent(extent: str, circle: bool, across: Point, along: Point) -> Point:
    """How far the last ellipse reaches; `across` and `along` are the distances of the sides."""
    nearest = extent.startswith("closest")
    x, y = (min(across), min(along)) if nearest else (max(across), max(along))
    if extent.endswith("corner"):
        if circle:
            return (math.hypot(x, y),) * 2
        return x * math.sqrt(2), y * math.sqrt(2)
    return ((min(x, y) if nearest else max(x, y)),) * 2 if circle else (x, y)


def _turn(shape: Sequence[Value], width: float, height: float) -> tuple[Point, Point, float, float]:
    angle = _degrees(shape[1]) if shape and shape[0] == "from" else 0.0
    return _centre(shape, width, height), (0.0, 0.0), angle, 360.0


_GEOMETRY = {"linear": _line, "radial": _radii, "conic": _turn}

# --- stops


class _Place(NamedTuple):
    place: float
    color: Color | None
    """None for a hint."""


def _stops(gradient: Gradient, length: float) -> tuple[Stop, ...]:
    places = _placed(gradient.stops, length)
    space, hue = _method(gradient, [place.color for place in places if place.color is not None])
    found: list[Stop] = []
    at = 0
    while at < len(places):
        here = places[at]
        assert here.color is not None
        found.append(Stop(here.place, here.color.srgb()))
        hint = places[at + 1] if at + 1 < len(places) and places[at + 1].color is None else None
        after = at + (2 if hint else 1)
        if after < len(places):
            found += _between(here, places[after], hint, space, hue)
        at = after
    return tuple(found)


def _placed(stops: Iterable[Sequence[Value]], length: float) -> list[_Place]:
    """Each stop where https://www.w3.org/TR/css-images-4/#color-stop-fixup puts it."""
    parts = list(stops)
    places: list[float | None] = []
    colors: list[Color | None] = []
    for stop in parts:
        color = None if isinstance(stop[0], Number | Calc) else stop[0]
        place = stop[0] if color is None else stop[1] if len(stop) > 1 else None
        colors.append(color)
        places.append(None if place is None else _share(place, length))
    places[0] = 0.0 if places[0] is None else places[0]
    places[-1] = 1.0 if places[-1] is None else places[-1]
    most = -math.inf
    for index, known in enumerate(places):
        if known is not None:
            most = places[index] = max(most, known)
    return [_Place(place, color) for place, color in zip(evenly(places), colors, strict=True)]


def evenly(places: Sequence[float | None]) -> list[float]:
    """What is not known lies at even distances between its neighbours; the ends are known."""
    found = [0.0 if place is None else place for place in places]
    known = [index for index, place in enumerate(places) if place is not None]
    for left, right in pairwise(known):
        for index in range(left + 1, right):
            found[index] = found[left] + (found[right] - found[left]) * (index - left) / (right - left)
    return found


def _share(place: Value, length: float) -> float:
    found = simplify(place, percent=length)
    if not isinstance(found, Number) or not math.isfinite(found.value):
        return 0.0
    return max(-_FAR, min(_FAR, found.value / length)) if length else 0.0


def _method(gradient: Gradient, colors: Iterable[Color]) -> tuple[str, str]:
    if gradient.method:
        return gradient.method[1], gradient.method[2] if len(gradient.method) > 2 else "shorter"
    return ("srgb" if all(color.legacy for color in colors) else "oklab"), "shorter"


def _between(one: _Place, two: _Place, hint: _Place | None, space: str, hue: str) -> list[Stop]:
    """Stops between two, where what lies between them is no straight line from one to the other."""
    assert one.color is not None and two.color is not None
    if two.place <= one.place or (space == "srgb" and hint is None):
        return []
    first, second = converted(one.color, space), converted(two.color, space)
    middle = (hint.place - one.place) / (two.place - one.place) if hint else 0.5
    if hint and not 0 < middle < 1:
        # All of the way lies on one side of the hint.
        end = one.color if middle >= 1 else two.color
        return [Stop(two.place if middle >= 1 else one.place, end.srgb())]
    power = math.log(0.5) / math.log(middle)
    shares = [step / _STEPS for step in range(1, _STEPS)]
    return [
        Stop(one.place + (two.place - one.place) * share, interpolate(first, second, share**power, hue).srgb())
        for share in shares
    ]


def color_at(stops: Sequence[Stop], place: float) -> Rgba:
    """The colour at `place`, between stops as the screen mixes them: premultiplied."""
    if place <= stops[0].place:
        return stops[0].color
    for left, right in pairwise(stops):
        if place < right.place:
            share = (place - left.place) / (right.place - left.place)
            return _mixed(left.color, right.color, share)
    return stops[-1].color


def _mixed(one: Rgba, two: Rgba, share: float) -> Rgba:
    alpha = one[3] + (two[3] - one[3]) * share
    if not alpha:
        return 0.0, 0.0, 0.0, 0.0
    red, green, blue = (
        (left * one[3] * (1 - share) + right * two[3] * share) / alpha
        for left, right in zip(one[:3], two[:3], strict=True)
    )
    return red, green, blue, alpha
