"""Rules with ``:has()`` on the running desktop: what is inside of an element changes how it looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QUrl
from PySide6.QtGui import QColor
from PySide6.QtQml import QQmlComponent, QQmlPropertyMap
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.ui import inside
from tests.qml.conftest import OpenStage, save
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items

RED, BLUE = QColor(255, 0, 0), QColor(0, 0, 255)
FAR = QPoint(600, 300)


@pytest.fixture
def stage(theme: Path, tmp_path: Path, open_stage: OpenStage) -> Stage:
    stage = open_stage(themes=[theme.parent], config=tmp_path / "config")
    stage.listed()
    return stage


def elements(stage: Stage, path: str) -> list[QQuickItem]:
    every = items(stage.view.contentItem())
    return [item for item in every if item.isVisible() and str(item.property("element")).startswith(path)]


def ground(stage: Stage, item: QQuickItem) -> QColor:
    """What is drawn at the lower edge of an item."""
    place = item.mapRectToScene(QRectF(0, 0, item.width(), item.height())).toRect()
    return stage.picture().pixelColor(place.center().x(), place.bottom() - 2)


def move(stage: Stage, place: QPoint) -> None:
    """As a hand does; where the pointer is already it would not come."""
    QTest.mouseMove(stage.view, place + QPoint(2, -2))
    QTest.mouseMove(stage.view, place)


def middle(item: QQuickItem) -> QPoint:
    return item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()


def test_a_panel_follows_what_is_inside_of_it(stage: Stage, theme: Path) -> None:
    save(stage, theme, "panel { background-color: blue } panel:has(button:hover) { background-color: red }")
    (panel,) = elements(stage, "panel")[:1]
    assert ground(stage, panel) == BLUE
    (start,) = elements(stage, "panel button.start")
    move(stage, middle(start))
    pump(lambda: ground(stage, panel) == RED)
    move(stage, FAR)
    pump(lambda: ground(stage, panel) == BLUE)
    # The rule goes while it holds.
    move(stage, middle(start))
    pump(lambda: ground(stage, panel) == RED)
    save(stage, theme, "panel { background-color: blue }")
    assert ground(stage, panel) == BLUE
    assert not any(item.property("dressed") for item in items(stage.view.contentItem()))


def opacity(item: QQuickItem) -> float:
    look = item.property("look")
    assert isinstance(look, QQmlPropertyMap)
    return float(look.value("opacity"))


def test_what_is_in_it_follows_too(stage: Stage, theme: Path) -> None:
    save(stage, theme, "panel:has(button:hover) button { opacity: 0.5 }")
    (start,) = elements(stage, "panel button.start")
    assert opacity(start) == 1
    move(stage, middle(start))
    pump(lambda: opacity(start) == 0.5)
    move(stage, FAR)
    pump(lambda: opacity(start) == 1)


def test_what_comes_and_goes_counts(stage: Stage, theme: Path) -> None:
    save(stage, theme, "panel:has(button) { opacity: 0.5 }")
    panel, start = elements(stage, "panel")[0], elements(stage, "panel button.start")[0]
    assert opacity(panel) == 0.5
    start.setVisible(False)
    pump(lambda: opacity(panel) == 1)
    start.setVisible(True)
    pump(lambda: opacity(panel) == 0.5)
    parent = start.parentItem()
    start.setParentItem(None)
    pump(lambda: opacity(panel) == 1)
    start.setParentItem(parent)
    pump(lambda: opacity(panel) == 0.5)


_TWO = b"""
import QtQuick
import "components"
Item {
    Repeater {
        model: 2
        Item {
            id: frame
            required property int index
            readonly property string element: "window" + ":focus"
            Box { element: frame.element }
            Box { element: frame.element + " titlebar" }
            Label { objectName: "title"; within: frame.element + " titlebar" }
            Box { objectName: "button" + frame.index; element: frame.element + " titlebar button.icon" }
        }
    }
}
"""


def test_elements_of_one_path_differ_by_what_is_in_them(stage: Stage, theme: Path) -> None:
    """The bar of a window lies beside what is in it, as items; its path says what it is in."""
    component = QQmlComponent(stage.qml_engine)
    component.setData(_TWO, QUrl.fromLocalFile(f"{stage.qml}/two.qml"))
    two = component.create()
    assert isinstance(two, QQuickItem), component.errors()
    two.setParentItem(stage.view.contentItem())
    sheet = "window:has(titlebar > button:hover) { opacity: 0.5 } titlebar:has(button:hover) label { opacity: 0.2 }"
    save(stage, theme, sheet)
    frames = [
        item for item in elements(stage, "window") if " " not in item.property("element") and item.property("look")
    ]
    titles = [item for item in items(two) if item.objectName() == "title"]
    assert [opacity(item) for item in [*frames, *titles]] == [1, 1, 1, 1]
    stage.item("button1").setProperty("element", "window:focus titlebar button.icon:hover")
    pump(lambda: [opacity(item) for item in [*frames, *titles]] == [1, 0.5, 1, 0.2])
    stage.item("button0").setProperty("element", "window:focus titlebar button.icon:hover")
    pump(lambda: [opacity(item) for item in [*frames, *titles]] == [0.5, 0.5, 0.2, 0.2])
    stage.item("button1").deleteLater()
    pump(lambda: [opacity(item) for item in [*frames, *titles]] == [0.5, 1, 0.2, 1])
    two.deleteLater()


def test_without_such_rules_nobody_looks(stage: Stage, theme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[bool] = []
    monkeypatch.setattr(inside.Inside, "_walk", lambda *_: looks.append(True))
    save(stage, theme, "panel:hover { background-color: red }")
    move(stage, middle(elements(stage, "panel button.start")[0]))
    stage.shell.launcherOpen = True
    pump(lambda: bool(elements(stage, "launcher")))
    assert not looks
    save(stage, theme, "panel:has(task) { background-color: red }")
    assert looks


def test_a_theme_that_asks_too_much_is_told_of(stage: Stage, theme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "MOST_STEPS", 1)
    save(stage, theme, "panel { background-color: blue } panel:has(button) { background-color: red }")
    assert ground(stage, elements(stage, "panel")[0]) == BLUE
    model = stage.shell.notices
    roles = {bytes(name).decode(): role for role, name in model.roleNames().items()}
    pump(
        lambda: any(
            ":has()" in str(model.data(model.index(row, 0), roles["message"])) for row in range(model.rowCount())
        )
    )


def test_tables_are_used_again(stage: Stage, theme: Path) -> None:
    follower = stage.styles._inside
    for number in range(12):
        save(stage, theme, f"panel:has(button.c{number}, button) {{ background-color: rgb({number} 0 0) }}")
        assert ground(stage, elements(stage, "panel")[0]) == QColor(number, 0, 0)
    most = len(follower._tables) + len(follower._spare)
    assert most <= 2 * len(follower._tables)
    assert len(stage.styles.engine._styles) < 3 * len(stage.styles._maps)
