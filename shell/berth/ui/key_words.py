"""What keys of the on-screen keyboard are called, for QML and for who hears it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication

from berth.ui.key_pages import Key, Purpose


def described(key: Key) -> dict[str, Any]:
    """A key as QML gets it; `more` is whether a long press may offer something."""
    return {
        "key": key.key,
        "labels": list(key.labels),
        "symbol": key.symbol,
        "kind": key.kind,
        "width": key.width,
        "name": _name(key),
        "more": key.does in ("level", "text"),
    }


def enter_words(purpose: Purpose) -> str:
    """What the key that ends a line does in a text field; empty where that is not known."""
    words = {"url": _tr("Go"), "password": _tr("Done"), "pin": _tr("Done"), "search": _tr("Search")}
    return words.get(purpose, "")


def _name(key: Key) -> str:
    """What a screen reader says where the label does not say it."""
    names = {
        "backspace": _tr("Backspace"),
        "shift": _tr("Shift"),
        "rightshift": _tr("Shift"),
        "enter": _tr("Enter"),
        "space": _tr("Space"),
        "left": _tr("Left"),
        "right": _tr("Right"),
        "up": _tr("Up"),
        "down": _tr("Down"),
        "group": _tr("Next keyboard layout"),
        "hide": _tr("Hide the keyboard"),
        "escape": _tr("Escape"),
        "tab": _tr("Tab"),
        "control": _tr("Control"),
        "alt": _tr("Alt"),
        "page-letters": _tr("Letters"),
        "page-symbols": _tr("Signs and numbers"),
        "page-more": _tr("More signs"),
    }
    return names.get(key.key, "")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ScreenKeyboard", text)
