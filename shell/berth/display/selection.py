"""A selection: data that one client offers and the client with the keyboard focus may read.

The clipboard and the primary selection are the same thing with different protocol objects.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from berth.core.uri_list import CUT_MARK, LISTS
from berth.display.clock import now, since
from berth.display.file_list import FileList
from berth.display.resource import BudgetExceeded, Resource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.instances import Instance

_GRACE = 1_000
"""Milliseconds after losing the focus in which a client may still set a selection."""

_FILES = frozenset((*LISTS, CUT_MARK))

MAX_TYPES = 512
MAX_TYPES_LENGTH = 64 << 10
"""Letters in all types of a source: they are sent to everybody that is offered it, who may be slow to read."""

_MAX_ALL_TYPES = 16 << 20
"""Bytes that the types of all sources of an instance take here."""
_TYPE = 100
"""Bytes that a type takes beside its letters."""


class Source(Resource):
    """Base of sources: the types offered, and the pipe to the client that has the data."""

    __slots__ = ("_length", "_size", "types", "used")
    send_send: Any
    send_cancelled: Any

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.types: dict[str, None] = {}
        self._length = 0
        self._size = 0  # of the types, as counted
        self.used = False

    def on_offer(self, mime_type: str) -> None:
        if mime_type in self.types:
            return
        self._length += len(mime_type)
        if len(self.types) >= MAX_TYPES or self._length > MAX_TYPES_LENGTH:
            raise BudgetExceeded(f"more than {MAX_TYPES} types or {MAX_TYPES_LENGTH} letters of them in one source")
        self.types[mime_type] = None
        self._count(len(mime_type.encode()) + _TYPE)
        if self.client.instance.types > _MAX_ALL_TYPES:
            raise BudgetExceeded("too many types in all data sources")

    def _count(self, size: int) -> None:
        self._size += size
        self.client.types += size

    def destroyed(self) -> None:
        # Offers of it may be kept for long.
        self.types = {}
        self._count(-self._size)

    def ask(self, mime_type: str, fd: int) -> None:
        """Let the client write to `fd`, which is closed in any case: nobody waits for an app that hangs."""
        try:
            if self.alive and mime_type in self.types and self.client.server.windows.awaited(self.client):
                self.send_send(mime_type, fd)
        finally:
            os.close(fd)


class Offer(Resource):
    """Base of offers: what a client may receive from a source, as long as `selection` offers it so."""

    __slots__ = ("selection", "source")
    send_offer: Any

    def __init__(self, client: Client, version: int, source: Source) -> None:
        super().__init__(client, version, 0)
        self.source = source
        self.selection: Selection | None = None

    def on_receive(self, mime_type: str, fd: int) -> None:
        if self.selection is None:
            os.close(fd)
        else:
            self.ask(mime_type, fd)

    def ask(self, mime_type: str, fd: int, *, hovering: bool = False) -> None:
        """Let the source write to `fd`, which is closed in any case."""
        if mime_type in _FILES and mime_type in self.source.types and self.hands_files:
            self.file_list().ask(mime_type, fd, hovering=hovering)
        else:
            self.source.ask(mime_type, fd)

    @property
    def hands_files(self) -> bool:
        """Whether files of another app are offered, which mean nothing here until they are brought."""
        source = self.source
        elsewhere = source.client.instance is not self.client.instance
        return elsewhere and any(mime_type in source.types for mime_type in LISTS)

    def file_list(self) -> FileList:
        """Of an offer that still is one."""
        assert self.selection is not None
        return self.selection.file_list(self.source, self.client.instance)

    def destroyed(self) -> None:
        if self.selection is not None:
            self.selection.withdraw(self)


class Watcher(Protocol):
    """A device object that hears of a selection, whoever has the focus; with `by_focus` also when that moves."""

    @property
    def client(self) -> Client: ...

    @property
    def by_focus(self) -> bool: ...

    def tell(self, selection: Selection, source: Source | None) -> None:
        """Raises `BudgetExceeded` if the client keeps too many offers."""


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
        self._left: tuple[int, int, Client | None] = (0, 0, None)  # with which serial, when and whom the focus left
        self._offers: dict[Offer, None] = {}  # to the focused client
        self._watchers: dict[Watcher, None] = {}
        self._late: dict[Watcher, None] = {}  # those that have to read first
        self._file_lists: dict[Instance, FileList] = {}  # of the present source, since the focus came

    def set(self, client: Client, source: Source | None, serial: int) -> None:
        """Make `source` the selection if its client has the focus and got real input."""
        self._set_by(client if self._in_hand(client, serial) else None, source, serial)

    def set_beside(self, client: Client, source: Source | None) -> None:
        """As `set`, for a client that has no window: what counts is the one of its instance that has the focus, and
        the last input which that got."""
        front = next((who for who in self._in_reach() if who is not None and who.instance is client.instance), None)
        self._set_by(front, source, front.input_serials[-1] if front is not None and front.input_serials else 0)

    def _set_by(self, front: Client | None, source: Source | None, serial: int) -> None:
        newer = (serial - self._serial) & 0xFFFFFFFF < 0x80000000
        if front is None or not (front.sees(self._manager) and newer):
            if source is not None:
                source.send_cancelled()
            return
        self._serial = serial
        self.replace(source)

    def _in_reach(self) -> Iterator[Client | None]:
        """Who has the focus, and who had it until a moment ago."""
        yield self._focus
        _left, when, who = self._left
        if since(when, now()) < _GRACE:
            yield who

    def has_focus(self, instance: Instance) -> bool:
        return self._focus is not None and self._focus.instance is instance

    def _in_hand(self, client: Client, serial: int) -> bool:
        if client is self._focus:
            return serial in client.input_serials
        # A user who copies and turns to another window at once may be ahead of the app.
        left, when, who = self._left
        return client is who and since(when, now()) < _GRACE and (serial == left or serial in client.input_serials)

    def holds(self, source: Source) -> bool:
        return self._source is source

    def replace(self, source: Source | None) -> None:
        """Make `source` the selection."""
        old, self._source = self._source, source
        self._file_lists.clear()
        if old is not None and old is not source:
            old.send_cancelled()
        self._offer()

    def drop(self, source: Source) -> None:
        """`source` shall not be the selection any more."""
        if self._source is source:
            self.replace(None)

    def follow(self, client: Client | None, left: int) -> None:
        """The keyboard focus moved to `client`; the one that had it was told so with the serial `left`."""
        if client is not self._focus:
            self._left = (left, now(), self._focus)
            self._focus = client
            # Files are copied anew once their app may have changed them.
            self._file_lists.clear()
            self._offer_to_focus()

    def _offer(self) -> None:
        self._offer_to_focus()
        for watcher in tuple(self._watchers):
            if not watcher.by_focus:
                self._tell(watcher)

    def _offer_to_focus(self) -> None:
        self._withdraw_all()
        if self._focus is not None and self._focus.connected:
            for device in tuple(self._focus.all(self._device)):
                self.greet(device)
        for watcher in tuple(self._watchers):
            if watcher.by_focus:
                self._tell(watcher)

    def greet(self, device: Any) -> None:
        """Offer the selection through one device if its client has the focus."""
        client: Client = device.client
        if client is not self._focus or not client.sees(self._manager):
            return
        if self._source is None:
            device.send_selection(None)
            return
        try:
            offer = device.offer(self._source)
        except BudgetExceeded as error:
            client.fail(str(error))
            return
        offer.selection = self
        self._offers[offer] = None
        device.send_selection(offer)

    def file_list(self, source: Source, target: Instance) -> FileList:
        """The files that `source`, the selection, offers to an instance."""
        found = self._file_lists.get(target)
        if found is None:
            found = self._file_lists[target] = FileList(source, target, lambda: self._offer_anew(target))
        return found

    def _offer_anew(self, target: Instance) -> None:
        """A new offer is read by programs that know the present one to be empty."""
        if target in self._file_lists and self._focus is not None and self._focus.instance is target:
            self._offer_to_focus()

    # --- clients that hear of it without the focus

    def watch(self, watcher: Watcher) -> None:
        self._watchers[watcher] = None
        self._tell(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        self._watchers.pop(watcher, None)
        self._late.pop(watcher, None)

    def _tell(self, watcher: Watcher) -> None:
        # Many changes in a row must not drown a client that has yet to read the first.
        if watcher.client.backed_up:
            self._late[watcher] = None
            return
        try:
            watcher.tell(self, self._source)
        except BudgetExceeded as error:
            watcher.client.fail(str(error))

    def flush(self) -> None:
        """Once a turn: tell those that have caught up with reading. They throw away outdated offers then,
        so there is a turn."""
        if self._late:
            late, self._late = self._late, {}
            for watcher in late:
                self._tell(watcher)

    # --- what may vanish

    def source_destroyed(self, source: Source) -> None:
        if self._source is source:
            self._source = None
            self._file_lists.clear()
            self._offer()

    def withdraw(self, offer: Offer) -> None:
        self._offers.pop(offer, None)
        offer.selection = None

    def _withdraw_all(self) -> None:
        for offer in tuple(self._offers):
            self.withdraw(offer)

    def client_gone(self, client: Client) -> None:
        if self._left[2] is client:
            self._left = (0, 0, None)
        if self._focus is client:
            self._focus = None
            self._withdraw_all()
