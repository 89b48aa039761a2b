"""The dialog that removes an app: what it says, what it asks the engine, by pointer and by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.messages import (
    Belonging,
    Failure,
    InstanceChanged,
    PlanRemoval,
    ProblemInfo,
    RemovalPlan,
    RemoveApp,
    Reply,
)
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, app_info, instance_info, pump
from tests.qml.stage import Stage, items, keep

FOOT, EDITOR = "org.codeberg.dnkl.foot", "org.gnome.gedit"
DATA = Belonging("data", "/home/me/.local/share/berth/apps/foot", 3_000_000)
PLAN = RemovalPlan(
    FOOT,
    "Foot",
    (
        Belonging("image", f"{FOOT}:1.13"),
        Belonging("layer", "0123456789ab", 12_000_000),
        DATA,
        Belonging("permission", "network"),
        Belonging("runtime", "docker"),
    ),
    (
        Belonging("layer", "gtk", 150_000_000, "shared", (EDITOR,)),
        Belonging("layer", "base", 190_000_000, "shared", ("a.b.One", "a.b.Two", "a.b.Three", "a.b.Four", "a.b.Five")),
        Belonging("manifest", "/usr/share/berth/app-manifests/foot.toml", why="system"),
    ),
    offered=True,
)
KEPT = RemovalPlan(
    FOOT, "Foot", tuple(thing for thing in PLAN.goes if thing is not DATA), (Belonging("data", DATA.what, why="kept"),)
)


def asked(engine: FakeEngine, open_stage: OpenStage, layout: str = "Desktop", **options: Any) -> Stage:
    """A stage with the dialog open and the engine's answer shown."""
    engine.apps = (app_info(FOOT, "Foot"), app_info(EDITOR, "Text Editor"))
    stage = open_stage(layout, **options)
    stage.listed()
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    QTest.keyClick(stage.view, Qt.Key.Key_Menu)
    pump(lambda: any(item.objectName() == "appMenu" for item in items(stage.view.contentItem())))
    stage.key(Qt.Key.Key_End)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(PlanRemoval))
    assert engine.asked(PlanRemoval) == [PlanRemoval(FOOT)]
    engine.send(Reply(engine.number(PlanRemoval), PLAN))
    pump(lambda: stage.shell.removal.goes.count)
    stage.picture()
    return stage


def words(stage: Stage) -> str:
    card = stage.item("removalCard")
    return "\n".join(str(item.property("text")) for item in items(card) if item.isVisible() and item.property("text"))


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_it_says_what_goes_and_what_stays(
    open_stage: OpenStage, engine: FakeEngine, layout: str, direction: Qt.LayoutDirection
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    stage = asked(engine, open_stage, layout)
    said = words(stage)
    for expected in ("Remove Foot?", "This frees 15.0 MB.", "Layer 0123456789ab", "12.0 MB", "used by Text Editor"):
        assert expected in said
    assert "used by a.b.One, a.b.Two, a.b.Three and 2 more" in said
    keep(stage.picture(), f"removal-{layout.lower()}-{'rtl' if direction.name == 'RightToLeft' else 'ltr'}")
    card = stage.item("removalCard")
    for item in (card, stage.item("confirmRemoval"), stage.item("cancelRemoval"), stage.item("keepData")):
        assert _inside(item, stage)
    assert stage.item("cancelRemoval").hasActiveFocus() and stage.scene.keyboardCaptured


def _inside(item: QQuickItem, stage: Stage) -> bool:
    first, last = item.mapToScene(QPointF(0, 0)), item.mapToScene(QPointF(item.width(), item.height()))
    return (
        min(first.x(), last.x()) >= 0
        and first.y() >= 0
        and max(first.x(), last.x()) <= stage.view.width()
        and last.y() <= stage.view.height()
    )


def test_it_removes_by_keyboard_and_says_that_it_did(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(engine, open_stage)
    stage.key(Qt.Key.Key_Tab)
    assert stage.item("confirmRemoval").hasActiveFocus()
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(RemoveApp))
    assert engine.asked(RemoveApp) == [RemoveApp(FOOT, False, stop=True)]
    assert "being removed" in words(stage)
    stage.key(Qt.Key.Key_Return)
    engine.send(Reply(engine.number(RemoveApp), PLAN))
    pump(lambda: not stage.shell.removal.open)
    assert [notice.message for notice in stage.shell._notices] == ["Foot is removed, 15.0 MB are free again."]
    assert len(engine.asked(RemoveApp)) == 1
    assert stage.shell.launcherOpen and stage.item("search").hasActiveFocus()


def test_data_can_be_kept(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(engine, open_stage)
    stage.click(stage.item("keepData"))
    pump(lambda: len(engine.asked(PlanRemoval)) == 2)
    assert engine.asked(PlanRemoval)[1] == PlanRemoval(FOOT, keep_data=True)
    engine.send(Reply(engine.number(PlanRemoval), KEPT))
    pump(lambda: "you keep it" in words(stage))
    stage.click(stage.item("confirmRemoval"))
    pump(lambda: engine.asked(RemoveApp))
    assert engine.asked(RemoveApp) == [RemoveApp(FOOT, True, stop=True)]


def test_escape_removes_nothing(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(engine, open_stage)
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not stage.shell.removal.open)
    assert engine.asked(RemoveApp) == [] and stage.shell.launcherOpen


def test_an_app_that_starts_meanwhile_is_spoken_of(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(engine, open_stage)
    engine.send(InstanceChanged(instance_info("f1", FOOT, "Foot")))
    pump(lambda: len(engine.asked(PlanRemoval)) == 2)
    engine.send(Reply(engine.number(PlanRemoval), RemovalPlan(FOOT, "Foot", PLAN.goes, (), ("f1",))))
    pump(lambda: "will be closed" in words(stage))


def test_what_the_engine_refuses_is_a_notice(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(engine, open_stage)
    stage.click(stage.item("confirmRemoval"))
    pump(lambda: engine.asked(RemoveApp))
    problem = ProblemInfo("not-removed", "A file could not be removed.", "It is tried again.")
    engine.send(Failure(engine.number(RemoveApp), problem))
    pump(lambda: stage.shell.notices.count)
    assert not stage.shell.removal.open
    assert [notice.message for notice in stage.shell._notices] == [problem.message]
