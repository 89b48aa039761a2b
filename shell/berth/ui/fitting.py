"""The outputs as the display server is told of them: what the shell's panels and apps' layers leave for windows."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from berth.core.layout import Insets
from berth.core.messages import OutputChanged, OutputRemoved, SceneRequest
from berth.core.outputs import OutputArea
from berth.ui.layers import Layers
from berth.ui.surfaces import Surfaces
from berth.ui.windows import Windows

Adopt = Callable[[list[OutputChanged]], None]


class Fitting:
    """Args:
    send: takes messages for the display server.
    surfaces: are told the scales of the outputs.
    layers: take their part of an output first.
    windows: are told what is left.
    """

    def __init__(
        self, send: Callable[[SceneRequest], None], surfaces: Surfaces, layers: Layers, windows: Windows
    ) -> None:
        self._send = send
        self._surfaces = surfaces
        self._layers = layers
        self._windows = windows
        self._described: list[OutputChanged] = []  # the primary one first, usable as the shell's own panels leave it
        self._told: dict[str, OutputChanged] = {}  # as the display server was told
        self._replayed: list[OutputChanged] = []
        self._adopt: Adopt | None = None
        self._frames: tuple[Insets, bool] | None = None  # around windows, and whether all fill the screen

    # --- the shell

    def set_outputs(self, described: list[OutputChanged]) -> None:
        """All there are, the primary one first, and what panels leave of them."""
        self._described = described
        for output in described:
            self._surfaces.set_scale(output.name, output.scale)

    def set_frames(self, insets: Insets, maximizes_all: bool) -> None:
        """What is drawn around windows, and whether all of them fill the screen."""
        self._frames = (insets, maximizes_all)

    def settle(self) -> None:
        """Place the parts of the desktop, and let windows and the display server know what they leave."""
        if not self._described:
            return
        before, self._told = self._told, {}
        self._layers.set_outputs(tuple(output.name for output in self._described))
        for described in self._described:
            usable = self._layers.lay_out(described.name, _area_of(described).rect, described.usable)
            output = msgspec.structs.replace(described, usable=usable)
            self._told[output.name] = output
            if before.get(output.name) != output:
                self._send(output)
        for name in before.keys() - self._told.keys():
            self._send(OutputRemoved(name))
        if self._frames is not None:
            self._windows.set_outputs([_area_of(output) for output in self._told.values()], *self._frames)

    # --- the display server

    def tell(self) -> None:
        """A display server is there that knows no outputs yet."""
        for output in self._told.values():
            self._send(output)

    def when_replayed(self, adopt: Adopt) -> None:
        """Let `adopt` know once how an earlier ui had left the outputs."""
        self._adopt = adopt

    def replay(self, output: OutputChanged) -> None:
        """Part of a replayed scene: an output as an earlier ui process had it."""
        self._replayed.append(output)

    def reset(self) -> None:
        self._replayed.clear()

    def ready(self, focus: int) -> None:
        """The whole scene is here: windows go to where the outputs, as they are now, want them."""
        before = [output for output in self._replayed if output.make]
        if self._adopt is not None:
            self._adopt(before)
            self._adopt = None
        for output in self._replayed:
            if output.name not in self._told:
                self._send(OutputRemoved(output.name))
        self._windows.ready(focus, [_area_of(output) for output in before])


def _area_of(output: OutputChanged) -> OutputArea:
    return OutputArea(output.name, (output.x, output.y, output.width, output.height), output.usable)
