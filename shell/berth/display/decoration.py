"""xdg-decoration: who draws the title bar. The desktop does, unless a client insists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.xdg_decoration_unstable_v1 import ZxdgDecorationManagerV1, ZxdgToplevelDecorationV1

from berth.display.resource import ProtocolError, Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.toplevel import Toplevel

_Errors = ZxdgToplevelDecorationV1.error
_CLIENT = int(ZxdgToplevelDecorationV1.mode.client_side)
_SERVER = int(ZxdgToplevelDecorationV1.mode.server_side)
_LATE_SINCE = 2
"""From this version on, a window that is mapped already may get a decoration."""


class Decoration(Resource):
    __slots__ = ("server_side", "toplevel")
    interface = ZxdgToplevelDecorationV1
    highest = 2
    send_configure = event(ZxdgToplevelDecorationV1, "configure")

    def __init__(self, client: Client, version: int, new_id: int, toplevel: Toplevel) -> None:
        super().__init__(client, version, new_id)
        self.toplevel: Toplevel | None = toplevel
        self.server_side = True
        if toplevel.decoration is not None:
            raise self.error(_Errors.already_constructed, "the window has a decoration object")
        surface = toplevel.xdg.surface
        if version < _LATE_SINCE and surface.has_buffer:
            raise self.error(_Errors.unconfigured_buffer, "the window has a buffer already")
        toplevel.decoration = self
        toplevel.reconfigure()

    def orphaned(self) -> ProtocolError:
        return self.error(_Errors.orphaned, "the window was destroyed before its decoration")

    def configure(self) -> None:
        self.send_configure(_SERVER if self.server_side else _CLIENT)

    def on_set_mode(self, mode: int) -> None:
        if mode not in (_CLIENT, _SERVER):
            raise self.error(_Errors.invalid_mode, f"{mode} is no mode")
        self._set(mode == _SERVER)

    def on_unset_mode(self) -> None:
        self._set(True)

    def _set(self, server_side: bool) -> None:
        self.server_side = server_side
        if self.toplevel is not None:
            self.toplevel.reconfigure()

    def destroyed(self) -> None:
        # What the window has stays until its next commit, or for good if another object comes before that.
        toplevel = self.toplevel
        if toplevel is not None and toplevel.decoration is self:
            toplevel.decoration = None


class DecorationManager(Resource):
    __slots__ = ()
    interface = ZxdgDecorationManagerV1
    highest = 2

    def on_get_toplevel_decoration(self, new_id: int, toplevel: Toplevel) -> None:
        Decoration(self.client, self.version, new_id, toplevel)
