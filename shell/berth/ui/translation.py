"""Marks text for translation where it is defined long before it is shown, and puts values into it.

``lupdate`` knows the function by its name; PySide6 has one too, but without types.
"""

from __future__ import annotations

import re

_PLACE = re.compile(r"%([1-9])")


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:
    return text


def filled(text: str, *values: object) -> str:
    """`text` with the first of `values` for ``%1`` and so on; what looks like a place in a value is none."""
    return _PLACE.sub(lambda place: str(values[int(place[1]) - 1]), text)
