"""Frames of the whole desktop: what they show is made current, and the display server hears when it is on screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtQuick import QQuickWindow

from berth.core.messages import FrameDone, SceneRequest
from berth.ui.contents import Contents
from berth.ui.frame_clock import FrameClock, Source
from berth.ui.output import Output
from berth.ui.space import Space
from berth.ui.surfaces import Surfaces


class Frames:
    """Nothing happens before `begin`.

    Args:
        send: takes messages for the display server.
        surfaces: have what is to be shown.
        contents: knows where it can be seen.
        space: has the outputs.
        settle: called when windows have to follow what was drawn.

    Attributes:
        dirty: something was drawn that windows have to follow, since it was last set to False.
    """

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        surfaces: Surfaces,
        contents: Contents,
        space: Space,
        settle: Callable[[], None],
    ) -> None:
        self._send = send
        self._surfaces = surfaces
        self._contents = contents
        self._space = space
        self._settle = settle
        self._clock: FrameClock | None = None
        self._unseen = False
        self.dirty = False

    def begin(self, source: Source, parent: QObject) -> None:
        """Draw what `source` brings."""
        self._clock = FrameClock(self._draw, self._drawn, source, parent)

    def want(self, seq: int) -> None:
        """Commit `seq` waits to be drawn, or a client for the next frame."""
        if self._clock is not None:
            self._clock.want(seq)

    def schedule(self) -> None:
        """All wishes that came together are known."""
        if self._clock is not None:
            self._clock.schedule()

    def reset(self) -> None:
        """Numbers begin anew."""
        if self._clock is not None:
            self._clock.reset()

    def set_refresh(self, rate: float) -> None:
        """Frames per second of the fastest screen."""
        if self._clock is not None:
            self._clock.set_refresh(rate)

    def watch(self, output: Output) -> None:
        """An output has come; its window is there."""
        if self._clock is not None and output.window is not None:
            self._clock.watch(output.window)

    def forget(self, output: Output) -> None:
        if self._clock is not None and output.window is not None:
            self._clock.forget(output.window)

    def set_exposed(self, window: QQuickWindow, exposed: bool) -> None:
        """Whether the host shows anything of a window."""
        if self._clock is not None:
            self._clock.set_exposed(window, exposed)

    def _draw(self) -> list[list[QQuickWindow]]:
        self._surfaces.apply()
        # With a single output it makes no difference what windows cover.
        if self.dirty or (self._surfaces.reshaped and len(self._space.outputs) > 1):
            self._settle()
        undrawn = self._surfaces.take_undrawn()
        seen = [hosts for surface in undrawn if (hosts := self._contents.hosts_of(surface))]
        self._unseen = bool(undrawn) and not seen
        return seen

    def _drawn(self, seq: int, moment: int, exposed: bool) -> None:
        refresh = self._clock.refresh if self._clock is not None else 0
        seen = exposed and not self._unseen
        self._send(FrameDone(seq, moment // 1_000_000 & 0xFFFFFFFF, moment if seen else 0, refresh))
