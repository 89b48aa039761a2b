"""Alt+Tab: a choice among the windows in order of last use, made when the keys are let go.

Nothing moves on screen while the user chooses: what is only passed by stays where it is, minimised or not.
"""

from __future__ import annotations

from berth.ui.windows import Windows


class Switcher:
    """At most one choice is under way; `chosen` is a window's number, 0 while there is none."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._order: list[int] = []
        self.chosen = 0

    @property
    def choices(self) -> list[int]:
        """The windows to choose from, the one used last first; empty while nothing is to be chosen."""
        known = set(self._windows.recent)
        return [number for number in self._order if number in known]

    def step(self, step: int) -> None:
        """Begin to choose, or go on to the next (with -1 the previous) window; with 0 begin where the focus is."""
        if not self.choices:
            self._order = list(self._windows.recent)
            self.chosen = self._windows.focused
        choices = self.choices
        if not choices:
            self.cancel()
        elif self.chosen in choices:
            self.chosen = choices[(choices.index(self.chosen) + step) % len(choices)]
        else:
            self.chosen = choices[0 if step >= 0 else -1]

    def choose(self, number: int) -> None:
        """Turn to this window at once."""
        if number in self.choices:
            self.chosen = number
            self.finish()

    def finish(self) -> None:
        """Turn to the chosen window."""
        chosen = self.chosen if self.chosen in self.choices else 0
        self.cancel()
        if chosen:
            self._windows.focus(chosen)

    def cancel(self) -> None:
        self._order = []
        self.chosen = 0
