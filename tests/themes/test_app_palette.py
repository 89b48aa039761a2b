"""What apps are told of the desktop's colours."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from berth.themes.app_palette import app_palette
from berth.themes.colors import Color
from berth.themes.contrast import ratio
from berth.themes.token_schema import COLOR

COLORS = {name: value.ljust(9, "f") for name, value in COLOR.items()}


def rgb(text: str) -> tuple[float, float, float]:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def between(one: str, other: str) -> float:
    return ratio(Color("srgb", rgb(one)), rgb(other))


def test_colours_are_the_tokens_where_they_can_be_read() -> None:
    palette = app_palette(COLORS)
    assert (palette.accent, palette.on_accent, palette.view) == (COLOR["accent"], "#ffffff", "#ffffff")
    assert (palette.header, palette.window_text, palette.error) == ("#ffffff", COLOR["text"], COLOR["danger"])
    assert palette.terminal[1] == COLOR["danger"] and len(palette.terminal) == 16


def test_what_is_translucent_lies_on_the_ground_of_windows() -> None:
    assert app_palette(COLORS | {"surfaceRaised": "#ff000080"}).raised == "#ff7f7f"


colors = st.integers(0, 0xFFFFFFFF).map(lambda number: f"#{number:08x}")


@settings(max_examples=40, deadline=None)
@given(
    tokens=st.fixed_dictionaries(dict.fromkeys(COLOR, colors)),
    contrast=st.booleans(),
)
def test_words_can_be_read_whatever_a_theme_says(tokens: dict[str, str], contrast: bool) -> None:
    palette = app_palette(tokens, high_contrast=contrast)
    pairs = [(palette.view_text, palette.view), (palette.window_text, palette.window)]
    pairs += [(palette.header_text, palette.header), (palette.on_accent, palette.accent)]
    pairs += [(word, palette.view) for word in (palette.link, palette.error, palette.success, *palette.terminal[1:7])]
    assert all(between(*pair) >= 4.5 for pair in pairs)
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in (*palette.terminal, palette.raised, palette.border))


def test_high_contrast_asks_for_more() -> None:
    palette = app_palette(COLORS | {"text": "#777777ff"}, high_contrast=True)
    assert between(palette.view_text, palette.view) >= 7
    assert palette.high_contrast


def test_dark_is_what_looks_dark() -> None:
    assert app_palette(COLORS).scheme == "light"
    assert app_palette(COLORS | {"windowBackground": "#202020ff"}).scheme == "dark"
