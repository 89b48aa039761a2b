"""The process that keeps the terminals lent to an app in a container engine: what it needs none of those for."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from berth.runtimes import orders
from berth.runtimes.port import Instance
from berth.runtimes.terminal_keeper_link import SOCKET, Order

_FILES = 48
"""That a keeper may have open."""


class Keeper:
    """One of an app that is nothing but a process, and connections to it, of which it has had the first."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self.app = stack.enter_context(subprocess.Popen(["sleep", "1000"]))
        stack.callback(self.app.kill)
        instance = Instance(
            id="thing-1",
            app="thing",
            pid=self.app.pid,
            started=0.0,
            limits="",
            network=False,
            private_directory=str(directory),
            log_path=str(directory / "log"),
            runtime="docker",
        )
        order = msgspec.json.encode(Order(instance, "/nonexistent", "berth-thing-1", 0))
        limited = ("sh", "-c", f'ulimit -n {_FILES}; exec "$@"', "sh")
        self.first, far = orders.packet_pair()
        stack.enter_context(self.first)
        with far:
            keeper = (*limited, sys.executable, "-m", "berth.runtimes.terminal_keeper", order)
            subprocess.run(keeper, stdin=far, check=True)

    def connected(self) -> socket.socket:
        return self._stack.enter_context(orders.connect(self._directory, SOCKET))


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    with ExitStack() as stack:
        yield Keeper(tmp_path, stack)


def answers(connection: socket.socket) -> bool:
    """False if it was closed instead."""
    connection.settimeout(60)
    try:
        orders.send(connection, orders.encode(orders.Request(7, orders.Describe())))
        packet, _fds = orders.receive(connection)
    except ConnectionError:
        return False
    return packet != b"" and orders.decode_answer(packet).number == 7


def test_who_comes_when_too_many_files_are_open_is_turned_away_and_may_come_again(keeper: Keeper) -> None:
    assert answers(keeper.first)
    for _turn in range(3):
        connections = []
        while answers(connection := keeper.connected()):
            connections.append(connection)
            assert len(connections) < _FILES
        assert len(connections) > 8
        assert all(answers(each) for each in (keeper.first, *connections))
        assert not answers(keeper.connected())
        for connection in connections:
            connection.close()
        assert answers(keeper.first), "by now it has heard of all that were closed"
    keeper.app.kill()
    assert keeper.first.recv(1) == b""
