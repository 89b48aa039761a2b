"""Draws a small desktop as a theme has it: the theme's own boxes, colours and letters, without a running shell."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QLinearGradient, QPainter, QPainterPath, QPen, QPolygonF

from berth.core.problem import Problem
from berth.themes.bars import Bars, read_bars
from berth.themes.design_tokens import Value
from berth.themes.engine import Engine
from berth.themes.environment import Environment
from berth.themes.findings import Invalid
from berth.themes.stack import Stack
from berth.themes.token_schema import SCHEMA, property_name
from berth.themes.vocabulary import ROOT, element_at
from berth.ui.box_pictures import Paintings, ThemePictures
from berth.ui.looks import entries
from berth.ui.theme_preview import HEIGHT, WIDTH
from berth.ui.token_values import read_token

_ROOM = (800.0, 500.0)
"""Logical pixels of the desktop that is drawn; its width gives the scale."""
_SCALE = WIDTH / _ROOM[0]


def scene(folder: Path, base: Path, scheme: str, contrast: str) -> QImage:
    """The picture of the theme in `folder`; `base` is the default theme's folder.

    Raises:
        Problem: ``theme-invalid`` if its sheets are not sound.
    """
    stack = Stack(base, folder)
    contexts = {"scheme": scheme, "contrast": contrast, "density": "pointer", "motion": "reduced"}
    items = stack.read({**contexts, "formFactor": "desktop"})
    if not all(stack.sound(f"{place}/style.css") for place in stack.folders):
        raise Problem("theme-invalid", f"{folder} is not sound.")
    environment = Environment(
        *_ROOM, scheme=scheme, contrast="more" if contrast else "no-preference", motion="reduce", form_factor="desktop"
    )
    return _Scene(stack, Engine(items, environment)).draw()


def fitted(data: bytes) -> QImage:
    """A picture that a theme brings, as small as those that are drawn. Raises ValueError if it cannot be decoded."""
    image = QImage.fromData(data)
    if image.isNull():
        raise ValueError("no picture")
    wanted, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return image.scaled(WIDTH, HEIGHT, wanted, smooth)


class _Scene:
    def __init__(self, stack: Stack, engine: Engine) -> None:
        self._engine = engine
        self._paintings = Paintings(ThemePictures())
        self._paintings.pictures.use(stack.folders)
        self._image = QImage(WIDTH, HEIGHT, QImage.Format.Format_ARGB32_Premultiplied)
        self._painter = QPainter(self._image)
        self._painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self._painter.scale(_SCALE, _SCALE)

    def draw(self) -> QImage:
        try:
            self._draw()
        finally:
            self._painter.end()  # before the image goes
        return self._image.convertToFormat(QImage.Format.Format_RGB32)

    def _draw(self) -> None:
        self._sea()
        self._box(ROOT, QRectF(0, 0, *_ROOM))
        self._window("window", QRectF(70, 50, 380, 250), "Berth")
        self._window("window:focus", QRectF(220, 120, 400, 290), "Berth")
        self._menu(QRectF(570, 60, 190, 158))
        bars = read_bars(self._engine.style(element_at(self._engine.elements, ROOT)))
        # As in `berth.ui.dock`: without a dock there is a panel.
        panel = bars.panel_shown == "always" or bars.dock_shown == "never"
        if panel:
            self._panel()
        if bars.dock_shown != "never":
            self._dock(bars, _ROOM[1] - (self._size("panel") if panel else 0), start=not panel)

    # --- parts

    def _sea(self) -> None:
        """What the desktop has without a wallpaper of the theme's; see `berth.ui.wallpaper`."""
        width, height = _ROOM
        sky = QLinearGradient(0, 0, 0, height)
        sky.setColorAt(0, self._token("wallpaperTop"))
        sky.setColorAt(1, self._token("wallpaperBottom"))
        self._painter.fillRect(QRectF(0, 0, width, height), sky)
        for number in range(1, 5):
            top = height * (0.55 + 0.1 * number)
            shore = [QPointF(x, top + 22 * (((x + 170 * number) % 400) / 200 - 1) ** 2) for x in range(0, 840, 20)]
            self._painter.setPen(Qt.PenStyle.NoPen)
            self._painter.setBrush(self._token(f"wave{number}"))
            self._painter.drawPolygon(QPolygonF([QPointF(0, height), *shore, QPointF(width, height)]))

    def _window(self, window: str, place: QRectF, title: str) -> None:
        bar = self._size("titleBar")
        self._box(window, place)
        inside = place.adjusted(2, bar, -2, -2)
        self._painter.fillRect(inside, self._token("windowBackground"))
        strip = QRectF(place.x(), place.y(), place.width(), bar)
        look = self._box(f"{window} titlebar", strip)
        self._words(look, title, strip.adjusted(14, 0, -14, 0))
        side = min(self._size("titleButton"), bar - 4)
        for number in range(3):
            button = QRectF(strip.right() - (number + 1) * (side + 3) - 3, strip.y() + (bar - side) / 2, side, side)
            look = self._box(f"{window} titlebar button.icon", button)
            self._painter.setPen(QPen(look["color"], 2))
            middle, arm = button.center(), side / 6
            self._painter.drawLine(middle - QPointF(arm, 0), middle + QPointF(arm, 0))
        text = self._token("text")
        for line, share in enumerate((0.8, 0.62, 0.74, 0.4)):
            row = QRectF(inside.x() + 18, inside.y() + 20 + 20 * line, (inside.width() - 36) * share, 5)
            text.setAlphaF(0.9 if line == 0 else 0.5)
            self._painter.fillRect(row, text)
        place = QRectF(inside.right() - 128, inside.bottom() - 52, 110, self._size("control"))
        self._words(self._box("button.primary", place), "Aa", place, Qt.AlignmentFlag.AlignCenter)
        place = place.translated(-122, 0)
        self._words(self._box("button", place), "Aa", place, Qt.AlignmentFlag.AlignCenter)

    def _menu(self, place: QRectF) -> None:
        self._box("menu", place)
        for line, state in enumerate(("", ":hover", "", "")):
            item = QRectF(place.x() + 5, place.y() + 5 + 37 * line, place.width() - 10, 36)
            look = self._box(f"menu item{state}", item)
            bar = QRectF(item.x() + 14, item.center().y() - 3, item.width() * (0.7 - 0.12 * (line % 3)), 6)
            self._painter.fillRect(bar, look["color"])

    def _panel(self) -> None:
        width, height = _ROOM
        deep = self._size("panel")
        self._box("panel", QRectF(0, height - deep, width, deep))
        side = self._size("panelItem")
        top = height - (deep + side) / 2
        self._box("panel button.start", QRectF(8, top, side, side))
        for number, state in enumerate((":focus", "", "")):
            task = QRectF(16 + side + number * 138, top, 130, side)
            look = self._box(f"panel task{state}", task)
            self._painter.fillRect(QRectF(task.x() + 12, task.center().y() - 3, 70 - 12 * number, 6), look["color"])

    def _dock(self, bars: Bars, floor: float, *, start: bool) -> None:
        """Above `floor`; with the launcher's button where there is no panel."""
        upright, fills = bars.dock_edge != "bottom", bars.dock_length == "fill"
        whole, gap = floor if upright else _ROOM[0], 0 if fills else self._size("dockGap")
        deep, side = self._size("dock"), self._size("dockItem")
        states = (":running:focus", ":running", "", "")
        row = (len(states) + start) * (side + 4) - 4
        length = whole if fills else row + deep - side
        across = {"left": gap, "right": _ROOM[0] - gap - deep, "bottom": floor - gap - deep}[bars.dock_edge]
        ground = _turned((whole - length) / 2, across, length, deep, upright)
        self._box(f"dock.{bars.dock_edge}" + fills * ".attached", ground)
        begin, inset = (whole - row) / 2, (deep - side) / 2
        places = [_turned(begin + n * (side + 4), across + inset, side, side, upright) for n in range(5)]
        if start:
            button = QRectF(0, 0, self._size("panelItem"), self._size("panelItem"))
            button.moveCenter(places.pop(0).center())
            self._box("panel button.start", button)
        for place, state, token in zip(places, states, ("accent", "warning", "danger", "info"), strict=False):
            self._app(place, state, token, bars.dock_edge)

    def _app(self, place: QRectF, state: str, token: str, edge: str) -> None:
        """An app of the dock; a patch of colour is its icon."""
        self._box(f"dock app{state}", place)
        side, thick = self._size("dockIcon"), self._size("marker")
        icon = QRectF(0, 0, side, side)
        icon.moveCenter(place.center())
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(self._token(token))
        self._painter.drawRoundedRect(icon, side / 4, side / 4)
        if state:
            focus = ":focus" if "focus" in state else ""
            long = side / 2 if focus else 2 * thick
            along = (place.center().y() if edge != "bottom" else place.center().x()) - long / 2
            across = {"left": place.left(), "right": place.right() - thick, "bottom": place.bottom() - thick}[edge]
            self._box(f"dock mark{focus}", _turned(along, across, long, thick, edge != "bottom"))

    # --- pieces

    def _box(self, path: str, place: QRectF) -> dict[str, Any]:
        """Draw the ground of an element; returns what its table would hold."""
        look = entries(self._engine, element_at(self._engine.elements, path), self._paintings, still=True)
        self._picture(look["shade"], place)
        if look["ground"]:
            self._picture(look["ground"], place)
        else:
            self._plain(look, place)
        return look

    def _picture(self, described: list[Any], place: QRectF) -> None:
        if not described:
            return
        number, top, right, bottom, left, _patch = described
        image = self._paintings.paint(number, place.width(), place.height(), _SCALE)
        self._painter.drawImage(place.adjusted(-left, -top, right, bottom), image)

    def _plain(self, look: dict[str, Any], place: QRectF) -> None:
        line = look["borderWidth"]
        self._painter.setBrush(look["background"])
        self._painter.setPen(QPen(look["borderColor"], line) if line else Qt.PenStyle.NoPen)
        self._painter.drawPath(_rounded(place.adjusted(line / 2, line / 2, -line / 2, -line / 2), look))

    def _words(
        self,
        look: dict[str, Any],
        text: str,
        place: QRectF,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    ) -> None:
        font = QFont(look["fontFamily"])
        font.setPixelSize(look["fontSize"])
        font.setWeight(QFont.Weight(look["fontWeight"]))
        self._painter.setFont(font)
        self._painter.setPen(look["color"])
        self._painter.drawText(place, int(align), text)

    # --- tokens

    def _token(self, name: str) -> QColor:
        digits = str(self._value(f"color.{name}")).removeprefix("#")
        return QColor.fromRgb(*bytes.fromhex(digits))

    def _size(self, name: str) -> float:
        return float(str(self._value(f"size.{name}")))

    def _value(self, token: str) -> Value:
        """As the theme has it, or as it is without any."""
        group, _, name = token.partition(".")
        style = self._engine.style(element_at(self._engine.elements, ROOT))
        custom = style.customs.get(property_name(token))
        if custom is not None:
            with suppress(Invalid):
                return read_token(token, custom.text, style)
        return SCHEMA[group][name]


def _rounded(place: QRectF, look: dict[str, Any]) -> QPainterPath:
    most = min(place.width(), place.height()) / 2
    radii = {corner: min(look[f"{corner}Radius"], most) for corner in _CORNERS}
    path = QPainterPath()
    path.moveTo(place.left() + radii["topLeft"], place.top())
    for corner, end, start in (
        ("topRight", place.topRight(), 90),
        ("bottomRight", place.bottomRight(), 0),
        ("bottomLeft", place.bottomLeft(), 270),
        ("topLeft", place.topLeft(), 180),
    ):
        size = 2 * radii[corner]
        x = end.x() - size if "Right" in corner else end.x()
        y = end.y() - size if "bottom" in corner else end.y()
        if size:
            path.arcTo(QRectF(x, y, size, size), start, -90)
        else:
            path.lineTo(end)
    path.closeSubpath()
    return path


_CORNERS = ("topLeft", "topRight", "bottomRight", "bottomLeft")


def _turned(along: float, across: float, length: float, deep: float, upright: bool) -> QRectF:
    return QRectF(across, along, deep, length) if upright else QRectF(along, across, length, deep)
