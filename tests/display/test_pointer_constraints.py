"""Pointer constraints, relative motion and warps: when they hold, who is told, and what ends them."""

from __future__ import annotations

import time

import pytest
from pywayland.protocol.pointer_constraints_unstable_v1 import ZwpPointerConstraintsV1
from pywayland.protocol.pointer_warp_v1 import WpPointerWarpV1
from pywayland.protocol.relative_pointer_unstable_v1 import ZwpRelativePointerManagerV1

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.test_seat import LEFT, Desk

ONESHOT, PERSISTENT = 1, 2


class Game(Desk):
    """An app with the keyboard and the pointer at 10, 10 of its window, and what games bind."""

    def __init__(self, display: Display) -> None:
        super().__init__(display)
        self.constraints = self.app.bind(ZwpPointerConstraintsV1)
        self.relative: Object = self.app.bind(ZwpRelativePointerManagerV1).get_relative_pointer(self.pointer)
        self.ui.send(m.KeyboardFocus(self.surface), m.PointerMotion(self.surface, 10, 10, 1))
        self.settle()

    def lock(self, lifetime: int = PERSISTENT, region: Object | None = None) -> Object:
        made: Object = self.constraints.lock_pointer(self.window.surface, self.pointer, region, lifetime)
        self.settle()
        return made

    def confine(self, region: Object | None = None) -> Object:
        made: Object = self.constraints.confine_pointer(self.window.surface, self.pointer, region, PERSISTENT)
        self.settle()
        return made

    def region(self, *rect: int) -> Object:
        region: Object = self.app.compositor.create_region()
        region.add(*rect)
        return region

    def move(self, x: float, y: float, dx: float = 0, dy: float = 0) -> None:
        self.ui.send(m.PointerMotion(self.surface, x, y, 2, dx, dy))
        self.settle()


def test_relative_motion(display: Display) -> None:
    game = Game(display)
    before = len(game.pointer.events)
    now = time.monotonic_ns() // 1_000_000
    game.ui.send(m.PointerMotion(game.surface, 12, 10, now & 0xFFFFFFFF, 2.5, -0.5))
    game.ui.send(m.PointerMotion(game.surface, 12, 10, now & 0xFFFFFFFF, 9, 0))
    game.settle()
    high, low, *way = game.relative.named("relative_motion")[0].arguments
    assert ((high << 32) + low) == now * 1000
    assert way == [2.5, -0.5, 2.5, -0.5]
    assert game.relative.last("relative_motion")[2:4] == (9, 0)
    assert game.names(game.pointer, before) == ["motion", "frame", "frame"], "the second one stopped at an edge"
    game.pointer.release()
    game.app.roundtrip()
    game.move(13, 10, 1, 0)
    assert len(game.relative.events) == 2
    game.relative.destroy()
    game.app.roundtrip()


def test_only_the_app_under_the_pointer_hears_of_movements(display: Display) -> None:
    game = Game(display)
    other = Desk(display, name="b", ui=game.ui)
    other.ui.send(m.PointerMotion(other.surface, 1, 1, 1, 5, 5), m.PointerMotion(other.surface, 2, 2, 1, 1, 1))
    other.settle()
    game.app.roundtrip()
    assert game.relative.events == []


def test_a_lock_keeps_the_pointer_in_place(display: Display) -> None:
    game = Game(display)
    lock = game.lock()
    assert game.names(lock) == ["locked"]
    assert game.ui.constraint == m.PointerConstraint(game.surface, "lock")
    before = len(game.pointer.events)
    game.move(20, 20, 10, 10)
    game.ui.send(m.PointerButton(LEFT, True, 1), m.PointerAxis(0, 15, 0, 120, "wheel", 2))
    game.settle()
    names = game.names(game.pointer, before)
    assert "motion" not in names and "button" in names and "axis" in names
    assert game.relative.last("relative_motion")[2:4] == (10, 10)
    lock.destroy()
    game.settle()
    assert game.ui.constraint == m.PointerConstraint(game.surface)
    game.move(20, 20)
    assert game.pointer.last("motion")[1:] == (20, 20)


def test_where_the_pointer_appears_afterwards(display: Display) -> None:
    game = Game(display)
    lock = game.lock()
    lock.set_cursor_position_hint(30, 40)
    game.app.roundtrip()
    game.window.surface.commit()
    lock.set_cursor_position_hint(50, 60)
    game.app.roundtrip()
    lock.destroy()
    game.settle()
    assert game.ui.constraint == m.PointerConstraint(game.surface, hint=(30, 40)), "the second one was not committed"
    lock = game.lock()
    lock.set_cursor_position_hint(5000, -3)
    game.window.surface.commit()
    lock.destroy()
    game.settle()
    assert game.ui.constraint.hint is None


@pytest.mark.parametrize("how", ["keyboard", "pointer", "freed"])
def test_what_ends_a_lock(display: Display, how: str) -> None:
    game = Game(display)
    lock = game.lock()
    end = {"keyboard": m.KeyboardFocus(0), "pointer": m.PointerMotion(0, 0, 0, 3), "freed": m.InputFreed()}
    game.ui.send(end[how])
    game.settle()
    assert game.names(lock) == ["locked", "unlocked"]
    assert game.ui.constraint == m.PointerConstraint(game.surface)
    game.ui.send(m.KeyboardFocus(game.surface), m.PointerMotion(game.surface, 10, 10, 3))
    game.settle()
    if how == "freed":
        assert game.names(lock) == ["locked", "unlocked"], "rests until the user turns to the app again"
        game.ui.send(m.PointerButton(LEFT, True, 4))
        game.settle()
    assert game.names(lock) == ["locked", "unlocked", "locked"]


def test_a_lock_for_once(display: Display) -> None:
    game = Game(display)
    lock = game.lock(ONESHOT)
    game.ui.send(m.KeyboardFocus(0), m.KeyboardFocus(game.surface))
    game.settle()
    assert game.names(lock) == ["locked", "unlocked"]
    lock.set_cursor_position_hint(1, 1)
    lock.set_region(None)
    again = game.lock(ONESHOT)
    assert game.names(again) == ["locked"], "the first one is defunct"
    lock.destroy()
    game.settle()
    assert game.ui.constraint.kind == "lock"


def test_a_lock_waits_for_its_region(display: Display) -> None:
    game = Game(display)
    lock = game.lock(region=game.region(50, 50, 10, 10))
    assert lock.events == []
    game.move(55, 55)
    assert game.names(lock) == ["locked"]


def test_a_lock_waits_for_the_keyboard(display: Display) -> None:
    game = Game(display)
    game.ui.send(m.KeyboardFocus(0))
    game.settle()
    lock = game.lock()
    assert lock.events == []
    game.ui.send(m.KeyboardFocus(game.surface))
    game.settle()
    assert game.names(lock) == ["locked"]


def test_a_confinement_has_a_region_that_changes_with_the_surface(display: Display) -> None:
    game = Game(display)
    confinement = game.confine(game.region(0, 0, 20, 20))
    assert game.names(confinement) == ["confined"]
    assert game.ui.constraint == m.PointerConstraint(game.surface, "confine", ((0, 0, 20, 20),))
    game.move(15, 15)
    assert game.pointer.last("motion")[1:] == (15, 15)
    confinement.set_region(game.region(0, 0, 5, 5))
    game.settle()
    assert game.ui.constraint.region == ((0, 0, 20, 20),)
    game.window.surface.commit()
    game.settle()
    assert game.ui.constraint.region == ((0, 0, 5, 5),)
    assert game.names(confinement) == ["confined"]
    confinement.set_region(game.app.compositor.create_region())
    game.window.surface.commit()
    game.settle()
    assert game.names(confinement) == ["confined", "unconfined"], "nothing is left to be in"
    confinement.destroy()
    game.app.roundtrip()


def test_one_constraint_for_a_surface(display: Display) -> None:
    game = Game(display)
    game.lock(region=game.region(900, 900, 1, 1))
    second = game.seat.get_pointer()
    game.constraints.confine_pointer(game.window.surface, second, None, ONESHOT)
    with pytest.raises(ClientError) as raised:
        game.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwp_pointer_constraints_v1", 1)


def test_a_lifetime_that_is_none(display: Display) -> None:
    game = Game(display)
    game.constraints.lock_pointer(game.window.surface, game.pointer, None, 7)
    with pytest.raises(ClientError, match="7 is no lifetime"):
        game.app.roundtrip()


def test_surface_and_pointer_that_go(display: Display) -> None:
    game = Game(display)
    lock = game.lock()
    game.window.toplevel.destroy()
    game.window.xdg.destroy()
    game.window.surface.destroy()
    game.settle()
    assert game.names(lock) == ["locked", "unlocked"]
    assert game.ui.constraint.kind == ""
    lock.set_region(None)
    lock.set_cursor_position_hint(1, 1)
    lock.destroy()
    game.app.roundtrip()


def test_a_client_that_dies_lets_go(display: Display) -> None:
    game = Game(display)
    game.lock()
    game.app.close()
    game.ui.until(lambda: game.ui.constraint.kind == "")


def test_a_ui_that_dies_leaves_no_lock(display: Display) -> None:
    game = Game(display)
    lock = game.lock()
    game.ui.close()
    game.app.until(lambda: lock.named("unlocked"))
    game.ui = display.ui()
    assert game.ui.constraint.kind == ""
    game.move(10, 10)
    assert len(lock.named("locked")) == 2


def test_a_subsurface_is_locked_with_its_parent(display: Display) -> None:
    game = Game(display)
    child = game.app.surface()
    sub = game.app.subcompositor.get_subsurface(child, game.window.surface)
    game.app.show(child, game.app.pixels(20, 20))
    game.window.surface.commit()
    game.settle()
    number = max(game.ui.surfaces)
    game.ui.send(m.PointerMotion(number, 1, 1, 3))
    lock = game.constraints.lock_pointer(child, game.pointer, None, PERSISTENT)
    game.settle()
    assert game.names(lock) == ["locked"]
    lock.set_cursor_position_hint(7, 8)
    child.commit()
    lock.destroy()
    game.settle()
    assert game.ui.constraint.hint is None, "a synchronised surface waits for its parent"
    sub.destroy()


def test_a_warp_asks_the_ui(display: Display) -> None:
    game = Game(display)
    warp = game.app.bind(WpPointerWarpV1)
    serial = game.pointer.last("enter")[0]
    asked = lambda: [message for message in game.ui.log if isinstance(message, m.PointerWarp)]  # noqa: E731
    warp.warp_pointer(game.window.surface, game.pointer, 5, 6, serial + 1)
    warp.warp_pointer(game.window.surface, game.pointer, 5000, 6, serial)
    warp.warp_pointer(game.window.surface, game.pointer, -1, 6, serial)
    game.settle()
    assert asked() == []
    warp.warp_pointer(game.window.surface, game.pointer, 5, 6, serial)
    game.settle()
    assert asked() == [m.PointerWarp(game.surface, 5, 6)]
    game.ui.send(m.PointerMotion(0, 0, 0, 1))
    game.settle()
    warp.warp_pointer(game.window.surface, game.pointer, 5, 6, serial)
    game.settle()
    assert len(asked()) == 1, "the pointer is elsewhere"
    warp.destroy()
    game.app.roundtrip()
