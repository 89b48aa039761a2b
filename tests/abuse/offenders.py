"""Apps that mean no good, each a process of its own: ``python -m tests.abuse.offenders NAME SOCKET``.

Each goes on until it is disconnected or ended.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from pathlib import Path

from pywayland.protocol import wayland
from pywayland.protocol.xdg_toplevel_icon_v1 import XdgToplevelIconManagerV1

from tests.display.client import RawClient
from tests.display.shapes import App, Popup, Window

CROWD = 300
"""Windows of the offender of that name."""


def _request(number: int, opcode: int, *words: int) -> bytes:
    return struct.pack(f"=IHH{len(words)}i", number, opcode, 8 + 4 * len(words), *words)


def _pour(client: RawClient, data: bytes) -> None:
    """Send the same bytes for ever, reading what comes back."""
    client.flush()
    client.socket.setblocking(False)
    data *= max(1, 65536 // len(data))
    left = memoryview(data)
    while True:
        try:
            while client.socket.recv(1 << 20):
                pass
            return
        except BlockingIOError:
            pass
        try:
            left = left[client.socket.send(left) :] or memoryview(data)
        except BlockingIOError:
            time.sleep(0.0005)


def requests(path: Path) -> None:
    app = App(path)
    region = app.compositor.create_region()
    _pour(app, _request(region.number, 1, 0, 0, 1, 1) + _request(region.number, 2, 0, 0, 9, 9))


def commits(path: Path) -> None:
    app = App(path)
    window = Window(app, 250, 250)
    number = window.surface.number
    one = _request(number, 1, window.pixels.buffer.number, 0, 0) + _request(number, 9, 0, 0, 250, 250)
    _pour(app, one + _request(number, 6))


def large_commits(path: Path) -> None:
    app = App(path)
    window = Window(app, 1920, 1080)
    number = window.surface.number
    one = _request(number, 1, window.pixels.buffer.number, 0, 0) + _request(number, 9, 0, 0, 1920, 1080)
    _pour(app, one + _request(number, 6))


def surfaces(path: Path) -> None:
    app = App(path)
    while True:
        for _ in range(200):
            app.compositor.create_surface().destroy()
        app.roundtrip()


def windows(path: Path) -> None:
    app = App(path)
    while True:
        made = [Window(app, 20, 20) for _ in range(20)]
        for window in made:
            window.toplevel.destroy()
            window.xdg.destroy()
            window.surface.destroy()
            window.pixels.buffer.destroy()
        app.roundtrip()
        while app.made:
            app.made.pop().close()


def popups(path: Path) -> None:
    app = App(path)
    window = Window(app)
    while True:
        popup = Popup(app, window.xdg, app.positioner(30, 20, (0, 0, 5, 5))).map()
        popup.popup.destroy()
        popup.xdg.destroy()
        popup.surface.destroy()
        while len(app.made) > 1:
            app.made.pop().close()


def syncs(path: Path) -> None:
    client = RawClient(path)
    while True:
        for _ in range(1000):
            client.display.sync()
        client.roundtrip()
        client.display.events.clear()


def titles(path: Path) -> None:
    app = App(path)
    window = Window(app)
    while True:
        for i in range(500):
            window.toplevel.set_title(f"{i}" * 100)
        app.roundtrip()


def deaf(path: Path) -> None:
    """Asks without ever reading the answers."""
    client = RawClient(path)
    client.socket.setblocking(False)
    number = 100
    pending = b""
    while True:
        try:
            if not pending:
                pending = b"".join(_request(1, 0, number + i) for i in range(100))
                number += 100
            pending = pending[client.socket.send(pending) :]
        except BlockingIOError:
            time.sleep(0.001)


def connections(path: Path) -> None:
    """Opens connections and drops them again."""
    while True:
        made = []
        try:
            for _ in range(100):
                one = socket.socket(socket.AF_UNIX)
                one.setblocking(False)
                made.append(one)
                one.connect(os.fspath(path))
                one.send(_request(1, 1, 2))
        except OSError:
            time.sleep(0.001)
        for one in made:
            one.close()


def many_floods(path: Path) -> None:
    """A hundred connections that flood at once."""
    apps = [App(path) for _ in range(100)]
    data = []
    for app in apps:
        region = app.compositor.create_region()
        app.flush()
        app.socket.setblocking(False)
        data.append((_request(region.number, 1, 0, 0, 1, 1) + _request(region.number, 2, 0, 0, 9, 9)) * 100)
    while True:
        idle = True
        for app, one in zip(apps, data, strict=True):
            try:
                sent = app.socket.send(one)
                idle = False
                if sent % 24:
                    app.socket.setblocking(True)
                    app.socket.sendall(one[sent:])
                    app.socket.setblocking(False)
            except BlockingIOError:
                pass
        if idle:
            time.sleep(0.0005)


def globals_again(path: Path) -> None:
    app = App(path)
    while True:
        for _ in range(200):
            app.bind(wayland.WlSeat).release()
        app.roundtrip()


def crowd(path: Path) -> None:
    """As many windows as make trouble, each with the longest title and a large icon, which changes for ever."""
    app = App(path)
    icons = app.bind(XdgToplevelIconManagerV1)
    pixels, pictures = app.pixels(20, 20), [app.pixels(96, 96, byte) for byte in (0x40, 0xC0)]
    made: list[Window] = []
    while len(made) < CROWD:
        window = Window(app, map_=False)
        window.toplevel.set_title("W" * 4000)
        window.toplevel.set_app_id("a" * 4000)
        window.ack()
        app.show(window.surface, pixels)
        app.roundtrip()
        made.append(window)
    turn = 0
    while True:
        turn += 1
        for window in made:
            icon = icons.create_icon()
            icon.add_buffer(pictures[turn % 2].buffer, 1)
            icons.set_icon(window.toplevel, icon)
            icon.destroy()
            window.toplevel.set_title(f"{turn}" * 1000)
            window.surface.commit()
        app.roundtrip()


def giants(path: Path) -> None:
    """Windows of the largest sizes, until no more memory is to be had, and new content in all of them for ever."""
    app = App(path)
    made = []
    for width, height in ((16384, 1024), (1024, 16384), (4096, 4096), (5000, 5000), (8000, 2000)):
        window = Window(app, map_=False)
        window.ack()
        made.append((window, app.pixels(width, height)))
    while True:
        for window, pixels in made:
            app.show(window.surface, pixels)
            app.roundtrip()


def pools(path: Path) -> None:
    """Shared memory of two gigabytes each, none of it used."""
    app = App(path)
    fd = os.memfd_create("sparse")
    os.ftruncate(fd, (1 << 31) - 1)
    while True:
        for _ in range(20):
            app.shm.create_pool(fd, (1 << 31) - 1)
        app.roundtrip()


OFFENDERS = {
    function.__name__.replace("_", "-"): function
    for function in (
        requests,
        commits,
        large_commits,
        surfaces,
        windows,
        popups,
        syncs,
        titles,
        deaf,
        connections,
        many_floods,
        globals_again,
        crowd,
        giants,
        pools,
    )
}


if __name__ == "__main__":
    OFFENDERS[sys.argv[1]](Path(sys.argv[2]))
