"""Where windows go: placing, moving, resizing and snapping as arithmetic on rectangles.

Pure functions, so that the rules can be tested on any rectangle there is. All lengths
are logical pixels; a rectangle is x, y, width, height of a window's geometry, that is
without the title bar and borders, which `Insets` adds around it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from berth.core.messages import Rect

Side = Literal["", "left", "right", "top"]

CASCADE_STEP = 32
REACHABLE = 64
"""This much of a window stays on screen, wherever it is dragged."""
SNAP_DISTANCE = 12
SMALLEST = 48


class Insets(NamedTuple):
    """Widths of what the shell draws around a window."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


class Limits(NamedTuple):
    """Sizes a client allows; a maximum of 0 means none."""

    min_width: int = 0
    min_height: int = 0
    max_width: int = 0
    max_height: int = 0


class Edges(NamedTuple):
    """Which sides a resize moves. The numbers on the wire are those of ``xdg_toplevel.resize_edge``."""

    left: bool = False
    top: bool = False
    right: bool = False
    bottom: bool = False

    @classmethod
    def from_wire(cls, edges: int) -> Edges:
        return cls(top=bool(edges & 1), bottom=bool(edges & 2), left=bool(edges & 4), right=bool(edges & 8))


NO_EDGES = Edges()
NO_LIMITS = Limits()


def grow(rect: Rect, insets: Insets) -> Rect:
    """The frame around a geometry rectangle."""
    x, y, width, height = rect
    return (
        x - insets.left,
        y - insets.top,
        width + insets.left + insets.right,
        height + insets.top + insets.bottom,
    )


def shrink(rect: Rect, insets: Insets) -> Rect:
    """The geometry rectangle inside a frame; never smaller than one pixel."""
    x, y, width, height = rect
    return (
        x + insets.left,
        y + insets.top,
        max(width - insets.left - insets.right, 1),
        max(height - insets.top - insets.bottom, 1),
    )


def contains(rect: Rect, x: float, y: float) -> bool:
    return rect[0] <= x < rect[0] + rect[2] and rect[1] <= y < rect[1] + rect[3]


def covers(outer: Rect, inner: Rect) -> bool:
    """Whether all of `inner` lies in `outer`."""
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[0] + inner[2] <= outer[0] + outer[2]
        and inner[1] + inner[3] <= outer[1] + outer[3]
    )


def limit_size(width: int, height: int, limits: Limits) -> tuple[int, int]:
    """The nearest size the client allows, at least `SMALLEST` unless the client's maximum is less."""
    return (
        _limit(width, limits.min_width, limits.max_width),
        _limit(height, limits.min_height, limits.max_height),
    )


def _limit(length: int, least: int, most: int) -> int:
    length = max(length, least, SMALLEST)
    return min(length, max(most, least, 1)) if most else length


def centre(width: int, height: int, within: Rect) -> Rect:
    x, y, outer_width, outer_height = within
    return (x + (outer_width - width) // 2, y + (outer_height - height) // 2, width, height)


def keep_inside(frame: Rect, area: Rect) -> Rect:
    """Move `frame` into `area`; where it is larger its top left corner stays visible."""
    x, y, width, height = frame
    left, top, area_width, area_height = area
    return (
        max(left, min(x, left + area_width - width)),
        max(top, min(y, top + area_height - height)),
        width,
        height,
    )


def keep_reachable(frame: Rect, area: Rect, grip: int) -> Rect:
    """Move `frame` just so far that its upper `grip` pixels can still be taken hold of."""
    x, y, width, height = frame
    left, top, area_width, area_height = area
    part = min(REACHABLE, width)
    return (
        max(left + part - width, min(x, left + area_width - part)),
        max(top, min(y, top + max(area_height - grip, 0))),
        width,
        height,
    )


def place(size: tuple[int, int], insets: Insets, area: Rect, parent: Rect | None, others: Iterable[Rect]) -> Rect:
    """Geometry rectangle of a new window.

    Args:
        parent: geometry rectangle of the window it belongs to: the new one is centred over it.
        others: frames of the windows on screen; their top left corners are not used again.
    """
    frame = grow((0, 0, *size), insets)
    frame = centre(frame[2], frame[3], parent if parent is not None else area)
    if parent is None:
        frame = _cascade(frame, area, {(x, y) for x, y, _width, _height in others})
    return shrink(keep_inside(frame, area), insets)


def _cascade(frame: Rect, area: Rect, taken: set[tuple[int, int]]) -> Rect:
    """Step down and right from the middle until a corner is free, once around the area at most."""
    left, top, area_width, area_height = area
    room_x = max(area_width - frame[2], 0)
    room_y = max(area_height - frame[3], 0)
    x, y = max(frame[0] - left, 0), max(frame[1] - top, 0)
    for _step in range(len(taken) + 1):
        if (left + x, top + y) not in taken:
            break
        x = (x + CASCADE_STEP) % (room_x + 1)
        y = (y + CASCADE_STEP) % (room_y + 1)
    return (left + x, top + y, frame[2], frame[3])


def tile(side: Side, area: Rect) -> Rect:
    """Frame of a window that fills a half of `area`, or all of it."""
    left, top, width, height = area
    half = width // 2
    if side == "left":
        return (left, top, half, height)
    if side == "right":
        return (left + half, top, width - half, height)
    return area


def snap_side(x: float, y: float, area: Rect) -> Side:
    """The side a window snaps to when it is let go with the pointer at x, y."""
    left, top, width, _height = area
    if x < left + SNAP_DISTANCE:
        return "left"
    if x >= left + width - SNAP_DISTANCE:
        return "right"
    return "top" if y < top + SNAP_DISTANCE else ""


def resize(start: Rect, edges: Edges, dx: float, dy: float, limits: Limits) -> Rect:
    """`start` with the sides in `edges` moved by dx, dy as far as the client's `limits` allow."""
    wanted_width = start[2] + round(dx if edges.right else -dx if edges.left else 0)
    wanted_height = start[3] + round(dy if edges.bottom else -dy if edges.top else 0)
    width, height = limit_size(wanted_width, wanted_height, limits)
    if not (edges.left or edges.right):
        width = start[2]
    if not (edges.top or edges.bottom):
        height = start[3]
    return anchor(start, edges, width, height)


def anchor(rect: Rect, edges: Edges, width: int, height: int) -> Rect:
    """`rect` in another size; the sides opposite to those in `edges` stay where they are."""
    x, y, old_width, old_height = rect
    return (
        x + old_width - width if edges.left else x,
        y + old_height - height if edges.top else y,
        width,
        height,
    )


def under_pointer(rect: Rect, size: tuple[int, int], x: float) -> Rect:
    """`rect` shrunk to `size` so that the pointer at x keeps its relative place on the title bar."""
    left, top, width, _height = rect
    share = min(max((x - left) / max(width, 1), 0.0), 1.0)
    return (round(x - share * size[0]), top, *size)


def form_factor(width: int, height: int, touch: bool) -> Literal["desktop", "tablet", "phone"]:
    """The experience that fits a screen of this size in logical pixels."""
    if width < 600 or (height < 480 and touch):
        return "phone"
    if width < 960 or height > width or (touch and width < 1400):
        return "tablet"
    return "desktop"
