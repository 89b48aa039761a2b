"""Finding and starting an app, with keyboard and mouse, down to the message the engine gets."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from berth.core.messages import (
    AppsChanged,
    Call,
    Cancel,
    Failure,
    ImageProgress,
    InstanceChanged,
    InstanceEnded,
    OpenLauncher,
    ProblemInfo,
    Reply,
    RunApp,
    Started,
    StopInstance,
)
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, app_info, instance_info, pump, wants
from tests.qml.stage import Stage, items

APPS = (
    app_info("org.codeberg.dnkl.foot", "Foot", "A small terminal", categories=("system",)),
    app_info("org.gnome.gedit", "Text Editor", "Write notes", categories=("tools",)),
    app_info(
        "org.mozilla.firefox", "Firefox", "Browse the web", categories=("internet",), permissions=(wants("network"),)
    ),
    app_info("org.example.cafe", "Café Finder", "Coffee near you", image="", image_state="missing"),
)


@pytest.fixture
def stage(engine: FakeEngine, open_stage: OpenStage) -> Stage:
    engine.apps = APPS
    stage = open_stage()
    stage.listed()
    return stage


def names(stage: Stage) -> list[str]:
    return [row.name for row in stage.shell._results]


def row(stage: Stage, app: str) -> Any:
    return stage.shell._apps.get(app)


def test_opening_focuses_the_search_and_takes_the_keyboard(stage: Stage) -> None:
    assert not stage.scene.keyboardCaptured
    stage.click(stage.item("launcherButton"))
    assert stage.shell.launcherOpen and stage.scene.keyboardCaptured
    assert stage.item("search").hasActiveFocus()
    stage.key(Qt.Key.Key_Escape)
    assert not stage.shell.launcherOpen and not stage.scene.keyboardCaptured
    assert stage.item("windowArea").hasActiveFocus()


def test_the_shortcut_and_the_engine_open_it(stage: Stage, engine: FakeEngine) -> None:
    stage.scene.shortcutActivated.emit("launcher")
    assert stage.shell.launcherOpen
    stage.scene.shortcutActivated.emit("launcher")
    assert not stage.shell.launcherOpen
    engine.send(Call(7, OpenLauncher()))
    pump(lambda: any(isinstance(message, Reply) and message.call == 7 for message in engine.messages))
    assert stage.shell.launcherOpen


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("fire", ["Firefox"]),
        ("edit", ["Text Editor"]),
        ("cafe", ["Café Finder"]),
        ("f", ["Firefox", "Foot", "Café Finder"]),
        ("web", ["Firefox"]),
        ("te ed", ["Text Editor"]),
        ("zzz", []),
    ],
)
def test_typing_searches(stage: Stage, typed: str, found: list[str]) -> None:
    stage.shell.launcherOpen = True
    stage.type(typed)
    assert names(stage)[: len(found)] == found
    assert bool(names(stage)) == bool(found)


def test_enter_starts_the_app_and_says_so_at_once(stage: Stage, engine: FakeEngine) -> None:
    stage.shell.launcherOpen = True
    stage.type("fire")
    stage.key(Qt.Key.Key_Return)
    assert row(stage, "org.mozilla.firefox").activity == "starting"
    assert [progress.app for progress in stage.shell._progress] == ["org.mozilla.firefox"]
    assert not stage.shell.launcherOpen
    pump(lambda: engine.asked(RunApp))
    assert engine.asked(RunApp) == [RunApp("org.mozilla.firefox")]

    engine.send(InstanceChanged(instance_info("i1", "org.mozilla.firefox", "Firefox", "starting")))
    engine.send(Reply(engine.number(RunApp), Started("i1")))
    engine.send(InstanceChanged(instance_info("i1", "org.mozilla.firefox", "Firefox")))
    pump(lambda: row(stage, "org.mozilla.firefox").activity == "running")
    assert stage.shell.progress.count == 0
    assert stage.shell.instance_label("i1")[:2] == ("org.mozilla.firefox", "Firefox")


def test_arrows_move_over_the_tiles(stage: Stage, engine: FakeEngine) -> None:
    stage.shell.launcherOpen = True
    assert names(stage) == ["Café Finder", "Firefox", "Foot", "Text Editor"]
    stage.key(Qt.Key.Key_Right)
    stage.key(Qt.Key.Key_Right)
    stage.key(Qt.Key.Key_Left)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(RunApp))
    assert engine.asked(RunApp) == [RunApp("org.mozilla.firefox")]


def test_tab_stays_in_it_from_the_very_beginning(stage: Stage) -> None:
    stage.shell.launcherOpen = True
    assert stage.item("launcher").opacity() < 1, "it is on its way"
    stage.key(Qt.Key.Key_Tab)
    assert stage.item("openCatalogue").hasActiveFocus()


def test_typing_works_while_the_tiles_have_the_focus(stage: Stage) -> None:
    stage.shell.launcherOpen = True
    grid = stage.item("grid")
    grid.forceActiveFocus(Qt.FocusReason.TabFocusReason)
    stage.type("f")
    assert stage.shell.query == "f"
    stage.type("o")
    assert stage.item("search").property("text") == "fo"
    assert names(stage)[0] == "Foot"


def test_a_click_on_a_tile_starts_its_app(stage: Stage, engine: FakeEngine) -> None:
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    tile = stage.item("grid").property("currentItem")
    stage.click(tile)
    pump(lambda: engine.asked(RunApp))
    assert engine.asked(RunApp) == [RunApp("org.example.cafe")]


def test_a_click_beside_it_closes_it_and_reaches_no_window(stage: Stage) -> None:
    stage.shell.launcherOpen = True
    area = stage.item("windowArea")
    stage.click(area)
    assert not stage.shell.launcherOpen
    assert area.property("presses") == 0
    stage.click(area)
    assert area.property("presses") == 1


def test_a_failed_start_becomes_a_notice(stage: Stage, engine: FakeEngine) -> None:
    stage.shell.launch("org.example.cafe")
    pump(lambda: engine.asked(RunApp))
    problem = ProblemInfo("image-missing", "The image cannot be built.", "Connect to the network.")
    engine.send(Failure(engine.number(RunApp), problem))
    pump(lambda: stage.shell.notices.count)
    (notice,) = stage.shell._notices
    assert (notice.severity, notice.message, notice.hint) == ("error", problem.message, problem.hint)
    assert row(stage, "org.example.cafe").activity == ""


def test_building_shows_progress_and_can_be_cancelled(stage: Stage, engine: FakeEngine) -> None:
    app = "org.example.cafe"
    stage.shell.launch(app)
    pump(lambda: engine.asked(RunApp))
    engine.send(InstanceChanged(instance_info("i9", app, "Café Finder", "preparing")))
    engine.send(ImageProgress(app, "Fetching packages", 0.25, 40))
    pump(lambda: row(stage, app).activity == "building")
    assert (row(stage, app).progress, row(stage, app).progress_text) == (0.25, "Fetching packages, 40 s left")
    stage.shell.cancelBuild(app)
    pump(lambda: Cancel(engine.number(RunApp)) in engine.messages)
    engine.send(Failure(engine.number(RunApp), ProblemInfo("cancelled", "It was cancelled.")))
    engine.send(ImageProgress(app, "", 1, 0, finished=True))
    engine.send(InstanceEnded("i9", app, 0))
    pump(lambda: row(stage, app).activity == "")
    assert stage.shell.notices.count == 0


def test_what_others_started_can_be_given_up_too(stage: Stage, engine: FakeEngine) -> None:
    app = "org.example.cafe"
    engine.send(InstanceChanged(instance_info("i9", app, "Café Finder", "preparing")))
    engine.send(ImageProgress(app, "Fetching packages", -1, -1))
    pump(lambda: row(stage, app).activity == "building")
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    cancels = [
        item for item in items(stage.view.contentItem()) if item.property("text") == "Cancel preparing Café Finder"
    ]
    assert len([item for item in cancels if item.isVisible()]) == 2
    stage.click(next(item for item in cancels if item.isVisible()))
    pump(lambda: engine.asked(StopInstance))
    assert engine.asked(StopInstance) == [StopInstance("i9")]
    assert engine.asked(RunApp) == []


def test_new_apps_appear_while_it_is_open(stage: Stage, engine: FakeEngine) -> None:
    stage.shell.launcherOpen = True
    engine.send(AppsChanged((*APPS, app_info("a.b.c", "Abacus"))))
    pump(lambda: names(stage)[0] == "Abacus")
    engine.send(AppsChanged(()))
    pump(lambda: stage.item("grid").property("count") == 0)


def test_categories_choose_and_search_ignores_them(stage: Stage) -> None:
    assert [category["id"] for category in stage.shell.categories] == ["internet", "system", "tools"]
    stage.shell.launcherOpen = True
    stage.shell.category = "system"
    assert names(stage) == ["Foot"]
    stage.type("fire")
    assert names(stage) == ["Firefox"]
    stage.key(Qt.Key.Key_Escape)
    stage.shell.launcherOpen = True
    assert len(names(stage)) == len(APPS)


def test_starting_without_an_engine_says_so(stage: Stage, engine: FakeEngine) -> None:
    engine.vanish()
    pump(lambda: not stage.shell.engineConnected)
    stage.shell.launch("org.gnome.gedit")
    assert [notice.severity for notice in stage.shell._notices] == ["warning"]
    assert row(stage, "org.gnome.gedit").activity == ""
