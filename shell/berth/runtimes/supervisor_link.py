"""The engine's end of a connection to a supervisor."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence

import msgspec

from berth.core.problem import Problem
from berth.runtimes import orders
from berth.runtimes.port import Instance

_Result = orders.Done | orders.Executed | orders.Described | orders.Measured | orders.Refused


class SupervisorLink:
    """Requests and answers; the end of the stream is the end of the instance.

    Attributes:
        instance: as reported at the start; only after `started`.
    """

    instance: Instance

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._calls: dict[int, asyncio.Future[_Result]] = {}
        self._number = 0
        self._ended = asyncio.Event()
        self._let_go = False
        self._loop.add_reader(connection.fileno(), self._readable)

    @classmethod
    async def started(cls, connection: socket.socket) -> SupervisorLink | None:
        """The link of a new supervisor once it has started bubblewrap; None if it died before.

        Raises:
            Problem: why the instance cannot be started.
        """
        link = cls(connection)
        report: asyncio.Future[_Result] = link._loop.create_future()
        link._calls[0] = report
        try:
            result = await report
        except Problem as problem:
            link.close()
            if problem.code == "instance-gone":
                return None
            raise
        except asyncio.CancelledError:
            link.close()
            raise
        assert isinstance(result, orders.Described)
        link.instance = result.instance
        return link

    @property
    def closed(self) -> bool:
        return self._ended.is_set()

    async def ended(self) -> None:
        """Until the supervisor has closed the connection. Raises `Problem` if this side closes it."""
        await self._ended.wait()
        if self._let_go:
            raise Problem("engine-stopping", "The engine has let go of the instance.")

    def next_number(self) -> int:
        self._number += 1
        return self._number

    async def call(self, action: orders.Action, fds: Sequence[int] = (), number: int = 0) -> _Result:
        """The answer to a request; `number` from `next_number` if the caller wants to know it.

        Raises:
            Problem: ``instance-gone``, or what the supervisor answered.
        """
        number = number or self.next_number()
        answer: asyncio.Future[_Result] = self._loop.create_future()
        self._calls[number] = answer
        try:
            self._send(orders.Request(number, action), fds)
            return await answer
        finally:
            self._calls.pop(number, None)

    def post(self, action: orders.Action) -> None:
        """A request whose answer nobody waits for."""
        if not self.closed:
            self._send(orders.Request(self.next_number(), action))

    def _send(self, request: orders.Request, fds: Sequence[int] = ()) -> None:
        try:
            orders.send(self._socket, orders.encode(request), fds)
        except BlockingIOError:
            raise Problem("instance-busy", "The app's supervisor does not answer.") from None
        except OSError:
            raise _gone() from None

    def _readable(self) -> None:
        try:
            packet, fds = orders.receive(self._socket)
        except BlockingIOError:
            return
        except OSError:
            packet, fds = b"", []
        for fd in fds:
            os.close(fd)
        try:
            answer = orders.decode_answer(packet)
        except msgspec.DecodeError:  # the end of the stream, too
            self._finish()
        else:
            self._resolve(answer)

    def _resolve(self, answer: orders.Answer) -> None:
        future = self._calls.get(answer.number)
        if future is None or future.done():
            return
        result = answer.result
        if isinstance(result, orders.Refused):
            future.set_exception(Problem(result.code, result.message, result.hint))
        else:
            future.set_result(result)

    def _finish(self) -> None:
        if self.closed:
            return
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self._ended.set()
        for future in self._calls.values():
            if not future.done():
                future.set_exception(_gone())

    def close(self) -> None:
        self._let_go = not self.closed
        self._finish()


def _gone() -> Problem:
    return Problem("instance-gone", "The app has ended.")
