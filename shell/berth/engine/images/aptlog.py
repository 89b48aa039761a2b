"""How far a run of apt or mmdebstrap is, read from what it prints."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable

from berth.engine.images.progress import Speed, amount

_INSTALLED = re.compile(r"(\d+) upgraded, (\d+) newly installed")
_NEEDED = re.compile(r"Need to get ([\d.,]+) ([kMG]?B)")
_FETCHES = re.compile(r"Get:\d+ .*\[([\d.,]+) ([kMG]?B)\]$")
_UNITS = {"B": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_STATUS = re.compile(r"(dlstatus|pmstatus):[^:]*:([\d.]+):(.*)")
_NO_SPACE = re.compile("No space left|enough free space", re.IGNORECASE)
_ERRORS = ("E: ", "dpkg: error")
_LONGEST = 200
_PHASES = ("Get:", "Unpacking ", "Setting up ")
_WEIGHTS = {"Get:": 0.4, "Unpacking ": 0.35, "Setting up ": 0.25}


class AptLog:
    """Feeds `report` with texts and fractions between `start` and `end`.

    apt's own status lines say it exactly; mmdebstrap's runs are counted by the
    packages and bytes that were announced. `errors` keeps the last complaints, `out_of_space` tells
    whether one was about a full disk.
    """

    def __init__(self, report: Callable[[str, float], None], start: float, end: float) -> None:
        self._report = report
        self._start = start
        self._end = end
        self._announced = 0
        self._seen = dict.fromkeys(_PHASES, 0)
        self._wanted = 0
        self._begun = 0
        self._exact = False
        self._speed: Speed | None = None
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
            self._wanted += _bytes(match)
        else:
            self._count(line)

    def _status(self, kind: str, fraction: float) -> None:
        self._exact = True
        if kind == "dlstatus":
            self._tell(self._fetching(fraction * self._wanted), fraction * _WEIGHTS["Get:"])
        else:
            self._tell(self._installing(), _WEIGHTS["Get:"] + fraction * (1 - _WEIGHTS["Get:"]))

    def _count(self, line: str) -> None:
        phase = next((phase for phase in _PHASES if line.startswith(phase)), None)
        if phase is None or not self._announced:
            return
        self._seen[phase] += 1
        came = self._begun
        if match := _FETCHES.match(line):
            self._begun += _bytes(match)
        if self._exact:
            return
        done = sum(_WEIGHTS[name] * min(1.0, seen / self._announced) for name, seen in self._seen.items())
        self._tell(self._fetching(came) if phase == "Get:" else self._installing(), done)

    def _fetching(self, came: float) -> str:
        """How much of it has come, and how fast."""
        if not self._wanted:
            return "Fetching packages"
        self._speed = self._speed or Speed(came)
        return f"Fetching packages, {amount(min(came, self._wanted), self._wanted, self._speed.at(came))}"

    def _installing(self) -> str:
        unpacked, set_up = self._seen["Unpacking "], self._seen["Setting up "]
        if not self._announced or not unpacked:
            return "Installing packages"
        what, count = ("Setting up", set_up) if set_up else ("Unpacking", unpacked)
        return f"{what} packages, {min(count, self._announced)} of {self._announced}"

    def _tell(self, text: str, fraction: float) -> None:
        self._report(text, self._start + fraction * (self._end - self._start))


def _bytes(match: re.Match[str]) -> int:
    return round(float(match[1].replace(",", "")) * _UNITS[match[2]])
