"""An app that is stopped (SIGSTOP) while it holds something: the user gets it back, and the others go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from berth.core import messages as m
from tests.abuse.stopped import TEXT
from tests.display.conftest import Display
from tests.display.test_drag import Side
from tests.display.test_seat import LEFT
from tests.display.ui import FakeUi
from tests.ready import readable

SOON = 40.0


class Stopped:
    """A process that is an app, and the number of its window and surface."""

    def __init__(self, display: Display, ui: FakeUi, name: str) -> None:
        self.ui = ui
        command = [sys.executable, "-m", "tests.abuse.stopped", name, os.fspath(display.instance("bad"))]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        ui.until(lambda: any(w.mapped and w.instance == "bad" for w in ui.windows.values()), SOON)
        self.number, window = next((n, w) for n, w in ui.windows.items() if w.instance == "bad")
        self.surface = window.surface

    def stop(self, *input_: m.AnyMessage) -> None:
        """Stop it when it has done its part, for which it needs `input_`."""
        self.ui.send(*input_)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        self.process.send_signal(signal.SIGSTOP)
        self.ui.settle()

    @property
    def pressed(self) -> tuple[m.AnyMessage, m.AnyMessage]:
        return m.PointerMotion(self.surface, 10, 10, 1), m.PointerButton(LEFT, True, 2)

    def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
            self.process.communicate()

    def gone(self) -> None:
        """Kill it and wait until nothing of it is left on the screen."""
        self.kill()
        self.ui.until(lambda: len(self.ui.surfaces) == len(self.ui.windows) == 1 and not self.ui.popups, SOON)


Hold = Callable[[str], Stopped]


@pytest.fixture
def ui(display: Display) -> FakeUi:
    return display.ui()


@pytest.fixture
def good(display: Display, ui: FakeUi) -> Side:
    return Side(display, ui, "good")


@pytest.fixture
def hold(display: Display, ui: FakeUi, good: Side) -> Iterator[Hold]:
    started: list[Stopped] = []

    def start(name: str) -> Stopped:
        started.append(Stopped(display, ui, name))
        return started[-1]

    yield start
    for one in started:
        one.kill()


def still_served(good: Side) -> None:
    """The other app has keyboard and pointer when the user turns to it, and draws."""
    keys, buttons = len(good.keyboard.named("key")), len(good.pointer.named("button"))
    good.ui.send(m.KeyboardFocus(good.surface), m.Key(30, True, 5), m.Key(30, False, 6))
    good.ui.send(m.PointerMotion(good.surface, 3, 3, 7), m.PointerButton(LEFT, True, 8))
    good.ui.send(m.PointerButton(LEFT, False, 9))
    frame = good.window.surface.frame()
    good.app.show(good.window.surface, good.window.pixels)
    good.app.until(lambda: len(good.keyboard.named("key")) > keys + 1, SOON)
    good.app.until(lambda: len(good.pointer.named("button")) > buttons + 1, SOON)
    good.app.until(lambda: frame.events, SOON)


def test_its_menus_go_when_the_user_presses_elsewhere(ui: FakeUi, good: Side, hold: Hold) -> None:
    bad = hold("menu")
    bad.stop(*bad.pressed)
    ui.until(lambda: len([p for p in ui.popups.values() if p.mapped and p.grab]) == 2)
    ui.send(m.PointerButton(LEFT, False, 3))
    ui.send(m.DismissPopup(min(ui.popups)))
    ui.until(lambda: not ui.popups, SOON)
    still_served(good)
    bad.gone()


def test_its_menus_go_when_another_app_is_pressed(ui: FakeUi, good: Side, hold: Hold) -> None:
    bad = hold("menu")
    bad.stop(*bad.pressed)
    ui.until(lambda: len(ui.popups) == 2)
    ui.send(m.PointerButton(LEFT, False, 3))
    still_served(good)
    ui.until(lambda: not ui.popups, SOON)
    bad.gone()


@pytest.mark.parametrize("end", ["drop", "escape", "kill"])
def test_its_drag_can_be_ended(ui: FakeUi, good: Side, hold: Hold, end: str) -> None:
    bad = hold("drag")
    bad.stop(*bad.pressed)
    ui.until(lambda: ui.drag)
    ui.send(m.PointerMotion(good.surface, 5, 6, 3))
    good.agree(1)
    offer = good.offer
    if end == "escape":
        ui.send(m.CancelDrag())
    elif end == "kill":
        bad.gone()
    ui.send(m.PointerButton(LEFT, False, 9))
    ui.until(lambda: ui.drag is None, SOON)
    if end == "drop":
        good.app.until(lambda: good.device.named("drop"), SOON)
        reader, writer = os.pipe()
        offer.receive(TEXT, writer)
        os.close(writer)
        good.app.roundtrip()
        still_served(good)
        assert not ready(reader, 0), "the data of a stopped app"
        bad.gone()
        assert ready(reader, SOON) and os.read(reader, 1) == b""
        os.close(reader)
    still_served(good)


def ready(reader: int, seconds: float) -> bool:
    return bool(readable([reader], seconds))


def test_its_keyboard_goes_to_another(ui: FakeUi, good: Side, hold: Hold) -> None:
    bad = hold("keyboard")
    bad.stop(m.KeyboardFocus(bad.surface))
    for i in range(2_000):
        ui.send(m.Key(30, i % 2 == 0, i))
    still_served(good)
    assert bad.number in ui.windows, "some seconds of typing are no reason to end an app"
    bad.gone()


@pytest.mark.parametrize("kind", ["lock", "confine"])
@pytest.mark.parametrize("way", ["shortcut", "other window"])
def test_its_hold_of_the_pointer_ends(ui: FakeUi, good: Side, hold: Hold, kind: str, way: str) -> None:
    bad = hold(kind)
    bad.stop(m.KeyboardFocus(bad.surface), m.PointerMotion(bad.surface, 10, 10, 1))
    ui.until(lambda: ui.constraint.kind == kind, SOON)
    ui.send(m.InputFreed() if way == "shortcut" else m.KeyboardFocus(good.surface))
    ui.until(lambda: not ui.constraint.kind, SOON)
    still_served(good)
    bad.gone()


def test_who_pastes_from_it_waits_for_seconds_at_most(display: Display, ui: FakeUi, good: Side, hold: Hold) -> None:
    """The first paste asks the app for the data and whether it lives; who pastes later hears that it does not."""
    bad = hold("copy")
    bad.stop(m.KeyboardFocus(bad.surface))
    ui.send(m.KeyboardFocus(good.surface))
    good.app.until(lambda: good.device.named("selection") and good.device.last("selection")[0], SOON)
    offer = good.device.last("selection")[0]
    first = paste(good, offer)
    assert not ready(first, 0)
    still_served(good)
    ui.until(lambda: not ui.windows[bad.number].responding, SOON)
    later = paste(good, offer)
    assert ready(later, SOON) and os.read(later, 1) == b""
    # The user ends it: the engine ends what is left of the app, and with it the pipe that the first one reads.
    ui.send(m.CloseWindow(bad.number, force=True))
    display.until_engine(m.InstanceEndWanted, instance="bad")
    assert not any(isinstance(event, m.InstanceMisbehaved) for event in display.engine_events)
    good.app.until(lambda: good.device.last("selection")[0] is None, SOON)
    bad.gone()
    assert ready(first, SOON) and os.read(first, 1) == b""
    for reader in (first, later):
        os.close(reader)


def paste(side: Side, offer: object) -> int:
    """Ask for the data; returns where they come."""
    reader, writer = os.pipe()
    offer.receive(TEXT, writer)  # type: ignore[attr-defined]
    os.close(writer)
    side.app.roundtrip()
    return reader


def test_it_can_be_moved_put_away_and_closed(display: Display, ui: FakeUi, good: Side, hold: Hold) -> None:
    """Sizes that it has not drawn yet keep nobody from anything, and one that goes on is not ended."""
    bad = hold("window")
    bad.stop()
    for width in range(200, 3_000):
        ui.configure(bad.number, width, 300)
    ui.place(bad.number, 300, 200)
    ui.place(bad.number, 300, 200, minimized=True)
    still_served(good)
    ui.send(m.CloseWindow(bad.number))
    ui.until(lambda: not ui.windows[bad.number].responding, SOON)
    ui.close()
    again = good.ui = bad.ui = display.ui()
    assert not again.windows[bad.number].responding
    bad.process.send_signal(signal.SIGCONT)
    again.until(lambda: again.windows[bad.number].responding, SOON)
    again.send(m.CloseWindow(bad.number, force=True))
    still_served(good)
    assert bad.number in again.windows
    bad.gone()
