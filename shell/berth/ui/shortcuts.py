"""The keys the shell takes before any app sees them: one table, and who gets a pressed key."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

_Key = Qt.Key
_Modifier = Qt.KeyboardModifier
_CHOSEN = _Modifier.ShiftModifier | _Modifier.ControlModifier | _Modifier.AltModifier | _Modifier.MetaModifier

SHORTCUTS: dict[tuple[Qt.KeyboardModifier, int], str] = {
    (_Modifier.AltModifier, _Key.Key_Tab): "next-window",
    (_Modifier.AltModifier | _Modifier.ShiftModifier, _Key.Key_Backtab): "previous-window",
    (_Modifier.AltModifier | _Modifier.ShiftModifier, _Key.Key_Tab): "previous-window",
    (_Modifier.MetaModifier, _Key.Key_Tab): "next-window",
    (_Modifier.MetaModifier | _Modifier.ShiftModifier, _Key.Key_Backtab): "previous-window",
    (_Modifier.MetaModifier | _Modifier.ShiftModifier, _Key.Key_Tab): "previous-window",
    (_Modifier.AltModifier, _Key.Key_F4): "close-window",
    (_Modifier.AltModifier, _Key.Key_F7): "move-window",
    (_Modifier.AltModifier, _Key.Key_F8): "resize-window",
    (_Modifier.AltModifier, _Key.Key_Space): "window-menu",
    (_Modifier.MetaModifier, _Key.Key_Up): "maximize",
    (_Modifier.MetaModifier, _Key.Key_Down): "restore",
    (_Modifier.MetaModifier, _Key.Key_Left): "tile-left",
    (_Modifier.MetaModifier, _Key.Key_Right): "tile-right",
    (_Modifier.MetaModifier | _Modifier.ShiftModifier, _Key.Key_Left): "output-left",
    (_Modifier.MetaModifier | _Modifier.ShiftModifier, _Key.Key_Right): "output-right",
    (_Modifier.MetaModifier | _Modifier.ShiftModifier, _Key.Key_Up): "output-up",
    (_Modifier.MetaModifier | _Modifier.ShiftModifier, _Key.Key_Down): "output-down",
    (_Modifier.MetaModifier, _Key.Key_O): "output-menu",
    (_Modifier.MetaModifier, _Key.Key_I): "inspect",
    (_Modifier.MetaModifier, _Key.Key_K): "screen-keyboard",
    (_Modifier.MetaModifier, _Key.Key_L): "lock",
    (_Modifier.MetaModifier, _Key.Key_M): "minimize",
    (_Modifier.MetaModifier, _Key.Key_N): "dismiss-notices",
    (_Modifier.MetaModifier, _Key.Key_F): "fullscreen",
    (_Modifier.MetaModifier, _Key.Key_Escape): "free-input",
    (_Modifier.MetaModifier, _Key.Key_T): "dock",
    **{(_Modifier.MetaModifier, _Key.Key_1 + place): f"dock-{place + 1}" for place in range(9)},
}
_NUMBER_ROW = range(2, 11)
"""Codes of the keys 1 to 9 in input-event-codes.h: on some layouts they make digits only with Shift."""
LEVELS: dict[int, str] = {
    _Key.Key_VolumeUp: "volume-up",
    _Key.Key_VolumeDown: "volume-down",
    _Key.Key_VolumeMute: "volume-mute",
    _Key.Key_MicMute: "microphone-mute",
    _Key.Key_MonBrightnessUp: "brightness-up",
    _Key.Key_MonBrightnessDown: "brightness-down",
}
"""Keys that are for nothing else, so that they need no modifier."""
WHILE_LOCKED = frozenset({"volume-up", "volume-down", "volume-mute", "brightness-up", "brightness-down"})
"""Nothing else may be done by whoever cannot unlock the session; a microphone stays as it was left."""
REPEATING = frozenset({"volume-up", "volume-down", "brightness-up", "brightness-down"})
"""What goes on for as long as the key is held."""
INSPECT = "inspect"
SCREEN_KEYBOARD = "screen-keyboard"
DISMISS_NOTICES = "dismiss-notices"
LOCK = "lock"
"""With `FREE_INPUT` the one that no app can have."""
ALWAYS = frozenset({DISMISS_NOTICES, INSPECT, LOCK, SCREEN_KEYBOARD, *LEVELS.values()})
"""These work while the shell takes keys, too: the launcher and menus can be inspected and typed in, and be too loud."""
FREE_INPUT = "free-input"
"""Takes the pointer and the other shortcuts back from an app that has them."""
INPUT_HELD = "input-held"
"""Not a key: an app has begun to hold pointer or shortcuts."""
LAUNCHER = "launcher"
"""What the Super key does when it is pressed and released alone."""

_SUPER = (_Key.Key_Meta, _Key.Key_Super_L, _Key.Key_Super_R)


@dataclass(slots=True)
class Verdict:
    """`action` is empty if the key means nothing to the shell; `taken` says that no app may see the key."""

    action: str = ""
    taken: bool = False


class ShortcutFilter:
    """Follows the keyboard and finds shortcuts in it."""

    def __init__(self) -> None:
        self._taken: set[int] = set()
        self._super_alone = False

    def press(
        self, key: int, modifiers: Qt.KeyboardModifier, code: int, captured: bool, inhibited: bool = False
    ) -> Verdict:
        """A key went down.

        Args:
            captured: the shell itself takes keys, then only Super and those in `ALWAYS` count.
            inhibited: an app has the shortcuts, all but the one that ends that and `LOCK`.
        """
        self._super_alone = key in _SUPER and not inhibited
        action = _action(key, modifiers) or _of_number_row(modifiers, code)
        if captured and action not in ALWAYS:
            action = ""
        if inhibited and action not in (FREE_INPUT, LOCK):
            action = ""
        if action:
            self._taken.add(code)
        return Verdict(action, bool(action))

    def press_locked(self, key: int, modifiers: Qt.KeyboardModifier, code: int) -> Verdict:
        """A key went down while the session is locked."""
        self._super_alone = False
        action = _action(key, modifiers)
        if action not in WHILE_LOCKED:
            return Verdict()
        self._taken.add(code)
        return Verdict(action, True)

    def repeat(self, key: int, modifiers: Qt.KeyboardModifier, code: int) -> str:
        """The shortcut of a key that went down before and is still held, if that goes on."""
        action = _action(key, modifiers)
        return action if action in REPEATING and code in self._taken else ""

    def take(self, code: int) -> Verdict:
        """A key that went down for a purpose of the shell's own."""
        self._super_alone = False
        self._taken.add(code)
        return Verdict(taken=True)

    def release(self, key: int, code: int) -> Verdict:
        action = LAUNCHER if self._super_alone and key in _SUPER else ""
        self._super_alone = False
        taken = code in self._taken
        self._taken.discard(code)
        return Verdict(action, taken)

    def pointer_used(self) -> None:
        """Super with a click is not Super alone."""
        self._super_alone = False


def _action(key: int, modifiers: Qt.KeyboardModifier) -> str:
    chosen = modifiers & _CHOSEN
    return SHORTCUTS.get((chosen, key), "" if chosen else LEVELS.get(key, ""))


def _of_number_row(modifiers: Qt.KeyboardModifier, code: int) -> str:
    alone = modifiers & _CHOSEN == _Modifier.MetaModifier
    return f"dock-{code - _NUMBER_ROW.start + 1}" if alone and code in _NUMBER_ROW else ""
