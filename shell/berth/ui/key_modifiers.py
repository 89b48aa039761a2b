"""Modifier keys of the on-screen keyboard: on for the next key, locked by a double tap, off again."""

from __future__ import annotations

from typing import Literal

DOUBLE_TAP_MS = 400
Grip = Literal["once", "locked"]


class KeyModifiers:
    """Attributes:
    held: which modifier keys are on, by name.
    """

    def __init__(self) -> None:
        self.held: dict[str, Grip] = {}
        self._tapped = ("", 0)

    def tap(self, name: str, now: int) -> None:
        """A modifier key was tapped at `now`, in milliseconds."""
        again = self._tapped[0] == name and now - self._tapped[1] <= DOUBLE_TAP_MS
        self._tapped = (name, now)
        if name not in self.held:
            self.held[name] = "once"
        elif again and self.held[name] == "once":
            self.held[name] = "locked"
        else:
            del self.held[name]
            self._tapped = ("", 0)

    def used(self) -> bool:
        """A key was typed; returns whether that has let a modifier go."""
        before = len(self.held)
        self.held = {name: grip for name, grip in self.held.items() if grip == "locked"}
        self._tapped = ("", 0)
        return len(self.held) != before

    def clear(self) -> None:
        self.held.clear()
        self._tapped = ("", 0)
