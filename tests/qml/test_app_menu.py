"""The menu of an app in the launcher: opened by pointer, finger or keyboard, and what its lines do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.messages import InstanceChanged, RunApp, StopInstance
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, app_info, instance_info, pump
from tests.qml.stage import Stage, items, keep, kind

FOOT, EDITOR = "org.codeberg.dnkl.foot", "org.gnome.gedit"


@pytest.fixture
def stage(engine: FakeEngine, open_stage: OpenStage) -> Stage:
    engine.apps = (app_info(FOOT, "Foot"), app_info(EDITOR, "Text Editor"))
    stage = open_stage()
    opened(stage)
    return stage


def opened(stage: Stage) -> None:
    stage.listed()
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    stage.picture()  # lays everything out


def lines(stage: Stage) -> dict[str, QQuickItem]:
    menu = next((item for item in items(stage.view.contentItem()) if item.objectName() == "appMenu"), None)
    found = items(menu) if menu is not None else iter(())
    return {
        str(item.property("text")): item for item in found if kind(item).startswith("MenuEntry") and item.isVisible()
    }


def tile(stage: Stage, app: str) -> QQuickItem:
    return next(
        item for item in items(stage.item("grid")) if kind(item).startswith("AppTile") and item.property("app") == app
    )


def middle(item: QQuickItem) -> QPoint:
    return item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()


def test_a_right_click_opens_it_and_escape_closes_only_it(stage: Stage) -> None:
    where = middle(tile(stage, EDITOR))
    QTest.mouseClick(stage.view, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, where)
    pump(lambda: lines(stage))
    assert list(lines(stage)) == ["Open", "Keep in the dock", "How it runs…", "What it is…", "Versions…", "Remove…"]
    keep(stage.picture(), "app-menu")
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not lines(stage))
    assert stage.shell.launcherOpen and stage.item("search").hasActiveFocus()
    stage.key(Qt.Key.Key_Escape)
    assert not stage.shell.launcherOpen


@pytest.mark.parametrize(
    ("key", "modifier"),
    [(Qt.Key.Key_Menu, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)],
)
def test_the_keyboard_opens_that_of_the_current_app(
    stage: Stage, engine: FakeEngine, key: Qt.Key, modifier: Qt.KeyboardModifier
) -> None:
    stage.key(Qt.Key.Key_Right)
    QTest.keyClick(stage.view, key, modifier)
    pump(lambda: lines(stage))
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(RunApp))
    assert engine.asked(RunApp) == [RunApp(EDITOR)]
    assert not stage.shell.launcherOpen


def test_what_runs_can_be_closed(stage: Stage, engine: FakeEngine) -> None:
    for instance in ("f1", "f2"):
        engine.send(InstanceChanged(instance_info(instance, FOOT, "Foot")))
    engine.send(InstanceChanged(instance_info("e1", EDITOR, "Text Editor")))
    pump(lambda: stage.shell.instances.count == 3)
    QTest.keyClick(stage.view, Qt.Key.Key_Menu)
    pump(lambda: lines(stage))
    stage.picture()
    stage.click(lines(stage)["Close all of its windows"])
    pump(lambda: len(engine.asked(StopInstance)) == 2)
    assert {request.instance for request in engine.asked(StopInstance)} == {"f1", "f2"}


def test_a_long_press_opens_it_and_starts_nothing(stage: Stage, engine: FakeEngine) -> None:
    where = middle(tile(stage, FOOT))
    QTest.mousePress(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    pump(lambda: lines(stage))
    QTest.mouseRelease(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    pump(lambda: lines(stage))
    assert stage.shell.launcherOpen and engine.asked(RunApp) == []


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
def test_the_visible_way_stays_on_the_screen(open_stage: OpenStage, engine: FakeEngine, layout: str) -> None:
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    engine.apps = (app_info(FOOT, "Foot"), app_info(EDITOR, "Text Editor"))
    stage = open_stage(layout)
    opened(stage)
    more = [item for item in items(tile(stage, FOOT)) if item.objectName() == "more" and item.isVisible()]
    stage.click(more[0])
    pump(lambda: lines(stage))
    keep(stage.picture(), f"app-menu-{layout.lower()}")
    menu = stage.item("appMenu")
    place = menu.mapToScene(QPointF(0, 0))
    assert place.x() >= 0 and place.x() + menu.width() <= stage.view.width()
