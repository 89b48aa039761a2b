"""The time that events carry: milliseconds of the monotonic clock, modulo 2**32."""

from __future__ import annotations

import time


def now() -> int:
    return time.monotonic_ns() // 1_000_000 & 0xFFFFFFFF


def since(moment: int, later: int) -> int:
    """Milliseconds from `moment` to `later`, across the wrap."""
    return later - moment & 0xFFFFFFFF


def widened(moment: int) -> int:
    """The whole milliseconds of the monotonic clock of a recent `moment`."""
    whole = time.monotonic_ns() // 1_000_000
    return whole - since(moment, whole & 0xFFFFFFFF)
