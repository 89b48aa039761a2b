"""Events on their way to whoever subscribed; notices wait for a desktop to show them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from berth.core.messages import Event, Notice

_WAITING_NOTICES = 20

Receiver = Callable[[Event], None]


class Events:
    def __init__(self) -> None:
        self._receivers: dict[Receiver, bool] = {}
        self._waiting: deque[Notice] = deque(maxlen=_WAITING_NOTICES)

    def emit(self, event: Event) -> None:
        if isinstance(event, Notice) and not any(self._receivers.values()):
            self._waiting.append(event)
        for receiver in list(self._receivers):
            receiver(event)

    def subscribe(self, receiver: Receiver, *, is_desktop: bool) -> None:
        """`is_desktop`: it shows notices to the user, so those that waited for one go there."""
        self._receivers[receiver] = is_desktop
        while is_desktop and self._waiting:
            receiver(self._waiting.popleft())

    def unsubscribe(self, receiver: Receiver) -> None:
        self._receivers.pop(receiver, None)
