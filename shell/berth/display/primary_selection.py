"""zwp_primary_selection: what is marked in one window and pasted with the middle button in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.wp_primary_selection_unstable_v1 import (
    ZwpPrimarySelectionDeviceManagerV1,
    ZwpPrimarySelectionDeviceV1,
    ZwpPrimarySelectionOfferV1,
    ZwpPrimarySelectionSourceV1,
)

from berth.display.input_timestamps import MAX_DEVICES
from berth.display.resource import Resource, event
from berth.display.selection import Offer, Source

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.seat import Seat


class PrimarySource(Source):
    __slots__ = ()
    interface = ZwpPrimarySelectionSourceV1
    send_send = event(ZwpPrimarySelectionSourceV1, "send")
    send_cancelled = event(ZwpPrimarySelectionSourceV1, "cancelled")

    def destroyed(self) -> None:
        self.client.server.primary.source_destroyed(self)
        super().destroyed()


class PrimaryOffer(Offer):
    __slots__ = ()
    interface = ZwpPrimarySelectionOfferV1
    send_offer = event(ZwpPrimarySelectionOfferV1, "offer")


class PrimaryDevice(Resource):
    __slots__ = ()
    interface = ZwpPrimarySelectionDeviceV1
    listed = True
    most = MAX_DEVICES
    send_data_offer = event(ZwpPrimarySelectionDeviceV1, "data_offer")
    send_selection = event(ZwpPrimarySelectionDeviceV1, "selection")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        client.server.primary.greet(self)

    def offer(self, source: Source) -> PrimaryOffer:
        made = PrimaryOffer(self.client, self.version, source)
        self.send_data_offer(made)
        for mime_type in source.types:
            made.send_offer(mime_type)
        return made

    def on_set_selection(self, source: PrimarySource | None, serial: int) -> None:
        self.client.server.primary.set(self.client, source, serial)


class PrimarySelectionManager(Resource):
    __slots__ = ()
    interface = ZwpPrimarySelectionDeviceManagerV1

    def on_create_source(self, new_id: int) -> None:
        PrimarySource(self.client, self.version, new_id)

    def on_get_device(self, new_id: int, _seat: Seat) -> None:
        PrimaryDevice(self.client, self.version, new_id)
