"""wp_security_context: a sandbox engine inside an instance (Flatpak) labels the connections of its own apps.

They belong to the instance, but get none of its privileges, and no label of their own making.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, NamedTuple

from pywayland.protocol.security_context_v1 import WpSecurityContextManagerV1, WpSecurityContextV1

from berth.display.acceptor import Acceptor
from berth.display.resource import BudgetExceeded, Resource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.instances import Instance

MAX_LISTENERS = 64
"""Sandboxed apps of one instance at a time, those of contexts that are not committed yet counted: each is two
descriptors."""
_MAX_TEXT = 256

_Errors = WpSecurityContextV1.error


class Label(NamedTuple):
    """What the engine says about a connection: to be shown, and for nothing else."""

    engine: str = ""
    app_id: str = ""
    instance_id: str = ""

    @property
    def shown(self) -> str:
        return self.app_id or self.engine or "?"


class Listener:
    """Accepts connections until the engine closes its end of `close_fd`, or the instance ends. Owns both."""

    def __init__(self, instance: Instance, listening: socket.socket, close_fd: int, label: Label) -> None:
        self._instance = instance
        self._close_fd = close_fd
        loop = instance.server.loop
        self._acceptor = Acceptor(loop, listening, lambda connection: instance.accept(connection, label))
        instance.listeners.append(self)
        try:
            # Nothing but the hang-up, which is always reported.
            loop.watch(close_fd, lambda _events: self.close(), 0)
        except OSError:
            self.close()

    def close(self) -> None:
        if self in self._instance.listeners:
            self._instance.listeners.remove(self)
            self._instance.server.loop.forget(self._close_fd)
            self._acceptor.close()
            os.close(self._close_fd)


class SecurityContext(Resource):
    __slots__ = ("_close_fd", "_label", "_listening", "_set", "_used")
    interface = WpSecurityContextV1

    def __init__(self, client: Client, version: int, new_id: int, listening: socket.socket, close_fd: int) -> None:
        self._listening: socket.socket | None = listening
        self._close_fd = close_fd
        self._label = Label()
        self._set: set[str] = set()
        self._used = False
        super().__init__(client, version, new_id)
        client.instance.contexts += 1

    def on_set_sandbox_engine(self, name: str) -> None:
        self._put(engine=name)

    def on_set_app_id(self, app_id: str) -> None:
        self._put(app_id=app_id)

    def on_set_instance_id(self, instance_id: str) -> None:
        self._put(instance_id=instance_id)

    def _put(self, **field: str) -> None:
        self._check_not_used()
        ((name, text),) = field.items()
        if name in self._set:
            raise self.error(_Errors.already_set, f"{name} is set already")
        if len(text) > _MAX_TEXT:
            raise self.error(_Errors.invalid_metadata, f"{name} is longer than {_MAX_TEXT} characters")
        self._set.add(name)
        self._label = self._label._replace(**field)

    def on_commit(self) -> None:
        self._check_not_used()
        self._used = True
        instance, listening = self.client.instance, self._listening
        if listening is not None:
            self._listening = None
            instance.contexts -= 1
            Listener(instance, listening, self._close_fd, self._label)

    def _check_not_used(self) -> None:
        if self._used:
            raise self.error(_Errors.already_used, "the context was committed already")

    def destroyed(self) -> None:
        if self._listening is not None:
            self.client.instance.contexts -= 1
            self._listening.close()
            self._listening = None
            os.close(self._close_fd)


class SecurityContextManager(Resource):
    __slots__ = ()
    interface = WpSecurityContextManagerV1

    def on_create_listener(self, new_id: int, listen_fd: int, close_fd: int) -> None:
        listening = _listening_socket(listen_fd)
        if listening is None:
            os.close(close_fd)
            raise self.error(WpSecurityContextManagerV1.error.invalid_listen_fd, "no listening socket")
        instance = self.client.instance
        try:
            if instance.contexts + len(instance.listeners) >= MAX_LISTENERS:
                raise BudgetExceeded(f"more than {MAX_LISTENERS} security contexts")
            SecurityContext(self.client, self.version, new_id, listening, close_fd)
        except BaseException:
            listening.close()
            os.close(close_fd)
            raise


def _listening_socket(fd: int) -> socket.socket | None:
    """`fd` as a socket if it is one that listens; else it is closed."""
    try:
        made = socket.socket(fileno=fd)
    except OSError:
        os.close(fd)
        return None
    if made.family == socket.AF_UNIX and made.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return made
    made.close()
    return None
