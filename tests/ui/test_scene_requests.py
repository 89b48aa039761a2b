"""What clients ask and say about their windows, and what comes of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt

from berth.core.layout import Edges
from berth.core.messages import WindowPolicy, WindowRequest
from berth.ui.hand_keys import HandKeys
from berth.ui.requests import Requests
from berth.ui.switcher import Switcher
from tests.ui.policy import Desk

_NONE = Qt.KeyboardModifier.NoModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier


class Hand:
    holding = True
    last = QPointF(5, 6)

    def __init__(self) -> None:
        self.taken: list[object] = []

    def begin_move(self, number: int, x: float, y: float) -> None:
        self.taken.append(("move", number, x, y))

    def begin_resize(self, number: int, edges: Edges, x: float, y: float) -> None:
        self.taken.append(("resize", number, edges, x, y))


class Clients(Desk):
    def __init__(self, maximizes_all: bool = False) -> None:
        super().__init__(maximizes_all)
        self.pointer = Hand()
        self.menus: list[tuple[int, float, float]] = []
        self.requests = Requests(self.windows, self.pointer, lambda *menu: self.menus.append(menu))

    def ask(self, number: int, action: str, **fields: int) -> None:
        self.requests.carry_out(WindowRequest(number, action, **fields))  # type: ignore[arg-type]
        self.windows.settle()

    def states(self, number: int) -> tuple[str, ...]:
        return self.configures(number)[-1].states


# --- states


def test_every_wish_for_a_state_is_answered() -> None:
    desk = Clients()
    desk.open(1)
    for action in ("unmaximize", "unfullscreen", "maximize", "maximize", "fullscreen", "fullscreen"):
        seen = len(desk.configures(1))
        desk.ask(1, action)
        assert len(desk.configures(1)) == seen + 1, action


def test_what_is_asked_in_full_screen_counts_afterwards() -> None:
    desk = Clients()
    desk.open(1)
    desk.ask(1, "fullscreen")
    desk.ask(1, "maximize")
    assert desk.window(1).state == "fullscreen"
    desk.ask(1, "unfullscreen")
    assert desk.window(1).state == "maximized"
    desk.ask(1, "fullscreen")
    desk.ask(1, "unmaximize")
    desk.ask(1, "unfullscreen")
    assert desk.window(1).state == "normal"


def test_edges_that_cannot_be_dragged_are_constrained() -> None:
    desk = Clients()
    desk.open(1)
    assert not any(state.startswith("constrained") for state in desk.states(1))
    for state in ("maximized", "tiled_left", "tiled_right", "fullscreen"):
        desk.windows.set_state(1, state)  # type: ignore[arg-type]
        desk.windows.settle()
        assert sum(name.startswith("constrained") for name in desk.states(1)) == 4


def test_windows_that_nobody_can_see_are_suspended() -> None:
    desk = Clients()
    desk.open(1)
    desk.open(2)
    assert "suspended" not in desk.states(1)
    desk.windows.set_state(2, "maximized")
    desk.windows.settle()
    assert "suspended" in desk.states(1) and "suspended" not in desk.states(2)
    desk.windows.focus(1)
    desk.windows.settle()
    assert "suspended" not in desk.states(1) and "suspended" not in desk.states(2)
    desk.windows.hidden_outputs.add(desk.window(1).output)
    desk.windows.settle()
    assert "suspended" in desk.states(1) and "suspended" in desk.states(2)


def test_a_title_bar_that_comes_late_has_room() -> None:
    desk = Clients()
    desk.open(1, server_decorated=False)
    desk.windows.set_state(1, "maximized")
    desk.windows.settle()
    without = desk.configures(1)[-1]
    desk.change(1, mapped=True, server_decorated=True)
    assert desk.configures(1)[-1].height < without.height


def test_where_a_growing_window_will_be_is_told() -> None:
    desk = Clients()
    window = desk.open(1)
    x, y, _width, _height = window.rect
    desk.windows.resize(1, 500, 400, Edges(left=True, top=True))
    desk.windows.settle()
    assert desk.configures(1)[-1].place == (x - 100, y - 100)
    desk.follow(1)
    assert desk.window(1).rect[:2] == (x - 100, y - 100)
    desk.windows.resize(1, 600, 400, Edges(right=True))
    desk.windows.settle()
    assert desk.configures(1)[-1].place is None


def test_the_policy_follows_the_form_factor() -> None:
    desk = Clients()
    assert [message for message in desk.sent if isinstance(message, WindowPolicy)] == [WindowPolicy()]
    phone = Clients(maximizes_all=True)
    (policy,) = (message for message in phone.sent if isinstance(message, WindowPolicy))
    phone.change(1)
    configure = phone.configures(1)[-1]
    assert (policy.width, policy.height) == (configure.width, configure.height)
    assert policy.states == configure.states
    assert "maximize" not in policy.capabilities


# --- families


def test_a_modal_dialog_gets_what_its_parent_would() -> None:
    desk = Clients()
    desk.open(1)
    desk.open(2, parent=1, modal=True, instance="app-1")
    desk.open(3)
    desk.windows.focus(1)
    assert desk.windows.focused == 2
    desk.windows.focus(3)
    assert desk.stack()[-1] == 3
    desk.windows.focus(1)
    assert desk.stack() == [3, 1, 2]
    desk.change(2, mapped=True, parent=1, modal=False, instance="app-1")
    desk.windows.focus(1)
    assert desk.windows.focused == 1


def test_modal_dialogs_in_a_circle_do_no_harm() -> None:
    desk = Clients()
    desk.open(1, parent=2, modal=True)
    desk.open(2, parent=1, modal=True)
    desk.windows.focus(1)
    assert desk.windows.focused in (1, 2)


def test_a_family_is_put_away_together() -> None:
    desk = Clients()
    desk.open(1)
    desk.open(2, parent=1, modal=True, instance="app-1")
    desk.open(3)
    desk.ask(2, "minimize")
    assert desk.window(1).minimized and desk.window(2).minimized
    desk.windows.focus(1)
    assert not desk.window(1).minimized and not desk.window(2).minimized
    assert desk.windows.focused == 2


# --- attention


def test_the_focus_is_given_to_who_is_entitled() -> None:
    desk = Clients()
    desk.open(1)
    desk.open(2)
    desk.ask(1, "attention")
    assert (desk.windows.focused, desk.window(1).urgent) == (2, True)
    desk.ask(1, "activate")
    assert (desk.windows.focused, desk.window(1).urgent) == (1, False)


def test_a_window_that_is_still_to_come_may_be_entitled() -> None:
    desk = Clients()
    for number in (1, 2):
        desk.open(number)
    for number, entitled in ((3, False), (4, True)):
        desk.change(number, instance="app-1")
        if entitled:
            desk.ask(number, "activate")
        desk.follow(number, (300, 200))
        desk.change(number, mapped=True, instance="app-1")
        assert (desk.windows.focused == number) is entitled
        assert desk.window(number).urgent is not entitled


def test_the_bell() -> None:
    desk = Clients()
    desk.open(1)
    desk.open(2)
    desk.ask(1, "bell")
    desk.ask(2, "bell")
    assert [(desk.window(n).rings, desk.window(n).urgent) for n in (1, 2)] == [(1, True), (1, False)]


def test_menus_open_where_the_client_says() -> None:
    desk = Clients()
    window = desk.open(1)
    desk.ask(1, "menu", x=10, y=20)
    assert desk.menus == [(1, window.rect[0] + 10, window.rect[1] + 20)]
    desk.ask(77, "menu")
    assert len(desk.menus) == 1


def test_moves_need_a_hand() -> None:
    desk = Clients()
    desk.open(1)
    desk.ask(1, "move")
    desk.ask(1, "resize", edges=5)
    assert desk.pointer.taken == [("move", 1, 5, 6), ("resize", 1, Edges(left=True, top=True), 5, 6)]
    desk.pointer.holding = False
    desk.ask(1, "move")
    assert len(desk.pointer.taken) == 2


# --- keys


class Keys:
    def __init__(self) -> None:
        self.desk = Clients()
        self.window = self.desk.open(1)
        self.switcher = Switcher(self.desk.windows)
        self.keys = HandKeys(self.desk.hand, self.switcher)

    def press(self, *keys: Qt.Key, modifiers: Qt.KeyboardModifier = _NONE) -> None:
        for key in keys:
            assert self.keys.press(key, modifiers)
            self.desk.windows.settle()


def test_arrows_move_a_window() -> None:
    on = Keys()
    x, y, width, height = on.window.rect
    on.desk.hand.begin_keys(1, "move")
    on.press(Qt.Key.Key_Left, Qt.Key.Key_Down)
    on.press(Qt.Key.Key_Down, modifiers=_CONTROL)
    assert on.window.rect == (x - 16, y + 17, width, height)
    on.press(Qt.Key.Key_A, Qt.Key.Key_Return)
    assert not on.desk.hand.keyed and not on.keys.press(Qt.Key.Key_Left, _NONE)
    assert on.desk.placements(1)[-1].x == x - 16


def test_arrows_resize_a_window_and_escape_takes_it_back() -> None:
    on = Keys()
    before = on.window.rect
    on.desk.hand.begin_keys(1, "resize")
    on.press(Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up)
    on.desk.follow(1)
    on.desk.follow(1)  # the steps that came while it drew the first one
    assert on.window.rect == (before[0], before[1], 432, 284)
    on.press(Qt.Key.Key_Escape)
    on.desk.follow(1)
    assert on.window.rect == before


@pytest.mark.parametrize("state", ["maximized", "fullscreen", "tiled_left"])
def test_only_loose_windows_are_moved_by_keys(state: str) -> None:
    on = Keys()
    on.desk.windows.set_state(1, state)  # type: ignore[arg-type]
    on.desk.hand.begin_keys(1, "move")
    assert not on.desk.hand.keyed


def test_keys_choose_among_windows() -> None:
    on = Keys()
    for number in (2, 3):
        on.desk.open(number)
    on.switcher.step(1)
    on.press(Qt.Key.Key_Tab)
    assert on.switcher.chosen == 1
    on.press(Qt.Key.Key_Backtab, Qt.Key.Key_Right, Qt.Key.Key_Up)
    assert on.switcher.chosen == 2
    assert not on.keys.press(Qt.Key.Key_Alt, _NONE), "apps hear of modifiers"
    assert on.keys.release(Qt.Key.Key_Alt)
    assert on.desk.windows.focused == 2
    on.switcher.step(1)
    on.press(Qt.Key.Key_Escape)
    assert not on.keys.release(Qt.Key.Key_Alt)
    assert on.desk.windows.focused == 2
