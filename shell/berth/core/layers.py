"""Where panels, backgrounds and notifications of apps go: wlr-layer-shell's rules as a pure function.

A part that reserves room is placed first, the highest layer first, and takes that room from all
that come after it; the others share what is left, or the whole screen if they say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from berth.core.messages import Rect

Level = Literal["background", "bottom", "top", "overlay"]
LEVELS: tuple[Level, ...] = ("background", "bottom", "top", "overlay")
"""Lowest first; windows lie between bottom and top."""

TOP, BOTTOM, LEFT, RIGHT = 1, 2, 4, 8
_SIDES = (TOP, BOTTOM, LEFT, RIGHT)
_LEAST_SHARE = 2
"""Of the screen, at least one part in this many stays for windows in each direction."""


class Rules(NamedTuple):
    """What an app said about one part of the desktop.

    Attributes:
        anchor: the edges it clings to, a sum of TOP, BOTTOM, LEFT and RIGHT.
        size: 0 = as long as the anchored edges are apart.
        zone: how much room it reserves, -1 = it is not moved by what others reserve.
        edge: where it reserves room, 0 = as the anchors tell.
        margin: top, right, bottom, left.
        drawn: the size it has drawn, (0, 0) = none yet.
    """

    level: Level
    anchor: int
    size: tuple[int, int]
    zone: int = 0
    edge: int = 0
    margin: tuple[int, int, int, int] = (0, 0, 0, 0)
    drawn: tuple[int, int] = (0, 0)


class Place(NamedTuple):
    """The corner of what is drawn, and the size it shall have."""

    x: int
    y: int
    width: int
    height: int


def exclusive_edge(rules: Rules) -> int:
    """The edge at which a part reserves room, 0 for none: a corner tells no edge."""
    if rules.zone <= 0:
        return 0
    if rules.edge:
        return rules.edge
    for edge in _SIDES:
        across = (LEFT | RIGHT) if edge in (TOP, BOTTOM) else (TOP | BOTTOM)
        if rules.anchor in (edge, edge | across):
            return edge
    return 0


def arrange(parts: Sequence[Rules], screen: Rect, area: Rect) -> tuple[list[Place], Rect]:
    """Places of `parts`, in their order, and what is left of `area` for windows.

    Args:
        screen: the output.
        area: what the shell's own panels leave of it.
    """
    places: list[Place | None] = [None] * len(parts)
    reserving = [index for index, rules in enumerate(parts) if exclusive_edge(rules)]
    for index in sorted(reserving, key=lambda index: -LEVELS.index(parts[index].level)):
        places[index] = _place(parts[index], area)
        area = _reserve(parts[index], area, screen)
    return [
        place if place is not None else _place(rules, screen if rules.zone < 0 else area)
        for rules, place in zip(parts, places, strict=True)
    ], area


def _place(rules: Rules, bounds: Rect) -> Place:
    top, right, bottom, left = rules.margin
    x, width = _span(
        rules.size[0],
        rules.drawn[0],
        (bool(rules.anchor & LEFT), bool(rules.anchor & RIGHT)),
        (left, right),
        bounds[::2],
    )
    y, height = _span(
        rules.size[1],
        rules.drawn[1],
        (bool(rules.anchor & TOP), bool(rules.anchor & BOTTOM)),
        (top, bottom),
        bounds[1::2],
    )
    return Place(x, y, width, height)


def _span(
    size: int, drawn: int, anchored: tuple[bool, bool], margins: tuple[int, int], bounds: tuple[int, ...]
) -> tuple[int, int]:
    """Start of what is drawn and size to be drawn, on one axis."""
    start, length = bounds
    before, after = anchored
    if before and after and not size:
        start, length = start + margins[0], max(length - sum(margins), 1)
        size = length
    actual = drawn or size
    if before == after:
        return start + (length - actual) // 2, size
    if before:
        return start + margins[0], size
    return start + length - actual - margins[1], size


def _reserve(rules: Rules, area: Rect, screen: Rect) -> Rect:
    """`area` without the room at the part's edge, its margin there included."""
    edge = exclusive_edge(rules)
    x, y, width, height = area
    margin = dict(zip((TOP, RIGHT, BOTTOM, LEFT), rules.margin, strict=True))[edge]
    along = height if edge in (TOP, BOTTOM) else width
    least = (screen[3] if edge in (TOP, BOTTOM) else screen[2]) // _LEAST_SHARE
    taken = max(min(rules.zone + margin, along - least), 0)
    if edge == TOP:
        return x, y + taken, width, height - taken
    if edge == BOTTOM:
        return x, y, width, height - taken
    if edge == LEFT:
        return x + taken, y, width - taken, height
    return x, y, width - taken, height
