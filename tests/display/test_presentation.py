"""wp_presentation: true times for what was seen, and a word about what was not."""

from __future__ import annotations

import time

import pytest
from pywayland.protocol import presentation_time, wayland

from berth.core import messages as m
from tests.display.client import Object
from tests.display.conftest import Display
from tests.display.shapes import Window


class Desk:
    """A window that is shown, with the frames in the test's hand."""

    def __init__(self, display: Display, auto_frames: bool = False) -> None:
        self.display = display
        self.ui = display.ui()
        self.app = display.app()
        self.presentation = self.app.bind(presentation_time.WpPresentation)
        self.window = Window(self.app)
        self.ui.until(lambda: any(window.mapped for window in self.ui.windows.values()))
        self.number = next(iter(self.ui.windows))
        self.ui.place(self.number, 10, 10)
        self.settle()
        self.ui.auto_frames = auto_frames

    def settle(self) -> None:
        for _ in range(2):
            self.app.roundtrip()
            self.ui.settle()
        self.app.roundtrip()

    def draw(self, surface: Object | None = None) -> Object:
        """Commit new content, with feedback."""
        surface = surface or self.window.surface
        feedback: Object = self.presentation.feedback(surface)
        self.app.show(surface, self.app.pixels(100, 80, 3))
        self.settle()
        return feedback


@pytest.fixture
def desk(display: Display) -> Desk:
    return Desk(display)


def names(feedback: Object) -> list[str]:
    return [event.name for event in feedback.events]


def test_the_clock(desk: Desk) -> None:
    assert desk.presentation.last("clock_id") == (time.CLOCK_MONOTONIC,)


def test_presented_at_the_time_of_the_frame(desk: Desk) -> None:
    outputs = [desk.app.bind(wayland.WlOutput) for _ in range(2)]
    feedback = desk.draw()
    assert names(feedback) == []
    desk.ui.done()
    desk.settle()
    assert names(feedback) == ["sync_output", "sync_output", "presented"]
    assert {event.arguments[0] for event in feedback.named("sync_output")} == set(outputs)
    assert feedback.last("presented") == (0, 1, 234_000_567, 16_666_666, 0, 0, 0)
    assert feedback.number not in desk.app.objects, "it destroys itself"


def test_seconds_beyond_32_bits(desk: Desk) -> None:
    feedback = desk.draw()
    desk.ui.send(m.FrameDone(desk.ui.last_seq, 1, (3 << 32 | 7) * 1_000_000_000 + 5, 0))
    desk.settle()
    assert feedback.last("presented")[:4] == (3, 7, 5, 0)


def test_nothing_new_to_draw_is_presented_with_the_next_frame(desk: Desk) -> None:
    feedback = desk.presentation.feedback(desk.window.surface)
    desk.window.surface.commit()
    desk.settle()
    assert names(feedback) == []
    desk.ui.done()
    desk.settle()
    assert names(feedback) == ["presented"]


def test_all_feedback_for_one_commit_says_the_same(desk: Desk) -> None:
    first = desk.presentation.feedback(desk.window.surface)
    second = desk.draw()
    desk.ui.done()
    desk.settle()
    assert first.last("presented") == second.last("presented")


def test_superseded_before_it_was_drawn(desk: Desk) -> None:
    shown, superseded, last = (desk.draw() for _ in range(3))
    assert names(superseded) == ["discarded"]
    desk.ui.done()
    desk.settle()
    assert (names(shown), names(last)) == (["presented"], [])
    desk.ui.done()
    desk.settle()
    assert names(last) == ["presented"]


def test_superseded_while_it_waited_for_the_parent(desk: Desk) -> None:
    child = desk.app.surface()
    desk.app.subcompositor.get_subsurface(child, desk.window.surface)
    first, second = desk.draw(child), desk.draw(child)
    assert (names(first), names(second)) == (["discarded"], [])
    desk.window.surface.commit()
    desk.settle()
    desk.ui.done()
    desk.settle()
    assert names(second) == ["presented"]


def test_never_seen(desk: Desk) -> None:
    """Destroyed before or after the commit, minimised, without a role, or not drawn by the ui."""
    uncommitted = desk.app.surface()
    lost = [desk.presentation.feedback(uncommitted)]
    uncommitted.destroy()
    roleless = desk.app.surface()
    lost.append(desk.draw(roleless))
    lost.append(desk.draw())
    desk.ui.send(m.FrameDone(desk.ui.last_seq, 1))
    desk.settle()
    assert [names(feedback) for feedback in lost] == [["discarded"]] * 3
    minimised = desk.draw()
    desk.ui.place(desk.number, 10, 10, minimized=True)
    desk.settle()
    desk.ui.done()
    desk.settle()
    assert names(minimised) == ["discarded"]
    desk.ui.place(desk.number, 10, 10)
    destroyed = desk.draw()
    desk.window.toplevel.destroy()
    desk.window.xdg.destroy()
    desk.window.surface.destroy()
    desk.settle()
    assert names(destroyed) == ["discarded"]


def test_a_ui_that_dies_has_shown_nothing(desk: Desk) -> None:
    told, waiting = desk.draw(), desk.draw()
    desk.ui.close()
    desk.app.until(lambda: told.events)
    assert names(told) == ["discarded"]
    ui = desk.display.ui()
    ui.settle()
    desk.app.until(lambda: waiting.events)
    assert names(waiting) == ["presented"]
