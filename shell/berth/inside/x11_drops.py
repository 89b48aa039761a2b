"""Drags from apps of the desktop into X programs: for these it is a program of theirs that drags, by XDND.

The desktop tells of a drag over the window of the X server as of one over a surface that stands for it here. Where a
program takes part, that is asked; what it answers, the desktop hears. The data goes as with what is copied.

Source: the drag-and-drop protocol for the X Window System, version 5 (freedesktop.org, XDND).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from berth.inside.wayland_wire import Arguments
from berth.inside.x11_drags import Drags
from berth.inside.x11_offers import Offered
from berth.inside.x11_transfers import READING, Exchange
from berth.inside.x11_wire import ATOM, CURRENT_TIME, NONE, Event, Property

if TYPE_CHECKING:
    from berth.inside.x11_selections import Bridge

MANAGER = "wl_data_device_manager"
_MANAGER_VERSION = 3
_GET_DEVICE = 1
_ACCEPT, _RECEIVE, _DESTROY, _FINISH, _SET_ACTIONS = range(5)
_COPY, _MOVE = 1, 2
_VERSION, _OLDEST = 5, 3
"""Of XDND; programs of before 1999 are left alone."""
_FILES = "text/uri-list"
NAMES = (
    *("XdndAware", "XdndSelection", "XdndTypeList", "XdndEnter", "XdndPosition", "XdndStatus", "XdndLeave"),
    *("XdndDrop", "XdndFinished", "XdndActionCopy", "XdndActionMove"),
)


class Target:
    """The program's window below the drag, and what it has said."""

    def __init__(self, window: int, version: int) -> None:
        self.window = window
        self.version = version
        self.accepts = False
        self.asked = False  # where the drag is, and has not answered
        self.moved = False  # since


class Drops:
    """The drag that is over the window now, and one that was dropped there and is being dealt with."""

    def __init__(self, bridge: Bridge, seat: int) -> None:
        self._bridge = bridge
        self._x = bridge.x
        self._window = self._x.new_window()
        self.desktop = Offered(bridge, bridge.atoms["XdndSelection"], _RECEIVE, _DESTROY)
        self._types: tuple[str, ...] = ()
        self._serial = 0
        self._over = False
        self._place = (0, 0)
        self._target: Target | None = None
        self._seeking = self._sought_again = False
        self._drop: Drop | None = None
        wayland = bridge.wayland
        manager = wayland.bind(MANAGER, _MANAGER_VERSION)
        # A surface that is never drawn.
        compositor = wayland.bind("wl_compositor", 1)
        surface = wayland.new()
        wayland.send(compositor, 0, surface)
        device = wayland.new(bridge.introduced, self._entered, self._left, self._moved, self._dropped)
        wayland.send(manager, _GET_DEVICE, device, seat)
        self.drags = Drags(bridge, manager, device, surface, self._window)

    # --- from the desktop

    def _entered(self, event: Arguments) -> None:
        serial, _surface, x, y, offer = event.word(), event.word(), event.fixed(), event.fixed(), event.word()
        self._end()
        types = tuple(self._bridge.types_of(offer))
        if self.drags.under_way:
            self.drags.entered(offer)
            return
        if not offer:
            return
        self._serial, self._over, self._place = serial, True, (int(x), int(y))
        self._types = types
        self.desktop.take(offer)
        self.desktop.name(self._types, self._begin)

    def _begin(self) -> None:
        if self._over:
            targets = struct.pack(f"={len(self.desktop.types)}I", *self.desktop.types)
            self._x.change_property(self._window, self._bridge.atoms["XdndTypeList"], ATOM, 32, targets)
            self._x.own(self._bridge.atoms["XdndSelection"], self._window)
            self._seek()

    def _moved(self, event: Arguments) -> None:
        _time, x, y = event.word(), event.fixed(), event.fixed()
        if self._over:
            self._place = (int(x), int(y))
            if self.desktop.types:
                self._seek()

    def _left(self, _event: Arguments) -> None:
        if self._over:
            self._leave_target()
            self._end()
        elif self.drags.under_way:
            self.drags.left()

    def _dropped(self, _event: Arguments) -> None:
        if not self._over:
            return
        self._over = False
        if self._target is None or not self._target.accepts:
            self._end()
            return
        self._drop = Drop(self._bridge, self._target.window, self._end)
        self._tell("XdndDrop", 0, CURRENT_TIME)

    def _end(self) -> None:
        self._over = False
        self._target = None
        drop, self._drop = self._drop, None
        if drop is not None:
            drop.ended = True
        self.desktop.take(0)

    # --- which program it is over

    def _seek(self) -> None:
        if self._seeking:
            self._sought_again = True
            return
        self._seeking = True
        self._look_into(self._x.root)

    def _look_into(self, window: int) -> None:
        self._x.child_at(window, *self._place, self._look_at)

    def _look_at(self, window: int) -> None:
        if window == NONE:
            self._found(None)
        else:
            self._x.get_property(window, self._bridge.atoms["XdndAware"], 0, 4, partial(self._aware, window))

    def _aware(self, window: int, part: Property | None) -> None:
        if part is None or part.type != ATOM or len(part.data) < 4:
            self._look_into(window)
            return
        (version,) = struct.unpack_from("=I", part.data)
        self._found(Target(window, min(version, _VERSION)) if version >= _OLDEST else None)

    def _found(self, target: Target | None) -> None:
        self._seeking = False
        again, self._sought_again = self._sought_again, False
        if not self._over:
            return
        if again:
            self._seek()
            return
        if target is None or self._target is None or target.window != self._target.window:
            self._leave_target()
            self._accept(False)
            self._target = target
            if target is not None:
                self._tell("XdndEnter", target.version << 24 | 1, *tuple(self.desktop.types)[:3])
        self._tell_place()

    def _leave_target(self) -> None:
        self._tell("XdndLeave")
        self._target = None

    # --- between the program and the desktop

    def _tell(self, message: str, *words: int) -> None:
        if self._target is not None:
            all_words = (self._window, *words, 0, 0, 0, 0)[:5]
            self._x.tell(self._target.window, self._bridge.atoms[message], all_words)

    def _tell_place(self) -> None:
        target = self._target
        if target is None:
            return
        target.moved = target.asked
        if not target.asked:
            target.asked = True
            x, y = self._place
            place = (x & 0xFFFF) << 16 | y & 0xFFFF
            self._tell("XdndPosition", 0, place, CURRENT_TIME, self._bridge.atoms["XdndActionCopy"])

    def told(self, event: Event) -> None:
        """A client message has come."""
        _window, kind, sender, flags, *_rest = event.words(7)
        atoms = self._bridge.atoms
        if self._drop is not None and kind == atoms["XdndFinished"] and sender == self._drop.window:
            self._finish()
        elif self._over and self._target is not None and kind == atoms["XdndStatus"] and sender == self._target.window:
            self._target.asked = False
            if bool(flags & 1) != self._target.accepts:
                self._accept(bool(flags & 1))
            if self._target.moved:
                self._tell_place()

    def _accept(self, accepts: bool) -> None:
        if self._target is not None:
            self._target.accepts = accepts
        wayland, offer = self._bridge.wayland, self.desktop.offer
        # Lists of files are brought when the drop comes; of other types the program has the choice.
        wanted = _FILES if _FILES in self._types else self._types[0]
        wayland.send(offer, _ACCEPT, self._serial, wanted if accepts else 0)
        wayland.send(offer, _SET_ACTIONS, (_COPY | _MOVE) * accepts, _COPY * accepts)

    def _finish(self) -> None:
        self._bridge.wayland.send(self.desktop.offer, _FINISH)
        self._end()


class Drop(Exchange):
    """Until the program says that it is done with what was dropped."""

    def __init__(self, bridge: Bridge, window: int, given_up: Callable[[], None]) -> None:
        super().__init__(bridge, window)
        self._given_up = given_up
        self.within(READING)

    def give_up(self) -> None:
        self._given_up()
