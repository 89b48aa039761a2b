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
    (_Modifier.MetaModifier, _Key.Key_M): "minimize",
    (_Modifier.MetaModifier, _Key.Key_F): "fullscreen",
    (_Modifier.MetaModifier, _Key.Key_Escape): "free-input",
}
INSPECT = "inspect"
"""Works while the shell takes keys, too: the launcher and menus can be inspected."""
FREE_INPUT = "free-input"
"""The one shortcut that no app can have: it takes the pointer and the other shortcuts back."""
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
            captured: the shell itself takes keys, then only Super and `INSPECT` count.
            inhibited: an app has the shortcuts, all but the one that ends that.
        """
        self._super_alone = key in _SUPER and not inhibited
        action = SHORTCUTS.get((modifiers & _CHOSEN, key), "")
        if captured and action != INSPECT:
            action = ""
        if inhibited and action != FREE_INPUT:
            action = ""
        if action:
            self._taken.add(code)
        return Verdict(action, bool(action))

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
