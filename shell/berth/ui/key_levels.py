"""What the keys of the on-screen keyboard make: the session's own keymap, by group and level.

So whatever layout the user has for real keys is on the screen, too.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from PySide6.QtCore import Qt
from xkbcommon import xkb

from berth.ui.keymap import ALT_GR, SHIFT, Keymap, Stroke, stroke_of

_XKB_OFFSET = 8
_HELD: tuple[tuple[int, ...], ...] = ((), (SHIFT,), (ALT_GR,), (ALT_GR, SHIFT))
"""Modifier keys that lead to each level."""
_MOST_LEVELS = len(_HELD)
_KEYS = (41, *range(2, 14), *range(16, 28), *range(30, 41), 43, 86, *range(44, 54))
"""Evdev codes of the keys that make characters, in their rows from the left."""
_DEAD = {
    "circumflex": "asciicircum",
    "perispomeni": "asciitilde",
    "tilde": "asciitilde",
    "abovering": "degree",
    "belowcomma": "comma",
    "iota": "Greek_iotaaccent",
}
"""Signs on dead keys that are not called as the dead keys are."""
_RING = "\u25cc"
_CODES = {" ": 57}


class KeyLevels:
    """Args:
    keymap: the layout that apps have, too.

    Attributes:
        groups: names of the layouts that the user can change between, at least one.
    """

    def __init__(self, keymap: Keymap) -> None:
        self._keymap: Any = keymap.compiled
        names = (str(self._keymap.layout_get_name(group)) for group in range(self._keymap.num_layouts()))
        self.groups = tuple(names)
        self._strokes: dict[int, dict[str, Stroke]] = {}

    def labels(self, code: int, group: int) -> tuple[str, ...]:
        """What is written on a key, for each level that can be reached; empty if it makes nothing by itself."""
        found = tuple(_label(keysym) for keysym in self._keysyms(code, group))
        return found if found and found[0] else ()

    def has_third_level(self, group: int) -> bool:
        """Whether AltGr leads to more characters."""
        keysyms = self._at(ALT_GR, group, 0)
        return bool(keysyms) and xkb.keysym_get_name(keysyms) == "ISO_Level3_Shift"

    def stroke(self, text: str, group: int) -> Stroke | None:
        """The key, with its modifier keys, that makes a character in a group; None if there is none."""
        if group not in self._strokes:
            self._strokes[group] = self._find(group)
        return self._strokes[group].get(text)

    def stroke_at(self, code: int, group: int, level: int) -> Stroke:
        """What a key is at a level, which is at most the highest that it has."""
        keysyms = self._keysyms(code, group)
        level = min(level, len(keysyms) - 1)
        return stroke_of(keysyms[level], code, _HELD[level])

    def is_letter(self, code: int, group: int) -> bool:
        """Whether words are made with it: a letter, or an accent for the next one."""
        keysyms = self._keysyms(code, group)
        if not keysyms or not keysyms[0]:
            return False
        text = xkb.keysym_to_string(keysyms[0]) or ""
        return text[:1].isalpha() or str(xkb.keysym_get_name(keysyms[0])).startswith("dead_")

    def _find(self, group: int) -> dict[str, Stroke]:
        found: dict[str, Stroke] = {" ": Stroke(_CODES[" "], (), int(Qt.Key.Key_Space), " ")}
        for level in range(_MOST_LEVELS):
            for code in _KEYS:
                keysyms = self._keysyms(code, group)
                if level < len(keysyms) and (text := xkb.keysym_to_string(keysyms[level]) or "").isprintable():
                    found.setdefault(text, stroke_of(keysyms[level], code, _HELD[level]))
        found.pop("", None)
        return found

    def _keysyms(self, code: int, group: int) -> list[int]:
        """Of each level that can be reached; 0 where there is nothing."""
        keycode = code + _XKB_OFFSET
        groups = self._keymap.num_layouts_for_key(keycode)
        if groups == 0:
            return []
        # As xkb does it: a key with fewer groups begins anew.
        levels = min(self._keymap.num_levels_for_key(keycode, group % groups), _MOST_LEVELS)
        if not self.has_third_level(group):
            levels = min(levels, 2)
        return [self._at(code, group, level) for level in range(levels)]

    def _at(self, code: int, group: int, level: int) -> int:
        keycode = code + _XKB_OFFSET
        groups = self._keymap.num_layouts_for_key(keycode)
        if groups == 0:
            return 0
        keysyms = self._keymap.key_get_syms_by_level(keycode, group % groups, level)
        return int(keysyms[0]) if len(keysyms) == 1 else 0


def without_ring(label: str) -> str:
    """What a label stands for: signs that lie on other letters are shown on a ring."""
    return label.removeprefix(_RING) or label


@cache
def _label(keysym: int) -> str:
    text = xkb.keysym_to_string(keysym) or ""
    if not text:
        name = str(xkb.keysym_get_name(keysym))
        kind = name.removeprefix("dead_")
        if kind == name:
            return ""
        text = xkb.keysym_to_string(xkb.keysym_from_name(_DEAD.get(kind, kind))) or _RING
    if not text.isprintable():
        return ""
    return f"{_RING}{text}" if unicodedata.combining(text[0]) else text
