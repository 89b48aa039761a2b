"""Input from outside (``berth input``) as the real events of a pointer, a keyboard and fingers.

The events enter at the host window, so shell and apps get them exactly as from the
user's hands. A movement takes its time as a hand does: an app that answers a press by
asking to be moved needs a moment for it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property, partial

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPointingDevice, QWheelEvent
from PySide6.QtQuick import QQuickWindow

from berth.core.layout import contains
from berth.core.problem import Problem
from berth.ui.keymap import MODIFIER_FLAGS, MODIFIER_KEYS, Keymap, Stroke
from berth.ui.outputs import Outputs

_PAUSE_MS = 12
_XKB_OFFSET = 8
_MAX_STEPS = 1000
_MAX_TEXT = 10_000

_BUTTONS = {
    "left": Qt.MouseButton.LeftButton,
    "right": Qt.MouseButton.RightButton,
    "middle": Qt.MouseButton.MiddleButton,
}

Step = Callable[[], None]


class Injector(QObject):
    """Plays steps of input one after another, in the order they were asked for.

    Points are in the space of all outputs. A button that is held down keeps the pointer with the window where it
    went down, as a host does it.

    Args:
        outputs: their windows get the events.
        keymap: the layout that apps have, too.
        together: makes what an app hears of it one piece, of one moment. Apps repeat a key themselves that they take
            to be held, and count clicks, so nothing of it must come later, however busy the machine is.
    """

    def __init__(self, outputs: Outputs, keymap: Keymap, together: Callable[[], AbstractContextManager[None]]) -> None:
        super().__init__(outputs)
        self._outputs = outputs
        self._together = together
        self._grabbed: QQuickWindow | None = None
        self._entered: QQuickWindow | None = None
        self._keymap = keymap
        self._buttons = Qt.MouseButton.NoButton
        self._modifiers = Qt.KeyboardModifier.NoModifier
        self._at = (0.0, 0.0)
        self._steps: deque[tuple[Step, int]] = deque()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._play)

    # --- what can be asked for; `done` is called after the last event was delivered

    def key(self, keys: str, done: Step) -> None:
        """Raises `Problem` if `keys` names no key."""
        held, stroke = self._keymap.chord(keys)
        self._strike(stroke, held)
        self._begin(done)

    def type(self, text: str, done: Step) -> None:
        """Raises `Problem` if the layout cannot type `text`, or if it is too long; then nothing is typed."""
        if len(text) > _MAX_TEXT:
            raise Problem("too-long", f"At most {_MAX_TEXT} characters can be typed at once.", "Type it in parts.")
        strokes = [self._keymap.character(character) for character in text]
        for stroke in strokes:
            self._strike(stroke, ())
        self._begin(done)

    def move(self, x: int, y: int, done: Step) -> None:
        self._check(x, y)
        self._add(partial(self._mouse, QEvent.Type.MouseMove, x, y))
        self._begin(done)

    def click(self, x: int, y: int, button: str, count: int, done: Step) -> None:
        self._check(x, y)
        if not 1 <= count <= _MAX_STEPS:
            raise Problem("bad-count", f"A click happens 1 to {_MAX_STEPS} times, not {count}.")
        which = _BUTTONS[button]
        self._add(partial(self._mouse, QEvent.Type.MouseMove, x, y), _PAUSE_MS)
        self._add(partial(self._clicks, x, y, which, count))
        self._begin(done)

    def press(self, button: str, pressed: bool, done: Step) -> None:
        kind = QEvent.Type.MouseButtonPress if pressed else QEvent.Type.MouseButtonRelease
        self._add(lambda: self._mouse(kind, *self._at, _BUTTONS[button]), _PAUSE_MS)
        self._begin(done)

    def drag(self, start: tuple[int, int], end: tuple[int, int], steps: int, done: Step) -> None:
        self._check(*start)
        self._check(*end)
        steps = max(1, min(steps, _MAX_STEPS))
        left = Qt.MouseButton.LeftButton
        self._add(partial(self._mouse, QEvent.Type.MouseMove, *start), _PAUSE_MS)
        self._add(partial(self._mouse, QEvent.Type.MouseButtonPress, *start, left), 3 * _PAUSE_MS)
        for number in range(1, steps + 1):
            x = start[0] + (end[0] - start[0]) * number / steps
            y = start[1] + (end[1] - start[1]) * number / steps
            self._add(partial(self._mouse, QEvent.Type.MouseMove, x, y), _PAUSE_MS)
        self._add(partial(self._mouse, QEvent.Type.MouseButtonRelease, *end, left))
        self._begin(done)

    def scroll(self, x: int, y: int, steps_x: int, steps_y: int, done: Step) -> None:
        """Positive steps go right and down."""
        self._check(x, y)
        if max(abs(steps_x), abs(steps_y)) > _MAX_STEPS:
            raise Problem("bad-count", f"At most {_MAX_STEPS} steps can be scrolled at once.")
        self._add(partial(self._mouse, QEvent.Type.MouseMove, x, y))
        for number in range(max(abs(steps_x), abs(steps_y))):
            dx = _sign(steps_x) if number < abs(steps_x) else 0
            dy = _sign(steps_y) if number < abs(steps_y) else 0
            self._add(partial(self._wheel, x, y, dx, dy))
        self._begin(done)

    def touch(self, points: Sequence[tuple[int, int]], done: Step) -> None:
        if not 1 <= len(points) <= _MAX_STEPS:
            raise Problem("bad-points", "A touch needs at least one point.", "Give one or more x,y pairs.")
        for x, y in points:
            self._check(x, y)
        self._add(partial(self._finger, "press", *points[0]), 2 * _PAUSE_MS)
        for x, y in points[1:]:
            self._add(partial(self._finger, "move", x, y), _PAUSE_MS)
        self._add(partial(self._finger, "release", *points[-1]), _PAUSE_MS)
        self._begin(done)

    # --- playing

    def _add(self, step: Step, pause: int = 0) -> None:
        self._steps.append((step, pause))

    def _begin(self, done: Step) -> None:
        self._add(done)
        if not self._timer.isActive():
            self._timer.start(0)

    def _play(self) -> None:
        while self._steps:
            step, pause = self._steps.popleft()
            step()
            if pause:
                self._timer.start(pause)
                return

    def _check(self, x: int, y: int) -> None:
        rects = [output.rect for output in self._outputs.all]
        if not any(contains(rect, x, y) for rect in rects):
            sizes = ", ".join(f"{width}x{height}+{left}+{top}" for left, top, width, height in rects)
            raise Problem("outside", f"The point {x},{y} is outside the screen.", f"Outputs are at {sizes}.")

    def _under(self, x: float, y: float) -> tuple[QQuickWindow, QPointF]:
        """The window that hears of the pointer at a point, and where in it that is."""
        output = next((known for known in self._outputs.all if contains(known.rect, x, y)), self._outputs.all[0])
        window, place = output.window, output.to_window(x, y)
        assert window is not None
        if self._grabbed not in self._windows or self._grabbed is window:
            return window, place
        return self._grabbed, self._grabbed.mapFromGlobal(window.mapToGlobal(place))

    # --- events

    def _mouse(self, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
        if kind == QEvent.Type.MouseButtonRelease:
            self._buttons &= ~button
        else:
            self._buttons |= button
        self._at = (x, y)
        window, place = self._under(x, y)
        spot = window.mapToGlobal(place)
        event = QMouseEvent(kind, place, place, spot, button, self._buttons, self._modifiers)
        event.setTimestamp(_timestamp())
        self._leave(window)
        if kind == QEvent.Type.MouseButtonPress and not window.isActive():
            window.requestActivate()
        self._grabbed = window if self._buttons else None
        QCoreApplication.sendEvent(window, event)

    def _clicks(self, x: int, y: int, button: Qt.MouseButton, count: int) -> None:
        with self._together():
            for number in range(count):
                self._mouse(QEvent.Type.MouseButtonPress, x, y, button)
                if number % 2 == 1:
                    # As the platform does it: besides the press, and only for every second one.
                    self._mouse(QEvent.Type.MouseButtonDblClick, x, y, button)
                self._mouse(QEvent.Type.MouseButtonRelease, x, y, button)

    @property
    def _windows(self) -> list[QQuickWindow]:
        """Those that are there: one in which a button went down may have gone since."""
        return [output.window for output in self._outputs.all if output.window is not None]

    def _leave(self, window: QQuickWindow) -> None:
        """A host tells the window that the pointer comes from."""
        left, self._entered = self._entered, window
        if left is not window and left in self._windows:
            QCoreApplication.sendEvent(left, QEvent(QEvent.Type.Leave))

    def _wheel(self, x: int, y: int, dx: int, dy: int) -> None:
        window, place = self._under(x, y)
        angle = QPoint(-120 * dx, -120 * dy)
        phase, spot = Qt.ScrollPhase.NoScrollPhase, window.mapToGlobal(place)
        event = QWheelEvent(place, spot, QPoint(), angle, self._buttons, self._modifiers, phase, False)
        event.setTimestamp(_timestamp())
        QCoreApplication.sendEvent(window, event)

    def _strike(self, stroke: Stroke, held: tuple[int, ...]) -> None:
        held = (*held, *(code for code in stroke.modifiers if code not in held))
        for code in held:
            self._add(partial(self._modifier, code, True))
        self._add(partial(self._tap, stroke))
        for code in reversed(held):
            self._add(partial(self._modifier, code, False))

    def _modifier(self, code: int, pressed: bool) -> None:
        before = self._modifiers
        if pressed:
            self._modifiers |= MODIFIER_FLAGS[code]
        else:
            self._modifiers &= ~MODIFIER_FLAGS[code]
        # A modifier's own press carries the modifiers from before it.
        self._send_key(pressed, MODIFIER_KEYS[code], before if pressed else self._modifiers, code, "")

    def _tap(self, stroke: Stroke) -> None:
        with self._together():
            self._press(stroke, True)
            self._press(stroke, False)

    def _press(self, stroke: Stroke, pressed: bool) -> None:
        key = stroke.key
        if key == Qt.Key.Key_Tab and self._modifiers & Qt.KeyboardModifier.ShiftModifier:
            key = int(Qt.Key.Key_Backtab)
        commanding = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        text = "" if self._modifiers & commanding else stroke.text
        self._send_key(pressed, key, self._modifiers, stroke.code, text)

    def _send_key(self, pressed: bool, key: int, modifiers: Qt.KeyboardModifier, code: int, text: str) -> None:
        kind = QEvent.Type.KeyPress if pressed else QEvent.Type.KeyRelease
        event = QKeyEvent(kind, key, modifiers, code + _XKB_OFFSET, 0, 0, text)
        event.setTimestamp(_timestamp())
        # The keyboard is where the user works.
        output = next((known for known in self._outputs.all if known.looks.active), self._outputs.all[0])
        if output.window is not None:
            QCoreApplication.sendEvent(output.window, event)

    @cached_property
    def _touch_screen(self) -> QPointingDevice:
        from PySide6.QtTest import QTest  # the only public way to a touch screen, and seldom wanted

        return QTest.createTouchDevice()

    def _finger(self, action: str, x: int, y: int) -> None:
        from PySide6.QtTest import QTest

        window, place = self._under(x, y)
        sequence = QTest.touchEvent(window, self._touch_screen, False)
        getattr(sequence, action)(0, place.toPoint(), window)
        sequence.commit(False)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _timestamp() -> int:
    return int(time.monotonic() * 1000)
