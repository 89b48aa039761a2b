"""Whose signatures of images the user trusts: what `berth keys` shows and changes."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Literal

import msgspec

from berth.core.messages import KeyInfo, Keys
from berth.core.problem import Problem
from berth.engine.images.trust import MAX_KEY, MOST_KEYS, TrustedKey, check_name, pattern_of, read_keys, write_keys


class TrustedKeys:
    """The keys in the file at `path`, which is read anew each time: the process that fetches images reads it, too.

    Every method raises `Problem`: ``keys-unreadable``, ``keys-not-kept``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._changing = Lock()

    def list(self) -> Keys:
        return Keys(
            tuple(
                KeyInfo(key.name, key.pattern, key.required, key.kind, key.fingerprint) for key in read_keys(self.path)
            )
        )

    def add(self, name: str, pem: str, pattern: str, required: bool) -> None:
        """Raises `Problem` ``key-invalid``, ``key-name``, ``key-exists``, ``pattern-invalid``, ``too-many-keys``."""
        # Takes longer to load than most sessions ever need it.
        from berth.engine.images.signing_keys import describe, fingerprint, load_key

        if len(pem) > MAX_KEY:
            raise Problem("key-invalid", "The key cannot be used: it is far too large.")
        key = load_key(pem)
        added = TrustedKey(check_name(name), pattern_of(pattern), required, pem, fingerprint(key), describe(key))
        with self._changing:
            keys = read_keys(self.path)
            if any(key.name == name for key in keys):
                raise Problem(
                    "key-exists", f"There is a key “{name}” already.", f"Remove it first: berth keys remove {name}"
                )
            if len(keys) == MOST_KEYS:
                raise Problem("too-many-keys", f"You trust {MOST_KEYS} keys already, more than anybody can watch over.")
            write_keys(self.path, (*keys, added))

    def change(self, name: str, action: Literal["remove", "require", "show"]) -> None:
        """Raises `Problem` ``no-such-key``."""
        with self._changing:
            keys = {key.name: key for key in read_keys(self.path)}
            if name not in keys:
                raise Problem("no-such-key", f"You trust no key “{name[:70]}”.", "List them with: berth keys")
            if action == "remove":
                del keys[name]
            else:
                keys[name] = msgspec.structs.replace(keys[name], required=action == "require")
            write_keys(self.path, tuple(keys.values()))
