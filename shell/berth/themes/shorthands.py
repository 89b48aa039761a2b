"""Properties that stand for several: ``border``, ``padding``, ``background`` and so on.

A shorthand sets every one of its longhands; what the sheet leaves out becomes initial.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from berth.themes import grammar as g
from berth.themes import logical
from berth.themes.color_grammar import read_color
from berth.themes.properties import CORNERS, INITIAL, PROPERTIES, SIDES, four_values, read_property
from berth.themes.stream import Stream, comma_separated
from berth.themes.values import Commas, Value, Words

Longhands = dict[str, Value]


def _sides(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.format(side) for side in SIDES)


def _four(names: Sequence[str]) -> Callable[[Stream], Longhands]:
    def read(stream: Stream) -> Longhands:
        parts = [PROPERTIES[names[0]].read(stream)]
        while len(parts) < 4 and not stream.done():
            parts.append(PROPERTIES[names[0]].read(stream))
        return dict(zip(names, four_values(parts), strict=True))

    return read


def _any_order(names: Sequence[str]) -> Callable[[Stream], Longhands]:
    """Each of `names` at most once, in any order."""

    def read(stream: Stream) -> Longhands:
        found: Longhands = {}
        while not stream.done():
            name, value = _next_of(stream, [name for name in names if name not in found])
            found[name] = value
        if not found:
            raise stream.fail()
        return {name: found.get(name, INITIAL[name]) for name in names}

    return read


def _next_of(stream: Stream, names: Sequence[str]) -> tuple[str, Value]:
    for name in names[:-1]:
        value = stream.attempt(PROPERTIES[name].read)
        if value is not None:
            return name, value
    if not names:
        raise stream.fail()
    value = stream.attempt(PROPERTIES[names[-1]].read)
    if value is None:
        kinds = ", ".join(name.rpartition("-")[2] for name in names)
        raise stream.fail(hint=f"Expected: {kinds}.")
    return names[-1], value


_IMAGE_RESET = {name: INITIAL[name] for name in INITIAL if name.startswith("border-image-")}


def _border(stream: Stream) -> Longhands:
    one = _any_order(("border-top-width", "border-top-style", "border-top-color"))(stream)
    found = {name.replace("top", side): value for name, value in one.items() for side in SIDES}
    return {**found, **_IMAGE_RESET}


def _radius(stream: Stream) -> Longhands:
    one = g.length(negative=False)
    across = [one(stream)]
    while len(across) < 4 and not stream.done() and (part := stream.attempt(one)) is not None:
        across.append(part)
    along = across
    if stream.literal("/"):
        along = [one(stream)]
        while len(along) < 4 and not stream.done():
            along.append(one(stream))
    pairs = zip(four_values(across), four_values(along), strict=True)
    return {f"border-{corner}-radius": Words(pair) for corner, pair in zip(CORNERS, pairs, strict=True)}


def _gap(stream: Stream) -> Longhands:
    first = PROPERTIES["row-gap"].read(stream)
    second = first if stream.done() else PROPERTIES["column-gap"].read(stream)
    return {"row-gap": first, "column-gap": second}


def _image(stream: Stream) -> Longhands:
    found: Longhands = {}
    while not stream.done():
        if "border-image-slice" not in found and (value := stream.attempt(PROPERTIES["border-image-slice"].read)):
            found["border-image-slice"] = value
            if stream.literal("/"):
                width = stream.attempt(PROPERTIES["border-image-width"].read)
                if width is not None:
                    found["border-image-width"] = width
                if stream.literal("/"):
                    found["border-image-outset"] = PROPERTIES["border-image-outset"].read(stream)
                elif width is None:
                    raise stream.fail()
            continue
        left = [name for name in ("border-image-repeat", "border-image-source") if name not in found]
        name, value = _next_of(stream, left)
        found[name] = value
    if not found:
        raise stream.fail()
    return {**_IMAGE_RESET, **found}


_LAYER = ("background-image", "background-position", "background-size", "background-repeat")
_BOXES = ("background-origin", "background-clip")


def _background(stream: Stream) -> Longhands:
    """Layers; the last one may hold the colour."""
    layers: list[Longhands] = []
    color: Value = None
    parts = comma_separated(stream.tokens)
    if len(parts) > g.MOST_ITEMS:
        raise stream.fail("the list is too long")
    for index, part in enumerate(parts):
        layer, found = _background_layer(Stream(part, part[0] if part else None))
        if found is not None and index < len(parts) - 1:
            raise stream.fail("only the last layer has a colour")
        layers.append(layer)
        color = found
    stream.place = len(stream.tokens)
    lists: Longhands = {name: Commas(layer[name] for layer in layers) for name in (*_LAYER, *_BOXES)}
    return {**lists, "background-color": INITIAL["background-color"] if color is None else color}


def _one(name: str) -> g.Read:
    """Reads one item of a property that is a list."""

    def read(stream: Stream) -> Value:
        return PROPERTIES[name].read(stream)[0]

    return read


def _background_layer(stream: Stream) -> tuple[Longhands, Value]:
    found: Longhands = {}
    boxes: list[Value] = []
    color: Value = None
    if stream.done():
        raise stream.fail()
    while not stream.done():
        name = _background_part(stream, found)
        if name:
            continue
        box = stream.word("border-box", "padding-box", "content-box") if len(boxes) < 2 else None
        if box:
            boxes.append(box)
        elif color is None:
            color = read_color(stream)
        else:
            raise stream.fail()
    layer = {name: INITIAL[name][0] for name in (*_LAYER, *_BOXES)} | found
    if boxes:
        layer |= {"background-origin": boxes[0], "background-clip": boxes[-1]}
    return layer, color


def _background_part(stream: Stream, found: Longhands) -> str:
    for name in ("background-image", "background-repeat", "background-position"):
        if name in found:
            continue
        value = stream.attempt(_one(name))
        if value is not None:
            found[name] = value
            if name == "background-position" and stream.literal("/"):
                found["background-size"] = _one("background-size")(stream)
            return name
    return ""


def _lists(names: Sequence[str], defaults: Longhands) -> Callable[[Stream], Longhands]:
    """Comma-separated items, each holding every one of `names` at most once, in any order."""

    def read(stream: Stream) -> Longhands:
        items: list[Longhands] = []
        for part in comma_separated(stream.tokens):
            inner = Stream(part, part[0] if part else None)
            found: Longhands = {}
            if inner.done() or len(items) >= g.MOST_ITEMS:
                raise inner.fail()
            while not inner.done():
                left = [name for name in names if name not in found]
                for name in left:
                    value = inner.attempt(_one(name))
                    if value is not None:
                        found[name] = value
                        break
                else:
                    raise inner.fail(hint=_expected(inner, names))
            items.append(defaults | found)
        stream.place = len(stream.tokens)
        return {name: Commas(item[name] for item in items) for name in names}

    return read


def _expected(stream: Stream, names: Sequence[str]) -> str:
    token = stream.peek()
    timed = any(name.endswith("-duration") for name in names)
    return "Expected a time, like 120ms." if timed and token is not None and token.type == "number" else ""


def _defaults(names: Sequence[str]) -> Longhands:
    return {name: INITIAL[name][0] for name in names}


_TRANSITION = ("transition-duration", "transition-timing-function", "transition-delay", "transition-property")
_ANIMATION = (
    *("animation-duration", "animation-timing-function", "animation-delay", "animation-iteration-count"),
    *("animation-direction", "animation-fill-mode", "animation-play-state", "animation-name"),
)


def _transition(stream: Stream) -> Longhands:
    found = _lists(_TRANSITION, _defaults(_TRANSITION))(stream)
    if len(found["transition-property"]) > 1 and "none" in found["transition-property"]:
        raise stream.fail("none stands alone")
    return found


def _container(stream: Stream) -> Longhands:
    name = PROPERTIES["container-name"].read(stream)
    kind = PROPERTIES["container-type"].read(stream) if stream.literal("/") else "normal"
    return {"container-name": name, "container-type": kind}


_FONT = ("font-style", "font-weight")


def _font(stream: Stream) -> Longhands:
    """``italic 600 14px/1.4 "Inter", sans-serif``."""
    found: Longhands = {}
    for _ in range(2):
        if stream.word("normal"):
            continue
        for name in _FONT:
            if name not in found and (value := stream.attempt(PROPERTIES[name].read)) is not None:
                found[name] = value
                break
    found["font-size"] = PROPERTIES["font-size"].read(stream)
    if stream.literal("/"):
        found["line-height"] = PROPERTIES["line-height"].read(stream)
    found["font-family"] = PROPERTIES["font-family"].read(stream)
    return {name: INITIAL[name] for name in (*_FONT, "line-height")} | found


_Read = Callable[[Stream], Longhands]
_BORDER = tuple(f"border-{side}-{part}" for part in ("width", "style", "color") for side in SIDES)
_OUTLINE = ("outline-color", "outline-style", "outline-width")


def _two(start: str, end: str) -> tuple[tuple[str, ...], _Read]:
    """Of the beginning and the end, which are the same if there is one."""
    one = PROPERTIES[logical.PHYSICAL["ltr"][start]].read

    def read(stream: Stream) -> Longhands:
        first = one(stream)
        return {start: first, end: first if stream.done() else one(stream)}

    return (start, end), read


def _line(*ends: str) -> tuple[tuple[str, ...], _Read]:
    names = tuple(f"border-{end}-{part}" for end in ends for part in ("width", "style", "color"))
    top = _any_order(("border-top-width", "border-top-style", "border-top-color"))

    def read(stream: Stream) -> Longhands:
        found = top(stream)
        return {name.replace("top", end): value for end in ends for name, value in found.items()}

    return names, read


SHORTHANDS: dict[str, tuple[tuple[str, ...], _Read]] = {
    "padding": (_sides("padding-{}"), _four(_sides("padding-{}"))),
    "margin": (_sides("margin-{}"), _four(_sides("margin-{}"))),
    "border-width": (_sides("border-{}-width"), _four(_sides("border-{}-width"))),
    "border-style": (_sides("border-{}-style"), _four(_sides("border-{}-style"))),
    "border-color": (_sides("border-{}-color"), _four(_sides("border-{}-color"))),
    "border": ((*_BORDER, *_IMAGE_RESET), _border),
    "border-radius": (tuple(f"border-{corner}-radius" for corner in CORNERS), _radius),
    "border-image": (tuple(_IMAGE_RESET), _image),
    "outline": (_OUTLINE, _any_order(_OUTLINE)),
    "gap": (("row-gap", "column-gap"), _gap),
    "background": ((*_LAYER, *_BOXES, "background-color"), _background),
    "transition": (_TRANSITION, _transition),
    "animation": (_ANIMATION, _lists(_ANIMATION, _defaults(_ANIMATION))),
    "container": (("container-name", "container-type"), _container),
    "font": ((*_FONT, "line-height", "font-size", "font-family"), _font),
}
for _side in SIDES:
    _parts = tuple(f"border-{_side}-{part}" for part in ("width", "style", "color"))
    SHORTHANDS[f"border-{_side}"] = (_parts, _any_order(_parts))

for _axis in ("block", "inline"):
    _ends = (f"{_axis}-start", f"{_axis}-end")
    for _box in ("margin", "padding"):
        SHORTHANDS[f"{_box}-{_axis}"] = _two(*(f"{_box}-{_end}" for _end in _ends))
    for _part in ("width", "style", "color"):
        SHORTHANDS[f"border-{_axis}-{_part}"] = _two(*(f"border-{_end}-{_part}" for _end in _ends))
    for _end in _ends:
        SHORTHANDS[f"border-{_end}"] = _line(_end)
    SHORTHANDS[f"border-{_axis}"] = _line(*_ends)

_LTR = logical.PHYSICAL["ltr"]
_EVERYTHING = tuple(PROPERTIES)
NAMES = (*PROPERTIES, *SHORTHANDS, *logical.NAMES, "all")
"""Every name that a declaration may have, but for custom properties."""


def longhands_of(name: str) -> tuple[str, ...]:
    """What the property `name` sets: itself, or the longhands of a shorthand."""
    if name == "all":
        return _EVERYTHING
    return SHORTHANDS[name][0] if name in SHORTHANDS else (name,)


def read_value(name: str, stream: Stream) -> Longhands:
    """The longhands that a value of the property `name` sets. Raises `Invalid`."""
    if name not in SHORTHANDS:
        if name == "all":
            raise stream.fail(hint="Expected inherit, initial, unset, revert or revert-layer.")
        return {name: read_property(_LTR.get(name, name), stream)}
    found = SHORTHANDS[name][1](stream)
    stream.end()
    return found
