"""The card that adds a theme of a file: what it shows before, what it refuses, by keyboard and pointer."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor, QGuiApplication
from PySide6.QtQuick import QQuickItem

from berth.themes.pack import packed
from berth.themes.stack import chosen
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items, keep
from tests.qml.test_theme_menu import panel_colour
from tests.themes.packing import TOML, files

PATIENCE = 60


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands that the card starts find themes."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    sheet = b"panel { background-color: red } panle { color: red }"
    toml = TOML + b'summary = "All red"\n'
    (tmp_path / "config/berth").mkdir(parents=True)
    (tmp_path / "mine.berth-theme").write_bytes(packed(files(style__css=sheet, theme__toml=toml)))
    return tmp_path


def opened(open_stage: OpenStage, home: Path, layout: str = "Desktop") -> Stage:
    """The card on screen, by the keyboard alone."""
    stage = open_stage(layout, themes=[home / "data/berth/themes"], config=home / "config/berth")
    stage.scene.shortcutActivated.emit("output-menu")
    pump(lambda: named(stage, "Add a theme…") is not None, PATIENCE)
    stage.picture()
    while not named(stage, "Add a theme…").hasActiveFocus():  # type: ignore[union-attr]
        stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: stage.themes.adding.open and stage.item("themePlace").hasActiveFocus(), PATIENCE)
    return stage


def named(stage: Stage, text: str) -> QQuickItem | None:
    return next((one for one in items(stage.view.contentItem()) if one.property("text") == text and one.height()), None)


def words(stage: Stage) -> str:
    card = stage.item("addThemeCard")
    return "\n".join(str(item.property("text")) for item in items(card) if item.isVisible() and item.property("text"))


def look(stage: Stage, place: str) -> None:
    stage.item("themePlace").setProperty("text", place)
    stage.key(Qt.Key.Key_Return)
    assert stage.themes.adding.busy
    pump(lambda: not stage.themes.adding.busy, PATIENCE)
    stage.picture()


def test_a_theme_is_shown_before_it_is_added(open_stage: OpenStage, home: Path) -> None:
    stage = opened(open_stage, home)
    look(stage, f"file://{home}/mine.berth-theme")
    said = words(stage)
    keep(stage.picture(), "add-theme")
    assert all(part in said for part in ("Add Mine?", "All red", "1.0", "MIT", "“panle”"))
    assert not (home / "data/berth/themes/mine").exists()
    confirm = stage.item("confirmTheme")
    assert confirm.hasActiveFocus() and confirm.property("text") == "Add and use"
    stage.key(Qt.Key.Key_Return)
    pump(lambda: not stage.themes.adding.open, PATIENCE)
    assert chosen(home / "config/berth") == "mine"
    pump(lambda: panel_colour(stage) == QColor("red"), PATIENCE)
    pump(lambda: stage.item("windowArea").hasActiveFocus())
    # Once more: now it would take the place of the one that is there.
    stage.themes.adding.show()
    pump(lambda: stage.item("themePlace").hasActiveFocus(), PATIENCE)
    look(stage, str(home / "mine.berth-theme"))
    assert stage.item("confirmTheme").property("text") == "Replace yours"
    stage.key(Qt.Key.Key_Return)
    pump(lambda: not stage.themes.adding.open, PATIENCE)


def test_what_is_no_theme_is_refused(open_stage: OpenStage, home: Path) -> None:
    (home / "zip").write_bytes(b"PK\x03\x04 and nothing more")
    os.mkfifo(home / "pipe")
    (home / "shipped").write_bytes(packed(files(theme__toml=TOML.replace(b'"mine"', b'"glass"'))))
    stage = opened(open_stage, home)
    for kind in ("nothing", "zip", "pipe", "shipped"):
        look(stage, str(home / kind))
        message = stage.themes.adding.message
        assert message and not stage.themes.adding.ready, kind
        advice = next(item for item in items(stage.item("addThemeCard")) if item.property("text") == message)
        assert advice.isVisible()
        assert QAccessible.queryAccessibleInterface(advice).role() == QAccessible.Role.AlertMessage
        assert stage.item("themePlace").hasActiveFocus()
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not stage.themes.adding.open)
    assert not (home / "data/berth/themes").exists()


def test_what_the_looking_says_is_not_trusted(
    open_stage: OpenStage, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = opened(open_stage, home)
    look(stage, "~nobody-of-this-name/theme")
    assert stage.themes.adding.message and not stage.themes.adding.ready
    for program in ("/bin/echo", "/nowhere/python"):
        monkeypatch.setattr(sys, "executable", program)
        stage.themes.adding.look(str(home / "mine.berth-theme"))
        pump(lambda: not stage.themes.adding.busy, PATIENCE)
        assert stage.themes.adding.message == "It cannot be read." and not stage.themes.adding.ready


def test_a_card_that_is_closed_ends_the_looking(open_stage: OpenStage, home: Path) -> None:
    stage = opened(open_stage, home)
    stage.item("themePlace").setProperty("text", str(home / "mine.berth-theme"))
    stage.click(stage.item("confirmTheme"))
    process = stage.themes.adding._work.process
    assert process is not None and stage.themes.adding.busy
    gone: list[bool] = []
    process.destroyed.connect(lambda: gone.append(True))
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: bool(gone), PATIENCE)
    assert not stage.themes.adding.open and not stage.themes.adding.ready


@pytest.mark.parametrize(
    ("layout", "direction"),
    [
        ("Desktop", Qt.LayoutDirection.RightToLeft),
        ("Tablet", Qt.LayoutDirection.RightToLeft),
        ("Phone", Qt.LayoutDirection.LeftToRight),
    ],
)
def test_everything_has_its_place(
    open_stage: OpenStage, home: Path, layout: str, direction: Qt.LayoutDirection
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    stage = opened(open_stage, home, layout)
    look(stage, str(home / "mine.berth-theme"))
    keep(stage.picture(), f"add-theme-{layout.lower()}-{'rtl' if direction.name == 'RightToLeft' else 'ltr'}")
    card = stage.item("addThemeCard")
    whole = card.mapRectToScene(card.boundingRect())
    assert stage.view.contentItem().boundingRect().contains(whole)
    confirm, cancel = (
        stage.item(name).mapRectToScene(stage.item(name).boundingRect()) for name in ("confirmTheme", "cancelTheme")
    )
    assert whole.contains(confirm) and whole.contains(cancel)
    assert (cancel.x() < confirm.x()) == (direction == Qt.LayoutDirection.LeftToRight)
