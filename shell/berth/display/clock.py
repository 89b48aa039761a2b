"""The time that events carry: milliseconds of the monotonic clock, modulo 2**32."""

from __future__ import annotations

import time


def now() -> int:
    return time.monotonic_ns() // 1_000_000 & 0xFFFFFFFF


def since(moment: int, time: int) -> int:
    """Milliseconds from `moment` to `time`, across the wrap."""
    return time - moment & 0xFFFFFFFF
