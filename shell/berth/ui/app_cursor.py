"""The cursor that the app under the pointer wants: on the host's pointer, and painted into pictures for apps."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QCursor
from PySide6.QtQuick import QQuickItem, QQuickWindow
from shiboken6 import isValid

from berth.core.messages import Cursor
from berth.ui.captures import Pointer, arrow
from berth.ui.convert import converted
from berth.ui.cursor import drawn_cursor
from berth.ui.cursor_theme import CursorTheme
from berth.ui.router import Router
from berth.ui.space import Space
from berth.ui.surfaces import Surfaces


class AppCursor:
    """Args:
    surfaces: finds those that cursors are drawn on, and those under the pointer.
    router: knows the surface under the pointer.
    space: knows how the outputs stand.
    """

    def __init__(self, surfaces: Surfaces, router: Router, space: Space) -> None:
        self._surfaces = surfaces
        self._router = router
        self._space = space
        self._cursor = Cursor("default")
        self._theme = CursorTheme()
        self._dressed: WeakKeyDictionary[QQuickWindow, tuple[Qt.CursorShape, QCursor]] = WeakKeyDictionary()
        self._place: tuple[QQuickWindow, QPointF] | None = None  # while the pointer is in a window of ours

    @property
    def wanted(self) -> Cursor:
        """What the app under the pointer wants it to look like; the shell's own parts have the usual arrow."""
        return self._cursor if self._router.over else Cursor("default")

    def use(self, theme: CursorTheme) -> None:
        """Cursors look as `theme` says from now on, and follow it."""
        self._theme = theme
        theme.changed.connect(self._look_changed)
        self._look_changed()

    def named(self, name: str) -> QCursor:
        """The cursor for a CSS name, on an upright output."""
        return self._theme.named(name)

    def dress(self, window: QQuickWindow, transform: int) -> None:
        """After the pointer has moved in `window`: QML knows the host's cursors only."""
        shape = window.cursor().shape()
        found = self._theme.in_place_of(shape, transform)
        if found is not None:
            self._dressed[window] = (shape, found)
            window.setCursor(found)

    def _look_changed(self) -> None:
        for window, (shape, cursor) in self._dressed.items():
            if isValid(window) and window.cursor().pixmap().cacheKey() == cursor.pixmap().cacheKey():
                window.setCursor(shape)
        self._dressed.clear()
        self._show()

    def change(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._show()

    def drew(self, surface: int) -> bool:
        """A surface has new content; returns whether that is the cursor's picture."""
        if surface != self._cursor.surface:
            return False
        self._show()
        return True

    def moved(self, window: QQuickWindow, place: QPointF | None) -> None:
        """The pointer is there in a window of ours, or has left it."""
        self._place = None if place is None else (window, place)

    def painted(self, item: QQuickItem) -> Pointer | None:
        """The cursor, to be painted into a picture of `item`; the host's own are stood for by an arrow."""
        where, cursor = self._place, self.wanted
        if where is None or where[0] != item.window() or cursor.shape == "none":
            return None
        drawn = self._surfaces.get(cursor.surface) if cursor.shape == "surface" else None
        if drawn is None:
            image, spot = self._theme.picture(cursor.shape) or (arrow(), QPointF())
            return Pointer(image, spot, where[1])
        content, state = drawn.content, drawn.state
        if content is None or not state.logical_width:
            return None
        image = converted(content, (0, 0, content.width, content.height))
        image.setDevicePixelRatio(max(state.width / state.logical_width, 1.0))
        return Pointer(image, QPointF(cursor.hotspot_x, cursor.hotspot_y), where[1])

    def _show(self) -> None:
        over = self._surfaces.get(self._router.over)
        if over is None:
            return
        for view in over.views.values():
            output = self._space.output_of(view.item)
            cursor = self._picture(output.looks.transform if output is not None else 0)
            if cursor is not None:
                view.item.setCursor(cursor)

    def _picture(self, transform: int) -> QCursor | None:
        if self._cursor.shape != "surface":
            return self._theme.named(self._cursor.shape, transform)
        drawn = self._surfaces.get(self._cursor.surface)
        if drawn is None or drawn.content is None:
            return None
        return drawn_cursor(drawn.content, drawn.state, self._cursor.hotspot_x, self._cursor.hotspot_y, transform)
