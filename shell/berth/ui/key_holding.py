"""Keys of the on-screen keyboard that are down as long as a finger is on them, and repeat meanwhile."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer

from berth.core.messages import KeyboardLayout
from berth.ui.key_strokes import KeyStrokes
from berth.ui.keymap import Stroke

_NAMED: dict[int, tuple[Qt.Key, str]] = {
    1: (Qt.Key.Key_Escape, "\x1b"),
    14: (Qt.Key.Key_Backspace, "\b"),
    15: (Qt.Key.Key_Tab, "\t"),
    28: (Qt.Key.Key_Return, "\r"),
    57: (Qt.Key.Key_Space, " "),
    103: (Qt.Key.Key_Up, ""),
    105: (Qt.Key.Key_Left, ""),
    106: (Qt.Key.Key_Right, ""),
    108: (Qt.Key.Key_Down, ""),
}
"""Evdev codes of the keys that every layout has in the same place."""


class HeldKeys(QObject):
    """Args:
    strokes: types.
    layout: says how fast a key repeats.
    """

    def __init__(self, strokes: KeyStrokes, layout: KeyboardLayout, parent: QObject) -> None:
        super().__init__(parent)
        self._strokes = strokes
        self._down: dict[str, tuple[Stroke, tuple[int, ...]]] = {}
        self._pause = 1000 // layout.repeat_rate if layout.repeat_rate else 0
        self._delay = layout.repeat_delay
        self._repeating: Stroke | None = None
        self._repeat = QTimer(self)
        self._repeat.timeout.connect(self._again)

    def press(self, name: str, code: int, held: tuple[int, ...]) -> None:
        """A finger came down on a key; `held` are codes of modifier keys that are on."""
        if name in self._down:
            return
        stroke = Stroke(code, (), int(_NAMED[code][0]), _NAMED[code][1])
        self._down[name] = (stroke, self._strokes.press(stroke, held))
        if self._pause:
            self._repeating = stroke
            self._repeat.start(self._delay)

    def release(self, name: str) -> bool:
        """The finger has gone; returns whether the key was down."""
        stroke, down = self._down.pop(name, (None, ()))
        if stroke is None:
            return False
        if stroke is self._repeating:
            self._repeat.stop()
            self._repeating = None
        self._strokes.release(stroke, down)
        return True

    def release_all(self) -> None:
        for name in tuple(self._down):
            self.release(name)

    def _again(self) -> None:
        self._repeat.setInterval(self._pause)
        if self._repeating is not None:
            self._strokes.repeat(self._repeating)
