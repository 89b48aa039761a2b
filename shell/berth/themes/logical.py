"""Properties that count from where a line begins, and which sides they are: https://www.w3.org/TR/css-logical-1/.

Lines lie across the screen in every language that the desktop speaks, so that only their beginning changes sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

_Kept = TypeVar("_Kept")

_SIDES = {
    "ltr": {"block-start": "top", "block-end": "bottom", "inline-start": "left", "inline-end": "right"},
    "rtl": {"block-start": "top", "block-end": "bottom", "inline-start": "right", "inline-end": "left"},
}
_AXES = {"inline-size": "width", "block-size": "height"}
_SIZES = {f"{most}{axis}": f"{most}{name}" for most in ("", "min-", "max-") for axis, name in _AXES.items()}


def _names(direction: str) -> dict[str, str]:
    sides = _SIDES[direction]
    found = dict(_SIZES)
    for logical, side in sides.items():
        found |= {f"{box}-{logical}": f"{box}-{side}" for box in ("margin", "padding")}
        found |= {f"border-{logical}-{part}": f"border-{side}-{part}" for part in ("width", "style", "color")}
    for block in ("start", "end"):
        for inline in ("start", "end"):
            corner = f"{sides[f'block-{block}']}-{sides[f'inline-{inline}']}"
            found[f"border-{block}-{inline}-radius"] = f"border-{corner}-radius"
    return found


PHYSICAL: dict[str, dict[str, str]] = {direction: _names(direction) for direction in _SIDES}
"""For a direction, the side or size that each of these properties is."""
NAMES = tuple(PHYSICAL["ltr"])


def physical(named: Mapping[str, _Kept], direction: str) -> dict[str, _Kept]:
    """`named` by property with sides in the place of beginnings and ends; of two of one side the later counts."""
    names = PHYSICAL[direction]
    found: dict[str, _Kept] = {}
    for name, value in named.items():
        side = names.get(name, name)
        found.pop(side, None)
        found[side] = value
    return found
