"""What the engine's side and a supervisor say to each other, and how it travels.

One message is one packet of a SOCK_SEQPACKET unix socket with its descriptors, so neither
side needs framing and a supervisor stays small.
"""

from __future__ import annotations

import array
import os
import socket
from collections.abc import Sequence
from pathlib import Path

import msgspec

from berth.core.plan import STOP_SIGNALS, Limits
from berth.core.problem import Problem
from berth.runtimes.port import Instance, Stats, TerminalProgram

MAX_PACKET = 192 << 10
_MAX_FDS = 4


class _Value(msgspec.Struct, frozen=True, tag=True, gc=False):
    pass


class Orders(_Value, frozen=True):
    """Everything a supervisor needs for one instance. Carries one fd: its first connection."""

    instance: str
    app: str
    bwrap: str
    options: tuple[str, ...]
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    working_directory: str
    log_path: str
    private_directory: str
    limits: Limits
    network: bool
    slirp4netns: str  # "" = not installed
    stop_signal: str = STOP_SIGNALS[0]


class Stop(_Value, frozen=True):
    grace: float


class Kill(_Value, frozen=True):
    pass


class Execute(_Value, frozen=True):
    """Carries three fds: standard input, output, error."""

    command: tuple[str, ...]


class Lend(_Value, frozen=True):
    """Open files as the app would and hand them out. Carries two fds: the paths, and the channel that the files
    go through (see `berth.runtimes.lending`)."""


class OpenTerminal(_Value, frozen=True):
    """Run a command on a terminal that whoever connects to a socket shows (see `berth.runtimes.terminal`). Carries
    one fd: that socket, which listens."""

    program: TerminalProgram


class CancelExecution(_Value, frozen=True):
    number: int


class GetStats(_Value, frozen=True):
    pass


class Pause(_Value, frozen=True):
    paused: bool


class SetNetwork(_Value, frozen=True):
    granted: bool


class Describe(_Value, frozen=True):
    pass


Action = Stop | Kill | Execute | Lend | OpenTerminal | CancelExecution | GetStats | Pause | SetNetwork | Describe


class Request(_Value, frozen=True):
    number: int
    action: Action


class Done(_Value, frozen=True):
    pass


class Executed(_Value, frozen=True):
    code: int


class Described(_Value, frozen=True):
    instance: Instance


class Measured(_Value, frozen=True):
    stats: Stats


class Refused(_Value, frozen=True):
    code: str
    message: str
    hint: str


class Answer(_Value, frozen=True):
    """`number` is the request's; 0 reports the start itself, unasked."""

    number: int
    result: Done | Executed | Described | Measured | Refused


_encoder = msgspec.msgpack.Encoder()
_orders: msgspec.msgpack.Decoder[Orders] = msgspec.msgpack.Decoder(Orders)
_request: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_answer: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def encode(value: Orders | Request | Answer) -> bytes:
    """Raises `Problem` ``plan-too-large`` above `MAX_PACKET` bytes."""
    packet = _encoder.encode(value)
    if len(packet) > MAX_PACKET:
        raise Problem("plan-too-large", "The app's arguments and environment are too long.", "Pass fewer arguments.")
    return packet


def decode_orders(packet: bytes) -> Orders:
    return _orders.decode(packet)


def decode_request(packet: bytes) -> Request:
    return _request.decode(packet)


def decode_answer(packet: bytes) -> Answer:
    return _answer.decode(packet)


def send(connection: socket.socket, packet: bytes, fds: Sequence[int] = ()) -> None:
    if fds:
        socket.send_fds(connection, [packet], list(fds))
    else:
        connection.send(packet)


def receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """One packet, empty at the end of the stream, with descriptors that are the caller's to close."""
    # Not socket.recv_fds: it ignores the flag, and the descriptors would reach the app.
    room = socket.CMSG_SPACE(_MAX_FDS * array.array("i").itemsize)
    packet, ancillary, _flags, _address = connection.recvmsg(MAX_PACKET, room, socket.MSG_CMSG_CLOEXEC)
    fds = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return packet, fds.tolist()


def packet_pair() -> tuple[socket.socket, socket.socket]:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    for end in (near, far):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MAX_PACKET)
    return near, far


def listen(directory: Path, name: str) -> socket.socket:
    """A listening socket of mode 0600, whatever the length of the directory's path."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    with _opened(directory) as prefix:
        os.fchmod(listener.fileno(), 0o600)
        listener.bind(f"{prefix}/{name}")
    listener.listen()
    return listener


def connect(directory: Path, name: str) -> socket.socket:
    """Raises OSError if nobody listens there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    try:
        with _opened(directory) as prefix:
            connection.connect(f"{prefix}/{name}")
    except OSError:
        connection.close()
        raise
    return connection


class _opened:
    """A short name for a directory: socket addresses hold 107 bytes only."""

    def __init__(self, directory: Path) -> None:
        self._fd = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> str:
        return f"/proc/self/fd/{self._fd}"

    def __exit__(self, *_exception: object) -> None:
        os.close(self._fd)
