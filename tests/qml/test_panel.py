"""The panel: running windows, what is being prepared, notices, the time."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.messages import (
    AppsChanged,
    BuildImage,
    CancelImage,
    ImageProgress,
    InstanceChanged,
    InstanceEnded,
    Notice,
    PullImage,
    SetPermission,
    TakeImages,
)
from berth.ui.shell import MAX_NOTICES
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, WindowRow, app_info, instance_info, pump
from tests.qml.stage import Stage, items, kind


@pytest.fixture
def stage(engine: FakeEngine, open_stage: OpenStage) -> Stage:
    engine.apps = (app_info("a.b.editor", "Editor"), app_info("a.b.files", "Files"))
    stage = open_stage()
    stage.listed()
    return stage


def tasks(stage: Stage) -> list[QQuickItem]:
    """The window buttons from left to right."""
    found = [item for item in items(stage.item("panel")) if kind(item).startswith("TaskItem")]
    return sorted(found, key=lambda item: item.mapToScene(item.boundingRect().topLeft()).x())


def show_windows(stage: Stage, *focused: bool) -> None:
    for number, has_focus in enumerate(focused, 1):
        row = WindowRow(number, f"i{number}", "a.b.editor", "Editor", "", f"Note {number}", focused=has_focus)
        stage.scene.rows.put(row)
    pump(lambda: len(tasks(stage)) >= min(len(focused), 10))


def test_an_image_that_comes_shows_how_far_it_is(stage: Stage, engine: FakeEngine) -> None:
    engine.send(ImageProgress("/home/me/Berth/Drop/some.tar", "Importing some.tar", 0.25, 8))
    pump(lambda: stage.shell.progress.count)
    (row,) = stage.shell._progress
    assert (row.name, row.text, row.fraction, row.building) == ("some.tar", "Importing some.tar", 0.25, True)
    engine.send(ImageProgress("/home/me/Berth/Drop/some.tar", "Ready", 1, 0, finished=True))
    pump(lambda: not stage.shell.progress.count)


def press(stage: Stage, name: str, within: str = "panel") -> None:
    stage.picture()
    stage.click(next(item for item in items(stage.item(within)) if item.objectName() == name and item.isVisible()))


def test_an_image_that_comes_can_be_cancelled(stage: Stage, engine: FakeEngine) -> None:
    engine.send(ImageProgress("/home/me/Berth/Drop/some.tar", "Importing some.tar", 0.25, 8))
    pump(lambda: stage.shell.progress.count)
    press(stage, "cancelProgress")
    pump(lambda: engine.asked(CancelImage))
    assert engine.asked(CancelImage) == [CancelImage("/home/me/Berth/Drop/some.tar")]


@pytest.mark.parametrize(
    ("subject", "again", "request_"),
    [
        (
            "quay.io/a/thing:1",
            "quay.io/a/thing:1@sha256:" + "a" * 64,
            PullImage("quay.io/a/thing:1@sha256:" + "a" * 64),
        ),
        ("a.b.editor", "a.b.editor", BuildImage("a.b.editor")),
    ],
)
def test_what_was_broken_off_goes_on_or_is_forgotten(
    stage: Stage, engine: FakeEngine, subject: str, again: str, request_: PullImage | BuildImage
) -> None:
    engine.send(ImageProgress(subject, "Fetching", 0.25, 8))
    engine.send(ImageProgress(subject, "Cancelled", -1, -1, finished=True, again=again))
    pump(lambda: stage.shell.progress.count and next(iter(stage.shell._progress)).stopped)
    press(stage, "goOn")
    pump(lambda: engine.asked(type(request_)))
    assert engine.asked(type(request_)) == [request_]
    press(stage, "forgetStopped")
    pump(lambda: engine.asked(CancelImage))
    engine.send(ImageProgress(subject, "Cancelled", -1, -1, finished=True))
    pump(lambda: not stage.shell.progress.count)


def test_images_on_a_drive_come_in_if_someone_wants_them(stage: Stage, engine: FakeEngine) -> None:
    path = "/media/me/BLUE STICK"
    engine.send(ImageProgress(path, "2 images", -1, -1, finished=True, again=path))
    pump(lambda: stage.shell.progress.count)
    row = next(iter(stage.shell._progress))
    assert (row.name, row.text, row.offered, row.stopped) == ("BLUE STICK", "2 images", True, False)
    press(stage, "goOn")
    pump(lambda: engine.asked(TakeImages))
    assert engine.asked(TakeImages) == [TakeImages(path)]
    press(stage, "forgetStopped")
    pump(lambda: engine.asked(CancelImage))
    assert engine.asked(CancelImage) == [CancelImage(path)]
    engine.send(ImageProgress(path, "", -1, -1, finished=True))
    pump(lambda: not stage.shell.progress.count)


def test_what_was_broken_off_before_is_not_brought_up(stage: Stage, engine: FakeEngine) -> None:
    """The tile says so, and the catalogue."""
    engine.send(ImageProgress("a.b.editor", "Interrupted", -1, -1, finished=True, again="a.b.editor"))
    pump(lambda: stage.shell._apps.get("a.b.editor").stopped)
    assert not stage.shell.progress.count


def test_a_click_focuses_and_a_second_one_minimises(stage: Stage) -> None:
    show_windows(stage, True, False)
    stage.click(tasks(stage)[1])
    stage.click(tasks(stage)[0])
    assert stage.scene.actions == [("focus", 2), ("minimize", 1)]


def test_a_middle_click_closes(stage: Stage) -> None:
    show_windows(stage, True)
    task = tasks(stage)[0]
    place = task.mapToScene(task.boundingRect().center()).toPoint()
    QTest.mouseClick(stage.view, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, place)
    assert stage.scene.actions == [("close", 1)]


def test_many_windows_share_the_room(stage: Stage) -> None:
    show_windows(stage, *[False] * 40)
    panel = stage.item("panel")
    assert all(task.width() >= stage.tokens.groups["size"].value("target") for task in tasks(stage))
    clock = next(item for item in items(panel) if kind(item).startswith("Clock"))
    visible = [task for task in tasks(stage) if task.mapToScene(task.boundingRect().topLeft()).x() < panel.width()]
    assert clock.mapToScene(QPoint(0, 0).toPointF()).x() > visible[0].x()
    assert clock.mapToScene(clock.boundingRect().bottomRight()).x() <= panel.width()


def test_the_panel_keeps_its_place_free_and_makes_way_for_full_screen(stage: Stage) -> None:
    panel = stage.item("panel")
    assert stage.output.usable == (0, 0, 1280, 800 - round(panel.height()))
    stage.output.look(full_screen=True)
    assert not panel.isVisible()
    stage.shell.launcherOpen = True
    assert panel.isVisible()


def test_clicks_on_the_panel_reach_no_window(stage: Stage) -> None:
    QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(640, 795))
    assert stage.item("windowArea").property("presses") == 0


def test_progress_appears_and_leaves(stage: Stage, engine: FakeEngine) -> None:
    engine.send(ImageProgress("a.b.editor", "Fetching", 0.5, 30))
    pump(lambda: stage.shell.progress.count == 1)
    (row,) = stage.shell._progress
    assert (row.name, row.text, row.fraction, row.time_left, row.building) == (
        "Editor",
        "Fetching",
        0.5,
        "30 s left",
        True,
    )
    engine.send(ImageProgress("a.b.editor", "", 1, 0, finished=True))
    pump(lambda: stage.shell.progress.count == 0)


def test_notices_come_and_go_without_taking_the_focus(stage: Stage, engine: FakeEngine) -> None:
    before = stage.view.activeFocusItem()
    engine.send(InstanceChanged(instance_info("i1", "a.b.editor", "Editor")))
    engine.send(Notice("error", "The disk is full.", "Remove something.", "i1"))
    pump(lambda: stage.shell.notices.count == 1)
    (row,) = stage.shell._notices
    assert (row.severity, row.message, row.hint, row.origin) == (
        "error",
        "The disk is full.",
        "Remove something.",
        "Editor",
    )
    assert stage.view.activeFocusItem() is before
    dismiss = next(item for item in items(stage.item("notices")) if item.property("text") == "Dismiss")
    pump(lambda: dismiss.mapToScene(dismiss.boundingRect().center()).x() > 0 and dismiss.width() > 0)
    stage.click(dismiss)
    assert stage.shell.notices.count == 0
    assert stage.item("windowArea").property("presses") == 0


def test_the_same_notice_counts_instead_of_piling_up(stage: Stage, engine: FakeEngine) -> None:
    for _ in range(3):
        engine.send(Notice("warning", "Again."))
    engine.send(Notice("info", "Done."))
    pump(lambda: stage.shell.notices.count == 2)
    assert [(row.message, row.times) for row in stage.shell._notices] == [("Again.", 3), ("Done.", 1)]


def test_a_flood_of_notices_stays_small(stage: Stage, engine: FakeEngine) -> None:
    for number in range(50):
        engine.send(Notice("info", f"Number {number}"))
    pump(lambda: any(row.message == "Number 49" for row in stage.shell._notices))
    assert stage.shell.notices.count == MAX_NOTICES


def test_an_app_that_ends_badly_says_why(stage: Stage, engine: FakeEngine) -> None:
    engine.send(InstanceChanged(instance_info("i1", "a.b.editor", "Editor")))
    engine.send(InstanceEnded("i1", "a.b.editor", 139, "Editor crashed."))
    pump(lambda: stage.shell.notices.count == 1)
    assert stage.shell.instances.count == 0
    assert [(row.message, row.origin) for row in stage.shell._notices] == [("Editor crashed.", "Editor")]


def test_names_reach_running_instances_when_apps_change(stage: Stage, engine: FakeEngine) -> None:
    engine.send(InstanceChanged(instance_info("i1", "a.b.files", "Files")))
    pump(lambda: stage.shell.instances.count == 1)
    engine.send(AppsChanged((app_info("a.b.files", "Files", "Sort"),)))
    pump(lambda: stage.shell.apps.count == 1)
    assert stage.shell.instance_label("i1") == ("a.b.files", "Files", "")
    assert stage.shell.instance_label("unknown") == ("", "", "")


def test_an_app_that_sees_the_screen_is_named_and_can_be_stopped(stage: Stage, engine: FakeEngine) -> None:
    engine.send(InstanceChanged(instance_info("i1", "a.b.editor", "Editor")))
    pump(lambda: stage.shell.instances.rowCount() == 1)
    stage.shell.set_watchers(frozenset({"i1"}))
    sign = next(item for item in items(stage.item("panel")) if kind(item).startswith("WatcherSign"))
    assert sign.property("text") == "Editor sees the screen. Stop it"
    stage.picture()  # lays everything out
    stage.click(sign)
    pump(lambda: engine.asked(SetPermission) == [SetPermission("a.b.editor", "screen-capture", "ask")])
    stage.shell.set_watchers(frozenset())
    assert stage.shell.watchers.rowCount() == 0
