"""The event loop and what keeps it from spinning or falling over."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import threading
from pathlib import Path

import pytest

from berth.display import loop as loops
from berth.display.acceptor import Acceptor
from berth.display.loop import Loop


def test_an_error_of_ours_is_survived_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_MAX_ERRORS", 3)
    turns = 0

    def after() -> None:
        nonlocal turns
        turns += 1

    loop = Loop(after)
    ours, theirs = socket.socketpair()

    def fail(_events: int) -> None:
        raise KeyError("broken on purpose")

    loop.watch(ours.fileno(), fail)
    theirs.send(b"x")
    with pytest.raises(KeyError):
        loop.run()
    assert turns == 4
    loop.close()
    ours.close()
    theirs.close()


def test_a_handler_may_forget_another_of_the_same_turn() -> None:
    loop = Loop(lambda: None)
    pairs = [socket.socketpair() for _ in range(2)]
    called: list[int] = []

    def handle(number: int) -> None:
        called.append(number)
        loop.forget(pairs[1 - number][0].fileno())
        loop.stop()

    for number, (ours, theirs) in enumerate(pairs):
        loop.watch(ours.fileno(), lambda _events, number=number: handle(number))
        theirs.send(b"x")
    loop.run()
    assert len(called) == 1
    loop.close()
    for pair in pairs:
        for end in pair:
            end.close()


def test_no_descriptors_left_means_turned_away_not_spinning(tmp_path: Path) -> None:
    turns = 0

    def after() -> None:
        nonlocal turns
        turns += 1
        if accepted:
            loop.stop()

    accepted: list[socket.socket] = []
    loop = Loop(after)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.fspath(tmp_path / "socket"))
    listener.listen()
    acceptor = Acceptor(loop, listener, accepted.append)
    clients = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    clients[0].connect(os.fspath(tmp_path / "socket"))
    clients[0].settimeout(10)
    thread = threading.Thread(target=loop.run, daemon=True)
    fillers: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                fillers.append(os.dup(0))
        thread.start()
        assert clients[0].recv(1) == b"", "turned away at once"
    finally:
        for fd in fillers:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    before = turns
    assert before < 10
    clients[1].connect(os.fspath(tmp_path / "socket"))
    thread.join(10)
    assert len(accepted) == 1
    acceptor.close()
    loop.close()
    for connection in (*clients, *accepted):
        connection.close()
