"""The card that adjusts the theme in use: by pointer and by keyboard, live, in every layout and direction."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.themes.stack import choose
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items, keep
from tests.qml.test_styles import panel_colour

SHEET = """
@property --gap { syntax: "<length>"; inherits: true; initial-value: 4px; label: "Room"; range: 0px 20px; step: 2px; }
@property --ground { syntax: "<color>"; inherits: true; initial-value: #ff0000; label: "Ground"; }
@property --edge { syntax: "solid | double"; inherits: true; initial-value: solid; label: "<b>Lines</b>"; }
@property --face { syntax: "<string>"; inherits: true; initial-value: "Serif"; label: "Typeface"; }
:root { --font-family: var(--face); }
panel { background-color: var(--ground); padding: var(--gap); }
menu { border-style: var(--edge); }
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """What is the user's; a theme with four knobs is in use."""
    folder = tmp_path / "themes/mine"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('id = "mine"\nname = "Mine"\n')
    (folder / "style.css").write_text(SHEET)
    choose(tmp_path / "config", "mine")
    return tmp_path / "config"


@pytest.fixture
def stage(config: Path, open_stage: OpenStage) -> Stage:
    stage = open_stage(themes=[config.parent / "themes"], config=config)
    show(stage)
    return stage


def show(stage: Stage) -> None:
    stage.listed()
    stage.themes.adjusting.show()
    pump(lambda: any(item.objectName() == "adjustCard" for item in items(stage.view.contentItem())))
    stage.picture()


def sheet(config: Path) -> str:
    file = config / "adjusted/mine.css"
    return file.read_text() if file.exists() else ""


def test_from_the_list_of_themes_by_keyboard(config: Path, open_stage: OpenStage) -> None:
    stage = open_stage(themes=[config.parent / "themes"], config=config)
    stage.listed()
    stage.scene.shortcutActivated.emit("output-menu")
    pump(lambda: any(item.objectName() == "outputMenu" for item in items(stage.view.contentItem())))
    stage.picture()
    entry = next(item for item in items(stage.item("outputMenu")) if item.property("text") == "Themes")
    while not entry.hasActiveFocus():
        stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: any(item.objectName() == "adjustTheme" for item in items(stage.view.contentItem())))
    stage.picture()
    keep(stage.picture(), "adjust-entry")
    adjust = stage.item("adjustTheme")
    assert adjust.property("text") == "Adjust Mine…"
    add = stage.item("addTheme")
    stage.key(Qt.Key.Key_Home)
    stage.key(Qt.Key.Key_Up)
    assert add.hasActiveFocus()
    stage.key(Qt.Key.Key_Up)
    assert adjust.hasActiveFocus()
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Down)
    assert not adjust.hasActiveFocus() and not add.hasActiveFocus()
    stage.key(Qt.Key.Key_End)
    stage.key(Qt.Key.Key_Tab)
    assert adjust.hasActiveFocus()
    stage.key(Qt.Key.Key_Return)
    pump(lambda: any(item.objectName() == "adjustCard" for item in items(stage.view.contentItem())))
    assert not stage.scene.menu_open and stage.scene.keyboardCaptured
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not stage.themes.adjusting.open)
    assert stage.item("windowArea").hasActiveFocus()


def test_nothing_to_adjust_is_not_offered(config: Path, open_stage: OpenStage) -> None:
    (config.parent / "themes/mine/style.css").write_text("panel { padding: 1px }")
    stage = open_stage(themes=[config.parent / "themes"], config=config)
    assert not stage.themes.adjusting.available
    stage.themes.adjusting.show()
    assert not stage.themes.adjusting.open


def test_a_slider_is_followed_at_once_and_kept_when_it_is_let_go(stage: Stage, config: Path) -> None:
    slider = stage.item("slide--gap")
    assert slider.property("value") == 4
    start = slider.mapToScene(QPointF(slider.width() / 5, slider.height() / 2)).toPoint()
    QTest.mousePress(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(stage.view, start + QPoint(round(slider.width() / 2), 0))
    QTest.mouseMove(stage.view, start + QPoint(round(slider.width()), 0))
    assert stage.styles.of("panel").value("paddingLeft") == 20 and sheet(config) == ""
    QTest.mouseRelease(
        stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start + QPoint(round(slider.width()), 0)
    )
    assert sheet(config) == ":root {\n  --gap: 20px;\n}\n"
    assert stage.item("field--gap").property("text") == "20px"


def test_the_keys_move_a_slider(stage: Stage, config: Path) -> None:
    slider = stage.item("slide--gap")
    slider.forceActiveFocus(Qt.FocusReason.TabFocusReason)
    stage.key(Qt.Key.Key_Right)
    assert stage.styles.of("panel").value("paddingLeft") == 6
    assert sheet(config) == ":root {\n  --gap: 6px;\n}\n"
    for key, value in ((Qt.Key.Key_End, 20), (Qt.Key.Key_Home, 0), (Qt.Key.Key_Left, 0)):
        stage.key(key)
        assert stage.styles.of("panel").value("paddingLeft") == value
    assert sheet(config) == ":root {\n  --gap: 0px;\n}\n"


def test_values_are_typed_and_what_is_none_is_said(stage: Stage, config: Path) -> None:
    field = stage.item("field--gap")
    field.forceActiveFocus(Qt.FocusReason.TabFocusReason)
    field.selectAll()  # type: ignore[attr-defined]
    stage.type("99")
    told = [item.property("text") for item in items(stage.item("adjust--gap")) if item.isVisible()]
    assert "99px is out of range. From 0px to 20px." in told
    stage.key(Qt.Key.Key_Return)
    assert sheet(config) == ""
    field.selectAll()  # type: ignore[attr-defined]
    stage.type("9")
    stage.key(Qt.Key.Key_Return)
    assert sheet(config) == ":root {\n  --gap: 9px;\n}\n"
    assert not next(row for row in stage.themes.adjusting.rows if row.name == "--gap").fault


def test_colours_choices_and_words(stage: Stage, config: Path) -> None:
    accent = stage.tokens.groups["color"].value("accent")
    stage.click(stage.item("swatch-accent"))
    assert panel_colour(stage) == QColor(accent)
    assert f"--ground: {QColor(accent).name()};" in sheet(config)
    field = stage.item("field--ground")
    field.forceActiveFocus()
    field.selectAll()  # type: ignore[attr-defined]
    stage.type("rgb(0 0 255)")
    stage.key(Qt.Key.Key_Return)
    assert panel_colour(stage) == QColor("blue")
    assert field.property("text") == "#0000ff", "as everybody reads it"
    stage.click(stage.item("choice--edge=double"))
    assert stage.item("choice--edge=double").property("checked") and "--edge: double;" in sheet(config)
    face = stage.item("field--face")
    face.forceActiveFocus()
    face.selectAll()  # type: ignore[attr-defined]
    stage.type("DejaVu Sans")
    stage.key(Qt.Key.Key_Return)
    assert '--face: "DejaVu Sans";' in sheet(config)
    assert stage.styles.of("label").value("fontFamily") == "DejaVu Sans"


def test_the_way_back(stage: Stage, config: Path) -> None:
    for name, text in (("--gap", "12"), ("--ground", "blue"), ("--edge", "double")):
        stage.themes.adjusting.set(name, text)
    assert panel_colour(stage) == QColor("blue") and stage.themes.adjusting.changes == 3
    stage.picture()
    undo = stage.item("undo--ground")
    stage.click(undo)
    assert panel_colour(stage) == QColor("red") and "--ground" not in sheet(config)
    assert not undo.isEnabled() and stage.view.activeFocusItem() is not None
    stage.click(stage.item("resetTheme"))
    assert sheet(config) == "" and stage.themes.adjusting.changes == 0
    assert stage.styles.of("panel").value("paddingLeft") == 4
    assert stage.item("leaveAdjust").hasActiveFocus()


def test_what_others_write_is_shown(stage: Stage, config: Path) -> None:
    (config / "adjusted").mkdir()
    (config / "adjusted/mine.css").write_text(":root { --gap: 8px }")
    pump(lambda: stage.item("slide--gap").property("value") == 8)
    choose(config, "default")
    pump(lambda: stage.themes.adjusting.name == "Berth")
    names = ["--desktop-accent", "--corner-roundness", "--shadow-strength"]
    assert [row.name for row in stage.themes.adjusting.rows] == names


def test_the_inspector_beside_it(stage: Stage, config: Path) -> None:
    """Both try changes out; neither takes the other's for its own."""
    stage.inspector.show("panel")
    row = next(row for row in stage.inspector._rows if row.value == "var(--gap)")
    assert stage.inspector.begin(row.row)
    stage.inspector.edit("1px")
    stage.themes.adjusting.slide("--ground", 3)
    stage.themes.adjusting.slide("--gap", 12)
    stage.inspector.finish(False)
    assert not stage.inspector.pending and sheet(config) == ""
    stage.themes.adjusting.keep()
    assert sheet(config) == ":root {\n  --gap: 12px;\n}\n"


def test_a_change_that_cannot_be_kept_is_told(stage: Stage, config: Path) -> None:
    (config / "adjusted").write_text("a file where the folder should be")
    stage.themes.adjusting.set("--gap", "12")
    pump(lambda: stage.shell.notices.rowCount() == 1 or any(row.fault for row in stage.themes.adjusting.rows))
    assert stage.styles.of("panel").value("paddingLeft") == 4


def test_a_theme_that_ships(config: Path, open_stage: OpenStage) -> None:
    choose(config, "beige")
    stage = open_stage(config=config)
    show(stage)
    stage.themes.adjusting.set("--desk", "#7a5ca8")
    stage.themes.adjusting.set("--words", "15")
    assert stage.tokens.groups["font"].value("body") == 15
    assert (config / "adjusted/beige.css").read_text() == ":root {\n  --desk: #7a5ca8;\n  --words: 15px;\n}\n"
    keep(stage.picture(), "adjust")


def accessible(item: QQuickItem) -> tuple[str, str]:
    found = QAccessible.queryAccessibleInterface(item)
    return found.text(QAccessible.Text.Name), found.text(QAccessible.Text.Description)


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
@pytest.mark.parametrize("right", [False, True])
def test_in_every_layout_and_direction(layout: str, right: bool, config: Path, open_stage: OpenStage) -> None:
    if right:
        QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage(layout, themes=[config.parent / "themes"], config=config)
    show(stage)
    stage.themes.adjusting.set("--gap", "14")
    keep(stage.picture(), f"adjust-{layout.lower()}-{'rtl' if right else 'ltr'}")
    card, slider = stage.item("adjustCard"), stage.item("slide--gap")
    corner = card.mapToScene(QPointF(card.width(), card.height()))
    assert card.mapToScene(QPointF(0, 0)).x() >= 0 and corner.x() <= stage.view.width()
    assert corner.y() <= stage.view.height()
    if layout == "Phone":
        assert card.mapToScene(QPointF(0, 0)).y() >= stage.view.height() / 3, "the look has to be seen"
    else:
        assert (card.mapToScene(QPointF(0, 0)).x() < stage.view.width() / 2) == right
    assert accessible(card)[0] == "Adjust Mine"
    assert accessible(slider) == ("Room", "14px")
    assert accessible(stage.item("adjust--gap")) == ("Room", "By default 4px")
    assert accessible(stage.item("adjust--edge"))[0] == "<b>Lines</b>"
    assert accessible(stage.item("choice--edge=double"))[0] == "<b>Lines</b>: Double"
    slider.forceActiveFocus(Qt.FocusReason.TabFocusReason)
    stage.key(Qt.Key.Key_Left)
    assert stage.styles.of("panel").value("paddingLeft") == (16 if right else 12)
    seen = []
    for _ in range(60):
        stage.key(Qt.Key.Key_Tab)
        item = stage.view.activeFocusItem()
        top = item.mapToScene(QPointF(0, 0)).y()
        assert card.mapToScene(QPointF(0, 0)).y() <= top <= corner.y(), "the keys stay in the card, and in sight"
        seen.append(item.objectName())
        if item is slider:
            break
    assert {"field--gap", "field--ground", "swatch-accent", "choice--edge=solid", "field--face", "leaveAdjust"} < set(
        seen
    )
