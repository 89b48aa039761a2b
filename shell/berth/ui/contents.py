"""Where apps are to be seen: the items that QML makes for windows and outputs, and what of apps lies in them."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtQuick import QQuickItem, QQuickWindow

from berth.core import layout
from berth.core.layout import Insets
from berth.core.messages import CaptureWanted, CursorFollowed, Rect
from berth.core.outputs import overlap
from berth.ui.dragging import Dragging
from berth.ui.layers import Layers
from berth.ui.remote_hand import item_at
from berth.ui.router import Router
from berth.ui.space import Space
from berth.ui.surfaces import Surface, Surfaces
from berth.ui.window import Window
from berth.ui.windows import Windows

_RIM = Insets(32, 32, 32, 32)
"""What the shell draws and takes hold of outside of a window's frame: shadow and edges."""


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
        self._contents: dict[int, dict[str, QQuickItem]] = {}  # by window and output
        self._shown: dict[int, int] = {}  # the surface of each of those windows, which may be gone before its items
        self._desktops: dict[str, QQuickItem] = {}  # by output

    def attach(self, output: str, number: int, content: QQuickItem) -> None:
        """Show the window's surface in `content`, an item of that output."""
        window = self._windows.get(number)
        if window is not None:
            self._contents.setdefault(number, {})[output] = content
            self._shown[number] = window.surface
            self._surfaces.show(window.surface, output, content)

    def detach(self, output: str, number: int, content: QQuickItem) -> None:
        """`content` goes away; the surface outlives it."""
        contents = self._contents.get(number, {})
        if contents.get(output) is not content:
            return
        del contents[output]
        self._surfaces.hide(self._shown[number], output)
        if not contents:
            del self._contents[number], self._shown[number]

    def attach_desktop(self, output: str, desktop: QQuickItem) -> None:
        """What pictures of the output show."""
        self._desktops[output] = desktop

    def detach_desktop(self, output: str, desktop: QQuickItem) -> None:
        if self._desktops.get(output) is desktop:
            del self._desktops[output]

    def pictured(self, wish: CaptureWanted | CursorFollowed) -> QQuickItem | None:
        """The item that a wish for a picture is about."""
        window = self._windows.get(wish.window)
        if window is None:
            return self._desktops.get(wish.output)
        return self._contents.get(window.id, {}).get(window.output)

    # --- which outputs show what

    def outputs_of(self, window: Window) -> set[str]:
        """The outputs that show a part of a window: its own, and if it is loose those that it lies over."""
        if len(self._space.outputs) == 1 or not window.shown:
            return {window.output}
        covered = self._covered(window)
        touched = (output for output in self._space.outputs if any(overlap(rect, output.rect) for rect in covered))
        return {window.output, *(output.name for output in touched)}

    def _covered(self, window: Window) -> list[Rect]:
        left, top, width, height = self._surfaces.bounds(window.surface)
        x, y, own_width, own_height = window.rect
        drawn = (x + left, y + top, width, height)
        if window.state == "normal":
            return [layout.grow(self._windows.frame(window), _RIM), drawn]
        # What fills its output has shadows nowhere; but its popups may reach over.
        own = (x, y, own_width, own_height)
        return [] if layout.covers(own, drawn) else [drawn]

    def hosts_of(self, surface: Surface) -> list[QQuickWindow]:
        """The host's windows where the surface can be seen, the one with most of it first."""
        root = self._surfaces.root(surface.number)
        window = self._windows.of_surface(root)
        if window is not None:
            return self._hosts_of_window(window)
        layer = self._layers.of_surface(root)
        if layer is not None:
            names = [self._layers.output_of(layer)] if self._layers.is_shown(layer) else []
        else:
            names = list(surface.views) if self._drag.shows(root) else []
        return [host for name in names if (host := self._space.window_of(name)) is not None]

    def _hosts_of_window(self, window: Window) -> list[QQuickWindow]:
        names = list(self._contents.get(window.id, ())) if window.shown else []
        if len(names) > 1:
            most = self._windows.under(window.rect)
            names.sort(key=lambda name: name != most)
        return [host for name in names if (host := self._space.window_of(name)) is not None]

    def under(self, place: QPointF) -> tuple[int, QPointF]:
        """The surface of an app at `place` on screen, and where on it; 0 for none."""
        held = self._surfaces.get(self._router.over) if self._router.holding else None
        view = held.view() if held is not None else None
        if held is not None and view is not None:
            return held.number, view.item.to_surface(self._space.to_item(view.item, place))
        output = self._space.at(place)
        for window in reversed(list(self._windows)) if output is not None else ():
            content = self._contents.get(window.id, {}).get(output.name) if output is not None else None
            if window.shown and content is not None:
                found = item_at(content, self._space.to_item(content, place))
                if found is not None:
                    return found.number, found.to_surface(self._space.to_item(found, place))
        return 0, QPointF()
