"""Where windows are: on which output, in which state, in which rectangle."""

from __future__ import annotations

from collections.abc import Sequence

from berth.core import layout, outputs
from berth.core.layout import NO_EDGES, Insets
from berth.core.messages import Rect
from berth.core.outputs import Berth, OutputArea
from berth.ui.stacking import Stacking
from berth.ui.window import Window, WindowState

_RESTORED_SHARE = 0.7
TILE_SIDES: dict[WindowState, layout.Side] = {"tiled_left": "left", "tiled_right": "right"}


class Places:
    """Args:
    stacking: has all windows.

    Attributes:
        outputs: all there are, the primary one first.
        active: the output that the user works on; new windows open there.
        insets: what the shell draws around a loose window.
        maximizes_all: whether windows fill the screen wherever they can.
        covered: how much of which output the on-screen keyboard has taken from its area, from below.
    """

    def __init__(self, stacking: Stacking) -> None:
        self._stacking = stacking
        self.outputs: tuple[OutputArea, ...] = (OutputArea("", (0, 0, 1, 1), (0, 0, 1, 1)),)
        self.active = ""
        self.insets = Insets()
        self.maximizes_all = False
        self.covered: dict[str, int] = {}

    # --- questions

    def output(self, name: str) -> OutputArea:
        """The output of that name; the active one if it is not there, and else the primary one."""
        found = {output.name: output for output in self.outputs}
        return found.get(name) or found.get(self.active) or self.outputs[0]

    def under(self, rect: Rect) -> str:
        """The output with most of `rect`."""
        return outputs.under(rect, ((output.name, output.rect) for output in self.outputs))

    def insets_of(self, window: Window) -> Insets:
        """What the shell draws around a window in its present state."""
        if not window.server_decorated or window.state == "fullscreen":
            return Insets()
        if self.maximizes_all:
            return Insets() if window.state == "maximized" else Insets(top=self.insets.top)
        return self.insets if window.state == "normal" else Insets(top=self.insets.top)

    def frame(self, window: Window) -> Rect:
        return layout.grow(window.rect, self.insets_of(window))

    def maximizes(self, window: Window) -> bool:
        return self.maximizes_all and window.resizable and not window.transient

    # --- one window

    def open(self, window: Window) -> None:
        """Find a place for a window that has drawn itself for the first time."""
        if window.state != "normal":
            self.arrange(window)
            return
        insets = self.insets_of(window)
        area = self.output(window.output).area
        room = layout.shrink(area, insets)
        size = window.drawn
        if window.resizable and (size[0] > room[2] or size[1] > room[3]):
            window.target = layout.limit_size(min(size[0], room[2]), min(size[1], room[3]), window.limits)
        else:
            window.target = size
        parent = self._stacking.all.get(window.parent)
        over = self.frame(parent) if parent is not None and parent.shown else None
        others = [self.frame(other) for other in self._stacking if other.shown]
        x, y, _width, _height = layout.place(window.target, insets, area, over, others)
        window.rect = (x, y, *size)

    def enter(self, window: Window, state: WindowState) -> None:
        """Give a window a state, and the place that goes with it."""
        if window.state == "normal" and window.placed:
            window.restore = window.rect
        if state == "fullscreen" != window.state:
            window.back = window.state
        window.state = state
        window.edges = NO_EDGES
        self.arrange(window)

    def arrange(self, window: Window) -> None:
        """Give a window the place its state asks for."""
        if window.state == "normal":
            x, y, width, height = self._restored(window)
            window.target = (width, height)
            window.rect = (x, y, *(window.drawn if window.placed else (width, height)))
            return
        output = self.output(window.output)
        if window.state == "fullscreen":
            window.rect = layout.shrink(output.rect, Insets(bottom=self.covered.get(output.name, 0)))
        else:
            frame = layout.tile(TILE_SIDES.get(window.state, ""), output.area)
            window.rect = layout.shrink(frame, self.insets_of(window))
        window.target = window.rect[2:]

    def fit(self, window: Window) -> None:
        """Bring a placed window to where its state wants it on its output."""
        if window.state == "normal":
            window.rect = self.reachable(window, window.rect)
        else:
            self.arrange(window)

    def reachable(self, window: Window, rect: Rect) -> Rect:
        """`rect`, or as near to it as the window can still be taken hold of on its output."""
        insets, output = self.insets_of(window), self.output(window.output)
        # Loose windows do not make way for the keyboard, but for the one that is typed in.
        area = layout.grow(output.area, Insets(bottom=self.covered.get(output.name, 0)))
        return layout.shrink(layout.keep_reachable(layout.grow(rect, insets), area, self._grip(window)), insets)

    def send(self, window: Window, name: str) -> None:
        """Move a window to another output, to the same place and in the same state there."""
        source, target = self.output(window.output), self.output(name)
        if source.name == target.name:
            return
        loose = window.berth.loose
        within = [output.area for output in self._within_frames((source, target))]
        carried = outputs.carry(loose, *within) if loose[2] else loose
        window.take_berth(Berth(target.name, carried))
        self.fit(window)

    def _restored(self, window: Window) -> Rect:
        if window.restore[2] > 0:
            if not outputs.overlap(window.restore, self.output(window.output).rect):
                window.output = self.under(window.restore)
            return self.reachable(window, window.restore)
        if not window.placed:
            return (0, 0, 0, 0)
        area = self.output(window.output).area
        size = (round(area[2] * _RESTORED_SHARE), round(area[3] * _RESTORED_SHARE))
        size = layout.limit_size(*size, window.limits)
        return layout.place(size, self.insets_of(window), area, None, ())

    def _grip(self, window: Window) -> int:
        return self.insets_of(window).top or self.insets.top or layout.REACHABLE

    # --- outputs

    def follow(self, window: Window, before: Sequence[OutputArea]) -> None:
        """Bring a window to where the outputs, which were as in `before`, want it now."""
        if window.output:
            refuge = self.output(self.active).name
            berth = outputs.follow(window.berth, self._within_frames(before), self._within_frames(self.outputs), refuge)
            window.take_berth(berth)
        elif window.placed:
            window.output = self.under(window.rect)

    def follow_mode(self, window: Window) -> None:
        """Windows fill the screen from now on, or do not any more."""
        if window.state == "normal" and self.maximizes(window):
            self.enter(window, "maximized")
        elif not self.maximizes_all and window.state == "maximized":
            self.enter(window, "normal")

    def _within_frames(self, areas: Sequence[OutputArea]) -> list[OutputArea]:
        return [output._replace(area=layout.shrink(output.area, self.insets)) for output in areas]
