"""Words follow the theme: capitals, distances, lines and shadows, but in questions to the user."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QFont
from PySide6.QtQuick import QQuickItem

from berth.themes.sheet import SheetReader
from berth.themes.stack import choose
from berth.themes.values import Commas
from berth.ui.wording import MOST_SHADOWS, copies
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items

Write = Callable[[str], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    folder = tmp_path / "themes/mine"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('id = "mine"\n')
    choose(tmp_path / "config", "mine")
    return lambda sheet: (folder / "style.css").write_text(sheet) and None


def clock(stage: Stage) -> QQuickItem:
    """Words that are always there."""
    labels = [item for item in items(stage.item("panel")) if item.property("kind") is not None]
    return next(label for label in labels if label.isVisible() and label.property("text"))


def test_words_are_written_as_the_theme_says(write: Write, open_stage: OpenStage, tmp_path: Path) -> None:
    write("")
    stage = open_stage(themes=[tmp_path / "themes"], config=tmp_path / "config")
    label = clock(stage)
    assert label.property("wording") is None
    write(":root { text-transform: uppercase; letter-spacing: 3px; font-style: italic; line-height: 2 }")
    pump(lambda: label.property("font").italic())
    font = label.property("font")
    assert font.capitalization() == QFont.Capitalization.AllUppercase
    assert font.letterSpacing() == 3
    assert label.property("lineHeight") == 2 * font.pixelSize()
    write("")
    pump(lambda: not label.property("font").italic())
    assert label.property("font").capitalization() == QFont.Capitalization.MixedCase
    assert label.property("lineHeight") == 1


def test_shadows_of_words_are_drawn(write: Write, open_stage: OpenStage, tmp_path: Path) -> None:
    write(":root { text-shadow: 0 -14px red }")
    stage = open_stage(themes=[tmp_path / "themes"], config=tmp_path / "config")
    label = clock(stage)
    corner = label.mapToScene(QPoint(0, -14)).toPoint()

    def red() -> bool:
        picture = stage.picture()
        size = QPoint(int(label.width()), int(label.height()))
        inside = ((x, y) for x in range(size.x()) for y in range(14))
        colours = (picture.pixelColor(corner.x() + x, corner.y() + y) for x, y in inside)
        return any(colour.red() > 200 and colour.green() < 80 for colour in colours)

    pump(red)


def test_a_prompt_is_written_plainly(write: Write, open_stage: OpenStage, tmp_path: Path) -> None:
    write(
        "prompt, prompt * { text-shadow: 0 0 9px red; text-transform: lowercase; line-height: 0; letter-spacing: -9px }"
    )
    stage = open_stage(themes=[tmp_path / "themes"], config=tmp_path / "config")
    for path in ("prompt label.title", "prompt button label", "prompt quote label.muted"):
        assert stage.styles.of(path).value("plain"), path


def test_many_shadows_are_bounded() -> None:
    many = ", ".join("9e9px 9e9px 9e9px red" for _ in range(60))
    (rule,) = SheetReader("test.css").read(f"label {{ text-shadow: {many} }}").items
    shadows = rule.block.normal["text-shadow"].values["text-shadow"]  # type: ignore[union-attr,index]
    found = copies(Commas(shadows))
    assert len(found) <= MOST_SHADOWS * 15
    assert all(abs(x) < 200 and abs(y) < 200 and isinstance(color, QColor) for x, y, color in found)
