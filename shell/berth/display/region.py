"""Rectangle arithmetic for regions and damage. Rectangles are (x, y, width, height), never empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from berth.core.messages import Rect

if TYPE_CHECKING:
    from berth.display.client import Client

MAX_DAMAGE = 16
"""More rectangles of damage than this are worth less than their bounding box."""


class Shape(tuple[Rect, ...]):
    """The rectangles of a region, which count for its client as long as anything keeps them: surfaces hold some for
    each of their commits that waits."""

    _client: Client

    def __new__(cls, rects: Iterable[Rect], client: Client) -> Shape:
        made = super().__new__(cls, rects)
        made._client = client
        client.rects += len(made)
        return made

    def __del__(self) -> None:
        self._client.rects -= len(self)


def clip(rect: Rect, width: int, height: int) -> Rect | None:
    """The part of `rect` inside a `width` x `height` area at the origin."""
    x, y, w, h = rect
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + w, width), min(y + h, height)
    if right <= left or bottom <= top:
        return None
    return left, top, right - left, bottom - top


def bounding(rects: Sequence[Rect]) -> Rect:
    left = min(r[0] for r in rects)
    top = min(r[1] for r in rects)
    right = max(r[0] + r[2] for r in rects)
    bottom = max(r[1] + r[3] for r in rects)
    return left, top, right - left, bottom - top


def contains(outer: Rect, inner: Rect) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and outer[0] + outer[2] >= inner[0] + inner[2]
        and outer[1] + outer[3] >= inner[1] + inner[3]
    )


def add_damage(damage: list[Rect], new: Iterable[Rect]) -> None:
    """Add rectangles to a list that stays short; what the list covers only grows."""
    for rect in new:
        if not damage:
            damage.append(rect)
            continue
        if any(contains(old, rect) for old in damage):
            continue
        damage[:] = [old for old in damage if not contains(rect, old)]
        damage.append(rect)
    if len(damage) > MAX_DAMAGE:
        damage[:] = [bounding(damage)]


def subtract(rects: Iterable[Rect], hole: Rect) -> list[Rect]:
    """What of `rects` lies outside `hole`."""
    left: list[Rect] = []
    hole_x, hole_y, hole_right, hole_bottom = hole[0], hole[1], hole[0] + hole[2], hole[1] + hole[3]
    for rect in rects:
        x, y, w, h = rect
        if x >= hole_right or y >= hole_bottom or x + w <= hole_x or y + h <= hole_y:
            left.append(rect)
            continue
        x0, y0 = max(x, hole_x), max(y, hole_y)
        x1, y1 = min(x + w, hole_right), min(y + h, hole_bottom)
        if y0 > y:
            left.append((x, y, w, y0 - y))
        if y1 < y + h:
            left.append((x, y1, w, y + h - y1))
        if x0 > x:
            left.append((x, y0, x0 - x, y1 - y0))
        if x1 < x + w:
            left.append((x1, y0, x + w - x1, y1 - y0))
    return left
