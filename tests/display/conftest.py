"""One display server process for each test, with sockets in a directory of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from berth.link.blocking import BlockingLink
from tests.display.client import WAIT, RawClient, clients
from tests.display.shapes import App
from tests.display.system_bus import FakeLogind, system_bus
from tests.display.ui import FakeUi
from tests.display.warm import Nursery


class Display:
    """A running display server, of the nursery if one is given, and all that tests connect to it.

    Of the nursery it may have other `constants`: see `Nursery.start`.
    """

    def __init__(
        self,
        directory: Path,
        command: Sequence[str] = ("-m", "berth.display"),
        nursery: Nursery | None = None,
        constants: Mapping[str, float] | None = None,
    ) -> None:
        self.directory = directory
        self.socket = directory / "display.sock"
        self.log = directory / "display.log"
        self.may_fail = False
        self._killed = False
        self._closing: list[FakeUi | RawClient | BlockingLink] = []
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.fspath(self.socket))
        listener.listen()
        with self.log.open("wb") as log:
            if nursery is None:
                line = [sys.executable, *command, "--listen-fd", str(listener.fileno())]
                self.process: Any = subprocess.Popen(line, pass_fds=[listener.fileno()], stderr=log)
            else:
                self.process = nursery.start(listener.fileno(), log.fileno(), constants or {})
        listener.close()
        self.engine = BlockingLink.connect(self.socket, m.Hello("engine"))
        self._closing.append(self.engine)
        self.engine_events: list[m.AnyMessage] = []

    def ui(self, auto_frames: bool = True, auto_configure: bool = True) -> FakeUi:
        """A new ui that has got the whole scene."""
        ui = FakeUi(self.socket, auto_frames, auto_configure)
        self._closing.append(ui)
        ui.until(lambda: ui.ready)
        return ui

    def instance(
        self,
        name: str = "a",
        hidden: tuple[str, ...] = (),
        granted: tuple[str, ...] = (),
        nested: bool = False,
        bus: bool = False,
    ) -> Path:
        """Where the apps of a new instance connect; its message bus is ``bus-NAME`` beside that."""
        paths = [self.directory / f"{kind}-{name}" for kind in ("wayland", *(("bus",) if bus else ()))]
        return self._listen(paths, m.ListenInstance(name, f"org.example.{name}", hidden, granted, nested))

    def instance_at(self, path: Path, name: str) -> None:
        """A new instance whose apps connect at `path`."""
        self._listen([path], m.ListenInstance(name, f"org.example.{name}"))

    def _listen(self, paths: Sequence[Path], message: m.ListenInstance) -> Path:
        listeners = [socket.socket(socket.AF_UNIX) for _ in paths]
        for path, listener in zip(paths, listeners, strict=True):
            path.unlink(missing_ok=True)
            listener.bind(os.fspath(path))
            listener.listen()
        self.engine.send(message, [listener.fileno() for listener in listeners])
        for listener in listeners:
            listener.close()
        return paths[0]

    def grant(self, *granted: str, name: str = "a") -> None:
        """From now on the instance has exactly these permissions."""
        self.engine.send(m.FilterGlobals(name, (), granted))

    def client(self, path: Path) -> RawClient:
        client = RawClient(path)
        self._closing.append(client)
        return client

    def app(self, path: Path | None = None) -> App:
        app = App(path or self.instance())
        self._closing.append(app)
        return app

    def new_engine(self) -> None:
        """The engine goes and comes again."""
        self.engine.close()
        self.engine = BlockingLink.connect(self.socket, m.Hello("engine"))
        self._closing.append(self.engine)
        self.engine_events.clear()

    def until_engine(self, kind: type, **fields: object) -> m.AnyMessage:
        """The first event to the engine of that kind with those fields, old ones included."""

        def matches(message: m.AnyMessage) -> bool:
            return isinstance(message, kind) and all(getattr(message, k) == v for k, v in fields.items())

        while True:
            for message in self.engine_events:
                if matches(message):
                    return message
            try:
                self.engine_events.append(self.engine.receive(WAIT)[0])
            except Problem as problem:
                raise AssertionError(f"{problem}: {self.engine_events}") from None

    def kill(self) -> None:
        """End it as a crash does."""
        self._killed = True
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        for connection in self._closing:
            connection.close()
        for client in {*clients, *(one for one in self._closing if isinstance(one, RawClient))}:
            client.end()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
        log = self.log.read_text()
        assert code == (-signal.SIGKILL if self._killed else 0), log
        assert self.may_fail or "Traceback" not in log, log


DisplayWith = Callable[[Mapping[str, float]], Display]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks back at all other tests comes last."""
    items.sort(key=lambda item: item.path.name == "test_errors.py")


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of a system bus."""
    with system_bus(tmp_path) as address:
        yield address


@pytest.fixture
def logind(address: str) -> Iterator[FakeLogind]:
    fake = FakeLogind(address)
    yield fake
    fake.close()


@pytest.fixture
def display(tmp_path: Path, nursery: Nursery) -> Iterator[Display]:
    display = Display(tmp_path, nursery=nursery)
    try:
        yield display
    finally:
        display.stop()


@pytest.fixture
def display_with(tmp_path: Path, nursery: Nursery) -> Iterator[DisplayWith]:
    """Makes the display server of a test that must not depend on how fast the machine is: with other constants."""
    made: list[Display] = []

    def make(constants: Mapping[str, float]) -> Display:
        made.append(Display(tmp_path, nursery=nursery, constants=constants))
        return made[-1]

    yield make
    for one in made:
        one.stop()


_BROKEN = """
from berth.display import __main__, compositor
def fail(self, arguments):
    raise KeyError("broken on purpose")
compositor.Region.receivers[1] = fail
__main__.main()
"""


@pytest.fixture
def broken_display(tmp_path: Path) -> Iterator[Display]:
    """A display server with a bug in wl_region.add."""
    display = Display(tmp_path, ("-c", _BROKEN))
    display.may_fail = True
    try:
        yield display
    finally:
        display.stop()
