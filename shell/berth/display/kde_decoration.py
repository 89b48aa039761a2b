"""org_kde_kwin_server_decoration: the older way to agree about title bars, the only one that GTK knows.

A mode takes effect with the surface's next commit. Where a window has an xdg-decoration as well, that counts.
Source: the protocol server-decoration of KDE Plasma.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pywayland.protocol.wayland import WlSurface

from berth.display.interface import complete, declare
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.surface import Surface

_NONE, _CLIENT, _SERVER = 0, 1, 2
_MODES = {"None": _NONE, "Client": _CLIENT, "Server": _SERVER}

Manager: Any = declare("org_kde_kwin_server_decoration_manager", 1, mode=_MODES)
Interface: Any = declare("org_kde_kwin_server_decoration", 1, mode=_MODES)
complete(
    Manager,
    (Interface, WlSurface),
    requests=("create new:org_kde_kwin_server_decoration object:wl_surface",),
    events=("default_mode uint",),
)
complete(Interface, (), requests=("release", "request_mode uint"), events=("mode uint",))


class KdeDecoration(Resource):
    """`server_side` is what the client was told last."""

    __slots__ = ("_surface", "server_side")
    interface = Interface
    send_mode = event(Interface, "mode")

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface) -> None:
        super().__init__(client, version, new_id)
        self._surface = surface
        self.server_side = True
        surface.kde_decoration = self
        self.send_mode(_SERVER)

    def on_request_mode(self, mode: int) -> None:
        # The specification has no error for other numbers: they mean that nobody has to draw anything.
        self.server_side = mode == _SERVER
        self.send_mode(mode if mode in (_CLIENT, _SERVER) else _NONE)

    def destroyed(self) -> None:
        if self._surface.kde_decoration is self:
            self._surface.kde_decoration = None


class KdeDecorationManager(Resource):
    __slots__ = ()
    interface = Manager
    send_default_mode = event(Manager, "default_mode")

    def bound(self) -> None:
        self.send_default_mode(_SERVER)

    def on_create(self, new_id: int, surface: Surface) -> None:
        KdeDecoration(self.client, self.version, new_id, surface)
