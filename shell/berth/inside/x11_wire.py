"""As much of the X protocol as it takes to own, offer and read selections.

A connection that waits for nothing after its set-up: an answer calls what was given with the request. Python's own
library is all there is in an app's image, so this speaks the protocol itself.

Sources: X Window System Protocol, version 11, appendix B; the protocol of the XFIXES extension, version 5.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

NONE = CURRENT_TIME = ANY_TYPE = 0
ATOM, INTEGER, STRING = 4, 19, 31
"""Atoms that every server has."""

PROPERTY_NOTIFY, SELECTION_REQUEST, SELECTION_NOTIFY, CLIENT_MESSAGE = 28, 30, 31, 33
OWNER_CHANGED = 1 << 7
"""What events of XFIXES are told by here, wherever the server has put them."""

NEW_VALUE, DELETED = 0, 1
_STRUCTURE_CHANGES, _PROPERTY_CHANGES = 1 << 17, 1 << 22
_EVENT_MASK = 1 << 11
_OVERRIDE_REDIRECT = 1 << 9
_STACK_MODE, _ABOVE = 1 << 6, 0
_INPUT_ONLY = 2
_SELECTION_EVENTS = 0b111
_GENERIC_EVENT = 35
_REPLY = 1
_NAME = re.compile(r":(\d+)(\.\d+)?$")
_READ = 64 << 10
_MOST_NAMES = 4096
"""Names of atoms to remember: a program may make new ones without an end."""

Answer = Callable[[bytes | None], None]
"""Gets a whole reply, None if the request failed."""


class Event(NamedTuple):
    """One event: its kind, and the rest of its 32 bytes from the fifth on."""

    kind: int
    body: bytes

    def words(self, count: int) -> tuple[int, ...]:
        return struct.unpack_from(f"={count}I", self.body)


class Property(NamedTuple):
    """A part of a window's property; `left` is how many bytes follow it."""

    type: int
    format: int
    left: int
    data: bytes


class XConnection:
    """A connection to the server named like ``:0``.

    Raises:
        OSError: it cannot be reached, has ended, or does not let this process in.
    """

    def __init__(self, name: str) -> None:
        found = _NAME.match(name)
        if found is None:
            raise OSError(f"no display of this machine: {name!r}")
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(f"/tmp/.X11-unix/X{found[1]}")
        self._unread = bytearray()
        self._requests = 0
        self._answers: dict[int, Answer] = {}
        self._names: dict[int, str] = {}
        self._atoms: dict[str, int] = {}
        self._fixes = self._owner_changed = -1
        self._set_up()
        self._next = 0
        self._windows: set[int] = set()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        """Also for a thread that waits in `events`."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _set_up(self) -> None:
        self._socket.sendall(struct.pack("=BxHHHHxx", _byte_order(), 11, 0, 0, 0))
        head = self._exactly(8)
        state, words = struct.unpack("=B5xH", head)
        body = self._exactly(words * 4)
        if state != 1:
            raise OSError("the X server lets nobody in")
        self._base: int
        self._mask: int
        self._base, self._mask, vendor, formats = struct.unpack_from("=4xII4xH3xB", body)
        (self.root,) = struct.unpack_from("=I", body, 32 + (vendor + 3 & ~3) + 8 * formats)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            if not more:
                raise ConnectionResetError("the X server has ended")
            data += more
        return data

    # --- in and out

    def request(self, opcode: int, detail: int, body: bytes, answer: Answer | None = None) -> None:
        self._requests += 1
        if answer is not None:
            self._answers[self._requests & 0xFFFF] = answer
        self._socket.sendall(struct.pack("=BBH", opcode, detail, 1 + (len(body) + 3) // 4) + _padded(body))

    def events(self) -> list[Event]:
        """All that has come; waits for it if nothing has. Answers are given to whom they are for."""
        data = self._socket.recv(_READ)
        if not data:
            raise ConnectionResetError("the X server has ended")
        self._unread += data
        found: list[Event] = []
        while len(self._unread) >= 32:
            kind, sequence, words = struct.unpack_from("=BxHI", self._unread)
            size = 32 + 4 * words if kind in (_REPLY, _GENERIC_EVENT) else 32
            if len(self._unread) < size:
                break
            message = bytes(self._unread[:size])
            del self._unread[:size]
            if kind in (0, _REPLY):
                answer = self._answers.pop(sequence, None)
                if answer is not None:
                    answer(message if kind == _REPLY else None)
                continue
            kind &= 0x7F
            found.append(Event(OWNER_CHANGED if kind == self._owner_changed else kind, message[4:]))
        return found

    def after_answers(self, done: Callable[[], None]) -> None:
        """Call `done` when all that was asked before has been answered."""
        self.request(43, 0, b"", lambda _reply: done())

    # --- names

    def atom(self, name: str, known: Callable[[int], None]) -> None:
        """Call `known` with the atom, 0 if there cannot be one."""
        if name in self._atoms:
            known(self._atoms[name])
            return

        def answer(reply: bytes | None) -> None:
            atom = struct.unpack_from("=8xI", reply)[0] if reply else NONE
            if atom:
                self._remember(name, atom)
            known(atom)

        data = name.encode()
        self.request(16, 0, struct.pack("=Hxx", len(data)) + data, answer)

    def name(self, atom: int, known: Callable[[str], None]) -> None:
        """Call `known` with what an atom stands for, "" if it is none."""
        if atom in self._names:
            known(self._names[atom])
            return

        def answer(reply: bytes | None) -> None:
            name = ""
            if reply:
                (length,) = struct.unpack_from("=8xH", reply)
                name = reply[32 : 32 + length].decode("utf-8", "replace")
                self._remember(name, atom)
            known(name)

        self.request(17, 0, struct.pack("=I", atom), answer)

    def _remember(self, name: str, atom: int) -> None:
        if len(self._names) >= _MOST_NAMES:
            self._atoms.clear()
            self._names.clear()
        self._atoms[name] = atom
        self._names[atom] = name

    # --- windows and their properties

    def new_window(self) -> int:
        """One that is never shown; changes of its properties are told.

        Its number is not one of a short time ago: late answers to who had that are not for this one.
        """
        step = self._mask & -self._mask
        while True:
            window = self._base | self._next
            self._next = self._next + step & self._mask
            if window not in self._windows:
                break
        self._windows.add(window)
        place = struct.pack("=IIhhHHHHI", window, self.root, -1, -1, 1, 1, 0, _INPUT_ONLY, 0)
        self.request(1, 0, place + struct.pack("=II", _EVENT_MASK, _PROPERTY_CHANGES))
        return window

    def destroy_window(self, window: int) -> None:
        self.request(4, 0, struct.pack("=I", window))
        self._windows.discard(window)

    def new_cover(self) -> int:
        """A window over the whole screen that nobody sees and no window manager touches, not mapped yet."""
        window = self.new_window()
        # Screens grow; no server has one as large as this.
        self.request(12, 0, struct.pack("=IHxxiiII", window, 0b1111, 0, 0, 0x7FFF, 0x7FFF))
        self.request(2, 0, struct.pack("=III", window, _OVERRIDE_REDIRECT, 1))
        return window

    def raise_and_map(self, window: int) -> None:
        self.request(12, 0, struct.pack("=IHxxI", window, _STACK_MODE, _ABOVE))
        self.request(8, 0, struct.pack("=I", window))

    def unmap(self, window: int) -> None:
        self.request(10, 0, struct.pack("=I", window))

    def stir_pointer(self) -> None:
        """Have the pointer move, and be where it was: who has it looks anew at what is below."""
        for step in (-1, 1, 1, -1):
            self.request(41, 0, struct.pack("=IIhhHHhh", NONE, NONE, 0, 0, 0, 0, step, 0))

    def child_at(self, window: int, x: int, y: int, known: Callable[[int], None]) -> None:
        """Call `known` with the child of a window that is at a point of the screen, `NONE` if there is none."""

        def answer(reply: bytes | None) -> None:
            known(struct.unpack_from("=8xI", reply)[0] if reply else NONE)

        self.request(40, 0, struct.pack("=IIhh", self.root, window, x, y), answer)

    def children(self, window: int, known: Callable[[tuple[int, ...]], None]) -> None:
        """Call `known` with all of a window's, none of one that is gone."""

        def answer(reply: bytes | None) -> None:
            (count,) = struct.unpack_from("=16xH", reply or bytes(32))
            known(struct.unpack_from(f"={count}I", reply, 32) if reply else ())

        self.request(15, 0, struct.pack("=I", window), answer)

    def tell(self, window: int, kind: int, words: Sequence[int]) -> None:
        """Send a client message of five words."""
        event = struct.pack("=BBHII5I", CLIENT_MESSAGE, 32, 0, window, kind, *words)
        self.request(25, 0, struct.pack("=II", window, 0) + event)

    def announce(self, manager: int, selection: int, window: int) -> None:
        """Tell who waits for one that `window` owns a manager's selection now (ICCCM 2.8)."""
        event = struct.pack(
            "=BBHII5I", CLIENT_MESSAGE, 32, 0, self.root, manager, CURRENT_TIME, selection, window, 0, 0
        )
        self.request(25, 0, struct.pack("=II", self.root, _STRUCTURE_CHANGES) + event)

    def watch_properties(self, window: int) -> None:
        self.request(2, 0, struct.pack("=III", window, _EVENT_MASK, _PROPERTY_CHANGES))

    def change_property(self, window: int, name: int, kind: int, width: int, data: bytes) -> None:
        """`width` is that of one element in bits: 8 or 32."""
        head = struct.pack("=IIIB3xI", window, name, kind, width, len(data) * 8 // width)
        self.request(18, 0, head + data)

    def delete_property(self, window: int, name: int) -> None:
        self.request(19, 0, struct.pack("=II", window, name))

    def get_property(
        self, window: int, name: int, start: int, most: int, known: Callable[[Property | None], None]
    ) -> None:
        """`start` and `most` in bytes, multiples of four."""

        def answer(reply: bytes | None) -> None:
            if reply is None:
                known(None)
                return
            width, kind, left, count = struct.unpack_from("=xB6xIII", reply)
            known(Property(kind, width, left, reply[32 : 32 + count * width // 8]))

        self.request(20, 0, struct.pack("=IIIII", window, name, ANY_TYPE, start // 4, most // 4), answer)

    # --- selections

    def watch_owners(self) -> None:
        """Before any selection is watched."""

        def found(reply: bytes | None) -> None:
            present, opcode, first = struct.unpack_from("=8xBBB", reply or bytes(32))
            if not present:
                raise OSError("an X server without XFIXES")
            self._fixes, self._owner_changed = opcode, first
            self.request(opcode, 0, struct.pack("=II", 5, 0), lambda _reply: None)

        self.request(98, 0, struct.pack("=Hxx", 6) + b"XFIXES", found)

    def watch_selection(self, window: int, selection: int) -> None:
        """Have `OWNER_CHANGED` told of: window, owner, selection, time, time of the selection."""
        self.request(self._fixes, 2, struct.pack("=III", window, selection, _SELECTION_EVENTS))

    def own(self, selection: int, window: int) -> None:
        """`NONE` for nobody."""
        self.request(22, 0, struct.pack("=III", window, selection, CURRENT_TIME))

    def owner(self, selection: int, known: Callable[[int], None]) -> None:
        def answer(reply: bytes | None) -> None:
            known(struct.unpack_from("=8xI", reply)[0] if reply else NONE)

        self.request(23, 0, struct.pack("=I", selection), answer)

    def convert(self, window: int, selection: int, target: int, into: int, time: int = CURRENT_TIME) -> None:
        """Have the owner write what it has, or had at that time, into a property of `window`."""
        self.request(24, 0, struct.pack("=IIIII", window, selection, target, into, time))

    def notify(self, window: int, selection: int, target: int, into: int, time: int) -> None:
        """Answer who asked for a selection; `into` is `NONE` if there is nothing."""
        event = struct.pack("=BxHIIIII8x", SELECTION_NOTIFY, 0, time, window, selection, target, into)
        self.request(25, 0, struct.pack("=II", window, 0) + event)


def _byte_order() -> int:
    return ord("l") if struct.pack("=H", 1) == b"\1\0" else ord("B")


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
