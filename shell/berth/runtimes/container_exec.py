"""Commands inside a container: the three streams of a caller, carried over one connection to the engine.

A caller's terminal stays outside: the command has one that the engine makes, and the caller's only hands on keys.

Written here and not left to the SDK, whose reading of such a connection can lose its first bytes.

Source: https://docs.docker.com/engine/api/v1.41/#operation/ContainerAttach ("Stream format")
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import termios
import tty
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from berth.core.problem import Problem
from berth.runtimes import pidfds
from berth.runtimes.confinement import NOT_EXECUTABLE, NOT_FOUND
from berth.runtimes.container_daemon import CONFLICT, MISSING, Daemon
from berth.runtimes.exec_streams import write_all

_CHUNK = 64 << 10
_HEADER = struct.Struct(">BxxxI")
_STANDARD_ERROR = 2
_NO_SUCH_PROGRAM = b"executable file not found"
_ATTEMPTS = 50
_CODE_ATTEMPTS = 1500
_PAUSE_SECONDS = 0.02
_RESIZE_PAUSES = tuple(_PAUSE_SECONDS * 2**attempt for attempt in range(10))
"""Seconds until an engine that could not tell a command the size of its terminal is asked again; 20 in all."""
_LINE, _ECHO = b"\n", b"\r\n"
"""What is sent to a command that waits, and what its terminal shows of it."""
_DETACH_KEYS = "ctrl-^,ctrl-@,ctrl-^,ctrl-@"
"""What nobody types: container engines hold the first of these keys back until the next one."""


@dataclass(frozen=True)
class Followed:
    """A terminal that is kept like the caller's at every moment.

    Attributes:
        resized: set when the caller's has another size.
        waits: the command does not look at its terminal before it is sent a line, nor does it show that.
    """

    resized: asyncio.Event
    waits: bool


async def execute(
    daemon: Daemon,
    container: str,
    argv: Sequence[str],
    fds: tuple[int, int, int],
    begun: Callable[[int], None] | None = None,
    followed: Followed | None = None,
) -> int:
    """Run a command in a container; its exit code. Cancelling kills it.

    Args:
        begun: called with the command's process id once it runs.
        followed: how, if the streams are a terminal; without it a new size of that is seen with the next key.

    Raises:
        Problem: ``instance-gone`` if the container does not run.
    """
    terminal = all(os.isatty(fd) for fd in fds[:2])
    created = await _create(daemon, container, argv, terminal)
    try:
        if terminal:
            with _raw(fds[0]):
                return await _run_on_terminal(daemon, created, fds, begun, followed)
        return await _run(daemon, created, fds, begun)
    except asyncio.CancelledError:
        await asyncio.shield(_kill(daemon, created))
        raise


async def _run(daemon: Daemon, created: str, fds: tuple[int, int, int], begun: Callable[[int], None] | None) -> int:
    reader, writer = await _attach(daemon, created, {"Tty": False})
    beside = [asyncio.create_task(_feed(fds[0], writer))]
    if begun is not None:
        beside.append(asyncio.create_task(_tell_begun(daemon, created, begun)))
    return await _until_ended(daemon, created, _follow(reader, fds[1], fds[2]), writer, beside)


async def _run_on_terminal(
    daemon: Daemon,
    created: str,
    fds: tuple[int, int, int],
    begun: Callable[[int], None] | None,
    followed: Followed | None,
) -> int:
    size = _Size(daemon, created, fds[0])
    reader, writer = await _attach(daemon, created, {"Tty": True, **size.asked_for()})

    async def follow_size() -> None:
        await _tell_begun(daemon, created, begun or (lambda _pid: None))
        await size.pass_on_soon()
        if waits:
            writer.write(_LINE)
        fits.set()
        while followed is not None:
            await followed.resized.wait()
            followed.resized.clear()
            await size.pass_on()

    async def feed() -> None:
        if waits:
            await fits.wait()
        await _feed(fds[0], writer, size.pass_on)

    waits, fits = followed is not None and followed.waits, asyncio.Event()
    beside = [asyncio.create_task(feed()), asyncio.create_task(follow_size())]
    unseen = _ECHO if waits else b""
    return await _until_ended(daemon, created, _follow_terminal(reader, fds[1], unseen), writer, beside)


async def _until_ended(
    daemon: Daemon,
    created: str,
    follow: Awaitable[bytes],
    writer: asyncio.StreamWriter,
    beside: Sequence[asyncio.Task[None]],
) -> int:
    try:
        return await _code(daemon, created, await follow)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class _Size:
    """Of a command's terminal: as the caller's, looked at once the command runs and whenever a key comes."""

    def __init__(self, daemon: Daemon, created: str, terminal: int) -> None:
        self._daemon = daemon
        self._created = created
        self._terminal = terminal
        self._known = (0, 0)
        self._one_at_a_time = asyncio.Lock()

    def _now(self) -> tuple[int, int]:
        """Rows and columns; 0 if it is not known, or the terminal is gone."""
        try:
            return termios.tcgetwinsize(self._terminal)
        except termios.error:
            return 0, 0

    def asked_for(self) -> dict[str, object]:
        """What tells an engine before the command begins: Docker from version 23 on, Podman in words of its own."""
        rows, columns = self._now()
        return {"ConsoleSize": (rows, columns), "h": rows, "w": columns} if rows and columns else {}

    async def pass_on_soon(self) -> None:
        """An engine may be able to do it only a moment after the command runs. One that never can is asked again
        with the next key or size: until then the command has the size that it began with."""
        for pause in _RESIZE_PAUSES:
            if await self.pass_on():
                return
            await asyncio.sleep(pause)

    async def pass_on(self) -> bool:
        """False if the engine could not do it yet."""
        async with self._one_at_a_time:
            rows, columns = self._now()
            if (rows, columns) != self._known and rows and columns:
                try:
                    await self._daemon.call("exec_resize", self._created, height=rows, width=columns)
                except Problem:
                    return False
                self._known = (rows, columns)
            return True


@contextlib.contextmanager
def _raw(terminal: int) -> Iterator[None]:
    """Every key is for the other terminal."""
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal, termios.TCSANOW)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # it is gone
            termios.tcsetattr(terminal, termios.TCSANOW, before)


async def _create(daemon: Daemon, container: str, argv: Sequence[str], terminal: bool) -> str:
    try:
        created = await daemon.call(
            "exec_create",
            container,
            list(argv),
            stdin=True,
            tty=terminal,
            detach_keys=_DETACH_KEYS if terminal else None,
        )
    except Problem as problem:
        if problem.code in (MISSING, CONFLICT):
            raise gone() from None
        raise
    return str(created["Id"])


async def _attach(
    daemon: Daemon, created: str, options: Mapping[str, object]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Start the command; what follows on the connection is its streams."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(daemon.path))
    except OSError as error:
        raise daemon.service.unreachable(daemon.path, error) from None
    body = msgspec.json.encode({"Detach": False, **options})
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


async def _nothing() -> object:
    return None


async def _feed(source: int, writer: asyncio.StreamWriter, before: Callable[[], Awaitable[object]] = _nothing) -> None:
    """Standard input, to its end; `before` is done before each piece of it."""
    with contextlib.suppress(OSError):
        while data := await _read(source):
            await before()
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
                await asyncio.to_thread(write_all, errors if stream == _STANDARD_ERROR else output, data)
    return last


async def _follow_terminal(reader: asyncio.StreamReader, output: int, unseen: bytes) -> bytes:
    """As `_follow`, of a terminal, whose output is one stream; without `unseen`, if it begins so."""
    last = b""
    with contextlib.suppress(ConnectionError):
        if unseen:
            with contextlib.suppress(asyncio.IncompleteReadError):
                first = await reader.readexactly(len(unseen))
                await asyncio.to_thread(write_all, output, first.removeprefix(unseen))
        while data := await reader.read(_CHUNK):
            last = (last + data)[-1024:]
            await asyncio.to_thread(write_all, output, data)
    return last


async def _code(daemon: Daemon, created: str, complaint: bytes) -> int:
    """The streams end a moment before the engine knows how the command has ended."""
    state: dict[str, Any] = {}
    for _attempt in range(_CODE_ATTEMPTS):
        state = await daemon.call("exec_inspect", created)
        if not state["Running"]:
            break
        if state.get("Pid"):
            await pidfds.ended(state["Pid"])
        await asyncio.sleep(_PAUSE_SECONDS)
    else:
        raise Problem("exit-unknown", f"{daemon.service.title} does not say how the command has ended.")
    code = state["ExitCode"]
    if code is None:
        raise gone()
    if code == NOT_EXECUTABLE and _NO_SUCH_PROGRAM in complaint:
        return NOT_FOUND
    return int(code)


async def _tell_begun(daemon: Daemon, created: str, begun: Callable[[int], None]) -> None:
    begun(await _pid(daemon, created))


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
