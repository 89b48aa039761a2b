"""The X server's side of a measurement: keys that come from it, and what reaches its screen.

Every compositor that is measured runs as a client of an Xvfb, so one pair of hands and eyes serves for all.
"""

from __future__ import annotations

import ctypes
import select
import time
from typing import Any

_KEY = 38  # the letter a
_DAMAGE_RAW_RECTANGLES = 0
_Z_PIXMAP = 2
_POINTER_ROOT = 1


class _Damage(ctypes.Structure):
    """XDamageNotifyEvent up to the damaged area."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("drawable", ctypes.c_ulong),
        ("damage", ctypes.c_ulong),
        ("level", ctypes.c_int),
        ("more", ctypes.c_int),
        ("timestamp", ctypes.c_ulong),
        ("x", ctypes.c_short),
        ("y", ctypes.c_short),
        ("width", ctypes.c_ushort),
        ("height", ctypes.c_ushort),
    ]


def _library(name: str) -> Any:
    library = ctypes.CDLL(name)
    for function in ("XOpenDisplay", "XGetImage"):
        if hasattr(library, function):
            getattr(library, function).restype = ctypes.c_void_p
    for function in ("XDefaultRootWindow", "XDamageCreate", "XGetPixel"):
        if hasattr(library, function):
            getattr(library, function).restype = ctypes.c_ulong
    return library


class Screen:
    """A connection to the X server `display`."""

    def __init__(self, display: str, width: int, height: int) -> None:
        self._x, self._test, self._damage = (
            _library("libX11.so.6"),
            _library("libXtst.so.6"),
            _library("libXdamage.so.1"),
        )
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        if not self._display:
            raise SystemExit(f"the X server {display} does not answer")
        self._root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
        self._centre = width // 2, height // 2
        first, error = ctypes.c_int(), ctypes.c_int()
        if not self._damage.XDamageQueryExtension(self._display, ctypes.byref(first), ctypes.byref(error)):
            raise SystemExit("the X server has no damage extension")
        self._damage.XDamageCreate(self._display, self._root, _DAMAGE_RAW_RECTANGLES)
        self._test.XTestFakeMotionEvent(self._display, -1, *self._centre, ctypes.c_ulong(0))
        self._x.XSync(self._display, 0)

    def focus(self) -> None:
        """Give the keyboard to the compositor's window, as a window manager would."""
        root, parent = ctypes.c_ulong(), ctypes.c_ulong()
        children, count = ctypes.POINTER(ctypes.c_ulong)(), ctypes.c_uint()
        self._x.XQueryTree(
            self._display,
            self._root,
            ctypes.byref(root),
            ctypes.byref(parent),
            ctypes.byref(children),
            ctypes.byref(count),
        )
        for window in children[: count.value]:
            # The one that is not mapped refuses, which is an error that Xlib ends the process for.
            if self._mapped(window):
                self._x.XSetInputFocus(self._display, ctypes.c_ulong(window), _POINTER_ROOT, ctypes.c_ulong(0))
        self._x.XSync(self._display, 0)

    def _mapped(self, window: int) -> bool:
        attributes = (ctypes.c_char * 512)()
        self._x.XGetWindowAttributes(self._display, ctypes.c_ulong(window), attributes)
        width, height = ctypes.c_int.from_buffer(attributes, 8), ctypes.c_int.from_buffer(attributes, 12)
        # XWindowAttributes.map_state
        state = ctypes.c_int.from_buffer(attributes, 92)
        return state.value == 2 and width.value > 100 and height.value > 100

    def key(self, pressed: bool) -> float:
        """Press or release a key; returns when."""
        now = time.monotonic()
        self._test.XTestFakeKeyEvent(self._display, _KEY, int(pressed), ctypes.c_ulong(0))
        self._x.XFlush(self._display)
        return now

    def pixel(self) -> int:
        """The colour in the middle of the screen."""
        image = ctypes.c_void_p(
            self._x.XGetImage(self._display, self._root, *self._centre, 1, 1, ctypes.c_ulong(0xFFFFFF), _Z_PIXMAP)
        )
        value = int(self._x.XGetPixel(image, 0, 0))
        self._x.XDestroyImage(image)
        return value

    def until_drawn(self, before: int, seconds: float = 2.0) -> float | None:
        """When the middle of the screen had another colour than `before`; None if it kept it."""
        event = (ctypes.c_char * 256)()
        end = time.monotonic() + seconds
        fd = self._x.XConnectionNumber(self._display)
        while (left := end - time.monotonic()) > 0:
            if not self._x.XPending(self._display):
                select.select([fd], [], [], left)
                continue
            now = time.monotonic()
            self._x.XNextEvent(self._display, event)
            area = _Damage.from_buffer(event)
            x, y = self._centre
            if area.x <= x < area.x + area.width and area.y <= y < area.y + area.height and self.pixel() != before:
                return now
        return None

    def settle(self) -> None:
        """Forget what was drawn so far."""
        event = (ctypes.c_char * 256)()
        self._x.XSync(self._display, 0)
        while self._x.XPending(self._display):
            self._x.XNextEvent(self._display, event)

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)
