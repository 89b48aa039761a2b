"""What is under way between an X program and the desktop: `Listing` and `Fetch` out of it, `Supply` into it.

Neither end can be trusted to go on. Nothing here waits for one: what makes no progress in time is given up, and
nothing more is taken from one end before the other has what came last, so data without an end fills no memory.

Source: Inter-Client Communication Conventions Manual, version 2.0, chapter 2 (INCR: 2.7.2).
"""

from __future__ import annotations

import codecs
import os
import selectors
import stat
import struct
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from berth.inside.x11_wire import DELETED, NEW_VALUE, NONE, STRING, Property

if TYPE_CHECKING:
    from berth.inside.x11_selections import Bridge

PART = 64 << 10
"""Bytes moved at once; well below what an X request may have."""
ANSWERING = 10.0
"""Seconds that an X program may take to go on."""
READING = 60.0
"""Seconds that whoever asked may take to read, and an app of the desktop to write."""
MOST_TARGETS = 400


class Exchange:
    """One thing under way over the properties of a window, to be done by its `deadline`."""

    def __init__(self, bridge: Bridge, window: int) -> None:
        self.bridge = bridge
        self.x = bridge.x
        self.window = window
        self.deadline = 0.0
        self.ended = False
        bridge.exchanges.append(self)

    def within(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds

    def answered(self, into: int) -> None:
        """The owner of the selection says that it has written, or with `NONE` that it has nothing."""

    def property_changed(self, name: int, state: int) -> None:
        """One of the window has a `NEW_VALUE`, or was `DELETED`."""

    def give_up(self) -> None:
        """Too late."""
        self.end()

    def end(self) -> None:
        self.ended = True


class Pipe:
    """One end of a pipe, watched when there is something to do with it."""

    def __init__(self, bridge: Bridge, fd: int, interest: int, ready: Callable[[], None]) -> None:
        self._selector = bridge.selector
        self.fd = fd
        self._interest = interest
        self._ready = ready
        self._watched = False

    def watch(self) -> None:
        if not self._watched:
            self._watched = True
            self._selector.register(self.fd, self._interest, self._ready)

    def ignore(self) -> None:
        if self._watched:
            self._watched = False
            self._selector.unregister(self.fd)

    def close(self) -> None:
        self.ignore()
        os.close(self.fd)


class Listing(Exchange):
    """What the owner of a selection has: the names of its targets, and their atoms."""

    def __init__(self, bridge: Bridge, selection: int, known: Callable[[dict[str, int]], None]) -> None:
        super().__init__(bridge, bridge.x.new_window())
        self._known = known
        self._found: dict[str, int] = {}
        self.x.convert(self.window, selection, bridge.atoms["TARGETS"], bridge.atoms["BERTH_DATA"])
        self.within(ANSWERING)

    def answered(self, into: int) -> None:
        if into == NONE:
            self.end()
        else:
            self.x.get_property(self.window, self.bridge.atoms["BERTH_DATA"], 0, MOST_TARGETS * 4, self._read)

    def _read(self, part: Property | None) -> None:
        if self.ended:
            return
        if part is None or part.format != 32:
            self.end()
            return
        for atom in dict.fromkeys(struct.unpack(f"={len(part.data) // 4}I", part.data)):
            self.x.name(atom, partial(self._named, atom))
        self.x.after_answers(self._complete)

    def _named(self, atom: int, name: str) -> None:
        if name:
            self._found[name] = atom

    def _complete(self) -> None:
        if not self.ended:
            self.end()
            self._known(self._found)

    def end(self) -> None:
        if not self.ended:
            super().end()
            self.x.destroy_window(self.window)


class Fetch(Exchange):
    """What an X program has copied, for an app of the desktop that reads it from `fd`.

    Args:
        selection: the atom of the selection.
        target: the atom of what is wanted of it.
        time: when the program had it, in the X server's time; 0 for what it has now.
    """

    def __init__(self, bridge: Bridge, selection: int, target: int, fd: int, time: int = 0) -> None:
        super().__init__(bridge, bridge.x.new_window())
        self._pipe = Pipe(bridge, _writable(fd), selectors.EVENT_WRITE, self._write)
        self._carrier = bridge.atoms["BERTH_DATA"]
        self._left = memoryview(b"")
        self._then: Callable[[], None] = self.end
        self._start = 0
        self._answered = self._in_parts = self._waiting = False
        self.x.convert(self.window, selection, target, self._carrier, time)
        self.within(ANSWERING)

    def answered(self, into: int) -> None:
        if self._answered:
            return
        self._answered = True
        if into == NONE:
            self.end()
        else:
            self._take()

    def property_changed(self, name: int, state: int) -> None:
        if self._waiting and name == self._carrier and state == NEW_VALUE:
            self._waiting = False
            self._take()

    def _take(self) -> None:
        self.x.get_property(self.window, self._carrier, self._start, PART, self._taken)

    def _taken(self, part: Property | None) -> None:
        if self.ended:
            return
        if part is None or part.type == NONE:
            self.end()
        elif part.type == self.bridge.atoms["INCR"] and not self._in_parts:
            self._in_parts = True
            self._next_part()
        else:
            self._pass_on(part)

    def _pass_on(self, part: Property) -> None:
        self._then = self._next_part if self._in_parts and (part.data or self._start) else self.end
        if part.left and part.data:
            self._then = self._take
        self._start += len(part.data)
        self._left = memoryview(part.data.decode("latin-1").encode() if part.type == STRING else part.data)
        self.within(READING)
        self._write()

    def _next_part(self) -> None:
        self._start = 0
        self._waiting = True
        self.within(ANSWERING)
        self.x.delete_property(self.window, self._carrier)

    def _write(self) -> None:
        try:
            while self._left:
                self._left = self._left[os.write(self._pipe.fd, self._left) :]
        except BlockingIOError:
            self._pipe.watch()
        except OSError:
            self.end()
        else:
            self._pipe.ignore()
            self._then()

    def end(self) -> None:
        if not self.ended:
            super().end()
            self._pipe.close()
            self.x.destroy_window(self.window)


def _writable(fd: int) -> int:
    """A descriptor in place of `fd` for which writing never waits.

    Whether it does belongs to the open file, which whoever gave it away could change: a pipe is opened anew.
    """
    try:
        if stat.S_ISFIFO(os.fstat(fd).st_mode):
            anew = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            os.close(fd)
            return anew
    except OSError:
        pass  # another user's, where the container has a numbering of its own
    os.set_blocking(fd, False)
    return fd


class Request:
    """An X program asks for a selection: its window, where in it the data shall be, and as what; `again` if it was
    tried to answer it before."""

    def __init__(self, body: tuple[int, ...]) -> None:
        self.time, _owner, self.window, self.selection, self.target, into = body
        # Programs of before 1994 leave it out.
        self.into = into or self.target
        self.again = False


class Supply(Exchange):
    """What an app of the desktop has copied, for an X program that asked for it.

    Args:
        fd: where it comes from.
        kind: the atom of the type that is handed over; with `STRING` as Latin-1.
        nothing: called with the request, in place of an answer, if the other end closes and has written nothing.
    """

    def __init__(
        self, bridge: Bridge, fd: int, request: Request, kind: int, nothing: Callable[[Request], None]
    ) -> None:
        super().__init__(bridge, request.window)
        os.set_blocking(fd, False)
        self._pipe = Pipe(bridge, fd, selectors.EVENT_READ, self._readable)
        self._request = request
        self._kind = kind
        self._nothing = nothing
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace") if kind == STRING else None
        self._data = b""
        self._complete = self._in_parts = False
        self._pipe.watch()
        self.within(READING)

    def _readable(self) -> None:
        try:
            data = os.read(self._pipe.fd, PART)
        except BlockingIOError:
            return
        self.within(READING)
        self._complete = not data
        if self._decoder is not None:
            data = self._decoder.decode(data, self._complete).encode("latin-1", "replace")
        self._data += data
        if self._in_parts:
            self._go_on()
        elif self._complete:
            self._answer_at_once()
        elif len(self._data) >= PART:
            self._answer_in_parts()

    def _answer_at_once(self) -> None:
        self.end()
        if self._data:
            self.x.change_property(self.window, self._request.into, self._kind, 8, self._data)
            self.bridge.answer(self._request, True)
        else:
            self._nothing(self._request)

    def _answer_in_parts(self) -> None:
        self._in_parts = True
        self._pipe.ignore()
        self.x.watch_properties(self.window)
        size = struct.pack("=I", len(self._data))
        self.x.change_property(self.window, self._request.into, self.bridge.atoms["INCR"], 32, size)
        self.bridge.answer(self._request, True)

    def property_changed(self, name: int, state: int) -> None:
        """The program has read what was there."""
        if state == DELETED and self._in_parts and name == self._request.into:
            self.within(READING)
            self._go_on()

    def _go_on(self) -> None:
        if not self._data and not self._complete:
            self._pipe.watch()
            return
        self._pipe.ignore()
        data, self._data = self._data, b""
        self.x.change_property(self.window, self._request.into, self._kind, 8, data)
        if not data:
            self.end()

    def give_up(self) -> None:
        if not self._in_parts:
            self.bridge.answer(self._request, False)
        self.end()

    def end(self) -> None:
        if not self.ended:
            super().end()
            self._pipe.close()
