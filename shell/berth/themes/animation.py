"""Keyframes and transitions of an element, worked out before anything moves.

An animation becomes a row of samples per property, so that showing it needs no style sheet: only the time.
https://www.w3.org/TR/css-animations-1/, https://www.w3.org/TR/css-transitions-1/
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from berth.themes.colors import Color, converted, interpolate
from berth.themes.computed import Style, compute_style
from berth.themes.easing import curve, eased, is_sudden
from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.rules import Block, Keyframes, Rule
from berth.themes.shorthands import NAMES, longhands_of
from berth.themes.transforms import TRANSFORMS, combined, functions_of, mixed
from berth.themes.units import Number
from berth.themes.values import Function, Value

MOST_ANIMATIONS = 4
MOST_MS = 600_000.0
_PER_SECOND = 60
_MOST_SAMPLES = 240
_MOST_FRAMES = 100

_GROUPS = {
    "background": ("background-color",),
    "line": ("border-top-color",),
    "opacity": ("opacity",),
    "move": TRANSFORMS,
    "paint": ("background-image", "box-shadow", "border-top-left-radius", "border-image-source"),
}
"""What is drawn together -> longhands; the first that a transition names counts."""
_ANIMATED = ("background", "line", "opacity", "move")


class Track(NamedTuple):
    """One animation, of at most `MOST_ANIMATIONS` that an element has.

    Attributes:
        duration, delay: of one round, in milliseconds.
        rounds: how often; below 0 for no end.
        hard: the samples jump instead of being mixed.
        samples: by group, evenly from the start to the end of a round: a number, the four parts of a colour, or
            the numbers of a `Move`.
    """

    name: str
    duration: float
    delay: float
    rounds: float
    direction: str
    fill: str
    paused: bool
    hard: bool
    samples: Mapping[str, list[Any]]


def transitions(values: Mapping[str, Value]) -> dict[str, list[Any]]:
    """By group of properties: milliseconds, delay, and the curve as Bézier pieces."""
    names = values["transition-property"]
    durations, delays = values["transition-duration"], values["transition-delay"]
    if not any(number.value > 0 for number in durations):
        return {}
    found: dict[str, list[Any]] = {}
    for place, name in enumerate(names):
        milliseconds = _milliseconds(durations[place % len(durations)])
        delay = _milliseconds(delays[place % len(delays)])
        easing = values["transition-timing-function"][place % len(values["transition-timing-function"])]
        for group in _named(str(name)):
            if milliseconds + delay > 0 and milliseconds > 0:
                found[group] = [milliseconds, max(0.0, delay), curve(easing)]
            else:
                found.pop(group, None)
    return found


def _named(name: str) -> list[str]:
    if name not in NAMES:
        return []
    longhands = set(longhands_of(name))
    return [group for group, members in _GROUPS.items() if not longhands.isdisjoint(members)]


def _milliseconds(value: Value) -> float:
    if not isinstance(value, Number) or not math.isfinite(value.value):
        return 0.0
    return max(-MOST_MS, min(MOST_MS, value.value * (1000 if value.unit == "s" else 1)))


def tracks(engine: Engine, element: Element) -> list[Track]:
    """The animations of `element` that can be shown, the weakest first; at most `MOST_ANIMATIONS`."""
    style = engine.style(element)
    values = style.values
    found = []
    for place, name in enumerate(values["animation-name"][:MOST_ANIMATIONS]):
        frames = engine.keyframes.get(str(name)) if name != "none" else None
        if frames is not None:

            def of(kind: str, place: int = place) -> Value:
                items = values[f"animation-{kind}"]
                return items[place % len(items)]

            track = _track(engine, element, style, frames, of)
            found += [track] if track is not None else []
    return found


def _track(
    engine: Engine, element: Element, style: Style, frames: Keyframes, of: Callable[[str], Value]
) -> Track | None:
    duration = _milliseconds(of("duration"))
    groups = _samples(engine, element, style, frames, of("timing-function"), duration)
    if duration <= 0 or not groups:
        return None
    count = of("iteration-count")
    hard = is_sudden(of("timing-function"))
    return Track(
        frames.name,
        duration,
        _milliseconds(of("delay")),
        -1.0 if count == "infinite" else min(float(count.value), 1e6),
        str(of("direction")),
        str(of("fill-mode")),
        of("play-state") == "paused",
        hard,
        groups,
    )


class _Frame(NamedTuple):
    offset: float
    values: Mapping[str, Value]
    names: frozenset[str]
    easing: Value


def _samples(
    engine: Engine, element: Element, style: Style, frames: Keyframes, easing: Value, duration: float
) -> dict[str, list[Any]]:
    stations = _stations(engine, element, style, frames, easing)
    count = max(2, min(_MOST_SAMPLES, math.ceil(duration / 1000 * _PER_SECOND))) + 1
    times = [number / (count - 1) for number in range(count)]
    found: dict[str, list[Any]] = {}
    for group in _ANIMATED:
        own = {name: _of_property(stations, name, style, easing) for name in _GROUPS[group]}
        own = {name: frames for name, frames in own.items() if frames}
        if group == "move" and own:
            found[group] = [_moved(own, style, time) for time in times]
        elif own:
            ((name, named),) = own.items()
            found[group] = [_at(named, time, name) for time in times]
    return found


def _stations(engine: Engine, element: Element, style: Style, frames: Keyframes, easing: Value) -> list[_Frame]:
    """The frames with the values that `element` has in them; frames of the same place are one."""
    by_offset: dict[float, list[Block]] = {}
    for frame in frames.frames[:_MOST_FRAMES]:
        by_offset.setdefault(frame.offset, []).append(frame.block)
    found = []
    for offset, blocks in sorted(by_offset.items()):
        names = frozenset(name for block in blocks for name in block.normal)
        inner = _in_frame(engine, element, style, frames, blocks)
        own = inner.values["animation-timing-function"][0] if "animation-timing-function" in names else easing
        values = {name: inner.used(name) for name in names}
        found.append(_Frame(offset, values, names, own))
    return found


def _in_frame(engine: Engine, element: Element, style: Style, frames: Keyframes, blocks: Sequence[Block]) -> Style:
    """What is important stays, as everywhere in the cascade."""
    selector = style.rules[-1].selector
    rules = tuple(Rule(selector, block, frames.layer, (), (), (), frames.place) for block in blocks)
    parent = engine.style(element.parent) if element.parent is not None else None
    root = element
    while root.parent is not None:
        root = root.parent
    above = engine.style(root) if element.parent is not None else None
    return compute_style((*style.rules, *rules), parent, above, engine.environment, engine.registry)


def _of_property(stations: Sequence[_Frame], name: str, style: Style, easing: Value) -> list[_Frame]:
    """Frames that name a property, with the element's own value where first or last do not."""
    own = [station for station in stations if name in station.names]
    still = _Frame(0.0, {name: style.used(name)}, frozenset((name,)), easing)
    if own and own[0].offset > 0:
        own.insert(0, still)
    if own and own[-1].offset < 1:
        own.append(still._replace(offset=1.0))
    return own


def _between(frames: Sequence[_Frame], time: float) -> tuple[_Frame, _Frame, float]:
    """The frames around `time`, and how far it is from the first to the second."""
    place = 0
    while place < len(frames) - 2 and time >= frames[place + 1].offset:
        place += 1
    one, two = frames[place], frames[place + 1]
    length = two.offset - one.offset
    return one, two, eased(one.easing, (time - one.offset) / length) if length > 0 else 1.0


def _moved(own: Mapping[str, Sequence[_Frame]], style: Style, time: float) -> list[float]:
    parts: list[Function] = []
    for name in TRANSFORMS:
        if name in own:
            one, two, share = _between(own[name], time)
            parts += mixed(functions_of(name, one.values[name]), functions_of(name, two.values[name]), share)
        else:
            parts += functions_of(name, style.values[name])
    return [round(number, 4) for number in combined(parts)]


def _at(frames: Sequence[_Frame], time: float, name: str) -> Any:
    one, two, share = _between(frames, time)
    if name == "opacity":
        first, second = (_opacity(frame.values[name]) for frame in (one, two))
        return round(min(1.0, max(0.0, first + (second - first) * share)), 4)
    return [round(part, 4) for part in _color(one.values[name], two.values[name], share)]


def _opacity(value: Value) -> float:
    return float(value.value) if isinstance(value, Number) else 1.0


def _color(one: Value, two: Value, share: float) -> tuple[float, float, float, float]:
    if not isinstance(one, Color) or not isinstance(two, Color):
        chosen = two if share >= 0.5 else one
        return chosen.srgb() if isinstance(chosen, Color) else (0.0, 0.0, 0.0, 0.0)
    space = "srgb" if one.legacy and two.legacy else "oklab"
    share = min(1.0, max(0.0, share))
    return interpolate(converted(one, space), converted(two, space), share).srgb()
