"""The card of the screens: what is chosen holds at once, and goes back unless it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRectF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.themes.stack import choose
from berth.ui.output import Output
from berth.ui.output_settings import PATIENCE
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items, keep, kind
from tests.qml.test_lock import THEMES, words
from tests.qml.test_output_menu import lines, opened


def settle(stage: Stage) -> None:
    """What is called later has been called, and what it laid out is drawn."""
    stage.picture()
    QCoreApplication.processEvents()
    stage.picture()


def show(stage: Stage) -> None:
    """No second goes by but those that a test lets go by."""
    tick = stage.output_settings._tick
    assert tick.interval() == 1000
    tick.setInterval(3_600_000)
    stage.output_settings.show()
    settle(stage)


def choice(stage: Stage, text: str, output: str = "BERTH-1") -> QQuickItem:
    return stage.item(f"{output}={text}")


def asks(stage: Stage) -> bool:
    return bool(stage.output_settings.property("asking"))


def test_the_menu_leads_to_it_and_the_keyboard_goes_through_it(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.click(opened(stage)["Screens…"])
    pump(lambda: not lines(stage))
    settle(stage)
    said = QAccessible.queryAccessibleInterface(choice(stage, "100 %"))
    assert said.state().checked and said.text(QAccessible.Text.Name) == "Scale: 100 %"
    assert {"Screens", "BERTH-1", "1280 × 800", "125 %", "300 %", "Upright", "Upside down"} <= set(words(stage))
    assert choice(stage, "100 %").hasActiveFocus()
    stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Return)
    settle(stage)
    assert stage.output.looks.scale == 1.25 and asks(stage)
    assert "Keep these settings?" in words(stage) and stage.item("outputsBack").hasActiveFocus()
    stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Return)
    settle(stage)
    assert stage.outputs.kept == [("BERTH-1", 1.25, -1)] and not asks(stage)
    assert stage.item("leaveOutputs").hasActiveFocus()
    stage.key(Qt.Key.Key_Escape)
    settle(stage)
    assert not stage.output_settings.property("open") and stage.output.looks.scale == 1.25


def test_without_an_answer_it_goes_back(open_stage: OpenStage) -> None:
    stage = open_stage()
    show(stage)
    stage.click(choice(stage, "To the left"))
    settle(stage)
    assert stage.output.looks.transform == 1
    tick = stage.output_settings._tick
    assert tick.isActive()
    for second in range(PATIENCE):
        assert stage.output_settings.property("left") == PATIENCE - second
        tick.timeout.emit()
    assert stage.output.looks.transform == 0 and not asks(stage) and not tick.isActive()
    assert not stage.outputs.kept and stage.output_settings.property("open")


@pytest.mark.parametrize("way", ["escape", "button", "beside"])
def test_the_answer_can_be_no(open_stage: OpenStage, way: str) -> None:
    stage = open_stage()
    show(stage)
    stage.click(choice(stage, "150 %"))
    settle(stage)
    assert stage.output.looks.scale == 1.5
    if way == "escape":
        stage.key(Qt.Key.Key_Escape)
    elif way == "button":
        stage.click(stage.item("outputsBack"))
    else:
        QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(20, 20))
    settle(stage)
    assert stage.output.looks.scale == 1.0 and not stage.outputs.kept and not asks(stage)
    assert stage.output_settings.property("open") == (way != "beside")


def test_the_way_back_to_the_default(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.outputs.set_scale("BERTH-1", 2.0)
    stage.outputs.set_transform("BERTH-1", 3)
    show(stage)
    stage.click(stage.item("undo-BERTH-1"))
    settle(stage)
    assert (stage.output.looks.scale, stage.output.looks.transform) == (1.0, 0)
    stage.click(stage.item("outputsKeep"))
    settle(stage)
    assert stage.outputs.kept == [("BERTH-1", 1.0, 0)]
    assert not stage.item("undo-BERTH-1").isEnabled()


def two(stage: Stage) -> Output:
    """A second output to the right of the first, which has the panel."""
    other = Output("DP-1", parent=stage.view)
    stage.outputs.all.append(other)
    stage.outputs.titles["DP-1"] = "Dell U2720"
    stage.outputs.line_up()
    stage.outputs.set_primary("BERTH-1")
    return other


def corners(stage: Stage) -> list[tuple[int, int]]:
    return [output.rect[:2] for output in stage.outputs.all]


def test_an_output_is_moved_to_another_side_and_back(open_stage: OpenStage) -> None:
    stage = open_stage()
    two(stage)
    show(stage)
    said = QAccessible.queryAccessibleInterface(choice(stage, "Right", "DP-1"))
    assert said.state().checked and said.text(QAccessible.Text.Name) == "Beside BERTH-1: Right"
    assert {"Beside Dell U2720", "Beside BERTH-1", "Left", "Above", "Below"} <= set(words(stage))
    stage.click(choice(stage, "Above", "DP-1"))
    settle(stage)
    assert corners(stage) == [(0, 800), (0, 0)] and asks(stage)
    stage.click(stage.item("outputsBack"))
    settle(stage)
    assert corners(stage) == [(0, 0), (1280, 0)] and not stage.outputs.arranged
    stage.click(choice(stage, "Right"))
    settle(stage)
    assert corners(stage) == [(1280, 0), (0, 0)]
    stage.click(stage.item("outputsKeep"))
    settle(stage)
    assert stage.outputs.arranged == [
        ("BERTH-1", (1280, 0, 1280, 800), True),
        ("DP-1", (0, 0, 1280, 800), False),
    ]
    assert not stage.outputs.kept
    assert QAccessible.queryAccessibleInterface(choice(stage, "Left", "DP-1")).state().checked


def test_the_panel_is_taken_to_another_output(open_stage: OpenStage) -> None:
    stage = open_stage()
    other = two(stage)
    show(stage)
    assert QAccessible.queryAccessibleInterface(choice(stage, "On this screen")).state().checked
    stage.click(choice(stage, "On this screen", "DP-1"))
    settle(stage)
    assert other.looks.primary and not stage.output.looks.primary and asks(stage)
    stage.click(stage.item("outputsKeep"))
    settle(stage)
    assert stage.outputs.arranged == [("BERTH-1", None, False), ("DP-1", None, True)] and not stage.outputs.kept


def test_what_is_so_already_asks_nothing_and_one_output_lies_nowhere(open_stage: OpenStage) -> None:
    stage = open_stage()
    show(stage)
    assert "On this screen" not in words(stage) and "Above" not in words(stage)
    stage.output_settings.move("BERTH-1", 0)
    two(stage)
    settle(stage)
    for side in (-1, 4):
        stage.output_settings.move("BERTH-1", side)
    stage.output_settings.move("nowhere", 0)
    stage.output_settings.setPrimary("BERTH-1")
    assert not asks(stage) and corners(stage) == [(0, 0), (1280, 0)]


def test_something_said_by_hand_ends_the_trial(open_stage: OpenStage) -> None:
    stage = open_stage()
    two(stage)
    show(stage)
    stage.click(choice(stage, "150 %"))
    settle(stage)
    before = [output.before for output in stage.outputs.all]
    assert all(one is not None for one in before) and stage.output_settings._tick.isActive()
    stage.output_settings.goBack()
    settle(stage)
    assert [output.before for output in stage.outputs.all] == [None, None]
    assert stage.output.looks.scale == 1.0 and not asks(stage) and not stage.output_settings._tick.isActive()


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_arrow_keys_go_through_all_that_can_be_chosen(open_stage: OpenStage, direction: Qt.LayoutDirection) -> None:
    QGuiApplication.setLayoutDirection(direction)
    stage = open_stage()
    two(stage)
    show(stage)
    mirrored = direction == Qt.LayoutDirection.RightToLeft
    onward = Qt.Key.Key_Left if mirrored else Qt.Key.Key_Right
    back = Qt.Key.Key_Right if mirrored else Qt.Key.Key_Left
    assert choice(stage, "100 %").hasActiveFocus()
    stage.key(onward)
    assert choice(stage, "125 %").hasActiveFocus()
    stage.key(Qt.Key.Key_Down)
    assert choice(stage, "150 %").hasActiveFocus()
    stage.key(Qt.Key.Key_Up)
    stage.key(back)
    assert choice(stage, "100 %").hasActiveFocus()
    stage.key(back)
    assert stage.item("leaveOutputs").hasActiveFocus()
    # Round about to the last one, which comes into view.
    stage.key(Qt.Key.Key_Up)
    last = choice(stage, "On this screen", "DP-1")
    assert last.hasActiveFocus()
    settle(stage)
    card = stage.item("outputsCard")
    place = card.mapRectToScene(QRectF(0, 0, card.width(), card.height()))
    assert place.contains(last.mapRectToScene(QRectF(0, 0, last.width(), last.height())))


def test_an_output_that_is_unplugged_asks_nothing_more(open_stage: OpenStage) -> None:
    stage = open_stage()
    other = Output("DP-1")
    stage.outputs.all.append(other)
    stage.outputs.titles["DP-1"] = "Dell U2720"
    show(stage)
    assert "Dell U2720 (DP-1)" in words(stage)
    stage.click(choice(stage, "200 %", "DP-1"))
    settle(stage)
    assert other.looks.scale == 2.0 and asks(stage)
    stage.outputs.all.remove(other)
    stage.output_settings.refresh()
    settle(stage)
    assert not asks(stage) and "DP-1" not in " ".join(words(stage))
    stage.output_settings.setPercent("DP-1", 100)
    stage.output_settings.reset("DP-1")
    assert not asks(stage)


def test_only_what_is_offered_can_be_had(open_stage: OpenStage) -> None:
    stage = open_stage()
    show(stage)
    for percent in (0, 17, 100, 900):
        stage.output_settings.setPercent("BERTH-1", percent)
    for turn in (-1, 0, 8):
        stage.output_settings.setTurn("BERTH-1", turn)
    assert not asks(stage) and (stage.output.looks.scale, stage.output.looks.transform) == (1.0, 0)


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone", "rtl"])
def test_two_outputs_fit_in_every_layout(open_stage: OpenStage, layout: str) -> None:
    if layout == "rtl":
        QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage("Desktop" if layout == "rtl" else layout)
    two(stage)
    show(stage)
    keep(stage.picture(), f"screens-two-{layout.lower()}")
    at = [stage.item(name).mapToScene(QPoint(0, 0)).y() for name in ("leaveOutputs", "undo-BERTH-1")]
    assert at[0] + stage.item("leaveOutputs").height() <= at[1], "it begins at its beginning"
    card = stage.item("outputsCard")
    place = card.mapRectToScene(QRectF(0, 0, card.width(), card.height()))
    assert QRectF(0, 0, stage.view.width(), stage.view.height()).contains(place)
    for item in items(card):
        if "=" in item.objectName() and item.isVisible():
            item.forceActiveFocus()
            inside = item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))
            assert place.contains(inside), item.objectName()
    keep(stage.picture(), f"screens-two-{layout.lower()}-end")


@pytest.mark.parametrize(
    ("layout", "theme"), [("Desktop", "default"), ("Tablet", "default"), *(("Phone", theme) for theme in THEMES)]
)
def test_it_fits_in_every_theme_and_layout(open_stage: OpenStage, tmp_path: Path, layout: str, theme: str) -> None:
    choose(tmp_path, theme)
    stage = open_stage(layout, config=tmp_path)
    stage.outputs.titles["BERTH-1"] = "A maker of quite long names and sons Model 27 QHD"
    show(stage)
    whole(stage)
    keep(stage.picture(), f"screens-{layout.lower()}-{theme}")
    stage.click(choice(stage, "Upside down"))
    settle(stage)
    whole(stage)
    keep(stage.picture(), f"screens-question-{layout.lower()}-{theme}")


def whole(stage: Stage) -> None:
    card = stage.item("outputsCard")
    inside = QRectF(0, 0, stage.view.width(), stage.view.height())
    place = card.mapRectToScene(QRectF(0, 0, card.width(), card.height()))
    assert inside.contains(place)
    for item in items(card):
        if kind(item).startswith(("Choice", "Button")) and item.isVisible():
            assert place.contains(item.mapRectToScene(QRectF(0, 0, item.width(), item.height())))


def test_it_is_mirrored(open_stage: OpenStage) -> None:
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage("Phone")
    show(stage)
    whole(stage)
    keep(stage.picture(), "screens-rtl")
    left, right = (choice(stage, text).mapToScene(QPoint(0, 0)).x() for text in ("To the left", "Upright"))
    assert left < right
