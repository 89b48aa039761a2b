"""The engine's end of the zygote: started on demand, started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys

from berth.core.problem import Problem
from berth.runtimes import orders
from berth.runtimes.residue import remove_spare_cgroups
from berth.runtimes.seccomp import compile_filter

_ATTEMPTS = 2
_HINT = "Its log may say why: berth doctor"


class ZygoteLink:
    """Hands orders to whichever supervisor is ready."""

    def __init__(self, use_cgroups: bool) -> None:
        self._options = () if use_cgroups else ("rlimits",)
        self._process: asyncio.subprocess.Process | None = None
        self._socket: socket.socket | None = None
        self._lock = asyncio.Lock()

    async def prepare(self) -> None:
        """Start the zygote before the first app wants it. Raises `Problem` if that fails."""
        async with self._lock:
            await self._ready()

    async def _ready(self) -> socket.socket:
        if self._socket is None or self._process is None or self._process.returncode is not None:
            await self.close()
            await self._start()
        assert self._socket is not None
        return self._socket

    async def _start(self) -> None:
        compile_filter()  # raises here, where somebody hears it
        remove_spare_cgroups()
        near, far = orders.packet_pair()
        near.setblocking(False)
        with far:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-m", "berth.runtimes.zygote", str(far.fileno()), *self._options),
                    pass_fds=(far.fileno(),),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as error:
                near.close()
                raise Problem("start-failed", f"Python cannot be started: {error.strerror}.") from None
        self._socket = near

    async def send(self, packet: bytes, channel: int) -> None:
        """Pass orders and the supervisor's end of its first connection. Raises `Problem`."""
        async with self._lock:  # one waiter for room at a time
            for _attempt in range(_ATTEMPTS):
                with contextlib.suppress(ConnectionError):  # it has died unnoticed
                    await self._send(packet, channel)
                    return
                await self.close()
        raise Problem("start-failed", "The app could not be started: the process that starts apps ends.", _HINT)

    async def _send(self, packet: bytes, channel: int) -> None:
        connection = await self._ready()
        while not _sent(connection, packet, channel):
            await _room(connection)

    async def close(self) -> None:
        """The zygote and the ready supervisor end with the socket; running instances stay."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            await self._process.wait()
            self._process = None


def _sent(connection: socket.socket, packet: bytes, channel: int) -> bool:
    try:
        orders.send(connection, packet, [channel])
    except BlockingIOError:
        return False
    return True


async def _room(connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    room: asyncio.Future[None] = loop.create_future()
    loop.add_writer(connection.fileno(), _settle, room)
    try:
        await room
    finally:
        loop.remove_writer(connection.fileno())


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
