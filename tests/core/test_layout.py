"""The arithmetic of windows, on any rectangles there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core import layout
from berth.core.layout import Edges, Insets, Limits
from berth.core.messages import Rect

LENGTH = st.integers(1, 5000)
PLACE = st.integers(-5000, 5000)
AREA = st.tuples(st.integers(-100, 100), st.integers(-100, 100), st.integers(200, 5000), st.integers(200, 5000))
RECT = st.tuples(PLACE, PLACE, LENGTH, LENGTH)
SIZE = st.tuples(LENGTH, LENGTH)
INSETS = st.builds(Insets, *[st.integers(0, 60)] * 4)
EDGES = st.sampled_from([Edges.from_wire(wire) for wire in (1, 2, 4, 8, 5, 6, 9, 10)])
DELTA = st.floats(-3000, 3000)


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    least = (draw(st.integers(0, 800)), draw(st.integers(0, 800)))
    most = tuple(draw(st.sampled_from((0, 1))) * (low + draw(st.integers(1, 2000))) for low in least)
    return Limits(*least, *most)


def right(rect: Rect) -> int:
    return rect[0] + rect[2]


def bottom(rect: Rect) -> int:
    return rect[1] + rect[3]


@given(RECT, INSETS)
def test_shrink_undoes_grow(rect: Rect, insets: Insets) -> None:
    assert layout.shrink(layout.grow(rect, insets), insets) == rect


@given(RECT, AREA)
def test_what_fits_is_kept_inside(frame: Rect, area: Rect) -> None:
    moved = layout.keep_inside(frame, area)
    assert moved[2:] == frame[2:]
    assert moved[0] >= area[0]
    assert moved[1] >= area[1]
    if frame[2] <= area[2]:
        assert right(moved) <= right(area)
    if frame[3] <= area[3]:
        assert bottom(moved) <= bottom(area)


@given(RECT, AREA, st.integers(1, 60))
def test_a_part_of_the_title_bar_stays_in_reach(frame: Rect, area: Rect, grip: int) -> None:
    moved = layout.keep_reachable(frame, area, grip)
    assert moved[2:] == frame[2:]
    visible = min(right(moved), right(area)) - max(moved[0], area[0])
    assert visible >= min(layout.REACHABLE, frame[2])
    assert area[1] <= moved[1] <= bottom(area) - grip
    assert layout.keep_reachable(moved, area, grip) == moved


@given(SIZE, limits())
def test_limits_hold(size: tuple[int, int], bounds: Limits) -> None:
    width, height = layout.limit_size(*size, bounds)
    assert bounds.min_width <= width
    assert bounds.min_height <= height
    assert not bounds.max_width or width <= bounds.max_width
    assert not bounds.max_height or height <= bounds.max_height


@given(RECT, EDGES, DELTA, DELTA, limits())
def test_resizing_moves_only_the_edges_in_hand(start: Rect, edges: Edges, dx: float, dy: float, bounds: Limits) -> None:
    resized = layout.resize(start, edges, dx, dy, bounds)
    if not edges.left:
        assert resized[0] == start[0]
    if not edges.top:
        assert resized[1] == start[1]
    if not edges.right:
        assert right(resized) == right(start)
    if not edges.bottom:
        assert bottom(resized) == bottom(start)


@given(RECT, EDGES, SIZE)
def test_the_opposite_edges_are_anchored(rect: Rect, edges: Edges, size: tuple[int, int]) -> None:
    anchored = layout.anchor(rect, edges, *size)
    assert anchored[2:] == size
    assert right(anchored) == right(rect) if edges.left else anchored[0] == rect[0]
    assert bottom(anchored) == bottom(rect) if edges.top else anchored[1] == rect[1]


@given(SIZE, INSETS, AREA, st.lists(RECT, max_size=8))
def test_new_windows_lie_inside_and_keep_their_size(
    size: tuple[int, int], insets: Insets, area: Rect, others: list[Rect]
) -> None:
    placed = layout.place(size, insets, area, None, others)
    assert placed[2:] == size
    frame = layout.grow(placed, insets)
    assert frame == layout.keep_inside(frame, area)


def test_new_windows_do_not_hide_each_other() -> None:
    area = (0, 0, 1280, 748)
    frames: list[Rect] = []
    for _number in range(8):
        frames.append(layout.place((700, 500), Insets(), area, None, frames))
    assert len({frame[:2] for frame in frames}) == len(frames)


def test_a_dialog_is_centred_over_its_parent() -> None:
    assert layout.place((100, 50), Insets(), (0, 0, 1280, 748), (200, 100, 400, 300), ()) == (350, 225, 100, 50)


@given(AREA)
def test_halves_cover_the_area_without_overlap(area: Rect) -> None:
    left, whole_right = layout.tile("left", area), layout.tile("right", area)
    assert left[0] == area[0]
    assert right(left) == whole_right[0]
    assert right(whole_right) == right(area)
    assert left[3] == whole_right[3] == area[3]


@pytest.mark.parametrize(
    ("x", "y", "side"), [(0, 400, "left"), (1279, 400, "right"), (600, 0, "top"), (600, 300, ""), (600, 747, "")]
)
def test_snapping(x: int, y: int, side: str) -> None:
    assert layout.snap_side(x, y, (0, 0, 1280, 748)) == side


@given(RECT, SIZE, st.floats(0, 1))
def test_the_title_bar_stays_under_the_pointer(rect: Rect, size: tuple[int, int], share: float) -> None:
    x = rect[0] + share * rect[2]
    moved = layout.under_pointer(rect, size, x)
    assert moved[2:] == size
    assert moved[0] - 1 <= x <= right(moved) + 1


@pytest.mark.parametrize(
    ("size", "touch", "expected"),
    [
        ((1280, 800), False, "desktop"),
        ((1920, 1080), True, "desktop"),
        ((1180, 820), True, "tablet"),
        ((820, 1180), False, "tablet"),
        ((390, 844), False, "phone"),
        ((844, 390), True, "phone"),
    ],
)
def test_form_factors(size: tuple[int, int], touch: bool, expected: str) -> None:
    assert layout.form_factor(*size, touch) == expected
