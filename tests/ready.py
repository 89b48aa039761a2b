"""Waits for descriptors of any number: `select.select` refuses those above 1,023, which a long run of tests reaches."""

from __future__ import annotations

import select
from collections.abc import Iterable


def readable(fds: Iterable[int], seconds: float | None = 0.0) -> set[int]:
    """Those of `fds` that have something to read or have ended.

    Waits up to `seconds` for the first, without an end if None.
    """
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return {fd for fd, _events in poll.poll(None if seconds is None else seconds * 1000)}
