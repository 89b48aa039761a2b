"""Where outputs lie beside each other, and what becomes of windows when they come, go or change.

Pure functions on rectangles in the one space that all outputs share, in logical pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from berth.core.messages import Rect
from berth.core.problem import Problem
from berth.core.transform import NAMES

SMALLEST_SCALE, LARGEST_SCALE = 0.5, 8.0
MOST_OUTPUTS = 16
_USUAL_SCALES = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
_LEAST_SIDE = 240

Direction = Literal["left", "right", "up", "down"]


class OutputArea(NamedTuple):
    """An output's rectangle, and the part of it that panels leave to windows."""

    name: str
    rect: Rect
    area: Rect


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


def arrange(rects: Sequence[Rect]) -> list[Rect]:
    """The outputs as the host has them, moved so that the space begins at 0, 0.

    A host that says nothing sensible, so that outputs overlap, gets them in a row from left to right.
    """
    if any(overlap(one, other) for i, one in enumerate(rects) for other in rects[:i]):
        return row([rect[2:] for rect in rects])
    left = min((rect[0] for rect in rects), default=0)
    top = min((rect[1] for rect in rects), default=0)
    return [(x - left, y - top, width, height) for x, y, width, height in rects]


def row(sizes: Sequence[tuple[int, int]]) -> list[Rect]:
    """Outputs of these sizes beside each other, their upper edges in line."""
    rects: list[Rect] = []
    x = 0
    for width, height in sizes:
        rects.append((x, 0, width, height))
        x += width
    return rects


def carry(rect: Rect, source: Rect, target: Rect) -> Rect:
    """`rect` as far from the edges of `target`, in proportion to the room there, as it is from those of `source`.

    What lay inside of `source` comes to lie inside of `target`, if it fits; the size stays.
    """
    x, y, width, height = rect
    return (
        target[0] + _carry(x - source[0], source[2] - width, target[2] - width),
        target[1] + _carry(y - source[1], source[3] - height, target[3] - height),
        width,
        height,
    )


def _carry(offset: int, room: int, new_room: int) -> int:
    if new_room <= 0:
        return 0
    if room <= 0:
        return min(max(offset, 0), new_room)
    return round(min(max(offset / room, 0.0), 1.0) * new_room)


class Berth(NamedTuple):
    """What of a window's place outlives a change of outputs.

    `loose` is its geometry rectangle while it is neither maximised nor the like (0 wide = there is none yet);
    `home` an unplugged output that it shall go back to, and `home_rect` the rectangle there, from its corner.
    """

    output: str
    loose: Rect
    home: str = ""
    home_rect: Rect = (0, 0, 0, 0)


def follow(berth: Berth, before: Sequence[OutputArea], now: Sequence[OutputArea], refuge: str) -> Berth:
    """A window's berth after the outputs have changed.

    It goes along with its output. If that was unplugged it moves to `refuge`, and back when an output of the
    same name appears.
    """
    old, new = ({output.name: output for output in outputs} for outputs in (before, now))
    if berth.home in new:
        corner = new[berth.home].rect
        return Berth(berth.home, _shifted(berth.home_rect, corner[0], corner[1]))
    if berth.output in new:
        corner = new[berth.output].rect
        was = old[berth.output].rect if berth.output in old else corner
        return berth._replace(loose=_shifted(berth.loose, corner[0] - was[0], corner[1] - was[1]))
    if berth.output not in old:
        return berth._replace(output=refuge)
    gone = old[berth.output]
    if not berth.home:
        home_rect = _shifted(berth.loose, -gone.rect[0], -gone.rect[1])
        berth = berth._replace(home=berth.output, home_rect=home_rect)
    loose = carry(berth.loose, gone.area, new[refuge].area) if berth.loose[2] else berth.loose
    return berth._replace(output=refuge, loose=loose)


def _shifted(rect: Rect, dx: int, dy: int) -> Rect:
    return (rect[0] + dx, rect[1] + dy, rect[2], rect[3]) if rect[2] else rect


def neighbour(name: str, direction: Direction, outputs: Sequence[OutputArea]) -> str:
    """The nearest output in a direction, by the middles; `name` itself if there is none."""
    rects = {output.name: output.rect for output in outputs}
    here = _middle(rects[name])
    axis = 0 if direction in ("left", "right") else 1
    sign = -1 if direction in ("left", "up") else 1

    def steps(other: str) -> tuple[float, float]:
        middle = _middle(rects[other])
        return (middle[axis] - here[axis]) * sign, abs(middle[1 - axis] - here[1 - axis])

    def beyond(other: str) -> bool:
        along, aside = steps(other)
        return along > 0 and along >= aside

    found = [other for other in rects if beyond(other)] or [other for other in rects if steps(other)[0] > 0]
    return min(found, key=lambda other: sum(steps(other)), default=name)


def _middle(rect: Rect) -> tuple[float, float]:
    return rect[0] + rect[2] / 2, rect[1] + rect[3] / 2


class OutputSpec(NamedTuple):
    """An output that is asked for: its size in pixels, and how many of them make a logical one (0 = the host's)."""

    width: int
    height: int
    scale: float


def parse_spec(text: str) -> OutputSpec:
    """An output like ``1920x1080`` or ``1920x1080@1.5``. Raises `Problem`."""
    size, _at, scale = text.lower().partition("@")
    try:
        width, height = (int(part) for part in size.split("x"))
        spec = OutputSpec(width, height, float(scale) if scale else 0.0)
    except ValueError:
        raise Problem("bad-output", f"“{text}” is no output like 1920x1080@1.5.") from None
    if not (320 <= width <= 16384 and 240 <= height <= 16384):
        raise Problem("bad-output", "An output has 320x240 pixels at least and 16384x16384 at most.")
    check_scale(spec.scale)
    return spec


def check_scale(scale: float) -> None:
    """Raises `Problem` if nobody could use an output of that scale; 0 stands for the host's."""
    if scale and not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
        raise Problem("bad-scale", f"A scale of {scale:g} cannot be used.", "Choose one from 0.5 to 8.")


def leaves_room(size: tuple[int, int], scale: float) -> bool:
    """Whether so many pixels at that scale are an output that people can work on."""
    return min(size) >= scale * _LEAST_SIDE


def scales_for(size: tuple[int, int], now: float) -> list[float]:
    """What to choose from on an output of so many pixels, the one it has among them."""
    return sorted({now, *(scale for scale in _USUAL_SCALES if leaves_room(size, scale))})


def next_scale(scale: float, larger: bool) -> float:
    """The usual scale next to one, or that one itself if there is none beyond."""
    beyond = [usual for usual in _USUAL_SCALES if (usual > scale if larger else usual < scale)]
    return min(beyond, key=lambda usual: abs(usual - scale), default=scale)


def check_transform(transform: int) -> None:
    """Raises `Problem` if that is no wl_output.transform."""
    if transform not in range(len(NAMES)):
        raise Problem("bad-transform", f"There is no transform {transform}.", f"Choose one of {', '.join(NAMES)}.")
