"""The dock: what is in it, what pointer and keys do there, where it lies, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.messages import AppsChanged, ChangeDock, ImageProgress, InstanceChanged, InstanceEnded, RunApp
from berth.core.problem import Problem
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, WindowRow, app_info, instance_info, pump
from tests.qml.stage import SIZES, Stage, items, keep, kind, no_long_press

FOOT, EDITOR, WEB, MUSIC = "org.codeberg.dnkl.foot", "org.gnome.gedit", "org.mozilla.firefox", "org.a.music"
APPS = (
    app_info(FOOT, "Foot"),
    app_info(EDITOR, "Text Editor"),
    app_info(WEB, "Firefox"),
    app_info(MUSIC, "Music"),
)
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "dock.json").write_text(json.dumps({"pinned": [FOOT, EDITOR, WEB], "shown": "always"}))
    return folder


@pytest.fixture
def stage(engine: FakeEngine, open_stage: OpenStage, config: Path) -> Stage:
    engine.apps = APPS
    stage = open_stage(config=config)
    stage.listed()
    settle(stage)
    return stage


@pytest.fixture
def slow_hand() -> Iterator[None]:
    """However slowly it moves what it has pressed, that is no long press."""
    with no_long_press():
        yield


def settle(stage: Stage, count: int = 3) -> None:
    """Everything has its place, and there are so many apps."""
    pump(lambda: len(order(stage)) == count)
    stage.picture()


def kept(config: Path) -> list[str]:
    pinned: list[str] = json.loads((config / "dock.json").read_text())["pinned"]
    return pinned


def order(stage: Stage) -> list[str]:
    return [row.app for row in stage.dock._rows]


def apps(stage: Stage) -> dict[str, QQuickItem]:
    """The items by app, in the order of the screen."""
    found = [item for item in items(stage.item("dock")) if kind(item).startswith("DockItem")]
    return {item.property("app"): item for item in sorted(found, key=lambda one: (middle(one).x(), middle(one).y()))}


def middle(item: QQuickItem) -> QPoint:
    return item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()


def rests(stage: Stage) -> bool:
    """No app is on the way to another place, where it would lie over others."""
    stage.picture()
    slots = [item.parentItem() for item in apps(stage).values()]
    places = {(slot.property("index"), round(abs(slot.x() + slot.y()))) for slot in slots}
    step = round(stage.item("dock").property("step"))
    size = round(stage.item("dock").property("side"))
    return places <= {(index, index * step + more) for index, _ in places for more in (0, size)}


def click(stage: Stage, app: str, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    pump(lambda: rests(stage))
    QTest.mouseMove(stage.view, middle(apps(stage)[app]))
    QTest.mouseClick(stage.view, button, NONE, middle(apps(stage)[app]))


def run_app(stage: Stage, engine: FakeEngine, app: str, name: str, *windows: int, focused: int = 0) -> None:
    """An instance of an app with these windows."""
    instance = f"{app}-1"
    engine.send(InstanceChanged(instance_info(instance, app, name)))
    pump(lambda: stage.shell.instance_label(instance)[0])
    for window in windows:
        row = WindowRow(window, instance, app, name, "", f"{name} {window}", focused=window == focused)
        stage.scene.rows.put(row)
    pump(lambda: (row := stage.dock._rows.get(app)) is not None and row.windows == len(windows))
    stage.picture()


def lines(stage: Stage, menu: str = "dockMenu") -> dict[str, QQuickItem]:
    card = next((item for item in items(stage.view.contentItem()) if item.objectName() == menu), None)
    found = items(card) if card is not None else iter(())
    return {
        str(item.property("text")): item
        for item in found
        if kind(item).startswith(("MenuEntry", "Word")) and item.isVisible()
    }


def choose(stage: Stage, text: str) -> None:
    pump(lambda: text in lines(stage))
    stage.picture()
    stage.click(lines(stage)[text])
    pump(lambda: not lines(stage))


# --- what is in it


def test_pinned_apps_are_there_in_their_order(stage: Stage) -> None:
    assert order(stage) == list(apps(stage)) == [FOOT, EDITOR, WEB]
    assert stage.item("dock").isVisible() and stage.item("panel").isVisible()


def test_an_app_that_is_gone_is_skipped_and_kept(stage: Stage, engine: FakeEngine, config: Path) -> None:
    engine.send(AppsChanged(tuple(info for info in APPS if info.app != EDITOR)))
    pump(lambda: order(stage) == [FOOT, WEB])
    stage.dock.pin(MUSIC)
    assert kept(config) == [FOOT, EDITOR, WEB, MUSIC]
    stage.dock.move(MUSIC, 1)
    stage.dock.keepOrder()
    assert kept(config) == [FOOT, MUSIC, EDITOR, WEB]
    engine.send(AppsChanged(APPS))
    pump(lambda: order(stage) == [FOOT, MUSIC, EDITOR, WEB])


def test_running_apps_come_after_them_and_go(stage: Stage, engine: FakeEngine) -> None:
    run_app(stage, engine, MUSIC, "Music", 1)
    assert order(stage) == [FOOT, EDITOR, WEB, MUSIC]
    stage.scene.rows.remove(1)
    engine.send(InstanceEnded(f"{MUSIC}-1", MUSIC, 0, ""))
    pump(lambda: order(stage) == [FOOT, EDITOR, WEB])


def test_a_window_that_lies_about_its_app_counts_for_itself(stage: Stage) -> None:
    stage.scene.rows.put(WindowRow(1, "stranger", FOOT, "Foot", "", "I am Foot", focused=True))
    pump(lambda: len(order(stage)) == 4)
    assert stage.dock._rows.get(FOOT).windows == 0
    assert not stage.dock._rows.get(order(stage)[3]).known


def test_whose_a_window_is_may_be_known_later(stage: Stage, engine: FakeEngine) -> None:
    run_app(stage, engine, FOOT, "Foot", 1)
    stage.scene.rows.put(WindowRow(2, f"{FOOT}-2", FOOT, "Foot", "", "Foot 2"))
    pump(lambda: len(order(stage)) == 4)
    engine.send(InstanceChanged(instance_info(f"{FOOT}-2", FOOT, "Foot")))
    pump(lambda: stage.dock._rows.get(FOOT).windows == 2)
    assert order(stage) == [FOOT, EDITOR, WEB]


def test_states_reach_the_sheet(stage: Stage, engine: FakeEngine) -> None:
    run_app(stage, engine, FOOT, "Foot", 1, 2, focused=2)
    stage.scene.rows.change(1, urgent=True)

    def elements() -> set[str]:
        return {str(item.property("element")) for item in items(stage.item("dock")) if item.isVisible()}

    pump(lambda: "dock app:running:focus:urgent" in elements())
    assert {"dock badge", "dock mark:focus:urgent", "dock.bottom"} <= elements()
    engine.send(ImageProgress(WEB, "Fetching", 0.5, 30))
    pump(lambda: "dock app:busy" in elements())
    keep(stage.picture(), "dock-states")


# --- the pointer


def test_a_click_starts_brings_forward_and_minimises(stage: Stage, engine: FakeEngine) -> None:
    click(stage, FOOT)
    pump(lambda: engine.asked(RunApp) == [RunApp(FOOT)])
    run_app(stage, engine, EDITOR, "Text Editor", 7)
    click(stage, EDITOR)
    stage.scene.rows.change(7, focused=True)
    pump(lambda: stage.dock._rows.get(EDITOR).focused)
    click(stage, EDITOR)
    assert stage.scene.actions == [("focus", 7), ("minimize", 7)]


def test_of_several_windows_the_one_used_last_comes_and_then_there_is_a_choice(
    stage: Stage, engine: FakeEngine
) -> None:
    run_app(stage, engine, FOOT, "Foot", 1, 2, 3)
    stage.scene.recent = [2, 3, 1]
    click(stage, FOOT)
    assert stage.scene.actions == [("focus", 2)]
    stage.scene.rows.change(2, focused=True)
    pump(lambda: stage.dock._rows.get(FOOT).focused)
    click(stage, FOOT)
    pump(lambda: lines(stage))
    assert list(lines(stage))[:3] == ["Foot 2", "Foot 3", "Foot 1"]
    keep(stage.picture(), "dock-menu")
    choose(stage, "Foot 1")
    assert stage.scene.actions[1:] == [("focus", 1)]


def test_a_middle_click_starts_another(stage: Stage, engine: FakeEngine) -> None:
    run_app(stage, engine, FOOT, "Foot", 1, focused=1)
    click(stage, FOOT, Qt.MouseButton.MiddleButton)
    pump(lambda: engine.asked(RunApp) == [RunApp(FOOT)])
    assert stage.scene.actions == []


def test_an_app_that_is_starting_is_not_started_again(stage: Stage, engine: FakeEngine) -> None:
    engine.send(InstanceChanged(instance_info("i", FOOT, "Foot", "starting")))
    pump(lambda: stage.dock._rows.get(FOOT).activity == "starting")
    click(stage, FOOT)
    click(stage, EDITOR)
    pump(lambda: engine.asked(RunApp))
    assert engine.asked(RunApp) == [RunApp(EDITOR)]


def test_clicks_on_the_dock_reach_no_window(stage: Stage) -> None:
    dock = stage.item("dock")
    at = dock.mapToScene(QPointF(2, dock.height() / 2)).toPoint()
    QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, NONE, at)
    assert stage.item("windowArea").property("presses") == 0


def test_a_name_is_shown_beside_what_the_pointer_is_on(stage: Stage) -> None:
    QTest.mouseMove(stage.view, middle(apps(stage)[EDITOR]))
    tip = stage.item("dockTip")
    pump(tip.isVisible)
    keep(stage.picture(), "dock-tip")
    assert "Text Editor" in [item.property("text") for item in items(tip)]
    assert tip.mapToScene(QPointF(0, tip.height())).y() <= stage.item("dock").y()
    QTest.mouseMove(stage.view, QPoint(5, 5))
    pump(lambda: not tip.isVisible())


@pytest.mark.usefixtures("slow_hand")
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_a_hand_changes_the_order(stage: Stage, config: Path, direction: Qt.LayoutDirection) -> None:
    QGuiApplication.setLayoutDirection(direction)
    seen = [FOOT, EDITOR, WEB] if direction == Qt.LayoutDirection.LeftToRight else [WEB, EDITOR, FOOT]
    pump(lambda: stage.picture() and list(apps(stage)) == seen)
    begin, end = middle(apps(stage)[FOOT]), middle(apps(stage)[WEB])
    QTest.mouseMove(stage.view, begin)
    QTest.mousePress(stage.view, Qt.MouseButton.LeftButton, NONE, begin)
    for step in range(1, 21):
        QTest.mouseMove(stage.view, begin + (end - begin) * step / 20)
        stage.picture()
    pump(lambda: order(stage) == [EDITOR, WEB, FOOT])
    assert kept(config) == [FOOT, EDITOR, WEB], "not before it is let go"
    QTest.mouseRelease(stage.view, Qt.MouseButton.LeftButton, NONE, end)
    pump(lambda: kept(config) == [EDITOR, WEB, FOOT])
    assert stage.scene.actions == [] and not stage.engine.asked(RunApp)


@pytest.mark.usefixtures("slow_hand")
def test_an_app_may_end_while_a_hand_has_it(stage: Stage, engine: FakeEngine) -> None:
    stage.scene.rows.put(WindowRow(2, "stranger", FOOT, "Foot", "", "I am Foot"))
    run_app(stage, engine, MUSIC, "Music", 1)
    pump(lambda: rests(stage) and len(apps(stage)) == 5)
    begin = middle(apps(stage)[MUSIC])
    QTest.mouseMove(stage.view, begin)
    QTest.mousePress(stage.view, Qt.MouseButton.LeftButton, NONE, begin)
    for step in range(1, 21):
        QTest.mouseMove(stage.view, begin + QPoint(step, 0))
    dock = stage.item("dock")
    assert dock.property("dragging")
    stage.scene.rows.remove(1)
    engine.send(InstanceEnded(f"{MUSIC}-1", MUSIC, 0, ""))
    pump(lambda: len(order(stage)) == 4 and not dock.property("dragging"))
    QTest.mouseRelease(stage.view, Qt.MouseButton.LeftButton, NONE, begin)


def test_a_running_app_is_pinned_where_it_is_put(stage: Stage, engine: FakeEngine, config: Path) -> None:
    run_app(stage, engine, MUSIC, "Music", 1)
    stage.dock.move(MUSIC, 3)
    stage.dock.keepOrder()
    assert kept(config) == [FOOT, EDITOR, WEB, MUSIC]
    stage.dock.move(MUSIC, 0)
    stage.dock.keepOrder()
    assert kept(config) == [MUSIC, FOOT, EDITOR, WEB]


@pytest.mark.usefixtures("slow_hand")
def test_a_hand_that_stays_at_its_place_changes_nothing(stage: Stage, engine: FakeEngine, config: Path) -> None:
    run_app(stage, engine, MUSIC, "Music", 1)
    pump(lambda: rests(stage) and len(apps(stage)) == 4)
    begin = middle(apps(stage)[MUSIC])
    QTest.mouseMove(stage.view, begin)
    QTest.mousePress(stage.view, Qt.MouseButton.LeftButton, NONE, begin)
    for step in range(1, 16):
        QTest.mouseMove(stage.view, begin + QPoint(step, 0))
    assert stage.item("dock").property("dragging")
    QTest.mouseRelease(stage.view, Qt.MouseButton.LeftButton, NONE, begin + QPoint(15, 0))
    pump(lambda: not stage.item("dock").property("dragging"))
    assert kept(config) == [FOOT, EDITOR, WEB] and not stage.dock.isPinned(MUSIC)


def test_the_wheel_goes_through_the_windows_of_an_app(stage: Stage, engine: FakeEngine) -> None:
    run_app(stage, engine, FOOT, "Foot", 4, 5, 6, focused=4)
    pump(lambda: rests(stage))
    place = QPointF(middle(apps(stage)[FOOT]))

    def turn(by: int) -> None:
        at = stage.view.mapToGlobal(place)
        kinds = Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase
        QGuiApplication.sendEvent(stage.view, QWheelEvent(place, at, QPoint(), QPoint(0, by), *kinds, False))

    turn(-120)
    assert stage.scene.actions == [("focus", 5)]
    turn(120)
    assert stage.scene.actions[1:] == [("focus", 6)], "it goes round"
    turn(-60)  # half a notch
    assert len(stage.scene.actions) == 2
    turn(-60)
    assert stage.scene.actions[2:] == [("focus", 5)]
    place = QPointF(middle(apps(stage)[EDITOR]))
    turn(-120)
    assert len(stage.scene.actions) == 3 and not stage.engine.asked(RunApp)


def test_the_keys_to_it_say_where_it_is_turned_on(stage: Stage) -> None:
    stage.dock.choose("shown", "never")
    stage.scene.shortcutActivated.emit("dock")
    stage.scene.shortcutActivated.emit("dock")
    notices = list(stage.shell.notices)
    assert [notice.message for notice in notices] == ["There is no dock. You have turned it off."]
    assert "Super+O" in notices[0].hint
    stage.dock.choose("shown", "")
    stage.scene.shortcutActivated.emit("dock")
    pump(lambda: len(stage.shell.notices) == 2)
    assert "There is no dock. This theme has none." in [notice.message for notice in stage.shell.notices]


# --- from the command line


def test_it_is_changed_from_the_command_line(stage: Stage, engine: FakeEngine, config: Path) -> None:
    dock = stage.dock
    dock.change(ChangeDock("pin", MUSIC, 1))
    assert kept(config) == [MUSIC, FOOT, EDITOR, WEB]
    dock.change(ChangeDock("move", MUSIC, 3))
    assert kept(config) == [FOOT, EDITOR, MUSIC, WEB]
    dock.change(ChangeDock("unpin", FOOT))
    dock.change(ChangeDock("pin", EDITOR))
    assert kept(config) == [MUSIC, WEB, EDITOR]
    engine.send(AppsChanged(tuple(app for app in APPS if app.app != WEB)))
    pump(lambda: len(order(stage)) == 2)
    run_app(stage, engine, FOOT, "Foot", 1, 2)
    found = [(entry.app, entry.pinned, entry.there, entry.windows) for entry in dock.describe().apps]
    assert found == [(MUSIC, True, True, 0), (WEB, True, False, 0), (EDITOR, True, True, 0), (FOOT, False, True, 2)]
    assert dock.describe().shown == "always"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (ChangeDock("pin", "org.no.such"), "no-app"),
        (ChangeDock("unpin", MUSIC), "not-pinned"),
        (ChangeDock("move", MUSIC, 1), "not-pinned"),
        (ChangeDock("move", FOOT, 4), "bad-place"),
        (ChangeDock("pin", MUSIC, -1), "bad-place"),
    ],
)
def test_what_cannot_be_done_is_said(stage: Stage, config: Path, request_: ChangeDock, code: str) -> None:
    with pytest.raises(Problem) as caught:
        stage.dock.change(request_)
    assert caught.value.code == code
    assert kept(config) == [FOOT, EDITOR, WEB]


# --- menus


def test_its_menu_pins_and_takes_out(stage: Stage, engine: FakeEngine, config: Path) -> None:
    click(stage, EDITOR, Qt.MouseButton.RightButton)
    choose(stage, "Take out of the dock")
    assert order(stage) == kept(config) == [FOOT, WEB]
    run_app(stage, engine, MUSIC, "Music", 1)
    click(stage, MUSIC, Qt.MouseButton.RightButton)
    choose(stage, "Keep in the dock")
    assert kept(config) == [FOOT, WEB, MUSIC]


def test_its_menu_fits_however_many_windows_there_are(engine: FakeEngine, open_stage: OpenStage, config: Path) -> None:
    engine.apps = APPS
    stage = open_stage("Phone", config=config, size=(390, 560))
    stage.listed()
    settle(stage)
    run_app(stage, engine, FOOT, "Foot", *range(1, 21))
    click(stage, FOOT, Qt.MouseButton.RightButton)
    pump(lambda: lines(stage))
    stage.picture()
    shown = lines(stage)
    assert "Foot 1" in shown and "The dock…" in shown
    for line in shown.values():
        assert QRect(0, 0, 390, 560).contains(line.mapRectToScene(line.boundingRect()).toRect())


def test_its_menu_closes_the_windows(stage: Stage, engine: FakeEngine) -> None:
    run_app(stage, engine, FOOT, "Foot", 1, 2)
    click(stage, FOOT, Qt.MouseButton.RightButton)
    choose(stage, "Close all of its windows")
    assert sorted(stage.scene.actions) == [("close", 1), ("close", 2)]


def test_its_menu_tells_of_the_app(stage: Stage) -> None:
    for text in ("What it is…", "Versions…"):
        click(stage, FOOT, Qt.MouseButton.RightButton)
        choose(stage, text)
        pump(lambda: stage.scene.keyboardCaptured)
        stage.key(Qt.Key.Key_Escape)
        pump(lambda: not stage.scene.keyboardCaptured)


def test_the_launcher_pins(stage: Stage, config: Path) -> None:
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    stage.picture()
    tiles = [item for item in items(stage.item("grid")) if kind(item).startswith("AppTile")]
    music = next(tile for tile in tiles if tile.property("app") == MUSIC)
    QTest.mouseClick(stage.view, Qt.MouseButton.RightButton, NONE, middle(music))
    pump(lambda: lines(stage, "appMenu"))
    stage.picture()  # lays everything out
    stage.click(lines(stage, "appMenu")["Keep in the dock"])
    assert kept(config) == [FOOT, EDITOR, WEB, MUSIC]


# --- the keyboard


def focused(stage: Stage) -> str:
    return str(stage.view.activeFocusItem().property("app") or "")


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_the_keys_go_through_it(stage: Stage, engine: FakeEngine, direction: Qt.LayoutDirection) -> None:
    QGuiApplication.setLayoutDirection(direction)
    on, back = (
        (Qt.Key.Key_Right, Qt.Key.Key_Left)
        if direction == Qt.LayoutDirection.LeftToRight
        else (Qt.Key.Key_Left, Qt.Key.Key_Right)
    )
    stage.scene.shortcutActivated.emit("dock")
    pump(lambda: focused(stage) == FOOT and stage.scene.keyboardCaptured)
    assert stage.item("dockTip").isVisible()
    for key, app in ((on, EDITOR), (on, WEB), (on, WEB), (back, EDITOR), (Qt.Key.Key_Home, FOOT)):
        stage.key(key)
        assert focused(stage) == app
    stage.key(Qt.Key.Key_End)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(RunApp) == [RunApp(WEB)])
    assert not stage.scene.keyboardCaptured and stage.item("windowArea").hasActiveFocus()


def test_escape_gives_the_keys_back(stage: Stage) -> None:
    stage.scene.shortcutActivated.emit("dock")
    pump(lambda: focused(stage) == FOOT)
    stage.key(Qt.Key.Key_Escape)
    assert not stage.scene.keyboardCaptured and stage.item("windowArea").hasActiveFocus()


def test_a_press_elsewhere_gives_the_keys_back(stage: Stage) -> None:
    stage.scene.shortcutActivated.emit("dock")
    pump(lambda: focused(stage) == FOOT)
    QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, NONE, QPoint(640, 200))
    assert not stage.scene.keyboardCaptured


@pytest.mark.parametrize("panel", ["always", "never"])
def test_tab_goes_round_in_it(stage: Stage, panel: str) -> None:
    stage.dock.choose("panel", panel)
    stage.picture()
    stage.scene.shortcutActivated.emit("dock")
    pump(lambda: focused(stage) == FOOT)
    stage.key(Qt.Key.Key_Right)
    dock = stage.item("dock")
    seen = []
    for _step in range(4):
        stage.key(Qt.Key.Key_Tab)
        seen.append(stage.view.activeFocusItem())
        assert dock.isAncestorOf(seen[-1])
    assert EDITOR in [item.property("app") for item in seen], "where the arrows were"
    assert (stage.item("dockLauncher") in seen) == (panel == "never")
    stage.key(Qt.Key.Key_Backtab)
    assert dock.isAncestorOf(stage.view.activeFocusItem())
    stage.key(Qt.Key.Key_Escape)
    assert not stage.scene.keyboardCaptured and stage.item("windowArea").hasActiveFocus()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_the_keys_open_the_launcher_from_it(stage: Stage, key: Qt.Key) -> None:
    stage.dock.choose("panel", "never")
    stage.picture()
    stage.scene.shortcutActivated.emit("dock")
    pump(lambda: focused(stage) == FOOT)
    stage.key(Qt.Key.Key_Backtab)
    assert stage.item("dockLauncher").hasActiveFocus()
    stage.key(key)
    assert stage.shell.launcherOpen and stage.item("search").hasActiveFocus()


@pytest.mark.parametrize("way", ["full screen", "never", "elsewhere", "locked"])
def test_who_does_not_see_it_has_the_keys_back(stage: Stage, way: str) -> None:
    stage.scene.shortcutActivated.emit("dock")
    pump(lambda: focused(stage) == FOOT and stage.scene.keyboardCaptured)
    if way == "full screen":
        stage.output.look(primary=True, active=True, full_screen=True)
    elif way == "never":
        stage.dock.choose("shown", "never")
    elif way == "elsewhere":
        stage.output.look(primary=True, active=False)
    else:
        stage.view.rootObject().setVisible(False)
    pump(lambda: not stage.scene.keyboardCaptured)
    assert not stage.item("dock").property("keyed")


def test_the_launcher_takes_its_place(stage: Stage, engine: FakeEngine) -> None:
    stage.scene.shortcutActivated.emit("dock")
    pump(lambda: focused(stage) == FOOT)
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    stage.picture()
    tiles = [item for item in items(stage.item("grid")) if kind(item).startswith("AppTile")]
    stage.click(next(tile for tile in tiles if tile.property("app") == MUSIC))
    pump(lambda: engine.asked(RunApp) == [RunApp(MUSIC)])
    assert not stage.scene.keyboardCaptured


def test_the_keys_open_its_menu_and_come_back(stage: Stage) -> None:
    stage.scene.shortcutActivated.emit("dock")
    pump(lambda: focused(stage) == FOOT)
    stage.key(Qt.Key.Key_Menu)
    pump(lambda: lines(stage))
    assert lines(stage)["Open"].hasActiveFocus()
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not lines(stage))
    assert focused(stage) == FOOT


def test_the_keys_change_the_order(stage: Stage, config: Path) -> None:
    stage.scene.shortcutActivated.emit("dock")
    pump(lambda: focused(stage) == FOOT)
    QTest.keyClick(stage.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert kept(config) == [EDITOR, FOOT, WEB] and focused(stage) == FOOT
    QTest.keyClick(stage.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert kept(config) == [FOOT, EDITOR, WEB] and focused(stage) == FOOT


def test_super_with_a_number(stage: Stage, engine: FakeEngine) -> None:
    stage.scene.shortcutActivated.emit("dock-2")
    pump(lambda: engine.asked(RunApp) == [RunApp(EDITOR)])
    stage.scene.shortcutActivated.emit("dock-9")
    run_app(stage, engine, FOOT, "Foot", 4, 5, focused=4)
    stage.scene.shortcutActivated.emit("dock-1")
    assert stage.scene.actions == [("focus", 5)], "it goes round its windows"
    assert len(engine.asked(RunApp)) == 1


# --- where it is


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
@pytest.mark.parametrize("edge", ["bottom", "left", "right"])
def test_each_edge_is_kept_free(
    engine: FakeEngine,
    open_stage: OpenStage,
    config: Path,
    layout: str,
    direction: Qt.LayoutDirection,
    edge: str,
) -> None:
    engine.apps = APPS
    QGuiApplication.setLayoutDirection(direction)
    stage = open_stage(layout, config=config)
    stage.listed()
    stage.dock.choose("edge", edge)
    settle(stage)
    run_app(stage, engine, FOOT, "Foot", 1, 2, focused=2)
    keep(
        stage.picture(), f"dock-{layout.lower()}-{edge}-{'rtl' if direction == Qt.LayoutDirection.RightToLeft else ''}"
    )
    width, height = SIZES[layout.lower()]
    dock, panel = stage.item("dock"), stage.item("panel")
    place = QRect(*(round(number) for number in (dock.x(), dock.y(), dock.width(), dock.height())))
    assert QRect(0, 0, width, height).contains(place)
    assert not QRect(*stage.output.usable).intersects(place)
    assert stage.output.usable[1] == 0
    free = height - round(panel.height())
    if edge == "bottom" or layout == "Phone":
        assert stage.output.usable == (0, 0, width, stage.output.usable[3]) and stage.output.usable[3] < free
    else:
        assert stage.output.usable[3] == free and stage.output.usable[2] < width
        assert (stage.output.usable[0] > 0) == (edge == "left"), "where it is does not follow the script"
    for item in apps(stage).values():
        assert place.contains(middle(item))


def test_without_a_panel_it_has_what_the_panel_has(stage: Stage) -> None:
    stage.dock.choose("panel", "never")
    pump(lambda: not stage.item("panel").isVisible())
    stage.picture()
    dock = stage.item("dock")
    assert stage.output.usable == (0, 0, 1280, round(dock.y()))
    clock = next(item for item in items(dock) if kind(item).startswith("Clock"))
    assert clock.isVisible()
    stage.shell.set_watchers(frozenset())
    keep(stage.picture(), "dock-alone")
    stage.click(stage.item("dockLauncher"))
    assert stage.shell.launcherOpen
    sheet = stage.item("launcher")
    pump(lambda: sheet.opacity() == 1)
    middle_of_sheet = sheet.mapToScene(QPointF(sheet.width() / 2, sheet.height()))
    assert middle_of_sheet.x() == 640 and middle_of_sheet.y() <= dock.y()
    keep(stage.picture(), "dock-launcher")


def test_there_is_always_a_bar(stage: Stage) -> None:
    stage.dock.choose("panel", "never")
    stage.dock.choose("shown", "never")
    pump(lambda: stage.item("panel").isVisible())
    assert not stage.item("dock").isVisible()


def test_it_makes_way_for_full_screen(stage: Stage) -> None:
    stage.output.look(full_screen=True)
    assert not stage.item("dock").isVisible()


def test_it_hides_from_windows_and_comes_back(stage: Stage) -> None:
    dock = stage.item("dock")
    stage.dock.choose("shown", "auto-hide")
    assert stage.output.usable == (0, 0, 1280, round(stage.item("panel").y())), "it keeps no room"
    assert dock.isVisible()
    stage.scene.frames = [QRect(0, 0, 1280, 740)]
    stage.scene.rows.put(WindowRow(1, "i", "a.b", "B", "", "B", focused=True))
    pump(lambda: not dock.isVisible())
    QTest.mouseMove(stage.view, QPoint(300, round(stage.item("panel").y()) - 2))
    pump(dock.isVisible)
    QTest.mouseMove(stage.view, QPoint(300, 300))
    pump(lambda: not dock.isVisible())
    stage.scene.shortcutActivated.emit("dock")
    pump(dock.isVisible)
    stage.key(Qt.Key.Key_Escape)
    stage.scene.frames = []
    stage.scene.rows.remove(1)
    pump(dock.isVisible)


def test_what_is_chosen_for_it_is_kept(stage: Stage, config: Path) -> None:
    dock = stage.item("dock")
    at = dock.mapToScene(QPointF(2, dock.height() / 2)).toPoint()
    QTest.mouseClick(stage.view, Qt.MouseButton.RightButton, NONE, at)
    pump(lambda: lines(stage, "dockChoices"))
    keep(stage.picture(), "dock-choices")
    stage.click(lines(stage, "dockChoices")["Left"])
    pump(lambda: json.loads((config / "dock.json").read_text())["edge"] == "left")
    assert stage.dock.property("edge") == "left"
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not lines(stage, "dockChoices"))
