"""virtual-keyboard: an on-screen keyboard or input method types into the focused app, with a keymap of its own.

Its keys go to the app alone: the ui, with the shell's shortcuts and the permission prompts, never sees them.
Source: wlroots' virtual-keyboard-unstable-v1.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlSeat

from berth.core.messages import Key
from berth.core.permissions import VIRTUAL_INPUT
from berth.display.clock import now
from berth.display.interface import complete, declare
from berth.display.keymap import KeymapText, Modifiers, checked
from berth.display.resource import BudgetExceeded, Resource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.seat import Seat

ZwpVirtualKeyboardV1 = declare("zwp_virtual_keyboard_v1", 1, error={"no_keymap": 0})
ZwpVirtualKeyboardManagerV1 = declare("zwp_virtual_keyboard_manager_v1", 1, error={"unauthorized": 0})
complete(
    ZwpVirtualKeyboardV1,
    (),
    requests=("keymap uint fd uint", "key uint uint uint", "modifiers uint uint uint uint", "destroy"),
)
complete(
    ZwpVirtualKeyboardManagerV1,
    (ZwpVirtualKeyboardV1, WlSeat),
    requests=("create_virtual_keyboard object:wl_seat new:zwp_virtual_keyboard_v1",),
)

MAX_KEYMAP = 512 << 10
"""Bytes of a keymap. One with four layouts has some 80 KiB."""

_XKB_V1 = 1
_HIGHEST_CODE = 0x2FF
_BURST, _PER_SECOND = 30, 5.0  # keymaps


class VirtualKeyboard(Resource):
    __slots__ = ("_source", "_text", "modifiers")
    interface = ZwpVirtualKeyboardV1
    listed = True
    most = 32
    permission = VIRTUAL_INPUT

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self._text: KeymapText | None = None
        self._source: bytes | None = None
        self.modifiers: Modifiers = (0, 0, 0, 0)
        client.instance.uses.begin(VIRTUAL_INPUT, self)

    @property
    def text(self) -> KeymapText:
        """The keymap that the keys are of.

        Raises:
            ProtocolError: if there is none yet.
        """
        if self._text is None:
            raise self.error(ZwpVirtualKeyboardV1.error.no_keymap, "no keymap yet")
        return self._text

    def on_keymap(self, format_: int, fd: int, size: int) -> None:
        try:
            source = _read(fd, size)
        finally:
            os.close(fd)
        if source == self._source:
            return
        if not self.client.allowance(VirtualKeyboard, _BURST, _PER_SECOND).take():
            raise BudgetExceeded("zwp_virtual_keyboard_v1: too many keymaps")
        try:
            text = checked(source) if format_ == _XKB_V1 else None
        except ValueError:
            text = None
        if text is None:
            raise self.error(ZwpVirtualKeyboardV1.error.no_keymap, "this is no keymap")
        self._replace(text)
        self._source = source

    def _replace(self, text: KeymapText | None) -> None:
        if self._text is not None:
            self._text.close()
        self._text = text

    def on_key(self, time: int, code: int, state: int) -> None:
        if self.text and code <= _HIGHEST_CODE and state in (0, 1) and self._allowed:
            self.client.instance.uses.begin(VIRTUAL_INPUT, self)  # given anew, it plays on
            self.client.server.seat.keyboard.play(self, Key(code, bool(state), time))

    def on_modifiers(self, depressed: int, latched: int, locked: int, group: int) -> None:
        if self.text and self._allowed:
            self.modifiers = (depressed, latched, locked, group)
            self.client.server.seat.keyboard.play_modifiers(self)

    @property
    def _allowed(self) -> bool:
        return self.client.sees(VirtualKeyboardManager)

    def revoked(self) -> None:
        if self._text is not None:
            self.client.server.seat.keyboard.source_gone(self, now())
        self.client.instance.uses.end(VIRTUAL_INPUT, self)

    def destroyed(self) -> None:
        self.revoked()
        self._replace(None)


class VirtualKeyboardManager(Resource):
    __slots__ = ()
    interface = ZwpVirtualKeyboardManagerV1
    permission = VIRTUAL_INPUT

    def on_create_virtual_keyboard(self, _seat: Seat, new_id: int) -> None:
        VirtualKeyboard(self.client, self.version, new_id)


def _read(fd: int, size: int) -> bytes:
    """The text in a client's file, without the zero at its end.

    Raises:
        BudgetExceeded: if it is too large, or no regular file: reading anything else might never end.
    """
    if not 0 < size <= MAX_KEYMAP:
        raise BudgetExceeded(f"zwp_virtual_keyboard_v1: a keymap of {size} bytes")
    try:
        data = os.pread(fd, size, 0) if stat.S_ISREG(os.fstat(fd).st_mode) else None
    except OSError:
        data = None
    if data is None:
        raise BudgetExceeded("zwp_virtual_keyboard_v1: the keymap is no file that can be read")
    return data.partition(b"\0")[0]
