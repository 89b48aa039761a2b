"""How often a client may do what is costly: a supply that refills with time."""

from __future__ import annotations

import time


class Allowance:
    """Args:
    burst: how often at once.
    per_second: how often in the long run.
    """

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst = float(burst)
        self._left = float(burst)
        self._per_second = per_second
        self._at = time.monotonic()

    def take(self) -> bool:
        """Use one; False if none is left."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
