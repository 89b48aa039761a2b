"""Pens and touch pads at the host window: what Qt says of them in the words of the display server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, QSizeF, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QInputDevice,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QPointingDeviceUniqueId,
    QTabletEvent,
)
from PySide6.QtQml import QQmlEngine

from berth.core.messages import (
    Gesture,
    KeyboardLayout,
    Pen,
    PenDevice,
    PointerButton,
    PointerMotion,
    SceneRequest,
    SurfaceCreated,
)
from berth.ui.cursor import named_cursor
from berth.ui.host_window import HostWindow
from berth.ui.output import Output
from berth.ui.renderer import upload_for
from berth.ui.stage import Stage
from tests.qml.conftest import application  # noqa: F401

_Can = QInputDevice.Capability
_Gesture = Qt.NativeGestureType
NONE = Qt.MouseButton.NoButton
M = TypeVar("M")


class Idle:
    """Brings no frames."""

    def pause(self) -> None:
        pass

    resume = read = pause


class Board:
    """A host window with one surface of 300x200 at 100,100."""

    def __init__(self) -> None:
        self.sent: list[SceneRequest] = []
        self.owner = QObject()
        self.stage = Stage(self.sent.append, KeyboardLayout("us"), _nothing, _nothing, _nothing, _nothing)
        self.engine = QQmlEngine()
        self.output = Output("test")
        self.window = HostWindow(self.engine, self.stage, self.output, _nothing)
        self.output.window = self.window
        self.output.rect = (0, 0, 1000, 700)
        self.window.resize(1000, 700)
        self.stage.attach(upload_for("software"), lambda _outputs: None, Idle(), self.owner)
        self.stage.received(SurfaceCreated(1, "a"), [])
        surface = self.stage.surfaces.get(1)
        assert surface is not None
        self.stage.surfaces.show(1, "test", self.window.contentItem())
        view = surface.views["test"]
        view.group.setPosition(QPointF(100, 100))
        view.item.setSize(QSizeF(300, 200))
        view.item.setVisible(True)
        self.window.show()
        capabilities = _Can.Position | _Can.Pressure | _Can.XTilt
        serial = QPointingDeviceUniqueId.fromNumericId(99)
        kinds = QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen
        self.pen = QPointingDevice("Board", 7, *kinds, capabilities, 1, 3, "seat", serial)
        pad = QInputDevice.DeviceType.TouchPad, QPointingDevice.PointerType.Finger
        self.pad = QPointingDevice("Pad", 8, *pad, _Can.Position, 5, 3)

    def draw(
        self,
        kind: QEvent.Type,
        x: float,
        y: float,
        button: Qt.MouseButton = NONE,
        held: Qt.MouseButton = NONE,
        pressure: float = 0.0,
    ) -> None:
        place, keys = QPointF(x, y), Qt.KeyboardModifier.NoModifier
        event = QTabletEvent(kind, self.pen, place, place, pressure, 10, -20, 0, 0, 0, keys, button, held)
        QCoreApplication.sendEvent(self.window, event)

    def mouse(self, x: float, y: float) -> None:
        place, keys = QPointF(x, y), Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(QEvent.Type.MouseMove, place, place, place, NONE, NONE, keys)
        QCoreApplication.sendEvent(self.window, event)

    def gesture(
        self, kind: Qt.NativeGestureType, fingers: int, value: float = 0.0, dx: float = 0, dy: float = 0
    ) -> None:
        place = QPointF(150, 130)
        event = QNativeGestureEvent(kind, self.pad, fingers, place, place, place, value, QPointF(dx, dy))
        QCoreApplication.sendEvent(self.window, event)

    def of(self, kind: type[M]) -> list[M]:
        return [message for message in self.sent if isinstance(message, kind)]


def _nothing(*_what: object) -> None:
    pass


@pytest.fixture
def board(application: QGuiApplication) -> Iterator[Board]:  # noqa: F811
    board = Board()
    QGuiApplication.processEvents()
    yield board
    board.stage.lost()
    board.window.close()
    board.window.deleteLater()
    board.engine.deleteLater()
    QGuiApplication.processEvents()


def test_a_pen_is_told_as_one(board: Board) -> None:
    left = Qt.MouseButton.LeftButton
    board.draw(QEvent.Type.TabletMove, 150, 130)
    board.draw(QEvent.Type.TabletPress, 150, 130, left, left, 0.5)
    board.draw(QEvent.Type.TabletMove, 700, 600, NONE, left | Qt.MouseButton.RightButton, 0.75)
    board.draw(QEvent.Type.TabletRelease, 700, 600, left)
    (device,) = board.of(PenDevice)
    assert device == PenDevice(1, "Board", "pen", 99, ("pressure", "tilt"))
    pens = board.of(Pen)
    assert {pen.tilt_x for pen in pens if pen.surface} == {10}
    told = [(pen.surface, pen.x, pen.y, pen.down, pen.buttons, pen.pressure) for pen in pens]
    assert told[:3] == [
        (1, 50, 30, False, (), 0),
        (1, 50, 30, True, (), 0.5),
        (1, 600, 500, True, (0x14B,), 0.75),
    ]
    assert told[3][3:] == (False, (), 0)
    assert board.of(PointerMotion) == board.of(PointerButton) == []
    assert not board.stage.router.holding


def test_a_pen_leans_as_it_is_seen(board: Board) -> None:
    board.output.look(transform=1)
    board.draw(QEvent.Type.TabletMove, 150, 130)
    # To the right of the panel and up is, for who looks at it, down and to the right.
    assert [(pen.tilt_x, pen.tilt_y, pen.rotation) for pen in board.of(Pen)] == [(20, 10, 90)]


def test_cursors_point_as_they_are_seen(application: QGuiApplication) -> None:  # noqa: F811
    shapes = [named_cursor("ew-resize", transform).shape() for transform in (0, 1, 2, 4, 5)]
    assert [shape.name for shape in shapes] == [
        "SizeHorCursor",
        "SizeVerCursor",
        "SizeHorCursor",
        "SizeHorCursor",
        "SizeVerCursor",
    ]
    diagonals = [named_cursor("nwse-resize", transform).shape() for transform in (0, 1, 4, 5)]
    assert [shape.name for shape in diagonals] == [
        "SizeFDiagCursor",
        "SizeBDiagCursor",
        "SizeBDiagCursor",
        "SizeFDiagCursor",
    ]


def test_a_pen_beyond_apps_and_one_that_is_put_down(board: Board) -> None:
    board.draw(QEvent.Type.TabletMove, 150, 130)
    board.draw(QEvent.Type.TabletMove, 20, 20)
    assert [pen.surface for pen in board.of(Pen)] == [1, 0]
    board.draw(QEvent.Type.TabletMove, 160, 130)
    board.mouse(165, 130)
    assert [pen.surface for pen in board.of(Pen)] == [1, 0, 1, 0]
    assert board.of(PointerMotion)[-1].surface == 1


def test_swipes_and_pinches_are_told_apart(board: Board) -> None:
    board.gesture(_Gesture.BeginNativeGesture, 3)
    assert board.of(Gesture) == [], "over no app"
    board.mouse(150, 130)
    board.gesture(_Gesture.BeginNativeGesture, 3)
    board.gesture(_Gesture.PanNativeGesture, 3, dx=5, dy=-2)
    board.gesture(_Gesture.EndNativeGesture, 3)
    board.gesture(_Gesture.BeginNativeGesture, 2)
    board.gesture(_Gesture.ZoomNativeGesture, 2, 0.5)
    board.gesture(_Gesture.ZoomNativeGesture, 2, 0.5)
    board.gesture(_Gesture.RotateNativeGesture, 2, -15)
    board.gesture(_Gesture.EndNativeGesture, 2)
    told = [(g.kind, g.phase, g.fingers, g.dx, g.dy, g.scale, g.rotation) for g in board.of(Gesture)]
    assert told == [
        ("swipe", "begin", 3, 0, 0, 1, 0),
        ("swipe", "update", 0, 5, -2, 1, 0),
        ("swipe", "end", 0, 0, 0, 1, 0),
        ("pinch", "begin", 2, 0, 0, 1, 0),
        ("pinch", "update", 0, 0, 0, 1.5, 0),
        ("pinch", "update", 0, 0, 0, 2.25, 0),
        ("pinch", "update", 0, 0, 0, 2.25, -15),
        ("pinch", "end", 0, 0, 0, 1, 0),
    ]


def test_a_swipe_that_turns_out_to_be_a_pinch(board: Board) -> None:
    board.mouse(150, 130)
    board.gesture(_Gesture.BeginNativeGesture, 4)
    board.gesture(_Gesture.PanNativeGesture, 4, dx=1)
    board.gesture(_Gesture.ZoomNativeGesture, 4, -0.1)
    told = [(g.kind, g.phase, g.cancelled) for g in board.of(Gesture)]
    assert told[2:4] == [("swipe", "end", True), ("pinch", "begin", False)]
