"""What an app drags, in the hands of the user: icon, window and cursor go along, and the surface below is told.

Qt keeps a pressed pointer with the item it was pressed on; what is below it during a drag is found by
letting Qt Quick deliver a hover there, which knows every layer of the shell, too.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QCursor, QEventPoint, QGuiApplication, QHoverEvent, QInputEvent, QMouseEvent, QTouchEvent
from PySide6.QtQuick import QQuickItem

from berth.core.messages import NO_TOUCH, CancelDrag, DragChanged, SceneRequest
from berth.ui.cursor import named_cursor
from berth.ui.interaction import Interaction
from berth.ui.output import Output
from berth.ui.router import Router
from berth.ui.space import Space
from berth.ui.surfaces import Surfaces
from berth.ui.windows import Windows

_CURSORS = {"none": "no-drop", "copy": "copy", "move": "move", "ask": "dnd-ask"}
_NOWHERE = QPointF(-1, -1)


class Dragging:
    """At most one drag at a time.

    Args:
        send: takes messages for the display server.
        moved: called after a window that goes along was moved or let go.

    Attributes:
        cursor: what the pointer looks like in place of what a client wants, "" if that counts.
    """

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        surfaces: Surfaces,
        windows: Windows,
        interaction: Interaction,
        router: Router,
        moved: Callable[[], None],
        space: Space,
        cursor: Callable[[str], QCursor] = named_cursor,
    ) -> None:
        self._send = send
        self._surfaces = surfaces
        self._windows = windows
        self._interaction = interaction
        self._router = router
        self._moved = moved
        self._space = space
        self._cursor = cursor
        self._layers: dict[str, QQuickItem] = {}
        self._holders: dict[str, QQuickItem] = {}  # of the icon, by output
        self._now: DragChanged | None = None
        self._carries = False  # the pointer or finger is ours; after a cancelled drag until it is let go
        self._place = QPointF()
        self._fingers: dict[int, QPointF] = {}  # by Qt's number
        self.cursor = ""
        self._fresh = False  # the window that goes along has yet to be taken in hand
        self._new = False  # it was not on screen when it was attached
        self._hovered: Output | None = None
        router.passes = self._passes

    def attach_layer(self, output: str, layer: QQuickItem) -> None:
        """Icons on that output are shown in `layer`, which covers it."""
        self._layers[output] = layer
        self._show_icon()

    def detach_layer(self, output: str, layer: QQuickItem) -> None:
        if self._layers.get(output) is layer:
            self._hide_icon_on(output)
            del self._layers[output]

    @property
    def active(self) -> bool:
        return self._now is not None

    @property
    def target(self) -> int:
        """The window that would take what is dropped now, 0 for none."""
        return 0 if self._now is None else self._window_of(self._now.target)

    def _window_of(self, surface: int) -> int:
        window = self._windows.of_surface(self._surfaces.root(surface)) if surface else None
        return 0 if window is None else window.id

    def shows(self, surface: int) -> bool:
        """Whether `surface` is the icon of a drag."""
        return self._now is not None and self._now.icon == surface and bool(self._layers)

    # --- the display server

    def changed(self, message: DragChanged) -> None:
        before, self._now = self._now, message
        if before is None:
            self._begin(message)
        if before is not None and before.icon != message.icon:
            self._hide_icon(before)
        self._show_icon()
        if before is None or before.window != message.window:
            window = self._windows.get(message.window)
            self._fresh, self._new = True, window is None or not window.shown
        if message.touch == NO_TOUCH:
            self._wear(message.action)

    def _begin(self, message: DragChanged) -> None:
        self._carries = True
        self._router.carry(message.touch)
        carrying = (place for point, place in self._fingers.items() if self._router.carries_finger(point))
        self._place = next(carrying, self._router.last)
        self._look_below()

    def _wear(self, action: str) -> None:
        """Have the pointer say what a drop would do, unless the program that drags does; "" for no drag."""
        cursor = _CURSORS.get(action, "")
        if cursor:
            if not self.cursor:
                QGuiApplication.setOverrideCursor(Qt.CursorShape.ArrowCursor)
            QGuiApplication.changeOverrideCursor(self._cursor(cursor))
        elif self.cursor:
            QGuiApplication.restoreOverrideCursor()
        self.cursor = cursor

    def ended(self, surface: int) -> None:
        """The drag is over; the user turns to the `surface` that took it, or stays with the window that went along."""
        alone = self._now is not None and not self._now.window
        self._end()
        if alone and (window := self._window_of(surface)):
            self._windows.focus(window)

    def _end(self) -> None:
        now = self._now
        if now is None:
            return
        self._hide_icon(now)
        self._now = None
        if now.window and self._interaction.active:
            self._interaction.cancel()
        if now.touch == NO_TOUCH:
            self._wear("")
            if not self._router.holding:
                self._let_go()
        else:
            self._let_go()
            self._hover(None)

    def reset(self) -> None:
        self._end()
        self._let_go()

    def _let_go(self) -> None:
        self._carries = False
        self._router.carry(None)

    def arrange(self) -> None:
        """Take a window that goes along in hand as soon as it is on screen."""
        now = self._now
        window = self._windows.get(now.window) if now is not None else None
        if now is None or window is None or not window.shown or not (self._fresh and self._carries):
            return
        self._fresh = False
        if window.state == "normal" and (self._new or not _inside(self._place, window.rect)):
            x, y = round(self._place.x()) - now.window_x, round(self._place.y()) - now.window_y
            self._windows.move(window.id, x, y)
        self._interaction.begin_move(window.id, self._place.x(), self._place.y())

    def _passes(self, surface: int) -> bool:
        """What is below a window that goes along counts, not the window."""
        if self._now is None or not self._now.window:
            return False
        window = self._windows.get(self._now.window)
        return window is not None and self._surfaces.root(surface) == window.surface

    # --- the icon

    def _show_icon(self) -> None:
        """On every output: it may be over the border of two."""
        if self._now is None or self._surfaces.get(self._now.icon) is None:
            return
        for output, layer in self._layers.items():
            if output not in self._holders:
                self._holders[output] = QQuickItem(layer)
            self._surfaces.show(self._now.icon, output, self._holders[output])
        self._put_icon()

    def _put_icon(self) -> None:
        for output in self._space.outputs:
            holder = self._holders.get(output.name)
            if self._now is not None and holder is not None:
                corner = QPointF(self._now.icon_x - output.rect[0], self._now.icon_y - output.rect[1])
                holder.setPosition(self._place + corner)

    def _hide_icon(self, drag: DragChanged) -> None:
        self._surfaces.hide_elsewhere(drag.icon, "")
        for output in list(self._holders):
            self._hide_icon_on(output)

    def _hide_icon_on(self, output: str) -> None:
        if self._now is not None:
            self._surfaces.hide(self._now.icon, output)
        holder = self._holders.pop(output, None)
        if holder is not None:
            holder.setProperty("parent", None)
            holder.deleteLater()

    # --- the host

    def take(self, event: QInputEvent) -> bool:
        """Follow what carries the drag; returns whether nobody else may see the event."""
        if isinstance(event, QTouchEvent):
            self._feel(event)
        if not self._carries or isinstance(event, QTouchEvent) == self._router.carries_pointer:
            return False
        return self._take_touch(event) if isinstance(event, QTouchEvent) else self._take_pointer(event)

    def _take_pointer(self, event: QInputEvent) -> bool:
        kind = event.type()
        if not isinstance(event, QMouseEvent):
            return True
        if kind == QEvent.Type.MouseButtonRelease:
            return self._released(event)
        if kind == QEvent.Type.MouseMove:
            self._to(self._space.across(event))
            if event.buttons() == Qt.MouseButton.NoButton:
                # The host has kept the release to itself.
                self.cancel()
                self._router.release_all()
                self._pointer_free()
        return True

    def _released(self, event: QMouseEvent) -> bool:
        if not self._router.holds(event.button()):
            return True
        self._to(self._space.across(event))
        self._router.button(event.button(), False)
        if not self._router.holding:
            self._pointer_free()
        # The item that was pressed has to let go of the pointer.
        return False

    def _pointer_free(self) -> None:
        self._put_down()
        if self._now is None:
            self._let_go()

    def _feel(self, event: QTouchEvent) -> None:
        """Know where fingers are before a drag begins, too: Qt Quick keeps their movements for its next frame."""
        for point in event.points():
            self._fingers[point.id()] = self._space.of(point.position())
            if point.state() == QEventPoint.State.Released or event.type() == QEvent.Type.TouchCancel:
                del self._fingers[point.id()]

    def _take_touch(self, event: QTouchEvent) -> bool:
        if event.type() == QEvent.Type.TouchCancel:
            self.cancel()
            return False
        for point in event.points():
            if self._router.carries_finger(point.id()):
                # Qt Quick has not said yet where that is in the scene.
                self._to(self._space.of(point.position()))
                if point.state() == QEventPoint.State.Released:
                    self._put_down()
                    self._router.finger_up(point.id())
        return False

    def _to(self, place: QPointF) -> None:
        self._place = place
        self._put_icon()
        if self._interaction.active:
            self._interaction.to(place.x(), place.y())
            self._moved()
        self._look_below()

    def _look_below(self) -> None:
        self._hover(self._place)

    def _hover(self, place: QPointF | None) -> None:
        """Let what is at `place` know that the drag is there, and all else on the outputs that it is not."""
        here = self._space.at(place) if place is not None else None
        for output in self._space.outputs:
            if output is not here and output is self._hovered:
                self._send_hover(output, _NOWHERE)
        self._hovered = here
        if here is not None and place is not None:
            self._send_hover(here, here.to_window(place.x(), place.y()))

    def _send_hover(self, output: Output, place: QPointF) -> None:
        if output.window is not None:
            event = QHoverEvent(QEvent.Type.HoverMove, place, output.window.mapToGlobal(place), place)
            pointed, self._space.pointed = self._space.pointed, output
            QCoreApplication.sendEvent(output.window, event)
            self._space.pointed = pointed

    def _put_down(self) -> None:
        if self._interaction.active:
            self._interaction.end()
            self._moved()

    def given_up(self) -> bool:
        """By a key; returns whether that is for nobody else."""
        alone = self._now is not None and not self._now.nested
        self.cancel()
        return alone

    def cancel(self) -> None:
        """The user gives the drag up."""
        if self._now is None:
            return
        self._send(CancelDrag())
        if self._interaction.active:
            self._interaction.cancel()
            self._moved()


def _inside(place: QPointF, rect: tuple[int, int, int, int]) -> bool:
    left, top, width, height = rect
    return left <= place.x() < left + width and top <= place.y() < top + height
