"""Random examples are not timed: that a machine is busy says nothing about what is tested."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")
