"""What is dragged out of X programs whose server is in a window, to apps of the desktop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.uri_list import URI_LIST
from tests.display.client import Object
from tests.display.conftest import Display
from tests.display.test_drag import COPY, TEXT, Side
from tests.display.test_files import FILES, LIST
from tests.display.test_seat import LEFT
from tests.display.x_programs import DROP_TIME, DragSource, bridge, copy, x_server
from tests.session.desktop import wait_until

WORDS = {"UTF8_STRING": "zyäß".encode(), "STRING": b"zy", "TEXT": b"zy", "text/plain": "zyäß".encode()}


class Dragging:
    """An X server's window, the program beside it, and an app of the desktop to drag to."""

    def __init__(self, display: Display, x: str) -> None:
        self.display, self.x, self.ui = display, x, display.ui()
        self.server = Side(display, self.ui, "x", nested=True)
        self.wayland = display.directory / "wayland-x"
        self.side = Side(display, self.ui, "b")

    def until_joined(self) -> None:
        """The bridge is there when what X programs copy comes out."""
        self.ui.send(m.KeyboardFocus(self.server.surface))
        self.until_copied()

    def until_copied(self) -> None:
        """Something is copied in X and comes out: all that X had told before is known, too."""
        before = self.copies()
        copy(self.x, b"words")
        self.server.app.until(lambda: self.copies() > before)

    def copies(self) -> int:
        return sum(event.arguments[0] is not None for event in self.server.device.named("selection"))

    def begin(self, data: dict[str, bytes] = WORDS, *, answers: bool = True, listed: bool = True) -> DragSource:
        self.server.press()
        program = DragSource(self.x, data, answers=answers, listed=listed)
        program.begin()
        self.ui.until(lambda: self.ui.drag is not None)
        # Who was used is asked whether it lives, and is to have said so before it is left alone for long.
        self.server.app.roundtrip()
        return program

    def over(self, side: Side | None) -> None:
        self.ui.send(m.PointerMotion(side.surface if side is not None else 0, 5, 6, 3))
        self.ui.settle()

    def entered(self, actions: int = COPY, mime_type: str = TEXT) -> Object:
        """The app hears of the drag, and takes it."""
        before = len(self.side.device.named("enter"))
        self.over(self.side)
        self.side.app.until(lambda: len(self.side.device.named("enter")) > before)
        offer = self.side.agree(actions, 0, mime_type)
        self.ui.until(lambda: self.ui.drag is not None and self.ui.drag.action == "copy")
        return offer

    def release(self) -> None:
        self.ui.send(m.PointerButton(LEFT, False, 9))
        self.ui.until(lambda: self.ui.drag is None)

    def heard(self) -> list[str]:
        return [event.name for event in self.side.device.events]

    def read(self, offer: Object, mime_type: str = TEXT) -> int:
        ours, theirs = os.pipe()
        offer.receive(mime_type, theirs)
        os.close(theirs)
        self.side.app.roundtrip()
        return ours

    def covers(self, program: DragSource) -> bool:
        """Whether the X screen is covered: by what the program was shown last."""
        states: list[int] = []
        program.x.request(3, 0, program.visited[-1].to_bytes(4, "little"), lambda r: states.append(r[26] if r else 0))
        wait_until(lambda: states, "the state of the window")
        return states[0] != 0


@pytest.fixture
def dragging(display: Display, tmp_path: Path) -> Iterator[Dragging]:
    with x_server() as x:
        made = Dragging(display, x)
        with bridge(made.wayland, x, tmp_path / "bridge.log"):
            made.until_joined()
            yield made


def content(fd: int) -> bytes:
    with os.fdopen(fd, "rb") as pipe:
        return pipe.read()


def test_text_is_dropped(dragging: Dragging) -> None:
    program = dragging.begin()
    offer = dragging.entered()
    types = [event.arguments[0] for event in offer.named("offer")]
    assert types == ["text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "TEXT", "STRING"]
    assert offer.last("source_actions") == (COPY,)
    dragging.release()
    dragging.side.app.until(lambda: dragging.side.device.named("drop"))
    got = dragging.read(offer)
    program.release()
    assert content(got).decode() == "zyäß"
    assert program.times == [DROP_TIME], "it is asked for what it has dropped"
    offer.finish()
    dragging.side.app.roundtrip()
    wait_until(lambda: program.finished, "the program to hear that it is done")
    assert program.finished is not None and program.finished[0] == 1
    wait_until(lambda: not dragging.covers(program), "its screen to be free")


def test_a_program_that_has_dropped_already(dragging: Dragging) -> None:
    program = dragging.begin()
    offer = dragging.entered()
    program.release()
    dragging.release()
    dragging.side.app.until(lambda: dragging.side.device.named("drop"))
    assert content(dragging.read(offer)).decode() == "zyäß"
    offer.finish()
    dragging.side.app.roundtrip()
    wait_until(lambda: program.finished, "the program to hear that it is done")


def test_a_program_that_lists_no_types(dragging: Dragging) -> None:
    """As those may that have no more than three."""
    dragging.begin({"text/plain": b"words", "text/html": b"<b>words</b>"}, listed=False)
    offer = dragging.entered()
    assert "text/html" in [event.arguments[0] for event in offer.named("offer")]
    assert content(dragging.read(offer, "text/html")) == b"<b>words</b>", "while it is over the app"


def test_files_are_brought_as_from_any_app(dragging: Dragging) -> None:
    program = dragging.begin({URI_LIST: LIST})
    offer = dragging.entered(mime_type=URI_LIST)
    dragging.release()
    program.release()
    wanted = dragging.display.until_engine(m.FilesWanted, source="x", target="b")
    assert isinstance(wanted, m.FilesWanted) and wanted.files == FILES
    assert "drop" not in dragging.heard()
    dragging.display.engine.send(m.FilesReady(wanted.transfer, ()))
    dragging.side.app.until(lambda: dragging.side.device.named("drop"))
    assert b"file:///run/received/" in content(dragging.read(offer, URI_LIST))
    offer.finish()
    dragging.side.app.roundtrip()
    wait_until(lambda: program.finished, "the program to hear that it is done")


def test_inside_the_window_it_is_the_programs_own(dragging: Dragging) -> None:
    """Out, in and out again: each time with another target, and with none inside."""
    program = dragging.begin()
    dragging.entered()
    dragging.over(dragging.server)
    wait_until(lambda: program.target == 0, "the program to see that it is inside")
    dragging.side.app.until(lambda: dragging.heard()[-1] == "leave")
    dragging.entered()
    assert len(program.visited) == 2 and program.visited[0] != program.visited[1]
    dragging.over(dragging.server)
    wait_until(lambda: program.target == 0, "the program to see that it is inside")
    dragging.release()
    assert "XdndFinished" not in program.heard
    assert not dragging.side.device.named("drop")


def test_what_nobody_takes(dragging: Dragging) -> None:
    program = dragging.begin()
    dragging.entered()
    dragging.over(None)
    dragging.side.app.until(lambda: dragging.heard()[-1] == "leave")
    dragging.release()
    program.release()
    wait_until(lambda: program.finished, "the program to hear of it")
    assert program.finished == (0, 0)
    wait_until(lambda: not dragging.covers(program), "its screen to be free")


def test_the_program_gives_it_up(dragging: Dragging) -> None:
    program = dragging.begin()
    dragging.entered()
    program.leave()
    dragging.ui.until(lambda: dragging.ui.drag is None)
    dragging.side.app.until(lambda: dragging.heard()[-1] == "leave")
    wait_until(lambda: not dragging.covers(program), "its screen to be free")


def test_the_program_ends(dragging: Dragging) -> None:
    program = dragging.begin()
    dragging.entered()
    program.close()
    dragging.ui.until(lambda: dragging.ui.drag is None)
    dragging.side.app.until(lambda: dragging.heard()[-1] == "leave")


def test_a_program_that_says_nothing_is_not_covered_for_long(dragging: Dragging) -> None:
    program = dragging.begin()
    dragging.entered()
    dragging.ui.send(m.CancelDrag())
    dragging.ui.until(lambda: dragging.ui.drag is None)
    wait_until(lambda: not dragging.covers(program), "its screen to be free")


def test_a_program_that_gives_nothing(dragging: Dragging) -> None:
    """Who reads sees an end, and the next drag works."""
    program = dragging.begin(answers=False)
    offer = dragging.entered()
    dragging.release()
    program.release()
    dragging.side.app.until(lambda: dragging.side.device.named("drop"))
    assert content(dragging.read(offer)) == b""
    offer.destroy()
    program.close()
    again = dragging.begin()
    offer = dragging.entered()
    dragging.release()
    again.release()
    assert content(dragging.read(offer)).decode() == "zyäß"


def test_without_a_button_there_is_no_drag(dragging: Dragging) -> None:
    """A program may take the selection at any time; the pointer is told from the desktop alone."""
    program = DragSource(dragging.x, WORDS)
    program.begin()
    dragging.over(dragging.server)
    dragging.until_copied()
    assert dragging.ui.drag is None
    dragging.server.press()
    dragging.over(dragging.side)
    dragging.ui.settle()
    assert dragging.ui.drag is None and not program.visited


def test_what_the_desktop_drags_in_is_not_dragged_out(dragging: Dragging) -> None:
    """For that it is the bridge that has the selection."""
    source = dragging.side.source(COPY, TEXT)
    dragging.side.drag(source)
    dragging.over(dragging.server)
    dragging.until_copied()
    drag = dragging.ui.drag
    assert drag is not None and not drag.nested and not source.named("cancelled")
