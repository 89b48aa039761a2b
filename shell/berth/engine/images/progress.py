"""How far a build is and how long it will take, from what earlier builds on this machine took."""

from __future__ import annotations

import fcntl
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

_TYPICAL_BASE = 45.0
_TYPICAL_APP = 30.0
_SPEED_SECONDS = 5


class Progress(msgspec.Struct, frozen=True):
    """`fraction` 0 to 1; `seconds_left` negative while unknown."""

    text: str
    fraction: float
    seconds_left: float


class Durations:
    """Seconds that steps took, kept in a file in the store; lost or damaged means only worse estimates."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def expected(self, step: str) -> float:
        typical = _TYPICAL_BASE if step.startswith("base ") else _TYPICAL_APP
        return self._load().get(step, typical)

    def known(self, steps: Sequence[str]) -> bool:
        return set(steps) <= set(self._load())

    def note(self, step: str, seconds: float) -> None:
        with self._changing() as known:
            known[step] = round(seconds, 1)

    def forget(self, step: str) -> None:
        with self._changing() as known:
            known.pop(step, None)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, float]]:
        """Several builds may go on at once. In place: who is killed here loses estimates, and leaves no second file."""
        with self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            known = self._load()
            yield known
            file.truncate(0)
            file.write(msgspec.json.encode(known))

    def _load(self) -> dict[str, float]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, float])
        except (OSError, ValueError):
            return {}


class Meter:
    """Turns the progress of single steps into that of a whole build.

    Args:
        steps: names of the steps that are to be done, in order.
        report: called with each new state.
    """

    def __init__(self, steps: Sequence[str], durations: Durations, report: Callable[[Progress], None]) -> None:
        self._durations = durations
        self._report = report
        self._expected = {step: durations.expected(step) for step in steps}
        self._started = time.monotonic()
        self._done = 0.0
        self._told = ("", 0)
        self._step = ""
        self._step_started = self._started

    def begin(self, step: str) -> None:
        self._step = step
        self._step_started = time.monotonic()

    def tell(self, text: str, fraction: float) -> None:
        """The current step is at `fraction`."""
        total = sum(self._expected.values()) or 1.0
        done = self._done + self._expected.get(self._step, 0.0) * fraction
        # More work than announced may turn up; what was told before stays told.
        percent = max(self._told[1], min(round(100 * done / total), 100))
        if (text, percent) != self._told:
            self._told = (text, percent)
            self._report(Progress(text, percent / 100, self._left(done, total)))

    def end(self) -> None:
        self._durations.note(self._step, time.monotonic() - self._step_started)
        self._done += self._expected.get(self._step, 0.0)

    def skip(self, step: str) -> None:
        """A step that turned out to be done already, e.g. by another process."""
        self._expected.pop(step, None)

    def _left(self, done: float, total: float) -> float:
        """What is left, corrected by how this machine has done so far: it may be faster or slower today."""
        elapsed = time.monotonic() - self._started
        if done < 0.1 * total:
            return total - done if self._durations.known(list(self._expected)) else -1.0
        return round(max(0.0, (total - done) * elapsed / done), 1)


class Speed:
    """Bytes per second over the last seconds. `have`: bytes that were here before."""

    def __init__(self, have: float) -> None:
        self._marks = deque([(time.monotonic(), have)], maxlen=_SPEED_SECONDS + 1)

    def at(self, done: float) -> float:
        """Now that `done` bytes are here; 0 while it is not known."""
        now = time.monotonic()
        begun, before = self._marks[0]
        if now - self._marks[-1][0] >= 1.0:
            self._marks.append((now, done))
        return max(done - before, 0.0) / (now - begun) if now - begun >= 1.0 else 0.0


def amount(done: float, total: float, speed: float) -> str:
    """Such as ``1.2 of 3.4 MB, 0.5 MB/s``; without the speed if that is 0."""
    return f"{_megabytes(done)} of {_megabytes(total)} MB" + (f", {_megabytes(speed)} MB/s" if speed else "")


class FetchMeter:
    """Turns bytes that have come into progress, with the speed of the last seconds.

    Args:
        name: what is fetched, for the text.
        total: bytes of all of it.
        have: bytes that were here before.
    """

    SHARE = 0.9
    """Of the whole work; the rest is unpacking."""

    def __init__(self, name: str, total: int, have: int, report: Callable[[Progress], None]) -> None:
        self._name = name
        self._total = max(total, 1)
        self._done = have
        self._report = report
        self._speed = Speed(have)
        self._told = 0.0

    def came(self, count: int) -> None:
        """`count` bytes more; negative if some have to be fetched again."""
        self._done += count
        speed = self._speed.at(self._done)
        now = time.monotonic()
        if now - self._told >= 0.5 or self._done >= self._total:
            self._told = now
            self._tell(speed)

    def unpacking(self) -> None:
        self._report(Progress(f"Unpacking {self._name}", self.SHARE, -1.0))

    def _tell(self, speed: float) -> None:
        text = f"Fetching {self._name}, {amount(self._done, self._total, speed)}"
        left = round((self._total - self._done) / speed, 1) if speed else -1.0
        self._report(Progress(text, self._fraction, max(left, 0.0) if speed else -1.0))

    @property
    def _fraction(self) -> float:
        return round(self.SHARE * min(self._done / self._total, 1.0), 3)


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f}"


class ReadingMeter:
    """Turns how much of a file was read into progress; what comes after reading takes about as long."""

    def __init__(self, text: str, report: Callable[[Progress], None]) -> None:
        self._text = text
        self._report = report
        self._started = time.monotonic()
        self._told = -1

    def read(self, share: float) -> None:
        percent = round(50 * share)
        if percent > self._told:
            self._told = percent
            elapsed = time.monotonic() - self._started
            left = round(elapsed * (100 - percent) / percent, 1) if percent > 5 else -1.0
            self._report(Progress(self._text, percent / 100, left))
