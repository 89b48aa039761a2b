"""A surface's pixels where the ui cannot read the client's: sealed memory files that are written only while
nobody reads them.

Pixels are copied once, from the client's buffer into a slot, and only where the slot is out of
date; at the end of a turn, however often the client has committed in it. The ui reads the slot it
shows and the one on its way to it, so three are always enough.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, TypeAlias

from berth.core.messages import Rect
from berth.core.pixels import stride_of
from berth.display.binding import ffi, map_file, unmap_file
from berth.display.dmabuf_buffer import ImportedSlot
from berth.display.region import add_damage
from berth.display.resource import BudgetExceeded

if TYPE_CHECKING:
    from berth.display.buffers import Buffer
    from berth.display.dmabuf_buffer import DmabufBuffer
    from berth.display.lease import Lease
    from berth.display.single_pixel import SinglePixelBuffer

_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
_PAGE = 4096
_MAX_ROOM = 4 << 20
_MAX_IMPORTED = 32
"""Buffers of its client that a surface shows in turn; beyond, the ui is told anew of those that come back."""


class Slot:
    """One memory file.

    `missed` is the damage since the slot was last written, None while all of it is stale.
    """

    __slots__ = ("_memory", "fd", "missed", "number", "pixels", "size")

    def __init__(self, number: int, size: int) -> None:
        self.number = number
        self.size = size
        self.missed: list[Rect] | None = None
        self.fd = os.memfd_create("berth-surface", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, size)
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, _SEALS)
        self._memory = map_file(self.fd, size)
        self.pixels = memoryview(ffi.buffer(self._memory, size))

    def close(self) -> None:
        self.pixels.release()
        unmap_file(self._memory, self.size)
        os.close(self.fd)


def roomy(size: int) -> int:
    """Size of a slot for `size` bytes: some room to grow, so that resizing a window seldom needs new memory."""
    return -(-(size + min(size // 4, _MAX_ROOM)) // _PAGE) * _PAGE


Content: TypeAlias = "Slot | ImportedSlot | Lease | None"
Busy: TypeAlias = "tuple[Content, Content]"
"""What the ui may be reading."""


class Slots:
    """The slots of one surface and which of them holds its content; `imported` are those without memory of ours."""

    __slots__ = ("_next", "all", "closed", "content", "geometry", "imported", "opened", "stride")

    def __init__(self) -> None:
        self.all: list[Slot] = []
        self.imported: list[ImportedSlot] = []
        self.content: Content = None
        self.opened: list[Slot | ImportedSlot] = []  # not yet announced
        self.closed: list[int] = []  # not yet announced
        self.geometry = (0, 0)
        self.stride = 0
        self._next = 0

    @property
    def memory(self) -> int:
        return sum(slot.size for slot in self.all)

    def choose(self, buffer: Buffer | SinglePixelBuffer, damage: list[Rect], busy: Busy, room: int) -> None:
        """Take a slot that is not `busy` for the content of `buffer`, changed by `damage` since the last content.

        `write` has to follow before the ui is told.

        Raises:
            BudgetExceeded: if that takes more than `room` bytes of new memory.
        """
        width, height = buffer.width, buffer.height
        self._miss((width, height), damage)
        self.stride = width * 4 if buffer.pixel == 4 else stride_of(width, buffer.format)
        self.content = self._writable(self.stride * height, busy, room)

    def write(self, buffer: Buffer | SinglePixelBuffer) -> None:
        """Bring the slot that was chosen last up to date, unless something else has become the content since.

        Raises:
            ProtocolError: if the pixels of `buffer` are not there.
        """
        slot = self.content
        if not isinstance(slot, Slot):
            return
        width, height = buffer.width, buffer.height
        missed = slot.missed
        if missed is None or sum(r[2] * r[3] for r in missed) * 2 > width * height:
            missed = [(0, 0, width, height)]
        for rect in missed:
            buffer.copy(slot.pixels, self.stride, rect)
        slot.missed = []

    def show_lease(self, lease: Lease, damage: list[Rect]) -> None:
        """The content is what is lent now, changed by `damage` since the last content."""
        self._miss(lease.buffer.size, damage)
        self.stride = lease.buffer.stride
        self.content = lease

    def _miss(self, geometry: tuple[int, int], damage: list[Rect]) -> None:
        if geometry != self.geometry:
            self.geometry = geometry
            for slot in self.all:
                slot.missed = None
        else:
            for slot in self.all:
                if slot.missed is not None:
                    add_damage(slot.missed, damage)

    def lend(self, buffer: DmabufBuffer) -> ImportedSlot:
        """Make `buffer` itself the content; what else there is is out of date then."""
        self.geometry, self.stride = buffer.size, buffer.stride
        for stale in self.all:
            stale.missed = None
        slot = buffer.slots.get(self)
        if slot is None:
            slot = buffer.slots[self] = ImportedSlot(self._next, buffer)
            self._next += 1
            self.imported.append(slot)
            self.opened.append(slot)
        slot.take()
        self.content = slot
        return slot

    def settle(self, busy: Busy) -> None:
        """Give back what was lent and is neither the content nor `busy`, and memory beside a content that is lent."""
        lent = isinstance(self.content, ImportedSlot)
        for slot in [slot for slot in self.all if lent and slot not in busy]:
            self.drop(slot)
        for imported in [slot for slot in self.imported if slot is not self.content and slot not in busy]:
            if len(self.imported) > _MAX_IMPORTED:
                self.forget(imported.buffer)
            imported.give_back()

    def forget(self, buffer: DmabufBuffer) -> None:
        """The buffer will not be shown again."""
        slot = buffer.slots.pop(self)
        self.imported.remove(slot)
        self._announce_closed(slot)

    def opened_again(self) -> None:
        """Nobody knows of any slot."""
        self.closed.clear()
        self.opened = [*self.all, *self.imported]

    def _writable(self, size: int, busy: Busy, room: int) -> Slot:
        free = [slot for slot in self.all if slot not in busy]
        # Rewriting what nobody was told about yet keeps the number of slots at what the ui's pace needs.
        chosen = next((slot for slot in free if slot is self.content), free[0] if free else None)
        if chosen is not None and size <= chosen.size <= 4 * roomy(size):
            return chosen
        for slot in free:
            if not size <= slot.size <= 4 * roomy(size):
                self.drop(slot)
        if roomy(size) > room:
            raise BudgetExceeded("too much memory for the content of surfaces")
        try:
            slot = Slot(self._next, roomy(size))
        except (OSError, MemoryError):
            raise BudgetExceeded("no memory or descriptors are left for the content of surfaces") from None
        self._next += 1
        self.all.append(slot)
        self.opened.append(slot)
        return slot

    def drop(self, slot: Slot) -> None:
        self.all.remove(slot)
        self._announce_closed(slot)
        slot.close()

    def _announce_closed(self, slot: Slot | ImportedSlot) -> None:
        if slot in self.opened:
            self.opened.remove(slot)
        else:
            self.closed.append(slot.number)

    def clear(self, keep: Busy = (None, None)) -> None:
        """Give the memory back; what the ui may still read stays until a later call."""
        for slot in [slot for slot in self.all if slot not in keep]:
            self.drop(slot)
        self.settle(keep)

    def drop_unused(self, busy: Busy) -> None:
        for slot in [slot for slot in self.all if slot not in busy]:
            self.drop(slot)
