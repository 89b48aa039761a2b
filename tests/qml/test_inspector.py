"""The inspector of the running desktop: pointing, what it tells, and changes that are tried out and written."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.messages import PromptOpened
from berth.core.problem import Problem
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, prompt_info, pump
from tests.qml.stage import Stage, items, keep
from tests.qml.test_styles import BLUE, RED, panel_colour

SHEET = "/* mine */\npanel { background-color: red; /* stays */ padding: 4px }\nbutton.start:hover { opacity: 0.5 }\n"


@pytest.fixture
def stage(theme: Path, tmp_path: Path, open_stage: OpenStage) -> Stage:
    (theme / "style.css").write_text(SHEET)
    stage = open_stage(themes=[theme.parent], config=tmp_path / "config")
    stage.listed()
    return stage


def rows(stage: Stage) -> list[tuple[str, str, bool, str]]:
    return [(row.name, row.value, row.beaten, row.note) for row in stage.inspector._rows]


def row_of(stage: Stage, name: str, value: str) -> str:
    return next(row.row for row in stage.inspector._rows if (row.name, row.value) == (name, value))


def point(stage: Stage, item: QQuickItem) -> None:
    """Open by the keys and press on an item."""
    stage.scene.shortcutActivated.emit("inspect")
    pump(lambda: stage.item("pointing").isVisible())
    middle = item.mapToScene(QPointF(item.width() / 2, 2)).toPoint()
    QTest.mouseMove(stage.view, middle)
    QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    pump(lambda: not stage.inspector.picking)
    QTest.mouseMove(stage.view, QPoint(5, 5))
    stage.picture()


def said(stage: Stage) -> str:
    return str(stage.item("said").property("text"))


def begin(stage: Stage, row: str) -> QQuickItem:
    shown = next(item for item in items(stage.item("inspected")) if item.property("row") == row)
    stage.click(shown)
    pump(lambda: any(item.objectName() == "value" for item in items(shown)))
    return stage.item("value")


def test_point_and_see(stage: Stage) -> None:
    point(stage, stage.item("panel"))
    inspector = stage.inspector
    assert (inspector.path, [crumb["name"] for crumb in inspector.crumbs]) == ("panel", ["desktop", "panel"])
    told = rows(stage)
    assert told[0][0] == "panel" and ("background-color", "red", False, "") in told
    beaten = next(row for row in told if row[:2] == ("background-color", "var(--color-panel)"))
    assert beaten[2] and beaten[3] == "overridden by mine/style.css:2"
    assert inspector.place.height() == stage.item("panel").height()
    assert inspector.edges[8:] == [4.0, 4.0, 4.0, 4.0]
    assert stage.scene.property("keyboardCaptured")
    keep(stage.picture(), "inspector")


def test_what_an_app_uses_is_told_and_asked_for(stage: Stage) -> None:
    inspector = stage.inspector
    inspector.show("window[uses~=network][uses~=screen-capture]:focus titlebar[uses~=network][uses~=screen-capture]")
    assert inspector.name == "titlebar[uses~=network][uses~=screen-capture]"
    assert any(name == 'titlebar[uses~="screen-capture"]' for name, *_rest in rows(stage))
    assert inspector.choose('window titlebar[uses~="network"]') and inspector.name == "titlebar[uses~=network]"
    assert not any("screen-capture" in name for name, *_rest in rows(stage))


def test_the_keys_go_through_the_elements(stage: Stage) -> None:
    point(stage, stage.item("panel"))
    stage.item("crumbs").forceActiveFocus()
    stage.key(Qt.Key.Key_Right)
    assert stage.inspector.path == "panel button.start"
    stage.key(Qt.Key.Key_Left)
    assert stage.inspector.path == "panel"
    stage.key(Qt.Key.Key_Left)
    assert stage.inspector.path == "desktop"
    stage.key(Qt.Key.Key_Right)
    before = stage.inspector.path
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Up)
    assert stage.inspector.path == before
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not stage.inspector.open)
    assert stage.item("windowArea").hasActiveFocus()
    assert not stage.scene.property("keyboardCaptured")


def test_a_change_is_shown_undone_and_written(stage: Stage, theme: Path) -> None:
    point(stage, stage.item("panel"))
    value = begin(stage, row_of(stage, "background-color", "red"))
    assert value.property("text") == "red"
    stage.type("blue")
    pump(lambda: panel_colour(stage) == BLUE)
    keep(stage.picture(), "inspector-editing")
    assert (theme / "style.css").read_text() == SHEET
    stage.key(Qt.Key.Key_Return)
    assert said(stage).startswith("The changes are only shown")
    stage.click(stage.item("undo"))
    pump(lambda: panel_colour(stage) == RED)
    begin(stage, row_of(stage, "background-color", "red"))
    stage.type("blue")
    stage.key(Qt.Key.Key_Return)
    QTest.keyClick(stage.view, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert (theme / "style.css").read_text() == SHEET.replace("red", "blue")
    assert said(stage) == "Written: mine/style.css"
    pump(lambda: panel_colour(stage) == BLUE)


def test_numbers_go_with_the_keys_and_escape_leaves_all_as_it_was(stage: Stage) -> None:
    point(stage, stage.item("panel"))
    value = begin(stage, row_of(stage, "padding", "4px"))
    value.setProperty("cursorPosition", 1)
    stage.key(Qt.Key.Key_Up)
    QTest.keyClick(stage.view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert value.property("text") == "15px"
    assert stage.inspector.edges[8] == 15.0
    stage.key(Qt.Key.Key_Escape)
    assert stage.inspector.edges[8] == 4.0 and stage.inspector.open and not stage.inspector.pending


@pytest.mark.parametrize("typed", ["nonsense", "red; opacity: 0", "red }", "", "red !important"])
def test_what_is_no_value_is_said_and_changes_nothing(stage: Stage, typed: str) -> None:
    point(stage, stage.item("panel"))
    stage.inspector.begin(row_of(stage, "background-color", "red"))
    stage.inspector.edit(typed)
    assert stage.inspector.wrong
    assert panel_colour(stage) == RED and not stage.inspector.pending


def test_what_is_only_read_is_overridden_in_the_users_own_sheet(stage: Stage, tmp_path: Path) -> None:
    stage.inspector.show("button.primary:hover")
    row = row_of(stage, "background-color", "var(--color-accent-hover)")
    assert stage.inspector.begin(row)
    assert "default/style.css" in stage.inspector.message and "config/style.css" in stage.inspector.message
    stage.inspector.edit("re")
    stage.inspector.edit("red")
    stage.inspector.finish(True)
    assert QColor(stage.styles.of("button.primary:hover").value("background")) == RED
    stage.inspector.write()
    text = (tmp_path / "config/style.css").read_text()
    assert text == "button {\n  &.primary, &.start {\n    &:hover {\n      background-color: red;\n    }\n  }\n}\n"


def test_a_token_is_overridden_in_its_scheme(stage: Stage, tmp_path: Path) -> None:
    stage.inspector.show("desktop")
    row = next(row for row in stage.inspector._rows if row.name == "--color-danger")
    assert stage.inspector.begin(row.row)
    stage.inspector.edit("red")
    stage.inspector.write()
    text = (tmp_path / "config/style.css").read_text()
    assert "@media (prefers-color-scheme: light) {\n  :root {\n    --color-danger: red;" in text
    assert stage.tokens.groups["color"].value("danger") == RED


def test_both_changes_are_kept_or_the_file_is_left_alone(stage: Stage, theme: Path) -> None:
    file = theme / "style.css"
    stage.inspector.show("panel")
    stage.inspector.begin(row_of(stage, "background-color", "red"))
    stage.inspector.edit("blue")
    file.write_text(SHEET + "menu { opacity: 0.5 }\n")
    pump(lambda: "both changes" in stage.inspector.message)
    assert stage.styles.of("menu").value("opacity") == 0.5 and panel_colour(stage) == BLUE
    theirs = SHEET.replace("red", "green")
    file.write_text(theirs)
    pump(lambda: "in the lines of your change" in stage.inspector.message)
    stage.inspector.write()
    assert "in the same lines" in stage.inspector.wrong
    assert file.read_text() == theirs and panel_colour(stage) == BLUE
    stage.inspector.drop()
    pump(lambda: panel_colour(stage) == QColor("green"))


def test_states_are_forced_and_let_go(stage: Stage) -> None:
    button = stage.item("launcherButton")
    point(stage, button)
    assert stage.inspector.path == "panel button.start"
    look = stage.styles.of("panel button.start")
    stage.click(stage.item("state-hover"))
    assert look.value("opacity") == 0.5
    assert ("opacity", "0.5", False, "") in rows(stage)
    stage.inspector.toggleState("hover")
    assert look.value("opacity") == 1.0
    stage.inspector.toggleState("hover")
    stage.inspector.toggle()
    assert look.value("opacity") == 1.0


def test_values_and_variables_are_searched(stage: Stage) -> None:
    stage.inspector.show("panel label")
    stage.inspector.view = "computed"
    stage.inspector.wanted = "font-size"
    (size,) = stage.inspector._rows
    assert (size.value, size.place) == ("14px", "default/style.css:9, from desktop")
    stage.inspector.view = "custom"
    stage.inspector.wanted = "accent"
    names = [row.name for row in stage.inspector._rows]
    assert "--color-accent" in names and all("accent" in row.name + row.value for row in stage.inspector._rows)
    assert all(row.swatch for row in stage.inspector._rows if row.name == "--color-accent")


def test_what_is_inherited_is_told_with_what_overrides_it(stage: Stage) -> None:
    stage.inspector.show("label.muted")
    told = [(row.name, row.detail, row.beaten, row.note) for row in stage.inspector._rows]
    assert told[0][0] == "label.muted"
    assert (":root", "inherited from desktop; layer base, specificity 0-1-0", False, "") in told
    assert ("font-size", "", False, "") in told
    (color,) = [row for row in told[2:] if row[0] == "color"]
    assert color[2] and color[3].startswith("overridden by default/style.css:")
    assert not any(name.startswith("--") for name, *_rest in told)


def test_prompts_are_inspected_but_their_floor_is_not_changed(stage: Stage, engine: FakeEngine) -> None:
    stage.inspector.show("prompt label")
    assert stage.inspector.floored
    floor = next(row for row in stage.inspector._rows if row.name == "opacity")
    assert not floor.editable and not stage.inspector.begin(floor.row)
    assert "floor" in stage.inspector.message
    engine.send(PromptOpened(prompt_info()))
    pump(lambda: stage.shell.prompts.rowCount() == 1 and stage.item("deny").hasActiveFocus())
    stage.scene.shortcutActivated.emit("inspect")
    assert stage.inspector.open  # as before: the keys are the question's


def test_forced_states_of_a_prompt_keep_its_floor(stage: Stage, theme: Path) -> None:
    (theme / "style.css").write_text(
        "prompt, prompt *, button:hover { color: white; background: white; opacity: 0 !important; font-size: 1px }"
    )
    looks = {path: stage.styles.of(path) for path in ("prompt", "prompt button", "prompt label")}
    pump(lambda: looks["prompt button"].value("fontSize") == 12)
    for path, look in looks.items():
        stage.inspector.show(path)
        stage.inspector.toggleState("hover")
        assert (look.value("opacity"), look.value("fontSize")) == (1.0, 12), path
        assert QColor(look.value("color")) == QColor("black"), path


def test_elements_that_are_not_there(stage: Stage) -> None:
    with pytest.raises(Problem, match="buton"):
        stage.inspector.show("buton")
    with pytest.raises(Problem):
        stage.inspector.show("{}")
    stage.inspector.show("")
    assert not stage.inspector.choose("panel buton")
    assert "Did you mean “button”?" in stage.inspector.wrong
    stage.inspector.step("nonsense", 99, 1.0)
    stage.inspector.go("child")
    assert not stage.inspector.begin("no row")


def test_a_value_is_changed_by_keys_alone(stage: Stage, theme: Path) -> None:
    stage.inspector.show("panel")
    pump(lambda: stage.item("crumbs").hasActiveFocus())
    while not stage.item("inspected").hasActiveFocus():
        stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: stage.view.activeFocusItem().objectName() == "value")
    stage.type("blue")
    stage.key(Qt.Key.Key_Return)
    QTest.keyClick(stage.view, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert (theme / "style.css").read_text() == SHEET.replace("red", "blue")


def test_the_keys_stay_in_the_card(stage: Stage, theme: Path) -> None:
    (theme / "style.css").write_text("panel { colr: red }")
    pump(lambda: stage.item("sheetErrors").isVisible())
    stage.inspector.show("panel")
    pump(lambda: stage.item("crumbs").hasActiveFocus())
    rows, seen = stage.item("inspected"), []
    for _ in range(20):
        stage.key(Qt.Key.Key_Tab)
        seen.append("inspected" if rows.hasActiveFocus() else stage.view.activeFocusItem().objectName())
        if seen[-1] == "crumbs":
            break
    assert seen == ["view-rules", "view-computed", "view-custom", "view-box", "inspected", "dismissErrors", "crumbs"]
    assert not stage.item("sheetErrors").isVisible() and stage.item("inspectorErrors").isVisible()
    keep(stage.picture(), "inspector-errors")


def test_it_outlives_the_layout(stage: Stage) -> None:
    point(stage, stage.item("panel"))
    stage.show_layout("Phone")
    pump(lambda: stage.inspector.place.isEmpty())
    stage.item("crumbs").forceActiveFocus()
    stage.key(Qt.Key.Key_Right)
    assert stage.inspector.path == "panel button.start"
    assert not stage.inspector.place.isEmpty()


def test_a_theme_that_is_too_much(stage: Stage, theme: Path) -> None:
    """Long values are cut and not changed, and of thousands of rules the strongest are told."""
    rules = "panel { opacity: 1 }\n" * 5000
    (theme / "style.css").write_text(f"{rules}panel {{ --long: {'x ' * 1000}; padding: 1px{' ' * 50_000}}}")
    stage.inspector.show("panel")
    pump(lambda: any(row.name == "--long" for row in stage.inspector._rows))
    row = next(row for row in stage.inspector._rows if row.name == "--long")
    assert len(row.value) < 1100 and not row.editable and not stage.inspector.begin(row.row)
    assert len(stage.inspector._rows) < 1000
    assert next(row for row in stage.inspector._rows if row.name == "padding").value == "1px"


def test_changes_that_are_not_written_are_not_forgotten(stage: Stage) -> None:
    stage.inspector.show("panel")
    stage.inspector.begin(row_of(stage, "background-color", "red"))
    stage.inspector.edit("blue")
    stage.inspector.toggle()
    assert [row.severity for row in stage.shell.notices] == ["info"]
    assert panel_colour(stage) == BLUE
    stage.inspector.toggle()
    stage.inspector.undo()
    assert panel_colour(stage) == RED


@pytest.mark.parametrize("layout", ["Desktop", "Phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("right", [False, True])
def test_where_the_card_lies(layout: str, scheme: str, right: bool, open_stage: OpenStage) -> None:
    if right:
        QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage(layout, scheme=scheme)
    stage.listed()
    point(stage, stage.item("launcherButton"))
    stage.inspector.toggleState("hover")
    card = stage.item("inspector")
    name = f"inspector-{layout.lower()}-{scheme}-{'rtl' if right else 'ltr'}"
    keep(stage.picture(), name)
    for view in ("computed", "custom", "box"):
        stage.inspector.view = view
        keep(stage.picture(), f"{name}-{view}")
    if layout == "Phone":
        assert card.y() > stage.view.height() / 3 and card.width() > 300
    else:
        assert (card.x() < stage.view.width() / 3) == right
    assert card.y() + card.height() <= stage.item("panel").y()


def test_the_card_stays_readable(stage: Stage, theme: Path) -> None:
    hide = "{ opacity: 0 !important; color: white; background-color: white; font-size: 1px }"
    (theme / "style.css").write_text(f"inspector, inspector * {hide}")
    look = stage.styles.of("inspector label")
    pump(lambda: QColor(look.value("color")) == QColor(0, 0, 0))
    assert (look.value("opacity"), look.value("fontSize")) == (1.0, 12)
    assert stage.styles.of("inspector").value("opacity") == 1.0
    assert stage.styles.of("inspector field:focus").value("color") == QColor(0, 0, 0)
