"""What the user has set for the dock: ``dock.json`` in the folder of the user's choices.

It is written whole or not at all. What somebody else has written into it is looked at piece by piece, so one bad
entry takes no other with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from berth.core.manifest import is_app_id
from berth.core.problem import Problem
from berth.themes.bars import WORDS

MOST_PINNED = 64
_FILE = "dock.json"
_MOST_BYTES = 64 << 10
_SET = {"shown": WORDS["--dock-shown"], "edge": WORDS["--dock-edge"], "panel": WORDS["--panel-shown"]}


class DockChoice(msgspec.Struct, frozen=True):
    """`pinned` are ids of apps, also of such as are not installed now; a word is empty where the theme decides."""

    pinned: tuple[str, ...] = ()
    shown: str = ""
    edge: str = ""
    panel: str = ""


def words_of(setting: str) -> tuple[str, ...]:
    """What ``shown``, ``edge`` and ``panel`` can be beside empty; nothing for other names."""
    return _SET.get(setting, ())


def read_choice(config: Path) -> DockChoice:
    """What is kept there; as if there were nothing where that is not sound."""
    try:
        with (config / _FILE).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        document = msgspec.json.decode(data) if len(data) <= _MOST_BYTES else None
    except (OSError, ValueError, RecursionError):  # bytes that are no UTF-8 are no `msgspec.DecodeError`
        return DockChoice()
    return _sound(document) if isinstance(document, dict) else DockChoice()


def _sound(document: Mapping[str, Any]) -> DockChoice:
    pinned = document.get("pinned")
    ids = pinned if isinstance(pinned, list) else []
    words = {name: document.get(name) for name in _SET}
    return DockChoice(
        without_repeats(app for app in ids if isinstance(app, str) and is_app_id(app)),
        **{name: word for name, word in words.items() if isinstance(word, str) and word in _SET[name]},
    )


def without_repeats(apps: Iterable[str]) -> tuple[str, ...]:
    """Each once, and no more than the dock takes."""
    return tuple(dict.fromkeys(apps))[:MOST_PINNED]


def write_choice(config: Path, choice: DockChoice) -> None:
    """Raises `Problem` ``write-failed``."""
    temporary = config / f".{_FILE}.{os.getpid()}"
    try:
        config.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(choice)) + b"\n")
        temporary.replace(config / _FILE)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise Problem("write-failed", f"{config / _FILE} could not be written: {error.strerror}.") from None
