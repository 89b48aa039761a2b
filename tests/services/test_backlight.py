"""Brightness: which backlight, how far, and through logind where the file is not ours to write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.core.messages import ChangeBrightness, Level
from berth.core.problem import Problem
from berth.services import backlight

LOGIND = """
import sys
from jeepney import DBusAddress, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

connection = open_dbus_connection(sys.argv[1])
connection.send_and_get_reply(message_bus.RequestName("org.freedesktop.login1"))
print("ready", flush=True)
while True:
    message = connection.receive()
    if message.header.fields.get(3) == "SetBrightness":
        print(*message.body, flush=True)
        connection.send(new_method_return(message))
"""


def device(folder: Path, name: str, kind: str, most: int, now: int) -> Path:
    made = folder / name
    made.mkdir(parents=True)
    for file, text in (("type", kind), ("max_brightness", str(most)), ("brightness", str(now))):
        (made / file).write_text(f"{text}\n")
    return made


def raw(folder: Path) -> int:
    return int((folder / "brightness").read_text())


def test_it_is_read_without_changing_anything(tmp_path: Path) -> None:
    panel = device(tmp_path, "intel", "raw", 937, 300)
    assert backlight.change(ChangeBrightness(), tmp_path) == Level("brightness", 32, device="intel")
    assert raw(panel) == 300


def test_steps_end_at_full_and_before_the_dark(tmp_path: Path) -> None:
    panel = device(tmp_path, "intel", "raw", 1000, 500)
    assert backlight.change(ChangeBrightness(by=5), tmp_path).percent == 55
    assert raw(panel) == 550
    assert backlight.change(ChangeBrightness(by=100), tmp_path).percent == 100
    assert backlight.change(ChangeBrightness(by=-100), tmp_path).percent == 1
    assert raw(panel) == 10
    assert backlight.change(ChangeBrightness(to=0), tmp_path).percent == 1
    assert backlight.change(ChangeBrightness(to=40), tmp_path).percent == 40


def test_one_with_few_levels_never_goes_off(tmp_path: Path) -> None:
    panel = device(tmp_path, "few", "raw", 7, 1)
    backlight.change(ChangeBrightness(by=-100), tmp_path)
    assert raw(panel) == 1


@pytest.mark.parametrize("most", [1, 2, 7, 10, 15, 100])
def test_one_with_few_levels_goes_all_the_way_by_the_keys(tmp_path: Path, most: int) -> None:
    panel = device(tmp_path, "few", "raw", most, 1)
    for step, end in ((5, most), (-5, 1)):
        seen = [raw(panel)]
        while seen[-1] != end:
            told = backlight.change(ChangeBrightness(by=step), tmp_path).percent
            seen.append(raw(panel))
            assert seen[-1] != seen[-2], "each press does something"
            assert told == round(100 * seen[-1] / most)
        assert backlight.change(ChangeBrightness(by=step), tmp_path).percent == round(100 * end / most)


@pytest.mark.usefixtures("not_ours")
def test_where_logind_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device(tmp_path, "intel", "raw", 1000, 500)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match="did not let") as caught:
        backlight.change(ChangeBrightness(by=5), tmp_path)
    assert caught.value.hint == "logind is needed for it."


def test_one_that_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device(tmp_path, "intel", "raw", 1000, 500)

    def refuse(_path: Path, _text: str) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(Problem, match="did not let") as caught:
        backlight.change(ChangeBrightness(by=5), tmp_path)
    assert "Input/output error" in caught.value.hint


def test_the_kernels_advice_which_one_it_is(tmp_path: Path) -> None:
    device(tmp_path, "a-raw", "raw", 100, 10)
    device(tmp_path, "b-firmware", "firmware", 100, 20)
    device(tmp_path, "c-platform", "platform", 100, 30)
    assert backlight.change(ChangeBrightness(), tmp_path).device == "b-firmware"


def test_one_that_is_broken_is_passed_over(tmp_path: Path) -> None:
    (device(tmp_path, "a", "firmware", 0, 0) / "max_brightness").write_text("much\n")
    device(tmp_path, "b", "raw", 100, 20)
    assert backlight.change(ChangeBrightness(), tmp_path).device == "b"


@pytest.mark.parametrize("there", [True, False])
def test_where_there_is_none(tmp_path: Path, there: bool) -> None:
    with pytest.raises(Problem) as caught:
        backlight.change(ChangeBrightness(by=5), tmp_path if there else tmp_path / "none")
    assert caught.value.code == "no-backlight"


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    # A socket's path must be short.
    folder = tempfile.mkdtemp(prefix="bt-", dir="/tmp")
    command = ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address=unix:dir={folder}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address
        daemon.terminate()
    shutil.rmtree(folder)


@pytest.fixture
def not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may run as root, who may write everything."""
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)


@pytest.mark.usefixtures("not_ours")
def test_logind_does_what_we_may_not(tmp_path: Path, bus: str) -> None:
    panel = device(tmp_path / "class", "intel", "raw", 1000, 500)
    with subprocess.Popen([sys.executable, "-c", LOGIND, bus], stdout=subprocess.PIPE, text=True) as logind:
        assert logind.stdout is not None
        assert logind.stdout.readline() == "ready\n"
        assert backlight.change(ChangeBrightness(by=10), tmp_path / "class").percent == 60
        assert logind.stdout.readline() == "backlight intel 600\n"
        logind.kill()
    assert raw(panel) == 500


@pytest.mark.usefixtures("not_ours", "bus")
def test_what_is_said_where_nobody_may(tmp_path: Path) -> None:
    device(tmp_path / "class", "intel", "raw", 1000, 500)
    with pytest.raises(Problem) as caught:
        backlight.change(ChangeBrightness(by=10), tmp_path / "class")
    assert caught.value.code == "backlight-refused"
    assert caught.value.hint
