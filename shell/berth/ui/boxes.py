"""Paints boxes as style sheets describe them: what of an element is more than a colour, a line and round corners.

There are two pictures of a box: its ground (backgrounds, inner shadows, borders, patterned outlines) and its shade
(shadows that fall around it). A picture that looks the same at every size but for its middle is painted once,
small, and stretched there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter

from berth.themes.gradients import pixels
from berth.themes.properties import CORNERS, INITIAL, SIDES
from berth.themes.units import Number
from berth.themes.values import Gradient, Shadow, Value
from berth.ui.backgrounds import Open, draw_background
from berth.ui.borders import colors_of, draw_borders, draw_image, draw_outline, image_areas, widths
from berth.ui.brushes import gradient_brush
from berth.ui.colors import qt_color
from berth.ui.shadows import draw_inset, draw_shadow, reach
from berth.ui.shapes import Shape, Sides, box_shape

MOST_SHADOWS = 8
MOST_SIDE = 4096
"""Pixels of a picture; a larger box gets a coarser one."""
_FARTHEST = 300.0
"""Pixels that a shadow may be moved or grow by."""
_RADII = tuple(f"border-{corner}-radius" for corner in CORNERS)
_LINES = tuple(f"border-{side}-{part}" for side in SIDES for part in ("width", "style", "color"))
_GROUND = (
    *("background-color", "background-image", "background-position", "background-size", "background-repeat"),
    *("background-origin", "background-clip", *(f"padding-{side}" for side in SIDES), *_RADII, *_LINES, "box-shadow"),
    *(name for name in INITIAL if name.startswith(("border-image-", "outline-"))),
)
_SHADE = (*_RADII, "box-shadow")


class Painting(NamedTuple):
    """All that a picture depends on but for the size of its box.

    Attributes:
        kind: ``ground`` or ``shade``.
        values: used values of the longhands of that kind.
        margins: how far it reaches beyond the box.
        patch: from this size on only the middle of the picture gets larger; 0 where all of it does.
    """

    kind: str
    values: tuple[Value, ...]
    margins: Sides
    patch: float

    def named(self) -> dict[str, Value]:
        return dict(zip(_GROUND if self.kind == "ground" else _SHADE, self.values, strict=True))


# --- what has to be painted


def ground(values: Mapping[str, Value]) -> Painting | None:
    """What is painted of an element with these used values; None if a plain rectangle looks the same."""
    if not _is_special(values):
        return None
    values = {**values, "box-shadow": shadows(values, inset=True)}
    margins = (0.0, 0.0, 0.0, 0.0)
    if has_picture(values["border-image-source"]):
        box = Shape(0, 0, MOST_SIDE, MOST_SIDE)
        area = image_areas(values, box, QSizeF(1, 1))[0]
        margins = _outside(area, box)
    if is_patterned(values):
        around = max(0.0, pixels(values["outline-width"]) + pixels(values["outline-offset"]))
        margins = tuple(max(margin, math.ceil(around)) for margin in margins)  # type: ignore[assignment]
    return Painting("ground", tuple(values[name] for name in _GROUND), margins, _ground_patch(values))


def _outside(area: QRectF, box: Shape) -> Sides:
    edges = (-area.top(), area.right() - box.width, area.bottom() - box.height, -area.left())
    top, right, bottom, left = (float(math.ceil(min(max(edge, 0.0), _FARTHEST))) for edge in edges)
    return top, right, bottom, left


def has_picture(image: Value) -> bool:
    return not isinstance(image, str)


def is_patterned(values: Mapping[str, Value]) -> bool:
    """Whether the outline is more than a plain line."""
    return values["outline-style"] not in ("none", "solid", "auto") and pixels(values["outline-width"]) > 0


def _is_special(values: Mapping[str, Value]) -> bool:
    shadow = values["box-shadow"]
    if any(map(has_picture, values["background-image"])) or has_picture(values["border-image-source"]):
        return True
    if shadow != "none" and any(one.inset for one in shadow):
        return True
    if any(across != along or along.unit == "%" for across, along in (values[name] for name in _RADII)):
        return True
    sides = widths(values)
    if max(sides) > 0:
        lines = {(width, values[f"border-{side}-style"]) for width, side in zip(sides, SIDES, strict=True)}
        if len(lines) > 1 or next(iter(lines))[1] != "solid" or len({*colors_of(values, sides)}) > 1:
            return True
        if values["background-clip"][-1] != "border-box":
            return True
    return is_patterned(values)


def shade(values: Mapping[str, Value]) -> Painting | None:
    """The shadows around an element; None if there are none."""
    found = shadows(values, inset=False)
    if found == "none":
        return None
    top = right = bottom = left = 0.0
    half = _corner(values)
    for one in found:
        x, y, blur, spread = _lengths(one)
        around = reach(blur) + spread
        top, bottom = max(top, around - y), max(bottom, around + y)
        left, right = max(left, around - x), max(right, around + x)
        half = max(half, reach(blur) + abs(spread) + _corner(values) + max(abs(x), abs(y)))
    margins = (float(math.ceil(top)), float(math.ceil(right)), float(math.ceil(bottom)), float(math.ceil(left)))
    values = {**values, "box-shadow": found}
    return Painting("shade", tuple(values[name] for name in _SHADE), margins, _patch(values, half))


def shadows(values: Mapping[str, Value], *, inset: bool) -> Value:
    """Those of a kind that can be seen, at most `MOST_SHADOWS`; ``none`` if there are none."""
    if values["box-shadow"] == "none":
        return "none"
    found = [one for one in values["box-shadow"] if one.inset is inset and qt_color(one.color).alpha()]
    seen = [one for one in found if any(map(pixels, one[1:5]))]
    return tuple(seen[:MOST_SHADOWS]) or "none"


def _lengths(one: Shadow) -> tuple[float, float, float, float]:
    x, y, spread = (max(-_FARTHEST, min(_FARTHEST, pixels(part))) for part in (one.x, one.y, one.spread))
    return x, y, max(0.0, pixels(one.blur)), spread


def _corner(values: Mapping[str, Value]) -> float:
    return max(max(pixels(part) for part in values[name]) for name in _RADII)


def _patch(values: Mapping[str, Value], half: float) -> float:
    exact = all(isinstance(part, Number) and part.unit != "%" for name in _RADII for part in values[name])
    size = 2 * math.ceil(half) + 3
    return float(size) if exact and size < MOST_SIDE else 0.0


def _ground_patch(values: Mapping[str, Value]) -> float:
    if any(map(has_picture, values["background-image"])) or has_picture(values["border-image-source"]):
        return 0.0
    if is_patterned(values) or any(values[f"border-{side}-style"] in ("dotted", "dashed") for side in SIDES):
        return 0.0
    lines = widths(values)
    half = max(_corner(values), *lines) + max(lines)
    if values["box-shadow"] != "none":
        for one in values["box-shadow"]:
            x, y, blur, spread = _lengths(one)
            half = max(half, max(lines) + _corner(values) + reach(blur) + abs(spread) + max(abs(x), abs(y)))
    return _patch(values, half)


# --- painting


def paint(painting: Painting, width: float, height: float, scale: float, pictures: Open) -> QImage:
    """The picture of a box of `width` x `height` logical pixels, with `scale` pixels to each."""
    top, right, bottom, left = painting.margins
    full = QSizeF(max(1.0, width + left + right), max(1.0, height + top + bottom))
    scale = min(scale, MOST_SIDE / max(full.width(), full.height()))
    columns, rows = max(1, round(full.width() * scale)), max(1, round(full.height() * scale))
    image = QImage(columns, rows, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.scale(columns / full.width(), rows / full.height())
    painter.translate(left, top)
    values = painting.named()
    box = box_shape(width, height, tuple(values[name] for name in _RADII))
    (_paint_ground if painting.kind == "ground" else _paint_shade)(painter, box, values, scale, pictures)
    painter.end()
    return image


def _paint_ground(painter: QPainter, box: Shape, values: Mapping[str, Value], scale: float, pictures: Open) -> None:
    draw_background(painter, box, values, scale, pictures)
    inner = box.inside(widths(values))
    if values["box-shadow"] != "none":
        for one in reversed(values["box-shadow"]):
            x, y, blur, spread = _lengths(one)
            draw_inset(painter, inner, inner.grown(-spread).moved(x, y), blur, qt_color(one.color), scale)
    image = _border_image(values, box, pictures)
    if image.isNull():
        draw_borders(painter, box, values)
    else:
        draw_image(painter, box, values, image)
    if is_patterned(values):
        draw_outline(painter, box, values)


def _border_image(values: Mapping[str, Value], box: Shape, pictures: Open) -> QImage:
    source = values["border-image-source"]
    if not isinstance(source, Gradient):
        return pictures(source) if has_picture(source) else QImage()
    area = image_areas(values, box, QSizeF(box.width, box.height))[0]
    image = QImage(
        max(1, min(MOST_SIDE, round(area.width()))),
        max(1, min(MOST_SIDE, round(area.height()))),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.fill(0)
    painter = QPainter(image)
    painter.fillRect(image.rect(), gradient_brush(source, image.width(), image.height()))
    painter.end()
    return image


def _paint_shade(painter: QPainter, box: Shape, values: Mapping[str, Value], scale: float, _pictures: Open) -> None:
    for one in reversed(values["box-shadow"]):
        x, y, blur, spread = _lengths(one)
        draw_shadow(painter, box.grown(spread).moved(x, y), blur, qt_color(one.color), scale)
    # Through a ground that lets see what is behind it, no shadow is seen.
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    painter.fillPath(box.path(), QColor(0, 0, 0))


def described(painting: Painting | None, number: str) -> list[Any]:
    """As QML gets it: number, top, right, bottom, left, patch; empty for None."""
    return [] if painting is None else [number, *painting.margins, painting.patch]
