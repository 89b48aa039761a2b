"""What each app uses, at this moment, of the permissions that are protocols here.

Protocols say when a use begins and ends; the engine is told of what has changed, once a turn. One that has ended is
told for a little longer: so a picture that took a moment is noticed, and an app that begins and ends all the time
costs the others nothing.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from berth.core.messages import InstanceUses

if TYPE_CHECKING:
    from berth.display.instances import Instance

_LINGER = 3_000_000_000
"""ns; the ui tells for as long who has taken pictures."""


class InUse:
    """Permissions that one instance uses. Those that it does not hold, any more or at all, never count."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._holders: dict[str, set[object]] = {}
        self._ending: set[str] = set()
        self._told: frozenset[str] = frozenset()

    def begin(self, permission: str, holder: object) -> None:
        """`holder` stands for the use until it ends."""
        holders = self._holders.setdefault(permission, set())
        if not holders:
            self.changed()
        holders.add(holder)

    def end(self, permission: str, holder: object) -> None:
        """Also of one that never began."""
        holders = self._holders.get(permission)
        if holders and holder in holders:
            holders.discard(holder)
            if not holders:
                self.changed()

    def changed(self) -> None:
        """Something began or ended, or the instance holds other permissions."""
        self._instance.server.instances.uses_changed(self._instance)

    def report(self) -> InstanceUses:
        return InstanceUses(self._instance.name, tuple(sorted(self._told)))

    def flush(self) -> None:
        """Tell the engine, if there is news."""
        granted = self._instance.access.granted
        used = {name for name, holders in self._holders.items() if holders} & granted
        for name in self._ending - (granted - used):
            self._forget(name)
        for name in (self._told & granted) - used - self._ending:
            self._ending.add(name)
            self._instance.server.timers.set((self, name), time.monotonic_ns() + _LINGER, partial(self._over, name))
        self._tell(frozenset(used | self._ending))

    def _over(self, name: str) -> None:
        self._ending.discard(name)
        if not self._holders.get(name):
            self._tell(self._told - {name})

    def _tell(self, uses: frozenset[str]) -> None:
        if uses != self._told:
            self._told = uses
            self._instance.server.tell_engine(self.report())

    def _forget(self, name: str) -> None:
        self._ending.discard(name)
        self._instance.server.timers.forget((self, name))

    def close(self) -> None:
        """The instance is gone, and nobody is told of it any more."""
        for name in tuple(self._ending):
            self._forget(name)
        self._holders.clear()
        self._told = frozenset()
