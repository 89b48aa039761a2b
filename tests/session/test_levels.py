"""Keys and commands for volume, brightness and locks in a whole session, with a real sound server."""

from __future__ import annotations

import array
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.login.services import needs_pam, service
from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until
from tests.sound_server import MICROPHONE, SPEAKERS, SoundServer, needs_pulseaudio

# Where the sign is on a desktop of 1280x800.
SIGN = (500, 640, 280, 60)


@pytest.fixture
def steady(runtime_base: Path) -> dict[str, str]:
    """Variables of a desktop whose sign and notices stay until they have been looked at."""
    sheet = runtime_base / "config/berth/style.css"
    sheet.parent.mkdir(parents=True)
    sheet.write_text(":root { --duration-osd: 90s; --duration-notice: 90s }")
    return {"XDG_CONFIG_HOME": str(runtime_base / "config")}


@pytest.fixture
def server(runtime_base: Path) -> Iterator[SoundServer]:
    folder = runtime_base / "sound"
    folder.mkdir(mode=0o700)
    running = SoundServer(folder, SPEAKERS, MICROPHONE)
    yield running
    running.close()


def appears(desktop: Desktop, folder: Path, before: Picture) -> None:
    """Wait until the sign is on the screen."""

    def differs() -> bool:
        now = Picture(desktop.screenshot(folder / "now.png"))
        return now.colours(SIGN) != before.colours(SIGN)

    wait_until(differs, "the sign")


def notices(desktop: Desktop, folder: Path) -> Picture:
    return Picture(desktop.screenshot(folder / "notices.png"))


@needs_pulseaudio
def test_volume_keys_change_the_sound_server(
    new_desktop: Callable[..., Desktop], server: SoundServer, steady: dict[str, str], tmp_path: Path
) -> None:
    server.say("set-sink-volume", "speakers", "50%")
    desktop = new_desktop(environment=steady | {"PULSE_SERVER": server.address, "HOME": server.environment["HOME"]})
    before = Picture(desktop.screenshot(tmp_path / "before.png"))
    desktop.run("input", "key", "XF86AudioRaiseVolume")
    wait_until(lambda: server.volume() == 55, "a louder server")
    appears(desktop, tmp_path, before)
    for _number in range(3):
        desktop.run("input", "key", "XF86AudioLowerVolume")
    wait_until(lambda: server.volume() == 40, "a server that is less loud")
    desktop.run("input", "key", "XF86AudioMute")
    wait_until(server.muted, "silence")
    desktop.run("input", "key", "XF86AudioMicMute")
    wait_until(lambda: server.muted("source", "microphone"), "a microphone that is off")
    assert desktop.json("volume") == {"kind": "volume", "percent": 40, "muted": True, "device": "Speakers"}
    desktop.run("input", "key", "super")  # the launcher has the keyboard now
    desktop.run("input", "key", "XF86AudioRaiseVolume")
    wait_until(lambda: server.volume() == 45 and not server.muted(), "keys that work in the launcher, too")


@needs_pam
@needs_pulseaudio
def test_the_loudness_can_be_changed_while_it_is_locked(
    new_desktop: Callable[..., Desktop], server: SoundServer, steady: dict[str, str], tmp_path: Path
) -> None:
    server.say("set-sink-volume", "speakers", "50%")
    sound = {"PULSE_SERVER": server.address, "HOME": server.environment["HOME"]}
    desktop = new_desktop(environment=steady | sound | {"BERTH_PAM_DIR": str(service(tmp_path / "pam"))})
    desktop.run("lock")
    before = Picture(desktop.screenshot(tmp_path / "before.png"))
    desktop.run("input", "key", "XF86AudioMicMute")
    desktop.run("input", "key", "XF86AudioRaiseVolume")
    wait_until(lambda: server.volume() == 55, "a louder server")
    appears(desktop, tmp_path, before)
    assert not server.muted("source", "microphone") and desktop.paths.lock_marker.exists()


@needs_pulseaudio
def test_the_command_line_does_the_same_and_the_desktop_shows_it(
    new_desktop: Callable[..., Desktop], server: SoundServer, steady: dict[str, str], tmp_path: Path
) -> None:
    server.say("set-sink-volume", "speakers", "50%")
    desktop = new_desktop(environment=steady | {"PULSE_SERVER": server.address, "HOME": server.environment["HOME"]})
    before = Picture(desktop.screenshot(tmp_path / "before.png"))
    assert desktop.run("volume").stdout == "50 %\n"
    assert Picture(desktop.screenshot(tmp_path / "read.png")).colours(SIGN) == before.colours(SIGN)
    assert desktop.run("volume", "+5%").stdout == "55 %\n"
    appears(desktop, tmp_path, before)
    assert desktop.run("volume", "-10%").stdout == "45 %\n"
    assert desktop.run("volume", "70%").stdout == "70 %\n"
    assert desktop.run("volume", "mute").stdout == "70 % (off)\n"
    assert desktop.run("volume", "toggle").stdout == "70 %\n"
    assert desktop.json("volume", "30", "--microphone")["percent"] == server.volume("source", "microphone") == 30
    assert desktop.json("volume", "-5%", "--microphone")["percent"] == 25
    assert (server.volume(), server.muted()) == (70, False)
    for wrong in ("loud", "+500%", "151%", "5%%"):
        assert desktop.run("volume", wrong, code=None).returncode
    desktop.kill("engine")
    wait_until(lambda: desktop.run("volume", code=None).stdout == "70 %\n", "the next engine")


def test_trouble_is_told_once_with_what_helps(
    new_desktop: Callable[..., Desktop], steady: dict[str, str], tmp_path: Path
) -> None:
    desktop = new_desktop(environment=steady | {"PULSE_SERVER": f"unix:{tmp_path}/none", "HOME": str(tmp_path)})
    failed = desktop.run("volume", "+5%", code=1)
    assert "no sound server runs here" in failed.stderr
    assert "pipewire" in failed.stderr
    quiet = notices(desktop, tmp_path)
    corner = (880, 560, 390, 180)
    desktop.run("input", "key", "XF86AudioRaiseVolume")
    wait_until(lambda: notices(desktop, tmp_path).colours(corner) != quiet.colours(corner), "a notice")


def test_locks_and_turned_screens_are_shown(
    new_desktop: Callable[..., Desktop], steady: dict[str, str], tmp_path: Path
) -> None:
    desktop = new_desktop(environment=steady)
    before = Picture(desktop.screenshot(tmp_path / "before.png"))
    desktop.run("input", "key", "Caps_Lock")
    appears(desktop, tmp_path, before)
    locked = Picture(desktop.screenshot(tmp_path / "locked.png"))
    desktop.run("output", "BERTH-1", "--transform", "180")
    desktop.run("output", "BERTH-1", "--transform", "normal")
    appears(desktop, tmp_path, locked)  # other words
    assert Picture(desktop.screenshot(tmp_path / "turned.png")).colours(SIGN) != before.colours(SIGN)


@needs_pulseaudio
def test_sounds_of_the_theme_are_heard_until_they_are_turned_off(
    new_desktop: Callable[..., Desktop], server: SoundServer, steady: dict[str, str]
) -> None:
    record = ["parec", "--device=speakers.monitor", "--format=s16le", "--channels=1", "--rate=8000"]
    desktop = new_desktop(environment=steady | {"PULSE_SERVER": server.address, "HOME": server.environment["HOME"]})
    assert desktop.json("sounds") == {"on": True}
    heard = bytearray()
    with subprocess.Popen(record, env=server.environment, stdout=subprocess.PIPE, bufsize=0) as recorder:
        assert recorder.stdout is not None
        recorder.stdout.read(2000)  # it listens

        def loud() -> bool:
            """In all that was recorded by now: who listens to some of it each time falls behind."""
            assert recorder.stdout is not None
            heard.extend(recorder.stdout.read(1 << 20))
            return max(map(abs, array.array("h", heard[: len(heard) // 2 * 2]))) > 1000

        # The greeting may be heard still, and leaves no room for another one.
        wait_until(lambda: desktop.run("volume", "100%") and loud(), "the sound of another volume")
        recorder.kill()
    assert desktop.run("sounds", "off").stdout == "off\n"
    desktop.kill("engine")
    wait_until(lambda: desktop.run("sounds", code=None).stdout == "off\n", "the choice that is kept")
    assert desktop.run("sounds", "on").stdout == "on\n"
