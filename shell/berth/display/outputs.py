"""All outputs: their globals come and go as the ui tells, and every part of the server asks here which is where."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from berth.core import outputs
from berth.core.messages import OutputChanged, OutputRemoved, Rect
from berth.display.client import Global
from berth.display.output import Output, Screen, XdgOutput
from berth.display.workspace import WorkspaceManager

if TYPE_CHECKING:
    from berth.display.server import Server
    from berth.display.toplevel import Toplevel

GRACE = 5.0
"""Seconds for which the global of an unplugged output can still be bound: a client that has not read of its
removal yet must not be disconnected for binding it."""


class Outputs:
    """Screens by name; there is always one, before the first ui of a usual size."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._all: dict[str, Screen] = {}
        self._globals: dict[str, Global] = {}
        # Without a maker: that tells a ui that it was none before it who had it so.
        self.primary = self._add(OutputChanged(1280, 800, make=""))

    def __iter__(self) -> Iterator[Screen]:
        return iter(self._all.values())

    def get(self, name: str) -> Screen | None:
        return self._all.get(name)

    # --- questions

    def under(self, rect: Rect) -> Screen:
        """The output with most of `rect`, the nearest one if it is on none."""
        return self._all[outputs.under(rect, ((screen.name, screen.rect) for screen in self))]

    def touching(self, rect: Rect) -> tuple[Screen, ...]:
        """The outputs that show a part of `rect`."""
        return tuple(screen for screen in self if outputs.overlap(rect, screen.rect))

    def of(self, toplevel: Toplevel) -> Screen:
        """The output that a window counts as being on, as far as the ui has said; else the primary one."""
        placement = self._server.windows.placement(toplevel)
        if placement is not None:
            return self._all.get(placement.output) or self.under(
                (placement.x, placement.y, placement.width, placement.height)
            )
        meant = "" if toplevel.meant is None else toplevel.meant.output
        return self._all.get(meant, self.primary)

    # --- what the ui says

    def change(self, message: OutputChanged) -> None:
        screen = self._all.get(message.name)
        if screen is None:
            screen = self._add(message)
        elif screen.now == message:
            return
        else:
            before, screen.now = screen.now, message
            if _as_told(before) != _as_told(message):
                self._describe(screen)
        if message.primary:
            self.primary = screen
        self._changed()

    def remove(self, message: OutputRemoved) -> None:
        if message.name not in self._all or len(self._all) == 1:
            return
        screen = self._all.pop(message.name)
        screen.present = False
        if self.primary is screen:
            self.primary = next(iter(self))
        self._server.layers.output_gone(screen)
        self._server.captures.source_gone(screen)
        self._changed()
        # Only now: what was on it has left it, and knows where it is instead.
        self._server.presence.flush()
        self._leave_workspaces(screen)
        vanished = self._globals.pop(message.name)
        vanished.remove()
        self._server.timers.set(vanished, time.monotonic_ns() + round(GRACE * 1e9), vanished.destroy)

    def snapshot(self) -> None:
        """Tell a new ui: it removes those it does not have."""
        for screen in self:
            self._server.scene.send(screen.now)

    # --- inside

    def _add(self, message: OutputChanged) -> Screen:
        screen = self._all[message.name] = Screen(message)
        self._globals[message.name] = Global(
            self._server.display, Output, lambda client, version, new_id: Output(client, version, new_id, screen)
        )
        return screen

    def _leave_workspaces(self, screen: Screen) -> None:
        for client in self._server.display.clients.values():
            for output in client.all(Output):
                for manager in client.all(WorkspaceManager) if output.screen is screen else ():
                    manager.output_gone(output)

    def _describe(self, screen: Screen) -> None:
        for client in self._server.display.clients.values():
            for xdg_output in client.all(XdgOutput):
                if xdg_output.output.screen is screen:
                    xdg_output.describe()
            for output in client.all(Output):
                if output.screen is screen:
                    output.describe()

    def _changed(self) -> None:
        self._server.presence.all_moved()
        self._server.windows.bounds_changed()
        self._server.popups.screen_changed()


def _as_told(message: OutputChanged) -> OutputChanged:
    """What clients are told of it."""
    return msgspec.structs.replace(message, usable=(0, 0, 0, 0), primary=True, before=None)
