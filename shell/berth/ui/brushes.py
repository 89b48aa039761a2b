"""Gradients of themes as Qt paints them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QBrush, QColor, QConicalGradient, QGradient, QLinearGradient, QRadialGradient, QTransform

from berth.themes.gradients import Rgba, Spread, Stop, color_at, spread
from berth.themes.values import Gradient

_APART = 1e-5
"""Qt keeps one colour for each place, so two at the same place stand this far from each other."""
_MOST_TURNS = 256


def gradient_brush(gradient: Gradient, width: float, height: float) -> QBrush:
    """What paints `gradient` onto a box of `width` x `height` pixels whose corner is the origin."""
    found = spread(gradient, width, height)
    first, last = found.stops[0].place, found.stops[-1].place
    if found.repeating and last - first < _APART:
        return QBrush(QColor.fromRgbF(*_average(found.stops)))
    return _BRUSHES[found.kind](found)


def _linear(found: Spread) -> QBrush:
    first, last = found.stops[0].place, max(found.stops[-1].place, found.stops[0].place + _APART)
    (x, y), (end_x, end_y) = found.start, found.end
    line = QLinearGradient(
        QPointF(x + (end_x - x) * first, y + (end_y - y) * first),
        QPointF(x + (end_x - x) * last, y + (end_y - y) * last),
    )
    return _filled(line, found, first, last)


def _radial(found: Spread) -> QBrush:
    stops = _from_centre(found)
    radius = max(stops[-1].place, _APART)
    # A circle of the last stop's size, stretched to the ellipse.
    circle = QRadialGradient(QPointF(0, 0), radius)
    brush = _filled(circle, found._replace(stops=tuple(stops)), 0.0, radius)
    across, along = found.end
    brush.setTransform(QTransform.fromTranslate(*found.start).scale(across, along))
    return brush


def _from_centre(found: Spread) -> list[Stop]:
    """Stops from 0 on; a gradient that repeats has as many repetitions as lie between its first stop and 0."""
    stops = list(found.stops)
    if found.repeating:
        period = stops[-1].place - stops[0].place
        shift = -(stops[0].place // period) * period
        stops = [stop._replace(place=stop.place + shift) for stop in stops]
        if stops[0].place > 0:
            before = [stop._replace(place=stop.place - period) for stop in stops]
            stops = [*_cut(before, 0.0, stops[0].place), *_cut(stops, stops[0].place, period)]
        return stops
    return [Stop(0.0, color_at(stops, 0.0)), *(stop for stop in stops if stop.place > 0)]


def _cut(stops: Sequence[Stop], start: float, end: float) -> list[Stop]:
    """The part of `stops` from `start` to `end`, with a stop at each."""
    inside = [stop for stop in stops if start <= stop.place <= end]
    first = [] if inside and inside[0].place == start else [Stop(start, color_at(stops, start))]
    last = [] if inside and inside[-1].place == end else [Stop(end, color_at(stops, end))]
    return [*first, *inside, *last]


def _conic(found: Spread) -> QBrush:
    stops = list(found.stops)
    if found.repeating:
        period = stops[-1].place - stops[0].place
        turns = [
            stop for number in range(_first_turn(stops, period), _MOST_TURNS) for stop in _moved(stops, period, number)
        ]
        stops = [stop for stop in turns if stop.place < 1 + period]
    stops = _cut(stops, 0.0, 1.0)
    # Qt turns the other way round, from the right.
    turn = QConicalGradient(QPointF(*found.start), 90 - found.angle)
    backwards = [Stop(1 - stop.place, stop.color) for stop in reversed(stops)]
    return _filled(turn, found._replace(stops=tuple(backwards)), 0.0, 1.0)


def _first_turn(stops: Sequence[Stop], period: float) -> int:
    return -int(max(0.0, stops[0].place) // period) - 1


def _moved(stops: Sequence[Stop], period: float, number: int) -> list[Stop]:
    return [stop._replace(place=stop.place + period * number) for stop in stops]


_BRUSHES = {"linear": _linear, "radial": _radial, "conic": _conic}


def _filled(gradient: QGradient, found: Spread, first: float, last: float) -> QBrush:
    places = [min(1.0, max(0.0, (stop.place - first) / (last - first))) for stop in found.stops]
    for index in range(1, len(places)):
        places[index] = max(places[index], places[index - 1] + _APART)
    places[-1] = min(places[-1], 1.0)
    for index in reversed(range(len(places) - 1)):
        places[index] = max(0.0, min(places[index], places[index + 1] - _APART))
    if found.repeating and found.kind != "conic":
        gradient.setSpread(QGradient.Spread.RepeatSpread)
    gradient.setStops([(place, QColor.fromRgbF(*stop.color)) for place, stop in zip(places, found.stops, strict=True)])
    return QBrush(gradient)


def _average(stops: Sequence[Stop]) -> Rgba:
    red, green, blue, alpha = (sum(stop.color[part] for stop in stops) / len(stops) for part in range(4))
    return red, green, blue, alpha
