"""The open list of themes and what is beside it: an app's file of a theme is dragged onto it, by the app itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from berth.core.messages import FilesReady, FilesWanted, InputButton, InputClick, InputKey, InputMove, InputTouch, Rect
from berth.core.uri_list import URI_LIST
from berth.themes.pack import packed
from tests.display.test_files import answer
from tests.picture import Picture
from tests.themes.packing import files
from tests.ui.conftest import OpenSession
from tests.ui.session import WAIT, Session
from tests.ui.test_scene_drag import Party
from tests.ui.test_scene_input import RED

NAME = "mine.berth-theme"
ON_APP, ON_LIST, BESIDE = (100, 150), (700, 300), (60, 500)
MENU, LIST, CARD = (510, 300, 200, 300), (790, 100, 120, 400), (290, 340, 190, 40)
WHITE = (255, 255, 255)


@pytest.fixture
def session(tmp_path: Path, open_session: OpenSession) -> Session:
    places = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    (tmp_path / "config/berth").mkdir(parents=True)
    return open_session(environment=places)


@pytest.fixture
def app(session: Session) -> Party:
    return Party(session, "one", (50, 100), RED)


def open_list(session: Session) -> None:
    session.input(InputKey("super+o"))
    session.until_picture(lambda picture: is_white(picture, MENU))
    session.input(InputKey("t"), InputKey("t"), InputKey("Return"))  # Themes, behind the two that turn
    session.until_picture(is_open)


def is_open(picture: Picture) -> bool:
    """The list, and nothing in front of it that darkens it."""
    return is_white(picture, LIST)


def is_white(picture: Picture, place: Rect) -> bool:
    found = picture.colours(place)
    return found[WHITE] > found.total() / 2


def test_a_theme_that_is_dropped_on_the_list_is_looked_at_in_front_of_it(session: Session, app: Party) -> None:
    open_list(session)
    source = app.manager.create_data_source()
    source.offer(URI_LIST)
    source.set_actions(3)
    app.drag(ON_APP, source=source)
    session.input(InputMove(*ON_LIST))
    answer(source, app, f"file:///home/berth/{NAME}\r\n".encode(), URI_LIST)  # type: ignore[arg-type]
    app.app.until(lambda: source.named("action") and source.last("action")[0] == 1)
    assert is_open(session.picture())
    session.input(InputButton(False))
    wanted = asked(session)
    place = session.paths.dropped / wanted.transfer / NAME
    place.parent.mkdir(parents=True)
    place.write_bytes(packed(files()))
    session.engine.send(FilesReady(wanted.transfer, ()))
    session.until_picture(lambda picture: not is_open(picture) and is_white(picture, CARD))
    session.input(InputKey("Escape"))
    session.until_picture(is_open)
    session.input(InputKey("Escape"))
    session.until_picture(lambda picture: not is_open(picture))


def asked(session: Session) -> FilesWanted:
    while True:
        message, _fds = session.engine.receive(WAIT)
        if isinstance(message, FilesWanted):
            return message


def test_what_is_pressed_beside_it_and_drags_nothing_ends_it(session: Session, app: Party) -> None:
    """On an app, which has the press, and on the background; by pointer and finger."""
    for press in (InputClick(*ON_APP), InputClick(*BESIDE), InputTouch((ON_APP,))):
        open_list(session)
        session.input(press)
        session.until_picture(lambda picture: not is_open(picture))
    app.app.until(lambda: len(app.pointer.named("button")) == 2 and app.touch.named("up"))


def test_a_drag_elsewhere_leaves_it(session: Session, app: Party) -> None:
    other = Party(session, "two", (60, 400), (0, 0, 200))
    open_list(session)
    source = app.drag(ON_APP)
    session.input(InputMove(*ON_LIST))
    app.app.until(lambda: app.device.named("leave"))
    session.input(InputMove(100, 450))
    other.app.until(lambda: other.device.named("enter"))
    other.agree()
    session.input(InputButton(False))
    other.app.until(lambda: other.device.named("drop"))
    assert is_open(session.picture()) and not source.named("cancelled")
