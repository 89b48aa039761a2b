"""The window policy: focus, stacking, states, and what clients and the display server are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from berth.core import layout
from berth.core.layout import Edges
from berth.core.messages import SceneRequest, WindowChanged
from berth.core.outputs import OutputArea
from berth.ui.switcher import Switcher
from berth.ui.windows import Windows
from tests.ui.policy import AREA, INSETS, ONE, SCREEN, Desk

BOTTOM_RIGHT = Edges(right=True, bottom=True)
TOP_LEFT = Edges(left=True, top=True)


def test_a_new_window_chooses_its_size_and_is_centred_and_focused() -> None:
    desk = Desk()
    window = desk.open(1)
    assert desk.configures(1)[0].width == 0
    assert desk.windows.frame(window) == layout.centre(402, 338, AREA)
    assert desk.windows.focused == 1
    assert desk.configures(1)[-1].states == ("activated",)
    assert desk.placements(1)[-1].width == 400


def test_a_window_larger_than_the_screen_is_asked_to_fit() -> None:
    desk = Desk()
    desk.open(1, (3000, 2000))
    configure = desk.configures(1)[-1]
    assert (configure.width, configure.height) == (1278, 710)
    desk.follow(1)
    frame = desk.windows.frame(desk.window(1))
    assert frame == AREA


def test_a_second_app_gets_focus_but_a_window_nobody_asked_for_waits() -> None:
    desk = Desk()
    desk.open(1)
    desk.open(2)
    assert desk.windows.focused == 2
    desk.open(3, instance="app-1")
    assert desk.windows.focused == 2
    assert desk.window(3).urgent
    assert desk.stack() == [1, 3, 2]
    desk.windows.focus(3)
    assert not desk.window(3).urgent


def test_a_dialog_stays_above_its_parent_and_gives_focus_back() -> None:
    desk = Desk()
    desk.open(1)
    desk.open(2)
    desk.windows.focus(1)
    dialog = desk.open(3, (100, 80), instance="app-1", parent=1)
    assert desk.windows.focused == 3
    parent = desk.windows.frame(desk.window(1))
    assert layout.contains(parent, *dialog.rect[:2])
    desk.windows.focus(1)
    assert desk.stack() == [2, 1, 3]
    desk.windows.focus(2)
    desk.windows.focus(3)
    assert desk.stack() == [2, 1, 3]
    desk.windows.destroyed(3)
    assert desk.windows.focused == 1


def test_windows_that_are_each_others_parents_do_no_harm() -> None:
    desk = Desk()
    desk.open(1, parent=2)
    desk.open(2, parent=1)
    desk.windows.focus(1)
    assert sorted(desk.stack()) == [1, 2]


def test_closing_passes_focus_to_the_window_used_before() -> None:
    desk = Desk()
    for number in (1, 2, 3):
        desk.open(number)
    desk.windows.focus(1)
    desk.windows.destroyed(1)
    assert desk.windows.focused == 3
    desk.windows.minimize(3)
    assert desk.windows.focused == 2
    desk.windows.destroyed(2)
    assert desk.windows.focused == 0


@pytest.mark.parametrize("state", ["maximized", "fullscreen", "tiled_left", "tiled_right"])
def test_states_and_back(state: str) -> None:
    desk = Desk()
    before = desk.open(1).rect
    desk.windows.toggle(1, state)  # type: ignore[arg-type]
    desk.windows.settle()
    desk.follow(1)
    expected = {
        "maximized": (0, 37, 1280, 711),
        "fullscreen": SCREEN,
        "tiled_left": (0, 37, 640, 711),
        "tiled_right": (640, 37, 640, 711),
    }
    assert desk.window(1).rect == expected[state]
    assert desk.placements(1)[-1].state == state
    assert desk.placements(1)[-1].restore == before
    assert state.partition("_")[0] in " ".join(desk.configures(1)[-1].states)
    desk.windows.toggle(1, state)  # type: ignore[arg-type]
    desk.windows.settle()
    desk.follow(1)
    assert desk.window(1).rect == before
    assert desk.configures(1)[-1].states == ("activated",)


def test_a_window_born_maximized_has_a_size_to_go_back_to() -> None:
    desk = Desk()
    desk.change(1)
    desk.windows.set_state(1, "maximized")
    desk.windows.settle()
    desk.follow(1)
    desk.change(1, mapped=True)
    assert desk.window(1).rect == (0, 37, 1280, 711)
    desk.windows.set_state(1, "normal")
    desk.windows.settle()
    desk.follow(1)
    frame = desk.windows.frame(desk.window(1))
    assert 0 < frame[2] < AREA[2]
    assert frame == layout.keep_inside(frame, AREA)


def test_minimized_windows_are_told_and_come_back_with_focus() -> None:
    desk = Desk()
    desk.open(1)
    desk.windows.minimize(1)
    desk.windows.settle()
    assert desk.configures(1)[-1].states == ("suspended",)
    assert desk.placements(1)[-1].minimized
    desk.windows.focus(1)
    desk.windows.settle()
    assert desk.configures(1)[-1].states == ("activated",)
    assert not desk.placements(1)[-1].minimized


def test_a_window_that_unmaps_and_maps_again_starts_afresh() -> None:
    desk = Desk()
    desk.open(1)
    desk.change(1, mapped=False)
    assert desk.stack() == []
    assert desk.windows.focused == 0
    desk.open(1, (200, 100))
    assert desk.window(1).rect[2:] == (200, 100)


# --- moving and resizing by hand


def test_moving_keeps_the_window_in_reach() -> None:
    desk = Desk()
    desk.open(1)
    desk.hand.begin_move(1, 500, 250)
    desk.hand.to(5000, 5000)
    desk.windows.settle()
    frame = desk.windows.frame(desk.window(1))
    assert frame[0] == 1280 - layout.REACHABLE
    assert frame[1] == 748 - 37


def test_a_movement_is_reported_once_at_its_end() -> None:
    desk = Desk()
    desk.open(1)
    desk.sent.clear()
    desk.hand.begin_move(1, 500, 250)
    for step in range(1, 20):
        desk.hand.to(500 + step * 5, 250 + step)
        desk.windows.settle()
    assert desk.placements(1) == []
    desk.hand.end()
    desk.windows.settle()
    placements = desk.placements(1)
    assert [(p.x, p.y) for p in placements] == [desk.window(1).rect[:2]]


def test_an_unsteady_click_moves_nothing() -> None:
    desk = Desk()
    before = desk.open(1).rect
    desk.hand.begin_move(1, 500, 250)
    desk.hand.to(503, 252)
    desk.hand.end()
    assert desk.window(1).rect == before


def test_a_movement_can_be_cancelled() -> None:
    desk = Desk()
    before = desk.open(1).rect
    desk.hand.begin_move(1, 500, 250)
    desk.hand.to(0, 300)
    assert desk.hand.preview is not None
    desk.hand.cancel()
    assert desk.window(1).rect == before
    assert desk.window(1).state == "normal"


@pytest.mark.parametrize(
    ("x", "y", "state"), [(0, 300, "tiled_left"), (1279, 300, "tiled_right"), (600, 0, "maximized")]
)
def test_snapping_keeps_the_place_to_go_back_to(x: int, y: int, state: str) -> None:
    desk = Desk()
    before = desk.open(1).rect
    desk.hand.begin_move(1, 500, 250)
    desk.hand.to(x, y)
    desk.hand.end()
    assert desk.window(1).state == state
    assert desk.window(1).restore == before


def test_a_maximized_window_is_pulled_off_under_the_pointer() -> None:
    desk = Desk()
    desk.open(1)
    desk.windows.set_state(1, "maximized")
    desk.windows.settle()
    desk.follow(1)
    desk.hand.begin_move(1, 1000, 10)
    desk.hand.to(1000, 100)
    desk.windows.settle()
    desk.follow(1)
    x, _y, width, _height = desk.window(1).rect
    assert desk.window(1).state == "normal"
    assert width == 400
    assert x < 1000 < x + width


def test_resizing_asks_once_at_a_time_and_ends_with_the_last_size() -> None:
    desk = Desk()
    desk.open(1)
    desk.follow(1)
    desk.sent.clear()
    desk.hand.begin_resize(1, BOTTOM_RIGHT, 800, 500)
    desk.windows.settle()
    for step in range(1, 11):
        desk.hand.to(800 + step * 10, 500 + step * 10)
        desk.windows.settle()
    assert len(desk.configures(1)) == 1
    assert "resizing" in desk.configures(1)[0].states
    desk.follow(1)
    desk.follow(1)
    desk.hand.end()
    desk.windows.settle()
    desk.follow(1)
    assert desk.window(1).rect[2:] == (500, 400)
    assert "resizing" not in desk.configures(1)[-1].states


def test_the_far_edges_stand_still_while_the_client_follows_slowly() -> None:
    desk = Desk()
    window = desk.open(1)
    desk.follow(1)
    right, bottom = window.rect[0] + window.rect[2], window.rect[1] + window.rect[3]
    desk.hand.begin_resize(1, TOP_LEFT, 400, 200)
    desk.hand.to(350, 170)
    desk.hand.to(300, 140)
    desk.hand.end()
    desk.windows.settle()
    # A terminal rounds to its cells.
    desk.windows.drew(101, (495, 357), desk.configures(1)[-1].serial)
    desk.windows.settle()
    assert (window.rect[0] + window.rect[2], window.rect[1] + window.rect[3]) == (right, bottom)
    assert window.rect[2:] == (495, 357)
    # Later the client grows by itself: now its top left corner stays.
    corner = window.rect[:2]
    desk.draw(1, (600, 400))
    assert window.rect == (*corner, 600, 400)


def test_a_client_that_chose_its_size_is_not_asked_to_change_it() -> None:
    desk = Desk()
    desk.open(1)
    desk.follow(1)
    desk.draw(1, (640, 480))
    desk.open(2)
    assert (desk.configures(1)[-1].width, desk.configures(1)[-1].height) == (640, 480)


def test_windows_of_fixed_size_are_neither_resized_nor_tiled() -> None:
    desk = Desk()
    window = desk.open(1, min_width=400, min_height=300, max_width=400, max_height=300)
    desk.hand.begin_resize(1, BOTTOM_RIGHT, 800, 500)
    assert not desk.hand.active
    desk.windows.toggle(1, "tiled_left")
    assert window.state == "normal"
    desk.windows.resize(1, 900, 900)
    assert window.target == (400, 300)


# --- the screen


def test_a_smaller_screen_keeps_windows_in_reach_and_maximizes_anew() -> None:
    desk = Desk()
    desk.open(1)
    desk.open(2)
    desk.windows.move(1, 1100, 600)
    desk.windows.set_state(2, "maximized")
    desk.windows.set_outputs((OutputArea("BERTH-1", (0, 0, 640, 480), (0, 0, 640, 428)),), INSETS, False)
    desk.windows.settle()
    frame = desk.windows.frame(desk.window(1))
    assert frame == layout.keep_reachable(frame, (0, 0, 640, 428), 37)
    assert desk.window(2).rect == (0, 37, 640, 391)


def test_phones_maximize_everything_but_dialogs() -> None:
    desk = Desk(maximizes_all=True)
    desk.change(1)
    configure = desk.configures(1)[-1]
    assert (configure.width, configure.height) == (1280, 748)
    assert configure.states[0] == "maximized"
    desk.follow(1)
    desk.change(1, mapped=True)
    assert desk.windows.frame(desk.window(1)) == AREA
    dialog = desk.open(2, (200, 100), parent=1, instance="app-1")
    assert dialog.state == "normal"
    desk.hand.begin_move(1, 100, 100)
    assert not desk.hand.active


def test_the_form_factor_changes_at_run_time() -> None:
    desk = Desk()
    before = desk.open(1).rect
    desk.windows.set_outputs(ONE, INSETS, True)
    desk.windows.settle()
    desk.follow(1)
    assert desk.window(1).rect == AREA
    desk.windows.set_outputs(ONE, INSETS, False)
    desk.windows.settle()
    desk.follow(1)
    assert desk.window(1).rect == before


# --- Alt+Tab


def test_choosing_visits_windows_in_order_of_last_use_and_moves_none() -> None:
    desk = Desk()
    for number in (1, 2, 3):
        desk.open(number)
    desk.windows.minimize(1)
    switcher = Switcher(desk.windows)
    switcher.step(1)
    assert (switcher.choices, switcher.chosen) == ([3, 2, 1], 2)
    switcher.step(1)
    assert switcher.chosen == 1
    switcher.step(1)
    switcher.step(-1)
    assert switcher.chosen == 1
    assert (desk.windows.focused, desk.stack()) == (3, [1, 2, 3])
    switcher.finish()
    assert (desk.windows.focused, switcher.choices, desk.window(1).minimized) == (1, [], False)
    switcher.step(1)
    assert switcher.chosen == 3


def test_a_choice_can_be_given_up() -> None:
    desk = Desk()
    desk.open(1)
    desk.open(2)
    switcher = Switcher(desk.windows)
    switcher.step(1)
    switcher.cancel()
    switcher.finish()
    assert (desk.windows.focused, switcher.chosen) == (2, 0)


def test_windows_that_close_are_no_choice_any_more() -> None:
    desk = Desk()
    desk.open(1)
    desk.open(2)
    switcher = Switcher(desk.windows)
    switcher.step(1)
    desk.windows.destroyed(1)
    assert switcher.choices == [2]
    switcher.finish()
    assert desk.windows.focused == 2
    desk.windows.destroyed(2)
    switcher.step(1)
    assert (switcher.choices, switcher.chosen) == ([], 0)


# --- a new ui after a crash


def replay(old: Desk) -> Desk:
    """A new process is told what the display server kept from the old one."""
    desk = Desk()
    desk.windows.reset()
    desk.sent.clear()
    for window in old.windows:
        desk.windows.changed(
            WindowChanged(
                window.id, window.surface, window.instance, parent=window.parent, mapped=True, server_decorated=True
            )
        )
        desk.windows.drew(window.surface, window.drawn, window.acked)
    levels: dict[int, int] = {}
    for window in old.windows:
        desk.windows.placed_before(old.placements(window.id)[-1], levels)
    desk.windows.settle()
    assert desk.sent == []
    desk.windows.ready(old.windows.focused)
    desk.windows.settle()
    return desk


def test_a_new_ui_finds_everything_as_it_was() -> None:
    old = Desk()
    for number in (1, 2, 3, 4):
        old.open(number)
        old.follow(number)
    old.windows.move(1, 100, 200)
    old.windows.set_state(2, "tiled_left")
    old.windows.minimize(3)
    old.windows.focus(1)
    old.windows.settle()
    for number in (1, 2, 3, 4):
        old.follow(number)
    new = replay(old)
    assert new.stack() == old.stack()
    assert new.windows.focused == old.windows.focused
    for number in (1, 2, 3, 4):
        assert new.window(number).rect == old.window(number).rect
        assert new.window(number).state == old.window(number).state
        assert new.window(number).minimized == old.window(number).minimized
        assert new.window(number).restore == old.window(number).restore
        # The same size and states as before: clients have nothing to do.
        last, again = old.configures(number)[-1], new.configures(number)[-1]
        assert (again.width, again.height, again.states) == (last.width, last.height, last.states)
        assert again.serial > last.serial


SHIFTED = (853, -20, 1280, 748)
LAYOUTS = (
    ONE,
    (OutputArea("BERTH-1", (0, 0, 700, 500), (0, 0, 700, 450)),),
    (*ONE, OutputArea("B", (1280, 0, 1920, 1080), (1280, 0, 1920, 1040))),
    (
        OutputArea("B", (0, 0, 853, 600), (0, 30, 853, 570)),
        OutputArea("BERTH-1", (853, -200, 1280, 800), (853, -200, 1280, 748)),
    ),
    (OutputArea("C", (0, 0, 300, 200), (0, 0, 300, 200)), OutputArea("B", (0, 200, 640, 480), (0, 200, 640, 480))),
)


class Machine(RuleBasedStateMachine):
    """Random sequences of everything; the rules below hold after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.count = 0

    @rule(size=st.tuples(st.integers(1, 2000), st.integers(1, 1500)), parent=st.integers(0, 5))
    def open(self, size: tuple[int, int], parent: int) -> None:
        self.count += 1
        self.desk.open(self.count, size, parent=parent)

    @precondition(lambda self: self.count)
    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, self.count))
        windows, hand = self.desk.windows, self.desk.hand
        point = (data.draw(st.integers(-50, 1400)), data.draw(st.integers(-50, 900)))
        actions: list[Callable[[], object]] = [
            lambda: windows.focus(number),
            lambda: windows.minimize(number),
            lambda: windows.toggle(number, "maximized"),
            lambda: windows.toggle(number, "fullscreen"),
            lambda: windows.toggle(number, "tiled_right"),
            lambda: windows.move(number, *point),
            lambda: windows.resize(number, point[0] + 60, point[1] + 60),
            lambda: Switcher(windows).step(1),
            lambda: hand.begin_move(number, 100, 100),
            lambda: hand.begin_resize(number, TOP_LEFT, 100, 100),
            lambda: hand.to(*point),
            hand.end,
            hand.cancel,
            lambda: windows.destroyed(number),
            lambda: windows.send_beside(number, data.draw(st.sampled_from(("left", "right", "up", "down")))),
            lambda: windows.set_state(number, "fullscreen", data.draw(st.sampled_from(("BERTH-1", "B", "gone")))),
            lambda: windows.set_outputs(data.draw(st.sampled_from(LAYOUTS)), INSETS, data.draw(st.booleans())),
        ]
        data.draw(st.sampled_from(actions))()
        windows.settle()

    @precondition(lambda self: self.count)
    @rule(data=st.data())
    def client_follows(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, self.count))
        if self.desk.windows.get(number) is not None:
            self.desk.follow(number)

    @invariant()
    def the_stack_has_each_window_once(self) -> None:
        stack = self.desk.stack()
        assert len(stack) == len(set(stack))

    @invariant()
    def focus_is_on_a_shown_window_whenever_there_is_one(self) -> None:
        shown = [window.id for window in self.desk.windows if window.shown]
        focused = self.desk.windows.focused
        assert focused in shown if shown else focused == 0

    @invariant()
    def everything_shown_is_in_reach(self) -> None:
        windows = self.desk.windows
        for window in windows:
            if window.shown and window.state == "normal" and window.acked >= window.serial:
                frame, area = windows.frame(window), windows.output(window.output).area
                assert frame[0] < area[0] + area[2] and frame[0] + frame[2] > area[0]
                assert frame[1] < area[1] + area[3]
                assert frame[1] >= area[1] or windows.held == window.id or window.edges.top

    @invariant()
    def every_window_belongs_to_an_output(self) -> None:
        windows = self.desk.windows
        for window in windows:
            assert window.output in {output.name for output in windows.outputs}
            if window.state == "fullscreen":
                assert window.rect == windows.output(window.output).rect
            assert window.home not in {output.name for output in windows.outputs}

    @invariant()
    def the_display_server_knows_every_place(self) -> None:
        for window in self.desk.windows:
            assert window.reported is not None
            if window.id != self.desk.windows.held:
                assert (window.reported.x, window.reported.y) == window.rect[:2]


Machine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestMachine = Machine.TestCase


def test_nothing_is_sent_while_a_scene_is_replayed() -> None:
    sent: list[SceneRequest] = []
    windows = Windows(sent.append)
    windows.reset()
    windows.changed(WindowChanged(1, 101, "a", mapped=True))
    windows.drew(101, (100, 100), 1)
    windows.settle()
    assert sent == []
