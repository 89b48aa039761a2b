"""Runs inside an app's container, beside an X server in a window: joins its clipboard and its primary selection to the
desktop's.

It is a client of both, in the app's own container, so what an X program does to it stays there, and the X server needs
no way out. The desktop lets it read and set selections while a window of its app has the keyboard, no more than any
app that speaks Wayland (`ext_data_control_v1`, see `berth.display.nested_control`). Text goes as UTF-8; everything
else, pictures and lists of files too, by its MIME type, which is what X programs call it as well.

Runs on the Python of the image, with nothing but what Debian's python3-minimal has.
"""

from __future__ import annotations

import os
import selectors
import sys
import time
from collections.abc import Iterable
from functools import partial

from berth.inside.wayland_wire import Arguments, WaylandConnection
from berth.inside.x11_drops import MANAGER, NAMES, Drops
from berth.inside.x11_offers import Offered, as_mime_types
from berth.inside.x11_transfers import Exchange, Fetch, Listing, Request
from berth.inside.x11_wire import (
    CLIENT_MESSAGE,
    NONE,
    OWNER_CHANGED,
    PROPERTY_NOTIFY,
    SELECTION_NOTIFY,
    SELECTION_REQUEST,
    Event,
    XConnection,
)

_MANAGER = "ext_data_control_manager_v1"
_NAMES = ("BERTH_DATA", "CLIPBOARD", "INCR", "PRIMARY", "TARGETS", "TEXT", "TIMESTAMP", "UTF8_STRING", "WM_STATE")
_MOST_EXCHANGES = 64
_CREATE_SOURCE, _GET_DEVICE = 0, 1
_OFFER = _RECEIVE = 0
_DESTROY = 1
_SET_CLIPBOARD, _SET_PRIMARY = 0, 2


class Selection:
    """One of the two: this process owns the desktop's while an X program owns the server's, and the other way round.

    Args:
        atom: its name on the X server.
        request: of the data device, which makes a source the desktop's selection.
    """

    def __init__(self, bridge: Bridge, atom: int, request: int) -> None:
        self._bridge = bridge
        self._x = bridge.x
        self._atom = atom
        self._request = request
        self._window = self._x.new_window()
        self._owned = False
        # What the X program has that owns it, as the desktop calls it.
        self._listing: Listing | None = None
        self._source = 0
        self._shared = False
        self._targets: dict[str, int] = {}
        self.desktop = Offered(bridge, atom, _RECEIVE, _DESTROY)
        self._x.watch_selection(self._window, atom)
        # A program that was faster than this one has something already.
        self._x.owner(atom, lambda owner: self.owner_changed(owner, 0))

    # --- from X programs to the desktop

    def owner_changed(self, owner: int, since: int) -> None:
        self._owned = owner == self._window
        self.desktop.since = since
        self._forget_program()
        if owner != NONE and not self._owned:
            self._listing = Listing(self._bridge, self._atom, self._listed)

    def _forget_program(self) -> None:
        """It has nothing any more, or something else."""
        if self._listing is not None:
            self._listing.end()
            self._listing = None
        if self._source:
            self._bridge.wayland.send(self._source, _DESTROY)
            self._source = 0

    def _listed(self, targets: dict[str, int]) -> None:
        self._listing = None
        self._targets = as_mime_types(targets)
        if not self._targets:
            return
        wayland = self._bridge.wayland
        source = wayland.new(lambda event: self._wanted(source, event), lambda _event: self._lost(source))
        self._source, self._shared = source, False
        wayland.send(self._bridge.manager, _CREATE_SOURCE, source)
        for mime_type in self._targets:
            wayland.send(source, _OFFER, mime_type)
        wayland.send(self._bridge.device, self._request, source)

    def _lost(self, source: int) -> None:
        """Another app has something now. What that is comes when this one gets the keyboard.

        What was never shared, because the program had no keyboard when it copied, stays among X programs: one that
        insists on it would be in a race with this one.
        """
        if source == self._source:
            self._forget_program()
            if self._shared:
                self._x.own(self._atom, self._window)

    def _wanted(self, source: int, event: Arguments) -> None:
        """An app of the desktop reads what the X program has."""
        target, fd = self._targets.get(event.text(), NONE), event.descriptor()
        if source == self._source and target and self._bridge.has_room:
            Fetch(self._bridge, self._atom, target, fd)
        else:
            os.close(fd)

    # --- from the desktop to X programs

    def offered(self, offer: int, types: Iterable[str]) -> None:
        """The desktop has this, 0 for nothing.

        That is told when the app gets the keyboard, and when something is copied while it has it.
        """
        self.desktop.take(offer)
        if self._source or (self._listing is not None and not self._listing.ended):
            self._shared = bool(offer)
            return  # it is what an X program has, or about to be
        if offer:
            self.desktop.name(types, lambda: self._x.own(self._atom, self._window))
        elif self._owned:
            self._x.own(self._atom, NONE)


class Bridge:
    """The two connections and all that is under way between them."""

    def __init__(self, x: XConnection, wayland: WaylandConnection) -> None:
        self.x = x
        self.wayland = wayland
        self.selector = selectors.DefaultSelector()
        self.exchanges: list[Exchange] = []
        self.atoms: dict[str, int] = {}
        self.manager = self.device = 0
        self._selections: dict[int, Selection] = {}
        self._drops: Drops | None = None
        self._offers: dict[int, dict[str, None]] = {}
        self.selector.register(x, selectors.EVENT_READ, self._x_readable)
        self.selector.register(wayland, selectors.EVENT_READ, wayland.receive)
        wayland.sync(self._begin)

    def run(self) -> None:
        """Until one of the servers ends."""
        while True:
            self._turn()

    @property
    def has_room(self) -> bool:
        return len(self.exchanges) < _MOST_EXCHANGES

    def _begin(self) -> None:
        for name in (*_NAMES, *NAMES):
            self.x.atom(name, partial(self.atoms.__setitem__, name))
        self.x.watch_owners()
        self.x.after_answers(self._join)

    def _join(self) -> None:
        seat = self.wayland.bind("wl_seat", 1)
        self.manager = self.wayland.bind(_MANAGER, 1)
        clipboard = Selection(self, self.atoms["CLIPBOARD"], _SET_CLIPBOARD)
        primary = Selection(self, self.atoms["PRIMARY"], _SET_PRIMARY)
        self._selections = {self.atoms["CLIPBOARD"]: clipboard, self.atoms["PRIMARY"]: primary}
        self.device = self.wayland.new(
            self.introduced, partial(self._told, clipboard), lambda _event: None, partial(self._told, primary)
        )
        self.wayland.send(self.manager, _GET_DEVICE, self.device, seat)
        if MANAGER in self.wayland.globals:
            self._drops = Drops(self, seat)

    # --- what comes

    def _turn(self) -> None:
        for key, _events in self.selector.select(self._wait()):
            # What was dealt with before may have ended it.
            if self.selector.get_map().get(key.fd) == key:
                key.data()
        now = time.monotonic()
        for exchange in self.exchanges:
            if not exchange.ended and exchange.deadline <= now:
                exchange.give_up()
        self.exchanges = [exchange for exchange in self.exchanges if not exchange.ended]

    def _wait(self) -> float | None:
        if not self.exchanges:
            return None
        return max(0.0, min(exchange.deadline for exchange in self.exchanges) - time.monotonic())

    def _x_readable(self) -> None:
        for event in self.x.events():
            self._x_event(event)

    def _x_event(self, event: Event) -> None:
        if event.kind == OWNER_CHANGED:
            _window, owner, atom, _time, since = event.words(5)
            if atom in self._selections:
                self._selections[atom].owner_changed(owner, since)
            elif self._drops is not None and atom == self.atoms["XdndSelection"]:
                self._drops.drags.owner_changed(owner)
        elif event.kind == SELECTION_REQUEST:
            request = Request(event.words(6))
            if request.selection in self._selections:
                self._selections[request.selection].desktop.requested(request)
            elif self._drops is not None and request.selection == self.atoms["XdndSelection"]:
                self._drops.desktop.requested(request)
            else:
                self.answer(request, False)
        elif event.kind == CLIENT_MESSAGE and self._drops is not None:
            self._drops.told(event)
            self._drops.drags.told(event)
        elif event.kind == SELECTION_NOTIFY:
            _time, window, _selection, _target, into = event.words(5)
            for exchange in self._of(window):
                exchange.answered(into)
        elif event.kind == PROPERTY_NOTIFY:
            window, name, _time, state = event.words(4)
            for exchange in self._of(window):
                exchange.property_changed(name, state & 0xFF)

    def _of(self, window: int) -> list[Exchange]:
        return [exchange for exchange in self.exchanges if exchange.window == window and not exchange.ended]

    def introduced(self, event: Arguments) -> None:
        """An offer, whose types follow."""
        offer = event.word()
        self._offers[offer] = {}
        self.wayland.listen(offer, lambda event: self._typed(offer, event.text()))

    def _typed(self, offer: int, mime_type: str) -> None:
        if offer in self._offers:
            self._offers[offer][mime_type] = None

    def _told(self, selection: Selection, event: Arguments) -> None:
        offer = event.word()
        selection.offered(offer, self.types_of(offer))

    def types_of(self, offer: int) -> Iterable[str]:
        """All of them, once it is clear what the offer is for."""
        return self._offers.pop(offer, {})

    def answer(self, request: Request, there: bool) -> None:
        """Tell an X program whether what it asked for is where it wanted it."""
        into = request.into if there else NONE
        self.x.notify(request.window, request.selection, request.target, into, request.time)


def _main() -> int:
    try:
        bridge = Bridge(XConnection(os.environ["DISPLAY"]), WaylandConnection(os.environ))
        bridge.run()
    except OSError:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(_main())
