"""Where the surfaces of a scene are on the screen, and which of them a point hits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from berth.core import messages as m


class Spot(NamedTuple):
    """A surface, 0 for none, and where its corner is."""

    surface: int
    x: int
    y: int


NOWHERE = Spot(0, 0, 0)


class Scene:
    """What is shown: surfaces with their states, and popups by their number."""

    def __init__(self, states: Mapping[int, m.SurfaceState], popups: Mapping[int, m.PopupChanged]) -> None:
        self._states = states
        self._popups = popups

    def spots(self, roots: Iterable[Spot]) -> list[Spot]:
        """Every surface of the trees whose geometries start at `roots`, lowest first."""
        found: list[Spot] = []
        for root in roots:
            self._tree(root, found)
        return found

    def _tree(self, root: Spot, found: list[Spot]) -> None:
        state = self._states.get(root.surface)
        if state is None:
            return
        left, top = geometry(state)[:2]
        self._subtree(Spot(root.surface, root.x - left, root.y - top), found)
        if state.slot != m.NO_CONTENT:
            for popup in self._popups.values():
                if popup.parent == root.surface and popup.mapped:
                    self._tree(Spot(popup.surface, root.x + popup.x, root.y + popup.y), found)

    def _subtree(self, spot: Spot, found: list[Spot]) -> None:
        state = self._states.get(spot.surface)
        if state is None or state.slot == m.NO_CONTENT:
            return
        for child, dx, dy in state.children or ((spot.surface, 0, 0),):
            if child == spot.surface:
                found.append(spot)
            else:
                self._subtree(Spot(child, spot.x + dx, spot.y + dy), found)

    def at(self, spots: list[Spot], x: float, y: float) -> Spot:
        """The topmost of `spots` that takes input there."""
        return next((spot for spot in reversed(spots) if self._takes(spot, x - spot.x, y - spot.y)), NOWHERE)

    def _takes(self, spot: Spot, x: float, y: float) -> bool:
        state = self._states[spot.surface]
        inside = holds((0, 0, state.logical_width, state.logical_height), x, y)
        return inside and (state.input is None or any(holds(rect, x, y) for rect in state.input))

    def root_of(self, surface: int) -> int:
        """The surface that is neither a subsurface nor a popup and carries this one."""
        up = {child: number for number, state in self._states.items() for child, _x, _y in state.children}
        up = {child: number for child, number in up.items() if child != number}
        up.update({popup.surface: popup.parent for popup in self._popups.values()})
        while surface in up:
            surface = up[surface]
        return surface


def geometry(state: m.SurfaceState) -> m.Rect:
    return state.geometry or (0, 0, state.logical_width, state.logical_height)


def holds(rect: m.Rect, x: float, y: float) -> bool:
    return rect[0] <= x < rect[0] + rect[2] and rect[1] <= y < rect[1] + rect[3]


def nearest(rect: m.Rect, x: float, y: float) -> tuple[float, float]:
    """The pixel of `rect` that is the closest."""
    return min(max(x, rect[0]), rect[0] + rect[2] - 1), min(max(y, rect[1]), rect[1] + rect[3] - 1)
