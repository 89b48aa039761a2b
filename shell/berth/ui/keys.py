"""Who gets a key of the user's: a window in hand, a shortcut, the focused app, or QML."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from berth.ui.dragging import Dragging
from berth.ui.hand_keys import HandKeys
from berth.ui.held_input import HeldInput
from berth.ui.keyboard import Keyboard
from berth.ui.shortcuts import ShortcutFilter, Verdict

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
        if self._keyboard.locked:
            return self._pass_by(event, code, pressed)
        # Each question to Qt takes longer than what is done with the answer.
        key, modifiers = event.key(), event.modifiers()
        if pressed and self._hand_keys.press(key, modifiers):
            self._settle()
            return True
        if event.isAutoRepeat():
            return self._repeat(event, code, pressed) or bool(self._keyboard.focus)
        self._follow_host(event, pressed)
        if pressed and key == Qt.Key.Key_Escape and self._drag.given_up():
            verdict = self._shortcuts.take(code)
        elif pressed:
            inhibited = self._held.shortcuts_inhibited
            verdict = self._shortcuts.press(key, modifiers, code, self._keyboard.captured, inhibited)
        else:
            verdict = self._shortcuts.release(key, code)
        taken = verdict.taken
        if not taken and self._keyboard.key(code, pressed):
            taken = True
            if pressed:
                self._typed()
        if verdict.action:
            self._act(verdict.action)
        if not pressed and self._hand_keys.release(key):
            self._settle()
        return taken

    def _repeat(self, event: QKeyEvent, code: int, pressed: bool) -> bool:
        """Whether a key that is held goes on with its shortcut; the host reports it as let go each time, too."""
        action = self._shortcuts.repeat(event.key(), event.modifiers(), code)
        if action and pressed:
            self._act(action)
        return bool(action)

    def _follow_host(self, event: QKeyEvent, pressed: bool) -> None:
        # Only keys of the host itself come with its modifiers.
        if pressed and event.nativeVirtualKey():
            self._keyboard.host_modifiers(event.nativeModifiers())

    def _pass_by(self, event: QKeyEvent, code: int, pressed: bool) -> bool:
        """A key for the lock screen: hardly a shortcut, and for apps nothing but that it is up or locks others."""
        if event.isAutoRepeat():
            return self._repeat(event, code, pressed)
        self._follow_host(event, pressed)
        if pressed:
            verdict = self._shortcuts.press_locked(event.key(), event.modifiers(), code)
        else:
            # What Super would do alone is lost with its name.
            verdict = Verdict(taken=self._shortcuts.release(event.key(), code).taken)
        if verdict.action:
            self._act(verdict.action)
        elif not verdict.taken:
            self._keyboard.key(code, pressed)
        return verdict.taken
