"""The building blocks of properties' grammars: each reads one kind of value from a `Stream`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from berth.themes.arithmetic import simplify
from berth.themes.color_grammar import read_color
from berth.themes.colors import CURRENT
from berth.themes.images import read_image, read_length, text_or_word
from berth.themes.stream import Stream
from berth.themes.units import Calc, Number
from berth.themes.values import Commas, Function, Shadow, Value, Words

Read = Callable[[Stream], Value]
"""Reads what stands next; raises `Invalid`."""

MOST_ITEMS = 64
_LENGTH_PERCENTAGE = ("length", "percentage", "length-percentage")
_ZERO = Number(0, "px")


def word(*words: str) -> Read:
    return lambda stream: stream.one_of(words)


def length(*words: str, negative: bool = True, percent: bool = True) -> Read:
    """A length, one of `words`, or with `percent` a percentage; less than nothing only with `negative`."""
    kinds = _LENGTH_PERCENTAGE if percent else ("length",)
    expected = "Expected a length, like 8px" + (", or a percentage" if percent else "")
    expected += f", or one of: {', '.join(words)}." if words else "."

    def read(stream: Stream) -> Value:
        named = stream.word(*words) if words else None
        if named:
            return named
        token = stream.peek()
        found = read_length(stream, *kinds)
        if found is None:
            raise stream.fail(hint=expected)
        if not negative:
            stream.place -= 1
            found = not_negative(found, stream, token.type == "function")
            stream.place += 1
        return found

    return read


def not_negative(number: Value, stream: Stream, calculated: bool) -> Value:
    """A written negative is an error; one that was calculated becomes nothing."""
    if not isinstance(number, Number) or number.value >= 0:
        return number
    if calculated:
        return number._replace(value=0.0)
    raise stream.fail("a negative value does not fit here")


def number(least: float | None = None, *, percent: bool = False) -> Read:
    """A plain number, or with `percent` also a percentage, which becomes its hundredth."""
    kinds = ("number", "percentage") if percent else ("number",)

    def read(stream: Stream) -> Value:
        token = stream.peek()
        found = stream.number(*kinds)
        if found is None:
            raise stream.fail(hint="Expected a number" + (" or a percentage." if percent else "."))
        value = found[0]
        if found[1] == "percentage":
            value = _hundredth(value)
        if least is not None and isinstance(value, Number) and value.value < least:
            if token.type != "function":
                stream.place -= 1
                raise stream.fail(f"{least:g} is the least here")
            value = Number(least, "")
        return value

    return read


def _hundredth(value: Value) -> Value:
    done = simplify(value, percent=1)
    return Number(done.value, "") if isinstance(done, Number) else value


def duration(*, negative: bool) -> Read:
    def read(stream: Stream) -> Value:
        token = stream.peek()
        found = stream.number("time")
        if found is None:
            raise stream.fail(hint="Expected a time, like 120ms.")
        if negative:
            return found[0]
        stream.place -= 1
        value = not_negative(found[0], stream, token.type == "function")
        stream.place += 1
        return value

    return read


def first_of(*reads: Read) -> Read:
    """The first of `reads` that can read what is there."""

    def read(stream: Stream) -> Value:
        for one in reads[:-1]:
            found = stream.attempt(one)
            if found is not None:
                return found
        return reads[-1](stream)

    return read


def commas(one: Read) -> Read:
    """A list with commas, also of one."""

    def read(stream: Stream) -> Value:
        found = [one(stream)]
        while stream.literal(","):
            found.append(one(stream))
            if len(found) > MOST_ITEMS:
                raise stream.fail("the list is too long")
        return Commas(found)

    return read


def none_or(read: Read) -> Read:
    return lambda stream: stream.word("none") or read(stream)


def pair(one: Read) -> Read:
    """One value for both, or two."""

    def read(stream: Stream) -> Value:
        first = one(stream)
        second = first if stream.done() else stream.attempt(one)
        return Words((first, first if second is None else second))

    return read


def shadow(stream: Stream, *, text: bool = False) -> Value:
    color: Value = None
    inset = False
    lengths: list[Value] = []
    while not stream.done() and not _comma(stream):
        if not text and not inset and stream.word("inset"):
            inset = True
        elif not lengths and (found := read_length(stream, "length")) is not None:
            lengths.append(found)
            while len(lengths) < (3 if text else 4) and (found := _shadow_length(stream, len(lengths))) is not None:
                lengths.append(found)
        elif color is None:
            color = read_color(stream)
        else:
            raise stream.fail()
    if len(lengths) < 2:
        raise stream.fail(hint="Expected two to four lengths, like 0 2px 8px.")
    lengths += [_ZERO] * (4 - len(lengths))
    spread = None if text else lengths[3]
    return Shadow(CURRENT if color is None else color, lengths[0], lengths[1], lengths[2], spread, inset)


def text_shadow(stream: Stream) -> Value:
    return shadow(stream, text=True)


def _shadow_length(stream: Stream, place: int) -> Value:
    token = stream.peek()
    found = read_length(stream, "length")
    if found is not None and place == 2:
        stream.place -= 1
        found = not_negative(found, stream, token.type == "function")
        stream.place += 1
    return found


def _comma(stream: Stream) -> bool:
    token = stream.peek()
    return token is not None and token.type == "literal" and token.value == ","


_FILTERS = ("brightness", "contrast", "grayscale", "invert", "opacity", "saturate", "sepia")
_AT_MOST_ONE = ("grayscale", "invert", "opacity", "sepia")


def filters(stream: Stream) -> Value:
    """``blur(8px) brightness(1.1)`` ..."""
    found: list[Value] = []
    while not stream.done():
        token = stream.function("blur", "hue-rotate", "drop-shadow", *_FILTERS)
        if token is None or len(found) >= MOST_ITEMS:
            raise stream.fail(hint=f"Expected blur(), drop-shadow(), hue-rotate() or {'(), '.join(_FILTERS)}().")
        inner = Stream(token.arguments, token)
        found.append(Function(token.lower_name, Words((_filter_argument(token.lower_name, inner),))))
        inner.end()
    if not found:
        raise stream.fail(hint="Expected none or filters.")
    return Words(found)


def _filter_argument(name: str, stream: Stream) -> Value:
    if name == "blur":
        return _ZERO if stream.done() else length(negative=False, percent=False)(stream)
    if name == "drop-shadow":
        return text_shadow(stream)
    if name == "hue-rotate":
        return Number(0, "deg") if stream.done() else angle(stream)
    if stream.done():
        return Number(1, "")
    value = number(0, percent=True)(stream)
    limited = name in _AT_MOST_ONE and isinstance(value, Number)
    return Number(min(value.value, 1.0), "") if limited else value


def angle(stream: Stream) -> Value:
    token = stream.peek()
    if token is not None and token.type == "number" and token.value == 0:
        stream.next()
        return Number(0, "deg")
    found = stream.number("angle")
    if found is None:
        raise stream.fail(hint="Expected an angle, like 45deg.")
    return found[0]


def font_name(stream: Stream) -> Value:
    return text_or_word(stream)


def image(stream: Stream) -> Value:
    return stream.word("none") or read_image(stream)


_EASINGS = ("linear", "ease", "ease-in", "ease-out", "ease-in-out", "step-start", "step-end")
_STEP_ENDS = ("jump-start", "jump-end", "jump-none", "jump-both", "start", "end")


def easing(stream: Stream) -> Value:
    """https://www.w3.org/TR/css-easing-2/."""
    named = stream.word(*_EASINGS)
    if named:
        return {"step-start": _steps(1, "start"), "step-end": _steps(1, "end")}.get(named, named)
    token = stream.function("cubic-bezier", "steps", "linear")
    if token is None:
        raise stream.fail(hint=f"Expected {', '.join(_EASINGS)}, cubic-bezier(), linear() or steps().")
    inner = Stream(token.arguments, token)
    found = {"cubic-bezier": _bezier, "steps": _read_steps, "linear": _linear}[token.lower_name](inner)
    inner.end()
    return found


def _bezier(stream: Stream) -> Value:
    numbers = []
    for place in range(4):
        if place and not stream.literal(","):
            raise stream.fail(hint="cubic-bezier() takes four numbers.")
        value = number()(stream)
        if place % 2 == 0 and isinstance(value, Number) and not 0 <= value.value <= 1:
            raise stream.fail("the first and third number are between 0 and 1")
        numbers.append(value)
    return Function("cubic-bezier", Commas(numbers))


def _steps(count: float, end: str) -> Function:
    parts: list[Value] = [Number(count, "")]
    if end == "start" or end not in ("end", "jump-end"):
        parts.append(end)
    return Function("steps", Commas(parts))


def _read_steps(stream: Stream) -> Value:
    count = number()(stream)
    end = stream.one_of(_STEP_ENDS) if stream.literal(",") else "end"
    if not isinstance(count, Number) or count.value % 1 or not (2 if end == "jump-none" else 1) <= count.value <= 1000:
        raise stream.fail("steps() takes a whole number above 0")
    return _steps(count.value, end)


def _linear(stream: Stream) -> Value:
    """Points with their places filled in as https://www.w3.org/TR/css-easing-2/#linear-easing-function-parsing says."""
    points: list[list[float | None]] = []
    while True:
        places = [value[0].value / 100 for value in _percents(stream)]
        output = number()(stream)
        places += [value[0].value / 100 for value in _percents(stream)] if not places else []
        if not isinstance(output, Number) or len(places) > 2 or len(points) >= MOST_ITEMS:
            raise stream.fail()
        points += [[output.value, place] for place in places] or [[output.value, None]]
        if not stream.literal(","):
            break
    if len(points) < 2:
        raise stream.fail(hint="linear() takes two points at least.")
    return Function("linear", Commas(Words((Number(y, ""), Number(x * 100, "%"))) for y, x in _spread(points)))


def _percents(stream: Stream) -> list[tuple[Number, str]]:
    found: list[tuple[Number, str]] = []
    while len(found) < 3 and (value := stream.number("percentage")) is not None:
        if isinstance(value[0], Calc):
            raise stream.fail()
        found.append((value[0], value[1]))
    return found


def _spread(points: list[list[float | None]]) -> list[tuple[float, float]]:
    points[0][1] = 0.0 if points[0][1] is None else points[0][1]
    points[-1][1] = max(1.0, points[0][1] or 0.0) if points[-1][1] is None else points[-1][1]
    most = points[0][1] or 0.0
    for point in points:
        if point[1] is not None:
            most = point[1] = max(most, point[1])
    known = [index for index, point in enumerate(points) if point[1] is not None]
    for left, right in pairwise(known):
        start, end = points[left][1] or 0.0, points[right][1] or 0.0
        for index in range(left + 1, right):
            points[index][1] = start + (end - start) * (index - left) / (right - left)
    return [(y or 0.0, x or 0.0) for y, x in points]


_TRANSFORMS = {
    "translate": (1, 2, "length"),
    "translatex": (1, 1, "length"),
    "translatey": (1, 1, "length"),
    "scale": (1, 2, "number"),
    "scalex": (1, 1, "number"),
    "scaley": (1, 1, "number"),
    "rotate": (1, 1, "angle"),
}


def transform(stream: Stream) -> Value:
    """``translate() scale() rotate()`` and their one-sided forms; the shell draws in two dimensions."""
    found: list[Value] = []
    while not stream.done():
        token = stream.function(*_TRANSFORMS)
        if token is None or len(found) >= MOST_ITEMS:
            raise stream.fail(hint="Expected translate(), scale() or rotate().")
        least, most, kind = _TRANSFORMS[token.lower_name]
        reads: dict[str, Read] = {"length": length(), "number": number(percent=True), "angle": angle}
        inner = Stream(token.arguments, token)
        parts = commas(reads[kind])(inner)
        inner.end()
        if not least <= len(parts) <= most:
            raise stream.fail(f"{token.name}() has the wrong number of arguments")
        found.append(Function(token.lower_name, parts))
    if not found:
        raise stream.fail(hint="Expected none or transforms.")
    return Words(found)


def identifier(stream: Stream) -> Value:
    token = stream.peek()
    if token is None or token.type != "ident":
        raise stream.fail(hint="Expected a name.")
    stream.next()
    return token.value


def string_or_name(stream: Stream) -> Value:
    text = stream.string()
    return text if text is not None else identifier(stream)
