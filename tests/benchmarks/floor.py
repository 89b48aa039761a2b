"""The least that a frame can cost with what Berth is made of, to tell what of its cost could be avoided."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from tests.benchmarks.frames import HEIGHT, KINDS, WIDTH
from tests.benchmarks.measure import cpu_seconds, descendants, row, table
from tests.benchmarks.peers import virtual_screen

_WARM = 2.0


def cost(display: str, seconds: float, *arguments: object) -> float:
    """Processor seconds per 1,000 frames of a program of `tests.benchmarks.bare`, of all its processes."""
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    command = [sys.executable, "-m", "tests.benchmarks.bare", *map(str, arguments)]
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        time.sleep(_WARM)
        pids = descendants(process.pid)
        first, before = _frames(process), cpu_seconds(pids)
        time.sleep(seconds)
        last, after = _frames(process), cpu_seconds(pids)
    finally:
        process.communicate()
    return (after - before) / max(last - first, 1) * 1000


def _frames(process: subprocess.Popen[str]) -> int:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return int(json.loads(process.stdout.readline()))


def report(kinds: Sequence[str], seconds: float) -> None:
    table("the least that a frame costs", "processor s per 1,000 frames")
    with virtual_screen(WIDTH, HEIGHT) as display:
        for kind in kinds:
            words, size = KINDS[kind]
            row(f"a bare Qt Quick window, {words}", f"{cost(display, seconds, 'window', *size):.2f}")
        row("two bare Python processes, a question and an answer", f"{cost(display, seconds, 'ping'):.2f}")
