"""Computed styles as QML reads them: one table for all elements that look the same.

A table is a `QQmlPropertyMap`. After a change only the entries that differ are written, so only bindings on
these run again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QColor, QFontDatabase

from berth.themes.colors import Color
from berth.themes.computed import Style
from berth.themes.contrast import over
from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.floor import holds_for, raised
from berth.themes.properties import CORNERS, SIDES
from berth.themes.units import Number
from berth.themes.values import Shadow, Value

_TRANSPARENT = QColor(0, 0, 0, 0)
_MILLISECONDS = 1000


def entries(engine: Engine, element: Element) -> dict[str, Any]:
    """What the table of `element` holds: colours, and lengths in logical pixels.

    ``background``, ``color``, ``opacity``, ``borderColor``, ``borderWidth`` (of the top side),
    ``topLeftRadius`` ..., ``paddingLeft`` ..., ``fontFamily``, ``fontSize``, ``fontWeight``, ``italic``,
    ``letterSpacing``, ``outlineColor``, ``outlineWidth``, ``outlineOffset``, ``shadow`` (how dark, 0 to 1),
    ``duration`` (of a change of colour, in milliseconds).
    """
    style = engine.style(element)
    values: Mapping[str, Value] = {name: style.used(name) for name in style.values}
    if holds_for(element):
        values = raised(element, values, _ground(engine, element))
    outlined = values["outline-style"] != "none"
    found = {
        "background": qt_color(values["background-color"]),
        "color": qt_color(values["color"]),
        "opacity": _number(values["opacity"], 1) if values["visibility"] == "visible" else 0.0,
        "borderColor": qt_color(values["border-top-color"]),
        "borderWidth": _number(values["border-top-width"]),
        "fontFamily": _family(values["font-family"]),
        "fontSize": max(1, round(_number(values["font-size"], 14))),
        "fontWeight": round(_number(values["font-weight"], 400)),
        "italic": values["font-style"] != "normal",
        "letterSpacing": _number(values["letter-spacing"]),
        "outlineColor": qt_color(values["outline-color"]),
        "outlineWidth": _number(values["outline-width"]) if outlined else 0.0,
        "outlineOffset": _number(values["outline-offset"]),
        "shadow": _shadow(values["box-shadow"]),
        "duration": _duration(style, values),
    }
    for side in SIDES:
        found[f"padding{side.capitalize()}"] = _number(values[f"padding-{side}"])
    for corner in CORNERS:
        along, across = corner.split("-")
        found[f"{along}{across.capitalize()}Radius"] = _number(values[f"border-{corner}-radius"][0])
    return found


def _ground(engine: Engine, element: Element) -> Color:
    """The colour that what is inside of a prompt lies on; of the prompt itself its own."""
    around: list[Element] = [element]
    while around[-1].type != "prompt" and around[-1].parent is not None:
        around.append(around[-1].parent)
    below = (1.0, 1.0, 1.0)
    for one in reversed(around[1:] or around):
        color: Color = engine.style(one).used("background-color")
        below = over(color, below)
    return Color("srgb", below)


def qt_color(value: Value) -> QColor:
    return QColor.fromRgbF(*value.srgb()) if isinstance(value, Color) else _TRANSPARENT


def _number(value: Value, otherwise: float = 0.0) -> float:
    return max(-100_000.0, min(100_000.0, value.value)) if isinstance(value, Number) else otherwise


def _family(value: Value) -> str:
    return installed_family([str(name) for name in value])


def installed_family(families: list[str]) -> str:
    """The first that is there, or the last."""
    return next((family for family in families if QFontDatabase.hasFamily(family)), families[-1])


def _shadow(value: Value) -> float:
    outer = [one for one in value if isinstance(one, Shadow) and not one.inset] if value != "none" else []
    return max((one.color.srgb()[3] for one in outer if isinstance(one.color, Color)), default=0.0)


def _duration(style: Style, values: Mapping[str, Value]) -> int:
    """Of the first transition that is about colours."""
    names, times = values["transition-property"], values["transition-duration"]
    for place, name in enumerate(names):
        if name in ("all", "background-color", "color"):
            return round(_number(times[place % len(times)]) * _MILLISECONDS)
    return 0
