"""Runs inside an app's container, beside its X server: tells X programs the settings of the desktop, as XSETTINGS.

GTK 3 on X11 asks nobody else, and listens: a theme is read again when it has another name, and ours has several. GTK 2
may look at its own files again, too, when its windows are told to (GIMP does nothing without). What the settings are
stands in a file that the engine keeps, one ``name=value`` a line; a line written to the FIFO says that it and
the theme are others now.

Runs on the Python of the image, with nothing but what Debian's python3-minimal has.
Source: https://specifications.freedesktop.org/xsettings-spec/0.5/.
"""

from __future__ import annotations

import os
import selectors
import struct
import sys
from functools import partial
from pathlib import Path

from berth.inside.x11_wire import NONE, XConnection

_SELECTION, _PROPERTY, _MANAGER = "_XSETTINGS_S0", "_XSETTINGS_SETTINGS", "MANAGER"
_SELECTION_CLEAR = 29
_INTEGER, _STRING = 0, 1
_MOST = 64 << 10
_READ_STYLES = "_GTK_READ_RCFILES"
_DEEPEST, _MOST_WINDOWS = 3, 512
"""A program's window is the root's child, or lies in a frame of the window manager's."""


class Settings:
    """Owns the selection until another program takes it: then that one is who tells.

    Args:
        style: where the file and the themes lie.
        fifo: made here; whoever writes a line to it has the files read again.
    """

    def __init__(self, x: XConnection, style: Path, fifo: Path) -> None:
        self.done = False
        self._x = x
        self._style = style
        self._serial = self._left = 0
        self._atoms: dict[str, int] = {}
        self._window = x.new_window()
        fifo.unlink(missing_ok=True)
        os.mkfifo(fifo, 0o600)
        # Also written to, or it would end with the first who has written.
        self._fifo = os.open(fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector = selectors.DefaultSelector()
        self._selector.register(x, selectors.EVENT_READ, self._x_readable)
        self._selector.register(self._fifo, selectors.EVENT_READ, self._told)
        for name in (_SELECTION, _PROPERTY, _MANAGER, _READ_STYLES):
            x.atom(name, partial(self._atoms.__setitem__, name))
        x.after_answers(lambda: x.owner(self._atoms[_SELECTION], self._begin))

    def run(self) -> None:
        while not self.done:
            for key, _events in self._selector.select():
                key.data()

    def _begin(self, owner: int) -> None:
        """A program that was faster, and is one of the app's own, stays who tells."""
        if owner != NONE:
            self.done = True
            return
        self._tell()
        selection = self._atoms[_SELECTION]
        self._x.own(selection, self._window)
        self._x.announce(self._atoms[_MANAGER], selection, self._window)

    def _x_readable(self) -> None:
        if any(event.kind == _SELECTION_CLEAR for event in self._x.events()):
            self.done = True

    def _told(self) -> None:
        os.read(self._fifo, _MOST)
        if self._serial:
            self._tell()
            self._left = _MOST_WINDOWS
            self._x.children(self._x.root, partial(self._tell_windows, 1))

    def _tell_windows(self, depth: int, windows: tuple[int, ...]) -> None:
        told = windows[: self._left]
        self._left -= len(told)
        for window in told:
            self._x.tell(window, self._atoms[_READ_STYLES], (0, 0, 0, 0, 0))
            if depth < _DEEPEST:
                self._x.children(window, partial(self._tell_windows, depth + 1))

    def _tell(self) -> None:
        names = sorted(path.name for path in (self._style / "share/themes").glob("*"))
        theme = {"Net/ThemeName": names[self._serial % len(names)]} if names else {}
        values = read_settings(self._style / "config/xsettings") | theme
        self._serial += 1
        data = packed(values, self._serial)
        self._x.change_property(self._window, self._atoms[_PROPERTY], self._atoms[_PROPERTY], 8, data)


def read_settings(file: Path) -> dict[str, int | str]:
    """What the file says; whole numbers are numbers."""
    try:
        text = file.read_text()
    except OSError:
        return {}
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: int(value) if value.isdecimal() else value for name, value in pairs}


def packed(values: dict[str, int | str], serial: int) -> bytes:
    """The property: all of it counts as changed with this serial."""
    order = 0 if sys.byteorder == "little" else 1
    parts = [struct.pack("=B3xII", order, serial, len(values))]
    for name, value in sorted(values.items()):
        key = name.encode()
        kind = _INTEGER if isinstance(value, int) else _STRING
        parts.append(struct.pack("=BxH", kind, len(key)) + _padded(key) + struct.pack("=I", serial))
        if isinstance(value, int):
            parts.append(struct.pack("=i", value))
        else:
            data = value.encode()
            parts.append(struct.pack("=I", len(data)) + _padded(data))
    return b"".join(parts)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _main() -> int:
    try:
        Settings(XConnection(os.environ["DISPLAY"]), Path(sys.argv[1]), Path(sys.argv[2])).run()
    except OSError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(_main())
