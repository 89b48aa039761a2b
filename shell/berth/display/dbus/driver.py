"""What a message bus itself is asked: names, owners, match rules.

Source: https://dbus.freedesktop.org/doc/dbus-specification.html#message-bus-messages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from berth.core.plan import SANDBOX_UID
from berth.display.dbus import match
from berth.display.dbus.names import is_well_known
from berth.display.dbus.wire import Failure, Message, WireError, body

if TYPE_CHECKING:
    from berth.display.dbus.bus import Bus
    from berth.display.dbus.connection import Connection

BUS_NAME = "org.freedesktop.DBus"
MAX_RULES = 256
_MAX_ALL_RULES = 1024
"""Of all connections together: a broadcast is held against each."""

_Method = Callable[["Connection", tuple[Any, ...]], tuple[Any, ...]]


class Driver:
    """Answers as the reference daemon does, but starts nothing and tells nothing of processes outside."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._methods: dict[str, tuple[str, str, _Method]] = {
            "Hello": ("", "s", lambda who, _: (bus.greet(who),)),
            "RequestName": ("su", "u", self._request),
            "ReleaseName": ("s", "u", lambda who, given: (bus.names.release(who.name, _well_known(given[0])),)),
            "ListQueuedOwners": ("s", "as", lambda _, given: (self._queue(given[0]),)),
            "ListNames": ("", "as", lambda _who, _given: (bus.everything(),)),
            "ListActivatableNames": ("", "as", lambda _who, _given: ([BUS_NAME],)),
            "NameHasOwner": ("s", "b", lambda _, given: (bool(bus.owner(given[0])),)),
            "GetNameOwner": ("s", "s", lambda _, given: (self._owner(given[0]),)),
            "StartServiceByName": ("su", "u", self._start),
            "GetConnectionUnixUser": ("s", "u", lambda _, given: (self._user(given[0]),)),
            "GetConnectionCredentials": ("s", "a{sv}", self._credentials),
            "GetConnectionUnixProcessID": ("s", "u", self._process),
            "AddMatch": ("s", "", self._add_match),
            "RemoveMatch": ("s", "", self._remove_match),
            "GetId": ("", "s", lambda _who, _given: (bus.id,)),
            "Ping": ("", "", lambda _who, _given: ()),
            "Get": ("ss", "v", lambda _, given: (self._property(given[1]),)),
            "GetAll": ("s", "a{sv}", lambda _who, _given: ({name: self._property(name) for name in _PROPERTIES},)),
        }

    def answer(self, connection: Connection, call: Message) -> tuple[str, bytes]:
        """Signature and body of the reply. Raises `Failure` or `WireError`."""
        method = self._methods.get(call.member)
        if method is None:
            raise Failure("UnknownMethod", f"The bus has no method {call.member[:255]}.")
        takes, gives, work = method
        return gives, body(gives, work(connection, call.arguments(takes)))

    def _request(self, who: Connection, given: tuple[Any, ...]) -> tuple[int]:
        name = _well_known(given[0])
        if not self._bus.names.has_room(who.name):
            raise Failure("LimitsExceeded", "There are too many names.")
        return (self._bus.names.request(who.name, name, given[1]),)

    def _queue(self, name: str) -> list[str]:
        return self._bus.names.queue(name) or [self._owner(name)]

    def _owner(self, name: str) -> str:
        owner = self._bus.owner(name)
        if not owner:
            raise Failure("NameHasNoOwner", f"The name {name[:255]} has no owner.")
        return owner

    def _start(self, _who: Connection, given: tuple[Any, ...]) -> tuple[int]:
        if not self._bus.owner(given[0]):
            raise Failure("ServiceUnknown", f"Nothing is started here, so not {given[0][:255]} either.")
        return (2,)  # runs already

    def _user(self, name: str) -> int:
        self._owner(name)
        return SANDBOX_UID

    def _credentials(self, _who: Connection, given: tuple[Any, ...]) -> tuple[Any, ...]:
        return ({"UnixUserID": ("u", self._user(given[0]))},)

    def _process(self, _who: Connection, given: tuple[Any, ...]) -> tuple[int]:
        """Outside it has another number than inside."""
        self._owner(given[0])
        raise Failure("UnixProcessIdUnknown", "Processes have other numbers inside of a container.")

    def _add_match(self, who: Connection, given: tuple[Any, ...]) -> tuple[()]:
        counts = [len(connection.rules) for connection in self._bus.connections.values()]
        if len(who.rules) >= MAX_RULES or sum(counts) >= _MAX_ALL_RULES:
            raise Failure("LimitsExceeded", "There are too many match rules.")
        who.rules.append(_rule(given[0]))
        return ()

    def _remove_match(self, who: Connection, given: tuple[Any, ...]) -> tuple[()]:
        try:
            who.rules.remove(_rule(given[0]))
        except ValueError:
            raise Failure("MatchRuleNotFound", "There is no such rule.") from None
        return ()

    def _property(self, name: str) -> tuple[str, Any]:
        if name not in _PROPERTIES:
            raise Failure("UnknownProperty", f"The bus has no property {name[:255]}.")
        return ("as", [])


_PROPERTIES = ("Features", "Interfaces")


def _well_known(name: str) -> str:
    if name == BUS_NAME or not is_well_known(name):
        raise Failure("InvalidArgs", "This name cannot be had.")
    return name


def _rule(text: str) -> match.Rule:
    try:
        return match.parse(text)
    except WireError as error:
        raise Failure("MatchRuleInvalid", str(error)) from None
