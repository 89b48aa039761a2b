"""Parts of the desktop that apps made: panels, backgrounds and notifications, each in its level of the scene.

They are placed as `berth.core.layers` says, within what the shell's own panel leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtQuick import QQuickItem

from berth.core.layers import LEVELS, Level, Place, Rules, arrange
from berth.core.messages import LayerChanged, LayerPlaced, Rect, SceneRequest
from berth.ui.surfaces import Surfaces


@dataclass(slots=True, eq=False)
class Layer:
    """Attributes:
    item: stands at its place, holds the surface.
    told: the last `LayerPlaced`.
    """

    change: LayerChanged
    item: QQuickItem
    drawn: tuple[int, int] = (0, 0)
    told: LayerPlaced | None = None

    @property
    def rules(self) -> Rules:
        change = self.change
        size = (change.width, change.height)
        return Rules(change.level, change.anchor, size, change.zone, change.edge, change.margin, self.drawn)


class Layers:
    """All of them.

    Args:
        send: takes messages for the display server.
    """

    def __init__(self, send: Callable[[SceneRequest], None], surfaces: Surfaces) -> None:
        self._send = send
        self._surfaces = surfaces
        self._levels: dict[tuple[str, Level], QQuickItem] = {}
        self._outputs: tuple[str, ...] = ()
        self._layers: dict[int, Layer] = {}
        self._focused = 0

    # --- what the display server tells

    def reset(self) -> None:
        for number in list(self._layers):
            self.destroyed(number)

    def changed(self, change: LayerChanged) -> None:
        layer = self._layers.get(change.layer)
        if layer is None:
            layer = self._layers[change.layer] = Layer(change, QQuickItem())
            layer.item.setZ(change.layer)
        layer.change = change
        surface = self._surfaces.get(change.surface)
        if surface is not None:
            layer.drawn = surface.geometry[2:]
        layer.item.setVisible(change.mapped)
        self._show(layer)

    def destroyed(self, number: int) -> None:
        layer = self._layers.pop(number, None)
        if layer is None:
            return
        self._hide(layer)
        layer.item.setProperty("parent", None)
        layer.item.deleteLater()
        if self._focused == number:
            self._focused = 0

    def drew(self, surface: int, size: tuple[int, int]) -> bool:
        """A surface has new content. Returns whether something has to be placed anew."""
        layer = self.of_surface(surface)
        if layer is None or layer.drawn == size:
            return False
        layer.drawn = size
        return True

    def of_surface(self, surface: int) -> Layer | None:
        return next((layer for layer in self._layers.values() if layer.change.surface == surface), None)

    def is_shown(self, layer: Layer) -> bool:
        return layer.change.mapped and layer.item.isVisible()

    # --- levels of the scene, made by QML

    def attach(self, output: str, level: Level, item: QQuickItem) -> None:
        self._levels[output, level] = item
        for layer in self._layers.values():
            self._show(layer)

    def detach(self, output: str, level: Level, item: QQuickItem) -> None:
        """`item` goes away; what it holds outlives it."""
        if self._levels.get((output, level)) is not item:
            return
        del self._levels[output, level]
        for layer in self._layers.values():
            if layer.change.level == level and self.output_of(layer) == output:
                layer.item.setProperty("parent", None)
                self._hide(layer)

    def _show(self, layer: Layer) -> None:
        output = self.output_of(layer)
        level = self._levels.get((output, layer.change.level))
        if level is not None:
            layer.item.setParentItem(level)
            self._surfaces.hide_elsewhere(layer.change.surface, output)
            self._surfaces.show(layer.change.surface, output, layer.item)

    def _hide(self, layer: Layer) -> None:
        self._surfaces.hide_elsewhere(layer.change.surface, "")

    # --- outputs

    def set_outputs(self, names: tuple[str, ...]) -> None:
        """All there are, the primary one first; what was on one that is gone goes there."""
        if names != self._outputs:
            self._outputs = names
            for layer in self._layers.values():
                self._show(layer)

    def output_of(self, layer: Layer) -> str:
        """The output that an app wanted, else the primary one."""
        wanted = layer.change.output
        return wanted if wanted in self._outputs else next(iter(self._outputs), "")

    # --- places

    def lay_out(self, output: str, screen: Rect, area: Rect) -> Rect:
        """Place those of an output, which is `screen`; returns what is left of `area` for windows."""
        layers = [layer for layer in self._layers.values() if self.output_of(layer) == output]
        if not layers:
            return area
        # What is not mapped takes no room, but has to know its size to be drawn.
        shown = [layer for layer in layers if layer.change.mapped]
        places, usable = arrange([layer.rules for layer in shown], screen, area)
        for layer, place in zip(shown, places, strict=True):
            self._place(layer, place, screen)
        for layer in layers:
            if not layer.change.mapped:
                alone, _left = arrange([layer.rules], screen, usable)
                self._place(layer, alone[0], screen)
        return usable

    def _place(self, layer: Layer, place: Place, screen: Rect) -> None:
        layer.item.setPosition(QPointF(place.x - screen[0], place.y - screen[1]))
        message = LayerPlaced(layer.change.layer, *place)
        if message != layer.told:
            layer.told = message
            self._send(message)

    # --- the keyboard

    def pressed(self, surface: int) -> bool:
        """The user turned to a surface: a part that takes the keyboard on demand has it until they turn elsewhere.

        Returns whether that changed anything.
        """
        before, layer = self._focused, self.of_surface(surface)
        if layer is None:
            self._focused = 0
        elif layer.change.keyboard != "none":
            self._focused = layer.change.layer
        return self._focused != before

    def release_keyboard(self) -> None:
        self._focused = 0

    def keyboard_surface(self, covered: bool) -> int:
        """The surface that takes the keyboard from windows, 0 for none.

        Args:
            covered: a window in full screen lies above all levels but the overlay.
        """
        levels = ("overlay",) if covered else ("top", "overlay")
        wanting = [
            layer.change
            for layer in self._layers.values()
            if layer.change.mapped and layer.change.keyboard == "exclusive" and layer.change.level in levels
        ]
        if wanting:
            return max(wanting, key=lambda change: (LEVELS.index(change.level), change.layer)).surface
        focused = self._layers.get(self._focused)
        if focused is None or not focused.change.mapped or focused.change.keyboard == "none":
            return 0
        return focused.change.surface
