"""What an app of the desktop has, copied or dragged, for X programs: one selection of the server that is owned here."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from berth.inside.x11_transfers import Exchange, Request, Supply
from berth.inside.x11_wire import ATOM, INTEGER

if TYPE_CHECKING:
    from berth.inside.x11_selections import Bridge

TEXT = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "TEXT", "STRING")
"""Names of plain text on both sides, what is surely UTF-8 first."""
_MOST_TYPES = 400
_LONGEST_NAME = 255
_MOST_LETTERS = 48 << 10
"""In all types of an offer; the desktop disconnects who names more than a little beyond that."""
TURNING = 1.0
"""Seconds that a program may have to wait for what the desktop offers to an app that has just got the keyboard: a click
with the middle button is at the program sooner than the offer is here."""
T = TypeVar("T")


class Held(Exchange):
    """A request that came before what it asks for."""

    def __init__(self, bridge: Bridge, request: Request) -> None:
        super().__init__(bridge, request.window)
        self.request = request
        self.within(TURNING)

    def give_up(self) -> None:
        if not self.ended:
            self.end()
            self.bridge.answer(self.request, False)


class Offered:
    """An offer of the desktop, by the names of X programs.

    Args:
        atom: of the selection that X programs ask for it.
        receive: of the offer's requests, the one that asks for the data.
        destroy: the one that ends it.

    Attributes:
        offer: 0 if there is none.
        types: what can be had, by the atom of the target.
        since: when the selection became ours, in the X server's time.
    """

    def __init__(self, bridge: Bridge, atom: int, receive: int, destroy: int) -> None:
        self._bridge = bridge
        self._atom = atom
        self._receive = receive
        self._destroy = destroy
        self.offer = 0
        self.types: dict[int, str] = {}
        self.since = 0
        self._held: list[Held] = []

    def take(self, offer: int) -> None:
        """In place of the one before; 0 for none."""
        if not offer:
            for held in self._let_go():
                held.give_up()
        if self.offer:
            self._bridge.wayland.send(self.offer, self._destroy)
            self._bridge.wayland.forget(self.offer)
        self.offer = offer
        self.types = {}

    def name(self, types: Iterable[str], done: Callable[[], None]) -> None:
        """Call `done` when the targets of all types are known, unless there is another offer by then."""
        offer, x = self.offer, self._bridge.x

        def named(mime_type: str, atom: int) -> None:
            if atom and offer == self.offer:
                self.types[atom] = mime_type

        for target, mime_type in as_targets(types).items():
            x.atom(target, partial(named, mime_type))
        x.after_answers(lambda: self._named(done) if offer == self.offer and self.types else None)

    def _named(self, done: Callable[[], None]) -> None:
        done()
        for held in self._let_go():
            if not held.ended:
                held.end()
                self.requested(held.request)

    def _let_go(self) -> list[Held]:
        held, self._held = self._held, []
        return held

    def requested(self, request: Request) -> None:
        """An X program wants it."""
        bridge, target = self._bridge, request.target
        if target == bridge.atoms["TIMESTAMP"]:
            self._answer(request, INTEGER, (self.since,))
        elif not bridge.has_room:
            bridge.answer(request, False)
        elif not self.types:
            self._held = [*(held for held in self._held if not held.ended), Held(bridge, request)]
        elif target == bridge.atoms["TARGETS"]:
            self._answer(request, ATOM, (target, bridge.atoms["TIMESTAMP"], *self.types))
        elif target in self.types:
            self._supply(request)
        else:
            bridge.answer(request, False)

    def _answer(self, request: Request, kind: int, words: tuple[int, ...]) -> None:
        data = struct.pack(f"={len(words)}I", *words)
        self._bridge.x.change_property(request.window, request.into, kind, 32, data)
        self._bridge.answer(request, True)

    def _supply(self, request: Request) -> None:
        atoms, target = self._bridge.atoms, request.target
        ours, theirs = os.pipe()
        self._bridge.wayland.send(self.offer, self._receive, self.types[target], descriptor=theirs)
        os.close(theirs)
        kind = atoms["UTF8_STRING"] if target == atoms["TEXT"] else target
        Supply(self._bridge, ours, request, kind, partial(self._nothing_came, self.offer))

    def _nothing_came(self, offer: int, request: Request) -> None:
        """The offer may have been one from before the app lost the keyboard."""
        if request.again:
            self._bridge.answer(request, False)
            return
        request.again = True
        if offer == self.offer:
            self.types = {}
        self.requested(request)


def as_mime_types(targets: Mapping[str, int]) -> dict[str, int]:
    """What an X program has, by the names of the desktop: MIME types, and the target's atom for each."""
    found: dict[str, int] = {}
    text = next((targets[name] for name in TEXT if name in targets), 0)
    if text:
        # An X program may answer TEXT and STRING in the encodings of old.
        found = {name: text if name in ("TEXT", "STRING") else targets.get(name, text) for name in TEXT}
    found.update((name, atom) for name, atom in targets.items() if "/" in name and name not in found)
    return _few(found)


def as_targets(types: Iterable[str]) -> dict[str, str]:
    """What the desktop has, by the names of X programs: targets, and the MIME type for each."""
    found = {name: name for name in types}
    text = next((name for name in TEXT if name in found), "")
    texts = {name: found.get(name, text) for name in TEXT} if text else {}
    return _few(texts | found)


def _few(named: Mapping[str, T]) -> dict[str, T]:
    """As many as go over both connections; names that are none are left out."""
    few: dict[str, T] = {}
    letters = 0
    for name, value in named.items():
        letters += len(name)
        if len(few) >= _MOST_TYPES or letters > _MOST_LETTERS:
            break
        if len(name) <= _LONGEST_NAME and name.isascii() and name.isprintable():
            few[name] = value
    return few
