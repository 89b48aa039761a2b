"""What is dragged from apps of the desktop into X programs whose server is in a window."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pywayland.protocol import wayland

from berth.core import messages as m
from berth.core.uri_list import URI_LIST
from tests.display.client import Object
from tests.display.conftest import Display
from tests.display.shapes import Window
from tests.display.test_drag import COPY, MOVE, Side
from tests.display.test_files import FILES, LIST, answer
from tests.display.x_programs import DropTarget, bridge, copy, x_server
from tests.session.desktop import wait_until

INSIDE, OUTSIDE = (150.0, 100.0), (20.0, 20.0)
"""Of the window of the X program, on the X server's screen."""


class Dragged:
    """An app of the desktop drags something over the window of an X server."""

    def __init__(self, display: Display, x: str) -> None:
        self.display, self.x, self.ui = display, x, display.ui()
        self.wayland = display.instance("x", nested=True)
        server = display.app(self.wayland)
        Window(server, 640, 480)
        self.ui.until(lambda: any(w.instance == "x" and w.mapped for w in self.ui.windows.values()))
        self.surface = next(w.surface for w in self.ui.windows.values() if w.instance == "x")
        self.side = Side(display, self.ui, "b")
        manager = server.bind(wayland.WlDataDeviceManager)
        self._device: Object = manager.get_data_device(server.bind(wayland.WlSeat))
        self._server = server

    def until_joined(self) -> None:
        """The bridge is there when what X programs copy comes out."""
        self.ui.send(m.KeyboardFocus(self.surface))
        copy(self.x, b"ready")
        self._server.until(lambda: any(event.arguments[0] for event in self._device.named("selection")))

    def drag(self, *types: str, actions: int = COPY | MOVE) -> Object:
        source = self.side.source(actions, *types)
        self.side.drag(source)
        return source

    def over(self, place: tuple[float, float]) -> None:
        self.ui.send(m.PointerMotion(self.surface, *place, 3))
        self.ui.settle()

    def release(self) -> None:
        self.ui.send(m.PointerButton(0x110, False, 9))
        self.ui.settle()

    def until(self, condition: Callable[[], object]) -> None:
        self.side.app.until(condition)

    def write(self, source: Object, data: bytes) -> None:
        self.until(lambda: source.named("send"))
        _type, fd = source.last("send")
        with os.fdopen(fd, "wb") as pipe:
            pipe.write(data)


@pytest.fixture
def dragged(display: Display, tmp_path: Path) -> Iterator[Dragged]:
    with x_server() as x:
        made = Dragged(display, x)
        with bridge(made.wayland, x, tmp_path / "bridge.log"):
            made.until_joined()
            yield made


def test_text_is_dropped(dragged: Dragged) -> None:
    program = DropTarget(dragged.x)
    source = dragged.drag()
    dragged.over(OUTSIDE)
    dragged.over(INSIDE)
    dragged.until(lambda: source.named("action") and source.last("action") == (COPY,))
    assert program.place == INSIDE
    dragged.release()
    dragged.write(source, "zyäß".encode())
    dragged.until(lambda: source.named("dnd_finished"))
    assert program.read.decode() == "zyäß"
    assert program.heard[0] == "XdndEnter" and program.heard[-1] == "XdndDrop"


def test_files_are_brought_before_the_drop(dragged: Dragged) -> None:
    program = DropTarget(dragged.x, target=URI_LIST)
    source = dragged.drag(URI_LIST)
    dragged.over(INSIDE)
    dragged.until(lambda: source.named("action") and source.last("action") == (COPY,))
    dragged.release()
    answer(source, dragged.side, LIST, URI_LIST)
    wanted = dragged.display.until_engine(m.FilesWanted, source="b", target="x")
    assert isinstance(wanted, m.FilesWanted) and wanted.files == FILES
    assert "XdndDrop" not in program.heard
    dragged.display.engine.send(m.FilesReady(wanted.transfer, ()))
    wait_until(lambda: b"file:///run/received/" in program.read, "the list at the program")
    dragged.until(lambda: source.named("dnd_finished"))


def test_a_program_that_refuses_gets_nothing(dragged: Dragged) -> None:
    program = DropTarget(dragged.x, accepts=False)
    source = dragged.drag()
    dragged.over(INSIDE)
    wait_until(lambda: "XdndPosition" in program.heard, "the drag over the program")
    dragged.release()
    dragged.until(lambda: source.named("cancelled"))
    wait_until(lambda: program.heard[-1] == "XdndLeave", "it to hear of the end")


def test_a_drag_that_leaves_leaves_the_program(dragged: Dragged) -> None:
    program = DropTarget(dragged.x)
    source = dragged.drag()
    dragged.over(INSIDE)
    dragged.until(lambda: source.named("action") and source.last("action") == (COPY,))
    dragged.over(OUTSIDE)
    wait_until(lambda: program.heard[-1] == "XdndLeave", "it to hear of that")
    dragged.until(lambda: source.last("action") == (0,))
    dragged.over(INSIDE)
    dragged.until(lambda: source.last("action") == (COPY,))
    dragged.ui.send(m.PointerMotion(dragged.side.surface, 5, 5, 4))
    wait_until(lambda: program.heard[-1] == "XdndLeave", "it to hear of that, too")
    dragged.release()


def test_a_program_that_does_not_answer_holds_up_nobody(dragged: Dragged) -> None:
    silent = DropTarget(dragged.x, accepts=None)
    source = dragged.drag()
    dragged.over(INSIDE)
    wait_until(lambda: "XdndPosition" in silent.heard, "the drag over the program")
    for step in range(50):
        dragged.over((INSIDE[0] + step, INSIDE[1]))
    dragged.release()
    dragged.until(lambda: source.named("cancelled"))
    assert silent.heard.count("XdndPosition") == 1, "it is not flooded"
    silent.close()

    program = DropTarget(dragged.x)
    source = dragged.drag()
    dragged.over(INSIDE)
    dragged.until(lambda: source.named("action") and source.last("action") == (COPY,))
    dragged.release()
    dragged.write(source, b"works")
    dragged.until(lambda: source.named("dnd_finished"))
    assert program.read == b"works"
