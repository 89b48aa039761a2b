"""Sounds of the theme, which the desktop hands over: played, unless the user wants none."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from berth.core.messages import Event, PlaySound, SoundSetting
from berth.core.problem import Problem
from berth.services.sound_player import SoundPlayer

_log = logging.getLogger(__name__)

_MOST_BYTES = 1 << 20
_URGENT = ("dialog-question", "dialog-error")
"""These end another sound instead of being left out."""


class Sounds:
    """Args:
    path: where the user's choice is kept.
    environment: says where the sound server is.
    """

    def __init__(self, path: Path, environment: Mapping[str, str], emit: Callable[[Event], None]) -> None:
        self._path = path
        self._emit = emit
        self._player = SoundPlayer(environment)
        try:
            self._setting = msgspec.json.decode(path.read_bytes(), type=SoundSetting)
        except (OSError, ValueError):
            self._setting = SoundSetting()

    @property
    def setting(self) -> SoundSetting:
        return self._setting

    def choose(self, on: bool) -> SoundSetting:
        """Raises `Problem` ``choice-not-kept`` if the choice cannot be written."""
        chosen = SoundSetting(on)
        temporary = self._path.with_name(f"{self._path.name}.new")
        try:
            temporary.write_bytes(msgspec.json.encode(chosen))
            temporary.replace(self._path)
        except OSError as error:
            raise Problem("choice-not-kept", f"{self._path} cannot be written: {error.strerror}.") from None
        self._setting = chosen
        self._emit(chosen)
        return chosen

    def play(self, request: PlaySound, fds: Sequence[int]) -> None:
        """`fds` holds the file; it stays the caller's. Raises `Problem` ``bad-request``."""
        if len(fds) != 1 or os.fstat(fds[0]).st_size > _MOST_BYTES:
            raise Problem("bad-request", "A sound is one file of a megabyte at most.")
        if self._setting.on:
            self._player.play(fds[0], urgent=request.name in _URGENT)

    async def close(self) -> None:
        await self._player.close()
