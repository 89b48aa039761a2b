"""xdg_popup: placement, grabs and the order in which menus close."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pywayland.protocol import wayland, xdg_shell

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import Popup, Window

_Base = xdg_shell.XdgWmBase.error
_SLIDE, _FLIP, _RESIZE = 3, 12, 48


class Scene:
    """A window at 200, 100 with the pointer and the keyboard on it."""

    def __init__(self, display: Display) -> None:
        self.display = display
        self.ui = display.ui()
        self.app = display.app()
        self.window = Window(self.app, 400, 300)
        self.ui.until(lambda: any(w.mapped for w in self.ui.windows.values()))
        self.number, told = next(iter(self.ui.windows.items()))
        self.surface = told.surface
        self.ui.place(self.number, 200, 100, 400, 300)
        self.seat = self.app.bind(wayland.WlSeat)
        self.pointer: Object = self.seat.get_pointer()
        self.keyboard: Object = self.seat.get_keyboard()
        self.app.roundtrip()
        self.ui.send(m.KeyboardFocus(self.surface), m.PointerMotion(self.surface, 5, 5, 1))
        self.app.until(lambda: self.pointer.named("enter") and self.keyboard.named("enter"))

    def press(self) -> int:
        self.ui.send(m.PointerButton(0x110, True, 2))
        self.app.until(lambda: self.pointer.named("button"))
        serial: int = self.pointer.last("button")[0]
        self.ui.send(m.PointerButton(0x110, False, 3))
        self.settle()
        return serial

    def settle(self) -> None:
        self.app.roundtrip()
        self.ui.settle()
        self.app.roundtrip()
        self.ui.settle()

    def menu(self, parent: Object, serial: int | None = None, rect: m.Rect = (10, 10, 20, 20)) -> Popup:
        grab = None if serial is None else (self.seat, serial)
        popup = Popup(self.app, parent, self.app.positioner(50, 60, rect), grab).map()
        self.settle()
        return popup

    @property
    def focus(self) -> Object:
        """The surface with the keyboard."""
        focus: Object = self.keyboard.last("enter")[1]
        return focus


@pytest.fixture
def scene(display: Display) -> Scene:
    return Scene(display)


def test_a_popup_appears_where_its_positioner_says(scene: Scene) -> None:
    popup = scene.menu(scene.window.xdg)
    assert popup.popup.last("configure") == (10, 30, 50, 60)
    told = next(iter(scene.ui.popups.values()))
    assert (told.x, told.y, told.width, told.height, told.mapped, told.grab) == (10, 30, 50, 60, True, False)
    assert told.parent == scene.surface
    popup.popup.destroy()
    popup.xdg.destroy()
    popup.surface.destroy()
    scene.settle()
    assert not scene.ui.popups


@pytest.mark.parametrize(
    ("adjustment", "expected"),
    [(0, (1050, 30, 50, 60)), (_SLIDE, (1030, 30, 50, 60)), (_FLIP, (1020, 30, 50, 60)), (_RESIZE, (1050, 30, 30, 60))],
)
def test_constraints_against_the_screen(scene: Scene, adjustment: int, expected: m.Rect) -> None:
    """The window's right edge is at 600 of 1280, its popup would reach 1300."""
    positioner = scene.app.positioner(50, 60, (1050, 10, 20, 20), anchor=6)
    positioner.set_constraint_adjustment(adjustment)
    popup = Popup(scene.app, scene.window.xdg, positioner).map()
    assert popup.popup.last("configure") == expected


def test_usable_area_counts(scene: Scene) -> None:
    scene.ui.send(m.OutputChanged(1280, 800, usable=(0, 0, 1280, 200)))
    scene.settle()
    positioner = scene.app.positioner(50, 60, (10, 10, 20, 80))
    positioner.set_constraint_adjustment(_FLIP)
    assert Popup(scene.app, scene.window.xdg, positioner).map().popup.last("configure") == (10, -50, 50, 60)


def test_reposition(scene: Scene) -> None:
    popup = scene.menu(scene.window.xdg)
    popup.popup.reposition(scene.app.positioner(70, 80, (100, 100, 1, 1)), 77)
    scene.app.until(lambda: popup.popup.named("repositioned"))
    assert popup.popup.last("repositioned") == (77,)
    assert popup.popup.last("configure") == (100, 101, 70, 80)
    scene.settle()
    assert next(iter(scene.ui.popups.values())).width == 50, "not before the client has drawn it"
    popup.xdg.ack_configure(*popup.xdg.last("configure"))
    scene.app.show(popup.surface, scene.app.pixels(70, 80))
    scene.settle()
    told = next(iter(scene.ui.popups.values()))
    assert (told.x, told.y, told.width, told.height) == (100, 101, 70, 80)


def test_a_reposition_before_the_first_configure_is_answered_with_it(scene: Scene) -> None:
    surface = scene.app.surface()
    xdg: Object = scene.app.wm.get_xdg_surface(surface)
    popup: Object = xdg.get_popup(scene.window.xdg, scene.app.positioner(50, 60, (10, 10, 20, 20)))
    popup.reposition(scene.app.positioner(70, 80, (100, 100, 1, 1)), 5)
    scene.settle()
    assert not popup.events and not xdg.events
    surface.commit()
    scene.settle()
    assert [event.name for event in popup.events] == ["repositioned", "configure"]
    assert popup.last("configure") == (100, 101, 70, 80)
    assert len(xdg.named("configure")) == 1


def test_a_popup_is_fitted_in_where_its_parent_will_be(scene: Scene) -> None:
    """The window is about to grow to the left: its new corner is not on screen yet."""
    seen = len(scene.window.xdg.named("configure"))
    scene.ui.send(m.Configure(scene.number, 90, 800, 300, ("resizing",), place=(-200, 100)))
    scene.app.until(lambda: len(scene.window.xdg.named("configure")) > seen)
    for named in (True, False):
        positioner = scene.app.positioner(50, 60, (10, 10, 20, 20))
        positioner.set_constraint_adjustment(_SLIDE)
        positioner.set_parent_size(800, 300)
        if named:
            positioner.set_parent_configure(*scene.window.xdg.last("configure"))
        popup = Popup(scene.app, scene.window.xdg, positioner).map()
        assert popup.popup.last("configure") == (200, 30, 50, 60)
    positioner = scene.app.positioner(50, 60, (10, 10, 20, 20))
    positioner.set_constraint_adjustment(_SLIDE)
    positioner.set_parent_configure(12345)
    assert Popup(scene.app, scene.window.xdg, positioner).map().popup.last("configure") == (10, 30, 50, 60)


def test_a_reactive_popup_is_fitted_in_where_its_parent_is_once_that_has_moved(scene: Scene) -> None:
    seen = len(scene.window.xdg.named("configure"))
    scene.ui.send(m.Configure(scene.number, 90, 800, 300, ("resizing",), place=(-200, 100)))
    scene.app.until(lambda: len(scene.window.xdg.named("configure")) > seen)
    positioner = scene.app.positioner(50, 60, (10, 10, 20, 20))
    positioner.set_constraint_adjustment(_SLIDE)
    positioner.set_reactive()
    positioner.set_parent_configure(*scene.window.xdg.last("configure"))
    popup = Popup(scene.app, scene.window.xdg, positioner).map()
    assert popup.popup.last("configure") == (200, 30, 50, 60)
    scene.ui.place(scene.number, -100, 100, 800, 300)
    scene.app.until(lambda: popup.popup.last("configure") == (100, 30, 50, 60))


def test_reactive_popups_follow_their_window(scene: Scene) -> None:
    positioner = scene.app.positioner(50, 60, (390, 10, 10, 10))
    positioner.set_constraint_adjustment(_SLIDE)
    positioner.set_reactive()
    popup = Popup(scene.app, scene.window.xdg, positioner).map()
    assert popup.popup.last("configure") == (390, 20, 50, 60)
    scene.ui.place(scene.number, 880, 100, 400, 300)
    scene.app.until(lambda: popup.popup.last("configure") == (350, 20, 50, 60))


def test_nested_menus_close_from_the_top(scene: Scene) -> None:
    serial = scene.press()
    first = scene.menu(scene.window.xdg, serial)
    second = scene.menu(first.xdg, serial)
    third = scene.menu(second.xdg, serial)
    assert scene.focus is third.surface
    assert [popup.grab for popup in scene.ui.popups.values()] == [True] * 3
    numbers = list(scene.ui.popups)
    scene.ui.send(m.DismissPopup(numbers[1]))
    scene.app.until(lambda: second.popup.named("popup_done"))
    assert third.popup.named("popup_done") and not first.popup.named("popup_done")
    scene.settle()
    destroyed = [message.popup for message in scene.ui.log if isinstance(message, m.PopupDestroyed)]
    assert destroyed == [numbers[2], numbers[1]]
    assert scene.focus is first.surface
    for popup in (third, second, first):
        popup.popup.destroy()
        popup.xdg.destroy()
    scene.settle()
    assert scene.focus is scene.window.surface


def test_a_press_elsewhere_closes_the_menus(scene: Scene) -> None:
    popup = scene.menu(scene.window.xdg, scene.press())
    scene.ui.send(m.PointerMotion(0, 0, 0, 5), m.PointerButton(0x110, True, 6))
    scene.app.until(lambda: popup.popup.named("popup_done"))
    assert scene.focus is scene.window.surface


def test_a_press_on_the_same_app_does_not(scene: Scene) -> None:
    popup = scene.menu(scene.window.xdg, scene.press())
    scene.ui.send(m.PointerButton(0x110, True, 6))
    scene.settle()
    assert not popup.popup.named("popup_done")


def test_focus_for_another_app_closes_the_menus(scene: Scene) -> None:
    popup = scene.menu(scene.window.xdg, scene.press())
    other = scene.display.app(scene.display.instance("b"))
    Window(other)
    scene.ui.until(lambda: len(scene.ui.windows) == 2)
    scene.ui.send(m.KeyboardFocus(max(scene.ui.surfaces)))
    scene.app.until(lambda: popup.popup.named("popup_done"))
    scene.app.until(lambda: len(scene.keyboard.named("leave")) >= 2)


def test_focus_for_another_window_of_the_app_closes_the_menus(scene: Scene) -> None:
    first = scene.menu(scene.window.xdg, scene.press())
    scene.ui.send(m.KeyboardFocus(scene.surface))
    scene.settle()
    assert not first.popup.named("popup_done")
    Window(scene.app)
    scene.ui.until(lambda: len(scene.ui.windows) == 2)
    scene.ui.send(m.KeyboardFocus(next(w.surface for n, w in scene.ui.windows.items() if n != scene.number)))
    scene.app.until(lambda: first.popup.named("popup_done"))


def test_a_point_is_an_anchor_rectangle(scene: Scene) -> None:
    popup = Popup(scene.app, scene.window.xdg, scene.app.positioner(50, 60, (20, 30, 0, 0)))
    scene.app.until(lambda: popup.xdg.named("configure"))
    assert popup.popup.last("configure") == (20, 30, 50, 60)


def test_a_grab_without_input_is_refused_by_closing(scene: Scene) -> None:
    popup = Popup(scene.app, scene.window.xdg, scene.app.positioner(5, 5, (0, 0, 1, 1)), (scene.seat, 424242))
    scene.app.until(lambda: popup.popup.named("popup_done"))
    scene.settle()
    assert not scene.ui.popups


def test_a_closing_window_closes_its_popups(scene: Scene) -> None:
    popup = scene.menu(scene.window.xdg)
    scene.window.surface.attach(None, 0, 0)
    scene.window.surface.commit()
    scene.app.until(lambda: popup.popup.named("popup_done"))
    scene.settle()
    assert not scene.ui.popups
    scene.app.show(popup.surface, scene.app.pixels(50, 60))
    scene.settle()
    assert not scene.ui.popups


def _no_size(s: Scene) -> None:
    s.app.wm.get_xdg_surface(s.app.surface()).get_popup(s.window.xdg, s.app.wm.create_positioner())


def _no_anchor_rectangle(s: Scene) -> None:
    positioner = s.app.wm.create_positioner()
    positioner.set_size(1, 1)
    s.app.wm.get_xdg_surface(s.app.surface()).get_popup(s.window.xdg, positioner)


def _grab_after_map(s: Scene) -> None:
    s.menu(s.window.xdg).popup.grab(s.seat, s.press())


def _grab_on_a_plain_popup(s: Scene) -> None:
    s.menu(s.menu(s.window.xdg).xdg, s.press())


def _two_grabs_side_by_side(s: Scene) -> None:
    serial = s.press()
    s.menu(s.window.xdg, serial)
    s.menu(s.window.xdg, serial)


def _wrong_order(s: Scene) -> None:
    serial = s.press()
    first = s.menu(s.window.xdg, serial)
    s.menu(first.xdg, serial)
    first.popup.destroy()


def _no_parent(s: Scene) -> None:
    surface = s.app.surface()
    s.app.wm.get_xdg_surface(surface).get_popup(None, s.app.positioner(1, 1, (0, 0, 1, 1)))
    surface.commit()


def _parent_without_role(s: Scene) -> None:
    parent = s.app.wm.get_xdg_surface(s.app.surface())
    s.app.wm.get_xdg_surface(s.app.surface()).get_popup(parent, s.app.positioner(1, 1, (0, 0, 1, 1)))


@pytest.mark.parametrize(
    ("misuse", "interface", "code"),
    [
        (_no_size, "xdg_wm_base", _Base.invalid_positioner),
        (_no_anchor_rectangle, "xdg_wm_base", _Base.invalid_positioner),
        (_grab_after_map, "xdg_popup", xdg_shell.XdgPopup.error.invalid_grab),
        (_grab_on_a_plain_popup, "xdg_popup", xdg_shell.XdgPopup.error.invalid_grab),
        (_two_grabs_side_by_side, "xdg_wm_base", _Base.not_the_topmost_popup),
        (_wrong_order, "xdg_wm_base", _Base.not_the_topmost_popup),
        (_no_parent, "xdg_wm_base", _Base.invalid_popup_parent),
        (_parent_without_role, "xdg_wm_base", _Base.invalid_popup_parent),
        (lambda s: s.app.wm.create_positioner().set_size(0, 1), "xdg_positioner", 0),
        (lambda s: s.app.wm.create_positioner().set_anchor_rect(0, 0, -1, 1), "xdg_positioner", 0),
        (lambda s: s.app.wm.create_positioner().set_anchor(9), "xdg_positioner", 0),
        (lambda s: s.app.wm.create_positioner().set_gravity(9), "xdg_positioner", 0),
    ],
)
def test_misuse(scene: Scene, misuse: Callable[[Scene], object], interface: str, code: int) -> None:
    with pytest.raises(ClientError) as raised:
        misuse(scene)
        scene.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface, int(code)), raised.value.message
    scene.ui.until(lambda: not scene.ui.windows)


def test_nesting_is_limited(scene: Scene) -> None:
    parent = scene.window.xdg
    with pytest.raises(ClientError, match="inside each other"):
        for _ in range(40):
            parent = scene.app.wm.get_xdg_surface(scene.app.surface())
            parent.get_popup(scene.window.xdg, scene.app.positioner(1, 1, (0, 0, 1, 1)))
            scene.window.xdg = parent
        scene.app.roundtrip()
    scene.ui.until(lambda: not scene.ui.windows)
