"""Reads colours: https://www.w3.org/TR/css-color-4/#color-syntax and https://www.w3.org/TR/css-color-5/."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import tinycss2.color3
import tinycss2.color4

from berth.themes.arithmetic import simplify
from berth.themes.color_spaces import POLAR, RGB_SPACES, XYZ_SPACES
from berth.themes.colors import (
    CHANNELS,
    CURRENT,
    TRANSPARENT,
    Color,
    ColorValue,
    Component,
    LightDark,
    Mixed,
    Relative,
    bounded,
    word_names,
)
from berth.themes.findings import Invalid, nearest
from berth.themes.numbers import Token, read_number
from berth.themes.stream import Stream, comma_separated
from berth.themes.units import Number, Numeric

_HEX = re.compile(r"[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}")
_HUES = ("shorter", "longer", "increasing", "decreasing")
MIX_SPACES = (*RGB_SPACES, *XYZ_SPACES, "lab", "oklab", "hsl", "hwb", "lch", "oklch")
FUNCTIONS = (
    *("rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix", "light-dark"),
)
_DEEPEST = 16
NAMES = frozenset({*tinycss2.color3._COLOR_KEYWORDS, "rebeccapurple", "transparent", CURRENT})
_EXPECTED = "Expected a colour, like #1a56c4, oklch(0.6 0.1 250) or a name."


class _Channel(NamedTuple):
    """How one component is written: `whole` is 100 %, numbers are taken times `scale`."""

    whole: float
    angle: bool = False
    scale: float = 1


_HUE = _Channel(0, True)
_PERCENT = _Channel(100)
_GRAMMAR: dict[str, tuple[_Channel, _Channel, _Channel]] = {
    "rgb": (_Channel(255), _Channel(255), _Channel(255)),
    "hsl": (_HUE, _PERCENT, _PERCENT),
    "hwb": (_HUE, _PERCENT, _PERCENT),
    "lab": (_PERCENT, _Channel(125), _Channel(125)),
    "lch": (_PERCENT, _Channel(150), _HUE),
    "oklab": (_Channel(1), _Channel(0.4), _Channel(0.4)),
    "oklch": (_Channel(1), _Channel(0.4), _HUE),
    "color": (_Channel(1), _Channel(1), _Channel(1)),
}


def read_color(stream: Stream, depth: int = 0) -> ColorValue:
    """The colour that stands next. Raises `Invalid`."""
    token = stream.peek()
    if token is None:
        raise stream.fail(hint=_EXPECTED)
    found: ColorValue | None = None
    if token.type == "hash":
        found = _hex(token.value)
    elif token.type == "ident":
        found = _named(token.lower_value)
    elif token.type == "function" and token.lower_name in FUNCTIONS:
        if depth > _DEEPEST:
            raise stream.fail("colours are nested too deeply")
        found = _function(token, depth)
    if found is None:
        raise stream.fail(hint=_nearest(token) or _EXPECTED)
    stream.next()
    return found


def _nearest(token: Token) -> str:
    close = ""
    if token.type == "ident":
        close = nearest(token.lower_value, NAMES)
    elif token.type == "function":
        close = nearest(token.lower_name, FUNCTIONS)
    return f"Expected a colour. {close}" if close else ""


def _hex(digits: str) -> Color | None:
    if not _HEX.fullmatch(digits):
        return None
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue, *alpha = (int(digits[place : place + 2], 16) / 255 for place in range(0, len(digits), 2))
    return Color("srgb", (red, green, blue), alpha[0] if alpha else 1.0, True)


def _named(name: str) -> ColorValue | None:
    if name == CURRENT:
        return CURRENT
    if name == "transparent":
        return TRANSPARENT
    if name not in NAMES:
        return None
    found = tinycss2.color4.parse_color(name)
    red, green, blue = found.coordinates
    return Color("srgb", (red, green, blue), 1.0, True)


def _function(token: Token, depth: int) -> ColorValue:
    name = token.lower_name
    if name == "color-mix":
        return _mix(token, depth)
    if name == "light-dark":
        return _light_dark(token, depth)
    stream = Stream(token.arguments, token)
    if stream.word("from"):
        return _relative(name.removesuffix("a") if name in ("rgba", "hsla") else name, stream, depth)
    if name in ("rgb", "rgba", "hsl", "hsla") and any(t.type == "literal" and t.value == "," for t in stream.tokens):
        return _with_commas(name[:3], stream)
    name = name.removesuffix("a") if name in ("rgba", "hsla") else name
    space = _space(stream) if name == "color" else name
    channels = [_component(stream, channel) for channel in _GRAMMAR[name]]
    alpha = _alpha(stream)
    return _finished(name, space, channels, alpha)


def _finished(name: str, space: str, parts: list[Component], alpha: Component) -> Color:
    if name == "rgb":
        red, green, blue = (None if part is None else max(0.0, min(255.0, part)) / 255 for part in parts)
        return Color("srgb", (red, green, blue), alpha, True)
    if name == "hsl":
        parts[1] = None if parts[1] is None else max(0.0, parts[1])
    return Color(space, bounded(space, parts), alpha, name in ("hsl", "hwb"))


def _space(stream: Stream) -> str:
    return stream.one_of((*RGB_SPACES, *XYZ_SPACES))


def _component(stream: Stream, channel: _Channel) -> Component:
    if stream.word("none"):
        return None
    read = stream.number("angle", "number") if channel.angle else stream.number("number", "percentage")
    if read is None:
        kinds = "an angle or a number" if channel.angle else "a number or a percentage"
        raise stream.fail(hint=f"Expected {kinds}.")
    return _constant(read[0], stream, channel.whole).value


def _constant(node: Numeric, stream: Stream, whole: float = 100) -> Number:
    """A number, with percentages as parts of `whole`."""
    node = simplify(node, percent=whole)
    if not isinstance(node, Number):
        raise stream.fail("a colour cannot depend on lengths")
    return node._replace(value=0.0) if node.value != node.value else node


def _alpha(stream: Stream) -> Component:
    """What follows the components, to the end."""
    alpha: Component = 1.0
    if not stream.done():
        if not stream.literal("/"):
            raise stream.fail(hint="Expected / and the opacity.")
        alpha = _component(stream, _Channel(1))
        alpha = None if alpha is None else max(0.0, min(1.0, alpha))
    stream.end()
    return alpha


def _with_commas(name: str, stream: Stream) -> Color:
    """The old form, in which all of red, green and blue are of one kind."""
    kinds: list[str] = []
    parts: list[Component] = []
    for index, channel in enumerate(_GRAMMAR[name]):
        wanted = (
            ("angle", "number") if channel.angle else ("percentage",) if name == "hsl" else ("number", "percentage")
        )
        read = stream.number(*wanted)
        if read is None:
            raise stream.fail(hint=f"Expected {' or '.join(wanted)}.")
        kinds.append(read[1])
        parts.append(_constant(read[0], stream, channel.whole).value)
        if index < 2 and not stream.literal(","):
            raise stream.fail(hint="Expected a comma.")
    if name == "rgb" and len(set(kinds)) > 1:
        raise stream.fail("numbers and percentages are mixed", "Write without commas to mix them.")
    alpha: Component = 1.0
    if stream.literal(","):
        alpha = _component(stream, _Channel(1))
        if alpha is None:
            raise stream.fail("none is not for colours with commas")
        alpha = max(0.0, min(1.0, alpha))
    stream.end()
    return _finished(name, name, parts, alpha)


def _light_dark(token: Token, depth: int) -> ColorValue:
    parts = comma_separated(token.arguments)
    if len(parts) != 2:
        raise Invalid("light-dark() takes two colours", "", token.source_line, token.source_column)
    light, dark = (_whole(part, token, depth) for part in parts)
    return LightDark(light, dark)


def _whole(tokens: Sequence[Token], at: Token, depth: int) -> ColorValue:
    stream = Stream(tokens, at)
    color = read_color(stream, depth + 1)
    stream.end()
    return color


def _mix(token: Token, depth: int) -> ColorValue:
    parts = comma_separated(token.arguments)
    space, hue = "oklab", "shorter"
    if parts and Stream(parts[0]).word("in"):
        space, hue = _method(Stream(parts.pop(0), token))
    if len(parts) != 2:
        raise Invalid("color-mix() takes two colours", "", token.source_line, token.source_column)
    (first, one), (second, two) = (_portion(part, token, depth) for part in parts)
    if one is not None and two is not None and one + two == 0:
        raise Invalid("the shares of color-mix() add up to nothing", "", token.source_line, token.source_column)
    return Mixed(space, hue, first, one, second, two)


def _method(stream: Stream) -> tuple[str, str]:
    space, hue = read_method(stream)
    stream.end()
    return space, hue


def read_method(stream: Stream) -> tuple[str, str]:
    """``in oklch longer hue``: the space and which way round the hue goes."""
    if not stream.word("in"):
        raise stream.fail(hint="Expected “in” and a colour space.")
    space, hue = stream.one_of(MIX_SPACES), "shorter"
    way = stream.word(*_HUES) if space in POLAR else None
    if way:
        hue = way
        if not stream.word("hue"):
            raise stream.fail(hint="Expected the word “hue”.")
    return space, hue


def _portion(tokens: Sequence[Token], at: Token, depth: int) -> tuple[ColorValue, float | None]:
    stream = Stream(tokens, at)
    share = stream.number("percentage")
    color = read_color(stream, depth + 1)
    if share is None:
        share = stream.number("percentage")
    stream.end()
    if share is None:
        return color, None
    value = _constant(share[0], stream).value
    if not 0 <= value <= 100:
        if not isinstance(share[0], Number) or _is_calc(tokens):
            return color, max(0.0, min(100.0, value)) / 100
        raise stream.fail("a share is 0 % to 100 %")
    return color, value / 100


def _is_calc(tokens: Sequence[Token]) -> bool:
    return any(token.type == "function" and token.lower_name == "calc" for token in tokens)


def _relative(name: str, stream: Stream, depth: int) -> ColorValue:
    origin = read_color(stream, depth + 1)
    space = _space(stream) if name == "color" else name
    words: dict[str, Numeric] = {word: Number(1, f"@{word}") for word in (*word_names(space), "alpha")}
    channels = [_relative_channel(stream, channel, words) for channel in _GRAMMAR[name]]
    alpha: Numeric | None = words["alpha"]
    if not stream.done():
        if not stream.literal("/"):
            raise stream.fail(hint="Expected / and the opacity.")
        alpha = _relative_channel(stream, _Channel(1), words)
    stream.end()
    return Relative(space if name == "color" or name in CHANNELS else name, origin, (*channels,), alpha)  # type: ignore[arg-type]


def _relative_channel(stream: Stream, channel: _Channel, words: Mapping[str, Numeric]) -> Numeric | None:
    word = stream.word("none", *words)
    if word:
        return None if word == "none" else words[word]
    token = stream.peek()
    read = read_number(token, words) if token is not None else None
    kinds = ("angle", "number") if channel.angle else ("number", "percentage")
    if read is None or read[1] not in kinds:
        raise stream.fail(hint=f"Expected {' or '.join(kinds)}, or one of: {', '.join(words)}.")
    stream.next()
    node = simplify(read[0], percent=channel.whole)
    return node._replace(unit="") if isinstance(node, Number) and node.unit in ("deg", "px") else node
