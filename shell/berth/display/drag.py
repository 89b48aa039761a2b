"""Drag and drop: from start_drag over every surface that is crossed to the drop.

While a drag is under way the pointer or finger that carries it enters no surface in the usual way;
the clients below hear of it through their data devices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from berth.core.messages import NO_TOUCH, DragChanged, DragEnded, Key
from berth.core.messages import Touch as TouchMessage
from berth.display.data_device import ASK, COPY, MOVE, DataDevice, DataDeviceManager
from berth.display.drag_icon import DragIcon
from berth.display.drag_offer import DragOffer
from berth.display.file_list import FileList
from berth.display.resource import BudgetExceeded

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.data_device import DataSource
    from berth.display.instances import Instance
    from berth.display.server import Server
    from berth.display.surface import Surface

_SHIFT, _CONTROL, _ALT = 1, 4, 8
"""Bits of xkb's real modifiers."""
_WANTED = {_SHIFT: MOVE, _CONTROL: COPY, _ALT: ASK}

_WORDS: dict[int, Literal["none", "copy", "move", "ask"]] = {0: "none", COPY: "copy", MOVE: "move", ASK: "ask"}


class Drag:
    """One drag under way.

    Attributes:
        source: None if the client keeps the data to itself, and the drag inside its surfaces.
        finger: the touch point that carries it, `NO_TOUCH` for the pointer.
        over: the surface below, None over nothing that takes part.
        wanted: the action that the user's modifier keys choose, 0 for no choice.
    """

    def __init__(self, client: Client, source: DataSource | None, icon: DragIcon | None, finger: int) -> None:
        self.client = client
        self.source = source
        self.icon = icon
        self.finger = finger
        self.over: Surface | None = None
        self.wanted = 0
        self._entered: list[tuple[DataDevice, DragOffer | None]] = []
        self._file_lists: dict[Instance, FileList] = {}
        self._voice: DragOffer | None = None  # of several devices of the target, the one that spoke last

    # --- where it is

    def move(self, surface: Surface | None, x: float, y: float, time: int) -> None:
        if surface is self.over and surface is not None and surface.client.backed_up:
            return
        if surface is not None and not self._takes_part(surface.client):
            surface = None
        if surface is not self.over:
            self.leave()
            if surface is not None:
                self._enter(surface, x, y)
        elif surface is not None:
            for device, _offer in self._entered:
                device.send_motion(time, x, y)

    def _takes_part(self, client: Client) -> bool:
        if client.backed_up or not client.sees(DataDeviceManager):
            return False
        return self.source is not None or client is self.client

    def _enter(self, surface: Surface, x: float, y: float) -> None:
        self.over = surface
        client = surface.client
        serial = client.server.seat.serial_for(client)
        for device in tuple(client.all(DataDevice)):
            device.give_up_drop()
            try:
                offer = self._offer(device)
            except BudgetExceeded as error:
                client.fail(str(error))
                return
            self._entered.append((device, offer))
            device.send_enter(serial, surface, x, y, offer)
        if self._entered:
            self._voice = self._entered[0][1]
        self.settle()

    def _offer(self, device: DataDevice) -> DragOffer | None:
        if self.source is None:
            return None
        offer = DragOffer(device.client, device.version, self, self.source)
        device.introduce(offer)
        offer.send_source_actions(offer.allowed)
        return offer

    # --- files that go to another app

    def file_list(self, target: Instance) -> FileList:
        found = self._file_lists.get(target)
        if found is None:
            assert self.source is not None
            found = self._file_lists[target] = FileList(self.source, target)
        return found

    def has_file_list(self, target: Instance) -> bool:
        """Whether a client of that instance has asked for it."""
        return target in self._file_lists

    # --- leaving

    def leave(self) -> None:
        """The target hears that the drag is no longer its concern."""
        for device, _offer in self._entered:
            device.send_leave()
        self._forget_target()

    def _forget_target(self) -> None:
        for _device, offer in self._entered:
            if offer is not None:
                offer.leave()
        self._entered.clear()
        self.over = self._voice = None
        if self.source is not None and not self.source.ended:
            self.source.tell_target(None)
            self.source.tell_action(0)

    # --- what both sides settle

    def spoken(self, offer: DragOffer) -> None:
        self._voice = offer
        self.settle()

    def silenced(self, offer: DragOffer) -> None:
        """The target has thrown its offer away before a drop."""
        if offer is self._voice and self.source is not None:
            self._voice = None
            self.source.tell_target(None)
            self.source.tell_action(0)

    def settle(self) -> None:
        if self._voice is not None:
            self._voice.settle(self.wanted)

    @property
    def action(self) -> int:
        """What a drop now would do."""
        return self._voice.action if self._voice is not None and self._voice.takes_drop else 0

    # --- the end

    def drop(self) -> bool:
        """Let go. Returns false if nobody takes it now: then the source knows that, or the target hears of it later."""
        voice = self._voice
        if self.source is not None:
            self.source.drop_performed()
            if voice is None or not voice.takes_drop:
                self.cancel()
                return False
        taken = bool(self._entered)
        if voice is not None:
            voice.drop()
        for device, offer in self._entered:
            if offer is not voice:
                device.send_leave()
            elif offer is not None and offer.takes_files and self.over is not None:
                taken = device.drop_when_there(offer, self.over)
            else:
                device.send_drop()
        self._forget_target()
        return taken

    def cancel(self) -> None:
        if self.source is not None:
            self.source.ended = True
        self.leave()
        if self.source is not None:
            self.source.drag_cancelled()

    def describe(self) -> DragChanged:
        icon, attached = self.icon, None if self.source is None else self.source.toplevel_drag
        return DragChanged(
            self.finger,
            *(icon.describe() if icon is not None else (0, 0, 0)),
            _WORDS[self.action],
            *(attached.describe() if attached is not None else (0, 0, 0)),
        )


class DragState:
    """The one drag there may be, and what is left of it: the pointer stays with a cancelled drag until
    every button is up, and a key that went down during a drag is nobody else's."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._drag: Drag | None = None
        self._has_pointer = False
        self._below: Surface | None = None  # the pointer, as long as it is ours
        self._keys: set[int] = set()
        self._told: DragChanged | None = None

    # --- from the client

    def may_be_icon(self, surface: Surface) -> bool:
        return isinstance(surface.role, DragIcon) or (surface.role is None and not surface.role_name)

    def start(
        self, client: Client, source: DataSource | None, origin: Surface, icon: Surface | None, serial: int
    ) -> bool:
        """Begin a drag if the client holds a button or finger down with that serial."""
        role = None if icon is None else DragIcon.give(icon)
        if self._drag is not None or not client.sees(DataDeviceManager):
            return False
        seat = self._server.seat
        finger = seat.touch.finger(origin, serial)
        if finger == NO_TOUCH and not seat.pointer.grabbed(origin, serial):
            return False
        self._drag = drag = Drag(client, source, role, finger)
        self.modifiers_changed()
        if finger == NO_TOUCH:
            self._has_pointer = True
            self._take_pointer()
        else:
            point = seat.touch.take_away(finger)
            drag.move(point.surface, point.x, point.y, 0)
        return True

    def _take_pointer(self) -> None:
        pointer = self._server.seat.pointer
        self._below = pointer.focus
        pointer.take_away()
        if self._drag is not None:
            self._drag.move(self._below, pointer.x, pointer.y, 0)

    # --- from the user

    @property
    def has_pointer(self) -> bool:
        return self._has_pointer

    def pointer_moved(self, surface: Surface | None, x: float, y: float, time: int) -> None:
        self._below = surface
        if self._drag is not None and self._drag.finger == NO_TOUCH:
            self._drag.move(surface, x, y, time)

    def pointer_released(self) -> None:
        """The last button is up."""
        if self._drag is not None and self._drag.finger == NO_TOUCH:
            self._drop()
        self._has_pointer = False
        below, self._below = self._below, None
        self._server.seat.pointer.give_back(below)

    def touched(self, message: TouchMessage) -> bool:
        """Whether what a finger does is the drag's matter alone."""
        drag = self._drag
        if drag is None or drag.finger == NO_TOUCH:
            return False
        if message.kind == "cancel":
            self.cancel()
            return False
        if message.kind in ("down", "frame") or message.touch != drag.finger:
            return False
        if message.kind == "up":
            self._drop()
        else:
            drag.move(self._server.scene.surfaces.get(message.surface), message.x, message.y, message.time)
        return True

    def _drop(self) -> None:
        drag = self._drag
        if drag is not None:
            over = drag.over
            self._server.popups.pressed(over)
            dropped = drag.drop()
            self._end(over if dropped else None)

    def cancel(self) -> None:
        if self._drag is not None:
            self._drag.cancel()
            self._end(None)

    def _end(self, on: Surface | None) -> None:
        self._drag = None
        if self._told is not None:
            self._told = None
            self._server.scene.send(DragEnded(0 if on is None else on.number))

    def key(self, message: Key) -> bool:
        """Whether the key is the drag's matter alone."""
        if message.pressed:
            if self._drag is not None:
                self._keys.add(message.code)
            return self._drag is not None
        taken = message.code in self._keys
        self._keys.discard(message.code)
        return taken

    def modifiers_changed(self) -> None:
        if self._drag is not None:
            depressed, latched, _locked, _group = self._server.seat.keyboard.keymap.modifiers
            self._drag.wanted = _WANTED.get((depressed | latched) & (_SHIFT | _CONTROL | _ALT), 0)
            self._drag.settle()

    # --- what may vanish

    def source_destroyed(self, source: DataSource) -> None:
        if self._drag is not None and self._drag.source is source:
            self.cancel()

    def surface_destroyed(self, surface: Surface) -> None:
        if self._below is surface:
            self._below = None
        if self._drag is not None and self._drag.over is surface:
            self._drag.leave()

    def client_gone(self, client: Client) -> None:
        if self._drag is not None and self._drag.client is client:
            self.cancel()

    # --- once a turn

    def flush(self) -> None:
        """Tell the ui what has changed."""
        if self._drag is None:
            return
        now = self._drag.describe()
        if now != self._told:
            self._told = now
            self._server.scene.send(now)
