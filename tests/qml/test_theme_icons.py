"""Symbols in the shape that a theme gives them, in the colour of the sheet; signs of safety stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage

from berth.themes.icons import PROPERTIES, PROTECTED
from berth.themes.lint import check
from berth.themes.stack import choose
from berth.ui.symbols import SYMBOLS
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import ROOT, Stage
from tests.themes.packing import TOML, folder_of, png

SHEET = """:root { --icon-anchor: url(block.png); --icon-eye: url(block.png); }
panel button, button.start, panel button.start { color: #00ff00 !important; background-color: #000000 !important; }
"""


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    choose(tmp_path / "config", "mine")
    files = {"theme.toml": TOML, "style.css": SHEET.encode(), "block.png": png()}
    return folder_of(files, tmp_path / "themes/mine")


@pytest.fixture
def stage(open_stage: OpenStage, theme: Path) -> Stage:
    return open_stage(themes=[theme.parent], config=theme.parents[1] / "config")


def green(stage: Stage) -> float:
    """Which share of the launcher's button has the colour of its symbol."""
    button = stage.item("launcherButton")
    place = button.mapRectToScene(QRectF(0, 0, button.width(), button.height())).toRect()
    picture = stage.picture().copy(place)
    color = QColor("#00ff00").rgb()
    inked = sum(picture.pixel(x, y) == color for x in range(picture.width()) for y in range(picture.height()))
    return inked / (picture.width() * picture.height())


def test_a_shape_of_the_theme_has_the_colour_of_the_sheet(stage: Stage, theme: Path) -> None:
    # A filled square; the anchor is thin lines.
    pump(lambda: green(stage) > 0.2, 60)
    (theme / "style.css").write_text(SHEET.replace("--icon-anchor", "--x"))
    pump(lambda: green(stage) < 0.15, 60)


def test_a_saved_shape_is_followed_and_an_unsound_one_is_not_shown(stage: Stage, theme: Path) -> None:
    pump(lambda: green(stage) > 0.2, 60)
    before = stage.styles.theme_icons.names["anchor"]
    empty = QImage(8, 8, QImage.Format.Format_ARGB32)
    empty.fill(0)
    assert empty.save(str(theme / "new.png"))
    (theme / "new.png").rename(theme / "block.png")
    pump(lambda: green(stage) == 0, 60)
    assert stage.styles.theme_icons.names["anchor"] != before
    (theme / "block.png").write_bytes(png(600, 600))
    pump(lambda: 0 < green(stage) < 0.15, 60)


def test_signs_of_safety_are_the_same_in_all_themes(stage: Stage) -> None:
    pump(lambda: "anchor" in stage.styles.theme_icons.names, 60)
    assert "eye" not in stage.styles.theme_icons.names
    assert set(PROTECTED) <= set(SYMBOLS) and not set(PROTECTED) & set(PROPERTIES.values())
    assert set(PROPERTIES.values()) <= set(SYMBOLS)


def test_check_knows_symbols(theme: Path) -> None:
    (theme / "style.css").write_text(":root { --icon-close: url(block.png); --icon-eye: url(block.png) }")
    findings = check(theme, ROOT / "themes/default")
    assert [(finding.code, finding.column) for finding in findings] == [("custom-unused", 39)]
