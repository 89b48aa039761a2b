"""Keys that belong to the shell for a while: arrows for a window in hand, and for choosing among windows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from berth.ui.interaction import Interaction
from berth.ui.switcher import Switcher

_Key = Qt.Key
_ARROWS = {_Key.Key_Left: (-1, 0), _Key.Key_Right: (1, 0), _Key.Key_Up: (0, -1), _Key.Key_Down: (0, 1)}
_DONE = (_Key.Key_Return, _Key.Key_Enter, _Key.Key_Space)
_MODIFIERS = (_Key.Key_Alt, _Key.Key_Shift, _Key.Key_Control, _Key.Key_Meta, _Key.Key_Super_L, _Key.Key_Super_R)
_HOLDING = (_Key.Key_Alt, _Key.Key_Meta, _Key.Key_Super_L, _Key.Key_Super_R)
_STEP = 16
_FINE_STEP = 1


class HandKeys:
    """Who would get a key is asked first whether it wants it here."""

    def __init__(self, interaction: Interaction, switcher: Switcher) -> None:
        self._interaction = interaction
        self._switcher = switcher

    def press(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """A key went down, or repeats; returns whether it was for us, as all but modifiers are meanwhile."""
        if self._interaction.keyed:
            self._hold(key, modifiers)
        elif self._switcher.choices:
            self._choose(key, modifiers)
        else:
            return False
        return key not in _MODIFIERS

    def release(self, key: int) -> bool:
        """A key went up; returns whether that has made the choice."""
        if key in _HOLDING and self._switcher.choices:
            self._switcher.finish()
            return True
        return False

    def _hold(self, key: int, modifiers: Qt.KeyboardModifier) -> None:
        arrow = _ARROWS.get(Qt.Key(key))
        if arrow is not None:
            step = _FINE_STEP if modifiers & Qt.KeyboardModifier.ControlModifier else _STEP
            self._interaction.step(arrow[0] * step, arrow[1] * step)
        elif key in _DONE:
            self._interaction.end()
        elif key == _Key.Key_Escape:
            self._interaction.cancel()

    def _choose(self, key: int, modifiers: Qt.KeyboardModifier) -> None:
        if key in (_Key.Key_Tab, _Key.Key_Backtab):
            back = key == _Key.Key_Backtab or bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
            self._switcher.step(-1 if back else 1)
        elif key in _DONE:
            self._switcher.finish()
        elif key == _Key.Key_Escape:
            self._switcher.cancel()
        else:
            across, down = _ARROWS.get(Qt.Key(key), (0, 0))
            if QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft:
                across = -across
            if across or down:
                self._switcher.step(across or down)
