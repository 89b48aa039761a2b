"""The window menu, the switcher and what the keys say while they have a window in hand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtQml import QQmlComponent
from PySide6.QtQuick import QQuickItem

from berth.core.messages import PromptOpened
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, WindowRow, prompt_info, pump
from tests.qml.stage import Stage, items, keep, kind

LAYOUTS = ("Desktop", "Tablet", "Phone")


def row(number: int, title: str = "Letter", **fields: object) -> WindowRow:
    return WindowRow(number, f"i{number}", "a.b.editor", "Editor", "", title, **fields)  # type: ignore[arg-type]


def open_menu(stage: Stage, place: tuple[float, float] = (300, 200), **fields: object) -> QQuickItem:
    stage.scene.rows.put(row(1, **fields))
    stage.scene.menuRequested.emit("BERTH-1", 1, *place)
    pump(lambda: entries(stage))
    stage.picture()  # lays everything out
    return stage.item("windowMenu")


def entries(stage: Stage) -> dict[str, QQuickItem]:
    """The lines to be seen."""
    found = (item for item in items(stage.view.contentItem()) if kind(item).startswith("MenuEntry"))
    return {str(item.property("text")): item for item in found if item.isVisible()}


def choose(stage: Stage, chosen: int = 2) -> QQuickItem:
    rows = [row(1, "Letter"), row(2, "A picture of the harbour"), row(3, "Notes", minimized=True), row(4, urgent=True)]
    stage.scene.choose_from(rows, chosen)
    switcher = stage.item("switcher")
    pump(lambda: switcher.isVisible() and len(windows(stage)) == 4)
    stage.picture()  # lays everything out
    return switcher


def windows(stage: Stage) -> list[QQuickItem]:
    shown = (i for i in items(stage.view.contentItem()) if kind(i).startswith("SwitcherItem"))
    return sorted(shown, key=lambda item: int(item.property("window")))


# --- menu


def test_the_keyboard_goes_through_the_menu(open_stage: OpenStage) -> None:
    stage = open_stage()
    open_menu(stage)
    assert stage.scene._captured
    assert entries(stage)["Minimise"].hasActiveFocus()
    stage.key(Qt.Key.Key_Down)
    assert entries(stage)["Maximise"].hasActiveFocus()
    stage.key(Qt.Key.Key_End)
    assert entries(stage)["Close"].hasActiveFocus()
    stage.key(Qt.Key.Key_Down)
    assert entries(stage)["Minimise"].hasActiveFocus()
    stage.key(Qt.Key.Key_Up)
    stage.key(Qt.Key.Key_Return)
    assert stage.scene.actions == [("close", 1)]
    pump(lambda: not entries(stage))
    assert not stage.scene._captured


def test_a_letter_finds_a_line(open_stage: OpenStage) -> None:
    stage = open_stage()
    open_menu(stage)
    stage.type("r")
    assert entries(stage)["Right half"].hasActiveFocus()
    stage.type("r")
    assert entries(stage)["Resize"].hasActiveFocus()
    stage.key(Qt.Key.Key_Space)
    assert stage.scene.actions == [("resize", 1)]


def test_escape_and_a_click_elsewhere_close_it(open_stage: OpenStage) -> None:
    stage = open_stage()
    open_menu(stage)
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not entries(stage))
    open_menu(stage)
    stage.click(stage.item("windowArea"))
    pump(lambda: not entries(stage))
    assert not stage.scene.actions and stage.item("windowArea").property("presses") == 0


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ("Minimise", "minimize"),
        ("Maximise", "maximize"),
        ("Full screen", "fullscreen"),
        ("Left half", "tile left"),
        ("Right half", "tile right"),
        ("Move", "move"),
        ("Resize", "resize"),
        ("Close", "close"),
    ],
)
def test_every_line_does_what_it_says(open_stage: OpenStage, line: str, action: str) -> None:
    stage = open_stage()
    open_menu(stage)
    stage.click(entries(stage)[line])
    assert stage.scene.actions == [(action, 1)]
    pump(lambda: not entries(stage))


def test_lines_follow_the_window(open_stage: OpenStage) -> None:
    stage = open_stage()
    open_menu(stage, resizable=False)
    assert not entries(stage)["Maximise"].isEnabled() and not entries(stage)["Resize"].isEnabled()
    assert entries(stage)["Move"].isEnabled()
    stage.scene.rows.put(row(1, window_state="maximized", responding=False))
    assert "Restore" in entries(stage) and not entries(stage)["Move"].isEnabled()
    stage.picture()  # lays everything out
    stage.click(entries(stage)["End the app"])
    assert stage.scene.actions == [("end", 1)]


@pytest.mark.parametrize("layout", ["Tablet", "Phone"])
def test_fingers_are_not_offered_what_they_cannot_do(open_stage: OpenStage, layout: str) -> None:
    stage = open_stage(layout)
    open_menu(stage)
    assert list(entries(stage)) == ["Minimise", "Full screen", "How it runs…", "See inside…", "Close"]


def test_the_menu_stays_on_screen_and_goes_with_its_window(open_stage: OpenStage) -> None:
    stage = open_stage()
    menu = open_menu(stage, (5000, 5000))
    corner = menu.mapToScene(QPointF(menu.width(), menu.height()))
    assert corner.x() <= stage.view.width() and corner.y() <= stage.view.height()
    stage.scene.rows.replace([])
    pump(lambda: not entries(stage))
    pump(lambda: not stage.scene._captured)


def test_a_prompt_closes_the_menu(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = open_stage()
    stage.listed()
    open_menu(stage)
    engine.send(PromptOpened(prompt_info()))
    pump(lambda: not entries(stage))


def test_from_right_to_left_the_menu_hangs_on_its_other_corner(open_stage: OpenStage) -> None:
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage()
    menu = open_menu(stage, (600, 200))
    assert abs(menu.mapToScene(QPointF(menu.width(), 0)).x() - 600) <= 1
    keep(stage.picture(), "menu-rtl")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_pictures_of_the_menu(open_stage: OpenStage, layout: str, scheme: str) -> None:
    stage = open_stage(layout, scheme=scheme)
    menu = open_menu(stage, responding=False)
    picture = stage.picture()
    keep(picture, f"menu-{layout}-{scheme}".lower())
    inside = menu.mapToScene(QPointF(menu.width() / 2, 6)).toPoint()
    light = picture.pixelColor(inside).lightnessF()
    assert light > 0.8 if scheme == "light" else light < 0.4


# --- an app that does not answer


def ask_about_hang(stage: Stage, name: str = "Editor") -> QQuickItem:
    url = QUrl.fromLocalFile(str(stage.qml / "windows/HangQuestion.qml"))
    component = QQmlComponent(stage.qml_engine, url)
    root = stage.view.rootObject()
    values = {"window": 1, "name": name, "parent": root, "x": 200, "y": 150}
    question = component.createWithInitialProperties(values)
    assert isinstance(question, QQuickItem), component.errorString()
    component.setParent(question)
    question.setParent(root)
    question.forceActiveFocus(Qt.FocusReason.TabFocusReason)
    return question


def test_waiting_is_what_a_hasty_key_chooses(open_stage: OpenStage) -> None:
    stage = open_stage()
    ask_about_hang(stage)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Escape):
        stage.key(key)
    assert stage.scene.actions == [("wait", 1)] * 3
    stage.scene.actions.clear()
    stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Return)
    assert stage.scene.actions == [("end", 1)]


def test_what_hangs_is_said_aloud_and_never_too_wide(open_stage: OpenStage) -> None:
    stage = open_stage()
    question = ask_about_hang(stage, "Editor " * 100)
    assert question.width() < 500
    stage.picture()
    interface = QAccessible.queryAccessibleInterface(question)
    assert interface.role() == QAccessible.Role.Dialog
    assert "does not answer" in interface.text(QAccessible.Text.Name)
    assert "not saved" in interface.text(QAccessible.Text.Description)


@pytest.mark.parametrize("direction", ["left-to-right", "right-to-left"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_of_the_question(open_stage: OpenStage, scheme: str, direction: str) -> None:
    mirrored = direction == "right-to-left"
    if mirrored:
        QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage(scheme=scheme)
    question = ask_about_hang(stage)
    picture = stage.picture()
    keep(picture, f"hang-{scheme}-{direction}")
    end, wait = stage.item("endApp"), stage.item("wait")
    assert (end.mapToScene(QPointF()).x() > wait.mapToScene(QPointF()).x()) == mirrored
    light = picture.pixelColor(question.mapToScene(QPointF(question.width() / 2, 8)).toPoint()).lightnessF()
    assert light > 0.8 if scheme == "light" else light < 0.4


# --- switcher


def test_a_tap_chooses_and_one_beside_gives_up(open_stage: OpenStage) -> None:
    stage = open_stage()
    choose(stage)
    stage.click(windows(stage)[2])
    stage.click(stage.item("panel"))
    assert stage.scene.actions == [("choose", 3), ("cancel", 0)]
    stage.scene.choose_from([], 0)
    assert not stage.item("switcher").isVisible()


def test_who_lets_go_at_once_sees_nothing(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.scene.choose_from([row(1)], 1)
    assert not stage.item("switcher").isVisible()
    stage.scene.choose_from([], 0)
    pump(lambda: True)
    assert not stage.item("switcher").isVisible()


def test_titles_change_while_choosing(open_stage: OpenStage) -> None:
    stage = open_stage()
    choose(stage)
    stage.scene.candidates.change(1, title="Letter, saved")
    pump(lambda: windows(stage)[0].property("title") == "Letter, saved")


@pytest.mark.parametrize("layout", ["Tablet", "Phone"])
def test_fingers_have_a_button_for_it(open_stage: OpenStage, layout: str) -> None:
    stage = open_stage(layout)
    stage.scene.rows.put(row(1))
    pump(lambda: stage.item("switcherButton").isVisible())
    stage.picture()  # lays everything out
    stage.click(stage.item("switcherButton"))
    assert stage.scene.actions == [("switcher", 0)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_pictures_of_the_switcher(open_stage: OpenStage, layout: str, scheme: str) -> None:
    stage = open_stage(layout, scheme=scheme)
    switcher = choose(stage)
    keep(stage.picture(), f"switcher-{layout}-{scheme}".lower())
    left = switcher.mapToScene(QPointF(0, 0))
    assert left.x() >= 0 and left.x() + switcher.width() <= stage.view.width()
    places = [window.mapToScene(QPointF(0, 0)) for window in windows(stage)]
    apart = [(place.x(), place.y()) for place in places]
    assert len(set(apart)) == 4
    assert apart == sorted(apart, key=lambda place: (place[1], place[0]))


def test_from_right_to_left_the_first_window_is_on_the_right(open_stage: OpenStage) -> None:
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage()
    choose(stage)
    keep(stage.picture(), "switcher-rtl")
    places = [window.mapToScene(QPointF(0, 0)).x() for window in windows(stage)]
    assert places == sorted(places, reverse=True)


# --- keys


@pytest.mark.parametrize("hand", ["move", "resize"])
def test_the_keys_say_what_they_do(open_stage: OpenStage, hand: str) -> None:
    stage = open_stage()
    hint = stage.item("handHint")
    assert not hint.isVisible()
    stage.scene.take_in_hand(hand)
    assert hint.isVisible()
    keep(stage.picture(), f"hand-{hand}")
    stage.scene.take_in_hand("")
    assert not hint.isVisible()
