"""Idleness: who is told that nobody is there, what says otherwise, and what keeps it from being said."""

from __future__ import annotations

import pytest
from pywayland.protocol import wayland
from pywayland.protocol.ext_idle_notify_v1 import ExtIdleNotifierV1
from pywayland.protocol.idle_inhibit_unstable_v1 import ZwpIdleInhibitManagerV1

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App
from tests.display.test_seat import A, Desk


class Watcher:
    def __init__(self, display: Display) -> None:
        self.app: App = display.app(display.instance("watcher"))
        self.seat = self.app.bind(wayland.WlSeat)
        self.notifier = self.app.bind(ExtIdleNotifierV1)

    def watch(self, timeout: int = 60, input_only: bool = False) -> Object:
        ask = self.notifier.get_input_idle_notification if input_only else self.notifier.get_idle_notification
        made: Object = ask(timeout, self.seat)
        return made

    def until(self, target: Object, *names: str) -> None:
        self.app.until(lambda: len(target.events) >= len(names))
        assert [event.name for event in target.events] == list(names)


@pytest.mark.parametrize(
    "activity",
    [
        m.UserActive(),
        m.Key(A, True, 1),
        m.PointerMotion(0, 1, 1, 1),
        m.PointerButton(0x110, True, 1),
        m.PointerAxis(0, 1, 0, 0, "finger", 1),
        m.Touch("down", 1, 0, 1, 1),
    ],
)
def test_idle_until_the_user_does_something(display: Display, activity: m.AnyMessage) -> None:
    ui, watcher = display.ui(), Watcher(display)
    notification = watcher.watch()
    watcher.until(notification, "idled")
    ui.send(activity)
    watcher.until(notification, "idled", "resumed", "idled")


def test_an_immediate_timeout_and_an_endless_one(display: Display) -> None:
    watcher = Watcher(display)
    never, soon = watcher.watch(0xFFFFFFFF), watcher.watch(0)
    watcher.until(soon, "idled")
    assert never.events == []
    never.destroy()
    soon.destroy()
    watcher.notifier.destroy()
    watcher.app.roundtrip()


def test_what_moves_by_itself_is_no_user(display: Display) -> None:
    ui, watcher = display.ui(), Watcher(display)
    first = watcher.watch()
    watcher.until(first, "idled")
    ui.send(m.PointerMotion(0, 1, 1, 1, warp=True))
    ui.settle()
    watcher.app.roundtrip()
    assert len(first.events) == 1


def test_somebody_watches_a_film(display: Display) -> None:
    desk = Desk(display)
    watcher = Watcher(display)
    inhibit = desk.app.bind(ZwpIdleInhibitManagerV1)
    inhibitor = inhibit.create_inhibitor(desk.window.surface)
    inhibit.destroy()
    desk.app.roundtrip()
    kept, strict = watcher.watch(), watcher.watch(input_only=True)
    later = watcher.watch(200, input_only=True)
    watcher.until(later, "idled")
    watcher.until(strict, "idled")
    assert kept.events == []
    (window,) = desk.ui.windows
    desk.ui.place(window, 0, 0, minimized=True)
    watcher.until(kept, "idled")
    desk.ui.send(m.UserActive())
    watcher.until(kept, "idled", "resumed", "idled")
    desk.ui.place(window, 0, 0)
    desk.ui.send(m.UserActive())
    watcher.until(watcher.watch(200, input_only=True), "idled")
    assert len(kept.named("idled")) == 2, "the window can be seen again"
    inhibitor.destroy()
    desk.app.roundtrip()
    watcher.app.until(lambda: len(kept.named("idled")) == 3)


@pytest.mark.parametrize("end", ["unmap", "die", "hidden"])
def test_films_that_end_without_a_word(display: Display, end: str) -> None:
    desk = Desk(display)
    watcher = Watcher(display)
    surface = desk.app.surface() if end == "hidden" else desk.window.surface
    desk.app.bind(ZwpIdleInhibitManagerV1).create_inhibitor(surface)
    desk.app.roundtrip()
    notification = watcher.watch()
    if end == "unmap":
        surface.attach(None, 0, 0)
        surface.commit()
        desk.app.roundtrip()
    elif end == "die":
        desk.app.close()
    watcher.until(notification, "idled")


def test_notifications_are_counted(display: Display) -> None:
    watcher = Watcher(display)
    for _number in range(100):
        watcher.watch(100_000)
    watcher.app.roundtrip()
    watcher.watch()
    with pytest.raises(ClientError, match="more than 100 objects of ext_idle_notification_v1"):
        watcher.app.roundtrip()
