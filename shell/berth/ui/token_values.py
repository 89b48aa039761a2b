"""What the text of a token's custom property says."""

from __future__ import annotations

import tinycss2

from berth.themes.arithmetic import simplify
from berth.themes.color_grammar import read_color
from berth.themes.colors import BLACK, Color, resolve
from berth.themes.computed import Style
from berth.themes.design_tokens import Value
from berth.themes.findings import Invalid
from berth.themes.images import text_or_word
from berth.themes.stream import Stream, comma_separated
from berth.themes.token_schema import SCHEMA
from berth.themes.units import Number

_MS = 1000


def read_token(token: str, text: str, style: Style) -> Value:
    """The value of a token like ``color.accent``; raises `Invalid` if the text is of the wrong type."""
    group, _, name = token.partition(".")
    tokens = tinycss2.parse_component_value_list(text)
    stream = Stream(tokens)
    if group == "color":
        color = resolve(read_color(stream), style.scheme, BLACK)
        stream.end()
        assert isinstance(color, Color)
        red, green, blue, alpha = (round(part * 255) for part in color.srgb())
        return f"#{red:02x}{green:02x}{blue:02x}{alpha:02x}"
    if isinstance(SCHEMA[group][name], str):
        return tuple(str(text_or_word(Stream(part))) for part in comma_separated(tokens))
    kind = "time" if group == "duration" else "number"
    found = stream.number(kind, "length", "number")
    stream.end()
    number = simplify(found[0], style.lengths) if found is not None else None
    if not isinstance(number, Number) or not 0 <= number.value <= 100_000:
        raise Invalid("no size")
    return number.value * _MS if group == "duration" and number.unit == "s" else number.value
