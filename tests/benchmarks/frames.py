"""What frames, keys and windows cost each compositor, with the same clients for all of them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import context_switches, cpu_seconds, proportional_memory, quantile, row, table
from tests.benchmarks.peers import COMPOSITORS, Peer, virtual_screen
from tests.benchmarks.x11 import Screen

WIDTH, HEIGHT = 1920, 1080
CLIENT = Path(__file__).with_name("client.py")
KINDS = {
    "small": ("250x250, all of it", (250, 250, 250)),
    "partial": ("1920x1080, a twentieth of it", (1920, 1080, 54)),
    "full": ("1920x1080, all of it", (1920, 1080, 1080)),
}
_SETTLE = 1.0
_PATIENCE = 20.0
_WARM_FRAMES = 5
_EMULATED_CLIENTS = 5
_QUANTILES = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class Cost:
    """Of one compositor with one kind of client.

    Attributes:
        cpu: processor seconds per 1,000 frames, by process.
        switches: voluntary context switches per frame.
        rate: frames per second and client.
        intervals: seconds between the frame callbacks of a client.
        memory: MiB (PSS) that a window of the kind takes.
    """

    cpu: dict[str, float]
    switches: float
    rate: float
    intervals: list[float]
    memory: float

    @property
    def total(self) -> float:
        return sum(self.cpu.values())


@contextmanager
def _clients(peer: Peer, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(CLIENT), *map(str, arguments)]
    process = subprocess.Popen(
        command, env=peer.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
        time.sleep(0.5)


def _asked(process: subprocess.Popen[str]) -> Any:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise SystemExit("a client was disconnected")
    return json.loads(line)


def _settled_memory(peer: Peer) -> float:
    """Memory in MiB once it no longer falls: what earlier clients needed goes a little later than they do."""
    before = proportional_memory(peer.processes())
    for _ in range(20):
        time.sleep(_SETTLE / 2)
        now = proportional_memory(peer.processes())
        if abs(before - now) < 1:
            return now
        before = now
    return before


def _until_all_draw(process: subprocess.Popen[str]) -> None:
    """Wait until each client has drawn for a while: windows that appear cost more than windows that are there."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        time.sleep(_SETTLE)
        if min(_asked(process)["frames"]) >= _WARM_FRAMES:
            return


def cost(peer: Peer, kind: str, clients: int, seconds: float) -> Cost:
    """Let `clients` draw as fast as they may for some seconds."""
    _words, (width, height, rows) = KINDS[kind]
    empty = _settled_memory(peer)
    with _clients(peer, "frames", width, height, "--rows", rows, "--clients", clients) as process:
        _until_all_draw(process)
        pids = peer.processes()
        _asked(process)
        before = {name: cpu_seconds([pid]) for name, pid in peer.pids.items()}
        switches, start = context_switches(pids), time.monotonic()
        time.sleep(seconds)
        told = _asked(process)
        took = time.monotonic() - start
        after = {name: cpu_seconds([pid]) for name, pid in peer.pids.items()}
        switches = context_switches(pids) - switches
        memory = proportional_memory(pids) - empty
    frames = max(sum(told["frames"]), 1)
    intervals = [b - a for stamps in told["stamps"] for a, b in pairwise(stamps)]
    cpu = {name: (after[name] - before[name]) / frames * 1000 for name in before}
    return Cost(cpu, switches / frames, frames / took / clients, intervals, memory / clients)


def latencies(peer: Peer, screen: Screen, keys: int) -> tuple[list[float], list[float]]:
    """Milliseconds from a key on the X server to the app's commit, and to the change on the X screen."""
    to_commit, to_screen = [], []
    with _clients(peer, "keys", WIDTH, HEIGHT) as process:
        assert process.stdout is not None
        time.sleep(_SETTLE)
        screen.focus()
        for i in range(keys + 5):
            # Neither in step with the compositor's frames nor with its timers.
            time.sleep(0.05 + 0.0137 * (i % 7))
            screen.settle()
            before = screen.pixel()
            pressed = screen.key(True)
            drawn = screen.until_drawn(before)
            screen.key(False)
            if drawn is None:
                raise SystemExit(f"{peer.name} shows no answer to a key")
            told = json.loads(process.stdout.readline())
            if i >= 5:
                to_commit.append((told["sent"] - pressed) * 1000)
                to_screen.append((drawn - pressed) * 1000)
    return to_commit, to_screen


# --- tables


def _quantiles(values: Sequence[float], digits: int = 1) -> str:
    return " / ".join(f"{quantile(values, q):.{digits}f}" for q in _QUANTILES)


def _parts(cost: Cost) -> str:
    return "" if len(cost.cpu) == 1 else " (" + " + ".join(f"{value:.2f}" for value in cost.cpu.values()) + ")"


def report(names: Sequence[str], kinds: Sequence[str], counts: Sequence[int], seconds: float, keys: int) -> None:
    """Measure the compositors `names` one after the other and print what they need, the first compared with each.

    Args:
        seconds: of each case.
        keys: how many to press, 0 for no latencies.
    """
    costs: dict[tuple[str, str, int], Cost] = {}
    answers: dict[str, tuple[list[float], list[float]]] = {}
    titles: dict[str, str] = {}
    for name in names:
        with virtual_screen(WIDTH, HEIGHT) as display, COMPOSITORS[name](display, WIDTH, HEIGHT) as peer:
            titles[name] = peer.name
            time.sleep(2 * _SETTLE)
            if keys:
                screen = Screen(display, WIDTH, HEIGHT)
                answers[name] = latencies(peer, screen, keys)
                screen.close()
            for kind in kinds:
                for count in counts:
                    # Graphics hardware that is emulated stands still with more.
                    if count <= _EMULATED_CLIENTS or not name.endswith("-gl"):
                        costs[name, kind, count] = cost(peer, kind, count, seconds)
    _report_costs(titles, kinds, counts, costs)
    if keys:
        _report_latencies(titles, answers)


def _report_costs(
    titles: dict[str, str], kinds: Sequence[str], counts: Sequence[int], costs: dict[tuple[str, str, int], Cost]
) -> None:
    first = next(iter(titles))
    for kind in kinds:
        for count in counts:
            table(
                f"{KINDS[kind][0]}, {count} clients",
                "processor s per 1,000 frames",
                f"{titles[first]} over it",
                "frames/s each",
                "interval p50 / p95 / p99, ms",
                "context switches per frame",
                "memory (PSS) per window, MiB",
            )
            reference = costs.get((first, kind, count))
            for name, title in titles.items():
                it = costs.get((name, kind, count))
                if it is None:
                    continue
                row(
                    title,
                    f"{it.total:.2f}{_parts(it)}",
                    f"{reference.total / it.total:.2f}" if reference else "",
                    f"{it.rate:.1f}",
                    _quantiles([value * 1000 for value in it.intervals]),
                    f"{it.switches:.1f}",
                    f"{it.memory:.1f}",
                )


def _report_latencies(titles: dict[str, str], answers: dict[str, tuple[list[float], list[float]]]) -> None:
    table("a key, from the X server, p50 / p95 / p99, ms", "to the app's commit", "to the X screen")
    for name, title in titles.items():
        row(title, *(_quantiles(values, 2) for values in answers[name]))
