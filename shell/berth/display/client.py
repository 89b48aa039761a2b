"""Clients, globals and the `wl_display`: who is connected, through which socket, and what it may see.

The socket that a client came through is its identity. A client that breaks the protocol or
its budget is told why, disconnected at the end of the turn at the latest, and reported.
"""

from __future__ import annotations

import fcntl
import logging
import os
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pywayland.protocol.security_context_v1 import WpSecurityContextManagerV1
from pywayland.protocol.wayland import WlRegistry

from berth.display import binding
from berth.display.allowance import Allowance
from berth.display.binding import (
    NULL,
    address,
    ffi,
    lib,
    on_client_destroyed,
    on_resource_created,
    on_resource_destroyed,
    wayland_log,
)
from berth.display.buffers import MAX_MEMORY
from berth.display.resource import BudgetExceeded, ProtocolError, Resource

if TYPE_CHECKING:
    from berth.display.instances import Instance
    from berth.display.security_context import Label
    from berth.display.server import Server

_log = logging.getLogger("berth.display")

R = TypeVar("R", bound=Resource)

MAX_RESOURCES = 20_000
"""Protocol objects of one client; a browser with a hundred tabs has some thousands."""

MAX_POOLS = 1_024
"""Pools of shared memory of one instance: each is a descriptor here."""

MAX_BUFFERS = 4_096
"""Buffers in shared memory of one instance."""

_MAX_NUMBER = 1 << 20
_OUR_NUMBERS = 0xFF000000
_NUMBERS_NOT_USED_AGAIN = "numbers of objects that are gone have to be used again"
"""libwayland keeps 16 bytes for the highest number a client has ever used; its own clients use the lowest free."""

_CHECKED_EVERY = 64
"""Objects of a client between two looks at those of all connections of its instance."""

_BUFFER = 8 << 10
"""Bytes that libwayland reads of one client in a turn, and that it keeps for one beyond what the kernel
does. More would make a flood of requests cost other clients more of their time; less would end the
connections of apps that hang for a moment."""

_KERNEL_BUFFER = 1 << 20

_SIOCOUTQ = 0x5411
_FIONREAD = 0x541B
_BACKLOG = 64 << 10

_REMEMBERED_SERIALS = 64
"""How many input events ago a client may refer to."""

_EVENT_GLOBAL = next(i for i, m in enumerate(WlRegistry.events) if m.name == "global")
_EVENT_GLOBAL_REMOVE = next(i for i, m in enumerate(WlRegistry.events) if m.name == "global_remove")


class Access(NamedTuple):
    """What an app may bind: every global but the `hidden` interfaces and those that take a permission it lacks."""

    hidden: frozenset[str] = frozenset()
    granted: frozenset[str] = frozenset()

    def allows(self, kind: type[Resource]) -> bool:
        return kind.interface.name not in self.hidden and (not kind.permission or kind.permission in self.granted)


class Client:
    """One connection.

    `reason` tells why it was disconnected by us, empty while it was not; `unwanted` that the user wished it so.
    """

    def __init__(
        self,
        display: WaylandDisplay,
        server: Server,
        instance: Instance,
        connection: socket.socket,
        label: Label | None = None,
    ) -> None:
        self.label = label
        self.display = display
        self.server = server
        self.instance = instance
        self.resources = 0
        self.memory = 0  # bytes of pixels held for the client's surfaces
        self.lent = 0  # bytes of its own that the ui reads
        self.surfaces = 0
        self.rects = 0  # of its regions, and of what was made of them
        self.types = 0  # bytes that the types of its data sources take
        self.waiting = 0  # commits that are not current yet
        self.rung: int | None = None  # when the bell last
        self.reason = ""
        self.unwanted = False
        self.registries: dict[int, Any] = {}
        self.pools = 0  # whose file is open
        self.buffers = 0  # of shared memory
        self._listed: dict[type[Resource], list[Any]] = {}
        self._allowances: dict[type[Resource], Allowance] = {}
        self.input_serials: deque[int] = deque(maxlen=_REMEMBERED_SERIALS)
        self._creating = False
        self._watched: tuple[int, int] | None = None
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)
        self._fd = connection.detach()
        self.pointer = lib.wl_client_create(display.pointer, self._fd)
        if self.pointer == NULL:
            os.close(self._fd)
            raise MemoryError
        self._address = address(self.pointer)
        display.clients[self._address] = self
        on_client_destroyed(self.pointer, self._gone)
        self._forget_created = on_resource_created(self.pointer, self._resource_created)

    @property
    def unread(self) -> int:
        """Bytes of requests that wait in the kernel, 0 for a client that has gone."""
        if self.pointer is None:
            return 0
        return int(struct.unpack("i", fcntl.ioctl(self._fd, _FIONREAD, b"\0\0\0\0"))[0])

    def hold(self) -> None:
        """Read nothing of the client until `go_on`."""
        self._watch_for(0)

    def go_on(self) -> None:
        self._watch_for(select.EPOLLIN)

    def _watch_for(self, events: int) -> None:
        if self.pointer is None:
            return
        if self._watched is None:
            self._watched = binding.watched(self.display.fd, os.fstat(self._fd).st_ino)
        fd, data = self._watched
        if fd >= 0:
            binding.change_watch(self.display.fd, fd, data, events)

    @property
    def backed_up(self) -> bool:
        """Whether the client has left much unread: then what a later event makes obsolete is not sent."""
        unread: int = struct.unpack("i", fcntl.ioctl(self._fd, _SIOCOUTQ, b"\0\0\0\0"))[0]
        return unread > _BACKLOG

    @property
    def connected(self) -> bool:
        return self.pointer is not None

    def all(self, kind: type[R]) -> list[R]:
        """The client's living objects of a `listed` class, oldest first."""
        found = self._listed.get(kind)
        if found is None:
            found = self._listed[kind] = []
        return found

    def allowance(self, kind: type[Resource], burst: int, per_second: float) -> Allowance:
        """How often the client may do something costly with its objects of a class, all together."""
        found = self._allowances.get(kind)
        if found is None:
            found = self._allowances[kind] = Allowance(burst, per_second)
        return found

    def sees(self, kind: type[Resource]) -> bool:
        """Whether the client's app may use the global `kind`."""
        if self.label is not None and (kind.permission or kind.interface is WpSecurityContextManagerV1):
            return False
        if kind.beside_nested and self.instance.nested is None:
            return False
        return self.instance.access.allows(kind)

    def revoke(self, lost: frozenset[str]) -> None:
        """Permissions that the client had are taken from it: its objects of them end."""
        for kind in [kind for kind in self._listed if kind.permission in lost]:
            for resource in tuple(self._listed[kind]):
                resource.revoked()

    def count_resource(self, number: int) -> None:
        """Before an object is made that the client calls `number`, 0 if we do."""
        if _MAX_NUMBER < number < _OUR_NUMBERS:
            raise BudgetExceeded(_NUMBERS_NOT_USED_AGAIN)
        self._creating = True
        self._add_resource()

    def _add_resource(self) -> None:
        self.resources += 1
        if self.resources > MAX_RESOURCES:
            self.resources -= 1
            self._creating = False
            raise BudgetExceeded(f"more than {MAX_RESOURCES} protocol objects")
        if self.resources % _CHECKED_EVERY == 0 and self.instance.objects > MAX_RESOURCES:
            self.resources -= 1
            self._creating = False
            raise BudgetExceeded(f"more than {MAX_RESOURCES} protocol objects on all connections")

    @property
    def room(self) -> int:
        """Bytes of pixels that may be held for the client beyond those that are."""
        return MAX_MEMORY - self.instance.memory

    def check_shared_memory(self) -> None:
        """Before another pool or buffer is made. Raises `BudgetExceeded`."""
        if self.instance.pools >= MAX_POOLS or self.instance.buffers >= MAX_BUFFERS:
            raise BudgetExceeded(f"more than {MAX_POOLS} pools or {MAX_BUFFERS} buffers of shared memory")

    def _resource_created(self, pointer: Any) -> None:
        """Counts what libwayland creates by itself, and knows registries among it."""
        if self._creating:
            self._creating = False
            return
        if self is not self.display.serving:
            self.display.serve(self)
        try:
            self._add_resource()
        except BudgetExceeded as error:
            self.fail(str(error))
            return
        if _MAX_NUMBER < lib.wl_resource_get_id(pointer) < _OUR_NUMBERS:
            self.fail(_NUMBERS_NOT_USED_AGAIN)
        if ffi.string(binding.resource_get_class(pointer)) == b"wl_registry":
            self.registries[address(pointer)] = ffi.cast("struct wl_resource *", pointer)
        on_resource_destroyed(pointer, self._foreign_destroyed)

    def _foreign_destroyed(self, pointer: Any) -> None:
        self.resources -= 1
        self.registries.pop(address(pointer), None)

    def answer(self, act: Callable[[], None]) -> None:
        """Do what the client asked for earlier; its mistakes end it now, and so do ours."""
        try:
            act()
        except ProtocolError as error:
            error.resource.client.protocol_error(error)
        except BudgetExceeded as error:
            self.fail(str(error))
        except Exception:
            _log.exception("an earlier request failed")
            self.fail("internal error in the display server")

    def protocol_error(self, error: ProtocolError) -> None:
        if self.pointer is None or self.reason:
            return
        if not error.resource.alive:
            self.fail(error.message)
            return
        self.reason = f"{error.resource.interface.name}: {error.message}"
        text = ffi.new("char[]", error.message.encode())
        lib.wl_resource_post_error(error.resource.pointer, error.code, b"%s", text)
        self.display.failed.append(self)

    def fail(self, reason: str) -> None:
        """Disconnect for a reason that no protocol has a code for."""
        if self.pointer is None or self.reason:
            return
        self.reason = reason
        text = ffi.new("char[]", reason.encode())
        binding.client_post_implementation_error(self.pointer, b"%s", text)
        self.display.failed.append(self)

    def flush(self) -> None:
        """Let the client have its events now, before the turn ends."""
        if self.pointer is not None:
            lib.wl_client_flush(self.pointer)

    def disconnect(self) -> None:
        if self.pointer is not None:
            lib.wl_client_destroy(self.pointer)

    def _gone(self, _data: Any) -> None:
        # What follows is the end of all its objects.
        self.display.serve(self)
        lines = wayland_log.take()
        if not self.reason and "Data too big for buffer" in lines:
            self.reason = "did not read what it was told"
        elif not self.reason and "error in client communication" in lines:
            self.reason = "broke the Wayland protocol"
        self.pointer = None
        del self.display.clients[self._address]
        self._forget_created()
        self.instance.client_gone(self)

    def announce(self, changed: Iterable[Global]) -> None:
        """Tell the client's registries of globals that have become visible."""
        for item in changed:
            name = ffi.new("union wl_argument[3]")
            text = ffi.new("char[]", item.interface.name.encode())
            name[0].u = binding.global_get_name(item.pointer, self.pointer)
            name[1].s = text
            name[2].u = item.version
            for registry in self.registries.values():
                lib.wl_resource_post_event_array(registry, _EVENT_GLOBAL, name)

    def withdraw(self, changed: Iterable[Global]) -> None:
        """Tell the client's registries that globals, still visible now, are gone."""
        for item in changed:
            name = ffi.new("union wl_argument[1]")
            name[0].u = binding.global_get_name(item.pointer, self.pointer)
            for registry in self.registries.values():
                lib.wl_resource_post_event_array(registry, _EVENT_GLOBAL_REMOVE, name)


class Global:
    """Something clients can bind: makes a `kind` resource, by `make` if given, and lets it greet its client.

    One that stands for a device comes and goes with it: first `remove`, and `destroy` when no client can be about
    to bind it any more.
    """

    def __init__(
        self,
        display: WaylandDisplay,
        kind: type[Resource],
        make: Callable[[Client, int, int], Resource] | None = None,
    ) -> None:
        self.kind = kind
        self.make = make or kind
        self.removed = False
        self.interface = kind.interface
        self.version = kind.highest
        self.display = display
        self._handle = ffi.new_handle(self)
        # Clients hear of it, if they may, before its address is known.
        display.announced = self
        self.pointer = lib.wl_global_create(
            display.pointer, kind.interface._ptr, self.version, self._handle, lib.global_bind_func
        )
        display.announced = None
        display.globals[address(self.pointer)] = self

    def remove(self) -> None:
        self.removed = True
        binding.global_remove(self.pointer)

    def destroy(self) -> None:
        del self.display.globals[address(self.pointer)]
        lib.wl_global_destroy(self.pointer)


@ffi.def_extern(name="global_bind_func")  # type: ignore[untyped-decorator]
def _bind(client_pointer: Any, data: Any, version: int, new_id: int) -> None:
    item: Global = ffi.from_handle(data)
    client = item.display.clients[address(client_pointer)]
    try:
        resource: Any = item.make(client, version, new_id)
        if hasattr(resource, "bound"):
            resource.bound()
    except BudgetExceeded as error:
        client.fail(str(error))
    except Exception:
        _log.exception("binding %s failed", item.interface.name)
        client.fail("internal error in the display server")


class WaylandDisplay:
    """The `wl_display` with its event loop, which the process's own loop watches through `fd`."""

    def __init__(self) -> None:
        self.pointer = lib.wl_display_create()
        self._loop = lib.wl_display_get_event_loop(self.pointer)
        self.fd = int(binding.event_loop_get_fd(self._loop))
        self.clients: dict[int, Client] = {}
        self.globals: dict[int, Global] = {}
        self.announced: Global | None = None
        self.failed: list[Client] = []
        self.serving: Client | None = None
        self.spent: dict[Instance, int] = {}
        self._since = 0
        binding.display_set_default_max_buffer_size(self.pointer, _BUFFER)
        self._filter = ffi.callback(binding.GLOBAL_FILTER, self._visible)
        binding.display_set_global_filter(self.pointer, self._filter, NULL)

    def _visible(self, client_pointer: Any, global_pointer: Any, _data: Any) -> bool:
        client = self.clients.get(address(client_pointer))
        item = self.globals.get(address(global_pointer), self.announced)
        return client is None or item is None or client.sees(item.kind)

    def serial(self) -> int:
        return int(lib.wl_display_next_serial(self.pointer))

    def dispatch(self) -> None:
        """Read and handle what clients sent, at most one buffer of each."""
        lib.wl_event_loop_dispatch(self._loop, 0)
        self.serve(None)

    def serve(self, client: Client | None) -> None:
        """The time from now on is spent on `client`: `spent` tells how much of a turn (ns) each instance took."""
        now = time.monotonic_ns()
        if self.serving is not None:
            instance = self.serving.instance
            self.spent[instance] = self.spent.get(instance, 0) + now - self._since
        self.serving = client
        self._since = now

    def flush(self) -> bool:
        """Write what clients have to read; returns whether one of them went instead."""
        before = len(self.clients)
        lib.wl_display_flush_clients(self.pointer)
        while self.failed:
            self.failed.pop().disconnect()
        self.serve(None)
        return len(self.clients) < before

    def refilter(self, clients: Iterable[Client], before: Access, after: Access, apply: Callable[[], None]) -> None:
        """Change what `clients` see; `apply` makes the change effective in between."""
        connected = [client for client in clients if client.connected]
        present = [g for g in self.globals.values() if not g.removed]
        lost = [g for g in present if before.allows(g.kind) and not after.allows(g.kind)]
        gained = [g for g in present if after.allows(g.kind) and not before.allows(g.kind)]
        for client in connected:
            client.withdraw(item for item in lost if client.sees(item.kind))
        apply()
        for client in connected:
            client.announce(item for item in gained if client.sees(item.kind))

    def destroy(self) -> None:
        lib.wl_display_destroy_clients(self.pointer)
        lib.wl_display_destroy(self.pointer)
