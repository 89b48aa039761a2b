"""The engine's part in sounds: whether one is played at all, and the choice that is kept."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from berth.core.messages import Event, PlaySound, SoundSetting
from berth.core.problem import Problem
from berth.engine.sounds import Sounds
from berth.services.sound_player import SoundPlayer


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each sound that is handed on whether it is urgent."""
    found: list[bool] = []
    monkeypatch.setattr(SoundPlayer, "play", lambda _player, _fd, urgent: found.append(urgent))
    return found


def test_the_choice_is_kept_told_and_followed(tmp_path: Path, played: list[bool]) -> None:
    told: list[Event] = []
    sounds = Sounds(tmp_path / "sounds.json", {}, told.append)
    fd = os.memfd_create("sound")
    sounds.play(PlaySound("bell"), [fd])
    sounds.play(PlaySound("dialog-question"), [fd])
    assert sounds.choose(False) == SoundSetting(False)
    sounds.play(PlaySound("dialog-error"), [fd])
    os.close(fd)
    assert played == [False, True]
    assert told == [SoundSetting(False)]
    assert Sounds(tmp_path / "sounds.json", {}, told.append).setting == SoundSetting(False)
    asyncio.run(sounds.close())


@pytest.mark.parametrize("text", ["", "[]", '{"on": "perhaps"}', '["Level", true]'])
def test_a_choice_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "sounds.json").write_text(text)
    assert Sounds(tmp_path / "sounds.json", {}, lambda _event: None).setting == SoundSetting(True)


def test_a_choice_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    sounds = Sounds(tmp_path / "none/sounds.json", {}, lambda _event: None)
    with pytest.raises(Problem, match="cannot be written"):
        sounds.choose(False)
    assert sounds.setting.on


def test_a_sound_is_one_file_of_bearable_size(tmp_path: Path, played: list[bool]) -> None:
    sounds = Sounds(tmp_path / "sounds.json", {}, lambda _event: None)
    fd = os.memfd_create("sound")
    os.truncate(fd, 2 << 20)
    for fds in ([], [fd, fd], [fd]):
        with pytest.raises(Problem, match="one file"):
            sounds.play(PlaySound("bell"), fds)
    os.close(fd)
    assert played == []
