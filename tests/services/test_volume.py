"""The volume of a real sound server: read, changed, muted, and what is said where there is none."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from berth.core.messages import ChangeVolume, Level
from berth.core.problem import Problem
from berth.services.volume import Volume
from tests.sound_server import MICROPHONE, SPEAKERS, SoundServer, needs_pulseaudio

pytestmark = needs_pulseaudio
T = TypeVar("T")


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="bt-", dir="/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def server(folder: Path) -> Iterator[SoundServer]:
    running = SoundServer(folder, SPEAKERS, MICROPHONE)
    yield running
    running.close()


@pytest.fixture(autouse=True)
def own_cookie(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))


def using(address: str, work: Callable[[Volume], Awaitable[T]]) -> T:
    async def run() -> T:
        volume = Volume(address)
        try:
            return await work(volume)
        finally:
            volume.close()

    return asyncio.run(run())


def changed(server: SoundServer, *requests: ChangeVolume) -> Level:
    async def work(volume: Volume) -> Level:
        for request in requests:
            level = await volume.change(request)
        return level

    return using(server.address, work)


def test_it_is_read_without_changing_anything(server: SoundServer) -> None:
    server.say("set-sink-volume", "speakers", "37%")
    assert changed(server, ChangeVolume()) == Level("volume", 37, False, "Speakers")
    assert server.volume() == 37


def test_steps_end_at_silence_and_at_full(server: SoundServer) -> None:
    server.say("set-sink-volume", "speakers", "50%")
    assert changed(server, ChangeVolume(by=5)).percent == server.volume() == 55
    assert changed(server, ChangeVolume(by=-100)).percent == server.volume() == 0
    assert changed(server, ChangeVolume(by=5)).percent == server.volume() == 5
    assert changed(server, ChangeVolume(by=100), ChangeVolume(by=5)).percent == server.volume() == 100


def test_more_than_full_is_only_for_who_says_so(server: SoundServer) -> None:
    assert changed(server, ChangeVolume(to=130)).percent == server.volume() == 130
    assert changed(server, ChangeVolume(by=5)).percent == server.volume() == 130
    assert changed(server, ChangeVolume(by=-5)).percent == server.volume() == 125
    assert changed(server, ChangeVolume(to=999)).percent == server.volume() == 150


def test_muting_keeps_the_volume_and_turning_it_up_ends_it(server: SoundServer) -> None:
    changed(server, ChangeVolume(to=40))
    assert changed(server, ChangeVolume(mute="toggle")) == Level("volume", 40, True, "Speakers")
    assert server.muted()
    assert changed(server, ChangeVolume(by=-5)).muted
    assert not changed(server, ChangeVolume(by=5)).muted
    assert not server.muted()
    assert changed(server, ChangeVolume(mute="on")).muted
    assert not changed(server, ChangeVolume(mute="off")).muted


def test_channels_keep_their_shares(server: SoundServer) -> None:
    server.say("set-sink-volume", "speakers", "20%", "40%")
    changed(server, ChangeVolume(to=60))
    words = server.say("get-sink-volume", "speakers").replace("%", "").split()
    left, right = words[words.index("front-left:") + 3], words[words.index("front-right:") + 3]
    assert (left, right) == ("30", "60")


def test_the_microphone_is_another_device(server: SoundServer) -> None:
    changed(server, ChangeVolume(to=60), ChangeVolume("microphone", to=30), ChangeVolume("microphone", mute="toggle"))
    assert (server.volume(), server.muted()) == (60, False)
    assert (server.volume("source", "microphone"), server.muted("source", "microphone")) == (30, True)


def test_what_the_server_plays_is_no_microphone(folder: Path) -> None:
    server = SoundServer(folder, SPEAKERS)
    try:
        with pytest.raises(Problem, match="no microphone"):
            changed(server, ChangeVolume("microphone", mute="toggle"))
    finally:
        server.close()


def test_a_server_without_anything_to_hear(folder: Path) -> None:
    server = SoundServer(folder)
    try:
        with pytest.raises(Problem, match="nothing to hear"):
            changed(server, ChangeVolume())
    finally:
        server.close()


def test_where_no_server_runs(folder: Path) -> None:
    with pytest.raises(Problem) as caught:
        using(f"unix:{folder}/none", lambda volume: volume.change(ChangeVolume(by=5)))
    assert caught.value.code == "no-sound-server"
    assert caught.value.hint


def test_the_next_server_is_found_after_one_has_ended(folder: Path) -> None:
    async def work(volume: Volume) -> list[str]:
        found = []
        for _number in range(2):
            server = await asyncio.to_thread(SoundServer, folder, SPEAKERS)
            found.append((await volume.change(ChangeVolume(to=20))).device)
            await asyncio.to_thread(server.close)
        try:
            await volume.change(ChangeVolume())
        except Problem as problem:
            found.append(problem.code)
        return found

    assert using(f"unix:{folder}/pulse.socket", work) == ["Speakers", "Speakers", "no-sound-server"]


def test_a_server_that_accepts_and_says_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("berth.services.volume._PATIENCE", 0.2)

    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(folder / "silent"))
        silent.listen()
        with pytest.raises(Problem) as caught:
            using(f"unix:{folder}/silent", lambda volume: volume.change(ChangeVolume()))
    assert caught.value.code == "no-sound-server"


def test_requests_at_the_same_time_do_not_mix(server: SoundServer) -> None:
    async def work(volume: Volume) -> None:
        await volume.change(ChangeVolume(to=20))
        await asyncio.gather(*(volume.change(ChangeVolume(by=1)) for _ in range(10)))

    using(server.address, work)
    assert server.volume() == 30
