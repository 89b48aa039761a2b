"""Computed styles as QML reads them: one table for all elements that look the same.

A table is a `QQmlPropertyMap`. After a change only the entries that differ are written, so only bindings on
these run again. What a plain rectangle cannot show has entries of its own, empty for most elements.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from berth.themes.animation import tracks, transitions
from berth.themes.colors import Color
from berth.themes.computed import Style
from berth.themes.contrast import over
from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.filters import steps as filter_steps
from berth.themes.floor import FLOORED, holds_for, raised
from berth.themes.gradients import pixels
from berth.themes.properties import CORNERS, INITIAL, SIDES
from berth.themes.transforms import STILL, move
from berth.themes.units import Number
from berth.themes.values import Commas, Url, Value, Words
from berth.ui.box_filters import described, plainly_filtered, reach
from berth.ui.box_pictures import Paintings
from berth.ui.boxes import ground, shade
from berth.ui.colors import TRANSPARENT, qt_color
from berth.ui.families import has_family, has_letters
from berth.ui.theme_fonts import ThemeFonts
from berth.ui.wording import wording

_PICTURED = ("background-image", "border-image-source")
_NO_NAME = INITIAL["animation-name"]
_FIXED = ("desktop", "window", "titlebar")
"""Where these are is not a theme's business: presses of pointers go by it."""
_MOST_BLUR = 64.0
_DENSE = 0.92
_LARGE = 100_000.0
_PADDINGS = [(f"padding{side.capitalize()}", f"padding-{side}") for side in SIDES]
_RADII = [
    ("".join((along, across.capitalize(), "Radius")), f"border-{along}-{across}-radius")
    for along, across in (corner.split("-") for corner in CORNERS)
]
_FLUSH = ("maximized", "fullscreen", "tiled")
_SQUARE = {f"border-{corner}-radius": Words((Number(0, "px"), Number(0, "px"))) for corner in CORNERS}


def entries(
    engine: Engine,
    element: Element,
    paintings: Paintings,
    fonts: ThemeFonts | None = None,
    *,
    still: bool = False,
    effects: bool = False,
) -> dict[str, Any]:
    """What the table of `element` holds: colours, and lengths in logical pixels.

    ``background``, ``color``, ``opacity``, ``borderColor``, ``borderWidth`` (of the top side),
    ``topLeftRadius`` ..., ``paddingLeft`` ..., ``fontFamily``, ``fontSize``, ``fontWeight``,
    ``outlineColor``, ``outlineWidth``, ``outlineOffset``. Fonts of the theme itself are in `fonts`,
    and are not for questions to the user. How words are written else is in `berth.ui.wording`.

    ``extras`` says what there is beside a rectangle: ``g`` a painted ``ground``, ``s`` a painted ``shade`` (see
    `berth.ui.boxes.described`), ``o`` an outline, ``m`` something that moves or fades, ``b`` glass, ``f`` a filter;
    ``move`` (numbers of a `berth.themes.transforms.Move`, or nothing), ``changes`` (see
    `berth.themes.animation.transitions`) and ``tracks`` (a `Track` each, as JSON, or nothing).

    Args:
        still: nothing moves by itself.
        effects: there is graphics hardware, for what shines through a ``glass`` of blur (pixels), saturation and
            brightness, and for the steps of a ``filter``; else the ground gets dense instead, so that words on it
            can be read, and colours are filtered one by one.
    """
    style = engine.style(element)
    values = used_values(style)
    if holds_for(element):
        fonts = None
        values = raised(element, values, _ground(engine, element))
    values = _with_pictures(values, style, paintings)
    if element.type == "window" and not element.states.isdisjoint(_FLUSH):
        # It lies at other windows or the screen's edge.
        values = {**values, **_SQUARE, "box-shadow": "none"}
    glass = _glass(values)
    if glass and not (effects and element.type not in _FIXED):
        values, glass = {**values, "background-color": _dense(values["background-color"])}, []
    steps = [] if holds_for(element) or not effects else filter_steps(values["filter"])
    if not effects:
        values = plainly_filtered(engine, element, values)
    found = {
        **_surface(values, paintings),
        **_movement(engine, element, values, still=still),
        "color": qt_color(values["color"]),
        "fontFamily": _family(values["font-family"], fonts),
        "fontSize": max(1, round(_number(values["font-size"], 14))),
        "fontWeight": round(_number(values["font-weight"], 400)),
        **wording(values),
    }
    found["glass"] = glass
    found["filter"] = described(steps, reach(values, steps)) if steps else []
    found["extras"] += ("m" if found["moves"] else "") + ("b" if glass else "") + ("f" if steps else "")
    for name, padding in _PADDINGS:
        found[name] = _number(values[padding])
    return found


def _surface(values: Mapping[str, Value], paintings: Paintings) -> dict[str, Any]:
    """What lies below and around the contents."""
    painted = ground(values)
    shaded = shade(values)
    outline = _number(values["outline-width"]) if values["outline-style"] in ("solid", "auto") else 0.0
    extras = zip("gso", (painted, shaded, outline), strict=True)
    found = {
        "background": TRANSPARENT if painted else qt_color(values["background-color"]),
        "borderColor": qt_color(values["border-top-color"]),
        "borderWidth": 0.0 if painted else _number(values["border-top-width"]),
        "outlineColor": qt_color(values["outline-color"]),
        "outlineWidth": outline,
        "outlineOffset": _number(values["outline-offset"]),
        "extras": "".join(letter for letter, there in extras if there),
        "ground": paintings.describe(painted),
        "shade": paintings.describe(shaded),
    }
    for name, radius in _RADII:
        found[name] = _number(values[radius][0])
    return found


def _glass(values: Mapping[str, Value]) -> list[float]:
    """Of what lies behind: blur in pixels, how much colour and how much light it keeps; empty to leave it as it is."""
    if values["backdrop-filter"] == "none":
        return []
    blur, saturation, brightness = 0.0, 1.0, 1.0
    for part in values["backdrop-filter"]:
        amount = pixels(part.arguments[0])
        if part.name == "blur":
            # A sheet gives the deviation of the curve; what Qt takes is where the curve ends.
            blur = min(_MOST_BLUR, max(blur, 4 * amount))
        elif part.name in ("saturate", "grayscale"):
            saturation *= amount if part.name == "saturate" else 1 - amount
        elif part.name == "brightness":
            brightness *= amount
    return [blur, min(2.0, saturation), min(2.0, brightness)]


def _dense(color: Value) -> Value:
    if not isinstance(color, Color) or not color.alpha:
        return color
    return color._replace(alpha=max(_DENSE, color.alpha))


def _movement(engine: Engine, element: Element, values: Mapping[str, Value], *, still: bool) -> dict[str, Any]:
    place = STILL if element.type in _FIXED else move(values)
    changes = {} if still else transitions(values)
    animations = [] if still or values["animation-name"] == _NO_NAME else tracks(engine, element)
    opacity = _number(values["opacity"], 1) if values["visibility"] == "visible" else 0.0
    return {
        "opacity": opacity,
        "move": [] if place == STILL else list(place),
        "changes": changes,
        "tracks": json.dumps([track._asdict() for track in animations]) if animations else "",
        "moves": bool(place != STILL or changes or animations or opacity < 1),
    }


def used_values(style: Style) -> Mapping[str, Value]:
    """Values by longhand, with the element's own colour where they say so."""
    return {**style.values, **{name: style.used(name) for name in style.current_users()}}


def _with_pictures(values: Mapping[str, Value], style: Style, paintings: Paintings) -> Mapping[str, Value]:
    """Files in the place of ``url()``; none where there is no such file."""
    if not style.sheets:
        return values
    found = dict(values)
    for name in _PICTURED:
        value, sheet = values[name], style.sheets.get(name, "")
        if isinstance(value, Url):
            found[name] = paintings.pictures.find(value, sheet) or "none"
        elif isinstance(value, Commas):
            parts = (paintings.pictures.find(one, sheet) or "none" if isinstance(one, Url) else one for one in value)
            found[name] = Commas(parts)
    return found


def _ground(engine: Engine, element: Element) -> Color:
    """The colour that what is inside of a prompt lies on; of the prompt itself its own."""
    around: list[Element] = [element]
    while around[-1].type not in FLOORED and around[-1].parent is not None:
        around.append(around[-1].parent)
    below = (1.0, 1.0, 1.0)
    for one in reversed(around[1:] or around):
        color: Color = engine.style(one).used("background-color")
        below = over(color, below)
    return Color("srgb", below)


def _number(value: Value, otherwise: float = 0.0) -> float:
    if not isinstance(value, Number):
        return otherwise
    number = value.value
    return number if -_LARGE <= number <= _LARGE else max(-_LARGE, min(_LARGE, number))


def _family(value: Value, fonts: ThemeFonts | None) -> str:
    names = [str(name) for name in value]
    return _lettered_family(names) if fonts is None else fonts.find(names)


def _lettered_family(families: list[str]) -> str:
    """As `installed_family`, without fonts of signs: in these a question would be no question."""
    lettered = [family for family in families if not has_family(family) or has_letters(family)]
    return installed_family(lettered or ["sans-serif"])


def installed_family(families: list[str]) -> str:
    """The first that is there, or the last."""
    return next((family for family in families if has_family(family)), families[-1])
