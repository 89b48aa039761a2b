"""Adjusting the theme on the real desktop: by keys alone, from the menu of the background to the file and pixels."""

from __future__ import annotations

from pathlib import Path

import pytest

from berth.core.messages import InputKey, InputType
from berth.themes.stack import choose
from tests.ui.conftest import OpenSession
from tests.ui.session import Session

SHEET = """
@property --ground { syntax: "<color>"; inherits: true; initial-value: rgb(255 0 0); label: "Ground"; }
panel { background-color: var(--ground); }
"""
PANEL = (500, 697)
CARD = (540, 200, 400, 300)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "data/berth/themes/mine"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('id = "mine"\nname = "Mine"\n')
    (folder / "style.css").write_text(SHEET)
    choose(tmp_path / "config/berth", "mine")
    return tmp_path / "config/berth"


@pytest.fixture
def session(config: Path, tmp_path: Path, open_session: OpenSession) -> Session:
    places = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return open_session(environment=places)


def panel_is(session: Session, colour: tuple[int, int, int]) -> None:
    session.until_picture(lambda picture: picture.at(*PANEL) == colour)


def test_from_the_background_to_the_pixels(session: Session, config: Path) -> None:
    panel_is(session, (255, 0, 0))
    before = session.picture()
    session.input(InputKey("super+o"))
    session.until_picture(lambda picture: picture.changed(before) > 5_000)
    menu = session.picture()
    session.input(InputKey("t"), InputKey("t"), InputKey("Return"))  # Themes, behind the two that turn
    session.until_picture(lambda picture: picture.changed(menu) > 5_000)
    # The way to the card is beyond the last theme; there the keys are at the first thing to adjust.
    session.input(InputKey("End"), InputKey("Down"), InputKey("Return"))
    card = session.until_picture(lambda picture: picture.changed(before, CARD) > 20_000)
    session.input(InputKey("ctrl+a"), InputType("rgb(0 0 255)"), InputKey("Return"))
    panel_is(session, (0, 0, 255))
    sheet = config / "adjusted/mine.css"
    session.until(lambda: sheet.exists() and "--ground: rgb(0 0 255);" in sheet.read_text())
    assert card.changed(session.picture(), CARD) > 100
    session.input(InputKey("Escape"))
    session.until_picture(lambda picture: picture.changed(before, CARD) < 100)
    session.kill_ui()
    session.start_ui()
    panel_is(session, (0, 0, 255))
    sheet.unlink()
    panel_is(session, (255, 0, 0))
