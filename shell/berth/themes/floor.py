"""What a question to the user shows, whatever theme is in use.

The sheet in `berth.themes.stack` keeps prompts from being hidden, moved or disguised. Colours and sizes cannot
be said in a sheet as "at least", so they are raised here after the cascade.
"""

from __future__ import annotations

from collections.abc import Mapping

from berth.themes.colors import BLACK, WHITE, Color
from berth.themes.contrast import TEXT, over, ratio
from berth.themes.element import Element
from berth.themes.properties import CORNERS, SIDES
from berth.themes.units import Number
from berth.themes.values import Commas, Value, Words

LEAST_TEXT = 12.0
MOST_TEXT = 40.0
"""Larger words would push each other out of the question."""
_MOST_LINE = 8.0
_MOST_ROOM = 32.0
_MOST_RADIUS = 24.0
FLOORED = ("prompt", "inspector", "login")
"""What stays readable: questions to the user, the tool that a broken look is mended with, and where a password goes."""
_SURFACES = (*FLOORED, "quote", "button", "choice", "field", "tag", "message", "avatar")
_WHITE_GROUND = (1.0, 1.0, 1.0)


def holds_for(element: Element) -> bool:
    """Whether `element` is one of `FLOORED` or inside of one."""
    other: Element | None = element
    while other is not None:
        if other.type in FLOORED:
            return True
        other = other.parent
    return False


def raised(element: Element, values: Mapping[str, Value], ground: Color) -> dict[str, Value]:
    """`values` (used values by longhand) with what the floor demands.

    Args:
        ground: the colour on which the element lies; for one of `FLOORED` its own.
    """
    found = dict(values)
    below = over(ground, _WHITE_GROUND)
    if element.type in FLOORED:
        found["background-color"] = Color("srgb", below, 1.0, True)
        found["background-image"] = Commas(("none",))
    elif element.type in _SURFACES and isinstance(found["background-color"], Color):
        below = over(found["background-color"], below)
    color = found["color"]
    if not isinstance(color, Color) or ratio(color, below) < TEXT:
        found["color"] = max((BLACK, WHITE), key=lambda one: ratio(one, below))
    found["font-size"] = _between(found["font-size"], LEAST_TEXT, MOST_TEXT)
    _bound_lines(element, found)
    return found


def _bound_lines(element: Element, found: dict[str, Value]) -> None:
    """Nothing around words gets so large that it covers them, or takes their room."""
    for side in SIDES:
        found[f"border-{side}-width"] = _between(found[f"border-{side}-width"], 0, _MOST_LINE)
        found[f"padding-{side}"] = _between(found[f"padding-{side}"], 0, _MOST_ROOM)
    found["outline-width"] = _between(found["outline-width"], 0, _MOST_LINE)
    found["outline-offset"] = _between(found["outline-offset"], 0, _MOST_LINE)
    if element.type in (*FLOORED, "quote"):
        for corner in CORNERS:
            name = f"border-{corner}-radius"
            found[name] = Words(_between(part, 0, _MOST_RADIUS) for part in found[name])
    # An inner shadow is a ground of its own, and that of a part falls on what lies before it.
    outer = () if found["box-shadow"] == "none" else tuple(one for one in found["box-shadow"] if not one.inset)
    found["box-shadow"] = Commas(outer) if outer and element.type in FLOORED else "none"


def _between(value: Value, least: float, most: float) -> Value:
    """A length within bounds; `least` for what is none in pixels."""
    if not isinstance(value, Number) or value.unit != "px":
        return Number(least, "px")
    return Number(max(least, min(most, value.value)), "px")
