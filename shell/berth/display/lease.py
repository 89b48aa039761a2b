"""A client's buffer that the ui draws from where it is, instead of a copy in a slot.

Only of memory that lasts (`shm.Memory`). The client gets its buffer back when the ui shows another
one, as with any display server that does not copy. One that has no second buffer would wait for that
in vain: unless a surface was seen to go on with another buffer while the last one was lent, its pixels
are copied after a moment and the buffer is given back.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from berth.display.buffers import Buffer

if TYPE_CHECKING:
    from berth.display.state import Callback, State
    from berth.display.surface import Surface

_WORTH_IT = 64 << 10
"""Bytes. Less is copied faster than it is lent."""
MAX_LENT = 1 << 30
"""Bytes of buffers of one instance. They are the client's own, but looking at those that it never drew into makes
them take memory that nobody counts for it."""
_PATIENCE = 100_000_000
"""ns until a client that may have no other buffer gets the one that it has."""
_STALLS = 3
"""How often in a row a client has to draw into the buffer it has been waiting for until nothing is lent any more."""


class Lease:
    """One use of a buffer by one surface. `callbacks` are those of wl_surface.get_release."""

    __slots__ = ("buffer", "callbacks", "memory", "offset", "size")

    def __init__(self, buffer: Buffer, callbacks: list[Callback]) -> None:
        self.buffer = buffer
        self.memory = buffer.memory
        self.offset = buffer.offset
        self.size = buffer.stride * buffer.height
        self.callbacks = callbacks
        buffer.hold()
        if not buffer.leases:
            buffer.client.lent += self.size
        buffer.leases += 1

    def end(self) -> None:
        """The ui no longer reads it."""
        buffer = self.buffer
        buffer.leases -= 1
        if not buffer.leases:
            buffer.client.lent -= self.size
            buffer.release()
        for callback in self.callbacks:
            callback.finish(0)
        buffer.drop()


class Lending:
    """What one surface knows of its client's habits.

    `goes_on`: it has another buffer to go on with while one is lent.
    """

    __slots__ = ("_last", "_returned", "_stalls", "goes_on")

    def __init__(self) -> None:
        self.goes_on = False
        self._last: Buffer | None = None
        self._returned = 0  # when a buffer was given back early, monotonic clock (ns)
        self._stalls = 0

    def lend(self, surface: Surface, state: State) -> Lease | None:
        """Lend the buffer of a commit, or None if it is to be copied."""
        buffer = state.buffer
        if not isinstance(buffer, Buffer) or not _suits(surface, buffer):
            return None
        last, self._last = self._last, buffer
        self._count_stalls(last is buffer)
        if self._stalls >= _STALLS or not surface.client.server.scene.lends(surface, buffer.memory):
            return None
        self.goes_on = last is not None and last is not buffer and last.alive
        timers = surface.client.server.timers
        if self.goes_on:
            timers.forget(self)
        else:
            timers.set(self, time.monotonic_ns() + _PATIENCE, lambda: self._give_back(surface))
        callbacks: list[Callback] = []
        if state.extras is not None:
            callbacks, state.extras.releases = state.extras.releases, callbacks
        return Lease(buffer, callbacks)

    def _count_stalls(self, same: bool) -> None:
        if not same:
            self._stalls = 0
        elif self._returned:
            self._stalls = self._stalls + 1 if time.monotonic_ns() - self._returned < _PATIENCE else 0
        self._returned = 0

    def _give_back(self, surface: Surface) -> None:
        if surface.alive and isinstance(surface.slots.content, Lease):
            surface.client.answer(surface.keep_copy)
            self._returned = time.monotonic_ns()

    def end(self, surface: Surface) -> None:
        surface.client.server.timers.forget(self)
        self._last = None


def _suits(surface: Surface, buffer: Buffer) -> bool:
    """Whether the buffer is such that it could be lent."""
    size = buffer.stride * buffer.height
    aligned = buffer.pixel == 4 and not (buffer.offset | buffer.stride) & 3
    if not aligned or size < _WORTH_IT or not buffer.memory.lasting:
        return False
    if not buffer.leases and surface.client.instance.lent + size > MAX_LENT:
        return False
    # Cursors are taken over by the host, and nested servers have habits of their own.
    return surface.role_name != "wl_pointer-cursor" and surface.client.instance.nested is None
