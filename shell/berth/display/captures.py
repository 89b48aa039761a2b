"""Pictures of the screen and of windows for apps that may see them: asked of the ui, which alone has them.

A picture is asked for when an app waits for one, and the ui sends it when there is something new;
nothing happens while nobody waits. Only what differs from the last picture is copied to the app.
"""

from __future__ import annotations

import fcntl
import logging
import mmap
import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from berth.core.messages import CaptureClosed, CaptureDone, CaptureWanted, CursorAt, CursorFollowed, Rect
from berth.core.permissions import SCREEN_CAPTURE
from berth.core.pixels import ARGB8888, XRGB8888
from berth.core.transform import turned
from berth.display.binding import ffi, memcmp
from berth.display.resource import BudgetExceeded

if TYPE_CHECKING:
    from berth.display.buffers import Buffer
    from berth.display.client import Client
    from berth.display.output import Screen
    from berth.display.server import Server
    from berth.display.toplevel import Toplevel

_log = logging.getLogger("berth.display")

FORMATS = (XRGB8888, ARGB8888)
MAX_CAPTURES = 16
"""Streams of pictures of one instance; each keeps one picture in memory."""
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE
_BAND = 16
"""Rows that are compared at a time."""


class Source(NamedTuple):
    """What is pictured: an output or a window."""

    screen: Screen | None = None
    toplevel: Toplevel | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """Of its pictures, in pixels; None once there is nothing to picture any more."""
        if self.screen is not None:
            return self.screen.pixels if self.screen.present else None
        toplevel = self.toplevel
        if toplevel is None or not toplevel.mapped:
            return None
        scale = toplevel.client.server.outputs.of(toplevel).now.scale
        _x, _y, width, height = toplevel.xdg.window_geometry
        return max(round(width * scale), 1), max(round(height * scale), 1)

    @property
    def transform(self) -> int:
        """How its pictures are turned: those of an output as its panel was built."""
        return 0 if self.screen is None else self.screen.now.transform


class Picture:
    """A picture in memory of the ui's that cannot change. `damage` is what differs from the one before."""

    def __init__(self, message: CaptureDone, memory: mmap.mmap) -> None:
        self.size = (message.width, message.height)
        self.stride = message.stride
        self.time = message.time
        self.transform = message.transform
        self.damage: list[Rect] = [(0, 0, *self.size)]
        self._memory = memory
        self.pixels: Any = ffi.from_buffer(memory)

    def compare(self, before: Picture | None) -> None:
        """Find out what has changed, in bands over the whole width."""
        width, height = self.size
        if before is None or (before.size, before.stride) != (self.size, self.stride):
            return
        self.damage = []
        for top in range(0, height, _BAND):
            rows = min(_BAND, height - top)
            start = top * self.stride
            if memcmp(self.pixels + start, before.pixels + start, rows * self.stride):
                if self.damage and sum(self.damage[-1][1::2]) == top:
                    _x, first, _width, seen = self.damage.pop()
                    top, rows = first, seen + rows
                self.damage.append((0, top, width, rows))

    def copy(self, buffer: Buffer, corner: tuple[int, int], rects: list[Rect]) -> None:
        """Copy `rects`, in the buffer's coordinates, whose origin is `corner` of the picture."""
        pixels = memoryview(self._memory)
        for x, y, width, height in rects:
            at_once = height if width * 4 == self.stride == buffer.stride else 1
            for row in range(y, y + height, at_once):
                source = (row + corner[1]) * self.stride + (x + corner[0]) * 4
                buffer.write(pixels[source : source + width * 4 * at_once], x, row)

    def close(self) -> None:
        ffi.release(self.pixels)
        self._memory.close()


class Waiter(Protocol):
    """A frame that an app waits for. `fresh`: as the source is now, even if nothing has changed."""

    fresh: bool

    def take(self, picture: Picture) -> None: ...

    def fail(self) -> None:
        """There will be no picture: the source is gone."""


class Capture:
    """One stream of pictures for one client; ends with the last of its `users`.

    Attributes:
        alone: the pictures are of the cursor, while it is over the source.
        cursor_at: where that is, if so.
        followed: the size and transform of the source that it is told for.
        moves: called when it has changed.
        ends: called when nothing will come any more.
    """

    def __init__(
        self, captures: Captures, client: Client, source: Source, cursor: bool, number: int, alone: bool
    ) -> None:
        self._captures = captures
        self.client = client
        self.source = source
        self.cursor = cursor
        self.number = number
        self.users = 0
        self.waiting: list[Waiter] = []
        self.told = False
        self.alone = alone
        self._cursor_size: tuple[int, int] | None = None
        self.cursor_at = CursorAt(number)
        self.followed: tuple[tuple[int, int] | None, int] | None = None
        self.moves: list[Callable[[], None]] = []
        self.ends: list[Callable[[], None]] = []
        self.last: Picture | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """Of the next picture; None while it is not known, and for ever once there is nothing to picture."""
        if not self.alone or self.source.size is None:
            return self.source.size
        # The size of the last one stays while the cursor is elsewhere.
        return self._cursor_size

    def moved(self, at: CursorAt) -> None:
        """The cursor is there now."""
        self.cursor_at = at
        if at.width > 0 and at.height > 0:
            self._cursor_size = (at.width, at.height)
        for move in tuple(self.moves):
            move()

    def wait(self, waiter: Waiter) -> None:
        self.waiting.append(waiter)
        self._captures.ask(self)

    def give_up(self, waiter: Waiter) -> None:
        if waiter in self.waiting:
            self.waiting.remove(waiter)

    def hold(self) -> None:
        self.users += 1

    def release(self) -> None:
        self.users -= 1
        if not self.users:
            self._captures.close(self)

    def came(self, picture: Picture) -> None:
        picture.compare(self.last)
        if self.last is not None:
            self.last.close()
        self.last = picture
        waiting, self.waiting = self.waiting, []
        for waiter in waiting:
            if waiter.fresh or picture.damage:
                self.client.answer(partial(waiter.take, picture))
            else:
                self.waiting.append(waiter)
        if self.waiting:
            self._captures.ask(self)

    def end(self) -> None:
        """Nothing will come any more."""
        waiting, self.waiting = self.waiting, []
        for waiter in waiting:
            waiter.fail()
        for end in tuple(self.ends):
            end()


class Captures:
    """All streams by the number the ui knows them by."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._next = 1
        self._all: dict[int, Capture] = {}

    def open(self, client: Client, source: Source, cursor: bool, alone: bool = False) -> Capture:
        if sum(capture.client.instance is client.instance for capture in self._all.values()) >= MAX_CAPTURES:
            raise BudgetExceeded(f"more than {MAX_CAPTURES} streams of pictures")
        number = self._next
        self._next += 1
        capture = self._all[number] = Capture(self, client, source, cursor, number, alone)
        client.instance.uses.begin(SCREEN_CAPTURE, capture)
        if alone:
            self._follow(capture)
        return capture

    def _follow(self, capture: Capture) -> None:
        """Have the ui tell where the cursor is."""
        capture.followed = (capture.source.size, capture.source.transform)
        if capture.source.size is not None and not self._server.lock.locked:
            capture.told = True
            what = (capture.number, capture.client.instance.name, *_named(capture.source))
            upright = turned(*capture.source.size, capture.source.transform)
            self._server.scene.send(CursorFollowed(*what, *upright, capture.source.transform))

    def ask(self, capture: Capture) -> None:
        source, size = capture.source, capture.source.size
        if size is None:
            capture.end()
            return
        if self._server.lock.locked:
            return
        capture.told = True
        fresh = any(waiter.fresh for waiter in capture.waiting)
        self._server.scene.send(
            CaptureWanted(
                capture.number,
                capture.client.instance.name,
                *_named(source),
                *turned(*size, source.transform),
                capture.cursor,
                fresh,
                capture.alone,
                source.transform,
            )
        )

    def close(self, capture: Capture) -> None:
        del self._all[capture.number]
        capture.client.instance.uses.end(SCREEN_CAPTURE, capture)
        if capture.told:
            self._server.scene.send(CaptureClosed(capture.number))
        if capture.last is not None:
            capture.last.close()
            capture.last = None

    def source_gone(self, gone: Screen | Toplevel) -> None:
        for capture in tuple(self._all.values()):
            if gone in (capture.source.screen, capture.source.toplevel):
                capture.end()

    def lock(self) -> None:
        """No app learns any more what is on the screen. Those that wait for a picture go on waiting, as one that
        failed would be asked for again at once."""
        for capture in tuple(self._all.values()):
            if capture.alone:
                capture.moved(CursorAt(capture.number))

    def unlock(self) -> None:
        self.snapshot()

    # --- the ui

    def cursor_at(self, message: CursorAt) -> None:
        capture = self._all.get(message.capture)
        if capture is None or not capture.alone:
            return
        if (capture.source.size, capture.source.transform) != capture.followed:
            self._follow(capture)  # it was told in other pixels
        else:
            capture.moved(message)

    def done(self, message: CaptureDone, fds: list[int]) -> None:
        try:
            capture = self._all.get(message.capture)
            if capture is None or len(fds) != 1 or self._server.lock.locked:
                return
            size = message.stride * message.height
            if message.stride < message.width * 4 or size <= 0:
                raise ValueError("impossible measures")
            if fcntl.fcntl(fds[0], fcntl.F_GET_SEALS) & _SEALS != _SEALS or os.fstat(fds[0]).st_size < size:
                raise ValueError("not sealed, or too small")
            picture = Picture(message, mmap.mmap(fds[0], size, mmap.MAP_SHARED, mmap.PROT_READ))
            capture.came(picture)
        except (OSError, ValueError) as error:
            _log.warning("a picture of the ui cannot be used: %s", error)
        finally:
            for fd in fds:
                os.close(fd)

    def snapshot(self) -> None:
        """A new ui knows of no wish."""
        for capture in tuple(self._all.values()):
            if capture.alone:
                self._follow(capture)
            if capture.waiting:
                self.ask(capture)


def _named(source: Source) -> tuple[str, int]:
    """Output and window, as messages tell them."""
    screen, toplevel = source.screen, source.toplevel
    return "" if screen is None else screen.name, 0 if toplevel is None else toplevel.window
