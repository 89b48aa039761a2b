"""Who gets a key of the user's: a window in hand, a shortcut, the focused app, or QML."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from berth.ui.dragging import Dragging
from berth.ui.hand_keys import HandKeys
from berth.ui.held_input import HeldInput
from berth.ui.keyboard import Keyboard
from berth.ui.shortcuts import ShortcutFilter

_XKB_OFFSET = 8
"""Native scan codes are xkb key codes on every platform Qt has here; evdev's are this much less."""


class Keys:
    """Args:
    hand_keys: is asked first.
    drag: is what Escape ends while there is one.
    held: knows whether the app gets the shell's keys.
    act: carries out a shortcut.
    settle: called when a key has changed something about windows.
    typed: called when an app has got a key.
    """

    def __init__(
        self,
        hand_keys: HandKeys,
        keyboard: Keyboard,
        shortcuts: ShortcutFilter,
        drag: Dragging,
        held: HeldInput,
        act: Callable[[str], None],
        settle: Callable[[], None],
        typed: Callable[[], None],
    ) -> None:
        self._hand_keys = hand_keys
        self._keyboard = keyboard
        self._shortcuts = shortcuts
        self._drag = drag
        self._held = held
        self._act = act
        self._settle = settle
        self._typed = typed

    def take(self, event: QKeyEvent, pressed: bool) -> bool:
        """Give a key to a shortcut or to the focused app; returns False if it is for QML."""
        code = event.nativeScanCode() - _XKB_OFFSET
        if pressed and self._hand_keys.press(event.key(), event.modifiers()):
            self._settle()
            return True
        if event.isAutoRepeat():
            return bool(self._keyboard.focus)
        if pressed and event.nativeVirtualKey():
            # Only keys of the host itself come with its modifiers.
            self._keyboard.host_modifiers(event.nativeModifiers())
        if pressed and event.key() == Qt.Key.Key_Escape and self._drag.active:
            self._drag.cancel()
            verdict = self._shortcuts.take(code)
        elif pressed:
            inhibited = self._held.shortcuts_inhibited
            verdict = self._shortcuts.press(event.key(), event.modifiers(), code, self._keyboard.captured, inhibited)
        else:
            verdict = self._shortcuts.release(event.key(), code)
        taken = verdict.taken
        if not taken and self._keyboard.key(code, pressed):
            taken = True
            if pressed:
                self._typed()
        if verdict.action:
            self._act(verdict.action)
        if not pressed and self._hand_keys.release(event.key()):
            self._settle()
        return taken
