"""How far a run of apt or mmdebstrap is, read from what it prints."""

from __future__ import annotations

import re
from collections.abc import Callable

_INSTALLED = re.compile(r"(\d+) upgraded, (\d+) newly installed")
_NEEDED = re.compile(r"Need to get ([\d.,]+) ([kMG]?B)")
_STATUS = re.compile(r"(dlstatus|pmstatus):[^:]*:([\d.]+):(.*)")
_PHASES = ("Get:", "Unpacking ", "Setting up ")
_WEIGHTS = {"Get:": 0.4, "Unpacking ": 0.35, "Setting up ": 0.25}


class AptLog:
    """Feeds `report` with texts and fractions between `start` and `end`.

    apt's own status lines say it exactly; mmdebstrap's runs are counted by the
    packages that were announced.
    """

    def __init__(self, report: Callable[[str, float], None], start: float, end: float) -> None:
        self._report = report
        self._start = start
        self._end = end
        self._announced = 0
        self._seen = dict.fromkeys(_PHASES, 0)
        self._download = ""

    def line(self, line: str) -> None:
        if match := _STATUS.match(line):
            self._status(match[1], float(match[2]) / 100)
        elif match := _INSTALLED.match(line):
            self._announced += int(match[1]) + int(match[2])
        elif match := _NEEDED.match(line):
            self._download = f" ({match[1]} {match[2]})"
        else:
            self._count(line)

    def _status(self, kind: str, fraction: float) -> None:
        if kind == "dlstatus":
            self._tell(f"Fetching packages{self._download}", fraction * _WEIGHTS["Get:"])
        else:
            self._tell("Installing packages", _WEIGHTS["Get:"] + fraction * (1 - _WEIGHTS["Get:"]))

    def _count(self, line: str) -> None:
        phase = next((phase for phase in _PHASES if line.startswith(phase)), None)
        if phase is None or not self._announced:
            return
        self._seen[phase] += 1
        done = sum(_WEIGHTS[name] * min(1.0, seen / self._announced) for name, seen in self._seen.items())
        self._tell(f"Fetching packages{self._download}" if phase == "Get:" else "Installing packages", done)

    def _tell(self, text: str, fraction: float) -> None:
        self._report(text, self._start + fraction * (self._end - self._start))
