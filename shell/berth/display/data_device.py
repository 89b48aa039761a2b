"""wl_data_device_manager: the clipboard, and the objects that a drag is made of (`berth.display.drag`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlDataDevice, WlDataDeviceManager, WlDataOffer, WlDataSource

from berth.display.clock import now, since
from berth.display.input_timestamps import MAX_DEVICES
from berth.display.resource import ProtocolError, Resource, event
from berth.display.selection import Offer, Source
from berth.display.toplevel import toplevel_of

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.drag_offer import DragOffer
    from berth.display.seat import Seat
    from berth.display.surface import Surface
    from berth.display.toplevel_drag import ToplevelDrag

_VERSION = 4

_STILL_THERE = 2_000
"""Milliseconds after a drop in which the user still waits for what it does."""

DRAG_RESULT_SINCE = 3
"""Version of the data objects from which on a drag has actions, and its end is told to the source."""

COPY, MOVE, ASK = (int(WlDataDeviceManager.dnd_action[name]) for name in ("copy", "move", "ask"))


class DataSource(Source):
    """`actions` is None until the client names them, `ended` true once a drag with it was dropped or cancelled."""

    __slots__ = ("_action", "_target", "actions", "ended", "toplevel_drag")
    interface = WlDataSource
    highest = _VERSION
    send_target = event(WlDataSource, "target")
    send_send = event(WlDataSource, "send")
    send_cancelled = event(WlDataSource, "cancelled")
    send_dnd_drop_performed = event(WlDataSource, "dnd_drop_performed")
    send_dnd_finished = event(WlDataSource, "dnd_finished")
    send_action = event(WlDataSource, "action")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.actions: int | None = None
        self.toplevel_drag: ToplevelDrag | None = None
        self.ended = False
        self._target: str | None = None
        self._action = 0

    def on_set_actions(self, actions: int) -> None:
        if actions & ~(COPY | MOVE | ASK):
            raise self.error(WlDataSource.error.invalid_action_mask, f"{actions} has unknown actions")
        if self.used or self.actions is not None:
            raise self.error(WlDataSource.error.invalid_source, "set_actions belongs to a drag, once, before it")
        self.actions = actions

    @property
    def drag_actions(self) -> int:
        """What may be done with the data; copying for a client that names nothing."""
        return COPY if self.actions is None else self.actions

    def tell_target(self, mime_type: str | None) -> None:
        if mime_type != self._target:
            self._target = mime_type
            self.send_target(mime_type)

    def tell_action(self, action: int) -> None:
        if action != self._action:
            self._action = action
            self.send_action(action)

    def drop_performed(self) -> None:
        self.ended = True
        self.send_dnd_drop_performed()

    def drag_cancelled(self) -> None:
        """An old source hears only that it was replaced, which a drag never is."""
        self.ended = True
        if self.version >= DRAG_RESULT_SINCE:
            self.send_cancelled()

    def destroyed(self) -> None:
        server = self.client.server
        server.clipboard.source_destroyed(self)
        server.seat.drag.source_destroyed(self)
        super().destroyed()


class DataOffer(Offer):
    """An offer of the clipboard; what only a drag may do is refused."""

    __slots__ = ()
    interface = WlDataOffer
    highest = _VERSION
    send_offer = event(WlDataOffer, "offer")
    send_source_actions = event(WlDataOffer, "source_actions")
    send_action = event(WlDataOffer, "action")

    def on_accept(self, _serial: int, _mime_type: str | None) -> None:
        pass

    def on_finish(self) -> None:
        raise self.error(WlDataOffer.error.invalid_finish, "finish belongs to a drag")

    def on_set_actions(self, actions: int, preferred: int) -> None:
        self.check_actions(actions, preferred)
        raise self.error(WlDataOffer.error.invalid_offer, "set_actions belongs to a drag")

    def check_actions(self, actions: int, preferred: int) -> None:
        if actions & ~(COPY | MOVE | ASK):
            raise self.error(WlDataOffer.error.invalid_action_mask, f"{actions} has unknown actions")
        if preferred not in (0, COPY, MOVE, ASK):
            raise self.error(WlDataOffer.error.invalid_action, f"{preferred} is no single action")


class DataDevice(Resource):
    __slots__ = ("_held",)
    interface = WlDataDevice
    listed = True
    most = MAX_DEVICES
    highest = _VERSION
    send_data_offer = event(WlDataDevice, "data_offer")
    send_enter = event(WlDataDevice, "enter")
    send_leave = event(WlDataDevice, "leave")
    send_motion = event(WlDataDevice, "motion")
    send_drop = event(WlDataDevice, "drop")
    send_selection = event(WlDataDevice, "selection")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self._held: DragOffer | None = None
        client.server.clipboard.greet(self)

    def offer(self, source: Source) -> DataOffer:
        """Introduce what `source` has.

        Raises:
            BudgetExceeded: the device's client keeps too many objects.
        """
        made = DataOffer(self.client, self.version, source)
        self.introduce(made)
        return made

    def introduce(self, offer: DataOffer) -> None:
        self.send_data_offer(offer)
        for mime_type in offer.source.types:
            offer.send_offer(mime_type)

    # --- a drop that waits for the files of another app

    def drop_when_there(self, offer: DragOffer, surface: Surface) -> bool:
        """Tell of the drop on `surface` when the files that `offer` hands over have been brought.

        Returns whether that is now. If not, the user turns to the window with the drop: some programs take a
        keyboard focus, and the selection that comes with it, for the end of what they are offered by a drag.
        """
        dropped = now()
        self._held = offer

        def brought() -> None:
            if self._held is not offer:
                return
            self._held = None
            self.send_drop()
            window = toplevel_of(surface.root()) if surface.alive and late else None
            if window is not None:
                window.request("activate" if since(dropped, now()) < _STILL_THERE else "attention")

        late = False
        offer.file_list().bring(brought)
        late = self._held is offer
        return not late

    def give_up_drop(self) -> None:
        """Before the next drag comes: one that still waits is over."""
        held, self._held = self._held, None
        if held is not None:
            self.send_leave()
            held.give_up()

    def forget_drop(self, offer: DragOffer) -> None:
        """The client has thrown the offer away."""
        if self._held is offer:
            self._held = None

    # --- from the client

    def on_set_selection(self, source: DataSource | None, serial: int) -> None:
        if source is not None:
            if source.actions is not None or source.toplevel_drag is not None:
                raise source.error(WlDataSource.error.invalid_source, "the source is for a drag")
            # One that was the selection before may be so again: the protocol allows to refuse it, but GTK 3 does that.
            if source.used:
                raise self._used()
        self.client.server.clipboard.set(self.client, source, serial)

    def on_start_drag(self, source: DataSource | None, origin: Surface, icon: Surface | None, serial: int) -> None:
        if source is not None:
            if source.used or self.client.server.clipboard.holds(source):
                raise self._used()
            source.used = True
        drag = self.client.server.seat.drag
        if icon is not None and not drag.may_be_icon(icon):
            raise self.error(WlDataDevice.error.role, f"the icon is a {icon.role_name} already")
        if not drag.start(self.client, source, origin, icon, serial) and source is not None:
            source.drag_cancelled()

    def _used(self) -> ProtocolError:
        return self.error(WlDataDevice.error.used_source, "the source was used already")


class DataDeviceManager(Resource):
    __slots__ = ()
    interface = WlDataDeviceManager
    highest = _VERSION

    def on_create_data_source(self, new_id: int) -> None:
        DataSource(self.client, self.version, new_id)

    def on_get_data_device(self, new_id: int, _seat: Seat) -> None:
        DataDevice(self.client, self.version, new_id)
