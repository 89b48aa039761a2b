"""App instances: a listening socket each, the clients that came through it, and what they may see."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from berth.core.messages import AnyMessage, InstanceConnections, InstanceEndWanted, InstanceMapped, InstanceMisbehaved
from berth.display.acceptor import Acceptor
from berth.display.allowance import Allowance
from berth.display.client import Access, Client
from berth.display.dbus.bus import Bus
from berth.display.dbus.settings import PORTAL, Tell
from berth.display.nested import Nested
from berth.display.resource import BudgetExceeded
from berth.display.shares import Share
from berth.display.uses import InUse

if TYPE_CHECKING:
    from berth.display.security_context import Label, Listener
    from berth.display.server import Server

_log = logging.getLogger("berth.display")

MAX_WINDOWS = 500
"""Windows of one instance that are shown: frame, panel and switcher of each cost the ui some milliseconds."""

MAX_CLIENTS = 128
"""Connections of one instance; a browser keeps a few, a terminal that starts programs some dozens."""

_COMPLAINTS = (4, 0.1)
"""How many notices about one instance the user may get at once, and in a second."""

_CONNECTION = 1_000_000
"""ns that a new connection counts as: what it costs all processes."""


class Instance:
    """One running app."""

    def __init__(
        self, server: Server, name: str, app: str, access: Access, listener: socket.socket, nested: bool
    ) -> None:
        self.server = server
        self.name = name
        self.app = app
        self.access = access
        self.nested = Nested() if nested else None
        self.clients: set[Client] = set()
        self.windows = 0
        self.share = Share()
        self.uses = InUse(self)
        self._complaints = Allowance(*_COMPLAINTS)
        self.listeners: list[Listener] = []
        self.contexts = 0  # of sandboxes, not committed yet
        self._acceptor = Acceptor(server.loop, listener, self.accept)
        self.bus: Bus | None = None

    def replace_listener(self, listener: socket.socket) -> None:
        self._acceptor.close()
        self._acceptor = Acceptor(self.server.loop, listener, self.accept)

    def serve_bus(self, listener: socket.socket) -> None:
        """Be the app's message bus, too."""
        if self.bus is not None:
            self.bus.replace_listener(listener)
            return
        services = {PORTAL: self.server.settings}
        self.bus = Bus(self.server.loop, listener, services, self._bus_worked, self._misbehaved)

    def _bus_worked(self, took: int) -> None:
        self.server.shares.used(self, took)

    def accept(self, connection: socket.socket, label: Label | None = None) -> None:
        """A connection came, `label`led if it is of an app in a sandbox inside."""
        if len(self.clients) >= MAX_CLIENTS:
            connection.close()
            self._misbehaved(f"more than {MAX_CLIENTS} connections")
            return
        self.clients.add(Client(self.server.display, self.server, self, connection, label))
        self.server.shares.used(self, _CONNECTION)
        self.server.instances.connections_changed(self)

    def hold(self) -> None:
        """Read nothing of the instance until `go_on`, and take no connections of it."""
        self._acceptor.hold()
        if self.bus is not None:
            self.bus.hold()
        for client in self.clients:
            client.hold()

    def go_on(self) -> None:
        self._acceptor.go_on()
        if self.bus is not None:
            self.bus.go_on()
        for client in self.clients:
            client.go_on()

    def client_gone(self, client: Client) -> None:
        self.clients.discard(client)
        self.server.client_gone(client)
        if client.reason:
            _log.warning("disconnected a client of %s: %s", self.name, client.reason)
            self._end_without(client) if client.unwanted else self._misbehaved(client.reason)
        self.server.instances.connections_changed(self)

    def _end_without(self, client: Client) -> None:
        """The user has ended a client that hangs: what is left of an app that has no other hangs, too.

        Beside a display server there is only what joins its clipboard to ours."""
        if not self.clients or self.nested is not None:
            self.server.tell_engine(InstanceEndWanted(self.name))

    def _misbehaved(self, reason: str) -> None:
        """Once in a while: the user need not read of each of a thousand connections."""
        if self._complaints.take():
            self.server.tell_engine(InstanceMisbehaved(self.name, reason))

    # --- what all its connections use together

    @property
    def objects(self) -> int:
        return sum(client.resources for client in self.clients)

    @property
    def surfaces(self) -> int:
        return sum(client.surfaces for client in self.clients)

    @property
    def rects(self) -> int:
        return sum(client.rects for client in self.clients)

    @property
    def types(self) -> int:
        return sum(client.types for client in self.clients)

    @property
    def waiting(self) -> int:
        return sum(client.waiting for client in self.clients)

    @property
    def pools(self) -> int:
        return sum(client.pools for client in self.clients)

    @property
    def buffers(self) -> int:
        return sum(client.buffers for client in self.clients)

    @property
    def lent(self) -> int:
        return sum(client.lent for client in self.clients)

    @property
    def memory(self) -> int:
        return sum(client.memory for client in self.clients)

    def window_mapped(self, change: int) -> None:
        """Raises `BudgetExceeded` if there are too many now."""
        self.windows += change
        if change > 0 and self.windows > MAX_WINDOWS:
            raise BudgetExceeded(f"more than {MAX_WINDOWS} windows")
        self.server.tell_engine(InstanceMapped(self.name, self.windows))

    def report(self) -> list[AnyMessage]:
        """What an engine that has just come needs to know."""
        connections = InstanceConnections(self.name, len(self.clients))
        return [connections, InstanceMapped(self.name, self.windows), self.uses.report()]

    def change_access(self, access: Access) -> None:
        def apply() -> None:
            self.access = access

        lost = self.access.granted - access.granted
        self.server.display.refilter(self.clients, self.access, access, apply)
        for client in tuple(self.clients):
            client.revoke(lost)
        self.uses.changed()

    def close(self) -> None:
        self._acceptor.close()
        for listener in tuple(self.listeners):
            listener.close()
        for client in tuple(self.clients):
            client.disconnect()
        if self.bus is not None:
            self.bus.close()
        self.uses.close()
        self.server.shares.forget(self)


class Instances:
    """The instances the engine told of, by name."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._all: dict[str, Instance] = {}
        self._changed: dict[Instance, None] = {}
        self._uses_changed: dict[Instance, None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._all)

    def reports(self) -> list[AnyMessage]:
        return [message for instance in self._all.values() for message in instance.report()]

    def connections_changed(self, instance: Instance) -> None:
        self._changed[instance] = None

    def uses_changed(self, instance: Instance) -> None:
        self._uses_changed[instance] = None

    def flush(self) -> None:
        """Once a turn: how many connections there are and what is in use, if that has changed."""
        while self._changed:
            instance, _ = self._changed.popitem()
            self._server.tell_engine(InstanceConnections(instance.name, len(instance.clients)))
        while self._uses_changed:
            instance, _ = self._uses_changed.popitem()
            instance.uses.flush()

    def buses(self) -> Iterator[Tell]:
        """What each app's message bus takes signals by."""
        return (instance.bus.signal for instance in self._all.values() if instance.bus is not None)

    def listen(self, name: str, app: str, access: Access, fds: Sequence[int], nested: bool) -> None:
        """Take over the listening sockets `fds`, the instance's clients staying if it is known already."""
        listener, *for_bus = (socket.socket(fileno=fd) for fd in fds)
        known = self._all.get(name)
        if known is None:
            known = self._all[name] = Instance(self._server, name, app, access, listener, nested)
        else:
            known.replace_listener(listener)
            known.change_access(access)
        for bus in for_bus:
            known.serve_bus(bus)

    def change_access(self, name: str, access: Access) -> None:
        instance = self._all.get(name)
        if instance is not None:
            instance.change_access(access)

    def forget(self, name: str) -> None:
        instance = self._all.pop(name, None)
        if instance is not None:
            instance.close()
            self._server.file_lists.instance_gone(instance)
