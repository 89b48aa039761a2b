"""How an instance ended, in one sentence, kept on disk for an engine that was not there."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path

import msgspec

from berth.runtimes.confinement import signal_name
from berth.runtimes.port import Exit

EXIT = "exit.json"
_QUIET = {"", signal.SIGTERM.name, signal.SIGHUP.name, signal.SIGINT.name}


@dataclass
class Ending:
    """Collected while an instance runs.

    Attributes:
        app_code: reported by bubblewrap; None if the app was never executed.
        requested: somebody asked for the end, so that a signal is no news.
        shown_code: of the app's program if a window has shown how that ended; None otherwise.
    """

    command: str
    memory_limit: int
    app_code: int | None = None
    monitor_code: int = 0
    memory_kills: int = 0
    requested: bool = False
    shown_code: int | None = None

    def describe(self, last_lines: list[str]) -> Exit:
        if self.shown_code is not None:
            return Exit(self.shown_code)
        if self.app_code is None:
            return self._not_executed(last_lines)
        if self.requested:
            return Exit(self.app_code)
        return self._of_app(self.app_code)

    def why(self, code: int) -> str:
        """One sentence if the app's program did not end by itself with this code, else ""."""
        return self._of_app(code).reason

    def _of_app(self, code: int) -> Exit:
        name = signal_name(code) if code > 128 else ""
        if self.memory_kills and name == signal.SIGKILL.name:
            limit = f"{self.memory_limit >> 20} MiB"
            return Exit(code, f"The app ran out of memory: its limit is {limit}.", "Raise the limit in its manifest.")
        if name in _QUIET:
            return Exit(code)
        return Exit(code, f"The app was ended by {name}.", "Its log may say more.")

    def _not_executed(self, last_lines: list[str]) -> Exit:
        code = self.monitor_code
        if self.requested:
            return Exit(code)
        complaints = [line.removeprefix("bwrap: ") for line in last_lines if line.startswith("bwrap: ")]
        complaint = complaints[-1] if complaints else f"bubblewrap ended with code {code}"
        if complaint.startswith("execvp "):
            return Exit(127, f"The image cannot run “{self.command}”: {complaint.rpartition(': ')[2]}.")
        return Exit(code or 1, f"The container could not be set up: {complaint}.", "Check the machine: berth doctor")


def write_exit(directory: Path, end: Exit) -> None:
    """Atomic: a reader sees all of it or nothing."""
    temporary = directory / f"{EXIT}.new"
    try:
        temporary.write_bytes(msgspec.json.encode(end))
        temporary.replace(directory / EXIT)
    except OSError:
        temporary.unlink(missing_ok=True)


def read_exit(directory: Path) -> Exit | None:
    """None if the instance runs, or its supervisor was killed."""
    try:
        return msgspec.json.decode((directory / EXIT).read_bytes(), type=Exit)
    except (OSError, ValueError):
        return None
