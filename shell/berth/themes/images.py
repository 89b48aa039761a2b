"""Reads pictures and gradients: https://www.w3.org/TR/css-images-4/#gradients."""

from __future__ import annotations

from itertools import pairwise

from berth.themes.color_grammar import read_color, read_method
from berth.themes.color_spaces import POLAR
from berth.themes.findings import Invalid, Refused, nearest
from berth.themes.numbers import Token
from berth.themes.stream import Stream, comma_separated
from berth.themes.units import Number
from berth.themes.values import Commas, Gradient, Text, Url, Value, Words

GRADIENTS = tuple(
    prefix + kind for prefix in ("", "repeating-") for kind in ("linear-gradient", "radial-gradient", "conic-gradient")
)
MOST_STOPS = 64
_LENGTHS = ("length", "percentage", "length-percentage")
_ZERO = Number(0, "px")
_MIDDLE = Number(50, "%")
_EXPECTED = "Expected none, url(…) or a gradient."


def read_length(stream: Stream, *kinds: str) -> Value:
    """A length or what `kinds` allows; a plain 0 is a length, too. None if something else stands there."""
    wanted = kinds or _LENGTHS
    token = stream.peek()
    if token is not None and token.type == "number" and token.value == 0 and "length" in wanted:
        stream.next()
        return _ZERO
    read = stream.number(*wanted)
    return read[0] if read else None


def read_image(stream: Stream) -> Value:
    """``url()`` or a gradient. Raises `Invalid`."""
    token = stream.peek()
    if token is not None and token.type == "url":
        found = _own(token.value, token)
        stream.next()
        return found
    source = stream.function("url", "src")
    if source is not None:
        inner = Stream(source.arguments, source)
        path = inner.string()
        inner.end()
        if path is not None:
            return _own(path, source)
    gradient = stream.function(*GRADIENTS)
    if gradient is None:
        close = nearest(token.lower_name, GRADIENTS) if token is not None and token.type == "function" else ""
        raise stream.fail(hint=close or _EXPECTED)
    return _gradient(gradient)


def _own(path: str, at: Token) -> Url:
    """A theme shows pictures of its own folder, and nothing of the network."""
    if not path or ":" in path or "\\" in path or "\0" in path or path.startswith("/") or ".." in path.split("/"):
        message = f"“{path[:40]}” is no file of the theme"
        raise Refused(message, "Name a file of the theme's folder.", at.source_line, at.source_column)
    return Url(path)


def _gradient(token: Token) -> Gradient:
    parts = comma_separated(token.arguments)
    if len(parts) > MOST_STOPS:
        raise Invalid("the gradient has too many stops", "", token.source_line, token.source_column)
    kind = token.lower_name.removeprefix("repeating-").removesuffix("-gradient")
    head = Stream(parts[0], token)
    shape, method = _head(head, kind)
    if head.place:
        head.end()
        parts.pop(0)
    stops = _stops(parts, token, conic=kind == "conic")
    return Gradient(token.lower_name, shape, method, stops)


def _head(stream: Stream, kind: str) -> tuple[Words, Words]:
    """Shape and method, in either order; both empty if the first part is a stop already."""
    method = _method(stream)
    shape = {"linear": _line, "radial": _radius, "conic": _turn}[kind](stream)
    return shape, method or _method(stream)


def _method(stream: Stream) -> Words:
    token = stream.peek()
    if token is None or token.type != "ident" or token.lower_value != "in":
        return Words()
    space, hue = read_method(stream)
    return Words(("in", space, hue, "hue") if space in POLAR and hue != "shorter" else ("in", space))


def _line(stream: Stream) -> Words:
    if stream.word("to"):
        sides = [side for side in (stream.word("left", "right", "top", "bottom") for _ in range(2)) if side]
        across = [side for side in sides if side in ("left", "right")]
        along = [side for side in sides if side in ("top", "bottom")]
        if not sides or len(across) > 1 or len(along) > 1:
            raise stream.fail(hint="Expected a side or a corner, like “to top right”.")
        return Words(() if sides == ["bottom"] else ("to", *across, *along))
    token = stream.peek()
    if token is not None and token.type == "number" and token.value == 0:
        stream.next()
        return Words((Number(0, "deg"),))
    if token is not None and token.type == "number":
        raise stream.fail(hint="Expected an angle, like 45deg.")
    angle = stream.number("angle")
    # Downwards is what a gradient without direction does.
    return Words((angle[0],) if angle and angle[0] != Number(180, "deg") else ())


def _radius(stream: Stream) -> Words:
    words: list[Value] = []
    form, extent = None, None
    sizes: list[Value] = []
    for _ in range(2):
        form = form or stream.word("circle", "ellipse")
        extent = extent or stream.word("closest-side", "farthest-side", "closest-corner", "farthest-corner")
        while not extent and len(sizes) < 2 and (size := read_length(stream)) is not None:
            if isinstance(size, Number) and size.value < 0:
                raise stream.fail("a radius is not negative")
            sizes.append(size)
    if (form == "circle" and len(sizes) > 1) or (form == "ellipse" and len(sizes) == 1):
        raise stream.fail("a circle has one radius, an ellipse two")
    if len(sizes) == 1 and (not isinstance(sizes[0], Number) or sizes[0].unit == "%"):
        raise stream.fail("the radius of a circle is a length")
    if form == "circle" and not sizes:
        words.append(form)
    if extent and extent != "farthest-corner":
        words.append(extent)
    words += sizes
    return Words((*words, *_place(stream)))


def _turn(stream: Stream) -> Words:
    words: list[Value] = []
    if stream.word("from"):
        token = stream.peek()
        if token is not None and token.type == "number" and token.value == 0:
            stream.next()
            angle: Value = Number(0, "deg")
        else:
            read = stream.number("angle")
            if read is None:
                raise stream.fail(hint="Expected an angle.")
            angle = read[0]
        words += ["from", angle]
    return Words((*words, *_place(stream)))


def _place(stream: Stream) -> tuple[Value, ...]:
    if not stream.word("at"):
        return ()
    place = read_position(stream)
    return () if place == (_MIDDLE, _MIDDLE) else ("at", *place)


_SIDES = {"left": 0, "right": 100, "top": 0, "bottom": 100, "center": 50}


def read_position(stream: Stream) -> tuple[Value, Value]:
    """One or two words or lengths: https://www.w3.org/TR/css-values-4/#position. Raises `Invalid`."""
    parts: list[Value] = []
    while len(parts) < 2:
        part: Value = stream.word(*_SIDES) or read_length(stream)
        if part is None:
            break
        parts.append(part)
    if not parts:
        raise stream.fail(hint="Expected a position, like “top left” or “50% 20px”.")
    if len(parts) == 1:
        parts = ["center", parts[0]] if parts[0] in ("top", "bottom") else [parts[0], "center"]
    if parts[0] in ("top", "bottom") and (parts[1] in ("left", "right", "center")):
        parts.reverse()
    if parts[0] in ("top", "bottom") or parts[1] in ("left", "right"):
        raise stream.fail("these sides do not go together")
    x, y = (Number(_SIDES[part], "%") if isinstance(part, str) else part for part in parts)
    return x, y


def _stops(parts: list[list[Token]], at: Token, *, conic: bool) -> Commas:
    stops: list[Words] = []
    colors = 0
    for part in parts:
        stream = Stream(part, at)
        first = _stop_place(stream, conic=conic)
        if first is not None and stream.done():
            stops.append(Words((first,)))
            continue
        color = read_color(stream)
        colors += 1
        places = [] if first is None else [first]
        while len(places) < 2 and (place := _stop_place(stream, conic=conic)) is not None:
            places.append(place)
        stream.end()
        stops += [Words((color, place)) for place in places] or [Words((color,))]
    hints = [len(stop) == 1 and isinstance(stop[0], Number) for stop in stops]
    twice = any(one and two for one, two in pairwise(hints))
    if colors < 1 or hints[0] or hints[-1] or twice:
        raise Invalid("a gradient needs colours, and places only between them", "", at.source_line, at.source_column)
    return Commas(stops)


def _stop_place(stream: Stream, *, conic: bool) -> Value:
    if not conic:
        return read_length(stream)
    token = stream.peek()
    if token is not None and token.type == "number" and token.value == 0:
        stream.next()
        return Number(0, "deg")
    read = stream.number("angle", "percentage")
    return read[0] if read else None


def text_or_word(stream: Stream) -> Value:
    """A string, or words joined by spaces, as names of fonts are."""
    text = stream.string()
    if text is not None:
        return Text(text)
    words = []
    while (token := stream.peek()) is not None and token.type == "ident":
        words.append(stream.next().value)
    if not words:
        raise stream.fail(hint="Expected a name.")
    return " ".join(words)
