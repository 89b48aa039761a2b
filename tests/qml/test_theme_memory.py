"""Looks that come and go leave nothing behind: what is kept for them is counted, not estimated."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMetaObject, QObject, QUrl
from PySide6.QtGui import QColor, QFontDatabase, QImage
from PySide6.QtQml import QQmlComponent, QQmlEngine

from berth.themes.stack import choose
from berth.ui.heap import Heap
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items
from tests.themes.making_fonts import font

SWITCHES = 12
SHEET = """
@font-face { font-family: Own; src: url(own.ttf) }
:root { --font-family: Own, sans-serif; --icon-anchor: url(wall.png); --cursor-default: url(wall.png) 1 1 }
desktop { background: url(wall.png) center / cover }
panel { background: linear-gradient(COLOUR, white) }
button { box-shadow: 0 2px 4px COLOUR; transition: background-color 1ms }
"""
_LITTER = b"""
import QtQml
QtObject {
    id: root
    property int gone: 0
    property Component piece: Component { QtObject { Component.onDestruction: root.gone++ } }
    function litter() { for (let i = 0; i < 5; i++) piece.createObject(null) }
}
"""


def wallpaper(theme: Path, colour: str) -> None:
    picture = QImage(64, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor(colour))
    assert picture.save(str(theme / "new.png"))
    (theme / "new.png").rename(theme / "wall.png")


@pytest.fixture
def stage(tmp_path: Path, open_stage: OpenStage) -> Stage:
    for name, colour in (("one", "red"), ("two", "blue")):
        theme = tmp_path / "themes" / name
        theme.mkdir(parents=True)
        (theme / "theme.toml").write_text(f'id = "{name}"\n')
        (theme / "style.css").write_text(SHEET.replace("COLOUR", colour))
        (theme / "own.ttf").write_bytes(font())
        wallpaper(theme, colour)
    choose(tmp_path / "config", "one")
    return open_stage(themes=[tmp_path / "themes"], config=tmp_path / "config")


def kept(stage: Stage) -> dict[str, int]:
    """How much of each kind there is."""
    styles = stage.styles
    return {
        "fonts": len(QFontDatabase.families()),
        "decoded pictures": len(styles.paintings.pictures._decoded),
        "paintings": len(styles.paintings._paintings),
        "numbers of paintings": len(styles.paintings._numbers),
        "symbols": len(styles.theme_icons._drawn),
        "looks": len(styles._maps),
        "elements": len(styles.engine.elements),
        "computed styles": len(styles.engine._shared),
        "watched files": len(styles._files._watcher.files()),
        "objects": len(styles.findChildren(QObject)),
        "items": sum(1 for _ in items(stage.view.contentItem())),
    }


def wear(stage: Stage, config: Path, name: str) -> None:
    choose(config, name)
    stage.styles.reload()
    stage.picture()
    pump(lambda: True)


def test_switching_leaves_nothing_behind(stage: Stage, tmp_path: Path) -> None:
    for name in ("two", "one"):
        wear(stage, tmp_path / "config", name)
    before = kept(stage)
    assert before["symbols"] == 1 and before["decoded pictures"] == 2
    for number in range(SWITCHES):
        wear(stage, tmp_path / "config", ("two", "one")[number % 2])
    assert kept(stage) == before


def test_a_file_that_is_saved_again_takes_the_place_of_what_it_was(stage: Stage, tmp_path: Path) -> None:
    theme = tmp_path / "themes/one"
    for number in range(SWITCHES):
        wallpaper(theme, ("lime", "gold")[number % 2])
        (theme / "new.ttf").write_bytes(font())
        (theme / "new.ttf").rename(theme / "own.ttf")
        wear(stage, tmp_path / "config", "one")
        if number == 1:
            before = kept(stage)
    after = kept(stage)
    assert after["decoded pictures"] == 1
    # Each picture is a painting of its own; thousands are known by name before the oldest is forgotten.
    bounded = {"paintings", "numbers of paintings"}
    assert {name: after[name] for name in after.keys() - bounded} == {
        name: before[name] for name in after.keys() - bounded
    }


def test_garbage_is_collected_once_things_are_quiet() -> None:
    engine = QQmlEngine()
    component = QQmlComponent(engine)
    component.setData(_LITTER, QUrl())
    root = component.create()
    assert QMetaObject.invokeMethod(root, "litter")
    heap = Heap(engine)
    heap.changed()
    pump(lambda: root.property("gone") == 5, 60)
