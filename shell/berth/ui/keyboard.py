"""Which surface has the keyboard, and which keys it has seen go down.

The display server knows the state of every key only through what passes here, so a key
that was reported as pressed is always reported as released, whoever has the focus then.
"""

from __future__ import annotations

from collections.abc import Callable

from berth.core.messages import Key, KeyboardFocus, KeyboardLocks, SceneRequest
from berth.ui.frame_clock import monotonic_ms

_CAPS, _NUM = 0x02, 0x10
LOCK_KEYS = frozenset({58, 69, 70})
"""Evdev codes of Caps, Num and Scroll Lock: their state lasts, so the display server hears of them even
while the shell has the keyboard."""
_LAYOUT_KEYS = frozenset({29, 42, 54, 56, 97, 100, 125, 126, 127})
"""Of Ctrl, Shift, Alt, Super and Menu: alone or together they go on to the next layout, which the lock screen tells."""


class Keyboard:
    """Attributes:
    captured: the shell itself takes the keys.
    locked: the session is locked: nobody but the lock screen gets any.
    active: the host gives us the keyboard at all.
    unsure: locks may be others than we know, because the host had the keyboard elsewhere.
    """

    def __init__(self, send: Callable[[SceneRequest], None]) -> None:
        self._send = send
        self._held: set[int] = set()
        self._focus = 0
        self.captured = self.locked = False
        self.active = True
        self.unsure = True

    @property
    def focus(self) -> int:
        """The surface that gets keys now; 0 for none."""
        return self._focus

    def reset(self) -> None:
        """A new connection: nothing has been said yet."""
        self._focus = 0
        self._held.clear()
        self.unsure = True

    def host_modifiers(self, modifiers: int) -> None:
        """The host's modifiers, X11's bits, before a key goes down."""
        if self.unsure:
            self.unsure = False
            self._send(KeyboardLocks(bool(modifiers & _CAPS), bool(modifiers & _NUM)))

    def set_focus(self, wanted: int) -> None:
        """`wanted` shall have the keyboard as soon as apps may have it."""
        focus = wanted if self.active and not (self.captured or self.locked) else 0
        if focus == self._focus:
            return
        self._focus = focus
        self._send(KeyboardFocus(focus))
        if not focus:
            for code in sorted(self._held):
                self._report(code, False)

    def key(self, code: int, pressed: bool) -> bool:
        """Report a key; returns whether an app gets it."""
        if code <= 0:
            return False
        if pressed and (self._focus or code in LOCK_KEYS or (self.locked and code in _LAYOUT_KEYS)):
            self._report(code, True)
            return bool(self._focus)
        if not pressed and code in self._held:
            self._report(code, False)
            return True
        return False

    def _report(self, code: int, pressed: bool) -> None:
        (self._held.add if pressed else self._held.discard)(code)
        self._send(Key(code, pressed, monotonic_ms()))
