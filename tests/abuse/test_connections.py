"""Memory files, descriptors and connections that are not what they should be."""

from __future__ import annotations

import array
import fcntl
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from berth.core import messages as m
from tests.display.client import ClientError, RawClient
from tests.display.conftest import Display
from tests.display.shapes import App, Window


@pytest.fixture
def witness(display: Display) -> Window:
    """An app that must be served whatever the others do."""
    display.ui()
    return Window(display.app(display.instance("witness")))


def descriptors(display: Display) -> int:
    return len(list(Path(f"/proc/{display.process.pid}/fd").iterdir()))


def listening(display: Display, window: Window) -> tuple[Path, int]:
    """Where apps of a new instance connect, and how many descriptors the server has without one."""
    path = display.instance()
    RawClient(path).close()
    for _ in range(2):  # the second is answered after the end of the connection was seen
        window.app.roundtrip()
    return path, descriptors(display)


def settled(display: Display, window: Window, before: int) -> None:
    """Everything that other apps had has been given back."""
    app = window.app

    def looked() -> bool:
        app.display.sync()
        app.flush()
        return descriptors(display) <= before

    app.until(looked)


def _pipe() -> int:
    reader, writer = os.pipe()
    os.close(writer)
    return reader


_BAD: dict[str, Callable[[], int]] = {
    "pipe": _pipe,
    "directory": lambda: os.open("/", os.O_RDONLY | os.O_DIRECTORY),
    "socket": lambda: socket.socket(socket.AF_UNIX).detach(),
    "path of a directory": lambda: os.open("/", os.O_PATH),
    "path of a file": lambda: os.open(__file__, os.O_PATH),
    "write-only": lambda: os.open("/dev/shm", os.O_TMPFILE | os.O_WRONLY),
    "device": lambda: os.open("/dev/zero", os.O_RDWR),
}


@pytest.mark.parametrize("kind", _BAD)
def test_a_pool_of_what_is_no_memory(display: Display, witness: Window, kind: str) -> None:
    path, before = listening(display, witness)
    app = App(path)
    fd = _BAD[kind]()
    pool = app.shm.create_pool(fd, 4096)
    os.close(fd)
    buffer = pool.create_buffer(0, 4, 4, 16, 0)
    surface = app.surface()
    surface.attach(buffer, 0, 0)
    surface.commit()
    with pytest.raises(ClientError):
        app.roundtrip()
    app.close()
    settled(display, witness, before)


def _sealed() -> int:
    fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, 4096)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
    return fd


@pytest.mark.parametrize("make", [_sealed, lambda: os.open(__file__, os.O_RDONLY)], ids=["sealed", "read-only"])
def test_a_pool_that_can_only_be_read(display: Display, witness: Window, make: Callable[[], int]) -> None:
    path, before = listening(display, witness)
    app = App(path)
    fd = make()
    pool = app.shm.create_pool(fd, 4096)
    os.close(fd)
    surface = app.surface()
    surface.attach(pool.create_buffer(0, 4, 4, 16, 0), 0, 0)
    surface.commit()
    app.roundtrip()
    app.close()
    settled(display, witness, before)


def test_a_file_that_shrinks_while_it_is_shown(display: Display, witness: Window) -> None:
    path, before = listening(display, witness)
    for size in (0, 1, 4096):
        app = App(path)
        window = Window(app, 200, 200)
        os.ftruncate(window.pixels.fd, size)
        window.surface.damage_buffer(0, 0, 200, 200)
        window.surface.attach(window.pixels.buffer, 0, 0)
        window.surface.commit()
        with pytest.raises(ClientError):
            app.until(lambda: False)
        app.socket.close()
        os.close(window.pixels.fd)
    settled(display, witness, before)


def test_descriptors_without_messages(display: Display, witness: Window) -> None:
    path, before = listening(display, witness)
    client = RawClient(path)
    null = os.open("/dev/null", os.O_RDONLY)
    try:
        for _ in range(200):
            rights = array.array("i", [null] * 20)
            client.socket.sendmsg([b"\1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    except OSError:
        pass  # it has had enough, as it should
    witness.app.roundtrip()
    assert descriptors(display) < before + 100
    client.close()
    os.close(null)
    settled(display, witness, before)


def test_a_message_that_never_ends(display: Display, witness: Window) -> None:
    client = display.client(display.instance())
    client.raw(struct.pack("=IHH", 1, 0, 12))
    client.flush()
    witness.app.roundtrip()
    assert not client.closed


def test_too_many_pools(display: Display, witness: Window) -> None:
    path, before = listening(display, witness)
    apps = [App(path) for _ in range(4)]
    fd = os.memfd_create("sparse")
    os.ftruncate(fd, (1 << 31) - 1)
    with pytest.raises(ClientError, match="pools or"):
        for _ in range(20):
            for app in apps:
                for _ in range(100):
                    app.shm.create_pool(fd, (1 << 31) - 1)
                app.roundtrip()
    for app in apps:
        app.close()
    os.close(fd)
    settled(display, witness, before)
    display.until_engine(m.InstanceMisbehaved, instance="a")


def test_surfaces_of_all_connections_are_counted(display: Display, witness: Window) -> None:
    path = display.instance()
    apps = [App(path) for _ in range(4)]
    with pytest.raises(ClientError, match="surfaces"):
        for app in apps:
            for _ in range(600):
                app.surface()
            app.roundtrip()
    witness.app.roundtrip()
    for app in apps:
        app.close()


def test_windows_of_all_connections_are_counted(display: Display, witness: Window) -> None:
    path = display.instance()
    apps = [App(path) for _ in range(2)]
    with pytest.raises(ClientError, match="more than 500 windows"):
        for app in apps:
            for _ in range(300):
                Window(app, 2, 2)
                app.made.pop().close()
    witness.app.roundtrip()
    for app in apps:
        app.close()


def test_one_notice_is_enough(display: Display, witness: Window) -> None:
    path = display.instance()
    for _ in range(30):
        client = RawClient(path)
        client.raw(struct.pack("=IHH", 9999, 0, 8))
        with pytest.raises(ClientError):
            client.roundtrip()
        client.close()
    display.instance("end")
    RawClient(display.directory / "wayland-end").close()
    display.until_engine(m.InstanceConnections, instance="end")
    complaints = [e for e in display.engine_events if isinstance(e, m.InstanceMisbehaved)]
    assert 1 <= len(complaints) < 10


@pytest.mark.skipif(os.environ.get("BERTH_SOAK") != "1", reason="a million requests; BERTH_SOAK=1 sends them")
def test_numbers_have_to_be_used_again(display: Display, witness: Window) -> None:
    """Each number takes a little memory for as long as the connection lasts."""
    client = display.client(display.instance())
    with pytest.raises(ClientError, match="numbers"):
        for first in range(3, 2 << 20, 4000):
            client.raw(b"".join(struct.pack("=IHHI", 1, 0, 12, first + i) for i in range(4000)))
            client.flush()
            _drain(client)
    witness.app.roundtrip()


def _drain(client: RawClient) -> None:
    """Read what has come, so that the server goes on."""
    try:
        while True:
            client._read(0.02)
    except TimeoutError:
        client.socket.settimeout(10)
