"""Where apps are to be seen: the items that QML makes for windows and outputs, and what of apps lies in them."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtQuick import QQuickItem, QQuickWindow

from berth.core.messages import CaptureWanted
from berth.ui.dragging import Dragging
from berth.ui.layers import Layers
from berth.ui.remote_hand import item_at
from berth.ui.router import Router
from berth.ui.space import Space
from berth.ui.surfaces import Surface, Surfaces
from berth.ui.window import Window
from berth.ui.windows import Windows


class Contents:
    """Args:
    surfaces: what is put into the items of windows.
    windows, layers, drag: know which surfaces are shown.
    router: knows the surface that a button or finger holds.
    space: has the windows of the host.
    """

    def __init__(
        self, surfaces: Surfaces, windows: Windows, layers: Layers, drag: Dragging, router: Router, space: Space
    ) -> None:
        self._surfaces = surfaces
        self._windows = windows
        self._layers = layers
        self._drag = drag
        self._router = router
        self._space = space
        self._contents: dict[int, QQuickItem] = {}  # by window
        self._desktops: dict[str, QQuickItem] = {}  # by output

    def attach(self, number: int, content: QQuickItem, scale: float | None) -> None:
        """Show the window's surface in `content`, on an output with that scale if it is known."""
        surface = self._surface_of(number)
        if surface is not None:
            self._contents[number] = content
            if scale is not None:
                self._surfaces.set_scale(surface.number, scale)
            surface.group.setParentItem(content)

    def detach(self, number: int, content: QQuickItem) -> None:
        """`content` goes away; the surface outlives it."""
        if self._contents.get(number) is not content:
            return
        del self._contents[number]
        surface = self._surface_of(number)
        if surface is not None:
            surface.group.setProperty("parent", None)

    def _surface_of(self, number: int) -> Surface | None:
        window = self._windows.get(number)
        return self._surfaces.get(window.surface) if window is not None else None

    def attach_desktop(self, output: str, desktop: QQuickItem) -> None:
        """What pictures of the output show."""
        self._desktops[output] = desktop

    def detach_desktop(self, output: str, desktop: QQuickItem) -> None:
        if self._desktops.get(output) is desktop:
            del self._desktops[output]

    def pictured(self, wish: CaptureWanted) -> QQuickItem | None:
        """The item that a wish for a picture is about."""
        return self._contents.get(wish.window) if wish.window else self._desktops.get(wish.output)

    def host_of(self, surface: Surface) -> QQuickWindow | None:
        """The host's window where the surface can be seen."""
        root = self._surfaces.root(surface.number)
        window = self._windows.of_surface(root)
        if window is not None:
            seen = window.shown and window.id in self._contents
            return self._space.window_of(window.output) if seen else None
        layer = self._layers.of_surface(root)
        if layer is not None:
            return self._space.window_of(self._layers.output_of(layer)) if self._layers.is_shown(layer) else None
        return self._space.window_of(self._drag.output) if self._drag.shows(root) else None

    def under(self, place: QPointF) -> tuple[int, QPointF]:
        """The surface of an app at `place` on screen, and where on it; 0 for none."""
        if self._router.holding and (held := self._surfaces.get(self._router.over)) is not None:
            return held.number, held.item.to_surface(self._space.to_item(held.item, place))
        for window in reversed(list(self._windows)):
            content = self._contents.get(window.id)
            if window.shown and content is not None and self._shows(window, place):
                found = item_at(content, self._space.to_item(content, place))
                if found is not None:
                    return found.number, found.to_surface(self._space.to_item(found, place))
        return 0, QPointF()

    def _shows(self, window: Window, place: QPointF) -> bool:
        """Whether a point is on the output of a window."""
        output = self._space.at(place)
        return output is not None and output.name == window.output
