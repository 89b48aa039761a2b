"""The engine's socket: connections, calls, and answers, each connection on its own.

A peer that is slow, broken or hostile loses its connection and nothing else happens. This is
the engine's one boundary where an unforeseen exception becomes a failure: it is logged here,
and the caller gets a sentence.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from berth.core.messages import (
    PROTOCOL_VERSION,
    AnyMessage,
    Call,
    Cancel,
    Done,
    EngineRequest,
    Event,
    Failure,
    Hello,
    ProblemInfo,
    Reply,
    Result,
    ShellRequest,
    Subscribe,
)
from berth.core.problem import Problem
from berth.engine.events import Events
from berth.engine.shell_relay import ShellRelay
from berth.link.aio import AsyncLink

_log = logging.getLogger(__name__)
_MAX_CALLS = 256
_MAX_WAITING = 64 << 20
_PEER = struct.Struct("3i")


class Service(Protocol):
    """What answers the engine's own requests."""

    async def handle(self, request: EngineRequest, fds: Sequence[int]) -> Result:
        """`fds` stay the server's to close. Raises `Problem`."""
        ...

    def current(self) -> tuple[Event, ...]:
        """The present state, as events."""
        ...


@dataclass(eq=False)
class _Connection:
    role: str = ""
    calls: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    link: AsyncLink | None = None

    def deliver(self, event: Event) -> None:
        if self.link is not None:
            self.link.send(event)


class Server:
    """Serves `listening`, which stays the caller's."""

    def __init__(self, listening: socket.socket, service: Service, events: Events) -> None:
        self._listening = listening
        self._service = service
        self._events = events
        self._shell = ShellRelay()
        self._connections: dict[AsyncLink, _Connection] = {}

    def open(self) -> None:
        self._listening.setblocking(False)
        asyncio.get_running_loop().add_reader(self._listening.fileno(), self._accept)

    def close(self) -> None:
        """Stop accepting and drop all connections; what they had under way is cancelled."""
        asyncio.get_running_loop().remove_reader(self._listening.fileno())
        for link in list(self._connections):
            link.close()

    def _accept(self) -> None:
        try:
            accepted, _address = self._listening.accept()
        except OSError:
            # The peer was gone again, or we have too many files open: others are served on.
            return
        if not _is_ours(accepted):
            accepted.close()
            return
        connection = _Connection()
        link = AsyncLink(accepted, self._received, self._lost, _MAX_WAITING)
        connection.link = link
        self._connections[link] = connection

    def _lost(self, link: AsyncLink, problem: Problem | None) -> None:
        connection = self._connections.pop(link)
        connection.link = None
        if problem is not None:
            _log.warning("A connection (%s) was closed: %s", connection.role or "no role", problem)
        self._events.unsubscribe(connection.deliver)
        self._shell.disconnected(link)
        for task in connection.calls.values():
            # The desktop may crash and come back; what the user asked it for is to happen none the less.
            if connection.role != "shell":
                task.cancel()

    def _received(self, link: AsyncLink, message: AnyMessage, fds: list[int]) -> None:
        connection = self._connections[link]
        if isinstance(message, Call) and connection.role:
            self._call(link, connection, message, fds)
            return
        for fd in fds:
            os.close(fd)
        if isinstance(message, Hello) and not connection.role:
            self._greet(link, connection, message)
        elif isinstance(message, Cancel) and connection.role:
            task = connection.calls.get(message.call)
            if task is not None:
                task.cancel()
        elif isinstance(message, Reply | Failure) and connection.role == "shell":
            self._shell.answered(link, message)
        else:
            link.close(Problem("bad-message", f"A {type(message).__name__} was not expected here."))

    def _greet(self, link: AsyncLink, connection: _Connection, hello: Hello) -> None:
        if hello.version != PROTOCOL_VERSION or hello.role not in ("shell", "control"):
            link.close(Problem("bad-hello", f"Role {hello.role}, version {hello.version} is not served here."))
            return
        connection.role = hello.role
        if hello.role == "shell":
            self._shell.connected(link)

    def _call(self, link: AsyncLink, connection: _Connection, call: Call, fds: list[int]) -> None:
        if call.call in connection.calls or len(connection.calls) >= _MAX_CALLS:
            for fd in fds:
                os.close(fd)
            problem = ProblemInfo("too-many-calls", "Too many requests are under way, or one number is used twice.")
            link.send(Failure(call.call, problem))
            return
        task = asyncio.create_task(self._answer(link, connection, call, fds))
        connection.calls[call.call] = task
        task.add_done_callback(lambda _task: connection.calls.pop(call.call, None))

    async def _answer(self, link: AsyncLink, connection: _Connection, call: Call, fds: list[int]) -> None:
        try:
            result = await self._result(connection, call.request, fds)
        except Problem as problem:
            link.send(Failure(call.call, ProblemInfo(problem.code, problem.message, problem.hint)))
        except asyncio.CancelledError:
            link.send(Failure(call.call, ProblemInfo("cancelled", "Cancelled.")))
        except Exception:
            _log.exception("A request failed: %s", type(call.request).__name__)
            problem_info = ProblemInfo("internal", "Berth made a mistake.", "Details are in the engine's log.")
            link.send(Failure(call.call, problem_info))
        else:
            link.send(Reply(call.call, result))
        finally:
            for fd in fds:
                os.close(fd)

    async def _result(self, connection: _Connection, request: EngineRequest | ShellRequest, fds: list[int]) -> Result:
        if isinstance(request, Subscribe):
            return self._subscribe(connection)
        if isinstance(request, EngineRequest):
            return await self._service.handle(request, fds)
        return await self._shell.ask(request)

    def _subscribe(self, connection: _Connection) -> Result:
        """The state goes out before the reply, so that a caller who has the reply knows all of it."""
        for event in self._service.current():
            connection.deliver(event)
        self._events.subscribe(connection.deliver, is_desktop=connection.role == "shell")
        return Done()


def _is_ours(connection: socket.socket) -> bool:
    """The socket's mode keeps others out; this holds should it ever be wrong."""
    _pid, uid, _gid = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return bool(uid in (0, os.getuid()))
