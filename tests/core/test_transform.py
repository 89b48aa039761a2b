"""wl_output.transform on points, rectangles, directions and angles."""

from __future__ import annotations

import itertools

import pytest

from berth.core.transform import (
    NAMES,
    angle_to_upright,
    both,
    direction_to_upright,
    inverse,
    to_buffer,
    to_turned,
    to_upright,
    turned,
)

ALL = range(len(NAMES))
WIDTH, HEIGHT = 30, 20


def test_where_the_upper_left_corner_comes_to_lie() -> None:
    """Counter-clockwise, after a mirror on the vertical axis for those that are flipped."""
    corners = [to_turned(0, 0, transform, WIDTH, HEIGHT) for transform in ALL]
    assert corners == [(0, 0), (0, 30), (30, 20), (20, 0), (30, 0), (0, 0), (0, 20), (20, 30)]


@pytest.mark.parametrize("transform", ALL)
def test_back_is_the_opposite(transform: int) -> None:
    lying = to_turned(7, 3, transform, WIDTH, HEIGHT)
    assert to_upright(*lying, transform, WIDTH, HEIGHT) == (7, 3)
    assert 0 <= lying[0] <= turned(WIDTH, HEIGHT, transform)[0]
    assert both(transform, inverse(transform)) == both(inverse(transform), transform) == 0


@pytest.mark.parametrize(("first", "then"), list(itertools.product(ALL, ALL)))
def test_two_after_each_other_are_one(first: int, then: int) -> None:
    size = turned(WIDTH, HEIGHT, first)
    x, y, width, height = to_buffer((1, 2, 5, 4), first, WIDTH, HEIGHT)
    twice = to_buffer((x, y, width, height), then, *size)
    assert twice == to_buffer((1, 2, 5, 4), both(first, then), WIDTH, HEIGHT)


def test_directions_and_angles() -> None:
    # To the right of a panel that was turned: content lies counter-clockwise, so that is down.
    assert [direction_to_upright(1, 0, transform) for transform in range(4)] == [(1, 0), (0, 1), (-1, 0), (0, -1)]
    assert direction_to_upright(1, 0, 4) == (-1, 0)
    assert [angle_to_upright(10, transform) for transform in (0, 1, 3, 4)] == [10, 100, 280, -10]
