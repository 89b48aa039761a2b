"""The settings portal: what the desktop looks like, for apps that ask, and told again when it changes.

Toolkits read their style sheets once. What makes them read again is a change that they hear of: GTK takes a theme
with another name, though it is the same folder by another name; Qt 6 reads KDE's file for a colour scheme with another
name; libadwaita draws anew when the contrast changes,
so that is told to be otherwise, and at once as it was. Neither draws in between.
Source: https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Settings.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from berth.core.messages import AppPalette
from berth.core.plan import THEME_NAMES
from berth.display.dbus.wire import Failure, Message, body

PORTAL = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_INTERFACE = "org.freedesktop.portal.Settings"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_VERSION = 2
_APPEARANCE = "org.freedesktop.appearance"
_GNOME = "org.gnome.desktop.interface"
_KDE = "org.kde.kdeglobals.General"
_CONTRAST = ("org.gnome.desktop.a11y.interface", "high-contrast")

Value = tuple[str, Any]
"""A D-Bus variant: its signature, and the value."""
Key = tuple[str, str]
Tell = Callable[[str, str, str, str, str, bytes], None]

_FIXED: Mapping[Key, Value] = {
    # What GNOME's own schemas say, in images that have them: GTK 3 asks either them or the portal.
    (_GNOME, "font-name"): ("s", "Cantarell 11"),
    (_GNOME, "document-font-name"): ("s", "Cantarell 11"),
    (_GNOME, "monospace-font-name"): ("s", "Source Code Pro 10"),
    (_GNOME, "text-scaling-factor"): ("d", 1.0),
    (_GNOME, "font-antialiasing"): ("s", "grayscale"),
    (_GNOME, "font-hinting"): ("s", "slight"),
    (_GNOME, "font-rgba-order"): ("s", "rgb"),
}


class Settings:
    """The same for all apps.

    Args:
        buses: the `signal` of each bus there is.
    """

    def __init__(self, buses: Callable[[], Iterator[Tell]]) -> None:
        self._buses = buses
        self._palette: AppPalette | None = None
        self._turn = 0
        self._values: dict[Key, Value] = {}

    def follow(self, palette: AppPalette) -> None:
        """The files of the apps say this now."""
        if palette == self._palette:
            return
        self._turn += self._palette is not None
        self._palette = palette
        old, self._values = self._values, _values(palette, THEME_NAMES[self._turn % len(THEME_NAMES)])
        changed = {key: value for key, value in self._values.items() if old.get(key) != value}
        told = [(key, value) for key, value in changed.items() if key != _CONTRAST]
        contrast = palette.high_contrast
        told += [
            (_CONTRAST, ("b", value)) for value in ((contrast,) if _CONTRAST in changed else (not contrast, contrast))
        ]
        for tell in tuple(self._buses()):
            for (namespace, key), value in told:
                tell(PORTAL, _PATH, _INTERFACE, "SettingChanged", "ssv", body("ssv", [namespace, key, value]))

    def answer(self, call: Message) -> tuple[str, bytes]:
        """See `Service.answer`."""
        if call.member == "Ping":
            return "", b""
        if call.path != _PATH:
            raise Failure("UnknownObject", f"There is nothing at {call.path[:255]}.")
        if call.member == "ReadAll":
            return "a{sa{sv}}", body("a{sa{sv}}", [self._all(*call.arguments("as"))])
        if call.member in ("Read", "ReadOne"):
            value = self._one(*call.arguments("ss"))
            # The older of the two has always wrapped its answer twice.
            return "v", body("v", [("v", value) if call.member == "Read" else value])
        if call.interface in (_PROPERTIES, ""):
            return _properties(call)
        raise Failure("UnknownMethod", f"There is no {call.interface[:255]}.{call.member[:255]} here.")

    def _one(self, namespace: str, key: str) -> Value:
        value = self._values.get((namespace, key))
        if value is None:
            raise Failure("org.freedesktop.portal.Error.NotFound", "Requested setting not found")
        return value

    def _all(self, patterns: list[str]) -> dict[str, dict[str, Value]]:
        found: dict[str, dict[str, Value]] = {}
        for (namespace, key), value in self._values.items():
            found.setdefault(namespace, {})[key] = value
        if not patterns:
            return found
        return {name: found[name] for name in found if any(_covers(pattern, name) for pattern in patterns)}


def _covers(pattern: str, namespace: str) -> bool:
    """A pattern is a namespace, may end in a star, and may be empty."""
    if pattern.endswith("*"):
        return namespace.startswith(pattern[:-1])
    return pattern in ("", namespace)


def _values(palette: AppPalette, theme: str) -> dict[Key, Value]:
    dark = palette.scheme == "dark"
    accent = tuple(int(palette.accent[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return {
        (_APPEARANCE, "color-scheme"): ("u", 1 if dark else 2),
        (_APPEARANCE, "contrast"): ("u", int(palette.high_contrast)),
        (_APPEARANCE, "accent-color"): ("(ddd)", accent),
        (_APPEARANCE, "reduced-motion"): ("u", int(palette.reduced_motion)),
        (_GNOME, "color-scheme"): ("s", "prefer-dark" if dark else "prefer-light"),
        (_GNOME, "enable-animations"): ("b", not palette.reduced_motion),
        **_FIXED,
        (_GNOME, "gtk-theme"): ("s", theme),
        (_GNOME, "icon-theme"): ("s", palette.icons or "Adwaita"),
        (_GNOME, "cursor-theme"): ("s", palette.pointers or "Adwaita"),
        (_GNOME, "cursor-size"): ("i", palette.pointer_size),
        (_KDE, "ColorScheme"): ("s", theme),
        _CONTRAST: ("b", palette.high_contrast),
    }


def _properties(call: Message) -> tuple[str, bytes]:
    if call.member == "Get" and call.arguments("ss") == (_INTERFACE, "version"):
        return "v", body("v", [("u", _VERSION)])
    if call.member == "GetAll":
        known = {"version": ("u", _VERSION)} if call.arguments("s") == (_INTERFACE,) else {}
        return "a{sv}", body("a{sv}", [known])
    raise Failure("UnknownMethod" if call.member not in ("Get", "Set") else "InvalidArgs", "There is no such property.")
