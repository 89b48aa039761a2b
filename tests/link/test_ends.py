"""The blocking and the asyncio end, talking to each other."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from berth.link.aio import AsyncLink
from berth.link.blocking import BlockingLink
from berth.link.frames import encode

WAIT = 10.0


class Answering:
    """An asyncio end in a thread of its own that answers calls; `closed` holds what ended it."""

    def __init__(self, connection: socket.socket) -> None:
        self.closed: list[Problem | None] = []
        self.seen: list[tuple[m.AnyMessage, int]] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(connection)))
        self._thread.start()

    async def _serve(self, connection: socket.socket) -> None:
        self._done = asyncio.Event()
        self.link = AsyncLink(connection, self._received, self._lost)
        await self._done.wait()

    def _received(self, link: AsyncLink, message: m.AnyMessage, fds: list[int]) -> None:
        self.seen.append((message, len(fds)))
        for fd in fds:
            os.close(fd)
        if not isinstance(message, m.Call):
            return
        link.send(m.Notice("info", "meanwhile"))
        if isinstance(message.request, m.ListApps):
            link.send(m.Reply(message.call, m.Apps(())))
        elif isinstance(message.request, m.Screenshot):
            link.send(m.Reply(message.call, m.Picture(bytes(5 << 20))))
        elif isinstance(message.request, m.GetLogs):
            link.close()
            link.send(m.Reply(message.call, m.Logs("")), [os.open(os.devnull, os.O_RDONLY)])
        else:
            link.send(m.Failure(message.call, m.ProblemInfo("nope", "No.", "Ask again.")))

    def _lost(self, _link: AsyncLink, problem: Problem | None) -> None:
        self.closed.append(problem)
        self._done.set()

    def join(self) -> None:
        self._thread.join(WAIT)
        assert not self._thread.is_alive()


@pytest.fixture
def pair() -> Iterator[tuple[BlockingLink, Answering]]:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    link = BlockingLink(near)
    answering = Answering(far)
    yield link, answering
    link.close()
    answering.join()


def test_call_is_answered_and_other_messages_are_passed_on(pair: tuple[BlockingLink, Answering]) -> None:
    link, _answering = pair
    events: list[m.AnyMessage] = []
    assert link.call(m.ListApps(), timeout=WAIT, on_event=events.append) == m.Apps(())
    assert events == [m.Notice("info", "meanwhile")]
    assert link.call(m.ListApps(), timeout=WAIT) == m.Apps(())


def test_failure_is_raised(pair: tuple[BlockingLink, Answering]) -> None:
    with pytest.raises(Problem) as raised:
        pair[0].call(m.ListImages(), timeout=WAIT)
    assert (raised.value.code, raised.value.message, raised.value.hint) == ("nope", "No.", "Ask again.")


def test_large_answer_arrives_in_pieces(pair: tuple[BlockingLink, Answering]) -> None:
    assert pair[0].call(m.Screenshot(), timeout=WAIT) == m.Picture(bytes(5 << 20))


def test_descriptors_go_along(pair: tuple[BlockingLink, Answering]) -> None:
    link, answering = pair
    with pytest.raises(Problem):
        link.call(m.ExecInInstance("x", ("y",)), (0, 1, 2), WAIT)
    assert answering.seen[-1][1] == 3


def test_lost_connection_is_told(pair: tuple[BlockingLink, Answering]) -> None:
    link, answering = pair
    with pytest.raises(Problem) as raised:
        link.call(m.GetLogs("x"), timeout=WAIT)
    assert raised.value.code == "connection-lost"
    answering.join()
    assert answering.closed == [None]


def test_silence_is_a_timeout(pair: tuple[BlockingLink, Answering]) -> None:
    with pytest.raises(Problem) as raised:
        pair[0].receive(0.01)
    assert raised.value.code == "timeout"


@pytest.mark.parametrize("garbage", [b"\xff" * 64, encode(m.Call(1, m.ListApps()))[:-1] + b"\xc1"])
def test_garbage_ends_the_asyncio_end_with_a_problem(garbage: bytes) -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with near:
        answering = Answering(far)
        near.sendall(garbage)
        answering.join()
    assert [problem.code for problem in answering.closed if problem] == ["bad-message"]


def test_nobody_listening_is_no_session(tmp_path: Path) -> None:
    with pytest.raises(Problem) as raised:
        BlockingLink.connect(tmp_path / "engine.sock", m.Hello("control"))
    assert raised.value.code == "no-session"


def test_sending_into_a_closed_connection_is_told() -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    far.close()
    link = BlockingLink(near)
    with pytest.raises(Problem) as raised:
        for _ in range(3):
            link.send(m.Hello("control"))
    assert raised.value.code == "connection-lost"
    link.close()
