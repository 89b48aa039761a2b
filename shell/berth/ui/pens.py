"""Pens of drawing tablets: Qt's tablet events, brought to surfaces by the same way as the mouse's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent

from berth.core.messages import Pen, PenDevice, SceneRequest
from berth.ui.frame_clock import monotonic_ms
from berth.ui.router import Router
from berth.ui.space import Space

_MOUSE = {
    QEvent.Type.TabletPress: QEvent.Type.MouseButtonPress,
    QEvent.Type.TabletMove: QEvent.Type.MouseMove,
    QEvent.Type.TabletRelease: QEvent.Type.MouseButtonRelease,
}
_BUTTONS = {Qt.MouseButton.RightButton: 0x14B, Qt.MouseButton.MiddleButton: 0x14C}
"""BTN_STYLUS and BTN_STYLUS2 of linux/input-event-codes.h."""
_Can = QInputDevice.Capability
_Capability = Literal["pressure", "tilt", "rotation", "slider"]
_CAPABILITIES: tuple[tuple[QInputDevice.Capability, _Capability], ...] = (
    (_Can.Pressure, "pressure"),
    (_Can.XTilt, "tilt"),
    (_Can.Rotation, "rotation"),
    (_Can.TangentialPressure, "slider"),
)


def as_mouse(event: QTabletEvent) -> QMouseEvent:
    """What a mouse would do where the pen does something."""
    mouse = QMouseEvent(
        _MOUSE[event.type()],
        event.position(),
        event.scenePosition(),
        event.globalPosition(),
        event.button(),
        event.buttons(),
        event.modifiers(),
        event.pointingDevice(),
    )
    mouse.setTimestamp(event.timestamp())
    return mouse


class Pens:
    """Args:
    send: takes messages for the display server.
    router: finds out where the pen is, and tells `at`.
    space: knows how the outputs stand.
    """

    def __init__(self, send: Callable[[SceneRequest], None], router: Router, space: Space) -> None:
        self._send = send
        self._router = router
        self._space = space
        self._numbers: dict[tuple[str, int, int], int] = {}
        self._told: set[int] = set()
        self._last: dict[int, Pen] = {}
        self._now = Pen(0, 0)

    def reset(self) -> None:
        """A new connection: nothing has been said yet."""
        self._told.clear()
        self._last.clear()

    @contextmanager
    def using(self, event: QTabletEvent) -> Iterator[None]:
        """While this lasts, what Qt reports as the mouse is the pen of `event`."""
        self._now = self._pen(event)
        self._router.pen = self
        try:
            yield
        finally:
            self._router.pen = None

    def at(self, surface: int, position: QPointF) -> None:
        """The pen is at `position` of `surface`, or over no app."""
        place = (position.x(), position.y()) if surface else (0.0, 0.0)
        pen = msgspec.structs.replace(self._now, surface=surface, x=place[0], y=place[1])
        before = self._last.get(pen.device, Pen(pen.device, 0))
        if msgspec.structs.replace(before, time=pen.time) != pen and (surface or before.surface):
            self._last[pen.device] = pen
            self._send(pen)

    def mouse_used(self) -> None:
        """Qt does not tell a window that a pen has gone, but whoever takes the mouse has put it down."""
        if self._router.pen is not None:
            return
        for pen in [pen for pen in self._last.values() if pen.surface]:
            away = Pen(pen.device, 0, time=monotonic_ms())
            self._last[pen.device] = away
            self._send(away)

    def _pen(self, event: QTabletEvent) -> Pen:
        number = self._number(event.pointingDevice())
        held = event.buttons()
        tilt_x, tilt_y = self._space.direction_of(event.xTilt(), event.yTilt())
        return Pen(
            number,
            0,
            time=monotonic_ms(),
            down=bool(held & Qt.MouseButton.LeftButton),
            buttons=tuple(code for button, code in _BUTTONS.items() if held & button),
            pressure=event.pressure(),
            tilt_x=tilt_x,
            tilt_y=tilt_y,
            rotation=self._space.angle_of(event.rotation()) % 360.0,
            slider=event.tangentialPressure(),
        )

    def _number(self, device: QPointingDevice) -> int:
        tool, serial = _tool(device), device.uniqueId().numericId()
        number = self._numbers.setdefault((tool, serial, device.systemId()), len(self._numbers) + 1)
        if number not in self._told:
            self._told.add(number)
            can = device.capabilities()
            capabilities = tuple(name for flag, name in _CAPABILITIES if can & flag)
            self._send(PenDevice(number, device.name(), tool, max(serial, 0), capabilities))
        return number


def _tool(device: QPointingDevice) -> Literal["pen", "eraser", "airbrush", "lens"]:
    if device.pointerType() == QPointingDevice.PointerType.Eraser:
        return "eraser"
    if device.type() == QInputDevice.DeviceType.Airbrush:
        return "airbrush"
    return "lens" if device.type() == QInputDevice.DeviceType.Puck else "pen"
