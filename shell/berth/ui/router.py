"""Pointer and touch on surfaces, put into the terms of Wayland's seat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QEventPoint, QHoverEvent, QMouseEvent, QPointingDevice, QTouchEvent, QWheelEvent

from berth.core.messages import NO_TOUCH, PointerAxis, PointerButton, PointerMotion, SceneRequest, Touch
from berth.ui.frame_clock import monotonic_ms
from berth.ui.interaction import Interaction
from berth.ui.space import Space

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
_NEAR = 2.0
"""How far from where it was asked to put the pointer the host may put it: its pixels may be larger than ours."""


class PenPlace(Protocol):
    """A pen that is told where it is; surface 0 = nowhere."""

    def at(self, surface: int, position: QPointF) -> None: ...


class Router:
    """Sends what happens on surfaces to the display server.

    Args:
        send: takes messages for the display server.
        interaction: takes the pointer while a window is in hand.
        pressed: told which surface a press or touch hit, before the client hears of it.
        hand_moved: told after the window in hand was moved or let go.
        space: takes points of the host's windows to those that all else is about.
    """

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        interaction: Interaction,
        pressed: Callable[[int], None],
        hand_moved: Callable[[], None],
        space: Space,
    ) -> None:
        self._send = send
        self._interaction = interaction
        self._pressed = pressed
        self._hand_moved = hand_moved
        self._space = space
        self._buttons: set[int] = set()
        self._touches: dict[int, int] = {}
        self.over = 0
        self.position = QPointF()  # on the surface the pointer is over
        self._place: QPointF | None = None  # on screen, None while the pointer is elsewhere
        self._expected: QPointF | None = None
        self._held = False
        self._left = False
        self._host: QPointF | None = None  # where the host's pointer is while another one moves ours
        self.last = QPointF()  # where on screen the last press or movement was
        self.pen: PenPlace | None = None  # while what Qt reports as the mouse is a pen
        self._pen_down = False
        self._carrier: int | None = None  # what drags something: a finger or NO_TOUCH for the pointer
        self._carried_over = (0, QPointF())
        self.passes: Callable[[int], bool] = lambda _surface: False
        self.goes_on: Callable[[int], bool] = lambda _surface: False
        self._moves = 0  # of the pointer, on surfaces
        self._moment: int | None = None

    def _time(self) -> int:
        return monotonic_ms() if self._moment is None else self._moment

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is told meanwhile is of one moment, however long this process is held up."""
        self._moment = monotonic_ms()
        try:
            yield
        finally:
            self._moment = None

    @property
    def holding(self) -> bool:
        """Whether a button or finger is down on a surface."""
        return bool(self._buttons or self._touches or self._pen_down)

    def reset(self) -> None:
        self._carrier = None
        self._buttons.clear()
        self._touches.clear()
        self.over = 0
        self._expected = None
        self._held = self._left = self._pen_down = False
        self._host = None

    def surface_gone(self, surface: int) -> None:
        """A press on a surface that is no more has nobody left to report its release."""
        if self.over == surface:
            self.over = 0
            if self._carrier != NO_TOUCH:
                self.release_all()

    def leave_client(self) -> None:
        """The shell takes the pointer over, for a movement of the window under it."""
        self.over = 0
        self._send(PointerMotion(0, 0.0, 0.0, self._time()))

    # --- drags of an app's data

    def carry(self, carrier: int | None) -> None:
        """From now on the pointer (`NO_TOUCH`) or a finger is on the surface that is hovered; None ends that."""
        self._carrier = carrier
        self._carried_over = (0, QPointF())

    @property
    def carries_pointer(self) -> bool:
        return self._carrier == NO_TOUCH

    def carries_finger(self, point: int) -> bool:
        """Whether the finger that Qt numbers so drags something."""
        return self._carrier is not None and self._touches.get(point, NO_TOUCH) == self._carrier != NO_TOUCH

    def finger_up(self, point: int) -> None:
        """The finger that drags has gone up, over whatever surface."""
        surface, position = self._carried_over
        time = self._time()
        self._send(Touch("up", self._touches.pop(point), surface, position.x(), position.y(), time))
        self._send(Touch("frame", time=time))

    def _carry(self, surface: int, position: QPointF) -> None:
        if self._carried_over == (surface, position):
            return
        self._carried_over = (surface, QPointF(position))
        if self._carrier == NO_TOUCH:
            self.move_to(surface, position, 0.0, 0.0)
        elif self._carrier is not None:
            time = self._time()
            self._send(Touch("motion", self._carrier, surface, position.x(), position.y(), time))
            self._send(Touch("frame", time=time))

    # --- pointer

    @property
    def place(self) -> QPointF:
        """Where on screen the pointer was last seen."""
        return self._place if self._place is not None else self.last

    def host_left(self) -> None:
        """The pointer has left our window; where it comes back says nothing about its way."""
        self._place = None

    def expect(self, place: QPointF) -> None:
        """The host was asked to put the pointer at `place` on screen: getting there is no movement of a hand."""
        self._expected = place

    @property
    def expecting(self) -> bool:
        return self._expected is not None

    def hover(self, surface: int, event: QHoverEvent, position: QPointF) -> None:
        if self._carrier is not None:
            self._carry(surface, position)
            return
        if self._held:
            self._left = False
            return
        place = self._space.of(event.scenePosition())
        if self._host != place and not self._interaction.active:
            self.motion(surface, place, position)

    def leave(self, surface: int) -> None:
        if self._carrier is not None:
            if self._carried_over[0] == surface:
                self._carry(0, QPointF())
            return
        if self.over != surface or self._buttons or self._host is not None:
            return
        if self._held:
            self._left = True
        elif self.pen is not None:
            self.over = 0
            self.pen.at(0, QPointF())
        elif self.goes_on(surface):
            # The host says first where the pointer leaves, then where it enters: perhaps the other half.
            QTimer.singleShot(0, lambda moves=self._moves: self._left_for_good(surface, moves))
        else:
            self.leave_client()

    def _left_for_good(self, surface: int, moves: int) -> None:
        if self.over == surface and self._moves == moves and not self._buttons and not self._held:
            self.leave_client()

    def hold(self) -> None:
        """From now on the pointer stays on its surface, wherever the host's is."""
        self._held, self._left = True, False

    def let_go(self, stays: bool) -> None:
        """The host's pointer counts again; unless it `stays`, it may be on another surface or on none."""
        self._held = False
        if self._left and not stays:
            self.leave_client()

    def press(self, surface: int, event: QMouseEvent, position: QPointF) -> None:
        self.last = self._space.of(event.scenePosition())
        self._pressed(surface)
        self.motion(surface, self.last, position)
        self.button(event.button(), True)
        event.accept()

    def move(self, surface: int, event: QMouseEvent, position: QPointF) -> None:
        # The hand may be on the other output's half of the surface by now.
        here, self.last = self._space.of(event.scenePosition()), self._space.across(event)
        if self._interaction.active:
            self._drag(self.last)
        else:
            self.motion(surface, self.last, position + self.last - here)

    def release(self, surface: int, event: QMouseEvent, position: QPointF) -> None:
        self.button(event.button(), False)
        if self._buttons or self._carrier == NO_TOUCH or not self._interaction.active:
            return
        self._interaction.end()
        self._hand_moved()
        here, place = self._space.of(event.scenePosition()), self._space.across(event)
        self.motion(surface, place, position + place - here)

    def grab_lost(self) -> None:
        if self._carrier == NO_TOUCH:
            # The item may be gone, the hand is not.
            return
        self.release_all()
        if self._interaction.active and not self._touches and not self._interaction.crossing:
            self._interaction.end()
            self._hand_moved()

    def wheel(self, surface: int, event: QWheelEvent, position: QPointF) -> None:
        self.motion(surface, self._space.of(event.scenePosition()), position)
        self.scroll(event)
        event.accept()

    def scroll(self, event: QWheelEvent) -> None:
        """Report a wheel or a touch pad."""
        pixels, angle = event.pixelDelta(), event.angleDelta()
        time, inverted = self._time(), event.inverted()
        if event.phase() == Qt.ScrollPhase.ScrollEnd:
            self._send(PointerAxis(0.0, 0.0, 0, 0, "finger", time, stop=True))
        elif not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase:
            self._send(PointerAxis(-pixels.x(), -pixels.y(), 0, 0, "finger", time, inverted=inverted))
        elif not pixels.isNull() and (angle.isNull() or _is_touch_pad(event)):
            self._send(PointerAxis(-pixels.x(), -pixels.y(), 0, 0, "continuous", time, inverted=inverted))
        elif not angle.isNull():
            steps_x, steps_y = -angle.x(), -angle.y()
            dx, dy = steps_x / _STEP * _STEP_PIXELS, steps_y / _STEP * _STEP_PIXELS
            self._send(PointerAxis(dx, dy, steps_x, steps_y, "wheel", time, inverted=inverted))

    def motion(self, surface: int, place: QPointF, position: QPointF) -> None:
        """The pointer is at `place` on screen, which is `position` on the surface."""
        # Qt Quick repeats a hover with every frame, whether the pointer moved or not.
        self._moves += 1
        if self.pen is not None:
            self.over, self.position, self._place = surface, QPointF(position), QPointF(place)
            self.pen.at(surface, position)
            return
        if surface == self.over and position == self.position and place == self._place:
            return
        self._host = None
        dx, dy, warp = self._step(place)
        self.move_to(surface, position, dx, dy, warp)

    def remote_motion(self, surface: int, place: QPointF, position: QPointF) -> None:
        """An app moves the pointer; the host's stays where it is, and counts again when it moves."""
        host = self._host if self._host is not None else self.place
        self.motion(surface, place, position)
        self._host = QPointF(host)

    def step(self, place: QPointF) -> tuple[float, float]:
        """How far the hand has moved the pointer, which is at `place` on screen now."""
        dx, dy, _warp = self._step(place)
        return dx, dy

    def _step(self, place: QPointF) -> tuple[float, float, bool]:
        before, self._place = self._place, QPointF(place)
        if self._expected is not None and (place - self._expected).manhattanLength() < _NEAR:
            self._expected = None
            return 0.0, 0.0, True
        if before is None:
            return 0.0, 0.0, False
        return place.x() - before.x(), place.y() - before.y(), place == before

    def move_to(self, surface: int, position: QPointF, dx: float, dy: float, warp: bool = False) -> None:
        """The pointer is at `position` of `surface`, after a movement of the hand by dx, dy."""
        self.over = surface
        self.position = QPointF(position)
        self._send(PointerMotion(surface, position.x(), position.y(), self._time(), dx, dy, warp))

    def button(self, button: Qt.MouseButton, pressed: bool) -> None:
        code = BUTTONS.get(button)
        if self.pen is not None:
            # Its message has tip and buttons in it.
            self._pen_down = pressed
            self.pen.at(self.over, self.position)
        elif code is not None:
            self.press_code(code, pressed)

    def press_code(self, code: int, pressed: bool) -> None:
        if pressed == (code in self._buttons):
            return
        (self._buttons.add if pressed else self._buttons.discard)(code)
        self._send(PointerButton(code, pressed, self._time()))

    def holds(self, button: Qt.MouseButton) -> bool:
        """Whether the button was pressed on a surface and is still down."""
        return BUTTONS.get(button) in self._buttons

    def release_all(self) -> None:
        for code in sorted(self._buttons):
            self._send(PointerButton(code, False, self._time()))
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
            self._send(Touch("frame", time=self._time()))

    def _point(self, surface: int, point: QEventPoint, to_surface: Callable[[QPointF], QPointF]) -> bool:
        position, time = to_surface(point.position()), self._time()
        if point.state() == QEventPoint.State.Pressed:
            number = next(n for n in range(len(self._touches) + 1) if n not in self._touches.values())
            self._touches[point.id()] = number
            self.last = self._space.of(point.scenePosition())
            self._pressed(surface)
            self._send(Touch("down", number, surface, position.x(), position.y(), time, *self._ellipse(point)))
            return True
        if point.id() not in self._touches:
            return False
        if point.state() == QEventPoint.State.Released:
            self._send(Touch("up", self._touches.pop(point.id()), surface, position.x(), position.y(), time))
            if not self._touches:
                self._finger_gone()
            return True
        return self._moved(surface, point, position, time)

    def _moved(self, surface: int, point: QEventPoint, position: QPointF, time: int) -> bool:
        if point.state() != QEventPoint.State.Updated:
            return False
        if self.carries_finger(point.id()):
            return False
        self.last = self._space.of(point.scenePosition())
        if self._interaction.active:
            self._drag(self.last)
            return False
        number = self._touches[point.id()]
        self._send(Touch("motion", number, surface, position.x(), position.y(), time, *self._ellipse(point)))
        return True

    def _ellipse(self, point: QEventPoint) -> tuple[float, float, float]:
        """What of a finger touches, as `Touch` has it: both axes and the direction of the longer one."""
        width, height = point.ellipseDiameters().width(), point.ellipseDiameters().height()
        angle = self._space.angle_of(point.rotation() + (90.0 if width > height else 0.0))
        return max(width, height), min(width, height), (angle + 180.0) % 360.0 - 180.0

    def _finger_gone(self) -> None:
        if self._interaction.active:
            self._interaction.end()
            self._hand_moved()


def _is_touch_pad(event: QWheelEvent) -> bool:
    return event.pointingDevice().type() == QPointingDevice.DeviceType.TouchPad
