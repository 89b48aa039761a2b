"""Moving and resizing a window by hand, with pointer or finger, until it is let go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from berth.core import layout
from berth.core.layout import NO_EDGES, Edges
from berth.core.messages import Rect
from berth.ui.window import Window, WindowState
from berth.ui.windows import Windows

_PULL = 8.0
"""Pixels before a movement counts: a click with an unsteady hand moves nothing."""
_SNAPPED: dict[layout.Side, WindowState] = {"left": "tiled_left", "right": "tiled_right", "top": "maximized"}


@dataclass(slots=True)
class _Hold:
    kind: Literal["move", "resize"]
    window: Window
    edges: Edges
    x: float
    y: float
    start: Rect
    output: str
    pulled: bool = False
    keyed: bool = False  # by the arrow keys instead of a pointer
    side: layout.Side = ""


class Interaction:
    """At most one window is in hand at a time. Points are on the screen."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._hold: _Hold | None = None
        self.crossing = False  # while the window in hand goes over to another output's scene

    @property
    def window(self) -> int:
        """The window in hand, 0 for none."""
        return self._hold.window.id if self._hold is not None else 0

    @property
    def active(self) -> bool:
        return self._hold is not None

    @property
    def pulled(self) -> bool:
        """Whether the window in hand has moved."""
        return self._hold is not None and self._hold.pulled

    @property
    def preview(self) -> Rect | None:
        """Where the window would snap to if it were let go now."""
        if self._hold is None or not self._hold.side:
            return None
        return layout.tile(self._hold.side, self._windows.output(self._hold.window.output).area)

    def begin_move(self, number: int, x: float, y: float) -> None:
        window = self._windows.get(number)
        if window is None or not window.shown or window.state == "fullscreen" or self._windows.maximizes_all:
            return
        self._take(_Hold("move", window, NO_EDGES, x, y, window.rect, window.output))

    def begin_resize(self, number: int, edges: Edges, x: float, y: float) -> None:
        window = self._windows.get(number)
        if window is None or not window.shown or window.state != "normal" or not window.resizable or not any(edges):
            return
        self._take(_Hold("resize", window, edges, x, y, window.rect, window.output))

    @property
    def keyed(self) -> str:
        """``move`` or ``resize`` while the arrow keys do that, else empty."""
        return self._hold.kind if self._hold is not None and self._hold.keyed else ""

    def begin_keys(self, number: int, kind: Literal["move", "resize"]) -> None:
        """From now on `step` moves the window, or its right and bottom edges."""
        window = self._windows.get(number)
        if window is None or not window.shown or window.state != "normal" or self._windows.maximizes_all:
            return
        if kind == "move" or window.resizable:
            edges = NO_EDGES if kind == "move" else Edges(right=True, bottom=True)
            self._take(_Hold(kind, window, edges, 0, 0, window.rect, window.output, keyed=True))

    def step(self, dx: int, dy: int) -> None:
        hold = self._hold
        if hold is None or not hold.keyed or not hold.window.placed:
            return
        hold.pulled = True
        x, y, width, height = hold.window.rect
        if hold.kind == "move":
            self._windows.move(hold.window.id, x + dx, y + dy)
            return
        # From what was asked for, not from what a slow client has drawn yet.
        if all(hold.window.target):
            width, height = hold.window.target
        self._windows.resize(hold.window.id, width + dx, height + dy, hold.edges)

    def _take(self, hold: _Hold) -> None:
        self.end()
        self._hold = hold
        self._windows.held = hold.window.id
        self._windows.focus(hold.window.id)
        hold.window.resizing = hold.kind == "resize"

    def to(self, x: float, y: float) -> None:
        hold = self._hold
        if hold is None or not hold.window.placed:
            self._hold = None
            return
        if hold.keyed:
            return
        dx, dy = x - hold.x, y - hold.y
        if not hold.pulled and max(abs(dx), abs(dy)) < _PULL:
            return
        hold.pulled = True
        if hold.kind == "resize":
            self._resize(hold, dx, dy)
        else:
            self._move(hold, x, y)

    def _move(self, hold: _Hold, x: float, y: float) -> None:
        window = hold.window
        if window.state != "normal":
            wide = window.rect
            self._windows.set_state(window.id, "normal")
            # The client has yet to draw itself in this size.
            size = window.target if all(window.target) else window.rect[2:]
            hold.start = layout.under_pointer(wide, size, hold.x)
        left, top = hold.start[0] + round(x - hold.x), hold.start[1] + round(y - hold.y)
        # On its way to another output it belongs to the one that the pointer is on.
        self._windows.move(window.id, left, top, self._windows.under((round(x), round(y), 1, 1)))
        area = self._windows.output(window.output).area
        hold.side = layout.snap_side(x, y, area) if window.resizable else ""

    def _resize(self, hold: _Hold, dx: float, dy: float) -> None:
        window = hold.window
        _x, _y, width, height = layout.resize(hold.start, hold.edges, dx, dy, window.limits)
        self._windows.resize(window.id, width, height, hold.edges)

    def end(self) -> None:
        """Let go: the window stays, or snaps to the side it was brought to."""
        hold, self._hold = self._hold, None
        if hold is None:
            return
        hold.window.resizing = False
        self._windows.held = 0
        if hold.side and hold.window.placed:
            restore = hold.start if hold.window.output == hold.output else hold.window.rect
            self._windows.set_state(hold.window.id, _SNAPPED[hold.side])
            hold.window.restore = restore

    def cancel(self) -> None:
        """Let go as if nothing had happened."""
        hold = self._hold
        if hold is None:
            return
        hold.side = ""
        self.end()
        if hold.window.placed and hold.pulled:
            if hold.kind == "resize":
                self._windows.resize(hold.window.id, hold.start[2], hold.start[3], hold.edges)
            else:
                self._windows.move(hold.window.id, hold.start[0], hold.start[1], hold.output)
