"""Images on drives that come and go: real file systems, mounted and unmounted under a running engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from berth.engine import sticks
from tests.engine.process import WAIT, Caller, EngineProcess
from tests.engine.test_dropping import HELLO, apps, engine, image, shell, told

__all__ = ["engine", "shell"]


@dataclass
class Stick:
    """A drive with one file system on it; `device` is its place in ``/sys/dev/block``."""

    file: Path
    place: Path
    device: str

    def plug(self) -> None:
        _run("mount", "-o", "ro", self.device, self.place)

    def pull(self) -> None:
        """As soon as nobody looks at it: desktops that run on this machine do so as well when it comes."""
        end = time.monotonic() + WAIT
        while subprocess.run(["umount", self.place], check=False).returncode:
            assert time.monotonic() < end, "it is in use"
            time.sleep(0.05)


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no drive can be made here: {' '.join(map(str, command))}: {done.stderr.strip()[:200]}")
    return done.stdout.strip()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not where pytest removes what killed runs have left: what is mounted there could not be."""
    folder = Path(tempfile.mkdtemp(prefix="bs-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def stick(folder: Path) -> Iterator[Stick]:
    """A loop device that says of itself that its medium can be taken out."""
    if os.geteuid():
        pytest.skip("only the superuser mounts file systems")
    content = folder / "content"
    (content / sticks.FOLDER).mkdir(parents=True)
    image().write(content / "some.tar")
    (content / sticks.FOLDER / "broken.TAR.GZ").write_bytes(b"no archive")
    (content / ".hidden.tar").write_bytes(b"")
    (content / "letter.txt").write_bytes(b"")
    (content / "link.tar").symlink_to("/etc/shadow")
    place, file, says = folder / "BLUE STICK", folder / "stick.img", folder / "removable"
    place.mkdir()
    says.write_text("1\n")
    with ExitStack() as ending:
        _run("mke2fs", "-q", "-t", "ext4", "-d", content, file, "32M")
        device = _run("losetup", "--find", "--show", file)
        ending.callback(subprocess.run, ["losetup", "--detach", device], check=True)
        said = f"/sys/block/{Path(device).name}/removable"
        _run("mount", "--bind", says, said)
        # Whoever looks into it at that moment keeps nobody from it.
        ending.callback(subprocess.run, ["umount", "--lazy", said], check=True)
        yield Stick(file, place, device)
        # After a failure something may still look at it.
        subprocess.run(["umount", "--lazy", place], check=False, stderr=subprocess.DEVNULL)


def offered(caller: Caller, stick: Stick) -> m.ImageProgress:
    path = str(stick.place)
    return caller.event(m.ImageProgress, lambda progress: progress.app == progress.again == path)


def gone(caller: Caller, stick: Stick) -> m.ImageProgress:
    return caller.event(m.ImageProgress, lambda progress: progress.app == str(stick.place) and not progress.again)


def test_images_on_a_stick_are_offered_and_taken_in(engine: EngineProcess, shell: Caller, stick: Stick) -> None:
    stick.plug()
    offer = offered(shell, stick)
    assert (offer.text, offer.finished) == ("2 images", True)
    assert HELLO not in apps(shell), "nothing comes in by itself"
    shell.call(m.TakeImages(str(stick.place)))
    assert told(shell, "some.tar").message.endswith("is in the launcher now.")
    bad = told(shell, "broken.TAR.GZ")
    assert bad.severity == "error" and "“broken.TAR.GZ” is no image archive" in bad.message
    assert HELLO in apps(shell)
    assert (stick.place / "some.tar").exists()
    gone(shell, stick)


def test_an_offer_goes_with_its_stick_and_comes_again(engine: EngineProcess, shell: Caller, stick: Stick) -> None:
    for _ in range(2):
        stick.plug()
        offered(shell, stick)
        assert offered(engine.caller("control"), stick), "who comes later is told as well"
        stick.pull()
        gone(shell, stick)
        for nothing in (stick.place, "/etc"):
            with pytest.raises(Problem) as caught:
                shell.call(m.TakeImages(str(nothing)))
            assert caught.value.code == "no-drive"
    stick.plug()
    offered(shell, stick)
    shell.call(m.CancelImage(str(stick.place)))
    gone(shell, stick)


def test_only_drives_that_can_be_taken_out_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = {name: tmp_path / name for name in ("fixed", "usb disk", "card", "net", "\udcff")}
    for place in places.values():
        place.mkdir()
        (place / "a.tar").write_bytes(b"")
    devices = tmp_path / "dev"
    devices.mkdir()
    for number, where, removable in (
        ("8:1", "pci0/ata1/sda/sda1", "0"),
        ("8:17", "pci0/usb2/2-1/sdb/sdb1", "0"),
        ("179:0", "mmc/mmcblk0", "1"),
    ):
        directory = tmp_path / "sys" / where
        directory.mkdir(parents=True)
        if directory.name[-1] == "1":
            (directory / "partition").touch()
            directory = directory.parent
        (directory / "removable").write_text(f"{removable}\n")
        (devices / number).symlink_to(tmp_path / "sys" / where)
    monkeypatch.setattr(sticks, "_DEVICES", devices)
    lines = [
        f"1 0 {number} {root} {str(place).replace(' ', chr(92) + '040')} rw - ext4 x rw"
        for number, root, place in (
            ("8:1", "/", places["fixed"]),
            ("8:17", "/", places["usb disk"]),
            ("8:17", "/", places["fixed"]),
            ("179:0", "/part", places["card"]),
            ("179:0", "/", places["\udcff"]),
            ("0:5", "/", places["net"]),
            ("0:6", "/", tmp_path / "a\u2028name\x0bin\x85pieces"),
        )
    ]
    found = sticks.drives("\n".join(lines), {})
    assert found == {lines[1]: sticks.Drive(places["usb disk"], (places["usb disk"] / "a.tar",))}
    (places["usb disk"] / "b.tar").write_bytes(b"")
    assert sticks.drives("\n".join(lines), found) == found, "it was looked at before"
