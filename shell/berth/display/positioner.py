"""Where a popup goes: xdg_positioner's rules as a pure function.

All rectangles are relative to the parent's window geometry; `bounds` is the area that the
popup shall stay in. Flip comes before slide, slide before resize, on each axis by itself.
"""

from __future__ import annotations

from typing import NamedTuple

from berth.core.messages import Rect

SLIDE_X, SLIDE_Y, FLIP_X, FLIP_Y, RESIZE_X, RESIZE_Y = 1, 2, 4, 8, 16, 32

# xdg_positioner.anchor and .gravity: which side an enum value names, -1 before, 0 middle, 1 after.
_HORIZONTAL = {0: 0, 1: 0, 2: 0, 3: -1, 4: 1, 5: -1, 6: -1, 7: 1, 8: 1}
_VERTICAL = {0: 0, 1: -1, 2: 1, 3: 0, 4: 0, 5: -1, 6: 1, 7: -1, 8: 1}


class Rules(NamedTuple):
    """What a client said about its popup, complete."""

    width: int
    height: int
    anchor_rect: Rect
    anchor: int = 0
    gravity: int = 0
    adjustment: int = 0
    offset: tuple[int, int] = (0, 0)


class _Axis(NamedTuple):
    """One axis of the problem: a span of `size` next to the anchor span, within `low`..`high`."""

    size: int
    start: int  # of the anchor rectangle
    length: int  # of the anchor rectangle
    anchor: int
    gravity: int
    offset: int
    low: int
    high: int


def place(rules: Rules, bounds: Rect | None) -> Rect:
    """The popup's rectangle; without `bounds` it goes where the client's rules say, unadjusted."""
    bx, by, bw, bh = bounds or (0, 0, 0, 0)
    ax, ay, aw, ah = rules.anchor_rect
    across = _Axis(
        rules.width, ax, aw, _HORIZONTAL[rules.anchor], _HORIZONTAL[rules.gravity], rules.offset[0], bx, bx + bw
    )
    down = _Axis(rules.height, ay, ah, _VERTICAL[rules.anchor], _VERTICAL[rules.gravity], rules.offset[1], by, by + bh)
    if bounds is None:
        return _start(across), _start(down), rules.width, rules.height
    allowed = rules.adjustment
    x, width = _fit(across, bool(allowed & FLIP_X), bool(allowed & SLIDE_X), bool(allowed & RESIZE_X))
    y, height = _fit(down, bool(allowed & FLIP_Y), bool(allowed & SLIDE_Y), bool(allowed & RESIZE_Y))
    return x, y, width, height


def _start(axis: _Axis) -> int:
    point = axis.start + (0, axis.length // 2, axis.length)[axis.anchor + 1]
    return point - (axis.size, axis.size // 2, 0)[axis.gravity + 1] + axis.offset


def _inside(axis: _Axis, start: int) -> bool:
    return axis.low <= start and start + axis.size <= axis.high


def _fit(axis: _Axis, flip: bool, slide: bool, resize: bool) -> tuple[int, int]:
    start = _start(axis)
    if _inside(axis, start):
        return start, axis.size
    if flip:
        mirrored = _start(axis._replace(anchor=-axis.anchor, gravity=-axis.gravity, offset=-axis.offset))
        if _inside(axis, mirrored):
            return mirrored, axis.size
    if slide:
        start = _slide(axis, start)
        if _inside(axis, start):
            return start, axis.size
    if resize:
        first, last = max(start, axis.low), min(start + axis.size, axis.high)
        if last > first:
            return first, last - first
    return start, axis.size


def _slide(axis: _Axis, start: int) -> int:
    """Move into the bounds; of a span larger than them keep the edge that the gravity points from in view."""
    if axis.size > axis.high - axis.low:
        return axis.high - axis.size if axis.gravity < 0 else axis.low
    return max(axis.low, min(start, axis.high - axis.size))
