"""zwlr_data_control: the older twin of ext_data_control, which is what wl-clipboard and most managers still speak.

Source: wlr-protocols, wlr-data-control-unstable-v1, version 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlSeat

from berth.core.permissions import CLIPBOARD_MANAGER
from berth.display.data_control import ControlDevice, ControlOffer, ControlSource
from berth.display.interface import complete, declare
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.seat import Seat

_VERSION = 2
ZwlrDataControlOfferV1 = declare("zwlr_data_control_offer_v1", 1)
ZwlrDataControlSourceV1 = declare("zwlr_data_control_source_v1", 1, error={"invalid_offer": 1})
ZwlrDataControlDeviceV1 = declare("zwlr_data_control_device_v1", _VERSION, error={"used_source": 1})
ZwlrDataControlManagerV1 = declare("zwlr_data_control_manager_v1", _VERSION)
complete(ZwlrDataControlOfferV1, (), requests=("receive string fd", "destroy"), events=("offer string",))
complete(ZwlrDataControlSourceV1, (), requests=("offer string", "destroy"), events=("send string fd", "cancelled"))
complete(
    ZwlrDataControlDeviceV1,
    (ZwlrDataControlOfferV1, ZwlrDataControlSourceV1),
    requests=(
        "set_selection ?object:zwlr_data_control_source_v1",
        "destroy",
        "set_primary_selection@2 ?object:zwlr_data_control_source_v1",
    ),
    events=(
        "data_offer new:zwlr_data_control_offer_v1",
        "selection ?object:zwlr_data_control_offer_v1",
        "finished",
        "primary_selection@2 ?object:zwlr_data_control_offer_v1",
    ),
)
complete(
    ZwlrDataControlManagerV1,
    (ZwlrDataControlSourceV1, ZwlrDataControlDeviceV1, WlSeat),
    requests=(
        "create_data_source new:zwlr_data_control_source_v1",
        "get_data_device new:zwlr_data_control_device_v1 object:wl_seat",
        "destroy",
    ),
)


class WlrDataControlSource(ControlSource):
    __slots__ = ()
    interface = ZwlrDataControlSourceV1
    send_send = event(ZwlrDataControlSourceV1, "send")
    send_cancelled = event(ZwlrDataControlSourceV1, "cancelled")


class WlrDataControlOffer(ControlOffer):
    __slots__ = ()
    interface = ZwlrDataControlOfferV1
    send_offer = event(ZwlrDataControlOfferV1, "offer")


class WlrDataControlDevice(ControlDevice):
    __slots__ = ()
    interface = ZwlrDataControlDeviceV1
    highest = _VERSION
    primary_since = 2
    new_offer = WlrDataControlOffer
    send_data_offer = event(ZwlrDataControlDeviceV1, "data_offer")
    send_selection = event(ZwlrDataControlDeviceV1, "selection")
    send_primary_selection = event(ZwlrDataControlDeviceV1, "primary_selection")
    send_finished = event(ZwlrDataControlDeviceV1, "finished")


class WlrDataControlManager(Resource):
    __slots__ = ()
    interface = ZwlrDataControlManagerV1
    highest = _VERSION
    permission = CLIPBOARD_MANAGER

    def on_create_data_source(self, new_id: int) -> None:
        WlrDataControlSource(self.client, self.version, new_id)

    def on_get_data_device(self, new_id: int, _seat: Seat) -> None:
        WlrDataControlDevice(self.client, self.version, new_id)
