"""The pointer in the hands of an app: locked, confined, put elsewhere, and taken back by the user."""

from __future__ import annotations

import pytest
from pywayland.protocol import wayland
from pywayland.protocol.keyboard_shortcuts_inhibit_unstable_v1 import ZwpKeyboardShortcutsInhibitManagerV1
from pywayland.protocol.pointer_constraints_unstable_v1 import ZwpPointerConstraintsV1
from pywayland.protocol.pointer_warp_v1 import WpPointerWarpV1
from pywayland.protocol.relative_pointer_unstable_v1 import ZwpRelativePointerManagerV1

from berth.core.messages import InputClick, InputKey, InputMove, InputScroll, OpenLauncher
from tests.display.client import Object
from tests.display.shapes import Window
from tests.ui.session import Session
from tests.ui.test_scene_input import RED, fill

PERSISTENT = 2
CENTRE = (500, 350)  # of the screen: where a locked pointer is kept


class Game:
    """A client with a window of 300x200 at 100,100, the keyboard, and the pointer at 50,30 of the window."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.app = session.app("game")
        seat = self.app.bind(wayland.WlSeat)
        self.pointer: Object = seat.get_pointer()
        self.constraints = self.app.bind(ZwpPointerConstraintsV1)
        self.relative: Object = self.app.bind(ZwpRelativePointerManagerV1).get_relative_pointer(self.pointer)
        self.window = Window(self.app, map_=False)
        self.window.ack()
        fill(self.app, self.window.surface, (300, 200), RED)
        session.until_windows(1)
        session.move("game", 100, 100)
        session.until_picture(lambda picture: picture.at(101, 101) == RED and picture.at(399, 299) == RED)
        session.input(InputMove(150, 130))
        self.app.until(lambda: self.pointer.named("enter"))

    def lock(self) -> Object:
        lock: Object = self.constraints.lock_pointer(self.window.surface, self.pointer, None, PERSISTENT)
        self.app.until(lambda: lock.named("locked"))
        return lock

    def ways(self) -> list[tuple[float, float]]:
        return [event.arguments[2:4] for event in self.relative.named("relative_motion")]

    def until_way(self, way: tuple[float, float]) -> None:
        self.app.until(lambda: way in self.ways())


@pytest.fixture
def game(session: Session) -> Game:
    return Game(session)


def test_the_way_of_the_hand_is_told_beside_the_position(game: Game) -> None:
    game.session.input(InputMove(160, 125))
    game.until_way((10, -5))
    game.app.until(lambda: game.pointer.named("motion"))
    assert game.pointer.last("motion")[1:] == (60, 25)


def test_a_locked_pointer_stays_while_the_hand_moves_on(game: Game) -> None:
    game.lock()
    before = len(game.pointer.named("motion"))

    # Further than the window is wide: the pointer is brought back every time.
    def moved() -> bool:
        game.session.input(InputMove(CENTRE[0] + 300, CENTRE[1]))
        game.app.roundtrip()
        return sum(dx for dx, _dy in game.ways()) > 2000

    game.session.until(moved)
    game.session.input(InputClick(CENTRE[0], CENTRE[1]), InputScroll(CENTRE[0], CENTRE[1], 0, 1))
    game.app.until(lambda: game.pointer.named("axis"))
    assert [event.arguments[3] for event in game.pointer.named("button")] == [1, 0]
    assert len(game.pointer.named("motion")) == before
    assert game.pointer.named("leave") == []


def test_an_unlocked_pointer_appears_where_the_client_wants_it(game: Game) -> None:
    lock = game.lock()
    lock.set_cursor_position_hint(200, 150)
    game.window.surface.commit()
    game.app.roundtrip()
    lock.destroy()
    game.app.flush()
    game.app.until(lambda: any(e.name in ("warp", "motion") for e in game.pointer.events[-3:]))
    assert [e for e in game.pointer.events if e.name in ("warp", "motion")][-1].arguments[-2:] == (200, 150)
    assert (200, 150) not in game.ways()


def test_a_confined_pointer_stops_at_the_edge_of_its_region(game: Game) -> None:
    region = game.app.compositor.create_region()
    region.add(40, 20, 50, 40)
    confinement = game.constraints.confine_pointer(game.window.surface, game.pointer, region, PERSISTENT)
    game.app.until(lambda: confinement.named("confined"))
    game.session.input(InputMove(160, 140))
    game.app.until(lambda: game.pointer.named("motion"))
    assert game.pointer.last("motion")[1:] == (60, 40)
    game.session.input(InputMove(700, 600))
    game.app.until(lambda: len(game.pointer.named("motion")) == 2)
    assert game.pointer.last("motion")[1:] == (89, 59)
    assert (540, 460) in game.ways()
    smaller = game.app.compositor.create_region()
    smaller.add(40, 20, 10, 10)
    confinement.set_region(smaller)
    game.window.surface.commit()
    game.app.until(lambda: game.pointer.named("warp"))
    assert game.pointer.named("warp")[0].arguments == (49, 29)
    assert game.pointer.named("leave") == []


@pytest.mark.parametrize("how", ["super+Escape", "launcher", "alt+F4", "minimize"])
def test_the_user_gets_the_pointer_back(game: Game, how: str) -> None:
    lock = game.lock()
    if how == "launcher":
        game.session.call(OpenLauncher())
    elif how == "minimize":
        game.session.act("game", "minimize")
    else:
        game.session.input(InputKey(how))
    if how == "alt+F4":
        game.app.until(lambda: game.window.toplevel.named("close"))
        assert lock.named("unlocked") == []
        return
    game.app.until(lambda: lock.named("unlocked"))
    game.session.input(InputMove(10, 10))
    game.app.until(lambda: game.pointer.named("leave"))


def test_a_click_gives_the_pointer_to_the_app_again(game: Game) -> None:
    lock = game.lock()
    game.session.input(InputKey("super+Escape"))
    game.app.until(lambda: lock.named("unlocked"))
    game.session.input(InputMove(150, 130))
    game.app.roundtrip()
    assert len(lock.named("locked")) == 1
    game.session.input(InputClick(150, 130))
    game.app.until(lambda: len(lock.named("locked")) == 2)


def test_a_new_ui_holds_no_pointer_until_the_app_has_it_again(game: Game) -> None:
    lock = game.lock()
    game.session.kill_ui()
    game.app.until(lambda: lock.named("unlocked"))
    game.session.start_ui()
    game.session.until_windows(1)
    game.session.input(InputMove(150, 130))
    game.app.until(lambda: len(lock.named("locked")) == 2)

    def moved() -> bool:
        game.session.input(InputMove(CENTRE[0], CENTRE[1] + 7))
        game.session.input(InputMove(*CENTRE))
        game.app.roundtrip()
        return (0, 7) in game.ways()

    game.session.until(moved)


def test_an_app_puts_the_pointer_elsewhere(game: Game) -> None:
    warp = game.app.bind(WpPointerWarpV1)
    serial = game.pointer.last("enter")[0]
    warp.warp_pointer(game.window.surface, game.pointer, 120, 90, serial)
    game.app.until(lambda: game.pointer.named("warp"))
    assert game.pointer.last("warp") == (120, 90)
    assert game.ways() == []
    game.session.call(OpenLauncher())
    warp.warp_pointer(game.window.surface, game.pointer, 20, 20, serial)
    game.window.toplevel.set_title("later than the warp")
    game.app.roundtrip()
    game.session.until(lambda: game.session.window("game").title == "later than the warp")
    game.session.call(OpenLauncher(False))
    game.session.input(InputMove(151, 131))
    game.app.roundtrip()
    assert len(game.pointer.named("warp")) == 1, "under the launcher the pointer is the user's alone"


def test_an_app_gets_the_shortcuts_until_the_user_wants_them(game: Game) -> None:
    session, toplevel = game.session, game.window.toplevel
    seat = game.app.bind(wayland.WlSeat)
    keyboard = seat.get_keyboard()
    inhibitor = game.app.bind(ZwpKeyboardShortcutsInhibitManagerV1).inhibit_shortcuts(game.window.surface, seat)
    game.app.until(lambda: inhibitor.named("active"))

    def strike(keys: str, count: int) -> None:
        before = len(keyboard.named("key"))
        session.input(InputKey(keys))
        game.app.until(lambda: len(keyboard.named("key")) == before + count)

    strike("alt+F4", 4)
    strike("super", 2)
    strike("alt+Tab", 4)
    assert toplevel.named("close") == []
    # The key that ends it is the shell's alone, its modifier has gone to the app before.
    strike("super+Escape", 2)
    game.app.until(lambda: inhibitor.named("inactive"))
    strike("alt+F4", 2)
    game.app.until(lambda: toplevel.named("close"))
    strike("super+Escape", 2)
    game.app.until(lambda: len(inhibitor.named("active")) == 2)
    strike("alt+F4", 4)
    session.kill_ui()
    session.start_ui()
    session.until_windows(1)
    game.app.roundtrip()
    strike("alt+F4", 4)
    assert len(toplevel.named("close")) == 1
