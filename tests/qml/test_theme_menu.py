"""The list of themes in the desktop: by keyboard and pointer, and the look that follows at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.themes.stack import choose, chosen
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items, keep, kind


@pytest.fixture
def themes(tmp_path: Path) -> Path:
    """Two themes of the user's, before and after the default one in the list, and a folder that is none."""
    for name, color in (("default-red", "red"), ("deep-blue", "blue")):
        folder = tmp_path / "themes" / name
        folder.mkdir(parents=True)
        (folder / "theme.toml").write_text(f'id = "{name}"\nname = "{color.title()}"\nsummary = "All {color}"\n')
        (folder / "style.css").write_text(f"panel {{ background-color: {color} }}")
    (tmp_path / "themes/broken").mkdir()
    (tmp_path / "themes/broken/theme.toml").write_text("id =")
    return tmp_path / "themes"


@pytest.fixture
def stage(themes: Path, tmp_path: Path, open_stage: OpenStage) -> Stage:
    return open_stage(themes=[themes], config=tmp_path / "config")


def entries(stage: Stage, menu_name: str = "themeMenu") -> dict[str, QQuickItem]:
    menu = next((item for item in items(stage.view.contentItem()) if item.objectName() == menu_name), None)
    found = items(menu) if menu is not None else iter(())
    return {
        str(item.property("text")): item
        for item in found
        if kind(item).startswith(("MenuEntry", "ThemeEntry")) and item.isVisible()
    }


def opened(stage: Stage) -> dict[str, QQuickItem]:
    """By keyboard alone."""
    stage.scene.shortcutActivated.emit("output-menu")
    pump(lambda: entries(stage, "outputMenu"), 60)
    stage.picture()
    lines = entries(stage, "outputMenu")
    for _ in lines:
        if not lines["Themes"].hasActiveFocus():
            stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: "Red" in entries(stage), 60)
    stage.picture()
    return entries(stage)


def panel_colour(stage: Stage) -> QColor:
    panel = stage.item("panel")
    place = panel.mapRectToScene(QRectF(0, 0, panel.width(), panel.height())).toRect()
    return stage.picture().pixelColor(place.right() - 2, place.bottom() - 2)  # no menu lies there


def test_the_keyboard_changes_the_look_at_once(stage: Stage, tmp_path: Path) -> None:
    found = opened(stage)
    names = list(found)
    assert names[0] == "Beige" and names[names.index("Blue") :][:3] == ["Blue", "Berth", "Red"]
    assert found["Berth"].hasActiveFocus()
    assert stage.scene.menu_open
    keep(stage.picture(), "theme-menu")
    for key, color in ((Qt.Key.Key_Down, "red"), (Qt.Key.Key_Up, ""), (Qt.Key.Key_Up, "blue")):
        stage.key(key)
        stage.key(Qt.Key.Key_Return)
        if color:
            pump(lambda color=color: panel_colour(stage) == QColor(color), 60)  # type: ignore[misc]
    assert chosen(tmp_path / "config") == "deep-blue"
    # The list stays until it is sent away.
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not entries(stage))
    assert stage.item("windowArea").hasActiveFocus()
    assert not stage.scene.menu_open


def test_pointer_and_names_for_those_who_listen(stage: Stage) -> None:
    found = opened(stage)
    stage.click(found["Red"])
    pump(lambda: panel_colour(stage) == QColor("red"), 60)
    red, blue = (QAccessible.queryAccessibleInterface(entries(stage)[name]) for name in ("Red", "Blue"))
    assert red.text(QAccessible.Text.Name) == "Red"
    assert red.text(QAccessible.Text.Description) == "In use. All red. The Delete key removes it"
    assert red.state().checked and not blue.state().checked
    QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 5))
    pump(lambda: not entries(stage))


def test_the_open_list_says_what_was_chosen_elsewhere(stage: Stage, themes: Path, tmp_path: Path) -> None:
    """As ``berth theme use`` does it, also for a theme that was not there when the list was opened."""
    found = opened(stage)
    assert checks(found) == {"Berth"}
    choose(tmp_path / "config", "deep-blue")
    pump(lambda: checks(found) == {"Blue"}, 60)
    assert found["Berth"].hasActiveFocus(), "the keyboard stays where the user has it"
    new = themes / "new"
    new.mkdir()
    (new / "theme.toml").write_text('id = "new"\nname = "New"\n')
    (new / "style.css").write_text("panel { background-color: lime }")
    choose(tmp_path / "config", "new")
    pump(lambda: checks(entries(stage)) == {"New"}, 60)
    assert entries(stage)["Berth"].hasActiveFocus()
    pump(lambda: panel_colour(stage) == QColor("lime"), 60)


def checks(found: dict[str, QQuickItem]) -> set[str]:
    """Names of the lines with a check mark on them."""
    marked = {
        name
        for name, line in found.items()
        if any(
            kind(item).startswith("Symbol") and item.isVisible() and item.property("name") == "check"
            for item in items(line)
        )
    }
    told = {name for name, line in found.items() if QAccessible.queryAccessibleInterface(line).state().checked}
    assert marked == told
    return marked


def test_a_choice_that_cannot_be_kept_is_told(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")
    stage.themes.use("default-red")
    pump(lambda: stage.shell.notices.rowCount() == 1)


def test_the_way_to_other_themes_is_below_the_list(stage: Stage) -> None:
    opened(stage)
    stage.key(Qt.Key.Key_Home)
    stage.key(Qt.Key.Key_Up)
    assert stage.item("addTheme").hasActiveFocus()
    stage.key(Qt.Key.Key_Down)
    assert entries(stage)["Beige"].hasActiveFocus()
    stage.key(Qt.Key.Key_Up)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: stage.themes.adding.open and not entries(stage))
    assert not stage.scene.menu_open and stage.scene.keyboardCaptured
