"""Progress, result and problems of image work as plain sentences for a person who watches."""

from __future__ import annotations

import time
from typing import TextIO

from berth.core.problem import Problem
from berth.engine.images.progress import Progress

_QUIET_SECONDS = 5.0


class Console:
    """Writes to `stream`: one line that changes on a terminal, else a line when something new goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._last_text = ""
        self._last_time = 0.0

    def progress(self, progress: Progress) -> None:
        line = f"{progress.fraction:4.0%}  {progress.text}{_left(progress.seconds_left)}"
        if self._terminal:
            self._stream.write(f"\r\x1b[K{line}")
        elif progress.text != self._last_text or time.monotonic() - self._last_time > _QUIET_SECONDS:
            self._stream.write(f"{line}\n")
            self._last_time = time.monotonic()
        self._last_text = progress.text
        self._stream.flush()

    def result(self, result: object) -> None:
        self._end_line()
        for name, values in result.items() if isinstance(result, dict) else ():
            for value in values if isinstance(values, list) else [values]:
                self._stream.write(f"{name}: {_shown(value)}\n")

    def problem(self, problem: Problem) -> None:
        self._end_line()
        self._stream.write(f"{problem.message}\n{problem.hint}\n" if problem.hint else f"{problem.message}\n")

    def _end_line(self) -> None:
        if self._terminal and self._last_text:
            self._stream.write("\n")


def _left(seconds: float) -> str:
    if seconds < 0:
        return ""
    if seconds < 90:
        return f", about {max(round(seconds), 1)} s left"
    return f", about {round(seconds / 60)} min left"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{item}" for item in value.values())
    return str(value)
