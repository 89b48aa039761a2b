"""Drag and drop: from start_drag over every surface that is crossed to the drop.

While a drag is under way the pointer or finger that carries it enters no surface in the usual way;
the clients below hear of it through their data devices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Literal

from berth.core.messages import NO_TOUCH, DragChanged, DragEnded, Key, PointerMotion
from berth.core.messages import Touch as TouchMessage
from berth.display.data_device import ASK, COPY, MOVE, DataDevice, DataDeviceManager
from berth.display.drag_icon import DragIcon
from berth.display.drag_offer import DragOffer
from berth.display.file_list import FileList
from berth.display.nested_drag import WayOut, pressed_beside
from berth.display.resource import BudgetExceeded
from berth.display.shell_drop import ShellDrop, may_take

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
        way_out: of a drag that began in the window of a display server, beside which its client is.
    """

    def __init__(
        self,
        client: Client,
        source: DataSource | None,
        icon: DragIcon | None,
        finger: int,
        way_out: WayOut | None = None,
    ) -> None:
        self.client = client
        self.source = source
        self.icon = icon
        self.finger = finger
        self.way_out = way_out
        self.over: Surface | None = None
        self.wanted = 0
        self._entered: list[tuple[DataDevice, DragOffer | None]] = []
        self._file_lists: dict[Instance, FileList] = {}
        self._shell: ShellDrop | None = None
        self._over_shell = False
        self._voice: DragOffer | None = None  # of several devices of the target, the one that spoke last

    # --- where it is

    def move(self, surface: Surface | None, x: float, y: float, time: int) -> None:
        if self._stays_inside(surface, partial(self._move_on, surface, x, y, time)):
            return
        over_shell = surface is None
        if surface is not None and not self._takes_part(surface.client):
            surface = None
        if surface is not self.over:
            self.leave()
            if surface is not None:
                self._enter(surface, x, y)
        elif surface is not None:
            for device, _offer in self._entered:
                if not device.client.backed_up:
                    device.send_motion(time, x, y)
        if over_shell is not self._over_shell:
            self._enter_shell() if over_shell else self._forget_target()

    def _move_on(self, surface: Surface | None, x: float, y: float, time: int) -> None:
        if surface is None or surface.alive:
            self.move(surface, x, y, time)

    @property
    def inside(self) -> bool:
        """Whether it is over the window of the display server that it began in, where it is the program's own."""
        return self.way_out is not None and self.over is self.way_out.window

    def _stays_inside(self, surface: Surface | None, onward: Callable[[], None]) -> bool:
        """Whether the drag is not free to go to `surface` yet, but will be: `onward` is called then."""
        if self.way_out is None:
            return False
        if surface is self.way_out.window:
            self.way_out.back()
            return False
        if self.inside:
            own = {offer for device, offer in self._entered if offer is not None and device.client is self.client}
            self.leave()
            self.way_out.left(own)
        return self.way_out.holds(onward)

    def thrown_away(self, offer: DragOffer) -> None:
        """After the drag has left."""
        if self.way_out is not None:
            self.way_out.thrown_away(offer)

    def _enter_shell(self) -> None:
        if self.source is None or not may_take(self.source):
            return
        self._over_shell = True
        if self._shell is None:
            self._shell = ShellDrop(self.source, self._enter_known)
        self._shell.enter()

    def _enter_known(self) -> None:
        """What is in hand is known; it may be over something else by now."""
        if self._over_shell and self._shell is not None:
            self._shell.enter()

    @property
    def _shell_takes(self) -> bool:
        return self._over_shell and self._shell is not None and self._shell.takes

    def _takes_part(self, client: Client) -> bool:
        if client.backed_up or not client.sees(DataDeviceManager):
            return False
        return self.source is not None or client is self.client

    def _enter(self, surface: Surface, x: float, y: float) -> None:
        self.over = surface
        client = surface.client
        serial = client.server.seat.serial_for(client)
        for device, place in tuple(_devices(surface)):
            device.give_up_drop()
            try:
                offer = self._offer(device)
            except BudgetExceeded as error:
                device.client.fail(str(error))
                return
            self._entered.append((device, offer))
            device.send_enter(serial, place, x, y, offer)
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
        self._over_shell = False
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
        if self._shell_takes:
            return COPY
        return self._voice.action if self._voice is not None and self._voice.takes_drop else 0

    @property
    def _target(self) -> int:
        taken = self.over is not None and self._voice is not None and self._voice.takes_drop and not self.inside
        return self.over.number if taken and self.over is not None else 0

    # --- the end

    def drop(self) -> bool:
        """Let go. Returns false if nobody takes it now: then the source knows that, or the target hears of it later."""
        voice = self._voice
        if self.inside:
            self.cancel()
            return False
        if self._shell_takes and self._shell is not None:
            self._over_shell = False
            self._shell.drop()
            return False
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
            "own" if self.inside else _WORDS[self.action],
            *(attached.describe() if attached is not None else (0, 0, 0)),
            self.way_out is not None,
            self._target,
        )


def _devices(surface: Surface) -> Iterator[tuple[DataDevice, Surface]]:
    """Who hears of a drag over `surface`, and what that is called there.

    A display server in a window takes no part in drags. What is beside it in its container does in its place; a surface
    of its own that has no role stands for the window then.
    """
    for device in surface.client.all(DataDevice):
        yield device, surface
    instance = surface.client.instance
    if instance.nested is None:
        return
    stand_ins = {one.client: one for one in surface.client.server.scene.surfaces.values() if not one.role_name}
    for client in instance.clients - {surface.client}:
        if client in stand_ins and not client.backed_up:
            for device in client.all(DataDevice):
                yield device, stand_ins[client]


class DragState:
    """The one drag there may be, and what is left of it: the pointer stays with a cancelled drag until
    every button is up, and a key that went down during a drag is nobody else's."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._drag: Drag | None = None
        self._has_pointer = False
        self._below: Surface | None = None  # the pointer, as long as it is ours
        self._way_out: WayOut | None = None  # as of the drag, which may have ended with the button down
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
        way_out = None
        if finger == NO_TOUCH and not seat.pointer.grabbed(origin, serial):
            window = pressed_beside(client, origin, seat.pointer)
            if window is None or source is None:
                return False
            way_out = WayOut(window)
        self._drag = drag = Drag(client, source, role, finger, way_out)
        self.modifiers_changed()
        if finger == NO_TOUCH:
            self._has_pointer, self._way_out = True, way_out
            self._take_pointer()
        else:
            point = seat.touch.take_away(finger)
            drag.move(point.surface, point.x, point.y, 0)
        return True

    def _take_pointer(self) -> None:
        pointer = self._server.seat.pointer
        self._below = pointer.focus
        if self._way_out is None:
            pointer.take_away()
        if self._drag is not None:
            self._drag.move(self._below, pointer.x, pointer.y, 0)

    # --- from the user

    @property
    def has_pointer(self) -> bool:
        return self._has_pointer

    def keeps(self, surface: Surface | None) -> bool:
        """Whether the pointer is, drag or not, that of the display server with this window."""
        return self._way_out is not None and surface is self._way_out.window

    def pointer_moved(self, surface: Surface | None, message: PointerMotion) -> None:
        self._below = surface
        if self._drag is not None and self._drag.finger == NO_TOUCH:
            self._drag.move(surface, message.x, message.y, message.time)

    def hurry(self) -> None:
        """A button goes down: what is left of a drag has to end."""
        if self._way_out is not None:
            self._way_out.give_up()

    def pointer_released(self, tell: Callable[[], None] | None) -> None:
        """The last button is up; `tell` says so to who keeps the pointer, if they know of that button."""
        release = partial(self._let_go, tell)
        if self._way_out is None or not self._way_out.holds_release(release):
            release()

    def _let_go(self, tell: Callable[[], None] | None) -> None:
        if tell is not None:
            tell()
        if self._drag is not None and self._drag.finger == NO_TOUCH:
            self._drop()
        self._has_pointer, self._way_out = False, None
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
        self.hurry()

    def _end(self, on: Surface | None) -> None:
        self._drag = None
        if self._told is not None:
            self._told = None
            self._server.scene.send(DragEnded(0 if on is None else on.number))

    def key(self, message: Key) -> bool:
        """Whether the key is the drag's matter alone."""
        if message.pressed and self._drag is not None and self._drag.way_out is not None:
            return False
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
        if self.keeps(surface):
            self.cancel()
            self._way_out = None
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
