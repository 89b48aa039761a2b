"""Death at any moment: work is done in a process that is killed at one of its steps.

A step is whatever changes the disk, begins a process or asks a daemon for something, as Python's audit events tell of
it; a file that is written is two, since it may be there with nothing in it. Each run tries some of the points, drawn by
a seed that a failing test prints. ``BERTH_CRASH_POINTS=all`` tries all of them, which takes longer than a test may
(``--timeout 0``), ``BERTH_CRASH_SEED`` draws the same ones again.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

POINTS, SEED = "BERTH_CRASH_POINTS", "BERTH_CRASH_SEED"
_DISK = ("mkdir", "rename", "remove", "rmdir", "link", "symlink", "chmod", "chown", "truncate", "utime")
_OTHER = ("os.fork", "os.posix_spawn", "subprocess.Popen", "socket.bind", "socket.sendmsg", "http.client.send")
_STEPS = frozenset([*(f"os.{name}" for name in _DISK), *_OTHER])
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_FAULT = 70


class Steps:
    """Counts the steps of this process, which dies at one of them.

    Args:
        last: number of steps that it may take, -1 for all.
    """

    def __init__(self, last: int) -> None:
        self.taken = 0
        self.watching = False
        self._last = last
        self._owner = os.getpid()

    def count(self, *_what: object) -> None:
        """One step more. Children that were forked meanwhile live."""
        if os.getpid() == self._owner:
            if self.taken == self._last:
                os.kill(self._owner, signal.SIGKILL)
            self.taken += 1

    def watch(self) -> None:
        """Count from now on what Python tells of; it cannot be undone."""
        self.watching = True
        sys.addaudithook(self._on_event)

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(flags, int) and flags & _WRITES:
                self.count()
                self._at_opened(path, flags)
        elif event in _STEPS:
            self.count()

    def _at_opened(self, path: Any, flags: int) -> None:
        """The file is there by now, and what is to be written is not."""
        name = os.fsdecode(path) if isinstance(path, str | bytes) else ""
        if os.getpid() == self._owner and self.taken == self._last and name.startswith("/"):
            self._last = -1
            with contextlib.suppress(OSError):
                os.open(name, flags, 0o600)
            os.kill(self._owner, signal.SIGKILL)
        self.count()


def killed(step: int, work: Callable[[Steps], None]) -> bool:
    """Whether `work`, done in a child that may take `step` steps once it watches them, was killed on the way."""
    return _in_child(step, work)[0]


def length(work: Callable[[Steps], None]) -> int:
    """The number of steps of `work`, which is done once in a child."""
    return _in_child(-1, work)[1]


def chosen(count: int, some: int) -> Iterator[int]:
    """Points of a piece of work of `count` steps, in order: about `some`, or all of them if that is wanted."""
    if os.environ.get(POINTS) == "all":
        yield from range(count)
        return
    seed = int(os.environ.get(SEED) or random.randrange(1 << 32))
    drawn = random.Random(seed).sample(range(count), min(some, count))
    sys.stdout.write(f"{SEED}={seed}: {sorted(drawn)} of {count}\n")
    yield from sorted(drawn)


def _in_child(last: int, work: Callable[[Steps], None]) -> tuple[bool, int]:
    near, far = os.pipe()
    child = os.fork()
    if child == 0:
        code = _FAULT
        # What is imported for the first time would be written, which is no step of the next child any more.
        sys.dont_write_bytecode = True
        try:
            steps = Steps(last)
            work(steps)
            steps._owner = 0
            os.write(far, steps.taken.to_bytes(4, "little"))
            code = 0
        except BaseException:  # the child's boundary
            steps._owner = 0
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(far)
    with os.fdopen(near, "rb") as told:
        taken = int.from_bytes(told.read(4), "little")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL), f"the child ended with {code}"
    return code != 0, taken
