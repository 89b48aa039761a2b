"""How many frames a well-behaved app draws beside each kind of offender, compared with what it draws alone.

The ui is a stand-in with a screen of 60 Hz: what is measured is the display server, which is where
apps meet each other. They also meet at the processor: what an offender costs others by using a core up,
whatever the display server does, shows a busy loop that speaks no Wayland.
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
from typing import Any, NamedTuple

from berth.runtimes.cgroups import PREFIX, find_hierarchy
from tests.abuse.offenders import OFFENDERS
from tests.benchmarks.measure import quantile, row, table
from tests.display.conftest import Display
from tests.display.ui import FakeUi

_CLIENT = Path(__file__).with_name("client.py")
_FRAME = 1 / 60
_BUSY = [sys.executable, "-c", "while True: pass"]
_MANY = 16


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


class Measured(NamedTuple):
    """Frames per second alone, beside a program that only uses a core up, and beside the offender; the worst gap
    between two frames then (p99, ms), and what became of the offender."""

    alone: float
    burner: float
    offender: float
    gap: float
    end: str


@contextmanager
def _beside(*commands: list[str], grouped: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    """Programs that run meanwhile; `grouped` in a control group, as an instance is. Yields the first."""
    hierarchy = find_hierarchy(enabled=grouped)
    group = None if hierarchy is None else hierarchy.group(f"{PREFIX}bench-{os.getpid()}")
    if group is not None:
        group.create()
    join = None if group is None else group.join
    # The children do nothing between fork and exec but join the group.
    processes = [subprocess.Popen(c, stderr=subprocess.DEVNULL, preexec_fn=join) for c in commands]
    try:
        time.sleep(1.0)
        yield processes[0]
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
        while group is not None and not group.remove():
            time.sleep(0.01)


def measure(name: str, seconds: float) -> Measured:
    with tempfile.TemporaryDirectory(prefix="ba-", dir="/tmp") as directory:
        display = Display(Path(directory))
        try:
            with _screen(display.ui(auto_frames=False)), _good_app(display.instance("good"), (250, 250, 250)) as good:
                time.sleep(0.5)
                alone, _gap = _rate(good, seconds)
                with _beside(_BUSY):
                    burner, _gap = _rate(good, seconds)
                command = [sys.executable, "-m", "tests.abuse.offenders", name, str(display.instance("bad"))]
                with _beside(command) as offender:
                    beside, gap = _rate(good, seconds)
                    end = "goes on" if offender.poll() is None else "disconnected"
        finally:
            display.stop()
    return Measured(alone, burner, beside, gap, end)


def measure_many(seconds: float) -> tuple[float, float, float]:
    """Frames per second alone, and beside many busy loops: of one instance, and of nobody's."""
    with tempfile.TemporaryDirectory(prefix="ba-", dir="/tmp") as directory:
        display = Display(Path(directory))
        try:
            with _screen(display.ui(auto_frames=False)), _good_app(display.instance("good"), (250, 250, 250)) as good:
                time.sleep(0.5)
                rates = [_rate(good, seconds)[0]]
                for grouped in (True, False):
                    with _beside(*[_BUSY] * _MANY, grouped=grouped):
                        rates.append(_rate(good, seconds)[0])
        finally:
            display.stop()
    return rates[0], rates[1], rates[2]


def report(seconds: float, names: tuple[str, ...] = ()) -> None:
    alone, grouped, loose = measure_many(seconds)
    table(f"beside {_MANY} busy loops", "frames/s", "ratio")
    row("none", f"{alone:.1f}", "1.00")
    row("of one instance", f"{grouped:.1f}", f"{grouped / alone:.2f}")
    row("in no group", f"{loose:.1f}", f"{loose / alone:.2f}")
    table(
        "beside",
        "frames/s alone",
        "beside it",
        "ratio",
        "beside a busy loop",
        "ratio of that",
        "of that one",
        "p99 of its frames, ms",
        "the offender",
    )
    for name in names or tuple(OFFENDERS):
        found = measure(name, seconds)
        row(
            name,
            f"{found.alone:.1f}",
            f"{found.offender:.1f}",
            f"{found.offender / found.alone:.2f}",
            f"{found.burner:.1f}",
            f"{found.burner / found.alone:.2f}",
            f"{found.offender / found.burner:.2f}",
            f"{found.gap:.0f}",
            found.end,
        )
