"""How many frames a well-behaved app draws beside each kind of offender, compared with what it draws alone.

The ui is a stand-in with a screen of 60 Hz: what is measured is the display server, which is where
apps meet each other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.abuse.offenders import OFFENDERS
from tests.benchmarks.measure import quantile, row, table
from tests.display.conftest import Display
from tests.display.ui import FakeUi

_CLIENT = Path(__file__).with_name("client.py")
_FRAME = 1 / 60


@contextmanager
def _screen(ui: FakeUi) -> Iterator[None]:
    """Frames at the pace of a screen."""
    ending = threading.Event()

    def run() -> None:
        told = 0
        while not ending.wait(_FRAME):
            if ui.last_seq != told:
                told = ui.last_seq
                ui.done()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


@contextmanager
def _good_app(path: Path, size: tuple[int, int, int]) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(path.parent), "WAYLAND_DISPLAY": path.name}
    width, height, rows = size
    command = [sys.executable, str(_CLIENT), "frames", str(width), str(height), "--rows", str(rows)]
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _told(process: subprocess.Popen[str]) -> Any:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def _rate(process: subprocess.Popen[str], seconds: float) -> tuple[float, float]:
    """Frames per second, and the 99th percentile of the time between two (ms)."""
    _told(process)
    start = time.monotonic()
    time.sleep(seconds)
    told = _told(process)
    stamps = told["stamps"][0]
    gaps = [b - a for a, b in pairwise(stamps)] or [seconds]
    return sum(told["frames"]) / (time.monotonic() - start), quantile(gaps, 0.99) * 1000


def measure(name: str, seconds: float) -> tuple[float, float, float, str]:
    """Frames per second alone and beside the offender, its worst gap (p99, ms), and what became of it."""
    with tempfile.TemporaryDirectory(prefix="ba-", dir="/tmp") as directory:
        display = Display(Path(directory))
        try:
            with _screen(display.ui(auto_frames=False)), _good_app(display.instance("good"), (250, 250, 250)) as good:
                time.sleep(0.5)
                alone, _gap = _rate(good, seconds)
                command = [sys.executable, "-m", "tests.abuse.offenders", name, str(display.instance("bad"))]
                offender = subprocess.Popen(command, stderr=subprocess.DEVNULL)
                time.sleep(1.0)
                beside, gap = _rate(good, seconds)
                end = "goes on" if offender.poll() is None else "disconnected"
                offender.kill()
                offender.wait()
        finally:
            display.stop()
    return alone, beside, gap, end


def report(seconds: float, names: tuple[str, ...] = ()) -> None:
    table("beside", "frames/s alone", "frames/s beside it", "ratio", "p99 of its frames, ms", "the offender")
    for name in names or tuple(OFFENDERS):
        alone, beside, gap, end = measure(name, seconds)
        row(name, f"{alone:.1f}", f"{beside:.1f}", f"{beside / alone:.2f}", f"{gap:.0f}", end)
