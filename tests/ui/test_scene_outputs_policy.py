"""The window policy with several outputs: where windows open, how they get across, and what an unplug does."""

from __future__ import annotations

from berth.core.messages import Placement, WindowChanged
from berth.core.outputs import OutputArea
from berth.ui.windows import Windows
from tests.ui.policy import INSETS, ONE, Desk

B = OutputArea("B", (1280, 0, 1920, 1080), (1280, 0, 1920, 1040))
TWO = (*ONE, B)


def wide() -> Desk:
    desk = Desk()
    plug(desk, *TWO)
    return desk


def plug(desk: Desk, *outputs: OutputArea) -> None:
    desk.windows.set_outputs(outputs, INSETS, False)
    desk.windows.settle()


def test_windows_open_on_the_output_in_use() -> None:
    desk = wide()
    assert desk.open(1).output == "BERTH-1"
    desk.windows.active = "B"
    window = desk.open(2)
    assert window.output == "B"
    assert desk.configures(2)[0].output == "B"
    x, y, width, height = desk.windows.frame(window)
    assert x >= 1280 and x + width <= 1280 + 1920 and y + height <= 1040


def test_dialogs_open_where_their_window_is() -> None:
    desk = wide()
    desk.windows.active = "B"
    desk.open(1)
    desk.windows.active = "BERTH-1"
    assert desk.open(2, (200, 100), parent=1).output == "B"


def test_maximised_and_tiled_windows_fill_their_own_output() -> None:
    desk = wide()
    desk.open(1)
    desk.windows.move(1, 2000, 100)
    desk.windows.set_state(1, "maximized")
    assert desk.windows.frame(desk.window(1)) == B.area
    desk.windows.set_state(1, "tiled_left")
    assert desk.windows.frame(desk.window(1)) == (1280, 0, 960, 1040)
    desk.windows.set_state(1, "normal")
    assert desk.window(1).rect[:2] == (2000, 100)


def test_full_screen_on_a_named_output_and_back() -> None:
    desk = wide()
    before = desk.open(1).rect
    desk.windows.set_state(1, "fullscreen", "B")
    desk.windows.settle()
    assert desk.window(1).rect == B.rect
    assert desk.configures(1)[-1].output == "B"
    assert desk.windows.full_screen_on("B") and not desk.windows.full_screen_on("BERTH-1")
    desk.windows.set_state(1, "fullscreen", "BERTH-1")
    assert desk.window(1).rect == ONE[0].rect
    desk.windows.set_state(1, "fullscreen", "nowhere")
    assert desk.window(1).output == "BERTH-1"
    desk.windows.set_state(1, "fullscreen", "B")
    desk.windows.leave(1, "fullscreen")
    desk.windows.settle()
    desk.follow(1)
    assert (desk.window(1).output, desk.window(1).rect) == ("BERTH-1", before)


def test_a_full_screen_film_stays_so_while_the_other_output_is_used() -> None:
    desk = wide()
    desk.open(1)
    desk.windows.set_state(1, "fullscreen", "B")
    desk.open(2, instance="app-1")
    assert desk.windows.focused == 2
    assert desk.windows.full_screen_on("B")


def test_a_window_is_sent_to_the_next_output_and_keeps_its_place_and_state() -> None:
    desk = wide()
    desk.open(1)
    desk.windows.send_beside(1, "left")
    assert desk.window(1).output == "BERTH-1"
    desk.windows.move(1, 1, 37)
    desk.windows.send_beside(1, "right")
    assert (desk.window(1).output, desk.window(1).rect[:2]) == ("B", (1281, 37))
    desk.windows.set_state(1, "maximized")
    desk.windows.send_beside(1, "left")
    assert desk.windows.frame(desk.window(1)) == ONE[0].area
    desk.windows.set_state(1, "normal")
    assert desk.window(1).output == "BERTH-1"


def test_a_window_in_hand_belongs_to_the_output_under_the_pointer() -> None:
    desk = wide()
    x, y, *_size = desk.open(1).rect
    desk.hand.begin_move(1, x + 390, y)
    desk.hand.to(1200, 300)
    assert desk.window(1).output == "BERTH-1"
    desk.hand.to(1285, 300)
    assert desk.window(1).output == "B"
    assert desk.window(1).rect[0] < 1280
    desk.hand.to(1400, 300)
    desk.hand.end()
    desk.windows.settle()
    assert desk.placements(1)[-1].output == "B"


def test_giving_up_a_drag_brings_the_window_back_to_its_output() -> None:
    desk = wide()
    before = desk.open(1).rect
    desk.hand.begin_move(1, before[0], before[1])
    desk.hand.to(2000, 300)
    desk.hand.cancel()
    assert (desk.window(1).output, desk.window(1).rect) == ("BERTH-1", before)


def test_windows_of_an_unplugged_output_come_back_with_it() -> None:
    desk = wide()
    desk.windows.active = "B"
    desk.open(1)
    desk.open(2)
    desk.windows.move(1, 3000, 900)
    desk.windows.set_state(2, "maximized")
    desk.windows.settle()
    plug(desk, *ONE)
    assert {desk.window(number).output for number in (1, 2)} == {"BERTH-1"}
    frame = desk.windows.frame(desk.window(1))
    assert frame[0] + frame[2] <= 1280 and frame[1] + frame[3] <= 748
    assert desk.windows.frame(desk.window(2)) == ONE[0].area
    plug(desk, *TWO)
    assert (desk.window(1).output, desk.window(1).rect[:2]) == ("B", (3000, 900))
    assert desk.windows.frame(desk.window(2)) == B.area


def test_a_window_that_was_moved_meanwhile_stays() -> None:
    desk = wide()
    desk.windows.active = "B"
    desk.open(1)
    plug(desk, *ONE)
    desk.windows.move(1, 100, 100)
    plug(desk, *TWO)
    assert (desk.window(1).output, desk.window(1).rect[:2]) == ("BERTH-1", (100, 100))


def test_windows_go_along_when_their_output_changes_place() -> None:
    desk = wide()
    desk.windows.active = "B"
    desk.open(1)
    desk.windows.move(1, 1380, 100)
    plug(desk, OutputArea("B", (0, 0, 1920, 1080), (0, 0, 1920, 1040)), *ONE[:0])
    assert desk.window(1).rect[:2] == (100, 100)


def test_the_way_home_outlives_the_ui() -> None:
    desk = wide()
    desk.windows.active = "B"
    desk.open(1)
    desk.windows.move(1, 3000, 900)
    plug(desk, *ONE)
    placement = desk.placements(1)[-1]
    assert placement.home == "B"
    sent: list[object] = []
    windows = Windows(sent.append)
    windows.set_outputs(TWO, INSETS, False)
    replay(windows, placement, ONE)
    window = windows.get(1)
    assert window is not None
    assert (window.output, window.rect[:2], window.home) == ("B", (3000, 900), "")


def test_an_output_that_went_while_there_was_no_ui_loses_no_window() -> None:
    desk = wide()
    desk.windows.active = "B"
    desk.open(1)
    windows = Windows(lambda message: None)
    windows.set_outputs(ONE, INSETS, False)
    replay(windows, desk.placements(1)[-1], TWO)
    window = windows.get(1)
    assert window is not None
    assert (window.output, window.home) == ("BERTH-1", "B")
    frame = windows.frame(window)
    assert frame[0] + frame[2] <= 1280


def replay(windows: Windows, placement: Placement, before: tuple[OutputArea, ...]) -> None:
    """What the display server tells a new ui."""
    windows.reset()
    windows.changed(WindowChanged(1, 101, "app-1", mapped=True, server_decorated=True))
    windows.drew(101, (400, 300), 1)
    windows.placed_before(placement, {})
    windows.ready(1, before)
    windows.settle()
