"""Graphics memory of apps: what of it the ui can show, and every piece of it that the ui knows of.

The memory itself is never touched here. Its descriptors are passed on to the ui, which tries to use
them and answers; apps are told the outcome.
"""

from __future__ import annotations

import fcntl
import os
import select
import struct
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from berth.core.messages import DmabufChecked, DmabufClosed, DmabufFormats, DmabufOpened
from berth.core.pixels import FORMATS, to_drm
from berth.display import drm
from berth.display.client import Global
from berth.display.dmabuf import DmabufFeedback, DmabufManager
from berth.display.outputs import GRACE
from berth.display.resource import BudgetExceeded, Resource
from berth.display.syncobj import SyncobjManager

if TYPE_CHECKING:
    from collections.abc import Sequence

    from berth.display.client import Client
    from berth.display.instances import Instance
    from berth.display.scene import Send
    from berth.display.server import Server

MAX_PLANES = 512
"""Descriptors of graphics memory that are kept for one instance."""
MAX_PAIRS = 0x10000
"""Apps are told formats by numbers of 16 bits."""
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


class Planes:
    """Descriptors that an app has sent, counted for its instance until they are closed."""

    __slots__ = ("_dmabufs", "_instance", "fds")

    def __init__(self, dmabufs: Dmabufs, instance: Instance) -> None:
        self._dmabufs = dmabufs
        self._instance = instance
        self.fds: list[int] = []

    def add(self, fd: int) -> None:
        """Takes ownership of `fd`. Raises BudgetExceeded."""
        self.fds.append(fd)
        self._dmabufs.count(self._instance, 1)

    def close(self) -> None:
        fds, self.fds = self.fds, []
        self._dmabufs.uncount(self._instance, len(fds))
        for fd in fds:
            os.close(fd)


class Dmabuf:
    """One image in graphics memory.

    Attributes:
        usable: what the first ui that knew of it said; None before.
        answered: called once with that, unless it is closed before.
    """

    def __init__(
        self, dmabufs: Dmabufs, opened: DmabufOpened, planes: Planes, answered: Callable[[bool], None]
    ) -> None:
        self._dmabufs = dmabufs
        self._planes = planes
        self.opened = opened
        self.usable: bool | None = None
        self.answered: Callable[[bool], None] | None = answered
        self._poll = select.poll()
        for fd in planes.fds:
            self._poll.register(fd, select.POLLIN)

    def undrawn(self) -> list[int]:
        """Descriptors of what the app's graphics hardware has not finished: readable once it has."""
        fds = self._planes.fds
        ready = self._poll.poll(0)
        if len(ready) == len(fds):
            return []
        drawn = {fd for fd, _events in ready}
        return [fd for fd in fds if fd not in drawn]

    def being_read(self) -> list[int]:
        """Descriptors of what graphics hardware still reads or draws, as duplicates: writable once it does no more."""
        poll = select.poll()
        for fd in self._planes.fds:
            poll.register(fd, select.POLLOUT)
        free = {fd for fd, _events in poll.poll(0)}
        return [os.dup(fd) for fd in self._planes.fds if fd not in free]

    def duplicates(self) -> list[int]:
        return [os.dup(fd) for fd in self._planes.fds]

    def close(self) -> None:
        """Without effect the second time."""
        self.answered = None
        if self._planes.fds:
            self._planes.close()
            self._dmabufs.closed(self.opened.buffer)


class Dmabufs:
    """The conversation about graphics memory with one ui after the other.

    Apps see the protocol while the last ui that spoke of it could show any.

    Attributes:
        pairs: formats and modifiers that can be shown.
        told: what apps were told last, which is the same unless it would be nothing.
        known: all that ever could.
        device: the dev_t as the protocol wants it.
        drm: the device itself, None while there is none with timelines.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._next = 1
        self._all: dict[int, Dmabuf] = {}
        self._planes: Counter[Instance] = Counter()
        self._formats = DmabufFormats()
        self.pairs: Sequence[tuple[int, int]] = ()
        self.told: Sequence[tuple[int, int]] = ()
        self.device = b""
        self.drm: drm.Device | None = None
        self._globals: dict[type[Resource], Global] = {}
        self._table = -1
        self.known: set[tuple[int, int]] = set()

    # --- what the ui says

    def change_formats(self, message: DmabufFormats) -> None:
        if message == self._formats:
            return
        self._formats = message
        self.pairs = tuple(pair for pair in message.pairs if pair[0] in FORMATS)[:MAX_PAIRS]
        if self.pairs:
            self.known.update(self.pairs)
            self.told, self.device = self.pairs, struct.pack("=Q", message.device)
            self.close()
            self._table = _write_table(self.pairs)
            for client in self._server.display.clients.values():
                for feedback in client.all(DmabufFeedback):
                    feedback.describe()
        self.drm = drm.open_device(message.device) if self.pairs else None
        self._announce(DmabufManager, bool(self.pairs))
        self._announce(SyncobjManager, self.drm is not None)

    def _announce(self, kind: type[Resource], exists: bool) -> None:
        if not exists and kind in self._globals:
            vanished = self._globals.pop(kind)
            vanished.remove()
            self._server.timers.set(vanished, time.monotonic_ns() + round(GRACE * 1e9), vanished.destroy)
        elif exists and kind not in self._globals:
            self._globals[kind] = Global(self._server.display, kind)

    def checked(self, message: DmabufChecked) -> None:
        dmabuf = self._all.get(message.buffer)
        if dmabuf is None or dmabuf.usable is not None:
            return
        dmabuf.usable = message.usable
        answered, dmabuf.answered = dmabuf.answered, None
        if answered is not None:
            answered(message.usable)

    def connected(self, send: Send) -> None:
        """Tell a new ui all there is, before what shows it."""
        for dmabuf in self._all.values():
            send(dmabuf.opened, dmabuf.duplicates())

    # --- for the objects of apps

    def open_table(self) -> tuple[int, int]:
        """A descriptor of the table of pairs, which becomes the caller's, and its size."""
        return os.open(f"/proc/self/fd/{self._table}", os.O_RDONLY | os.O_CLOEXEC), 16 * len(self.told)

    def new_planes(self, client: Client) -> Planes:
        return Planes(self, client.instance)

    def open(
        self,
        planes: Planes,
        layout: Sequence[tuple[int, int]],
        size: tuple[int, int],
        form: tuple[int, int],
        answered: Callable[[bool], None],
    ) -> Dmabuf:
        """Have the ui try to show it.

        Args:
            planes: become its own.
            layout: offset and stride (bytes) of each.
            form: format and modifier.
            answered: see `Dmabuf`.
        """
        number = self._next
        self._next += 1
        dmabuf = Dmabuf(self, DmabufOpened(number, *size, *form, tuple(layout)), planes, answered)
        self._all[number] = dmabuf
        self._server.scene.send(dmabuf.opened, dmabuf.duplicates())
        return dmabuf

    def closed(self, number: int) -> None:
        if self._all.pop(number, None) is not None:
            self._server.scene.send(DmabufClosed(number))

    def count(self, instance: Instance, planes: int) -> None:
        self._planes[instance] += planes
        if self._planes[instance] > MAX_PLANES:
            raise BudgetExceeded(f"more than {MAX_PLANES} planes of graphics memory")

    def uncount(self, instance: Instance, planes: int) -> None:
        self._planes[instance] -= planes
        if not self._planes[instance]:
            del self._planes[instance]

    def close(self) -> None:
        if self._table >= 0:
            os.close(self._table)
            self._table = -1


def _write_table(pairs: Sequence[tuple[int, int]]) -> int:
    """Apps map it: it never changes."""
    fd = os.memfd_create("berth-formats", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    data = b"".join(struct.pack("=IIQ", to_drm(format_), 0, modifier) for format_, modifier in pairs)
    done = 0
    while done < len(data):
        done += os.write(fd, data[done:])
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
    return fd
