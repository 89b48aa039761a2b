"""What the tokens hold. Everything on the screen is made of them, so a value of another type is an error at once."""

from __future__ import annotations

from berth.themes import grammar as g
from berth.themes.color_grammar import read_color
from berth.themes.images import text_or_word
from berth.themes.stream import Stream, comma_separated
from berth.themes.token_schema import SCHEMA, property_name
from berth.themes.values import Commas, Value

_LENGTH = g.length(negative=False, percent=False)


def _number(stream: Stream) -> Value:
    found = stream.number("number")
    if found is None:
        raise stream.fail(hint="Expected a number.")
    return found[0]


def _families(stream: Stream) -> Value:
    parts = [Stream(part, stream.peek()) for part in comma_separated(stream.tokens)]
    names = Commas(text_or_word(part) for part in parts)
    for part in parts:
        part.end()
    stream.place = len(stream.tokens)
    return names


_GROUPS: dict[str, g.Read] = {
    "color": read_color,
    "duration": g.duration(negative=False),
    "opacity": _number,
}
_FONTS: dict[str, g.Read] = {
    **dict.fromkeys(("family", "monospace"), _families),
    **dict.fromkeys(("regular", "medium", "bold"), _number),
}
TYPES: dict[str, g.Read] = {
    property_name(f"{group}.{name}"): _FONTS.get(name, _LENGTH) if group == "font" else _GROUPS.get(group, _LENGTH)
    for group, names in SCHEMA.items()
    for name in names
}
"""By custom property."""


def check_token(name: str, stream: Stream) -> None:
    """Raises `Invalid` if `name` is the custom property of a token, and what comes is of another type."""
    read = TYPES.get(name)
    if read is not None:
        read(stream)
        stream.end()
