"""Outputs that the user places touch each other and cover none, whatever happens to their sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.arrangement import SIDES, Side, beside, fits, put, resized, settle, side_of, stepped, touch
from berth.core.messages import Rect
from berth.core.outputs import Direction, row
from berth.core.problem import Problem

NAMES = ("A", "B", "C")
ROW = row([(1000, 700), (800, 600), (500, 900)])
lengths = st.integers(1, 4000)
corners = st.integers(-9000, 9000)
rects = st.lists(st.tuples(corners, corners, lengths, lengths), min_size=1, max_size=6)


def whole(found: list[Rect]) -> bool:
    """From 0, 0 on, nothing covered, and a way from each to each."""
    reached, waiting = found[:1], found[1:]
    while waiting:
        next_ = next((rect for rect in waiting if fits(rect, reached)), None)
        if next_ is None:
            return False
        waiting.remove(next_)
        reached.append(next_)
    return min(x for x, *_ in found) == 0 == min(y for _x, y, *_ in found)


@given(rects)
def test_wherever_they_are_wanted_they_come_to_lie_side_by_side(wanted: list[Rect]) -> None:
    found = settle(wanted)
    assert whole(found) and [rect[2:] for rect in found] == [rect[2:] for rect in wanted]
    assert settle(found) == found


@given(rects, st.data())
def test_every_change_leaves_them_side_by_side(wanted: list[Rect], data: st.DataObject) -> None:
    before = settle(wanted)
    sizes = data.draw(st.lists(st.tuples(lengths, lengths), min_size=len(before), max_size=len(before)))
    assert whole(resized(before, sizes)) and [rect[2:] for rect in resized(before, sizes)] == sizes
    index = data.draw(st.integers(0, len(before) - 1))
    direction: Direction = data.draw(st.sampled_from(("left", "right", "up", "down")))
    after = stepped(before, index, direction)
    assert whole(after) and [rect[2:] for rect in after] == [rect[2:] for rect in before]
    if len(before) > 1:
        side: Side = data.draw(st.sampled_from(SIDES))
        other = data.draw(st.sampled_from([one for one in range(len(before)) if one != index]))
        after = beside(before, index, side, other)
        assert whole(after) and touch(after[index], after[other]) and side_of(after[index], after[other]) == side


@given(rects)
def test_the_same_sizes_change_nothing(wanted: list[Rect]) -> None:
    before = settle(wanted)
    assert resized(before, [rect[2:] for rect in before]) == before


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        ("left-of", [(500, 0, 1000, 700), (1500, 0, 800, 600), (0, 0, 500, 900)]),
        ("above", [(0, 900, 1000, 700), (1000, 900, 800, 600), (0, 0, 500, 900)]),
        ("below", [(0, 0, 1000, 700), (1000, 0, 800, 600), (0, 700, 500, 900)]),
    ],
)
def test_beside_another_one(side: Side, expected: list[Rect]) -> None:
    assert beside(ROW, 2, side, 0) == expected


def test_who_was_there_moves_on() -> None:
    assert beside(ROW, 2, "right-of", 0) == [(0, 0, 1000, 700), (1500, 0, 800, 600), (1000, 0, 500, 900)]
    assert stepped(ROW, 2, "left") == beside(ROW, 2, "right-of", 0)
    # The outermost one has nowhere further to go.
    assert stepped(ROW, 0, "left") == ROW
    assert stepped(ROW[:2], 1, "up") == [(0, 600, 1000, 700), (0, 0, 800, 600)]
    assert stepped(ROW[:1], 0, "up") == ROW[:1]


def test_a_row_stays_one_when_scales_change() -> None:
    assert resized(ROW, [(500, 350), (800, 600), (1000, 1800)]) == row([(500, 350), (800, 600), (1000, 1800)])
    column = [(0, 0, 1000, 700), (200, 700, 800, 600)]
    assert resized(column, [(500, 350), (800, 600)]) == [(0, 0, 500, 350), (200, 350, 800, 600)]


def test_a_place_of_its_own() -> None:
    assert put(ROW, 1, (0, 700), NAMES) == [(0, 0, 1000, 700), (0, 700, 800, 600), (1000, 0, 500, 900)]
    assert put(ROW[:2], 1, (-800, -100), NAMES) == [(800, 100, 1000, 700), (0, 0, 800, 600)]


@pytest.mark.parametrize(
    ("corner", "sentence", "hint"),
    [
        ((900, 0), "would cover a part of “A”", "Try 1000,0."),
        ((1100, 50), "would lie beside no other one", "Try 1000,50."),
        # A corner is no way across.
        ((1000, 700), "would lie beside no other one", "Try 1000,636."),
    ],
)
def test_gaps_and_overlaps_are_refused_with_the_nearest_place(
    corner: tuple[int, int], sentence: str, hint: str
) -> None:
    with pytest.raises(Problem, match=sentence) as caught:
        put(ROW[:2], 1, corner, NAMES)
    assert (caught.value.code, caught.value.hint) == ("bad-position", hint)


def test_the_only_one_lies_beside_nothing() -> None:
    with pytest.raises(Problem, match="the only output"):
        put(ROW[:1], 0, (0, 0), NAMES)


def test_who_covers_another_one_lies_on_no_side_of_it() -> None:
    assert side_of((10, 10, 100, 100), (0, 0, 50, 50)) is None
