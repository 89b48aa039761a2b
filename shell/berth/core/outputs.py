"""Where outputs lie beside each other, and what becomes of windows when they come, go or change.

Pure functions on rectangles in the one space that all outputs share, in logical pixels.
"""

from __future__ import annotations

from collections.abc import Iterable

from berth.core.messages import Rect


def overlap(one: Rect, other: Rect) -> int:
    """The area that two rectangles share."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(width, 0) * max(height, 0)


def _distance(one: Rect, other: Rect) -> int:
    """From edge to edge along both axes together; 0 where they touch or overlap."""
    across = max(one[0] - (other[0] + other[2]), other[0] - (one[0] + one[2]), 0)
    down = max(one[1] - (other[1] + other[3]), other[1] - (one[1] + one[3]), 0)
    return across + down


def under(rect: Rect, outputs: Iterable[tuple[str, Rect]]) -> str:
    """The name of the output with most of `rect`, or the one nearest to it; of equals the first."""
    return max(outputs, key=lambda output: (overlap(rect, output[1]), -_distance(rect, output[1])))[0]
