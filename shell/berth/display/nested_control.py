"""The selections of apps that are display servers themselves, such as an X server in a window (`berth.display.nested`).

Such a server has selections of its own and takes no part in ours. A program beside it in the app's container, which
is another connection of the same instance, joins the two (`berth.inside.x11_selections`). An instance is one domain of
trust, so that connection may do what any app may: read while a window of its instance has the keyboard, and set as who
has got the last input there. It has neither window nor input of its own, which `wl_data_device` asks for; so it is
given `ext_data_control`, cut down to that. What it does not get by this is what the permission is for: the clipboard
at any time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pywayland.protocol.ext_data_control_v1 import ExtDataControlManagerV1, ExtDataControlOfferV1

from berth.display.data_control import ControlSource, DataControlDevice, DataControlSource
from berth.display.resource import Resource, event
from berth.display.selection import Offer, Selection, Source

if TYPE_CHECKING:
    from berth.display.seat import Seat

_MOST_DEVICES = 4
"""Of one connection, which nobody has permitted anything; one is what it takes."""


class NestedControlSource(DataControlSource):
    __slots__ = ()
    permission = ""


class NestedControlOffer(Offer):
    """Files are brought, as they are to any app that is offered them."""

    __slots__ = ()
    interface = ExtDataControlOfferV1
    send_offer = event(ExtDataControlOfferV1, "offer")

    def on_receive(self, mime_type: str, fd: int) -> None:
        # One that was slow to read may not have been told yet that the focus went.
        if self.selection is not None and self.selection.has_focus(self.client.instance):
            super().on_receive(mime_type, fd)
        else:
            os.close(fd)


class NestedControlDevice(DataControlDevice):
    __slots__ = ()
    permission = ""
    most = _MOST_DEVICES
    by_focus = True
    new_offer = NestedControlOffer

    @property
    def allowed(self) -> bool:
        return True

    def tell(self, selection: Selection, source: Source | None) -> None:
        if selection.has_focus(self.client.instance):
            super().tell(selection, source)
        else:
            self.withdraw(selection)

    def replace(self, selection: Selection, source: ControlSource | None) -> None:
        selection.set_beside(self.client, source)


class NestedControlManager(Resource):
    __slots__ = ()
    interface = ExtDataControlManagerV1
    beside_nested = True

    def on_create_data_source(self, new_id: int) -> None:
        NestedControlSource(self.client, self.version, new_id)

    def on_get_data_device(self, new_id: int, _seat: Seat) -> None:
        NestedControlDevice(self.client, self.version, new_id)
