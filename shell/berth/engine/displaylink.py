"""The engine's connection to the display server, which comes back whenever that does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path

from berth.core.messages import (
    AnyMessage,
    AppPalette,
    FilesReady,
    FilesRefused,
    FilesWanted,
    FilterGlobals,
    ForgetInstance,
    Hello,
    InstanceCloseAsked,
    InstanceCloseWanted,
    InstanceConnections,
    InstanceEndWanted,
    InstanceMapped,
    InstanceMisbehaved,
    InstanceUses,
    KnownInstances,
    ListenInstance,
    StyleWritten,
)
from berth.core.problem import Problem
from berth.engine.instance import AppInstance
from berth.link.aio import AsyncLink

_log = logging.getLogger(__name__)

_RETRY_SECONDS = 0.1

DisplayEvent = (
    KnownInstances
    | InstanceMapped
    | InstanceConnections
    | InstanceCloseAsked
    | InstanceCloseWanted
    | InstanceEndWanted
    | InstanceMisbehaved
    | InstanceUses
)


class DisplayLink:
    """Tells the display server which instances there are.

    Nothing is queued while there is no connection: a new connection begins with what the
    display server knows, and `on_event` then brings it up to date.
    """

    def __init__(self, path: Path, on_event: Callable[[DisplayEvent | FilesWanted | FilesRefused], None]) -> None:
        self._path = path
        self._on_event = on_event
        self._link: AsyncLink | None = None
        self._announced: dict[str, frozenset[str] | None] = {}  # instance -> grants it was told, None = unknown
        self._connecting: asyncio.Task[None] | None = None
        self._palette: AppPalette | None = None

    def open(self) -> None:
        self._connecting = asyncio.create_task(self._connect())

    def close(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def listen(self, instance: AppInstance, granted: frozenset[str]) -> None:
        """Have the instance's socket served, once per connection."""
        if self._link is None or instance.listening is None or instance.id in self._announced:
            return
        self._announced[instance.id] = granted
        nested = instance.entry is not None and instance.entry.manifest.display == "xwayland"
        request = ListenInstance(instance.id, instance.app, granted=tuple(sorted(granted)), nested=nested)
        sockets = [listening for listening in (instance.listening, instance.bus) if listening is not None]
        self._link.send(request, [os.dup(listening.fileno()) for listening in sockets])

    def grant(self, instance: str, granted: frozenset[str]) -> None:
        """From now on the instance has these permissions of the display server and no others."""
        if self._link is None or self._announced.get(instance, granted) == granted:
            return
        self._announced[instance] = granted
        self._link.send(FilterGlobals(instance, (), tuple(sorted(granted))))

    def forget(self, instance: str) -> None:
        self._announced.pop(instance, None)
        if self._link is not None:
            self._link.send(ForgetInstance(instance))

    def style_written(self, palette: AppPalette) -> None:
        """Apps that listen are told that the files which say what they look like are new."""
        self._palette = palette
        if self._link is not None:
            self._link.send(StyleWritten(palette))

    def files_ready(self, message: FilesReady) -> None:
        """A display server that is not there now has forgotten who waited for them."""
        if self._link is not None:
            self._link.send(message)

    async def _connect(self) -> None:
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
            connection.setblocking(False)
            try:
                await asyncio.get_running_loop().sock_connect(connection, os.fspath(self._path))
            except OSError:
                connection.close()
                # Only without a supervisor: it holds the socket, and its backlog takes us at once.
                await asyncio.sleep(_RETRY_SECONDS)
            except BaseException:
                connection.close()
                raise
            else:
                break
        self._announced.clear()
        self._link = AsyncLink(connection, self._received, self._lost)
        self._link.send(Hello("engine"))
        if self._palette is not None:
            self._link.send(StyleWritten(self._palette))

    def _received(self, link: AsyncLink, message: AnyMessage, fds: list[int]) -> None:
        for fd in fds:
            os.close(fd)
        if isinstance(message, KnownInstances):
            # An earlier engine has told of them, and decisions may have changed since.
            self._announced.update(dict.fromkeys(message.instances))
        if isinstance(message, DisplayEvent | FilesWanted | FilesRefused):
            self._on_event(message)

    def _lost(self, link: AsyncLink, problem: Problem | None) -> None:
        if link is not self._link:
            return
        self._link = None
        if problem is not None:
            _log.error("The connection to display ended: %s", problem)
        with contextlib.suppress(RuntimeError):
            self.open()
