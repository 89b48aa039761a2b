"""The menu of an output: opened by pointer, finger or keyboard, and what its lines do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items, keep


def lines(stage: Stage) -> dict[str, QQuickItem]:
    menu = next((item for item in items(stage.view.contentItem()) if item.objectName() == "outputMenu"), None)
    found = items(menu) if menu is not None else iter(())
    return {
        str(item.property("text")): item
        for item in found
        if item.metaObject().className().startswith("MenuEntry") and item.isVisible()
    }


def opened(stage: Stage) -> dict[str, QQuickItem]:
    stage.scene.shortcutActivated.emit("output-menu")
    pump(lambda: lines(stage))
    stage.picture()  # lays everything out
    return lines(stage)


def test_the_background_opens_it(open_stage: OpenStage) -> None:
    stage = open_stage()
    # Nothing of an app lies there.
    stage.item("windowArea").setVisible(False)
    place = QPoint(1270, 300)
    QTest.mouseClick(stage.view, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, place)
    pump(lambda: lines(stage))
    assert stage.scene.menu_open
    keep(stage.picture(), "output-menu")
    card = stage.item("outputMenu")
    assert card.mapToScene(card.boundingRect().bottomRight()).x() <= 1280
    QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(20, 20))
    pump(lambda: not lines(stage))
    assert not stage.scene.menu_open and not stage.scene.actions


def test_the_keyboard_goes_through_it(open_stage: OpenStage) -> None:
    stage = open_stage()
    found = opened(stage)
    # The output has the panel, and cannot be smaller.
    turning, sizes = ["Turn to the left", "Turn to the right"], ["Everything larger", "Everything smaller"]
    assert list(found) == [*turning, *sizes, "Themes", "Add a theme…", "Inspect the look"]
    assert found["Turn to the left"].hasActiveFocus()
    assert found["Everything larger"].property("keys") == "125 %"
    for _ in range(4):
        stage.key(Qt.Key.Key_Up)
    # What cannot be chosen is left out.
    assert found["Everything larger"].hasActiveFocus()
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not lines(stage))
    assert stage.item("windowArea").hasActiveFocus()


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Turn to the left", ("turn BERTH-1", 1)),
        ("Turn to the right", ("turn BERTH-1", 3)),
        ("Everything larger", ("scale BERTH-1", 175)),
        ("Everything smaller", ("scale BERTH-1", 125)),
        ("Panel on this screen", ("primary BERTH-1", 0)),
    ],
)
def test_what_its_lines_do(open_stage: OpenStage, text: str, action: tuple[str, int]) -> None:
    stage = open_stage()
    stage.output.look(scale=1.5, primary=False)
    stage.click(opened(stage)[text])
    assert stage.scene.actions == [action]
    pump(lambda: not lines(stage))


def test_there_is_one_menu_at_a_time_and_none_under_a_question(open_stage: OpenStage) -> None:
    stage = open_stage()
    opened(stage)
    stage.shell.launcherOpen = True
    pump(lambda: not lines(stage))
    stage.scene.shortcutActivated.emit("output-menu")
    assert not lines(stage)
