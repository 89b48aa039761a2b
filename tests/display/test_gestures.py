"""Gestures of a touch pad: they stay with the surface they began on, and end whatever happens."""

from __future__ import annotations

import pytest
from pywayland.protocol.pointer_gestures_unstable_v1 import ZwpPointerGesturesV1

from berth.core import messages as m
from tests.display.client import Object
from tests.display.conftest import Display
from tests.display.test_seat import Desk


class Pad(Desk):
    def __init__(self, display: Display) -> None:
        super().__init__(display)
        self.manager = self.app.bind(ZwpPointerGesturesV1)
        self.swipe: Object = self.manager.get_swipe_gesture(self.pointer)
        self.pinch: Object = self.manager.get_pinch_gesture(self.pointer)
        self.hold: Object = self.manager.get_hold_gesture(self.pointer)
        self.ui.send(m.PointerMotion(self.surface, 10, 10, 1))
        self.app.roundtrip()
        self.settle()


def test_the_three_gestures(display: Display) -> None:
    pad = Pad(display)
    ui = pad.ui
    ui.send(m.Gesture("swipe", "begin", 1, 3), m.Gesture("swipe", "update", 2, dx=4.5, dy=-1))
    ui.send(m.Gesture("swipe", "end", 3), m.Gesture("swipe", "update", 4))
    ui.send(m.Gesture("pinch", "begin", 5, 2), m.Gesture("pinch", "update", 6, 0, 1, 2, 1.5, -30))
    ui.send(m.Gesture("pinch", "end", 7, cancelled=True))
    ui.send(m.Gesture("hold", "begin", 8, 4), m.Gesture("hold", "end", 9))
    pad.settle()
    assert pad.names(pad.swipe) == ["begin", "update", "end"]
    assert pad.swipe.last("begin")[1:] == (1, pad.window.surface, 3)
    assert pad.swipe.last("update") == (2, 4.5, -1)
    assert pad.swipe.last("end")[1:] == (3, 0)
    assert pad.names(pad.pinch) == ["begin", "update", "end"]
    assert pad.pinch.last("update") == (6, 1, 2, 1.5, -30)
    assert pad.pinch.last("end")[1:] == (7, 1)
    assert pad.hold.last("begin")[1:] == (8, pad.window.surface, 4)
    assert pad.hold.last("end")[1:] == (9, 0)


def test_a_gesture_stays_where_it_began(display: Display) -> None:
    pad = Pad(display)
    other = Desk(display, name="b", ui=pad.ui)
    pad.ui.send(m.Gesture("swipe", "begin", 1, 3), m.PointerMotion(other.surface, 1, 1, 2))
    pad.ui.send(m.Gesture("swipe", "end", 3))
    pad.settle()
    assert pad.names(pad.swipe) == ["begin", "end"]
    pad.ui.send(m.PointerMotion(0, 1, 1, 2), m.Gesture("swipe", "begin", 1, 3), m.Gesture("swipe", "end", 3))
    pad.settle()
    assert len(pad.swipe.events) == 2


@pytest.mark.parametrize("how", ["ui", "surface", "another"])
def test_what_cancels_a_gesture(display: Display, how: str) -> None:
    pad = Pad(display)
    pad.ui.send(m.Gesture("pinch", "begin", 1, 2))
    pad.settle()
    if how == "ui":
        pad.ui.close()
    elif how == "another":
        pad.ui.send(m.Gesture("swipe", "begin", 1, 3))
    else:
        pad.window.toplevel.destroy()
        pad.window.xdg.destroy()
        pad.window.surface.destroy()
    pad.app.until(lambda: pad.pinch.named("end"))
    assert pad.pinch.last("end")[2] == 1


def test_gestures_of_a_pointer_that_is_gone(display: Display) -> None:
    pad = Pad(display)
    pad.manager.release()
    pad.pointer.release()
    pad.app.roundtrip()
    pad.ui.send(m.Gesture("swipe", "begin", 1, 3))
    pad.settle()
    assert pad.swipe.events == []
    for gesture in (pad.swipe, pad.pinch, pad.hold):
        gesture.destroy()
    pad.app.roundtrip()
    pad.ui.send(m.Gesture("swipe", "end", 1, 3))
    pad.settle()
