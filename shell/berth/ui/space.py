"""The space that all outputs share: from points of the host's windows to points of it, and back."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtQuick import QQuickItem, QQuickWindow

from berth.core import transform
from berth.core.layout import contains
from berth.ui.output import Output


class Space:
    """Attributes:
    outputs: all there are.
    pointed: the one whose window got the pointer's last event.
    """

    def __init__(self) -> None:
        self.outputs: list[Output] = []
        self.pointed: Output | None = None

    def forget(self, output: Output) -> None:
        self.outputs.remove(output)
        if self.pointed is output:
            self.pointed = None

    def of(self, point: QPointF) -> QPointF:
        """A point of the window that got the last event."""
        return self.pointed.to_space(point) if self.pointed is not None else point

    def angle_of(self, degrees: float) -> float:
        """A clockwise angle in the window that got the last event, as it is looked at."""
        return transform.angle_to_upright(degrees, self.pointed.looks.transform if self.pointed is not None else 0)

    def direction_of(self, dx: float, dy: float) -> tuple[float, float]:
        """A direction in the window that got the last event, as it is looked at."""
        turn = self.pointed.looks.transform if self.pointed is not None else 0
        return transform.direction_to_upright(dx, dy, turn)

    def across(self, event: QMouseEvent | QWheelEvent) -> QPointF:
        """Where the pointer is, even if the host still tells it the window where a button went down."""
        here = event.scenePosition()
        if self.pointed is None or self.pointed.holds(here):
            return self.of(here)
        for output in self.outputs:
            local = output.window.mapFromGlobal(event.globalPosition()) if output.window is not None else here
            if output is not self.pointed and output.holds(local):
                return output.to_space(local)
        return self.of(here)

    def at(self, place: QPointF) -> Output | None:
        """The output that shows a point, else the one that got the last event."""
        found = (output for output in self.outputs if contains(output.rect, place.x(), place.y()))
        return next(found, self.pointed)

    def output_of(self, item: QQuickItem) -> Output | None:
        """The output that an item is shown on."""
        window = item.window()
        return next((output for output in self.outputs if output.window is window), None) if window else None

    def window_of(self, name: str) -> QQuickWindow | None:
        return next((output.window for output in self.outputs if output.name == name), None)

    def to_item(self, item: QQuickItem, place: QPointF) -> QPointF:
        """A point of the space in an item's own coordinates."""
        output = self.output_of(item)
        return item.mapFromScene(output.to_window(place.x(), place.y()) if output is not None else place)

    def from_item(self, item: QQuickItem, point: QPointF) -> QPointF:
        output = self.output_of(item)
        scene = item.mapToScene(point)
        return output.to_space(scene) if output is not None else scene
