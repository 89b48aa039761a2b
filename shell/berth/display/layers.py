"""All layer surfaces: told to the ui once a turn, placed by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from berth.core.messages import LayerDestroyed, LayerPlaced
from berth.display.layer_surface import LayerSurface

if TYPE_CHECKING:
    from berth.display.output import Screen
    from berth.display.server import Server


class Layers:
    """Layer surfaces by the number the ui knows them by, oldest first."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._next = 1
        self._all: dict[int, LayerSurface] = {}
        self._changed: dict[LayerSurface, None] = {}

    # --- from clients

    def add(self, layer: LayerSurface) -> int:
        number = self._next
        self._next += 1
        self._all[number] = layer
        self._changed[layer] = None
        return number

    def changed(self, layer: LayerSurface) -> None:
        self._changed[layer] = None

    def remove(self, layer: LayerSurface) -> None:
        if self._all.pop(layer.number, None) is not None:
            self._server.scene.send(LayerDestroyed(layer.number))
        self._changed.pop(layer, None)

    # --- once a turn

    def flush(self) -> None:
        if not self._changed or not self._server.has_ui:
            return
        scene = self._server.scene
        held: dict[LayerSurface, None] = {}
        for layer in self._changed:
            # It is announced as mapped together with its content, not before.
            if scene.holds(layer.surface):
                held[layer] = None
            else:
                scene.send(layer.describe())
        self._changed = held

    # --- from the ui

    def place(self, message: LayerPlaced) -> None:
        layer = self._all.get(message.layer)
        if layer is not None:
            layer.placed(message)

    def snapshot(self) -> None:
        self._changed.clear()
        for layer in self._all.values():
            self._server.scene.send(layer.describe())

    # --- outputs

    def output_gone(self, screen: Screen) -> None:
        """What was made for an output ends with it."""
        for layer in tuple(self._all.values()):
            if layer.screen is screen:
                layer.close()
