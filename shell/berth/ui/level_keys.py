"""What the keys for volume and brightness ask of the engine.

A key that is held repeats faster than a sound server answers: one request is under way at a time, and what is
pressed meanwhile is added up.
"""

from __future__ import annotations

from collections.abc import Callable

from berth.core.messages import ChangeBrightness, ChangeVolume, EngineRequest, Result
from berth.core.problem import Problem

_STEP = 5
"""Per cent."""
_STEPS: dict[str, tuple[str, int]] = {
    "volume-up": ("volume", _STEP),
    "volume-down": ("volume", -_STEP),
    "brightness-up": ("brightness", _STEP),
    "brightness-down": ("brightness", -_STEP),
}
_MUTES: dict[str, ChangeVolume] = {
    "volume-mute": ChangeVolume("volume", mute="toggle"),
    "microphone-mute": ChangeVolume("microphone", mute="toggle"),
}

Call = Callable[[EngineRequest, Callable[[Result | Problem], None]], object]


class LevelKeys:
    """Args:
    call: sends a request to the engine and gets its answer.
    post_problem: tells the user; about each kind of trouble once, until a key has worked again.
    """

    def __init__(self, call: Call, post_problem: Callable[[Problem], None]) -> None:
        self._call = call
        self._post_problem = post_problem
        self._under_way = False
        self._waiting: dict[str, int] = {}
        self._mutes: list[ChangeVolume] = []
        self._told: set[str] = set()

    def press(self, name: str) -> bool:
        """Carry out a shortcut; returns False if that is not about levels."""
        if name in _STEPS:
            what, step = _STEPS[name]
            self._waiting[what] = max(-100, min(100, self._waiting.get(what, 0) + step))
        elif name in _MUTES:
            self._mutes.append(_MUTES[name])
        else:
            return False
        self._next()
        return True

    def lost(self) -> None:
        """The engine is gone, and its answers with it."""
        self._under_way = False
        self._waiting.clear()
        self._mutes.clear()

    def _next(self) -> None:
        if self._under_way:
            return
        request = self._take()
        if request is not None:
            self._under_way = True
            self._call(request, self._answered)

    def _take(self) -> EngineRequest | None:
        if self._mutes:
            return self._mutes.pop(0)
        for what, by in list(self._waiting.items()):
            del self._waiting[what]
            if by:
                return ChangeVolume("volume", by) if what == "volume" else ChangeBrightness(by)
        return None

    def _answered(self, outcome: Result | Problem) -> None:
        self._under_way = False
        if not isinstance(outcome, Problem):
            self._told.clear()
        elif outcome.code not in self._told:
            self._told.add(outcome.code)
            self._post_problem(outcome)
        self._next()
