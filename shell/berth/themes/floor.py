"""What a question to the user shows, whatever theme is in use.

The sheet in `berth.themes.stack` keeps prompts from being hidden, moved or disguised. Colours and sizes cannot
be said in a sheet as "at least", so they are raised here after the cascade.
"""

from __future__ import annotations

from collections.abc import Mapping

from berth.themes.colors import BLACK, WHITE, Color
from berth.themes.contrast import TEXT, over, ratio
from berth.themes.element import Element
from berth.themes.units import Number
from berth.themes.values import Commas, Value

LEAST_TEXT = 12.0
_SURFACES = ("prompt", "quote", "button", "choice", "tag")
_WHITE_GROUND = (1.0, 1.0, 1.0)


def holds_for(element: Element) -> bool:
    """Whether `element` is a prompt or inside of one."""
    other: Element | None = element
    while other is not None:
        if other.type == "prompt":
            return True
        other = other.parent
    return False


def raised(element: Element, values: Mapping[str, Value], ground: Color) -> dict[str, Value]:
    """`values` (used values by longhand) with what the floor demands.

    Args:
        ground: the colour on which the element lies; for the prompt itself its own.
    """
    found = dict(values)
    below = over(ground, _WHITE_GROUND)
    if element.type == "prompt":
        found["background-color"] = Color("srgb", below, 1.0, True)
        found["background-image"] = Commas(("none",))
    elif element.type in _SURFACES and isinstance(found["background-color"], Color):
        below = over(found["background-color"], below)
    color = found["color"]
    if not isinstance(color, Color) or ratio(color, below) < TEXT:
        found["color"] = max((BLACK, WHITE), key=lambda one: ratio(one, below))
    size = found["font-size"]
    if isinstance(size, Number) and size.value < LEAST_TEXT:
        found["font-size"] = Number(LEAST_TEXT, "px")
    return found
