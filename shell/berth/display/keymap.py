"""The keyboard layout as clients get it: a sealed memory file, and the state of its modifiers."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import re
from typing import Any

from xkbcommon import xkb

from berth.core.messages import KeyboardLayout
from berth.core.problem import Problem

_log = logging.getLogger("berth.display")

_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
_EVDEV_OFFSET = 8
"""What xkb adds to the kernel's key codes."""

MAX_INCLUDED = 16
"""How many files of the system a client's keymap may name; each takes up to a millisecond."""
_MERGE = re.compile(rb"(?i)\b(?:include|augment|override|replace|alternate)\b")
_INCLUDE = re.compile(rb'(?i)\b(?:include|augment|override|replace|alternate)\s*"([^"]*)"')

Modifiers = tuple[int, int, int, int]
"""Depressed, latched and locked modifiers, and the layout group."""


class Keymap:
    """One compiled layout.

    Args:
        layout: as the user chose it.

    Raises:
        Problem: ``keyboard-layout`` if xkb does not know it.

    Attributes:
        modifiers: as clients are told of them.
        locked: the modifiers that stay without a key held.
        locked_layout: which of several layouts stays without a key held.
    """

    modifiers: Modifiers
    locked: int
    locked_layout: int

    def __init__(self, layout: KeyboardLayout) -> None:
        context = xkb.Context(no_environment_names=True)
        # Its errors are lines on stderr that say less than the problem below.
        context.set_log_level(xkb.lib.XKB_LOG_LEVEL_CRITICAL)
        try:
            keymap: Any = context.keymap_new_from_names(
                rules="evdev",
                model="pc105",
                layout=layout.layout,
                variant=layout.variant,
                options=layout.options,
            )
        except xkb.XKBError:
            raise Problem(
                "keyboard-layout",
                f"There is no keyboard layout “{layout.layout} {layout.variant}”.".replace(" ”", "”"),
                "The layouts are listed in /usr/share/X11/xkb/rules/base.lst.",
            ) from None
        self._keymap: Any = keymap
        self._state: Any = keymap.state_new()
        self._read()
        self.text = KeymapText(keymap.get_as_bytes() + b"\0")

    def update(self, code: int, pressed: bool) -> bool:
        """Feed a key; true if that changed the modifiers."""
        direction = xkb.XKB_KEY_DOWN if pressed else xkb.XKB_KEY_UP
        changed = bool(self._state.update_key(code + _EVDEV_OFFSET, direction))
        if changed:
            self._read()
        return changed

    def _read(self) -> None:
        # Asking xkb takes longer than all else that is done for a key, and most keys change nothing of this.
        state = self._state
        self.locked = int(state.serialize_mods(xkb.XKB_STATE_MODS_LOCKED))
        self.locked_layout = int(state.serialize_layout(xkb.XKB_STATE_LAYOUT_LOCKED))
        self.modifiers = (
            int(state.serialize_mods(xkb.XKB_STATE_MODS_DEPRESSED)),
            int(state.serialize_mods(xkb.XKB_STATE_MODS_LATCHED)),
            self.locked,
            int(state.serialize_layout(xkb.XKB_STATE_LAYOUT_EFFECTIVE)),
        )

    @property
    def group(self) -> int:
        """Which of several layouts counts now."""
        return self.modifiers[3]

    @property
    def layout_name(self) -> str:
        """Of that layout, as xkb calls it, like ``German``."""
        return str(self._keymap.layout_get_name(self.locked_layout % self._keymap.num_layouts()) or "")

    def lock(self, mask: int, locked: int) -> bool:
        """Lock those modifiers of `mask` that are in `locked`, unlock the others; true if that changed something."""
        state = self._state
        after = self.locked & ~mask | locked & mask
        if after == self.locked:
            return False
        state.update_mask(
            state.serialize_mods(xkb.XKB_STATE_MODS_DEPRESSED),
            state.serialize_mods(xkb.XKB_STATE_MODS_LATCHED),
            after,
            state.serialize_layout(xkb.XKB_STATE_LAYOUT_DEPRESSED),
            state.serialize_layout(xkb.XKB_STATE_LAYOUT_LATCHED),
            self.locked_layout,
        )
        self._read()
        return True

    def lock_layout(self, group: int) -> bool:
        """Let one of several layouts count until another one is chosen; true if that changed something."""
        state = self._state
        if group == self.locked_layout or not 0 <= group < self._keymap.num_layouts():
            return False
        state.update_mask(
            state.serialize_mods(xkb.XKB_STATE_MODS_DEPRESSED),
            state.serialize_mods(xkb.XKB_STATE_MODS_LATCHED),
            self.locked,
            state.serialize_layout(xkb.XKB_STATE_LAYOUT_DEPRESSED),
            state.serialize_layout(xkb.XKB_STATE_LAYOUT_LATCHED),
            group,
        )
        self._read()
        return True

    def close(self) -> None:
        self.text.close()


class KeymapText:
    """A keymap as clients get it: its `fd` and `size`; equal texts are equal keymaps."""

    def __init__(self, text: bytes) -> None:
        self.size = len(text)
        self.fd = _sealed(text)
        self._digest = hashlib.sha256(text).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeymapText) and other._digest == self._digest

    def __hash__(self) -> int:
        return hash(self._digest)

    def close(self) -> None:
        os.close(self.fd)


def checked(text: bytes) -> KeymapText:
    """A client's keymap, as libxkbcommon understands it and in its words.

    Raises:
        ValueError: if it is none, or consists of more of the system's files than is reasonable.
    """
    includes = _INCLUDE.findall(text)
    parts = sum(1 + names.count(b"+") + names.count(b"|") for names in includes)
    if len(_MERGE.findall(text)) != len(includes) or parts > MAX_INCLUDED:
        raise ValueError("too many parts")
    context = xkb.Context(no_default_includes=not includes, no_environment_names=True)
    context.set_log_level(xkb.lib.XKB_LOG_LEVEL_CRITICAL)
    try:
        return KeymapText(context.keymap_new_from_buffer(text).get_as_bytes() + b"\0")
    except xkb.XKBError:
        raise ValueError("no keymap") from None


def _sealed(data: bytes) -> int:
    """A read-only descriptor, so that clients may map it shared, of a file that nobody can change."""
    writable = os.memfd_create("berth-keymap", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.write(writable, data)
        fcntl.fcntl(writable, fcntl.F_ADD_SEALS, _SEALS)
        return os.open(f"/proc/self/fd/{writable}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(writable)
