"""What wlcs calls, behind the C functions of `module`: a display server for each test, and hands to use it with."""

from __future__ import annotations

import itertools
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from berth_wlcs import ffi, lib  # type: ignore[import-not-found]

from berth.core import permissions
from tests.conformance.hands import Hands
from tests.conformance.relay import Relay
from tests.conformance.runner import LEAK
from tests.display.conftest import Display
from tests.display.warm import Nursery

# An embedded interpreter does not see to that by itself: a client that has gone must not end the process.
signal.signal(signal.SIGPIPE, signal.SIG_IGN)

_nursery = Nursery()

_extensions: dict[str, int] = {}
"""What the display server offers to an app that holds every permission, and in which version."""


class Server:
    """One display server with its ui, and the clients that wlcs connects to it."""

    def __init__(self) -> None:
        self._descriptors = _descriptors()
        self._directory = Path(tempfile.mkdtemp(prefix="wlcs-"))
        self._display = Display(self._directory, nursery=_nursery)
        self.stage = Hands(self._display.socket)
        self.stage.until(lambda: self.stage.ready)
        self._clients: list[tuple[str, Relay]] = []
        self._fingers = itertools.count()
        self.kept: list[Any] = []  # C memory that lives as long as this

    def stop(self) -> None:
        for _name, relay in self._clients:
            relay.join()
        self.stage.close()
        self._display.stop()
        shutil.rmtree(self._directory)
        left = _descriptors() - self._descriptors
        if left:
            sys.stderr.write(f"{LEAK} {sorted(left)}\n")

    def extensions(self) -> dict[str, int]:
        if not _extensions:
            client = self._display.client(self._instance("globals"))
            _extensions.update({name: version for name, (_number, version) in client.globals.items()})
        return _extensions

    def _instance(self, name: str) -> Path:
        return self._display.instance(name, granted=tuple(sorted(permissions.DISPLAY)))

    def connect(self) -> int:
        """The descriptor of a new client."""
        name = f"client{len(self._clients)}"
        relay = Relay(self._instance(name), self.stage.quiet)
        self._clients.append((name, relay))
        return relay.fd

    def place(self, fd: int, surface: int, x: int, y: int) -> None:
        """Move the window of a client's surface, which is named as the client names it."""
        # Descriptors and names are used again: the newest owner is meant.
        name, relay = next(client for client in reversed(self._clients) if client[1].fd == fd)
        self.stage.quiet()
        made = relay.handshake.surfaces
        newest = max(i for i, number in enumerate(made) if number == surface)
        self.stage.put(self.stage.created[name][newest], x, y)

    def finger(self) -> int:
        return next(self._fingers)


def _descriptors() -> set[str]:
    """The numbers of what is open, but for wlcs's own buffers, which some tests forget."""
    # The descriptor that reads the list is in it, but not there any more.
    entries = [entry for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]
    return {entry.name for entry in entries if not str(entry.readlink()).startswith("/memfd:wlcs")}


_servers: dict[Any, Server] = {}
_devices: dict[Any, tuple[Server, int]] = {}


def _device(kind: str, model: Any, server: Any) -> Any:
    made = ffi.new(f"{kind} *", model)
    owner = _servers[server]
    _devices[made] = (owner, owner.finger())
    return made


def _extern(function: Any) -> Any:
    return ffi.def_extern(name="berth_" + function.__name__)(function)


@_extern
def create_server(_argc: int, _argv: Any) -> Any:
    made = ffi.new("WlcsDisplayServer *", lib.berth_server)
    _servers[made] = Server()
    return made


@_extern
def destroy_server(server: Any) -> None:
    del _servers[server]


@_extern
def start(server: Any) -> None:
    pass


@_extern
def stop(server: Any) -> None:
    _servers[server].stop()


@_extern
def create_client_socket(server: Any) -> int:
    return _servers[server].connect()


@_extern
def position_window(server: Any, client: Any, surface: Any, x: int, y: int) -> None:
    _servers[server].place(lib.wl_display_get_fd(client), lib.wl_proxy_get_id(surface), x, y)


@_extern
def get_descriptor(server: Any) -> Any:
    owner = _servers[ffi.cast("WlcsDisplayServer *", server)]
    names = [(ffi.new("char[]", name.encode()), version) for name, version in owner.extensions().items()]
    extensions = ffi.new("WlcsExtensionDescriptor[]", names)
    made = ffi.new("WlcsIntegrationDescriptor *", (1, len(names), extensions))
    owner.kept += [names, extensions, made]
    return made


@_extern
def create_pointer(server: Any) -> Any:
    return _device("WlcsPointer", lib.berth_pointer, server)


@_extern
def pointer_to(pointer: Any, x: int, y: int) -> None:
    _devices[pointer][0].stage.point(x / 256, y / 256)


@_extern
def pointer_by(pointer: Any, dx: int, dy: int) -> None:
    _devices[pointer][0].stage.push(dx / 256, dy / 256)


@_extern
def button_up(pointer: Any, button: int) -> None:
    _devices[pointer][0].stage.click(button, False)


@_extern
def button_down(pointer: Any, button: int) -> None:
    _devices[pointer][0].stage.click(button, True)


@_extern
def destroy_pointer(pointer: Any) -> None:
    del _devices[pointer]


@_extern
def create_touch(server: Any) -> Any:
    return _device("WlcsTouch", lib.berth_touch, server)


# The header says wl_fixed_t, but what wlcs 1.5 passes are whole pixels.


@_extern
def touch_down(touch: Any, x: int, y: int) -> None:
    server, finger = _devices[touch]
    server.stage.finger_down(finger, x, y)


@_extern
def touch_move(touch: Any, x: int, y: int) -> None:
    server, finger = _devices[touch]
    server.stage.finger_to(finger, x, y)


@_extern
def touch_up(touch: Any) -> None:
    server, finger = _devices[touch]
    server.stage.finger_up(finger)


@_extern
def destroy_touch(touch: Any) -> None:
    del _devices[touch]
