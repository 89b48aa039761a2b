"""A surface as one output shows it: items of its own in that output's scene, at that output's scale.

A window that lies over the border of two outputs has a view on each. They draw the same memory; nothing of a
client's picture is kept twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF
from PySide6.QtQuick import QQuickItem, QQuickWindow

from berth.core.messages import NO_CONTENT, Rect, SurfaceState
from berth.ui.slot import Content
from berth.ui.surface_item import SurfaceInput, SurfaceItem, look_of
from berth.ui.upload import Upload


class View:
    """Attributes:
    output: the name of the output.
    scale: pixels per logical pixel there.
    group: holds `item`, the surface's own picture, and the groups of its subsurfaces and popups.
    """

    __slots__ = ("group", "item", "output", "scale")

    def __init__(
        self,
        number: int,
        output: str,
        scale: float,
        router: SurfaceInput,
        new_upload: Callable[[QQuickWindow], Upload],
    ) -> None:
        self.output, self.scale = output, scale
        self.group = QQuickItem()
        self.item = SurfaceItem(number, router, new_upload)
        self.item.setParentItem(self.group)
        self.item.setVisible(False)

    def begin(self, state: SurfaceState, content: Content | None) -> None:
        """Show a surface as it is."""
        self.follow(state, SurfaceState(state.surface), content, ((0, 0, state.width, state.height),))

    def follow(self, new: SurfaceState, old: SurfaceState, content: Content | None, damage: Sequence[Rect]) -> None:
        """The surface was as in `old`; `damage` is what has changed of its pixels."""
        item = self.item
        if content is None:
            item.setVisible(False)
            return
        if new.input is not old.input:
            item.set_input(new.input)
        appears = old.slot == NO_CONTENT
        if appears or new.alpha != old.alpha:
            item.setOpacity(new.alpha)
        if appears or not _looks_alike(new, old):
            item.set_look(look_of(new, self.scale))
        if damage or new.slot != old.slot:
            item.set_content(content, damage)
        if appears:
            item.setVisible(True)

    def set_scale(self, scale: float, state: SurfaceState) -> None:
        self.scale = scale
        if state.slot != NO_CONTENT:
            self.item.set_look(look_of(state, scale))

    def put(self, x: int, y: int) -> None:
        """Where the surface belongs on what it is on, in whole pixels: else its picture would be smeared."""
        scale = self.scale
        self.group.setPosition(QPointF(round(x * scale) / scale, round(y * scale) / scale))

    def close(self) -> None:
        """The views of what lies on the surface are closed already."""
        self.group.setProperty("parent", None)
        self.item.deleteLater()
        self.group.deleteLater()


def _looks_alike(new: SurfaceState, old: SurfaceState) -> bool:
    return (
        new.width == old.width
        and new.height == old.height
        and new.logical_width == old.logical_width
        and new.logical_height == old.logical_height
        and new.source == old.source
        and new.transform == old.transform
        and new.content_type == old.content_type
    )
