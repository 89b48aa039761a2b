"""wp_linux_drm_syncobj: apps say when a buffer is drawn, and are told when it is free, by points of timelines."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from pywayland.protocol.linux_drm_syncobj_v1 import (
    WpLinuxDrmSyncobjManagerV1,
    WpLinuxDrmSyncobjSurfaceV1,
    WpLinuxDrmSyncobjTimelineV1,
)

from berth.core.permissions import GPU
from berth.display import updates
from berth.display.dmabuf_buffer import DmabufBuffer
from berth.display.extension import SurfaceExtension, check_free
from berth.display.loop import WRITE
from berth.display.resource import BudgetExceeded, Resource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.dmabufs import Dmabuf
    from berth.display.drm import Timeline
    from berth.display.state import State
    from berth.display.surface import Surface

_Errors = WpLinuxDrmSyncobjSurfaceV1.error


class Point(NamedTuple):
    timeline: Timeline
    value: int


class SyncPoints:
    """Of one commit: its buffer may be shown after `acquire`, and drawn into again after `release`."""

    def __init__(self, client: Client, acquire: Point, release: Point) -> None:
        """Raises BudgetExceeded."""
        self._loop = client.server.loop
        self._release: Point | None = release
        self._event = client.server.dmabufs.new_planes(client)
        self._waiting: dict[Surface, None] = {}
        self._reading: set[int] = set()
        try:
            self._event.add(acquire.timeline.reached(acquire.value))
        except OSError as error:
            raise BudgetExceeded(f"a timeline cannot be waited for: {error.strerror}") from None

    @property
    def ready(self) -> bool:
        """Whether the app's graphics hardware has drawn."""
        if not self._event.fds:
            return True
        poll = select.poll()
        poll.register(self._event.fds[0], select.POLLIN)
        return bool(poll.poll(0))

    def wait(self, surface: Surface) -> None:
        """Go on with what the surface has committed as soon as it is ready."""
        if not self._waiting and self._event.fds:
            self._loop.watch(self._event.fds[0], self._reached)
        self._waiting[surface] = None

    def _reached(self, _events: int) -> None:
        waiting = self._close()
        for surface in waiting:
            if surface.alive:
                updates.advance(surface)

    def _close(self) -> dict[Surface, None]:
        waiting, self._waiting = self._waiting, {}
        if waiting and self._event.fds:
            self._loop.forget(self._event.fds[0])
        self._event.close()
        return waiting

    def shown(self) -> None:
        """Nothing has to be waited for any more."""
        self._close()

    def give_back(self, dmabuf: Dmabuf | None = None) -> None:
        """Tell that the buffer is free: at once if it was not shown, else as soon as nothing reads the memory."""
        self._close()
        if dmabuf is None:
            self._signal()
            return
        self._reading = set(dmabuf.being_read())
        for fd in self._reading:
            self._loop.watch(fd, partial(self._read, fd), WRITE)
        if not self._reading:
            self._signal()

    def _read(self, fd: int, _events: int) -> None:
        self._loop.forget(fd)
        os.close(fd)
        self._reading.discard(fd)
        if not self._reading:
            self._signal()

    def _signal(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            with suppress(OSError):  # the device has gone
                release.timeline.signal(release.value)


class SyncobjTimeline(Resource):
    __slots__ = ("timeline",)
    interface = WpLinuxDrmSyncobjTimelineV1
    listed = True
    most = 1_024

    def __init__(self, client: Client, version: int, new_id: int, timeline: Timeline) -> None:
        super().__init__(client, version, new_id)
        self.timeline = timeline


class SyncobjSurface(SurfaceExtension):
    __slots__ = ("_acquire", "_release")
    interface = WpLinuxDrmSyncobjSurfaceV1

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface) -> None:
        super().__init__(client, version, new_id, surface)
        self._acquire: Point | None = None
        self._release: Point | None = None

    def on_set_acquire_point(self, timeline: SyncobjTimeline, high: int, low: int) -> None:
        self.living(_Errors.no_surface)
        self._acquire = Point(timeline.timeline, high << 32 | low)

    def on_set_release_point(self, timeline: SyncobjTimeline, high: int, low: int) -> None:
        self.living(_Errors.no_surface)
        self._release = Point(timeline.timeline, high << 32 | low)

    def check(self, state: State) -> None:
        acquire, release = self._acquire, self._release
        self._acquire = self._release = None
        if state.buffer is None:
            if acquire is not None or release is not None:
                raise self.error(_Errors.no_buffer, "points without a buffer")
            return
        if not isinstance(state.buffer, DmabufBuffer):
            raise self.error(_Errors.unsupported_buffer, "a buffer that is not in graphics memory")
        if acquire is None:
            raise self.error(_Errors.no_acquire_point, "a buffer without an acquire point")
        if release is None:
            raise self.error(_Errors.no_release_point, "a buffer without a release point")
        if acquire.timeline is release.timeline and acquire.value >= release.value:
            raise self.error(_Errors.conflicting_points, f"released at {release.value}, acquired at {acquire.value}")
        state.more.points = SyncPoints(self.client, acquire, release)


class SyncobjManager(Resource):
    __slots__ = ()
    interface = WpLinuxDrmSyncobjManagerV1
    permission = GPU

    def on_get_surface(self, new_id: int, surface: Surface) -> None:
        errors = WpLinuxDrmSyncobjManagerV1.error
        check_free(self, SyncobjSurface, surface, errors.surface_exists)
        SyncobjSurface(self.client, self.version, new_id, surface)

    def on_import_timeline(self, new_id: int, fd: int) -> None:
        device = self.client.server.dmabufs.drm
        try:
            if device is None:
                raise OSError("there is no device any more")
            timeline = device.import_timeline(fd)
        except OSError as error:
            raise self.error(WpLinuxDrmSyncobjManagerV1.error.invalid_timeline, str(error)) from None
        finally:
            os.close(fd)
        SyncobjTimeline(self.client, self.version, new_id, timeline)
