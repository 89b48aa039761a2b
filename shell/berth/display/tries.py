"""How many wrong passwords there have been, and how long that makes the next attempt wait.

A file says so, too: whoever can make this process die would else guess without a pause. An attempt is written down
before anybody looks at the answer, so one that is never heard of again counts as a wrong one.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from pathlib import Path

import msgspec

_log = logging.getLogger("berth.display")

_FIRST_WAIT, _LONGEST_WAIT = 1_000, 30_000  # ms after the first wrong password; twice as much after each other one
_MS = 1_000_000
_LARGEST = 4096


class _Kept(msgspec.Struct, frozen=True):
    failures: int = 0
    not_before: int = 0  # ns of the monotonic clock, which goes on from process to process


class Tries:
    """Args:
    file: where it is kept; None keeps it in mind alone.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        kept = _Kept() if file is None else _read(file)
        # What was written by another clock, as before a start of the machine, would be a pause without an end.
        latest = time.monotonic_ns() + _LONGEST_WAIT * _MS
        self._kept = _Kept(kept.failures, min(kept.not_before, latest))

    @property
    def wait(self) -> int:
        """Milliseconds until an answer is taken."""
        left = self._kept.not_before - time.monotonic_ns()
        return -(-left // _MS) if left > 0 else 0

    def begin(self) -> None:
        """An answer is about to be looked at."""
        self._write(self._failed())

    def fail(self) -> int:
        """It was wrong, or nobody knows; returns the milliseconds until the next one."""
        self._kept = self._failed()
        self._write(self._kept)
        return _pause(self._kept.failures - 1)

    def forget(self) -> None:
        """Somebody knew the right one."""
        self._kept = _Kept()
        if self._file is not None:
            try:
                self._file.unlink(missing_ok=True)
            except OSError as error:
                _log.error("%s could not be removed: %s", self._file, error)

    def _failed(self) -> _Kept:
        failures = self._kept.failures
        return _Kept(failures + 1, time.monotonic_ns() + _pause(failures) * _MS)

    def _write(self, kept: _Kept) -> None:
        if self._file is None:
            return
        temporary = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(msgspec.json.encode(kept))
            temporary.replace(self._file)
        except OSError as error:
            _log.error("%s could not be written: %s", self._file, error)
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _pause(failures: int) -> int:
    """Milliseconds after so many wrong ones before the last."""
    return min(_FIRST_WAIT << min(max(failures, 0), 10), _LONGEST_WAIT)


def _read(file: Path) -> _Kept:
    try:
        with file.open("rb") as opened:
            return msgspec.json.decode(opened.read(_LARGEST), type=_Kept)
    except FileNotFoundError:
        return _Kept()
    except (OSError, ValueError) as error:
        _log.error("%s could not be read: %s", file, error)
        return _Kept()
