"""Fair shares of the server's one thread: an app that keeps it busy waits, so that the others do not.

The time that each instance's requests take is measured turn by turn. What goes beyond its share is
a debt; while others are served too, an instance in debt is not read from until it has waited it
off. The kernel then stops the flood where it comes from: the app's socket is full.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from berth.display.instances import Instance
    from berth.display.server import Server

_SHARE = 0.5
"""Of the time, while others are active."""
_BURST = 200_000_000
"""ns beyond its share that an app may take at once: starting, opening a large window."""
_LONG_TURN = 4_000_000
"""ns. A longer turn delays others by more than it takes: it counts that much more often."""
_LONGEST_PAUSE = 1_000_000_000
_ACTIVE = 500_000_000
"""ns for which an instance counts as active after it was served."""
_FLOOD_BYTES = 16 << 10
"""Unread requests of one client that waits for answers stay below this."""
FLOOD_SECONDS = 10
"""An app that floods for as long although it is held back is ended."""
_STALLED_BYTES = 256 << 10
"""Messages that the ui has not read; beyond, all who make more of them wait."""


class Share:
    """What one instance has used. `debt` in ns; `flooding` since when, 0 if not."""

    __slots__ = ("at", "debt", "flooding", "paused")

    def __init__(self) -> None:
        self.at = time.monotonic_ns()
        self.debt = 0.0
        self.paused = False
        self.flooding = 0


class Shares:
    """Pauses and resumes instances; nothing runs while nobody is in debt."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._active: dict[Instance, int] = {}

    def used(self, instance: Instance, spent: int) -> None:
        """`instance` took `spent` ns of a turn."""
        share = instance.share
        now = time.monotonic_ns()
        self._active[instance] = now
        share.debt = max(0.0, share.debt - (now - share.at) * _SHARE) + spent * max(1.0, spent / _LONG_TURN)
        share.at = now
        if share.debt > _BURST and not share.paused:
            self._hold_back(instance, now)

    def forget(self, instance: Instance) -> None:
        self._active.pop(instance, None)
        self._server.timers.forget(instance.share)

    def _hold_back(self, instance: Instance, now: int) -> None:
        share = instance.share
        pause = min((share.debt - _BURST) / _SHARE, _LONGEST_PAUSE)
        share.debt = _BURST + pause * _SHARE
        if not self._others_wait(instance, now):
            return
        share.paused = True
        # First what ends the pause, whatever becomes of its beginning.
        self._server.timers.set(share, now + int(pause), lambda: self._resume(instance))
        instance.hold()

    def _others_wait(self, instance: Instance, now: int) -> bool:
        if self._server.ui_backlog > _STALLED_BYTES:
            return True
        self._active = {other: at for other, at in self._active.items() if now - at < _ACTIVE}
        return any(other is not instance for other in self._active)

    def _resume(self, instance: Instance) -> None:
        share = instance.share
        share.paused = False
        now = time.monotonic_ns()
        floods = [client for client in instance.clients if client.unread > _FLOOD_BYTES]
        if not floods:
            share.flooding = 0
        elif not share.flooding:
            share.flooding = now
        elif now - share.flooding > FLOOD_SECONDS * 1_000_000_000:
            for client in floods:
                client.fail(f"flooded the display server with requests for {FLOOD_SECONDS} seconds")
            share.flooding = 0
        instance.go_on()
