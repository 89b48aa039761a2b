"""Symbols of the shell that a theme draws itself, as custom properties of the root.

``--icon-close: url(icons/close.png)`` puts the shape of a picture, which is what is not transparent in it, in the
place of the symbol ``close``. It has the colour that a sheet gives the symbol, so it stays as legible as that.
"""

from __future__ import annotations

from collections.abc import Mapping

from berth.themes.computed import Style
from berth.themes.named_files import NamedFile, read_files
from berth.themes.token_schema import property_name

PROTECTED = ("eye", "shield", "warning", "lock")
"""What tells that an app watches, that Berth itself asks, that something is dangerous, and where a password goes: the
same in all themes."""
_NAMES = (
    *("anchor", "search", "close", "minimize", "maximize", "restore", "info", "error", "fullscreen", "tileLeft"),
    *("tileRight", "move", "resize", "turnLeft", "turnRight", "play", "plus", "panel", "windows", "check", "brush"),
    *("plug", "remove", "more", "sliders", "undo", "target", "catalogue", "back"),
    *(
        "volume",
        "volumeOff",
        "microphone",
        "microphoneOff",
        "brightness",
        "capsLock",
        "numLock",
        "keyboard",
        "screen",
        "power",
    ),
    *("keyboardHide", "shift", "shiftLock", "backspace", "enter", "globe"),
    *("arrowLeft", "arrowRight", "arrowUp", "arrowDown"),
)
PROPERTIES: Mapping[str, str] = {property_name(f"icon.{name}"): name for name in _NAMES}
"""The custom property of each symbol."""


def read_icons(root: Style) -> dict[str, NamedFile]:
    """The files of symbols that the style of the root names."""
    return read_files(root, PROPERTIES)
