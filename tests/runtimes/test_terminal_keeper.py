"""The process that keeps the terminals lent to an app in a container engine: what it needs none of those for."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from berth.core.paths import session_paths
from berth.engine.residue import search
from berth.runtimes import orders, processes
from berth.runtimes.port import Instance
from berth.runtimes.terminal_keeper_link import SOCKET, Order

APP = "org.example.Thing"
_FILES = 48
"""That a keeper may have open."""


class Keeper:
    """One of an app that is nothing but a process, and connections to it, of which it has had the first."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.directory = directory
        self._stack = stack
        self.app = stack.enter_context(subprocess.Popen(["sleep", "1000"]))
        stack.callback(self.app.kill)
        instance = Instance(
            id="thing-1",
            app=APP,
            pid=self.app.pid,
            started=0.0,
            limits="",
            network=False,
            private_directory=str(directory),
            log_path=str(directory / "log"),
            runtime="docker",
        )
        self.order = msgspec.json.encode(Order(instance, "/nonexistent", "berth-thing-1", 0)).decode()
        limited = ("sh", "-c", f'ulimit -n {_FILES}; exec "$@"', "sh")
        self.first, far = orders.packet_pair()
        stack.enter_context(self.first)
        with far:
            keeper = (*limited, sys.executable, "-m", "berth.runtimes.terminal_keeper", self.order)
            subprocess.run(keeper, stdin=far, check=True)

    def connected(self) -> socket.socket:
        return self._stack.enter_context(orders.connect(self.directory, SOCKET))


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    directory = tmp_path / "berth/private/thing-1"
    directory.mkdir(parents=True)
    with ExitStack() as stack:
        yield Keeper(directory, stack)


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


def found(app: str, place: Path) -> list[str]:
    environment = {"XDG_RUNTIME_DIR": str(place), "HOME": str(place / "home")}
    return [thing.what for thing in search(app, session_paths("other", environment, os.getuid())).found]


def test_one_that_is_left_by_an_app_that_is_gone_is_found(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answers(keeper.first)
    assert found(APP, tmp_path) == [], "its app is there"
    shutil.rmtree(keeper.directory)
    monkeypatch.setattr("berth.runtimes.residue._ENDING_SECONDS", 0.0)
    (pid,) = processes.with_arguments("-m", "berth.runtimes.terminal_keeper", keeper.order)
    assert found(APP, tmp_path) == [f"thing-1: process {pid} keeps its terminals"]
    assert found(f"{APP}s", tmp_path) == found(APP, tmp_path / "elsewhere") == []


def test_one_that_is_just_ending_is_not_left(keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers(keeper.first)
    monkeypatch.setattr("berth.runtimes.residue._ENDING_SECONDS", 1000.0)
    shutil.rmtree(keeper.directory)
    keeper.app.kill()
    assert found(APP, tmp_path) == []


def test_processes_that_are_called_like_one_are_none(tmp_path: Path) -> None:
    with ExitStack() as stack:
        for last in ((), ("{}",), ('{"x":' + "[" * 10_000,), ("\udcff",)):
            process = subprocess.Popen(
                ["sh", "-c", "echo; read x; true", "-m", "berth.runtimes.terminal_keeper", *last],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            stack.enter_context(process)
            assert process.stdout is not None and process.stdout.readline()
        assert found(APP, tmp_path) == []
