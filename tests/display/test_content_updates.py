"""wp_fifo_v1 and wp_commit_timing_v1: commits that wait for the screen or for their time."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pywayland.protocol.commit_timing_v1 import WpCommitTimerV1, WpCommitTimingManagerV1
from pywayland.protocol.fifo_v1 import WpFifoManagerV1, WpFifoV1

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.test_presentation import Desk

_FAR = 1 << 20  # seconds of the monotonic clock that no machine of ours reaches


class Queue(Desk):
    """A surface whose commits can be made to wait; a buffer is released when its commit becomes current."""

    def __init__(self, display: Display) -> None:
        super().__init__(display)
        self.fifo: Object = self.app.bind(WpFifoManagerV1).get_fifo(self.window.surface)
        self.timer: Object = self.app.bind(WpCommitTimingManagerV1).get_timer(self.window.surface)
        self.shown: list[Object] = []

    def commit(self, surface: Object | None = None, width: int = 100) -> Object:
        pixels = self.app.pixels(width, 80, len(self.shown) + 10)
        self.app.show(surface or self.window.surface, pixels)
        self.app.roundtrip()
        self.shown.append(pixels.buffer)
        return pixels.buffer

    def barred(self) -> Object:
        self.fifo.wait_barrier()
        self.fifo.set_barrier()
        return self.commit()

    def at(self, moment: int, timer: Object | None = None) -> None:
        seconds, nanoseconds = divmod(moment, 1_000_000_000)
        (timer or self.timer).set_timestamp(seconds >> 32, seconds & 0xFFFFFFFF, nanoseconds)

    def child(self) -> Object:
        child = self.app.surface()
        self.subsurface: Object = self.app.subcompositor.get_subsurface(child, self.window.surface)
        return child

    def colour(self) -> int:
        return self.ui.pixels(max(self.ui.states))[0]


@pytest.fixture
def queue(display: Display) -> Queue:
    return Queue(display)


def current(*buffers: Object) -> list[bool]:
    return [bool(buffer.named("release")) for buffer in buffers]


# --- fifo


def test_one_commit_for_each_frame(queue: Queue) -> None:
    buffers = [queue.barred() for _ in range(4)]
    for count in range(1, 5):
        queue.settle()
        assert current(*buffers) == [True] * count + [False] * (4 - count)
        queue.ui.done()
    queue.settle()


def test_a_barrier_only_bars_those_who_wait_for_it(queue: Queue) -> None:
    queue.fifo.set_barrier()
    first = queue.commit()
    assert current(first, queue.commit()) == [True, True]


def test_waiting_without_a_barrier(queue: Queue) -> None:
    queue.fifo.wait_barrier()
    assert current(queue.commit()) == [True]


def test_order_is_kept(queue: Queue) -> None:
    """A commit that waits for nothing does not overtake one that does."""
    first, second = queue.barred(), queue.barred()
    callback = queue.window.surface.frame()
    third = queue.commit()
    fourth = queue.commit()
    assert current(first, second, third, fourth) == [True, True, True, False], "replaced ones are given back at once"
    queue.settle()
    assert queue.colour() == 10
    queue.ui.done()
    queue.settle()
    assert current(fourth) == [True]
    assert queue.colour() == 13
    assert not callback.events
    queue.ui.done()
    queue.app.until(lambda: callback.events)


def test_a_commit_without_content_has_a_barrier_as_well(queue: Queue) -> None:
    queue.fifo.set_barrier()
    queue.window.surface.commit()
    queue.fifo.wait_barrier()
    buffer = queue.commit()
    queue.settle()
    assert current(buffer) == [False]
    queue.ui.done()
    queue.app.until(lambda: buffer.named("release"))


def test_synchronised_subsurfaces_ignore_barriers(queue: Queue) -> None:
    child = queue.child()
    fifo = queue.app.bind(WpFifoManagerV1).get_fifo(child)
    buffers = []
    for _ in range(2):
        fifo.wait_barrier()
        fifo.set_barrier()
        buffers.append(queue.commit(child))
        queue.window.surface.commit()
        queue.app.roundtrip()
    assert current(*buffers) == [True, True]


def test_hidden_windows_go_on(queue: Queue) -> None:
    queue.ui.place(queue.number, 10, 10, minimized=True)
    queue.ui.auto_frames = True
    last = [queue.barred() for _ in range(5)][-1]
    queue.app.until(lambda: last.named("release"))


def test_without_a_ui_nothing_waits(queue: Queue) -> None:
    buffers = [queue.barred() for _ in range(3)]
    assert current(*buffers) == [True, False, False]
    queue.ui.close()
    queue.app.until(lambda: buffers[-1].named("release"))
    assert current(queue.barred(), queue.barred()) == [True, True]


def test_what_waits_goes_with_its_surface(queue: Queue) -> None:
    buffers = [queue.barred() for _ in range(3)]
    feedback = queue.presentation.feedback(queue.window.surface)
    queue.fifo.wait_barrier()
    queue.window.surface.commit()
    queue.window.toplevel.destroy()
    queue.window.xdg.destroy()
    queue.window.surface.destroy()
    queue.settle()
    assert current(*buffers) == [True] * 3
    assert feedback.named("discarded")


def test_what_waits_is_not_for_the_next_window_on_the_surface(queue: Queue) -> None:
    buffers = [queue.barred() for _ in range(2)]
    queue.settle()
    queue.window.toplevel.destroy()
    queue.settle()
    assert current(*buffers) == [True, True]
    queue.window.xdg.get_toplevel()
    queue.ui.done()
    queue.settle()
    assert not any(state.slot != m.NO_CONTENT for state in queue.ui.states.values())


def test_a_queue_has_an_end(queue: Queue) -> None:
    queue.fifo.set_barrier()
    queue.window.surface.commit()
    for _ in range(300):
        queue.fifo.wait_barrier()
        queue.window.surface.commit()
    with pytest.raises(ClientError, match="commits that wait"):
        queue.app.roundtrip()


def family(queue: Queue) -> list[Object]:
    """Twenty synchronised subsurfaces."""
    children = [queue.app.surface() for _ in range(20)]
    for child in children:
        queue.app.subcompositor.get_subsurface(child, queue.window.surface)
    return children


def hundred(queue: Queue, children: list[Object], moment: int) -> None:
    """Commits of the window for that moment, with a part of each child: 2,100 in all."""
    for _ in range(100):
        for child in children:
            child.damage_buffer(0, 0, 1, 1)
            child.commit()
        queue.at(moment)
        queue.window.surface.commit()
    queue.app.roundtrip()


def test_all_that_waits_has_an_end(queue: Queue) -> None:
    children = family(queue)
    hundred(queue, children, _FAR * 1_000_000_000)
    with pytest.raises(ClientError, match="commits that wait on all surfaces"):
        hundred(queue, children, _FAR * 1_000_000_000)


def test_what_no_longer_waits_is_not_counted(queue: Queue) -> None:
    children = family(queue)
    for _ in range(3):
        hundred(queue, children, time.monotonic_ns() + 100_000_000)
        last = queue.commit()
        queue.app.until(lambda last=last: last.named("release"))
    for _ in range(3):
        hundred(queue, children, _FAR * 1_000_000_000)
        queue.window.toplevel.destroy()
        queue.window.toplevel = queue.window.xdg.get_toplevel()
        queue.app.roundtrip()


def test_commits_that_are_merged_count_once(queue: Queue) -> None:
    queue.at(_FAR * 1_000_000_000)
    queue.window.surface.commit()
    for _ in range(5_000):
        queue.window.surface.damage_buffer(0, 0, 1, 1)
        queue.window.surface.commit()
    queue.app.roundtrip()


def test_an_answer_to_a_configure_waits_with_its_commit(queue: Queue) -> None:
    queue.barred()
    queue.settle()
    queue.ui.done()
    queue.settle()
    before = queue.ui.states[max(queue.ui.states)].configure
    barred, waiting = queue.barred(), queue.barred()
    serial = queue.ui.configure(queue.number, 300, 80)
    queue.settle()
    queue.window.ack()
    queue.fifo.wait_barrier()
    queue.commit(width=300)
    queue.settle()
    assert current(barred, waiting) == [True, False]
    queue.ui.done()
    queue.settle()
    state = queue.ui.states[max(queue.ui.states)]
    assert (state.width, state.configure) == (100, before), "the answer came with a later commit"
    queue.ui.done()
    queue.settle()
    state = queue.ui.states[max(queue.ui.states)]
    assert (state.width, state.configure) == (300, serial)


def test_an_answer_to_a_configure_outlives_the_next_commit(queue: Queue) -> None:
    """One that waits for nothing takes effect together with the one before, and answers nothing."""
    queue.barred()
    queue.barred()
    serial = queue.ui.configure(queue.number, 300, 80)
    queue.settle()
    queue.window.ack()
    queue.fifo.wait_barrier()
    queue.commit(width=300)
    queue.window.surface.commit()
    queue.settle()
    for _ in range(2):
        queue.ui.done()
        queue.settle()
    state = queue.ui.states[max(queue.ui.states)]
    assert (state.width, state.configure) == (300, serial)


def test_what_was_not_committed_is_not_taken_along(queue: Queue) -> None:
    queue.window.toplevel.set_min_size(10, 20)
    queue.barred()
    queue.window.toplevel.set_min_size(30, 40)
    queue.barred()
    queue.window.toplevel.set_max_size(500, 600)
    queue.window.surface.commit()
    queue.window.toplevel.set_min_size(50, 60)
    queue.window.toplevel.set_max_size(700, 800)
    queue.settle()
    sizes = []
    for _ in range(2):
        told = queue.ui.windows[queue.number]
        sizes.append((told.min_width, told.min_height, told.max_width, told.max_height))
        queue.ui.done()
        queue.settle()
    told = queue.ui.windows[queue.number]
    sizes.append((told.min_width, told.min_height, told.max_width, told.max_height))
    assert sizes == [(10, 20, 0, 0), (30, 40, 500, 600), (30, 40, 500, 600)]


# --- commit timing


def test_not_before_its_time(queue: Queue) -> None:
    moment = time.monotonic_ns() + 300_000_000
    queue.at(moment)
    buffer = queue.commit()
    queue.app.until(lambda: buffer.named("release"))
    assert time.monotonic_ns() >= moment


def test_times_that_are_past_or_never_come(queue: Queue) -> None:
    queue.at(5)
    assert current(queue.commit()) == [True]
    for moment in (_FAR * 1_000_000_000, 2**64 * 1_000_000_000 - 1):
        queue.at(moment)
        assert current(queue.commit()) == [False]
    queue.window.surface.frame()
    queue.commit()
    queue.settle()
    assert queue.colour() == 10


def test_timers_of_several_surfaces(queue: Queue) -> None:
    """A later one that was set first does not keep an earlier one back, nor the other way round."""
    now = time.monotonic_ns()
    buffers = []
    for distance in (400_000_000, 100_000_000, 250_000_000):
        surface = queue.app.surface()
        timer = queue.app.bind(WpCommitTimingManagerV1).get_timer(surface)
        queue.at(now + distance, timer)
        buffers.append((now + distance, queue.commit(surface)))
    for moment, buffer in sorted(buffers, key=lambda entry: entry[0]):
        queue.app.until(lambda buffer=buffer: buffer.named("release"))
        assert time.monotonic_ns() >= moment


def test_a_synchronised_subsurface_holds_its_parents_commit(queue: Queue) -> None:
    child = queue.child()
    timer = queue.app.bind(WpCommitTimingManagerV1).get_timer(child)
    moment = time.monotonic_ns() + 300_000_000
    queue.at(moment, timer)
    queue.commit(child)
    buffer = queue.commit()
    assert current(buffer) == [False] or time.monotonic_ns() >= moment
    queue.app.until(lambda: buffer.named("release"))
    assert time.monotonic_ns() >= moment


def test_a_commit_waits_for_the_older_one_that_a_parent_holds(queue: Queue) -> None:
    """A state that was synchronised when it was committed comes before those that follow it."""
    child = queue.child()
    older = queue.commit(child)
    moment = time.monotonic_ns() + 300_000_000
    queue.at(moment)
    parents = queue.commit()
    queue.subsurface.set_desync()
    newer = queue.commit(child)
    assert current(older, parents, newer) == [False, False, False] or time.monotonic_ns() >= moment
    queue.app.until(lambda: newer.named("release"))
    assert current(older, parents, newer) == [True, True, True]
    queue.settle()
    queue.ui.done()
    queue.settle()
    assert queue.colour() == 12


def test_a_commit_waits_for_the_older_one_that_a_grandparent_holds(queue: Queue) -> None:
    child, grandchild = queue.child(), queue.app.surface()
    inner = queue.app.subcompositor.get_subsurface(grandchild, child)
    older, parents = queue.commit(grandchild), queue.commit(child)
    queue.at(_FAR * 1_000_000_000)
    grandparents = queue.commit()
    inner.set_desync()
    queue.subsurface.set_desync()
    newer = queue.commit(grandchild)
    assert current(older, parents, grandparents, newer) == [False] * 4
    queue.subsurface.destroy()
    queue.app.roundtrip()
    assert current(older, parents, grandparents, newer) == [True, True, False, True]


def test_a_subsurface_that_leaves_takes_what_its_parent_holds(queue: Queue) -> None:
    child = queue.child()
    older = queue.commit(child)
    queue.at(_FAR * 1_000_000_000)
    parents = queue.commit()
    queue.subsurface.destroy()
    newer = queue.commit(child)
    assert current(older, parents, newer) == [True, False, True]


# --- wrong use


@pytest.mark.parametrize(
    ("manager", "make", "code"),
    [
        (WpFifoManagerV1, "get_fifo", WpFifoManagerV1.error.already_exists),
        (WpCommitTimingManagerV1, "get_timer", WpCommitTimingManagerV1.error.commit_timer_exists),
    ],
)
def test_one_for_each_surface(display: Display, manager: Any, make: str, code: int) -> None:
    app = display.app()
    surface = app.surface()
    bound = app.bind(manager)
    getattr(bound, make)(surface).destroy()
    getattr(bound, make)(surface)
    app.roundtrip()
    getattr(bound, make)(surface)
    expect(app, manager, code)


@pytest.mark.parametrize("request_", ["set_barrier", "wait_barrier"])
def test_barriers_need_a_surface(display: Display, request_: str) -> None:
    app = display.app()
    surface = app.surface()
    fifo = app.bind(WpFifoManagerV1).get_fifo(surface)
    surface.destroy()
    getattr(fifo, request_)()
    expect(app, WpFifoV1, WpFifoV1.error.surface_destroyed)


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ([(0, 1, 1_000_000_000)], WpCommitTimerV1.error.invalid_timestamp),
        ([(0, 1, 0), (0, 2, 0)], WpCommitTimerV1.error.timestamp_exists),
    ],
)
def test_wrong_times(display: Display, times: list[tuple[int, int, int]], code: int) -> None:
    app = display.app()
    timer = app.bind(WpCommitTimingManagerV1).get_timer(app.surface())
    for moment in times:
        timer.set_timestamp(*moment)
    expect(app, WpCommitTimerV1, code)


def test_a_time_needs_a_surface(display: Display) -> None:
    app = display.app()
    surface = app.surface()
    timer = app.bind(WpCommitTimingManagerV1).get_timer(surface)
    surface.destroy()
    timer.set_timestamp(0, 1, 0)
    expect(app, WpCommitTimerV1, WpCommitTimerV1.error.surface_destroyed)


def test_a_mistake_that_shows_late_ends_the_client_then(queue: Queue) -> None:
    other = queue.display.app(queue.display.instance("b"))
    window = Window(other)
    queue.at(time.monotonic_ns() + 50_000_000)
    queue.window.surface.set_buffer_scale(3)
    queue.app.show(queue.window.surface, queue.app.pixels(100, 80))
    with pytest.raises(ClientError, match="no multiple of the scale"):
        queue.app.until(lambda: False)
    window.surface.commit()
    other.roundtrip()


def expect(app: App, interface: Any, code: int) -> None:
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface.name, int(code))


def test_frames_that_tell_nothing_of_time_still_lift_barriers(queue: Queue) -> None:
    first, second = queue.barred(), queue.barred()
    queue.settle()
    queue.ui.send(m.FrameDone(queue.ui.last_seq, 1))
    queue.app.until(lambda: second.named("release"))
    assert current(first) == [True]
