"""Numbers with units, and expressions of them that wait for an element."""

from __future__ import annotations

import math
from typing import NamedTuple


class Number(NamedTuple):
    """A value and its unit: ``""`` for a plain number, ``%``, or a unit of CSS in lower case.

    A unit that begins with ``@`` is a word that gets its value later (a channel of a relative colour).
    """

    value: float
    unit: str


class Calc(NamedTuple):
    """An expression: `op` is ``+``, ``*``, ``/`` (one over), or the name of a function."""

    op: str
    parts: tuple[Numeric, ...]


Numeric = Number | Calc

ABSOLUTE: dict[str, tuple[float, str]] = {
    "px": (1, "px"),
    "cm": (96 / 2.54, "px"),
    "mm": (96 / 25.4, "px"),
    "q": (96 / 101.6, "px"),
    "in": (96, "px"),
    "pt": (96 / 72, "px"),
    "pc": (16, "px"),
    "deg": (1, "deg"),
    "grad": (0.9, "deg"),
    "rad": (180 / math.pi, "deg"),
    "turn": (360, "deg"),
    "s": (1, "s"),
    "ms": (0.001, "s"),
    "dppx": (1, "dppx"),
    "x": (1, "dppx"),
    "dpi": (1 / 96, "dppx"),
    "dpcm": (2.54 / 96, "dppx"),
    "": (1, ""),
    "%": (1, "%"),
}
_VIEWPORT = {"vw", "vh", "vmin", "vmax", "vi", "vb"}
RELATIVE = {"em", "rem", *_VIEWPORT, *(size + unit for size in "sld" for unit in _VIEWPORT)}
_KIND = {"px": "length", "deg": "angle", "s": "time", "dppx": "resolution", "": "number", "%": "percentage"}


def kind_of_unit(unit: str) -> str:
    """``length``, ``angle`` ... of a unit, empty for one that is not known."""
    if unit in RELATIVE:
        return "length"
    return _KIND[ABSOLUTE[unit][1]] if unit in ABSOLUTE else ""


class Lengths(NamedTuple):
    """What relative units are measured by, in pixels."""

    em: float = 16
    rem: float = 16
    width: float = 1280
    height: float = 800


def absolute(number: Number) -> Number:
    """The same in its canonical unit, where that needs no element."""
    if number.unit in ABSOLUTE:
        factor, unit = ABSOLUTE[number.unit]
        return Number(number.value * factor, unit) if factor != 1 or unit != number.unit else number
    return number
