"""Pictures of what the vocabulary of themes names, drawn by the shell's own components with the default theme."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, QUrl
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.themes.token_schema import SCHEMA
from berth.themes.vocabulary import KINDS, ROOT
from berth.ui.osd import Sign
from berth.ui.shown import element_of
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items, no_long_press

WIDTH = 880
ROOM = QSize(900, 620)
_GAP = 14
_MARGIN = 16
_SHADOW = 20
_CAPTION = 18
_SHADOWED = ("window", "dock", "menu", "notice", "prompt", "inspector", "card", "login", "osd", "icon", "variants")
_SIGNS: dict[str, Sign] = {
    "icon": Sign("volume", "volume", "Volume 60 %", 0.6),
    "volume": Sign("volume", "volume", "Volume 60 %", 0.6),
    "microphone": Sign("microphone", "microphone", "Microphone 60 %", 0.6),
    "brightness": Sign("brightness", "brightness", "Brightness 60 %", 0.6),
    "keyboard": Sign("keyboard", "capsLock", "Caps Lock is on"),
    "screen": Sign("screen", "screen", "Scale 150 %"),
}
_SMALLER = {"launcher": 0.6, "prompt": 0.75, "inspector": 0.7, "menu": 0.85, "lock": 0.6, "greeter": 0.6, "login": 0.8}
"""Large ones, which can be told from each other in less room."""
_NEVER = ("start:disabled", "brightness:muted", "keyboard:muted", "screen:muted")
SHOWS = "Shows"
"""The text in a picture's file that says which classes and states, or tokens, are in it."""


class Specimen(NamedTuple):
    """An element with at most one class and one state."""

    kind: str
    variant: str = ""
    states: tuple[str, ...] = ()

    @property
    def caption(self) -> str:
        if self.kind == "titlebar":
            return "titlebar[uses~=screen-capture]" if "uses" in self.states else self.bar
        words = "".join((f".{self.variant}" if self.variant else "", *(f":{state}" for state in self.states)))
        return words or self.kind

    @property
    def bar(self) -> str:
        """The path of a title bar, whose states are its window's; ``uses`` stands for an app that takes pictures."""
        used = "[uses~=screen-capture]" if "uses" in self.states else ""
        states = "".join(f":{state}" for state in self.states if state != "uses")
        return f"window{used}{states} titlebar{used}"

    @property
    def shows(self) -> set[str]:
        """The element, its ``.class`` and its ``:state``; a title bar has the states of its window."""
        if self.kind == "titlebar":
            return {self.kind}
        return {self.kind, *([f".{self.variant}"] if self.variant else []), *(f":{state}" for state in self.states)}


def specimens(kind: str) -> Iterator[list[Specimen]]:
    """Rows; the first one is without a class, if the element can be without."""
    if kind == "titlebar":
        yield [Specimen(kind), Specimen(kind, "", ("focus",)), Specimen(kind, "", ("focus", "uses"))]
        return
    classes = KINDS[kind].classes
    for variant in classes if kind in ("notice", "osd") else ("", *classes):
        states = [state for state in KINDS[kind].states if f"{variant}:{state}" not in _NEVER]
        yield [Specimen(kind, variant), *(Specimen(kind, variant, (state,)) for state in states)]


class Studio:
    """Draws specimens in the window of a stage."""

    def __init__(self, stage: Stage, qml: Path) -> None:
        self.stage = stage
        stage.view.setInitialProperties({})
        stage.view.setSource(QUrl.fromLocalFile(str(qml / "Specimens.qml")))
        assert stage.view.status() == stage.view.Status.Ready, [error.toString() for error in stage.view.errors()]
        stage.view.resize(ROOM)
        pump(lambda: (stage.view.width(), stage.view.height()) == ROOM.toTuple(), 60)
        self.root = stage.view.rootObject()

    def use(self, scheme: str) -> None:
        self.stage.tokens.setProperty("scheme", scheme)

    def sheet(self, rows: list[list[tuple[str, QImage]]]) -> QImage:
        """Pictures in rows, on the ground that the last one was taken on."""
        colors = self.stage.tokens.groups["color"]
        return sheet(rows, self.root.property("color"), QColor(colors.value("text")))

    def take(self, specimen: Specimen) -> QImage:
        """A picture of it alone. Fails if what is drawn does not say that it is this element in this state."""
        self._leave()
        self.stage.shell.launcherOpen = specimen.kind == "launcher"
        self.root.setProperty("variant", specimen.variant)
        self.root.setProperty("states", list(specimen.states))
        if specimen.kind in ("osd", "icon"):
            self.stage.shell.osd.show(_sign(specimen))
        if specimen.kind == "inspector":
            self.stage.inspector.show("button.primary:hover")
        self.root.setProperty("kind", specimen.kind)
        item = self.root.property("shown")
        assert isinstance(item, QQuickItem), specimen
        self._bring_into(item, specimen)
        if "active" in specimen.states:
            picture = self._pressed(item, specimen)
        else:
            pump(lambda: self._is(item, specimen), 60)
            picture = self._picture(item, specimen.kind)
        return picture

    def tokens(self, group: str) -> QImage:
        self._leave()
        self.root.setProperty("kind", group)
        self.root.setProperty("names", list(SCHEMA[group]))
        return self._picture(self.root.property("shown"), group)

    def _leave(self) -> None:
        QTest.mouseMove(self.stage.view, QPoint(1, 1))
        self.root.setProperty("names", [])
        self.root.setProperty("kind", "")

    def _bring_into(self, item: QQuickItem, specimen: Specimen) -> None:
        if "focus-visible" in specimen.states:
            item.forceActiveFocus(Qt.FocusReason.TabFocusReason)
        elif specimen == ("field", "", ("focus",)):
            item.forceActiveFocus()
        if "hover" in specimen.states:
            QTest.mouseMove(self.stage.view, _middle(item))

    def _pressed(self, item: QQuickItem, specimen: Specimen) -> QImage:
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        with no_long_press():
            QTest.mousePress(self.stage.view, left, none, _middle(item))
            try:
                pump(lambda: self._is(item, specimen), 60)
                return self._picture(item, specimen.kind)
            finally:
                QTest.mouseRelease(self.stage.view, left, none, QPoint(1, 1))

    def _is(self, item: QQuickItem, specimen: Specimen) -> bool:
        """Whether it has the element's name, the class and the states; a prompt takes answers only after a moment."""
        found = [path for one in items(item) if (path := element_of(one)) is not None]
        if specimen.kind == "titlebar":
            return specimen.bar in found
        lasts = [(path.split() or [ROOT])[-1] for path in found]
        if not specimen.states:
            lasts = [last for last in lasts if ":" not in last]
        return any(specimen.shows <= set(_pieces(last)) for last in lasts) and item.property("ready") is not False

    def _picture(self, item: QQuickItem, kind: str) -> QImage:
        self.stage.picture()  # which gives everything its place
        room = _SHADOW if kind in _SHADOWED else 6
        place = item.mapRectToScene(QRectF(0, 0, item.width(), item.height())).toAlignedRect()
        whole = self.stage.picture()
        picture = whole.copy(place.adjusted(-room, -room, room, room).intersected(whole.rect()))
        scale = _SMALLER.get(kind, 1.0)
        size = picture.size() * scale
        return picture.scaled(size, mode=Qt.TransformationMode.SmoothTransformation) if scale < 1 else picture


def _sign(specimen: Specimen) -> Sign:
    sign = _SIGNS[specimen.variant or specimen.kind]
    if "muted" not in specimen.states:
        return sign
    words = "Microphone is off" if sign.kind == "microphone" else "Sound is off"
    return msgspec.structs.replace(sign, symbol=f"{sign.symbol}Off", words=words, muted=True)


def _middle(item: QQuickItem) -> QPoint:
    return item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()


def _pieces(word: str) -> list[str]:
    """``button.primary:hover`` in its parts, each with its sign."""
    return word.replace(".", " .").replace(":", " :").split()


def sheet(rows: list[list[tuple[str, QImage]]], ground: QColor, ink: QColor) -> QImage:
    """Pictures beside and below each other, with what they are called."""
    font = QFont("sans-serif")
    font.setPixelSize(11)
    metrics = QFontMetrics(font)
    placed: list[tuple[QPoint, str, QImage]] = []
    y, widest = _MARGIN, 0
    for row in rows:
        x, height = _MARGIN, 0
        for caption, picture in row:
            width = max(picture.width(), metrics.horizontalAdvance(caption))
            if x > _MARGIN and x + width + _MARGIN > WIDTH:
                x, y, height = _MARGIN, y + height + _GAP, 0
            placed.append((QPoint(x, y), caption, picture))
            height = max(height, picture.height() + (_CAPTION if caption else 0))
            x += width + _GAP
            widest = max(widest, x)
        y += height + _GAP
    found = QImage(widest - _GAP + _MARGIN, y - _GAP + _MARGIN, QImage.Format.Format_RGB32)
    found.fill(ground)
    painter = QPainter(found)
    painter.setFont(font)
    painter.setPen(ink)
    for at, caption, picture in placed:
        painter.drawImage(at, picture)
        painter.drawText(
            QRect(at.x(), at.y() + picture.height(), WIDTH, _CAPTION), Qt.AlignmentFlag.AlignVCenter, caption
        )
    painter.end()
    return found


def joined(light: QImage, dark: QImage | None, shows: list[str]) -> QImage:
    """Both schemes: beside each other where there is room, else one below the other."""
    found = light.copy() if dark is None else _both(light, dark)
    found.setText(SHOWS, " ".join(shows))
    return found


def _both(light: QImage, dark: QImage) -> QImage:
    beside = light.width() + dark.width() <= WIDTH
    width = light.width() + dark.width() if beside else max(light.width(), dark.width())
    height = max(light.height(), dark.height()) if beside else light.height() + dark.height()
    found = QImage(width, height, QImage.Format.Format_RGB32)
    found.fill(light.pixelColor(0, 0))
    painter = QPainter(found)
    painter.drawImage(0, 0, light)
    painter.drawImage(light.width() if beside else 0, 0 if beside else light.height(), dark)
    painter.end()
    return found
