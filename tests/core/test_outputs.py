"""Rectangles of outputs and windows: arranging, carrying over, and following an unplug."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from berth.core.messages import Rect
from berth.core.outputs import Berth, OutputArea, arrange, carry, follow, neighbour, overlap, row, under

SIZES = st.tuples(st.integers(200, 4000), st.integers(200, 4000))
RECTS = st.tuples(st.integers(-3000, 6000), st.integers(-3000, 6000), st.integers(1, 5000), st.integers(1, 5000))


def outputs(*sizes: tuple[int, int]) -> tuple[OutputArea, ...]:
    return tuple(OutputArea(f"out-{i}", rect, rect) for i, rect in enumerate(row(sizes)))


def test_overlap_is_an_area() -> None:
    assert overlap((0, 0, 10, 10), (5, 5, 10, 10)) == 25
    assert overlap((0, 0, 10, 10), (10, 0, 10, 10)) == 0


def test_under_is_the_output_with_most_of_it_or_the_nearest() -> None:
    known = [("a", (0, 0, 100, 100)), ("b", (100, 0, 100, 100))]
    assert under((60, 0, 50, 10), known) == "a"
    assert under((80, 0, 50, 10), known) == "b"
    assert under((50, 0, 100, 10), known) == "a"
    assert under((500, 500, 1, 1), known) == "b"
    assert under((-50, 20, 1, 1), known) == "a"


def test_arranging_keeps_what_the_host_says_but_begins_at_the_corner() -> None:
    assert arrange([(100, -50, 10, 10), (110, -50, 20, 20)]) == [(0, 0, 10, 10), (10, 0, 20, 20)]
    assert arrange([]) == []


@given(st.lists(RECTS, max_size=5))
def test_arranged_outputs_never_overlap(rects: list[Rect]) -> None:
    arranged = arrange(rects)
    assert [rect[2:] for rect in arranged] == [rect[2:] for rect in rects]
    assert not any(overlap(one, other) for i, one in enumerate(arranged) for other in arranged[:i])


@given(RECTS, SIZES, SIZES)
def test_what_is_inside_is_carried_inside(rect: Rect, source: tuple[int, int], target: tuple[int, int]) -> None:
    there = (777, 55, *target)
    x, y, width, height = carry(rect, (0, 0, *source), there)
    assert (width, height) == rect[2:]
    assert x >= 777 and y >= 55
    assert width > target[0] or x + width <= 777 + target[0]
    assert height > target[1] or y + height <= 55 + target[1]


@given(RECTS, SIZES)
def test_between_equal_outputs_the_place_is_the_same(rect: Rect, size: tuple[int, int]) -> None:
    x, y, width, height = rect
    if 0 <= x <= size[0] - width and 0 <= y <= size[1] - height:
        assert carry(rect, (0, 0, *size), (5000, 10, *size)) == (x + 5000, y + 10, width, height)


def test_neighbours() -> None:
    grid = tuple(
        OutputArea(name, rect, rect)
        for name, rect in {
            "left": (0, 0, 100, 100),
            "middle": (100, 0, 100, 100),
            "right": (200, 0, 100, 100),
            "below": (100, 100, 100, 100),
        }.items()
    )
    assert neighbour("left", "right", grid) == "middle"
    assert neighbour("right", "left", grid) == "middle"
    assert neighbour("middle", "down", grid) == "below"
    assert neighbour("below", "up", grid) == "middle"
    assert neighbour("left", "left", grid) == "left"
    assert neighbour("left", "up", grid) == "left"


def test_a_window_comes_back_where_it_was() -> None:
    two = outputs((1280, 800), (1920, 1080))
    berth = Berth("out-1", (1380, 50, 300, 200))
    away = follow(berth, two, two[:1], "out-0")
    assert (away.output, away.home, away.home_rect) == ("out-0", "out-1", (100, 50, 300, 200))
    # Another output is plugged in first, and unplugged again: the way home is not forgotten.
    third = (*two[:1], OutputArea("third", (1280, 0, 800, 600), (1280, 0, 800, 600)))
    still = follow(follow(away, two[:1], third, "out-0"), third, two[:1], "out-0")
    assert (still.output, still.home) == ("out-0", "out-1")
    swapped = (OutputArea("out-1", (0, 0, 1920, 1080), (0, 0, 1920, 1080)), two[0])
    assert follow(still, two[:1], swapped, "out-0") == Berth("out-1", (100, 50, 300, 200))


def test_a_window_without_a_loose_place_has_none_afterwards() -> None:
    two = outputs((1280, 800), (1920, 1080))
    away = follow(Berth("out-1", (0, 0, 0, 0)), two, two[:1], "out-0")
    assert (away.output, away.loose) == ("out-0", (0, 0, 0, 0))
    assert follow(away, two[:1], two, "out-0") == Berth("out-1", (0, 0, 0, 0))


SETS = st.lists(st.sampled_from("abcd"), min_size=1, unique=True)


@given(st.lists(SIZES, min_size=4, max_size=4), SETS, st.lists(SETS, max_size=8), st.data())
def test_no_window_is_ever_outside_of_all_outputs(
    sizes: list[tuple[int, int]], first: list[str], later: list[list[str]], data: st.DataObject
) -> None:
    """Outputs come and go in any order; a window that began inside of one is inside of one after every change."""

    def laid_out(names: list[str]) -> tuple[OutputArea, ...]:
        rects = row([sizes["abcd".index(name)] for name in names])
        return tuple(OutputArea(name, rect, rect) for name, rect in zip(names, rects, strict=True))

    before = laid_out(first)
    start = data.draw(st.sampled_from(before))
    x, y, width, height = start.rect
    loose = (x + data.draw(st.integers(0, width - 200)), y + data.draw(st.integers(0, height - 200)), 200, 200)
    berth = Berth(start.name, loose)
    for names in later:
        now = laid_out(names)
        berth = follow(berth, before, now, names[0])
        rects = {output.name: output.rect for output in now}
        assert overlap(berth.loose, rects[berth.output]) == 200 * 200
        assert berth.home not in rects
        before = now
    last = follow(berth, before, laid_out(first), first[0])
    if all(start.name not in names for names in later) and later:
        assert last == Berth(start.name, loose)
