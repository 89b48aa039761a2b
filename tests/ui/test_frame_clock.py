"""The frame clock: at once after a pause, then at the screen's pace with one look at the source per frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEventLoop
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickWindow, QSGRendererInterface

from berth.ui.frame_clock import FrameClock

_WAIT_MS = 10_000


class Source:
    """Brings the wishes of `coming`, one for each `read`."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.coming: list[int] = []
        self.clock: FrameClock | None = None

    def pause(self) -> None:
        self.calls.append("pause")

    def resume(self) -> None:
        self.calls.append("resume")

    def read(self) -> None:
        self.calls.append("read")
        if self.coming and self.clock is not None:
            self.clock.want(self.coming.pop(0))


class Stand:
    """A clock on a window of its own."""

    def __init__(self) -> None:
        self.window = QQuickWindow()
        self.window.resize(50, 50)
        self.source = Source()
        self.applied = 0
        self.done: list[int] = []
        self.clock = FrameClock(self._apply, self._done, self.source, self.window)
        self.shown = [[self.window]]
        self.source.clock = self.clock
        self.window.show()
        self.until(self.window.isExposed)
        self.clock.watch(self.window)

    def _apply(self) -> list[list[QQuickWindow]]:
        self.applied += 1
        return self.shown

    def _done(self, seq: int, *_more: object) -> None:
        self.done.append(seq)

    def until(self, condition: Callable[[], object]) -> None:
        timer = QElapsedTimer()
        timer.start()
        while not condition():
            assert timer.elapsed() < _WAIT_MS, (self.done, self.source.calls)
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


@pytest.fixture
def stand() -> Iterator[Stand]:
    application = QCoreApplication.instance() or QGuiApplication(["test", "-platform", "offscreen"])
    QQuickWindow.setGraphicsApi(QSGRendererInterface.GraphicsApi.Software)
    made = Stand()
    yield made
    made.window.close()
    application.processEvents()


def test_a_wish_after_a_pause_is_granted_at_once(stand: Stand) -> None:
    stand.clock.want(1)
    assert stand.applied == 0  # what comes together becomes visible together
    stand.clock.schedule()
    assert stand.applied == 1
    stand.until(lambda: stand.done == [1])
    assert stand.source.calls == []


def test_frames_that_follow_each_other_read_the_source_once_each(stand: Stand) -> None:
    stand.clock.want(1)
    stand.clock.schedule()
    stand.until(lambda: stand.done == [1])
    stand.source.coming = [3, 4]
    stand.clock.set_refresh(1)  # however slow the machine: the next wish comes within a period
    stand.clock.want(2)
    stand.clock.schedule()
    assert stand.source.calls == ["pause"] and stand.applied == 1
    stand.clock.set_refresh(60)
    stand.until(lambda: stand.source.calls[-1] == "resume")
    assert stand.done[-1] == 4
    # Three frames, and the look that finds nothing more.
    assert stand.source.calls == ["pause", "read", "read", "read", "resume"]


def test_the_source_is_not_left_paused_when_numbers_begin_anew(stand: Stand) -> None:
    stand.clock.want(1)
    stand.clock.schedule()
    stand.clock.set_refresh(1)
    stand.clock.want(2)
    stand.clock.schedule()
    stand.clock.reset()
    assert stand.source.calls == ["pause", "resume"]


def test_of_the_windows_that_show_the_same_the_first_sets_the_pace(stand: Stand) -> None:
    other, drawn = QQuickWindow(), []
    other.resize(50, 50)
    other.frameSwapped.connect(lambda: drawn.append(1))
    other.show()
    stand.until(other.isExposed)
    stand.clock.watch(other)
    stand.until(lambda: drawn)
    drawn.clear()
    stand.shown = [[stand.window, other]]
    stand.clock.want(1)
    stand.clock.schedule()
    other.frameSwapped.emit()
    assert stand.done == []
    stand.window.frameSwapped.emit()
    assert stand.done == [1]
    drawn.clear()
    # Yet the other one is drawn, too.
    stand.until(lambda: drawn)
    stand.clock.forget(other)
    other.close()


def test_a_commit_is_on_screen_once_every_window_shows_it(stand: Stand) -> None:
    other = QQuickWindow()
    other.resize(50, 50)
    other.show()
    stand.until(other.isExposed)
    stand.clock.watch(other)
    stand.shown = [[stand.window], [other]]
    stand.clock.want(1)
    stand.clock.schedule()
    stand.window.frameSwapped.emit()
    assert stand.done == []
    other.frameSwapped.emit()
    assert stand.done == [1]
    stand.clock.want(2)
    stand.clock.schedule()
    stand.until(lambda: stand.applied == 2)
    stand.window.frameSwapped.emit()
    # A window that goes is not waited for.
    stand.clock.forget(other)
    assert stand.done == [1, 2]
    other.close()
