"""The one place where the engine's side runs an external command and waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import BinaryIO

from berth.core.problem import Problem


async def run(*arguments: str) -> str:
    """Standard output of a command that must succeed; one that is given up is killed with all that it has begun.

    Raises:
        Problem: ``command-failed``.
    """
    try:
        # Not pipes: whoever else holds one, e.g. what the command leaves running, would have to be waited for.
        with _in_memory() as output, _in_memory() as errors:
            code = await _finished(arguments, output, errors)
            said, complaints = (_content(file).decode(errors="replace") for file in (output, errors))
    except OSError as error:
        raise Problem("command-failed", f"{arguments[0]} cannot be run: {error.strerror}.") from None
    if code != 0:
        raise Problem("command-failed", f"{arguments[0]} failed: {complaints.strip()}")
    return said


def _in_memory() -> BinaryIO:
    return os.fdopen(os.memfd_create("berth-command"), "rb")


def _content(file: BinaryIO) -> bytes:
    file.seek(0)  # the place in it is the command's, too
    return file.read()


async def _finished(arguments: tuple[str, ...], output: BinaryIO, errors: BinaryIO) -> int:
    beginning = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *arguments, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
        )
    )
    try:
        # Of one that is given up before it is known to run nobody would learn the process id.
        return await (await asyncio.shield(beginning)).wait()
    except asyncio.CancelledError:
        ending = asyncio.ensure_future(_end(beginning))
        while not ending.done():
            with contextlib.suppress(asyncio.CancelledError):  # it is being given up already
                await asyncio.wait([ending])
        raise


async def _end(beginning: asyncio.Future[asyncio.subprocess.Process]) -> None:
    with contextlib.suppress(OSError):  # it could not begin
        process = await beginning
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
