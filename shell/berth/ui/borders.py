"""Borders and outlines: solid, in patterns, different on each side, or made of a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from berth.themes.gradients import pixels
from berth.themes.properties import SIDES, four_values
from berth.themes.units import Number
from berth.themes.values import Value
from berth.ui.colors import qt_color
from berth.ui.shapes import Shape, Sides

_WIDTHS = [f"border-{side}-width" for side in SIDES]
MOST_TILES = 512
"""Pieces of a picture along a side."""
# Light falls from the top left: which sides of a form are in the shade.
_SHADED = {"inset": (0, 3), "outset": (1, 2), "groove": (0, 3), "ridge": (1, 2)}


def widths(values: Mapping[str, Value]) -> Sides:
    top, right, bottom, left = [max(0.0, pixels(values[name])) for name in _WIDTHS]
    return top, right, bottom, left


def draw_borders(painter: QPainter, box: Shape, values: Mapping[str, Value]) -> None:
    """The four sides of `box`."""
    sides = widths(values)
    styles = [str(values[f"border-{side}-style"]) for side in SIDES]
    colors = [qt_color(values[f"border-{side}-color"]) for side in SIDES]
    shown = {style for style, width in zip(styles, sides, strict=True) if width > 0}
    if len({*colors_of(values, sides)}) == 1 and len(shown) == 1:
        _draw_alike(painter, box, sides, shown.pop(), colors)
        return
    for side in range(4):
        _draw_side(painter, box, sides, side, styles[side], colors[side])


def colors_of(values: Mapping[str, Value], sides: Sides) -> list[Value]:
    """Colours of the sides that are there."""
    return [values[f"border-{side}-color"] for side, width in zip(SIDES, sides, strict=True) if width > 0]


def _draw_alike(painter: QPainter, box: Shape, sides: Sides, style: str, colors: list[QColor]) -> None:
    color = next((color for color, width in zip(colors, sides, strict=True) if width > 0), QColor(0, 0, 0, 0))
    if not color.alpha():
        return
    if style in ("dotted", "dashed") and len({*sides}) == 1 and box.round:
        _draw_line(painter, box.inside(_halves(sides)).path(), sides[0], style, color, closed=True)
    elif style in (*_SHADED, "dotted", "dashed") or (box.round and min(sides) <= 0):
        for side in range(4):
            _draw_side(painter, box, sides, side, style, color)
    else:
        for ring in _rings(box, sides, style):
            painter.fillPath(ring, color)


def _halves(sides: Sides) -> Sides:
    top, right, bottom, left = sides
    return top / 2, right / 2, bottom / 2, left / 2


def _draw_side(painter: QPainter, box: Shape, sides: Sides, side: int, style: str, color: QColor) -> None:
    if sides[side] <= 0 or not color.alpha():
        return
    if style in ("dotted", "dashed"):
        _draw_line(painter, _middle_of(box, sides, side), sides[side], style, color)
        return
    painter.save()
    painter.setClipPath(_quarter(box, sides, side), Qt.ClipOperation.IntersectClip)
    shadow, light = (_tone(color, 0.33), _tone(color, -0.33)) if style in _SHADED else (color, color)
    dark = side in _SHADED.get(style, ())
    if style in ("groove", "ridge"):
        middle = box.inside(_halves(sides))
        painter.fillPath(_ring(box, middle), shadow if dark else light)
        painter.fillPath(_ring(middle, box.inside(sides)), light if dark else shadow)
    else:
        for ring in _rings(box, sides, style):
            painter.fillPath(ring, shadow if dark else light)
    painter.restore()


def _rings(box: Shape, sides: Sides, style: str) -> list[QPainterPath]:
    """What of the border is covered with colour."""
    inner = box.inside(sides)
    if style != "double" or max(sides) < 3:
        return [_ring(box, inner)]
    top, right, bottom, left = (math.ceil(width / 3) for width in sides)
    rest = (sides[0] - top, sides[1] - right, sides[2] - bottom, sides[3] - left)
    return [_ring(box, box.inside((top, right, bottom, left))), _ring(box.inside(rest), inner)]


def _ring(outer: Shape, inner: Shape) -> QPainterPath:
    path = outer.path()
    if inner.width > 0 and inner.height > 0:
        path.addPath(inner.path())
    return path


def _quarter(box: Shape, sides: Sides, side: int) -> QPainterPath:
    """The part of the box that belongs to a side: between the lines through its outer and inner corners."""
    top, right, bottom, left = sides
    width, height = box.width, box.height
    corners = (
        (0.0, 0.0, left, top),
        (width, 0.0, -right, top),
        (width, height, -right, -bottom),
        (0, height, left, -bottom),
    )
    points = []
    for x, y, across, along in (corners[side], corners[(side + 1) % 4]):
        reach = min(width / 2 / abs(across) if across else math.inf, height / 2 / abs(along) if along else math.inf)
        reach = reach if math.isfinite(reach) else 0.0
        points.append((QPointF(x, y), QPointF(x + across * reach, y + along * reach)))
    path = QPainterPath()
    path.addPolygon(QPolygonF([points[0][0], points[1][0], points[1][1], points[0][1]]))
    path.closeSubpath()
    path.translate(box.x, box.y)
    return path


def _middle_of(box: Shape, sides: Sides, side: int) -> QPainterPath:
    """The line in the middle of a side, from edge to edge."""
    rect = box.inside(_halves(sides)).rect
    right, bottom = box.x + box.width, box.y + box.height
    start, end = (
        (QPointF(box.x, rect.top()), QPointF(right, rect.top())),
        (QPointF(rect.right(), box.y), QPointF(rect.right(), bottom)),
        (QPointF(box.x, rect.bottom()), QPointF(right, rect.bottom())),
        (QPointF(rect.left(), box.y), QPointF(rect.left(), bottom)),
    )[side]
    path = QPainterPath(start)
    path.lineTo(end)
    return path


def _draw_line(
    painter: QPainter, path: QPainterPath, width: float, style: str, color: QColor, *, closed: bool = False
) -> None:
    """Dots or dashes in whole number, with one at each end."""
    if width <= 0:
        return
    dash, gap = (1.0, 1.0) if style == "dotted" else (2.0, 1.0) if width >= 3 else (3.0, 2.0)
    length = path.length() / width
    count = max(1, math.floor((length + (0 if closed else gap)) / (dash + gap) + 0.5))
    gap = max(0.001, (length - count * dash) / max(1, count - (0 if closed else 1)))
    pen = QPen(color, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([dash, gap])
    if style == "dotted" and width > 3:
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setDashPattern([0.001, dash + gap - 0.001])
        pen.setDashOffset(-0.5)
    painter.strokePath(path, pen)


def _tone(color: QColor, by: float) -> QColor:
    """The dark (above 0) or light (below 0) side of a form."""
    most = max(color.redF(), color.greenF(), color.blueF())
    share = min(1.0, max(0.0, most - by)) / most if most else 0.0
    return QColor.fromRgbF(color.redF() * share, color.greenF() * share, color.blueF() * share, color.alphaF())


def draw_outline(painter: QPainter, box: Shape, values: Mapping[str, Value]) -> None:
    """The line around `box`; it takes no room."""
    width, offset = pixels(values["outline-width"]), pixels(values["outline-offset"])
    style = {"auto": "solid"}.get(values["outline-style"], str(values["outline-style"]))
    around = box.grown(offset + width) if offset + width >= 0 else box.inside((-offset - width,) * 4)
    _draw_alike(painter, around, (width,) * 4, style, [qt_color(values["outline-color"])] * 4)


# --- border-image


def image_areas(values: Mapping[str, Value], box: Shape, image: QSizeF) -> tuple[QRectF, Sides, Sides, bool]:
    """Where the picture of a border goes, its widths there, how it is cut, and whether its middle is drawn.

    https://www.w3.org/TR/css-backgrounds-3/#the-border-image-width
    """
    sides = widths(values)
    outset = _sides(values["border-image-outset"], sides, sides)
    area = box.rect.adjusted(-outset[3], -outset[0], outset[1], outset[2])
    parts = [part for part in values["border-image-slice"] if part != "fill"]
    cut = _slices(parts, image)
    wholes = (area.height(), area.width(), area.height(), area.width())
    found = _sides(values["border-image-width"], sides, cut, wholes)
    share = min(
        [
            1.0,
            *(
                whole / both
                for whole, both in zip(
                    (area.height(), area.width()), (found[0] + found[2], found[1] + found[3]), strict=True
                )
                if both > whole
            ),
        ]
    )
    top, right, bottom, left = (line * share for line in found)
    return area, (top, right, bottom, left), cut, "fill" in values["border-image-slice"]


def _slices(parts: list[Value], image: QSizeF) -> Sides:
    wholes = (image.height(), image.width(), image.height(), image.width())
    top, right, bottom, left = (
        min(whole, part.value if isinstance(part, Number) and part.unit == "" else pixels(part, whole))
        for part, whole in zip(four_values(parts), wholes, strict=True)
    )
    return top, right, bottom, left


def _sides(value: Value, lines: Sides, natural: Sides, wholes: tuple[float, ...] = (0.0,) * 4) -> Sides:
    """Plain numbers are multiples of the border's width, ``auto`` is as wide as the picture's part."""
    found = []
    for part, line, own, whole in zip(four_values(list(value)), lines, natural, wholes, strict=True):
        if part == "auto":
            found.append(own)
        elif isinstance(part, Number) and part.unit == "":
            found.append(part.value * line)
        else:
            found.append(pixels(part, whole))
    top, right, bottom, left = (max(0.0, min(length, 10_000.0)) for length in found)
    return top, right, bottom, left


def draw_image(painter: QPainter, box: Shape, values: Mapping[str, Value], image: QImage) -> None:
    """The nine parts of `image` along the border of `box`."""
    area, sides, cut, fill = image_areas(values, box, QSizeF(image.size()))
    repeat = values["border-image-repeat"]
    across, along = (repeat, repeat) if isinstance(repeat, str) else repeat
    columns = _thirds(area.left(), area.right(), sides[3], sides[1])
    rows = _thirds(area.top(), area.bottom(), sides[0], sides[2])
    from_columns = _thirds(0, image.width(), cut[3], cut[1])
    from_rows = _thirds(0, image.height(), cut[0], cut[2])
    for row in range(3):
        for column in range(3):
            if row == column == 1 and not fill:
                continue
            target = QRectF(QPointF(columns[column], rows[row]), QPointF(columns[column + 1], rows[row + 1]))
            source = QRectF(
                QPointF(from_columns[column], from_rows[row]), QPointF(from_columns[column + 1], from_rows[row + 1])
            )
            if min(target.width(), target.height(), source.width(), source.height()) > 0:
                size = _piece(target, source, row, column, (sides, cut))
                _draw_part(
                    painter,
                    image,
                    target,
                    source,
                    size,
                    (across if column == 1 else "stretch", along if row == 1 else "stretch"),
                )


def _thirds(start: float, end: float, first: float, last: float) -> tuple[float, float, float, float]:
    middle = max(start + first, end - last)
    return start, start + first, middle, end


def _piece(target: QRectF, source: QRectF, row: int, column: int, lines: tuple[Sides, Sides]) -> QSizeF:
    """How large one copy of a part is: its thickness is the border's, and its length goes with it."""
    sides, cut = lines

    def factor(first: int, second: int) -> float:
        place = first if cut[first] and sides[first] else second
        return sides[place] / cut[place] if cut[place] else 1.0

    width = source.width() * (factor(0, 2) if row == 1 else target.height() / source.height())
    height = source.height() * (factor(3, 1) if column == 1 else target.width() / source.width())
    return QSizeF(max(width, 0.01), max(height, 0.01))


def _draw_part(
    painter: QPainter, image: QImage, target: QRectF, source: QRectF, size: QSizeF, ways: tuple[str, str]
) -> None:
    columns = _tiles(target.left(), target.width(), size.width(), ways[0])
    rows = _tiles(target.top(), target.height(), size.height(), ways[1])
    if not columns or not rows:
        return
    painter.save()
    painter.setClipRect(target, Qt.ClipOperation.IntersectClip)
    if "space" in ways:
        for x, width in columns[:MOST_TILES]:
            for y, height in rows[:MOST_TILES]:
                painter.drawImage(QRectF(x, y, width, height), image, source)
    else:
        (x, width), (y, height) = columns[0], rows[0]
        part = image.copy(source.toRect())
        brush = QBrush(part)
        brush.setTransform(QTransform.fromTranslate(x, y).scale(width / part.width(), height / part.height()))
        painter.fillRect(target, brush)
    painter.restore()


def _tiles(start: float, length: float, size: float, way: str) -> list[tuple[float, float]]:
    """Start and length of each copy along one direction."""
    if way == "stretch" or size <= 0 or length / size > MOST_TILES:
        return [(start, length)]
    if way == "round":
        count = max(1, round(length / size))
        return [(start + length / count * number, length / count) for number in range(count)]
    if way == "space":
        count = int(length / size + 0.001)
        gap = (length - count * size) / (count + 1)
        return [(start + gap + (size + gap) * number, size) for number in range(count)]
    # Repeated from the middle.
    first = start + (length - size) / 2
    first -= math.ceil((first - start) / size) * size
    count = math.ceil((start + length - first) / size)
    return [(first + size * number, size) for number in range(count)]
