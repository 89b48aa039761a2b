"""How far a run of apt or mmdebstrap is, read from what it prints."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

_INSTALLED = re.compile(r"(\d+) upgraded, (\d+) newly installed")
_NEEDED = re.compile(r"Need to get ([\d.,]+) ([kMG]?B)")
_STATUS = re.compile(r"(dlstatus|pmstatus):[^:]*:([\d.]+):(.*)")
_NO_SPACE = re.compile("No space left|enough free space", re.IGNORECASE)
_ERRORS = ("E: ", "dpkg: error")
_LONGEST = 200
_PHASES = ("Get:", "Unpacking ", "Setting up ")
_WEIGHTS = {"Get:": 0.4, "Unpacking ": 0.35, "Setting up ": 0.25}


class AptLog:
    """Feeds `report` with texts and fractions between `start` and `end`.

    apt's own status lines say it exactly; mmdebstrap's runs are counted by the
    packages that were announced. `errors` keeps the last complaints, `out_of_space` tells
    whether one was about a full disk.
    """

    def __init__(self, report: Callable[[str, float], None], start: float, end: float) -> None:
        self._report = report
        self._start = start
        self._end = end
        self._announced = 0
        self._seen = dict.fromkeys(_PHASES, 0)
        self._download = ""
        self.out_of_space = False
        self.errors: deque[str] = deque(maxlen=3)

    def line(self, line: str) -> None:
        if _NO_SPACE.search(line):
            self.out_of_space = True
        if line.startswith(_ERRORS):
            self.errors.append(line[:_LONGEST])
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
