"""Drags that a program beside a display server in a window begins: when it may, and who has the pointer meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pywayland.protocol import wayland

from berth.core import messages as m
from tests.display.client import Object
from tests.display.conftest import Display
from tests.display.shapes import App
from tests.display.test_drag import COPY, MOVE, RIGHT, TEXT, Side
from tests.display.test_seat import LEFT


class Beside:
    """A display server with a window, the program beside it, and another app."""

    def __init__(self, display: Display) -> None:
        self.display, self.ui = display, display.ui()
        self.server = Side(display, self.ui, "x", nested=True)
        self.other = Side(display, self.ui, "b")
        self.app: App = display.app(display.directory / "wayland-x")
        self.stand_in = self.app.surface()
        self.manager = self.app.bind(wayland.WlDataDeviceManager)
        self.device: Object = self.manager.get_data_device(self.app.bind(wayland.WlSeat))
        self.app.roundtrip()

    def begin(self, *types: str, origin: Object | None = None, serial: int = 0) -> Object:
        source: Object = self.manager.create_data_source()
        for mime_type in types:
            source.offer(mime_type)
        source.set_actions(COPY | MOVE)
        self.device.start_drag(source, origin or self.stand_in, None, serial)
        self.settle()
        return source

    def settle(self) -> None:
        for app in (self.app, self.server.app, self.other.app):
            app.roundtrip()
        self.ui.settle()
        for app in (self.app, self.server.app, self.other.app):
            app.roundtrip()

    def over(self, side: Side | None, x: float = 5, y: float = 6) -> None:
        self.ui.send(m.PointerMotion(side.surface if side is not None else 0, x, y, 3))
        self.settle()

    def release(self, button: int = LEFT) -> None:
        self.ui.send(m.PointerButton(button, False, 9))
        self.settle()

    @property
    def offer(self) -> Object:
        """What the program was last offered for the server's window."""
        offer: Object = self.device.last("enter")[4]
        return offer

    def let_out(self) -> None:
        """The program that drags knows that it is not over the window."""
        self.offer.destroy()
        self.settle()

    def out(self, *types: str) -> Object:
        """A drag over the other app."""
        self.server.press()
        source = self.begin(*(types or (TEXT,)))
        self.over(self.other)
        self.let_out()
        return source


@pytest.fixture
def beside(display: Display) -> Beside:
    return Beside(display)


_PATIENT = """
from berth.display import __main__, nested_drag
nested_drag._PATIENCE = 3_600 * 10**9
__main__.main()
"""


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Beside]:
    """Where a release waits for the program however long that takes."""
    display = Display(tmp_path, ("-c", _PATIENT))
    try:
        yield Beside(display)
    finally:
        display.stop()


def heard(device: Object) -> list[str]:
    return [event.name for event in device.events]


# --- who may


def test_not_without_a_button_in_the_window(beside: Beside) -> None:
    beside.over(beside.server)
    assert beside.begin(TEXT).named("cancelled"), "no button"
    serial = beside.other.press()
    assert beside.begin(TEXT).named("cancelled"), "a button in another app"
    assert beside.begin(TEXT, serial=serial).named("cancelled")
    beside.release()
    beside.other.press()
    beside.over(beside.server)
    assert beside.begin(TEXT).named("cancelled"), "a button that went down in another app"
    beside.release()
    beside.server.press()
    beside.release()
    assert beside.begin(TEXT).named("cancelled"), "too late"
    assert beside.ui.drag is None and not beside.device.named("enter")


def test_not_beside_another_server(beside: Beside) -> None:
    """Each is a domain of its own, and what is no display server has no such right."""
    Side(beside.display, beside.ui, "y", nested=True).press()
    assert beside.begin(TEXT).named("cancelled")
    beside.release()
    plain = beside.display.app(beside.display.directory / "wayland-b")
    manager = plain.bind(wayland.WlDataDeviceManager)
    device: Object = manager.get_data_device(plain.bind(wayland.WlSeat))
    beside.other.press()
    source: Object = manager.create_data_source()
    device.start_drag(source, plain.surface(), None, 0)
    plain.roundtrip()
    assert source.named("cancelled")


def test_not_without_data_nor_from_a_window(beside: Beside) -> None:
    beside.server.press()
    beside.device.start_drag(None, beside.stand_in, None, 0)
    beside.settle()
    assert beside.ui.drag is None
    sub: Object = beside.app.surface()
    beside.app.subcompositor.get_subsurface(sub, beside.stand_in)
    assert beside.begin(TEXT, origin=sub).named("cancelled")


def test_one_at_a_time(beside: Beside) -> None:
    source = beside.out()
    assert beside.begin(TEXT).named("cancelled")
    assert not source.named("cancelled") and beside.other.device.last("enter")


# --- where the pointer is


def test_over_the_window_the_server_has_the_pointer(beside: Beside) -> None:
    server, pointer = beside.server, beside.server.pointer
    server.press(10, 10)
    source = beside.begin(TEXT)
    assert beside.device.last("enter")[1] is beside.stand_in
    drag = beside.ui.drag
    assert drag is not None and drag.nested and drag.action == "own"
    beside.over(server, 30, 40)
    assert pointer.last("motion")[1:] == (30, 40) and not pointer.named("leave")
    assert beside.device.last("motion")[1:] == (30, 40)
    beside.release()
    assert pointer.last("button")[2:] == (LEFT, 0) and not pointer.named("leave")
    assert source.named("cancelled") and not source.named("dnd_drop_performed")
    assert beside.ui.drag is None
    beside.over(beside.other)
    assert pointer.named("leave") and beside.other.pointer.named("enter")


def test_elsewhere_it_keeps_the_button_alone(beside: Beside) -> None:
    server = beside.server
    server.press(10, 10)
    beside.begin(TEXT)
    moves = len(server.pointer.named("motion"))
    beside.over(beside.other)
    beside.ui.send(m.PointerButton(RIGHT, True, 4), m.PointerButton(RIGHT, False, 5))
    beside.settle()
    assert len(server.pointer.named("motion")) == moves and not server.pointer.named("leave")
    assert [event.arguments[2:] for event in server.pointer.named("button")] == [(LEFT, 1)]
    assert not beside.other.pointer.named("enter") and not beside.other.pointer.named("button")


def test_nobody_hears_before_the_program_does(beside: Beside) -> None:
    beside.server.press()
    beside.begin(TEXT)
    beside.over(beside.other, 5, 6)
    beside.over(beside.other, 7, 8)
    assert heard(beside.device)[-1] == "leave" and not beside.other.device.named("enter")
    beside.let_out()
    assert beside.other.device.last("enter")[2:4] == (7, 8)


def test_back_inside_and_out_again(beside: Beside) -> None:
    beside.out()
    beside.over(beside.server, 20, 20)
    assert heard(beside.other.device)[-1] == "leave" and beside.device.last("enter")[2:4] == (20, 20)
    beside.over(beside.other)
    assert heard(beside.other.device).count("enter") == 1, "it has yet to hear of that again"
    beside.over(beside.server)
    beside.over(beside.other)
    beside.device.named("data_offer")[1].arguments[0].destroy()
    beside.settle()
    assert heard(beside.other.device).count("enter") == 1, "that was of the time before"
    beside.let_out()
    assert heard(beside.other.device).count("enter") == 2


def test_an_app_that_goes_before_it_could_hear(beside: Beside) -> None:
    beside.server.press()
    beside.begin(TEXT)
    beside.over(beside.other)
    beside.other.app.close()
    beside.ui.until(lambda: all(window.instance != "b" for window in beside.ui.windows.values()))
    beside.offer.destroy()
    beside.app.roundtrip()
    beside.ui.send(m.PointerButton(LEFT, False, 9))
    beside.server.app.until(lambda: len(beside.server.pointer.named("button")) == 2)


# --- what is dropped


def test_a_drop(beside: Beside) -> None:
    source = beside.out()
    offer = beside.other.agree(COPY)
    beside.settle()
    assert source.last("target") == (TEXT,) and source.last("action") == (COPY,)
    drag = beside.ui.drag
    assert drag is not None and drag.action == "copy" and drag.nested
    beside.release()
    assert beside.server.pointer.last("button")[2:] == (LEFT, 0) and beside.server.pointer.named("leave")
    assert beside.other.device.named("drop") and source.named("dnd_drop_performed")
    assert _data(beside, source, offer) == b"dragged"
    offer.finish()
    beside.settle()
    assert source.named("dnd_finished") and beside.other.pointer.named("enter")


def test_types_may_come_once_it_is_out(beside: Beside) -> None:
    """The program that drags names them to what it is over."""
    beside.server.press()
    source = beside.begin()
    beside.over(beside.other)
    source.offer(TEXT)
    beside.let_out()
    offer = beside.other.agree(COPY)
    assert offer.last("offer") == (TEXT,)
    beside.release()
    assert _data(beside, source, offer) == b"dragged"


def test_what_nobody_takes_is_cancelled(beside: Beside) -> None:
    source = beside.out()
    beside.release()
    assert source.named("cancelled")
    assert beside.server.pointer.last("button")[2:] == (LEFT, 0)


def test_a_release_waits_for_the_program(patient: Beside) -> None:
    """It would be a drop inside otherwise."""
    patient.server.press()
    source = patient.begin(TEXT)
    patient.over(patient.other)
    patient.release()
    assert len(patient.server.pointer.named("button")) == 1 and not source.named("cancelled")
    patient.let_out()
    assert len(patient.server.pointer.named("button")) == 2 and source.named("cancelled")
    assert not patient.other.device.named("drop") and patient.other.pointer.named("enter")


def test_but_not_forever(beside: Beside) -> None:
    beside.server.press()
    source = beside.begin(TEXT)
    beside.over(beside.other)
    beside.ui.send(m.PointerButton(LEFT, False, 9))
    beside.app.until(lambda: source.named("cancelled"))
    beside.settle()
    assert len(beside.server.pointer.named("button")) == 2 and not beside.other.device.named("enter")
    assert beside.other.pointer.named("enter")


def test_the_next_press_does_not_wait_either(patient: Beside) -> None:
    patient.server.press()
    source = patient.begin(TEXT)
    patient.over(patient.other)
    patient.release()
    assert not source.named("cancelled")
    patient.ui.send(m.PointerButton(LEFT, True, 10))
    patient.settle()
    assert source.named("cancelled") and len(patient.server.pointer.named("button")) == 2
    assert patient.other.pointer.last("button")[2:] == (LEFT, 1)


# --- what gives it up


def test_keys_are_for_the_program(beside: Beside) -> None:
    beside.ui.send(m.KeyboardFocus(beside.server.surface))
    source = beside.out()
    beside.ui.send(m.Key(1, True, 5), m.Key(1, False, 6))
    beside.settle()
    assert len(beside.server.keyboard.named("key")) == 2
    source.destroy()
    beside.settle()
    assert beside.ui.drag is None and heard(beside.other.device)[-1] == "leave"


def test_the_user_gives_it_up(beside: Beside) -> None:
    source = beside.out()
    beside.ui.send(m.CancelDrag())
    beside.settle()
    assert source.named("cancelled") and beside.ui.drag is None
    beside.over(beside.server, 12, 13)
    assert beside.server.pointer.last("motion")[1:] == (12, 13), "the button is still the server's"
    beside.release()
    assert beside.server.pointer.last("button")[2:] == (LEFT, 0)
    beside.over(beside.other)
    assert beside.server.pointer.named("leave") and beside.other.pointer.named("enter")


@pytest.mark.parametrize("who", ["beside", "server"])
def test_one_of_the_two_goes(beside: Beside, who: str) -> None:
    beside.out()
    (beside.app if who == "beside" else beside.server.app).close()
    beside.ui.until(lambda: beside.ui.drag is None)
    beside.ui.send(m.PointerButton(LEFT, False, 9), m.PointerMotion(beside.other.surface, 1, 1, 10))
    beside.other.app.until(lambda: beside.other.pointer.named("enter"))
    assert heard(beside.other.device)[-1] == "leave"


def test_the_ui_goes(beside: Beside) -> None:
    beside.out()
    beside.ui.close()
    beside.other.app.until(lambda: heard(beside.other.device)[-1] == "leave")
    beside.server.app.until(lambda: len(beside.server.pointer.named("button")) == 2)


def _data(beside: Beside, source: Object, offer: Object) -> bytes:
    """What the other app reads."""
    ours, theirs = os.pipe()
    offer.receive(TEXT, theirs)
    os.close(theirs)
    beside.other.app.roundtrip()
    beside.app.until(lambda: source.named("send"))
    with os.fdopen(source.last("send")[1], "wb") as pipe:
        pipe.write(b"dragged")
    with os.fdopen(ours, "rb") as pipe:
        return pipe.read()
