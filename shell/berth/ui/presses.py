"""What a press does beyond the client that gets it: windows and layers come forward, popups elsewhere go."""

from __future__ import annotations

from collections.abc import Callable

from berth.core.messages import DismissPopup, SceneRequest
from berth.ui.layers import Layers
from berth.ui.surfaces import Surfaces
from berth.ui.windows import Windows


class Presses:
    """Args:
    send: takes messages for the display server.
    told: called when the user turns to an app by pointer or finger.
    settle: called when windows or the focus have changed.
    """

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        surfaces: Surfaces,
        windows: Windows,
        layers: Layers,
        told: Callable[[], None],
        settle: Callable[[], None],
    ) -> None:
        self._send = send
        self._surfaces = surfaces
        self._windows = windows
        self._layers = layers
        self._told = told
        self._settle = settle
        self._surface = 0
        self._spared = False

    def begin(self) -> None:
        """Before Qt delivers a press: afterwards `end` knows whether it hit a surface."""
        self._surface = 0
        self._spared = False

    def spare(self) -> None:
        """The press is on the on-screen keyboard: no more than one on a real key."""
        self._spared = True

    def end(self) -> None:
        """After a press: it dismisses the popups of every window but the one it hit."""
        if self._spared:
            return
        hit = self._surfaces.root(self._surface) if self._surface else 0
        for popup in reversed(list(self._surfaces.grabbing_popups())):
            if self._surfaces.root(popup.surface) != hit:
                self._send(DismissPopup(popup.popup))

    def hit(self, surface: int) -> None:
        """The press is on a surface, before its client hears of it."""
        self._surface = surface
        self._told()
        root = self._surfaces.root(surface)
        turned = self._layers.pressed(root)
        window = self._windows.of_surface(root)
        if window is not None and self._windows.press(window.id):
            turned = True
        if window is not None and window.id != self._windows.focused:
            self._windows.focus(window.id)
            # A click on a window that waits for an answer shows where to give it.
            if self._windows.focused != window.id:
                self._windows.ring(self._windows.focused)
            turned = True
        if turned:
            self._settle()
