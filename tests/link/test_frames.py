"""Frames: whatever way bytes and descriptors arrive, messages come out whole or the connection ends."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core import messages as m
from berth.core.problem import Problem
from berth.link.frames import HEADER, MAX_FDS, MAX_PAYLOAD, FrameReader, FrameWriter, encode, receive

TEXT = st.text(max_size=20)
NUMBERS = st.integers(0, 1 << 31)
MESSAGES = st.one_of(
    st.builds(m.Hello, st.sampled_from(["ui", "engine", "shell", "control"])),
    st.builds(m.Call, NUMBERS, st.builds(m.RunApp, TEXT, st.lists(TEXT, max_size=3).map(tuple))),
    st.builds(m.Call, NUMBERS, st.builds(m.InputTouch, st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3).map(tuple))),
    st.builds(m.Failure, NUMBERS, st.builds(m.ProblemInfo, TEXT, TEXT, TEXT)),
    st.builds(m.PointerMotion, NUMBERS, st.floats(allow_nan=False), st.floats(allow_nan=False), NUMBERS),
    st.builds(m.Commit, NUMBERS, st.lists(st.builds(m.SurfaceState, NUMBERS), max_size=3).map(tuple)),
    st.builds(m.Reply, NUMBERS, st.builds(m.Picture, st.binary(max_size=200))),
    st.builds(m.KnownInstances, st.lists(TEXT, max_size=3).map(tuple)),
)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with near, far:
        yield near, far


@pytest.fixture
def lent(tmp_path: Path) -> Iterator[Path]:
    """A file whose descriptors are handed over, and which nothing of this process has open in the end."""
    path = tmp_path / "lent"
    path.touch()
    yield path
    assert not [fd for fd in Path("/proc/self/fd").iterdir() if _is_of(fd, path)]


def _is_of(fd: Path, path: Path) -> bool:
    try:
        return fd.samefile(path)
    except OSError:  # what listed them had one of its own
        return False


@given(st.lists(MESSAGES, max_size=5), st.lists(st.integers(1, 30), max_size=10))
def test_messages_survive_any_splitting(messages: list[m.AnyMessage], sizes: list[int]) -> None:
    stream = b"".join(encode(message) for message in messages)
    reader, got, at = FrameReader(), [], 0
    for size in [*sizes, len(stream)]:
        got += [message for message, _fds in reader.feed(stream[at : at + size])]
        at += size
    assert got == messages


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_waited_for_and_nothing_else(garbage: bytes) -> None:
    reader = FrameReader()
    try:
        reader.feed(garbage)
    except Problem as problem:
        assert problem.code == "bad-message"


@pytest.mark.parametrize(
    "frame",
    [
        HEADER.pack(MAX_PAYLOAD + 1, 0),
        HEADER.pack(1, MAX_FDS + 1),
        HEADER.pack(1, 1) + b"\x00",
        HEADER.pack(3, 0) + b"\xff\xff\xff",
        HEADER.pack(8, 0) + b"\x92\xa5Hell\xc1\x00",
        HEADER.pack(len(msgspec.msgpack.encode(["Nonsense"])), 0) + msgspec.msgpack.encode(["Nonsense"]),
        HEADER.pack(len(msgspec.msgpack.encode(["Hello", "king"])), 0) + msgspec.msgpack.encode(["Hello", "king"]),
        HEADER.pack(len(b"\x91" * 5000), 0) + b"\x91" * 5000,
    ],
    ids=["huge", "too many fds", "missing fds", "no msgpack", "no UTF-8", "unknown tag", "invalid value", "deep"],
)
def test_bad_frame_ends_the_connection(frame: bytes) -> None:
    with pytest.raises(Problem) as raised:
        FrameReader().feed(frame)
    assert raised.value.code == "bad-message"


def test_message_that_is_too_large_is_not_sent() -> None:
    with pytest.raises(Problem) as raised:
        encode(m.Reply(1, m.Picture(bytes(MAX_PAYLOAD + 1))))
    assert raised.value.code == "message-too-large"


def test_descriptors_arrive_with_their_message(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    far.setblocking(True)
    near.setblocking(False)
    writer, reader = FrameWriter(near), FrameReader()
    ends = [os.pipe() for _ in range(3)]
    writer.send(m.KnownInstances(("a",)))
    writer.send(m.ListenInstance("x", "app"), [ends[0][0]])
    writer.send(m.ListenInstance("y", "app"), [ends[1][0], ends[2][0]])
    got: list[tuple[m.AnyMessage, list[int]]] = []
    while len(got) < 3:
        got += reader.feed(*receive(far))
    assert [len(fds) for _message, fds in got] == [0, 1, 2]
    for number, fd in enumerate([*got[1][1], *got[2][1]]):
        os.write(ends[number][1], bytes([number]))
        assert os.read(fd, 1) == bytes([number])
        os.close(fd)
        os.close(ends[number][1])


def test_writer_keeps_what_the_socket_does_not_take(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    near.setblocking(False)
    writer, reader = FrameWriter(near), FrameReader()
    message = m.Reply(1, m.Picture(bytes(3 << 20)))
    writer.send(message)
    descriptor = os.open(os.devnull, os.O_RDONLY)
    writer.send(m.ListenInstance("x", "app"), [descriptor])
    assert writer.pending and writer.pending_bytes > 1 << 20
    got: list[tuple[m.AnyMessage, list[int]]] = []
    while len(got) < 2:
        got += reader.feed(*receive(far))
        writer.flush()
    assert got[0] == (message, [])
    assert not writer.pending and writer.pending_bytes == 0
    os.close(got[1][1][0])


def test_what_is_held_goes_out_as_one_piece(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    near.setblocking(False)
    far.setblocking(False)
    writer, reader = FrameWriter(near), FrameReader()
    keys = [m.Key(30, True, 1), m.Key(30, False, 2)]
    writer.hold()
    writer.send(keys[0])
    with pytest.raises(BlockingIOError):
        far.recv(1)
    writer.send(keys[1])
    assert writer.pending_bytes
    writer.release()
    assert not writer.pending and writer.pending_bytes == 0
    assert [message for message, _fds in reader.feed(*receive(far))] == keys
    writer.send(keys[0])
    assert [message for message, _fds in reader.feed(*receive(far))] == keys[:1]


def test_a_piece_within_a_piece_goes_out_with_it(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    near.setblocking(False)
    far.setblocking(False)
    writer, reader = FrameWriter(near), FrameReader()
    messages = [m.Key(30, True, 1), m.Key(30, False, 2), m.Key(31, True, 3)]
    writer.hold()
    writer.send(messages[0])
    writer.hold()
    writer.send(messages[1])
    writer.release()
    writer.send(messages[2])
    with pytest.raises(BlockingIOError):
        far.recv(1)
    writer.release()
    assert [message for message, _fds in reader.feed(*receive(far))] == messages


def test_descriptors_among_what_is_held_stay_with_their_message(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    near.setblocking(False)
    writer, reader = FrameWriter(near), FrameReader()
    messages = [m.Key(30, True, 1), m.ListenInstance("x", "app"), m.Key(30, False, 2)]
    writer.hold()
    for message in messages:
        fds = [os.open(os.devnull, os.O_RDONLY)] if isinstance(message, m.ListenInstance) else []
        writer.send(message, fds)
    writer.release()
    got: list[tuple[m.AnyMessage, list[int]]] = []
    while len(got) < 3:
        got += reader.feed(*receive(far))
    assert [message for message, _fds in got] == messages
    assert [len(fds) for _message, fds in got] == [0, 1, 0]
    os.close(got[1][1][0])


def test_what_is_held_when_the_connection_closes_is_forgotten(pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    writer = FrameWriter(near)
    writer.hold()
    writer.send(m.Key(30, True, 1))
    writer.close()
    writer.release()
    assert writer.pending_bytes == 0
    near.close()
    assert far.recv(1) == b""


def test_peer_that_does_not_read_is_given_up(pair: tuple[socket.socket, socket.socket], lent: Path) -> None:
    near, _far = pair
    near.setblocking(False)
    writer = FrameWriter(near, limit=1 << 20)
    with pytest.raises(Problem) as raised:
        for _ in range(100):
            writer.send(m.Reply(1, m.Picture(bytes(100 << 10))), [os.open(lent, os.O_RDONLY)])
    assert raised.value.code == "peer-stalled"
    writer.close()


def test_descriptors_that_are_never_handed_out_are_closed(
    pair: tuple[socket.socket, socket.socket], lent: Path
) -> None:
    near, far = pair
    reader = FrameReader()
    with lent.open() as file:
        socket.send_fds(near, [HEADER.pack(100, 2)], [file.fileno(), file.fileno()])
    reader.feed(*receive(far))
    reader.close()


def test_descriptors_of_messages_before_a_bad_one_are_closed(
    pair: tuple[socket.socket, socket.socket], lent: Path
) -> None:
    near, far = pair
    reader = FrameReader()
    with lent.open() as file:
        socket.send_fds(near, [encode(m.ListenInstance("x", "app"), 1) + HEADER.pack(1, 0) + b"\xff"], [file.fileno()])
    with pytest.raises(Problem):
        reader.feed(*receive(far))
    reader.close()


def test_descriptors_of_a_message_that_is_too_large_are_closed(
    pair: tuple[socket.socket, socket.socket], lent: Path
) -> None:
    with pytest.raises(Problem):
        FrameWriter(pair[0]).send(m.Reply(1, m.Picture(bytes(MAX_PAYLOAD + 1))), [os.open(lent, os.O_RDONLY)])
