"""An app that ends after any byte, or is killed after any request, leaves nothing behind.

One server process for all cuts: what it holds is looked at after each of them. ``BERTH_SOAK=1`` cuts after every
byte, not only after those that make a difference.
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pywayland.protocol.wayland import WlSeat

from berth.core import messages as m
from berth.core.permissions import DISPLAY
from tests.abuse.conversation import CutApp, play
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.test_seat import LEFT
from tests.display.ui import FakeUi

EACH = os.environ.get("BERTH_SOAK") == "1"
SOON = 40.0
_SIOCOUTQ = 0x5411
_ROUND = 25
"""So many cuts in one instance: one that takes much of the server's time is held back."""
TOLERANCE = 2 << 20
"""Bytes that the server may have grown by; a forgotten surface in each cut would be more."""


class User(FakeUi):
    """Turns to every window of the app that is cut, and presses in it."""

    witness = 0

    def take(self, message: m.AnyMessage, fds: list[int]) -> None:
        known = isinstance(message, m.WindowChanged) and message.window in self.windows
        mapped = known and self.windows[message.window].mapped  # type: ignore[union-attr]
        super().take(message, fds)
        if isinstance(message, m.WindowChanged) and message.mapped and not mapped and self.witness:
            self.send(m.KeyboardFocus(message.surface), m.PointerMotion(message.surface, 3, 3, 1))
            self.send(m.PointerButton(LEFT, True, 2))


class Ground:
    """The server, the user, an app that stays, and the state to come back to."""

    def __init__(self, display: Display) -> None:
        self.display = display
        self.ui = User(display.socket)
        display._closing.append(self.ui)
        self.ui.until(lambda: self.ui.ready)
        self.ui.send(m.OutputChanged(64, 48))
        self.app: App = display.app(display.instance("witness"))
        Window(self.app)
        self.app.bind(WlSeat).get_keyboard()  # the server keeps the keymap from now on
        # Before it is mapped the user would turn to it, too, and never let go of it.
        self.ui.until(lambda: any(window.mapped for window in self.ui.windows.values()))
        self.ui.witness = next(iter(self.ui.surfaces))
        self.ui.send(m.KeyboardFocus(self.ui.witness))
        self.files = 0
        self._instances = 0

    def instance(self) -> Path:
        """A new one, with all permissions, in place of the last."""
        if self._instances:
            self.display.engine.send(m.ForgetInstance(f"cut{self._instances}"))
        self._instances += 1
        path = self.display.instance(f"cut{self._instances}", granted=tuple(DISPLAY))
        self.app.roundtrip()
        self.app.roundtrip()
        self.files = self._descriptors()
        return path

    def _descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.display.process.pid}/fd").iterdir()))

    @property
    def memory(self) -> int:
        pages = int(Path(f"/proc/{self.display.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE")

    def heard(self, app: CutApp) -> None:
        """The server has read all that the app has said."""
        self.wait(lambda: not struct.unpack("i", fcntl.ioctl(app.socket, _SIOCOUTQ, b"\0\0\0\0"))[0])

    def wait(self, condition: object) -> None:
        deadline = time.monotonic() + SOON
        while not condition():  # type: ignore[operator]
            assert time.monotonic() < deadline, condition
            self.app.roundtrip()

    def clean(self) -> None:
        """Everything of the app is gone, from the server and from the screen."""
        ui = self.ui
        self.wait(lambda: self._descriptors() <= self.files)
        ui.until(self._screen_is_empty, SOON)
        ui.send(m.PointerButton(LEFT, False, 3), m.KeyboardFocus(ui.witness))
        ui.log.clear()
        ui.slots.clear()
        ui.captures.clear()
        ui.captures_closed.clear()
        self.app.display.events.clear()
        self.display.engine_events.clear()

    def _screen_is_empty(self) -> bool:
        ui = self.ui
        shown = ui.popups or ui.layers or ui.icons or ui.drag or ui.constraint.kind
        pictures = {capture.capture for capture in ui.captures} - set(ui.captures_closed)
        return len(ui.surfaces) == len(ui.windows) == 1 and not shown and not pictures


@pytest.fixture
def ground(display: Display) -> Ground:
    return Ground(display)


def whole(ground: Ground) -> CutApp:
    """The conversation as it is without a cut."""
    app = play(ground.instance())
    ground.heard(app)
    ground.ui.until(lambda: ground.ui.drag, SOON)  # it goes on up to its last request
    app.close()
    ground.clean()
    return app


def every_kind_of_cut(ends: list[int]) -> list[int]:
    """After each byte; in the usual run only those of each request after which something differs: its first, its
    header, all but its last, and all."""
    if EACH:
        return list(range(ends[-1] + 1))
    starts = [0, *ends[:-1]]
    pairs = zip(starts, ends, strict=True)
    return sorted({0} | {point for start, end in pairs for point in (start + 1, start + 8, end - 1, end)})


def test_cut_after_each_byte(ground: Ground) -> None:
    points = every_kind_of_cut(whole(ground).ends)
    before = 0
    for count, most in enumerate(points):
        if count % _ROUND == 0:
            path = ground.instance()
        app = play(path, most_bytes=most)
        ground.heard(app)
        app.end()
        ground.clean()
        if count == len(points) // 4:
            before = ground.memory
    assert ground.memory - before < TOLERANCE


def test_killed_after_each_request(ground: Ground) -> None:
    requests = len(whole(ground).ends)
    command = [sys.executable, "-m", "tests.abuse.conversation", str(ground.display.directory), str(requests)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as killer:
        assert killer.stdin is not None and killer.stdout is not None
        for _ in range(requests):
            killer.stdin.write(f"{ground.instance().name}\n")
            assert killer.stdout.readline() == "said\n"
            ground.app.roundtrip()
            killer.stdin.write("\n")
            assert killer.stdout.readline() == "dead\n"
            ground.clean()
        killer.stdin.close()
