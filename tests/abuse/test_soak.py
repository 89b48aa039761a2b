"""Apps that come and go by the thousand leave nothing behind.

The usual run is short; ``BERTH_SOAK=1`` starts 1,000 instances and opens 10,000 windows.
"""

from __future__ import annotations

import os
from pathlib import Path

from berth.core import messages as m
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi

LONG = os.environ.get("BERTH_SOAK") == "1"
STARTS = 1_000 if LONG else 60
WINDOWS = 10_000 if LONG else 400
WARM = 40
"""So many of each come first: memory that is kept for use again is none that is lost."""
TOLERANCE = 2 << 20
"""Bytes; what a thousand forgotten objects would take is more."""


def memory(display: Display) -> int:
    pages = int(Path(f"/proc/{display.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def descriptors(display: Display) -> int:
    return len(list(Path(f"/proc/{display.process.pid}/fd").iterdir()))


def start_and_stop(display: Display, ui: FakeUi, name: str) -> None:
    path = display.instance(name)
    app = App(path)
    Window(app, 120, 90)
    app.close()
    display.until_engine(m.InstanceMapped, instance=name, windows=0)
    display.engine.send(m.ForgetInstance(name))
    path.unlink()
    display.engine_events.clear()
    ui.until(lambda: not ui.windows)
    ui.log.clear()


def open_and_close(display: Display, app: App, ui: FakeUi) -> None:
    window = Window(app, 120, 90)
    for target in (window.toplevel, window.xdg, window.surface, window.pixels.buffer):
        target.destroy()
    app.roundtrip()
    app.made.pop().close()
    app.display.events.clear()
    display.until_engine(m.InstanceMapped, instance="stays", windows=0)
    display.engine_events.clear()
    ui.log.clear()


def test_soak(display: Display) -> None:
    ui = display.ui()
    path = display.instance("stays")
    app = display.app(path)
    for i in range(WARM):
        start_and_stop(display, ui, f"w{i}")
        open_and_close(display, app, ui)
    ui.settle()
    before, files = memory(display), descriptors(display)
    for i in range(STARTS):
        start_and_stop(display, ui, f"i{i}")
    for i in range(WINDOWS):
        if i % 500 == 0:
            # The test's client never uses a number again, which the server has to keep room for.
            app.close()
            app = display.app(path)
        open_and_close(display, app, ui)
    ui.settle()
    app.roundtrip()
    after = memory(display)
    print(f"{STARTS} starts, {WINDOWS} windows: {before >> 10} KiB before, {after >> 10} KiB after")  # noqa: T201
    ui.until(lambda: not ui.surfaces)
    assert descriptors(display) <= files
    assert after - before < TOLERANCE
