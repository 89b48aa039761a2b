"""The pointer while an app holds it: locked in place, or confined to a part of a surface.

What the user's hand does then enters here instead of the scene. Where the host lets us put its pointer
(X11, but not Wayland), the hidden pointer is brought back to the middle of our window before it can leave;
elsewhere the hand's way ends at the edge of the host's screen.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QMouseEvent, QWheelEvent

from berth.core.layout import contains
from berth.core.messages import PointerConstraint, Rect
from berth.ui.router import Router
from berth.ui.space import Space
from berth.ui.surfaces import Surface, Surfaces

_SLACK = 0.25
"""How far of the window's smaller side a locked pointer may stray before it is brought back."""
_MAX_RECTS = 4_096


class PointerHold:
    """Args:
    surfaces: finds the surface that holds the pointer.
    router: is told what the hand does.
    space: has the windows that the pointer can be in.
    """

    def __init__(self, surfaces: Surfaces, router: Router, space: Space) -> None:
        self._surfaces = surfaces
        self._router = router
        self._space = space
        self._message: PointerConstraint | None = None
        self._rects: list[Rect] = []

    @property
    def surface(self) -> int:
        """The surface that holds the pointer, 0 for none."""
        return self._message.surface if self._message is not None else 0

    # --- the display server

    def begin(self, message: PointerConstraint) -> None:
        surface = self._surfaces.get(message.surface)
        if surface is None:
            return
        locked_before = self._message is not None and self._message.kind == "lock"
        self._message = message
        self._rects = _allowed(message.region, surface)
        self._router.hold()
        if message.kind == "confine":
            self._confine(surface)
        elif not locked_before:
            QGuiApplication.setOverrideCursor(Qt.CursorShape.BlankCursor)

    def end(self, message: PointerConstraint, put: bool) -> None:
        """The pointer is free; with `put` it appears where the client wants it, or where it was locked."""
        locked = self._message is not None and self._message.kind == "lock"
        if self.surface != message.surface:
            return
        place = QPointF(*message.hint) if message.hint is not None else self._router.position
        put = put and locked and _can_put()
        self.drop(stays=put)
        if put:
            self.warp(message.surface, place)

    def drop(self, stays: bool = False) -> None:
        """The pointer is free as of now, whatever the display server knows; it `stays` on its surface or not."""
        if self._message is None:
            return
        if self._message.kind == "lock":
            QGuiApplication.restoreOverrideCursor()
        self._message = None
        self._router.let_go(stays)

    def surface_gone(self, surface: int) -> None:
        if self.surface == surface:
            self.drop()

    def warp(self, number: int, place: QPointF) -> None:
        """Put the pointer at `place` of a surface, if that is on screen."""
        surface = self._surfaces.get(number)
        views = surface.views.values() if surface is not None and self._message is None else ()
        shown = [self._space.output_of(view.item) for view in views if view.item.isVisible()]
        if surface is None or not shown:
            return
        point = self._of_surface(surface, place)
        if any(output is not None and contains(output.rect, point.x(), point.y()) for output in shown):
            self._put(point)
            if not self._router.expecting and _can_put():
                self._router.move_to(number, place, 0.0, 0.0, warp=True)

    # --- the host

    def take(self, event: QMouseEvent | QWheelEvent) -> bool:
        """Report what the hand does; returns False if nobody holds the pointer."""
        surface = self._surfaces.get(self.surface)
        if surface is None or self._message is None:
            return False
        self.move(self._space.across(event))
        match event.type():
            case QEvent.Type.Wheel if isinstance(event, QWheelEvent):
                self._router.scroll(event)
            case QEvent.Type.MouseButtonPress if isinstance(event, QMouseEvent):
                self._router.button(event.button(), True)
            case QEvent.Type.MouseButtonRelease if isinstance(event, QMouseEvent):
                self._router.button(event.button(), False)
            case _:
                pass
        event.accept()
        return True

    def move(self, place: QPointF) -> None:
        """The hand has moved the pointer to `place` on screen, as far as that goes."""
        surface = self._surfaces.get(self.surface)
        dx, dy = self._router.step(place)
        if surface is None or not (dx or dy):
            return
        if self._message is not None and self._message.kind == "lock":
            self._router.move_to(surface.number, self._router.position, dx, dy)
            self._bring_back(surface, place)
            return
        wanted = self._on_surface(surface, place)
        allowed = self._nearest(wanted)
        self._router.move_to(surface.number, allowed, dx, dy)
        if allowed != wanted:
            self._put(self._of_surface(surface, allowed))

    def _confine(self, surface: Surface) -> None:
        """Bring a pointer inside that a new region leaves out."""
        allowed = self._nearest(self._router.position)
        if allowed != self._router.position:
            self._router.move_to(surface.number, allowed, 0.0, 0.0, warp=True)
            self._put(self._of_surface(surface, allowed))

    def _of_surface(self, surface: Surface, place: QPointF) -> QPointF:
        """Where among all outputs a place of a surface is."""
        view = surface.view()
        return self._space.from_item(view.item, view.item.from_surface(place)) if view is not None else place

    def _on_surface(self, surface: Surface, place: QPointF) -> QPointF:
        view = surface.view()
        return view.item.to_surface(self._space.to_item(view.item, place)) if view is not None else place

    def _nearest(self, point: QPointF) -> QPointF:
        """The allowed point that is nearest to `point`."""
        points = [_clamped(point, rect) for rect in self._rects]
        return min(points, key=lambda other: (other - point).manhattanLength(), default=self._router.position)

    def on_screen(self, place: QPointF) -> QPointF:
        """The point of an output that is nearest to `place`."""
        points = [_clamped(place, output.rect) for output in self._space.outputs]
        return min(points, key=lambda point: (point - place).manhattanLength(), default=place)

    def _around(self, surface: Surface) -> Rect:
        here = self._space.at(self._router.place)
        view = surface.view(here.name if here is not None else "")
        output = self._space.output_of(view.item) if view is not None else None
        return output.rect if output is not None else (0, 0, 1, 1)

    def _middle(self, surface: Surface) -> QPointF:
        x, y, width, height = self._around(surface)
        return QPointF(x + width // 2, y + height // 2)

    def _bring_back(self, surface: Surface, place: QPointF) -> None:
        _x, _y, width, height = self._around(surface)
        middle = self._middle(surface)
        if (place - middle).manhattanLength() > min(width, height) * _SLACK and not self._router.expecting:
            self._put(middle)

    def _put(self, place: QPointF) -> None:
        """Ask the host to put the pointer at a place of one of our windows."""
        output = self._space.at(place)
        if output is None or output.window is None or not _can_put():
            return
        self._router.expect(place)
        point = output.window.mapToGlobal(output.to_window(place.x(), place.y()).toPoint())
        if QCursor.pos() == point:
            # The host has nothing to do and will tell nothing: what moved was not its pointer.
            self._router.step(place)
        else:
            QCursor.setPos(point)


def _can_put() -> bool:
    return not QGuiApplication.platformName().startswith("wayland")


def _allowed(region: tuple[Rect, ...] | None, surface: Surface) -> list[Rect]:
    """Where on the surface a confined pointer may be."""
    state, takes = surface.state, surface.state.input
    whole: Rect = (0, 0, state.logical_width, state.logical_height)
    within = [whole] if takes is None else list(takes)
    wanted = [whole] if region is None else list(region)
    if len(within) * len(wanted) > _MAX_RECTS:
        within = [whole]
    overlaps = (_overlap(_overlap(one, other), whole) for one in wanted for other in within)
    return [rect for rect in overlaps if rect[2] and rect[3]]


def _overlap(one: Rect, other: Rect) -> Rect:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[0] + one[2], other[0] + other[2]), min(one[1] + one[3], other[1] + other[3])
    return left, top, max(right - left, 0), max(bottom - top, 0)


def _clamped(point: QPointF, rect: Rect) -> QPointF:
    """The last pixel of a rectangle still belongs to it, its edge does not."""
    left, top, width, height = rect
    return QPointF(min(max(point.x(), left), left + width - 1), min(max(point.y(), top), top + height - 1))
