"""Every property that a sheet can set: its grammar, its initial value, and whether children inherit it."""

from __future__ import annotations

from typing import NamedTuple

from berth.themes import grammar as g
from berth.themes.color_grammar import read_color
from berth.themes.colors import BLACK, CURRENT, TRANSPARENT, WHITE, LightDark
from berth.themes.images import read_position
from berth.themes.stream import Stream
from berth.themes.units import Calc, Number
from berth.themes.values import Commas, Value, Words

SIDES = ("top", "right", "bottom", "left")
CORNERS = ("top-left", "top-right", "bottom-right", "bottom-left")
STYLES = ("none", "hidden", "dotted", "dashed", "solid", "double", "groove", "ridge", "inset", "outset")
WIDE = ("inherit", "initial", "unset", "revert", "revert-layer")
"""Words that fit every property."""


class Property(NamedTuple):
    name: str
    read: g.Read
    initial: Value
    inherited: bool = False


def _zero() -> Number:
    return Number(0, "px")


_MEDIUM = Number(3, "px")
_line_width = g.length("thin", "medium", "thick", negative=False, percent=False)
_padding = g.length(negative=False)
_margin = g.length("auto")
_size = g.length("auto", "min-content", "max-content", "fit-content", negative=False)
_most = g.length("none", "min-content", "max-content", "fit-content", negative=False)
_gap = g.length("normal", negative=False)
_box = g.word("border-box", "padding-box", "content-box")
_radius = g.pair(g.length(negative=False))
_spacing = g.length("normal", percent=True)


def _border_width(stream: Stream) -> Value:
    value = _line_width(stream)
    return {"thin": Number(1, "px"), "medium": _MEDIUM, "thick": Number(5, "px")}.get(value, value)


def _outline_style(stream: Stream) -> Value:
    return g.word("auto", *(style for style in STYLES if style != "hidden"))(stream)


def _font_size(stream: Stream) -> Value:
    words = ("xx-small", "x-small", "small", "medium", "large", "x-large", "xx-large", "xxx-large", "smaller", "larger")
    return g.length(*words, negative=False)(stream)


def _font_weight(stream: Stream) -> Value:
    named = stream.word("normal", "bold", "bolder", "lighter")
    if named:
        return {"normal": Number(400, ""), "bold": Number(700, "")}.get(named, named)
    value = g.number(1)(stream)
    if isinstance(value, Number) and value.value > 1000:
        raise stream.fail("a font's weight is 1 to 1000")
    return value


def _line_height(stream: Stream) -> Value:
    named = stream.word("normal")
    if named:
        return named
    plain = stream.attempt(g.number(0))
    return g.length(negative=False)(stream) if plain is None else plain


def _integer(stream: Stream) -> Value:
    token = stream.peek()
    named = stream.word("auto")
    if named:
        return named
    value = g.number()(stream)
    if isinstance(value, Calc):
        return value
    if token.type == "number" and not token.is_integer:
        stream.place -= 1
        raise stream.fail(hint="Expected a whole number.")
    return value


def _position(stream: Stream) -> Value:
    return Words(read_position(stream))


def _background_size(stream: Stream) -> Value:
    named = stream.word("cover", "contain")
    if named:
        return named
    one = g.length("auto", negative=False)
    first = one(stream)
    second = stream.attempt(one)
    if second is None:
        second = "auto"
    return "auto" if (first, second) == ("auto", "auto") else Words((first, second))


_REPEATS = ("repeat", "no-repeat", "space", "round")


def _background_repeat(stream: Stream) -> Value:
    whole = stream.word("repeat-x", "repeat-y")
    if whole:
        return whole
    first = stream.one_of(_REPEATS)
    second = stream.word(*_REPEATS) or first
    if first == second:
        return first
    return {("repeat", "no-repeat"): "repeat-x", ("no-repeat", "repeat"): "repeat-y"}.get(
        (first, second), Words((first, second))
    )


def _four(one: g.Read) -> g.Read:
    """One to four values, kept as short as they can be written."""

    def read(stream: Stream) -> Value:
        parts = [one(stream)]
        while len(parts) < 4 and not stream.done() and (part := stream.attempt(one)) is not None:
            parts.append(part)
        return Words(shortest(four_values(parts)))

    return read


def four_values(parts: list[Value]) -> list[Value]:
    """Top, right, bottom, left of one to four values."""
    top = parts[0]
    right = parts[1] if len(parts) > 1 else top
    bottom = parts[2] if len(parts) > 2 else top
    return [top, right, bottom, parts[3] if len(parts) > 3 else right]


def shortest(parts: list[Value]) -> list[Value]:
    parts = list(parts)
    for last, same in ((3, 1), (2, 0), (1, 0)):
        if len(parts) == last + 1 and parts[last] == parts[same]:
            parts.pop()
    return parts


def _slice(stream: Stream) -> Value:
    """The number of `fill` may stand before or after the distances."""
    fill = stream.word("fill")
    distances = _four(_slice_distance)(stream)
    fill = fill or stream.word("fill")
    return Words((*distances, "fill")) if fill else distances


def _slice_distance(stream: Stream) -> Value:
    found = stream.number("number", "percentage")
    if found is None:
        raise stream.fail(hint="Expected a number of pixels or a percentage.")
    stream.place -= 1
    value = g.not_negative(found[0], stream, stream.peek().type == "function")
    stream.place += 1
    return value


def _image_width(stream: Stream) -> Value:
    plain = stream.word("auto") or stream.attempt(g.number(0))
    return _padding(stream) if plain is None else plain


def _image_outset(stream: Stream) -> Value:
    plain = stream.attempt(g.number(0))
    return g.length(negative=False, percent=False)(stream) if plain is None else plain


def _image_repeat(stream: Stream) -> Value:
    words = ("stretch", "repeat", "round", "space")
    first = stream.one_of(words)
    second = stream.word(*words) or first
    return first if first == second else Words((first, second))


def _color_scheme(stream: Stream) -> Value:
    if stream.word("normal"):
        return "normal"
    words = []
    # Schemes that we do not have are allowed, and never chosen.
    while (found := stream.word()) and found not in (*WIDE, "normal", "default"):
        words.append(found)
    schemes = [word for word in words if word != "only"]
    if not schemes or len(words) - len(schemes) > 1 or (len(words) > 1 and words[1:-1].count("only")):
        raise stream.fail(hint="Expected light, dark or both.")
    return Words([*schemes, *(["only"] if "only" in words else [])])


def _transition_property(stream: Stream) -> Value:
    found = g.commas(_property_name)(stream)
    if len(found) > 1 and "none" in found:
        raise stream.fail("none stands alone")
    return found


def _property_name(stream: Stream) -> Value:
    name: str = g.identifier(stream)
    return name if name.startswith("--") else name.lower()


def _container_name(stream: Stream) -> Value:
    if stream.word("none"):
        return "none"
    names = []
    while not stream.done():
        token = stream.peek()
        if token.type == "literal":
            break
        name = g.identifier(stream)
        if name.lower() in ("and", "or", "not", "none", "normal", *WIDE, "default"):
            stream.place -= 1
            raise stream.fail("this word cannot be a name")
        names.append(name)
    if not names:
        raise stream.fail(hint="Expected a name.")
    return Words(names)


def _family(stream: Stream) -> Value:
    return g.commas(g.font_name)(stream)


def _scale(stream: Stream) -> Value:
    one = g.number(percent=True)
    first = one(stream)
    second = first if stream.done() else one(stream)
    return Words((first,) if first == second else (first, second))


def _translate(stream: Stream) -> Value:
    one = g.length()
    first = one(stream)
    second = _zero() if stream.done() else one(stream)
    zero = isinstance(second, Number) and second.value == 0 and second.unit != "%"
    return Words((first,) if zero else (first, second))


def _list(words: tuple[str, ...]) -> g.Read:
    return g.commas(g.word(*words))


def _iterations(stream: Stream) -> Value:
    return stream.word("infinite") or g.number(0)(stream)


def _animation_name(stream: Stream) -> Value:
    return stream.word("none") or g.string_or_name(stream)


_BLENDS = ("normal", "multiply", "screen", "overlay", "darken", "lighten", "color-dodge", "color-burn")
CURSORS = (
    *("auto", "default", "none", "context-menu", "help", "pointer", "progress", "wait", "cell", "crosshair", "text"),
    *("vertical-text", "alias", "copy", "move", "no-drop", "not-allowed", "grab", "grabbing", "all-scroll", "zoom-in"),
    *("col-resize", "row-resize", "n-resize", "e-resize", "s-resize", "w-resize", "ne-resize", "nw-resize"),
    *("se-resize", "sw-resize", "ew-resize", "ns-resize", "nesw-resize", "nwse-resize", "zoom-out"),
)
_TRANSFORMS = ("none", "capitalize", "uppercase", "lowercase")
_DIRECTIONS = ("normal", "reverse", "alternate", "alternate-reverse")
_normal = Commas(("normal",))
_zero_seconds = Commas((Number(0, "s"),))

_ALL = [
    Property("color", read_color, LightDark(BLACK, WHITE), True),
    Property("color-scheme", _color_scheme, "normal", True),
    Property("direction", g.word("ltr", "rtl"), "ltr", True),
    Property("accent-color", lambda s: s.word("auto") or read_color(s), "auto", True),
    Property("caret-color", lambda s: s.word("auto") or read_color(s), "auto", True),
    Property("font-family", _family, Commas(("sans-serif",)), True),
    Property("font-size", _font_size, Number(16, "px"), True),
    Property("font-style", g.word("normal", "italic", "oblique"), "normal", True),
    Property("font-weight", _font_weight, Number(400, ""), True),
    Property("letter-spacing", _spacing, "normal", True),
    Property("line-height", _line_height, "normal", True),
    Property("text-align", g.word("start", "end", "left", "right", "center", "justify"), "start", True),
    Property("text-transform", g.word(*_TRANSFORMS), "none", True),
    Property("text-shadow", g.none_or(g.commas(g.text_shadow)), "none", True),
    Property("visibility", g.word("visible", "hidden", "collapse"), "visible", True),
    Property("cursor", g.word(*CURSORS), "auto", True),
    Property("text-overflow", g.word("clip", "ellipsis"), "clip"),
    Property("background-color", read_color, TRANSPARENT),
    Property("background-image", g.commas(g.image), Commas(("none",))),
    Property("background-position", g.commas(_position), Commas((Words((Number(0, "%"), Number(0, "%"))),))),
    Property("background-size", g.commas(_background_size), Commas(("auto",))),
    Property("background-repeat", g.commas(_background_repeat), Commas(("repeat",))),
    Property("background-origin", g.commas(_box), Commas(("padding-box",))),
    Property("background-clip", g.commas(_box), Commas(("border-box",))),
    *(Property(f"border-{side}-color", read_color, CURRENT) for side in SIDES),
    *(Property(f"border-{side}-style", g.word(*STYLES), "none") for side in SIDES),
    *(Property(f"border-{side}-width", _border_width, _MEDIUM) for side in SIDES),
    *(Property(f"border-{corner}-radius", _radius, Words((_zero(), _zero()))) for corner in CORNERS),
    Property("border-image-source", g.image, "none"),
    Property("border-image-slice", _slice, Words((Number(100, "%"),))),
    Property("border-image-width", _four(_image_width), Words((Number(1, ""),))),
    Property("border-image-outset", _four(_image_outset), Words((Number(0, ""),))),
    Property("border-image-repeat", _image_repeat, "stretch"),
    Property("outline-color", read_color, CURRENT),
    Property("outline-style", _outline_style, "none"),
    Property("outline-width", _border_width, _MEDIUM),
    Property("outline-offset", g.length(percent=False), _zero()),
    *(Property(f"padding-{side}", _padding, _zero()) for side in SIDES),
    *(Property(f"margin-{side}", _margin, _zero()) for side in SIDES),
    Property("width", _size, "auto"),
    Property("height", _size, "auto"),
    Property("min-width", _size, "auto"),
    Property("min-height", _size, "auto"),
    Property("max-width", _most, "none"),
    Property("max-height", _most, "none"),
    Property("row-gap", _gap, "normal"),
    Property("column-gap", _gap, "normal"),
    Property("opacity", g.number(percent=True), Number(1, "")),
    Property("box-shadow", g.none_or(g.commas(g.shadow)), "none"),
    Property("filter", g.none_or(g.filters), "none"),
    Property("backdrop-filter", g.none_or(g.filters), "none"),
    Property("mix-blend-mode", g.word(*_BLENDS), "normal"),
    Property("transform", g.none_or(g.transform), "none"),
    Property("translate", g.none_or(_translate), "none"),
    Property("rotate", g.none_or(g.angle), "none"),
    Property("scale", g.none_or(_scale), "none"),
    Property("z-index", _integer, "auto"),
    Property("container-name", _container_name, "none"),
    Property("container-type", g.word("normal", "size", "inline-size"), "normal"),
    Property("transition-property", _transition_property, Commas(("all",))),
    Property("transition-duration", g.commas(g.duration(negative=False)), _zero_seconds),
    Property("transition-timing-function", g.commas(g.easing), Commas(("ease",))),
    Property("transition-delay", g.commas(g.duration(negative=True)), _zero_seconds),
    Property("animation-name", g.commas(_animation_name), Commas(("none",))),
    Property("animation-duration", g.commas(g.duration(negative=False)), _zero_seconds),
    Property("animation-timing-function", g.commas(g.easing), Commas(("ease",))),
    Property("animation-delay", g.commas(g.duration(negative=True)), _zero_seconds),
    Property("animation-iteration-count", g.commas(_iterations), Commas((Number(1, ""),))),
    Property("animation-direction", _list(_DIRECTIONS), _normal),
    Property("animation-fill-mode", _list(("none", "forwards", "backwards", "both")), Commas(("none",))),
    Property("animation-play-state", _list(("running", "paused")), Commas(("running",))),
]

PROPERTIES: dict[str, Property] = {item.name: item for item in _ALL}
INHERITED = frozenset(item.name for item in _ALL if item.inherited)
INITIAL: dict[str, Value] = {item.name: item.initial for item in _ALL}
GENERIC_FAMILIES = frozenset({"serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui"})


def read_property(name: str, stream: Stream) -> Value:
    """The whole value of the longhand `name`. Raises `Invalid`."""
    value = PROPERTIES[name].read(stream)
    stream.end()
    return value
