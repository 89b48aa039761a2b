"""The wire format: a length-prefixed msgpack message, file descriptors beside its first byte.

A frame is ``uint32 length | uint8 fds | payload`` (little endian). Its descriptors are sent
with SCM_RIGHTS together with the header, so they never arrive after the frame they belong to.
"""

from __future__ import annotations

import array
import os
import socket
import struct
from collections import deque
from collections.abc import Sequence

import msgspec

from berth.core.messages import AnyMessage
from berth.core.problem import Problem

HEADER = struct.Struct("<IB")
MAX_PAYLOAD = 64 << 20
MAX_FDS = 16
RECEIVE = 64 << 10
"""Bytes taken in one read: below the size from which the allocator maps and unmaps memory for every single read."""

_ANCILLARY = socket.CMSG_SPACE(MAX_FDS * 4 * 8)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyMessage] = msgspec.msgpack.Decoder(AnyMessage)


def encode(message: AnyMessage, fd_count: int = 0) -> bytes:
    """One frame. Raises `Problem` ``message-too-large`` above `MAX_PAYLOAD`."""
    payload = _encoder.encode(message)
    if len(payload) > MAX_PAYLOAD:
        raise Problem("message-too-large", "A message between Berth's processes was too large to send.")
    return HEADER.pack(len(payload), fd_count) + payload


class FrameReader:
    """Turns received bytes and descriptors back into messages.

    `feed` raises `Problem` ``bad-message`` for anything that is not a message: the
    connection must then be closed. Descriptors that were never handed out are closed by `close`.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._fds: deque[int] = deque()

    def feed(self, data: bytes, fds: Sequence[int] = ()) -> list[tuple[AnyMessage, list[int]]]:
        """Messages completed by `data`, each with the descriptors that are now the caller's to close."""
        if fds:
            self._fds.extend(fds)
        self._bytes += data
        complete: list[tuple[AnyMessage, list[int]]] = []
        try:
            self._take(complete)
        except Problem:
            for _message, unclaimed in complete:
                self._fds.extend(unclaimed)
            raise
        return complete

    def _take(self, complete: list[tuple[AnyMessage, list[int]]]) -> None:
        start = 0
        buffered = self._bytes
        while len(buffered) - start >= HEADER.size:
            length, count = HEADER.unpack_from(buffered, start)
            if length > MAX_PAYLOAD or count > MAX_FDS:
                raise Problem("bad-message", "The other side sent an oversized message.")
            end = start + HEADER.size + length
            if len(buffered) < end:
                break
            if count > len(self._fds):
                raise Problem("bad-message", "The other side sent a message without its file descriptors.")
            try:
                message = _decoder.decode(memoryview(buffered)[start + HEADER.size : end])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise Problem("bad-message", f"The other side sent an invalid message: {error}.") from None
            complete.append((message, [self._fds.popleft() for _ in range(count)] if count else []))
            start = end
        if start:
            del buffered[:start]

    def close(self) -> None:
        while self._fds:
            os.close(self._fds.popleft())


def receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """What is there to read: bytes (empty at the end of the stream) and descriptors."""
    data, ancillary, _flags, _address = connection.recvmsg(RECEIVE, _ANCILLARY, socket.MSG_CMSG_CLOEXEC)
    if not ancillary:
        return data, []
    fds: list[int] = []
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            numbers = array.array("i")
            numbers.frombytes(payload[: len(payload) - len(payload) % numbers.itemsize])
            fds.extend(numbers)
    return data, fds


class FrameWriter:
    """Outgoing frames of a non-blocking socket.

    `send` takes ownership of the descriptors: they are closed once the kernel has them.
    """

    def __init__(self, connection: socket.socket, limit: int = 256 << 20) -> None:
        self._socket = connection
        self._limit = limit
        self._queue: deque[tuple[bytes | memoryview, tuple[int, ...]]] = deque()
        self._queued = 0
        self._held = 0
        self._piece: bytearray | None = None

    @property
    def pending(self) -> bool:
        return bool(self._queue)

    @property
    def pending_bytes(self) -> int:
        return self._queued

    def send(self, message: AnyMessage, fds: Sequence[int] = ()) -> None:
        """Send now what the socket takes, keep the rest for `flush`.

        Raises:
            Problem: ``message-too-large``, or ``peer-stalled`` if the peer let more than the limit pile up.
            OSError: if the connection is broken.
        """
        try:
            frame = encode(message, len(fds))
            if self._queued + len(frame) > self._limit:
                raise Problem("peer-stalled", "The other side stopped reading.")
        except Problem:
            for fd in fds:
                os.close(fd)
            raise
        self._queued += len(frame)
        if self._piece is None:
            self._add(frame, fds)
        elif fds:
            self._put_piece()
            self._add(frame, fds)
        else:
            self._piece += frame

    def hold(self) -> None:
        """Keep what is sent until `release`, which writes it as one piece: nobody has some of it long before the rest.

        A message with descriptors ends a piece, for they belong to its first byte. What is held within goes with
        the rest.
        """
        self._held += 1
        if self._piece is None:
            self._piece = bytearray()

    def release(self) -> None:
        """Raises `OSError` if the connection is broken."""
        self._held -= 1
        if not self._held:
            self._put_piece()
            self._piece = None

    def _put_piece(self) -> None:
        if self._piece:
            piece, self._piece = self._piece, bytearray()
            self._add(bytes(piece))

    def _add(self, data: bytes, fds: Sequence[int] = ()) -> None:
        self._queue.append((data, tuple(fds)))
        if len(self._queue) == 1:
            self.flush()

    def flush(self) -> None:
        """Write as much as the socket takes; `pending` tells whether some is left."""
        while self._queue:
            data, fds = self._queue[0]
            try:
                if fds:
                    sent = self._socket.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
                else:
                    sent = self._socket.send(data)
            except (BlockingIOError, InterruptedError):
                return
            for fd in fds:
                os.close(fd)
            self._queued -= sent
            if sent == len(data):
                self._queue.popleft()
            else:
                self._queue[0] = (memoryview(data)[sent:], ())

    def close(self) -> None:
        while self._queue:
            _data, fds = self._queue.popleft()
            for fd in fds:
                os.close(fd)
        self._queued = self._held = 0
        self._piece = None
