"""Reads ``@font-face``: https://www.w3.org/TR/css-fonts-4/#font-face-rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tinycss2

from berth.themes.conditions import MediaList
from berth.themes.findings import Invalid, nearest
from berth.themes.images import read_image, text_or_word
from berth.themes.numbers import Token
from berth.themes.rules import FontFace, FontSource, Place
from berth.themes.stream import Stream, comma_separated
from berth.themes.units import Number
from berth.themes.values import Url

MOST_SOURCES = 8
_FORMATS = ("truetype", "opentype", "truetype-variations", "opentype-variations")
_EXPECTED = 'Expected url("fonts/name.ttf") or local(name).'


def read_font_face(tokens: Sequence[Token], media: tuple[MediaList, ...], place: Place) -> FontFace:
    """A face from the contents of its block. Raises `Invalid`."""
    found: dict[str, Any] = {}
    for node in tinycss2.parse_blocks_contents(tokens, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration":
            raise Invalid("only descriptors fit in @font-face", "", node.source_line, node.source_column)
        read = _DESCRIPTORS.get(node.lower_name)
        if read is None:
            hint = nearest(node.lower_name, _DESCRIPTORS) or f"It has {', '.join(_DESCRIPTORS)}."
            raise Invalid(f"@font-face has no “{node.name}” here", hint, node.source_line, node.source_column)
        found[node.lower_name] = read(Stream(node.value, node))
    if not found.get("font-family") or not found.get("src"):
        raise Invalid("@font-face needs font-family and src", 'Like src: url("fonts/name.ttf");')
    weight, italic = found.get("font-weight"), found.get("font-style")
    return FontFace(found["font-family"], found["src"], weight, italic, media, place)


def _family(stream: Stream) -> str:
    name = str(text_or_word(stream))
    stream.end()
    return name


def _sources(stream: Stream) -> tuple[FontSource, ...]:
    """Those that can be used, the most wanted first."""
    parts = comma_separated(stream.tokens)
    if len(parts) > MOST_SOURCES:
        raise stream.fail("there are too many sources", f"{MOST_SOURCES} are the limit.")
    found = [source for part in parts if (source := _source(Stream(part, stream.peek()))) is not None]
    if not found:
        raise stream.fail("none of these can be read", "Fonts of a theme are TrueType (.ttf) or OpenType (.otf) files.")
    return tuple(found)


def _source(stream: Stream) -> FontSource | None:
    local = stream.function("local")
    if local is not None:
        inner = Stream(local.arguments, local)
        name = str(text_or_word(inner))
        inner.end()
        stream.end()
        return FontSource(name, local=True)
    token = stream.peek()
    if token is None or token.type not in ("url", "function"):
        raise stream.fail(hint=_EXPECTED)
    url = read_image(stream)
    if not isinstance(url, Url):
        raise stream.fail(hint=_EXPECTED)
    form = stream.function("format")
    technology = stream.function("tech")
    stream.end()
    if technology is not None or (form is not None and _format(form) not in _FORMATS):
        return None  # as browsers skip what they cannot read
    return FontSource(url.path)


def _format(token: Token) -> str:
    inner = Stream(token.arguments, token)
    text = inner.string() or inner.word() or ""
    inner.end()
    return text.lower()


def _weight(stream: Stream) -> int | None:
    """None for a range, which the file has itself."""
    named = stream.word("normal", "bold", "auto")
    if named:
        stream.end()
        return {"normal": 400, "bold": 700}.get(named)
    numbers = []
    while not stream.done():
        read = stream.number("number")
        if read is None or not isinstance(read[0], Number) or not 1 <= read[0].value <= 1000:
            raise stream.fail(hint="Expected normal, bold, or 1 to 1000.")
        numbers.append(round(read[0].value))
    if not 1 <= len(numbers) <= 2:
        raise stream.fail(hint="Expected normal, bold, or 1 to 1000.")
    return numbers[0] if len(numbers) == 1 else None


def _style(stream: Stream) -> bool | None:
    word = stream.one_of(("normal", "italic", "oblique", "auto"))
    if word == "oblique":
        stream.number("angle")
    stream.end()
    return None if word == "auto" else word != "normal"


def _display(stream: Stream) -> None:
    """Fonts of a theme are there before anything is drawn with them, whatever this says."""
    stream.one_of(("auto", "block", "swap", "fallback", "optional"))
    stream.end()


_DESCRIPTORS: dict[str, Callable[[Stream], Any]] = {
    "font-family": _family,
    "src": _sources,
    "font-weight": _weight,
    "font-style": _style,
    "font-display": _display,
}
