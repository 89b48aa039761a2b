"""The window (or screen) that the host gives us. Everything the user does enters the shell here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QInputDevice,
    QInputEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QTabletEvent,
    QTouchEvent,
    QWheelEvent,
)
from PySide6.QtQml import QQmlEngine
from PySide6.QtQuick import QQuickView

from berth.ui.output import Output
from berth.ui.pens import as_mouse
from berth.ui.stage import Stage


class HostWindow(QQuickView):
    """Shows the root QML item.

    Qt Quick hands pointer events to items without any virtual function to override, so
    what has to happen around them is done in `event`.
    """

    def __init__(self, engine: QQmlEngine, stage: Stage, output: Output, closed: Callable[[], None]) -> None:
        super().__init__(engine, None)  # type: ignore[call-overload]
        self._stage = stage
        self._output = output
        self._closed = closed
        self._around: dict[QEvent.Type, Callable[[QEvent], bool]] = {
            QEvent.Type.ShortcutOverride: self._key_announced,
            QEvent.Type.KeyPress: self._key_pressed,
            QEvent.Type.KeyRelease: self._key_released,
            QEvent.Type.MouseButtonPress: self._button_pressed,
            QEvent.Type.MouseButtonRelease: self._button_released,
            QEvent.Type.MouseButtonDblClick: self._pointer,
            QEvent.Type.MouseMove: self._pointer,
            QEvent.Type.Wheel: self._pointer,
            QEvent.Type.Leave: self._left,
            QEvent.Type.TabletPress: self._pen,
            QEvent.Type.TabletMove: self._pen,
            QEvent.Type.TabletRelease: self._pen,
            QEvent.Type.NativeGesture: self._gesture,
            QEvent.Type.TouchBegin: self._touch_begins,
            QEvent.Type.TouchUpdate: self._touch,
            QEvent.Type.TouchEnd: self._touch,
            QEvent.Type.TouchCancel: self._touch,
            QEvent.Type.Expose: self._shown_or_hidden,
            QEvent.Type.FocusIn: self._focus_in,
            QEvent.Type.FocusOut: self._focus_out,
            QEvent.Type.Close: self._close,
        }
        self.setResizeMode(QQuickView.ResizeMode.SizeRootObjectToView)
        self.setTitle("Berth")
        self.setColor(Qt.GlobalColor.black)

    def event(self, event: QEvent) -> bool:
        around = self._around.get(event.type())
        if around is None:
            # Each frame is such an event, and super() costs as much as all the rest of this.
            return QQuickView.event(self, event)
        if isinstance(event, QInputEvent):
            self._stage.user_active()
        return around(event)

    def _key_announced(self, event: QEvent) -> bool:
        # Before each key Qt asks whether some text field would rather have it than a shortcut of Qt's. To carry that
        # through the scene takes a good part of the time that a key needs to the app.
        return not self._stage.keyboard.focus and super().event(event)

    def _key_pressed(self, event: QEvent) -> bool:
        assert isinstance(event, QKeyEvent)
        self._stage.used("keys")
        # Keys come only to an active window, whatever a host without window manager says.
        self._stage.set_active(True)
        self._stage.work_on(self._output)
        return self._stage.keys.take(event, True) or super().event(event)

    def _key_released(self, event: QEvent) -> bool:
        assert isinstance(event, QKeyEvent)
        return self._stage.keys.take(event, False) or super().event(event)

    def _pointer(self, event: QEvent) -> bool:
        assert isinstance(event, QMouseEvent | QWheelEvent)
        stage = self._stage
        stage.pens.mouse_used()
        stage.space.pointed = self._output
        stage.pointer_at(self, event.position())
        if stage.drag.take(event) or stage.hold.take(event) or stage.hand.carry(event):
            return True
        handled = super().event(event)
        stage.cursor.dress(self, self._output.looks.transform)
        return handled

    def _button_released(self, event: QEvent) -> bool:
        handled = self._pointer(event)
        self._stage.hand.put_down(event)
        assert isinstance(event, QMouseEvent)
        self._stage.press_ended(self, event.position())
        return handled

    def _button_pressed(self, event: QEvent) -> bool:
        assert isinstance(event, QMouseEvent)
        # A host may make a press of the mouse of a touch.
        touched = event.device().type() == QInputDevice.DeviceType.TouchScreen
        self._stage.used("touch" if touched else "pointer")
        self._stage.space.pointed = self._output
        return self._stage.drag.take(event) or self._stage.hold.take(event) or self._pressed(event)

    def _touch_begins(self, event: QEvent) -> bool:
        self._stage.used("touch")
        return self._pressed(event)

    def _touch(self, event: QEvent) -> bool:
        assert isinstance(event, QTouchEvent)
        self._stage.space.pointed = self._output
        handled = self._stage.drag.take(event) or super().event(event)
        if event.type() == QEvent.Type.TouchEnd:
            self._stage.press_ended(self, event.point(0).position())
        return handled

    def _pen(self, event: QEvent) -> bool:
        """A pen moves the pointer as a mouse does; apps learn more of it."""
        assert isinstance(event, QTabletEvent)
        self._stage.space.pointed = self._output
        with self._stage.pens.using(event):
            QCoreApplication.sendEvent(self, as_mouse(event))
        event.accept()
        return True

    def _gesture(self, event: QEvent) -> bool:
        assert isinstance(event, QNativeGestureEvent)
        return self._stage.gestures.take(event) or super().event(event)

    def _left(self, event: QEvent) -> bool:
        self._stage.router.host_left()
        self._stage.pointer_at(self, None)
        return super().event(event)

    def _pressed(self, event: QEvent) -> bool:
        self._stage.space.pointed = self._output
        self._stage.work_on(self._output)
        self._stage.press_begins()
        try:
            return super().event(event)
        finally:
            self._stage.presses.end()

    def _shown_or_hidden(self, event: QEvent) -> bool:
        handled = super().event(event)
        self._stage.set_exposed(self._output.name, self, self.isExposed())
        return handled

    def _focus_in(self, event: QEvent) -> bool:
        self._stage.set_active(True)
        self._stage.work_on(self._output)
        return super().event(event)

    def _focus_out(self, event: QEvent) -> bool:
        # From one output to another the keyboard stays ours.
        self._stage.set_active(isinstance(QGuiApplication.focusWindow(), HostWindow))
        return super().event(event)

    def _close(self, event: QEvent) -> bool:
        handled = super().event(event)
        self._closed()
        return handled
