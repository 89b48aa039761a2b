"""The catalogue page: browsed, searched and used by pointer and by keyboard alone, in every layout and direction."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.messages import (
    AppInfo,
    AppsChanged,
    BuildImage,
    Call,
    CancelImage,
    Failure,
    ImageProgress,
    InstanceChanged,
    OpenCatalogue,
    PullImage,
    Reply,
    RunApp,
    Started,
)
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, app_info, instance_info, pump, wants
from tests.qml.stage import Stage, items, keep
from tests.qml.test_run_settings import focused as where

MINES, KATE, FOX = "org.gnome.Mines", "org.kde.kate", "org.mozilla.firefox"
FETCHED = "quay.io/some/thing:1@sha256:" + "a" * 64
MISSING = {"image": "", "image_state": "missing", "version": ""}
APPS = (
    app_info(FOX, "Firefox", "A web browser", categories=("internet",), permissions=(wants("network"),), **MISSING),
    app_info(KATE, "Kate", "An editor for programmers", categories=("development",), size=20_000_000, **MISSING),
    app_info(
        MINES,
        "Mines",
        "Clear the field without stepping on a mine",
        categories=("games",),
        publisher="The GNOME Project",
        licence="GPL-3.0-or-later",
        size=3_900_000,
    ),
    *(app_info(f"org.example.App{number}", f"Some app {number}", categories=("games",)) for number in range(12)),
)


@pytest.fixture
def page(engine: FakeEngine, open_stage: OpenStage) -> Callable[..., Stage]:
    def opened(layout: str = "Desktop", app: str = "", apps: tuple[AppInfo, ...] = APPS, **tokens: object) -> Stage:
        engine.apps = apps
        stage = open_stage(layout, **tokens)
        stage.listed()
        stage.shell.showCatalogue(app)
        stage.picture()
        return stage

    return opened


def names(stage: Stage) -> list[str]:
    return [row.name for row in stage.shell.catalogue.results]


def visible(stage: Stage, name: str) -> QQuickItem | None:
    card = stage.item("catalogueCard")
    return next((item for item in items(card) if item.objectName() == name and item.isVisible()), None)


def press(stage: Stage, name: str) -> None:
    stage.picture()
    item = visible(stage, name)
    assert item is not None, f"{name} is not there"
    stage.click(item)


def focused(stage: Stage, name: str) -> bool:
    return stage.item(name).hasActiveFocus()


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_list_and_app_are_inside_the_screen(
    page: Callable[..., Stage], layout: str, direction: Qt.LayoutDirection, scheme: str
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    stage = page(layout, scheme=scheme)
    name = f"{layout.lower()}-{scheme}-{'rtl' if direction.name == 'RightToLeft' else 'ltr'}"
    card = stage.item("catalogueCard")
    corner = card.mapToScene(QPointF(card.width(), card.height()))
    assert 0 < corner.x() <= stage.view.width() and corner.y() <= stage.view.height()
    assert stage.scene.keyboardCaptured and focused(stage, "catalogueSearch")
    keep(stage.picture(), f"catalogue-{name}")
    stage.shell.catalogue.look(MINES)
    keep(stage.picture(), f"catalogue-app-{name}")
    close, opening = visible(stage, "closeCatalogue"), visible(stage, "openApp")
    assert close is not None and opening is not None
    mirrored = direction == Qt.LayoutDirection.RightToLeft
    assert (close.mapToScene(QPointF(0, 0)).x() < stage.view.width() / 2) == mirrored
    for button in ("openApp", "howItRuns", "removeApp"):
        item = visible(stage, button)
        assert item is not None
        left = item.mapToScene(QPointF(0, 0)).x()
        assert left >= 0 and left + item.width() <= stage.view.width()


def test_by_keyboard_alone(page: Callable[..., Stage], engine: FakeEngine) -> None:
    stage = page()
    stage.type("mines")
    assert names(stage) == ["Mines"]
    stage.key(Qt.Key.Key_Down)
    assert focused(stage, "catalogueApps")
    stage.key(Qt.Key.Key_Return)
    assert stage.shell.catalogue.app == MINES
    pump(lambda: focused(stage, "openApp"))
    stage.key(Qt.Key.Key_Escape)
    assert stage.shell.catalogue.app == ""
    pump(lambda: focused(stage, "catalogueApps"))
    stage.key(Qt.Key.Key_Up)
    assert focused(stage, "catalogueSearch")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: focused(stage, "openApp"))
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(RunApp))
    assert engine.asked(RunApp) == [RunApp(MINES)] and not stage.shell.catalogue.open


def test_typing_in_the_list_searches_and_arrows_go_through_it(page: Callable[..., Stage]) -> None:
    stage = page()
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Right)
    grid = stage.item("catalogueApps")
    assert grid.property("currentIndex") == 1
    stage.type("k")
    assert focused(stage, "catalogueSearch") and stage.shell.catalogue.query == "k"
    stage.type("ate")
    assert names(stage) == ["Kate"]


def test_categories(page: Callable[..., Stage]) -> None:
    stage = page()
    press(stage, "category-development")
    assert names(stage) == ["Kate"]
    press(stage, "category-")
    assert len(names(stage)) == len(APPS)


def test_the_keys_stay_on_a_category_while_something_is_prepared(
    page: Callable[..., Stage], engine: FakeEngine
) -> None:
    stage = page()
    stage.item("category-games").forceActiveFocus(Qt.FocusReason.TabFocusReason)
    for fraction in (0.1, 0.2):
        engine.send(ImageProgress(KATE, "Fetching packages", fraction, 40))
        pump(lambda part=fraction: any(row.progress == part for row in stage.shell.catalogue.results))  # type: ignore[misc]
    assert focused(stage, "category-games")
    stage.key(Qt.Key.Key_Return)
    assert stage.shell.catalogue.category == "games"


@pytest.mark.parametrize("app", ["", MINES])
def test_the_keyboard_stays_in_the_card(page: Callable[..., Stage], app: str) -> None:
    stage = page(app=app)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        met: set[str] = set()
        for _ in range(20):
            stage.key(key)
            names_around = where(stage).split()
            assert "catalogueCard" in names_around
            met.update(names_around)
        assert {"closeCatalogue", "howItRuns" if app else "catalogueApps"} <= met


def test_many_images_on_their_way_leave_the_apps_their_room(page: Callable[..., Stage], engine: FakeEngine) -> None:
    stage = page("Phone")
    for number in range(40):
        engine.send(ImageProgress(f"quay.io/some/thing{number}:1", "Waiting", -1, -1))
    pump(lambda: stage.shell.catalogue.arriving.count == 40)
    stage.picture()
    apps, card = stage.item("catalogueApps"), stage.item("catalogueCard")
    assert apps.height() > card.height() / 4
    assert apps.mapToItem(card, QPointF(0, apps.height())).y() <= card.height()


def test_an_app_tells_all_about_itself(page: Callable[..., Stage]) -> None:
    stage = page(app=MINES)
    said = {row.label: row.text for row in stage.shell.catalogue.facts}
    assert said["Made by"] == "The GNOME Project" and said["Licence"] == "GPL-3.0-or-later" and said["Size"] == "3.9 MB"
    stage.shell.catalogue.look(FOX)
    assert any(row.text.startswith("asks for network: “") for row in stage.shell.catalogue.facts)


def test_an_app_that_is_not_here_is_prepared_with_progress_and_starts(
    page: Callable[..., Stage], engine: FakeEngine
) -> None:
    stage = page(app=KATE)
    assert visible(stage, "removeApp") is None
    press(stage, "openApp")
    pump(lambda: engine.asked(RunApp))
    assert stage.shell.catalogue.open
    engine.send(InstanceChanged(instance_info("i1", KATE, "Kate", "preparing")))
    engine.send(ImageProgress(KATE, "Fetching packages for Kate, 3.2 of 12.8 MB, 1.6 MB/s", 0.25, 40))
    pump(lambda: visible(stage, "cancelApp"))
    pump(lambda: focused(stage, "cancelApp"))
    assert stage.shell.catalogue.progressText == "Fetching packages for Kate, 3.2 of 12.8 MB, 1.6 MB/s, 40 s left"
    keep(stage.picture(), "catalogue-preparing")
    engine.send(ImageProgress(KATE, "Ready", 1, 0, finished=True))
    engine.send(InstanceChanged(instance_info("i1", KATE, "Kate")))
    engine.send(Reply(engine.number(RunApp), Started("i1")))
    pump(lambda: not stage.shell.catalogue.open)


def test_preparing_is_cancelled_and_gone_on_with(page: Callable[..., Stage], engine: FakeEngine) -> None:
    stage = page(app=KATE)
    press(stage, "prepareApp")
    pump(lambda: engine.asked(BuildImage))
    engine.send(ImageProgress(KATE, "Fetching packages", 0.25, 40))
    pump(lambda: visible(stage, "cancelApp"))
    press(stage, "cancelApp")
    pump(lambda: engine.asked(CancelImage))
    engine.send(ImageProgress(KATE, "Cancelled", -1, -1, finished=True, again=KATE))
    pump(lambda: visible(stage, "prepareApp"))
    assert visible(stage, "prepareApp").property("text") == "Go on preparing"  # type: ignore[union-attr]
    keep(stage.picture(), "catalogue-stopped")
    press(stage, "prepareApp")
    pump(lambda: len(engine.asked(BuildImage)) == 2)


def test_images_that_are_no_app_yet_are_shown_and_gone_on_with(page: Callable[..., Stage], engine: FakeEngine) -> None:
    stage = page("Phone")
    subject = FETCHED.partition("@")[0]
    engine.send(ImageProgress(subject, "Fetching thing, 1.0 of 9.0 MB, 0.5 MB/s", 0.1, 16))
    pump(lambda: stage.shell.catalogue.arriving.count)
    keep(stage.picture(), "catalogue-arriving")
    press(stage, "cancelArriving")
    pump(lambda: engine.asked(CancelImage))
    engine.send(ImageProgress(subject, "Cancelled", -1, -1, finished=True, again=FETCHED))
    pump(lambda: visible(stage, "goOnArriving"))
    press(stage, "goOnArriving")
    pump(lambda: engine.asked(PullImage))
    assert engine.asked(PullImage) == [PullImage(FETCHED)]


def test_what_else_can_be_done_opens_above_it_and_gives_the_keys_back(page: Callable[..., Stage]) -> None:
    stage = page(app=MINES)
    press(stage, "howItRuns")
    pump(lambda: stage.shell.runSettings.open)
    stage.shell.runSettings.close()
    assert stage.shell.catalogue.open
    pump(lambda: focused(stage, "openApp"))
    press(stage, "versionsOfApp")
    pump(lambda: stage.shell.versions.open)
    stage.shell.versions.close()
    pump(lambda: focused(stage, "openApp"))
    press(stage, "removeApp")
    pump(lambda: stage.shell.removal.open)


def test_escape_closes_it_from_the_list_as_well(page: Callable[..., Stage]) -> None:
    stage = page(app=MINES)
    pump(lambda: focused(stage, "openApp"))
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: focused(stage, "catalogueApps"))
    stage.key(Qt.Key.Key_Escape)
    assert not stage.shell.catalogue.open and stage.shell.catalogue.query == ""


def test_it_is_opened_from_the_launcher(engine: FakeEngine, open_stage: OpenStage) -> None:
    engine.apps = APPS
    stage = open_stage()
    stage.listed()
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    stage.key(Qt.Key.Key_Tab)
    assert focused(stage, "openCatalogue")
    stage.key(Qt.Key.Key_Return)
    assert stage.shell.catalogue.open and not stage.shell.launcherOpen
    pump(lambda: focused(stage, "catalogueSearch"))
    stage.key(Qt.Key.Key_Escape)
    assert not stage.shell.catalogue.open and not stage.scene.keyboardCaptured


def test_a_command_opens_and_closes_it(engine: FakeEngine, open_stage: OpenStage) -> None:
    engine.apps = APPS
    stage = open_stage()
    stage.listed()
    engine.send(Call(1, OpenCatalogue(MINES)))
    pump(lambda: stage.shell.catalogue.open)
    assert stage.shell.catalogue.app == MINES
    engine.send(Call(2, OpenCatalogue(open=False)))
    pump(lambda: not stage.shell.catalogue.open)
    engine.send(Call(3, OpenCatalogue("org.example.None")))
    pump(lambda: any(isinstance(message, Failure) for message in engine.messages))
    assert [message.call for message in engine.messages if isinstance(message, Reply)] == [1, 2]


def test_an_app_that_goes_while_it_is_looked_at_leaves_the_list(page: Callable[..., Stage], engine: FakeEngine) -> None:
    stage = page(app=MINES)
    engine.send(AppsChanged(tuple(app for app in APPS if app.app != MINES)))
    pump(lambda: stage.shell.catalogue.app == "")
    assert "Mines" not in names(stage) and stage.shell.catalogue.open


def test_a_click_beside_it_closes_it(page: Callable[..., Stage]) -> None:
    stage = page()
    QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPointF(5, 5).toPoint())
    assert not stage.shell.catalogue.open


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_two_of_one_name_are_told_apart(page: Callable[..., Stage], layout: str, direction: Qt.LayoutDirection) -> None:
    QGuiApplication.setLayoutDirection(direction)
    ids = ("local.quay-io-some-db", "local.some-db")
    stage = page(layout, apps=tuple(app_info(app, "Db", "Keeps tables") for app in ids))
    shown = [str(item.property("text")) for item in items(stage.item("catalogueCard")) if item.isVisible()]
    assert {f"{app} · Keeps tables" for app in ids} <= set(shown)
    keep(stage.picture(), f"catalogue-one-name-{layout.lower()}-{direction.name}")
