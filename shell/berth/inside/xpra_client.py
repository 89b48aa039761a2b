"""Xpra's client inside an app's container: what shows the windows of its X server as windows of the desktop.

Xpra 3.1 has no clipboard and knows no keyboard layout when it is itself a client of Wayland. Both are added here. This
file goes into the container as text and runs on the Python and the Xpra of the image.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")

from gi.repository import Gdk, GLib, Gtk  # noqa: E402
from xpra.client.gtk3 import client as gtk3_client  # noqa: E402
from xpra.client.gtk3.client_window import ClientWindow  # noqa: E402
from xpra.client.gtk_base import gtk_client_base  # noqa: E402
from xpra.clipboard.clipboard_core import ClipboardProxyCore  # noqa: E402
from xpra.clipboard.clipboard_timeout_helper import ClipboardTimeoutHelper  # noqa: E402
from xpra.platform.xposix.keyboard import Keyboard  # noqa: E402
from xpra.scripts import main as xpra  # noqa: E402

X_DISPLAY = ":0"
_PATIENCE = 5.0
"""Seconds for which an app that pastes waits for the X program that has the data."""

_MIME_OF_TEXT = ("text/plain;charset=utf-8", "text/plain")
_X_TEXT = ("UTF8_STRING", "TEXT", "STRING")
_INTERNAL = frozenset(["TARGETS", "MULTIPLE", "TIMESTAMP", "SAVE_TARGETS", "DELETE", "INSERT_SELECTION"])
Received = Callable[[str | None, int | None, bytes | list[str] | None], None]


class Clipboard(ClipboardTimeoutHelper):  # type: ignore[misc]
    """Both selections of the desktop, joined to those of the X server."""

    def make_proxy(self, selection: str) -> Selection:
        found = Selection(selection, self)
        found.set_direction(self.can_send, self.can_receive)
        return found

    def ask_server(self, selection: Selection, target: str) -> None:
        self._send_clipboard_request_handler(selection, selection._selection, target)

    def tell_server(self, selection: Selection, targets: list[str]) -> None:
        self._send_clipboard_token_handler(selection, (targets,))

    def send_all_tokens(self) -> None:
        """A client that has just come knows nothing yet: what the X programs hold stays theirs."""


class Selection(ClipboardProxyCore):  # type: ignore[misc]
    """One selection: this process owns the desktop's while an X program owns the server's, and the other way round."""

    def __init__(self, selection: str, clipboard: Clipboard) -> None:
        super().__init__(selection)
        self._clipboard = clipboard
        self._atom = Gdk.Atom.intern(selection, False)
        self._answers: dict[str, bytes | None] = {}
        self._offered: list[str] = []
        # A window of its own that is never shown owns what X programs have copied.
        self._owner = Gtk.Invisible()
        self._owner.connect("selection-get", self._wanted)
        self._owner.connect("selection-clear-event", self._lost)
        self._desktop = Gtk.Clipboard.get(self._atom)
        self._changes = self._desktop.connect("owner-change", self._changed)

    def cleanup(self) -> None:
        super().cleanup()
        self._desktop.disconnect(self._changes)
        self._owner.destroy()

    # --- from an app of the desktop to X programs

    def _changed(self, _clipboard: Gtk.Clipboard, _event: Gdk.EventOwnerChange) -> None:
        if self._enabled and not self._is_ours():
            self._desktop.request_targets(self._targets_known)

    def _targets_known(self, _clipboard: Gtk.Clipboard, atoms: list[Gdk.Atom] | None, *_data: object) -> None:
        targets = [name for name in (atom.name() for atom in atoms or ()) if name not in _INTERNAL]
        if not targets or self._is_ours():
            return
        if any(name in targets for name in _MIME_OF_TEXT):
            targets += [name for name in _X_TEXT if name not in targets]
        self._clipboard.tell_server(self, targets)

    def get_contents(self, target: str, received: Received) -> None:
        """What the desktop's owner has, for an X program that pastes."""
        if self._is_ours():
            received(None, None, None)
            return

        def arrived(_clipboard: Gtk.Clipboard, data: Gtk.SelectionData, *_data: object) -> None:
            if data.get_length() < 0:
                received(None, None, None)
                return
            kind = target if target in _X_TEXT else data.get_data_type().name()
            received(kind, data.get_format() or 8, data.get_data())

        wanted = "UTF8_STRING" if target in _X_TEXT else target
        self._desktop.request_contents(Gdk.Atom.intern(wanted, False), arrived)

    # --- from an X program to apps of the desktop

    def got_token(
        self,
        targets: list[bytes] | None,
        _target_data: object = None,
        claim: bool = True,
        _synchronous: bool = False,
    ) -> None:
        """An X program has copied something."""
        if not self._enabled or not claim:
            return
        names = [name.decode("latin1") if isinstance(name, bytes) else name for name in targets or ()]
        names = [name for name in names if name not in _INTERNAL]
        if not names:
            return
        if any(name in names for name in _X_TEXT):
            names += ["UTF8_STRING"] if "UTF8_STRING" not in names else []
        Gtk.selection_clear_targets(self._owner, self._atom)
        # All at once: each call makes another offer to the desktop, in place of the one before.
        Gtk.selection_add_targets(self._owner, self._atom, [Gtk.TargetEntry.new(name, 0, 0) for name in names])
        Gtk.selection_owner_set(self._owner, self._atom, Gdk.CURRENT_TIME)

    def _wanted(self, _widget: Gtk.Widget, data: Gtk.SelectionData, _info: int, _when: int) -> None:
        """GTK wants the data before this returns, so the main loop goes on from here until they have come."""
        target = data.get_target().name()
        asked = "UTF8_STRING" if target in (*_MIME_OF_TEXT, *_X_TEXT) else target
        self._answers.pop(asked, None)
        self._clipboard.ask_server(self, asked)
        end = time.monotonic() + _PATIENCE
        wake = GLib.timeout_add(round(_PATIENCE * 1000), lambda: GLib.SOURCE_CONTINUE)
        while asked not in self._answers and time.monotonic() < end:
            GLib.MainContext.default().iteration(True)
        GLib.source_remove(wake)
        content = self._answers.pop(asked, None)
        if content is not None:
            data.set(data.get_target(), 8, content)

    def got_contents(
        self, target: str, _kind: str | None = None, _width: int | None = None, data: bytes | None = None
    ) -> None:
        """The X program's answer."""
        self._answers[target] = data.encode("latin1") if isinstance(data, str) else data

    def _lost(self, _widget: Gtk.Widget, _event: Gdk.EventSelection) -> bool:
        return False

    def _is_ours(self) -> bool:
        return Gdk.selection_owner_get(self._atom) is not None


class Window(ClientWindow):  # type: ignore[misc]
    """A window of an X program. Menus, tooltips and the like, which place themselves there, are popups of the window
    that they belong to: Wayland has no others, and the desktop moves them where they would leave the screen."""

    _pos: tuple[int, int]
    _size: tuple[int, int]

    def setup_window(self, *args: object) -> None:
        super().setup_window(*args)
        if self.is_OR() and self.get_transient_for() is None:
            self.set_transient_for(self._neighbour())

    def do_map(self) -> None:
        """GTK has given it a place of its own by now, without which it is a popup of another kind."""
        if self.is_OR():
            self._place()
        Gtk.Window.do_map(self)

    def _neighbour(self) -> Window | None:
        """The window that the user is in; one of old toolkits does not say whose it is."""
        windows = self._client._id_to_window
        others = [window for window in windows.values() if not window.is_OR()]
        return windows.get(self._client._focused) or next(iter(others), None)

    def _place(self) -> None:
        owner, window = self.get_transient_for(), self.get_window()
        if owner is None or owner.get_window() is None or window is None:
            return
        x, y = owner.on_x_screen()
        place = Gdk.Rectangle()
        place.x, place.y, place.width, place.height = self._pos[0] - x, self._pos[1] - y, 1, 1
        corner = Gdk.Gravity.NORTH_WEST
        window.move_to_rect(place, corner, corner, Gdk.AnchorHints.SLIDE, 0, 0)

    def on_x_screen(self) -> tuple[int, int]:
        """Where the X server has it: windows of the desktop, whose place is nobody's business, in its corner."""
        return self._pos if self.is_OR() else self.get_drawing_area_geometry()[:2]

    def calculate_window_offset(self, *_geometry: int) -> None:
        """It is the desktop that keeps it on the screen."""

    def move_resize(self, x: int, y: int, width: int, height: int, resize_counter: int = 0) -> None:
        if not self.is_OR():
            super().move_resize(x, y, width, height, resize_counter)
            return
        moved, grown = (x, y) != self._pos, (width, height) != self._size
        self._pos, self._size = (x, y), (width, height)
        if grown:
            self.resize(width, height)
            self._set_backing_size(width, height)
        if moved:
            self._place()

    def _get_pointer(self, event: Gdk.Event) -> tuple[float, float]:
        """Where it is for the X server, which knows nothing of popups that the desktop has moved. While a button is
        held the pointer stays the window's that it was pressed in, also above such a popup."""
        x, y = self._shown_at()
        x, y = x + event.x, y + event.y
        for popup in reversed([window for window in self._client._id_to_window.values() if window.is_OR()]):
            left, top = popup._shown_at()
            inside = 0 <= x - left < popup._size[0] and 0 <= y - top < popup._size[1]
            if inside and popup.get_mapped() and popup._bottom() is self._bottom():
                return popup._pos[0] + x - left, popup._pos[1] + y - top
        left, top = self.on_x_screen()
        return left + event.x, top + event.y

    def _get_relative_pointer(self, event: Gdk.Event) -> tuple[float, float]:
        """The server adds it to where it has this window, and believes that more."""
        x, y = self._get_pointer(event)
        left, top = self.on_x_screen()
        return x - left, y - top

    def _shown_at(self) -> tuple[int, int]:
        window = self.get_window()
        return window.get_origin()[1:] if window else self._pos

    def _bottom(self) -> Window | None:
        """What everything between hangs on."""
        owner = self.get_transient_for()
        return owner._bottom() if self.is_OR() and owner is not None else self


class Keymap:
    """Gives the X server the desktop's own keymap, so that a key is the same key there.

    GTK has no way to ask for it, so this is a client of its own that speaks as much of the protocol as that takes:
    https://wayland.freedesktop.org/docs/html/apa.html (wl_registry, wl_seat, wl_keyboard).
    """

    _DISPLAY, _REGISTRY, _SEAT, _KEYBOARD = 1, 2, 3, 4
    _HAS_KEYBOARD = 2

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(Path(os.environ["XDG_RUNTIME_DIR"], os.environ["WAYLAND_DISPLAY"])))
        self._unread = b""
        self._descriptors: list[int] = []
        self._asked = False
        self._file = tempfile.NamedTemporaryFile(suffix=".xkb")  # noqa: SIM115 - as long as this
        self._send(self._DISPLAY, 1, struct.pack("=I", self._REGISTRY))
        GLib.io_add_watch(self._socket.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, self._readable)

    def _send(self, target: int, request: int, arguments: bytes) -> None:
        self._socket.sendall(struct.pack("=II", target, (len(arguments) + 8) << 16 | request) + arguments)

    def _readable(self, _fd: int, _condition: GLib.IOCondition) -> bool:
        data, descriptors, _flags, _address = socket.recv_fds(self._socket, 4096, 16)
        self._unread += data
        self._descriptors += descriptors
        while len(self._unread) >= 8:
            source, word = struct.unpack_from("=II", self._unread)
            if len(self._unread) < word >> 16:
                break
            event, self._unread = self._unread[8 : word >> 16], self._unread[word >> 16 :]
            self._event(source, word & 0xFFFF, event)
        return bool(data)

    def _event(self, source: int, opcode: int, arguments: bytes) -> None:
        if (source, opcode) == (self._REGISTRY, 0):
            self._global(arguments)
        elif (source, opcode) == (self._SEAT, 0):
            if struct.unpack("=I", arguments)[0] & self._HAS_KEYBOARD and not self._asked:
                self._asked = True
                self._send(self._SEAT, 1, struct.pack("=I", self._KEYBOARD))
        elif (source, opcode) == (self._KEYBOARD, 0):
            _kind, size = struct.unpack("=II", arguments)
            self._apply(self._descriptors.pop(0), size)

    def _global(self, arguments: bytes) -> None:
        name, length = struct.unpack_from("=II", arguments)
        if arguments[8 : 8 + length] == b"wl_seat\0":
            text = arguments[4 : 8 + (length + 3 & ~3)]
            self._send(self._REGISTRY, 0, struct.pack("=I", name) + text + struct.pack("=II", 1, self._SEAT))

    def _apply(self, descriptor: int, size: int) -> None:
        with open(descriptor, "rb") as source:
            content = os.pread(source.fileno(), size, 0)
        self._file.seek(0)
        self._file.truncate()
        self._file.write(content.rstrip(b"\0"))
        self._file.flush()
        subprocess.Popen(["xkbcomp", "-w", "0", self._file.name, X_DISPLAY], stdin=subprocess.DEVNULL)


def _main() -> None:
    xpra.CLIPBOARD_CLASS = "__main__.Clipboard"
    gtk3_client.XpraClient.ClientWindowClass = Window
    connected = gtk_client_base.GTKXpraClient.process_ui_capabilities

    def with_keymap(client: gtk_client_base.GTKXpraClient) -> None:
        """The server has just taken a keymap by its name, which is not known here."""
        connected(client)
        client.keymap = Keymap()

    gtk_client_base.GTKXpraClient.process_ui_capabilities = with_keymap
    # Of a system without systemd it would have asked in vain, with a complaint each time.
    Keyboard.get_locale_status = lambda _keyboard: {}
    # The grab of a menu is the X server's own; grabbing here would take the desktop's keys.
    gtk_client_base.GTKXpraClient.window_grab = lambda _client, _window: None
    gtk_client_base.GTKXpraClient.window_ungrab = lambda _client: None
    sys.exit(xpra.main("xpra", ["xpra", *sys.argv[1:]]))


_main()
