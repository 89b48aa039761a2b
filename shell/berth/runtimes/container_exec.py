"""Commands inside a container: the three streams of a caller, carried over one connection to the engine.

Written here and not left to the SDK, whose reading of such a connection can lose its first bytes.

Source: https://docs.docker.com/engine/api/v1.41/#operation/ContainerAttach ("Stream format")
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
from collections.abc import Callable, Sequence
from typing import Any

from berth.core.problem import Problem
from berth.runtimes import pidfds
from berth.runtimes.confinement import NOT_EXECUTABLE, NOT_FOUND
from berth.runtimes.container_daemon import CONFLICT, MISSING, Daemon

_CHUNK = 64 << 10
_HEADER = struct.Struct(">BxxxI")
_STANDARD_ERROR = 2
_NO_SUCH_PROGRAM = b"executable file not found"
_ATTEMPTS = 50
_PAUSE_SECONDS = 0.02


async def execute(
    daemon: Daemon,
    container: str,
    argv: Sequence[str],
    fds: tuple[int, int, int],
    limit: Callable[[int], None] | None = None,
) -> int:
    """Run a command in a container; its exit code. Cancelling kills it.

    Args:
        limit: called with the command's process id once it runs, where the engine sets no limits.

    Raises:
        Problem: ``instance-gone`` if the container does not run.
    """
    created = await _create(daemon, container, argv)
    try:
        return await _run(daemon, created, fds, limit)
    except asyncio.CancelledError:
        await asyncio.shield(_kill(daemon, created))
        raise


async def _run(daemon: Daemon, created: str, fds: tuple[int, int, int], limit: Callable[[int], None] | None) -> int:
    reader, writer = await _attach(daemon, created)
    beside = [asyncio.create_task(_feed(fds[0], writer))]
    if limit is not None:
        beside.append(asyncio.create_task(_limit(daemon, created, limit)))
    try:
        complaint = await _follow(reader, fds[1], fds[2])
        return await _code(daemon, created, complaint)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _create(daemon: Daemon, container: str, argv: Sequence[str]) -> str:
    try:
        created = await daemon.call("exec_create", container, list(argv), stdin=True)
    except Problem as problem:
        if problem.code in (MISSING, CONFLICT):
            raise gone() from None
        raise
    return str(created["Id"])


async def _attach(daemon: Daemon, created: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Start the command; what follows on the connection is its streams."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(daemon.path))
    except OSError as error:
        raise daemon.service.unreachable(daemon.path, error) from None
    body = b'{"Detach": false, "Tty": false}'
    head = (
        f"POST /exec/{created}/start HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        status = answer.split(b" ", 2)[1]
    except (OSError, asyncio.IncompleteReadError, IndexError):
        writer.close()
        raise gone() from None
    except BaseException:
        writer.close()
        raise
    if status not in (b"101", b"200"):
        writer.close()
        raise gone()
    return reader, writer


async def _feed(source: int, writer: asyncio.StreamWriter) -> None:
    """Standard input, to its end."""
    with contextlib.suppress(OSError):
        while data := await _read(source):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def _read(source: int) -> bytes:
    """What is there to read; waits for it without a thread, which could not be given up."""
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()
    try:
        loop.add_reader(source, _settle, readable)
    except PermissionError:  # a regular file is always ready
        return await asyncio.to_thread(os.read, source, _CHUNK)
    try:
        await readable
    finally:
        loop.remove_reader(source)
    return os.read(source, _CHUNK)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def _follow(reader: asyncio.StreamReader, output: int, errors: int) -> bytes:
    """Pass on what the command writes; the latest of it is returned, for the engine's own complaints."""
    last = b""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            stream, size = _HEADER.unpack(await reader.readexactly(_HEADER.size))
            while size:
                data = await reader.read(min(size, _CHUNK))
                if not data:
                    return last
                size -= len(data)
                last = (last + data)[-1024:]
                await asyncio.to_thread(_write, errors if stream == _STANDARD_ERROR else output, data)
    return last


def _write(target: int, data: bytes) -> None:
    with contextlib.suppress(OSError):  # nobody reads any more
        while data:
            data = data[os.write(target, data) :]


async def _code(daemon: Daemon, created: str, complaint: bytes) -> int:
    """The streams end a moment before the engine knows how the command has ended."""
    state: dict[str, Any] = {}
    for _attempt in range(_ATTEMPTS):
        state = await daemon.call("exec_inspect", created)
        if not state["Running"]:
            break
        if state.get("Pid"):
            await pidfds.ended(state["Pid"])
        await asyncio.sleep(_PAUSE_SECONDS)
    code = state["ExitCode"]
    if code is None:
        raise gone()
    if code == NOT_EXECUTABLE and _NO_SUCH_PROGRAM in complaint:
        return NOT_FOUND
    return int(code)


async def _limit(daemon: Daemon, created: str, limit: Callable[[int], None]) -> None:
    limit(await _pid(daemon, created))


async def _kill(daemon: Daemon, created: str) -> None:
    with contextlib.suppress(Problem, PermissionError, TimeoutError):
        async with asyncio.timeout(_ATTEMPTS * _PAUSE_SECONDS):
            await pidfds.end(await _pid(daemon, created))


async def _pid(daemon: Daemon, created: str) -> int:
    """Process id of a command that has been ordered; it may not have begun yet."""
    while True:
        state = await daemon.call("exec_inspect", created)
        if state["Running"] and state.get("Pid"):
            return int(state["Pid"])
        await asyncio.sleep(_PAUSE_SECONDS)


def gone() -> Problem:
    return Problem("instance-gone", "The app has ended.")
