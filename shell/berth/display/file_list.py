"""Lists of files on their way from one app to another, which has a file system of its own.

Between apps a list does not go straight from client to client: the display server reads it, has the engine
copy the files to where the other app can see them, and hands over the places there instead. Who is only
hovered over gets the places at once, but the files lie there only after the drop: some programs ask then
and never again.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from berth.core.messages import FilesReady, FilesRefused, FilesWanted
from berth.core.plan import SANDBOX_RECEIVED
from berth.core.uri_list import (
    CUT_MARK,
    LISTS,
    MAX_BYTES,
    MAX_FILES,
    Item,
    file_address,
    names_of,
    read_list,
    write_list,
)
from berth.display.pipe import PipeWriter

if TYPE_CHECKING:
    from berth.display.instances import Instance
    from berth.display.selection import Source
    from berth.display.server import Server

_READ = 64 << 10
_READING = 10_000_000_000
"""ns that a source may take for its list."""

_MOST_READERS = 32
"""Readers of one list at the same time; a toolkit has one or two."""

_LATE = 900_000_000
"""ns after which some programs give up what they asked for, and remember that there was nothing."""

_FOLDER = os.fsencode(SANDBOX_RECEIVED)


class Desktop:
    """Takes files in the place of an instance."""

    name = ""


DESKTOP = Desktop()


class FileList:
    """The files that one source offers, for one instance: read once, brought once, as long as the offer stands.

    Attributes:
        transfer: names the directory in which the instance finds them.
        mime_type: of the list that is read.

    Args:
        late: called when the files have come too late for whoever asked for them.
    """

    def __init__(self, source: Source, target: Instance | Desktop, late: Callable[[], None] = lambda: None) -> None:
        self.transfer = secrets.token_hex(4)
        self.target = target
        self._source = source
        self._origin = source.client.instance.name
        self.server = source.client.server
        self.mime_type = next(mime_type for mime_type in LISTS if mime_type in source.types)
        self._pipe = -1
        self._data = bytearray()
        self._items: tuple[Item, ...] | None = None
        self._places: tuple[bytes, ...] = ()
        self._files: tuple[tuple[bytes, bytes], ...] = ()
        self._written: dict[str, bytes] = {}  # the list as each type has it
        self._readers: list[PipeWriter] = []
        self._hovering: list[tuple[str, PipeWriter]] = []
        self._waiting: list[tuple[str, PipeWriter]] = []
        self._then: list[Callable[[], None]] = []
        self._learners: list[Callable[[tuple[Item, ...]], None]] = []
        self._late = late
        self._asked = 0  # when the engine was, ns
        self._there = False

    def ask(self, mime_type: str, fd: int, *, hovering: bool) -> None:
        """Write the list to `fd` and close that: when the files are there, with `hovering` as soon as it is known."""
        self._readers = [reader for reader in self._readers if reader.open]
        if len(self._readers) >= _MOST_READERS:
            os.close(fd)
            return
        writer = PipeWriter(self.server.loop, self.server.timers, fd)
        self._readers.append(writer)
        if mime_type == CUT_MARK:
            writer.write(b"0")
        elif writer.open:
            (self._hovering if hovering else self._waiting).append((mime_type, writer))
            self._go_on()

    def bring(self, then: Callable[[], None]) -> None:
        """Call `then` when the files are there, or cannot be."""
        self._then.append(then)
        self._go_on()

    def learn(self, then: Callable[[tuple[Item, ...]], None]) -> None:
        """Call `then` with what the list says, as soon as that is known."""
        self._learners.append(then)
        self._go_on()

    @property
    def names(self) -> tuple[bytes, ...]:
        """Of the files that have come."""
        return tuple(name for _path, name in self._files if _place(self.transfer, name) in self._places)

    @property
    def wish(self) -> FilesWanted:
        return FilesWanted(self.transfer, self._origin, self.target.name, self._files)

    def brought(self, missing: tuple[int, ...]) -> None:
        """The engine has copied the files, but for those at these indices."""
        self._there = True
        gone = {_place(self.transfer, self._files[at][1]) for at in missing if 0 <= at < len(self._files)}
        self._places = tuple(place for place in self._places if place not in gone)
        self._written.clear()
        too_late = self._asked and self._waiting and time.monotonic_ns() - self._asked > _LATE
        self._go_on()
        if too_late:
            self._late()

    def forget(self) -> None:
        """The instance is gone."""
        for _mime_type, writer in (*self._hovering, *self._waiting):
            writer.close()
        self._hovering, self._waiting, self._then, self._learners = [], [], [], []
        self._settle(())

    def _go_on(self) -> None:
        if self._items is None:
            self._read()
            return
        learners, self._learners = self._learners, []
        for learn in learners:
            learn(self._items)
        self._answer(self._hovering)
        wanted = self._waiting or self._then
        if self._there:
            self._answer(self._waiting)
            then, self._then = self._then, []
            for call in then:
                call()
        elif wanted and not self._files:
            self.brought(())
        elif wanted and not self._asked:
            self._asked = time.monotonic_ns()
            self.server.file_lists.want(self)

    def _answer(self, waiting: list[tuple[str, PipeWriter]]) -> None:
        while waiting:
            mime_type, writer = waiting.pop()
            if mime_type not in self._written:
                self._written[mime_type] = write_list(self._places, mime_type)
            writer.write(self._written[mime_type])

    # --- from the source

    def _read(self) -> None:
        if self._pipe >= 0:
            return
        try:
            self._pipe, theirs = os.pipe2(os.O_CLOEXEC)
        except OSError:
            self._settle(())
            return
        os.set_blocking(self._pipe, False)
        self._source.ask(self.mime_type, theirs)
        self.server.loop.watch(self._pipe, self._readable)
        self.server.timers.set(self, time.monotonic_ns() + _READING, self._too_slow)

    def _readable(self, _events: int) -> None:
        try:
            data = os.read(self._pipe, _READ)
        except BlockingIOError:
            return
        self._data += data
        if len(self._data) > MAX_BYTES:
            self._refuse(f"their names take more than {MAX_BYTES >> 20} MiB")
        elif not data:
            self._complete()

    def _complete(self) -> None:
        try:
            self._settle(read_list(bytes(self._data), self.mime_type))
        except ValueError:
            self._refuse(f"they are more than {MAX_FILES}")

    def _too_slow(self) -> None:
        self._refuse("the app does not say which they are")

    def _refuse(self, why: str) -> None:
        self.server.tell_engine(FilesRefused(self._origin, self.target.name, why))
        self._settle(())

    def _settle(self, items: tuple[Item, ...]) -> None:
        """Read no more; the list is known."""
        if self._pipe >= 0:
            self.server.loop.forget(self._pipe)
            self.server.timers.forget(self)
            os.close(self._pipe)
        self._pipe = -1
        self._data.clear()
        if self._items is not None:
            return
        self._items = items
        paths = [item.path for item in items if item.path]
        self._files = tuple(zip(paths, names_of(paths), strict=True))
        names = iter(self._files)
        self._places = tuple(item.address or _place(self.transfer, next(names)[1]) for item in items)
        self._go_on()


def _place(transfer: str, name: bytes) -> bytes:
    return file_address(b"/".join((_FOLDER, transfer.encode(), name)))


class FileLists:
    """The lists whose files the engine is bringing."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._wanted: dict[str, FileList] = {}

    def want(self, files: FileList) -> None:
        if files.target is not DESKTOP and files.target.name not in self._server.instances.names:
            files.forget()
            return
        self._wanted[files.transfer] = files
        self._server.tell_engine(files.wish)

    def ready(self, message: FilesReady) -> None:
        files = self._wanted.pop(message.transfer, None)
        if files is not None:
            files.brought(message.missing)

    def engine_connected(self) -> None:
        """It may be a new one that knows of none."""
        for files in self._wanted.values():
            self._server.tell_engine(files.wish)

    def instance_gone(self, instance: Instance) -> None:
        for transfer in [t for t, files in self._wanted.items() if files.target is instance]:
            self._wanted.pop(transfer).forget()
