"""The message bus of one app: its own programs, and those few services of the desktop that are made for apps.

GTK, Qt and browsers hear of a changed theme through a D-Bus session bus. Each app has one to itself, served
here: apps end when their bus does, so it must live as long as their windows do; and the reference daemon takes
nobody who, inside of a container, has another number of user than outside. Nothing of another app or of the host
is on it, no service is started for it, and no descriptors travel over it.
Source: https://dbus.freedesktop.org/doc/dbus-specification.html#message-bus.
"""

from __future__ import annotations

import itertools
import secrets
import socket
from collections.abc import Callable, Mapping
from typing import Protocol

from berth.display.acceptor import Acceptor
from berth.display.dbus import match, wire
from berth.display.dbus.connection import Connection
from berth.display.dbus.driver import BUS_NAME, Driver
from berth.display.dbus.names import Names
from berth.display.dbus.wire import ERROR, METHOD_CALL, METHOD_RETURN, SIGNAL, Failure, Message
from berth.display.loop import Loop

MAX_CONNECTIONS = 32
_MAX_WAITING = 512
"""Calls that wait for one program's answers."""
_MAX_ALL_WAITING = 1024
_CONNECTION = 1_000_000
"""ns that a new connection counts as."""


class Service(Protocol):
    """Something of ours on the bus."""

    def answer(self, call: Message) -> tuple[str, bytes]:
        """Signature and body of the reply. Raises `Failure` or `WireError`."""
        ...


class Bus:
    """Args:
    services: by their names.
    spent: told how long (ns) work for the app took.
    complain: told what a client was given up for.
    """

    def __init__(
        self,
        loop: Loop,
        listener: socket.socket,
        services: Mapping[str, Service],
        spent: Callable[[int], None],
        complain: Callable[[str], None],
    ) -> None:
        self.id = secrets.token_hex(16)
        self.connections: dict[str, Connection] = {}
        self._all: set[Connection] = set()
        self._loop = loop
        self._spent = spent
        self._complain = complain
        self._serials = itertools.count(1)
        self._numbers = itertools.count(len(services))
        self.ours = {name: f":1.{number}" for number, name in enumerate(services)}
        self.names = Names(self.ours, self._name_moved)
        self._services = {self.ours[name]: service for name, service in services.items()}
        self._driver = Driver(self)
        self._acceptor = Acceptor(loop, listener, self._accepted)

    def replace_listener(self, listener: socket.socket) -> None:
        self._acceptor.close()
        self._acceptor = Acceptor(self._loop, listener, self._accepted)

    def hold(self) -> None:
        self._acceptor.hold()
        for connection in self._all:
            connection.hold()

    def go_on(self) -> None:
        self._acceptor.go_on()
        for connection in self._all:
            connection.go_on()

    def close(self) -> None:
        self._acceptor.close()
        for connection in self._all:
            connection.close()
        self._all.clear()

    def _accepted(self, connection: socket.socket) -> None:
        if len(self._all) >= MAX_CONNECTIONS:
            connection.close()
            self._complain(f"more than {MAX_CONNECTIONS} connections to its message bus")
        else:
            self._all.add(Connection(self, self._loop, connection, self._spent))
        self._spent(_CONNECTION)

    def give_up(self, connection: Connection, reason: str) -> None:
        self._complain(reason)
        self.gone(connection)

    def gone(self, connection: Connection) -> None:
        """Whoever waits for an answer of it hears that there will be none."""
        if connection not in self._all:
            return
        self._all.discard(connection)
        connection.close()
        self.connections.pop(connection.name, None)
        for caller, serial in connection.waiting:
            self._fail(caller, serial, Failure("NoReply", "The program that was asked has gone."))
        for other in self._all:
            other.waiting = {(caller, serial) for caller, serial in other.waiting if caller is not connection}
        if connection.name:
            self.names.forget(connection.name)
            self._name_moved(connection.name, connection.name, "")

    def greet(self, connection: Connection) -> str:
        """Give a connection its name. Raises `Failure`."""
        if connection.name:
            raise Failure("Failed", "Hello was said already.")
        connection.name = f":1.{next(self._numbers)}"
        self.connections[connection.name] = connection
        return connection.name

    def owner(self, name: str) -> str:
        """The unique name of who has this one, "" if nobody."""
        if name == BUS_NAME or name in self.connections or name in self._services:
            return name
        return self.names.owner(name)

    def everything(self) -> list[str]:
        return [BUS_NAME, *self.ours.values(), *self.connections, *self.names.owned()]

    # --- messages

    def route(self, connection: Connection, message: Message) -> None:
        """Bring a message of the app's to whom it is for."""
        message.sender = connection.name
        hello = (message.destination, message.member) == (BUS_NAME, "Hello")
        if not connection.name and not hello:
            self.give_up(connection, "broke the protocol of message buses: it did not say Hello first")
        elif not message.destination and message.kind == SIGNAL:
            self.broadcast(message)
        else:
            self._deliver(connection, message)

    def refuse(self, connection: Connection, message: Message) -> None:
        """Of a message that is too large only the header has come: the caller hears of it, whoever has sent it."""
        if not connection.name:
            self.give_up(connection, "broke the protocol of message buses: it did not say Hello first")
            return
        failure = Failure("LimitsExceeded", wire.TOO_LARGE)
        if message.wants_reply:
            self._fail(connection, message.serial, failure)
        receiver = self.connections.get(self.owner(message.destination))
        if message.kind in (METHOD_RETURN, ERROR) and receiver is not None:
            asked = (receiver, message.reply_to)
            if asked in connection.waiting:
                connection.waiting.discard(asked)
                self._fail(receiver, message.reply_to, failure, connection.name)

    def _deliver(self, connection: Connection, message: Message) -> None:
        owner = self.owner(message.destination or BUS_NAME)
        receiver = self.connections.get(owner)
        if owner == BUS_NAME or owner in self._services:
            if message.kind == METHOD_CALL:
                self._serve(owner, connection, message)
        elif receiver is not None:
            self._pass_on(connection, receiver, message)
        elif message.wants_reply:
            unknown = f"The name {message.destination[:255]} has no owner, and nothing is started here."
            self._fail(connection, message.serial, Failure("ServiceUnknown", unknown))

    def _pass_on(self, connection: Connection, receiver: Connection, message: Message) -> None:
        if message.wants_reply:
            waiting = sum(len(other.waiting) for other in self._all)
            if len(receiver.waiting) >= _MAX_WAITING or waiting >= _MAX_ALL_WAITING:
                self._fail(connection, message.serial, Failure("LimitsExceeded", "Too many calls wait for it."))
                return
            receiver.waiting.add((connection, message.serial))
        elif message.kind in (METHOD_RETURN, ERROR):
            asked = (receiver, message.reply_to)
            if asked not in connection.waiting:
                return
            connection.waiting.discard(asked)
        receiver.send(message.encoded())

    def _serve(self, owner: str, connection: Connection, call: Message) -> None:
        try:
            if owner == BUS_NAME:
                signature, body = self._driver.answer(connection, call)
            else:
                signature, body = self._services[owner].answer(call)
        except (Failure, wire.WireError) as error:
            if call.wants_reply:
                failure = error if isinstance(error, Failure) else Failure("InvalidArgs", str(error))
                self._fail(connection, call.serial, failure, owner)
            return
        if call.wants_reply:
            reply = Message(METHOD_RETURN, next(self._serials), reply_to=call.serial, signature=signature, body=body)
            self._send(reply, owner, connection)
        if owner == BUS_NAME and call.member == "Hello":
            # Clients take it that the answer comes first.
            self._name_moved(connection.name, "", connection.name)

    def _fail(self, connection: Connection, serial: int, failure: Failure, sender: str = BUS_NAME) -> None:
        told = Message(ERROR, next(self._serials), error=failure.name, reply_to=serial, signature="s")
        told.body = wire.body("s", [failure.text])
        self._send(told, sender, connection)

    def _send(self, message: Message, sender: str, connection: Connection) -> None:
        message.sender, message.destination, message.flags = sender, connection.name, wire.NO_REPLY_EXPECTED
        connection.send(message.encoded())

    def broadcast(self, message: Message) -> None:
        data = message.encoded()
        facts = match.facts(message, self.names.owned_by(message.sender))
        for connection in tuple(self.connections.values()):
            if any(rule.needed <= facts for rule in connection.rules):
                connection.send(data)

    def signal(self, service: str, path: str, interface: str, member: str, signature: str, body: bytes) -> None:
        """Tell whoever wants to hear it what a service of ours has to say."""
        if self.connections:
            made = Message(SIGNAL, next(self._serials), path, interface, member, signature=signature, body=body)
            made.sender = self.owner(service)
            self.broadcast(made)

    def _name_moved(self, name: str, old: str, new: str) -> None:
        body = wire.body("sss", [name, old, new])
        self.signal(BUS_NAME, "/org/freedesktop/DBus", BUS_NAME, "NameOwnerChanged", "sss", body)
        for owner, member in ((old, "NameLost"), (new, "NameAcquired")):
            connection = self.connections.get(owner)
            if connection is not None:
                told = Message(SIGNAL, next(self._serials), "/org/freedesktop/DBus", BUS_NAME, member, signature="s")
                told.body = wire.body("s", [name])
                self._send(told, BUS_NAME, connection)
