"""Shortcuts inhibitors: for the focused window only, and only as long as the user wants."""

from __future__ import annotations

import pytest
from pywayland.protocol.keyboard_shortcuts_inhibit_unstable_v1 import ZwpKeyboardShortcutsInhibitManagerV1

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import Popup
from tests.display.test_seat import LEFT, Desk


class Machine(Desk):
    def __init__(self, display: Display) -> None:
        super().__init__(display)
        self.manager = self.app.bind(ZwpKeyboardShortcutsInhibitManagerV1)

    def inhibit(self) -> Object:
        made: Object = self.manager.inhibit_shortcuts(self.window.surface, self.seat)
        self.settle()
        return made

    @property
    def told(self) -> list[int]:
        self.settle()
        return [message.surface for message in self.ui.log if isinstance(message, m.ShortcutsInhibited)]


def test_an_inhibitor_holds_while_its_window_has_the_keyboard(display: Display) -> None:
    machine = Machine(display)
    inhibitor = machine.inhibit()
    assert (machine.told, inhibitor.events) == ([], [])
    machine.ui.send(m.KeyboardFocus(machine.surface))
    assert machine.told == [machine.surface]
    assert machine.names(inhibitor) == ["active"]
    machine.ui.send(m.KeyboardFocus(0))
    assert machine.told == [machine.surface, 0]
    machine.ui.send(m.KeyboardFocus(machine.surface))
    assert machine.told == [machine.surface, 0, machine.surface]
    assert machine.names(inhibitor) == ["active"], "losing the keyboard is not told"
    inhibitor.destroy()
    machine.app.roundtrip()
    assert machine.told[-1] == 0
    machine.manager.destroy()
    machine.app.roundtrip()


def test_the_user_takes_the_shortcuts_back_and_gives_them_again(display: Display) -> None:
    machine = Machine(display)
    machine.ui.send(m.KeyboardFocus(machine.surface))
    machine.settle()
    inhibitor = machine.inhibit()
    machine.ui.send(m.InputFreed())
    assert machine.told[-1] == 0
    machine.ui.send(m.KeyboardFocus(0), m.KeyboardFocus(machine.surface))
    assert machine.told[-1] == 0
    assert machine.names(inhibitor) == ["active", "inactive"]
    machine.ui.send(m.InputFreed(shortcuts=False))
    assert machine.told[-1] == machine.surface
    assert machine.names(inhibitor) == ["active", "inactive", "active"]


def test_menus_of_the_window_count_as_it(display: Display) -> None:
    machine = Machine(display)
    machine.inhibit()
    machine.ui.send(m.KeyboardFocus(machine.surface), m.PointerMotion(machine.surface, 1, 1, 1))
    machine.ui.send(m.PointerButton(LEFT, True, 1))
    machine.settle()
    serial = machine.pointer.last("button")[0]
    positioner = machine.app.positioner(30, 30, (5, 5, 10, 10))
    menu = Popup(machine.app, machine.window.xdg, positioner, (machine.seat, serial)).map()
    machine.app.until(lambda: machine.keyboard.last("enter")[1] is menu.surface)
    assert machine.told[-1] not in (0, machine.surface)


def test_one_inhibitor_for_a_surface(display: Display) -> None:
    machine = Machine(display)
    machine.inhibit().destroy()
    machine.inhibit()
    machine.manager.inhibit_shortcuts(machine.window.surface, machine.seat)
    with pytest.raises(ClientError) as raised:
        machine.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwp_keyboard_shortcuts_inhibit_manager_v1", 0)


def test_a_new_ui_learns_of_it_and_a_client_that_dies_lets_go(display: Display) -> None:
    machine = Machine(display)
    machine.inhibit()
    machine.ui.send(m.KeyboardFocus(machine.surface))
    machine.settle()
    machine.ui.close()
    machine.ui = display.ui()
    assert machine.told == [machine.surface]
    machine.app.close()
    machine.ui.until(lambda: m.ShortcutsInhibited(0) in machine.ui.log)
