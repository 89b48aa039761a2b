"""ext_data_control: clipboard managers, which read and set both selections without having the focus.

The classes without an interface hold what the older protocol of wlroots
(`berth.display.wlr_data_control`) does as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pywayland.protocol.ext_data_control_v1 import (
    ExtDataControlDeviceV1,
    ExtDataControlManagerV1,
    ExtDataControlOfferV1,
    ExtDataControlSourceV1,
)

from berth.core.permissions import CLIPBOARD_MANAGER
from berth.display.resource import Resource, event
from berth.display.selection import Offer, Selection, Source

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.seat import Seat

_INVALID_OFFER = int(ExtDataControlSourceV1.error.invalid_offer)
_USED_SOURCE = int(ExtDataControlDeviceV1.error.used_source)


class ControlSource(Source):
    __slots__ = ()
    listed = True
    permission = CLIPBOARD_MANAGER

    def on_offer(self, mime_type: str) -> None:
        if self.used:
            raise self.error(_INVALID_OFFER, "a type after the source was used")
        super().on_offer(mime_type)

    def revoked(self) -> None:
        server = self.client.server
        server.clipboard.drop(self)
        server.primary.drop(self)

    def destroyed(self) -> None:
        server = self.client.server
        server.clipboard.source_destroyed(self)
        server.primary.source_destroyed(self)
        super().destroyed()


class ControlDevice(Resource):
    """Hears of both selections and sets them, until the permission is taken back: then it does nothing."""

    __slots__ = ("_live", "_offers")
    listed = True
    permission = CLIPBOARD_MANAGER
    by_focus = False
    primary_since = 1
    new_offer: type[Offer]
    send_data_offer: Any
    send_selection: Any
    send_primary_selection: Any
    send_finished: Any

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self._offers: dict[Selection, Offer] = {}
        self._live = self.allowed
        if not self._live:
            self.send_finished()
            return
        for selection in self._selections():
            selection.watch(self)
        client.instance.uses.begin(self.permission, self)

    @property
    def allowed(self) -> bool:
        return self.permission in self.client.instance.access.granted

    def _selections(self) -> tuple[Selection, ...]:
        server = self.client.server
        return (server.clipboard, server.primary)[: 2 if self.version >= self.primary_since else 1]

    def tell(self, selection: Selection, source: Source | None) -> None:
        self.withdraw(selection)
        offer = None if source is None else self._offer(selection, source)
        if selection is self.client.server.clipboard:
            self.send_selection(offer)
        else:
            self.send_primary_selection(offer)

    def _offer(self, selection: Selection, source: Source) -> Offer:
        offer = self.new_offer(self.client, self.version, source)
        offer.selection = selection
        self._offers[selection] = offer
        self.send_data_offer(offer)
        for mime_type in source.types:
            offer.send_offer(mime_type)
        return offer

    def withdraw(self, selection: Selection) -> None:
        offer = self._offers.pop(selection, None)
        if offer is not None:
            offer.selection = None

    def on_set_selection(self, source: ControlSource | None) -> None:
        self._set(self.client.server.clipboard, source)

    def on_set_primary_selection(self, source: ControlSource | None) -> None:
        self._set(self.client.server.primary, source)

    def _set(self, selection: Selection, source: ControlSource | None) -> None:
        if source is not None:
            if source.used:
                raise self.error(_USED_SOURCE, "the source was used already")
            source.used = True
        if self._live:
            self.replace(selection, source)
        elif source is not None:
            source.send_cancelled()

    def replace(self, selection: Selection, source: ControlSource | None) -> None:
        selection.replace(source)

    def revoked(self) -> None:
        if self._live:
            self._end()
            self.send_finished()

    def _end(self) -> None:
        self._live = False
        self.client.instance.uses.end(self.permission, self)
        for selection in self._selections():
            selection.unwatch(self)
            self.withdraw(selection)

    def destroyed(self) -> None:
        self._end()


class DataControlSource(ControlSource):
    __slots__ = ()
    interface = ExtDataControlSourceV1
    send_send = event(ExtDataControlSourceV1, "send")
    send_cancelled = event(ExtDataControlSourceV1, "cancelled")


class ControlOffer(Offer):
    """Clipboard managers read all there is, without the user's act: lists of files come to them as names alone."""

    __slots__ = ()

    @property
    def hands_files(self) -> bool:
        return False


class DataControlOffer(ControlOffer):
    __slots__ = ()
    interface = ExtDataControlOfferV1
    send_offer = event(ExtDataControlOfferV1, "offer")


class DataControlDevice(ControlDevice):
    __slots__ = ()
    interface = ExtDataControlDeviceV1
    new_offer: type[Offer] = DataControlOffer
    send_data_offer = event(ExtDataControlDeviceV1, "data_offer")
    send_selection = event(ExtDataControlDeviceV1, "selection")
    send_primary_selection = event(ExtDataControlDeviceV1, "primary_selection")
    send_finished = event(ExtDataControlDeviceV1, "finished")


class DataControlManager(Resource):
    __slots__ = ()
    interface = ExtDataControlManagerV1
    permission = CLIPBOARD_MANAGER

    def on_create_data_source(self, new_id: int) -> None:
        DataControlSource(self.client, self.version, new_id)

    def on_get_data_device(self, new_id: int, _seat: Seat) -> None:
        DataControlDevice(self.client, self.version, new_id)
