"""Idleness: ext-idle-notify tells programs that nobody is there, zwp_idle_inhibit has them think somebody watches.

Nothing is polled: each notification waits for one timer, which looks at the last activity when it is due.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pywayland.protocol.ext_idle_notify_v1 import ExtIdleNotificationV1, ExtIdleNotifierV1
from pywayland.protocol.idle_inhibit_unstable_v1 import ZwpIdleInhibitManagerV1, ZwpIdleInhibitorV1

from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.seat import Seat
    from berth.display.server import Server
    from berth.display.surface import Surface

MAX_OBJECTS = 100
_SHORTEST = 50  # ms; without it a client could be told of every movement of the pointer twice
_MS = 1_000_000


class IdleInhibitor(Resource):
    """Counts while its surface can be seen."""

    __slots__ = ("_surface",)
    interface = ZwpIdleInhibitorV1
    listed = True
    most = MAX_OBJECTS

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface) -> None:
        super().__init__(client, version, new_id)
        self._surface = surface
        client.server.idle.inhibitors.add(self)

    @property
    def holds(self) -> bool:
        surface = self._surface
        if not surface.alive or not surface.has_content:
            return False
        root = surface.root()
        return root.role is not None and root.has_content and not self.client.server.hides(root)

    def destroyed(self) -> None:
        self.client.server.idle.inhibitors.discard(self)


class IdleInhibitManager(Resource):
    __slots__ = ()
    interface = ZwpIdleInhibitManagerV1

    def on_create_inhibitor(self, new_id: int, surface: Surface) -> None:
        IdleInhibitor(self.client, self.version, new_id, surface)


class IdleNotification(Resource):
    """`obeys` inhibitors; otherwise input alone counts."""

    __slots__ = ("_since", "_timeout", "idle", "obeys")
    interface = ExtIdleNotificationV1
    listed = True
    most = MAX_OBJECTS
    highest = 2
    send_idled = event(ExtIdleNotificationV1, "idled")
    send_resumed = event(ExtIdleNotificationV1, "resumed")

    def __init__(self, client: Client, version: int, new_id: int, timeout: int, obeys: bool) -> None:
        super().__init__(client, version, new_id)
        self._timeout = max(timeout, _SHORTEST) * _MS
        self.obeys = obeys
        self.idle = False
        self.restart(time.monotonic_ns())

    def restart(self, moment: int) -> None:
        """Count from `moment` (ns of the monotonic clock) on."""
        self._since = moment
        self.client.server.timers.set(self, moment + self._timeout, self._due)

    def _due(self) -> None:
        state = self.client.server.idle
        since = max(self._since, state.last)
        if time.monotonic_ns() < since + self._timeout:
            self.restart(since)
        elif not (self.obeys and state.inhibited):
            self.idle = True
            state.idle.add(self)
            self.send_idled()

    def resume(self, moment: int) -> None:
        self.idle = False
        self.send_resumed()
        self.restart(moment)

    def destroyed(self) -> None:
        server = self.client.server
        server.timers.forget(self)
        server.idle.idle.discard(self)


class IdleNotifier(Resource):
    __slots__ = ()
    interface = ExtIdleNotifierV1
    highest = 2

    def on_get_idle_notification(self, new_id: int, timeout: int, _seat: Seat) -> None:
        IdleNotification(self.client, self.version, new_id, timeout, obeys=True)

    def on_get_input_idle_notification(self, new_id: int, timeout: int, _seat: Seat) -> None:
        IdleNotification(self.client, self.version, new_id, timeout, obeys=False)


class Idle:
    """Attributes:
    last: when the user last did something, ns of the monotonic clock.
    idle: the notifications whose clients were told that nobody is there.
    inhibitors: all there are, those of hidden surfaces included.
    inhibited: whether one of them holds, as of the last turn.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self.last = 0
        self.idle: set[IdleNotification] = set()
        self.inhibitors: set[IdleInhibitor] = set()
        self.inhibited = False

    def active(self) -> None:
        """The user has done something."""
        self.last = time.monotonic_ns()
        if self.idle:
            resumed, self.idle = self.idle, set()
            for notification in resumed:
                notification.resume(self.last)

    def flush(self) -> None:
        """See whether somebody watches, once a turn; afterwards everyone counts anew."""
        if not self.inhibitors and not self.inhibited:
            return
        before, self.inhibited = self.inhibited, any(inhibitor.holds for inhibitor in self.inhibitors)
        if before and not self.inhibited:
            moment = time.monotonic_ns()
            self._server.lock.restart(moment)
            for client in self._server.display.clients.values():
                for notification in client.all(IdleNotification):
                    if notification.obeys and not notification.idle:
                        notification.restart(moment)
