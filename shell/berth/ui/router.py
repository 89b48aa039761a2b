"""Pointer and touch on surfaces, put into the terms of Wayland's seat."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEventPoint, QMouseEvent, QTouchEvent, QWheelEvent

from berth.core.messages import PointerAxis, PointerButton, PointerMotion, SceneRequest, Touch
from berth.ui.frame_clock import monotonic_ms
from berth.ui.interaction import Interaction

BUTTONS = {
    Qt.MouseButton.LeftButton: 0x110,
    Qt.MouseButton.RightButton: 0x111,
    Qt.MouseButton.MiddleButton: 0x112,
    Qt.MouseButton.BackButton: 0x113,
    Qt.MouseButton.ForwardButton: 0x114,
    Qt.MouseButton.TaskButton: 0x115,
}
"""Codes of linux/input-event-codes.h."""

_STEP = 120
_STEP_PIXELS = 15.0
"""Scroll distance of one wheel step, as other compositors have it."""


class Router:
    """Sends what happens on surfaces to the display server.

    Args:
        send: takes messages for the display server.
        interaction: takes the pointer while a window is in hand.
        pressed: told which surface a press or touch hit, before the client hears of it.
        hand_moved: told after the window in hand was moved or let go.
    """

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        interaction: Interaction,
        pressed: Callable[[int], None],
        hand_moved: Callable[[], None],
    ) -> None:
        self._send = send
        self._interaction = interaction
        self._pressed = pressed
        self._hand_moved = hand_moved
        self._buttons: set[int] = set()
        self._touches: dict[int, int] = {}
        self.over = 0
        self._position = QPointF()  # on the surface the pointer is over
        self.last = QPointF()  # where on screen the last press or movement was

    @property
    def holding(self) -> bool:
        """Whether a button or finger is down on a surface."""
        return bool(self._buttons or self._touches)

    def reset(self) -> None:
        self._buttons.clear()
        self._touches.clear()
        self.over = 0

    def surface_gone(self, surface: int) -> None:
        """A press on a surface that is no more has nobody left to report its release."""
        if self.over == surface:
            self.over = 0
            self._release_all()

    def leave_client(self) -> None:
        """The shell takes the pointer over, for a movement of the window under it."""
        self.over = 0
        self._send(PointerMotion(0, 0.0, 0.0, monotonic_ms()))

    # --- pointer

    def hover(self, surface: int, position: QPointF) -> None:
        if not self._interaction.active:
            self._motion(surface, position)

    def leave(self, surface: int) -> None:
        if self.over == surface and not self._buttons:
            self.leave_client()

    def press(self, surface: int, event: QMouseEvent, position: QPointF) -> None:
        self.last = event.scenePosition()
        self._pressed(surface)
        self._motion(surface, position)
        self._button(event.button(), True)
        event.accept()

    def move(self, surface: int, event: QMouseEvent, position: QPointF) -> None:
        self.last = event.scenePosition()
        if self._interaction.active:
            self._drag(self.last)
        else:
            self._motion(surface, position)

    def release(self, surface: int, event: QMouseEvent, position: QPointF) -> None:
        self._button(event.button(), False)
        if self._buttons or not self._interaction.active:
            return
        self._interaction.end()
        self._hand_moved()
        self._motion(surface, position)

    def grab_lost(self) -> None:
        self._release_all()
        if self._interaction.active and not self._touches:
            self._interaction.end()
            self._hand_moved()

    def wheel(self, surface: int, event: QWheelEvent, position: QPointF) -> None:
        self._motion(surface, position)
        pixels, angle = event.pixelDelta(), event.angleDelta()
        time = monotonic_ms()
        if event.phase() == Qt.ScrollPhase.ScrollEnd:
            self._send(PointerAxis(0.0, 0.0, 0, 0, "finger", time, stop=True))
        elif not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self._send(PointerAxis(-pixels.x(), -pixels.y(), 0, 0, "finger", time))
        elif not angle.isNull():
            steps_x, steps_y = -angle.x(), -angle.y()
            dx, dy = steps_x / _STEP * _STEP_PIXELS, steps_y / _STEP * _STEP_PIXELS
            self._send(PointerAxis(dx, dy, steps_x, steps_y, "wheel", time))
        event.accept()

    def _motion(self, surface: int, position: QPointF) -> None:
        # Qt Quick repeats a hover with every frame, whether the pointer moved or not.
        if surface == self.over and position == self._position:
            return
        self.over = surface
        self._position = position
        self._send(PointerMotion(surface, position.x(), position.y(), monotonic_ms()))

    def _button(self, button: Qt.MouseButton, pressed: bool) -> None:
        code = BUTTONS.get(button)
        if code is None or pressed == (code in self._buttons):
            return
        (self._buttons.add if pressed else self._buttons.discard)(code)
        self._send(PointerButton(code, pressed, monotonic_ms()))

    def _release_all(self) -> None:
        for code in sorted(self._buttons):
            self._send(PointerButton(code, False, monotonic_ms()))
        self._buttons.clear()

    def _drag(self, to: QPointF) -> None:
        self._interaction.to(to.x(), to.y())
        self._hand_moved()

    # --- touch

    def touch(self, surface: int, event: QTouchEvent, to_surface: Callable[[QPointF], QPointF]) -> None:
        event.accept()
        if event.type() == QEvent.Type.TouchCancel:
            self._touches.clear()
            self._send(Touch("cancel"))
            return
        sent = [self._point(surface, point, to_surface) for point in event.points()]
        if any(sent):
            self._send(Touch("frame", time=monotonic_ms()))

    def _point(self, surface: int, point: QEventPoint, to_surface: Callable[[QPointF], QPointF]) -> bool:
        position, time = to_surface(point.position()), monotonic_ms()
        if point.state() == QEventPoint.State.Pressed:
            number = next(n for n in range(len(self._touches) + 1) if n not in self._touches.values())
            self._touches[point.id()] = number
            self.last = point.scenePosition()
            self._pressed(surface)
            self._send(Touch("down", number, surface, position.x(), position.y(), time))
            return True
        if point.id() not in self._touches:
            return False
        if point.state() == QEventPoint.State.Released:
            self._send(Touch("up", self._touches.pop(point.id()), surface, position.x(), position.y(), time))
            if not self._touches:
                self._let_go()
            return True
        return self._moved(surface, point, position, time)

    def _moved(self, surface: int, point: QEventPoint, position: QPointF, time: int) -> bool:
        if point.state() != QEventPoint.State.Updated:
            return False
        if self._interaction.active:
            self._drag(point.scenePosition())
            return False
        self._send(Touch("motion", self._touches[point.id()], surface, position.x(), position.y(), time))
        return True

    def _let_go(self) -> None:
        if self._interaction.active:
            self._interaction.end()
            self._hand_moved()
