"""How outputs lie that the user has placed: without gaps and overlaps, whatever sizes they have now.

Pure functions on rectangles in the space that all outputs share, in logical pixels. Each returns as many rectangles
as it gets, in the same order, and lets the space begin at 0, 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from berth.core.messages import Rect
from berth.core.outputs import Direction, OutputArea, neighbour, overlap
from berth.core.problem import Problem

Side = Literal["left-of", "right-of", "above", "below"]
SIDES: tuple[Side, ...] = get_args(Side)
SIDE_TOWARDS: dict[Direction, Side] = {"left": "left-of", "right": "right-of", "up": "above", "down": "below"}
LEAST_CONTACT = 64
"""Logical pixels along which two outputs lie side by side at least: the pointer has to find the way across."""


def parse_position(text: str) -> tuple[int, int]:
    """A corner like ``1280,0``. Raises `Problem`."""
    try:
        x, y = (int(part) for part in text.split(","))
    except ValueError:
        raise Problem("bad-position", f"“{text}” is no place like 1280,0.") from None
    return x, y


def touch(one: Rect, other: Rect) -> bool:
    """Whether they lie side by side, along `LEAST_CONTACT` or the whole of the shorter edge."""
    return _meet(one, other, 0) or _meet(one, other, 1)


def _meet(one: Rect, other: Rect, axis: int) -> bool:
    """Whether an edge of `one` lies on one of `other` that is across `axis` (0 = x)."""
    if one[axis] + one[axis + 2] != other[axis] and other[axis] + other[axis + 2] != one[axis]:
        return False
    along = 1 - axis
    shared = min(one[along] + one[along + 2], other[along] + other[along + 2]) - max(one[along], other[along])
    return shared >= _contact(one[along + 2], other[along + 2])


def _contact(length: int, other: int) -> int:
    return min(LEAST_CONTACT, length, other)


def side_of(rect: Rect, other: Rect) -> Side | None:
    """On which side of `other` it lies; None if it covers a part of it."""
    for axis, (before, behind) in enumerate((SIDES[:2], SIDES[2:])):
        if rect[axis] + rect[axis + 2] <= other[axis]:
            return before
        if rect[axis] >= other[axis] + other[axis + 2]:
            return behind
    return None


def fits(rect: Rect, others: Sequence[Rect]) -> bool:
    """Whether it covers none of `others` and touches one."""
    return not any(overlap(rect, other) for other in others) and any(touch(rect, other) for other in others)


def nearest(rect: Rect, others: Sequence[Rect]) -> Rect:
    """`rect` at the place nearest to its own where it fits to `others`, of which there is one at least."""
    found = [place for place in _places(rect, others) if fits(place, others)]
    return min(found, key=lambda place: abs(place[0] - rect[0]) + abs(place[1] - rect[1]))


def _places(rect: Rect, others: Sequence[Rect]) -> Iterator[Rect]:
    """Among them is that beside the outermost of `others`, its edge in line: there nothing is in the way."""
    x, y, width, height = rect
    yield rect
    for left, top, across, down in others:
        for beside in (left - width, left + across):
            for level in (_within(y, height, top, down), top, top + down - height):
                yield (beside, level, width, height)
        for level in (top - height, top + down):
            for beside in (_within(x, width, left, across), left, left + across - width):
                yield (beside, level, width, height)


def _within(start: int, length: int, other_start: int, other_length: int) -> int:
    """`start`, changed as little as it takes to have contact."""
    contact = _contact(length, other_length)
    return min(max(start, other_start - length + contact), other_start + other_length - contact)


def settle(rects: Sequence[Rect], first: Sequence[int] = ()) -> list[Rect]:
    """Each at the nearest place where it touches another one and covers none.

    What lies so already stays. Of the others those that come `first` stay rather than the rest.
    """
    waiting = [*first, *(index for index in range(len(rects)) if index not in first)]
    placed: dict[int, Rect] = {}
    while waiting:
        there = list(placed.values())
        index = next((one for one in waiting if fits(rects[one], there)), waiting[0])
        placed[index] = nearest(rects[index], there) if there else rects[index]
        waiting.remove(index)
    return _from_origin([placed[index] for index in range(len(rects))])


def _from_origin(rects: Sequence[Rect]) -> list[Rect]:
    left = min((rect[0] for rect in rects), default=0)
    top = min((rect[1] for rect in rects), default=0)
    return [(x - left, y - top, width, height) for x, y, width, height in rects]


def resized(rects: Sequence[Rect], sizes: Sequence[tuple[int, int]]) -> list[Rect]:
    """The same arrangement of outputs that have other sizes now: who was to the right or below stays so."""
    now = list(rects)
    for index, (width, height) in enumerate(sizes):
        left, top, across, down = now[index]
        for other, (x, y, *_size) in enumerate(now):
            dx = width - across if x >= left + across else 0
            dy = height - down if y >= top + down else 0
            now[other] = (x + dx, y + dy, *now[other][2:])
        now[index] = (left, top, width, height)
    return settle(now)


def put(rects: Sequence[Rect], index: int, corner: tuple[int, int], names: Sequence[str]) -> list[Rect]:
    """That output at a place; whoever loses its neighbour by that follows. Raises `Problem` ``bad-position``."""
    others = [rect for other, rect in enumerate(rects) if other != index]
    name, wish = names[index], (*corner, *rects[index][2:])
    if not others:
        raise Problem("bad-position", f"“{name}” is the only output.", "Plug in another one first.")
    if not fits(wish, others):
        covered = (names[other] for other, rect in enumerate(rects) if other != index and overlap(wish, rect))
        what = next((f"cover a part of “{other}”" for other in covered), "lie beside no other one")
        x, y, *_size = nearest(wish, others)
        raise Problem("bad-position", f"At {corner[0]},{corner[1]} “{name}” would {what}.", f"Try {x},{y}.")
    return settle([wish if other == index else rect for other, rect in enumerate(rects)], (index,))


def beside(rects: Sequence[Rect], index: int, side: Side, reference: int) -> list[Rect]:
    """That output next to another one, their edges in line. Who was there already moves on."""
    rest = [other for other in range(len(rects)) if other != index]
    closed = settle([rects[other] for other in rest], (rest.index(reference),))
    now = dict(zip(rest, closed, strict=True))
    x, y, across, down = now[reference]
    width, height = rects[index][2:]
    before = side in ("left-of", "above")
    axis = 0 if side in ("left-of", "right-of") else 1
    step = (width, height)[axis] * (-1 if before else 1)
    edge = (x, y)[axis] if before else (x + across, y + down)[axis]
    for other, rect in now.items():
        if rect[axis] + rect[axis + 2] <= edge if before else rect[axis] >= edge:
            now[other] = (rect[0] + step, *rect[1:]) if axis == 0 else (rect[0], rect[1] + step, *rect[2:])
    corners = {"left-of": (x - width, y), "right-of": (x + across, y), "above": (x, y - height), "below": (x, y + down)}
    now[index] = (*corners[side], width, height)
    return settle([now[other] for other in range(len(rects))], (index, reference))


def stepped(rects: Sequence[Rect], index: int, direction: Direction) -> list[Rect]:
    """That output beyond the next one in a direction; if there is none, beyond the one nearest to it."""
    areas = [OutputArea(str(other), rect, rect) for other, rect in enumerate(rects)]
    reference = int(neighbour(str(index), direction, areas))
    others = [other for other in range(len(rects)) if other != index]
    if not others:
        return list(rects)
    if reference == index:
        reference = min(others, key=lambda other: _apart(rects[other], rects[index]))
    return beside(rects, index, SIDE_TOWARDS[direction], reference)


def _apart(one: Rect, other: Rect) -> tuple[bool, int]:
    """Twice the way from middle to middle, after whether they touch at all."""
    ways = (abs(2 * one[axis] + one[axis + 2] - 2 * other[axis] - other[axis + 2]) for axis in (0, 1))
    return not touch(one, other), sum(ways)
