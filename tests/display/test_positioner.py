"""The positioner's arithmetic, against its specification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.messages import Rect
from berth.display.positioner import FLIP_X, FLIP_Y, RESIZE_X, RESIZE_Y, SLIDE_X, SLIDE_Y, Rules, place

BOUNDS = (0, 0, 1000, 800)

_sides = st.integers(0, 8)
_rules = st.builds(
    Rules,
    st.integers(1, 1200),
    st.integers(1, 1200),
    st.tuples(st.integers(-200, 1200), st.integers(-200, 1200), st.integers(1, 300), st.integers(1, 300)),
    _sides,
    _sides,
    st.integers(0, 63),
    st.tuples(st.integers(-50, 50), st.integers(-50, 50)),
)
_bounds = st.tuples(st.integers(-300, 300), st.integers(-300, 300), st.integers(1, 1500), st.integers(1, 1500))


def overlaps(start: int, size: int, low: int, high: int) -> bool:
    return start < high and start + size > low


@given(_rules, _bounds)
def test_inside_the_bounds_whenever_the_adjustments_allow(rules: Rules, bounds: Rect) -> None:
    free = place(rules, None)
    result = place(rules, bounds)
    for axis, slide, resize in ((0, SLIDE_X, RESIZE_X), (1, SLIDE_Y, RESIZE_Y)):
        low, high = bounds[axis], bounds[axis] + bounds[axis + 2]
        start, size = result[axis], result[axis + 2]
        assert size > 0
        fits = free[axis + 2] <= high - low
        may_slide, may_resize = rules.adjustment & slide, rules.adjustment & resize
        if may_slide and (fits or may_resize):
            assert low <= start and start + size <= high
        if may_resize and overlaps(free[axis], free[axis + 2], low, high):
            assert low <= start and start + size <= high
        if not may_resize:
            assert size == free[axis + 2]
        if low <= free[axis] and free[axis] + free[axis + 2] <= high:
            assert (start, size) == (free[axis], free[axis + 2]), "what fits is not touched"


@given(_rules)
def test_without_bounds_nothing_is_adjusted(rules: Rules) -> None:
    assert place(rules, None) == place(rules._replace(adjustment=0), BOUNDS)


@given(_rules, _bounds)
def test_the_axes_do_not_meddle_with_each_other(rules: Rules, bounds: Rect) -> None:
    narrow = (bounds[0], -(10**6), bounds[2], 2 * 10**6)
    assert place(rules, bounds)[::2] == place(rules, narrow)[::2]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        # A menu below a button in the middle of the screen: anchor bottom left, gravity bottom right.
        (Rules(200, 300, (400, 300, 80, 30), 6, 8), (400, 330, 200, 300)),
        # At the bottom edge it opens upwards.
        (Rules(200, 300, (400, 700, 80, 30), 6, 8, FLIP_Y), (400, 400, 200, 300)),
        # Where neither side has room, flipping changes nothing and sliding helps.
        (Rules(200, 600, (400, 400, 80, 30), 6, 8, FLIP_Y), (400, 430, 200, 600)),
        (Rules(200, 600, (400, 400, 80, 30), 6, 8, FLIP_Y | SLIDE_Y), (400, 200, 200, 600)),
        # A submenu on the right flips to the left of its parent, its offset with it.
        (Rules(300, 100, (700, 100, 100, 20), 7, 8, FLIP_X, (5, 0)), (395, 100, 300, 100)),
        # Too large to fit: slide shows the beginning, resize what there is room for.
        (Rules(100, 2000, (10, 10, 10, 10), 6, 8, SLIDE_Y), (10, 0, 100, 2000)),
        (Rules(100, 2000, (10, 10, 10, 10), 6, 8, RESIZE_Y), (10, 20, 100, 780)),
        (Rules(100, 2000, (10, 10, 10, 10), 6, 8, SLIDE_Y | RESIZE_Y), (10, 0, 100, 800)),
        # No anchor and no gravity: centred on the rectangle.
        (Rules(100, 50, (400, 400, 20, 10)), (360, 380, 100, 50)),
    ],
)
def test_cases(rules: Rules, expected: Rect) -> None:
    assert place(rules, BOUNDS) == expected
