"""Pictures of the pointer that a theme brings, as custom properties of the root.

``--cursor-pointer: url(cursors/hand.png) 12 4`` is the picture for the CSS cursor ``pointer`` and the point of it
that points, in the picture's pixels. All of them are drawn ``--cursor-size`` large.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from berth.themes.arithmetic import simplify
from berth.themes.computed import Style
from berth.themes.findings import Invalid
from berth.themes.images import read_image
from berth.themes.named_files import sheet_of
from berth.themes.properties import CURSORS
from berth.themes.stream import Stream
from berth.themes.units import Number
from berth.themes.values import Url

SIZE = "--cursor-size"
PROPERTIES: Mapping[str, str] = {f"--cursor-{name}": name for name in CURSORS if name not in ("auto", "none")}
"""The custom property of each cursor."""

_USUAL_SIZE = 24.0
_LEAST_SIZE, _MOST_SIZE = 8.0, 128.0


class CursorPicture(NamedTuple):
    """A file as `sheet` names it; the hot spot is in its pixels."""

    url: Url
    sheet: str
    x: float
    y: float


class Cursors(NamedTuple):
    """`size` is the longer side of each, in logical pixels."""

    pictures: Mapping[str, CursorPicture]
    size: float = _USUAL_SIZE


def read_cursors(root: Style) -> Cursors:
    """What the style of the root says of the pointer; what cannot be read is as if it were not there."""
    found = {}
    for custom_name, name in PROPERTIES.items():
        custom = root.customs.get(custom_name)
        if custom is None:
            continue
        try:
            found[name] = read_picture(Stream(custom.tokens), sheet_of(root, custom_name))
        except Invalid:
            continue
    return Cursors(found, _size(root))


def read_picture(stream: Stream, sheet: str) -> CursorPicture:
    """``url(…)``, or ``url(…) X Y`` with the hot spot, and nothing else. Raises `Invalid`."""
    url = read_image(stream)
    if not isinstance(url, Url):
        raise stream.fail(hint="Expected url(…).")
    place = []
    while not stream.done():
        read = stream.number("number")
        if read is None or not isinstance(read[0], Number):
            raise stream.fail(hint="Expected two numbers.")
        place.append(read[0].value)
    if len(place) not in (0, 2):
        raise stream.fail(hint="Expected two numbers.")
    x, y = place or (0.0, 0.0)
    return CursorPicture(url, sheet, x, y)


def _size(root: Style) -> float:
    custom = root.customs.get(SIZE)
    read = Stream(custom.tokens).number("length", "number") if custom is not None else None
    number = simplify(read[0], root.lengths) if read is not None else None
    if not isinstance(number, Number):
        return _USUAL_SIZE
    return max(_LEAST_SIZE, min(_MOST_SIZE, number.value))
