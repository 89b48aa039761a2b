"""Drags of X programs out of the X server's window: for the desktop it is this process that drags.

A program that begins to drag takes a selection of that name, with a button down and the pointer grabbed; the desktop
is told of a drag then, and leaves the pointer to the X server. As long as the drag is over the X server's window,
which is told as one that enters a surface here, it is the program's own. When it leaves, the program is shown a
target: a window that nobody sees, over its whole screen. Once the program has found that, and knows that it may drop
there, the offer of the surface is thrown away, and with it the desktop lets other apps hear of the drag (see
`berth.display.nested_drag`). Which window that is changes each time, so that it is clear what a program that leaves one
has left.

Source: the drag-and-drop protocol for the X Window System, version 5 (freedesktop.org, XDND).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from berth.inside.wayland_wire import Arguments
from berth.inside.x11_offers import as_mime_types
from berth.inside.x11_transfers import ANSWERING, MOST_TARGETS, READING, Exchange, Fetch
from berth.inside.x11_wire import ATOM, NONE, Event, Property

if TYPE_CHECKING:
    from berth.inside.x11_selections import Bridge

_VERSION = 5
_CREATE_SOURCE = 0
_START_DRAG = 0
_OFFER, _DESTROY, _SET_ACTIONS = range(3)
_DESTROY_OFFER = 2
_COPY = 1
_ACCEPTS_EVERYWHERE = 0b11
_IN_ENTER = 3
"""Types that are in the message itself where there are no more."""
_MOST_WAITING = 16
_LONGEST = 86_400.0
"""Seconds that a person may take to carry something."""
_LETTING_GO = 2.0
"""Seconds after the end of a drag for which its program is shown a target, if it does not say that it has heard."""


class Drags:
    """The drag of an X program that there is, or is not.

    Args:
        manager: of the desktop, for what is dragged.
        device: its device.
        surface: stands for the X server's window.
        own: the window that owns the selection when an app of the desktop drags in here.
    """

    def __init__(self, bridge: Bridge, manager: int, device: int, surface: int, own: int) -> None:
        self._bridge = bridge
        self._x = bridge.x
        self._manager = manager
        self._device = device
        self._surface = surface
        self._own = own
        self._selection = bridge.atoms["XdndSelection"]
        self._covers = [self._cover(), self._cover()]
        self._drag: Dragged | None = None
        self._x.watch_selection(self._covers[0], self._selection)

    def _cover(self) -> int:
        window = self._x.new_cover()
        self._x.change_property(window, self._bridge.atoms["XdndAware"], ATOM, 32, struct.pack("=I", _VERSION))
        # What a window manager gives to the windows of programs; some look for targets among these alone.
        state = self._bridge.atoms["WM_STATE"]
        self._x.change_property(window, state, state, 32, struct.pack("=II", 1, NONE))
        return window

    def next_cover(self) -> int:
        """Not the one of last time."""
        self._covers.reverse()
        return self._covers[0]

    def owner_changed(self, owner: int) -> None:
        """A program begins to drag, or has ended."""
        if self._drag is not None:
            self._drag.end()
            self._drag = None
        if owner not in (NONE, self._own):
            self._drag = Dragged(self._bridge, self, self._selection)
            self._start(self._drag)

    def _start(self, drag: Dragged) -> None:
        wayland = self._bridge.wayland
        drag.source = wayland.new(
            lambda _event: None, drag.wanted, drag.cancelled, drag.performed, drag.finished, lambda _event: None
        )
        wayland.send(self._manager, _CREATE_SOURCE, drag.source)
        wayland.send(drag.source, _SET_ACTIONS, _COPY)
        wayland.send(self._device, _START_DRAG, drag.source, self._surface, 0, 0)

    # --- where it is

    @property
    def under_way(self) -> bool:
        return self._drag is not None and self._drag.carried

    def entered(self, offer: int) -> None:
        if self._drag is not None:
            self._drag.inside(offer)

    def left(self) -> None:
        if self._drag is not None:
            self._drag.outside()

    def told(self, event: Event) -> None:
        """A client message has come."""
        window, kind, *words = event.words(7)
        if self._drag is not None and window == self._drag.window:
            self._drag.told(kind, words)


class Dragged(Exchange):
    """One drag, from its beginning to the last word to the program.

    Attributes:
        source: what the desktop knows it by, 0 once it does not.
        window: what is shown to the program, `NONE` before.
        carried: whether the button is down, as far as is known.
    """

    def __init__(self, bridge: Bridge, drags: Drags, selection: int) -> None:
        super().__init__(bridge, NONE)
        self._drags = drags
        self._selection = selection
        self.source = 0
        self.carried = True
        self._offer = 0  # of the surface, while it is there
        self._shown = False
        self._program = NONE  # its window, while it is over ours
        self._answered = self._named = False
        self._targets: dict[str, int] = {}
        self._time: int | None = None  # of the program's drop
        self._dropped = self._done = False
        self._waiting: list[tuple[int, int]] = []
        self.within(_LONGEST)

    # --- from the desktop

    def inside(self, offer: int) -> None:
        """It is over the X server's window: from now on the program's own."""
        self._throw_offer_away()
        self._offer = offer
        self._hide()
        self.x.stir_pointer()

    def outside(self) -> None:
        if self.ended:
            return
        self.window = self._drags.next_cover()
        self._program, self._answered = NONE, False
        self._shown = True
        self.x.raise_and_map(self.window)
        self.x.stir_pointer()

    def wanted(self, event: Arguments) -> None:
        """An app of the desktop reads what is dragged."""
        target, fd = self._targets.get(event.text(), NONE), event.descriptor()
        if not self.source or not target or len(self._waiting) >= _MOST_WAITING:
            os.close(fd)
        elif self._dropped and self._time is None:
            # The program knows its drop by the time, which comes with it.
            self._waiting.append((target, fd))
        else:
            self._fetch(target, fd)

    def _fetch(self, target: int, fd: int) -> None:
        if self.bridge.has_room:
            Fetch(self.bridge, self._selection, target, fd, self._time or 0)
        else:
            os.close(fd)

    def performed(self, _event: Arguments) -> None:
        """Somebody may take it now."""
        self.carried, self._dropped = False, True
        self.within(ANSWERING if self._time is None else READING)

    def cancelled(self, _event: Arguments) -> None:
        """Nobody takes it, or there is no drag at all."""
        self.carried = False
        if not self._shown or self._time is not None:
            self.end()
        else:
            # The program has yet to say that it has let go.
            self._destroy_source()
            self.within(_LETTING_GO)

    def finished(self, _event: Arguments) -> None:
        self._done = True
        if self._time is not None:
            self.end()

    # --- from the program

    def told(self, kind: int, words: list[int]) -> None:
        program, flags, *_more = words
        atoms = self.bridge.atoms
        if kind == atoms["XdndEnter"]:
            self._enter(program, flags, words[2:])
        elif not self._program or program != self._program:
            return
        elif kind == atoms["XdndPosition"]:
            self._position()
        elif kind == atoms["XdndDrop"]:
            self._drop(words[2])
        elif kind == atoms["XdndLeave"] and self._shown:
            self.end()

    def _enter(self, program: int, flags: int, types: list[int]) -> None:
        self._program, self._answered = program, False
        if self._named or self.ended:
            return
        if flags & 1:
            name = self.bridge.atoms["XdndTypeList"]
            self.x.get_property(program, name, 0, MOST_TARGETS * 4, self._listed)
        else:
            self._name(types[:_IN_ENTER])

    def _listed(self, part: Property | None) -> None:
        if part is not None and part.format == 32:
            self._name(struct.unpack(f"={len(part.data) // 4}I", part.data))

    def _name(self, types: Iterable[int]) -> None:
        found: dict[str, int] = {}

        def named(atom: int, name: str) -> None:
            if name:
                found[name] = atom

        for atom in dict.fromkeys(types):
            self.x.name(atom, partial(named, atom))
        self.x.after_answers(lambda: self._known(found))

    def _known(self, found: dict[str, int]) -> None:
        if self.ended or self._named or not self.source:
            return
        self._named = True
        self._targets = as_mime_types(found)
        for mime_type in self._targets:
            self.bridge.wayland.send(self.source, _OFFER, mime_type)
        if self._answered:
            self.x.stir_pointer()

    def _position(self) -> None:
        """The one after an answer shows that the program has that."""
        first, self._answered = not self._answered, True
        self._tell("XdndStatus", _ACCEPTS_EVERYWHERE, 0, 0, self.bridge.atoms["XdndActionCopy"])
        if not self._named or not self._shown:
            return
        if first:
            self.x.stir_pointer()
        else:
            self._throw_offer_away()

    def _drop(self, time: int) -> None:
        self._time = time
        self._hide()
        if self.ended:
            self._end_for_program()
            return
        if self._done or not self.source:
            self.end()
            return
        self.within(READING if self._dropped else ANSWERING)
        waiting, self._waiting = self._waiting, []
        for target, fd in waiting:
            self._fetch(target, fd)

    # --- the end

    def _tell(self, message: str, *words: int) -> None:
        self.x.tell(self._program, self.bridge.atoms[message], (self.window, *words, 0, 0, 0, 0)[:5])

    def _end_for_program(self) -> None:
        self._tell("XdndFinished", int(self._done), self.bridge.atoms["XdndActionCopy"] * self._done)

    def _hide(self) -> None:
        if self._shown:
            self._shown = False
            self.x.unmap(self.window)

    def _throw_offer_away(self) -> None:
        offer, self._offer = self._offer, 0
        if offer:
            self.bridge.wayland.send(offer, _DESTROY_OFFER)
            self.bridge.wayland.forget(offer)

    def _destroy_source(self) -> None:
        source, self.source = self.source, 0
        if source:
            self.bridge.wayland.send(source, _DESTROY)

    def end(self) -> None:
        if self.ended:
            return
        super().end()
        self.carried = False
        self._hide()
        if self._time is not None:
            self._end_for_program()
        self._throw_offer_away()
        self._destroy_source()
        for _target, fd in self._waiting:
            os.close(fd)
        self._waiting = []
