"""What an app drags: the surface below the pointer hears of it, icon and windows go along, the shell takes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pywayland.protocol import wayland
from pywayland.protocol import xdg_toplevel_drag_v1 as toplevel_drag

from berth.core.messages import GetPointer, InputButton, InputClick, InputKey, InputMove, InputTouch
from tests.display.client import Object
from tests.display.shapes import App, Popup, Window
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_input import BLUE, GREEN, RED, fill

TEXT = "text/plain;charset=utf-8"


class Party:
    """An app that drags and is dropped on, with a window of one colour."""

    def __init__(
        self,
        session: Session,
        name: str,
        place: tuple[int, int],
        colour: tuple[int, int, int],
        nested: bool = False,
    ) -> None:
        self.session = session
        self.name = name
        self.app: App = session.app(name, nested=nested)
        self.seat = self.app.bind(wayland.WlSeat, 8)
        self.pointer: Object = self.seat.get_pointer()
        self.keyboard: Object = self.seat.get_keyboard()
        self.touch: Object = self.seat.get_touch()
        self.manager = self.app.bind(wayland.WlDataDeviceManager)
        self.device: Object = self.manager.get_data_device(self.seat)
        self.window = self.open(colour, (300, 200))
        session.until(lambda: any(window.instance == name for window in session.windows()))
        session.move(name, *place)
        session.until_picture(lambda picture: picture.at(place[0] + 2, place[1] + 2) == colour)

    def open(self, colour: tuple[int, int, int], size: tuple[int, int], map_: bool = True) -> Window:
        window = Window(self.app, map_=False)
        if map_:
            window.ack()
            fill(self.app, window.surface, size, colour)
        return window

    def source(self) -> Object:
        source: Object = self.manager.create_data_source()
        source.offer(TEXT)
        source.set_actions(3)
        return source

    def drag(self, at: tuple[int, int], icon: Object | None = None, source: Object | None = None) -> Object:
        """Press there and begin to drag."""
        source = source or self.source()
        seen = len(self.pointer.named("button"))
        self.session.input(InputMove(*at), InputButton(True))
        self.app.until(lambda: len(self.pointer.named("button")) > seen)
        self.device.start_drag(source, self.window.surface, icon, self.pointer.last("button")[0])
        self.app.until(lambda: self.device.named("enter"))
        return source

    def agree(self) -> Object:
        """Take what has entered."""
        offer: Object = self.device.last("enter")[4]
        offer.accept(1, TEXT)
        offer.set_actions(3, 2)
        self.app.roundtrip()
        return offer

    def heard(self) -> list[str]:
        return [event.name for event in self.device.events]


@pytest.fixture
def parties(session: Session) -> Iterator[tuple[Party, Party]]:
    yield Party(session, "one", (50, 100), RED), Party(session, "two", (500, 100), GREEN)
    session.input(InputButton(False))


def test_from_one_window_to_another(session: Session, parties: tuple[Party, Party]) -> None:
    one, two = parties
    icon = one.app.surface()
    source = one.drag((100, 150), icon)
    fill(one.app, icon, (40, 30), BLUE)
    icon.offset(5, 6)
    icon.commit()
    one.app.flush()
    session.until_picture(lambda picture: picture.at(106, 157) == BLUE and picture.at(104, 157) == RED)
    session.input(InputMove(550, 160))
    two.app.until(lambda: two.device.named("enter"))
    assert two.device.last("enter")[1:4] == (two.window.surface, 50, 60)
    session.until_picture(lambda picture: picture.at(556, 167) == BLUE and picture.at(106, 157) == RED)
    session.input(InputMove(560, 170))
    two.app.until(lambda: two.device.named("motion"))
    assert two.device.last("motion")[1:] == (60, 70)
    assert session.call(GetPointer()).target == 0, "nobody has taken it yet"
    offer = two.agree()
    one.app.until(lambda: source.named("action"))
    session.until(lambda: session.call(GetPointer()).target == session.window("two").window)
    assert session.window("one").focused
    session.input(InputButton(False))
    two.app.until(lambda: two.device.named("drop"))
    offer.finish()
    two.app.flush()
    one.app.until(lambda: source.named("dnd_finished"))
    session.until(lambda: session.window("two").focused)
    session.until_picture(lambda picture: picture.at(566, 177) == GREEN)
    two.app.until(lambda: two.pointer.named("enter"))
    session.input(InputClick(600, 200))
    two.app.until(lambda: len(two.pointer.named("button")) == 2)
    assert len(one.pointer.named("button")) == 1


def test_what_lies_on_top_counts(session: Session, parties: tuple[Party, Party]) -> None:
    """Popups and subsurfaces are entered, what is covered is not."""
    one, two = parties
    child = two.app.surface()
    sub = two.app.subcompositor.get_subsurface(child, two.window.surface)
    sub.set_position(10, 10)
    fill(two.app, child, (50, 50), BLUE)
    two.window.surface.commit()
    popup = Popup(two.app, two.window.xdg, two.app.positioner(60, 40, (200, 190, 10, 10))).map()
    session.move("one", 400, 100)
    session.act("one", "focus")
    session.until(lambda: session.window("one").focused)
    one.drag((420, 280))
    for place, surface, position in (
        ((710, 150), two.window.surface, (210, 50)),
        ((725, 320), popup.surface, None),
    ):
        session.input(InputMove(*place))
        two.app.until(lambda surface=surface: two.device.named("enter") and two.device.last("enter")[1] is surface)
        assert position is None or two.device.last("enter")[2:4] == position
    session.input(InputMove(520, 130))
    one.app.until(lambda: len(one.device.named("enter")) == 2)
    assert one.device.last("enter")[1:4] == (one.window.surface, 120, 30)
    session.act("two", "focus")
    session.input(InputMove(521, 131))
    two.app.until(lambda: two.device.last("enter")[1] is child)
    assert two.device.last("enter")[2:4] == (11, 21)


def test_the_shell_takes_nothing(session: Session, parties: tuple[Party, Party]) -> None:
    one, two = parties
    source = one.drag((100, 150))
    session.input(InputMove(550, 160), InputMove(500, 690))
    two.app.until(lambda: two.heard()[-1:] == ["leave"])
    session.input(InputButton(False))
    one.app.until(lambda: source.named("cancelled"))
    session.input(InputMove(550, 160))
    two.app.until(lambda: two.pointer.named("enter"))


def test_escape(session: Session, parties: tuple[Party, Party]) -> None:
    one, two = parties
    source = one.drag((100, 150))
    session.input(InputMove(550, 160))
    two.app.until(lambda: two.device.named("enter"))
    two.agree()
    session.input(InputKey("Escape"))
    one.app.until(lambda: source.named("cancelled"))
    two.app.until(lambda: two.device.named("leave"))
    one.app.roundtrip()
    assert not one.keyboard.named("key"), "nobody else gets the key"
    session.input(InputMove(560, 170), InputButton(False))
    two.app.until(lambda: two.pointer.named("enter"))
    assert not two.pointer.named("button") and len(one.pointer.named("button")) == 1
    session.input(InputKey("Escape"))
    one.app.until(lambda: len(one.keyboard.named("key")) == 2)
    again = one.drag((100, 150))
    session.input(InputMove(550, 160))
    two.app.until(lambda: two.heard()[-1] == "enter")
    assert not again.named("cancelled")


def test_the_origin_vanishes(session: Session, parties: tuple[Party, Party]) -> None:
    """A menu closes while something is dragged out of it: the drag goes on, and no button stays down."""
    one, two = parties
    session.input(InputClick(60, 110))
    one.app.until(lambda: len(one.pointer.named("button")) == 2)
    grab = one.seat, one.pointer.last("button")[0]
    popup = Popup(one.app, one.window.xdg, one.app.positioner(60, 60, (100, 50, 1, 1)), grab).map()
    session.input(InputMove(170, 170))
    one.app.until(lambda: one.pointer.last("enter")[1] is popup.surface)
    source = one.drag((171, 171))
    popup.popup.destroy()
    popup.xdg.destroy()
    popup.surface.destroy()
    one.app.roundtrip()
    session.input(InputMove(550, 160))
    two.app.until(lambda: two.device.named("enter"))
    two.agree()
    session.input(InputButton(False))
    two.app.until(lambda: two.device.named("drop"))
    assert not source.named("cancelled")
    session.input(InputClick(100, 150))
    one.app.until(lambda: len(one.pointer.named("button")) == 5)


def test_the_app_vanishes(session: Session, parties: tuple[Party, Party]) -> None:
    one, two = parties
    icon = one.app.surface()
    fill(one.app, icon, (40, 30), BLUE)
    one.drag((100, 150), icon)
    session.input(InputMove(550, 160))
    two.app.until(lambda: two.device.named("enter"))
    one.app.close()
    two.app.until(lambda: two.device.named("leave"))
    session.input(InputButton(False))
    two.app.until(lambda: two.pointer.named("enter"))
    session.until_picture(lambda picture: picture.at(556, 167) == GREEN)


def test_the_ui_is_restarted(session: Session, parties: tuple[Party, Party]) -> None:
    one, two = parties
    source = one.drag((100, 150))
    session.kill_ui()
    one.app.until(lambda: source.named("cancelled"))
    session.start_ui()
    session.until_windows(2)
    session.input(InputMove(100, 150))
    again = one.drag((100, 150))
    session.input(InputMove(550, 160))
    two.app.until(lambda: two.device.named("enter"))
    assert not again.named("cancelled")


FINGER = """
import time
from berth.ui import app, inject

fingers = {}  # where one is down, by injector

def touch(self, points, done):
    for x, y in points:
        action = "press" if self not in fingers else "release" if fingers[self] == (x, y) else "move"
        fingers[self] = (x, y)
        if action == "release":
            del fingers[self]
        self._finger(action, x, y)
        time.sleep(%d if action == "press" else 0)
    done()

inject.Injector.touch = touch
raise SystemExit(app.main())
"""
"""A ui whose finger stays down until it is put where it is already, and which is held up once it is down: apps may
take their time, and it may hear of a drag late."""


@pytest.mark.parametrize("held_up", [0, 1])
def test_a_finger_drags(open_session: OpenSession, held_up: int) -> None:
    session = open_session(ui=("-c", FINGER % held_up))
    one, two = Party(session, "one", (50, 100), RED), Party(session, "two", (500, 100), GREEN)
    source = one.source()
    session.input(InputTouch(((100, 150), (101, 150))))
    one.app.until(lambda: one.touch.named("down"))
    one.device.start_drag(source, one.window.surface, None, one.touch.last("down")[0])
    one.app.until(lambda: one.device.named("enter"))
    session.input(InputTouch(tuple((101 + x, 150) for x in range(5, 460, 5))))
    two.app.until(lambda: two.device.named("enter"))
    session.input(InputTouch(((560, 160),)))
    offer = two.agree()
    session.input(InputTouch(((560, 160),)))
    two.app.until(lambda: two.device.named("drop"))
    assert two.device.last("motion")[1:] == (60, 60)
    assert not two.touch.events and not two.pointer.events
    offer.finish()
    two.app.flush()
    one.app.until(lambda: source.named("dnd_finished"))
    session.input(InputTouch(((550, 160), (550, 160))))
    two.app.until(lambda: two.touch.named("up"))


def _attached(party: Party, source: Object) -> Object:
    made: Object = party.app.bind(toplevel_drag.XdgToplevelDragManagerV1).get_xdg_toplevel_drag(source)
    return made


def test_a_torn_off_window_goes_with_the_pointer(session: Session, parties: tuple[Party, Party]) -> None:
    one, two = parties
    source = one.source()
    attached = _attached(one, source)
    one.drag((100, 150), None, source)
    session.input(InputMove(300, 400))
    torn = one.open(BLUE, (100, 80), map_=False)
    attached.attach(torn.toplevel, 20, 10)
    torn.ack()
    fill(one.app, torn.surface, (100, 80), BLUE)
    session.until_picture(lambda picture: picture.at(281, 391) == BLUE and picture.at(278, 391) != BLUE)
    session.input(InputMove(550, 160))
    two.app.until(lambda: two.device.named("enter"))
    assert two.device.last("enter")[2:4] == (50, 60), "through the window in hand"
    session.until_picture(lambda picture: picture.at(531, 151) == BLUE)
    session.input(InputMove(300, 500))
    two.app.until(lambda: two.device.named("leave"))
    session.input(InputButton(False))
    one.app.until(lambda: source.named("cancelled"))
    places = [(window.x, window.y) for window in session.windows() if (window.width, window.height) == (100, 80)]
    assert places == [(280, 490)], "it stays where it was let go"
    session.input(InputMove(320, 510))
    one.app.until(lambda: one.pointer.last("enter")[1] is torn.surface)


def test_a_whole_window_in_hand_comes_back(session: Session, parties: tuple[Party, Party]) -> None:
    one, two = parties
    source = one.source()
    _attached(one, source).attach(one.window.toplevel, 0, 0)
    one.drag((100, 150), None, source)
    session.input(InputMove(150, 200), InputMove(560, 160))
    two.app.until(lambda: two.device.named("enter"))
    session.until(lambda: (session.window("one").x, session.window("one").y) == (510, 110))
    session.input(InputKey("Escape"))
    one.app.until(lambda: source.named("cancelled"))
    session.until(lambda: (session.window("one").x, session.window("one").y) == (50, 100))


def test_a_program_of_a_display_server_in_a_window(session: Session) -> None:
    """Its server has the pointer over the window, and it has the key that gives the drag up."""
    server, other = Party(session, "x", (50, 100), RED, nested=True), Party(session, "two", (500, 100), GREEN)
    beside = session.app("x")
    stand_in = beside.surface()
    manager = beside.bind(wayland.WlDataDeviceManager)
    device: Object = manager.get_data_device(beside.bind(wayland.WlSeat))
    session.act("x", "focus")
    session.until(lambda: session.window("x").focused)
    session.input(InputMove(100, 150), InputButton(True))
    server.app.until(lambda: server.pointer.named("button"))
    source: Object = manager.create_data_source()
    source.offer(TEXT)
    source.set_actions(1)
    device.start_drag(source, stand_in, None, 0)
    beside.until(lambda: device.named("enter"))
    session.input(InputMove(110, 160))
    server.app.until(lambda: server.pointer.named("motion") and server.pointer.last("motion")[1:] == (60, 60))
    session.input(InputMove(550, 160))
    beside.until(lambda: device.named("leave"))
    device.last("enter")[4].destroy()
    beside.flush()
    other.app.until(lambda: other.device.named("enter"))
    session.input(InputKey("Escape"))
    beside.until(lambda: source.named("cancelled"))
    server.app.until(lambda: len(server.keyboard.named("key")) == 2)
    session.input(InputButton(False))
    server.app.until(lambda: len(server.pointer.named("button")) == 2)
    other.app.until(lambda: other.pointer.named("enter"))
    assert not other.pointer.named("button")
