"""A greetd of the test's own, which follows greetd-ipc(7), or does not."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

Request = dict[str, Any]
Reply = dict[str, Any] | bytes | None
"""A message, bytes as they are, or nothing: the end of the connection."""
SUCCESS: Request = {"type": "success"}


def message(kind: str, text: str) -> Request:
    return {"type": "auth_message", "auth_message_type": kind, "auth_message": text}


def error(kind: str, text: str = "") -> Request:
    return {"type": "error", "error_type": kind, "description": text}


class Greetd:
    """Answers each request with what `reply` makes of it; `heard` are the requests, and `moments` when each came, in
    seconds of the monotonic clock."""

    def __init__(self, place: Path, reply: Callable[[Request], Reply]) -> None:
        self.place = place
        self.heard: list[Request] = []
        self.moments: list[float] = []
        self._reply = reply
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(place))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            # Who is killed with something unread is a broken connection here.
            with connection, suppress(OSError):
                self._speak(connection)

    def _speak(self, connection: socket.socket) -> None:
        while length := connection.recv(4, socket.MSG_WAITALL):
            content = connection.recv(struct.unpack("=I", length)[0], socket.MSG_WAITALL)
            self.moments.append(time.monotonic())
            self.heard.append(json.loads(content))
            reply = self._reply(self.heard[-1])
            if reply is None:
                return
            connection.sendall(reply if isinstance(reply, bytes) else framed(json.dumps(reply).encode()))

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def started(self) -> list[Request]:
        return [request for request in self.heard if request["type"] == "start_session"]


def framed(content: bytes) -> bytes:
    return struct.pack("=I", len(content)) + content


def asking(password: str, *before: Request) -> Callable[[Request], Reply]:
    """What a machine does whose PAM says `before` and then asks for a password."""
    waiting: list[Request] = []

    def reply(request: Request) -> Reply:
        match request["type"]:
            case "create_session":
                waiting[:] = [*before, message("secret", "Password: ")]
                return waiting.pop(0)
            case "post_auth_message_response" if waiting:
                return waiting.pop(0)
            case "post_auth_message_response":
                return SUCCESS if request.get("response") == password else error("auth_error", "AUTH_ERR")
        return SUCCESS

    return reply


@contextmanager
def greetd(place: Path, reply: Callable[[Request], Reply]) -> Iterator[Greetd]:
    served = Greetd(place, reply)
    try:
        yield served
    finally:
        served.close()
