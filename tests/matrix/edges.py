"""Menus and tooltips: brought up with the window at each edge of the screen, and measured there."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from statistics import median_low

from berth.core import messages as m
from tests.matrix.hands import Hands, Used
from tests.picture import Picture, Rect
from tests.session.desktop import wait_until

Point = tuple[int, int]
PLACES = ("middle", "left", "right", "top", "bottom", "corner")
"""Of the part of the screen that panels leave."""
_INSET = 4
_FAINT = 30
"""Sum of the differences of red, green and blue up to which a pixel counts as the same: the edge of a shadow does."""
_FEW = 12
_CLOCK = (120, 48)
"""Size of the part of the panel, in its corner, that changes by itself."""
_GAP = 14
"""Pixels between two changes that belong together."""
_SLACK = 16
"""By which a menu or tooltip may measure differently over another background, its shadow included."""
_NUDGES_SECONDS = 2.0
_TIP_SECONDS = 60.0
_AGAIN_SECONDS = 10.0
"""After which a person presses a key once more."""


def usable(hands: Hands) -> Rect:
    """The screen without panels."""
    area: Rect = hands.ask(m.ListOutputs()).outputs[0].usable
    return area


def bring(used: Used, point: Point, place: str) -> Point:
    """Move the window so that `point` of it comes to a place; returns where it is on the screen then."""
    left, top, width, height = usable(used.hands)
    right, bottom = left + width - _INSET, top + height - _INSET
    x = {"left": left + _INSET, "right": right, "corner": right}.get(place, left + width // 2)
    y = {"top": top + _INSET, "bottom": bottom, "corner": bottom}.get(place, top + height // 3)
    used.hands.ask(m.MoveWindow(used.window, x - point[0], y - point[1]))
    return used.at(point)


def appeared(now: Picture, before: Picture, apart_from: Rect = (0, 0, 0, 0)) -> Rect:
    """What has come on the screen, as one rectangle; blinking text cursors are not meant. Empty if there is nothing."""
    clock = (now.width - _CLOCK[0], now.height - _CLOCK[1], *_CLOCK)
    rows = {y: xs for y, xs in _changes(now, before, (apart_from, clock)) if len(xs) >= _FEW}
    top, bottom = _largest_run({y: len(xs) for y, xs in rows.items()})
    columns = Counter(x for y, xs in rows.items() if top <= y < bottom for x in xs)
    left, right = _largest_run(columns)
    return left, top, right - left, bottom - top


def _changes(now: Picture, before: Picture, apart_from: tuple[Rect, ...]) -> Iterable[tuple[int, list[int]]]:
    mask = now.changes(before, faint=_FAINT)
    for x, y, width, height in apart_from:
        mask.paste(0, (x, y, x + width, y + height))
    pixels = mask.tobytes()
    for y in range(now.height):
        row = pixels[y * now.width : (y + 1) * now.width]
        if any(row):
            yield y, [x for x, changed in enumerate(row) if changed]


def _largest_run(weights: dict[int, int]) -> tuple[int, int]:
    """Start and end of the heaviest part that no gap divides."""
    runs: list[tuple[int, int, int]] = []
    for position in sorted(weights):
        if runs and position - runs[-1][2] <= _GAP:
            weight, start, _end = runs[-1]
            runs[-1] = (weight + weights[position], start, position + 1)
        else:
            runs.append((weights[position], position, position + 1))
    _weight, start, end = max(runs, default=(0, 0, 0))
    return start, end


def menu(used: Used, point: Point) -> Rect:
    """Bring up the menu at a point of the screen, measure it and close it.

    It is done again where the screen does not come to look as before: an app that was held up may have drawn itself
    anew meanwhile.
    """
    hands = used.hands
    deadline = time.monotonic() + _TIP_SECONDS
    while time.monotonic() < deadline:
        found, closed = _opened(used, point)
        # An app that is busy may have been about to open it when the first key came.
        for _ in range(2):
            hands.press("Escape")
            pressed = time.monotonic()
            while time.monotonic() - pressed < _AGAIN_SECONDS:
                if closed():
                    return found
    raise AssertionError("the menu stays open")


def _opened(used: Used, point: Point) -> tuple[Rect, Callable[[], bool]]:
    """What has come at a press of the right button, and whether it has gone again."""
    hands = used.hands
    hands.hover(*point)
    # Toolbars that are there only while the pointer is close go a moment later.
    before = _calm(hands, 1.5 if used.app.rests else 0.15)
    hands.click(*point, "right")
    wait_until(lambda: hands.look().changed(before) > 4000, "a menu")
    opened = hands.still()
    found = appeared(opened, before)
    hands.keep()
    inside = (found[0], found[1], found[2], min(found[3], before.height - found[1]))
    # Most of a menu may have the colour of the paper below it.
    shown = opened.changed(before, inside)
    return found, lambda: hands.look().changed(before, inside) < 0.3 * shown


def _calm(hands: Hands, seconds: float) -> Picture:
    """The picture once it has stayed the same for so long."""
    before, since = hands.look(), time.monotonic()

    def same() -> bool:
        nonlocal before, since
        now = hands.look()
        if now.changed(before) >= 400:
            before, since = now, time.monotonic()
        return time.monotonic() - since > seconds

    wait_until(same, "the screen to be calm")
    return before


def tooltip(used: Used, control: Rect, approach: Callable[[], Point]) -> Rect:
    """Hover over a part of the window, and measure the tip that comes.

    `approach` brings the control to light and says where on the screen the pointer rests before. It is done again
    where no tip comes for long: a toolbar that slid in may be gone when a busy app gets to the pointer.
    """
    deadline = time.monotonic() + _TIP_SECONDS
    while time.monotonic() < deadline:
        if measured := _hovered(used, control, approach()):
            used.hands.keep()
            return measured
    raise AssertionError(f"waited {_TIP_SECONDS:.0f} s in vain for a tooltip")


def _hovered(used: Used, control: Rect, rest: Point) -> Rect | None:
    hands = used.hands
    hands.hover(*rest)
    before = _calm(hands, 0.5)
    x, y = used.at((control[0] + control[2] // 2, control[1] + control[3] // 2))
    part = (*used.at(control[:2]), *control[2:])
    hands.ask(m.InputMove(x - 3, y))
    hands.still()
    last: Rect = (0, 0, 0, 0)
    # A toolkit that was busy when the pointer came takes it for one that only passed.
    for nudge in (0, 1, 0, 1):
        hands.ask(m.InputMove(x, y - nudge))
        moved = time.monotonic()
        while (large := last[2] > 24 and last[3] > 10) or time.monotonic() - moved < _NUDGES_SECONDS:
            found, last = last, appeared(hands.look(), before, part)
            if large and last == found:
                return last
    return None


def odd(found: Mapping[str, Rect]) -> list[str]:
    """Places where something else may have changed the screen as well: to be looked at again."""
    width, height = (median_low(rect[side] for rect in found.values()) for side in (2, 3))
    return [place for place, rect in found.items() if abs(rect[2] - width) > _SLACK or abs(rect[3] - height) > _SLACK]


def check(found: Mapping[str, Rect], area: Rect) -> None:
    """Whether all are complete and in `area`: as large as the largest, unless it had to be made less high to fit."""
    width, height = (max(rect[side] for rect in found.values()) for side in (2, 3))
    bottom = area[1] + area[3]
    for place, rect in found.items():
        fitted = abs(rect[1] + rect[3] - bottom) <= _SLACK
        assert width - rect[2] <= _SLACK, f"{rect} at the {place} is less wide than {width}"
        assert fitted or height - rect[3] <= _SLACK, f"{rect} at the {place} is less high than {height}"
        over = max(area[0] - rect[0], area[1] - rect[1], rect[0] + rect[2] - area[0] - area[2])
        over = max(over, rect[1] + rect[3] - bottom)
        assert over <= _SLACK // 2, f"{rect} at the {place} is not inside {area}"
