"""A selection: data that one client offers and the client with the keyboard focus may read.

The clipboard and the primary selection are the same thing with different protocol objects.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from berth.display.resource import BudgetExceeded, Resource

if TYPE_CHECKING:
    from berth.display.client import Client

MAX_TYPES = 512
MAX_TYPES_LENGTH = 64 << 10
"""Letters in all types of a source: they are sent to everybody that is offered it, who may be slow to read."""


class Source(Resource):
    """Base of sources: the types offered, and the pipe to the client that has the data."""

    __slots__ = ("_length", "types", "used")
    send_send: Any
    send_cancelled: Any

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.types: dict[str, None] = {}
        self._length = 0
        self.used = False

    def on_offer(self, mime_type: str) -> None:
        if mime_type in self.types:
            return
        self._length += len(mime_type)
        if len(self.types) >= MAX_TYPES or self._length > MAX_TYPES_LENGTH:
            raise BudgetExceeded(f"more than {MAX_TYPES} types or {MAX_TYPES_LENGTH} letters of them in one source")
        self.types[mime_type] = None


class Offer(Resource):
    """Base of offers: what a client may receive from a source while that is the selection."""

    __slots__ = ("source",)
    send_offer: Any

    def __init__(self, client: Client, version: int, source: Source) -> None:
        super().__init__(client, version, 0)
        self.source = source

    def on_receive(self, mime_type: str, fd: int) -> None:
        try:
            if self.source.alive and mime_type in self.source.types:
                self.source.send_send(mime_type, fd)
        finally:
            os.close(fd)


class Selection:
    """Who owns the selection and who is offered it.

    Args:
        manager: the global; clients that may not see it take no part.
        device: class of the clients' device objects. A device makes an offer with
            ``offer(source)`` and announces it, or nothing, with ``send_selection(offer)``.
    """

    def __init__(self, manager: type[Resource], device: type[Resource]) -> None:
        self._manager = manager
        self._device = device
        self._source: Source | None = None
        self._serial = 0
        self._focus: Client | None = None

    def set(self, client: Client, source: Source | None, serial: int) -> None:
        """Make `source` the selection if its client has the focus and got real input."""
        newer = (serial - self._serial) & 0xFFFFFFFF < 0x80000000
        allowed = client is self._focus and client.sees(self._manager) and serial in client.input_serials and newer
        if not allowed:
            if source is not None:
                source.send_cancelled()
            return
        self._serial = serial
        old, self._source = self._source, source
        if old is not None and old is not source:
            old.send_cancelled()
        self._offer()

    def follow(self, client: Client | None) -> None:
        """The keyboard focus moved to `client`."""
        if client is not self._focus:
            self._focus = client
            self._offer()

    def _offer(self) -> None:
        if self._focus is not None and self._focus.connected:
            for device in self._focus.all(self._device):
                self.greet(device)

    def greet(self, device: Any) -> None:
        """Offer the selection through one device if its client has the focus."""
        client: Client = device.client
        if client is not self._focus or not client.sees(self._manager):
            return
        device.send_selection(None if self._source is None else device.offer(self._source))

    def source_destroyed(self, source: Source) -> None:
        if self._source is source:
            self._source = None
            self._offer()

    def client_gone(self, client: Client) -> None:
        if self._focus is client:
            self._focus = None
