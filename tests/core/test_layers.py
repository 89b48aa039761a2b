"""Where parts of the desktop go, and what they leave for windows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.layers import BOTTOM, LEFT, LEVELS, RIGHT, TOP, Place, Rules, arrange, exclusive_edge

SCREEN = (0, 0, 1000, 700)
AREA = (0, 0, 1000, 660)
ALL = TOP | BOTTOM | LEFT | RIGHT


def test_bar_reserves_its_height_and_what_follows_keeps_clear_of_it() -> None:
    bar = Rules("top", TOP | LEFT | RIGHT, (0, 30), zone=30)
    note = Rules("top", TOP | RIGHT, (200, 50), margin=(10, 10, 0, 0))
    wallpaper = Rules("background", ALL, (0, 0), zone=-1)
    places, left = arrange([note, bar, wallpaper], SCREEN, AREA)
    assert places == [Place(790, 40, 200, 50), Place(0, 0, 1000, 30), Place(0, 0, 1000, 700)]
    assert left == (0, 30, 1000, 630)


def test_bars_of_one_edge_lie_beside_each_other_the_highest_layer_outside() -> None:
    low = Rules("bottom", BOTTOM | LEFT | RIGHT, (0, 20), zone=20)
    high = Rules("top", BOTTOM | LEFT | RIGHT, (0, 30), zone=30)
    places, left = arrange([low, high], SCREEN, AREA)
    assert places == [Place(0, 610, 1000, 20), Place(0, 630, 1000, 30)]
    assert left == (0, 0, 1000, 610)


@pytest.mark.parametrize(
    ("edge", "left"),
    [
        (LEFT, (55, 0, 945, 660)),
        (RIGHT, (0, 0, 945, 660)),
        (TOP, (0, 55, 1000, 605)),
        (BOTTOM, (0, 0, 1000, 605)),
    ],
)
def test_margin_belongs_to_the_reserved_room(edge: int, left: tuple[int, int, int, int]) -> None:
    assert arrange([Rules("top", edge, (40, 40), zone=50, margin=(5, 5, 5, 5))], SCREEN, AREA)[1] == left


def test_corner_reserves_nothing_unless_it_says_which_edge() -> None:
    corner = Rules("top", TOP | LEFT, (100, 30), zone=30)
    assert exclusive_edge(corner) == 0 and arrange([corner], SCREEN, AREA)[1] == AREA
    assert arrange([corner._replace(edge=LEFT)], SCREEN, AREA)[1] == (30, 0, 970, 660)


def test_unanchored_is_centred_and_what_was_drawn_counts() -> None:
    middle = Rules("overlay", 0, (400, 100))
    assert arrange([middle], SCREEN, AREA)[0] == [Place(300, 280, 400, 100)]
    assert arrange([middle._replace(drawn=(200, 60))], SCREEN, AREA)[0] == [Place(400, 300, 400, 100)]
    right = Rules("top", RIGHT, (100, 100), margin=(0, 7, 0, 0), drawn=(50, 50))
    assert arrange([right], SCREEN, AREA)[0] == [Place(943, 305, 100, 100)]


def test_filling_size_leaves_the_margins() -> None:
    assert arrange([Rules("top", ALL, (0, 0), margin=(1, 2, 3, 4))], SCREEN, AREA)[0] == [Place(4, 1, 994, 656)]


@given(
    st.lists(
        st.builds(
            Rules,
            st.sampled_from(LEVELS),
            st.integers(0, ALL),
            st.tuples(st.integers(0, 1 << 31), st.integers(0, 1 << 31)),
            st.integers(-1, 1 << 31),
            st.sampled_from((0, TOP, BOTTOM, LEFT, RIGHT)),
            st.tuples(*[st.integers(-(1 << 31), 1 << 31)] * 4),
        ),
        max_size=5,
    )
)
def test_whatever_apps_say_half_of_the_screen_stays_and_sizes_are_positive(parts: list[Rules]) -> None:
    places, (x, y, width, height) = arrange(parts, SCREEN, AREA)
    assert width >= 500 and height >= 350
    assert x >= 0 and y >= 0 and x + width <= 1000 and y + height <= 660
    for rules, place in zip(parts, places, strict=True):
        assert place.width >= rules.size[0] and place.height >= rules.size[1]
