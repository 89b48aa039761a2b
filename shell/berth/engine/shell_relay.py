"""Requests that only the shell can answer (windows, screenshots, input), passed on to it and back."""

from __future__ import annotations

import asyncio
import contextlib
import itertools

from berth.core.messages import Call, Cancel, Failure, Reply, Result, ShellRequest
from berth.core.problem import Problem
from berth.link.aio import AsyncLink

WAIT_SECONDS = 5.0


class ShellRelay:
    """There is one shell at a time; the newest connection is it."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[Result]] = {}
        self._link: AsyncLink | None = None
        self._there = asyncio.Event()

    def connected(self, link: AsyncLink) -> None:
        old, self._link = self._link, link
        self._there.set()
        if old is not None:
            self._fail_pending()
            old.close()

    def disconnected(self, link: AsyncLink) -> None:
        if link is self._link:
            self._link = None
            self._there.clear()
            self._fail_pending()

    def answered(self, link: AsyncLink, answer: Reply | Failure) -> None:
        future = self._pending.pop(answer.call, None) if link is self._link else None
        if future is None or future.done():
            return
        if isinstance(answer, Reply):
            future.set_result(answer.result)
        else:
            problem = answer.problem
            future.set_exception(Problem(problem.code, problem.message, problem.hint))

    async def ask(self, request: ShellRequest) -> Result:
        """Raises `Problem` ``no-shell``, or what the shell answered."""
        link = await self._shell()
        number = next(self._numbers)
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._pending[number] = future
        link.send(Call(number, request))
        try:
            return await future
        except asyncio.CancelledError:
            link.send(Cancel(number))
            raise
        finally:
            self._pending.pop(number, None)

    async def _shell(self) -> AsyncLink:
        """The shell; one that was just restarted is waited for."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._there.wait(), WAIT_SECONDS)
        if self._link is None:
            raise _no_shell("The desktop is not running.")
        return self._link

    def _fail_pending(self) -> None:
        pending, self._pending = self._pending, {}
        for future in pending.values():
            if not future.done():
                future.set_exception(_no_shell("The desktop ended before it had answered."))


def _no_shell(message: str) -> Problem:
    return Problem("no-shell", message, "It comes back by itself; try again in a moment.")
