"""Apps that mean no good beside a whole desktop: it stays usable, gives everything back, and says what it has ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pywayland.protocol import wayland

from berth.core.messages import AnyMessage, InputKey, ListWindows, Notice, Subscribe, WindowAction, WindowInfo, Windows
from berth.core.problem import Problem
from tests.abuse.offenders import CROWD
from tests.display.shapes import App, Window
from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

FOOT = "org.codeberg.dnkl.foot"
SOON = 60.0
GROWTH = 512 << 20
"""Bytes that the ui may grow by beside any offender: the pixels that one instance may have are as many."""
KEPT = 48 << 20
KEPT_AT_FIRST = 192 << 20
"""Bytes that the ui may keep afterwards: memory in pieces, which is used again for the next three hundred windows."""
WINDOWS = {"crowd": CROWD}
"""How many an offender has before it is measured, if not one: what a crowd leaves behind is that of all its windows,
and making them is held back on a busy machine."""
SECONDS = 1.5
NOTICES = (1280 - 392, 800 - 52 - 12 - 60, 380, 60)
"""Where the screen has the latest notice."""


class Ground:
    """A desktop with two apps. Who connects to the socket of one of them is that app: the offender, and a witness
    that wants to hear of keys."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.bad, self.good = (desktop.start(FOOT) for _ in range(2))
        self.link = desktop.link()
        self.events: list[AnyMessage] = []
        self.link.call(Subscribe(), on_event=self.events.append)
        self.pids = desktop.pids()
        self.witness = App(self.socket(self.good))
        self.window = Window(self.witness, 200, 150)
        self.keyboard = self.witness.bind(wayland.WlSeat).get_keyboard()
        self.witness.roundtrip()
        self.own = wait_until(self._own, "the window of the witness")

    def _own(self) -> int:
        found = [w.window for w in self.windows() if w.instance == self.good and w.width == 200]
        return found[0] if found else 0

    def socket(self, instance: str) -> Path:
        return self.desktop.paths.instances / instance / "wayland-0"

    @contextmanager
    def offender(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "tests.abuse.offenders", name, os.fspath(self.socket(self.bad))]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def windows(self) -> tuple[WindowInfo, ...]:
        result = self.link.call(ListWindows(), timeout=SOON, on_event=self.events.append)
        assert isinstance(result, Windows)
        return result.windows

    def type(self) -> None:
        """A key reaches the witness, if the user turns to that, and what it draws then the screen."""
        keys = len(self.keyboard.named("key"))
        self.link.call(WindowAction(self.own, "focus"), timeout=SOON, on_event=self.events.append)
        self.link.call(InputKey("x"), timeout=SOON, on_event=self.events.append)
        self.witness.until(lambda: len(self.keyboard.named("key")) > keys, SOON)
        frame = self.window.surface.frame()
        self.witness.show(self.window.surface, self.window.pixels)
        self.witness.until(lambda: frame.events, SOON)

    def memory(self, name: str) -> int:
        words = Path(f"/proc/{self.pids[name]}/smaps_rollup").read_text().split()
        return int(words[words.index("Pss:") + 1]) << 10

    def descriptors(self, name: str) -> int:
        return len(list(Path(f"/proc/{self.pids[name]}/fd").iterdir()))

    def notices(self, wanted: str) -> list[Notice]:
        """The notices that have come so far and say so."""
        with contextlib.suppress(Problem):
            while True:
                self.events.append(self.link.receive(0.01)[0])
        return [event for event in self.events if isinstance(event, Notice) and wanted in event.message]

    def close(self) -> None:
        self.witness.close()
        self.link.close()


@pytest.fixture
def ground(desktop: Desktop) -> Iterator[Ground]:
    ground = Ground(desktop)
    yield ground
    ground.close()


@pytest.mark.timeout(300)
def test_the_desktop_outlives_its_offenders(ground: Ground) -> None:
    ground.type()
    names = ("ui", "display", "engine")
    for turn, name in enumerate(("crowd", "giants", "large-commits", "crowd")):
        before = {part: (ground.memory(part), ground.descriptors(part)) for part in names}
        with ground.offender(name):
            wanted = 3 + WINDOWS.get(name, 1)
            wait_until(lambda: len(ground.windows()) >= wanted, f"the windows of {name}", 2 * SOON)  # noqa: B023
            most, end = 0, time.monotonic() + SECONDS
            while time.monotonic() < end:
                ground.type()
                most = max(most, ground.memory("ui") - before["ui"][0])
            assert most < GROWTH, f"{name}: {most >> 20} MiB"
        wait_until(lambda: len(ground.windows()) == 3, f"the windows of {name} to be gone", SOON)
        ground.type()
        for part in ("ui", "display"):
            wait_until(lambda: ground.descriptors(part) <= before[part][1] + 2, f"{part} to close what {name} had")  # noqa: B023
        kept = ground.memory("ui") - before["ui"][0]
        print(f"{name}: ui grew by {most >> 20} MiB, kept {kept >> 20} MiB")  # noqa: T201
        assert kept < (KEPT_AT_FIRST if not turn else KEPT), f"{name}: {kept >> 20} MiB"
    assert ground.desktop.pids() == ground.pids


@pytest.mark.usefixtures("lasting")
def test_a_flood_that_never_stops_is_ended_and_the_user_told(ground: Ground, tmp_path: Path) -> None:
    before = Picture(ground.desktop.screenshot(tmp_path / "before.png"))
    with ground.offender("requests") as offender:

        def drawn() -> bool:
            # It is held back while others want to be served, too.
            for _ in range(20):
                ground.type()
            return offender.poll() is not None

        wait_until(drawn, "the end of the flood", 2 * SOON)
    wait_until(lambda: ground.notices("flood"), "a notice")

    def told() -> bool:
        return Picture(ground.desktop.screenshot(tmp_path / "now.png")).changed(before, NOTICES) > 5_000

    wait_until(told, "something to be read on the screen")
    (notice,) = ground.notices("flood")
    assert notice.message.startswith("Foot "), notice
    assert notice.severity == "warning"
    assert notice.instance == ground.bad
    assert notice.hint == f"What it said: berth logs {ground.bad}"
    left = sorted([ground.bad, ground.good, ground.good])
    wait_until(lambda: sorted(w.instance for w in ground.windows()) == left, "its window to be gone")
    ground.type()
    assert ground.desktop.pids() == ground.pids


def test_an_app_that_hangs_is_ended_by_the_user(desktop: Desktop, tmp_path: Path) -> None:
    """Stopped as a whole in its container; nothing of it is left when the user has had enough."""
    stays, hangs = desktop.start(FOOT), desktop.start(FOOT)
    window = desktop.window_of(hangs)
    for pid in processes_of(desktop, hangs):
        os.kill(pid, signal.SIGSTOP)
    title = (window["x"], window["y"], window["width"], window["height"])
    before = Picture(desktop.screenshot(tmp_path / "before.png"))
    desktop.run("close", str(window["window"]))

    def asked() -> bool:
        now = Picture(desktop.screenshot(tmp_path / "now.png"))
        return now.changed(before, title) > title[2] * title[3] // 2

    wait_until(asked, "the veil over the window", SOON)
    desktop.run("input", "key", "Tab")
    desktop.run("input", "key", "Return")
    wait_until(lambda: [row["instance"] for row in desktop.json("ps")] == [stays], "the app to be gone", SOON)
    # The engine knows it before the shell, which has the other window in front until then.
    wait_until(lambda: desktop.window_of(stays)["focused"], "the other app to have the keyboard")


def processes_of(desktop: Desktop, instance: str) -> list[int]:
    """All that runs in the container, without what made it."""
    supervisor: int = next(row["pid"] for row in desktop.json("ps") if row["instance"] == instance)
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, rest = entry.read_text().split("(", 1)[1].rsplit(")", 1)
            parents[int(entry.parent.name)], names[int(entry.parent.name)] = int(rest.split()[1]), name
    found = {supervisor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return [pid for pid in found - {supervisor} if names[pid] != "bwrap"]
