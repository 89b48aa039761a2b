"""Windows that the user takes hold of: how it begins, and how they go along from one output to the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QMouseEvent, QWheelEvent

from berth.core.layout import Edges
from berth.ui.interaction import Interaction
from berth.ui.pointer_hold import PointerHold
from berth.ui.router import Router
from berth.ui.space import Space


class Hand:
    """Args:
    interaction: moves and resizes the window.
    router: has the pointer otherwise.
    hold: an app's hold on the pointer, which ends.
    space: knows where among the outputs the pointer is.
    settle: called when windows have changed.
    """

    def __init__(
        self,
        interaction: Interaction,
        router: Router,
        hold: PointerHold,
        space: Space,
        settle: Callable[[], None],
    ) -> None:
        self._interaction = interaction
        self._router = router
        self._hold = hold
        self._space = space
        self._settle = settle

    @property
    def holding(self) -> bool:
        """Whether a button or finger is down on an app."""
        return self._router.holding

    @property
    def last(self) -> QPointF:
        """Where on screen the last press or movement was."""
        return self._router.last

    def begin_move(self, number: int, x: float, y: float) -> None:
        self._interaction.begin_move(number, x, y)
        self._begun()

    def begin_resize(self, number: int, edges: Edges, x: float, y: float) -> None:
        self._interaction.begin_resize(number, edges, x, y)
        self._begun()

    def begin_keys(self, number: int, kind: Literal["move", "resize"]) -> None:
        """Let the arrow keys move or resize a window until Return or Escape."""
        self._interaction.begin_keys(number, kind)
        self._begun()

    def _begun(self) -> None:
        if self._interaction.active:
            self._hold.drop()
        if self._interaction.active and self._router.over:
            self._router.leave_client()
        self._settle()

    def carry(self, event: QMouseEvent | QWheelEvent) -> bool:
        """Let a window in hand follow the pointer to whatever output; returns False if there is none in hand."""
        if event.type() != QEvent.Type.MouseMove or not self._interaction.active or not event.buttons():
            return False
        self._router.last = self._space.across(event)
        self._interaction.to(self._router.last.x(), self._router.last.y())
        self._settle()
        return True

    def put_down(self, event: QEvent) -> None:
        """After the release of a button: what is still in hand was taken from an item on another output."""
        if self._interaction.active and isinstance(event, QMouseEvent) and not event.buttons():
            self._interaction.end()
            self._settle()
