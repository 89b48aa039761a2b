"""Gestures of a touch pad over an app, as far as the host tells them: Wayland hosts do, X11 does not tell holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QNativeGestureEvent

from berth.core.messages import Gesture, SceneRequest
from berth.ui.frame_clock import monotonic_ms
from berth.ui.router import Router

_Type = Qt.NativeGestureType
_SWIPE_FINGERS = 3


class Gestures:
    """Tells swipes from pinches: Qt only says that something begins, and then what each movement is.

    Args:
        send: takes messages for the display server.
        router: knows which surface the pointer is over.
    """

    def __init__(self, send: Callable[[SceneRequest], None], router: Router) -> None:
        self._send = send
        self._router = router
        self._kind: Literal["", "swipe", "pinch"] = ""
        self._open = False
        self._scale = 1.0

    def reset(self) -> None:
        self._kind = ""
        self._open = False

    def take(self, event: QNativeGestureEvent) -> bool:
        """Report it; returns False if it is not over an app."""
        kind = event.gestureType()
        if kind == _Type.BeginNativeGesture:
            self._finish(cancelled=True)
            self._open = bool(self._router.over)
            self._scale = 1.0
        elif not self._open:
            return False
        elif kind == _Type.EndNativeGesture:
            self._finish(cancelled=False)
            self._open = False
            return True
        else:
            self._move(kind, event)
        return self._open

    def _move(self, kind: Qt.NativeGestureType, event: QNativeGestureEvent) -> None:
        if kind == _Type.PanNativeGesture:
            self._begin(self._kind or ("swipe" if event.fingerCount() >= _SWIPE_FINGERS else "pinch"), event)
            delta = event.delta()
            self._update(delta.x(), delta.y(), 0.0)
        elif kind == _Type.ZoomNativeGesture:
            self._begin("pinch", event)
            self._scale *= max(1.0 + event.value(), 0.01)
            self._update(0.0, 0.0, 0.0)
        elif kind == _Type.RotateNativeGesture:
            self._begin("pinch", event)
            self._update(0.0, 0.0, event.value())

    def _begin(self, kind: Literal["swipe", "pinch"], event: QNativeGestureEvent) -> None:
        if kind != self._kind:
            self._finish(cancelled=True)
            self._kind = kind
            self._send(Gesture(kind, "begin", monotonic_ms(), event.fingerCount()))

    def _update(self, dx: float, dy: float, rotation: float) -> None:
        if self._kind:
            scale = self._scale if self._kind == "pinch" else 1.0
            self._send(Gesture(self._kind, "update", monotonic_ms(), 0, dx, dy, scale, rotation))

    def _finish(self, cancelled: bool) -> None:
        if self._kind:
            self._send(Gesture(self._kind, "end", monotonic_ms(), cancelled=cancelled))
        self._kind = ""
