"""wl_keyboard: keys and modifiers for the surface with the keyboard focus."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlKeyboard

from berth.core.messages import Key, KeyboardLayout
from berth.display.input_timestamps import Stamped
from berth.display.keymap import Keymap
from berth.display.resource import event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.server import Server
    from berth.display.surface import Surface

_XKB_V1 = int(WlKeyboard.keymap_format.xkb_v1)


class Keyboard(Stamped):
    __slots__ = ()
    interface = WlKeyboard
    listed = True
    highest = 11
    send_keymap = event(WlKeyboard, "keymap")
    send_enter = event(WlKeyboard, "enter")
    send_leave = event(WlKeyboard, "leave")
    send_key = event(WlKeyboard, "key")
    send_modifiers = event(WlKeyboard, "modifiers")
    send_repeat_info = event(WlKeyboard, "repeat_info")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        client.server.seat.keyboard.greet(self)

    def describe(self, keymap: Keymap, layout: KeyboardLayout) -> None:
        self.send_keymap(_XKB_V1, keymap.fd, keymap.size)
        self.send_repeat_info(layout.repeat_rate, layout.repeat_delay)


class KeyboardState:
    """The one keyboard.

    The ui chooses a surface; while a popup holds a grab, keys go to the popup instead. `focus`
    is where they go.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self.focus: Surface | None = None
        self.chosen: Surface | None = None
        self._layout = KeyboardLayout("us")
        self._keymap: Keymap | None = None
        self._pressed: dict[int, None] = {}
        self._enter_serial = 0

    @property
    def keymap(self) -> Keymap:
        """Compiled when first needed: that takes longer than the rest of the start."""
        if self._keymap is None:
            self._keymap = Keymap(self._layout)
        return self._keymap

    def choose(self, surface: Surface | None) -> None:
        """The ui gives the focus to `surface`."""
        popups = self._server.popups
        if surface is not None and popups.is_grabbing(surface):
            return
        self.chosen = surface
        if surface is None or not popups.grabs_on(surface):
            popups.dismiss_grabs()
        self.refocus()
        self._server.seat.pointer.constraints.update()

    def refocus(self) -> None:
        """Move the focus to where the ui's choice and the popups' grabs say it belongs."""
        grab = self._server.popups.grab_surface
        target = grab if grab is not None else self.chosen
        if target is self.focus:
            return
        old, self.focus = self.focus, target
        if old is not None and old.alive:
            serial = self._server.display.serial()
            for keyboard in old.client.all(Keyboard):
                keyboard.send_leave(serial, old)
        self._server.selections_follow(None if target is None else target.client)
        if target is not None:
            self._enter_serial = self._server.seat.serial_for(target.client)
            for keyboard in target.client.all(Keyboard):
                self._send_enter(keyboard, target)

    def _send_enter(self, keyboard: Keyboard, surface: Surface) -> None:
        pressed = b"".join(struct.pack("=I", code) for code in self._pressed)
        keyboard.send_enter(self._enter_serial, surface, pressed)
        keyboard.send_modifiers(self._enter_serial, *self.keymap.modifiers)

    def greet(self, keyboard: Keyboard) -> None:
        keyboard.describe(self.keymap, self._layout)
        if self.focus is not None and self.focus.client is keyboard.client:
            self._send_enter(keyboard, self.focus)

    def key(self, message: Key) -> None:
        if message.pressed == (message.code in self._pressed):
            return
        if message.pressed:
            self._pressed[message.code] = None
            self._server.windows.used(self.focus, message.time)
        else:
            del self._pressed[message.code]
        changed = self.keymap.update(message.code, message.pressed)
        drag = self._server.seat.drag
        if changed:
            drag.modifiers_changed()
        taken = drag.key(message)
        if self.focus is None:
            return
        client = self.focus.client
        serial = self._server.seat.serial_for(client)
        for keyboard in () if taken else client.all(Keyboard):
            keyboard.stamp(message.time)
            keyboard.send_key(serial, message.time, message.code, int(message.pressed))
        if changed:
            self._send_modifiers(client)

    def _send_modifiers(self, client: Client) -> None:
        modifiers = self.keymap.modifiers
        serial = self._server.display.serial()
        for keyboard in client.all(Keyboard):
            keyboard.send_modifiers(serial, *modifiers)

    def change_layout(self, layout: KeyboardLayout) -> None:
        """Raises `Problem` ``keyboard-layout``, keeping the old one, if there is no such layout."""
        if layout == self._layout and self._keymap is not None:
            return
        keymap = Keymap(layout)
        if self._keymap is not None:
            self._keymap.close()
        self._layout, self._keymap = layout, keymap
        for code in self._pressed:
            keymap.update(code, True)
        for client in self._server.display.clients.values():
            for keyboard in client.all(Keyboard):
                keyboard.describe(keymap, layout)
        if self.focus is not None:
            self._send_modifiers(self.focus.client)

    def release_all(self, time: int) -> None:
        for code in tuple(self._pressed):
            self.key(Key(code, False, time))

    def take_from(self, surface: Surface) -> None:
        if self.chosen is surface:
            self.chosen = None
        if self.focus is surface:
            self.refocus()

    def surface_destroyed(self, surface: Surface) -> None:
        self.take_from(surface)
