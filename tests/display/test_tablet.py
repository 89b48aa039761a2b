"""Pens: what a client that knows tablets hears of them, and what one that does not."""

from __future__ import annotations

import pytest
from pywayland.protocol import cursor_shape_v1, wayland
from pywayland.protocol.tablet_v2 import ZwpTabletManagerV2

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.test_seat import LEFT, A, Desk

STYLUS = 0x14B
PEN = m.PenDevice(1, "Drawing board", "pen", (7 << 32) + 9, ("pressure", "tilt", "rotation", "slider"))


class Board(Desk):
    def __init__(self, display: Display, name: str = "a", known: bool = True) -> None:
        super().__init__(display, name=name)
        self.manager = self.app.bind(ZwpTabletManagerV2)
        if known:
            self.ui.send(PEN)
            self.ui.settle()
        self.tablets: Object = self.manager.get_tablet_seat(self.seat)
        self.app.roundtrip()

    @property
    def tool(self) -> Object:
        made: Object = self.tablets.last("tool_added")[0]
        return made

    @property
    def tablet(self) -> Object:
        made: Object = self.tablets.last("tablet_added")[0]
        return made

    def pen(self, **fields: object) -> list[str]:
        """Move it; returns what the client hears of that."""
        before = len(self.tool.events)
        fields = {"device": 1, "surface": self.surface, "time": 5, **fields}
        self.ui.send(m.Pen(**fields))  # type: ignore[arg-type]
        self.settle()
        return self.names(self.tool, before)


def test_devices_are_described(display: Display) -> None:
    board = Board(display)
    assert board.names(board.tablets) == ["tablet_added", "tool_added"]
    assert board.names(board.tablet) == ["name", "done"]
    assert board.tablet.last("name") == ("Drawing board",)
    names = ["type", "hardware_serial", "capability", "capability", "capability", "capability", "done"]
    assert board.names(board.tool) == names
    assert board.tool.last("type") == (0x140,)
    assert board.tool.last("hardware_serial") == (7, 9)
    assert [event.arguments[0] for event in board.tool.named("capability")] == [2, 1, 4, 5]
    board.ui.send(m.PenDevice(2, "Other", "eraser"), m.PenDevice(2, "Again"))
    board.settle()
    assert len(board.tablets.named("tool_added")) == 2
    assert board.names(board.tool) == ["type", "done"]


def test_a_stroke(display: Display) -> None:
    board = Board(display)
    assert board.pen(x=3.5, y=4) == ["proximity_in", "motion", "frame"]
    assert board.tool.last("proximity_in")[1:] == (board.tablet, board.window.surface)
    assert board.tool.last("motion") == (3.5, 4)
    stroke = {"x": 5, "y": 6, "down": True, "pressure": 0.5, "tilt_x": 10, "tilt_y": -20.5, "rotation": 90}
    assert board.pen(**stroke, slider=-1) == ["motion", "pressure", "tilt", "rotation", "slider", "down", "frame"]
    assert board.tool.last("pressure") == (32768,)
    assert board.tool.last("tilt") == (10, -20.5)
    assert board.tool.last("slider") == (-65535,)
    assert board.pen(**stroke, slider=-1, buttons=(STYLUS,)) == ["button", "frame"]
    assert board.tool.last("button")[1:] == (STYLUS, 1)
    assert board.pen(**{**stroke, "down": False}, slider=-1, buttons=(STYLUS,)) == ["up", "frame"]
    assert board.pen(surface=0) == ["button", "proximity_out", "frame"]
    assert board.tool.last("button")[1:] == (STYLUS, 0)
    assert board.pen(surface=0) == []
    assert board.names(board.pointer) == []


def test_values_out_of_range(display: Display) -> None:
    board = Board(display)
    board.pen(pressure=7.0, slider=9.0)
    assert board.tool.last("pressure") == (65535,)
    assert board.tool.last("slider") == (65535,)
    board.ui.send(m.Pen(99, board.surface))
    board.settle()


def test_a_client_without_tablets_gets_a_pointer(display: Display) -> None:
    desk = Desk(display)
    desk.ui.send(PEN, m.Pen(1, desk.surface, 3, 4, 5), m.Pen(1, desk.surface, 5, 6, 6, True))
    desk.ui.send(m.Pen(1, desk.surface, 5, 6, 7, False, (STYLUS,)), m.Pen(1, desk.surface, 5, 6, 7))
    desk.settle()
    names = [name for name in desk.names(desk.pointer) if name != "frame"]
    assert names == ["enter", "motion", "button", "button", "button", "button"]
    buttons = [event.arguments[2:] for event in desk.pointer.named("button")]
    assert buttons == [(LEFT, 1), (LEFT, 0), (0x111, 1), (0x111, 0)]


def test_from_one_client_to_another(display: Display) -> None:
    board = Board(display)
    desk = Desk(display, name="b", ui=board.ui)
    board.pen(x=1, y=1, down=True)
    assert board.pen(surface=desk.surface, x=2, y=2) == ["up", "proximity_out", "frame"]
    desk.app.until(lambda: desk.pointer.named("enter"))
    assert board.pen(x=1, y=1)[0] == "proximity_in"


@pytest.mark.parametrize("how", ["ui", "surface"])
def test_what_takes_a_pen_away(display: Display, how: str) -> None:
    board = Board(display)
    board.pen(x=1, y=1, down=True)
    tool, tablet = board.tool, board.tablet
    if how == "ui":
        board.ui.close()
        board.app.until(lambda: tool.named("removed") and tablet.named("removed"))
        board.ui = display.ui()
        board.ui.send(PEN)
        board.app.until(lambda: len(board.tablets.named("tool_added")) == 2)
    else:
        board.window.toplevel.destroy()
        board.window.xdg.destroy()
        board.window.surface.destroy()
        board.app.until(lambda: tool.named("proximity_out"))
    assert "up" in board.names(tool)


def test_late_seats_and_destroyed_objects(display: Display) -> None:
    board = Board(display, known=False)
    assert board.tablets.events == []
    board.ui.send(PEN)
    board.settle()
    board.manager.destroy()
    board.tool.destroy()
    board.tablet.destroy()
    board.app.roundtrip()
    board.ui.send(m.Pen(1, board.surface, 1, 1, 1, True), m.Pen(1, 0))
    board.settle()
    board.tablets.destroy()
    board.app.roundtrip()


def test_the_cursor_of_a_tool(display: Display) -> None:
    board = Board(display)
    cursor = board.app.surface()
    board.tool.set_cursor(1, cursor, 2, 3)
    board.settle()
    assert board.ui.cursor == m.Cursor("default")
    board.pen(x=1, y=1)
    serial = board.tool.last("proximity_in")[0]
    board.tool.set_cursor(serial, cursor, 2, 3)
    board.app.show(cursor, board.app.pixels(8, 8))
    board.app.roundtrip()
    board.ui.settle()
    assert board.ui.cursor == m.Cursor("surface", max(board.ui.surfaces), 2, 3)
    shapes = board.app.bind(cursor_shape_v1.WpCursorShapeManagerV1)
    shapes.get_tablet_tool_v2(board.tool).set_shape(serial, int(cursor_shape_v1.WpCursorShapeDeviceV1.shape.crosshair))
    board.app.roundtrip()
    board.ui.settle()
    assert board.ui.cursor == m.Cursor("crosshair")
    board.tool.set_cursor(serial, None, 0, 0)
    board.app.roundtrip()
    board.ui.settle()
    assert board.ui.cursor == m.Cursor("none")


def test_strokes_do_not_take_the_cursor_from_an_app(display: Display) -> None:
    board = Board(display)
    board.ui.send(m.KeyboardFocus(board.surface), m.Key(A, True, 1), m.Pen(1, board.surface, 1, 1, 1))
    board.settle()
    board.ui.send(*(m.Pen(1, board.surface, x, 1, 2, x % 3 == 0, (STYLUS,) * (x % 2)) for x in range(40)))
    board.ui.send(*(m.Pen(1, board.surface, x, 2, 3) for x in range(100)))
    board.settle()
    board.tool.set_cursor(board.tool.last("proximity_in")[0], None, 0, 0)
    board.settle()
    assert board.ui.cursor == m.Cursor("none")


def test_movements_of_a_pen_are_no_input_to_refer_to(display: Display) -> None:
    """What the user did before them is not forgotten for them."""
    board = Board(display)
    board.ui.send(m.KeyboardFocus(board.surface), m.Key(A, True, 1))
    board.ui.send(*(m.Pen(1, board.surface, x, 2, 3) for x in range(100)))
    board.settle()
    manager = board.app.bind(wayland.WlDataDeviceManager)
    source = manager.create_data_source()
    manager.get_data_device(board.seat).set_selection(source, board.keyboard.last("key")[0])
    board.app.roundtrip()
    assert not source.named("cancelled")


@pytest.mark.parametrize("which", ["window", "other tool"])
def test_surfaces_that_are_something_else(display: Display, which: str) -> None:
    board = Board(display)
    if which == "window":
        board.tool.set_cursor(1, board.window.surface, 0, 0)
    else:
        cursor = board.app.surface()
        board.tool.set_cursor(1, cursor, 0, 0)
        board.ui.send(m.PenDevice(2, "Other"))
        board.settle()
        board.app.roundtrip()
        board.tool.set_cursor(1, cursor, 0, 0)
    with pytest.raises(ClientError) as raised:
        board.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwp_tablet_tool_v2", 0)
