"""A well-behaved app goes on beside each kind of offender, and afterwards all is as it was before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from berth.core import messages as m
from tests.abuse.offenders import OFFENDERS
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi

SECONDS = 1.5
"""An offender is given so long to do its worst."""


def draw(window: Window, frames: int = 30) -> None:
    """As many frames, each after the one before was on the screen."""
    app = window.app
    for _ in range(frames):
        callback = window.surface.frame()
        app.show(window.surface, window.pixels)
        app.until(lambda: callback.events, 20)  # noqa: B023


def descriptors(display: Display) -> int:
    return len(list(Path(f"/proc/{display.process.pid}/fd").iterdir()))


def quiet(display: Display, ui: FakeUi, app: App) -> None:
    """Everything that the offenders have started is through."""
    app.roundtrip()
    ui.settle()


@pytest.mark.parametrize("name", OFFENDERS)
def test_others_go_on(display: Display, name: str) -> None:
    ui = display.ui()
    path = display.instance("bad")
    app = display.app(display.instance("good"))
    window = Window(app)
    draw(window)
    quiet(display, ui, app)
    before = descriptors(display)
    offender = subprocess.Popen([sys.executable, "-m", "tests.abuse.offenders", name, os.fspath(path)])
    try:
        display.until_engine(m.InstanceConnections, instance="bad")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            draw(window, 10)
    finally:
        offender.send_signal(signal.SIGKILL)
        offender.wait()
    app.until(lambda: _gone(app, display, ui, before), 20)
    draw(window)


def _gone(app: App, display: Display, ui: FakeUi, before: int) -> bool:
    app.display.sync()
    app.flush()
    return descriptors(display) <= before and len(ui.surfaces) == len(ui.windows) == 1
