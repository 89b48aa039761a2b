"""Processes that are not our children: waiting for their end and ending them, without a thread or a race."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from berth.runtimes import processes


async def ended(pid: int) -> None:
    """Until the process has ended; at once if there is none, or `pid` is 0."""
    pidfd = _opened(pid)
    if pidfd is None:
        return
    loop = asyncio.get_running_loop()
    end: asyncio.Future[None] = loop.create_future()
    loop.add_reader(pidfd, _settle, end)
    try:
        await end
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)


async def group_ended(group: int) -> None:
    """Until all processes of a process group have ended, those among them that were begun in the meantime."""
    seen: set[int] = set()
    while new := await asyncio.to_thread(processes.of_group, group) - seen:
        await asyncio.gather(*(ended(pid) for pid in new))
        seen |= new  # a zombie stays in its group until its parent asks


async def end(pid: int) -> None:
    """Kill a process and wait until it has ended. Raises PermissionError if it may not be killed."""
    pidfd = _opened(pid)
    if pidfd is None:
        return
    try:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    finally:
        os.close(pidfd)
    await ended(pid)


def _opened(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid) if pid else None
    except ProcessLookupError:
        return None


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
