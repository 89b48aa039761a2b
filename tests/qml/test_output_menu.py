"""The menu of an output: opened by pointer, finger or keyboard, and what its lines do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items, keep, kind


def lines(stage: Stage) -> dict[str, QQuickItem]:
    menu = next((item for item in items(stage.view.contentItem()) if item.objectName() == "outputMenu"), None)
    found = items(menu) if menu is not None else iter(())
    return {
        str(item.property("text")): item for item in found if kind(item).startswith("MenuEntry") and item.isVisible()
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
    looks = [
        "Screens…",
        "Themes",
        "The dock…",
        "Add a theme…",
        "Turn sounds off",
        "Lock the screen",
        "Lock by itself…",
        "Inspect the look",
    ]
    assert list(found) == [*turning, *sizes, *looks]
    assert found["Turn to the left"].hasActiveFocus()
    assert found["Everything larger"].property("keys") == "125 %"
    for _ in range(9):
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


TIMES = [0, 60, 120, 300, 600, 1800]


def times(stage: Stage) -> dict[str, QQuickItem]:
    """The lines of the menu of times, once it is open."""
    stage.click(opened(stage)["Lock by itself…"])
    pump(lambda: not lines(stage))
    entries = [item for item in items(stage.item("lockTimes")) if kind(item).startswith("MenuEntry")]
    return {str(entry.property("text")): entry for entry in entries}


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_time_until_it_locks_is_chosen(open_stage: OpenStage, layout: str, scheme: str) -> None:
    stage = open_stage(layout, scheme=scheme)
    chosen: list[int] = []
    stage.lock.timeChosen.connect(chosen.append)
    stage.lock.set_time(600)
    found = times(stage)
    minutes = [f"After {number} minutes" for number in (2, 5, 10, 30)]
    assert list(found) == ["Never", "After 1 minute", *minutes]
    keep(stage.picture(), f"lock-times-{layout.lower()}-{scheme}")
    marked = [text for text, entry in found.items() if entry.property("symbol") == "check"]
    assert marked == ["After 10 minutes"] and found["After 10 minutes"].hasActiveFocus()
    said = QAccessible.queryAccessibleInterface(found["After 10 minutes"])
    assert said.state().checked and said.role() == QAccessible.Role.RadioButton
    stage.key(Qt.Key.Key_Up)
    stage.key(Qt.Key.Key_Return)
    assert chosen == [300]
    pump(lambda: not stage.scene.menu_open)
    assert stage.item("windowArea").hasActiveFocus()


def test_all_times_can_be_chosen_and_no_others(open_stage: OpenStage) -> None:
    stage = open_stage()
    chosen: list[int] = []
    stage.lock.timeChosen.connect(chosen.append)
    for text in list(times(stage)):
        stage.key(Qt.Key.Key_Escape)
        pump(lambda: not stage.scene.menu_open)
        stage.click(times(stage)[text])
        pump(lambda: not stage.scene.menu_open)
    assert chosen == TIMES
    stage.lock.chooseTime(7)
    assert chosen == TIMES
    stage.lock.set_time(180)  # from the command line
    assert [text for text, entry in times(stage).items() if entry.property("chosen")] == ["After 3 minutes"]


def test_the_menu_of_times_is_mirrored(open_stage: OpenStage) -> None:
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage("Phone")
    times(stage)
    keep(stage.picture(), "lock-times-rtl")
    card = stage.item("lockTimes")
    place = card.mapRectToScene(QRectF(0, 0, card.width(), card.height()))
    assert QRectF(0, 0, stage.view.width(), stage.view.height()).contains(place)


def test_there_is_one_menu_at_a_time_and_none_under_a_question(open_stage: OpenStage) -> None:
    stage = open_stage()
    opened(stage)
    stage.shell.launcherOpen = True
    pump(lambda: not lines(stage))
    stage.scene.shortcutActivated.emit("output-menu")
    assert not lines(stage)
