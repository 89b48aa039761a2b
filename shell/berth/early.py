"""``berth run`` asks the engine before the rest of the program is loaded.

Loading msgspec, argparse and pathlib takes several times as long as starting a container.
So the plain form ``berth [--name NAME] run APP [--wait window] [-- ARGS]`` encodes its two messages by
hand, sends them, and reads the one answer that is usual by hand as well. Everything else, every
error, and images of registries, which have a slash in their name, are left to the ordinary path: it must
not import anything heavy here, as that would also take the processor from the app that is just starting.
"""

from __future__ import annotations

import _socket
import os

_ROLE_VERSION = 1
_STARTED = b"\0\x93\xa5Reply\x01\x92\xa7Started"
_PATIENCE_SECONDS = 0.4
"""After that the user is told how the preparation of the image goes."""


def request_run(arguments: list[str]) -> _socket.socket | None:
    """The connection on which the request (call number 1) was sent, or None if this is not for us."""
    parsed = _parse(arguments)
    if parsed is None:
        return None
    name, app, wait, inner = parsed
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
    try:
        connection.connect(_engine_socket(name))
        connection.sendall(_frame(["Hello", "control", _ROLE_VERSION]))
        connection.sendall(_frame(["Call", 1, ["RunApp", app, inner, wait]]))
    except OSError:
        connection.close()
        return None
    return connection


def started_instance(connection: _socket.socket) -> str | None:
    """The instance, if the engine's first answer is that it was started; nothing is taken off the connection."""
    connection.settimeout(_PATIENCE_SECONDS)
    try:
        data = connection.recv(256, _socket.MSG_PEEK)
    except OSError:
        data = b""
    connection.settimeout(None)
    start = 4 + len(_STARTED)
    plain = data[4:start] == _STARTED and len(data) == 4 + int.from_bytes(data[:4], "little") + 1
    if not plain or data[start] & 0xE0 != 0xA0:
        return None
    return data[start + 1 :].decode()


def _parse(arguments: list[str]) -> tuple[str, str, str, list[str]] | None:
    own, inner = arguments, []
    if "--" in arguments:
        place = arguments.index("--")
        own, inner = arguments[:place], arguments[place + 1 :]
    name = "default"
    if len(own) > 2 and own[0] == "--name":
        name, own = own[1], own[2:]
    wait = ""
    if own[2:] in (["--wait", "window"], ["--wait=window"]):
        wait, own = "window", own[:2]
    plain = len(own) == 2 and own[0] == "run" and not own[1].startswith("-") and "/" not in own[1]
    return (name, own[1], wait, inner) if plain and name.replace("-", "").isalnum() else None


def _engine_socket(name: str) -> str:
    """As `berth.core.paths` says; a test compares."""
    base = os.environ.get("XDG_RUNTIME_DIR") or f"/tmp/berth-runtime-{os.getuid()}"
    directory = "berth" if name == "default" else f"berth-{name}"
    return f"{base}/{directory}/engine.sock"


def _frame(message: list[object]) -> bytes:
    payload = _pack(message)
    return len(payload).to_bytes(4, "little") + b"\0" + payload


def _pack(value: object) -> bytes:
    """The msgpack of lists, texts and numbers below 128."""
    if isinstance(value, int):
        return value.to_bytes(1, "big")
    if isinstance(value, str):
        text = value.encode()
        return b"\xdb" + len(text).to_bytes(4, "big") + text
    assert isinstance(value, list)
    return b"\xdd" + len(value).to_bytes(4, "big") + b"".join(_pack(item) for item in value)
