"""A theme that is dropped on the desktop itself: the source is asked once, the file is brought, the ui is told."""

from __future__ import annotations

import pytest

from berth.core import messages as m
from berth.core.uri_list import URI_LIST
from tests.display.client import Object
from tests.display.conftest import Display
from tests.display.test_drag import COPY, MOVE, Pair, names
from tests.display.test_files import answer

THEME = b"file:///home/berth/my%20look.berth-theme\r\n"


class OverDesktop(Pair):
    """The first app drags, and the pointer is over nothing of any app."""

    def __init__(self, display: Display) -> None:
        super().__init__(display)
        self.display = display

    def drag(self, *types: str, actions: int | None = COPY | MOVE) -> Object:
        source = self.one.source(actions, *(types or (URI_LIST,)))
        self.one.drag(source)
        self.beside()
        return source

    def beside(self) -> None:
        self.ui.send(m.PointerMotion(0, 0, 0, 4))
        self.settle()

    def say(self, source: Object, data: bytes = THEME) -> None:
        answer(source, self.one, data, URI_LIST)
        self.one.app.roundtrip()
        self.settle()

    def wanted(self) -> m.FilesWanted:
        found = self.display.until_engine(m.FilesWanted)
        assert isinstance(found, m.FilesWanted)
        return found


@pytest.fixture
def desk(display: Display) -> OverDesktop:
    return OverDesktop(display)


def actions(source: Object) -> list[int]:
    return [event.arguments[0] for event in source.events if event.name == "action"]


def test_a_theme_is_taken(desk: OverDesktop) -> None:
    source = desk.drag()
    desk.say(source)
    desk.one.app.until(lambda: actions(source)[-1:] == [COPY])
    assert source.last("target")[0] == URI_LIST
    assert desk.ui.drag is not None and desk.ui.drag.action == "copy"
    desk.release()
    wanted = desk.wanted()
    assert (wanted.source, wanted.target) == ("a", "")
    assert wanted.files == ((b"/home/berth/my look.berth-theme", b"my look.berth-theme"),)
    assert desk.ui.drops == [0] and not desk.ui.themes
    assert "dnd_drop_performed" in names(source) and "dnd_finished" not in names(source)
    desk.display.engine.send(m.FilesReady(wanted.transfer, ()))
    desk.one.app.until(lambda: "dnd_finished" in names(source))
    desk.settle()
    assert desk.ui.themes == [m.ThemeDropped(wanted.transfer, b"my look.berth-theme")]
    assert "cancelled" not in names(source)


def test_one_that_does_not_come_opens_nothing(desk: OverDesktop) -> None:
    source = desk.drag()
    desk.say(source)
    desk.one.app.until(lambda: actions(source)[-1:] == [COPY])
    desk.release()
    desk.display.engine.send(m.FilesReady(desk.wanted().transfer, (0,)))
    desk.one.app.until(lambda: "dnd_finished" in names(source))
    desk.settle()
    assert desk.ui.themes == []


@pytest.mark.parametrize(
    "data",
    [
        b"file:///home/berth/a.txt\r\n",
        THEME + THEME.replace(b"my", b"your"),
        b"https://example.org/a.berth-theme\r\n",
        b"/home/berth/a.berth-theme\r\n",
        b"",
    ],
)
def test_everything_else_is_cancelled_as_ever(desk: OverDesktop, data: bytes) -> None:
    source = desk.drag()
    desk.say(source, data)
    assert desk.ui.drag is not None and desk.ui.drag.action == "none"
    desk.release()
    desk.one.app.until(lambda: "cancelled" in names(source))
    assert desk.ui.themes == [] and not any(isinstance(e, m.FilesWanted) for e in desk.display.engine_events)


def test_what_is_no_list_or_may_not_be_copied_is_not_asked_for(desk: OverDesktop) -> None:
    for types, allowed in ((("text/plain",), COPY), ((URI_LIST,), MOVE)):
        source = desk.drag(*types, actions=allowed)
        desk.release()
        desk.one.app.until(lambda source=source: "cancelled" in names(source))  # type: ignore[misc]
        assert "send" not in names(source)


def test_a_drop_before_it_is_known_is_cancelled(desk: OverDesktop) -> None:
    source = desk.drag()
    desk.release()
    desk.one.app.until(lambda: "cancelled" in names(source))


def test_over_another_app_it_is_that_app_s(desk: OverDesktop) -> None:
    source = desk.drag()
    desk.say(source)
    desk.one.app.until(lambda: actions(source)[-1:] == [COPY])
    desk.over()
    desk.one.app.until(lambda: actions(source)[-1:] == [0])
    assert desk.ui.drag is not None and desk.ui.drag.action == "none"
    desk.two.app.until(lambda: desk.two.device.named("enter"))
    desk.beside()
    desk.one.app.until(lambda: actions(source)[-1:] == [COPY])
    assert names(source).count("send") == 0, "it was asked once"


def test_a_source_that_goes_ends_it(desk: OverDesktop) -> None:
    source = desk.drag()
    desk.say(source)
    source.destroy()
    desk.settle()
    desk.settle()
    assert desk.ui.drag is None
    desk.release()
    assert desk.ui.themes == []
