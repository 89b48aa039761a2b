"""What the on-screen keyboard types, as the events of a real keyboard.

They enter at the host's window, as those of a hand do: shortcuts, the app with the keyboard, an input method, and text
fields of the shell each get them in their turn. What no key of the layout makes goes to the text field as text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtQuick import QQuickWindow

from berth.ui.keymap import MODIFIER_FLAGS, MODIFIER_KEYS, Stroke

_XKB_OFFSET = 8
_COMMANDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class KeyStrokes:
    """Args:
    window: where the user works.
    app_listens: whether an app has the keyboard.
    app_text: lets that app have text that no key makes.
    together: makes what an app hears of it one piece: a key whose release comes late is repeated by apps.
    """

    def __init__(
        self,
        window: Callable[[], QQuickWindow | None],
        app_listens: Callable[[], bool],
        app_text: Callable[[str], None],
        together: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._window = window
        self._app_listens = app_listens
        self._app_text = app_text
        self._together = together
        self._modifiers = Qt.KeyboardModifier.NoModifier
        self.sending = False

    def strike(self, stroke: Stroke, held: Iterable[int] = ()) -> None:
        """Press and release a key, with the modifier keys it needs and those of `held`."""
        with self._together():
            self.release(stroke, self.press(stroke, held))

    def press(self, stroke: Stroke, held: Iterable[int] = ()) -> tuple[int, ...]:
        """Press a key; returns the modifier keys that are down with it now."""
        down = tuple(dict.fromkeys((*held, *stroke.modifiers)))
        for code in down:
            self._modifier(code, True)
        self._send(stroke, True)
        return down

    def repeat(self, stroke: Stroke) -> None:
        """A key is still down. Apps repeat keys by themselves."""
        self._send(stroke, True, repeats=True)

    def release(self, stroke: Stroke, down: tuple[int, ...]) -> None:
        self._send(stroke, False)
        for code in reversed(down):
            self._modifier(code, False)

    def write(self, text: str) -> None:
        """Let whoever has the keyboard have text that no key makes."""
        if self._app_listens():
            self._app_text(text)
            return
        field = QGuiApplication.focusObject()
        if field is not None:
            event = QInputMethodEvent()
            event.setCommitString(text)
            QCoreApplication.sendEvent(field, event)

    def makes_text(self, stroke: Stroke) -> bool:
        """Whether the key is understood by itself: the shell's own fields do not put accents and letters together."""
        return bool(stroke.text) or self._app_listens()

    def _modifier(self, code: int, pressed: bool) -> None:
        before = self._modifiers
        self._modifiers = before | MODIFIER_FLAGS[code] if pressed else before & ~MODIFIER_FLAGS[code]
        # A modifier's own press carries the modifiers from before it.
        self._deliver(pressed, MODIFIER_KEYS[code], before if pressed else self._modifiers, code, "")

    def _send(self, stroke: Stroke, pressed: bool, repeats: bool = False) -> None:
        key = stroke.key
        if key == Qt.Key.Key_Tab and self._modifiers & Qt.KeyboardModifier.ShiftModifier:
            key = int(Qt.Key.Key_Backtab)
        text = "" if self._modifiers & _COMMANDING else stroke.text
        self._deliver(pressed, key, self._modifiers, stroke.code, text, repeats)

    def _deliver(
        self, pressed: bool, key: int, modifiers: Qt.KeyboardModifier, code: int, text: str, repeats: bool = False
    ) -> None:
        window = self._window()
        if window is None:
            return
        kind = QEvent.Type.KeyPress if pressed else QEvent.Type.KeyRelease
        event = QKeyEvent(kind, key, modifiers, code + _XKB_OFFSET, 0, 0, text, repeats)
        event.setTimestamp(int(time.monotonic() * 1000))
        self.sending = True
        try:
            QCoreApplication.sendEvent(window, event)
        finally:
            self.sending = False
