"""Between a wlcs client and the display server: which surfaces it makes, and what its tests take for granted.

The clients of wlcs 1.5 draw into a new xdg_toplevel at once. xdg-shell wants a commit without a
buffer first and the answer to a configure, and what a client does instead is refused. Later versions
of wlcs do so. For this one the relay speaks these two requests in the client's place.

Its tests look at what came before the answer to wl_display.sync. What is under the pointer is for
the ui to say, a moment later: the relay holds a sync back until the ui has seen what was before it.
"""

from __future__ import annotations

import array
import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from pywayland.protocol import wayland, xdg_shell

from berth.display.layer_surface import ZwlrLayerShellV1, ZwlrLayerSurfaceV1
from tests.ready import readable

_CHUNK = 65536
_FDS = 28
"""As many descriptors as libwayland takes with one read."""


def _requests(interface: object) -> dict[str, int]:
    return {message.name: opcode for opcode, message in enumerate(interface.requests)}  # type: ignore[attr-defined]


_DISPLAY, _REGISTRY = _requests(wayland.WlDisplay), _requests(wayland.WlRegistry)
_COMPOSITOR, _SURFACE = _requests(wayland.WlCompositor), _requests(wayland.WlSurface)
_BASE, _XDG = _requests(xdg_shell.XdgWmBase), _requests(xdg_shell.XdgSurface)
_LAYERS, _LAYER = _requests(ZwlrLayerShellV1), _requests(ZwlrLayerSurfaceV1)
_DESTROY = _requests(xdg_shell.XdgToplevel)["destroy"]
_DELETE_ID = next(i for i, m in enumerate(wayland.WlDisplay.events) if m.name == "delete_id")
_CONFIGURE = 0
_POPUP_DONE = next(i for i, m in enumerate(xdg_shell.XdgPopup.events) if m.name == "popup_done")


_SYNC = struct.pack("=IHH", 1, _DISPLAY["sync"], 12)


def _message(number: int, opcode: int, *words: int) -> bytes:
    return struct.pack(f"=IHH{len(words)}I", number, opcode, 8 + 4 * len(words), *words)


def _split(data: bytes) -> Iterator[bytes]:
    """The whole messages at the start of `data`."""
    at = 0
    while len(data) - at >= 8:
        size = struct.unpack_from("=H", data, at + 6)[0]
        if len(data) - at < size:
            return
        yield data[at : at + size]
        at += size


class _Shell:
    """An xdg_surface or layer surface: how far the handshake has come.

    Attributes:
        number: its id, which acknowledges with the request `ack`.
        role: the id of the toplevel or popup on it, 0 without; a layer surface is its own.
        serial: the last configure that came, 0 before the first.
    """

    def __init__(self, number: int, ack: int) -> None:
        self.number = number
        self.ack = ack
        self.role = 0
        self.reset()

    def reset(self) -> None:
        self.committed = self.answered = self.mapped = False
        self.attached: int | None = None
        self.serial = 0


class Handshake:
    """One client's requests and events on their way.

    Attributes:
        surfaces: ids of its wl_surfaces in the order it made them.
        waiting: a configure has to come before the next request may pass.
    """

    def __init__(self) -> None:
        self._kinds = {1: "wl_display"}
        self._shells: dict[int, _Shell] = {}  # by wl_surface, by the shell's id and by its role's
        self._spoken: set[int] = set()  # serials that were acknowledged in the client's place
        self._held: _Shell | None = None
        self.surfaces: list[int] = []

    @property
    def waiting(self) -> bool:
        return self._held is not None and not self._held.serial

    def request(self, message: bytes) -> list[bytes]:
        """What goes to the server for a client's request; while `waiting` it has to come again."""
        number, opcode = struct.unpack_from("=IH", message)
        words = struct.unpack_from(f"={len(message) // 4 - 2}I", message, 8)
        kind = self._kinds.get(number)
        if kind is None:
            return [message]
        passes: list[bytes] = getattr(self, "_" + kind)(message, number, opcode, words)
        return passes

    def event(self, message: bytes) -> None:
        number, opcode = struct.unpack_from("=IH", message)
        kind = self._kinds.get(number)
        if kind == "wl_display" and opcode == _DELETE_ID:
            gone = struct.unpack_from("=I", message, 8)[0]
            self._kinds.pop(gone, None)
            self._shells.pop(gone, None)
        elif kind in ("xdg_surface", "zwlr_layer_surface_v1") and opcode == _CONFIGURE and number in self._shells:
            self._shells[number].serial = struct.unpack_from("=I", message, 8)[0]
        elif kind == "xdg_popup" and opcode == _POPUP_DONE and number in self._shells:
            # No configure will come, and what the client does is ignored.
            self._shells[number].answered = True
            self._held = None

    def _wl_display(self, message: bytes, number: int, opcode: int, words: tuple[int, ...]) -> list[bytes]:
        if opcode == _DISPLAY["get_registry"]:
            self._kinds[words[0]] = "wl_registry"
        return [message]

    def _wl_registry(self, message: bytes, number: int, opcode: int, words: tuple[int, ...]) -> list[bytes]:
        name = message[16 : 16 + words[1] - 1].decode()
        if name in ("wl_compositor", "xdg_wm_base", "zwlr_layer_shell_v1"):
            self._kinds[words[-1]] = name
        return [message]

    def _wl_compositor(self, message: bytes, number: int, opcode: int, words: tuple[int, ...]) -> list[bytes]:
        if opcode == _COMPOSITOR["create_surface"]:
            self._kinds[words[0]] = "wl_surface"
            self.surfaces.append(words[0])
        return [message]

    def _xdg_wm_base(self, message: bytes, number: int, opcode: int, words: tuple[int, ...]) -> list[bytes]:
        if opcode == _BASE["get_xdg_surface"]:
            self._kinds[words[0]] = "xdg_surface"
            self._shells[words[0]] = self._shells[words[1]] = _Shell(words[0], _XDG["ack_configure"])
        return [message]

    def _zwlr_layer_shell_v1(self, message: bytes, number: int, opcode: int, words: tuple[int, ...]) -> list[bytes]:
        if opcode == _LAYERS["get_layer_surface"]:
            self._kinds[words[0]] = "zwlr_layer_surface_v1"
            self._shells[words[0]] = self._shells[words[1]] = shell = _Shell(words[0], _LAYER["ack_configure"])
            shell.role = words[0]
        return [message]

    def _xdg_surface(self, message: bytes, number: int, opcode: int, words: tuple[int, ...]) -> list[bytes]:
        shell = self._shells.get(number)
        if shell is None:
            return [message]
        for request, role in (("get_toplevel", "xdg_toplevel"), ("get_popup", "xdg_popup")):
            if opcode == _XDG[request]:
                self._kinds[words[0]] = role
                self._shells[words[0]] = shell
                shell.role = words[0]
        return self._answer(shell, message, opcode, words)

    def _zwlr_layer_surface_v1(self, message: bytes, number: int, opcode: int, words: tuple[int, ...]) -> list[bytes]:
        shell = self._shells.get(number)
        return [message] if shell is None else self._answer(shell, message, opcode, words)

    def _answer(self, shell: _Shell, message: bytes, opcode: int, words: tuple[int, ...]) -> list[bytes]:
        if opcode == shell.ack:
            if words[0] in self._spoken:
                return []
            shell.answered = True
        return [message]

    def _xdg_toplevel(self, message: bytes, number: int, opcode: int, words: tuple[int, ...]) -> list[bytes]:
        if opcode == _DESTROY and number in self._shells:
            self._shells[number].reset()
            self._shells[number].role = 0
        return [message]

    _xdg_popup = _xdg_toplevel

    def _wl_surface(self, message: bytes, number: int, opcode: int, words: tuple[int, ...]) -> list[bytes]:
        shell = self._shells.get(number)
        if shell is None or not shell.role:
            return [message]
        if opcode == _SURFACE["attach"]:
            return self._attach(shell, number, message, words[0])
        if opcode == _SURFACE["commit"]:
            shell.committed = True
            if shell.attached is not None:
                unmapped = shell.mapped and not shell.attached
                shell.mapped, shell.attached = bool(shell.attached), None
                if unmapped:
                    shell.reset()
        return [message]

    def _attach(self, shell: _Shell, surface: int, message: bytes, buffer: int) -> list[bytes]:
        before: list[bytes] = []
        if buffer and not shell.answered:
            if not shell.committed:
                shell.committed = True
                before.append(_message(surface, _SURFACE["commit"]))
            if not shell.serial:
                self._held = shell
                return before
            before.append(_message(shell.number, shell.ack, shell.serial))
            self._spoken.add(shell.serial)
            shell.answered = True
        self._held = None
        shell.attached = buffer
        return [*before, message]


class Relay:
    """One client's connection.

    Args:
        settle: waits until the ui and the display server have no more to say to each other.

    Attributes:
        fd: the client's end.
    """

    def __init__(self, path: Path, settle: Callable[[], None]) -> None:
        self._settle = settle
        self.handshake = Handshake()
        self._client, client = socket.socketpair()
        self.fd = client.detach()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(os.fspath(path))
        self._input = self._output = self._unread = b""
        self._fds: list[int] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except OSError:
            # One of the two is gone, and with it the purpose of the relay.
            pass
        finally:
            self._client.close()
            self._server.close()
            for fd in self._fds:
                os.close(fd)

    def _turn(self) -> bool:
        ready = readable([self._server.fileno(), self._client.fileno()], None)
        if self._server.fileno() in ready:
            data, fds = _receive(self._server)
            _send(self._client, data, fds)
            for message in self._events(data):
                self.handshake.event(message)
            self._pass(b"", [])
            if not data:
                return False
        if self._client.fileno() in ready:
            data, fds = _receive(self._client)
            self._pass(data, fds)
            return bool(data)
        return True

    def _events(self, data: bytes) -> list[bytes]:
        self._unread += data
        messages = list(_split(self._unread))
        self._unread = self._unread[sum(map(len, messages)) :]
        return messages

    def _pass(self, data: bytes, fds: list[int]) -> None:
        """Send on what the client said, as far as the handshake lets it."""
        self._input += data
        self._fds += fds
        for message in _split(self._input):
            if self.handshake.waiting:
                break
            if message.startswith(_SYNC):
                self._flush()
                self._settle()
            self._output += b"".join(self.handshake.request(message))
            if self.handshake.waiting:
                break
            self._input = self._input[len(message) :]
        self._flush()

    def _flush(self) -> None:
        if self._output:
            data, self._output = self._output, b""
            fds, self._fds = self._fds, []
            with contextlib.suppress(BrokenPipeError):
                # If the server has had enough of the client, its reason is still to be read.
                _send(self._server, data, fds)

    def join(self) -> None:
        """Wait until the client, which has gone, is forgotten."""
        self._thread.join(10)
        assert not self._thread.is_alive(), "a client's connection was left open"


def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    data, fds, _flags, _address = socket.recv_fds(connection, _CHUNK, _FDS)
    return data, list(fds)


def _send(connection: socket.socket, data: bytes, fds: list[int]) -> None:
    try:
        if fds:
            sent = connection.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
            data = data[sent:]
        if data:
            connection.sendall(data)
    finally:
        for fd in fds:
            os.close(fd)
