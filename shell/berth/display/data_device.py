"""wl_data_device_manager: the clipboard. A drag is answered as dropped on nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlDataDevice, WlDataDeviceManager, WlDataOffer, WlDataSource

from berth.display.resource import Resource, event
from berth.display.selection import Offer, Source

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.seat import Seat
    from berth.display.surface import Surface

_ALL_ACTIONS = 1 | 2 | 4
_ICON = "wl_data_device-icon"


class DataSource(Source):
    __slots__ = ("for_drag",)
    interface = WlDataSource
    highest = 3
    send_send = event(WlDataSource, "send")
    send_cancelled = event(WlDataSource, "cancelled")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.for_drag = False

    def on_set_actions(self, actions: int) -> None:
        if actions & ~_ALL_ACTIONS:
            raise self.error(WlDataSource.error.invalid_action_mask, f"{actions} has unknown actions")
        if self.used:
            raise self.error(WlDataSource.error.invalid_source, "set_actions belongs to a drag, once, before it")
        self.for_drag = self.used = True

    def destroyed(self) -> None:
        self.client.server.clipboard.source_destroyed(self)


class DataOffer(Offer):
    """An offer of the clipboard; what only a drag may do is refused."""

    __slots__ = ()
    interface = WlDataOffer
    highest = 3
    send_offer = event(WlDataOffer, "offer")

    def on_accept(self, _serial: int, _mime_type: str | None) -> None:
        pass

    def on_finish(self) -> None:
        raise self.error(WlDataOffer.error.invalid_finish, "finish belongs to a drag")

    def on_set_actions(self, actions: int, preferred: int) -> None:
        if actions & ~_ALL_ACTIONS:
            raise self.error(WlDataOffer.error.invalid_action_mask, f"{actions} has unknown actions")
        if preferred not in (0, 1, 2, 4):
            raise self.error(WlDataOffer.error.invalid_action, f"{preferred} is no single action")
        raise self.error(WlDataOffer.error.invalid_offer, "set_actions belongs to a drag")


class DataDevice(Resource):
    __slots__ = ()
    interface = WlDataDevice
    listed = True
    highest = 3
    send_data_offer = event(WlDataDevice, "data_offer")
    send_selection = event(WlDataDevice, "selection")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        client.server.clipboard.greet(self)

    def offer(self, source: Source) -> DataOffer:
        made = DataOffer(self.client, self.version, source)
        self.send_data_offer(made)
        for mime_type in source.types:
            made.send_offer(mime_type)
        return made

    def on_set_selection(self, source: DataSource | None, serial: int) -> None:
        if source is not None:
            if source.for_drag:
                raise source.error(WlDataSource.error.invalid_source, "the source has the actions of a drag")
            if source.used:
                raise self.error(WlDataDevice.error.used_source, "the source was used already")
            source.used = True
        self.client.server.clipboard.set(self.client, source, serial)

    def on_start_drag(self, source: DataSource | None, _origin: Surface, icon: Surface | None, _serial: int) -> None:
        if icon is not None:
            if icon.role_name not in ("", _ICON):
                raise self.error(WlDataDevice.error.role, f"the icon is a {icon.role_name} already")
            icon.role_name = _ICON
        if source is not None:
            if source.used and not source.for_drag:
                raise self.error(WlDataDevice.error.used_source, "the source was used already")
            source.used = True
            source.send_cancelled()


class DataDeviceManager(Resource):
    __slots__ = ()
    interface = WlDataDeviceManager
    highest = 3

    def on_create_data_source(self, new_id: int) -> None:
        DataSource(self.client, self.version, new_id)

    def on_get_data_device(self, new_id: int, _seat: Seat) -> None:
        DataDevice(self.client, self.version, new_id)
