"""Compares Berth with other programs in one run on one screen and prints ratios.

Everything runs on virtual X screens of 1920x1080 without a GPU. Machines are noisy: the ratios
are what to read.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from berth.core.messages import RunApp
from berth.core.paths import DEFAULT_NAME, session_paths
from berth.engine.images.store import ImageStore
from tests.benchmarks import abuse, flatpaks, floor, footprint, frames, importing, pulling, starting, themes
from tests.benchmarks.frames import HEIGHT, WIDTH
from tests.benchmarks.measure import (
    context_switches,
    cpu_seconds,
    descendants,
    machine,
    median,
    proportional_memory,
    row,
    table,
)
from tests.benchmarks.peers import COMPOSITORS, Peer, available, virtual_screen, weston
from tests.session.desktop import Desktop, wait_until

FOOT = "org.codeberg.dnkl.foot"
PARTS = ("session", "idle", "starts", "floor", "frames", "keys", "recovery", "abuse", "containers", "images", "themes")
STARTS = 11
IDLE_SECONDS = 30.0
SETTLE_SECONDS = 35.0
"""Qt ends worker threads that had nothing to do for 30 s; their counters go with them."""
UNDISTURBED_SECONDS = 0.5
"""Left alone for this long after its start, an app is not slowed down by our looking at its log."""
_DEBUG_LINE = re.compile(r"\[\s*(\d+)\.(\d+)\]\s+(.*)")


# --- starting an app


def first_frame(log: str) -> int | None:
    """When the first frame with content was presented, in microseconds modulo 2**32, read off
    libwayland's own protocol trace: the first frame callback after the first commit with a buffer."""
    attached = committed = False
    for line in log.splitlines():
        match = _DEBUG_LINE.match(line)
        if not match:
            continue
        message = match[3]
        attached |= ".attach(wl_buffer" in message
        committed |= attached and "wl_surface" in message and ".commit(" in message
        if committed and "wl_callback" in message and ".done(" in message:
            return int(match[1]) * 1000 + int(match[2])
    return None


def elapsed_ms(start: float, stamp: int) -> float:
    return ((stamp - int(start * 1e6)) % 2**32) / 1000


def start_on_host(environment: dict[str, str], command: Sequence[str] = ("foot",)) -> float:
    """Milliseconds from starting foot, as `command` does it, to its first frame."""
    with tempfile.TemporaryFile("w+") as log:
        start = time.time()
        traced = {**environment, "WAYLAND_DEBUG": "1"}
        foot = subprocess.Popen(command, env=traced, stdout=log, stderr=log, start_new_session=True)
        time.sleep(UNDISTURBED_SECONDS)

        def look() -> int | None:
            log.seek(0)
            return first_frame(log.read())

        stamp = wait_until(look, "foot's first frame under weston")
        os.killpg(foot.pid, signal.SIGTERM)
        foot.wait()
    return elapsed_ms(start, stamp)


def start_in_berth(desktop: Desktop, launch: Callable[[], str]) -> float:
    start = time.time()
    instance = launch()
    time.sleep(UNDISTURBED_SECONDS)
    stamp = wait_until(lambda: first_frame(desktop.run("logs", instance).stdout), "foot's first frame in Berth")
    desktop.run("stop", instance)
    return elapsed_ms(start, stamp)


def starts_in_berth(desktop: Desktop) -> tuple[list[float], list[float]]:
    """Start times through the command line, and as a bare request as the launcher sends it."""
    link = desktop.link()

    def request() -> str:
        return str(link.call(RunApp(FOOT)).instance)  # type: ignore[union-attr]

    def command() -> str:
        return desktop.run("run", FOOT).stdout.strip()

    times = [(start_in_berth(desktop, command), start_in_berth(desktop, request)) for _ in range(STARTS)]
    link.close()
    return [pair[0] for pair in times], [pair[1] for pair in times]


# --- the whole run


def traced_manifests(directory: Path) -> Path:
    """The catalogue, with the terminal tracing its Wayland messages."""
    directory.mkdir()
    (directory / "bases").symlink_to(Path("app-manifests/bases").absolute())
    text = Path(f"app-manifests/{FOOT}.toml").read_text()
    if "[environment]" in text:
        text = text.replace("[environment]", '[environment]\nWAYLAND_DEBUG = "1"')
    else:
        text += '\n[environment]\nWAYLAND_DEBUG = "1"\n'
    (directory / f"{FOOT}.toml").write_text(text)
    return directory


def recovery_seconds(desktop: Desktop, windows: int) -> float:
    """From kill -9 of the ui to the moment all windows are listed again."""
    pid = desktop.pids()["ui"]
    link = desktop.link()
    start = time.monotonic()
    os.kill(pid, 9)
    wait_until(lambda: len(windows_of(desktop)) == windows, "all windows")
    link.close()
    return time.monotonic() - start


def windows_of(desktop: Desktop) -> list[object]:
    result = desktop.run("windows", "--json", code=None)
    return list(json.loads(result.stdout)) if result.returncode == 0 else []


def measure_session(base: Path, parts: set[str]) -> None:
    """The parts that need a whole session with containers, beside weston."""
    manifests = traced_manifests(base / "manifests")
    with virtual_screen(WIDTH, HEIGHT) as display, virtual_screen(WIDTH, HEIGHT) as peer_display:

        def open_desktop() -> tuple[Desktop, float]:
            start = time.monotonic()
            options = {"DISPLAY": display, "BERTH_MANIFESTS": str(manifests)}
            desktop = Desktop("bench", base / "r", "window", f"{WIDTH}x{HEIGHT}", environment=options)
            return desktop, time.monotonic() - start

        sessions = []
        for _ in range(3 if "session" in parts else 0):
            desktop, seconds = open_desktop()
            sessions.append(seconds)
            desktop.end()
        desktop, seconds = open_desktop()
        try:
            with weston(peer_display, WIDTH, HEIGHT) as peer:
                if "session" in parts:
                    report_session([*sessions, seconds], peer.up)
                if "idle" in parts:
                    report_idle(desktop, peer)
                if "starts" in parts:
                    report_starts(desktop, peer.environment, base)
                if "recovery" in parts:
                    report_recovery(desktop)
        finally:
            desktop.end()


def report_session(sessions: list[float], peer_seconds: float) -> None:
    table("start to the first frame of the desktop, s", "Berth, median", "weston, until it answers", "ratio")
    row("", f"{median(sessions):.2f}", f"{peer_seconds:.2f}", f"{median(sessions) / peer_seconds:.1f}")


def report_idle(desktop: Desktop, peer: Peer) -> None:
    time.sleep(SETTLE_SECONDS)
    table(f"idle for {IDLE_SECONDS:.0f} s", "processor s", "wake-ups", "memory (PSS), MiB")
    groups = {name: descendants(pid) for name, pid in desktop.pids().items()}
    groups["weston"] = peer.processes()
    memory = {name: proportional_memory(pids) for name, pids in groups.items()}
    figures = {name: (cpu_seconds(pids), context_switches(pids)) for name, pids in groups.items()}
    time.sleep(IDLE_SECONDS)
    for name, pids in groups.items():
        cpu, switches = figures[name]
        row(name, f"{cpu_seconds(pids) - cpu:.3f}", str(context_switches(pids) - switches), f"{memory[name]:.0f}")
    ours = sum(value for name, value in memory.items() if name != "weston")
    row("Berth together", "", "", f"{ours:.0f}")


def report_starts(desktop: Desktop, peer_environment: dict[str, str], base: Path) -> None:
    host = [start_on_host(peer_environment) for _ in range(STARTS)]
    by_command, by_request = starts_in_berth(desktop)
    by_flatpak = starts_by_flatpak(base, peer_environment)
    table("foot, start to first frame on screen, ms (median)", "", "over the host process", "ratio")
    row("process on the host, weston", f"{median(host):.0f}", "", "")
    ways = {"Berth, from the launcher": by_request, "Berth, `berth run`": by_command}
    for name, values in {**ways, **({"`flatpak run`, weston": by_flatpak} if by_flatpak else {})}.items():
        difference = median(values) - median(host)
        row(name, f"{median(values):.0f}", f"{difference:+.0f}", f"{median(values) / median(host):.2f}")


def starts_by_flatpak(base: Path, environment: dict[str, str]) -> list[float]:
    """The foot of Berth's own image, under weston; nothing where Flatpak or that image is not there."""
    store = ImageStore(session_paths(DEFAULT_NAME, os.environ, os.getuid()).images)
    image = store.find(FOOT)
    if image is None or not flatpaks.is_there():
        return []
    installed = flatpaks.Flatpak(base / "flatpak", store.rootfs(image), "sockets=wayland;")
    command = installed.command(["--env=WAYLAND_DEBUG=1"], "foot")
    return [start_on_host({**environment, **installed.environment}, command) for _ in range(STARTS)]


def report_recovery(desktop: Desktop) -> None:
    for _ in range(5):
        desktop.start(FOOT)
    times = [recovery_seconds(desktop, 5) for _ in range(3)]
    table("kill -9 of the ui with five apps open", "s (median)")
    row("until all windows are back", f"{median(times):.2f}")


def chosen(parser: argparse.ArgumentParser, text: str, known: Collection[str]) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in known:
            parser.error(f"“{name}” is none of: {', '.join(known)}")
    return names


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS), help="some of %(default)s")
    parser.add_argument("--compositors", default="berth,weston,weston-gl,sway,cage", help="for frames and keys")
    parser.add_argument("--kinds", default=",".join(frames.KINDS), help="clients for frames: some of %(default)s")
    parser.add_argument("--clients", default="1,5,20,40", help="numbers of clients for frames (default %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="of each case of frames and abuse (default %(default)s)"
    )
    parser.add_argument("--keys", type=int, default=100, help="keys to press (default %(default)s)")
    options = parser.parse_args()
    parts = set(chosen(parser, options.parts, PARTS))
    compositors = available(chosen(parser, options.compositors, COMPOSITORS))
    kinds = chosen(parser, options.kinds, frames.KINDS)
    print(f"Machine: {machine()}; Python {sys.version.split()[0]}; virtual X screen {WIDTH}x{HEIGHT}.", flush=True)
    if parts & {"session", "idle", "starts", "recovery"}:
        with tempfile.TemporaryDirectory(prefix="bb-", dir="/tmp") as directory:
            measure_session(Path(directory), parts)
    if "abuse" in parts:
        abuse.report(options.seconds)
    if "containers" in parts:
        starting.report()
        footprint.report()
    if "images" in parts:
        importing.report()
        pulling.report()
    if "themes" in parts:
        themes.report()
    if "floor" in parts:
        floor.report(kinds, options.seconds)
    if parts & {"frames", "keys"}:
        counts = [int(number) for number in options.clients.split(",")]
        keys = options.keys if "keys" in parts else 0
        frames.report(compositors, kinds if "frames" in parts else [], counts, options.seconds, keys)


if __name__ == "__main__":
    main()
