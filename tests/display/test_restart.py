"""A ui that dies and comes back finds everything as it was, and no app has noticed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pywayland.protocol import wayland

from berth.core import messages as m
from tests.display.client import Object
from tests.display.conftest import Display
from tests.display.shapes import Popup, Window
from tests.display.test_seat import LEFT, SHIFT, A, Desk
from tests.display.ui import FakeUi


class Session:
    """Two apps, one of them with a subsurface and a menu, the other focused."""

    def __init__(self, display: Display) -> None:
        self.display = display
        self.ui = display.ui()
        self.ui.send(m.OutputChanged(1600, 900, usable=(0, 0, 1600, 860)), m.KeyboardLayout("us"))
        self.first = Desk(display, ui=self.ui)
        self.second = Desk(display, name="b", ui=self.ui)
        app, window = self.first.app, self.first.window
        child = app.surface()
        app.subcompositor.get_subsurface(child, window.surface).set_position(3, 4)
        app.show(child, app.pixels(20, 20, 0x33))
        window.surface.commit()
        for number, told in self.ui.windows.items():
            self.ui.place(number, number * 50, 20, 100, 80, restore=(1, 2, 3, 4))
            self.ui.configure(number, 100, 80, ("activated",) if told.instance == "b" else ())
        self.ui.settle()
        self.popup = Popup(app, window.xdg, app.positioner(30, 20, (1, 1, 5, 5))).map()
        for desk in (self.first, self.second):
            desk.app.until(lambda window=desk.window: len(window.xdg.named("configure")) > window._acked)
            desk.window.ack()
            desk.window.surface.commit()
        self.ui.send(m.KeyboardFocus(self.second.surface), m.PointerMotion(self.second.surface, 5, 6, 7))
        self.output = app.bind(wayland.WlOutput)
        self.settle()

    def settle(self) -> None:
        for desk in (self.first, self.second):
            desk.app.roundtrip()
        self.ui.settle()
        for desk in (self.first, self.second):
            desk.app.roundtrip()
        self.ui.settle()

    def watched(self) -> list[Object]:
        """Everything of the apps that would tell them that something happened."""
        return [
            target
            for desk in (self.first, self.second)
            for target in desk.app.objects.values()
            if target.interface.name not in ("wl_callback", "wl_display")
        ]

    def replace_ui(self) -> FakeUi:
        ui = self.display.ui(auto_configure=False)
        ui.send(m.OutputChanged(1600, 900, usable=(0, 0, 1600, 860)), m.KeyboardLayout("us"))
        ui.settle()
        return ui


@pytest.fixture
def session(display: Display) -> Session:
    return Session(display)


@pytest.mark.parametrize("dead", [True, False], ids=["after its death", "while it still hangs on"])
def test_the_same_scene(session: Session, dead: bool) -> None:
    before = session.ui.scene()
    counts = [(target, len(target.events)) for target in session.watched()]
    if dead:
        session.ui.close()
    ui = session.replace_ui()
    assert ui.scene() == before
    assert ui.ready == m.SceneReady(next(n for n, w in ui.windows.items() if w.instance == "b"))
    for desk in (session.first, session.second):
        desk.app.roundtrip()
    noticed = [(target.interface.name, target.events[count:]) for target, count in counts]
    assert [entry for entry in noticed if entry[1]] == []
    ui.send(m.KeyboardFocus(session.second.surface), m.PointerMotion(session.second.surface, 5, 6, 8))
    ui.settle()
    session.second.app.roundtrip()
    assert len(session.second.keyboard.named("enter")) == 1
    assert len(session.second.pointer.named("enter")) == 1
    if not dead:
        session.ui._thread.join(5)
        assert session.ui.lost, "only one ui at a time"


def test_the_scene_arrives_in_order(session: Session) -> None:
    session.ui.close()
    ui = session.replace_ui()
    kinds = [type(message) for message in ui.log]
    # Whether anything of it may be shown comes before all that could be.
    assert kinds[:2] == [m.LockState, m.SceneReset]
    end = kinds.index(m.SceneReady)
    order = [m.SurfaceCreated, m.SlotOpened, m.Commit, m.WindowChanged, m.PopupChanged, m.Placement, m.SceneReady]
    assert sorted(order, key=kinds.index) == order
    assert kinds[:end].count(m.Commit) == 1
    commit = next(message for message in ui.log if isinstance(message, m.Commit))
    assert all(state.damage == ((0, 0, state.width, state.height),) for state in commit.states)


def test_held_keys_and_buttons_are_released(session: Session) -> None:
    desk = session.second
    desk.ui.send(m.Key(SHIFT, True, 1), m.Key(A, True, 2), m.PointerButton(LEFT, True, 3))
    desk.app.until(lambda: desk.pointer.named("button"))
    desk.ui.close()
    desk.app.until(lambda: len(desk.keyboard.named("key")) == 4 and len(desk.pointer.named("button")) == 2)
    assert [event.arguments[2:] for event in desk.keyboard.named("key")][2:] == [(SHIFT, 0), (A, 0)]
    assert desk.keyboard.last("modifiers")[1] == 0
    assert desk.pointer.last("button")[2:] == (LEFT, 0)
    assert not desk.keyboard.named("leave") and not desk.pointer.named("leave")


def test_apps_draw_on_without_a_ui(session: Session) -> None:
    session.ui.close()
    app, window = session.first.app, session.first.window
    callback = window.surface.frame()
    for byte in range(1, 20):
        pixels = app.pixels(100, 80, byte)
        app.show(window.surface, pixels)
        app.roundtrip()
        assert pixels.buffer.named("release")
    late = Window(session.display.app(session.display.instance("late")), byte=0x77)
    app.roundtrip()
    assert not callback.events
    ui = session.replace_ui()
    assert set(ui.pixels(session.first.surface)) == {19}
    surface = next(w.surface for w in ui.windows.values() if w.instance == "late")
    assert ui.pixels(surface) == late.pixels.packed()
    app.until(lambda: callback.events)


def test_a_commit_on_its_way_to_a_dead_ui_is_not_lost(display: Display) -> None:
    ui = display.ui(auto_frames=False)
    app = display.app()
    window = Window(app)
    callback = window.surface.frame()
    for byte in (5, 6, 7):
        app.show(window.surface, app.pixels(100, 80, byte))
        app.roundtrip()
    ui.until(lambda: ui.states)
    ui.close()
    ui = display.ui()
    assert set(ui.pixels(max(ui.surfaces))) == {7}
    app.until(lambda: callback.events)
    app.show(window.surface, app.pixels(100, 80, 8))
    app.roundtrip()
    # It may wait for what says that the window has the size that the new ui asks for.
    ui.until(lambda: set(ui.pixels(max(ui.surfaces))) == {8})


def test_serials_of_the_old_ui_mean_nothing_to_the_new(session: Session) -> None:
    desk = session.first
    number = next(n for n, w in session.ui.windows.items() if w.instance == "a")
    session.ui.configure(number, 300, 200)
    desk.app.until(lambda: desk.window.toplevel.last("configure")[0] == 300)
    session.ui.close()
    ui = session.replace_ui()
    desk.window.ack()
    desk.app.show(desk.window.surface, desk.app.pixels(300, 200))
    desk.app.roundtrip()
    ui.settle()
    assert ui.states[desk.surface].configure == 0
    serial = ui.configure(number, 310, 210)
    desk.app.until(lambda: desk.window.toplevel.last("configure")[0] == 310)
    desk.window.ack()
    desk.window.surface.commit()
    desk.app.roundtrip()
    ui.settle()
    assert ui.states[desk.surface].configure == serial


def test_many_deaths(session: Session) -> None:
    before = session.ui.scene()
    ui = session.ui
    for _ in range(20):
        ui.close()
        ui = session.replace_ui()
    assert ui.scene() == before


def test_idle_means_idle(session: Session) -> None:
    """Nothing happens, nothing runs: no context switch, no CPU time."""

    session.settle()
    process = Path(f"/proc/{session.display.process.pid}")
    while "(sleeping)" not in (process / "status").read_text():
        time.sleep(0.01)

    def switches() -> list[str]:
        return [line for line in (process / "status").read_text().splitlines() if "ctxt_switches" in line]

    before = switches()
    time.sleep(1)
    assert switches() == before
