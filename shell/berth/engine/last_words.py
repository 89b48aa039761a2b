"""What apps printed that have ended: kept in memory as long as the session, a little of the latest."""

from __future__ import annotations

from collections import OrderedDict

_MOST_BYTES = 256 << 10
"""Of what an app that runs has printed: what fits a message."""
_MOST_ENDED_BYTES = 64 << 10
_MOST_ENDED = 32


class LastWords:
    def __init__(self) -> None:
        self._of: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def keep(self, instance: str, app: str, text: str) -> None:
        """`instance` of `app` has ended; who has said nothing needs no room."""
        if not text:
            return
        self._of[instance] = (app, tail(text, _MOST_ENDED_BYTES))
        if len(self._of) > _MOST_ENDED:
            self._of.popitem(last=False)

    def find(self, name: str) -> str | None:
        """Of an instance, or of the latest of an app; None if nothing is known."""
        if name in self._of:
            return self._of[name][1]
        return next((text for app, text in reversed(self._of.values()) if app == name), None)


def tail(text: str, most: int = _MOST_BYTES) -> str:
    """The last part of a log, at most so many bytes, from the beginning of a line."""
    data = text.encode()
    if len(data) <= most:
        return text
    return data[-most:].partition(b"\n")[2].decode(errors="replace")
