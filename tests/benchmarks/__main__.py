"""Compares Berth with other programs in one run on one screen and prints ratios.

Everything runs on the same virtual X screen of 1920x1080 without a GPU. Machines are noisy:
the ratios are what to read.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from berth.core.messages import RunApp
from tests.benchmarks.measure import context_switches, cpu_seconds, descendants, machine, median, proportional_memory
from tests.benchmarks.peers import virtual_screen, weston
from tests.session.desktop import Desktop, wait_until

FOOT = "org.codeberg.dnkl.foot"
WIDTH, HEIGHT = 1920, 1080
CLIENT = Path(__file__).with_name("client.py")
KINDS = {
    "250x250, all of it": (250, 250, 250, 1000),
    "1920x1080, a twentieth of it": (1920, 1080, 54, 1000),
    "1920x1080, all of it": (1920, 1080, 1080, 500),
}
STARTS = 11
IDLE_SECONDS = 30.0
SETTLE_SECONDS = 35.0
"""Qt ends worker threads that had nothing to do for 30 s; their counters go with them."""
UNDISTURBED_SECONDS = 0.5
"""Left alone for this long after its start, an app is not slowed down by our looking at its log."""
_DEBUG_LINE = re.compile(r"\[\s*(\d+)\.(\d+)\]\s+(.*)")


def row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def table(*titles: str) -> None:
    print(flush=True)
    row(*titles)
    row(*["---"] * len(titles))


# --- frames


def cost_of_frames(environment: dict[str, str], pids: list[int], kind: tuple[int, ...]) -> tuple[float, float]:
    """Processor seconds per 1,000 frames, and frames per second."""
    before = cpu_seconds(pids)
    command = [sys.executable, str(CLIENT), *map(str, kind)]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300).stdout
    told = json.loads(output)
    return (cpu_seconds(pids) - before) / told["frames"] * 1000, told["frames"] / told["seconds"]


def frames_table(ours: dict[str, tuple[float, float]], theirs: dict[str, tuple[float, float]]) -> None:
    table(
        "processor seconds per 1,000 frames", "Berth (display + ui)", "weston (pixman)", "ratio", "frames/s", "weston"
    )
    for kind in KINDS:
        (cost, rate), (peer_cost, peer_rate) = ours[kind], theirs[kind]
        row(kind, f"{cost:.2f}", f"{peer_cost:.2f}", f"{cost / peer_cost:.2f}", f"{rate:.0f}", f"{peer_rate:.0f}")


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


def start_on_host(environment: dict[str, str]) -> float:
    """Milliseconds from starting foot to its first frame."""
    with tempfile.TemporaryFile("w+") as log:
        start = time.time()
        foot = subprocess.Popen(["foot"], env={**environment, "WAYLAND_DEBUG": "1"}, stdout=log, stderr=log)

        time.sleep(UNDISTURBED_SECONDS)

        def look() -> int | None:
            log.seek(0)
            return first_frame(log.read())

        stamp = wait_until(look, "foot's first frame under weston")
        foot.terminate()
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


def instance_environment(desktop: Desktop, instance: str) -> dict[str, str]:
    """Lets a program on the host be a client of the instance's socket."""
    socket = next((desktop.paths.instances / instance).rglob("wayland-0"))
    return {**os.environ, "XDG_RUNTIME_DIR": str(socket.parent), "WAYLAND_DISPLAY": str(socket)}


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


def measure(base: Path, display: str, peer_display: str) -> None:
    manifests = traced_manifests(base / "manifests")

    def open_desktop() -> tuple[Desktop, float]:
        start = time.monotonic()
        options = {"DISPLAY": display, "BERTH_MANIFESTS": str(manifests)}
        desktop = Desktop("bench", base / "r", "window", f"{WIDTH}x{HEIGHT}", environment=options)
        return desktop, time.monotonic() - start

    sessions = []
    for _ in range(3):
        desktop, seconds = open_desktop()
        sessions.append(seconds)
        desktop.end()
    desktop, seconds = open_desktop()
    peer_runtime = base / "peer"
    peer_runtime.mkdir(mode=0o700)
    try:
        with weston(peer_display, peer_runtime, WIDTH, HEIGHT) as (peer, peer_environment, peer_seconds):
            report_session([*sessions, seconds], peer_seconds)
            report_idle(desktop, peer)
            report_starts(desktop, peer_environment)
            report_frames(desktop, peer, peer_environment)
            report_recovery(desktop)
    finally:
        desktop.end()


def report_session(sessions: list[float], peer_seconds: float) -> None:
    table("start to the first frame of the desktop, s", "Berth, median", "weston, until it answers", "ratio")
    row("", f"{median(sessions):.2f}", f"{peer_seconds:.2f}", f"{median(sessions) / peer_seconds:.1f}")


def report_idle(desktop: Desktop, peer: int) -> None:
    time.sleep(SETTLE_SECONDS)
    table(f"idle for {IDLE_SECONDS:.0f} s", "processor s", "wake-ups", "memory (PSS), MiB")
    groups = {name: descendants(pid) for name, pid in desktop.pids().items()}
    groups["weston"] = descendants(peer)
    memory = {name: proportional_memory(pids) for name, pids in groups.items()}
    figures = {name: (cpu_seconds(pids), context_switches(pids)) for name, pids in groups.items()}
    time.sleep(IDLE_SECONDS)
    for name, pids in groups.items():
        cpu, switches = figures[name]
        row(name, f"{cpu_seconds(pids) - cpu:.3f}", str(context_switches(pids) - switches), f"{memory[name]:.0f}")
    ours = sum(value for name, value in memory.items() if name != "weston")
    row("Berth together", "", "", f"{ours:.0f}")


def report_starts(desktop: Desktop, peer_environment: dict[str, str]) -> None:
    host = [start_on_host(peer_environment) for _ in range(STARTS)]
    by_command, by_request = starts_in_berth(desktop)
    table("foot, start to first frame on screen, ms (median)", "", "over the host process", "ratio")
    row("process on the host, weston", f"{median(host):.0f}", "", "")
    for name, values in (("Berth, from the launcher", by_request), ("Berth, `berth run`", by_command)):
        difference = median(values) - median(host)
        row(name, f"{median(values):.0f}", f"{difference:+.0f}", f"{median(values) / median(host):.2f}")


def report_frames(desktop: Desktop, peer: int, peer_environment: dict[str, str]) -> None:
    instance = desktop.start(FOOT)
    environment = instance_environment(desktop, instance)
    pids = [desktop.pids()[name] for name in ("display", "ui")]
    ours, theirs = {}, {}
    for kind, numbers in KINDS.items():
        ours[kind] = cost_of_frames(environment, pids, numbers)
        theirs[kind] = cost_of_frames(peer_environment, [peer], numbers)
    frames_table(ours, theirs)
    desktop.run("stop", instance)


def report_recovery(desktop: Desktop) -> None:
    for _ in range(5):
        desktop.start(FOOT)
    times = [recovery_seconds(desktop, 5) for _ in range(3)]
    table("kill -9 of the ui with five apps open", "s (median)")
    row("until all windows are back", f"{median(times):.2f}")


def main() -> None:
    print(f"Machine: {machine()}; Python {sys.version.split()[0]}; virtual X screen {WIDTH}x{HEIGHT}.")
    with (
        tempfile.TemporaryDirectory(prefix="bb-", dir="/tmp") as directory,
        virtual_screen(WIDTH, HEIGHT) as display,
        virtual_screen(WIDTH, HEIGHT) as peer_display,
    ):
        measure(Path(directory), display, peer_display)


if __name__ == "__main__":
    main()
