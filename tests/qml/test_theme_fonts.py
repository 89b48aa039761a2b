"""Fonts of a theme in the running desktop: drawn, followed, and kept out of questions to the user."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontDatabase
from PySide6.QtQuick import QQuickItem

from berth.themes.rules import FontFace
from berth.themes.stack import choose
from berth.ui.theme_fonts import ThemeFonts
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items
from tests.themes.making_fonts import font
from tests.themes.packing import TOML, folder_of

SHEET = """
@font-face { font-family: "Boxes"; src: url(boxes.ttf); }
:root { --font-family: Boxes, sans-serif; }
panel label, panel { color: #ff0000 !important; background-color: #ffffff !important; }
"""


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    choose(tmp_path / "config", "mine")
    theme = {"theme.toml": TOML, "style.css": SHEET.encode(), "boxes.ttf": font()}
    return folder_of(theme, tmp_path / "themes/mine")


@pytest.fixture
def stage(open_stage: OpenStage, theme: Path) -> Stage:
    return open_stage(themes=[theme.parent], config=theme.parents[1] / "config")


def words(stage: Stage) -> QQuickItem:
    """The words of the clock."""
    panel = stage.item("panel")
    return next(item for item in items(panel) if re.fullmatch(r"\d?\d:\d\d.*", str(item.property("text") or "")))


def ink(stage: Stage) -> float:
    """Which share of the clock's words has their colour; letters are mostly air."""
    item = words(stage)
    place = item.mapRectToScene(QRectF(0, 0, item.width(), item.height())).toRect()
    picture = stage.picture().copy(place)
    color = QColor(item.property("color")).rgb()
    inked = sum(picture.pixel(x, y) == color for x in range(picture.width()) for y in range(picture.height()))
    return inked / (picture.width() * picture.height())


def family(stage: Stage, path: str) -> str:
    return str(stage.styles.of(path).value("fontFamily"))


def is_own(name: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{16} \d+", name) is not None


def test_letters_of_the_theme_are_drawn_and_go_with_it(stage: Stage, theme: Path) -> None:
    pump(lambda: is_own(family(stage, "label")), 60)
    own = family(stage, "label")
    assert QFontDatabase.hasFamily(own)
    clock = words(stage)
    assert clock.property("font").family() == own
    assert ink(stage) > 0.6
    (theme / "style.css").write_text(SHEET.replace("Boxes, ", ""))
    pump(lambda: not is_own(family(stage, "label")), 60)
    assert ink(stage) < 0.4
    (theme / "style.css").write_text("")
    pump(lambda: not QFontDatabase.hasFamily(own), 60)


def test_a_saved_font_is_another_font(stage: Stage, theme: Path) -> None:
    pump(lambda: is_own(family(stage, "label")), 60)
    before = family(stage, "label")
    (theme / "new").write_bytes(font({b"GPOS": bytes(8)}))
    (theme / "new").rename(theme / "boxes.ttf")
    pump(lambda: is_own(family(stage, "label")) and family(stage, "label") != before, 60)
    pump(lambda: not QFontDatabase.hasFamily(before), 60)


def test_a_prompt_has_letters_of_the_system(stage: Stage, theme: Path) -> None:
    pump(lambda: is_own(family(stage, "label")), 60)
    paths = ("prompt", "prompt label", "prompt quote label", "prompt button.primary", "prompt choice", "prompt tag")
    assert not any(is_own(family(stage, path)) for path in paths)
    text = "prompt label { font-family: Boxes !important } :root { --font-monospace: Boxes; --space-md: 13px }"
    (theme / "style.css").write_text(SHEET + text)
    pump(lambda: stage.tokens.space.md == 13, 60)
    assert not is_own(family(stage, "prompt label"))
    assert not is_own(str(stage.tokens.font.monospace))


def test_a_font_that_is_not_sound_is_told_and_not_drawn(stage: Stage, theme: Path) -> None:
    pump(lambda: is_own(family(stage, "label")), 60)
    (theme / "boxes.ttf").write_bytes(b"\0\1\0\0nonsense")
    pump(lambda: stage.shell.notices.rowCount() == 1, 60)
    assert not is_own(family(stage, "label"))


def test_what_cannot_be_loaded_is_passed_over(theme: Path, make_faces: Callable[[str], list[FontFace]]) -> None:
    problems: list[object] = []
    fonts = ThemeFonts(problems.append)
    (theme / "bad.ttf").write_bytes(b"bad")
    faces = make_faces("url(bad.ttf), url(none.ttf), url(boxes.ttf)")
    assert fonts.use(faces, [theme]) and not fonts.use(faces, [theme])
    assert is_own(fonts.find(["nobody has this", "BOXES"]))
    assert len(problems) == 2
    assert fonts.use([], [theme])
    fonts.settle()
    assert fonts.find(["Boxes"]) == "Boxes"


def test_the_number_of_fonts_is_bounded(theme: Path, make_faces: Callable[[str], list[FontFace]]) -> None:
    fonts = ThemeFonts()
    (face,) = make_faces("url(boxes.ttf)")
    fonts.use([face._replace(family=f"f{number}") for number in range(100)], [theme])
    assert is_own(fonts.find(["f23"])) and fonts.find(["f24"]) == "f24"
    fonts.use([], [])
    fonts.settle()


@pytest.fixture
def make_faces(theme: Path) -> Callable[[str], list[FontFace]]:
    from berth.themes.engine import Engine
    from berth.themes.sheet import SheetReader

    def make(sources: str) -> list[FontFace]:
        sheet = SheetReader(str(theme / "style.css")).read(f"@font-face {{ font-family: Boxes; src: {sources} }}")
        return list(Engine(sheet.items).font_faces)

    return make
