"""Sounds in a real sound server: heard, one at a time, by a process that sees nothing else."""

from __future__ import annotations

import array
import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from berth.services import sound_player
from berth.services.sound_player import SoundPlayer, server_socket
from tests.sound_server import SPEAKERS, SoundServer, needs_pulseaudio
from tests.themes.test_sounds import vorbis, wav

pytestmark = needs_pulseaudio
REPOSITORY = Path(__file__).parents[2]
LOGIN = (REPOSITORY / "themes/default/sounds/desktop-login.wav").read_bytes()


@pytest.fixture
def server() -> Iterator[SoundServer]:
    folder = Path(tempfile.mkdtemp(prefix="bt-", dir="/tmp"))
    running = SoundServer(folder, SPEAKERS)
    yield running
    running.close()
    shutil.rmtree(folder, ignore_errors=True)


def file_of(data: bytes) -> int:
    fd = os.memfd_create("sound")
    os.write(fd, data)
    return fd


def playing(environment: dict[str, str], work: Callable[[SoundPlayer], Awaitable[None]]) -> None:
    async def run() -> None:
        player = SoundPlayer(environment)
        try:
            await work(player)
        finally:
            await player.close()

    asyncio.run(run())


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def streams(server: SoundServer) -> list[str]:
    return server.say("list", "short", "sink-inputs").splitlines()


@pytest.mark.parametrize("form", ["wav", "ogg"])
def test_what_is_played_is_heard(server: SoundServer, form: str) -> None:
    data = LOGIN if form == "wav" else vorbis(LOGIN)
    record = ["parec", "--device=speakers.monitor", "--format=s16le", "--channels=1", "--rate=8000"]

    async def work(player: SoundPlayer) -> None:
        fd = file_of(data)
        player.play(fd)
        os.close(fd)
        assert player._playing is not None
        await player._playing

    with subprocess.Popen(record, env=server.environment, stdout=subprocess.PIPE) as recorder:
        assert recorder.stdout is not None
        recorder.stdout.read(2000)  # it listens
        playing(server.environment, work)
        loudest = 0
        deadline = time.monotonic() + 30
        while loudest < 3000 and time.monotonic() < deadline:
            loudest = max(loudest, *map(abs, array.array("h", recorder.stdout.read(4000))))
        recorder.kill()
    assert loudest >= 3000


def test_one_at_a_time_unless_it_is_urgent(server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_player, "LONGEST", 300.0)

    async def work(player: SoundPlayer) -> None:
        fd = file_of(wav(300, 8000))
        player.play(fd)
        first = player._playing
        await until(lambda: streams(server))
        [one] = streams(server)
        player.play(fd)
        assert player._playing is first
        player.play(fd, urgent=True)
        await until(lambda: (found := streams(server)) and one not in found)
        assert len(streams(server)) == 1
        urgent = player._playing
        player.play(fd, urgent=True)
        assert player._playing is urgent
        os.close(fd)

    playing(server.environment, work)
    asyncio.run(until(lambda: not streams(server)))


def test_who_is_urgent_and_who_closes_need_not_wait_for_a_sound_that_begins(
    server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_player, "LONGEST", 300.0)
    codes: list[int] = []
    real = sound_player._ended

    def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
        found = real(process)
        codes.append(found[0])
        return found

    monkeypatch.setattr(sound_player, "_ended", ended)

    async def work(player: SoundPlayer) -> None:
        for urgent in (False, True):
            fd = file_of(wav(300, 8000))
            player.play(fd, urgent=urgent)
            os.close(fd)
            await asyncio.sleep(0)  # its turn has come, its process has not

    playing(server.environment, work)
    assert codes == [-signal.SIGKILL] * 2


def test_the_end_of_the_player_is_the_end_of_its_sound(server: SoundServer) -> None:
    async def work(player: SoundPlayer) -> None:
        fd = file_of(wav(9, 8000))
        player.play(fd)
        os.close(fd)
        await until(lambda: streams(server))

    before = {fd.name for fd in Path("/proc/self/fd").iterdir()}
    playing(server.environment, work)
    assert {fd.name for fd in Path("/proc/self/fd").iterdir()} == before


def test_a_sound_without_end_is_ended(server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_player, "LONGEST", 1.0)

    async def work(player: SoundPlayer) -> None:
        fd = file_of(wav(60, 8000))
        player.play(fd)
        os.close(fd)
        assert player._playing is not None
        await player._playing
        assert player._playing is None

    playing(server.environment, work)


def test_what_decodes_sees_no_files_and_no_network(server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    look = "ls / /tmp /etc; cat /proc/net/dev /etc/passwd 2>&1; exit 7"
    real = sound_player._command

    def looking(fd: int, socket: Path) -> list[str]:
        command = real(fd, socket)
        return [*command[: command.index("paplay")], "sh", "-c", look]

    fd = file_of(LOGIN)
    socket = server_socket(server.environment)
    assert socket is not None
    done = subprocess.run(looking(fd, socket), capture_output=True, text=True, pass_fds=(fd,), check=False)
    os.close(fd)
    assert done.returncode == 7, done.stderr
    seen = set(done.stdout.split())
    assert {"root:x:0:0:root:/root:/bin/bash", "home", "root", "eth0:", "passwd"}.isdisjoint(seen)
    assert "ld.so.cache" in seen


def test_what_is_no_sound_is_told_in_the_log_once(server: SoundServer, caplog: pytest.LogCaptureFixture) -> None:
    async def work(player: SoundPlayer) -> None:
        for _number in range(2):
            fd = file_of(b"nothing")
            player.play(fd)
            os.close(fd)
            assert player._playing is not None
            await player._playing

    playing(server.environment, work)
    assert len(caplog.records) == 1


def test_nothing_is_started_without_a_server(tmp_path: Path) -> None:
    async def work(player: SoundPlayer) -> None:
        fd = file_of(LOGIN)
        player.play(fd)
        os.close(fd)
        assert player._playing is None

    playing({"XDG_RUNTIME_DIR": str(tmp_path)}, work)


def test_where_the_server_is(server: SoundServer, tmp_path: Path) -> None:
    socket = Path(server.address.removeprefix("unix:"))
    assert server_socket({"PULSE_SERVER": server.address}) == socket
    assert server_socket({"PULSE_SERVER": f"{{0123}}unix:{socket} tcp:somewhere"}) == socket
    assert server_socket({"PULSE_SERVER": "tcp:somewhere"}) is None
    (tmp_path / "pulse").mkdir()
    (tmp_path / "pulse/native").symlink_to(socket)
    assert server_socket({"XDG_RUNTIME_DIR": str(tmp_path)}) == tmp_path / "pulse/native"
    assert server_socket({"PULSE_RUNTIME_PATH": str(tmp_path)}) is None
    assert server_socket({}) is None
