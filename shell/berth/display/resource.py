"""Protocol objects: a client's `wl_resource` as a Python object with one method per request.

A class names its `interface`; each request ``foo`` calls the method ``on_foo`` with the
arguments unpacked by code generated once per message, and `event` makes senders the same way.
A protocol error is raised (`ProtocolError`) and ends only the client that made it; so does any
other exception, which is our fault and logged as such.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from pywayland.scanner.argument import ArgumentType

from berth.display.binding import NULL, address, ffi, lib

if TYPE_CHECKING:
    from berth.display.client import Client

_log = logging.getLogger("berth.display")

_resources: dict[int, Any] = {}
"""Address of a wl_resource to its `Resource`."""


class ProtocolError(Exception):
    """The client broke the protocol: it gets `code` of `resource`'s interface and is disconnected."""

    def __init__(self, resource: Resource, code: int, message: str) -> None:
        super().__init__(message)
        self.resource = resource
        self.code = int(code)
        self.message = message


class BudgetExceeded(Exception):
    """The client used more than one client may; it is disconnected."""


def _lookup(pointer: Any) -> Any:
    if pointer == NULL:
        return None
    return _resources.get(int(ffi.cast("uintptr_t", pointer)))


def _text(pointer: Any) -> str | None:
    return None if pointer == NULL else ffi.string(pointer).decode("utf-8", "replace")


_UNPACK = {
    ArgumentType.Int: "a[{0}].i",
    ArgumentType.Uint: "a[{0}].u",
    ArgumentType.Fixed: "a[{0}].f / 256.0",
    ArgumentType.FileDescriptor: "a[{0}].h",
    ArgumentType.NewId: "a[{0}].n",
    ArgumentType.Object: "_lookup(a[{0}].o)",
    ArgumentType.String: "_text(a[{0}].s)",
    ArgumentType.Array: "bytes(ffi.buffer(a[{0}].a.data, a[{0}].a.size))",
}


def _receiver(message: Any, handler: Callable[..., None]) -> Callable[[Any, Any], None]:
    """A function (resource, C arguments) that calls `handler` with Python values."""
    values = ", ".join(_UNPACK[argument.argument_type].format(i) for i, argument in enumerate(message.arguments))
    names = {"_lookup": _lookup, "_text": _text, "ffi": ffi, "handler": handler}
    made: Callable[[Any, Any], None] = eval(f"lambda self, a: handler(self, {values})", names)
    return made


def _pack(kind: Any, i: int) -> list[str]:
    if kind in (ArgumentType.Object, ArgumentType.NewId):
        return [f"a[{i}].o = NULL if x{i} is None else cast('struct wl_object *', x{i}.pointer)"]
    if kind == ArgumentType.String:
        return [f"s{i} = NULL if x{i} is None else new('char[]', x{i}.encode())", f"a[{i}].s = s{i}"]
    if kind == ArgumentType.Array:
        return [
            f"d{i} = new('char[]', x{i} or b'\\0')",
            f"r{i} = new('struct wl_array *')",
            f"r{i}.size = r{i}.alloc = len(x{i})",
            f"r{i}.data = d{i}",
            f"a[{i}].a = r{i}",
        ]
    if kind == ArgumentType.Fixed:
        return [f"a[{i}].f = int(x{i} * 256)"]
    field = {ArgumentType.Int: "i", ArgumentType.Uint: "u", ArgumentType.FileDescriptor: "h"}[kind]
    return [f"a[{i}].{field} = x{i}"]


def event(interface: Any, name: str) -> Any:
    """A method that sends the event `name`; does nothing on a dead resource or below the event's version."""
    opcode, message = next((i, m) for i, m in enumerate(interface.events) if m.name == name)
    count = len(message.arguments)
    lines = [
        f"def send(self{''.join(f', x{i}' for i in range(count))}):",
        " if self.pointer is None or self.version < since: return",
        *(" " + line for i, arg in enumerate(message.arguments) for line in _pack(arg.argument_type, i)),
        f" post(self.pointer, {opcode}, a)",
    ]
    names = {
        "a": ffi.new("union wl_argument[]", max(count, 1)),
        "cast": ffi.cast,
        "new": ffi.new,
        "NULL": NULL,
        "post": lib.wl_resource_post_event_array,
        "since": message.version or 1,
    }
    exec("\n".join(lines), names)
    return names["send"]


class Resource:
    """One protocol object of a client.

    Subclasses set `interface` and `highest` (the newest version we speak) and define ``on_<request>``
    for every request up to it; `destroyed` runs once when the object is gone for whatever reason.
    A global with a `permission` exists only for apps that hold it, one that is `beside_nested` only for apps that are
    display servers themselves. The objects of a `listed` class
    are in `Client.all` while they live; if it has a `permission`, they are told when that is `revoked`.
    """

    __slots__ = ("client", "pointer", "version")

    interface: ClassVar[Any] = None
    highest: ClassVar[int] = 1
    permission: ClassVar[str] = ""
    beside_nested: ClassVar[bool] = False
    listed: ClassVar[bool] = False
    most: ClassVar[int] = 0
    receivers: ClassVar[list[Callable[[Any, Any], None]]] = []

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.interface is None:
            return
        spoken = [m for m in cls.interface.requests if (m.version or 1) <= cls.highest]
        missing = [m.name for m in spoken if not hasattr(cls, "on_" + m.name)]
        if missing:
            raise TypeError(f"{cls.__name__} lacks requests of {cls.interface.name}: {missing}")
        cls.receivers = [_receiver(m, getattr(cls, "on_" + m.name)) for m in spoken]

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        self.client = client
        self.version = version
        self.pointer: Any = None
        if self.most and len(client.all(type(self))) >= self.most:
            raise BudgetExceeded(f"more than {self.most} objects of {self.interface.name}")
        client.count_resource(new_id)
        pointer = lib.wl_resource_create(client.pointer, self.interface._ptr, version, new_id)
        if pointer == NULL:
            raise MemoryError
        self.pointer = pointer
        _resources[address(pointer)] = self
        if self.listed:
            client.all(type(self)).append(self)
        lib.wl_resource_set_dispatcher(pointer, lib.dispatcher_func, NULL, NULL, lib.resource_destroy_func)

    @property
    def alive(self) -> bool:
        return self.pointer is not None

    @property
    def id(self) -> int:
        return int(lib.wl_resource_get_id(self.pointer))

    def destroy(self) -> None:
        if self.pointer is not None:
            lib.wl_resource_destroy(self.pointer)

    def destroyed(self) -> None:
        pass

    def revoked(self) -> None:
        """The app lost the permission of a listed class: end what it has by the protocol's own means."""

    def error(self, code: int, message: str) -> ProtocolError:
        return ProtocolError(self, code, message)

    # Most interfaces end an object with one of these and mean nothing else by it.

    def on_destroy(self) -> None:
        self.destroy()

    def on_release(self) -> None:
        self.destroy()


@ffi.def_extern(name="dispatcher_func")  # type: ignore[untyped-decorator]
def _dispatch(_data: Any, target: Any, opcode: int, _message: Any, arguments: Any) -> int:
    resource = _resources[int(ffi.cast("uintptr_t", target))]
    client = resource.client
    if client is not client.display.serving:
        client.display.serve(client)
    try:
        resource.receivers[opcode](resource, arguments)
    except ProtocolError as error:
        error.resource.client.protocol_error(error)
    except BudgetExceeded as error:
        client.fail(str(error))
    except Exception:
        # The one boundary between protocol code and C: a bug costs the client it met, nobody else.
        _log.exception("request of %s failed", resource.interface.name)
        client.fail("internal error in the display server")
    return 0


@ffi.def_extern(name="resource_destroy_func")  # type: ignore[untyped-decorator]
def _destroyed(pointer: Any) -> None:
    resource = _resources.pop(address(pointer), None)
    if resource is None:
        return
    resource.pointer = None
    resource.client.resources -= 1
    if resource.listed:
        resource.client.all(type(resource)).remove(resource)
    try:
        resource.destroyed()
    except Exception:
        _log.exception("destroying a %s failed", resource.interface.name)
