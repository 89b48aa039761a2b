"""zwp_keyboard_shortcuts_inhibit: virtual machines and remote desktops get the keys that the shell would take.

An inhibitor holds while its window has the keyboard. The user can end that for an inhibitor, and allow it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.keyboard_shortcuts_inhibit_unstable_v1 import (
    ZwpKeyboardShortcutsInhibitManagerV1,
    ZwpKeyboardShortcutsInhibitorV1,
)

from berth.core.messages import ShortcutsInhibited
from berth.display.extension import SurfaceExtension, check_free
from berth.display.popup import base_of
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.seat import Seat
    from berth.display.server import Server
    from berth.display.surface import Surface


class ShortcutsInhibitor(SurfaceExtension):
    """`told`: its client knows that it is active. `refused`: the user wants the shortcuts for themselves."""

    __slots__ = ("refused", "told")
    interface = ZwpKeyboardShortcutsInhibitorV1
    send_active = event(ZwpKeyboardShortcutsInhibitorV1, "active")
    send_inactive = event(ZwpKeyboardShortcutsInhibitorV1, "inactive")

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface) -> None:
        super().__init__(client, version, new_id, surface)
        self.refused = False
        self.told = False
        client.server.seat.shortcuts.update()

    def activate(self) -> None:
        if not self.told:
            self.told = True
            self.send_active()

    def refuse(self, refused: bool) -> None:
        self.refused = refused
        if refused and self.told:
            self.told = False
            self.send_inactive()

    def destroyed(self) -> None:
        super().destroyed()
        self.client.server.seat.shortcuts.update()


class ShortcutsInhibitManager(Resource):
    __slots__ = ()
    interface = ZwpKeyboardShortcutsInhibitManagerV1

    def on_inhibit_shortcuts(self, new_id: int, surface: Surface, _seat: Seat) -> None:
        code = ZwpKeyboardShortcutsInhibitManagerV1.error.already_inhibited
        check_free(self, ShortcutsInhibitor, surface, code)
        ShortcutsInhibitor(self.client, self.version, new_id, surface)


class Shortcuts:
    """Whether the focused surface has the shortcuts, as the ui was told last."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._told = 0

    def update(self) -> None:
        """The keyboard, an inhibitor or the user's mind may have changed."""
        focus, inhibitor = self._server.seat.keyboard.focus, self._current()
        holds = inhibitor is not None and not inhibitor.refused
        number = focus.number if holds and focus is not None else 0
        if number != self._told:
            self._told = number
            self._server.scene.send(ShortcutsInhibited(number))
        if holds and inhibitor is not None:
            inhibitor.activate()

    def _current(self) -> ShortcutsInhibitor | None:
        """That of the focused surface, or of the window whose menu has the keyboard."""
        focus = self._server.seat.keyboard.focus
        if focus is None:
            return None
        found = focus.extensions.get(ShortcutsInhibitor) or base_of(focus).extensions.get(ShortcutsInhibitor)
        return found if isinstance(found, ShortcutsInhibitor) else None

    def free(self, freed: bool) -> None:
        """The user takes the shortcuts back, or lets the focused app have them again."""
        inhibitor = self._current()
        if inhibitor is not None:
            inhibitor.refuse(freed)
            self.update()

    def snapshot(self) -> None:
        self._told = 0
        self.update()
