"""What properties hold: words, numbers, colours, and lists and functions of these.

A value as the sheet says it becomes, with a `Context`, the value that one element has. Both are made of
the same types, so a value that needs no context is its own result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from berth.themes.arithmetic import number_css, simplify
from berth.themes.colors import CURRENT, Color, ColorValue, LightDark, Mixed, Relative, color_css, resolve
from berth.themes.units import RELATIVE, Calc, Lengths, Number

Value = Any
"""str (a word), Number, Calc, a colour, or one of the classes below."""


class Words(tuple[Value, ...]):
    """Values with spaces between them."""

    __slots__ = ()


class Commas(tuple[Value, ...]):
    """Values with commas between them."""

    __slots__ = ()


class Text(str):
    """A string in quotes."""

    __slots__ = ()


class Url(NamedTuple):
    """A file of the theme's folder, as the sheet names it."""

    path: str


class Function(NamedTuple):
    """A function with its arguments, as filters and transforms are."""

    name: str
    arguments: Words | Commas


class Gradient(NamedTuple):
    """A gradient.

    Args:
        name: ``linear-gradient`` and so on, with ``repeating-`` before it where it repeats.
        shape: direction, form or starting angle and position, as written; empty where the default holds.
        method: ``in oklch`` ..., or empty.
        stops: each a `Words` of colour and up to two places, or the place of a hint.
    """

    name: str
    shape: Words
    method: Words
    stops: Commas


class Shadow(NamedTuple):
    color: ColorValue
    x: Value
    y: Value
    blur: Value
    spread: Value
    """None for shadows of text."""
    inset: bool


# Named once: a union in the code is made anew each time that it is asked.
_LISTS = (Words, Commas)
_NUMBERS = (Number, Calc)
_COLORS = (Color, LightDark, Mixed, Relative)
_OPEN = (LightDark, Mixed, Relative)
_VARIABLE = (Calc, *_OPEN)


class Context(NamedTuple):
    """What values of one element are worked out with."""

    lengths: Lengths = Lengths()
    scheme: str = "light"


def compute(value: Value, context: Context) -> Value:
    """`value` for one element; ``currentcolor`` stays open, as inheritance wants it."""
    return _mapped(
        value, lambda number: simplify(number, context.lengths), lambda color: resolve(color, context.scheme, CURRENT)
    )


def with_current(value: Value, current: Color) -> Value:
    """A computed value with the element's own colour where it says ``currentcolor``."""
    return _mapped(value, lambda number: number, lambda color: resolve(color, "light", current), True)


def with_colors(value: Value, change: Callable[[ColorValue], Value]) -> Value:
    """A used value with other colours."""
    return _mapped(value, lambda number: number, change)


def _mapped(
    value: Value,
    numbers: Callable[[Number | Calc], Value],
    colors: Callable[[ColorValue], Value],
    current: bool = False,
) -> Value:
    if isinstance(value, str):
        return colors(value) if current and value is CURRENT else value
    if isinstance(value, _NUMBERS):
        return numbers(value)
    if isinstance(value, _COLORS):
        return colors(value)
    if isinstance(value, _LISTS):
        return type(value)(_mapped(part, numbers, colors, current) for part in value)
    if isinstance(value, Function):
        return value._replace(arguments=_mapped(value.arguments, numbers, colors, current))
    if isinstance(value, Gradient):
        shape, stops = (_mapped(part, numbers, colors, current) for part in (value.shape, value.stops))
        return value._replace(shape=shape, stops=stops)
    if isinstance(value, Shadow):
        return Shadow(*(_mapped(part, numbers, colors, current) for part in value))
    return value


def is_constant(value: Value) -> bool:
    """Whether no context changes `value`."""
    if isinstance(value, Number):
        return value.unit not in RELATIVE
    if isinstance(value, _VARIABLE):
        return False
    if isinstance(value, _LISTS):
        return all(map(is_constant, value))
    if isinstance(value, Function):
        return is_constant(value.arguments)
    if isinstance(value, Gradient):
        return is_constant(value.shape) and is_constant(value.stops)
    if isinstance(value, Shadow):
        return all(map(is_constant, value))
    return True


def uses_current(value: Value) -> bool:
    """Whether a computed value waits for the element's own colour."""
    if isinstance(value, str):
        return value is CURRENT
    if isinstance(value, Color):
        return False
    if isinstance(value, _OPEN):
        return True
    if isinstance(value, _LISTS):
        return any(map(uses_current, value))
    if isinstance(value, Function):
        return uses_current(value.arguments)
    if isinstance(value, Gradient):
        return uses_current(value.stops)
    return isinstance(value, Shadow) and uses_current(value.color)


def names_file(value: Value) -> bool:
    """Whether a picture, or one of a list, is a file."""
    return isinstance(value, Url) or (isinstance(value, Commas) and any(isinstance(one, Url) for one in value))


def css(value: Value) -> str:
    """`value` as a sheet would write it."""
    if isinstance(value, Text):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ") + '"'
    if isinstance(value, str):
        return value
    if isinstance(value, _NUMBERS):
        return number_css(value)
    if isinstance(value, _COLORS):
        return color_css(value)
    if isinstance(value, Words):
        return " ".join(map(css, value))
    if isinstance(value, Commas):
        return ", ".join(map(css, value))
    if isinstance(value, Function):
        return f"{value.name}({css(value.arguments)})"
    if isinstance(value, Url):
        return f"url({css(Text(value.path))})"
    if isinstance(value, Gradient):
        head = " ".join(filter(None, (css(value.shape), css(value.method))))
        return f"{value.name}({', '.join(filter(None, (head, css(value.stops))))})"
    if isinstance(value, Shadow):
        parts = [value.color, value.x, value.y, value.blur]
        parts += [] if value.spread is None else [value.spread]
        return " ".join(map(css, parts)) + (" inset" if value.inset else "")
    raise TypeError(f"no value: {value!r}")
