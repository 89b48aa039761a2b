"""Progress: it only grows, and says how long only when there is a ground for it."""

from __future__ import annotations

import io
from pathlib import Path

from berth.core.problem import Problem
from berth.engine.images.aptlog import AptLog
from berth.engine.images.console import Console
from berth.engine.images.progress import Durations, Meter, Progress


def test_a_run_of_apt_is_followed_by_its_status_lines() -> None:
    told: list[tuple[str, float]] = []
    log = AptLog(lambda text, fraction: told.append((text, round(fraction, 3))), start=0.1, end=0.9)
    for line in (
        "0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.",
        "Need to get 2,961 kB of archives.",
        "dlstatus:1:50.0000:Retrieving file 1 of 2",
        "pmstatus:foot:0.0000:Preparing foot",
        "noise",
        "pmstatus:foot:100.0000:Installed foot",
    ):
        log.line(line)
    assert told == [
        ("Fetching packages, 1.5 of 3.0 MB", 0.26),
        ("Installing packages", 0.42),
        ("Installing packages", 0.9),
    ]


def test_a_full_disk_is_noticed() -> None:
    log = AptLog(lambda _text, _fraction: None, start=0.0, end=1.0)
    log.line("dpkg: fine")
    assert not log.out_of_space
    log.line(" cannot copy extracted data: failed to write (No space left on device)")
    assert log.out_of_space


def test_a_run_of_mmdebstrap_is_followed_by_counting_packages() -> None:
    told: list[float] = []
    log = AptLog(lambda _text, fraction: told.append(fraction), start=0.0, end=1.0)
    log.line("Unpacking early (1) ...")
    log.line("0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.")
    for phase in ("Get:1 http://x", "Get:2 http://x", "Unpacking a", "Unpacking b", "Setting up a", "Setting up b"):
        log.line(phase)
    assert told == sorted(told) and len(told) == 6 and abs(told[-1] - 1.0) < 1e-9


def test_the_meter_grows_over_all_steps_and_notes_how_long_they_took(tmp_path: Path) -> None:
    told: list[Progress] = []
    durations = Durations(tmp_path / "durations.json")
    meter = Meter(["base a", "app b"], durations, told.append)
    for step in ("base a", "app b"):
        meter.begin(step)
        for fraction in (0.0, 0.3, 0.3, 0.9):
            meter.tell(step, fraction)
        meter.end()
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions) and fractions[0] == 0.0 and 0.9 < fractions[-1] <= 1.0
    assert len(told) == 6, "what changes nothing is not told"
    assert told[0].seconds_left < 0 <= told[-1].seconds_left
    assert durations.known(["base a", "app b"]) and not durations.known(["app c"])


def test_earlier_durations_are_told_from_the_start(tmp_path: Path) -> None:
    durations = Durations(tmp_path / "durations.json")
    durations.note("app b", 70.0)
    told: list[Progress] = []
    meter = Meter(["app b"], durations, told.append)
    meter.begin("app b")
    meter.tell("x", 0.0)
    assert told[0].seconds_left == 70.0


def test_a_damaged_memory_of_durations_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "durations.json").write_text("{")
    assert Durations(tmp_path / "durations.json").expected("app x") > 0


def test_plain_sentences_for_people() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.progress(Progress("Fetching packages", 0.25, 200.0))
    console.result({"images": [{"image": "foot:1", "digest": "sha256:0"}]})
    console.problem(Problem("x", "It failed.", "Do this."))
    assert stream.getvalue().splitlines() == [
        " 25%  Fetching packages, about 3 min left",
        "images: foot:1  sha256:0",
        "It failed.",
        "Do this.",
    ]
