"""A theme's wallpaper is the background of the element ``desktop``, with all that CSS has for backgrounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from berth.themes.stack import choose
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage
from tests.themes.packing import TOML, folder_of, png

SHEET = b"""
desktop { background: url(walls/day.png) center / cover #ff0000; }
@media (prefers-color-scheme: dark) { desktop { background-image: url(walls/night.png); } }
"""
THEME = {"theme.toml": TOML, "style.css": SHEET, "walls/day.png": png(grey=200), "walls/night.png": png(grey=30)}


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    choose(tmp_path / "config", "mine")
    return folder_of(THEME, tmp_path / "themes/mine")


def opened(open_stage: OpenStage, theme: Path, layout: str = "Desktop") -> Stage:
    return open_stage(layout, themes=[theme.parent], config=theme.parents[1] / "config")


def corners(stage: Stage) -> set[tuple[int, int, int]]:
    """Colours of the wallpaper where nothing lies on it."""
    picture = stage.picture()
    width = picture.width()
    places = ((3, 3), (width - 4, 3), (width // 2, 200), (3, 400))
    return {picture.pixelColor(x, y).getRgb()[:3] for x, y in places}


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
def test_a_picture_covers_every_layout(open_stage: OpenStage, theme: Path, layout: str) -> None:
    stage = opened(open_stage, theme, layout)
    pump(lambda: corners(stage) == {(200, 200, 200)}, 60)


def test_scheme_and_saved_pictures_are_followed(open_stage: OpenStage, theme: Path) -> None:
    stage = opened(open_stage, theme)
    pump(lambda: corners(stage) == {(200, 200, 200)}, 60)
    stage.tokens.scheme = "dark"
    pump(lambda: corners(stage) == {(30, 30, 30)}, 60)
    (theme / "walls/new.png").write_bytes(png(grey=90))
    (theme / "walls/new.png").rename(theme / "walls/night.png")
    pump(lambda: corners(stage) == {(90, 90, 90)}, 60)


def test_no_picture_is_shown_that_is_not_sound(open_stage: OpenStage, theme: Path) -> None:
    (theme / "walls/day.png").write_bytes(png(9000, 2)[:-4])
    stage = opened(open_stage, theme)
    pump(lambda: corners(stage) == {(255, 0, 0)}, 60)
    pump(lambda: stage.shell.notices.rowCount() == 1, 60)


def test_without_a_background_there_is_the_sea(open_stage: OpenStage, theme: Path) -> None:
    stage = opened(open_stage, theme)
    pump(lambda: corners(stage) == {(200, 200, 200)}, 60)
    (theme / "style.css").write_text("")
    pump(lambda: len(corners(stage)) > 2, 60)
    (theme / "style.css").write_text("desktop { background-color: teal }")
    pump(lambda: corners(stage) == {(0, 128, 128)}, 60)
