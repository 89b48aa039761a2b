"""greetd's side of logging in: the same conversation as with PAM, which greetd holds as root, over its socket.

What greetd says is not believed further than it must be: lengths are bounded, and whatever is no answer ends the
attempt.

Source: greetd-ipc(7).
"""

from __future__ import annotations

import json
import shlex
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from berth.core.problem import Problem

Style = Literal["secret", "visible", "info", "error"]
Outcome = Literal["ok", "wrong", "failed", "unavailable"]
SOCKET = "GREETD_SOCK"
"""The environment variable with which greetd tells its greeter where it listens."""

_LENGTH = struct.Struct("=I")
_LARGEST = 64 * 1024
_MOST_MESSAGES = 100
_STYLES: dict[str, Style] = {"secret": "secret", "visible": "visible", "info": "info", "error": "error"}


@dataclass(frozen=True)
class Program:
    """What greetd starts for the user: words of a command, and lines NAME=VALUE."""

    words: tuple[str, ...]
    environment: tuple[str, ...] = ()


def log_in(place: str, user: str, program: Program, converse: Callable[[Style, str], str]) -> Outcome:
    """Have greetd check that whoever answers `converse` is `user`, and start `program` once its greeter has ended.

    Blocks for as long as modules and answers take.

    Args:
        place: the path of greetd's socket.

    Raises:
        Problem: ``greetd`` if it does not speak its protocol or goes away.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as connection:
            connection.connect(place)
            return _Attempt(connection, converse).run(user, program)
    except OSError as error:
        raise Problem("greetd", f"greetd cannot be reached: {error.strerror or error}.") from None


class _Attempt:
    def __init__(self, connection: socket.socket, converse: Callable[[Style, str], str]) -> None:
        self._connection = connection
        self._converse = converse

    def run(self, user: str, program: Program) -> Outcome:
        # One that was given up half-way is in the way of this one.
        self._ask({"type": "cancel_session"})
        reply = self._ask({"type": "create_session", "username": user})
        for _message in range(_MOST_MESSAGES):
            if reply["type"] != "auth_message":
                break
            reply = self._ask(self._answer(reply))
        else:
            raise Problem("greetd", "greetd asks without end.")
        if reply["type"] == "success":
            # greetd hands the words to a shell, joined by spaces.
            words = [shlex.quote(word) for word in program.words]
            reply = self._ask({"type": "start_session", "cmd": words, "env": list(program.environment)})
        return self._outcome(reply)

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        style, text = _STYLES.get(_text(message, "auth_message_type")), _text(message, "auth_message")
        if style is None:
            raise Problem("greetd", "greetd asks for something that is not known here.")
        said = self._converse(style, text)
        answer = {"response": said} if style in ("secret", "visible") else {}
        return {"type": "post_auth_message_response", **answer}

    def _outcome(self, reply: dict[str, Any]) -> Outcome:
        if reply["type"] == "success":
            return "ok"
        if reply["type"] != "error":
            raise Problem("greetd", "greetd asks when nothing is left to ask.")
        kind, words = _text(reply, "error_type"), _text(reply, "description")
        self._ask({"type": "cancel_session"})
        if kind == "auth_error":
            return "wrong"
        self._converse("error", words)
        return "failed"

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        payload = json.dumps(request).encode()
        self._connection.sendall(_LENGTH.pack(len(payload)) + payload)
        (length,) = _LENGTH.unpack(self._receive(_LENGTH.size))
        if length > _LARGEST:
            raise Problem("greetd", "greetd says more than can be heard.")
        try:
            reply = json.loads(self._receive(length))
        except (ValueError, RecursionError):
            raise Problem("greetd", "greetd does not speak its protocol.") from None
        if not isinstance(reply, dict) or reply.get("type") not in ("success", "error", "auth_message"):
            raise Problem("greetd", "greetd does not speak its protocol.")
        return reply

    def _receive(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            chunk = self._connection.recv(count - len(received))
            if not chunk:
                raise Problem("greetd", "greetd has gone away.")
            received += chunk
        return bytes(received)


def _text(reply: dict[str, Any], name: str) -> str:
    value = reply.get(name)
    if not isinstance(value, str):
        raise Problem("greetd", "greetd does not speak its protocol.")
    return value


def environment_of(session: str, names: Sequence[str]) -> tuple[str, ...]:
    """What programs of a Wayland session look for.

    Args:
        session: its id.
        names: of the desktop, as its file has them.
    """
    known = [f"XDG_CURRENT_DESKTOP={':'.join(names)}"] if names else []
    return ("XDG_SESSION_TYPE=wayland", f"XDG_SESSION_DESKTOP={session}", *known)
