"""What the ui is told about surfaces: batches of states, their acknowledgement, frame callbacks.

All states that became current in one turn travel in one `Commit`. A tree of surfaces has at most
one commit on its way; what its clients do meanwhile is merged and sent after `FrameDone`. Without
a ui everything goes on but frames, and the next ui gets the whole scene.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from berth.core.messages import (
    AnyMessage,
    Commit,
    Cursor,
    FrameDone,
    FrameWanted,
    PoolClosed,
    PoolOpened,
    Rect,
    SceneReset,
    SlotClosed,
    SlotImported,
    SlotOpened,
    SurfaceCreated,
    SurfaceDestroyed,
    SurfaceState,
)
from berth.display import updates
from berth.display.dmabuf_buffer import ImportedSlot
from berth.display.presentation import Feedback
from berth.display.state import Callback
from berth.display.surface import Surface

if TYPE_CHECKING:
    from berth.display.buffers import Buffer
    from berth.display.shm import Memory
    from berth.display.single_pixel import SinglePixelBuffer

_MAX_FILES = 128
"""Pools of one instance that the ui has open."""

Send = Callable[[AnyMessage, Sequence[int]], None]


def _drop(_message: AnyMessage, fds: Sequence[int]) -> None:
    for fd in fds:
        os.close(fd)


def _read_only(fd: int) -> int:
    """A second description of the file: the ui cannot write what it shows. Raises `OSError`."""
    return os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_CLOEXEC)


class Scene:
    """The conversation about surfaces with one ui after the other.

    Attributes:
        hidden: tells whether a root surface is in a minimised window; its clients get no frames.
        cursor: the last cursor a client asked for.
    """

    def __init__(self, hidden: Callable[[Surface], bool]) -> None:
        self._hidden = hidden
        self._send: Send = _drop
        self._connected = False
        self._seq = 0
        self._done = 0
        self._next_number = 1
        self._next_memory = 1
        self._files: dict[int, Memory] = {}  # that the ui has
        self.surfaces: dict[int, Surface] = {}
        self._new: dict[int, str] = {}  # of which the ui has not been told yet, with their instances
        self._changed: dict[Surface, None] = {}
        self._uncopied: dict[Surface, Buffer | SinglePixelBuffer] = {}
        self._in_flight: list[Surface] = []
        self._frames: list[tuple[int, Surface, list[Callback]]] = []
        self._feedbacks: list[tuple[int, Surface, list[Feedback]]] = []
        self._barriers: dict[Surface, int] = {}  # surfaces with a barrier, and the commit that lifts it or 0
        self.cursor = Cursor("default")

    # --- from clients

    def surface_created(self, surface: Surface) -> int:
        number = self._next_number
        self._next_number += 1
        self.surfaces[number] = surface
        self._new[number] = surface.client.instance.name
        return number

    def number_memory(self) -> int:
        """A name for a pool of a client's."""
        self._next_memory += 1
        return self._next_memory - 1

    def lends(self, surface: Surface, memory: Memory) -> bool:
        """Whether the ui can show a surface from a client's memory. It then has its file."""
        if not self.draws(surface):
            return False
        if memory.number in self._files:
            return True
        instance = memory.client.instance
        taken = sum(other.client.instance is instance for other in self._files.values())
        return taken < _MAX_FILES and self._open(memory)

    def _open(self, memory: Memory) -> bool:
        try:
            fd = _read_only(memory.fd)
        except OSError:  # an app can forbid it, and there may be too many
            return False
        self._files[memory.number] = memory
        self.send(PoolOpened(memory.number, memory.size), (fd,))
        return True

    def memory_grown(self, memory: Memory) -> None:
        if memory.number in self._files and memory.lasting:
            # What is shown of it goes on either way.
            memory.lasting = self._open(memory)

    def memory_closed(self, memory: Memory) -> None:
        if self._files.pop(memory.number, None) is not None:
            self.send(PoolClosed(memory.number))

    def surface_destroyed(self, surface: Surface) -> None:
        del self.surfaces[surface.number]
        self._changed.pop(surface, None)
        if surface in self._uncopied:
            self._uncopied.pop(surface).drop()
        self._in_flight = [other for other in self._in_flight if other is not surface]
        self._frames = [entry for entry in self._frames if entry[1] is not surface]
        self._barriers.pop(surface, None)
        self._discard_feedbacks(surface)
        if self._new.pop(surface.number, None) is None:
            self.send(SurfaceDestroyed(surface.number))

    def surface_applied(self, surface: Surface) -> None:
        """The surface has a new current state or waits for a frame."""
        self._changed[surface] = None

    def copy_later(self, surface: Surface, buffer: Buffer | SinglePixelBuffer) -> None:
        """The pixels of `buffer` are to be copied before this turn ends, instead of those of an earlier one: a
        client that commits a hundred times in a turn must not have all of that read while others wait."""
        buffer.hold()
        if surface in self._uncopied:
            self._uncopied[surface].drop()
        self._uncopied[surface] = buffer

    def set_barrier(self, surface: Surface) -> None:
        """Until what is current now was on the screen, later commits may have to wait.

        Without a ui there is no screen to wait for.
        """
        if self._connected:
            surface.barrier = True
            self._barriers[surface] = 0

    def _discard_feedbacks(self, surface: Surface | None = None) -> None:
        """Of one surface or all: what the ui was told of will not be seen."""
        entries, self._feedbacks = self._feedbacks, []
        for entry in entries:
            if surface is not None and entry[1] is not surface:
                self._feedbacks.append(entry)
                continue
            for feedback in entry[2]:
                feedback.discard()

    def set_cursor(self, cursor: Cursor) -> None:
        if cursor != self.cursor:
            self.cursor = cursor
            self.send(cursor)

    def send(self, message: AnyMessage, fds: Sequence[int] = ()) -> None:
        """Takes ownership of `fds`. The ui hears of a surface before anything else that comes after it, and not at
        all of those that are gone by then: making and destroying them costs it nothing."""
        if self._new:
            new, self._new = self._new, {}
            for number, instance in new.items():
                self._send(SurfaceCreated(number, instance), ())
        self._send(message, fds)

    # --- once a turn

    def draws(self, surface: Surface) -> bool:
        """Whether the surface gets frames for now."""
        return self._connected and not self._hidden(surface.root())

    def holds(self, surface: Surface) -> bool:
        """Whether the surface's last state waits for an earlier one to be drawn."""
        return surface in self._changed

    def _blocked(self, surface: Surface, trees: dict[Surface, bool]) -> bool:
        """Whether the surface or its tree has a commit on its way. `trees` are those looked at before, by their root:
        all surfaces of a large one may have changed."""
        if not self._in_flight:
            return False
        if surface.sent > self._done:
            return True
        root = surface.root()
        if root not in trees:
            trees[root] = self._tree_in_flight(root)
        return trees[root]

    def _tree_in_flight(self, surface: Surface) -> bool:
        return surface.sent > self._done or any(
            sub is not None and self._tree_in_flight(sub.surface) for sub, _x, _y in surface.children
        )

    def _copy(self) -> None:
        while self._uncopied:
            surface, buffer = self._uncopied.popitem()
            client = surface.client
            client.display.serve(client)
            client.answer(partial(surface.slots.write, buffer))
            client.display.serve(None)
            buffer.drop()

    def flush(self) -> None:
        """Send what became visible in this turn."""
        if self._uncopied:
            self._copy()
        if not self._changed or not self._connected:
            return
        seq = self._seq + 1
        states: list[SurfaceState] = []
        wanted = False
        held: dict[Surface, None] = {}
        ready: list[Surface] = []
        trees: dict[Surface, bool] = {}
        for surface in self._changed:
            if surface.dirty and self._blocked(surface, trees):
                held[surface] = None
            else:
                ready.append(surface)
        for surface in ready:
            if surface.dirty and (surface.has_content or surface.state_sent):
                states.append(self._state(surface, seq))
            if surface.frames and not self._hidden(surface.root()):
                self._frames.append((seq, surface, surface.frames))
                surface.frames = []
                wanted = True
            if surface.feedbacks:
                self._feedbacks.append((seq, surface, surface.feedbacks))
                surface.feedbacks = []
                wanted = True
            if surface.barrier and not self._barriers[surface]:
                self._barriers[surface] = seq
                wanted = True
        self._changed = held
        if states:
            self._seq = seq
            self.send(Commit(seq, tuple(states)))
        elif wanted:
            self._seq = seq
            self.send(FrameWanted(seq))

    def _state(self, surface: Surface, seq: int) -> SurfaceState:
        slots = surface.slots
        if slots.closed or slots.opened:
            self._announce_slots(surface)
        whole: Rect = (0, 0, *slots.geometry)
        damage = (whole,) if surface.damage is None else tuple(surface.damage)
        surface.dirty = False
        surface.damage = []
        surface.told = slots.content
        surface.sent = seq
        surface.state_sent = surface.has_content
        self._in_flight.append(surface)
        return surface.describe(damage)

    def _announce_slots(self, surface: Surface) -> None:
        slots = surface.slots
        for number in slots.closed:
            self.send(SlotClosed(surface.number, number))
        for slot in slots.opened:
            if isinstance(slot, ImportedSlot):
                self.send(SlotImported(surface.number, slot.number, slot.buffer.number))
                continue
            self.send(SlotOpened(surface.number, slot.number, slot.size), (_read_only(slot.fd),))
        slots.closed.clear()
        slots.opened.clear()

    # --- from the ui

    def frame_done(self, frame: FrameDone) -> None:
        """The ui is done with everything up to a commit; numbers from the future are ignored."""
        seq, time = frame.seq, frame.time
        if not self._done < seq <= self._seq:
            return
        self._done = seq
        if self._in_flight:
            waiting: list[Surface] = []
            for surface in self._in_flight:
                if surface.sent > seq:
                    waiting.append(surface)
                    continue
                before, surface.shown, surface.told = surface.shown, surface.told, None
                surface.let_go(before)
                if surface.shown is None or surface.slots.imported:
                    surface.free_slots()
                    self._announce_slots(surface)
            self._in_flight = waiting
        due = [entry for entry in self._frames if entry[0] <= seq]
        if due:
            self._frames = [entry for entry in self._frames if entry[0] > seq]
            for _seq, surface, callbacks in due:
                self._fire(surface, callbacks, time)

        if self._feedbacks:
            self._tell_presented(frame)
        if self._barriers:
            self._lift_barriers(seq)

    def _tell_presented(self, frame: FrameDone) -> None:
        due = [entry for entry in self._feedbacks if entry[0] <= frame.seq]
        self._feedbacks = [entry for entry in self._feedbacks if entry[0] > frame.seq]
        for _seq, surface, feedbacks in due:
            seen = frame.nanoseconds > 0 and bool(surface.screens) and not self._hidden(surface.root())
            for feedback in feedbacks:
                if seen:
                    feedback.presented(surface, frame.nanoseconds, frame.refresh)
                else:
                    feedback.discard()

    def _lift_barriers(self, seq: int) -> None:
        for surface in [surface for surface, lifted in self._barriers.items() if 0 < lifted <= seq]:
            del self._barriers[surface]
            surface.barrier = False
            updates.advance(surface)

    def _fire(self, surface: Surface, callbacks: list[Callback], time: int) -> None:
        surface.give_back()
        if self._hidden(surface.root()):
            surface.frames = callbacks + surface.frames
            return
        for callback in callbacks:
            callback.finish(time)

    def reveal(self) -> None:
        """A window is no longer minimised: what waited for frames may have them."""
        for surface in self.surfaces.values():
            if surface.frames:
                self._changed[surface] = None

    # --- the ui itself

    def disconnected(self) -> None:
        self._connected = False
        self._send = _drop
        self._files = {}
        self._done = self._seq
        self._in_flight = []
        for _seq, surface, callbacks in self._frames:
            surface.frames = callbacks + surface.frames
        self._frames = []
        self._discard_feedbacks()
        barriers, self._barriers = self._barriers, {}
        for surface in barriers:
            surface.barrier = False
            updates.advance(surface)
        for surface in self.surfaces.values():
            surface.give_back()
            surface.unread()

    def connected(self, send: Send) -> None:
        """Tell a new ui every surface, as of now."""
        self.disconnected()
        self._send = send
        self._connected = True
        self._new = {}
        send(SceneReset(), ())
        for surface in self.surfaces.values():
            send(SurfaceCreated(surface.number, surface.client.instance.name), ())
            surface.slots.opened_again()
            surface.dirty = True
            surface.damage = None
            surface.state_sent = False
            self._changed[surface] = None
        self.flush()
        send(self.cursor, ())
