"""xdg-activation: an app hands its focus to a window, and cannot take what it does not have.

A token is worth the focus if its client asked for it in answer to the user, while it had the keyboard,
and the keyboard has not gone to a third app since. Otherwise the window only asks for attention.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple

from pywayland.protocol.xdg_activation_v1 import XdgActivationTokenV1, XdgActivationV1

from berth.display.clock import now, since
from berth.display.resource import Resource, event
from berth.display.toplevel import toplevel_of

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.seat import Seat
    from berth.display.server import Server
    from berth.display.surface import Surface

_LIFETIME = 60_000  # ms; starting a large program on a slow disk takes that long
_MAX_TOKENS = 256
"""Tokens remembered at once; the oldest make room."""


class Issued(NamedTuple):
    client: Client
    time: int


class Tokens:
    """The tokens that are worth something and were not used yet. Worthless ones are not even remembered."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._issued: dict[str, Issued] = {}

    def issue(self, client: Client, earned: bool) -> str:
        token = secrets.token_urlsafe()
        if earned:
            # One client's tokens never push out those of another before its own.
            own = [old for old, issued in self._issued.items() if issued.client is client]
            if len(own) >= _MAX_TOKENS // 8:
                del self._issued[own[0]]
            elif len(self._issued) >= _MAX_TOKENS:
                del self._issued[next(iter(self._issued))]
            self._issued[token] = Issued(client, now())
        return token

    def redeem(self, token: str, by: Client) -> bool:
        """Whether `token` gives a window of the client `by` the focus; it does so once."""
        issued = self._issued.pop(token, None)
        if issued is None or since(issued.time, now()) > _LIFETIME:
            return False
        focus = self._server.seat.keyboard.focus
        return focus is None or focus.client in (issued.client, by)

    def earned(self, client: Client, serial: int | None, surface: Surface | None) -> bool:
        """Whether the user is at work with `client`, as `serial` of its input proves."""
        focus = self._server.seat.keyboard.focus
        if surface is not None and (not surface.alive or surface.client is not client):
            return False
        return serial in client.input_serials and focus is not None and focus.client is client


class ActivationToken(Resource):
    __slots__ = ("_committed", "_serial", "_surface")
    interface = XdgActivationTokenV1
    send_done = event(XdgActivationTokenV1, "done")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self._committed = False
        self._serial: int | None = None
        self._surface: Surface | None = None

    def _check_open(self) -> None:
        if self._committed:
            raise self.error(XdgActivationTokenV1.error.already_used, "the token was committed already")

    def on_set_serial(self, serial: int, _seat: Seat) -> None:
        self._check_open()
        self._serial = serial

    def on_set_app_id(self, _app_id: str) -> None:
        # Who asks is known from the socket, and who is asked for from the socket of whoever comes.
        self._check_open()

    def on_set_surface(self, surface: Surface) -> None:
        self._check_open()
        self._surface = surface

    def on_commit(self) -> None:
        self._check_open()
        self._committed = True
        tokens = self.client.server.tokens
        self.send_done(tokens.issue(self.client, tokens.earned(self.client, self._serial, self._surface)))


class Activation(Resource):
    __slots__ = ()
    interface = XdgActivationV1

    def on_get_activation_token(self, new_id: int) -> None:
        ActivationToken(self.client, self.version, new_id)

    def on_activate(self, token: str, surface: Surface) -> None:
        toplevel = toplevel_of(surface.root())
        redeemed = self.client.server.tokens.redeem(token, self.client)
        if toplevel is not None:
            toplevel.request("activate" if redeemed else "attention")
