"""Who has which well-known name on a message bus, and who waits for it.

Source: https://dbus.freedesktop.org/doc/dbus-specification.html#bus-messages-request-name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PRIMARY, QUEUED, EXISTS, ALREADY = range(1, 5)
RELEASED, NON_EXISTENT, NOT_OWNER = range(1, 4)
_ALLOW_REPLACEMENT, _REPLACE, _DO_NOT_QUEUE = 1, 2, 4
MAX_NAMES = 64
"""Names that one connection has or waits for."""
MAX_CLAIMS = 256
"""The same, of all connections together: when all of them end at once, each of them is news to all others."""
_NAME = re.compile(r"[A-Za-z_-][A-Za-z0-9_-]*(\.[A-Za-z_-][A-Za-z0-9_-]*)+")


def is_well_known(name: str) -> bool:
    return len(name) <= 255 and _NAME.fullmatch(name) is not None


@dataclass
class _Claim:
    connection: str
    flags: int


class Names:
    """Args:
    ours: names that stay with services of ours.
    moved: called with a name, its old and its new owner, "" for nobody.
    """

    def __init__(self, ours: Mapping[str, str], moved: Callable[[str, str, str], None]) -> None:
        self._ours = ours
        self._moved = moved
        self._claims: dict[str, list[_Claim]] = {}

    def owner(self, name: str) -> str:
        claims = self._claims.get(name)
        return self._ours.get(name, claims[0].connection if claims else "")

    def owned(self) -> list[str]:
        return [*self._ours, *self._claims]

    def owned_by(self, connection: str) -> list[str]:
        return [name for name in self.owned() if self.owner(name) == connection]

    def queue(self, name: str) -> list[str]:
        if name in self._ours:
            return [self._ours[name]]
        return [claim.connection for claim in self._claims.get(name, ())]

    def has_room(self, connection: str) -> bool:
        """Whether it may ask for one more."""
        claims = [claim.connection for claims in self._claims.values() for claim in claims]
        return len(claims) < MAX_CLAIMS and claims.count(connection) < MAX_NAMES

    def request(self, connection: str, name: str, flags: int) -> int:
        if name in self._ours:
            return EXISTS
        claims = self._claims.setdefault(name, [])
        if not claims:
            claims.append(_Claim(connection, flags))
            self._moved(name, "", connection)
            return PRIMARY
        first = claims[0]
        if first.connection == connection:
            first.flags = flags
            return ALREADY
        claims[:] = [claim for claim in claims if claim.connection != connection]
        if flags & _REPLACE and first.flags & _ALLOW_REPLACEMENT:
            claims.insert(0, _Claim(connection, flags))
            if first.flags & _DO_NOT_QUEUE:
                claims.remove(first)
            self._moved(name, first.connection, connection)
            return PRIMARY
        if flags & _DO_NOT_QUEUE:
            return EXISTS
        claims.append(_Claim(connection, flags))
        return QUEUED

    def release(self, connection: str, name: str) -> int:
        claims = self._claims.get(name)
        if claims is None:
            return NOT_OWNER if name in self._ours else NON_EXISTENT
        if connection not in self.queue(name):
            return NOT_OWNER
        first = claims[0].connection
        claims[:] = [claim for claim in claims if claim.connection != connection]
        if not claims:
            del self._claims[name]
        if first == connection:
            self._moved(name, connection, self.owner(name))
        return RELEASED

    def forget(self, connection: str) -> None:
        for name in tuple(self._claims):
            self.release(connection, name)
