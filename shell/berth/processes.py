"""Starting and watching the session's processes: one place for spawn flags, logs and signals."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LOG_LIMIT = 4 << 20
_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@dataclass
class Process:
    """A running child. `pidfd` becomes readable when it ends."""

    name: str
    popen: subprocess.Popen[bytes]
    pidfd: int
    started: float  # seconds, monotonic

    @property
    def pid(self) -> int:
        return self.popen.pid

    def end(self, grace: float) -> None:
        """Ask it to end, insist after `grace` seconds."""
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(grace)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        self.forget()

    def forget(self) -> None:
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1


def spawn(
    name: str,
    command: Sequence[str],
    log: Path,
    now: float,
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> Process:
    """Start `command` with its output in `log` (started afresh above 4 MiB); it ends when we do."""
    keep = log.exists() and log.stat().st_size < _LOG_LIMIT
    with log.open("ab" if keep else "wb") as output:
        popen = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=None if environment is None else dict(environment),
            pass_fds=tuple(pass_fds),
            preexec_fn=_die_with_parent,
        )
    return Process(name, popen, os.pidfd_open(popen.pid), now)
