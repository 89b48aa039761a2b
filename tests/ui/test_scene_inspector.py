"""The inspector on the real desktop: by keys and pointer, from pointing to the changed file and pixels."""

from __future__ import annotations

from pathlib import Path

import pytest
from pywayland.protocol.wayland import WlSeat

from berth.core.messages import InputClick, InputKey, InputMove, InputType, OpenInspector
from berth.core.problem import Problem
from berth.themes.stack import choose
from tests.picture import Picture
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_session import BLUE, coloured

SHEET = "/* kept */\npanel { background-color: rgb(255 0 0); /* this, too */ }\n"
PANEL = (500, 697)


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    folder = tmp_path / "data/berth/themes/mine"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('id = "mine"\nname = "Mine"\n')
    (folder / "style.css").write_text(SHEET)
    choose(tmp_path / "config/berth", "mine")
    return folder


@pytest.fixture
def session(theme: Path, tmp_path: Path, open_session: OpenSession) -> Session:
    places = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return open_session(environment=places)


def panel_is(session: Session, colour: tuple[int, int, int]) -> None:
    session.until_picture(lambda picture: picture.at(*PANEL) == colour)


def test_point_change_and_write(session: Session, theme: Path) -> None:
    panel_is(session, (255, 0, 0))
    before = session.picture()
    session.input(InputKey("super+i"))
    session.until_picture(lambda picture: picture.changed(before) > 50_000)
    session.input(InputMove(*PANEL), InputClick(*PANEL))
    session.until_picture(lambda picture: picture.at(*PANEL) == (255, 0, 0))
    row = first_row(session)
    session.input(InputClick(*row), InputType("rgb(0 0 255)"))
    panel_is(session, (0, 0, 255))
    assert (theme / "style.css").read_text() == SHEET
    session.input(InputKey("Return"), InputKey("ctrl+s"))
    session.until(lambda: (theme / "style.css").read_text() == SHEET.replace("255 0 0", "0 0 255"))
    session.input(InputKey("Escape"))
    session.until_picture(lambda picture: picture.changed(before, (600, 20, 380, 500)) < 100)
    panel_is(session, (0, 0, 255))


def red_in(picture: Picture) -> list[tuple[int, int]]:
    places = ((x, y) for y in range(100, 600, 4) for x in range(505, 640, 4))
    return [place for place in places if picture.at(*place) == (255, 0, 0)]


def first_row(session: Session) -> tuple[int, int]:
    """Where the red swatch of the declaration is in the card."""
    return red_in(session.until_picture(red_in))[0]


def test_who_works_beside_it_has_the_keys_there(session: Session) -> None:
    app, _window = coloured(session, "app", BLUE)
    keys = app.bind(WlSeat).get_keyboard()
    session.move("app", 20, 60)
    app.until(lambda: keys.named("enter"))
    session.call(OpenInspector("window titlebar"))
    app.until(lambda: keys.named("leave"))
    session.input(InputType("a"))
    session.input(InputClick(60, 120))
    app.until(lambda: len(keys.named("enter")) == 2)
    session.input(InputType("b"))
    app.until(lambda: len(keys.named("key")) == 2)
    session.call(OpenInspector(open=False))
    panel_is(session, (255, 0, 0))


def test_elements_that_are_not_there(session: Session) -> None:
    with pytest.raises(Problem, match="There is no element “buton”"):
        session.call(OpenInspector("buton"))
