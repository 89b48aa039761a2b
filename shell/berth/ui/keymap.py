"""The keyboard layout backwards: which keys, with which modifiers, make a character or a named key."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from xkbcommon import xkb

from berth.core.messages import KeyboardLayout
from berth.core.problem import Problem

_XKB_OFFSET = 8
_LONGEST = 64

SYSTEM_KEYBOARD = Path("/etc/default/keyboard")
"""Where Debian keeps the layout, see keyboard(5)."""

SHIFT, CONTROL, ALT, ALT_GR, SUPER = 42, 29, 56, 100, 125
"""Evdev codes of the modifier keys; a layout keeps these where they are."""

MODIFIERS: dict[str, int] = {
    "shift": SHIFT,
    "ctrl": CONTROL,
    "control": CONTROL,
    "alt": ALT,
    "altgr": ALT_GR,
    "super": SUPER,
    "meta": SUPER,
    "logo": SUPER,
}
MODIFIER_FLAGS: dict[int, Qt.KeyboardModifier] = {
    SHIFT: Qt.KeyboardModifier.ShiftModifier,
    CONTROL: Qt.KeyboardModifier.ControlModifier,
    ALT: Qt.KeyboardModifier.AltModifier,
    ALT_GR: Qt.KeyboardModifier.GroupSwitchModifier,
    SUPER: Qt.KeyboardModifier.MetaModifier,
}
MODIFIER_KEYS: dict[int, int] = {
    SHIFT: int(Qt.Key.Key_Shift),
    CONTROL: int(Qt.Key.Key_Control),
    ALT: int(Qt.Key.Key_Alt),
    ALT_GR: int(Qt.Key.Key_AltGr),
    SUPER: int(Qt.Key.Key_Meta),
}
_NAMED: dict[str, Qt.Key] = {
    "Return": Qt.Key.Key_Return,
    "KP_Enter": Qt.Key.Key_Enter,
    "Escape": Qt.Key.Key_Escape,
    "Tab": Qt.Key.Key_Tab,
    "ISO_Left_Tab": Qt.Key.Key_Backtab,
    "BackSpace": Qt.Key.Key_Backspace,
    "Delete": Qt.Key.Key_Delete,
    "Insert": Qt.Key.Key_Insert,
    "Home": Qt.Key.Key_Home,
    "End": Qt.Key.Key_End,
    "Prior": Qt.Key.Key_PageUp,
    "Next": Qt.Key.Key_PageDown,
    "Left": Qt.Key.Key_Left,
    "Right": Qt.Key.Key_Right,
    "Up": Qt.Key.Key_Up,
    "Down": Qt.Key.Key_Down,
    "Menu": Qt.Key.Key_Menu,
    "Print": Qt.Key.Key_Print,
    "Pause": Qt.Key.Key_Pause,
    "Caps_Lock": Qt.Key.Key_CapsLock,
    "Num_Lock": Qt.Key.Key_NumLock,
    "XF86AudioRaiseVolume": Qt.Key.Key_VolumeUp,
    "XF86AudioLowerVolume": Qt.Key.Key_VolumeDown,
    "XF86AudioMute": Qt.Key.Key_VolumeMute,
    "XF86AudioMicMute": Qt.Key.Key_MicMute,
    "XF86MonBrightnessUp": Qt.Key.Key_MonBrightnessUp,
    "XF86MonBrightnessDown": Qt.Key.Key_MonBrightnessDown,
    **{f"F{number}": Qt.Key(int(Qt.Key.Key_F1) + number - 1) for number in range(1, 25)},
}
_SHORT_NAMES = {
    "enter": "Return",
    "esc": "Escape",
    "space": "space",
    "del": "Delete",
    "ins": "Insert",
    "pageup": "Prior",
    "pagedown": "Next",
    "page_up": "Prior",
    "page_down": "Next",
}


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key: its evdev code, the modifier keys it needs, and what it means to Qt."""

    code: int
    modifiers: tuple[int, ...]
    key: int
    text: str


def layout_from(environment: Mapping[str, str], system: Path = SYSTEM_KEYBOARD) -> KeyboardLayout:
    """The layout the host uses, as far as the variables of libxkbcommon tell, or else the system's settings."""
    if environment.get("XKB_DEFAULT_LAYOUT"):
        found, prefix = environment, "XKB_DEFAULT_"
    else:
        found, prefix = _settings(system), "XKB"
    return KeyboardLayout(
        found.get(f"{prefix}LAYOUT") or "us", found.get(f"{prefix}VARIANT", ""), found.get(f"{prefix}OPTIONS", "")
    )


def _settings(path: Path) -> dict[str, str]:
    """The variables that a file of a shell's assignments sets."""
    try:
        words = shlex.split(path.read_text(), comments=True)
    except (OSError, ValueError):
        return {}
    return dict(word.split("=", 1) for word in words if "=" in word)


class Keymap:
    """Raises `Problem` ``keyboard-layout`` if xkb does not know the layout.

    Attributes:
        compiled: what xkb made of it.
    """

    def __init__(self, layout: KeyboardLayout) -> None:
        context = xkb.Context(no_environment_names=True)
        try:
            self._keymap: Any = context.keymap_new_from_names(
                rules="evdev", model="pc105", layout=layout.layout, variant=layout.variant, options=layout.options
            )
        except xkb.XKBError:
            raise Problem(
                "keyboard-layout",
                f"There is no keyboard layout “{layout.layout}”.",
                "The layouts are listed in /usr/share/X11/xkb/rules/base.lst.",
            ) from None
        self.compiled = self._keymap
        self._by_keysym: dict[int, Stroke] = {}
        self._by_text: dict[str, Stroke] = {}
        for keysym, code, modifiers in self._levels():
            stroke = stroke_of(keysym, code, modifiers)
            self._by_keysym.setdefault(keysym, stroke)
            if stroke.text.isprintable() and not str(xkb.keysym_get_name(keysym)).startswith("KP_"):
                self._by_text.setdefault(stroke.text, stroke)

    def _levels(self) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Every keysym with its code and the modifier keys that lead to it, simple ways first."""
        for held in ((), (SHIFT,), (ALT_GR,), (ALT_GR, SHIFT)):
            state = self._keymap.state_new()
            for code in held:
                state.update_key(code + _XKB_OFFSET, xkb.XKB_KEY_DOWN)
            for keycode in range(self._keymap.min_keycode(), min(self._keymap.max_keycode(), 255) + 1):
                keysym = state.key_get_one_sym(keycode)
                if keysym:
                    yield keysym, keycode - _XKB_OFFSET, held

    def chord(self, keys: str) -> tuple[tuple[int, ...], Stroke]:
        """Modifier codes to hold and the key to strike for a text like ``ctrl+shift+t``.

        Raises:
            Problem: ``unknown-key`` if a part of it names no key of this layout.
        """
        if not keys or len(keys) > _LONGEST:
            raise _unknown(keys)
        *before, last = ["+"] if keys == "+" else _split(keys)
        held = tuple(self._modifier(name) for name in before)
        if last.lower() in MODIFIERS:
            code = MODIFIERS[last.lower()]
            return held, Stroke(code, (), MODIFIER_KEYS[code], "")
        stroke = self._named(last)
        if SHIFT in held and len(stroke.text) == 1:
            stroke = self._by_text.get(stroke.text.upper(), stroke)
        return held, stroke

    def character(self, character: str) -> Stroke:
        """Raises `Problem` ``untypable`` if no key of this layout makes `character`."""
        names = {"\n": "Return", "\r": "Return", "\t": "Tab", "\b": "BackSpace", "\x1b": "Escape"}
        name = names.get(character)
        stroke = self._by_keysym.get(xkb.keysym_from_name(name)) if name else self._by_text.get(character)
        if stroke is None:
            raise Problem(
                "untypable",
                f"No key of the current keyboard layout makes “{character}”.",
                "Paste it from the clipboard, or choose a layout that has it.",
            )
        return stroke

    def _modifier(self, name: str) -> int:
        code = MODIFIERS.get(name.lower())
        if code is None:
            raise Problem(
                "unknown-key", f"“{name}” is no modifier.", "Modifiers are shift, ctrl, alt, altgr and super."
            )
        return code

    def _named(self, name: str) -> Stroke:
        if not name.isprintable():
            raise _unknown(name)
        if len(name) == 1:
            stroke = self._by_text.get(name)
        else:
            name = _SHORT_NAMES.get(name.lower(), name if name.isascii() else "")
            keysym = xkb.keysym_from_name(name) or xkb.keysym_from_name(name, case_insensitive=True)
            stroke = self._by_keysym.get(keysym)
        if stroke is None:
            raise _unknown(name)
        return stroke


def stroke_of(keysym: int, code: int, modifiers: tuple[int, ...]) -> Stroke:
    """What a key means that makes a keysym with these modifier keys."""
    text = xkb.keysym_to_string(keysym) or ""
    named = _NAMED.get(str(xkb.keysym_get_name(keysym)))
    if named is not None:
        return Stroke(code, modifiers, int(named), text)
    letter = text.upper() if len(text.upper()) == 1 else text
    return Stroke(code, modifiers, ord(letter) if letter else int(Qt.Key.Key_unknown), text)


def _split(keys: str) -> list[str]:
    return [*keys[:-2].split("+"), "+"] if keys.endswith("++") else keys.split("+")


def _unknown(name: str) -> Problem:
    return Problem(
        "unknown-key",
        f"“{name[:_LONGEST]}” names no key.",
        "Use names like Return, Tab, F5, a, or combinations like ctrl+shift+t.",
    )
