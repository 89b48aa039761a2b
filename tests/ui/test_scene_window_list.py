"""A task bar of somebody else's, with the permission for it, works on the windows of the real ui."""

from __future__ import annotations

import struct

from pywayland.protocol.wayland import WlSeat

from berth.core.permissions import WINDOW_LIST
from berth.display.wlr_foreign_toplevel import ZwlrForeignToplevelManagerV1
from tests.display.client import Object
from tests.display.shapes import App
from tests.ui.session import Session
from tests.ui.test_scene_session import BLUE, RED, coloured

MAXIMIZED, MINIMIZED, ACTIVATED, FULLSCREEN = range(4)


class TaskBar:
    def __init__(self, app: App) -> None:
        self.app = app
        self._manager = app.bind(ZwlrForeignToplevelManagerV1)
        self.seat = app.bind(WlSeat)
        app.roundtrip()

    def handle(self, title: str) -> Object:
        (found,) = [e.arguments[0] for e in self._manager.named("toplevel") if e.arguments[0].last("title") == (title,)]
        return found

    def until_states(self, title: str, *wanted: int) -> None:
        def states() -> set[int]:
            (data,) = self.handle(title).last("state")
            return set(struct.unpack(f"={len(data) // 4}I", data))

        self.app.until(lambda: states() == set(wanted))


def test_task_bar_switches_hides_and_resizes_windows(session: Session) -> None:
    coloured(session, "red", RED)
    coloured(session, "blue", BLUE)
    bar = TaskBar(session.app("bar", granted=(WINDOW_LIST,)))
    bar.until_states("red")
    bar.until_states("blue", ACTIVATED)
    bar.handle("red").activate(bar.seat)
    bar.until_states("red", ACTIVATED)
    bar.until_states("blue")
    assert session.window("red").focused
    bar.handle("red").set_minimized()
    bar.until_states("red", MINIMIZED)
    bar.until_states("blue", ACTIVATED)
    assert session.window("red").minimized
    bar.handle("red").unset_minimized()
    bar.until_states("red", ACTIVATED)
    bar.handle("red").set_maximized()
    bar.until_states("red", ACTIVATED, MAXIMIZED)
    bar.handle("red").set_fullscreen(None)
    bar.until_states("red", ACTIVATED, FULLSCREEN)
    bar.handle("red").unset_fullscreen()
    bar.until_states("red", ACTIVATED, MAXIMIZED)
    bar.handle("red").unset_maximized()
    bar.until_states("red", ACTIVATED)
    session.act("blue", "close")
