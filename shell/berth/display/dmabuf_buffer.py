"""Buffers in graphics memory and the slots of surfaces that show them: nothing is copied, so they are lent to the ui.

An app may draw into one again when no surface shows it any more and the ui has drawn a frame without
it. One that the app destroys before stays as it is until then.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlBuffer

from berth.display import updates
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.dmabufs import Dmabuf
    from berth.display.slots import Slots
    from berth.display.state import Callback
    from berth.display.surface import Surface
    from berth.display.syncobj import SyncPoints


class DmabufBuffer(Resource):
    """To surfaces what a `buffers.Buffer` is, but that its pixels cannot be read here.

    Attributes:
        dmabuf: the memory; set by who makes the buffer.
        slots: where it is, or may be, shown.
    """

    __slots__ = ("_owed", "_uses", "_waiting", "_watched", "dmabuf", "slots")
    interface = WlBuffer
    copied = False
    send_release = event(WlBuffer, "release")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.dmabuf: Dmabuf | None = None
        self.slots: dict[Slots, ImportedSlot] = {}
        self._uses = 0
        self._owed = False  # a release
        self._waiting: dict[Surface, None] = {}
        self._watched: set[int] = set()

    # --- what it is

    @property
    def number(self) -> int:
        assert self.dmabuf is not None
        return self.dmabuf.opened.buffer

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    @property
    def size(self) -> tuple[int, int]:
        assert self.dmabuf is not None
        return self.dmabuf.opened.width, self.dmabuf.opened.height

    @property
    def stride(self) -> int:
        assert self.dmabuf is not None
        return self.dmabuf.opened.planes[0][1]

    @property
    def format(self) -> int:
        assert self.dmabuf is not None
        return self.dmabuf.opened.format

    # --- when it may be shown

    @property
    def ready(self) -> bool:
        """Whether the ui has taken it and the app's graphics hardware has finished what it draws into it."""
        dmabuf = self.dmabuf
        return dmabuf is not None and dmabuf.usable is True and not dmabuf.undrawn()

    def wait(self, surface: Surface) -> None:
        """Go on with what the surface has committed as soon as it is ready."""
        self._waiting[surface] = None
        if self.dmabuf is not None and self.dmabuf.usable:
            self._watch()

    def taken(self) -> None:
        """The ui can show it."""
        if self._waiting:
            self._watch()

    def _watch(self) -> None:
        assert self.dmabuf is not None
        undrawn = self.dmabuf.undrawn()
        for fd in undrawn:
            if fd not in self._watched:
                self._watched.add(fd)
                self.client.server.loop.watch(fd, partial(self._drawn, fd))
        if not undrawn:
            self._go_on()

    def _drawn(self, fd: int, _events: int) -> None:
        self._forget(fd)
        self._watch()

    def _forget(self, fd: int) -> None:
        self._watched.discard(fd)
        self.client.server.loop.forget(fd)

    def _go_on(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for surface in waiting:
            if surface.alive:
                updates.advance(surface)

    # --- who uses it

    @property
    def usable(self) -> bool:
        return self.pointer is not None or self._uses > 0

    def hold(self) -> None:
        """Keep it from being released, and from going, until `drop`."""
        self._uses += 1

    def drop(self) -> None:
        self._uses -= 1
        self._settle()

    def release(self) -> None:
        """Tell the client that it may draw into the buffer again, as soon as nobody holds it."""
        self._owed = True
        self._settle()

    def _settle(self) -> None:
        if self._uses:
            return
        if self._owed:
            self._owed = False
            self.send_release()
        if self.pointer is None:
            self._close()

    def destroyed(self) -> None:
        if not self._uses:
            self._close()

    def _close(self) -> None:
        for fd in tuple(self._watched):
            self._forget(fd)
        for slots in tuple(self.slots):
            slots.forget(self)
        if self.dmabuf is not None:
            self.dmabuf.close()


class ImportedSlot:
    """A slot of one surface that is a buffer of its client.

    `callbacks` want to know when the surface no longer shows it, and so do the `points` of commits.
    """

    __slots__ = ("_held", "buffer", "callbacks", "number", "points")
    size = 0  # of our memory

    def __init__(self, number: int, buffer: DmabufBuffer) -> None:
        self.number = number
        self.buffer = buffer
        self.callbacks: list[Callback] = []
        self.points: list[SyncPoints] = []
        self._held = False

    def take(self) -> None:
        if not self._held:
            self._held = True
            self.buffer.hold()

    def add_points(self, points: SyncPoints | None) -> None:
        """Of a commit that has become current."""
        if points is not None:
            points.shown()
            self.points.append(points)

    def give_back(self) -> None:
        """Neither shown nor read by the ui any more; without effect the second time."""
        if not self._held:
            return
        self._held = False
        callbacks, self.callbacks = self.callbacks, []
        for callback in callbacks:
            callback.finish(0)
        given, self.points = self.points, []
        for points in given:
            points.give_back(self.buffer.dmabuf)
        self.buffer.release()
        self.buffer.drop()
