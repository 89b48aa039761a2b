"""wl_keyboard: keys and modifiers for the surface with the keyboard focus."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Protocol

from pywayland.protocol.wayland import WlKeyboard

from berth.core.messages import Key, KeyboardGroup, KeyboardLayout, KeyboardLocks, LockChanged
from berth.display.input_timestamps import Stamped
from berth.display.keymap import Keymap, KeymapText, Modifiers
from berth.display.resource import event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.input_method import KeyboardGrab
    from berth.display.server import Server
    from berth.display.surface import Surface

_CAPS, _NUM = 1 << 1, 1 << 4  # bits of the modifiers Lock and Mod2
_XKB_V1 = int(WlKeyboard.keymap_format.xkb_v1)


class Keyboard(Stamped):
    __slots__ = ("_keymap", "_modifiers")
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
        self._keymap: KeymapText | None = None
        self._modifiers: Modifiers | None = None
        client.server.seat.keyboard.greet(self)

    def describe(self, keymap: KeymapText, layout: KeyboardLayout) -> None:
        self._keymap, self._modifiers = keymap, None
        self.send_keymap(_XKB_V1, keymap.fd, keymap.size)
        self.send_repeat_info(layout.repeat_rate, layout.repeat_delay)

    def enter(self, serial: int, surface: Surface, pressed: bytes) -> None:
        self._modifiers = None
        self.send_enter(serial, surface, pressed)

    def follow(self, source: KeySource, layout: KeyboardLayout) -> None:
        """What comes next is of `source`."""
        if source.text != self._keymap:
            self.describe(source.text, layout)
        if source.modifiers != self._modifiers:
            self._modifiers = source.modifiers
            self.send_modifiers(self.client.server.display.serial(), *source.modifiers)


class KeySource(Protocol):
    """The real keyboard, or one that a client plays."""

    @property
    def text(self) -> KeymapText: ...

    @property
    def modifiers(self) -> Modifiers: ...


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
        self._grabbed: dict[int, KeyboardGrab] = {}  # what of it went to an input method
        self._virtual: dict[int, KeySource] = {}
        self._enter_serial = 0
        self._fresh = False

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
        target = None if self._server.lock.locked else grab if grab is not None else self.chosen
        if target is self.focus:
            return
        old, self.focus = self.focus, target
        self._virtual.clear()
        serial = self._server.display.serial()
        if old is not None and old.alive:
            for keyboard in old.client.all(Keyboard):
                keyboard.send_leave(serial, old)
        client = None if target is None else target.client
        self._server.clipboard.follow(client, serial)
        if target is not None:
            self._enter_serial = self._server.seat.serial_for(target.client)
            for keyboard in target.client.all(Keyboard):
                self._send_enter(keyboard, target)
        # GTK 3 forgets a primary selection that it hears of before it has the focus.
        self._server.primary.follow(client, serial)
        self._server.seat.text.follow(target)
        self._server.seat.shortcuts.update()

    def _send_enter(self, keyboard: Keyboard, surface: Surface) -> None:
        held = [struct.pack("=I", code) for code in self._pressed if code not in self._grabbed]
        keyboard.enter(self._enter_serial, surface, b"".join(held))
        keyboard.follow(self.keymap, self._layout)

    def greet(self, keyboard: Keyboard) -> None:
        keyboard.describe(self.keymap.text, self._layout)
        if self.focus is not None and self.focus.client is keyboard.client:
            self._send_enter(keyboard, self.focus)

    def key(self, message: Key) -> None:
        if message.pressed == (message.code in self._pressed):
            return
        if message.pressed:
            player = self._virtual.get(message.code)
            if player is not None:
                self.play(player, Key(message.code, False, message.time))
            self._pressed[message.code] = None
        else:
            del self._pressed[message.code]
        if self._server.seat.drag.key(message):
            if self._update(message):
                self._server.seat.drag.modifiers_changed()
                self._sync(self.keymap)
            return
        grab = self._grab_for(message)
        if grab is None:
            self._send_key(self.keymap, message)
            self._fresh = self.focus is not None
        elif grab.alive:
            grab.key(message.time, message.code, message.pressed)
        if message.pressed:
            self._server.windows.used(self.focus, message.time)
        if not self._update(message):
            return
        self._server.lock.modifiers_changed()
        self._server.seat.drag.modifiers_changed()
        if grab is None:
            self._sync(self.keymap)
        elif grab.alive:
            grab.modifiers(self.keymap.modifiers)

    def flush(self) -> None:
        """Send keys on once all that came together are there: the app goes on with them while the turn comes to its
        end here, and hears of no press long before the release."""
        if self._fresh:
            self._fresh = False
            if self.focus is not None:
                self.focus.client.flush()

    def _update(self, message: Key) -> bool:
        """Whether the key changed modifiers; the ui is told which of them last."""
        keymap = self.keymap
        before, layout = keymap.locked, keymap.locked_layout
        changed = keymap.update(message.code, message.pressed)
        told: list[LockChanged] = []
        toggled = before ^ keymap.locked
        if toggled & _CAPS:
            told.append(LockChanged("caps", bool(keymap.locked & _CAPS)))
        if toggled & _NUM:
            told.append(LockChanged("num", bool(keymap.locked & _NUM)))
        if layout != keymap.locked_layout:
            told.append(LockChanged("layout", True, keymap.layout_name))
        for one in told:
            self._server.scene.send(one)
        return changed

    def _send_key(self, source: KeySource, message: Key) -> None:
        """Of keyboards that were told other modifiers, those from before the key are sent first."""
        if self.focus is None:
            return
        client = self.focus.client
        serial = self._server.seat.serial_for(client)
        for keyboard in client.all(Keyboard):
            keyboard.follow(source, self._layout)
            keyboard.stamp(message.time)
            keyboard.send_key(serial, message.time, message.code, int(message.pressed))

    def _sync(self, source: KeySource) -> None:
        """The modifiers of `source` are what counts now."""
        if self.focus is not None:
            for keyboard in self.focus.client.all(Keyboard):
                keyboard.follow(source, self._layout)

    # --- the input method

    @property
    def _grab(self) -> KeyboardGrab | None:
        method = self._server.seat.text.method
        return method.grab if method is not None and method.active else None

    def _grab_for(self, message: Key) -> KeyboardGrab | None:
        """The grab that gets the key: a release goes where the press went."""
        if not message.pressed:
            return self._grabbed.pop(message.code, None)
        grab = self._grab
        if grab is not None:
            self._grabbed[message.code] = grab
        return grab

    def grab_began(self, grab: KeyboardGrab) -> None:
        grab.describe(self.keymap, self._layout)
        grab.modifiers(self.keymap.modifiers)

    def grab_ended(self) -> None:
        """Modifiers may have changed behind the focused app's back."""
        self._sync(self.keymap)

    # --- keyboards that clients play

    def play(self, source: KeySource, message: Key) -> None:
        """A client's key; never more than one keyboard holds a key down."""
        code = message.code
        if self.focus is None or message.pressed == (code in self._virtual) or code in self._pressed:
            return
        if message.pressed:
            self._virtual[code] = source
        elif self._virtual.get(code) is source:
            del self._virtual[code]
        else:
            return
        self._server.idle.active()
        self._server.windows.used(self.focus, message.time)
        self._send_key(source, message)

    def play_modifiers(self, source: KeySource) -> None:
        self._sync(source)

    def source_gone(self, source: KeySource, time: int) -> None:
        """What a client held down with its keyboard is up."""
        for code in [code for code, holder in self._virtual.items() if holder is source]:
            self.play(source, Key(code, False, time))
        self._sync(self.keymap)

    def locks(self, message: KeyboardLocks) -> None:
        if self.keymap.lock(_CAPS | _NUM, _CAPS * message.caps | _NUM * message.num):
            self._tell_modifiers()

    @property
    def group(self) -> int:
        """Which of several layouts counts now."""
        return self._keymap.group if self._keymap is not None else 0

    def choose_group(self, message: KeyboardGroup) -> None:
        if self.keymap.lock_layout(message.group):
            self._tell_modifiers()

    def _tell_modifiers(self) -> None:
        self._server.lock.modifiers_changed()
        grab = self._grab
        if grab is not None:
            grab.modifiers(self.keymap.modifiers)
        else:
            self._sync(self.keymap)

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
                keyboard.describe(keymap.text, layout)
        grab = self._grab
        if grab is not None:
            self.grab_began(grab)
        self._sync(keymap)

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
